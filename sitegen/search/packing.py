"""Whole numbers as printable text: the way lists stand in the index's JSON.

A number takes one to five characters of an alphabet of 91 (ASCII 33 and 35 to 126 without the backslash), so that a
list is one JSON string that needs no escapes. After gzip it is as small as bytes of a varint code, a fifth smaller
than JSON numbers; before gzip it is a third of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BASE = 91
_LEADS = (64, 18, 6, 2, 1)
"""First characters that announce a number of one, two … five characters."""
_SIZES = tuple(leads * BASE**more for more, leads in enumerate(_LEADS))
_FIRST_VALUES = np.cumsum((0, *_SIZES), dtype=np.int64)
_FIRST_LEADS = np.cumsum((0, *_LEADS), dtype=np.int64)
LIMIT = int(_FIRST_VALUES[-1])
"""Numbers below this can be packed: 70 million."""
_CODES = np.array([33 if code == 92 else code for code in range(35, 35 + BASE)], dtype=np.uint8)
_VALUES = {int(code): value for value, code in enumerate(_CODES)}


def pack(values: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
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
    for more in range(len(_LEADS)):
        rows = np.flatnonzero(classes == more)
        if not len(rows):
            continue
        rest = values[rows] - _FIRST_VALUES[more]
        at = offsets[rows]
        for place in range(more, 0, -1):
            rest, digit = np.divmod(rest, BASE)
            out[at + place] = _CODES[digit]
        out[at] = _CODES[rest + _FIRST_LEADS[more]]
    return out.tobytes(), offsets


def pack_text(values: NDArray[np.int64] | list[int]) -> str:
    """Pack one list as a string."""
    return pack(np.asarray(values, dtype=np.int64))[0].decode("ascii")


def unpack(text: str) -> list[int]:
    """Read what `pack` wrote."""
    values: list[int] = []
    codes = [_VALUES[ord(letter)] for letter in text]
    at = 0
    while at < len(codes):
        lead = codes[at]
        more = int(np.searchsorted(_FIRST_LEADS, lead, side="right")) - 1
        value = lead - int(_FIRST_LEADS[more])
        for code in codes[at + 1 : at + 1 + more]:
            value = value * BASE + code
        values.append(value + int(_FIRST_VALUES[more]))
        at += 1 + more
    return values


def gaps(values: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Differences within each list: lists are `values[starts[i]:starts[i + 1]]`, ascending; each begins at 0."""
    out = np.diff(values, prepend=values[:1])
    nonempty = starts[:-1][np.diff(starts) > 0]
    out[nonempty] = values[nonempty]
    return out
