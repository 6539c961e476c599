"""A running development server for tests, in a thread of this process."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sitegen.pipeline.new_archive import new_archive
from sitegen.serve.addresses import listen
from sitegen.serve.rebuilding import Built, Notice
from sitegen.serve.server import LiveServer
from sitegen.store.source_tree import SourceTree

PATIENCE = 90.0
"""Seconds until something that should happen at once counts as never happening: machines may be busy."""


class Running:
    """A server at work on one archive."""

    def __init__(self, root: Path, server: LiveServer, port: int, news: list[Built | Notice]) -> None:
        self.root = root
        self.server = server
        self.port = port
        self.news = news

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", quote(path, safe="/?=&%"), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")

    def until(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Wait until something is true."""
        end = time.monotonic() + PATIENCE
        while True:
            result = condition()
            if result:
                return result
            if time.monotonic() > end:
                raise AssertionError(f"it never happened: {what or condition}; told: {self.news[-5:]}")
            time.sleep(0.01)

    def until_page(self, path: str, text: str) -> str:
        """Wait until a page has some text; the page."""
        found: str = self.until(lambda: (page := self.ask(path))[0] == 200 and text in page[1] and page[1], text)
        return found

    def until_gone(self, path: str) -> None:
        """Wait until there is no such page."""
        self.until(lambda: self.ask(path)[0] == 404, f"{path} is gone")

    def problems(self) -> list[dict[str, Any]]:
        """What tabs are told is wrong."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/.sitegen/events?page=/none/")
            answer = connection.getresponse()
            while True:
                line = answer.fp.readline().decode()
                if line.startswith("data: "):
                    hello = json.loads(line.removeprefix("data: "))
                    problems: list[dict[str, Any]] = hello["problems"]
                    return problems

    def until_problem(self, code: str) -> dict[str, Any]:
        """Wait until tabs are told of a problem of this code."""
        found: dict[str, Any] = self.until(
            lambda: next((problem for problem in self.problems() if problem["code"] == code), None), code
        )
        return found

    def until_quiet(self) -> None:
        """Wait until there is nothing to build any more."""
        calm = 0
        while calm < 10:
            time.sleep(0.02)
            calm = calm + 1 if not self.server.busy else 0


def small_archive(root: Path) -> Path:
    """An archive of three articles written by hand, and a standalone page."""
    new_archive(root, "Harbour archive", demo=False)
    write_article(root, "1961/ferry", "Ferry opens", "A new ferry left Oslo on Wednesday.")
    write_article(root, "1962/ice", "Ice closes the harbour", "Two trawlers wait outside Bergen.")
    write_article(root, "1963/divers", "Divers trained", "Forty divers were trained in Bergen.")
    page = root / "content/pages/about.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("---\ntitle: About us\n---\nWho we are.\n", encoding="utf-8")
    return root


def write_article(root: Path, name: str, title: str, body: str, extra: str = "") -> Path:
    """Write `content/articles/NAME.md`."""
    path = root / "content/articles" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    year = name.partition("/")[0]
    text = f"---\ntitle: {title}\ndate: {year}-05-01\nlanguage: en\n{extra}---\n\n{body}\n"
    path.write_text(text, encoding="utf-8")
    return path


@contextlib.contextmanager
def running(root: Path, *, poll: bool = False, port: int = 0, wait: bool = True) -> Iterator[Running]:
    """Serve an archive; on leaving, the server is stopped and its threads have ended."""
    news: list[Built | Notice] = []
    before = set(threading.enumerate())
    listener = listen("127.0.0.1", port)
    server = LiveServer(SourceTree(root), listener, "127.0.0.1", news.append, poll=poll)
    number = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    served = Running(root, server, number, news)
    try:
        served.until(lambda: server.started, "the server starts")
        if wait:
            served.until(lambda: served.ask("/")[0] == 200, "the first build")
            served.until_quiet()
        yield served
    finally:
        server.stop()
        thread.join(PATIENCE)
        listener.close()
    assert not thread.is_alive()
    left = {thread for thread in threading.enumerate() if thread not in before and "AnyIO" not in thread.name}
    assert not left, left
    assert not [item for item in news if item.event == "fault"], news
