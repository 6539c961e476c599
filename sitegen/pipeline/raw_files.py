"""Find raw files and cut them into tasks for workers: several small files, or one run of records of a big one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from sitegen.ingest.readers import Chunk, reader_for, readers
from sitegen.ingest.readers.base import damaged
from sitegen.model import Problem
from sitegen.store.source_tree import scan_folder

_FILES_A_TASK = 24
_BLOCK = 1 << 20
WINDOW_BYTES = 64 << 20
"""About how much of big files is held in memory at a time."""


class RawFile(msgspec.Struct, frozen=True):
    """A file to be read."""

    path: Path
    origin: str
    """How people know it: relative to the archive's root where it lies inside, else its name."""
    size: int


class Task(msgspec.Struct, frozen=True):
    """Work for one worker: whole files, or one chunk of one file."""

    files: tuple[RawFile, ...]
    chunk: Chunk | None = None


def find_raw_files(root: Path, paths: Sequence[Path]) -> tuple[list[RawFile], list[Problem]]:
    """All readable files at or below `paths`, in the order given, each folder by name."""
    files: list[RawFile] = []
    problems: list[Problem] = []
    known = ", ".join(suffix for reader in readers() for suffix in reader.suffixes)
    for path in paths:
        if path.is_dir():
            found, bad = scan_folder(path)
            candidates = [(path / file.path, file.size) for file in found]
            problems.extend(
                msgspec.structs.replace(problem, path=_origin(root, path / problem.path)) for problem in bad
            )
        else:
            try:
                candidates = [(path, path.stat().st_size)]
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                problems.append(Problem(path=str(path), code="unreadable", message=message, severity="error"))
                continue
        for candidate, size in candidates:
            origin = _origin(root, candidate)
            if reader_for(candidate.name) is None:
                problems.append(
                    Problem(
                        path=origin,
                        code="no-reader",
                        message="files of this type are not read",
                        hint=f"known types: {known}; images and other files belong in content/media",
                    )
                )
                continue
            files.append(RawFile(candidate, origin, size))
    return files, problems


def _origin(root: Path, path: Path) -> str:
    absolute = path.absolute()
    if absolute.is_relative_to(root):
        return absolute.relative_to(root).as_posix()
    return absolute.name


def tasks(files: Sequence[RawFile], problems: list[Problem]) -> Iterator[list[Task]]:
    """Cut the files into windows of tasks; a window holds at most about `WINDOW_BYTES` of chunks.

    What cannot be read to its end is added to `problems`; what came before the damage is read.
    """
    window: list[Task] = []
    small: list[RawFile] = []
    held = 0

    def flush_small() -> None:
        if small:
            window.append(Task(tuple(small)))
            small.clear()

    for file in files:
        reader = reader_for(file.path.name)
        assert reader is not None
        if reader.split is None:
            small.append(file)
            if len(small) >= _FILES_A_TASK:
                flush_small()
            continue
        flush_small()
        try:
            with file.path.open("rb") as handle:
                for chunk in reader.split(iter(lambda: handle.read(_BLOCK), b"")):
                    window.append(Task((file,), chunk))
                    held += len(chunk.data)
                    if held >= WINDOW_BYTES:
                        yield window
                        window, held = [], 0
        except ValueError as error:
            problems.append(damaged(file.origin, error))
        except OSError as error:
            problems.append(Problem(path=file.origin, code="unreadable", message=f"cannot be read: {error.strerror}"))
    flush_small()
    if window:
        yield window
