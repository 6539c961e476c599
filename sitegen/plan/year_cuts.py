"""How long lists of articles are shown: by year where they are too long for one page, newest first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from sitegen.plan.library import Group, Library
from sitegen.plan.parts import card_views
from sitegen.plan.urls import group_year_url
from sitegen.render.views import CardView, Link

WHOLE_LIST = 2000
"""A group with more articles is cut into pages by year."""

_WITH_EXCERPTS = 60
"""A longer list shows headlines only: a page must not grow with the archive more than it has to."""

_NEWEST = 24
"""Articles on the first page of a group that is cut into pages by year."""


def listed_cards(library: Library, positions: Sequence[int]) -> tuple[CardView, ...]:
    """Articles as a list shows them, with excerpts where it is short."""
    return card_views(library, positions, excerpt=len(positions) <= _WITH_EXCERPTS)


def cut_by_year(library: Library, group: Group, year: str | None) -> tuple[list[int], tuple[Link, ...]]:
    """Positions to list, newest first, and the links to the pages by year where there are such pages."""
    members = library.member_array(group.number)
    if group.count <= WHOLE_LIST:
        return members[::-1].tolist(), ()
    by_year = dict(library.by_year(members))
    years = tuple(Link(key, group_year_url(group.family, group.slug, key)) for key in sorted(by_year, reverse=True))
    chosen = members[-_NEWEST:] if year is None else by_year[year]
    return chosen[::-1].tolist(), years


def group_years(library: Library, number: int) -> list[str]:
    """Years that a large group has pages for; none where its one page lists all."""
    if library.count(number) <= WHOLE_LIST:
        return []
    return [year for year, _ in library.by_year(library.member_array(number))]


def dates_span(library: Library, positions: Sequence[int]) -> tuple[str, str]:
    """First and last date of ascending positions, or empty texts."""
    first = bisect_left(positions, True, key=lambda position: bool(library.cards[position].date))
    if first == len(positions):
        return "", ""
    return library.cards[positions[first]].date, library.cards[positions[-1]].date
