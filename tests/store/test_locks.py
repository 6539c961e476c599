"""Locks name who holds them, and outlive nobody; what kills left behind is swept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sitegen.errors import LockedError
from sitegen.store.locks import Holder, hold
from sitegen.store.source_tree import SourceTree, delete_leftovers, is_running, temporary_beside

HOLD = """
import sys, time
from pathlib import Path
from sitegen.store.locks import hold
sys.argv = ["/usr/bin/sitegen", "--root", "x", "build"]
with hold(Path(%r), "build", 0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def dead() -> int:
    """The number of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_the_second_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    """Process, command and since when, in the message; the lock of a killed holder is free at once."""
    with subprocess.Popen([sys.executable, "-c", HOLD % str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(LockedError) as caught, hold(tmp_path, "build", 0.1):
            pass
        told = caught.value.problem.message
        other.kill()
        other.wait()
        assert f"process {other.pid}, " in told
        assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)", told)
        with hold(tmp_path, "build", 0):
            pass


def test_a_note_of_a_dead_holder_is_not_believed(tmp_path: Path, dead: int) -> None:
    """What was written down by one who was killed names nobody; nor does a damaged note."""
    with hold(tmp_path, "build", 0):
        for note in (msgspec.json.encode(Holder(dead, "sitegen build", "2026-01-01 00:00:00")), b"{", b"12\n", b"[]"):
            (tmp_path / "build.holder").write_bytes(note)
            with pytest.raises(LockedError, match=": another sitegen holds the build lock"), hold(tmp_path, "build", 0):
                pass


def test_leftovers_of_killed_writes_are_deleted(tmp_path: Path, dead: int) -> None:
    """Those of dead processes only; files that merely look alike, folders and links stay."""
    tree = SourceTree(tmp_path)
    folder = tmp_path / "content/articles/1969"
    folder.mkdir(parents=True)
    gone = [folder / f".sitegen-{dead}-1.tmp", tmp_path / f"content/.sitegen-{dead}-77.tmp"]
    stay = [
        temporary_beside(folder / "x"),
        folder / f".sitegen-{dead}.tmp",
        folder / f".other-{dead}-1.tmp",
        folder / "x.md",
    ]
    for path in (*gone, *stay):
        path.write_text("x", encoding="utf-8")
    (folder / f".sitegen-{dead}-2.tmp").mkdir()
    (folder / f".sitegen-{dead}-3.tmp").symlink_to("x.md")
    tree.scan("articles", (".md",))
    assert [path for path in gone if path.exists()] == []
    assert [path for path in stay if not path.exists()] == []
    assert len(list(folder.iterdir())) == 6
    delete_leftovers(tmp_path / "nowhere")


def test_processes_are_known_to_run(dead: int) -> None:
    """Our own and the first do; a dead one does not; a number that is none is left in doubt."""
    assert is_running(os.getpid())
    assert is_running(1)
    assert not is_running(dead)
    assert is_running(10**30)
