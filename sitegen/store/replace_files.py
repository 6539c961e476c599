"""Replacing many files that may be edited at the same time by somebody else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sitegen.store.locks import hold
from sitegen.store.source_tree import storage_error, temporary_beside

_FEW = 16


class Replacement(msgspec.Struct, frozen=True):
    """New bytes for a file, and those they were made from."""

    path: Path
    old: bytes
    new: bytes


def replace_files(state: Path, replacements: Sequence[Replacement]) -> list[Path]:
    """Replace files that still hold their old bytes, each in one step; the content lock is held for the renames only.

    Returns:
        Files that hold something else by now; they were left alone.

    Raises:
        LockedError: another sitegen holds the content lock for longer than half a minute.
        StorageError: the disk refused; files are whole, replaced or not.
    """
    # What is renamed below must be on the disk; of many files one flush for all is quicker than one each.
    together = len(replacements) > _FEW and hasattr(os, "sync")
    staged: list[tuple[Replacement, Path]] = []
    left: list[Path] = []
    at = state
    try:
        for replacement in replacements:
            at = replacement.path
            temporary = temporary_beside(at)
            staged.append((replacement, temporary))
            with temporary.open("wb") as file:
                file.write(replacement.new)
                if not together:
                    file.flush()
                    os.fsync(file.fileno())
        if together:
            os.sync()
        with hold(state, "content", timeout=30):
            for replacement, temporary in staged:
                at = replacement.path
                if _holds(at, replacement.old):
                    temporary.replace(at)
                else:
                    left.append(at)
    except OSError as error:
        raise storage_error(error, at) from error
    finally:
        for _, temporary in staged:
            temporary.unlink(missing_ok=True)
    return left


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False
