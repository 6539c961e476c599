"""Months as weeks, from counts of articles by day."""

from __future__ import annotations

import calendar
from collections.abc import Sequence

import msgspec


class MonthDays(msgspec.Struct, frozen=True):
    """A month of a year's calendar."""

    month: str
    """`YYYY-MM`."""
    articles: int
    """On known days."""
    weeks: list[list[tuple[int, int]]]
    """Monday first, as (day of month, articles); day 0 stands outside the month."""


def year_months(year: str, days: Sequence[Sequence[int]]) -> list[MonthDays]:
    """The twelve months of a year; days are counted from the first of each month."""
    found = []
    for number, counts in enumerate(days, 1):
        weeks = calendar.Calendar().monthdayscalendar(int(year), number)
        cells = [[(day, counts[day - 1] if 0 < day <= len(counts) else 0) for day in week] for week in weeks]
        found.append(MonthDays(f"{year}-{number:02d}", sum(counts), cells))
    return found
