"""Views of pages that list articles: home, calendar, entities, sources, authors, tags, A–Z lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from sitegen.entities.places import locate
from sitegen.entities.relatedness import neighbours
from sitegen.model import Card
from sitegen.plan.letters import letter_of
from sitegen.plan.library import Group, Library
from sitegen.plan.parts import (
    card_views,
    group_address,
    group_link,
    month_bars,
    time_bars,
    top_entities,
    top_groups,
    year_bars,
)
from sitegen.plan.urls import (
    GROUP_FAMILIES,
    UNDATED_URL,
    group_url,
    group_year_url,
    letter_url,
    month_url,
    year_url,
)
from sitegen.render.views import (
    ArchiveView,
    CardView,
    EntityEntry,
    EntityGroup,
    EntityIndexView,
    EntityLink,
    EntityView,
    GroupIndexView,
    GroupView,
    HomeView,
    Link,
    MonthView,
    YearView,
)

WHOLE_LIST = 1000
"""A group with more articles is cut into pages by year."""

_WITH_EXCERPTS = 60
"""A longer list shows headlines only: a page must not grow with the archive more than it has to."""

_ARTICLES_OF_A_NAME = 12
"""Articles listed under a name in an A–Z list; the search finds them all."""

_LATEST = 12
_TOP = 12
_NEIGHBOURS = 12


def home_view(library: Library, title: str, description: str) -> HomeView:
    """The front page."""
    cards = library.cards
    first, last = dates_span(cards)
    newest = range(len(cards) - 1, max(-1, len(cards) - 1 - _LATEST), -1)
    top = []
    for family in ("people", "organizations", "places"):
        groups = _most_named(library, family)
        if groups:
            top.append(EntityGroup(groups[0].kind, tuple(group_link(library, group, count=True) for group in groups)))
    return HomeView(
        url="/",
        title=title,
        description=description,
        articles=len(cards),
        first=first,
        last=last,
        sources=len(library.families["sources"]),
        histogram=time_bars(library),
        top=tuple(top),
        latest=card_views(library, newest),
    )


def _most_named(library: Library, family: str) -> list[Group]:
    """The entities that most articles name, without the reporters whose names only sign what they wrote."""
    candidates = top_groups(library.families[family].values(), 8 * _TOP)
    if family == "people":
        signed = {
            group: sum(group.name in library.cards[position].authors for position in group.members)
            for group in candidates
        }
        candidates = [group for group in candidates if 3 * signed[group] < len(group.members)]
    return candidates[:_TOP]


def archive_view(library: Library) -> ArchiveView:
    """`/archive/`."""
    years = tuple((bar, month_bars(library, bar.label)) for bar in year_bars(library) if bar.count)
    return ArchiveView(url="/archive/", years=years, undated=len(library.years.get("", ())))


def year_view(library: Library, year: str) -> YearView:
    """`/archive/1969/`."""
    previous, following = _around([key for key in library.years if key], year, year_url)
    return YearView(
        url=year_url(year),
        title=year,
        year=year,
        months=month_bars(library, year),
        cards=_cards(library, library.months.get(year, ())),
        previous=previous,
        next=following,
        top=top_entities(library, library.years[year], _TOP),
    )


def month_view(library: Library, month: str) -> MonthView:
    """`/archive/1969/07/`; an empty month is `/undated/`."""
    months = [key for key in library.months if len(key) == 7]
    previous, following = _around(months, month, month_url) if month else (None, None)
    return MonthView(
        url=month_url(month) if month else UNDATED_URL,
        title=month,
        month=month,
        cards=_cards(library, library.months[month]),
        previous=previous,
        next=following,
    )


def _cards(library: Library, positions: Sequence[int]) -> tuple[CardView, ...]:
    return card_views(library, positions, excerpt=len(positions) <= _WITH_EXCERPTS)


def _around(keys: Sequence[str], key: str, url: Callable[[str], str]) -> tuple[Link | None, Link | None]:
    ordered = sorted(keys)
    at = ordered.index(key)
    previous = Link(ordered[at - 1], url(ordered[at - 1])) if at else None
    following = Link(ordered[at + 1], url(ordered[at + 1])) if at + 1 < len(ordered) else None
    return previous, following


def entity_view(library: Library, group: Group, year: str | None = None) -> EntityView:
    """An entity's page; with `year`, its page for that year (`""`: undated articles)."""
    entity = group.entity
    assert entity is not None
    positions, years = _cut(library, group, year)
    first, last = dates_span([library.cards[position] for position in group.members])
    if year is not None:
        return EntityView(
            url=group_year_url(group.family, group.slug, year),
            title=group.name,
            kind=group.kind,
            slug=group.slug,
            name=group.name,
            articles=len(positions),
            cards=_cards(library, positions),
            year=year or "undated",
            years=years,
        )
    near = _neighbours(library, group)
    place = locate(group.name, [link.name for link in near if link.kind == "place"]) if group.kind == "place" else None
    return EntityView(
        url=group_url(group.family, group.slug),
        title=group.name,
        kind=group.kind,
        slug=group.slug,
        name=group.name,
        aliases=entity.aliases,
        links=tuple(Link(label, target) for label, target in entity.links),
        checked=entity.checked,
        articles=len(group.members),
        first=first,
        last=last,
        histogram=year_bars(library, group.members, link=False),
        neighbours=near,
        cards=_cards(library, positions),
        years=years,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        country=place.country if place else "",
    )


