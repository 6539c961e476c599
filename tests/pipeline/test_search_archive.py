"""Answers from the full-text index, whatever state the cache is in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from archive_support import Archive, page

from sitegen.errors import ContentError
from sitegen.pipeline.search_archive import search_archive

MakeArchive = Callable[..., Archive]


def test_search_says_when_there_is_no_index(archive: MakeArchive) -> None:
    """Before the first build the message says what to run."""
    with pytest.raises(ContentError, match="no full-text index") as caught:
        search_archive(archive().tree, "x", 5)
    assert "sitegen build" in caught.value.problem.hint


def test_a_hit_stands_without_its_excerpt_when_the_cache_is_lost(archive: MakeArchive) -> None:
    """Damaged packs cost the excerpt, not the hit."""
    made = archive(page("1969/07/x", "Landing", "Words about dust."))
    made.build()
    assert "dust" in search_archive(made.tree, "dust", 5).hits[0].snippet
    for path in (made.root / ".sitegen/packs").rglob("bodies.bin"):
        path.write_bytes(b"")
    results = search_archive(made.tree, "dust", 5)
    assert [hit.title for hit in results.hits] == ["Landing"]
    assert results.hits[0].snippet == ""


@pytest.mark.parametrize("damage", [b"rubbish" * 1000, None])
def test_search_changes_nothing_in_the_cache(archive: MakeArchive, damage: bytes | None) -> None:
    """Search leaves even a damaged or missing cache to the next build, and answers all the same."""
    made = archive(page("1969/07/x", "Landing", "Words about dust."))
    made.build()
    cache = made.root / ".sitegen/cache.db"
    if damage is None:
        cache.unlink()
    else:
        cache.write_bytes(damage)
    assert [hit.title for hit in search_archive(made.tree, "dust", 5).hits] == ["Landing"]
    assert (cache.read_bytes() if damage else cache.exists()) == (damage or False)
