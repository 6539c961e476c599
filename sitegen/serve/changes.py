"""Paths that may have changed: gathered by the threads that watch, taken in batches by the one that builds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import msgspec

QUIET = 0.004
"""Seconds without news after which a batch of whole files is taken."""
_UNSETTLED = 0.04
"""The same, where a file has been written to and not been closed yet."""
_CROWD = 1000
"""Paths from which on looking everywhere is quicker than looking at each."""
_CROWD_QUIET = 0.15
_LONGEST = 1.0
"""Seconds after which a batch is taken even while news keep coming."""


class Batch(msgspec.Struct, frozen=True):
    """What may have changed since the last batch."""

    paths: frozenset[str]
    """`/`-separated, relative to the archive's root."""
    everything: bool
    """Look everywhere: something may have been missed."""
    since: float
    """When the first of it was heard of, by `time.monotonic`."""

    def together(self, other: Batch) -> Batch:
        """Both in one."""
        everything = self.everything or other.everything
        return Batch(self.paths | other.paths, everything, min(self.since, other.since))


class Changes:
    """A heap of changed paths with one taker. Methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._closed = False
        self._everything = False
        self._paths: set[str] = set()
        self._unsettled: set[str] = set()
        self._first = self._last = 0.0

    def add(self, paths: Iterable[str], *, settled: bool = True) -> None:
        """Note paths; `settled` is false for a file that is still being written to."""
        with self._condition:
            fresh = set(paths)
            self._note()
            self._paths |= fresh
            self._unsettled = self._unsettled - fresh if settled else self._unsettled | fresh

    def add_everything(self) -> None:
        """Note that anything may have changed."""
        with self._condition:
            self._note()
            self._everything = True

    def close(self) -> None:
        """Wake the taker for the last time."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def waiting(self) -> bool:
        """Whether there is something to take."""
        with self._condition:
            return self._closed or self._everything or bool(self._paths)

    def take(self, timeout: float | None = None) -> Batch | None:
        """Wait for changes, then for a moment of quiet; None after `timeout` seconds without any, or once closed."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._closed or self._everything or self._paths, timeout):
                return None
            while not self._closed:
                now = self._clock()
                rest = min(self._last + self._quiet(), self._first + _LONGEST) - now
                if rest <= 0:
                    break
                self._condition.wait(rest)
            if self._closed:
                return None
            everything = self._everything or len(self._paths) > _CROWD
            batch = Batch(frozenset(self._paths), everything, self._first)
            self._everything = False
            self._paths.clear()
            self._unsettled.clear()
            return batch

    def _quiet(self) -> float:
        if len(self._paths) > _CROWD:
            return _CROWD_QUIET
        return _UNSETTLED if self._unsettled else QUIET

    def _note(self) -> None:
        self._last = self._clock()
        if not self._everything and not self._paths:
            self._first = self._last
        self._condition.notify_all()
