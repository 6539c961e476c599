"""Answers to queries from one opened generation of the index; writing the index does not need it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from sitegen.store.whoosh.evaluate import Evaluator, Matches
from sitegen.store.whoosh.query import Terms, parse_query
from sitegen.store.whoosh.snapshot import Snapshot
from sitegen.store.whoosh.snippet import Snippets
from sitegen.store.whoosh.suggest import suggest


class Hit(msgspec.Struct, frozen=True):
    """An article that matches."""

    id: str
    url: str
    title: str
    date: str
    score: float
    snippet: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    """Start and end of the query's words in `snippet`, in code points."""


class SearchResults(msgspec.Struct, frozen=True):
    """Answer to a query."""

    query: str
    total: int
    """Articles that match, shown or not."""
    best: int
    """Those among them that hold the most of the query's words."""
    hits: tuple[Hit, ...]
    suggestion: str | None
    """The query with misspelt words put right, where there are any."""


class Found(msgspec.Struct, frozen=True):
    """Answer to a query, excerpts still to be cut."""

    query: str
    total: int
    best: int
    hits: list[tuple[Hit, str]]
    """Each with the language of its text."""
    terms: set[str]
    suggestion: str | None

    def with_excerpts(self, text_of: Callable[[str], str]) -> SearchResults:
        """The whole answer; `text_of` gives the plain text of an article by id."""
        snippets = Snippets(self.terms)
        cut = [snippets.cut(text_of(hit.id), language) for hit, language in self.hits]
        hits = [
            msgspec.structs.replace(hit, snippet=snippet.text, marks=snippet.marks)
            for (hit, _), snippet in zip(self.hits, cut, strict=True)
        ]
        return SearchResults(self.query, self.total, self.best, tuple(hits), self.suggestion)


def find(snapshot: Snapshot, query: str, limit: int) -> Found:
    """The best matches, by score, then newest first, then by id; no query is an error."""
    evaluator = Evaluator(snapshot)
    matches = evaluator.evaluate(parse_query(query, Terms(snapshot.languages, snapshot.terms_of)))
    covered = evaluator.covered[matches.mask]
    hits = []
    for number in _ranking(snapshot, matches, limit):
        card = snapshot.stored(number)
        hit = Hit(card.id, card.url, card.title, card.date, float(matches.scores[number]))
        hits.append((hit, snapshot.language_of(number)))
    return Found(
        query=query,
        total=len(covered),
        best=int(np.count_nonzero(covered == covered.max(initial=0))),
        hits=hits,
        terms=evaluator.terms,
        suggestion=suggest(snapshot, query),
    )


def _ranking(snapshot: Snapshot, matches: Matches, limit: int) -> list[int]:
    """Document numbers of the best matches: by score, then newest first, then by id."""
    found = np.flatnonzero(matches.mask)
    if limit <= 0 or not len(found):
        return []
    scores, dates = matches.scores[found], snapshot.dates[found]
    order = np.lexsort((-dates, -scores))
    scores, dates, found = scores[order], dates[order], found[order]
    # Ids decide among equals only: they are looked up as far as equals of the last place reach.
    last = min(limit, len(found)) - 1
    equal = (scores[last:] == scores[last]) & (dates[last:] == dates[last])
    end = last + (len(equal) if equal.all() else int(np.argmin(equal)))
    rows = zip((-scores[:end]).tolist(), (-dates[:end]).tolist(), found[:end].tolist(), strict=True)
    ranked = sorted((s, d, snapshot.id_of(number), number) for s, d, number in rows)
    return [number for _, _, _, number in ranked][:limit]
