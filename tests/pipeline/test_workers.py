"""Work spread over processes: results, errors and deaths."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sitegen.errors import ContentError, SitegenError
from sitegen.pipeline import workers
from sitegen.pipeline.workers import available_cores, beside, can_fork, fork_ahead, fork_map


def squares(number: int, chunks: Iterator[int]) -> Iterator[int]:
    for chunk in chunks:
        yield chunk * chunk


@pytest.mark.parametrize("jobs", [0, 1, 2, 5, 100])
def test_every_chunk_is_worked_on_once(jobs: int) -> None:
    """However many workers, each chunk gives its result once."""
    assert sorted(fork_map(squares, list(range(40)), jobs)) == [n * n for n in range(40)]


def test_no_chunks_give_no_results() -> None:
    """Nothing to do is no error."""
    assert list(fork_map(squares, [], 4)) == []


def test_a_worker_may_yield_after_its_last_chunk() -> None:
    """A worker's last words, said when its chunks are at an end, arrive too."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[str]:
        count = sum(1 for _ in chunks)
        yield f"{number}: {count}"

    found = dict(line.split(": ") for line in fork_map(work, list(range(10)), 2))
    assert set(found) == {"0", "1"}
    assert sum(map(int, found.values())) == 10


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_told_error_keeps_its_class_and_place(jobs: int) -> None:
    """A `SitegenError` of a worker is raised here with path, line and hint."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[int]:
        yield from ()
        raise ContentError("broken", path="content/x.md", line=3, hint="mend it", code="some-code")

    with pytest.raises(ContentError) as caught:
        list(fork_map(work, [1, 2, 3], jobs))
    problem = caught.value.problem
    assert (problem.path, problem.line, problem.hint, problem.code) == ("content/x.md", 3, "mend it", "some-code")


def test_a_crash_shows_the_workers_traceback() -> None:
    """Any other exception comes back as text, with the line that raised it."""

    def stumble(number: int, chunks: Iterator[int]) -> Iterator[int]:
        yield from ()
        raise ZeroDivisionError("a bug")

    with pytest.raises(RuntimeError, match=r"(?s)in stumble.*ZeroDivisionError: a bug"):
        list(fork_map(stumble, [1, 2, 3], 2))


def test_a_result_that_cannot_be_sent_is_a_crash() -> None:
    """What cannot be pickled is told, not waited for."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[object]:
        for _ in chunks:
            yield lambda: None

    with pytest.raises(RuntimeError, match="pickle"):
        list(fork_map(work, [1, 2, 3], 2))


def test_a_killed_worker_says_so() -> None:
    """When the machine ends a worker, the message names memory and --jobs instead of hanging."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[int]:
        for chunk in chunks:
            if chunk == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            yield chunk

    with pytest.raises(SitegenError) as caught:
        list(fork_map(work, list(range(20)), 2))
    assert caught.value.problem.code == "worker-died"
    assert "--jobs" in caught.value.problem.hint


def test_a_reader_that_stops_early_leaves_no_process_behind() -> None:
    """Closing the results ends the workers."""
    import multiprocessing

    results = fork_map(squares, list(range(1000)), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_where_processes_cannot_fork_the_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fork the same code runs in this process."""
    monkeypatch.setattr(workers, "can_fork", lambda: False)
    here = os.getpid()
    assert set(fork_map(lambda _, chunks: (os.getpid() for _ in chunks), [1, 2, 3], 4)) == {here}


def test_cores_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one core; systems without CPU affinity ask for all."""
    assert available_cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1
    assert can_fork() in (True, False)


@pytest.mark.parametrize("jobs", [1, 3])
def test_work_done_ahead_gives_the_same(jobs: int) -> None:
    """Results that are asked for later are those of work that is waited for."""
    with fork_ahead(squares, list(range(40)), jobs) as results:
        assert sorted(results) == [n * n for n in range(40)]


@pytest.mark.skipif(not can_fork(), reason="needs fork")
def test_workers_ahead_do_not_wait_for_a_listener(tmp_path: Path) -> None:
    """They come to their end, whatever they have to tell, while the caller does something else."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[bytes]:
        for chunk in chunks:
            yield bytes(1 << 20)
            (tmp_path / str(chunk)).touch()

    with fork_ahead(work, list(range(8)), 2) as results:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(tmp_path.iterdir())) == 8
        assert sum(map(len, results)) == 8 << 20


@pytest.mark.skipif(not can_fork(), reason="needs fork")
def test_a_caller_who_fails_leaves_no_workers(tmp_path: Path) -> None:
    """What the caller raises goes on, and nobody works any more."""

    def work(number: int, chunks: Iterator[int]) -> Iterator[int]:
        (tmp_path / str(os.getpid())).touch()
        time.sleep(60)
        yield from chunks

    def fail() -> None:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        raise KeyError

    with pytest.raises(KeyError), fork_ahead(work, [1, 2], 2):
        fail()
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)


@pytest.mark.parametrize("jobs", [1, 2])
def test_work_beside_a_block_is_done_when_the_block_is_left(tmp_path: Path, jobs: int) -> None:
    """It may have workers of its own; with one job it comes after the block."""

    def work() -> None:
        (tmp_path / "done").write_text(str(sum(fork_map(squares, [1, 2, 3], 2))), encoding="utf-8")

    with beside(work, jobs):
        here = os.getpid()
    assert (tmp_path / "done").read_text(encoding="utf-8") == "14"
    assert os.getpid() == here


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_beside_a_block_is_raised_at_its_end(jobs: int) -> None:
    """The block itself is not cut short."""

    def work() -> None:
        raise ContentError("broken", code="some-code")

    steps = []
    with pytest.raises(ContentError, match="broken"), beside(work, jobs):
        steps.append("block")
    assert steps == ["block"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_error_of_a_block_goes_before_that_of_work_beside_it(jobs: int) -> None:
    """What a person has to mend first is told."""

    def work() -> None:
        raise ContentError("broken", code="some-code")

    with pytest.raises(ZeroDivisionError), beside(work, jobs):
        raise ZeroDivisionError


def test_workers_of_two_kinds_at_once_do_not_take_each_others_chunks() -> None:
    """Work beside other work that ends first."""

    def at_once() -> None:
        time.sleep(0.01)

    for _ in range(5):
        with beside(at_once, 2):
            found = sorted(fork_map(lambda _, chunks: (time.sleep(0.01) or n for n in chunks), list(range(8)), 2))
        assert found == list(range(8))
