"""START READING HERE: from raw files to Markdown pages in `content/articles`.

Raw files are read, repaired and tagged in workers; the parent keeps order, identity and names, and writes the pages.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from sitegen.digest import generated_id
from sitegen.entities.common_words import without_common_words
from sitegen.entities.resolve import resolve_mentions
from sitegen.entities.tagging import Tagger, load_tagger
from sitegen.errors import ContentError, StorageError
from sitegen.ingest.compose import article_id, compose
from sitegen.ingest.datelines import calm_dateline, with_agency
from sitegen.ingest.duplicates import DuplicateIndex, signature
from sitegen.ingest.readers import reader_for
from sitegen.ingest.readers.base import MAX_ARTICLE_BYTES, too_long
from sitegen.markup.front_matter import is_untouched, parse_page, stamp
from sitegen.markup.limits import MAX_TAGGED
from sitegen.model import Article, EdtfDate, EntityTag, Problem, RawArticle
from sitegen.pipeline.raw_files import RawFile, Task, find_raw_files, tasks
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.workers import available_cores, fork_map
from sitegen.plan.urls import spelling
from sitegen.slug import slugify
from sitegen.store.ledger import LedgerEntry, read_ledger, read_removed, write_ledger
from sitegen.store.locks import hold
from sitegen.store.signatures import SignatureFile
from sitegen.store.source_tree import SourceTree, storage_error, temporary_beside, write_atomically

_FEW = 16
"""Pages up to which each is flushed to disk by itself."""
_RESEMBLANCE = 0.7
"""Share of three-word phrases from which on two texts are linked as copies: a corrected report is still one."""


class IngestOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for."""

    paths: tuple[Path, ...] = ()
    """Files and folders to read; empty: `content/raw`."""
    tagger: str = ""
    """Name of the tagger; empty: as `sitegen.toml` says."""
    jobs: int = 0
    """Worker processes; 0: one a core."""
    dry_run: bool = False
    """Do everything but write."""
    restore: bool = False
    """Bring back pages that were deleted by hand."""


class IngestReport(msgspec.Struct, kw_only=True):
    """What ingest did."""

    articles: int = 0
    """Articles found in the sources."""
    written: int = 0
    kept: int = 0
    """Already there, and left as they are (edited by a person or not)."""
    deleted: int = 0
    set_aside: int = 0
    """Not made into pages; `problems` say why."""
    duplicates: int = 0
    copies: int = 0
    """Articles linked to others whose text is the same or nearly so."""
    conflicts: int = 0
    removed: int = 0
    """Left out because a person removed them."""
    untagged: dict[str, int] = {}
    """Articles that the tagger left alone, by language."""
    seconds: float = 0.0
    problems: list[Problem] = []


class Draft(msgspec.Struct):
    """What a worker made of one raw article."""

    id: str
    sha256: str
    origin: str
    line: int
    explicit: bool
    """The source itself names it, by id or URL."""
    article: Article | None
    """None: unchanged since it was ingested, or set aside."""
    problems: list[Problem]
    signature: bytes = b""
    unchanged: bool = False


def ingest_articles(tree: SourceTree, options: IngestOptions, reporter: Reporter) -> IngestReport:
    """Read raw articles and write their pages. What a person edited, removed or deleted is left alone.

    Raises:
        ConfigError, ContentError: settings, ledger or tombstones cannot be used; nothing was written.
        LockedError: another ingest is at work.
        StorageError: the disk refused; pages written so far are whole, and a rerun goes on.
    """
    started = time.monotonic()
    config = tree.load_config()
    tagger = load_tagger(options.tagger or config.ingest.tagger)
    files, problems = find_raw_files(tree.root, options.paths or (tree.content / "raw",))
    with hold(tree.state, "ingest", timeout=10):
        desk = IngestDesk(tree, options, reporter)
        for problem in problems:
            desk.complain(problem)
        prepare = preparer(config.ingest.columns, config.entities.min_confidence, tagger, desk)
        desk.take_all(prepare, files, options.jobs or available_cores())
        desk.finish()
        if desk.written and not options.dry_run:
            desk.save_signatures()
    desk.report.seconds = round(time.monotonic() - started, 3)
    return desk.report


def tag_entities(tagger: Tagger, text: str, min_confidence: float) -> tuple[EntityTag, ...]:
    """The entities of one text, as its page will name them; of a very long text, those of its beginning."""
    if len(text) > MAX_TAGGED:
        text = text[: text.rfind(" ", 0, MAX_TAGGED) + 1 or MAX_TAGGED]
    mentions = without_common_words(text, with_agency(text, tagger.tag([calm_dateline(text)])[0]))
    return resolve_mentions([mention for mention in mentions if mention.confidence >= min_confidence])


