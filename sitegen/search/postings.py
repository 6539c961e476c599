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

from sitegen.search.documents import Ragged

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


def invert(title: Ragged, body: Ragged, term_of: NDArray[np.int64], terms: int) -> Inverted:
    """Invert documents given as word ids.

    Args:
        title: word ids of each document's title.
        body: word ids of each document's body; as many rows as `title`.
        term_of: term id of each word id.
        terms: number of terms.
    """
    lengths = np.diff(title.starts) * TITLE_BOOST + np.diff(body.starts)
    average = rounded_average(total_length(title, body), len(title))
    # k1 * (1 - b + b * length / average) in thousandths
    norms = (1200 * (average + 3 * lengths)) // (4 * average)
    pieces: list[tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]] = []
    sizes = np.diff(title.starts) + np.diff(body.starts)
    for first, last in _chunks(sizes):
        pieces.append(_invert_chunk(title, body, term_of, norms, first, last))
    counts = np.zeros(terms, dtype=np.int64)
    for term_ids, _, _ in pieces:
        counts += np.bincount(term_ids, minlength=terms)
    starts = np.zeros(terms + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    documents = np.empty(int(starts[-1]), dtype=np.uint32)
    codes = np.empty(int(starts[-1]), dtype=np.uint8)
    fill = starts[:-1].copy()
    while pieces:
        term_ids, piece_documents, piece_codes = pieces.pop(0)
        in_piece = np.bincount(term_ids, minlength=terms)
        first_in_piece = np.cumsum(in_piece) - in_piece
        target = (fill - first_in_piece)[term_ids] + np.arange(len(term_ids))
        documents[target] = piece_documents
        codes[target] = piece_codes
        fill += in_piece
    return Inverted(starts, documents, codes)


def _chunks(sizes: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Intervals of documents of about `_CHUNK` occurrences each."""
    ends = np.cumsum(sizes)
    if not len(ends):
        return []
    cuts = np.searchsorted(ends, np.arange(_CHUNK, int(ends[-1]) + _CHUNK, _CHUNK), side="left") + 1
    bounds = np.unique(np.clip(np.concatenate(([0], cuts)), 0, len(sizes)))
    return [(int(low), int(high)) for low, high in itertools.pairwise(bounds)]


def _invert_chunk(
    title: Ragged, body: Ragged, term_of: NDArray[np.int64], norms: NDArray[np.int64], first: int, last: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]:
    """Terms, documents and codes of some documents, ascending by (term, document)."""
    count = last - first
    keys = np.concatenate([_keys(field, term_of, first, last) for field in (title, body)])
    in_title = len(keys) - int(body.starts[last] - body.starts[first])
    title_keys = np.sort(keys[:in_title])
    keys = np.concatenate((keys, np.repeat(keys[:in_title], TITLE_BOOST - 1)))
    keys.sort()
    new = np.empty(len(keys), dtype=bool)
    new[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    places = np.flatnonzero(new)
    frequency = np.diff(places, append=len(keys))
    keys = keys[places]
    term_ids, documents = np.divmod(keys, count)
    impacts = 2200 * frequency * SCALE // (frequency * SCALE + norms[documents + first])
    codes = np.searchsorted(_BODY_MIDDLES, impacts, side="right")
    titled = np.searchsorted(keys, title_keys)
    codes[titled] = FIRST_TITLE_CODE + np.searchsorted(_TITLE_MIDDLES, impacts[titled], side="right")
    return term_ids.astype(np.uint32), (documents + first).astype(np.uint32), codes.astype(np.uint8)


def _keys(field: Ragged, term_of: NDArray[np.int64], first: int, last: int) -> NDArray[np.int64]:
    """Compute term * documents + document for each occurrence in documents first … last - 1."""
    starts = field.starts[first : last + 1]
    documents = np.repeat(np.arange(last - first), np.diff(starts))
    keys: NDArray[np.int64] = term_of[field.values[starts[0] : starts[-1]]] * (last - first) + documents
    return keys
