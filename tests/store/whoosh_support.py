"""Small archives for the tests of the full-text index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from sitegen.digest import value_digest
from sitegen.search.analysis import Analyzer
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchCorpus, SearchDocument
from sitegen.store.whoosh.find import SearchResults
from sitegen.store.whoosh_index import WhooshIndex


class Page(msgspec.Struct, frozen=True):
    """An article of a test."""

    id: str
    body: str = ""
    title: str = ""
    date: str = ""
    language: str = "en"
    authors: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    ships: tuple[str, ...] = ()
    source: str = ""
    topics: tuple[str, ...] = ()


def corpus_of(pages: Iterable[Page]) -> SearchCorpus:
    """The corpus of some articles, in the order of (date, id)."""
    ordered = sorted(pages, key=lambda page: (page.date, page.id))
    analyzer = Analyzer()
    titles = [analyzer.analyse(page.title, page.language) for page in ordered]
    bodies = [analyzer.analyse(page.body, page.language) for page in ordered]
    part = VocabularyPart(analyzer.words, analyzer.terms, ragged(titles), ragged(bodies))
    merged = merge_vocabularies([part], np.arange(len(ordered)))
    documents = [_document(page) for page in ordered]
    return SearchCorpus(
        documents, merged.words, merged.terms, merged.title, merged.body, lambda number: ordered[number].body
    )


def _document(page: Page) -> SearchDocument:
    kinds = {"person": page.people, "organization": page.organizations, "place": page.places, "ship": page.ships}
    entities = tuple((kind, name.lower(), name) for kind, names in kinds.items() for name in names)
    return SearchDocument(
        page.id,
        f"{page.id}/",
        page.title,
        page.date,
        page.source,
        page.language,
        page.authors,
        entities,
        page.topics,
        0,
    )


def digests_of(pages: Iterable[Page]) -> dict[str, str]:
    """What the index knows the articles by."""
    return {page.id: value_digest(page) for page in pages}


def built(folder: Path, pages: Sequence[Page], jobs: int = 1) -> WhooshIndex:
    """An index of some articles, built afresh."""
    index = WhooshIndex(folder)
    index.rebuild(corpus_of(pages), digests_of(pages), jobs)
    return index


def brought_up_to_date(index: WhooshIndex, pages: Mapping[str, Page]) -> None:
    """Do what the pipeline does."""
    digests = digests_of(pages.values())
    needs = index.needs(digests)
    if needs.rebuild:
        index.rebuild(corpus_of(pages.values()), digests)
    else:
        index.update(corpus_of([pages[id_] for id_ in needs.changed]), digests, needs.removed)


def find(index: WhooshIndex, query: str, pages: Iterable[Page] = (), limit: int = 1000) -> SearchResults:
    """Search with the articles' own texts."""
    texts = {page.id: page.body for page in pages}
    return index.search(query, limit, lambda id_: texts.get(id_, ""))


def ids(index: WhooshIndex, query: str) -> list[str]:
    """Ids of the articles found, in order."""
    return [hit.id for hit in find(index, query).hits]
