"""Inverted lists: which documents hold a term, and how much each says about it (its impact).

Impacts follow BM25 (Robertson and Zaragoza, 2009; k1 = 1.2, b = 0.75) with title occurrences counted several times,
rounded to sixteen codes (Anh and Moffat, 2002) by integer arithmetic, so that every platform writes the same bytes.
"""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.corpus import take
from sitegen.search.documents import Ragged
from sitegen.search.packing import row_starts

TITLE_BOOST = 3
"""Occurrences in the body that one in the title is worth."""
SCALE = 1000
"""Impacts are thousandths: BM25's term weight lies below 2.2."""
BODY_LEVELS = (220, 430, 630, 820, 1000, 1180, 1360, 1540, 1720, 1930)
"""Impact that each code stands for where the title lacks the term …"""
TITLE_LEVELS = (700, 1100, 1400, 1650, 1850, 2050)
"""… and where it has it: codes from `FIRST_TITLE_CODE` on."""
LEVELS = (*BODY_LEVELS, *TITLE_LEVELS)
FIRST_TITLE_CODE = len(BODY_LEVELS)
CODE_BITS = 4
# Impacts halfway between two levels.
_BODY_MIDDLES = [(low + high) // 2 for low, high in itertools.pairwise(BODY_LEVELS)]
_TITLE_MIDDLES = [(low + high) // 2 for low, high in itertools.pairwise(TITLE_LEVELS)]
_CHUNK = 1 << 19
"""Word occurrences inverted at a time: bounds memory at about 30 MB."""


class Inverted(msgspec.Struct, frozen=True):
    """Lists of all terms, one after the other."""

    starts: NDArray[np.int64]
    """Shape (terms + 1,): list i is `documents[starts[i]:starts[i + 1]]`."""
    documents: NDArray[np.uint32]
    """Positions of documents, ascending within a list."""
    codes: NDArray[np.uint8]
    """Impact codes, parallel to `documents`."""

    @property
    def frequencies(self) -> NDArray[np.int64]:
        """Number of documents that hold each term."""
        return np.diff(self.starts)


def total_length(title: Ragged, body: Ragged) -> int:
    """Words of all documents, those of titles counted `TITLE_BOOST` times."""
    return len(title.values) * TITLE_BOOST + len(body.values)


def rounded_average(total: int, documents: int) -> int:
    """Average length in words, rounded to two significant bits, so that an edit seldom moves it.

    Half a step more or less of 25 % changes an impact by less than one code.
    """
    average = total // max(1, documents)
    shift = max(0, average.bit_length() - 3)
    return max(1, (average + (1 << shift >> 1)) >> shift << shift)


def document_codes(title: Sequence[str], body: Sequence[str], average: int) -> dict[str, int]:
    """Impact code of each term of one document, as `invert` gives it.

    Args:
        title: terms of its title.
        body: terms of its body.
        average: `rounded_average` of the archive.
    """
    norm = (1200 * (average + 3 * (TITLE_BOOST * len(title) + len(body)))) // (4 * average)
    titled = Counter(title)
    frequencies = Counter(body)
    for term, count in titled.items():
        frequencies[term] += TITLE_BOOST * count
    codes: dict[str, int] = {}
    for term, frequency in frequencies.items():
        impact = 2200 * frequency * SCALE // (frequency * SCALE + norm)
        if term in titled:
            codes[term] = FIRST_TITLE_CODE + bisect.bisect_right(_TITLE_MIDDLES, impact)
        else:
            codes[term] = bisect.bisect_right(_BODY_MIDDLES, impact)
    return codes


def invert(title: Ragged, body: Ragged, order: NDArray[np.int64], term_of: NDArray[np.int64], terms: int) -> Inverted:
    """Invert documents given as word ids.

    Args:
        title: word ids of each document's title.
        body: word ids of each document's body; as many rows as `title`.
        order: the documents in the order in which lists shall hold them; positions count in this order.
        term_of: term id of each word id.
        terms: number of terms.
    """
    sizes = (np.diff(title.starts) + np.diff(body.starts))[order]
    lengths = sizes + np.diff(title.starts)[order] * (TITLE_BOOST - 1)
    average = rounded_average(total_length(title, body), len(title))
    # k1 * (1 - b + b * length / average) in thousandths
    norms = (1200 * (average + 3 * lengths)) // (4 * average)
    counts = np.zeros(terms, dtype=np.int64)
    pieces: list[_Piece] = []
    for first, last in _chunks(sizes):
        rows = order[first:last]
        here, there = (take(field.values, field.starts, rows) for field in (title, body))
        piece = _invert_chunk(here, there, term_of, norms[first:last], first)
        counts[piece.terms] += piece.counts
        pieces.append(piece)
    starts = row_starts(counts)
    documents = np.empty(int(starts[-1]), dtype=np.uint32)
    codes = np.empty(int(starts[-1]), dtype=np.uint8)
    fill = starts[:-1].copy()
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        begins = np.cumsum(piece.counts) - piece.counts
        target = np.repeat(fill[piece.terms] - begins, piece.counts) + np.arange(len(piece.documents))
        documents[target] = piece.documents + np.uint32(piece.first)
        codes[target] = piece.codes
        fill[piece.terms] += piece.counts
    return Inverted(starts, documents, codes)


class _Piece(msgspec.Struct, frozen=True):
    """Lists of some successive documents, ascending by (term, document)."""

    first: int
    """Position of the first document."""
    terms: NDArray[np.uint32]
    """Those that occur, ascending."""
    counts: NDArray[np.int64]
    """Documents of each."""
    documents: NDArray[np.uint16]
    """Counted from `first`."""
    codes: NDArray[np.uint8]


def _chunks(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Intervals of documents of about `_CHUNK` occurrences each, and of about 2 ** 15 documents at most."""
    ends = np.cumsum(sizes + (_CHUNK >> 15))
    if not len(ends):
        return []
    cuts = np.searchsorted(ends, np.arange(_CHUNK, int(ends[-1]) + _CHUNK, _CHUNK), side="left") + 1
    bounds = np.unique(np.clip(np.concatenate(([0], cuts)), 0, len(sizes)))
    return [(int(low), int(high)) for low, high in itertools.pairwise(bounds)]


def _invert_chunk(
    title: Ragged, body: Ragged, term_of: NDArray[np.int64], norms: NDArray[np.int64], first: int
) -> _Piece:
    count = len(norms)
    title_keys, body_keys = (_keys(field, term_of) for field in (title, body))
    keys = np.concatenate((*[title_keys] * TITLE_BOOST, body_keys))
    title_keys.sort()
    keys.sort()
    new = np.empty(len(keys), dtype=bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    places = np.flatnonzero(new)
    frequency = np.diff(places, append=len(keys))
    keys = keys[places]
    term_ids, documents = np.divmod(keys, count)
    impacts = 2200 * frequency * SCALE // (frequency * SCALE + norms[documents])
    codes = np.searchsorted(_BODY_MIDDLES, impacts, side="right")
    titled = np.searchsorted(keys, title_keys)
    codes[titled] = FIRST_TITLE_CODE + np.searchsorted(_TITLE_MIDDLES, impacts[titled], side="right")
    terms, counts = np.unique(term_ids, return_counts=True)
    return _Piece(first, terms.astype(np.uint32), counts, documents.astype(np.uint16), codes.astype(np.uint8))


def _keys(field: Ragged, term_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Compute term * documents + document for each occurrence."""
    documents = np.repeat(np.arange(len(field)), np.diff(field.starts))
    keys: NDArray[np.int64] = term_of[field.values] * len(field) + documents
    return keys
