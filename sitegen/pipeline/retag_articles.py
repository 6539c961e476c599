"""Run the tagger again over articles and show what it would change, before anything is written.

Only the machine's lists (`people`, `organizations`, `places`) are replaced. What editors wrote under `tag` and `untag`
stays; what they took out is never brought back; entities that the source itself gave are kept. A page that nobody
edited stays such a page, an edited one stays edited.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from sitegen.digest import short_digest
from sitegen.entities.article_tags import is_removed
from sitegen.entities.tagging import Tagger, load_tagger
from sitegen.errors import ContentError, UsageError
from sitegen.ingest.compose import with_given
from sitegen.ingest.readers import reader_for
from sitegen.markup.front_matter import is_untouched, parse_page
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.page_edits import replace_machine_tags
from sitegen.markup.plain_text import plain_text
from sitegen.model import Article, EntityTag, Problem, RawArticle, Source
from sitegen.pipeline.current_cards import current_cards
from sitegen.pipeline.entity_desk import articles_told, find_cards
from sitegen.pipeline.ingest_articles import tag_entities
from sitegen.pipeline.read_pages import read_text
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.workers import available_cores, fork_map
from sitegen.store.replace_files import Replacement, replace_files
from sitegen.store.source_tree import FileStat, SourceTree, iter_chunks
from sitegen.store.undo import BatchNotes

_CHUNK = 32
_BATCH = 256
"""Pages that are replaced together."""


class RetagOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for."""

    articles: tuple[str, ...] = ()
    """Ids, addresses or page paths; empty: all."""
    tagger: str = ""
    """Name of the tagger; empty: as `sitegen.toml` says."""
    jobs: int = 0
    """Worker processes; 0: one a core."""


class FormsChange(msgspec.Struct, frozen=True):
    """A tag that stays, under other forms."""

    name: str
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class TagChange(msgspec.Struct, frozen=True):
    """What tagging again would change in one article."""

    path: str
    """Relative to the archive's root."""
    id: str
    title: str
    edited: bool
    """A person has edited the page."""
    added: tuple[EntityTag, ...]
    removed: tuple[EntityTag, ...]
    forms: tuple[FormsChange, ...]


class RetagPlan(msgspec.Struct, kw_only=True):
    """What tagging again would change, and what became of it."""

    articles: int = 0
    """Articles that were tagged."""
    changed: int = 0
    """Articles whose tags would be others."""
    written: int = 0
    conflicts: int = 0
    """Pages that were edited while the plan was looked at; they were left alone."""
    untagged: dict[str, int] = {}
    """Articles left alone because the tagger does not know their language, by language."""
    left_out: int = 0
    """Redacted and withdrawn articles."""
    added: int = 0
    removed: int = 0
    seconds: float = 0.0
    tagger: str = ""
    changes: list[TagChange] = []
    problems: list[Problem] = []


class _Finding(msgspec.Struct):
    """What a worker found out about one page."""

    change: TagChange | None = None
    tags: tuple[EntityTag, ...] = ()
    digest: str = ""
    language: str | None = None
    """Language that the tagger does not know."""
    left_out: bool = False
    problem: Problem | None = None


class Retagging(msgspec.Struct):
    """A plan with what it takes to carry it out."""

    plan: RetagPlan
    tags: dict[str, tuple[str, tuple[EntityTag, ...]]]
    """Path → digest of the page that was read, and its new tags."""


