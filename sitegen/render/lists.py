"""Lists cut by the calendar, and the grid of a month."""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Sequence

from sitegen.model.date import EdtfDate
from sitegen.render.views import Bar, CardView, Link

_SHORT = 12
"""A list of so many articles needs no links to its years."""


def by_year(cards: Sequence[CardView]) -> list[tuple[str, list[CardView]]]:
    """Neighbouring cards of one year together, in the order given; `""` for cards without a date."""
    return [(year, list(group)) for year, group in itertools.groupby(cards, lambda card: card.date[:4])]


def link_years(bars: Sequence[Bar], years: Sequence[Link], cards: Sequence[CardView]) -> list[Bar]:
    """Give bars without a URL one: that of the page for their year, else the place of the year in the page's list."""
    pages = {link.label: link.url for link in years}
    here = {card.date[:4] for card in cards}
    return [
        bar
        if bar.url
        else Bar(bar.label, bar.count, pages.get(bar.label) or (f"#y{bar.label}" if bar.label in here else ""))
        for bar in bars
    ]


def years_here(cards: Sequence[CardView]) -> list[Link]:
    """Links to the years of a list that stands on the page itself; none where it is short or of one year."""
    years = [year for year, _ in by_year(cards) if year]
    return [Link(year, f"#y{year}") for year in years] if len(years) > 1 and len(cards) > _SHORT else []


def by_day(cards: Sequence[CardView]) -> list[tuple[str, list[CardView]]]:
    """Neighbouring cards of one day (`1969-07-20`) together, in the order given; `""` where the day is not known."""
    return [(day, list(group)) for day, group in itertools.groupby(cards, _day)]


def _day(card: CardView) -> str:
    return card.date[:10] if len(card.date) >= 10 else ""


def month_grid(month: str, cards: Sequence[CardView]) -> list[list[tuple[int, int]]]:
    """Weeks of `YYYY-MM`, Monday first, as (day of month, articles); day 0 stands outside the month."""
    date = EdtfDate.parse(month)
    if date is None or not date.month:
        return []
    counts: dict[int, int] = {}
    for card in cards:
        day = _day(card)[8:]
        if day:
            counts[int(day)] = counts.get(int(day), 0) + 1
    weeks = calendar.Calendar().monthdayscalendar(date.year, date.month)
    return [[(day, counts.get(day, 0)) for day in week] for week in weeks]


def heat(count: int, peak: int, steps: int = 5) -> int:
    """Shade of a cell: 0 for none, else 1 to `steps`, equal steps of the square root (few stay visible)."""
    if count <= 0 or peak <= 0:
        return 0
    for step in range(1, steps):
        if count * steps * steps <= peak * step * step:
            return step
    return steps
