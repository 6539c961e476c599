"""The development server's web application: the site, what keeps its pages fresh, and a search interface.

/.sitegen/events        server-sent events (see `hub`); ?page=PATH&since=BOOT-GENERATION
/.sitegen/live.js       what listens to them in the page
/api/search?q=…&limit=  answers as `sitegen search --json`
everything else         a file of the site
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib.resources import files

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sitegen.errors import SitegenError
from sitegen.serve.addresses import Guard
from sitegen.serve.hub import Hub
from sitegen.serve.site_files import HEADERS, SiteFiles

OWN = "/.sitegen/"
"""What the server itself answers; no page of a site can have such an address."""
_CLIENT = {"live.js": "text/javascript", "live.css": "text/css"}
_MOST_HITS = 1000
_LONGEST_QUERY = 1000

Search = Callable[[str, int], msgspec.Struct]
"""Results of a query, at most so many hits; raises SitegenError where there is no index."""


def script_tag(hub: Hub) -> Callable[[], str]:
    """What is put into the head of each page, `{}` in it where the page's version goes."""

    def tag() -> str:
        return f'<script src="{OWN}live.js" data-since="{hub.mark}" data-version="{{}}" defer></script>'

    return tag


def live_app(site: SiteFiles, hub: Hub, search: Search, host: str) -> Starlette:
    """The web application; `host` is the address it is listened for on."""
    client = {name: files("sitegen.serve").joinpath("client", name).read_bytes() for name in _CLIENT}

    def page(request: Request) -> Response:
        if not site.exists() and _is_page(request.path_params["path"]):
            return _status_page(hub)
        return site.response(request)

    async def events(request: Request) -> Response:
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        stream = hub.listen(request.query_params.get("page", "/"), since)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def own(request: Request) -> Response:
        name: str = request.path_params["name"]
        if name not in client:
            return Response("not found\n", status_code=404, media_type="text/plain")
        return Response(client[name], headers=HEADERS, media_type=_CLIENT[name])

    async def find(request: Request) -> Response:
        query = request.query_params.get("q", "")
        asked = request.query_params.get("limit", "10")
        limit = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
        if not query.strip() or len(query) > _LONGEST_QUERY or not 1 <= limit <= _MOST_HITS:
            message = f"give q, up to {_LONGEST_QUERY} characters, and perhaps limit, 1 to {_MOST_HITS}"
            return _json({"error": message}, 400)
        try:
            return _json(await run_in_threadpool(search, query, limit))
        except SitegenError as error:
            return _json({"error": error.problem.message, "hint": error.problem.hint}, 503)

    async def site_page(request: Request) -> Response:
        return page(request)

    routes = [
        Route(f"{OWN}events", events, methods=["GET"]),
        Route(OWN + "{name}", own, methods=["GET", "HEAD"]),
        Route("/api/search", find, methods=["GET"]),
        Route("/{path:path}", site_page, methods=["GET", "HEAD"]),
    ]
    guard = Middleware(Guard, host=host, private=(OWN, "/api/"))
    return Starlette(routes=routes, middleware=[guard], exception_handlers={HTTPException: _refuse})


def _is_page(path: str) -> bool:
    return path == "" or path.endswith(("/", ".html"))


def _status_page(hub: Hub) -> Response:
    """What is shown until there is a site; its script fetches the real page as soon as there is one."""
    phase = hub.busy[0] if hub.busy else "Starting"
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Building the site …</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">'
        f'<link rel="stylesheet" href="{OWN}live.css"></head><body class="sitegen-status">'
        "<main><h1>Building the site …</h1><p>This page becomes the site as soon as it is there.</p>"
        f'<p role="status" data-sitegen-progress>{escape(phase)}</p></main></body></html>'
    ).encode()
    page = page.replace(b"</head>", script_tag(hub)().replace("{}", "none").encode() + b"</head>")
    return Response(page, status_code=503, headers=HEADERS | {"Retry-After": "1"}, media_type="text/html")


def _json(value: object, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(f"{error.detail}\n", status_code=error.status_code, media_type="text/plain", headers=error.headers)
