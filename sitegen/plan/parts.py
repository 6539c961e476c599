"""Small pieces that many views share: an article in a list, a link to a group, bars of a histogram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sitegen.markup.direction import text_direction
from sitegen.model import Card
from sitegen.plan.letters import letter_of
from sitegen.plan.library import Group, Library
from sitegen.plan.urls import family_of_kind, group_url, letter_url, month_url, year_url
from sitegen.render.views import Bar, CardView, EntityGroup, EntityLink, Link

_LONGEST_SPAN = 400
"""Years that a histogram shows without a gap."""

KIND_ORDER = ("person", "organization", "place")


def card_view(card: Card, excerpt: bool = True) -> CardView:
    """An article as lists show it."""
    return CardView(
        url=card.permalink,
        title=card.title,
        date=card.date,
        excerpt=card.excerpt if excerpt else "",
        source=card.source_name,
        authors=card.authors,
        language=card.language,
        direction=text_direction(card.language),
    )


def card_views(library: Library, positions: Iterable[int], excerpt: bool = True) -> tuple[CardView, ...]:
    """Articles by position, as lists show them."""
    return tuple(card_view(library.cards[position], excerpt) for position in positions)


def group_address(library: Library, group: Group) -> str:
    """The group's page, or its place in an A–Z list."""
    if group.has_page:
        return group_url(group.family, group.slug)
    letter = library.finer.get((group.family, group.slug)) or letter_of(group.slug)
    return f"{letter_url(group.family, letter)}#{group.slug}"


def group_link(library: Library, group: Group, count: bool = False, authorities: bool = False) -> EntityLink:
    """A link to a group, with the number of its articles or what editors linked it to where the page shows that."""
    return EntityLink(
        kind=group.kind,
        slug=group.slug,
        name=group.name,
        url=group_address(library, group),
        count=len(group.members) if count else 0,
        has_page=group.has_page,
        links=tuple(Link(*link) for link in group.entity.links) if authorities and group.entity else (),
    )


def top_groups(groups: Iterable[Group], limit: int) -> list[Group]:
    """The groups with most articles, ties by slug."""
    return sorted(groups, key=lambda group: (-len(group.members), group.slug))[:limit]


def top_entities(library: Library, positions: Sequence[int], limit: int) -> tuple[EntityGroup, ...]:
    """The entities named by most of some articles, by kind."""
    counts: Counter[int] = Counter()
    for position in positions:
        counts.update(library.named[position])
    by_kind: dict[str, list[tuple[int, str, Group]]] = {}
    for number, count in counts.items():
        group = library.entities[number]
        by_kind.setdefault(group.kind, []).append((-count, group.slug, group))
    return tuple(
        EntityGroup(
            kind,
            tuple(
                EntityLink(kind, slug, group.name, group_address(library, group), -count, group.has_page)
                for count, slug, group in sorted(by_kind[kind], key=lambda item: item[:2])[:limit]
            ),
        )
        for kind in ordered_kinds(by_kind)
    )


def ordered_kinds(kinds: Iterable[str]) -> list[str]:
    """People, organisations, places, then editors' own kinds by name."""
    rank = {kind: number for number, kind in enumerate(KIND_ORDER)}
    return sorted(kinds, key=lambda kind: (rank.get(kind, len(rank)), kind))


def entity_families(library: Library) -> list[str]:
    """Families of entities, in the order of `ordered_kinds`; people, organisations and places are always there."""
    kinds = {group.kind for group in library.entities}.union(KIND_ORDER)
    return [family_of_kind(kind) for kind in ordered_kinds(kinds)]


def year_bars(library: Library, positions: Iterable[int] | None = None, link: bool = True) -> tuple[Bar, ...]:
    """Articles by year, with the empty years between the first and the last."""
    counts: Counter[str] = Counter()
    if positions is None:
        counts.update({year: len(members) for year, members in library.years.items() if year})
    else:
        counts.update(library.cards[position].date[:4] for position in positions)
        counts.pop("", None)
    if not counts:
        return ()
    first, last = int(min(counts)), int(max(counts))
    if last - first > _LONGEST_SPAN:
        # A stray date a thousand years off must not draw a thousand empty years.
        return tuple(Bar(year, counts[year], _year_link(library, year, link)) for year in sorted(counts))
    years = [f"{year:04d}" for year in range(first, last + 1)]
    return tuple(Bar(year, counts[year], _year_link(library, year, link)) for year in years)


def _year_link(library: Library, year: str, link: bool) -> str:
    return year_url(year) if link and year in library.years else ""


def month_bars(library: Library, year: str) -> tuple[Bar, ...]:
    """The twelve months of a year; months without articles have no link."""
    bars = []
    for number in range(1, 13):
        month = f"{year}-{number:02d}"
        count = len(library.months.get(month, ()))
        bars.append(Bar(month, count, month_url(month) if count else ""))
    return tuple(bars)


def time_bars(library: Library) -> tuple[Bar, ...]:
    """The whole archive over time: by year, or by month where it covers no more than three years."""
    years = year_bars(library)
    if len(years) > 3:
        return years
    return tuple(bar for year in years for bar in month_bars(library, year.label))
