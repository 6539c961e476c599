"""Locks: one build at a time; content is locked only for moments."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from sitegen.errors import LockedError
from sitegen.store.source_tree import delete_leftovers, is_running, storage_error


class Holder(msgspec.Struct, frozen=True):
    """Who holds a lock, as it says itself beside the lock."""

    process: int
    command: str
    """As a person would type it: `sitegen build`."""
    since: str
    """Local time, `2026-03-01 14:03:22`."""


@contextlib.contextmanager
def hold(folder: Path, name: str, timeout: float) -> Iterator[None]:
    """Hold the archive's lock `name` (`build`, `content`), waiting up to `timeout` seconds.

    The operating system frees the lock when its holder dies, so no lock is ever stale.

    Raises:
        LockedError: another sitegen holds it; the message names its process, its command and since when.
        StorageError: the lock file cannot be written.
    """
    holder = folder / f"{name}.holder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise LockedError(
                f"another sitegen{_told(holder)} holds the {name} lock",
                path=str(folder),
                hint="wait until it has finished",
                code="locked",
            ) from None
    except OSError as error:
        raise storage_error(error, folder) from error
    try:
        delete_leftovers(folder)
        with contextlib.suppress(OSError):
            holder.write_bytes(msgspec.json.encode(_myself()))
        yield
    finally:
        lock.release()


def _myself() -> Holder:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    command = " ".join(["sitegen", *words[:1]])
    return Holder(os.getpid(), command, datetime.now().isoformat(" ", "seconds"))


def _told(file: Path) -> str:
    """What the holder wrote down, in brackets; nothing if that is of one long gone, who left it behind."""
    try:
        holder = msgspec.json.decode(file.read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return ""
    if not is_running(holder.process):
        return ""
    return f" (process {holder.process}, `{holder.command}`, since {holder.since})"
