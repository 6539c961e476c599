"""What changed articles change in the lists: which numbers go from where, and which come with which code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import SearchDocument
from sitegen.search.layout import Layout
from sitegen.search.lexicon import AliasTable, Tag, field_keys, tags_of
from sitegen.search.lists import NO_CODE
from sitegen.search.phrases import body_pairs, document_elements, word_hashes
from sitegen.search.postings import TITLE_BOOST, document_codes


class RebuildNeeded(Exception):  # noqa: N818 - no error: the full road is open
    """An update would have to change too much, or the state does not fit the files."""


class ArticleText(msgspec.Struct, frozen=True):
    """An article with its analysed words; words and terms are parallel, in text order."""

    document: SearchDocument
    title_words: Sequence[str]
    title_terms: Sequence[str]
    body_words: Sequence[str]
    body_terms: Sequence[str]
    text: str
    """Plain text, at least as much as a snippet needs."""

    @property
    def length(self) -> int:
        """Words, those of the title counted `TITLE_BOOST` times."""
        return TITLE_BOOST * len(self.title_words) + len(self.body_words)


class Change(msgspec.Struct, frozen=True):
    """One article before and after; None where it was not or is no longer."""

    old: ArticleText | None
    new: ArticleText | None


class Numbered(msgspec.Struct, frozen=True):
    """An article with its number."""

    number: int
    article: ArticleText


class NumberedChange(msgspec.Struct, frozen=True):
    """A change that knows the numbers."""

    old: Numbered | None
    new: Numbered | None


class ListChange(msgspec.Struct):
    """What changes in one list."""

    coded: bool
    gone: set[int]
    come: dict[int, int]
    """Code by number."""


class WordChange(msgspec.Struct):
    """What changes in the counts of a term."""

    count: int = 0
    """Documents more or less."""
    forms: dict[str, list[int]] = {}
    """Occurrences more or less of each surface form, in all and in titles."""


def list_changes(
    changes: Sequence[NumberedChange], average: int, aliases: AliasTable
) -> tuple[dict[str, ListChange], dict[str, WordChange], dict[Tag, int]]:
    """Collect what changes in the lists of words and fields, in the counts of terms, and in those of tags."""
    lists: dict[str, ListChange] = {}
    words: dict[str, WordChange] = {}
    tags: dict[Tag, int] = {}
    for change in changes:
        postings: list[dict[str, tuple[int, int]]] = []
        for side, sign in ((change.old, -1), (change.new, 1)):
            found: dict[str, tuple[int, int]] = {}
            postings.append(found)
            if side is None:
                continue
            article = side.article
            codes = document_codes(article.title_terms, article.body_terms, average)
            for term, code in codes.items():
                found[term] = (side.number, code)
                words.setdefault(term, WordChange()).count += sign
            in_title = Counter(zip(article.title_words, article.title_terms, strict=True))
            everywhere = in_title + Counter(zip(article.body_words, article.body_terms, strict=True))
            for (word, term), count in everywhere.items():
                sums = words[term].forms.setdefault(word, [0, 0])
                sums[0] += sign * count
                sums[1] += sign * in_title[word, term]
            for tag in tags_of(article.document):
                tags[tag] = tags.get(tag, 0) + sign
                for key in field_keys(tag, aliases):
                    found[key] = (side.number, NO_CODE)
        before, after = postings
        for key in before.keys() | after.keys():
            if before.get(key) == after.get(key):
                continue
            coded = (before.get(key) or after[key])[1] != NO_CODE
            entry = lists.setdefault(key, ListChange(coded, set(), {}))
            if key in before:
                entry.gone.add(before[key][0])
            if key in after:
                entry.come[after[key][0]] = after[key][1]
    return lists, words, tags


class SequenceChanges(msgspec.Struct, frozen=True):
    """What changes in the phrase files."""

    gone: NDArray[np.uint64]
    """Elements, see `phrases`; ascending."""
    come: NDArray[np.uint64]
    pairs: Counter[int]
    """Documents more or less of each pair in bodies, by fingerprint."""


def sequence_changes(
    changes: Sequence[NumberedChange], frequent: NDArray[np.uint64], layout: Layout
) -> SequenceChanges:
    """Collect what changes in the phrase files."""
    none = np.empty(0, dtype=np.uint64)
    gone, come = [none], [none]
    pairs: Counter[int] = Counter()
    for change in changes:
        sides: list[NDArray[np.uint64]] = []
        for side, sign in ((change.old, -1), (change.new, 1)):
            if side is None:
                sides.append(none)
                continue
            title, body = (word_hashes(words) for words in (side.article.title_words, side.article.body_words))
            sides.append(document_elements(title, body, side.number, frequent, layout))
            if layout.many:
                for pair in body_pairs(body).tolist():
                    pairs[pair] += sign
        gone.append(np.setdiff1d(sides[0], sides[1], assume_unique=True))
        come.append(np.setdiff1d(sides[1], sides[0], assume_unique=True))
    return SequenceChanges(np.sort(np.concatenate(gone)), np.concatenate(come), pairs)


Element = TypeVar("Element", np.int64, np.uint64)


def places_of(elements: NDArray[Element], wanted: NDArray[Element]) -> NDArray[np.int64]:
    """Where some elements stand among ascending ones.

    Raises:
        RebuildNeeded: one is not there.
    """
    places = np.searchsorted(elements, wanted)
    if len(wanted) and (places[-1] >= len(elements) or not np.array_equal(elements[places], wanted)):
        raise RebuildNeeded("a list lacks a document")
    return places


def added_up(counts: Iterable[tuple[str, int]], before: dict[str, int]) -> dict[str, int]:
    """Counts with some more or less; those that come to nothing are left out."""
    sums = Counter(before)
    for key, count in counts:
        sums[key] += count
    if any(count < 0 for count in sums.values()):
        raise RebuildNeeded("counts do not fit")
    return {key: count for key, count in sums.items() if count}
