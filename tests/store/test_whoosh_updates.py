"""An index that grew by updates against one that was built afresh."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh_support import Page, brought_up_to_date, built, corpus_of, digests_of, find, ids

from sitegen.errors import StorageError
from sitegen.store import whoosh_index
from sitegen.store.whoosh.find import SearchResults

WORDS = ("moon", "moons", "landing", "land", "landed", "orbit", "mond", "Mondes", "naïve", "月面", "着陸")
QUERIES = (
    "moon",
    "moon landing",
    "orbit -moon",
    "land*",
    "landings*",
    "m*d",
    "*:*",
    '"moon landing"',
    "person:armstrong",
    "year:1969",
    "before:1970 landing",
    "title:orbit moon",
    "lamding",
    "月面",
    "[l to n]",
)
texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
articles = st.builds(
    Page,
    id=st.sampled_from("abcdefgh"),
    body=texts,
    title=texts,
    date=st.sampled_from(("", "1969", "1969-07", "1969-07-20", "1970-04-11")),
    language=st.sampled_from(("en", "de", "ja")),
    people=st.sampled_from(((), ("Neil Armstrong",), ("Neil Armstrong", "Buzz Aldrin"))),
)
changes = st.lists(st.lists(st.tuples(st.booleans(), articles), min_size=1, max_size=4), max_size=6)


@settings(max_examples=40, deadline=None)
@given(
    first=st.lists(articles, max_size=6),
    batches=changes,
    merged=st.sampled_from((0, 20, 50_000)),
    ways=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_updates_answer_as_a_fresh_index(first, batches, merged, ways):
    """After any additions, edits and removals, however told: same hits, same order, same scores, same suggestions."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(whoosh_index, "_MERGED_WORDS", merged)
        patch.setattr(whoosh_index, "_UNMERGED", 2)
        pages = {page.id: page for page in first}
        with built(Path(folder) / "grown", list(pages.values())) as grown:
            for batch, known in zip(batches, ways, strict=False):
                for remove, page in batch:
                    pages.pop(page.id, None)
                    if not remove:
                        pages[page.id] = page
                digests = digests_of(pages.values())
                needs = grown.needs(digests)
                changed = corpus_of([pages[id_] for id_ in needs.changed])
                assert (grown.apply if known else grown.update)(changed, digests, needs.removed) in (True, None)
                if batch[0][0]:  # A search in between keeps files open.
                    find(grown, "moon")
            final = list(pages.values())
            with built(Path(folder) / "fresh", final) as fresh:
                assert grown.state() == fresh.state() == grown.state_of(digests_of(final))
                for query in QUERIES:
                    assert find(grown, query, final) == find(fresh, query, final), query


def test_needs_names_what_changed(tmp_path):
    """New and changed articles, removed articles, and nothing once they are in."""
    pages = {id_: Page(id_, f"text of {id_}") for id_ in "abc"}
    with built(tmp_path, list(pages.values())) as index:
        assert index.needs(digests_of(pages.values())) == whoosh_index.Needs(rebuild=False)
        pages["b"] = Page("b", "another text")
        pages["d"] = Page("d", "new")
        del pages["a"]
        needs = index.needs(digests_of(pages.values()))
        assert needs == whoosh_index.Needs(rebuild=False, changed=("b", "d"), removed=("a",))
        brought_up_to_date(index, pages)
        assert index.needs(digests_of(pages.values())) == whoosh_index.Needs(rebuild=False)
        assert ids(index, "text") == ["b", "c"]


def test_a_missing_index_is_rebuilt(tmp_path):
    """Where there is nothing, or nothing usable, needs asks for a rebuild and state says so."""
    with whoosh_index.WhooshIndex(tmp_path / "none") as index:
        assert index.needs({}).rebuild
        assert index.state() is None
        assert not index.is_healthy()


def test_large_changes_are_rebuilt(tmp_path, monkeypatch):
    """When much has changed or much is deleted, building afresh is asked for."""
    monkeypatch.setattr(whoosh_index, "_SMALL_ARCHIVE", 4)
    monkeypatch.setattr(whoosh_index, "_MERGED_WORDS", 4)
    pages = {str(number): Page(str(number), "word") for number in range(20)}
    with built(tmp_path, list(pages.values())) as index:
        for id_ in ("1", "2", "3"):
            pages[id_] = Page(id_, "changed")
        assert not index.needs(digests_of(pages.values())).rebuild
        brought_up_to_date(index, pages)
        for id_ in ("4", "5", "6"):
            pages[id_] = Page(id_, "changed")
        assert index.needs(digests_of(pages.values())).rebuild
        brought_up_to_date(index, pages)
        assert ids(index, "changed") == ["1", "2", "3", "4", "5", "6"]
        assert not index.needs(digests_of(pages.values())).rebuild
        monkeypatch.setattr(whoosh_index, "_MOST_SMALL_SEGMENTS", 0)
        pages["7"] = Page("7", "changed")
        assert index.needs(digests_of(pages.values())).rebuild


