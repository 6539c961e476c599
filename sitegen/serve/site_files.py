"""Files of a site over HTTP: clean URLs, right types, the site's own 404 page, and nothing outside its folder."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from sitegen.publish.headers import SECURITY, content_type

HEADERS = SECURITY | {"Cache-Control": "no-cache"}
"""As on a host, but that nothing is shown without having been asked for."""
_WHOLE = 1 << 20
"""Bytes up to which a file is sent in one piece."""
_PIECE = 1 << 18
_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class SiteFiles:
    """The files of one site's folder.

    Every file is opened once for each request and read through that opening: a build that replaces it meanwhile makes
    no half page.
    """

    def __init__(self, folder: Path, base: str = "/", script: Callable[[], str] = str) -> None:
        """Serve a folder.

        Args:
            folder: where the site lies; it may come into being later.
            base: the path that the site will have on its host.
            script: markup to put into the head of each page, `{}` in it where the page's version goes.
        """
        self.folder = folder
        self.base = base
        self._script = script

    def exists(self) -> bool:
        """Whether there is a site."""
        return (self.folder / "index.html").is_file()

    def response(self, request: Request) -> Response:
        """Answer a request for a path of the site."""
        path: str = request.path_params["path"]
        script = self._script()  # Before the file is looked for: what it says of the site's state must not be too new.
        try:
            top = self.folder.resolve()
            target = (top / path.lstrip("/")).resolve()
            if not target.is_relative_to(top) or any(part.startswith(".") for part in target.relative_to(top).parts):
                return self._missing(script)
            if target.is_dir():
                if path and not path.endswith("/"):
                    return RedirectResponse(request.url.replace(path=request.url.path + "/"), status_code=301)
                target /= "index.html"
            elif path.endswith("/"):
                return self._missing(script)
            file = target.open("rb")
        except (OSError, ValueError):  # Not there, or a name that no file can have: too long, or with a NUL.
            return self._missing(script)
        return self._send(request, file, content_type(target.name), script)

    def _send(self, request: Request, file: BinaryIO, kind: str, markup: str) -> Response:
        stat = os.fstat(file.fileno())
        version = f"{stat.st_mtime_ns:x}-{stat.st_size:x}-{stat.st_ino:x}"
        script = markup.replace("{}", version).encode() if kind.startswith("text/html") else b""
        headers = HEADERS | {"ETag": f'"{version}"'}
        if not script:
            headers["Accept-Ranges"] = "bytes"
            if request.headers.get("if-none-match") == headers["ETag"]:
                file.close()
                return Response(status_code=304, headers=headers)
            wanted = _range(request.headers.get("range", ""), stat.st_size)
            if wanted and request.method == "GET":
                start, stop = wanted
                headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{stat.st_size}"}
                return _stream(file, start, stop, 206, headers, kind)
        if request.method == "HEAD" and not script:
            file.close()
            return Response(headers=headers | {"Content-Length": str(stat.st_size)}, media_type=kind)
        if stat.st_size > _WHOLE and not script:
            return _stream(file, 0, stat.st_size, 200, headers, kind)
        with file:
            data = file.read()
        return Response(with_script(data, script), headers=headers, media_type=kind)

    def _missing(self, script: str) -> Response:
        """The site's own page for missing pages, with links that work here, below another path than on its host."""
        try:
            page = (self.folder / "404.html").read_bytes()
        except OSError:
            return Response("not found\n", status_code=404, media_type="text/plain")
        if self.base != "/":
            page = page.replace(b'="' + self.base.encode(), b'="/')
        page = with_script(page, script.replace("{}", "404").encode())
        return Response(page, status_code=404, headers=HEADERS, media_type="text/html")


def with_script(page: bytes, script: bytes) -> bytes:
    """A page with markup at the end of its head, or at its own end where it has none."""
    if not script:
        return page
    at = page.find(b"</head>")
    return page + script if at < 0 else page[:at] + script + page[at:]


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Start and stop of the one range asked for; None where there is none that can be met: then all is sent."""
    found = _RANGE.match(header)
    if not found or len(header) > 60:
        return None
    first, last = found.groups()
    if first:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, stop = max(0, size - int(last or 0)), size
    return (start, stop) if start < stop else None


def _stream(file: BinaryIO, start: int, stop: int, status: int, headers: dict[str, str], kind: str) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        with file:
            file.seek(start)
            left = stop - start
            while left > 0:
                piece = await anyio.to_thread.run_sync(file.read, min(_PIECE, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece

    headers = headers | {"Content-Length": str(stop - start)}
    return StreamingResponse(pieces(), status_code=status, headers=headers, media_type=kind)
