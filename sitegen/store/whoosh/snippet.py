"""The excerpt of a hit: the stretch of its text that holds most of the query's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

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


def make_snippet(text: str, terms: Collection[str], language: str) -> Snippet:
    """Cut the best excerpt from a text.

    Args:
        text: plain text, paragraphs separated by newlines.
        terms: index terms to mark.
        language: of the text, BCP 47.
    """
    text = text[:_READ].translate({10: " ", 13: " ", 9: " "})
    hits = list(_hits(text, frozenset(terms), language))
    start = _best_start(hits)
    start, end = _cut(text, start)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    marks = tuple((a + shift, b + shift) for a, b, _ in hits if a >= start and b <= end)
    return Snippet(before + text[start:end] + after, marks)


def _hits(text: str, terms: frozenset[str], language: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and index term of each word of the query, ascending."""
    if not terms:
        return
    analyzer = Analyzer()
    known: dict[str, str] = {}
    position = 0
    for raw in segment(text):
        start = text.index(raw, position)
        position = start + len(raw)
        term = known.get(raw)
        if term is None:
            ids = analyzer.analyse(raw, language)
            term = known[raw] = next((analyzer.terms[id_] for id_ in ids if analyzer.terms[id_] in terms), "")
        if not term:
            continue
        pairs = split_pairs(raw)
        if len(pairs) == 1:
            yield start, position, term
        else:
            yield from _pair_hits(raw, start, pairs, terms)


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


def _cut(text: str, start: int) -> tuple[int, int]:
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


def word_places(text: str, accept: Callable[[int, int], bool]) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of each word that `accept(start, end)` lets pass."""
    position = 0
    for raw in segment(text):
        start = text.index(raw, position)
        position = start + len(raw)
        if accept(start, position):
            yield start, position, raw
