"""Views of entities: their pages, and what stands on them."""

from __future__ import annotations

import msgspec

from sitegen.entities.places import locate
from sitegen.entities.relatedness import neighbours
from sitegen.plan.library import Group, Library
from sitegen.plan.parts import group_link, year_bars
from sitegen.plan.urls import group_url, group_year_url
from sitegen.plan.year_cuts import cut_by_year, dates_span, listed_cards
from sitegen.render.views import EntityLink, EntityView, Link

_NEIGHBOURS = 12


def entity_view(library: Library, group: Group, year: str | None = None) -> EntityView:
    """An entity's page; with `year`, its page for that year (`""`: undated articles)."""
    entity = group.entity
    assert entity is not None
    positions, years = cut_by_year(library, group, year)
    first, last = dates_span([library.cards[position] for position in group.members])
    if year is not None:
        return EntityView(
            url=group_year_url(group.family, group.slug, year),
            title=group.name,
            kind=group.kind,
            slug=group.slug,
            name=group.name,
            articles=len(positions),
            cards=listed_cards(library, positions),
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
        cards=listed_cards(library, positions),
        years=years,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        country=place.country if place else "",
    )


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
