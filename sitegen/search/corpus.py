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
    title, body = (
        _gather([(table, getattr(part, name)) for table, part in zip(tables, parts, strict=True)], firsts, order)
        for name in ("title", "body")
    )
    words, terms = map(list, zip(*vocabulary, strict=True)) if vocabulary else ([], [])
    return MergedVocabulary(words, terms, title, body)


def _gather(
    parts: Sequence[tuple[NDArray[np.uint32], Ragged]], firsts: NDArray[np.int64], order: NDArray[np.int64]
) -> Ragged:
    """Rows of several parts in one order, their word ids replaced by those of each part's table."""
    lengths = np.concatenate([np.diff(field.starts) for _, field in parts] or [np.empty(0, np.int64)])
    starts = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths[order], out=starts[1:])
    values = np.empty(int(starts[-1]), dtype=np.uint32)
    for (table, field), first in zip(parts, firsts.tolist(), strict=False):
        here = np.flatnonzero((order >= first) & (order < first + len(field)))
        _copy_rows(table[field.values], field.starts, order[here] - first, values, starts[here])
    return Ragged(values, starts)


def take(values: NDArray[np.uint32], starts: NDArray[np.int64], rows: NDArray[np.int64]) -> Ragged:
    """Copy the given rows, in that order, to a `Ragged` of their own."""
    new_starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(starts[rows + 1] - starts[rows], out=new_starts[1:])
    target = np.empty(int(new_starts[-1]), dtype=np.uint32)
    _copy_rows(values, starts, rows, target, new_starts[:-1])
    return Ragged(target, new_starts)


def _copy_rows(
    values: NDArray[np.uint32],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    target: NDArray[np.uint32],
    places: NDArray[np.int64],
) -> None:
    """Copy rows to their places in `target`, slice by slice: an index of all words would be eight times their size."""
    for begin, end, place in zip(starts[rows].tolist(), starts[rows + 1].tolist(), places.tolist(), strict=True):
        target[place : place + end - begin] = values[begin:end]
