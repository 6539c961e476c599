"""Ingest of single files, again and again: as `sitegen ingest` of all would do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sitegen.errors import LockedError
from sitegen.pipeline.ingest_articles import IngestOptions, ingest_articles
from sitegen.pipeline.live_ingest import LiveIngest
from sitegen.pipeline.new_archive import new_archive
from sitegen.pipeline.remove_articles import find_articles, remove_articles
from sitegen.pipeline.reporter import Silent
from sitegen.store.locks import hold
from sitegen.store.source_tree import SourceTree

TEXT = "date 19{year}-07-20\n\nHOUSTON, Texas — Neil Armstrong spoke of {thing} on Sunday evening, and of much else.\n"


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    new_archive(tmp_path / "archive", "Test", demo=False)
    return SourceTree(tmp_path / "archive")


@pytest.fixture
def live(tree: SourceTree) -> Iterator[LiveIngest]:
    ingest = LiveIngest(tree, Silent())
    yield ingest
    ingest.finish()


def raw(tree: SourceTree, name: str, year: int, thing: str) -> str:
    """Write a raw text; its name."""
    path = tree.content / "raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.format(year=year, thing=thing), encoding="utf-8")
    return name


def contents(tree: SourceTree) -> dict[str, bytes]:
    """Pages and ledger."""
    files = [*(tree.content / "articles").rglob("*.md"), tree.content / "ingested.tsv"]
    return {path.relative_to(tree.content).as_posix(): path.read_bytes() for path in files if path.exists()}


def test_files_one_by_one_give_the_pages_that_all_at_once_give(
    tree: SourceTree, live: LiveIngest, tmp_path: Path
) -> None:
    """New, changed, in subfolders, copies of each other: the same pages and the same ledger."""
    live.warm()
    for name, year, thing in (("a.txt", 69, "the Moon"), ("more/b.txt", 70, "Mars"), ("c.txt", 71, "the Moon")):
        report, pages = live.ingest([raw(tree, name, year, thing)])
        assert report.written == len(pages) == 1
        assert (tree.root / pages[0]).is_file()
        live.finish()
    live.ingest([raw(tree, "a.txt", 69, "Venus")])
    live.finish()
    live.save()
    other = SourceTree(tmp_path / "other")
    new_archive(other.root, "Test", demo=False)
    for name, year, thing in (("a.txt", 69, "the Moon"), ("more/b.txt", 70, "Mars"), ("c.txt", 71, "the Moon")):
        raw(other, name, year, thing)
        ingest_articles(other, IngestOptions(jobs=1), Silent())
    raw(other, "a.txt", 69, "Venus")
    ingest_articles(other, IngestOptions(jobs=1), Silent())
    assert contents(tree) == contents(other)
    assert ingest_articles(tree, IngestOptions(jobs=1), Silent()).written == 0


def test_what_changed_while_nobody_looked_is_found(tree: SourceTree) -> None:
    """At the next start only files that are new or have changed are read."""
    first = LiveIngest(tree, Silent())
    raw(tree, "a.txt", 69, "the Moon")
    raw(tree, "b.txt", 70, "Mars")
    assert first.changed_files() == ["a.txt", "b.txt"]
    first.ingest(first.changed_files())
    first.finish()
    first.save()
    assert first.changed_files() == []
    raw(tree, "b.txt", 70, "Phobos and Deimos")
    assert LiveIngest(tree, Silent()).changed_files() == ["b.txt"]
    (tree.state / "raw.msgpack").write_bytes(b"damaged")
    assert LiveIngest(tree, Silent()).changed_files() == ["a.txt", "b.txt"]


def test_what_cannot_be_read_is_passed_over(tree: SourceTree, live: LiveIngest) -> None:
    """Folders, files of other types and files that are gone again."""
    (tree.content / "raw/folder.txt").mkdir()
    (tree.content / "raw/picture.png").write_bytes(b"x")
    report, pages = live.ingest(["folder.txt", "picture.png", "gone.txt", "bad\0name.txt"])
    assert (report.articles, report.problems, pages) == (0, [], [])


def test_removed_and_deleted_articles_stay_away(tree: SourceTree, live: LiveIngest) -> None:
    """Tombstones written by another command count at once; a page deleted by hand is told and not made again."""
    _, pages = live.ingest([raw(tree, "a.txt", 69, "the Moon")])
    live.finish()
    remove_articles(tree, find_articles(tree, [pages[0]]), "")
    report, pages = live.ingest([raw(tree, "a.txt", 69, "the Moon, again")])
    live.finish()
    assert (report.removed, pages) == (1, [])
    _, pages = live.ingest([raw(tree, "b.txt", 70, "Mars")])
    live.finish()
    (tree.root / pages[0]).unlink()
    live.note_pages(pages)
    report, again = live.ingest([raw(tree, "b.txt", 70, "Mars, again")])
    live.finish()
    assert [problem.code for problem in report.problems] == ["page-deleted"]
    assert again == []


def test_pages_made_by_hand_keep_their_names(tree: SourceTree, live: LiveIngest) -> None:
    """An article whose address is taken by a page of somebody's gets another."""
    _, (first,) = live.ingest([raw(tree, "a.txt", 69, "the Moon")])
    live.finish()
    by_hand = tree.root / first.replace("/1969/", "/1970/")
    by_hand.parent.mkdir(parents=True)
    by_hand.write_text("---\ntitle: By hand\n---\nx\n", encoding="utf-8")
    live.note_pages([by_hand.relative_to(tree.root).as_posix()])
    _, (second,) = live.ingest([raw(tree, "b.txt", 70, "the Moon")])
    assert second != by_hand.relative_to(tree.root).as_posix()
    assert by_hand.read_text(encoding="utf-8").startswith("---\ntitle: By hand")


