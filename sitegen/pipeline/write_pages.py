"""Render the pages that changed and stage them. In workers, which share the library by fork."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from sitegen.digest import short_digest, value_digest
from sitegen.pipeline.workers import fork_map
from sitegen.plan.site_pages import PageKey, SitePages
from sitegen.plan.urls import output_path
from sitegen.render.theme import Renderer
from sitegen.store.output_tree import OutputEntry, Staged
from sitegen.store.packs import PackReader, Place
from sitegen.store.site_stage import SiteStage

_CHUNK = 200


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of one page."""

    key: PageKey
    path: str
    entry: OutputEntry
    staged: Staged | None
    """None: the bytes on disk are already right."""
    reason: str
    """Why it was rendered: `new`, `content`, `theme, settings or program`, `missing`; empty where it was not."""


Bodies = tuple[Path, Mapping[str, Place]]
"""The folder of packs, and the place in it of each article's or page's body by `Card.path`."""


def write_pages(
    pages: SitePages,
    renderer: Renderer,
    environment: Mapping[type, str],
    bodies: Bodies,
    stage: SiteStage,
    jobs: int,
    keys: Sequence[PageKey] | None = None,
) -> Iterator[list[Outcome]]:
    """Plan, render and stage pages (all, or those of `keys`), a chunk at a time.

    A page is rendered when its fingerprint (`environment` of its view type and digest of its view) differs from the
    one kept, or when the file on disk is missing or not as long as it was written; it is staged when its bytes differ.
    """
    folder, places = bodies

    def work(number: int, chunks: Iterator[Sequence[PageKey]]) -> Iterator[list[Outcome]]:
        serial = 0
        with PackReader(folder) as packs:
            for chunk in chunks:
                outcomes = []
                for key in chunk:
                    serial += 1
                    outcomes.append(_write(key, f"{number}-{serial}", packs))
                yield outcomes

    def _write(key: PageKey, name: str, packs: PackReader) -> Outcome:
        view = pages.view(key)
        path = output_path(view.url)
        fingerprint, surroundings = value_digest(view), environment[type(view)]
        old = stage.kept.get(path)
        intact = old is not None and stage.is_intact(path)
        if old is None:
            reason = "new"
        elif old.view != fingerprint:
            reason = "content"
        elif old.environment != surroundings:
            reason = "theme, settings or program"
        elif not intact:
            reason = "missing"
        else:
            return Outcome(key, path, old, None, "")
        card = pages.body_card(key)
        data = renderer.render(view, packs.html(places[card.path]) if card else "")
        digest = short_digest(data)
        entry = OutputEntry(surroundings, fingerprint, digest, len(data))
        if old is not None and intact and old.digest == digest:
            return Outcome(key, path, entry, None, reason)
        return Outcome(key, path, entry, stage.output.stage(path, name, data), reason)

    every = pages.keys if keys is None else keys
    yield from fork_map(work, [every[at : at + _CHUNK] for at in range(0, len(every), _CHUNK)], jobs)
