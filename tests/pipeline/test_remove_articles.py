"""Taking articles out: found by any name, kept out for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, codes, page

from sitegen.errors import StorageError, UsageError
from sitegen.pipeline.remove_articles import find_articles, remove_articles
from sitegen.store.ledger import read_removed

MakeArchive = Callable[..., Archive]

TEXT = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."


def test_an_article_is_found_by_id_address_or_path(archive: MakeArchive) -> None:
    """All ways to name an article mean the same; the same name twice is one article."""
    made = archive(page("1969/07/x", id="some-id", permalink="/1969/07/landing/"))
    path = made.root / "content/articles/1969/07/x.md"
    names = ["some-id", "/1969/07/landing/", "1969/07/landing", "content/articles/1969/07/x.md", str(path)]
    found = find_articles(made.tree, [*names, "some-id"])
    assert {removal.id for removal in found} == {"some-id"}
    assert {removal.page for removal in found} == {"content/articles/1969/07/x.md"}


def test_an_unknown_article_is_named(archive: MakeArchive) -> None:
    """A name that fits nothing is wrong usage, and nothing is removed."""
    made = archive(page("1969/07/x", id="some-id"))
    with pytest.raises(UsageError, match="nonsense"):
        find_articles(made.tree, ["some-id", "nonsense"])
    assert made.pages() == ["1969/07/x.md"]


def test_removing_leaves_a_tombstone_with_its_reason(archive: MakeArchive) -> None:
    """The list of removals names the source, title and reason, and keeps what people wrote in it."""
    made = archive({"content/raw/a.txt": TEXT, "content/removed.yaml": "# our own words\n- id: 'old'"})
    made.ingest()
    (removal,) = find_articles(made.tree, [f"content/articles/{made.pages()[0]}"])
    remove_articles(made.tree, [removal], "a: reason # with signs")
    remove_articles(made.tree, [removal], "again")
    stones = read_removed(made.root / "content")
    assert set(stones) == {"old", removal.id}
    assert stones[removal.id].reason == "a: reason # with signs"
    assert stones[removal.id].source == "content/raw/a.txt"
    assert made.text("content/removed.yaml").startswith("# our own words\n- id: 'old'\n")
    assert made.pages() == []


def test_a_page_already_deleted_can_still_be_removed(archive: MakeArchive) -> None:
    """The ledger knows the article; its tombstone silences ingest."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()
    (page_file,) = made.page_files()
    (removal,) = find_articles(made.tree, [f"content/articles/{made.pages()[0]}"])
    page_file.unlink()
    remove_articles(made.tree, find_articles(made.tree, [removal.id]), "")
    report = made.ingest()
    assert (report.removed, codes(report.problems)) == (1, [])


def test_a_page_with_broken_front_matter_can_be_removed_for_good(archive: MakeArchive) -> None:
    """Its id is known from the ledger, so that ingest does not ask about it again."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()
    (page_file,) = made.page_files()
    page_file.write_text("---\ntitle: [broken\n---\n", encoding="utf-8")
    remove_articles(made.tree, find_articles(made.tree, [f"content/articles/{made.pages()[0]}"]), "")
    report = made.ingest()
    assert (report.removed, codes(report.problems)) == (1, [])


def test_a_page_that_cannot_be_deleted_is_told(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tombstone stands; the message names the page."""
    made = archive(page("1969/07/x", id="some-id"))
    removals = find_articles(made.tree, ["some-id"])
    original = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.name == "x.md":
            raise PermissionError(13, "Permission denied")
        original(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StorageError, match=r"x\.md"):
        remove_articles(made.tree, removals, "")
    assert "some-id" in read_removed(made.root / "content")