def plan_retag(tree: SourceTree, options: RetagOptions, reporter: Reporter) -> Retagging:
    """Tag articles again and compare; nothing is written.

    Raises:
        ConfigError: the settings cannot be used.
        UsageError: no such article or tagger, or the archive has no tagger.
    """
    started = time.monotonic()
    config = tree.load_config()
    tagger = load_tagger(options.tagger or config.ingest.tagger)
    if tagger.name == "none":
        raise UsageError(
            "this archive has no tagger, so there is nothing to run again",
            hint="choose one with --tagger builtin, or set `tagger` in sitegen.toml",
            code="no-tagger",
        )
    files = _files(tree, options)
    plan = RetagPlan(tagger=f"{tagger.name} {tagger.version}")
    tags: dict[str, tuple[str, tuple[EntityTag, ...]]] = {}
    reporter.phase("Tagging articles", len(files))

    def work(_: int, chunks: Iterator[list[FileStat]]) -> Iterator[list[_Finding]]:
        given = _GivenEntities(tree.root, config.ingest.columns)
        for chunk in chunks:
            yield [_look(tree.content, file, tagger, config.entities.min_confidence, given) for file in chunk]

    for findings in fork_map(work, list(iter_chunks(files, _CHUNK)), options.jobs or available_cores()):
        for finding in findings:
            _count(plan, finding)
            if finding.change is not None:
                tags[finding.change.path] = (finding.digest, finding.tags)
        reporter.advance(len(findings))
    plan.changes.sort(key=lambda change: change.path)
    plan.problems.sort(key=lambda problem: (problem.path, problem.line))
    plan.seconds = round(time.monotonic() - started, 3)
    return Retagging(plan, tags)


def _count(plan: RetagPlan, finding: _Finding) -> None:
    if finding.problem is not None:
        plan.problems.append(finding.problem)
    elif finding.left_out:
        plan.left_out += 1
    elif finding.language is not None:
        plan.untagged[finding.language] = plan.untagged.get(finding.language, 0) + 1
    else:
        plan.articles += 1
    if finding.change is not None:
        plan.changed += 1
        plan.added += len(finding.change.added)
        plan.removed += len(finding.change.removed)
        plan.changes.append(finding.change)


def _files(tree: SourceTree, options: RetagOptions) -> list[FileStat]:
    files = [msgspec.structs.replace(file, path=f"articles/{file.path}") for file in tree.scan("articles", (".md",))[0]]
    if not options.articles:
        return files
    known = {spelling: file for file in files for spelling in _spellings(tree, file)}
    others = [name for name in options.articles if name not in known]
    if others:
        by_path = {file.path: file for file in files}
        for name in others:
            (card,) = find_cards(current_cards(tree, options.jobs).cards, [name])
            known[name] = by_path[card.path]
    return sorted({known[name] for name in options.articles})


def _spellings(tree: SourceTree, file: FileStat) -> tuple[str, ...]:
    return (file.path, f"content/{file.path}", str(tree.content / file.path))


def _look(content: Path, file: FileStat, tagger: Tagger, min_confidence: float, given: _GivenEntities) -> _Finding:
    """Tag one page again and compare."""
    path = f"content/{file.path}"
    try:
        text, data = read_text(content, file)
        article, _ = parse_page(text, path)
    except ContentError as error:
        return _Finding(problem=error.problem)
    if article.status in ("redacted", "withdrawn"):
        return _Finding(left_out=True)
    if tagger.languages is not None and article.language.partition("-")[0] not in tagger.languages:
        return _Finding(language=article.language)
    entities, complete = given.of(article.source)
    if complete:
        return _Finding()
    html = render_markdown(article.body, path).html
    words = plain_text(html).replace("\n", "\n\n") or article.title
    found = tag_entities(tagger, words, min_confidence) if words else ()
    tags = _kept_out(article, with_given(entities, found))
    change = _change(article, tags, path, edited=bool(article.ingested) and not is_untouched(text))
    return _Finding() if change is None else _Finding(change, tags, short_digest(data))


def _kept_out(article: Article, tags: Sequence[EntityTag]) -> tuple[EntityTag, ...]:
    """The tags without what an editor took out, except where the machine's lists name that still."""
    if not article.untag:
        return tuple(tags)
    standing = [tag for tag in article.machine_tags if is_removed(tag, article.untag)]
    return (*(tag for tag in tags if not is_removed(tag, article.untag)), *standing)


def _change(article: Article, tags: Sequence[EntityTag], path: str, *, edited: bool) -> TagChange | None:
    old = {(tag.kind, tag.name): tag for tag in article.machine_tags}
    new = {(tag.kind, tag.name): tag for tag in tags}
    added = tuple(tag for key, tag in new.items() if key not in old)
    removed = tuple(tag for key, tag in old.items() if key not in new)
    forms = tuple(
        FormsChange(tag.name, tag.kind, old[key].forms, tag.forms)
        for key, tag in new.items()
        if key in old and set(old[key].forms) != set(tag.forms)
    )
    if not added and not removed and not forms:
        return None
    return TagChange(path, article.id, article.title, edited, added, removed, forms)


