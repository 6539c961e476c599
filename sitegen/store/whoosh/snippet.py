"""The excerpt of a hit: the stretch of its text that holds most of the query's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from sitegen.search.analysis import Analyzer, segment, split_pairs

LENGTH = 240
"""Characters of an excerpt, about."""
_READ = 200_000
"""Characters of a text in which words are looked for."""
_LEAD = 60
"""Characters before the first marked word, at most."""


class Snippet(msgspec.Struct, frozen=True):
    """An excerpt as plain text."""

    text: str
    marks: tuple[tuple[int, int], ...]
    """Start and end of each word of the query, in code points, ascending."""


class Snippets:
    """Cuts excerpts for one query. What was found out about a word holds for all texts of a language."""

    def __init__(self, terms: Collection[str]) -> None:
        """Take the index terms to mark."""
        self._terms = frozenset(terms)
        self._analyzer = Analyzer()
        self._known: dict[str, dict[str, str]] = {}

    def cut(self, text: str, language: str) -> Snippet:
        """The best excerpt of a text.

        Args:
            text: plain text, paragraphs separated by newlines.
            language: of the text, BCP 47.
        """
        text = text[:_READ].translate({10: " ", 13: " ", 9: " "})
        hits = list(self._hits(text, language)) if self._terms else []
        start, end = _bounds(text, _best_start(hits))
        before, after = "… " if start else "", " …" if end < len(text) else ""
        shift = len(before) - start
        marks = tuple((a + shift, b + shift) for a, b, _ in hits if a >= start and b <= end)
        return Snippet(before + text[start:end] + after, marks)

    def _hits(self, text: str, language: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and index term of each word of the query, ascending."""
        known = self._known.setdefault(language, {})
        for start, end, raw in word_places(text):
            term = known.get(raw)
            if term is None:
                term = known[raw] = self._term(raw, language)
            if not term:
                continue
            pairs = split_pairs(raw)
            if len(pairs) == 1:
                yield start, end, term
            else:
                yield from _pair_hits(raw, start, pairs, self._terms)

    def _term(self, raw: str, language: str) -> str:
        terms = (self._analyzer.terms[id_] for id_ in self._analyzer.analyse(raw, language))
        return next((term for term in terms if term in self._terms), "")


def _pair_hits(raw: str, start: int, pairs: list[str], terms: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    """Stretches of a run without spaces whose pairs are looked for; neighbours are joined."""
    if len(pairs) + 1 != len(raw):  # Normalisation moved its characters: mark it whole.
        yield start, start + len(raw), raw
        return
    begin = -1
    for place, pair in enumerate([*pairs, ""]):
        if pair in terms and begin < 0:
            begin = place
        elif pair not in terms and begin >= 0:
            yield start + begin, start + place + 1, raw[begin : place + 1]
            begin = -1


def _best_start(hits: list[tuple[int, int, str]]) -> int:
    """Where the window begins that holds most different words, then most words, then comes first."""
    best, best_start, first = (0, 0), 0, 0
    inside: dict[str, int] = {}
    for last, (_, end, term) in enumerate(hits):
        inside[term] = inside.get(term, 0) + 1
        while end - hits[first][0] > LENGTH - _LEAD and first < last:
            left = hits[first][2]
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if (len(inside), last - first + 1) > best:
            best, best_start = (len(inside), last - first + 1), hits[first][0]
    return best_start


def _bounds(text: str, start: int) -> tuple[int, int]:
    """Bounds of the window around a place, at spaces where there are any near."""
    if start > _LEAD:
        space = text.find(" ", start - _LEAD, start)
        start = space + 1 if space >= 0 else start
    else:
        start = 0
    end = start + LENGTH
    if end >= len(text):
        return start, len(text)
    space = text.rfind(" ", end - 40, end)
    return start, space if space > start else end


def word_places(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of each word."""
    position = 0
    for raw in segment(text):
        start = text.index(raw, position)
        position = start + len(raw)
        yield start, position, raw
