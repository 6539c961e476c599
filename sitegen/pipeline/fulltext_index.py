"""Bring the local full-text index up to date: changed articles only, or all where that is quicker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sitegen.digest import value_digest
from sitegen.plan.library import Library
from sitegen.search.documents import SearchCorpus, SearchDocument
from sitegen.store.whoosh_index import WhooshIndex


def update_fulltext_index(
    index: WhooshIndex,
    library: Library,
    documents: Sequence[SearchDocument],
    corpus_of: Callable[[Sequence[int]], SearchCorpus],
    jobs: int,
) -> int:
    """Index what changed; the number of articles written.

    Args:
        index: the index in `.sitegen/whoosh`.
        library: decides the order of documents.
        documents: all listed articles as search sees them, in the library's order.
        corpus_of: the corpus of the articles at some positions.
        jobs: worker processes.

    Raises:
        LockedError: another process writes the index.
        StorageError: the disk refused.
    """
    digests = _digests(library, documents, range(len(documents)))
    needs = index.needs(digests)
    if needs.rebuild:
        index.rebuild(corpus_of(range(len(documents))), digests, jobs)
        return len(documents)
    if needs.changed or needs.removed:
        changed = set(needs.changed)
        positions = [number for number, document in enumerate(documents) if document.id in changed]
        index.update(corpus_of(positions), digests, needs.removed, jobs)
    return len(needs.changed)


def apply_to_fulltext_index(
    index: WhooshIndex, library: Library, changed: SearchCorpus, positions: Sequence[int], removed: Sequence[str]
) -> bool:
    """Index some articles of an index that is else up to date; False where all have to be looked at.

    Args:
        index: the index in `.sitegen/whoosh`.
        library: the articles.
        changed: the articles at `positions`: new and changed ones.
        positions: ascending.
        removed: ids of articles that are no more.

    Raises:
        LockedError: another process writes the index.
        StorageError: the disk refused.
    """
    return index.apply(changed, _digests(library, changed.documents, positions), removed)


def _digests(library: Library, documents: Sequence[SearchDocument], positions: Sequence[int]) -> dict[str, str]:
    """What the index knows each article by: a digest of all that it takes from it."""
    return {
        document.id: value_digest(document, library.cards[position].body_digest)
        for document, position in zip(documents, positions, strict=True)
    }