def test_many_single_updates_keep_few_segments(tmp_path, monkeypatch):
    """Small segments are merged, so that a hundred edits leave a handful."""
    pages = {f"{number:03d}": Page(f"{number:03d}", f"word number{number}") for number in range(40)}
    monkeypatch.setattr(whoosh_index, "_ALWAYS_MERGED_WORDS", 12)
    with built(tmp_path, list(pages.values())) as index:
        for number in range(100):
            id_ = f"{number % 50:03d}"
            pages[id_] = Page(id_, f"word edit{number}")
            index.update(corpus_of([pages[id_]]), digests_of([pages[id_]]))
        assert len(index._snapshot().leaves) <= 6
        assert ids(index, "edit99") == ["049"]
        assert ids(index, "edit49") == []
        assert len(list(tmp_path.glob("*.roster"))) == len(index._snapshot().leaves)


def test_removing_everything_leaves_an_empty_index(tmp_path):
    """An archive may lose all its articles."""
    with built(tmp_path, [Page("a", "one"), Page("b", "two")]) as index:
        index.update(corpus_of([]), {}, ["a", "b", "never there"])
        assert find(index, "one") == SearchResults("one", 0, 0, (), None)
        assert ids(index, "*:*") == []
        assert index.digests() == {}


def test_updates_work_without_the_block_writer(tmp_path, monkeypatch):
    """With Whoosh's stock writer, too, an update answers as a fresh index."""
    monkeypatch.setattr(whoosh_index, "blocks_are_readable", lambda: False)
    pages = {id_: Page(id_, f"text of {id_}", date="1969", people=("Neil Armstrong",)) for id_ in "abc"}
    with built(tmp_path, list(pages.values())) as index:
        pages["b"] = Page("b", "another text")
        brought_up_to_date(index, pages)
        assert ids(index, "text") == ["b", "a", "c"]
        assert ids(index, "person:armstrong") == ["a", "c"]
        assert index.is_healthy(thorough=True)


def test_a_second_reader_sees_the_update(tmp_path):
    """An index object that is open elsewhere answers from the new generation at its next query."""
    with built(tmp_path, [Page("a", "old words")]) as index, whoosh_index.WhooshIndex(tmp_path) as other:
        assert ids(other, "old") == ["a"]
        index.update(corpus_of([Page("a", "new words")]), digests_of([Page("a", "new words")]))
        assert ids(other, "old") == []
        assert ids(other, "new") == ["a"]


def test_known_changes_of_a_damaged_index_are_refused(tmp_path):
    """Where there is no usable index, apply does nothing and says so."""
    changed = corpus_of([Page("a", "new")])
    with whoosh_index.WhooshIndex(tmp_path / "none") as index:
        assert not index.apply(changed, digests_of([Page("a", "new")]))
    with built(tmp_path / "cut", [Page("a", "old")]) as index:
        index.close()
        next((tmp_path / "cut").glob("*.pst")).write_bytes(b"")
        assert not index.apply(changed, digests_of([Page("a", "new")]))


def test_known_changes_of_an_index_that_is_mostly_dead_are_refused(tmp_path, monkeypatch):
    """When building afresh is worth while, apply leaves it to the caller."""
    monkeypatch.setattr(whoosh_index, "_SMALL_ARCHIVE", 4)
    monkeypatch.setattr(whoosh_index, "_MERGED_WORDS", 0)
    pages = {str(number): Page(str(number), "word") for number in range(20)}
    with built(tmp_path, list(pages.values())) as index:
        done = [index.apply(corpus_of([Page(id_, "new")]), digests_of([Page(id_, "new")])) for id_ in pages]
        assert done[:3] == [True] * 3
        assert not all(done)
        assert len(ids(index, "new")) == sum(done)


def test_known_changes_are_merged_now_and_then(tmp_path):
    """A hundred edits one by one leave a handful of segments, and nothing of their files."""
    pages = {f"{number:03d}": Page(f"{number:03d}", f"word number{number}") for number in range(40)}
    with built(tmp_path, list(pages.values())) as index, whoosh_index.WhooshIndex(tmp_path) as other:
        for number in range(60):
            page = Page(f"{number % 40:03d}", f"word edit{number}")
            assert index.apply(corpus_of([page]), digests_of([page]))
            assert ids(other, f"edit{number}") == [page.id]
        assert 1 < len(index._snapshot().leaves) <= whoosh_index._UNMERGED + 1
        assert len(list(tmp_path.glob("*.roster"))) == len(index._snapshot().leaves)


def test_an_update_that_fails_changes_nothing(tmp_path, monkeypatch):
    """After an error while the new segment is written, the old articles still answer."""
    with built(tmp_path, [Page("a", "old"), Page("b", "old")]) as index:
        assert ids(index, "old") == ["a", "b"]

        def refuse(*_):
            raise OSError("no space")

        monkeypatch.setattr(whoosh_index, "write_segment", refuse)
        with pytest.raises(StorageError):
            index.apply(corpus_of([Page("a", "new")]), digests_of([Page("a", "new")]))
        assert ids(index, "old") == ["a", "b"]
