"""The output folder: staged, committed, recovered; what is not ours is left alone."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from archive_support import tree_bytes

from sitegen.digest import short_digest
from sitegen.errors import StorageError
from sitegen.store.output_tree import OutputEntry, OutputTree
from sitegen.store.packs import DamagedCacheError
from sitegen.store.site_stage import SiteStage, Tally

Site = Mapping[str, bytes]

OLD: Site = {"index.html": b"old", "a/index.html": b"a", "b/index.html": b"b", "swap/inner": b"1", "other": b"2"}
NEW: Site = {"index.html": b"new", "a/index.html": b"a", "c/d/index.html": b"c", "swap": b"3", "other/inner/x": b"4"}


def commit(folder: Path, files: Site) -> tuple[int, int, int]:
    """Make these files the site; numbers of files written, kept and deleted."""
    tree = OutputTree(folder)
    tree.recover()
    stage = SiteStage(tree, tree.sizes())
    for path, data in files.items():
        assert stage.place(path, data) == []
    return counted(stage.commit())


def counted(tally: Tally) -> tuple[int, int, int]:
    """Numbers of files written, kept and deleted, of a whole commit."""
    return len(tally.written), tally.files - len(tally.written), len(tally.deleted)


def visible(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in tree_bytes(folder).items() if not path.startswith(".sitegen/")}


def test_a_commit_writes_keeps_and_deletes(tmp_path: Path) -> None:
    """Only what differs is written; what is no longer wanted goes, with its empty folders; the manifest knows all."""
    assert commit(tmp_path, OLD) == (5, 0, 0)
    assert commit(tmp_path, NEW) == (4, 1, 3)
    assert visible(tmp_path) == NEW
    assert not (tmp_path / "b").exists()
    manifest = OutputTree(tmp_path).manifest()
    assert {path: entry.digest for path, entry in manifest.items()} == {p: short_digest(d) for p, d in NEW.items()}
    assert not (tmp_path / ".sitegen/stage").exists()
    assert not (tmp_path / ".sitegen/journal.json").exists()


def test_committing_the_same_site_touches_nothing(tmp_path: Path) -> None:
    """No file, not even the manifest, gets a new time."""
    commit(tmp_path, OLD)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert commit(tmp_path, OLD) == (0, 5, 0)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_foreign_files_are_never_deleted(tmp_path: Path) -> None:
    """Files that are not in the manifest stay, and so do the folders that hold them."""
    commit(tmp_path, OLD)
    (tmp_path / "b/mine.txt").write_bytes(b"mine")
    (tmp_path / "CNAME").write_bytes(b"example.org")
    commit(tmp_path, NEW)
    assert visible(tmp_path) == {**NEW, "b/mine.txt": b"mine", "CNAME": b"example.org"}


def whole(folder: Path) -> dict[str, bytes]:
    """The site and its manifest; a kill may leave a temporary file beside it, which nobody reads."""
    return {path: data for path, data in tree_bytes(folder).items() if not path.endswith(".tmp")}


class Killed(BaseException):
    """Stands for a kill."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], int]:
    """Let the n-th change of the file system be the last; returns the number of changes so far."""
    calls = 0

    def watch(name: str) -> None:
        original = getattr(os, name)

        def act(*arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Killed
            return original(*arguments, **options)

        monkeypatch.setattr(os, name, act)

    for name in ("replace", "unlink", "rmdir", "mkdir", "rename"):
        watch(name)
    return lambda: calls


def test_a_kill_at_any_step_leaves_the_old_site_or_one_that_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every n: killed at the n-th change, then killed again while recovering, the end is old or new, and whole."""
    before = tmp_path / "before"
    commit(before, OLD)
    after = tmp_path / "after"
    commit(after, NEW)
    old, new = whole(before), whole(after)
    outcomes = set()
    for step in range(200):
        folder = tmp_path / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(before, folder)
        with monkeypatch.context() as patch:
            count = kill_at(patch, step)
            with contextlib.suppress(Killed):
                commit(folder, NEW)
            finished = count() <= step
        with monkeypatch.context() as patch:
            kill_at(patch, step // 2)
            with contextlib.suppress(Killed):
                OutputTree(folder).recover()
        OutputTree(folder).recover()
        outcome = "new" if whole(folder) == new else "old" if whole(folder) == old else "mixed"
        outcomes.add(outcome)
        assert outcome != "mixed", step
        if finished:
            break
    assert outcomes == {"old", "new"}


def test_what_was_staged_without_a_commit_is_thrown_away(tmp_path: Path) -> None:
    """Leftovers of a build that died before its commit never reach the site."""
    tree = OutputTree(tmp_path)
    tree.stage("index.html", "0-1", b"half")
    assert not tree.recover()
    assert tree_bytes(tmp_path) == {}


@pytest.mark.parametrize(
    "damage", [b"", b"rubbish", b"\xff\xfe", b"# sitegen manifest 99\n", b"# sitegen manifest 1\na\tb\n"]
)
def test_a_manifest_that_cannot_be_read_is_empty(tmp_path: Path, damage: bytes) -> None:
    """A damaged manifest, or one of another version, costs a full write, no more."""
    commit(tmp_path, OLD)
    for shard in (tmp_path / ".sitegen/manifest").iterdir():
        shard.write_bytes(damage)
    assert OutputTree(tmp_path).manifest() == {}
    assert commit(tmp_path, OLD)[0] == len(OLD)
    assert visible(tmp_path) == OLD


def test_a_large_manifest_is_cut_into_shards_and_joined_again(tmp_path: Path) -> None:
    """Growing and shrinking past the size of a shard changes the number of files, not what they say."""
    many = {f"p/{number}": b"%d" % number for number in range(1200)}
    commit(tmp_path, many)
    shards = sorted(path.name for path in (tmp_path / ".sitegen/manifest").iterdir())
    assert len(shards) == 4
    assert set(OutputTree(tmp_path).manifest()) == set(many)
    stamps = {name: (tmp_path / ".sitegen/manifest" / name).stat().st_mtime_ns for name in shards}
    commit(tmp_path, {**many, "p/7": b"other"})
    changed = [name for name in shards if (tmp_path / ".sitegen/manifest" / name).stat().st_mtime_ns != stamps[name]]
    assert len(changed) == 1
    commit(tmp_path, OLD)
    assert [path.name for path in (tmp_path / ".sitegen/manifest").iterdir()] == ["00.tsv"]
    assert visible(tmp_path) == OLD


def test_a_taken_path_is_a_problem(tmp_path: Path) -> None:
    """Two files for one place: the first stays, the second is reported."""
    stage = SiteStage(OutputTree(tmp_path), {})
    assert stage.place("x", b"1") == []
    (problem,) = stage.place("x", b"2")
    assert (problem.path, problem.code) == ("x", "address-taken")
    stage.commit()
    assert visible(tmp_path) == {"x": b"1"}


def test_pages_that_workers_staged_are_part_of_the_commit(tmp_path: Path) -> None:
    """`take` adds a page with its entry, written or kept."""
    tree = OutputTree(tmp_path)
    stage = SiteStage(tree, {})
    entry = OutputEntry("environment", "view", short_digest(b"page"), 4)
    stage.take("a/index.html", entry, tree.stage("a/index.html", "0-1", b"page"))
    assert counted(stage.commit()) == (1, 0, 0)
    stage = SiteStage(tree, tree.sizes())
    assert stage.is_intact("a/index.html")
    assert not stage.is_intact("b")
    assert stage.keep("a/index.html")
    assert counted(stage.commit()) == (0, 1, 0)


def test_a_stage_of_a_part_leaves_the_rest_alone(tmp_path: Path) -> None:
    """Commits one after the other: written, deleted, and shards of the manifest as a whole commit would write them."""
    many = {f"p/{number}": b"%d" % number for number in range(1200)}
    commit(tmp_path / "part", many)
    stage = SiteStage(OutputTree(tmp_path / "part"))
    stage.place("p/7", b"other")
    stage.delete("p/8")
    tally = stage.commit()
    assert (tally.written, tally.deleted, tally.files) == (["p/7"], ["p/8"], -1)
    stage.place("new/x", b"x")
    stage.delete("new/x")
    stage.delete("nowhere")
    stage.place("p/9", b"9")
    tally = stage.commit()
    assert (tally.written, tally.deleted, tally.files) == (["new/x"], [], 1)
    wanted = {**many, "p/7": b"other", "new/x": b"x"}
    del wanted["p/8"]
    commit(tmp_path / "whole", wanted)
    assert whole(tmp_path / "part") == whole(tmp_path / "whole")


def test_a_stage_of_a_part_needs_a_manifest_that_can_be_read(tmp_path: Path) -> None:
    """What is there besides is not known without it."""
    commit(tmp_path, OLD)
    stage = SiteStage(OutputTree(tmp_path))
    (tmp_path / ".sitegen/manifest/00.tsv").write_bytes(b"rubbish")
    stage.place("new", b"x")
    with pytest.raises(DamagedCacheError):
        stage.commit()


def test_files_that_are_not_as_they_were_written_are_found(tmp_path: Path) -> None:
    """Missing ones and those of another length; without a manifest that cannot be told."""
    tree = OutputTree(tmp_path)
    assert tree.not_as_written() is None
    commit(tmp_path, OLD)
    assert tree.not_as_written() == []
    (tmp_path / "other").unlink()
    (tmp_path / "index.html").write_bytes(b"longer")
    assert tree.not_as_written() == ["index.html", "other"]
    (tmp_path / ".sitegen/manifest/00.tsv").write_bytes(b"rubbish")
    assert tree.not_as_written() is None


def test_a_disk_that_refuses_is_a_told_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a staged file, or renaming it, on a read-only disk ends with a message and the path."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system", "x")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        with pytest.raises(StorageError, match="Read-only"):
            OutputTree(tmp_path).stage("a", "0-1", b"x")
    commit(tmp_path, OLD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "makedirs", refuse)
        with pytest.raises(StorageError, match="Read-only"):
            commit(tmp_path, NEW)
    assert OutputTree(tmp_path).recover()
    assert visible(tmp_path) == NEW
