"""The building thread: takes what has changed, ingests raw texts, brings the site up to date, tells the tabs."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence

import msgspec

from sitegen.config import CONFIG_NAME
from sitegen.errors import LockedError, SitegenError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Problem
from sitegen.pipeline.build_site import BuildOptions
from sitegen.pipeline.live_ingest import RAW, LiveIngest
from sitegen.pipeline.live_site import LiveSite
from sitegen.plan.permalinks import permalink_of_path
from sitegen.serve.changes import Batch, Changes
from sitegen.serve.hub import Hub
from sitegen.store.source_tree import SourceTree

_IDLE = 1.0
"""Seconds of quiet after which there is time for what can wait."""
_RETRY = 0.1
"""Seconds until another try where another sitegen is at work."""
_MOST_PROBLEMS = 50


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of one round of building."""

    event: str = "built"
    paths: tuple[str, ...]
    """What had changed, relative to the archive's root; empty where everything was looked at."""
    ingested: int
    """Pages written from raw texts."""
    pages: int
    """Files of the site that are new, changed or gone."""
    shown_seconds: float
    """From the first notice of a change until the pages that changed, and those that are open, were on disk."""
    seconds: float
    """The same until all pages were."""
    index_seconds: float | None
    """The same until both search indexes were theirs; None where that was not needed."""
    problems: tuple[Problem, ...]
    """Those that were not there before."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that a person should know."""

    event: str
    message: str


Tell = Callable[[Built | Notice], None]


class Stopped(BaseException):
    """The server is being stopped: the build in progress is given up."""


