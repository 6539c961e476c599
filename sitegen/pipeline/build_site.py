"""START READING HERE: from `content/` and a theme to `site/` and both search indexes.

    look what there is → read pages that changed → gather the library → plan, render and stage pages → index → commit

A clean build is an update of an empty site. An update knows, from the last build's state, which pages a change can
touch (`plan.touched`), and looks at these only; whatever it cannot tell exactly, it looks at as a whole.
"""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import msgspec

from sitegen.config import Config
from sitegen.digest import value_digest
from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import NamingRules
from sitegen.entities.redaction import shown_authority
from sitegen.markup.direction import text_direction
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.svg import svg_risk
from sitegen.model import Card, Problem
from sitegen.pipeline.build_report import BuildOptions, BuildReport, Written
from sitegen.pipeline.fulltext_index import apply_to_fulltext_index, update_fulltext_index
from sitegen.pipeline.gather_library import Gathered, PageChange, gather_all, gather_changes
from sitegen.pipeline.glance import Glance, Sight, look, remember
from sitegen.pipeline.memory import return_large_blocks
from sitegen.pipeline.read_pages import read_pages
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.search_corpus import article_text, search_corpus
from sitegen.pipeline.search_index import editors_names, plan_search_index, update_search_index, write_search_index
from sitegen.pipeline.site_inputs import SiteInputs, look_at, look_everywhere
from sitegen.pipeline.site_state import (
    Digests,
    Rest,
    SiteState,
    decode_facts,
    digests_of,
    load_state,
    save_state,
)
from sitegen.pipeline.workers import available_cores, beside, can_fork
from sitegen.pipeline.write_pages import MOST_AT_ONCE, Outcome, Surroundings, write_pages
from sitegen.plan.carry_over import prepare
from sitegen.plan.library import Library
from sitegen.plan.map_views import has_map
from sitegen.plan.network_views import has_network
from sitegen.plan.parts import entity_families
from sitegen.plan.site_pages import PageKey, SitePages
from sitegen.plan.touched import Change, Touched, touched_pages
from sitegen.plan.urls import GROUP_FAMILIES, output_path
from sitegen.render.theme import Renderer
from sitegen.render.theme_source import resolve_settings
from sitegen.render.views import Link, SiteView
from sitegen.search.build import SearchPlan
from sitegen.search.changes import ArticleText
from sitegen.search.changes import Change as ArticleChange
from sitegen.search.documents import SearchCorpus
from sitegen.store.cache import Cache, PageRecords, delete_cache, needs_reading
from sitegen.store.locks import hold
from sitegen.store.output_tree import OutputTree, shard_count
from sitegen.store.packs import DamagedCacheError, PackReader, Place, pack_names
from sitegen.store.site_stage import SiteStage
from sitegen.store.snapshot import drop_snapshot, read_snapshot, snapshot_stamp
from sitegen.store.source_tree import FileStat, SourceTree
from sitegen.store.tool import tool_digest
from sitegen.store.whoosh_index import WhooshIndex

__all__ = ["BuildOptions", "BuildReport", "SiteBuilder", "Written", "build_site"]

SMALL_ARCHIVE = 2_000
"""Up to so many articles search works from `file://` too, unless the settings say otherwise."""

MOST_INDEXED = 200
"""Of more changed articles at once the search indexes are written as a whole."""

MOST_PACKS = 48
SMALL_PACK = 500
"""Once there are more packs than that, the pages of those that hold fewer pages than this are read again into one."""

_PATIENCE = 2.0
"""Seconds for which pages that are looked at behind others may come to nothing while changes keep coming."""

_PORTION = 300
"""Pages after which those that are looked at behind others are committed."""

_FEW_AT_ONCE = 8
"""Pages that a worker looks at before it can give way to a change."""

_SURROUNDINGS = "theme, settings, program or what all pages show has changed"

OnPages = Callable[[list[str]], None]
"""Hears the output files that were written or deleted, once they can be seen."""


def build_site(tree: SourceTree, options: BuildOptions, reporter: Reporter, seen: Glance | None = None) -> BuildReport:
    """Bring the site and both search indexes up to date with `content/` and the theme.

    Args:
        tree: the archive.
        options: what a person asked for.
        reporter: hears of progress and problems.
        seen: a glance that was taken just now and found that there may be something to do.

    Raises:
        ConfigError, ThemeError: settings or templates cannot be used; the site is as it was.
        ContentError: `content/entities.yaml` cannot be used; the site is as it was.
        LockedError: another build is at work.
        StorageError: the disk refused; the old site stays, or the next build finishes the new one.
    """
    if seen is None:  # Outside an archive this fails, and nothing is made, not even a place for the lock.
        seen = Glance(tree)
        if not options.clean and (report := seen.last_report()) is not None:
            return report
    builder = SiteBuilder(tree, options, reporter)
    try:
        return builder.build(seen=seen)
    finally:
        builder.close()


