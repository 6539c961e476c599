"""Lists of frequent terms: files of their own, long lists cut into blocks by date."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.lexicon import Vocabulary, encode_lists, entry
from sitegen.search.postings import Inverted

BLOCK_BITS = 15
"""A block spans 2 ** 15 document numbers."""
_POSTING_BYTES = 0.75


class ListFile(msgspec.Struct, frozen=True):
    """Terms whose lists share a file (one per block for a term that fills files by itself)."""

    terms: tuple[int, ...]
    block: int
    """Block of document numbers, -1 for whole lists."""


class Head(msgspec.Struct, frozen=True):
    """Frequent terms as the manifest names them; parallel columns."""

    words: list[str]
    """Entries, see `lexicon`."""
    counts: list[int]
    """Documents that hold each term."""
    files: list[int]
    """Number of the file of its list, or of its first block's."""
    places: list[int]
    """Which list of the file it is."""
    blocks: list[int]
    """Blocks, 0 for a whole list."""


def plan_lists(
    vocabulary: Vocabulary,
    inverted: Inverted,
    numbers: NDArray[np.int64],
    head_words: NDArray[np.bool_],
    frequent: int,
    limit: int,
) -> tuple[Head, list[ListFile]]:
    """Decide which list stands where: terms are dealt by hash into files of about `limit` bytes."""
    frequencies = inverted.frequencies
    chosen = np.flatnonzero(frequencies >= frequent).tolist()
    forms: dict[int, list[str]] = {term: [] for term in chosen}
    for word in np.flatnonzero(head_words).tolist():
        forms[int(vocabulary.term_of[word])].append(vocabulary.words[word])
    blocks = (int(numbers[-1]) >> BLOCK_BITS) + 1 if len(numbers) else 0
    files: list[ListFile] = []
    whole: list[tuple[int, int]] = []
    place_of: dict[int, tuple[int, int, int]] = {}
    for term in chosen:
        if blocks > 1 and frequencies[term] * _POSTING_BYTES > 2 * limit:
            place_of[term] = (len(files), 0, blocks)
            files += [ListFile((term,), block) for block in range(blocks)]
        else:
            whole.append((zlib.crc32(vocabulary.terms[term].encode()), term))
    whole.sort()

    def deal(group: list[tuple[int, int]], bit: int) -> None:
        if not group:
            return
        if len(group) > 1 and bit >= 0 and sum(frequencies[term] for _, term in group) * _POSTING_BYTES > limit:
            middle = next((i for i, (code, _) in enumerate(group) if code >> bit & 1), len(group))
            deal(group[:middle], bit - 1)
            deal(group[middle:], bit - 1)
            return
        for place, (_, term) in enumerate(group):
            place_of[term] = (len(files), place, 0)
        files.append(ListFile(tuple(term for _, term in group), -1))

    deal(whole, 31)
    columns = [place_of[term] for term in chosen]
    head = Head(
        [entry(vocabulary.terms[term], forms[term]) for term in chosen],
        [int(frequencies[term]) for term in chosen],
        [column[0] for column in columns],
        [column[1] for column in columns],
        [column[2] for column in columns],
    )
    return head, files


def encode_list_file(file: ListFile, inverted: Inverted, numbers: NDArray[np.int64]) -> bytes:
    """Write the lists of a file; a block's list starts its gaps at the block's first number."""
    pieces: list[NDArray[np.int64]] = []
    codes: list[NDArray[np.int64]] = []
    base = 0
    for term in file.terms:
        documents = inverted.documents[inverted.starts[term] : inverted.starts[term + 1]].astype(np.int64)
        term_codes = inverted.codes[inverted.starts[term] : inverted.starts[term + 1]].astype(np.int64)
        if file.block >= 0:
            base = file.block << BLOCK_BITS
            low, high = np.searchsorted(numbers[documents], (base, base + (1 << BLOCK_BITS)))
            documents, term_codes = documents[low:high], term_codes[low:high]
        pieces.append(documents)
        codes.append(term_codes)
    return msgspec.json.encode({"lists": encode_lists(pieces, codes, numbers - base)})


def list_columns(head: Head) -> dict[str, Sequence[object]]:
    """The head's columns as the manifest holds them."""
    return {name: getattr(head, name) for name in head.__struct_fields__}
