"""Clauses to matching articles and scores, with numpy over whole posting lists.

Scores are BM25F (Robertson, Zaragoza, Taylor: "Simple BM25 extension to multiple weighted fields", CIKM 2004): the
frequencies of a word in title and body are normalised by length and added before saturation. All statistics are taken
from the live articles as they are read, and the parts of a score are added in the order of the query, so that an index
which grew by updates gives the same bits as one that was built afresh.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sitegen.store.whoosh.fields import WHOLE
from sitegen.store.whoosh.postings import Ints
from sitegen.store.whoosh.query import (
    AllOf,
    AnyOf,
    Clause,
    Clauses,
    Dates,
    Every,
    Except,
    Nothing,
    Pattern,
    Phrase,
    Span,
    Word,
)
from sitegen.store.whoosh.snapshot import Snapshot

K1 = 1.2
WEIGHTS = {"title": 3.0, "body": 1.0}
"""How much more a word in the title counts."""
LENGTH_SHARE = {"title": 0.5, "body": 0.75}
"""BM25's b: how much a long field is held against its words."""
COVERAGE = 0.25
"""Share of a score that an article keeps back in proportion to the query words it lacks, weighed by rarity."""
MAX_EXPANSION = 4096
"""Words that a pattern may stand for; the most frequent are taken."""

Mask = NDArray[np.bool_]
Scores = NDArray[np.float64]


class Matches(NamedTuple):
    """Which documents match, and their scores (0 where they do not), both by document number."""

    mask: Mask
    scores: Scores


class Evaluator:
    """Evaluates the clauses of one query."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.terms: set[str] = set()
        """Index terms in texts that made articles match."""
        self.covered: Ints = np.zeros(snapshot.size, np.int64)
        """How many of the optional parts that stand side by side each document matches, at the top of the query."""
        self._norms: dict[str, Scores] = {}

    def evaluate(self, clause: Clause) -> Matches:
        """Articles that match a clause."""
        match clause:
            case Word():
                found = self._word(clause.fields, clause.forms)
            case Phrase():
                found = self._phrase(clause)
            case Pattern() | Span():
                found = self._expansion(clause)
            case Dates():
                dates = self._snapshot.dates
                found = self._filter((dates >= clause.low) & (dates <= clause.high))
            case Every():
                found = self._filter(np.ones(self._snapshot.size, bool))
            case Nothing():
                found = self._filter(np.zeros(self._snapshot.size, bool))
            case AllOf():
                parts = [self.evaluate(part) for part in clause.parts]
                mask = np.logical_and.reduce([part.mask for part in parts])
                found = Matches(mask, np.where(mask, _total(parts), 0.0))
            case AnyOf():
                parts = [self.evaluate(part) for part in clause.parts]
                found = Matches(np.logical_or.reduce([part.mask for part in parts]), _total(parts))
            case Except():
                part = self.evaluate(clause.part)
                mask = part.mask & ~self._excluded((clause.excluded,))
                found = Matches(mask, np.where(mask, part.scores, 0.0))
            case Clauses():
                found = self._clauses(clause)
            case _:
                raise TypeError(f"not a clause: {clause!r}")
        return found if clause.boost == 1.0 else Matches(found.mask, found.scores * clause.boost)

    def _filter(self, mask: Mask) -> Matches:
        return Matches(mask & self._snapshot.live, np.zeros(self._snapshot.size))

    def _excluded(self, clauses: Sequence[Clause]) -> Mask:
        terms = set(self.terms)
        mask = np.zeros(self._snapshot.size, bool)
        for clause in clauses:
            mask |= self.evaluate(clause).mask
        self.terms = terms
        return mask

    def _clauses(self, clause: Clauses) -> Matches:
        required = [self.evaluate(part) for part in clause.required]
        optional = [self.evaluate(part) for part in clause.optional]
        if required:
            mask = np.logical_and.reduce([part.mask for part in required])
        elif optional:
            mask = np.logical_or.reduce([part.mask for part in optional])
        else:
            mask = self._snapshot.live.copy()
        if clause.excluded:
            mask &= ~self._excluded(clause.excluded)
        weights = [self._idf(int(np.count_nonzero(part.mask))) if part.mask.any() else 0.0 for part in optional]
        scores = _total(optional)
        self.covered = np.zeros(self._snapshot.size, np.int64)
        for part in optional:
            self.covered += part.mask
        if sum(weights):
            covered = np.zeros(self._snapshot.size)
            for weight, part in zip(weights, optional, strict=True):
                covered[part.mask] += weight
            scores = scores * (1 - COVERAGE + COVERAGE * covered / sum(weights))
        if required:
            scores = _total(required) + scores
        return Matches(mask, np.where(mask, scores, 0.0))

    def _idf(self, count: int) -> float:
        return math.log1p((self._snapshot.count - count + 0.5) / (count + 0.5))

    def _norm(self, field: str) -> Scores:
        """What a term's frequency is multiplied by, for each document: weight of the field over length."""
        if field not in self._norms:
            weight, share = WEIGHTS.get(field, 1.0), LENGTH_SHARE.get(field, 0.0)
            if share:
                lengths = self._snapshot.lengths[field]
                average = int(lengths[self._snapshot.live].sum()) / max(self._snapshot.count, 1)
                relative = lengths.astype(np.float64) / (average or 1.0)
                self._norms[field] = weight / (1 - share + share * relative)
            else:
                self._norms[field] = np.full(self._snapshot.size, weight)
        return self._norms[field]

    def _saturate(self, frequencies: Scores) -> Matches:
        mask = frequencies > 0
        idf = self._idf(int(np.count_nonzero(mask)))
        return Matches(mask, idf * (frequencies * (K1 + 1)) / (frequencies + K1))

    def _word(self, fields: Sequence[str], forms: Sequence[str]) -> Matches:
        frequencies = np.zeros(self._snapshot.size)
        for field in fields:
            norm = self._norm(field)
            for form in forms:
                documents, counts = self._snapshot.postings(field, form)
                frequencies[documents] += counts * norm[documents]
                if len(documents) and field in WEIGHTS:
                    self.terms.add(form)
        return self._saturate(frequencies)

    def _phrase(self, clause: Phrase) -> Matches:
        frequencies = np.zeros(self._snapshot.size)
        for field in clause.fields:
            documents = self._occurrences(field, clause.slots, clause.slop)
            counts = np.bincount(documents, minlength=self._snapshot.size)
            frequencies += counts * self._norm(field)
            if len(documents) and field in WEIGHTS:
                self.terms.update(form for forms in clause.slots for form in forms)
        return self._saturate(frequencies)

    def _occurrences(self, field: str, slots: Sequence[Sequence[str]], slop: int) -> Ints:
        """Document of each occurrence of a phrase."""
        ends: Ints | None = None
        for forms in slots:
            pairs = [self._snapshot.positions(field, form) for form in forms]
            # Positions lie far below 2**32 - slop, so that places of different documents are never close.
            places = np.unique(np.concatenate([(documents << 32) | positions for documents, positions in pairs]))
            if ends is not None and len(ends):
                before = np.searchsorted(ends, places) - 1
                places = places[(before >= 0) & (places - ends[before] <= slop)]
            elif ends is not None:
                places = places[:0]
            ends = places
        return ends >> 32 if ends is not None else np.zeros(0, np.int64)

    def _expansion(self, clause: Pattern | Span) -> Matches:
        forms: tuple[str, ...]
        if clause.fields[0] in WEIGHTS:
            forms = self._text_forms(clause)
        else:
            prefix, matches = _matcher(clause)
            forms = tuple(
                form
                for form in self._snapshot.lexicon(clause.fields[0], prefix)
                if not form.startswith(WHOLE) and matches(form)
            )
        return self._word(clause.fields, forms)

    def _text_forms(self, clause: Pattern | Span) -> tuple[str, ...]:
        """Index terms of the surface forms in live articles that a clause stands for."""
        prefix, matches = _matcher(clause)
        counts: dict[str, int] = {}
        for leaf in self._snapshot.leaves:
            for place in leaf.places_with_prefix(prefix):
                if leaf.counts[place] and matches(leaf.words[place]):
                    term = leaf.word_terms[place]
                    counts[term] = counts.get(term, 0) + int(leaf.counts[place])
        return tuple(sorted(sorted(counts, key=lambda term: (-counts[term], term))[:MAX_EXPANSION]))


