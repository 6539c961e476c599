"""The archive's folder: scanning, links, safe writing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from archive_support import codes

from sitegen.errors import ConfigError, StorageError
from sitegen.store import source_tree
from sitegen.store.source_tree import FileStat, SourceTree, iter_chunks, scan_folder, write_atomically


def make(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path, encoding="utf-8")


def test_a_scan_finds_all_files_in_order_with_their_sizes(tmp_path: Path) -> None:
    """Every file, ascending by path, hidden ones aside; suffixes are compared without regard to case."""
    make(tmp_path, "b.md", "a/z.MD", "a/a.txt", ".hidden.md", ".git/x.md", "c/d/e.md")
    files, problems = scan_folder(tmp_path, (".md",))
    assert [file.path for file in files] == ["a/z.MD", "b.md", "c/d/e.md"]
    assert [file.size for file in files] == [6, 4, 8]
    assert problems == []
    assert len(scan_folder(tmp_path)[0]) == 4


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """An archive without, say, media needs no media folder."""
    assert scan_folder(tmp_path / "nothing") == ([], [])


def test_links_are_followed_once_and_only_inside(tmp_path: Path) -> None:
    """Of two links to one folder the first by name counts; loops, links out and dead links are told."""
    make(tmp_path, "top/real/x.md", "outside/y.md")
    top = tmp_path / "top"
    for name, target in {"l2": "real", "l1": "real", "loop": ".", "out": "../outside", "dead": "nothing"}.items():
        (top / name).symlink_to(target)
    (top / "real/x-link.md").symlink_to("x.md")
    os.mkfifo(top / "pipe")
    files, problems = scan_folder(top)
    assert {file.path for file in files} == {"l1/x-link.md", "l1/x.md", "real/x-link.md", "real/x.md"}
    assert codes(problems) == ["broken-link", "link-loop", "link-loop", "link-outside"]
    assert [problem.path for problem in problems] == ["dead", "l2", "loop", "out"]


def test_folders_nested_without_end_are_left(tmp_path: Path) -> None:
    """Beyond the limit the folder is named, not read."""
    make(tmp_path, "/".join(["d"] * 66) + "/x.md", "d/y.md")
    files, problems = scan_folder(tmp_path)
    assert [file.path for file in files] == ["d/y.md"]
    assert codes(problems) == ["too-deep"]


def test_a_folder_or_file_that_cannot_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission for one folder does not hide the others."""
    make(tmp_path, "a/x.md", "b/y.md")
    original = os.scandir

    def scandir(folder: str) -> object:
        if folder.endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return original(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    files, problems = scan_folder(tmp_path)
    assert [file.path for file in files] == ["b/y.md"]
    assert [(problem.path, problem.code) for problem in problems] == [("a/", "unreadable-folder")]


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    """The operating system's own limit on links ends no scan."""
    (tmp_path / "self").symlink_to("self")
    files, problems = scan_folder(tmp_path)
    assert files == []
    assert len(problems) == 1


def test_settings_are_read_and_missing_ones_explained(tmp_path: Path) -> None:
    """A byte order mark is no matter; a missing or unreadable file is an error that says what to do."""
    with pytest.raises(ConfigError) as caught:
        SourceTree(tmp_path).load_config()
    assert caught.value.problem.code == "config-missing"
    assert "sitegen new" in caught.value.problem.hint
    (tmp_path / "sitegen.toml").write_bytes(b'\xef\xbb\xbftitle = "X"\n')
    assert SourceTree(tmp_path).load_config().title == "X"
    (tmp_path / "sitegen.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError) as caught:
        SourceTree(tmp_path).load_config()
    assert caught.value.problem.code == "config-unreadable"


def test_writing_replaces_the_whole_file_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses at any point the old bytes stand and no temporary file is left."""
    path = tmp_path / "new/folder/x.txt"
    write_atomically(path, b"old")
    for name in ("fsync", "replace", "rename"):
        with monkeypatch.context() as patch:

            def refuse(*_: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(os, name, refuse)
            if name != "rename":
                with pytest.raises(StorageError) as caught:
                    write_atomically(path, b"new")
                assert caught.value.problem.code == "disk-full"
        assert [item.name for item in path.parent.iterdir()] == ["x.txt"]
        assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_files_come_in_chunks() -> None:
    """Runs of at most so many, none lost."""
    files = [FileStat(str(number), 0, 0, 0) for number in range(7)]
    assert [len(chunk) for chunk in iter_chunks(files, 3)] == [3, 3, 1]
    assert list(iter_chunks([], 3)) == []


def test_refusals_without_a_number_are_told_too(tmp_path: Path) -> None:
    """An error that carries only a text still makes a sentence."""
    assert "odd" in str(source_tree.storage_error(OSError("odd"), tmp_path))
