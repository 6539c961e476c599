"""'Did you mean': words of the archive that a rare or unknown query word may be a misspelling of."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sitegen.search.analysis import fold
from sitegen.store.whoosh.postings import Ints
from sitegen.store.whoosh.query import MAX_QUERY, Terms
from sitegen.store.whoosh.snapshot import Leaf, Snapshot
from sitegen.store.whoosh.snippet import word_places

_OPERATORS = frozenset({"AND", "OR", "NOT", "ANDNOT", "ANDMAYBE", "REQUIRE", "TO"})
_FAR = 9
"""Stands for any distance beyond 2."""
_RARE = 3
"""Articles up to which a word that does occur may be a misspelling,"""
_COMMONER = 50
"""and how many times commoner its neighbour must be."""
_FIELD_OR_PATTERN = re.compile(r"\s*[:*?]")


def suggest(snapshot: Snapshot, query: str) -> str | None:
    """The query with its misspelt words put right; None where nothing better is known.

    A word is doubted when no article has it, or when one letter's difference makes it far commoner.
    """
    query = query[:MAX_QUERY]
    terms = Terms(snapshot.languages, snapshot.terms_of)
    pieces, position = [], 0
    for start, end, raw in word_places(query):
        word = fold(raw)
        if raw in _OPERATORS or not word.isalpha() or len(word) < 3 or _FIELD_OR_PATTERN.match(query, end):
            continue
        better = _better(snapshot, word, [form for forms in terms.of(raw) for form in forms])
        if better:
            pieces += [query[position:start], better]
            position = end
    return "".join([*pieces, query[position:]]) if pieces else None


def _better(snapshot: Snapshot, word: str, forms: list[str]) -> str | None:
    found = [snapshot.postings(field, form)[0] for field in ("title", "body") for form in forms]
    count = len(np.unique(np.concatenate(found))) if found else 0
    if count > _RARE:
        return None
    counts: dict[str, int] = {}
    distances: dict[str, int] = {}
    for leaf in snapshot.leaves:
        for place, distance in _neighbours(leaf, word, 1 if count or len(word) < 5 else 2):
            other = leaf.words[place]
            counts[other] = counts.get(other, 0) + int(leaf.counts[place])
            distances[other] = distance
    counts.pop(word, None)
    if not counts:
        return None
    best = min(counts, key=lambda other: (distances[other], other[0] != word[0], -counts[other], other))
    return best if not count or counts[best] >= _COMMONER * count else None


def _neighbours(leaf: Leaf, word: str, limit: int) -> list[tuple[int, int]]:
    """Places of live words within a distance, and their distances."""
    lengths = leaf.word_lengths
    places = np.flatnonzero((np.abs(lengths - len(word)) <= limit) & (leaf.counts > 0))
    if not len(places):
        return []
    words = leaf.words
    letters = np.array([words[place] for place in places.tolist()], dtype=f"U{len(word) + limit}")
    codes = letters.view(np.uint32).reshape(len(places), len(word) + limit)
    distances = edit_distances(word, codes, lengths[places])
    near = distances <= limit
    return list(zip(places[near].tolist(), distances[near].tolist(), strict=True))


def edit_distances(word: str, codes: NDArray[np.uint32], lengths: Ints) -> Ints:
    """Optimal string alignment distances (Boytsov, 2011, section 2) up to 2 from one word to many at once.

    Args:
        word: one word.
        codes: code points of the others, one a row, shape (others, longest).
        lengths: their lengths, shape (others,), within 2 of the word's.

    Returns:
        shape (others,); what exceeds 2 is only known to.
    """
    others, longest = codes.shape
    far = np.full(others, _FAR, np.int8)
    rows = [[np.full(others, j, np.int8) if j <= 2 else far for j in range(longest + 1)]]
    pattern = [ord(letter) for letter in word]
    for i, letter in enumerate(pattern, 1):
        row = [np.full(others, i, np.int8) if i <= 2 else far, *([far] * longest)]
        for j in range(max(1, i - 2), min(longest, i + 2) + 1):
            same = codes[:, j - 1] == letter
            best = np.minimum(np.minimum(rows[-1][j], row[j - 1]) + 1, rows[-1][j - 1] + ~same)
            if i > 1 and j > 1:
                swapped = (codes[:, j - 2] == letter) & (codes[:, j - 1] == pattern[i - 2])
                best = np.where(swapped, np.minimum(best, rows[-2][j - 2] + 1), best)
            row[j] = best.astype(np.int8)
        rows.append(row)
    ends = np.stack(rows[-1], axis=1)
    return ends[np.arange(others), lengths].astype(np.int64)
