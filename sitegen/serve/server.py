"""`sitegen serve`: the site over HTTP, kept up to date while it is served."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Generator

import uvicorn
from starlette.applications import Starlette

from sitegen.errors import SitegenError
from sitegen.pipeline.build_site import BuildOptions
from sitegen.pipeline.search_archive import ArchiveSearch
from sitegen.render.urls import base_path
from sitegen.serve.app import live_app, script_tag
from sitegen.serve.changes import Changes
from sitegen.serve.hub import Hub
from sitegen.serve.rebuilding import Notice, Rebuilder, Tell
from sitegen.serve.site_files import SiteFiles
from sitegen.serve.watching import Watcher
from sitegen.store.source_tree import SourceTree

_GRACE_SECONDS = 3
"""Seconds that answers in progress get when the server stops."""
_SWITCH_SECONDS = 0.0005
"""How long the building thread may keep the interpreter from a request: each of its looks at the disk waits so long."""


class LiveServer:
    """Serves one archive, watches it, and builds what changes."""

    def __init__(self, tree: SourceTree, listener: socket.socket, host: str, tell: Tell, *, poll: bool = False) -> None:
        """Take up an archive; nothing is watched or built before `run`.

        Args:
            tree: the archive.
            listener: where requests come in.
            host: the address that was asked for, for the check of requests' Host.
            tell: hears what a person may want to read; called from several threads.
            poll: look for changes again and again instead of relying on the system's notices.
        """
        self._listener = listener
        self._tell = tell
        self._hub = Hub()
        self._changes = Changes()
        self._watcher = Watcher(tree.root, self._changes, poll=poll)
        self._builder = Rebuilder(tree, BuildOptions(), self._changes, self._hub, tell)
        self._search = ArchiveSearch(tree)
        config = tree.load_config()
        site = SiteFiles(tree.root / config.output, base_path(config.base_url), script_tag(self._hub))
        self._server = _Server(live_app(site, self._hub, self._search.search, host), self._hub)

    def run(self) -> None:
        """Serve until interrupted or ended by a signal."""
        starting = threading.Thread(target=self._start, name="start", daemon=True)
        starting.start()
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._hub.close()
            starting.join(2)
            self._watcher.stop()
            self._builder.stop()
            self._search.close()
            sys.setswitchinterval(before)

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._server.handle_exit(signal.SIGTERM, None)

    @property
    def started(self) -> bool:
        """Whether requests are answered."""
        return self._server.started

    @property
    def busy(self) -> bool:
        """Whether something is being built, or waits to be."""
        return self._changes.waiting or self._builder.busy

    def _start(self) -> None:
        """Watch before the first build looks, so that nothing falls between the two."""
        try:
            reason = self._watcher.start()
        except (OSError, SitegenError) as error:
            reason = ""
            self._tell(Notice(event="not-watching", message=f"changes cannot be watched for: {error}"))
        if reason:
            self._tell(Notice(event="polling", message=f"looking for changes again and again: {reason}"))
        self._builder.start()


class _Server(uvicorn.Server):
    def __init__(self, app: Starlette, hub: Hub) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_level="error",
                lifespan="off",
                server_header=False,
                access_log=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._hub = hub

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End quietly on a signal; uvicorn would raise it again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop; connections that wait for events would keep the server up."""
        del frame
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
        self._hub.close()