class SiteBuilder:
    """Builds one archive, once or again and again; between builds it holds what it knows and no lock."""

    def __init__(
        self,
        tree: SourceTree,
        options: BuildOptions,
        reporter: Reporter,
        *,
        on_pages: OnPages = lambda _: None,
        on_indexes: Callable[[], None] = lambda: None,
        give_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Nothing is read yet; for those that listen, and `give_way`, see `live_site.LiveSite`."""
        self.tree = tree
        self.options = options
        self.reporter = reporter
        self.on_pages = on_pages
        self.on_indexes = on_indexes
        self.give_way = give_way
        self.rest_due = 0.0
        """When, by `time.monotonic`, pages that are looked at behind others do not give way without some done."""
        self.renderers = Renderers()
        self._state: SiteState | None = None
        self._records: PageRecords | None = None
        self._stamp = (0, 0)

    def build(
        self, paths: Collection[str] | None = None, first: Sequence[str] = (), *, seen: Glance | None = None
    ) -> BuildReport:
        """As `build_site`; looks at `paths` only, if they are given, and writes the pages at URLs of `first` first."""
        return_large_blocks()
        collecting = gc.isenabled()
        gc.disable()  # A build makes many values and few cycles; looking for these takes seconds.
        try:
            with hold(self.tree.state, "build", timeout=0.2):
                try:
                    return self._build(paths, first, seen)
                except DamagedCacheError:
                    self.close()
                    delete_cache(self.tree.state)
                    return self._build(None, first, seen)
        finally:
            if collecting:
                gc.enable()

    def warm(self) -> None:
        """After a build: load and compile what the next change would have to wait for.

        Raises:
            ThemeError: a template is missing or does not parse.
        """
        state = self._state
        if state is not None and state.inputs is not None:
            site = _site_view(state.inputs, state.gathered)
            self.renderers.get(state.inputs, site, state.digests.surroundings)[1].prepare()
            render_markdown("What is *asked for* first takes longest.", "")
            prepare(state.gathered.library)

    @property
    def unfinished(self) -> bool:
        """Whether the last update gave way before it had looked at all pages: the next one goes on."""
        return self._state is not None and (self._state.rest is not None or bool(self._state.late))

    def close(self) -> None:
        """Forget what is known and close files."""
        self._state = None
        if self._records is not None:
            self._records.close()
            self._records = None

    def _build(self, paths: Collection[str] | None, first: Sequence[str], seen: Glance | None) -> BuildReport:
        started = time.monotonic()
        if self._stamp != snapshot_stamp(self.tree.state):
            self.close()  # Another process has built since.
        if self._records is None:
            self._records = PageRecords(self.tree.state)
        known, self._state = self._state, None
        cache = Cache(self.tree.state, tool_digest())
        try:
            build = _Build(self, cache, self._records, known, paths, first, seen)
            try:
                report = build.run()
            finally:
                # A build that failed before it changed anything leaves what is known as true as it was.
                unchanged = not build.changed_anything and not self.options.clean
                self._state = build.state or (known if unchanged else None)
                self._stamp = build.stamp if build.state else self._stamp
        finally:
            cache.close()
            self._records.release()
        self.options = msgspec.structs.replace(self.options, clean=False)
        report.seconds = round(time.monotonic() - started, 3)
        if seen is not None and build.sight is not None and build.state is not None:
            remember(self.tree, build.sight, build.stamp, report)
        return report


class Renderers:
    """The renderer of a theme and a site, kept as long as they stay the same: templates compile once."""

    def __init__(self) -> None:
        self._made_for = ""
        self._made: tuple[Renderer, Surroundings] | None = None

    def get(self, inputs: SiteInputs, site: SiteView, surroundings: str) -> tuple[Renderer, Surroundings]:
        """The renderer, and the digest of all that is not the view, for each type of view."""
        if self._made is None or self._made_for != surroundings:
            renderer = Renderer(inputs.theme, site)
            self._made = renderer, Surroundings(renderer, tool_digest(), site)
            self._made_for = surroundings
        return self._made


class _Build:
    """One build: what it has found out so far."""

    def __init__(
        self,
        builder: SiteBuilder,
        cache: Cache,
        records: PageRecords,
        known: SiteState | None,
        paths: Collection[str] | None,
        first: Sequence[str],
        seen: Glance | None,
    ) -> None:
        self.builder = builder
        self.tree = builder.tree
        self.options = builder.options
        self.reporter = builder.reporter
        self.jobs = builder.options.jobs or available_cores()
        self.cache = cache
        self.records = records
        self.known = known
        self.paths = paths
        self.first = first
        self.seen = seen
        self.sight: Sight | None = None
        self.stamp = (0, 0)
        self.state: SiteState | None = None
        self.report = BuildReport()
        self.changed_anything = False
        self.rest: set[PageKey] | None = None
        """Where all pages have to be looked at and this can be done behind: those that have been."""
        self.late: set[PageKey] = set()
        """Pages that changes may have touched, and that have not been looked at since."""
        self.reasons: dict[str, str] = {}
        """Of pages that are staged, why they were rendered."""

    # The build, step by step

    def run(self) -> BuildReport:
        inputs = self._look()
        self.config, self.redaction = inputs.config, inputs.redaction
        self.output = OutputTree(self.tree.root / self.config.output)
        self.report.output = self.config.output
        if self.output.recover():
            self.known = None
        if self.paths is None:
            WhooshIndex(self.tree.state / "whoosh").sweep()
        withheld = self.redaction.digest if self.redaction is not None else ""
        anew = self.options.clean or self.cache.redaction != withheld
        if anew:
            self._forget_everything(withheld)
        before = None if anew else self._last_state(inputs)
        digests = digests_of(inputs)
        changed, gone = self._changed_pages(inputs, before)
        if before is not None and self._is_done(inputs, before, digests, changed, gone):
            return self._nothing_to_do(inputs, before)

        changes = self._read(changed, gone, before)
        after, differences, why_all = self._gather(inputs, before, digests, changes)
        site = _site_view(inputs, after)
        digests = msgspec.structs.replace(
            digests, surroundings=value_digest(tool_digest(), digests.settings, digests.templates, site)
        )
        with PackReader(self.cache.packs) as packs:
            why_all = why_all or self._why_all(before, digests, after)
            self._write(inputs, before, after, site, digests, differences, why_all, packs)
        self.cache.delete_unused_packs()
        if not any(problem.code == "unreadable" for problem in self.report.problems):  # Those files are tried again.
            self._keep_state(inputs, after, digests)
        return self.report

    def _look(self) -> SiteInputs:
        known = self.known.inputs if self.known is not None else None
        if known is not None and self.paths is not None:
            return look_at(self.tree, known, self.paths)
        if self.seen is not None and not self.seen.is_current():
            self.seen = None
        self.sight = self.seen.sight if self.seen is not None else look(self.tree)
        return look_everywhere(self.tree, self.sight)

    def _last_state(self, inputs: SiteInputs) -> SiteState | None:
        """The state that the site on disk was built from, if it is known and made under the same settings."""
        digests = digests_of(inputs)
        if self.known is not None:
            if self.known.digests.settings == digests.settings:
                return self.known
            old = self.known.inputs.config if self.known.inputs is not None and self.paths is not None else None
            return self.known if old is not None and _is_only_looks(old, inputs.config) else None
        snapshot = read_snapshot(self.tree.state, tool_digest())
        facts = decode_facts(snapshot) if snapshot is not None else None
        if snapshot is None or facts is None or facts.digests.settings != digests.settings:
            return None
        return load_state(snapshot, facts, self.records, self.output, self.config.entities.min_articles)

    def _changed_pages(self, inputs: SiteInputs, before: SiteState | None) -> tuple[list[FileStat], list[str]]:
        """Pages to be read, and those that are no more."""
        if before is not None:
            if before.pages is inputs.pages:
                return [], []
            known = before.pages
            only = inputs.looked_at if before is self.known else None
            paths = only if only is not None else {*known, *inputs.pages}
            # Most are the very same objects: one look at each, where comparing them takes ten times as long.
            both = ((path, known.get(path), inputs.pages.get(path)) for path in paths)
            different = [(path, new) for path, old, new in both if old is not new and old != new]
            return sorted(new for _, new in different if new), sorted(path for path, new in different if not new)
        rows = {row.stat.path: row for row in self.cache.stored()}
        changed = [file for path, file in inputs.pages.items() if needs_reading(rows.get(path), file)]
        return changed, [path for path in rows if path not in inputs.pages]

    def _is_done(
        self, inputs: SiteInputs, before: SiteState, digests: Digests, changed: Sequence[object], gone: Sequence[object]
    ) -> bool:
        """Whether the last build made this very site of these very inputs."""
        if changed or gone or before.late or before.media != inputs.media or not before.digests.surroundings:
            return False
        if msgspec.structs.replace(before.digests, surroundings="") != digests:
            return False
        if self.paths is not None:
            return True
        if not self._is_as_written():
            return False
        with WhooshIndex(self.tree.state / "whoosh") as index:
            return index.is_healthy()

    def _is_as_written(self) -> bool:
        """Whether the files of the site are there, each as long as it was written."""
        return self.seen.is_as_written() if self.seen is not None else self.output.not_as_written() == []

    def _nothing_to_do(self, inputs: SiteInputs, before: SiteState) -> BuildReport:
        self.report.looked_at = "no pages"
        self._complain(before.told)
        library = before.gathered.library
        self.report.articles, self.report.set_aside = len(library.cards), before.gathered.set_aside
        self.report.kept = self.report.files = before.site_files
        self.state = msgspec.structs.replace(before, inputs=inputs)
        self.stamp = snapshot_stamp(self.tree.state)
        return self.report

    def _begin_changes(self) -> None:
        """From here to the end of the build, what is kept of the last one is not true."""
        if not self.changed_anything:
            drop_snapshot(self.tree.state)
            self.changed_anything = True

    def _forget_everything(self, withheld: str) -> None:
        """`--clean`, or names are withheld or told again, which takes looking through all pages.

        Deleting the old site first would make writing the new one many times slower.
        """
        self._begin_changes()
        self.records.close()
        self.cache.clear(withheld)
        shutil.rmtree(self.tree.state / "whoosh", ignore_errors=True)

    # Reading and gathering

    def _read(self, changed: list[FileStat], gone: Sequence[str], before: SiteState | None) -> list[PageChange]:
        """Read pages into the cache; what they were there before, and are now, where something is known of before."""
        if (changed or gone) and len(pack_names(self.cache.packs)) > MOST_PACKS:
            packs = self.cache.packs_in_use()
            small = self.cache.paths_in_packs(pack for pack, count in packs.items() if count < SMALL_PACK)
            again = {*small}.difference(gone, (file.path for file in changed))
            rows = (self.cache.find(path) for path in sorted(again))
            changed = [*changed, *(row.stat for row in rows if row is not None)]
        if not changed and not gone:
            return []
        paths = [*(file.path for file in changed), *gone] if before is not None else []
        old = {path: self.cache.find(path) for path in paths}
        fresh = []
        if changed:
            self.reporter.phase("Reading pages", len(changed))
            build = f"{time.time_ns():x}"
            for found in read_pages(self.tree.content, self.cache.packs, build, changed, self.redaction, self.jobs):
                fresh += found
                self.reporter.advance(len(found))
        self._begin_changes()
        self.records.hold(row for row in old.values() if row is not None)
        saved = self.cache.save(fresh, gone)
        new = {row.stat.path: row for row in saved} if before is not None else {}
        return [PageChange(path, row, new.get(path)) for path, row in sorted(old.items())]

    def _gather(
        self, inputs: SiteInputs, before: SiteState | None, digests: Digests, changes: Sequence[PageChange]
    ) -> tuple[Gathered, Sequence[Change], str]:
        """The library as it is now, how its articles differ from those before, or why that is not known."""
        self.reporter.phase("Gathering", 0)
        why = "there is no site yet, or nothing is known of how it was made"
        if before is not None:
            if before.digests.judgements != digests.judgements:
                why = "judgements on entities have changed"
            else:
                found = gather_changes(before.gathered, changes, self.records)
                if not isinstance(found, str):
                    return found.gathered, found.changes, ""
                why = found
        rules = NamingRules(shown_authority(parse_authority(inputs.judgements)))
        rows = self.cache.stored()
        self.records.hold(rows)
        return gather_all(rows, rules, self.records, self.config.entities.min_articles), (), why

    def _why_all(self, before: SiteState | None, digests: Digests, after: Gathered) -> str:
        """Why all pages have to be looked at; empty where those that the changes touch will do."""
        if before is None or (
            before.digests.surroundings != digests.surroundings and not self._can_follow(before, after)
        ):
            return _SURROUNDINGS
        if shard_count(before.site_files) != len(before.shards) or after.doubles:
            return "the manifest has to be cut anew"
        if self.paths is None and not self._is_as_written():
            return "files of the site are missing"
        if before.digests.surroundings != digests.surroundings:
            if before.rest is not None and before.rest.surroundings == digests.surroundings:
                self.rest = set(before.rest.done)
            else:
                self.rest = set()
                self.builder.rest_due = time.monotonic() + _PATIENCE
        return ""

    def _can_follow(self, before: SiteState, after: Gathered) -> bool:
        """Whether all pages can be looked at behind those that changes touch, since the indexes stay as they are."""
        same_files = _file_urls(self.config, before.gathered.library) == _file_urls(self.config, after.library)
        return self.paths is not None and same_files

    # Writing

    def _write(
        self,
        inputs: SiteInputs,
        before: SiteState | None,
        after: Gathered,
        site: SiteView,
        digests: Digests,
        differences: Sequence[Change],
        why_all: str,
        packs: PackReader,
    ) -> None:
        def pages_of(gathered: Gathered) -> SitePages:
            library = gathered.library
            place_of = self._places(library)

            def body_of(card: Card) -> str:
                return packs.html(place_of(library.position_of(card.id)))

            return SitePages(library, gathered.standalone, self.config, body_of)

        pages = pages_of(after)
        self._write_pages = _PageWriter(self, pages, after, packs, self.builder.renderers, inputs, site, digests)
        touched, seen = Touched(set(), set()), set[PageKey]()
        old = pages_of(before.gathered) if before is not None else None
        self.report.files = before.site_files if before is not None else 0
        if not why_all and before is not None and old is not None:
            stage = SiteStage(self.output)
            restructured = after.library.memberships is not before.gathered.library.memberships
            if restructured and not pages.has_collisions:
                # Finding out what else this touches takes longer than writing these pages.
                seen = self._write_first(old, pages, differences, stage)
            found = touched_pages(old, pages, differences)
            why_all, touched = (found, touched) if isinstance(found, str) else ("", found)
        if why_all:
            self.rest = None
        self.report.articles = len(after.library.cards)
        self.report.set_aside = after.set_aside
        self.report.looked_at = why_all or ("pages that a change can touch" if self.rest is None else _SURROUNDINGS)
        self._complain(inputs.problems)
        self._complain(problem for _, found in sorted(after.page_problems.items()) for problem in found)
        self._complain(after.doubles)
        self._complain(pages.problems)
        if why_all or before is None or old is None:
            self._write_all(inputs, before, after, pages, packs)
        else:
            touched.keys.update(before.late)
            touched.keys.difference_update(seen)
            self._write_touched(inputs, before, digests, after, old, pages, differences, touched, stage, packs)
            self._write_late(before, stage)
            if self.rest is not None:
                self._write_rest(pages)

    def _write_all(
        self, inputs: SiteInputs, before: SiteState | None, after: Gathered, pages: SitePages, packs: PackReader
    ) -> None:
        """Look at all pages and files; what there is besides goes."""
        if before is not None and self.first:
            stage = SiteStage(self.output)
            keys = [key for url in self.first if (key := pages.key_of(url)) is not None]
            self._write_pages.write(keys, stage)
            self._commit(stage)
        stage = SiteStage(self.output, {} if self.options.clean else self.output.sizes())
        self._write_pages.prepare()
        if self.jobs > 1 and can_fork():
            # Planning the search takes one process, a third of the time that the pages take two.
            with self._write_pages.begun(pages.keys, stage) as outcomes:
                search = self._plan_search(after.library, packs, release=True)
                self._write_pages.take(outcomes, stage)
        else:
            self._write_pages.write(pages.keys, stage)
            search = self._plan_search(after.library, packs, release=True)
        for path, data in sorted(inputs.theme.assets.items()):
            self._complain(stage.place(f"assets/{path}", data))
        for path, file in inputs.media.items():
            same = before is not None and before.media.get(path) == file
            if not (same and stage.keep(path)):
                self._copy_media(path, stage)
        corpus, plan = search
        # The local index is no part of the site, and takes all cores, which the rest of the work does not.
        with beside(lambda: self._write_fulltext_index(after.library, packs, corpus), self.jobs):
            self._write_browsers_index(plan, stage)
            self.reporter.phase("Finishing", 0)
            self._commit(stage)
        if not stage.kept:
            self._complain(_strangers(stage.strangers(), self.config.output))
        self.builder.on_indexes()

    def _write_touched(
        self,
        inputs: SiteInputs,
        before: SiteState,
        digests: Digests,
        after: Gathered,
        old: SitePages,
        pages: SitePages,
        differences: Sequence[Change],
        touched: Touched,
        stage: SiteStage,
        packs: PackReader,
    ) -> None:
        """Look at the articles that changed and at what people have open, then bring the indexes up to date.

        The other pages that changes may have touched are `late` after that.
        """
        urgent = _own_pages(differences)
        reached = touched.keys
        if reached or self.rest is not None:
            shown = self._shown(old, pages)
            urgent |= shown
            if self.rest is not None:
                self.rest -= reached
                reached = reached | (shown - self.rest)
        self._stage_pages(urgent & reached, old, pages, stage)
        self._change_files(inputs, before, digests, stage)
        self._commit(stage, at_once=True)
        if differences:
            self._update_indexes(before.gathered.library, after, differences, touched.renamed, stage, packs)
            self._commit(stage, tell=False)
        elif self.paths is None:
            self._mend_fulltext_index(after.library, packs)
        if differences or self.paths is None:
            self.builder.on_indexes()
        if self.rest is not None:
            self.rest |= reached & urgent
        self.late = {key for key in reached - urgent if pages.has(key)}
        stay = {output_path(pages.url(key)) for key in self.late}
        for path in {output_path(old.url(key)) for key in reached - urgent if old.has(key)} - stay:
            stage.delete(path)

    def _write_first(
        self, old: SitePages, pages: SitePages, differences: Sequence[Change], stage: SiteStage
    ) -> set[PageKey]:
        """Look at the articles that changed and at what people have open; which pages these are."""
        keys = _own_pages(differences) | self._shown(old, pages)
        self._stage_pages(keys, old, pages, stage)
        self._commit(stage, at_once=True)
        return keys

    def _shown(self, old: SitePages, pages: SitePages) -> set[PageKey]:
        """Pages that people have open."""
        return {key for url in self.first for at in (old, pages) if (key := at.key_of(url)) is not None}

    def _stage_pages(self, keys: set[PageKey], old: SitePages, pages: SitePages, stage: SiteStage) -> None:
        """Look at pages; those that are no more go, unless another one has come to their address."""
        self._write_pages.write(sorted((key for key in keys if pages.has(key)), key=str), stage)
        for key in keys:
            if old.has(key):
                stage.delete(output_path(old.url(key)))

    def _has_to_wait(self) -> bool:
        """Whether new changes come before pages that are looked at behind others.

        Changes that keep coming cannot hold these up for ever: every few seconds some are looked at all the same.
        """
        return self.builder.give_way() and time.monotonic() < self.builder.rest_due

    def _write_late(self, before: SiteState, stage: SiteStage) -> None:
        """Look at the other pages that changes may have touched; give way to new changes."""
        if self.late and not before.late and self.rest is None:
            self.builder.rest_due = time.monotonic() + _PATIENCE
        if self.late and not self._has_to_wait():
            # Lists are large, and a change should not wait for several.
            chunk = MOST_AT_ONCE if self.paths is None else 1
            self.reporter.phase("Writing pages", len(self.late))
            done = set[PageKey]()
            keys = sorted(self.late, key=str)
            self._write_pages.write_until(keys, stage, done, chunk=chunk)
            self.builder.rest_due = time.monotonic() + _PATIENCE
            self.late -= done
            if self.rest is not None:
                self.rest |= done
        self._commit(stage)

    def _write_rest(self, pages: SitePages) -> None:
        """Look at all pages that have not been looked at since, a portion at a time; give way to new changes."""
        assert self.rest is not None
        if self._has_to_wait():
            return
        self._write_pages.prepare()
        left = [key for key in pages.keys if key not in self.rest]
        self.reporter.phase("Writing pages", len(left))
        stage = SiteStage(self.output)
        for at in range(0, len(left), _PORTION):
            portion = left[at : at + _PORTION]
            whole = self._write_pages.write_until(portion, stage, self.rest, chunk=_FEW_AT_ONCE)
            self._commit(stage)
            self.builder.rest_due = time.monotonic() + _PATIENCE
            if not whole:
                return
        self.rest = None

    def _change_files(self, inputs: SiteInputs, before: SiteState, digests: Digests, stage: SiteStage) -> None:
        """Assets and media that have changed."""
        for path in sorted({*digests.assets, *before.digests.assets}):
            if path not in digests.assets:
                stage.delete(f"assets/{path}")
            elif digests.assets[path] != before.digests.assets.get(path):
                self._complain(stage.place(f"assets/{path}", inputs.theme.assets[path]))
        for path in sorted({*inputs.media, *before.media}):
            if path not in inputs.media:
                stage.delete(path)
            elif inputs.media[path] != before.media.get(path):
                self._copy_media(path, stage)

    def _copy_media(self, path: str, stage: SiteStage) -> None:
        try:
            data = (self.tree.content / path).read_bytes()
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            self._complain([Problem(path=f"content/{path}", code="unreadable", message=message)])
            return
        if path.lower().endswith(".svg") and (risk := svg_risk(data)):
            stage.delete(path)
            hint = "take that out, save it as plain SVG, or use a PNG"
            message = f"left out: {risk}, which a drawing does not need"
            self._complain([Problem(path=f"content/{path}", code="svg-active", message=message, hint=hint)])
            return
        self._complain(stage.place(path, data))

    def _commit(self, stage: SiteStage, *, tell: bool = True, at_once: bool = False) -> None:
        """Make what is staged the site's.

        `at_once`: show it before it is safe from a power cut, and see to that right after.
        """
        self._begin_changes()
        tally = stage.commit(durable=not at_once)
        self.report.written += len(tally.written)
        self.report.deleted += len(tally.deleted)
        self.report.files = tally.files if stage.whole else self.report.files + tally.files
        self.report.kept = max(0, self.report.files - self.report.written)
        if tell and (tally.written or tally.deleted):
            self.builder.on_pages([*tally.written, *tally.deleted])
        if at_once:
            self.output.make_durable()
        self.cache.note_written(self.reasons, int(time.time()))
        self.reasons = {}

    def _plan_search(self, library: Library, packs: PackReader, *, release: bool) -> tuple[SearchCorpus, SearchPlan]:
        """What both indexes are made of, and the files of the browser's; `release` gives it the memory of pages."""
        if release:
            self.records.release()
            library.forget_groups()
        corpus = search_corpus(library, self._places(library), packs)
        return corpus, plan_search_index(corpus, library, scripts=_file_urls(self.config, library))

    def _write_indexes(
        self, library: Library, search: tuple[SearchCorpus, SearchPlan], stage: SiteStage, packs: PackReader
    ) -> None:
        """The browser's index into the stage; the local one at once, since nothing of it is published."""
        corpus, plan = search
        for path in self.output.manifest():
            if path.startswith("search/") and path != "search/index.html":
                stage.delete(path)
        self._write_browsers_index(plan, stage)
        self.reporter.phase("Full-text index", 0)
        self._write_fulltext_index(library, packs, corpus)

    def _write_browsers_index(self, plan: SearchPlan, stage: SiteStage) -> None:
        write_search_index(plan, stage, jobs=self.jobs, reporter=self.reporter, state=self.tree.state)

    def _mend_fulltext_index(self, library: Library, packs: PackReader) -> None:
        """Write the local index anew where it is gone or damaged; no article has changed."""
        with WhooshIndex(self.tree.state / "whoosh") as index:
            is_healthy = index.is_healthy()
        if not is_healthy:
            self._write_fulltext_index(library, packs, search_corpus(library, self._places(library), packs))

    def _write_fulltext_index(self, library: Library, packs: PackReader, corpus: SearchCorpus) -> None:
        """Bring the local index up to date with all articles."""

        def corpus_of(positions: Sequence[int]) -> SearchCorpus:
            if len(positions) == len(corpus.documents):
                return corpus
            return search_corpus(library, self._places(library), packs, positions)

        with WhooshIndex(self.tree.state / "whoosh") as index:
            update_fulltext_index(index, library, corpus.documents, corpus_of, self.jobs)

    def _places(self, library: Library) -> Callable[[int], Place]:
        numbers = library.columns.numbers
        return lambda position: self.records.page(int(numbers[position])).place

    def _update_indexes(
        self,
        before: Library,
        gathered: Gathered,
        differences: Sequence[Change],
        renamed: Collection[str],
        stage: SiteStage,
        packs: PackReader,
    ) -> None:
        """Bring into both indexes what articles have changed; write them as a whole where that is not possible."""
        after = gathered.library
        ids = {card.id for card in _cards(differences)}.union(renamed)
        if len(ids) > MOST_INDEXED:
            self._write_indexes(after, self._plan_search(after, packs, release=False), stage, packs)
            return

        def text(library: Library, id_: str) -> ArticleText | None:
            position = library.position_of(id_)
            return article_text(library, position, self._places(library)(position), packs) if position >= 0 else None

        def unchanged(id_: str) -> ArticleText:
            found = text(after, id_)
            if found is None:
                raise KeyError(id_)
            return found

        both = [ArticleChange(text(before, id_), text(after, id_)) for id_ in sorted(ids)]
        changes = [change for change in both if change.old or change.new]
        done = update_search_index(
            changes,
            stage,
            self.tree.state,
            article=unchanged,
            aliases=editors_names(after),
            scripts=_file_urls(self.config, after),
        )
        positions = sorted(after.position_of(change.new.document.id) for change in changes if change.new)
        removed = [change.old.document.id for change in changes if change.old and not change.new]
        corpus = search_corpus(after, self._places(after), packs, positions)
        with WhooshIndex(self.tree.state / "whoosh") as index:
            done = done and apply_to_fulltext_index(index, after, corpus, positions, removed)
        if not done:
            self._write_indexes(after, self._plan_search(after, packs, release=False), stage, packs)

    # The end

    def _keep_state(self, inputs: SiteInputs, after: Gathered, digests: Digests) -> None:
        rest = None
        if self.rest is not None:
            # Whoever builds next, and is not this process, finds that no page has what surrounds it now.
            rest = Rest(digests.surroundings, frozenset(self.rest))
            digests = msgspec.structs.replace(digests, surroundings="")
        self.state = SiteState(
            digests=digests,
            pages=inputs.pages,
            media=inputs.media,
            gathered=after,
            site_files=self.report.files,
            told=list(self.report.problems),
            shards=self.output.shard_stats(),
            inputs=inputs,
            rest=rest,
            late=frozenset(self.late),
        )
        kept = self.state
        if self.late:  # Nor do others know which pages these are.
            kept = msgspec.structs.replace(kept, digests=msgspec.structs.replace(digests, surroundings=""))
        self.stamp = save_state(self.tree.state, tool_digest(), kept)

    def _complain(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.report.problems.append(problem)
            self.reporter.problem(problem)


class _PageWriter:
    """Renders and stages pages of one library, and notes what became of them."""

    def __init__(
        self,
        build: _Build,
        pages: SitePages,
        gathered: Gathered,
        packs: PackReader,
        renderers: Renderers,
        inputs: SiteInputs,
        site: SiteView,
        digests: Digests,
    ) -> None:
        self._build = build
        self._pages = pages
        self._gathered = gathered
        self._packs = packs
        self._renderer, self._surroundings = renderers.get(inputs, site, digests.surroundings)

    def prepare(self) -> None:
        """Compile all templates: before forking, and to hear of errors early."""
        self._surroundings.prepare()

    def write(self, keys: Sequence[PageKey], stage: SiteStage) -> None:
        """Look at pages, and stage those that are not as they were written."""
        self._build.reporter.phase("Writing pages", len(keys))
        with self._outcomes(keys, stage) as outcomes:
            self.take(outcomes, stage)

    def begun(self, keys: Sequence[PageKey], stage: SiteStage) -> AbstractContextManager[Iterator[list[Outcome]]]:
        """As `write`, in workers that begin at once; `take` waits for what they make of it."""
        self._build.reporter.phase("Writing pages", 0)
        return self._outcomes(keys, stage, ahead=True)

    def _outcomes(
        self, keys: Sequence[PageKey], stage: SiteStage, *, ahead: bool = False, chunk: int = MOST_AT_ONCE
    ) -> AbstractContextManager[Iterator[list[Outcome]]]:
        made = self._renderer, self._surroundings, self._body
        return write_pages(self._pages, keys, *made, stage, self._build.jobs, ahead=ahead, chunk=chunk)

    def take(self, found: Iterable[list[Outcome]], stage: SiteStage) -> None:
        """Note what became of pages, as it is known."""
        build = self._build
        for outcomes in found:
            for outcome in outcomes:
                stage.take(outcome.path, outcome.entry, outcome.staged)
                if outcome.staged is not None:
                    build.reasons[outcome.path] = outcome.reason
                if outcome.reason:
                    changed = outcome.staged is not None
                    build.report.rendered += 1
                    if build.options.explain:
                        build.report.pages.append(Written(str(outcome.key), outcome.path, outcome.reason, changed))
            build.reporter.advance(len(outcomes))

    def write_until(self, keys: Sequence[PageKey], stage: SiteStage, done: set[PageKey], *, chunk: int) -> bool:
        """As `write`, but give way to new changes, though never without some pages done; whether all were.

        `done` receives the pages that have been looked at.
        """
        with self._outcomes(keys, stage, chunk=chunk) as found:
            for outcomes in found:
                self.take([outcomes], stage)
                done.update(outcome.key for outcome in outcomes)
                if self._build.builder.give_way():
                    return False
        return True

    def _body(self, card: Card) -> str:
        library = self._gathered.library
        if card.path in self._gathered.apart:
            number = self._gathered.apart[card.path]
        else:
            number = int(library.columns.numbers[library.position_of(card.id)])
        return self._packs.html(self._build.records.page(number).place)


def _is_only_looks(old: Config, new: Config) -> bool:
    """Whether two settings differ only in what pages show, and not in which there are or what is known of articles."""
    shown = {name: getattr(new, name) for name in ("title", "description", "theme", "theme_settings")}
    return msgspec.structs.replace(old, **shown) == new


def _site_view(inputs: SiteInputs, gathered: Gathered) -> SiteView:
    config, library = inputs.config, gathered.library
    base = config.base_url
    return SiteView(
        title=config.title,
        description=config.description,
        base_url=base if not base or base.endswith("/") else base + "/",
        language=config.language,
        direction=text_direction(config.language),
        settings=resolve_settings(inputs.theme, config.theme_settings),
        pages=tuple(
            Link(card.title, card.permalink) for card in sorted(gathered.standalone, key=lambda card: card.path)
        ),
        families=_families(library),
        file_urls=_file_urls(config, library),
    )


def _file_urls(config: Config, library: Library) -> bool:
    asked = config.search.file_urls
    return len(library.cards) <= SMALL_ARCHIVE if asked is None else asked


def _families(library: Library) -> tuple[str, ...]:
    """What the navigation leads to: the entities' lists always, the others where there is something in them."""
    groups = (family for family in GROUP_FAMILIES if library.families[family])
    drawings = (name for name, is_there in (("map", has_map(library)), ("network", has_network(library))) if is_there)
    return (*entity_families(library), *groups, *drawings)


def _own_pages(changes: Iterable[Change]) -> set[PageKey]:
    return {PageKey(kind, card.id) for kind in ("article", "notice") for card in _cards(changes)}


def _cards(changes: Iterable[Change]) -> Iterator[Card]:
    for change in changes:
        yield from (card for card in (change.old, change.new) if card is not None)


def _strangers(paths: list[str], output: str) -> Iterable[Problem]:
    """Told once there is no manifest: they may be leftovers that should not be published."""
    if paths:
        yield Problem(
            path=f"{output}/{paths[0]}",
            code="foreign-files",
            message=f"{len(paths)} files in {output}/ were not written by sitegen, or its list of files is lost",
            hint=f"they were left alone; if nothing in {output}/ is yours, delete the folder and build again",
        )
