"""The site over HTTP: right types, clean addresses, nothing outside its folder."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import uvicorn
from live_support import PATIENCE
from starlette.requests import Request

from sitegen.publish.headers import SECURITY, content_type
from sitegen.serve.addresses import listen
from sitegen.serve.app import live_app, script_tag
from sitegen.serve.hub import Hub
from sitegen.serve.site_files import SiteFiles

Ask = Callable[..., tuple[int, dict[str, str], bytes]]

FILES = {
    "index.html": "home",
    "404.html": "lost",
    "1969/07/x/index.html": "article",
    "feed.xml": "<feed/>",
    "feed.json": "{}",
    "assets/site.js": "x",
    "assets/icon.svg": "<svg/>",
    "media/100% #1.txt": "odd",
    "people/ünï/index.html": "person",
    ".sitegen/manifest/00.tsv": "ours alone",
}


class Nothing(msgspec.Struct):
    """No results."""


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Asks a running server; the path goes over the wire as it is given."""
    folder = tmp_path / "site"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    listener = listen("127.0.0.1", 0)
    hub = Hub()
    app = live_app(SiteFiles(folder, "/", script_tag(hub)), hub, lambda *_: Nothing(), "127.0.0.1")
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = listener.getsockname()[1]

    def ask_for(
        path: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.putrequest(method, path)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, body

    yield ask_for
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/1969/07/x/", "text/html"),
        ("/1969/07/x/index.html", "text/html"),
        ("/feed.xml", "application/xml"),
        ("/feed.json", "application/json"),
        ("/assets/site.js", "text/javascript"),
        ("/assets/icon.svg", "image/svg+xml"),
        ("/media/100%25%20%231.txt", "text/plain"),
        ("/people/%C3%BCn%C3%AF/", "text/html"),
        ("/?q=x", "text/html"),
    ],
)
def test_files_come_with_their_types(ask: Ask, path: str, kind: str) -> None:
    """Pages, feeds, scripts and pictures have the type browsers need, and are checked for changes each time."""
    status, headers, body = ask(path)
    assert (status, headers["content-type"].partition(";")[0]) == (200, kind)
    assert {name: headers[name.lower()] for name in SECURITY} == SECURITY
    assert headers["cache-control"] == "no-cache"
    assert content_type(path.partition("?")[0] if "." in path else "index.html") == headers["content-type"]
    assert body


def test_a_folder_without_its_slash_is_redirected(ask: Ask) -> None:
    """`/1969/07/x` leads to `/1969/07/x/`, so that relative links work; the query stays."""
    status, headers, _ = ask("/1969/07/x?a=1")
    assert status == 301
    assert headers["location"].endswith("/1969/07/x/?a=1")


@pytest.mark.parametrize("path", ["/nowhere/", "/1969/07/", "/feed.xml/", "/" + "a" * 5000, "/%00", "/%ff"])
def test_what_is_not_there_gets_the_sites_own_404_page(ask: Ask, path: str) -> None:
    """The 404 page comes with status 404 for any address, however odd."""
    status, _, body = ask(path)
    assert (status, body[:4]) == (404, b"lost")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/1969/..%2f..%2fsecret.txt",
        "//../secret.txt",
        "/..%5csecret.txt",
        "/link.txt",
        "/.sitegen/manifest/00.tsv",
        "//.sitegen/manifest/00.tsv",
        "/./.sitegen/manifest/00.tsv",
        "/1969/../.sitegen/manifest/00.tsv",
        "/%2esitegen/manifest/00.tsv",
    ],
)
def test_nothing_outside_the_site_is_served(ask: Ask, path: str) -> None:
    """Paths that climb, links that lead out and the program's own state get the 404 page."""
    status, _, body = ask(path)
    assert (status, body[:4]) == (404, b"lost")


def test_other_methods_are_refused(ask: Ask) -> None:
    """Only reading is allowed; HEAD gives headers alone."""
    assert ask("/", method="POST")[0] == 405
    status, headers, body = ask("/", method="HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(ask("/")[2])), b"")


def test_a_site_without_a_404_page_says_not_found(ask: Ask, tmp_path: Path) -> None:
    """A folder without 404.html is served all the same."""
    (tmp_path / "site" / "404.html").unlink()
    assert ask("/nothing")[::2] == (404, b"not found\n")


def test_pages_get_the_script_only_when_served(ask: Ask, tmp_path: Path) -> None:
    """The script stands at the end of the head, or of a page without one; the file on disk is as it was."""
    page = tmp_path / "site" / "page.html"
    page.write_text("<html><head><title>x</title></head><body></body></html>", encoding="utf-8")
    body = ask("/page.html")[2].decode()
    assert re.fullmatch(r'<html><head><title>x</title><script src="/.sitegen/live.js" [^>]*></script></head>.*', body)
    assert "script" not in page.read_text(encoding="utf-8")
    assert ask("/")[2].startswith(b"home<script")
    assert b"<script" not in ask("/feed.xml")[2]


def test_unchanged_files_are_not_sent_again(ask: Ask, tmp_path: Path) -> None:
    """A file that the browser has is answered with 304 until it changes."""
    tag = ask("/assets/site.js")[1]["etag"]
    status, headers, body = ask("/assets/site.js", headers={"If-None-Match": tag})
    assert (status, headers["etag"], body) == (304, tag, b"")
    (tmp_path / "site/assets/site.js").write_text("new", encoding="utf-8")
    assert ask("/assets/site.js", headers={"If-None-Match": tag})[::2] == (200, b"new")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=1999990-", 206, slice(1999990, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5-9999999", 206, slice(5, None)),
        ("bytes=9-3", 200, slice(None)),
        ("bytes=9999999-", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=-0", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("nonsense", 200, slice(None)),
        ("bytes=" + "9" * 100 + "-", 200, slice(None)),
    ],
)
def test_parts_of_large_files_can_be_asked_for(ask: Ask, tmp_path: Path, asked: str, status: int, part: slice) -> None:
    """Players of sound and film jump by asking for a range; what cannot be met gets the whole file."""
    data = bytes(range(250)) * 8000
    (tmp_path / "site/media/film.mp4").write_bytes(data)
    got, headers, body = ask("/media/film.mp4", headers={"Range": asked})
    assert (got, body) == (status, data[part])
    assert int(headers["content-length"]) == len(body)
    assert headers["content-type"] == "video/mp4"
    head = ask("/media/film.mp4", method="HEAD")
    assert (head[0], head[1]["content-length"], head[2]) == (200, str(len(data)), b"")


def test_a_page_that_is_replaced_while_it_is_sent_stays_whole(tmp_path: Path) -> None:
    """Bytes and length come from one opening of the file."""
    page = tmp_path / "index.html"
    page.write_bytes(b"old" * 1000)
    site = SiteFiles(tmp_path)
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "path_params": {"path": ""}}
    response = site.response(Request(scope))
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "new").rename(page)
    assert response.body == b"old" * 1000
    assert response.headers["content-length"] == "3000"
