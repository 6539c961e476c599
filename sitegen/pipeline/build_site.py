"""START READING HERE: from `content/` and a theme to `site/` and both search indexes.

    scan content → read pages that changed → gather the library → plan, render and stage pages → index → commit

A clean build and an update run the same code: a clean build is an update of an empty site.
"""

from __future__ import annotations

import gc
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from sitegen.config import Config
from sitegen.digest import value_digest
from sitegen.entities.authority import Authority, parse_authority
from sitegen.entities.catalogue import Catalogue
from sitegen.markup.direction import text_direction
from sitegen.model import Card, Problem
from sitegen.pipeline.current_cards import distinct_cards, read_judgements
from sitegen.pipeline.fulltext_index import update_fulltext_index
from sitegen.pipeline.memory import return_large_blocks
from sitegen.pipeline.read_pages import read_pages
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.search_corpus import search_corpus
from sitegen.pipeline.search_index import write_search_index
from sitegen.pipeline.workers import available_cores
from sitegen.pipeline.write_pages import write_pages
from sitegen.plan.library import Library, gather
from sitegen.plan.parts import entity_families
from sitegen.plan.site_pages import SitePages
from sitegen.plan.urls import GROUP_FAMILIES
from sitegen.render.theme import Renderer, ThemeSource, load_theme, resolve_settings
from sitegen.render.views import Link, SiteView, View
from sitegen.search.documents import SearchCorpus
from sitegen.store.cache import Cache, CacheRow, SharedTags, delete_cache, is_current
from sitegen.store.locks import hold
from sitegen.store.output_tree import OutputTree
from sitegen.store.packs import DamagedCacheError, PackReader, Place
from sitegen.store.site_stage import SiteStage
from sitegen.store.source_tree import FileStat, SourceTree
from sitegen.store.theme_files import read_theme
from sitegen.store.tool import tool_digest
from sitegen.store.whoosh_index import WhooshIndex

SMALL_ARCHIVE = 2_000
"""Up to so many articles search works from `file://` too, unless the settings say otherwise."""


class BuildOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for."""

    clean: bool = False
    """Forget the cache and the site, and make everything anew."""
    jobs: int = 0
    """Worker processes; 0: one a core."""
    explain: bool = False
    """Report every page that is rendered, and why."""


class Written(msgspec.Struct, frozen=True):
    """One page that was rendered, and why."""

    page: str
    path: str
    reason: str
    changed: bool
    """Its bytes on disk changed."""


class _Done(msgspec.Struct, array_like=True):
    """What the last build found out; tells a build that finds nothing to do what to report."""

    state: str
    """Digest of everything that the site is made from, and of the sizes of its files."""
    articles: int
    set_aside: int
    files: int
    problems: list[Problem]
    """Those that take the whole library to find."""


class BuildReport(msgspec.Struct, kw_only=True):
    """What a build did."""

    articles: int = 0
    written: int = 0
    kept: int = 0
    deleted: int = 0
    set_aside: int = 0
    rendered: int = 0
    files: int = 0
    """Files the site consists of."""
    seconds: float = 0.0
    output: str = ""
    problems: list[Problem] = []
    pages: list[Written] = []
    """Pages that were rendered, with the reason; for `--explain`."""


def build_site(tree: SourceTree, options: BuildOptions, reporter: Reporter) -> BuildReport:
    """Bring the site and both search indexes up to date with `content/` and the theme.

    Raises:
        ConfigError, ThemeError: settings or templates cannot be used; the site is as it was.
        ContentError: `content/entities.yaml` cannot be used; the site is as it was.
        LockedError: another build is at work.
        StorageError: the disk refused; the old site stays, or the next build finishes the new one.
    """
    config = tree.load_config()
    return_large_blocks()
    with hold(tree.state, "build", timeout=0.2):
        try:
            return _Build(tree, config, options, reporter).run()
        except DamagedCacheError:
            delete_cache(tree.state)
            return _Build(tree, config, options, reporter).run()


class _Inputs(msgspec.Struct, frozen=True):
    """All that decides the site."""

    theme: ThemeSource
    authority: Authority
    media: list[FileStat]
    cards: list[Card]
    """Of all pages that are not drafts."""
    places: dict[str, Place]
    """Where the cache has each page's body, by `Card.path`."""
    reread: bool
    """Pages have changed since the last build."""
    digest: str
    """Of everything but the pages."""


def _state(inputs: _Inputs, sizes: Mapping[str, int]) -> str:
    return value_digest(inputs.digest, sorted(sizes.items()))


