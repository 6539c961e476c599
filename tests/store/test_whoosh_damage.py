"""Killed writers, damaged files, and other writers at work."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from whoosh.index import TOC
from whoosh_support import Page, brought_up_to_date, built, corpus_of, digests_of, ids

from sitegen.errors import LockedError, StorageError
from sitegen.store import whoosh_index
from sitegen.store.whoosh import roster, segments, snapshot
from sitegen.store.whoosh_index import WhooshIndex

PAGES = [Page(f"p{number}", f"moon orbit number{number}", f"Title {number}", "1969") for number in range(30)]


POINTS = (
    (whoosh_index, "write_segment"),
    (segments, "_write_documents"),
    (segments, "_write_postings"),
    (segments, "_write_roster"),
    (TOC, "write"),
)


def in_a_process_that_dies(work: Callable[[], None], owner: object, name: str, *, after: bool) -> None:
    """Run something in a process that ends, without any cleaning up, before or after it calls a function."""
    real = getattr(owner, name)

    def dying(*args: object, **kwargs: object) -> None:
        if after:
            real(*args, **kwargs)
        os._exit(9)

    def run() -> None:
        setattr(owner, name, dying)
        work()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    assert child.exitcode == 9
    child.close()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("owner", "name"), POINTS)
@pytest.mark.parametrize("rebuild", [False, True])
def test_a_killed_writer_leaves_the_old_index_or_the_new(tmp_path, owner, name, after, rebuild):
    """Whenever the writer dies, what is on disk answers wholly old or wholly new, and the next write mends the rest."""
    pages = {page.id: page for page in PAGES}
    built(tmp_path, PAGES).close()
    pages["p3"] = Page("p3", "changed")
    del pages["p4"]

    def write() -> None:
        index = WhooshIndex(tmp_path)
        if rebuild:
            index.rebuild(corpus_of(pages.values()), digests_of(pages.values()))
        else:
            brought_up_to_date(index, pages)

    in_a_process_that_dies(write, owner, name, after=after)
    with WhooshIndex(tmp_path) as index:
        assert index.is_healthy(thorough=True)
        new = index.state() == index.state_of(digests_of(pages.values()))
        assert new == (name == "write" and after)
        assert ids(index, "id:p4 moon") == ([] if new else ["p4"])
        brought_up_to_date(index, pages)
        brought_up_to_date(index, {**pages, "p5": Page("p5", "and again")})
        assert ids(index, "changed") == ["p3"]
        registered = {leaf.segment.segment_id() for leaf in index._snapshot().leaves}
        files = {path.name.split(".")[0] for path in tmp_path.glob("MAIN_?*.*")}
        assert files == registered


def test_a_process_killed_while_it_builds_leaves_the_old_index(tmp_path):
    """SIGKILL at any moment: the old index answers, and the lock is free again."""
    built(tmp_path, PAGES).close()
    context = multiprocessing.get_context("fork")
    for delay in (0.0, 0.005, 0.02, 0.05):
        child = context.Process(target=rebuild_for_ever, args=(tmp_path,))
        child.start()
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        child.close()
        with WhooshIndex(tmp_path) as index:
            assert index.is_healthy(thorough=True)
            assert len(ids(index, "moon")) == len(PAGES)
    with built(tmp_path, PAGES) as index:
        assert len(ids(index, "moon")) == len(PAGES)


def rebuild_for_ever(folder: Path) -> None:
    """Build until killed."""
    while True:
        built(folder, PAGES).close()


@pytest.mark.parametrize("pattern", ["*.toc", "*.pst", "*.trm", "*.roster", "*_stored.col"])
@pytest.mark.parametrize("how", ["cut", "empty", "missing"])
def test_cut_or_missing_files_are_noticed(tmp_path, pattern, how):
    """A file that is missing or has another length makes the index unhealthy, and a rebuild mends it."""
    built(tmp_path, PAGES).close()
    path = next(tmp_path.glob(pattern))
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if how == "cut" else b"")
    with WhooshIndex(tmp_path) as index:
        assert not index.is_healthy()
        assert index.state() is None
        assert index.needs({}).rebuild
        with pytest.raises(StorageError, match="search index"):
            ids(index, "moon")
        index.rebuild(corpus_of(PAGES), digests_of(PAGES))
        assert index.is_healthy(thorough=True)
        assert len(ids(index, "moon")) == len(PAGES)


@pytest.mark.parametrize("pattern", ["*.pst", "*.trm", "*.roster", "*_stored.col"])
def test_changed_bytes_are_noticed_by_the_thorough_check(tmp_path, pattern):
    """Bytes that were overwritten in place show in the checksums, and never end in anything but a StorageError."""
    built(tmp_path, PAGES).close()
    path = next(tmp_path.glob(pattern))
    data = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        at = int(len(data) * share)
        path.write_bytes(data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 20]) + data[at + 20 :])
        with WhooshIndex(tmp_path) as index:
            assert not index.is_healthy(thorough=True)
            with contextlib.suppress(StorageError):
                ids(index, "moon orbit number7")


def test_an_index_of_another_version_is_rebuilt(tmp_path, monkeypatch):
    """A roster or schema that another version wrote counts as no index."""
    built(tmp_path, PAGES).close()
    monkeypatch.setattr(roster, "VERSION", 999)
    with WhooshIndex(tmp_path) as index:
        assert not index.is_healthy()
    monkeypatch.undo()
    schema = snapshot.make_schema()
    schema.remove("place")
    monkeypatch.setattr(snapshot, "make_schema", lambda: schema)
    with WhooshIndex(tmp_path) as index:
        assert not index.is_healthy()


def test_a_text_that_cannot_be_read_is_not_the_indexs_damage(tmp_path):
    """What the caller's texts raise comes through as it is."""

    def text_of(_: str) -> str:
        raise KeyError("the text is gone")

    with built(tmp_path, PAGES) as index, pytest.raises(KeyError, match="gone"):
        index.search("moon", 10, text_of)


