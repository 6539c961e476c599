"""Small pieces that many views share: an article in a list, a link to a group, bars of a histogram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sitegen.markup.direction import text_direction
from sitegen.model import Card
from sitegen.plan.library import Family, Group, Library
from sitegen.plan.urls import family_of_kind, group_url, letter_url, month_url, year_url
from sitegen.render.views import Bar, CardView, EntityGroup, EntityLink, Link

_LONGEST_SPAN = 400
"""Years that a histogram shows without a gap."""

_HEADLINES = 1 << 15
"""Headlines that are kept: half a kilobyte each."""

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


def headline(library: Library, position: int) -> CardView:
    """An article as lists show it without its excerpt: one and the same for all the lists that it stands in."""
    known = library.headlines
    found = known.get(position)
    if found is None:
        if len(known) >= _HEADLINES:
            known.clear()
        found = known[position] = card_view(library.cards[position], excerpt=False)
    return found


def card_views(library: Library, positions: Iterable[int], excerpt: bool = True) -> tuple[CardView, ...]:
    """Articles by position, as lists show them."""
    if excerpt:
        return tuple([card_view(library.cards[position]) for position in positions])
    return tuple([headline(library, position) for position in positions])


def group_address(library: Library, group: Group) -> str:
    """The group's page, or its place in an A–Z list."""
    if group.has_page:
        return group_url(group.family, group.slug)
    return f"{letter_url(group.family, library.letter_list_of(group.family, group.slug))}#{group.slug}"


def group_link(library: Library, group: Group, count: bool = False, authorities: bool = False) -> EntityLink:
    """A link to a group, with the number of its articles or what editors linked it to where the page shows that."""
    return EntityLink(
        kind=group.kind,
        slug=group.slug,
        name=group.name,
        url=group_address(library, group),
        count=group.count if count else 0,
        has_page=group.has_page,
        links=tuple(Link(*link) for link in group.entity.links) if authorities and group.entity else (),
    )


def article_link(library: Library, group: Group) -> EntityLink:
    """The link to a group in articles that name it, with what editors linked it to: one and the same in all."""
    if group.link is None:
        group.link = group_link(library, group, authorities=True)
    return group.link


def top_groups(library: Library, family: Family, limit: int, *, with_page: bool = False) -> list[Group]:
    """The groups of a family with most articles, of all or of those with pages; ties by slug."""
    numbers = family.numbers(with_page=with_page)
    counts = library.memberships.counts[numbers]
    if len(counts) > limit:
        # All that tie with the last one: what decides between them is their slugs.
        numbers = numbers[counts >= np.partition(counts, -limit)[-limit]]
    groups = [library.group(number) for number in numbers.tolist()]
    return sorted(groups, key=lambda group: (-group.count, group.slug, group.kind))[:limit]


def top_entities(library: Library, positions: range, limit: int) -> tuple[EntityGroup, ...]:
    """The entities named by most of some articles that follow each other, by kind."""
    found = library.entity_counts(positions)
    by_kind: dict[str, list[tuple[int, int]]] = {}
    for number in np.flatnonzero(found).tolist():
        by_kind.setdefault(library.labels.groups[number][0], []).append((int(found[number]), number))
    tops = []
    for kind in ordered_kinds(by_kind):
        least = sorted((count for count, _ in by_kind[kind]), reverse=True)[:limit][-1]
        ranked = sorted(
            ((count, library.group(number)) for count, number in by_kind[kind] if count >= least),
            key=lambda item: (-item[0], item[1].slug),
        )
        links = [
            EntityLink(kind, group.slug, group.name, group_address(library, group), count, group.has_page)
            for count, group in ranked[:limit]
        ]
        tops.append(EntityGroup(kind, tuple(links)))
    return tuple(tops)


def ordered_kinds(kinds: Iterable[str]) -> list[str]:
    """People, organisations, places, then editors' own kinds by name."""
    rank = {kind: number for number, kind in enumerate(KIND_ORDER)}
    return sorted(kinds, key=lambda kind: (rank.get(kind, len(rank)), kind))


def entity_families(library: Library) -> list[str]:
    """Families of entities, in the order of `ordered_kinds`; people, organisations and places are always there."""
    kinds = ordered_kinds({*library.kinds, *KIND_ORDER})
    return list(dict.fromkeys(family_of_kind(kind) for kind in kinds))


def year_bars(library: Library, positions: Sequence[int] | None = None, link: bool = True) -> tuple[Bar, ...]:
    """Articles by year, with the empty years between the first and the last."""
    if positions is None:
        counts = {year: len(members) for year, members in library.years.items() if year}
    else:
        found = library.by_year(np.asarray(positions, dtype=np.int32))
        counts = {year: len(members) for year, members in found if year}
    if not counts:
        return ()
    first, last = int(min(counts)), int(max(counts))
    if last - first > _LONGEST_SPAN:
        # A stray date a thousand years off must not draw a thousand empty years.
        return tuple(Bar(year, counts[year], _year_link(library, year, link)) for year in sorted(counts))
    years = [f"{year:04d}" for year in range(first, last + 1)]
    return tuple(Bar(year, counts.get(year, 0), _year_link(library, year, link)) for year in years)


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
