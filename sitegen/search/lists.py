"""Inverted lists as text, and the files of long ones.

A list is packed as the gaps between its documents' numbers; lists of words carry an impact code of four bits in each
number. Short lists stand in the dictionary beside their key. Longer ones lie in files chosen by a hash of the key, the
longest cut into *blocks* of document numbers of which each is a list of its own, `KEY BLOCK`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.layout import Layout
from sitegen.search.packing import gaps, pack_rows, row_starts, ungap, unpack_places, unpack_rows
from sitegen.search.postings import CODE_BITS

BLOCK_BITS = 16
"""A block spans 2 ** 16 document numbers."""
NO_CODE = -1
"""Stands for the code in lists of fields."""


def encode_lists(numbers: NDArray[np.int64], codes: NDArray[np.int64], starts: NDArray[np.int64]) -> list[str]:
    """Pack lists: list i is `numbers[starts[i]:starts[i + 1]]`, ascending, with the code of each document."""
    values = gaps(numbers, starts)
    return pack_rows(np.where(codes < 0, values, (values << CODE_BITS) | codes), starts)


def decode_lists(
    texts: Sequence[str], coded: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Read what `encode_lists` wrote: numbers, codes and starts. `coded` says which lists have codes."""
    values, starts = unpack_rows(texts)
    has_code = np.repeat(coded, np.diff(starts))
    codes = np.where(has_code, values & ((1 << CODE_BITS) - 1), NO_CODE)
    return ungap(np.where(has_code, values >> CODE_BITS, values), starts), codes, starts


class Edit(msgspec.Struct, frozen=True):
    """What goes from a list with codes and what comes, both relative to the list's first number."""

    text: str
    """The list."""
    gone: Sequence[int]
    come: Mapping[int, int]
    """Code by number."""


def splice_lists(edits: Sequence[Edit]) -> list[str]:
    """Change lists with codes where they change: a number's text depends on its neighbour alone, so all others stay.

    Raises:
        KeyError: a list lacks what should go.
        ValueError: a list has what should come.
    """
    values, starts, ends = unpack_places([edit.text for edit in edits])
    cuts = np.append(0, ends + 1).tolist()
    bounds = starts.tolist()
    kept: list[tuple[str, str]] = []
    windows: list[tuple[int, int]] = []
    sizes: list[int] = []
    at = 0
    for edit, low, high in zip(edits, bounds, bounds[1:], strict=False):
        own = values[low:high]
        numbers = np.cumsum(own >> CODE_BITS)
        touched = sorted({*edit.gone, *edit.come})
        first = int(np.searchsorted(numbers, touched[0]))
        # The number behind the last one that is touched has another neighbour.
        stop = min(int(np.searchsorted(numbers, touched[-1], side="right")) + 1, high - low)
        codes = own[first:stop] & ((1 << CODE_BITS) - 1)
        window = dict(zip(numbers[first:stop].tolist(), codes.tolist(), strict=True))
        for number in edit.gone:
            del window[number]
        if not window.keys().isdisjoint(edit.come):
            raise ValueError("a list has a document already")
        base = int(numbers[first - 1]) if first else 0
        rows = sorted([*window.items(), *edit.come.items()])
        windows += [(number - base, code) for number, code in rows]
        sizes.append(len(rows))
        kept.append((edit.text[: cuts[low + first] - at], edit.text[cuts[low + stop] - at :]))
        at += len(edit.text)
    changed = np.array(windows, dtype=np.int64).reshape(-1, 2)
    packed = encode_lists(changed[:, 0], changed[:, 1], row_starts(sizes))
    return [before + text + after for (before, after), text in zip(kept, packed, strict=True)]


def size_class(count: int) -> str:
    """The binary logarithm of a number of documents as a letter from `a` on."""
    return chr(96 + max(1, count).bit_length())


def marker(count: int) -> str:
    """What stands in the dictionary instead of a list that lies elsewhere."""
    return " " + size_class(count)


def is_marker(text: str) -> bool:
    """Whether the list lies elsewhere."""
    return text.startswith(" ")


def is_blocked(text: str, layout: Layout) -> bool:
    """Whether what stands in the dictionary marks a list in blocks."""
    return is_marker(text) and ord(text[1]) - 97 >= layout.block_bits


def piece_name(key: str, block: int) -> str:
    """Name of a block of a list."""
    return f"{key} {block}"


def list_bucket(piece: str, layout: Layout, *, block: bool) -> int:
    """File in which a list or block lies; blocks lie behind the lists where they have files of their own."""
    first, files = (layout.list_files, layout.block_files) if block and layout.block_files else (0, layout.list_files)
    return first + (zlib.crc32(piece.encode("utf-8", "replace")) * files >> 32)


def encode_list_file(lists: Mapping[str, str]) -> bytes:
    """Write a file of lists by name; where there are none there is no file."""
    return msgspec.json.encode({name: lists[name] for name in sorted(lists)})