class _GivenEntities:
    """Entities that came with the source; they stand in the machine's lists, and no tagger knows them."""

    def __init__(self, root: Path, columns: Mapping[str, str]) -> None:
        self._root = root
        self._columns = columns
        self._known: dict[str, dict[str, tuple[tuple[EntityTag, ...], bool]]] = {}

    def of(self, source: Source) -> tuple[tuple[EntityTag, ...], bool]:
        """The entities given with a source, and whether they are all the machine's lists had; none if it is gone."""
        name = source.file
        reader = reader_for(name) if name else None
        if reader is None or reader.name in ("text", "html") or name.startswith("/") or ".." in name.split("/"):
            return (), False
        if reader.split is None:
            return self._read(name).get(source.sha256, ((), False))
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name].get(source.sha256, ((), False))

    def _read(self, name: str) -> dict[str, tuple[tuple[EntityTag, ...], bool]]:
        reader = reader_for(name)
        assert reader is not None
        try:
            data = (self._root / name).read_bytes()
        except OSError:
            return {}
        found = (raw for raw in reader.read(data, name, self._columns) if isinstance(raw, RawArticle))
        return {raw.sha256: given for raw in found if (given := _given(raw))[0]}


def _given(raw: RawArticle) -> tuple[tuple[EntityTag, ...], bool]:
    if raw.format != "page":
        return raw.entities, False
    try:
        page, _ = parse_page(raw.text, raw.origin)
    except ContentError:
        return (), False
    return page.machine_tags, bool(page.machine_tags)


def write_retag(tree: SourceTree, retagging: Retagging, reporter: Reporter) -> RetagPlan:
    """Carry out a plan; pages that have changed since are left alone and told. `store.undo` can take it back.

    Raises:
        LockedError, StorageError: it could not go on; pages are whole, retagged or not, and a rerun goes on.
    """
    started = time.monotonic()
    plan = retagging.plan
    paths = sorted(retagging.tags)
    notes = BatchNotes(tree, f"retag {articles_told(len(paths))} with {plan.tagger}")
    reporter.phase("Writing pages", len(paths))
    for start in range(0, len(paths), _BATCH):
        batch: list[Replacement] = []
        for path in paths[start : start + _BATCH]:
            digest, tags = retagging.tags[path]
            try:
                data = (tree.root / path).read_bytes()
                if short_digest(data) != digest:
                    raise _conflict(path)
                new = replace_machine_tags(data.decode(), tags, path).encode()
                batch.append(Replacement(tree.root / path, data, new))
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                plan.problems.append(Problem(path=path, code="unreadable", message=message))
            except ContentError as error:
                plan.conflicts += 1
                plan.problems.append(msgspec.structs.replace(error.problem, severity="warning"))
        notes.note(batch)
        for left in replace_files(tree.state, batch):
            plan.conflicts += 1
            plan.problems.append(_conflict(left.relative_to(tree.root).as_posix()).problem)
            plan.written -= 1
        plan.written += len(batch)
        reporter.advance(len(paths[start : start + _BATCH]))
    plan.seconds = round(plan.seconds + time.monotonic() - started, 3)
    return plan


def _conflict(path: str) -> ContentError:
    return ContentError(
        "the page was changed while its new tags were looked at; it was left as it is",
        path=path,
        hint="run `sitegen retag` again",
        code="conflict",
    )


def commonest(changes: Sequence[TagChange], limit: int) -> tuple[list[tuple[EntityTag, int]], ...]:
    """The tags most often added and most often removed, with how often."""
    both = []
    for side in ("added", "removed"):
        counts = Counter((tag.name, tag.kind) for change in changes for tag in getattr(change, side))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
        both.append([(EntityTag(name, kind), count) for (name, kind), count in ranked])
    return tuple(both)
