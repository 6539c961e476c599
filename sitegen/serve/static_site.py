"""The site over HTTP on this machine: right types, clean URLs, the site's own 404 page."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from sitegen.errors import UsageError
from sitegen.store.output_tree import STATE_FOLDER

DEFAULT_PORT = 8000
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
}
_TYPES = {
    ".xml": "application/xml",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


def site_app(folder: Path, hosts: list[str], base: str = "/") -> Starlette:
    """A web application that serves the files of `folder`, and nothing outside it, to the named hosts.

    `base` is the path that the site will have on its host.
    """
    top = folder.resolve()

    async def page(request: Request) -> Response:
        path: str = request.path_params["path"]
        try:
            target = (top / path.lstrip("/")).resolve()
            if not target.is_relative_to(top) or STATE_FOLDER in target.relative_to(top).parts:
                return _missing(top, base)
            if target.is_dir():
                if path and not path.endswith("/"):
                    return RedirectResponse(request.url.replace(path=request.url.path + "/"), status_code=301)
                target /= "index.html"
            elif path.endswith("/"):
                return _missing(top, base)
            return _file(target) if target.is_file() else _missing(top, base)
        except (OSError, ValueError):  # A name that no file can have: too long, or with a NUL.
            return _missing(top, base)

    routes = [Route("/{path:path}", page, methods=["GET", "HEAD"])]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={HTTPException: _refuse})


def _file(target: Path) -> FileResponse:
    kind = _TYPES.get(target.suffix.lower())
    return FileResponse(target, headers=_HEADERS, media_type=kind)


def _missing(folder: Path, base: str) -> Response:
    """The site's own page for missing pages, its links led from the path that the site will have to the one here."""
    try:
        page = (folder / "404.html").read_bytes()
    except OSError:
        return Response("not found\n", status_code=404, media_type="text/plain")
    if base != "/":
        page = page.replace(b'="' + base.encode(), b'="/')
    return Response(page, status_code=404, headers=_HEADERS, media_type="text/html")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(f"{error.detail}\n", status_code=error.status_code, media_type="text/plain")


def listen(host: str, port: int | None) -> socket.socket:
    """A listening socket: on the port asked for, or else on the default one or the next that is free.

    Raises:
        UsageError: the port that was asked for is taken or not allowed, or the host is none of this machine's.
    """
    for candidate in [port] if port is not None else [*range(DEFAULT_PORT, DEFAULT_PORT + 50), 0]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
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


def run_server(app: Starlette, server: socket.socket) -> None:
    """Serve until interrupted."""
    import uvicorn  # noqa: PLC0415 - slow to import

    config = uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[server])
