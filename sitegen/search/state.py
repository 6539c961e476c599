"""What an update must know beyond the published files: counts that no file holds.

The state is a function of the content, like the index itself; where it is kept is the caller's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np

from sitegen.digest import value_digest
from sitegen.search.analysis import base_language
from sitegen.search.build import SearchPlan
from sitegen.search.lexicon import AliasTable, Tag
from sitegen.search.postings import total_length


class TermRow(msgspec.Struct):
    """A term of the archive."""

    count: int
    """Documents that hold it."""
    forms: dict[str, tuple[int, int]]
    """Surface forms with their occurrences, and those in titles."""


class Totals(msgspec.Struct):
    """Sums over all documents."""

    documents: int
    length: int
    """Words, those of titles counted `TITLE_BOOST` times."""
    languages: dict[str, int]
    """Documents by base language."""
    pairs: dict[int, int]
    """Documents of the usual pairs of words, by fingerprint."""
    changes: int
    """Documents that came, went or changed since these were counted anew."""
    aliases: str
    """Digest of the editors' other names."""


class SearchState(Protocol):
    """The state, open for one update."""

    def totals(self) -> Totals:
        """Sums over all documents."""

    def save_totals(self, totals: Totals) -> None:
        """Replace them."""

    def terms(self, terms: Iterable[str]) -> dict[str, TermRow]:
        """Those of some terms that the archive has."""

    def save_terms(self, rows: Mapping[str, TermRow]) -> None:
        """Replace terms; one without documents goes."""

    def tags(self, tags: Iterable[Tag]) -> dict[Tag, int]:
        """Documents of those of some tags that the archive has."""

    def save_tags(self, counts: Mapping[Tag, int]) -> None:
        """Replace counts of tags; one without documents goes."""

    def top_tags(self, kind: str, limit: int) -> list[tuple[int, Tag]]:
        """Most frequent tags of a kind, or with an empty kind of all that have a slug, by count, then tag."""

    def names(self, low: bytes, high: bytes | None, limit: int) -> list[tuple[int, Tag]]:
        """Tags with a slug and a word (as `utf16`) from `low` to below `high`, by `bit_length` of count, then tag."""

    def documents(self, low: int, high: int) -> dict[int, tuple[str, int]]:
        """Id and day of the documents whose numbers lie in an interval, ascending."""

    def move_documents(self, gone: Iterable[int], come: Mapping[int, tuple[str, int]]) -> None:
        """Take numbers away, then give numbers to documents."""


def counted_tag(tag: Tag) -> bool:
    """Whether the state counts a tag: entities and sources."""
    return bool(tag[1]) or tag[0] == "source"


def alias_digest(aliases: AliasTable) -> str:
    """Digest of the editors' other names."""
    return value_digest(sorted((kind, slug, tuple(names)) for (kind, slug), names in aliases.items() if names))


def plan_totals(plan: SearchPlan) -> Totals:
    """The sums of a planned index."""
    languages = Counter(base_language(document.language) for document in plan.corpus.documents)
    return Totals(
        documents=len(plan.corpus.documents),
        length=total_length(plan.corpus.title, plan.corpus.body),
        languages=dict(languages),
        pairs=plan.sequences.tracked,
        changes=0,
        aliases=alias_digest(plan.aliases),
    )


def plan_terms(plan: SearchPlan) -> Iterator[tuple[str, TermRow]]:
    """The terms of a planned index."""
    vocabulary, frequencies = plan.vocabulary, plan.inverted.frequencies.tolist()
    occurrences, in_titles = plan.occurrences.tolist(), plan.title_occurrences.tolist()
    order = np.argsort(vocabulary.term_of, kind="stable")
    starts = np.searchsorted(vocabulary.term_of[order], np.arange(len(vocabulary.terms) + 1)).tolist()
    members = order.tolist()
    words: Sequence[str] = vocabulary.words
    for index, term in enumerate(vocabulary.terms):
        own = members[starts[index] : starts[index + 1]]
        yield term, TermRow(frequencies[index], {words[w]: (occurrences[w], in_titles[w]) for w in own})


def plan_tags(plan: SearchPlan) -> Iterator[tuple[Tag, int]]:
    """The tags of a planned index that the state counts."""
    return ((tag, count) for tag, count in plan.fields.counts.items() if counted_tag(tag))


def plan_documents(plan: SearchPlan) -> Iterator[tuple[int, str, int]]:
    """Number, id and day of each document of a planned index."""
    calendar = plan.calendar
    for number, index, day in zip(calendar.numbers.tolist(), calendar.order.tolist(), calendar.days, strict=True):
        yield number, plan.corpus.documents[index].id, day
