"""Whole numbers as printable text: the way lists stand in the index's JSON.

A number takes one to six characters of an alphabet of 91 (ASCII 33 and 35 to 126 without the backslash), so that a
list is one JSON string that needs no escapes. The last character of a number is one of 60 that stand nowhere else, so
numbers are told apart without reading from the start. After gzip a list is as small as bytes of a varint code, a fifth
smaller than JSON numbers; before gzip it is a third of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

BASE = 91
ENDS = 60
"""Digits that end a number …"""
MORE = BASE - ENDS
"""… and those that announce another."""
_LONGEST = 6
_SIZES = tuple(ENDS * MORE**more for more in range(_LONGEST))
_FIRST_VALUES = np.cumsum((0, *_SIZES), dtype=np.int64)
LIMIT = int(_FIRST_VALUES[-1])
"""Numbers below this can be packed: 1.7 thousand million."""
_CODES = np.array([33 if code == 92 else code for code in range(35, 35 + BASE)], dtype=np.uint8)
_DIGITS = np.zeros(128, dtype=np.uint8)
_DIGITS[_CODES] = np.arange(BASE)

Strings = tuple[bytes, NDArray[np.int64]]
"""Text, and where each of its strings starts with the total length appended."""


def pack(values: NDArray[np.int64]) -> Strings:
    """Pack numbers one after the other.

    Args:
        values: shape (n,), each 0 <= value < LIMIT.

    Returns:
        the text, and the offset at which each number starts with the total length appended, shape (n + 1,).
    """
    if len(values) and (int(values.max()) >= LIMIT or int(values.min()) < 0):
        raise ValueError(f"numbers from 0 to {LIMIT - 1} can be packed")
    offsets = np.zeros(len(values) + 1, dtype=np.int64)
    classes = np.zeros(len(values), dtype=np.int8)
    for first in _FIRST_VALUES[1:-1]:
        classes += values >= first
    np.cumsum(classes + 1, out=offsets[1:], dtype=np.int64)
    out = np.empty(int(offsets[-1]), dtype=np.uint8)
    for more in range(_LONGEST):
        rows = np.flatnonzero(classes == more)
        if not len(rows):
            continue
        rest, digit = np.divmod(values[rows] - _FIRST_VALUES[more], ENDS)
        at = offsets[rows]
        out[at + more] = _CODES[digit]
        for place in range(more - 1, -1, -1):
            rest, digit = np.divmod(rest, MORE)
            out[at + place] = _CODES[digit + ENDS]
    return out.tobytes(), offsets


def pack_rows(values: NDArray[np.int64], starts: NDArray[np.int64]) -> list[str]:
    """Pack lists, one string each: list i is `values[starts[i]:starts[i + 1]]`."""
    text, offsets = pack(values)
    packed = text.decode("ascii")
    return [packed[low:high] for low, high in itertools.pairwise(offsets[starts].tolist())]


def pack_text(values: NDArray[np.int64] | list[int]) -> str:
    """Pack one list as a string."""
    return pack(np.asarray(values, dtype=np.int64))[0].decode("ascii")


def unpack_rows(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read what `pack_rows` wrote: all values, and where each list starts with the total appended."""
    return unpack_places(texts)[:2]


def unpack_places(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """As `unpack_rows`, and the place of each number's last character in the texts laid end to end."""
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    digits = _DIGITS[np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)]
    if not len(digits):
        return np.empty(0, dtype=np.int64), starts, np.empty(0, dtype=np.int64)
    last = digits < ENDS
    ends = np.flatnonzero(last)
    sizes = np.diff(ends, prepend=-1)
    values = np.zeros(len(ends), dtype=np.int64)
    for more in range(1, int(sizes.max())):
        rows = np.flatnonzero(sizes > more)
        # digit `more` places before the end
        values[rows] += (digits[ends[rows] - more].astype(np.int64) - ENDS) * (ENDS * MORE ** (more - 1))
    values += _FIRST_VALUES[sizes - 1]
    values += digits[ends]
    bounds = np.cumsum([len(text) for text in texts])
    starts[1:] = np.searchsorted(ends, bounds)
    return values, starts, ends


def unpack(text: str) -> list[int]:
    """Read one list."""
    values: list[int] = unpack_rows([text])[0].tolist()
    return values


def gaps(values: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Differences within each list: lists are `values[starts[i]:starts[i + 1]]`, ascending; each begins at 0."""
    out = np.empty(len(values), dtype=np.int64)
    np.subtract(values[1:], values[:-1], out=out[1:])
    nonempty = starts[:-1][np.diff(starts) > 0]
    out[nonempty] = values[nonempty]
    return out


def ungap(values: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Undo `gaps`."""
    sums = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(values)))
    out: NDArray[np.int64] = sums[1:] - np.repeat(sums[starts[:-1]], np.diff(starts))
    return out


def row_starts(sizes: Iterable[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Where rows of these sizes start when laid end to end, with the total appended."""
    lengths = np.fromiter(sizes, np.int64) if not isinstance(sizes, np.ndarray) else sizes
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
