"""Locks: one build at a time; content is locked only for moments."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from sitegen.errors import LockedError
from sitegen.store.source_tree import storage_error


@contextlib.contextmanager
def hold(folder: Path, name: str, timeout: float) -> Iterator[None]:
    """Hold the archive's lock `name` (`build`, `content`), waiting up to `timeout` seconds.

    The operating system frees the lock when its holder dies, so no lock is ever stale.

    Raises:
        LockedError: another sitegen holds it; the message names its process.
        StorageError: the lock file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock")
        holder = folder / f"{name}.holder"
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            pid = holder.read_text(encoding="ascii", errors="replace").strip() if holder.exists() else "unknown"
            raise LockedError(
                f"another sitegen (process {pid}) holds the {name} lock",
                path=str(folder),
                hint="wait until it has finished",
                code="locked",
            ) from None
    except OSError as error:
        raise storage_error(error, folder) from error
    try:
        with contextlib.suppress(OSError):
            holder.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        lock.release()