def preparer(
    columns: dict[str, str], min_confidence: float, tagger: Tagger, desk: IngestDesk
) -> Callable[[Task], list[Draft]]:
    """The worker's part: read a task's articles, skip what has not changed, compose and tag the others."""

    def tag(text: str, language: str) -> tuple[EntityTag, ...]:
        if tagger.languages is not None and language.partition("-")[0] not in tagger.languages:
            return ()
        return tag_entities(tagger, text, min_confidence)

    def prepare(task: Task) -> list[Draft]:
        drafts = []
        for found in _read(task, columns):
            if isinstance(found, Problem):
                drafts.append(Draft("", "", found.path, found.line, False, None, [found]))
                continue
            id_ = article_id(found)
            draft = Draft(id_, found.sha256, found.origin, found.line, bool(found.id or found.url), None, [])
            if desk.is_current(id_, found.sha256):
                draft.unchanged = True
            else:
                draft.article, draft.problems = compose(found, tag)
                if draft.article is not None:
                    draft.signature = signature(draft.article.body)
            drafts.append(draft)
        return drafts

    return prepare


def _read(task: Task, columns: dict[str, str]) -> Iterator[RawArticle | Problem]:
    for file in task.files:
        reader = reader_for(file.path.name)
        assert reader is not None
        if task.chunk is not None and reader.read_chunk is not None:
            yield from reader.read_chunk(task.chunk, file.origin, columns)
            continue
        if file.size > MAX_ARTICLE_BYTES:
            yield too_long(file.origin)
            continue
        try:
            data = file.path.read_bytes()
        except OSError as error:
            yield _unreadable(file, error)
            continue
        yield from reader.read(data, file.origin, columns)


def _unreadable(file: RawFile, error: OSError) -> Problem:
    return Problem(path=file.origin, code="unreadable", message=f"cannot be read: {error.strerror}")


def drafts_in_order(prepare: Callable[[Task], list[Draft]], window: Sequence[Task], jobs: int) -> Iterator[list[Draft]]:
    """Run the tasks in workers and hand on their results in the order of the tasks."""

    def work(_: int, chunks: Iterator[tuple[int, Task]]) -> Iterator[tuple[int, list[Draft]]]:
        for number, task in chunks:
            yield number, prepare(task)

    early: dict[int, list[Draft]] = {}
    following = 0
    for number, drafts in fork_map(work, list(enumerate(window)), jobs):
        early[number] = drafts
        while following in early:
            yield early.pop(following)
            following += 1


