"""A build killed or refused by the disk at any moment leaves the old site, or the next build finishes the new one."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

import pytest
from archive_support import Archive, differences, page, tree_bytes

from sitegen.errors import StorageError
from sitegen.store.output_tree import OutputTree

MakeArchive = Callable[..., Archive]

BEFORE = {
    **page("1969/07/a", "Stays", date="1969-07-01"),
    **page("1969/07/b", "Goes", date="1969-07-02"),
    "content/media/swap/inner.png": b"inner",
    "content/media/other": b"other",
}
AFTER = {
    **page("1969/07/a", "Stays, edited", date="1969-07-01"),
    **page("1971/01/c", "Comes", date="1971-01-01"),
    "content/media/swap": b"a file where a folder was",
    "content/media/other/inner.png": b"a folder where a file was",
}


class Killed(BaseException):
    """Stands for a kill: nothing may catch it."""


def change(archive: Archive) -> None:
    """Take the archive from BEFORE to AFTER: edits, additions, deletions, a file for a folder and the other way."""
    for path in ("articles/1969/07/b.md", "media/swap/inner.png", "media/other"):
        (archive.root / "content" / path).unlink()
    (archive.root / "content/media/swap").rmdir()
    archive.write(AFTER)


def visible(archive: Archive) -> dict[str, bytes]:
    """The site without the state folder: what a reader sees."""
    return {path: data for path, data in tree_bytes(archive.site).items() if not path.startswith(".sitegen/")}


@pytest.fixture
def good(archive: MakeArchive) -> dict[str, bytes]:
    """The site of AFTER, built from nothing, with its manifest."""
    made = archive(AFTER, name="good")
    made.build()
    return tree_bytes(made.site)


@pytest.mark.parametrize("step", [1, 2, 6, 20])
def test_a_build_killed_while_it_commits_is_finished(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes], step: int
) -> None:
    """Killed at the n-th rename: recovery leaves files of the old site and the new one, the next build the new one."""
    made = archive(BEFORE)
    made.build()
    old = visible(made)
    change(made)
    original = os.replace
    calls = 0

    def die(source: object, target: object) -> None:
        nonlocal calls
        if "/stage/" in str(source):
            calls += 1
            if calls >= step:
                raise Killed
        original(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(Killed):
        made.build()
    monkeypatch.undo()
    assert OutputTree(made.site).recover()
    # Pages come before the search index, each in a commit of its own.
    assert [path for path, data in visible(made).items() if data not in (old.get(path), good.get(path))] == []
    made.build()
    assert differences(tree_bytes(made.site), good) == []
    assert made.build().written == 0
    assert differences(tree_bytes(made.site), good) == []


@pytest.mark.parametrize("step", [1, 2, 7, 20])
def test_a_disk_that_fills_up_while_staging_leaves_whole_files(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes], step: int
) -> None:
    """Full at the n-th write: the message says so, every file is the old or the new one, the next build is right."""
    made = archive(BEFORE)
    made.build()
    old = visible(made)
    change(made)
    original = os.write
    calls = 0

    def refuse(file: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls >= step:
            original(file, bytes(data[:10]))
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(file, data)

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StorageError) as caught:
        made.build()
    monkeypatch.undo()
    assert caught.value.problem.code == "disk-full"
    assert "space" in caught.value.problem.hint
    # What was committed before, in whole files, stays.
    assert [path for path, data in visible(made).items() if data not in (old.get(path), good.get(path))] == []
    assert not (old.keys() & good.keys()) - visible(made).keys()
    made.build()
    assert differences(tree_bytes(made.site), good) == []


@pytest.mark.parametrize("step", [1, 9])
def test_a_disk_that_fills_up_while_renaming_is_finished_by_the_next_build(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes], step: int
) -> None:
    """A rename that fails half-way through the commit is told, and the next build goes on where it stopped."""
    made = archive(BEFORE)
    made.build()
    change(made)
    original = os.replace
    calls = 0

    def refuse(source: object, target: object) -> None:
        nonlocal calls
        if "/stage/" in str(source):
            calls += 1
            if calls >= step:
                raise OSError(errno.ENOSPC, "No space left on device")
        original(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError):
        made.build()
    with pytest.raises(StorageError):
        made.build()
    monkeypatch.undo()
    made.build()
    assert differences(tree_bytes(made.site), good) == []


def test_a_full_disk_stops_workers_too(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error keeps its class and message on the way out of a worker process."""
    made = archive({f"content/articles/1969/07/p{n}.md": f"Text {n}.\n" for n in range(450)})

    def refuse(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(StorageError) as caught:
        made.build(jobs=2)
    assert caught.value.problem.code == "disk-full"


def test_a_foreign_file_in_the_way_is_told_and_the_build_goes_on_once_it_is_gone(archive: MakeArchive) -> None:
    """A file where the site needs a folder is not deleted; the message names it."""
    made = archive(page("1969/07/a"))
    made.site.mkdir()
    (made.site / "1969").write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError) as caught:
        made.build()
    assert "1969" in caught.value.problem.path
    assert caught.value.problem.hint
    assert (made.site / "1969").read_text(encoding="utf-8") == "mine"
    (made.site / "1969").unlink()
    made.build()
    assert (made.site / "1969/07/a/index.html").is_file()
