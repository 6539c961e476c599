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
from collections.abc import Callable, Iterator, Sequence
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
) -> Iterator[Result]:
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
    context: Any = multiprocessing.get_context("fork")
    counter = context.Value("q", 0)
    gc.collect()
    gc.freeze()  # The collector must not touch, and so copy, pages that workers share.
    connections: list[Connection] = []
    processes = []
    for number in range(jobs):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(work, chunks, counter, number, sender), daemon=True)
        process.start()
        sender.close()
        connections.append(receiver)
        processes.append(process)
    gc.unfreeze()
    try:
        waiting = list(connections)
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
    finally:
        for process in processes:
            if process.is_alive():
                process.join(0 if sys.exc_info()[0] is not None else 10)
            if process.is_alive():
                process.kill()  # It has nothing to put away, and whatever it is waiting for may never come.
                process.join()
        for connection in connections:
            connection.close()


def _run(
    work: Callable[[int, Iterator[Any]], Iterator[Any]],
    chunks: Sequence[Any],
    counter: Any,
    number: int,
    sender: Connection,
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
        for result in work(number, mine()):
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