class IngestDesk:
    """The parent's part: who is who, which address an article gets, what may be written."""

    def __init__(self, tree: SourceTree, options: IngestOptions, reporter: Reporter) -> None:
        self.report = IngestReport()
        self._tree = tree
        self._options = options
        self._reporter = reporter
        self._ledger = read_ledger(tree.content)
        self._removed = read_removed(tree.content)
        on_disk, _ = tree.scan("articles", (".md",))
        self._pages = {f"articles/{file.path}" for file in on_disk}
        self._taken = {spelling(path) for path in self._pages}
        self._changed = False
        self._inside: set[str] = set()
        self._adopt_pages()
        self._seen: dict[str, Draft] = {}
        self.written: list[str] = []
        """Pages written since `begin`, relative to `content/`."""
        self._signatures = SignatureFile(tree.state / "signatures.msgpack")
        self._similar: DuplicateIndex | None = None
        self._dates: dict[str, str] = {}

    def is_current(self, id_: str, sha256: str) -> bool:
        """Whether the source has not changed since its page was written. Called in workers too."""
        entry = self._ledger.get(id_)
        return entry is not None and entry.sha256 == sha256 and entry.page in self._pages and id_ not in self._removed

    def begin(self, files: Sequence[RawFile]) -> None:
        """Take up another run, over files that were read before or not; what was learnt of others stays."""
        self.report = IngestReport()
        self.written = []
        again = {file.origin for file in files}
        self._seen = {id_: draft for id_, draft in self._seen.items() if draft.origin not in again}

    def note_page(self, path: str) -> None:
        """A page, by its path relative to `content/`, has come or gone by other hands."""
        if (self._tree.content / path).is_file():
            self._pages.add(path)
            self._taken.add(spelling(path))
        elif path in self._pages:
            self._pages.remove(path)
            self._taken.discard(spelling(path))

    def complain(self, problem: Problem) -> None:
        """Report a problem."""
        self.report.problems.append(problem)
        self._reporter.problem(problem)

    def take_all(self, prepare: Callable[[Task], list[Draft]], files: Sequence[RawFile], jobs: int) -> None:
        """Read raw files in workers and take what they make of them, in the order of the files."""
        self._reporter.phase("Reading articles", 0)
        late: list[Problem] = []
        for window in tasks(files, late):
            for drafts in drafts_in_order(prepare, window, jobs):
                for draft in drafts:
                    self.take(draft)
                self._reporter.advance(len(drafts))
        for problem in late:
            self.complain(problem)

    def take(self, draft: Draft) -> None:
        """Decide about one article and write its page if it is new or may be replaced."""
        for problem in draft.problems:
            self.complain(problem)
        if not draft.id:
            self.report.set_aside += 1
            return
        self.report.articles += 1
        if draft.id in self._seen:
            self._repeat(draft)
            return
        self._seen[draft.id] = msgspec.structs.replace(draft, article=None, signature=b"", problems=[])
        if draft.id in self._removed:
            self.report.removed += 1
        elif draft.unchanged:
            self.report.kept += 1
        elif draft.article is None:
            self.report.set_aside += 1
        else:
            self._write(draft, draft.article)

    def finish(self) -> None:
        """Write the ledger: from now on these sources are known."""
        if self._options.dry_run or not self._changed:
            return
        self._flush_pages()
        with hold(self._tree.state, "content", timeout=30):
            write_ledger(self._tree.content, self._ledger)
        self._changed = False

    def save_signatures(self) -> None:
        """Keep the signatures for the next run; without them it reads the pages again."""
        self._signatures.save()

    def _flush_pages(self) -> None:
        """The ledger must not promise pages that a power cut could still take."""
        if len(self.written) > _FEW and hasattr(os, "sync"):
            os.sync()
            return
        for page in self.written:
            with contextlib.suppress(OSError), (self._tree.content / page).open("rb") as file:
                os.fsync(file.fileno())

    def _repeat(self, draft: Draft) -> None:
        first = self._seen[draft.id]
        self.report.duplicates += 1
        if first.sha256 != draft.sha256:
            self.complain(
                Problem(
                    path=draft.origin,
                    line=draft.line,
                    code="duplicate-id",
                    message=f"another article has the same identity `{draft.id}`; the first one is kept",
                    hint=f"the first is {_place(first)}; give one of them another id",
                )
            )

    def _write(self, draft: Draft, article: Article) -> None:
        entry = self._ledger.get(draft.id)
        if entry is None:
            same = self._same_article(draft, article)
            if same is not None:
                self.report.duplicates += 1
                self.complain(
                    Problem(
                        path=draft.origin,
                        line=draft.line,
                        code="duplicate",
                        message=f"the same text of the same date is already there as {same}",
                        hint="it was left out; give it an `id` or `url` of its own to keep both",
                    )
                )
                return
            self._write_new(draft, article)
        elif entry.page in self._pages:
            self._replace(draft, article, entry)
        elif self._options.restore:
            self._write_new(draft, article)
        else:
            self.report.set_aside += 1
            self.complain(
                Problem(
                    path=draft.origin,
                    line=draft.line,
                    code="page-deleted",
                    message=f"its page content/{entry.page} was deleted by hand and is not made again",
                    hint=f"`sitegen remove {draft.id}` keeps it out; `sitegen ingest --restore` brings it back",
                )
            )

    def _write_new(self, draft: Draft, article: Article) -> None:
        permalink = self._free_permalink(article)
        path = f"articles{permalink.rstrip('/')}.md"
        article = msgspec.structs.replace(article, permalink=permalink, copies=self._link_copies(draft, article))
        self._count_untagged(article)
        self._put(path, stamp(article), new=True)
        self._ledger[draft.id] = LedgerEntry(draft.sha256, path)

    def _replace(self, draft: Draft, article: Article, entry: LedgerEntry) -> None:
        path = self._tree.content / entry.page
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        if not is_untouched(text):
            self.report.conflicts += 1
            self.report.kept += 1
            self.complain(
                Problem(
                    path=f"content/{entry.page}",
                    code="conflict",
                    message="the source has changed, but so has the page; the page was left as it is",
                    hint=f"compare it with {_place(draft)}; to take the source's text, delete the page and run"
                    " `sitegen ingest --restore`",
                )
            )
            return
        try:
            old, _ = parse_page(text, entry.page)
        except ContentError as error:
            self.report.set_aside += 1
            self.complain(msgspec.structs.replace(error.problem, path=f"content/{entry.page}"))
            return
        article = msgspec.structs.replace(
            article, permalink=old.permalink, aliases=old.aliases, copies=self._link_copies(draft, article)
        )
        self._put(entry.page, stamp(article), new=False)
        self._ledger[draft.id] = LedgerEntry(draft.sha256, entry.page)

    def _put(self, path: str, text: str, new: bool) -> None:
        self.report.written += 1
        self.written.append(path)
        self._changed = True
        if self._options.dry_run:
            return
        target = self._tree.content / path
        self._check_folder(target.parent)
        data = text.encode("utf-8", "replace")
        if new:
            _write_new_file(target, data)
        else:
            write_atomically(target, data)
        self._pages.add(path)

    def _check_folder(self, folder: Path) -> None:
        """Refuse to write through a link that leads out of `content/`: the scan would not find the page again."""
        if str(folder) not in self._inside:
            if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(self._tree.content)):
                raise StorageError(
                    "cannot write: a link leads out of content/",
                    path=str(folder),
                    hint="put a folder in the place of the link",
                    code="link-outside",
                )
            self._inside.add(str(folder))

    def _free_permalink(self, article: Article) -> str:
        """`/YYYY/MM/slug/`, with the id's digits where another page has that address or a spelling of it."""
        date = EdtfDate.parse(article.date) if article.date else None
        if date is None:
            folder = "undated"
        else:
            folder = f"{date.year:04d}/{date.month:02d}" if date.month else f"{date.year:04d}"
        slug = slugify(article.title, max_length=70)
        digits = generated_id("permalink", article.id)
        for ending in ("", f"-{digits[:8]}", f"-{digits}"):
            permalink = f"/{folder}/{slug}{ending}/"
            name = spelling(f"articles{permalink.rstrip('/')}.md")
            # Something may have come since the scan, or be there that is no page: nothing is written over it.
            if name not in self._taken and not os.path.lexists(
                self._tree.content / f"articles{permalink.rstrip('/')}.md"
            ):
                self._taken.add(name)
                return permalink
        raise ContentError(f"no address is left for {article.id}", path=article.source.file, code="no-address")

    def _count_untagged(self, article: Article) -> None:
        if not article.machine_tags and article.language and article.language.partition("-")[0] != "en":
            self.report.untagged[article.language] = self.report.untagged.get(article.language, 0) + 1

    def _same_article(self, draft: Draft, article: Article) -> str | None:
        """Page of an article with the same text and date, where the source gives this one no identity of its own."""
        if draft.explicit:
            return None
        for other, similarity in self._index().lookup(draft.signature):
            if similarity >= 1.0 and self._dates.get(other) == article.date and other in self._ledger:
                return f"content/{self._ledger[other].page}"
        return None

    def _link_copies(self, draft: Draft, article: Article) -> tuple[str, ...]:
        found = [other for other, _ in self._index().add(draft.id, article.date, draft.signature) if other != draft.id]
        self._signatures.set(draft.id, article.date, draft.signature)
        self._dates[draft.id] = article.date
        if found:
            self.report.copies += 1
        return tuple(sorted(found))

    def warm(self) -> None:
        """Load what the first new article would have to wait for."""
        self._index()

    def _index(self) -> DuplicateIndex:
        """The index of near-duplicates, filled from earlier ingests when it is first needed."""
        if self._similar is None:
            self._similar = DuplicateIndex(_RESEMBLANCE)
            texts = []
            for id_, entry in sorted(self._ledger.items()):
                known = self._signatures.get(id_)
                if known is None:
                    known = self._signature_of_page(id_, entry.page)
                if known is not None:
                    self._dates[id_] = known[0]
                    texts.append((id_, known[1]))
            self._similar.fill(texts)
        return self._similar

    def _signature_of_page(self, id_: str, page: str) -> tuple[str, bytes] | None:
        try:
            article, _ = parse_page((self._tree.content / page).read_text(encoding="utf-8"), page)
        except (OSError, UnicodeDecodeError, ContentError):
            return None
        self._signatures.set(id_, article.date, signature(article.body))
        return self._signatures.get(id_)

    def _adopt_pages(self) -> None:
        """Find pages that were moved, or written by an ingest that was cut off before it wrote the ledger."""
        known = {entry.page for entry in self._ledger.values()}
        for page in sorted(self._pages - known):
            try:
                article, _ = parse_page((self._tree.content / page).read_text(encoding="utf-8"), page)
            except (OSError, UnicodeDecodeError, ContentError):
                continue
            if not article.id or not article.ingested:
                continue
            entry = self._ledger.get(article.id)
            if entry is None or entry.page not in self._pages:
                self._ledger[article.id] = LedgerEntry(article.source.sha256, page)
                self._changed = True


def _place(draft: Draft) -> str:
    return f"{draft.origin}:{draft.line}" if draft.line else draft.origin


def _write_new_file(path: Path, data: bytes) -> None:
    """Write a file that was not there; a kill leaves no half of it. Flushed by `IngestDesk.finish`, not one by one."""
    temporary = temporary_beside(path)
    try:
        try:
            temporary.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error
