"""What the library is gathered from: numbers, a row for each listed article, in the order of dates.

Rows come and go with articles; their order is that of `Library.cards`, so that a row's index is an article's position.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.model import Card
from sitegen.plan.labels import MONTHS, Arrays, Labels, hash64, space_of_family
from sitegen.plan.urls import spelling

LISTED = frozenset({"published", "noindex"})
"""Statuses whose articles stand in lists, search and counts."""


def sort_key(card: Card) -> tuple[str, str]:
    """Date order: EDTF sorts as text once its doubts are cut off; ties by id."""
    return (card.date.rstrip("?~%"), card.id)


class Row(msgspec.Struct, frozen=True):
    """One listed article."""

    card: Card
    number: int
    """Under which the caller finds the card again."""


class Columns(msgspec.Struct, frozen=True, eq=False):
    """The rows."""

    numbers: NDArray[np.int64]
    """Where each article's card is to be found."""
    ids: NDArray[np.uint64]
    """Digest of each article's id."""
    addresses: NDArray[np.uint64]
    """Digest of each article's permalink."""
    published: NDArray[np.bool_]
    """False for `noindex`."""
    months: NDArray[np.int32]
    """Label of the month: `YYYY-MM`, `YYYY` where no month is known, or empty."""
    days: NDArray[np.uint8]
    """Day of the month, 0 where none is known."""
    starts: NDArray[np.int64]
    """Shape (rows + 1,): where each row's labels begin in `labels`."""
    tags: NDArray[np.int32]
    """How many labels of each row stand before its entities: its source, its authors, its topics."""
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.numbers)

    def save(self) -> dict[str, NDArray[np.generic]]:
        """The columns by name."""
        return {f"rows.{name}": getattr(self, name) for name in self.__struct_fields__}


def load_columns(saved: Arrays) -> Columns:
    """The columns that `Columns.save` gave."""
    fields: dict[str, Any] = {name: saved[f"rows.{name}"] for name in Columns.__struct_fields__}
    return Columns(**fields)


def make_columns(rows: Iterable[Row], labels: Labels) -> Columns:
    """Columns of some rows, in their order; labels that are not known yet are added to `labels`."""
    numbers: list[int] = []
    ids: list[int] = []
    addresses: list[int] = []
    published: list[bool] = []
    months: list[int] = []
    days: list[int] = []
    starts = [0]
    tags: list[int] = []
    found: list[int] = []
    number = labels.number
    sources, authors, topics = (space_of_family(family) for family in ("sources", "authors", "tags"))
    for row in rows:
        card = row.card
        numbers.append(row.number)
        ids.append(hash64(card.id))
        addresses.append(hash64(spelling(card.permalink)))
        published.append(card.status == "published")
        date = card.date.rstrip("?~%")
        months.append(number(MONTHS, date[:7]))
        days.append(int(date[8:10]) if date[8:10].isdecimal() else 0)
        if card.source_name:
            found.append(number(sources, card.source_name))
        found += [number(authors, name) for name in card.authors]
        found += [number(topics, name) for name in card.topics]
        tags.append(len(found) - starts[-1])
        found += [number(tag.kind, tag.name) for tag in card.tags]
        starts.append(len(found))
    return Columns(
        np.array(numbers, dtype=np.int64),
        np.array(ids, dtype=np.uint64),
        np.array(addresses, dtype=np.uint64),
        np.array(published, dtype=np.bool_),
        np.array(months, dtype=np.int32),
        np.array(days, dtype=np.uint8),
        np.array(starts, dtype=np.int64),
        np.array(tags, dtype=np.int32),
        np.array(found, dtype=np.int32),
    )


class Splice(msgspec.Struct, frozen=True, eq=False):
    """Rows before and after a change."""

    columns: Columns
    same_structure: bool
    """Every row stands where it stood, with the labels it had."""


def splice(
    columns: Columns,
    card_at: Callable[[int], Card],
    removed: Collection[int],
    added: Iterable[Row],
    labels: Labels,
) -> Splice:
    """Take rows out and put others in. Costs copies of the columns, and little more.

    Args:
        columns: the rows as they are.
        card_at: the card at a position of `columns`.
        removed: positions that go.
        added: articles that come; one that changed is removed and added.
        labels: of `columns`; receives new ones.
    """
    rows = sorted(added, key=lambda row: sort_key(row.card))
    fresh = make_columns(rows, labels)
    gone = sorted(removed)
    positions = range(len(columns))
    slots = [bisect_left(positions, sort_key(row.card), key=lambda at: sort_key(card_at(at))) for row in rows]
    if slots == gone and _same_labels(columns, gone, fresh):
        numbers, addresses, published = columns.numbers.copy(), columns.addresses.copy(), columns.published.copy()
        days = columns.days.copy()
        numbers[gone], addresses[gone], published[gone] = fresh.numbers, fresh.addresses, fresh.published
        days[gone] = fresh.days
        changed = msgspec.structs.replace(columns, numbers=numbers, addresses=addresses, published=published, days=days)
        return Splice(changed, same_structure=True)
    return Splice(_merge(columns, gone, fresh, slots), same_structure=False)


def _same_labels(columns: Columns, positions: Sequence[int], fresh: Columns) -> bool:
    for number, position in enumerate(positions):
        old = slice(int(columns.starts[position]), int(columns.starts[position + 1]))
        new = slice(int(fresh.starts[number]), int(fresh.starts[number + 1]))
        if (
            columns.ids[position] != fresh.ids[number]
            or columns.months[position] != fresh.months[number]
            or columns.tags[position] != fresh.tags[number]
            or not np.array_equal(columns.labels[old], fresh.labels[new])
        ):
            return False
    return True


def _merge(columns: Columns, gone: Sequence[int], fresh: Columns, slots: Sequence[int]) -> Columns:
    # Runs of rows in their new order: (which columns, first, last).
    runs: list[tuple[Columns, int, int]] = []
    cuts = sorted([(position, 0, 0) for position in gone] + [(slot, -1, number) for number, slot in enumerate(slots)])
    at = 0
    for position, what, number in cuts:
        if at < position:
            runs.append((columns, at, position))
            at = position
        if what:
            runs.append((fresh, number, number + 1))
        else:
            at = position + 1
    if at < len(columns):
        runs.append((columns, at, len(columns)))
    if not runs:
        return msgspec.structs.replace(fresh)
    parts = {
        name: np.concatenate([getattr(source, name)[first:last] for source, first, last in runs])
        for name in ("numbers", "ids", "addresses", "published", "months", "days", "tags")
    }
    lengths = np.concatenate([np.diff(source.starts[first : last + 1]) for source, first, last in runs])
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    values = [source.labels[source.starts[first] : source.starts[last]] for source, first, last in runs]
    return Columns(**parts, starts=starts, labels=np.concatenate(values))