def _cut(library: Library, group: Group, year: str | None) -> tuple[list[int], tuple[Link, ...]]:
    """Positions to list, newest first, and the links to the pages by year where there are such pages."""
    by_year: dict[str, list[int]] = defaultdict(list)
    for position in reversed(group.members):
        by_year[library.cards[position].date[:4]].append(position)
    if len(group.members) <= WHOLE_LIST:
        return list(reversed(group.members)), ()
    years = tuple(Link(key, group_year_url(group.family, group.slug, key)) for key in sorted(by_year, reverse=True))
    if year is None:
        return list(reversed(group.members))[: 2 * _LATEST], years
    return by_year[year], years


def group_years(library: Library, group: Group) -> list[str]:
    """Years that a large group has pages for; none where its one page lists all."""
    if len(group.members) <= WHOLE_LIST:
        return []
    return sorted({library.cards[position].date[:4] for position in group.members})


def _neighbours(library: Library, group: Group) -> tuple[EntityLink, ...]:
    """Entities that the same articles name, closest first; `count` is the number of articles that name both."""
    groups = library.entities
    found = neighbours(
        group.number,
        (library.named[position] for position in group.members),
        lambda number: len(groups[number].members),
        _NEIGHBOURS,
    )
    return tuple(msgspec.structs.replace(group_link(library, groups[near.key]), count=near.shared) for near in found)


def group_view(library: Library, group: Group, year: str | None = None) -> GroupView:
    """A source's, author's or tag's page; with `year`, its page for that year."""
    positions, years = _cut(library, group, year)
    return GroupView(
        url=group_url(group.family, group.slug) if year is None else group_year_url(group.family, group.slug, year),
        title=group.name,
        family=group.family,
        name=group.name,
        articles=len(group.members) if year is None else len(positions),
        cards=_cards(library, positions),
        year="" if year is None else year or "undated",
        years=years,
    )


def family_kind(library: Library, family: str) -> str:
    """The entity kind of a family of entities, or the family itself."""
    return next((group.kind for group in library.families[family].values()), _KIND.get(family, family))


_KIND = {"people": "person", "organizations": "organization", "places": "place"}


def family_index_view(library: Library, family: str) -> EntityIndexView | GroupIndexView:
    """`/people/`, `/sources/` …: the most named, those with pages, and the way into the A–Z lists."""
    groups = library.families[family]
    with_page = sorted(
        top_groups((group for group in groups.values() if group.has_page), WHOLE_LIST),
        key=lambda group: group.slug,
    )
    letters = sorted({letter_of(slug) for slug in groups})
    if family in GROUP_FAMILIES and len(groups) <= WHOLE_LIST:
        return GroupIndexView(
            url=f"/{family}/",
            family=family,
            entries=tuple(group_link(library, groups[slug], count=True) for slug in sorted(groups)),
        )
    return EntityIndexView(
        url=f"/{family}/",
        kind=family_kind(library, family),
        letters=tuple(Link(letter, letter_url(family, letter)) for letter in letters),
        top=tuple(group_link(library, group, count=True) for group in top_groups(with_page, 2 * _TOP)),
        entries=tuple(_entry(library, group) for group in with_page),
    )


def letter_view(
    library: Library, family: str, prefix: str, slugs: Sequence[str], finer: Sequence[str]
) -> EntityIndexView:
    """One A–Z list: every name with its articles, or the way to its page; `slug` is the anchor of a name for good."""
    return EntityIndexView(
        url=letter_url(family, prefix),
        kind=family_kind(library, family),
        letter=prefix,
        letters=tuple(Link(longer, letter_url(family, longer)) for longer in finer),
        entries=tuple(_entry(library, library.families[family][slug]) for slug in slugs),
    )


def _entry(library: Library, group: Group) -> EntityEntry:
    own_page = group.has_page
    return EntityEntry(
        slug=group.slug,
        name=group.name,
        count=len(group.members),
        url=group_address(library, group) if own_page else "",
        cards=() if own_page else card_views(library, group.members[: -_ARTICLES_OF_A_NAME - 1 : -1], excerpt=False),
    )


def dates_span(cards: Sequence[Card]) -> tuple[str, str]:
    """First and last date, or empty texts."""
    dated = [card.date for card in cards if card.date]
    return (dated[0], dated[-1]) if dated else ("", "")
