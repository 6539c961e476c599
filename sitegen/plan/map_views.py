"""The view of the map of all places."""

from __future__ import annotations

from sitegen.plan.entity_views import place_of
from sitegen.plan.library import Library
from sitegen.plan.parts import group_link, top_groups
from sitegen.render.views import EntityLink, MapPlace, MapView

MAP_URL = "/map/"
_FAMILY = "places"


def has_map(library: Library) -> bool:
    """Whether any place has a page."""
    return len(library.families[_FAMILY].numbers(with_page=True)) > 0


def map_view(library: Library) -> MapView:
    """`/map/`: places with pages, most articles first, and those of them that the gazetteer does not know."""
    family = library.families[_FAMILY]
    places: list[MapPlace] = []
    elsewhere: list[EntityLink] = []
    for group in top_groups(library, family, len(family), with_page=True):
        link = group_link(library, group, count=True)
        found = place_of(library, group)
        if found is None:
            elsewhere.append(link)
        else:
            places.append(MapPlace(link, found.latitude, found.longitude, found.country))
    return MapView(url=MAP_URL, places=tuple(places), elsewhere=tuple(elsewhere))
