"""Answer queries from the full-text index on this machine."""

from __future__ import annotations

from sitegen.errors import ContentError
from sitegen.store.cache import CacheReader
from sitegen.store.packs import DamagedCacheError, PackReader
from sitegen.store.source_tree import SourceTree
from sitegen.store.whoosh.find import SearchResults
from sitegen.store.whoosh_index import WhooshIndex


class ArchiveSearch:
    """The index of one archive, kept open between queries. May be used from several threads."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._index = WhooshIndex(tree.state / "whoosh")

    def search(self, query: str, limit: int) -> SearchResults:
        """The best hits for a query, with excerpts, as of the last build.

        Raises:
            ContentError: there is no index yet.
            StorageError: it is damaged.
        """
        if not self._index.is_healthy():
            raise ContentError(
                "there is no full-text index here yet",
                path=str(self._tree.root),
                hint="run `sitegen build`",
                code="no-index",
            )
        cache = CacheReader(self._tree.state)
        try:
            with PackReader(cache.packs) as packs:

                def text_of(id_: str) -> str:
                    page = cache.page(id_)
                    try:
                        return packs.text(page.place) if page else ""
                    except DamagedCacheError:
                        return ""  # The hit stands without an excerpt; the next build mends the cache.

                return self._index.search(query, limit, text_of)
        finally:
            cache.close()

    def close(self) -> None:
        """Close the index's files."""
        self._index.close()


def search_archive(tree: SourceTree, query: str, limit: int) -> SearchResults:
    """Answer one query, as `ArchiveSearch.search`."""
    tree.load_config()
    searching = ArchiveSearch(tree)
    try:
        return searching.search(query, limit)
    finally:
        searching.close()
