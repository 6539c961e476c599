"""The snapshot: what the last build knew about the whole archive, in one file of plain numbers.

    8 bytes    SGSNAP2 and a line break
    8 bytes    length of the head and its CRC-32, little-endian
    head       MessagePack: the program's digest, length and CRC-32 of the facts, name, type and number of items of
               each array, CRC-32 of them all; padded to 8 bytes
    facts      bytes, as the pipeline encodes them
    arrays     one after the other, each padded likewise

It is opened in milliseconds and never trusted: one that is damaged, or another version's, counts as none. It is
deleted before a build changes anything and written again at the end, so that it never speaks of another state of
cache and site than the one on disk.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sitegen.store.source_tree import storage_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"SGSNAP2\n"
_TYPES = frozenset({"u1", "i4", "i8", "u8", "b1"})


class _Head(msgspec.Struct, array_like=True):
    program: str
    facts: int
    facts_checksum: int
    arrays: list[tuple[str, str, int]]
    arrays_checksum: int


class Snapshot:
    """What was kept. Opening it costs its facts only; the arrays are looked at when they are asked for."""

    def __init__(self, data: bytes, head: _Head, start: int) -> None:
        self._data = data
        self._head = head
        self._start = start + head.facts + (-head.facts % 8)
        self.facts = data[start : start + head.facts]

    def arrays(self) -> dict[str, NDArray[Any]] | None:
        """The arrays by name, read-only; None where they are damaged."""
        import numpy as np  # noqa: PLC0415 - most builds find nothing to do, and need none

        if zlib.crc32(memoryview(self._data)[self._start :]) != self._head.arrays_checksum:
            return None
        arrays: dict[str, NDArray[Any]] = {}
        at = self._start
        for name, code, items in self._head.arrays:
            if code not in _TYPES or at > len(self._data):
                return None
            array = np.frombuffer(self._data, dtype=f"<{code}" if code[0] != "b" else "?", count=items, offset=at)
            arrays[name] = array
            at += array.nbytes + (-array.nbytes % 8)
        return arrays


def snapshot_path(state: Path) -> Path:
    """Where an archive's snapshot lies."""
    return state / "snapshot.bin"


def snapshot_stamp(state: Path) -> tuple[int, int]:
    """Inode and time of the snapshot; zeros where there is none."""
    try:
        stat = snapshot_path(state).stat()
    except OSError:
        return (0, 0)
    return (stat.st_ino, stat.st_mtime_ns)


def drop_snapshot(state: Path) -> None:
    """Delete the snapshot: cache or site are about to change."""
    try:
        snapshot_path(state).unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, snapshot_path(state)) from error


def write_snapshot(state: Path, program: str, facts: bytes, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the snapshot in one step.

    Args:
        state: the archive's `.sitegen` folder.
        program: digest of the program; another program's snapshot is none.
        facts: anything.
        arrays: one-dimensional arrays of bytes, integers or truth values.

    Raises:
        StorageError: the disk refused; there is no snapshot then.
    """
    import numpy as np  # noqa: PLC0415 - as above

    shape: list[tuple[str, str, int]] = []
    parts: list[Any] = []
    for name, array in sorted(arrays.items()):
        flat = np.ascontiguousarray(array)
        code = flat.dtype.str[1:]
        assert code in _TYPES, (name, code)
        shape.append((name, code, len(flat)))
        parts += [flat.view(np.uint8).data, b"\0" * (-flat.nbytes % 8)]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    head = msgspec.msgpack.encode(_Head(program, len(facts), zlib.crc32(facts), shape, checksum))
    parts = [facts, b"\0" * (-len(facts) % 8), *parts]
    path = snapshot_path(state)
    temporary = path.with_name("snapshot.tmp")
    try:
        with temporary.open("wb") as file:
            padding = b"\0" * (-len(head) % 8)
            about_head = len(head).to_bytes(4, "little") + zlib.crc32(head).to_bytes(4, "little")
            file.writelines([_MAGIC, about_head, head, padding, *parts])
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error


def read_snapshot(state: Path, program: str) -> Snapshot | None:
    """The snapshot, if there is a whole one of this program."""
    try:
        data = snapshot_path(state).read_bytes()
    except OSError:
        return None
    try:
        length, checksum = int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:16], "little")
        start = 16 + length + (-length % 8)
        if data[:8] != _MAGIC or start > len(data) or zlib.crc32(data[16 : 16 + length]) != checksum:
            return None
        head = msgspec.msgpack.decode(data[16 : 16 + length], type=_Head)
        snapshot = Snapshot(data, head, start)
    except (msgspec.MsgspecError, ValueError, OverflowError):
        return None
    if head.program != program or zlib.crc32(snapshot.facts) != head.facts_checksum:
        return None
    return snapshot
