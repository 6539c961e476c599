"""Render the pages that changed and stage them. In workers, which share the library by fork."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing

import msgspec

from sitegen.digest import short_digest, value_digest
from sitegen.model import Card
from sitegen.pipeline.workers import fork_ahead, fork_map
from sitegen.plan.site_pages import PageKey, SitePages
from sitegen.plan.urls import output_path
from sitegen.render.theme import Renderer
from sitegen.render.views import SiteView, View
from sitegen.store.output_tree import OutputEntry, Staged
from sitegen.store.site_stage import SiteStage

MOST_AT_ONCE = 200
"""Pages that a worker looks at before it tells what became of them."""


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of one page."""

    key: PageKey
    path: str
    entry: OutputEntry
    staged: Staged | None
    """None: the bytes on disk are already right."""
    reason: str
    """Why it was rendered: `new`, `content`, `theme, settings or program`, `missing`; empty where it was not."""


class Surroundings:
    """For each type of view, the digest of all that decides how it looks, the view aside."""

    def __init__(self, renderer: Renderer, program: str, site: SiteView) -> None:
        self._renderer = renderer
        self._program = program
        self._site = site
        self._known: dict[type[View], str] = {}

    def of(self, kind: type[View]) -> str:
        """The digest for a type of view.

        Raises:
            ThemeError: its template is missing or does not parse.
        """
        found = self._known.get(kind)
        if found is None:
            digest = value_digest(self._program, self._renderer.template_digest(kind), self._site)
            found = self._known[kind] = digest[:16]
        return found

    def prepare(self) -> None:
        """Compile the templates of all types of views: before forking, and to hear of errors early.

        Raises:
            ThemeError: a template is missing or does not parse.
        """
        kinds = sorted(View.__subclasses__(), key=lambda kind: kind.__name__)
        self._renderer.prepare(kinds)
        for kind in kinds:
            self.of(kind)


def write_pages(
    pages: SitePages,
    keys: Sequence[PageKey],
    renderer: Renderer,
    surroundings: Surroundings,
    body_of: Callable[[Card], str],
    stage: SiteStage,
    jobs: int,
    *,
    ahead: bool = False,
    chunk: int = MOST_AT_ONCE,
) -> AbstractContextManager[Iterator[list[Outcome]]]:
    """Plan, render and stage pages, `chunk` at a time; `ahead` as `fork_ahead` does.

    A page is rendered when its fingerprint (`surroundings` of its view type and digest of its view) differs from the
    one kept, or when the file on disk is missing or not as long as it was written; it is staged when its bytes differ.
    """

    def work(number: int, chunks: Iterator[Sequence[PageKey]]) -> Iterator[list[Outcome]]:
        serial = 0
        for some in chunks:
            outcomes = []
            for key in some:
                serial += 1
                outcomes.append(_write(key, f"{stage.steps}-{number}-{serial}"))
            yield outcomes

    def _write(key: PageKey, name: str) -> Outcome:
        view = pages.view(key)
        path = output_path(view.url)
        fingerprint, environment = value_digest(view), surroundings.of(type(view))
        old = stage.kept.get(path)
        intact = old is not None and stage.is_intact(path)
        if old is None:
            reason = "new"
        elif old.view != fingerprint:
            reason = "content"
        elif old.environment != environment:
            reason = "theme, settings or program"
        elif not intact:
            reason = "missing"
        else:
            return Outcome(key, path, old, None, "")
        card = pages.body_card(key)
        data = renderer.render(view, body_of(card) if card else "")
        digest = short_digest(data)
        entry = OutputEntry(environment, fingerprint, digest, len(data))
        if old is not None and intact and old.digest == digest:
            return Outcome(key, path, entry, None, reason)
        return Outcome(key, path, entry, stage.output.stage(path, name, data), reason)

    chunks = [keys[at : at + chunk] for at in range(0, len(keys), chunk)]
    return fork_ahead(work, chunks, jobs) if ahead else closing(fork_map(work, chunks, jobs))
