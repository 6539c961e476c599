"""Give memory back to the system as soon as it is free."""

from __future__ import annotations

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
"""From glibc's malloc.h."""

_LARGE = 1 << 17


def return_large_blocks() -> None:
    """Have each large array mapped on its own, so that freeing it lowers the process's size.

    glibc raises its threshold whenever a large block is freed, and then keeps what it frees: a fifth of a large
    build's memory. Elsewhere this does nothing.
    """
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
        except (OSError, AttributeError):
            return  # Another C library, which has habits of its own.
