"""Views of pages that list articles: home, calendar, entities, sources, authors, tags, A–Z lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sitegen.plan import year_cuts
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
from sitegen.plan.year_cuts import cut_by_year, dates_span, listed_cards
from sitegen.render.views import (
    ArchiveView,
    EntityEntry,
    EntityGroup,
    EntityIndexView,
    GroupIndexView,
    GroupView,
    HomeView,
    Link,
    MonthView,
    YearView,
)

_ARTICLES_OF_A_NAME = 12
"""Articles listed under a name in an A–Z list; the search finds them all."""

_LATEST = 12
_TOP = 12


def home_view(library: Library, title: str, description: str) -> HomeView:
    """The front page."""
    cards = library.cards
    first, last = dates_span(library, range(len(cards)))
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
    candidates = top_groups(library, library.families[family], 8 * _TOP)
    if family == "people":
        candidates = [group for group in candidates if 3 * library.signed(group) < group.count]
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
        cards=listed_cards(library, library.months.get(year, ())),
        previous=previous,
        next=following,
        top=top_entities(library, library.years[year], _TOP),
        days=library.day_counts(year),
    )


def month_view(library: Library, month: str) -> MonthView:
    """`/archive/1969/07/`; an empty month is `/undated/`."""
    months = [key for key in library.months if len(key) == 7]
    previous, following = _around(months, month, month_url) if month else (None, None)
    return MonthView(
        url=month_url(month) if month else UNDATED_URL,
        title=month,
        month=month,
        cards=listed_cards(library, library.months[month]),
        previous=previous,
        next=following,
    )


def _around(keys: Sequence[str], key: str, url: Callable[[str], str]) -> tuple[Link | None, Link | None]:
    ordered = sorted(keys)
    at = ordered.index(key)
    previous = Link(ordered[at - 1], url(ordered[at - 1])) if at else None
    following = Link(ordered[at + 1], url(ordered[at + 1])) if at + 1 < len(ordered) else None
    return previous, following


def group_view(library: Library, group: Group, year: str | None = None) -> GroupView:
    """A source's, author's or tag's page; with `year`, its page for that year."""
    positions, years = cut_by_year(library, group, year)
    return GroupView(
        url=group_url(group.family, group.slug) if year is None else group_year_url(group.family, group.slug, year),
        title=group.name,
        family=group.family,
        name=group.name,
        articles=group.count if year is None else len(positions),
        cards=listed_cards(library, positions),
        year="" if year is None else year or "undated",
        years=years,
    )


def family_kind(library: Library, family: str) -> str:
    """The entity kind of a family of entities, or the family itself."""
    if family in _KIND or family in GROUP_FAMILIES:
        return _KIND.get(family, family)
    return library.families[family].kind


_KIND = {"people": "person", "organizations": "organization", "places": "place"}


def family_index_view(library: Library, family: str) -> EntityIndexView | GroupIndexView:
    """`/people/`, `/sources/` …: the most named, those with pages, and the way into the A–Z lists."""
    groups = library.families[family]
    if family in GROUP_FAMILIES and len(groups) <= year_cuts.WHOLE_LIST:
        return GroupIndexView(
            url=f"/{family}/",
            family=family,
            entries=tuple(group_link(library, group, count=True) for group in groups.values()),
        )
    with_page = top_groups(library, groups, year_cuts.WHOLE_LIST, with_page=True)
    return EntityIndexView(
        url=f"/{family}/",
        kind=family_kind(library, family),
        letters=tuple(Link(letter, letter_url(family, letter)) for letter in library.letters(family)),
        top=tuple(group_link(library, group, count=True) for group in with_page[: 2 * _TOP]),
        entries=tuple(_entry(library, group) for group in sorted(with_page, key=lambda group: group.slug)),
    )


def letter_view(library: Library, family: str, prefix: str) -> EntityIndexView:
    """One A–Z list: every name with its articles, or the way to its page; `slug` is the anchor of a name for good."""
    return EntityIndexView(
        url=letter_url(family, prefix),
        kind=family_kind(library, family),
        letter=prefix,
        letters=tuple(Link(longer, letter_url(family, longer)) for longer in library.finer(family, prefix)),
        entries=tuple(_entry(library, library.families[family][slug]) for slug in library.letter_slugs(family, prefix)),
    )


def _entry(library: Library, group: Group) -> EntityEntry:
    own_page = group.has_page
    return EntityEntry(
        slug=group.slug,
        name=group.name,
        count=group.count,
        url=group_address(library, group) if own_page else "",
        cards=() if own_page else card_views(library, group.members[: -_ARTICLES_OF_A_NAME - 1 : -1], excerpt=False),
    )