def test_the_ingest_of_another_process_is_respected(tree: SourceTree, live: LiveIngest) -> None:
    """While it works nothing is done; what it wrote is known. Ours keeps it out until the ledger is written."""
    name = raw(tree, "a.txt", 69, "the Moon")
    with hold(tree.state, "ingest", timeout=1), pytest.raises(LockedError):
        live.ingest([name])
    ingest_articles(tree, IngestOptions(jobs=1), Silent())
    report, pages = live.ingest([name])
    assert (report.kept, pages) == (1, [])
    with pytest.raises(LockedError), hold(tree.state, "ingest", timeout=0):
        pass
    live.finish()
    with hold(tree.state, "ingest", timeout=0):
        pass


def test_one_identity_in_two_files_is_told(tree: SourceTree, live: LiveIngest) -> None:
    """The file that came first keeps it; the same file may change its article."""
    for name, words in (("a.jsonl", "First words."), ("b.jsonl", "Other words.")):
        path = tree.content / "raw" / name
        path.write_text(f'{{"id": "one", "title": "T", "date": "1969-07-20", "text": "{words}"}}\n', encoding="utf-8")
        report, pages = live.ingest([name])
        live.finish()
    assert [problem.code for problem in report.problems] == ["duplicate-id"]
    assert pages == []
    path = tree.content / "raw/a.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("First", "Second"), encoding="utf-8")
    assert live.ingest(["a.jsonl"])[0].written == 1


def test_new_settings_are_taken_up(tree: SourceTree, live: LiveIngest) -> None:
    """Once told that the settings have changed, the next text is read by the new ones."""
    _, (page,) = live.ingest([raw(tree, "a.txt", 69, "the Moon")])
    live.finish()
    assert "Neil Armstrong" in (tree.root / page).read_text(encoding="utf-8").split("---")[1]
    settings = tree.root / "sitegen.toml"
    settings.write_text('title = "Test"\n[ingest]\ntagger = "none"\n', encoding="utf-8")
    live.forget()
    _, (page,) = live.ingest([raw(tree, "b.txt", 70, "Mars")])
    assert "people" not in (tree.root / page).read_text(encoding="utf-8").split("---")[1]
