"""Where the server listens, and whom it answers: no page of another site may read what is served here."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sitegen.errors import UsageError

DEFAULT_PORT = 8000
_LOCAL = ("127.0.0.1", "localhost", "::1")


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on the port asked for, or else on the default one or the next that is free.

    Raises:
        UsageError: the port that was asked for is taken or not allowed, or the host is none of this machine's.
    """
    for candidate in [port] if port is not None else [*range(DEFAULT_PORT, DEFAULT_PORT + 50), 0]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # The protocol is named for asyncio: else it leaves Nagle's algorithm on, and answers take 40 ms more.
        server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, candidate))
            server.listen(128)
        except OSError as error:
            server.close()
            if port is not None:
                raise UsageError(
                    f"cannot listen on {host}:{port}: {error.strerror or error}",
                    hint="leave --port out to take the next free one",
                    code="port-taken",
                ) from error
            continue
        return server
    raise UsageError(f"no port is free on {host}", code="port-taken")


class Guard:
    """Answers only requests that are meant for this server, and its own interfaces only to its own pages.

    A page of another site could lead its own name to this machine (DNS rebinding): then the request names that host. Or
    it could ask this server directly: then the request names the page's origin.
    """

    def __init__(self, app: ASGIApp, host: str, private: tuple[str, ...]) -> None:
        """`host` is the address listened on; paths that begin with `private` are for the site's own pages only."""
        self._app = app
        self._private = private
        self._names = {*_LOCAL, host.casefold()}
        self._any_address = host not in _LOCAL
        if self._any_address:
            own = socket.gethostname().casefold()
            self._names |= {own, f"{own.partition('.')[0]}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        refusal = ""
        if not self._is_ours(host):
            refusal = "this server does not answer for that host name"
        elif scope["path"].startswith(self._private) and _is_foreign(headers, host):
            refusal = "only pages of this site may ask for that"
        if refusal:
            await PlainTextResponse(refusal + "\n", 403 if self._is_ours(host) else 400)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").casefold()
        except ValueError:
            return False
        if name in self._names:
            return True
        with contextlib.suppress(ValueError):
            return self._any_address and bool(ipaddress.ip_address(name))
        return False


def _is_foreign(headers: Headers, host: str) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.casefold() != host.casefold() if origin != "null" else True
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
