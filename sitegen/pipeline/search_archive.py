"""Answer a query from the full-text index on this machine."""

from __future__ import annotations

from sitegen.errors import ContentError
from sitegen.store.cache import CacheReader
from sitegen.store.packs import DamagedCacheError, PackReader
from sitegen.store.source_tree import SourceTree
from sitegen.store.whoosh_index import SearchResults, WhooshIndex


def search_archive(tree: SourceTree, query: str, limit: int) -> SearchResults:
    """The best hits for a query, with excerpts.

    Raises:
        ContentError: there is no index yet, or it is damaged.
    """
    tree.load_config()
    index = WhooshIndex(tree.state / "whoosh")
    if not index.is_healthy():
        raise ContentError(
            "there is no full-text index here yet", path=str(tree.root), hint="run `sitegen build`", code="no-index"
        )
    cache = CacheReader(tree.state)
    try:
        with PackReader(cache.packs) as packs:

            def text_of(id_: str) -> str:
                page = cache.page(id_)
                try:
                    return packs.text(page.place) if page else ""
                except DamagedCacheError:
                    return ""  # The hit stands without an excerpt; the next build mends the cache.

            return index.search(query, limit, text_of)
    finally:
        cache.close()
