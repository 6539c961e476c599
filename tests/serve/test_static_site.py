"""The site over HTTP: right types, clean addresses, nothing outside its folder, only for hosts that were named."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from sitegen.errors import UsageError
from sitegen.serve.static_site import DEFAULT_PORT, listen, site_app

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
    app = site_app(folder, ["127.0.0.1", "localhost", "[::1]"])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = listener.getsockname()[1]

    def ask_for(path: str, method: str = "GET", host: str = "") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest(method, path, skip_host=bool(host))
        if host:
            connection.putheader("Host", host)
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
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in headers["content-security-policy"]
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
    assert (status, body) == (404, b"lost")


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
    assert (status, body) == (404, b"lost")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil"])
def test_foreign_hosts_are_refused(ask: Ask, host: str) -> None:
    """A page of another name, led here by its DNS, learns nothing."""
    status, _, body = ask("/", host=host)
    assert status == 400
    assert b"home" not in body


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1:9", "[::1]:9"])
def test_this_machines_names_are_served(ask: Ask, host: str) -> None:
    """All names of the local machine work, with any port."""
    assert ask("/", host=host)[0] == 200


def test_other_methods_are_refused(ask: Ask) -> None:
    """Only reading is allowed; HEAD gives headers alone."""
    assert ask("/", method="POST")[0] == 405
    status, headers, body = ask("/", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "4", b"")


def test_a_site_without_a_404_page_says_not_found(tmp_path: Path) -> None:
    """A folder without 404.html is served all the same."""
    import asyncio

    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/nothing", "query_string": b"", "headers": [(b"host", b"here")]}
    asyncio.run(site_app(tmp_path, ["here"])(scope, receive, send))  # type: ignore[arg-type]
    assert (sent[0]["status"], sent[1]["body"]) == (404, b"not found\n")


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    """The message names host and port and says how to go on."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listen("127.0.0.1", port)
    assert str(port) in caught.value.problem.message
    assert "--port" in caught.value.problem.hint


def test_without_a_port_the_next_free_one_is_taken() -> None:
    """Two servers side by side listen on different ports."""
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        assert first.getsockname()[1] >= DEFAULT_PORT
        assert second.getsockname()[1] != first.getsockname()[1]


def test_an_address_that_is_not_this_machines_is_an_error() -> None:
    """Listening on someone else's address is refused in words."""
    with pytest.raises(UsageError):
        listen("192.0.2.1", None)


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_addresses_can_be_listened_on() -> None:
    """`--host ::1` works where the machine has it."""
    try:
        listen("::1", 0).close()
    except UsageError:
        pytest.skip("no IPv6 loopback here")