def test_two_writers_do_not_meet(tmp_path, monkeypatch):
    """While another process writes, an update is refused."""
    monkeypatch.setattr(whoosh_index, "_LOCK_SECONDS", 0.0)
    with built(tmp_path, PAGES) as index, index._writing(fresh=False), WhooshIndex(tmp_path) as other:
        with pytest.raises(LockedError):
            other.update(corpus_of([]), {}, ["p1"])
        assert len(ids(other, "moon")) == len(PAGES)


def test_updating_no_index_is_an_error(tmp_path):
    """There must be an index to update."""
    with WhooshIndex(tmp_path) as index, pytest.raises(StorageError):
        index.update(corpus_of([]), {}, [])


def test_a_full_disk_keeps_the_old_index(tmp_path, monkeypatch):
    """An error of the disk is told, and the old index stays."""
    with built(tmp_path, PAGES) as index:
        with monkeypatch.context() as patch:

            def full(*_: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(segments, "_write_postings", full)
            with pytest.raises(StorageError, match="No space left"):
                index.rebuild(corpus_of(PAGES[:3]), digests_of(PAGES[:3]))
        assert len(ids(index, "moon")) == len(PAGES)
        index.update(corpus_of([]), {}, ["p1"])
        assert len(ids(index, "moon")) == len(PAGES) - 1


@pytest.mark.parametrize("failure", ["disk", "bug", "killed"])
def test_a_failing_worker_is_told(tmp_path, monkeypatch, failure):
    """What goes wrong in a worker process is an error here, and the old index stays."""
    with built(tmp_path, PAGES) as index:
        monkeypatch.setattr(whoosh_index, "_LEAST_WORDS", 1)

        def fail(*_: object) -> None:
            if failure == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(28, "No space left on device") if failure == "disk" else KeyError("oops")

        monkeypatch.setattr(whoosh_index, "write_segment", fail)
        with pytest.raises(RuntimeError if failure == "bug" else StorageError):
            index.rebuild(corpus_of(PAGES), digests_of(PAGES), jobs=2)
        assert len(ids(index, "moon")) == len(PAGES)