class Rebuilder:
    """Keeps one archive's site up to date, in a thread of its own, from `start` to `stop`."""

    def __init__(self, tree: SourceTree, options: BuildOptions, changes: Changes, hub: Hub, tell: Tell) -> None:
        """`tell` is called from the thread, with what a person may want to read."""
        self._changes = changes
        self._hub = hub

        def tell_if_heard(news: Built | Notice) -> None:
            with contextlib.suppress(OSError):  # Whoever read the output has gone; pages are still served.
                tell(news)

        self._tell = tell_if_heard
        self._tree = tree
        self._options = options
        self._stopping = threading.Event()
        self._busy = threading.Event()
        self._busy.set()
        self._thread = threading.Thread(target=self._run, name="build", daemon=True)
        self._site = self._open_site()
        self._raw = RawTexts(LiveIngest(tree, self))
        self._problems = FreshProblems()
        self._left: Batch | None = None
        """What could not be worked off."""
        self._round = _Round(0.0)
        self._progress = ("", 0, 0)

    def start(self) -> None:
        """Begin with whatever has changed since the last build."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Give up what is being built and end the thread."""
        self._stopping.set()
        self._changes.close()
        self._thread.join(timeout)

    @property
    def busy(self) -> bool:
        """Whether there is work in hand."""
        return self._busy.is_set()

    # What the builds report (`Reporter`)

    def phase(self, name: str, total: int) -> None:
        """A step begins."""
        self._show_progress((name, 0, total))

    def advance(self, units: int) -> None:
        """So many units are done."""
        name, done, total = self._progress
        self._show_progress((name, done + units, total))

    def problem(self, problem: Problem) -> None:
        """Problems are told at the end of a round."""

    def _show_progress(self, progress: tuple[str, int, int]) -> None:
        if self._stopping.is_set():
            raise Stopped
        self._progress = progress
        self._hub.tell_progress(*progress)

    # The thread

    def _run(self) -> None:
        with contextlib.suppress(Stopped):
            self._begin()
            while not self._stopping.is_set():
                # All pages are being looked at behind the last change: look for another one, and go on.
                going_on = self._site.unfinished
                if not going_on:
                    self._busy.clear()
                batch = self._changes.take(0 if going_on else _IDLE)
                self._busy.set()
                if batch is not None:
                    self._work(batch)
                elif going_on or self._raw.waiting:
                    self._work(Batch(frozenset(), everything=False, since=time.monotonic()))
                else:
                    self._raw.save()
        self._raw.close()
        self._site.close()

    def _begin(self) -> None:
        """The site as it should be; then the raw texts that came while nobody watched."""
        everything = Batch(frozenset(), everything=True, since=time.monotonic())
        if self._has_site():
            self._work(everything, with_raw=False)
            self._raw.look(everything)
            self._work(Batch(frozenset(), everything=False, since=time.monotonic()))
        else:
            self._work(everything)
        with contextlib.suppress(SitegenError):  # It is told when it matters.
            self._site.warm()
        self._raw.warm()
        gc.collect()
        gc.freeze()  # A library is millions of values that stay.

    def _has_site(self) -> bool:
        with contextlib.suppress(SitegenError):
            return (self._tree.root / self._tree.load_config().output / "index.html").is_file()
        return False

    def _work(self, batch: Batch, *, with_raw: bool = True) -> None:
        """Work a batch off, with what was left of the last one, and tell what came of it."""
        if self._left is not None:
            batch = batch.together(self._left)
        waiting = False
        while not self._stopping.is_set():
            self._round = _Round(batch.since)
            try:
                self._update(batch, with_raw=with_raw)
                self._left = None
            except LockedError as error:
                if not waiting:
                    self._tell(Notice(event="waiting", message=f"{error.problem.message}; waiting for it to finish"))
                waiting = True
                self._stopping.wait(_RETRY)
                more = self._changes.take(0)
                batch = batch if more is None else batch.together(more)
                continue
            except SitegenError as error:
                self._problems.fail(error.problem)
                self._left = batch
            except Exception as error:
                # A fault of this program: told in full, and the next change has everything looked at again.
                self._tell(Notice(event="fault", message=traceback.format_exc()))
                self._problems.fail(_fault(error))
                self._left = msgspec.structs.replace(batch, everything=True)
                self._site.close()
                self._site = self._open_site()
            self._tell_all(batch)
            return

    def _update(self, batch: Batch, *, with_raw: bool) -> None:
        self._raw.look(batch)
        pages = self._raw.ingest() if with_raw else []
        paths = {path for path in batch.paths if not is_raw(path)} | set(pages)
        self._round.ingested = pages
        try:
            if batch.everything or paths or self._site.unfinished:
                report = self._site.update(None if batch.everything else sorted(paths), self._hub.pages_shown())
                self._problems.take(report.problems, batch.paths)
        finally:
            self._raw.finish()

    def _tell_all(self, batch: Batch) -> None:
        done = self._round
        problems, new = self._problems.now(self._raw.problems)
        self._hub.tell_built(round(time.monotonic() - batch.since, 3))
        self._hub.tell_problems(problems)
        follow = self._edited_page(batch)
        if follow:
            self._hub.tell_follow(follow)
        if done.urls or done.ingested or new:
            self._tell(
                Built(
                    paths=() if batch.everything else tuple(sorted(batch.paths)),
                    ingested=len(done.ingested),
                    pages=len(done.urls),
                    shown_seconds=round(done.shown_at, 4),
                    seconds=round(done.pages_at, 4),
                    index_seconds=round(done.index_at, 4) if done.index_at else None,
                    problems=tuple(new),
                )
            )

    def _edited_page(self, batch: Batch) -> str:
        """URL of the one page that a person has edited or dropped in; empty where there is none, or several."""
        edited = {path for path in batch.paths if is_page(path)} | set(self._round.ingested)
        if len(edited) != 1 or batch.everything:
            return ""
        (path,) = edited
        try:
            text = (self._tree.root / path).read_text(encoding="utf-8")
            article, _ = parse_page(text, path)
        except (OSError, UnicodeDecodeError, SitegenError):
            return ""
        url = article.permalink or permalink_of_path(path.removeprefix("content/"))
        return url if url in self._round.urls else ""

    # What the site tells

    def _open_site(self) -> LiveSite:
        return LiveSite(
            self._tree,
            self._options,
            self,
            on_pages=self._pages_written,
            on_indexes=self._indexes_written,
            give_way=lambda: self._changes.waiting,
        )

    def _pages_written(self, urls: list[str]) -> None:
        self._round.urls.update(urls)
        self._round.pages_at = time.monotonic() - self._round.since
        self._round.shown_at = self._round.shown_at or self._round.pages_at
        self._hub.changed(urls)

    def _indexes_written(self) -> None:
        self._round.index_at = time.monotonic() - self._round.since
        self._hub.tell_index()


