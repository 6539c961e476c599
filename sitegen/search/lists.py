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
from sitegen.search.packing import gaps, pack_rows, ungap, unpack_rows
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
