"""Span and tag scores, strict: boundaries and kind must both be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Mentions = Sequence[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Micro-averaged precision, recall and F1, in percent."""

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """Right among found."""
        return 100 * self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Right among wanted."""
        return 100 * self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 200 * self.right / (self.found + self.wanted) if self.found + self.wanted else 0.0


def span_score(pairs: Iterable[tuple[Mentions, Mentions]]) -> Score:
    """Score (found, wanted) mentions of each document by start, end and kind."""
    right = found = wanted = 0
    for mine, gold in pairs:
        right += len(set(mine) & set(gold))
        found += len(set(mine))
        wanted += len(set(gold))
    return Score(right, found, wanted)


def tag_score(documents: Iterable[tuple[str, Mentions, Mentions]]) -> Score:
    """Score the distinct (name, kind) pairs of each document, names with their white space made even."""
    right = found = wanted = 0
    for text, mine, gold in documents:
        tags = [{(" ".join(text[s:e].split()), kind) for s, e, kind in mentions} for mentions in (mine, gold)]
        right += len(tags[0] & tags[1])
        found += len(tags[0])
        wanted += len(tags[1])
    return Score(right, found, wanted)
