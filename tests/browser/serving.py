"""A host for tests: a folder below `/repo/`, compressed, under the strictest policy."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

BASE = "/repo/"
POLICY = "default-src 'self'"
_TEXT = (".html", ".css", ".js", ".json", ".xml", ".svg", "/")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves what lies below `/repo/`; text is compressed where the browser takes it, as hosts do."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(BASE.rstrip("/")) if path.startswith(BASE) else "/outside")

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        path = Path(self.translate_path(self.path))
        folder = self.path.partition("?")[0].endswith("/")
        file = path / "index.html" if folder else path
        if not (str(file).endswith(_TEXT) and file.is_file() and "gzip" in self.headers.get("Accept-Encoding", "")):
            return super().send_head()
        data = gzip.compress(file.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return io.BytesIO(data)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A browser that leaves a page hangs up; what matters is seen in the browser."""


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve the folder meanwhile; its address, `http://127.0.0.1:PORT/repo/`."""
    server = _Server(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