def _total(parts: Sequence[Matches]) -> Scores:
    """Sum of scores, in order."""
    total = parts[0].scores.copy() if parts else np.zeros(1)
    for part in parts[1:]:
        total += part.scores
    return total


def _matcher(clause: Pattern | Span) -> tuple[str, Callable[[str], bool]]:
    """The prefix that all words a clause stands for have, and whether it stands for a word."""
    if isinstance(clause, Span):

        def lies_within(word: str) -> bool:
            above = not clause.low or word > clause.low or (word == clause.low and not clause.low_open)
            return above and (not clause.high or word < clause.high or (word == clause.high and not clause.high_open))

        return "", lies_within
    first, *rest = clause.pattern.split("*")
    prefix = first.split("?", 1)[0]
    if not rest:
        return prefix, re.compile(_piece(first), re.DOTALL).fullmatch  # type: ignore[return-value]
    head, *middle = (re.compile(_piece(piece), re.DOTALL) for piece in (first, *rest[:-1]))
    tail = re.compile(_piece(rest[-1]), re.DOTALL)

    def matches(word: str) -> bool:
        # Leftmost places for the pieces between stars leave the most room for the rest, so no way back is needed.
        found = head.match(word)
        for piece in middle:
            if found is None:
                return False
            found = piece.search(word, found.end())
        start = len(word) - len(rest[-1])
        return found is not None and start >= found.end() and tail.match(word, start) is not None

    return prefix, matches


def _piece(text: str) -> str:
    return "".join("." if letter == "?" else re.escape(letter) for letter in text)
