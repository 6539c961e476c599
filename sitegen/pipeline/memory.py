"""Give memory back to the system as soon as it is free."""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
"""From glibc's malloc.h."""

_LARGE = 1 << 17
_HUGE = 1 << 25
"""The most that glibc takes."""


def return_large_blocks() -> None:
    """Have each large array mapped on its own, so that freeing it lowers the process's size.

    glibc raises its threshold whenever a large block is freed, and then keeps what it frees: a fifth of a large
    build's memory. Elsewhere this does nothing.
    """
    _map_from(_LARGE)


def keep_large_blocks() -> None:
    """Use freed arrays again, for worker processes: mapping each anew takes as long as half of the search index."""
    _map_from(_HUGE)


def _map_from(size: int) -> None:
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, size)
        except (OSError, AttributeError):
            return  # Another C library, which has habits of its own.
