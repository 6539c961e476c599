"""How long lists of articles are shown: by year where they are too long for one page, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sitegen.model import Card
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
    by_year: dict[str, list[int]] = defaultdict(list)
    for position in reversed(group.members):
        by_year[library.cards[position].date[:4]].append(position)
    if len(group.members) <= WHOLE_LIST:
        return list(reversed(group.members)), ()
    years = tuple(Link(key, group_year_url(group.family, group.slug, key)) for key in sorted(by_year, reverse=True))
    if year is None:
        return list(reversed(group.members))[:_NEWEST], years
    return by_year[year], years


def group_years(library: Library, group: Group) -> list[str]:
    """Years that a large group has pages for; none where its one page lists all."""
    if len(group.members) <= WHOLE_LIST:
        return []
    return sorted({library.cards[position].date[:4] for position in group.members})


def dates_span(cards: Sequence[Card]) -> tuple[str, str]:
    """First and last date, or empty texts."""
    dated = [card.date for card in cards if card.date]
    return (dated[0], dated[-1]) if dated else ("", "")
