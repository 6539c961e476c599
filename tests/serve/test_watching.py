"""What the watcher tells, what it leaves out, and what it does where the system refuses."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_support import PATIENCE

from sitegen.serve import watching
from sitegen.serve.changes import Changes
from sitegen.serve.watching import Watcher, is_watched, remote_file_system

EVERYTHING = "everything"


def heard(root: Path, *steps: tuple[Callable[[], object], set[str]], poll: bool = False) -> set[str]:
    """Paths that are told while things are done, each when what is expected of the one before has been told."""
    changes = Changes()
    watcher = Watcher(root, changes, poll=poll)
    watcher.start()
    told: set[str] = set()
    try:
        for act, expected in steps:
            act()
            told |= until_told(changes, expected)
    finally:
        watcher.stop()
    return told


def until_told(changes: Changes, expected: set[str]) -> set[str]:
    """Paths that are told until the expected ones are among them and there is quiet."""
    paths: set[str] = set()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        batch = changes.take(0.2)
        if batch is not None:
            paths |= batch.paths | ({EVERYTHING} if batch.everything else set())
        elif expected <= paths:
            return paths
    raise AssertionError(f"never told: {expected - paths}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "content/articles/1969").mkdir(parents=True)
    (tmp_path / "content/media").mkdir()
    (tmp_path / "site").mkdir()
    (tmp_path / ".sitegen").mkdir()
    return tmp_path


@pytest.mark.parametrize("poll", [False, True])
def test_files_come_change_and_go(root: Path, poll: bool) -> None:
    """Each is told, and nothing but what can change the site: no reading, no output, no editor's file."""
    old = root / "content/articles/1969/old.md"
    old.write_text("old", encoding="utf-8")
    gone = root / "content/media/gone.png"
    gone.write_bytes(b"x")

    def act() -> None:
        old.read_text(encoding="utf-8")
        (root / "content/articles/1969/new.md").write_text("new", encoding="utf-8")
        (root / "content/articles/1969/.new.md.swp").write_text("new", encoding="utf-8")
        (root / "content/articles/1969/new.md~").write_text("new", encoding="utf-8")
        (root / "content/articles/1969/4913").write_text("", encoding="utf-8")
        (root / "content/articles/1969/notes.docx").write_text("", encoding="utf-8")
        (root / "site/index.html").write_text("out", encoding="utf-8")
        (root / ".sitegen/cache").write_text("out", encoding="utf-8")
        (root / "unrelated.txt").write_text("out", encoding="utf-8")
        (root / "sitegen.toml").write_text("", encoding="utf-8")
        gone.unlink()
        old.write_text("old and longer", encoding="utf-8")

    expected = {
        "content/articles/1969/new.md",
        "content/articles/1969/old.md",
        "content/media/gone.png",
        "sitegen.toml",
    }
    assert heard(root, (act, expected), poll=poll) == expected


def test_a_file_saved_beside_and_renamed_is_told_by_its_name(root: Path) -> None:
    """The temporary file's name is not."""
    beside = root / "content/articles/1969/.a.md.tmp"

    def act() -> None:
        beside.write_text("x", encoding="utf-8")
        beside.rename(beside.with_name("a.md"))

    assert heard(root, (act, {"content/articles/1969/a.md"})) == {"content/articles/1969/a.md"}


def test_folders_are_told_with_what_lies_in_them(root: Path) -> None:
    """Deep new folders, moved ones, and ones that leave the archive, which is told without long delay."""
    (root / "content/articles/1969/a.md").write_text("x", encoding="utf-8")
    new = root / "content/articles/1970/01/02"

    def act() -> None:
        new.mkdir(parents=True)
        (new / "b.md").write_text("x", encoding="utf-8")
        (root / "content/articles/1969").rename(root / "content/articles/1971")

    def leave() -> None:
        (root / "content/articles/1971").rename(root / "away")

    told = {"content/articles/1970", "content/articles/1971/a.md", "content/articles/1969/a.md"}
    heard(root, (act, told), (leave, {"content/articles/1971"}))


def test_themes_may_come_later(root: Path) -> None:
    """A folder that was not there at the start is watched from when it is."""

    def act() -> None:
        (root / "themes/mine").mkdir(parents=True)

    def save() -> None:
        (root / "themes/mine/theme.toml").write_text("x", encoding="utf-8")

    heard(root, (act, {EVERYTHING}), (save, {"themes/mine/theme.toml"}))


@pytest.mark.parametrize(
    ("path", "folder", "watched"),
    [
        ("sitegen.toml", False, True),
        ("content/entities.yaml", False, True),
        ("content/articles/a.md", False, True),
        ("content/articles/A.MD", False, True),
        ("content/articles/a.txt", False, False),
        ("content/articles/1969", True, True),
        ("content/raw/a.txt", False, True),
        ("content/media/a.png", False, True),
        ("content/media/a.png~", False, False),
        ("content/.git/x", False, False),
        ("themes/mine/assets/style.css", False, True),
        ("themes/mine/assets/#style.css#", False, False),
        ("site/index.html", False, False),
        ("content", True, False),
        ("other.txt", False, False),
        ("", True, False),
    ],
)
def test_only_what_can_change_the_site_is_watched(path: str, folder: bool, watched: bool) -> None:
    """Everything else in the archive's folder may change as it likes."""
    assert is_watched(path, folder=folder) is watched


class Refusing:
    """An observer that the system refuses."""

    def __init__(self, number: int) -> None:
        self._number = number

    def schedule(self, *_: Any, **__: Any) -> None:
        """Take note."""

    def start(self) -> None:
        """Fail."""
        raise OSError(self._number, "refused")

    def stop(self) -> None:
        """Never ran."""
        raise RuntimeError


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "max_user_watches"), (errno.EMFILE, "max_user_instances"), (errno.ENOSYS, "refused")],
)
def test_where_the_system_refuses_the_watcher_looks_for_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """The reason is told, with what can be done about it."""
    monkeypatch.setattr(watching, "Observer", lambda: Refusing(number))
    watcher = Watcher(root, Changes())
    assert words in watcher.start()
    watcher.stop()


def test_folders_beyond_the_systems_limit_are_noticed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watchdog passes over subfolders that it may not watch: then the watcher looks for itself."""
    monkeypatch.setattr(watching, "_unwatched", lambda *_: True)
    watcher = Watcher(root, Changes())
    assert "max_user_watches" in watcher.start()
    watcher.stop()


def test_lost_notices_mean_that_anything_may_have_changed(root: Path) -> None:
    """When the kernel's queue overflows, everything is looked at."""
    import logging

    changes = Changes()
    watcher = Watcher(root, changes)
    watcher.start()
    try:
        logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed")
        batch = changes.take(5)
        assert batch is not None
        assert batch.everything
    finally:
        watcher.stop()


@pytest.mark.parametrize(
    ("kind", "told"), [("ext4", ""), ("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("9p", "9p"), ("tmpfs", "")]
)
def test_network_file_systems_are_known(tmp_path: Path, kind: str, told: str) -> None:
    """Where other machines change files, the kernel tells nothing."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n35 21 0:31 / {tmp_path} rw shared:1 - {kind} server:/x rw\n",
        encoding="utf-8",
    )
    assert told in remote_file_system(tmp_path / "archive", mounts)
    assert bool(remote_file_system(tmp_path / "archive", mounts)) is bool(told)
    assert remote_file_system(tmp_path, tmp_path / "none") == ""