class _Round:
    """What came of one batch."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.urls: set[str] = set()
        self.ingested: list[str] = []
        self.shown_at = self.pages_at = self.index_at = 0.0


class RawTexts:
    """Raw files that have changed and wait to be ingested, and what was wrong with those that were."""

    def __init__(self, ingest: LiveIngest) -> None:
        self._ingest = ingest
        self._waiting: set[str] = set()
        self._problems: list[tuple[frozenset[str], Problem]] = []

    @property
    def waiting(self) -> bool:
        """Whether another ingest was in the way."""
        return bool(self._waiting)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with raw files, as far as they were read here."""
        return [problem for _, problem in self._problems]

    def look(self, batch: Batch) -> None:
        """Note raw files that have changed, and what else ingest must know."""
        if batch.everything or CONFIG_NAME in batch.paths:
            self._ingest.forget()
        self._ingest.note_pages(path for path in batch.paths if path.startswith("content/articles/"))
        self._waiting |= {path.removeprefix(RAW) for path in batch.paths if is_raw(path)}
        if batch.everything or any("." not in path for path in self._waiting):  # Perhaps a folder.
            self._waiting |= set(self._ingest.changed_files())

    def ingest(self) -> list[str]:
        """Make pages of what waits; their paths. Where another ingest is at work, it waits longer."""
        if not self._waiting:
            return []
        files = frozenset(self._waiting)
        try:
            report, pages = self._ingest.ingest(files)
        except LockedError:
            return []
        self._waiting.clear()
        self._problems = [(of, problem) for of, problem in self._problems if not of & files]
        self._problems += [(files, problem) for problem in report.problems]
        return pages

    def finish(self) -> None:
        """Once the pages can be seen: write down what was ingested."""
        self._ingest.finish()

    def warm(self) -> None:
        """Load what the next raw text would have to wait for."""
        with contextlib.suppress(SitegenError):
            self._ingest.warm()

    def save(self) -> None:
        """Keep what makes the next start quicker."""
        with contextlib.suppress(SitegenError):
            self._ingest.save()

    def close(self) -> None:
        """Write down what was ingested and what makes the next start quicker."""
        with contextlib.suppress(SitegenError):
            self._ingest.finish()
        self.save()


class FreshProblems:
    """Which problems to show: what failed, and warnings that are new since the start or about a file just saved."""

    def __init__(self) -> None:
        self._failure: Problem | None = None
        self._known: set[Problem] | None = None
        self._current: list[Problem] = []
        self._told: set[Problem] = set()

    def fail(self, problem: Problem) -> None:
        """The build could not be done."""
        self._failure = problem

    def take(self, problems: Sequence[Problem], saved: Iterable[str]) -> None:
        """The build was done, with these warnings, after these files had been saved."""
        self._failure = None
        self._current = list(problems)
        if self._known is None:
            self._known = set(problems)
        touched = set(saved)
        self._known = {problem for problem in self._known.intersection(problems) if problem.path not in touched}

    def now(self, others: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
        """Problems to show, the build's and `others`; and those among them that were not shown before."""
        if self._failure is not None:
            shown = [self._failure]
        else:
            known = self._known or set()
            shown = [problem for problem in dict.fromkeys([*self._current, *others]) if problem not in known]
        shown = shown[:_MOST_PROBLEMS]
        new = [problem for problem in shown if problem not in self._told]
        self._told = set(shown)
        return shown, new


def is_page(path: str) -> bool:
    """Whether a path, relative to the archive's root, is that of a page's Markdown."""
    return path.startswith(("content/articles/", "content/pages/")) and path.endswith(".md")


def is_raw(path: str) -> bool:
    """Whether a path, relative to the archive's root, lies among the raw files."""
    return path.startswith(RAW)


def _fault(error: Exception) -> Problem:
    return Problem(
        path="",
        code="fault",
        message=f"a fault in sitegen itself: {type(error).__name__}: {error}",
        hint="the terminal shows where; please report it. The next change tries again",
        severity="error",
    )
