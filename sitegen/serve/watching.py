"""Watch an archive's folders: the system's own notices where it gives them, else looking again and again."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

from sitegen.config import CONFIG_NAME
from sitegen.serve.changes import Changes
from sitegen.store.source_tree import is_passing_file

FOLDERS = ("content", "themes")
"""Folders of an archive that are watched, with all that lies in them."""
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
_REMOTE = frozenset("nfs nfs4 cifs smb3 smbfs ncpfs 9p afs ceph vboxsf prl_fs drvfs fuse.sshfs fuse.rclone".split())
"""File systems whose other users' changes the kernel does not tell."""
_PAIRING = 0.02
"""Seconds to wait for the other half of a rename. Watchdog's half a second would hold up all that follows."""
_LIMIT = (
    "the system's limit of watched folders is reached (raise it with `sudo sysctl fs.inotify.max_user_watches=524288`)"
)
_SHARE = 0.05
"""Share of the time that may be spent on looking."""


class Watcher:
    """Notes in a `Changes` what changes in an archive, from `start` to `stop`."""

    def __init__(self, root: Path, changes: Changes, *, poll: bool = False) -> None:
        """`poll`: look again and again, whatever the system can do."""
        self._root = root
        self._real_root = root.resolve()
        self._changes = changes
        self._poll = poll
        self._observer: BaseObserver | None = None
        self._watches: dict[str, ObservedWatch] = {}
        self._overflow = _OverflowHandler(changes.add_everything)

    def start(self) -> str:
        """Begin to watch; why polling is used, or an empty string where it is not."""
        reason = "as asked for" if self._poll else remote_file_system(self._root)
        if not reason:
            _shorten_pairing()
            # A folder that was moved out and comes back is watched anew, which is what should happen.
            warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
            try:
                self._begin(Observer())
                for _ in range(3):
                    if not _unwatched(self._observer, self._root / FOLDERS[0]):
                        return ""
                    time.sleep(0.05)  # A folder that has just been made is about to be watched.
                reason = _LIMIT
            except OSError as error:
                reason = _refusal(error)
            self.stop()
        started = time.monotonic()
        for folder in FOLDERS:
            for _ in os.walk(self._root / folder):
                pass
        interval = max(0.5, (time.monotonic() - started) / _SHARE)
        self._begin(PollingObserver(timeout=interval))
        return reason

    def stop(self) -> None:
        """Watch no longer."""
        logging.getLogger("watchdog").removeHandler(self._overflow)
        observer, self._observer = self._observer, None
        self._watches.clear()
        if observer is not None:
            with contextlib.suppress(RuntimeError):  # It has never run.
                observer.stop()
                observer.join()

    def _begin(self, observer: BaseObserver) -> None:
        logging.getLogger("watchdog").addHandler(self._overflow)
        self._observer = observer
        self._schedule(".", recursive=False)
        for folder in FOLDERS:
            self._schedule(folder)
        observer.start()

    def _schedule(self, folder: str, *, recursive: bool = True) -> None:
        """Watch a folder, anew where it was watched before: it may be another one by now."""
        observer = self._observer
        if observer is None:
            return
        old = self._watches.pop(folder, None)
        if old is not None:
            with contextlib.suppress(KeyError):
                observer.unschedule(old)
        path = self._root / folder
        if path.is_dir():
            handler = _Handler(self._heard)
            self._watches[folder] = observer.schedule(handler, str(path), recursive=recursive, event_filter=_EVENTS)

    def _heard(self, event: FileSystemEvent) -> None:
        for name in filter(None, (event.src_path, event.dest_path)):
            path = self._relative(os.fsdecode(bytes(name) if isinstance(name, bytes | bytearray) else str(name)))
            if path in FOLDERS and event.is_directory:
                with contextlib.suppress(OSError):
                    self._schedule(path)
                self._changes.add_everything()
            elif is_watched(path, folder=event.is_directory):
                writing = isinstance(event, FileModifiedEvent | FileCreatedEvent) and sys.platform == "linux"
                self._changes.add([path], settled=not writing)

    def _relative(self, name: str) -> str:
        for root in (self._root, self._real_root):
            with contextlib.suppress(ValueError):
                return Path(name).relative_to(root).as_posix()
        return ""


class _Handler(FileSystemEventHandler):
    def __init__(self, heard: Callable[[FileSystemEvent], None]) -> None:
        self._heard = heard

    def dispatch(self, event: FileSystemEvent) -> None:
        self._heard(event)


class _OverflowHandler(logging.Handler):
    """Watchdog tells by a warning that the kernel has dropped notices; then anything may have changed."""

    def __init__(self, missed: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._missed = missed

    def emit(self, record: logging.LogRecord) -> None:
        self._missed()


def is_watched(path: str, *, folder: bool = False) -> bool:
    """Whether a change of a file or folder, named relative to the root, can make a difference to the site."""
    parts = path.split("/")
    if path == CONFIG_NAME:
        return True
    if parts[0] not in FOLDERS or len(parts) == 1:
        return False
    if any(part.startswith(".") for part in parts) or is_passing_file(parts[-1]):
        return False
    return folder or not path.startswith(("content/articles/", "content/pages/")) or path.lower().endswith(".md")


def remote_file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """Why changes in a folder may go untold, or an empty string."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = fields.split(" ")[4].replace("\\040", " ")
        if path.resolve().is_relative_to(point) and len(point) >= len(best):
            best, kind = point, rest.split(" ")[0]
    if kind in _REMOTE:
        return f"{best} is a {kind} file system, which does not tell of changes made elsewhere"
    return ""


def _refusal(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return _LIMIT
    if error.errno == errno.EMFILE:
        return (
            "the system's limit of watching programs is reached"
            " (raise it with `sudo sysctl fs.inotify.max_user_instances=512`)"
        )
    return f"the system refuses to tell of changes: {error.strerror or error}"


def _unwatched(observer: BaseObserver | None, folder: Path) -> bool:
    """Whether some folder is not watched: watchdog passes over those below its first one that the system refuses."""
    watched: set[bytes] = set()
    for emitter in getattr(observer, "emitters", ()):
        known = getattr(getattr(emitter, "_inotify", None), "_active_callbacks_by_path", None)
        if known is None:
            return False  # Another system, or another watchdog: it may tell in other ways.
        watched.update(known)
    return any(os.fsencode(path) not in watched for path, _, _ in os.walk(folder))


def _shorten_pairing() -> None:
    with contextlib.suppress(ImportError, AttributeError):
        from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper  # noqa: PLC0415 - Linux only

        InotifyMoveEventGrouper.delay = _PAIRING
