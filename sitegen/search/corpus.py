"""From the vocabularies and word ids of several workers to one corpus in date order."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import Ragged


class VocabularyPart(msgspec.Struct, frozen=True):
    """What one worker analysed: its vocabulary, and the word ids of its documents' titles and bodies."""

    words: Sequence[str]
    terms: Sequence[str]
    title: Ragged
    body: Ragged


class MergedVocabulary(msgspec.Struct, frozen=True):
    """The vocabulary and text fields of a `SearchCorpus`."""

    words: list[str]
    terms: list[str]
    title: Ragged
    body: Ragged


def ragged(rows: Sequence[Sequence[int]]) -> Ragged:
    """One `Ragged` of rows of ids (lists or array('I'))."""
    lengths = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    values = np.empty(int(starts[-1]), dtype=np.uint32)
    for index, row in enumerate(rows):
        values[starts[index] : starts[index + 1]] = row
    return Ragged(values, starts)


def merge_vocabularies(parts: Sequence[VocabularyPart], order: Sequence[int] | NDArray[np.int64]) -> MergedVocabulary:
    """One sorted vocabulary for all parts, and the documents' word ids under it.

    Args:
        parts: what the workers analysed.
        order: the documents' final order: element i is the position, in the concatenation of all parts, of the
            document that becomes document i. Positions left out are documents left out (their words may stay in the
            vocabulary only if another document uses them).

    Returns:
        words and terms ascending by (word, term), unique as pairs, each used by a document; title and body in `order`.
    """
    order = np.asarray(order, dtype=np.int64)
    used_pairs: set[tuple[str, str]] = set()
    pairs_of_part: list[list[tuple[str, str]]] = []
    firsts = np.cumsum([0, *(len(part.title) for part in parts)])
    kept = [order[(order >= first) & (order < last)] - first for first, last in itertools.pairwise(firsts)]
    for part, rows in zip(parts, kept, strict=True):
        pairs = list(zip(part.words, part.terms, strict=True))
        pairs_of_part.append(pairs)
        used = np.zeros(len(pairs), dtype=bool)
        for field in (part.title, part.body):
            # A worker's vocabulary may hold words of articles that were taken out since: look at the text itself.
            used[field.values if len(rows) == len(field) else take(field.values, field.starts, rows).values] = True
        used_pairs.update(pairs[identity] for identity in np.flatnonzero(used))
    vocabulary = sorted(used_pairs)
    identity_of = {pair: identity for identity, pair in enumerate(vocabulary)}
    tables = [np.fromiter((identity_of.get(p, 0) for p in pairs), np.uint32, len(pairs)) for pairs in pairs_of_part]
    fields = []
    for name in ("title", "body"):
        rows_of = [getattr(part, name) for part in parts]
        values = [table[field.values] for table, field in zip(tables, rows_of, strict=True)]
        offsets = np.cumsum([0, *(len(piece) for piece in values)])
        starts = [field.starts[:-1] + offset for field, offset in zip(rows_of, offsets, strict=False)]
        all_starts = np.concatenate([*starts, offsets[-1:]]).astype(np.int64)
        flat = np.concatenate(values) if values else np.empty(0, np.uint32)
        fields.append(take(flat, all_starts, order))
    words, terms = map(list, zip(*vocabulary, strict=True)) if vocabulary else ([], [])
    return MergedVocabulary(words, terms, *fields)


def take(values: NDArray[np.uint32], starts: NDArray[np.int64], rows: NDArray[np.int64]) -> Ragged:
    """Copy the given rows, in that order, to a `Ragged` of their own."""
    lengths = starts[rows + 1] - starts[rows]
    new_starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=new_starts[1:])
    index = np.repeat(starts[rows] - new_starts[:-1], lengths) + np.arange(int(new_starts[-1]), dtype=np.int64)
    return Ragged(values[index], new_starts)
