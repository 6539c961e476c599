"""Work spread over processes that share, by fork, whatever the parent had in memory.

Nothing is pickled on the way in; results come back in no particular order. Where a platform cannot fork, or the work
is small, the same code runs in this process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from sitegen.errors import SitegenError

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


def available_cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether workers can share the parent's memory here."""
    return sys.platform != "win32" and "fork" in multiprocessing.get_all_start_methods()


def fork_map(
    work: Callable[[int, Iterator[Chunk]], Iterator[Result]], chunks: Sequence[Chunk], jobs: int
) -> Generator[Result, None, None]:
    """Run `work(worker number, its chunks)` in `jobs` workers and yield what they yield.

    A worker takes the next chunk whenever it is free, keeps its own state between chunks, and may yield more when its
    chunks are at an end. Chunks are handed out in order.

    Raises:
        SitegenError: as raised in a worker. Any other exception comes back as RuntimeError with the worker's traceback.
    """
    jobs = min(jobs, len(chunks))
    if jobs <= 1 or not can_fork():
        yield from work(0, iter(chunks))
        return
    with _Workers(work, chunks, jobs, patient=False) as workers:
        yield from workers.results()


@contextmanager
def fork_ahead(
    work: Callable[[int, Iterator[Chunk]], Iterator[Result]], chunks: Sequence[Chunk], jobs: int
) -> Iterator[Iterator[Result]]:
    """As `fork_map`, but the workers begin at once, for a caller who does something else meanwhile.

    What they yield stays with them until all is done: nobody listens before that. Where there are no workers, the work
    is done when its results are asked for.
    """
    jobs = min(jobs, len(chunks))
    if jobs <= 1 or not can_fork():
        yield work(0, iter(chunks))
        return
    with _Workers(work, chunks, jobs, patient=True) as workers:
        yield workers.results()


@contextmanager
def beside(work: Callable[[], None], jobs: int) -> Iterator[None]:
    """Do some work in a process of its own beside a block, which ends when both are done.

    It finds the memory of its parent as it is now, and may have workers itself. With one job, or where there are no
    workers, it is done at the end of the block.

    Raises:
        SitegenError: as raised by the work. Any other exception comes back as RuntimeError with its traceback.
    """
    if jobs <= 1 or not can_fork():
        yield
        work()
        return

    def alone(number: int, chunks: Iterator[None]) -> Iterator[None]:
        for _ in chunks:
            work()
        yield from ()

    with _Workers(alone, [None], 1, patient=False, daemon=False) as workers:
        try:
            yield
        except BaseException:
            # It is let finish, since its own workers would not hear of its end.
            with suppress(SitegenError, RuntimeError):
                _wait_for(workers)
            raise
        _wait_for(workers)


def _wait_for(workers: _Workers) -> None:
    for _ in workers.results():
        pass


class _Workers:
    """Processes at work, until the end of a `with` block."""

    def __init__(
        self,
        work: Callable[[int, Iterator[Any]], Iterator[Any]],
        chunks: Sequence[Any],
        jobs: int,
        *,
        patient: bool,
        daemon: bool = True,
    ) -> None:
        context: Any = multiprocessing.get_context("fork")
        # Kept as long as workers count with it: its memory, which they share, would go to the next counter.
        self._counter = context.Value("q", 0)
        gc.collect()
        gc.freeze()  # The collector must not touch, and so copy, pages that workers share.
        self._connections: list[Connection] = []
        self._processes = []
        for number in range(jobs):
            receiver, sender = context.Pipe(duplex=False)
            arguments = (work, chunks, self._counter, number, sender, patient)
            process = context.Process(target=_run, args=arguments, daemon=daemon)
            process.start()
            sender.close()
            self._connections.append(receiver)
            self._processes.append(process)
        gc.unfreeze()

    def __enter__(self) -> _Workers:
        return self

    def results(self) -> Iterator[Any]:
        """What the workers yield, as it comes."""
        waiting = list(self._connections)
        while waiting:
            for connection in wait(waiting):
                assert isinstance(connection, Connection)
                try:
                    kind, value = connection.recv()
                except EOFError:
                    raise SitegenError(
                        "a worker process was ended from outside",
                        hint="the machine may be out of memory: try fewer with --jobs",
                        code="worker-died",
                    ) from None
                if kind == "result":
                    yield value
                elif kind == "end":
                    waiting.remove(connection)
                elif kind == "error":
                    raise value
                else:
                    raise RuntimeError(f"in a worker process:\n{value}")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for process in self._processes:
            if process.is_alive():
                process.join(0 if kind is not None else 10)
            if process.is_alive():
                process.kill()  # It has nothing to put away, and whatever it is waiting for may never come.
                process.join()
        for connection in self._connections:
            connection.close()


def _run(
    work: Callable[[int, Iterator[Any]], Iterator[Any]],
    chunks: Sequence[Any],
    counter: Any,
    number: int,
    sender: Connection,
    patient: bool,
) -> None:
    def mine() -> Iterator[Any]:
        while True:
            with counter.get_lock():
                position = counter.value
                counter.value += 1
            if position >= len(chunks):
                return
            yield chunks[position]

    gc.enable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        results = work(number, mine())
        for result in list(results) if patient else results:
            sender.send(("result", result))
        sender.send(("end", None))
    except KeyboardInterrupt:
        pass
    except SitegenError as error:
        sender.send(("error", error))
    except BaseException:
        sender.send(("crash", traceback.format_exc()))
    finally:
        sender.close()


def _end_with_parent() -> None:
    """End this worker at once when its parent is killed: it would keep the parent's locks, and wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
