"""Changes of single files that can be taken back."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.errors import StorageError, UsageError
from sitegen.store.replace_files import Replacement, replace_files
from sitegen.store.source_tree import SourceTree
from sitegen.store.undo import KEPT, BatchNotes, UndoStep, change_file, last_step, undo_last

PATH = "content/entities.yaml"


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    return SourceTree(tmp_path)


def set_to(tree: SourceTree, data: bytes, path: str = PATH) -> bool:
    return change_file(tree, path, f"set {data!r}", lambda _: data)


def undo(tree: SourceTree) -> None:
    step = last_step(tree)
    assert step is not None
    undo_last(tree, step)


def test_a_change_gives_what_the_edit_makes_of_the_bytes(tree: SourceTree) -> None:
    """A file that is not there is None; an edit that changes nothing leaves no step."""
    assert change_file(tree, PATH, "one", lambda before: b"a" if before is None else b"?")
    assert change_file(tree, PATH, "two", lambda before: (before or b"") + b"b")
    assert not change_file(tree, PATH, "three", lambda before: before or b"")
    assert (tree.root / PATH).read_bytes() == b"ab"
    step = last_step(tree)
    assert step is not None
    assert step.label == "two"


def test_an_edit_that_fails_changes_nothing(tree: SourceTree) -> None:
    """Neither the file nor the steps."""

    def fail(_: bytes | None) -> bytes:
        raise UsageError("no")

    set_to(tree, b"a")
    before = last_step(tree)
    with pytest.raises(UsageError):
        change_file(tree, PATH, "x", fail)
    assert last_step(tree) == before
    assert (tree.root / PATH).read_bytes() == b"a"


def test_only_the_last_steps_are_kept(tree: SourceTree) -> None:
    """The stack stays small; what is left can be taken back in turn."""
    for number in range(KEPT + 3):
        set_to(tree, b"%d" % number)
    assert len(list((tree.state / "undo").iterdir())) == KEPT
    for _ in range(KEPT):
        undo(tree)
    assert last_step(tree) is None
    assert (tree.root / PATH).read_bytes() == b"2"


def test_a_change_that_a_kill_prevented_is_passed_over(tree: SourceTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step was written, the file was not: the one before is the last."""
    set_to(tree, b"a")
    set_to(tree, b"b")
    files = sorted((tree.state / "undo").iterdir())
    extra = UndoStep("never done", PATH, b"b", "0" * 64)
    files[-1].with_name("00000009.msgpack").write_bytes(msgspec.msgpack.encode(extra))
    undo(tree)
    assert (tree.root / PATH).read_bytes() == b"a"


def test_damaged_and_foreign_steps_are_passed_over(tree: SourceTree) -> None:
    """Rubbish, and steps that would write outside of content."""
    set_to(tree, b"a")
    folder = tree.state / "undo"
    (folder / "00000008.msgpack").write_bytes(b"rubbish")
    evil = UndoStep("evil", "content/../../out", b"x", "0" * 64)
    (folder / "00000009.msgpack").write_bytes(msgspec.msgpack.encode(evil))
    undo(tree)
    assert not (tree.root / PATH).exists()
    assert not (tree.root.parent / "out").exists()


def test_a_step_that_is_no_longer_the_last_is_refused(tree: SourceTree) -> None:
    """What was shown to the person is what is taken back, or nothing."""
    set_to(tree, b"a")
    shown = last_step(tree)
    assert shown is not None
    set_to(tree, b"b")
    with pytest.raises(UsageError, match="in between"):
        undo_last(tree, shown)
    assert (tree.root / PATH).read_bytes() == b"b"


def test_nothing_is_left_to_take_back_when_it_was_done_by_hand(tree: SourceTree) -> None:
    """A step whose file is as before is dropped without a word."""
    set_to(tree, b"a")
    shown = last_step(tree)
    assert shown is not None
    (tree.root / PATH).unlink()
    assert last_step(tree) is None
    undo_last(tree, shown)
    assert list((tree.state / "undo").iterdir()) == []


def test_a_file_that_cannot_be_read_is_told(tree: SourceTree) -> None:
    """With its path."""
    (tree.root / PATH).mkdir(parents=True)
    with pytest.raises(StorageError, match=r"entities\.yaml"):
        set_to(tree, b"a")


def test_changes_at_the_same_time_are_all_kept(tree: SourceTree) -> None:
    """Each waits for the other's moment."""

    def add(number: int) -> None:
        change_file(tree, PATH, f"add {number}", lambda before: (before or b"") + b"%d\n" % number)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(int, (tree.root / PATH).read_bytes().split())) == list(range(12))
    for _ in threads:
        undo(tree)
    assert not (tree.root / PATH).exists()


# Many files


def change_many(tree: SourceTree, changes: dict[str, tuple[bytes, bytes]], size: int = 2) -> None:
    """Change files a few at a time, as `retag` does."""
    notes = BatchNotes(tree, "many")
    items = [Replacement(tree.root / path, old, new) for path, (old, new) in changes.items()]
    for start in range(0, len(items), size):
        notes.note(items[start : start + size])
        replace_files(tree.state, items[start : start + size])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), min_size=1, max_size=5))
def test_many_files_get_their_bytes_back(pairs: list[tuple[bytes, bytes]]) -> None:
    """Whatever the bytes before and after; the step is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = SourceTree(Path(folder))
        (tree.root / "content").mkdir()
        changes = {f"content/{number}.md": pair for number, pair in enumerate(pairs)}
        for path, (old, _) in changes.items():
            (tree.root / path).write_bytes(old)
        change_many(tree, changes)
        step = last_step(tree)
        if step is not None:
            assert undo_last(tree, step) == ()
        assert all((tree.root / path).read_bytes() == old for path, (old, _) in changes.items())
        assert last_step(tree) is None


def test_of_many_files_those_edited_since_are_left(tree: SourceTree) -> None:
    """The others are put back; a file that a kill kept from being changed is no concern."""
    paths = [f"content/{name}.md" for name in "abc"]
    (tree.root / "content").mkdir()
    for path in paths:
        (tree.root / path).write_bytes(b"old " + path.encode())
    change_many(tree, {path: (b"old " + path.encode(), b"new") for path in paths})
    (tree.root / paths[0]).write_bytes(b"edited")
    (tree.root / paths[1]).write_bytes(b"old " + paths[1].encode())
    step = last_step(tree)
    assert step is not None
    assert step.path == "3 pages"
    assert undo_last(tree, step) == (paths[0],)
    assert [(tree.root / path).read_bytes()[:3] for path in paths] == [b"edi", b"old", b"old"]
    assert last_step(tree) is None


def test_many_files_and_one_are_taken_back_in_turn(tree: SourceTree) -> None:
    """The last change first; another one in between is told."""
    (tree.root / "content").mkdir()
    (tree.root / "content/a.md").write_bytes(b"1")
    change_many(tree, {"content/a.md": (b"1", b"2")})
    first = last_step(tree)
    assert first is not None
    set_to(tree, b"x")
    with pytest.raises(UsageError, match="in between"):
        undo_last(tree, first)
    undo(tree)
    undo(tree)
    assert (tree.root / "content/a.md").read_bytes() == b"1"
