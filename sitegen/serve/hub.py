"""Who looks at which page, and what they are told: server-sent events.

Every message has a `type`:

    hello       {boot, generation, busy, problems}         first on every connection
    page        {generation}                               the page that this tab shows has changed; fetch it
    files       {generation, urls}                         stylesheets, scripts, pictures have changed
    problems    {problems}                                 what is wrong now; empty: nothing any more
    progress    {phase, done, total}                       a build is at work
    built       {generation, seconds}                      … and has ended
    index       {}                                         both search indexes are those of the pages
    follow      {url}                                      a page was edited: for tabs that follow
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from sitegen.model import Problem

_REMEMBERED = 500
"""Generations whose changes are kept for tabs that were away."""
_MANY = 2000
"""Changed URLs of one generation beyond which each tab is told to look."""
_BACKLOG = 200
"""Messages that wait for one tab at most; it is cut off then, and catches up when it comes back."""
MOST_TABS = 200
_HEARTBEAT = 15.0
_PROGRESS_SECONDS = 0.1


class Tab:
    """One open connection, and the page it shows."""

    def __init__(self, page: str) -> None:
        self.page = page_url(page)
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(_BACKLOG)


class Hub:
    """Tells tabs what has happened. What the building thread calls may be called from any thread."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(6)
        """Names this run of the server: generations of another run mean nothing here."""
        self.generation = 1
        self.problems: tuple[Problem, ...] = ()
        self.busy: tuple[str, int, int] | None = None
        """Phase, units done and units ahead of the build at work."""
        self._history: deque[tuple[int, frozenset[str] | None]] = deque(maxlen=_REMEMBERED)
        self._tabs: set[Tab] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._told_progress = 0.0

    # For the building thread

    def pages_shown(self) -> list[str]:
        """Root-relative URLs of the pages that are open in some tab."""
        with self._lock:
            return sorted({tab.page for tab in self._tabs})

    def changed(self, urls: Collection[str] | None) -> None:
        """Files with these root-relative URLs have new bytes on disk, or are gone; None: any of them may have."""
        if urls is not None and not urls:
            return
        named = frozenset(urls or ())
        with self._lock:
            self.generation += 1
            generation = self.generation
            self._history.append((generation, named if 0 < len(named) <= _MANY else None))
            touched = [tab for tab in self._tabs if urls is None or tab.page in named]
        self._send({"type": "page", "generation": generation}, touched)
        assets = sorted(url for url in named if not url.endswith(("/", ".html", ".json", ".xml")))
        if assets:
            self._send({"type": "files", "generation": generation, "urls": assets[:_MANY]})

    def tell_problems(self, problems: Sequence[Problem]) -> None:
        """What is wrong now takes the place of what was."""
        if tuple(problems) != self.problems:
            self.problems = tuple(problems)
            self._send({"type": "problems", "problems": self.problems})

    def tell_progress(self, phase: str, done: int, total: int) -> None:
        """A build is at work."""
        now = time.monotonic()
        new = self.busy is None or self.busy[0] != phase
        self.busy = (phase, done, total)
        if new or now - self._told_progress > _PROGRESS_SECONDS:
            self._told_progress = now
            self._send({"type": "progress", "phase": phase, "done": done, "total": total})

    def tell_built(self, seconds: float) -> None:
        """The build has ended, well or not."""
        self.busy = None
        self._send({"type": "built", "generation": self.generation, "seconds": seconds})

    def tell_index(self) -> None:
        """Search answers from the pages as they are now."""
        self._send({"type": "index"})

    def tell_follow(self, url: str) -> None:
        """A person has edited the page at this URL."""
        self._send({"type": "follow", "url": url})

    # For the server

    def missed(self, page: str, since: str) -> bool:
        """Whether a page may have changed since `BOOT-GENERATION`."""
        boot, _, number = since.partition("-")
        with self._lock:
            if boot != self.boot or not number.isdigit() or len(number) > 12:
                return True
            generation = int(number)
            if generation < self.generation - len(self._history):
                return True
            return any(urls is None or page in urls for at, urls in self._history if at > generation)

    async def listen(self, page: str, since: str) -> AsyncIterator[bytes]:
        """Events for one tab as they go over the wire, until the server stops or the tab cannot keep up."""
        tab = Tab(page)
        self._loop = asyncio.get_running_loop()
        with self._lock:
            if self._closed or len(self._tabs) >= MOST_TABS:
                return
            self._tabs.add(tab)
        try:
            yield b"retry: 300\n\n" + self._hello()
            if self.missed(tab.page, since):
                yield _encode({"type": "page", "generation": self.generation}, self.mark)
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        message = await tab.queue.get()
                except TimeoutError:
                    message = b":\n\n"
                if message is None:
                    return
                yield message
        finally:
            with self._lock:
                self._tabs.discard(tab)

    def close(self) -> None:
        """End all connections; no more are taken."""
        with self._lock:
            self._closed = True
        self._broadcast(None, None)

    @property
    def tabs(self) -> int:
        """Open connections."""
        with self._lock:
            return len(self._tabs)

    @property
    def mark(self) -> str:
        """The state of the site, as tabs name it when they come back."""
        return f"{self.boot}-{self.generation}"

    def _hello(self) -> bytes:
        hello = {
            "type": "hello",
            "boot": self.boot,
            "generation": self.generation,
            "busy": self.busy is not None,
            "problems": self.problems,
        }
        return _encode(hello, self.mark)

    def _send(self, message: dict[str, Any], tabs: Iterable[Tab] | None = None) -> None:
        self._broadcast(_encode(message, self.mark), tabs)

    def _broadcast(self, data: bytes | None, tabs: Iterable[Tab] | None) -> None:
        with self._lock:
            chosen = list(self._tabs if tabs is None else tabs)
            loop = self._loop
        if not chosen or loop is None:
            return

        def put() -> None:
            for tab in chosen:
                if tab.queue.full():
                    tab.queue.get_nowait()
                    tab.queue.put_nowait(None)
                else:
                    tab.queue.put_nowait(data)

        try:
            loop.call_soon_threadsafe(put)
        except RuntimeError:
            return  # The server has stopped.


def page_url(path: str) -> str:
    """The URL by which changes speak of the page at an address: decoded, without `index.html`."""
    url = unquote(path).partition("?")[0].partition("#")[0]
    return url.removesuffix("index.html") if url.endswith("/index.html") else url


def _encode(message: dict[str, Any], mark: str) -> bytes:
    return b"id: " + mark.encode() + b"\ndata: " + msgspec.json.encode(message) + b"\n\n"
