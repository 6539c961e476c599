"""Bring together what both search indexes are built from: documents in date order and the words workers analysed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sitegen.model import Card
from sitegen.plan.library import Library
from sitegen.search.changes import ArticleText
from sitegen.search.corpus import VocabularyPart, merge_vocabularies
from sitegen.search.documents import Ragged, SearchCorpus, SearchDocument
from sitegen.store.packs import PackReader, Place

PlaceOf = Callable[[int], Place]
"""Where the words and the text of the article at a position lie."""


def search_documents(library: Library, positions: Sequence[int]) -> list[SearchDocument]:
    """Articles by position, as search sees them."""
    # One triple an entity, shared by all articles that name it.
    triples: dict[int, tuple[str, str, str]] = {}

    def triple(number: int) -> tuple[str, str, str]:
        found = triples.get(number)
        if found is None:
            group = library.entities[number]
            found = triples[number] = (group.kind, group.slug, group.name)
        return found

    return [
        _document(library.cards[position], tuple([triple(number) for number in library.named[position]]))
        for position in positions
    ]


def article_text(library: Library, position: int, place: Place, packs: PackReader) -> ArticleText:
    """One article with its words, as an update of the browser's index takes it.

    Raises:
        DamagedCacheError: its pack cannot be read.
    """
    words, terms, title = packs.article_words(place)
    [document] = search_documents(library, [position])
    return ArticleText(document, words[:title], terms[:title], words[title:], terms[title:], packs.text(place))


def _document(card: Card, entities: tuple[tuple[str, str, str], ...]) -> SearchDocument:
    return SearchDocument(
        id=card.id,
        url=card.permalink.lstrip("/"),
        title=card.title,
        date=card.date,
        source=card.source_name,
        language=card.language,
        authors=card.authors,
        entities=entities,
        topics=card.topics,
        words=card.words,
    )


def search_corpus(
    library: Library, place_of: PlaceOf, packs: PackReader, positions: Sequence[int] | None = None
) -> SearchCorpus:
    """The corpus of all listed articles, or of those at `positions` (ascending).

    Args:
        library: the articles.
        place_of: where each article's words and text lie.
        packs: the packs they lie in.
        positions: which articles.

    Raises:
        DamagedCacheError: a pack cannot be read.
    """
    chosen = range(len(library.cards)) if positions is None else positions
    by_pack: dict[str, list[tuple[int, Place]]] = {}
    for index, position in enumerate(chosen):
        place = place_of(position)
        by_pack.setdefault(place.pack, []).append((index, place))
    parts: list[VocabularyPart] = []
    order: list[int] = []
    for pack in sorted(by_pack):
        words, terms = packs.vocabulary(pack)
        ids = packs.words(pack)
        here = [place for _, place in by_pack[pack]]
        first = np.array([place.first_word for place in here], dtype=np.int64)
        title = np.array([place.title_words for place in here], dtype=np.int64)
        body = np.array([place.body_words for place in here], dtype=np.int64)
        parts.append(VocabularyPart(words, terms, _rows(ids, first, title), _rows(ids, first + title, body)))
        order += [index for index, _ in by_pack[pack]]
    rank = np.argsort(np.array(order, dtype=np.int64), kind="stable")
    merged = merge_vocabularies(parts, rank)
    return SearchCorpus(
        documents=search_documents(library, chosen),
        words=merged.words,
        terms=merged.terms,
        title=merged.title,
        body=merged.body,
        text=lambda index: packs.text(place_of(chosen[index])),
    )


def _rows(ids: NDArray[np.uint32], first: NDArray[np.int64], lengths: NDArray[np.int64]) -> Ragged:
    """Copy one run of word ids for each document, one after the other."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    values = np.empty(int(starts[-1]), dtype=np.uint32)
    # Slice by slice: an index of every word would take four times the memory of the words.
    for at, begin, length in zip(starts.tolist(), first.tolist(), lengths.tolist(), strict=False):
        values[at : at + length] = ids[begin : begin + length]
    return Ragged(values, starts)
