"""Numbers of documents: by date, so that a range of dates is an interval and newest first is descending order.

Each month (and each year whose articles carry no month, and the undated) is a segment. A segment has room for the
next power of two of its documents, so that an article added to 1987 moves the numbers of that month alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.model.date import EdtfDate
from sitegen.search.documents import SearchDocument
from sitegen.search.packing import pack_text


class Calendar(msgspec.Struct, frozen=True):
    """Segments in order of time and the number of each document."""

    order: NDArray[np.int64]
    """Documents of the corpus in the order of their numbers."""
    labels: tuple[str, ...]
    """`` for the undated, `1987` for those without a month, `1987-03`."""
    counts: tuple[int, ...]
    numbers: NDArray[np.int64]
    """Number of each document in `order`, ascending, with gaps between segments."""
    days: tuple[int, ...]
    """Day of the month of each document in `order`; 0 where unknown."""


def room(count: int) -> int:
    """Numbers set aside for a segment of `count` documents: the next power of two."""
    return 1 << max(0, count - 1).bit_length()


def number_documents(documents: Sequence[SearchDocument]) -> Calendar:
    """Number documents by date; equal dates keep their order."""
    dates = [EdtfDate.parse(document.date) for document in documents]
    keys = [(date.year, date.month, date.day) if date else (0, 0, 0) for date in dates]
    order = sorted(range(len(documents)), key=keys.__getitem__)
    labels: list[str] = []
    counts: list[int] = []
    for index in order:
        year, month, _ = keys[index]
        label = f"{year:04d}-{month:02d}" if month else f"{year:04d}" if year else ""
        if not labels or labels[-1] != label:
            labels.append(label)
            counts.append(0)
        counts[-1] += 1
    numbers = np.empty(len(documents), dtype=np.int64)
    base = at = 0
    for count in counts:
        numbers[at : at + count] = np.arange(base, base + count)
        at += count
        base += room(count)
    days = tuple(keys[index][2] for index in order)
    return Calendar(np.array(order, dtype=np.int64), tuple(labels), tuple(counts), numbers, days)


def pack_days(calendar: Calendar) -> list[str]:
    """For each segment how many documents fall on each day: packed (day difference, count) pairs."""
    rows: list[str] = []
    at = 0
    for count in calendar.counts:
        pairs: list[int] = []
        previous = 0
        for day, group in itertools.groupby(calendar.days[at : at + count]):
            pairs += [day - previous, sum(1 for _ in group)]
            previous = day
        rows.append(pack_text(pairs))
        at += count
    return rows
