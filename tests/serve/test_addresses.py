"""Where the server listens and whom it answers."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from sitegen.errors import UsageError
from sitegen.serve.addresses import DEFAULT_PORT, Guard, listen


def test_a_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    """The message names host and port and says how to go on."""
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listen("127.0.0.1", port)
    assert str(port) in caught.value.problem.message
    assert "--port" in caught.value.problem.hint


def test_answers_are_not_held_back_for_a_fuller_packet() -> None:
    """Asyncio turns Nagle's algorithm off only where the socket names its protocol."""
    with listen("127.0.0.1", 0) as server:
        assert server.proto == socket.IPPROTO_TCP


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


def status_of(listening: str, path: str = "/", **headers: str) -> int:
    """What a guarded server that listens on an address answers: 200 where the request comes through."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(Guard(app, listening, ("/.sitegen/", "/api/"))(scope, receive, send))
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", "", "[", "192.168.0.7", "::1:x]"],
)
def test_foreign_hosts_are_refused(host: str) -> None:
    """A page of another name, led here by its DNS, learns nothing."""
    assert status_of("127.0.0.1", host=host) == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "LocalHost", "127.0.0.1:9", "[::1]:9"])
def test_this_machines_names_are_served(host: str) -> None:
    """All names of the local machine work, with any port."""
    assert status_of("127.0.0.1", host=host) == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("192.168.0.7:8000", 200), ("[2001:db8::1]", 200), ("my.box", 200), ("localhost", 200), ("evil.example", 400)],
)
def test_an_open_server_answers_for_addresses_and_its_own_names(host: str, status: int) -> None:
    """With --host given, other machines come by address or by that name; other names may be DNS rebinding."""
    assert status_of("my.box", host=host) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/.sitegen/events", "/api/search"])
def test_only_the_sites_own_pages_use_its_interfaces(path: str, headers: dict[str, str], status: int) -> None:
    """Scripts of other sites can neither listen nor search; programs without an origin can."""
    assert status_of("127.0.0.1", path, host="localhost:8000", **headers) == status
    assert status_of("127.0.0.1", "/page/", host="localhost:8000", **headers) == 200


def test_only_http_is_answered() -> None:
    """A websocket handshake gets no answer at all."""
    asyncio.run(Guard(None, "127.0.0.1", ())({"type": "websocket"}, None, None))  # type: ignore[arg-type]
