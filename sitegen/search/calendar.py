"""Numbers of documents: a range of months is an interval, and an added article seldom moves another.

Each month (and each year whose articles carry no month, and the undated) is a segment with more numbers than documents.
Within a segment a document's number follows from a hash of its id; where two hashes meet, the smaller hash goes first
and the other takes its next choice (double hashing; Knuth, The Art of Computer Programming 3, 6.4). So numbers are a
function of the ids alone, and a document that comes or goes moves half a document on average. Days stand in files of
their own, which dates with a day and sorting by date ask for.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.model.date import EdtfDate
from sitegen.search.documents import SearchDocument
from sitegen.search.packing import gaps, pack_text, row_starts

DAY_SEGMENTS = 16
"""Segments a file of days."""


class Calendar(msgspec.Struct, frozen=True):
    """Segments in order of time and the number of each document."""

    order: NDArray[np.int64]
    """Documents of the corpus in the order of their numbers."""
    labels: tuple[str, ...]
    """`` for the undated, `1987` for those without a month, `1987-03`."""
    counts: tuple[int, ...]
    rooms: tuple[int, ...]
    """Numbers of each segment."""
    numbers: NDArray[np.int64]
    """Number of each document in `order`, ascending."""
    days: tuple[int, ...]
    """Day of the month of each document in `order`; 0 where unknown."""


def room(count: int, least: int) -> int:
    """Numbers set aside for a segment of `count` documents: a power of two that they fill to three quarters at most."""
    return max(least, 1 << max(0, (4 * count + 2) // 3 - 1).bit_length())


def segment_of(date: str) -> tuple[str, int]:
    """Label of the segment that an EDTF date belongs to, and its day, 0 where unknown."""
    parsed = EdtfDate.parse(date)
    if parsed is None:
        return "", 0
    if not parsed.month:
        return f"{parsed.year:04d}", 0
    return f"{parsed.year:04d}-{parsed.month:02d}", parsed.day


def slots_of(ids: Iterable[str], size: int) -> dict[str, int]:
    """Slot of each id among `size` (a power of two, more than there are ids)."""
    hashes = sorted(
        (int.from_bytes(hashlib.blake2b(i.encode(errors="surrogatepass"), digest_size=8).digest()), i) for i in ids
    )
    taken: set[int] = set()
    slots: dict[str, int] = {}
    for value, identity in hashes:
        # The hash also orders: its low bits choose.
        slot, step = value & (size - 1), (value >> 24) | 1
        while slot in taken:
            slot = (slot + step) & (size - 1)
        taken.add(slot)
        slots[identity] = slot
    return slots


def number_documents(documents: Sequence[SearchDocument], least: int) -> Calendar:
    """Number documents.

    Args:
        documents: ids are unique.
        least: numbers of the smallest segment.
    """
    members: dict[str, list[tuple[int, int]]] = {}
    for index, document in enumerate(documents):
        label, day = segment_of(document.date)
        members.setdefault(label, []).append((index, day))
    labels = sorted(members)
    order: list[int] = []
    numbers: list[int] = []
    days: list[int] = []
    base = 0
    rooms = [room(len(members[label]), least) for label in labels]
    for label, size in zip(labels, rooms, strict=True):
        slots = slots_of((documents[index].id for index, _ in members[label]), size)
        for slot, index, day in sorted((slots[documents[index].id], index, day) for index, day in members[label]):
            order.append(index)
            numbers.append(base + slot)
            days.append(day)
        base += size
    return Calendar(
        np.array(order, dtype=np.int64),
        tuple(labels),
        tuple(len(members[label]) for label in labels),
        tuple(rooms),
        np.array(numbers, dtype=np.int64),
        tuple(days),
    )


def bases_of(rooms: Sequence[int]) -> list[int]:
    """First number of each segment, and the first beyond all."""
    return [0, *itertools.accumulate(rooms)]


def encode_days(members: Mapping[int, Sequence[tuple[int, int]]], file: int, segments: int) -> bytes:
    """Write the file of days of segments `DAY_SEGMENTS * file` and following.

    Args:
        members: (slot, day) of each document of a segment, ascending, by segment.
        segments: how many there are.
    """
    inside = range(file * DAY_SEGMENTS, min(segments, (file + 1) * DAY_SEGMENTS))
    content = {
        "slots": [pack_slots([slot for slot, _ in members[segment]]) for segment in inside],
        "days": [pack_text([day for _, day in members[segment]]) for segment in inside],
    }
    return msgspec.json.encode(content)


def pack_slots(slots: Sequence[int]) -> str:
    """Pack ascending numbers as gaps."""
    values = np.array(slots, dtype=np.int64)
    return pack_text(gaps(values, row_starts([len(values)])))