class _Build:
    """One build: its inputs and what it has found out so far."""

    def __init__(self, tree: SourceTree, config: Config, options: BuildOptions, reporter: Reporter) -> None:
        self.tree = tree
        self.config = config
        self.reporter = reporter
        self.jobs = options.jobs or available_cores()
        self.output = OutputTree(tree.root / self.config.output)
        self.report = BuildReport(output=self.config.output)
        self.clean = options.clean
        self.explain = options.explain
        if options.clean:
            delete_cache(tree.state)
            shutil.rmtree(tree.state / "whoosh", ignore_errors=True)

    def run(self) -> BuildReport:
        started = time.monotonic()
        self.output.recover()
        cache = Cache(self.tree.state, tool_digest())
        collecting = gc.isenabled()
        gc.disable()  # A library is millions of values without a cycle; looking for one takes seconds.
        try:
            self._bring_up_to_date(cache)
        finally:
            cache.close()
            if collecting:
                gc.enable()
        self.report.seconds = round(time.monotonic() - started, 3)
        return self.report

    def _bring_up_to_date(self, cache: Cache) -> None:
        inputs = self._read_inputs(cache)
        sizes = self.output.sizes()
        if self._is_done(cache, inputs, sizes):
            return
        told = len(self.report.problems)
        self.reporter.phase("Gathering", 0)
        articles = self._distinct(card for card in inputs.cards if card.path.startswith("articles/"))
        standalone = self._distinct(card for card in inputs.cards if card.path.startswith("pages/"))
        library = gather(articles, Catalogue(inputs.authority, self.config.entities.min_articles))
        self.report.articles = len(library.cards)

        # Deleting the old site first would make writing the new one many times slower on common file systems.
        stage = SiteStage(self.output, {} if self.clean else sizes)
        with PackReader(cache.packs) as packs:
            pages = SitePages(library, standalone, self.config, lambda card: packs.html(inputs.places[card.path]))
            self._write_pages(pages, inputs, cache, stage)
        self._copy_files(inputs, stage)
        self._write_indexes(library, inputs, cache, stage)

        self.reporter.phase("Finishing", 0)
        self.report.written, self.report.kept, self.report.deleted = stage.commit()
        self.report.files = self.report.written + self.report.kept
        if not stage.kept:
            self._complain(_strangers(stage.strangers(), self.config.output))
        self._note_done(cache, inputs, self.report.problems[told:])
        cache.delete_unused_packs(place.pack for place in inputs.places.values())

    def _is_done(self, cache: Cache, inputs: _Inputs, sizes: Mapping[str, int]) -> bool:
        """Whether the last build made this very site of these very inputs; its problems are told again."""
        done = _read_done(cache.get("built"))
        if inputs.reread or done is None or done.state != _state(inputs, sizes):
            return False
        with WhooshIndex(self.tree.state / "whoosh") as index:
            if not index.is_healthy():
                return False
        self._complain(done.problems)
        self.report.articles, self.report.set_aside = done.articles, done.set_aside
        self.report.kept = self.report.files = done.files
        return True

    def _note_done(self, cache: Cache, inputs: _Inputs, problems: list[Problem]) -> None:
        if any(problem.code == "unreadable" for problem in problems):
            return  # Those files are tried again.
        state = _state(inputs, self.output.sizes())
        done = _Done(state, self.report.articles, self.report.set_aside, self.report.files, problems)
        cache.set("built", msgspec.msgpack.encode(done))

    # Reading

    def _read_inputs(self, cache: Cache) -> _Inputs:
        theme = load_theme(read_theme(self.tree.root, self.config.theme))
        judgements = read_judgements(self.tree.content)
        authority = parse_authority(judgements)
        media = self._scan("media")
        rows, reread = self._read_changed(cache)
        for row in rows.values():
            self._complain(row.problems)
        pages = [row.page for row in rows.values() if row.page is not None]
        return _Inputs(
            theme=theme,
            authority=authority,
            media=media,
            cards=[page.card for page in pages if page.card.status != "draft"],
            places={page.card.path: page.place for page in pages},
            reread=reread,
            digest=value_digest(self.config, theme, judgements, media),
        )

    def _scan(self, folder: str, suffixes: tuple[str, ...] = ()) -> list[FileStat]:
        files, problems = self.tree.scan(folder, suffixes)
        self._complain(
            msgspec.structs.replace(problem, path=f"content/{folder}/{problem.path}") for problem in problems
        )
        return [msgspec.structs.replace(file, path=f"{folder}/{file.path}") for file in files]

    def _read_changed(self, cache: Cache) -> tuple[dict[str, CacheRow], bool]:
        """Rows of all pages by path, those that changed read anew; and whether any had to be."""
        files = self._scan("articles", (".md",)) + self._scan("pages", (".md",))
        rows = cache.load()
        paths = {file.path for file in files}
        gone = [path for path in rows if path not in paths]
        changed = [file for file in files if not is_current(rows.get(file.path), file)]
        crowded = _crowded_packs(rows)
        if changed or crowded:
            again = {file.path for file in changed}
            for file in files:
                row = rows.get(file.path)
                if file.path not in again and row and row.page and row.page.place.pack in crowded:
                    changed.append(file)
        build = f"{time.time_ns():x}"
        fresh: list[CacheRow] = []
        if changed:
            self.reporter.phase("Reading pages", len(changed))
            tags = SharedTags()
            for found in read_pages(self.tree.content, cache.packs, build, changed, self.jobs):
                for row in found:
                    tags.share(row)
                fresh += found
                self.reporter.advance(len(found))
        for path in gone:
            del rows[path]
        rows.update({row.stat.path: row for row in fresh})
        if changed or gone:
            cache.save(fresh, gone)
        self.report.set_aside = sum(row.page is None for row in rows.values())
        return rows, bool(changed or gone)

    def _distinct(self, cards: Iterable[Card]) -> list[Card]:
        kept, problems = distinct_cards(cards)
        self._complain(problems)
        self.report.set_aside += len(problems)
        return kept

    # Writing

    def _site_view(self, theme: ThemeSource, pages: SitePages) -> SiteView:
        base = self.config.base_url
        return SiteView(
            title=self.config.title,
            description=self.config.description,
            base_url=base if not base or base.endswith("/") else base + "/",
            language=self.config.language,
            direction=text_direction(self.config.language),
            settings=resolve_settings(theme, self.config.theme_settings),
            pages=tuple(Link(card.title, card.permalink) for card in pages.standalone),
            families=self._families(pages.library),
            file_urls=self._file_urls(pages.library),
        )

    def _families(self, library: Library) -> tuple[str, ...]:
        """Lists that the navigation leads to: the entities' always, the others where there is something in them."""
        entities = entity_families(library)
        return (*entities, *(family for family in GROUP_FAMILIES if library.families[family]))

    def _file_urls(self, library: Library) -> bool:
        asked = self.config.search.file_urls
        return len(library.cards) <= SMALL_ARCHIVE if asked is None else asked

    def _write_pages(self, pages: SitePages, inputs: _Inputs, cache: Cache, stage: SiteStage) -> None:
        self._complain(pages.problems)
        site = self._site_view(inputs.theme, pages)
        renderer = Renderer(inputs.theme, site)
        view_types = _view_types()
        renderer.prepare(view_types)
        environment = {
            kind: value_digest(tool_digest(), renderer.template_digest(kind), site)[:16] for kind in view_types
        }
        self.reporter.phase("Writing pages", len(pages.keys))
        for outcomes in write_pages(pages, renderer, environment, (cache.packs, inputs.places), stage, self.jobs):
            for outcome in outcomes:
                stage.take(outcome.path, outcome.entry, outcome.staged)
                if outcome.reason:
                    changed = outcome.staged is not None
                    self.report.rendered += 1
                    if self.explain:
                        self.report.pages.append(Written(str(outcome.key), outcome.path, outcome.reason, changed))
            self.reporter.advance(len(outcomes))

    def _copy_files(self, inputs: _Inputs, stage: SiteStage) -> None:
        """The theme's assets and the archive's media."""
        for path, data in sorted(inputs.theme.assets.items()):
            self._complain(stage.place(f"assets/{path}", data))
        for file in inputs.media:
            try:
                data = (self.tree.content / file.path).read_bytes()
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                self._complain([Problem(path=f"content/{file.path}", code="unreadable", message=message)])
                continue
            self._complain(stage.place(file.path, data))

    def _write_indexes(self, library: Library, inputs: _Inputs, cache: Cache, stage: SiteStage) -> None:
        """The browser's index into the stage; the local one at once, since nothing of it is published."""
        with PackReader(cache.packs) as packs, WhooshIndex(self.tree.state / "whoosh") as index:

            def corpus_of(positions: Sequence[int]) -> SearchCorpus:
                if len(positions) == len(corpus.documents):
                    return corpus
                return search_corpus(library, inputs.places, packs, positions)

            corpus = search_corpus(library, inputs.places, packs)
            scripts = self._file_urls(library)
            write_search_index(corpus, library, stage, scripts=scripts, jobs=self.jobs, reporter=self.reporter)
            self.reporter.phase("Full-text index", 0)
            update_fulltext_index(index, library, corpus.documents, corpus_of, self.jobs)

    def _complain(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.report.problems.append(problem)
            self.reporter.problem(problem)


def _strangers(paths: list[str], output: str) -> Iterable[Problem]:
    """Told once there is no manifest: they may be leftovers that should not be published."""
    if paths:
        yield Problem(
            path=f"{output}/{paths[0]}",
            code="foreign-files",
            message=f"{len(paths)} files in {output}/ were not written by sitegen, or its list of files is lost",
            hint=f"they were left alone; if nothing in {output}/ is yours, delete the folder and build again",
        )


def _read_done(data: bytes | None) -> _Done | None:
    try:
        return msgspec.msgpack.decode(data, type=_Done) if data else None
    except msgspec.MsgspecError:
        return None


def _view_types() -> list[type[View]]:
    return sorted(View.__subclasses__(), key=lambda kind: kind.__name__)


def _crowded_packs(rows: Mapping[str, CacheRow], limit: int = 48, small: int = 500) -> set[str]:
    """Packs to be merged, by reading their pages again: the small ones, once many updates have piled up."""
    counts: dict[str, int] = {}
    for row in rows.values():
        if row.page is not None:
            counts[row.page.place.pack] = counts.get(row.page.place.pack, 0) + 1
    return {pack for pack, count in counts.items() if count < small} if len(counts) > limit else set()
