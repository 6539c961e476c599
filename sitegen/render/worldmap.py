"""A small map of the world with one place marked, as inline SVG."""

from __future__ import annotations

from markupsafe import Markup, escape

from sitegen.render.strings import Strings
from sitegen.render.world_data import COUNTRIES, LAND

WIDTH, HEIGHT = 720, 280
_NORTH, _SOUTH = 84, -56
_GEONAMES = "https://www.geonames.org/"


def map_point(latitude: float, longitude: float) -> tuple[int, int]:
    """Where a place lies on the map, in the units of its `viewBox`; polar places stand at the edge."""
    held = min(_NORTH, max(_SOUTH, latitude))
    return round((longitude + 180) * 2), round((_NORTH - held) * 2)


def country_name(code: str, strings: Strings) -> str:
    """Name of a country by its ISO 3166-1 alpha-2 code; a code that is none is given back."""
    return strings.text(COUNTRIES.get(code, code))


def readable_point(latitude: float, longitude: float, strings: Strings) -> str:
    """`59.91° N, 10.75° E`."""
    north, east = f"{abs(latitude):.2f}°", f"{abs(longitude):.2f}°"
    across = strings.text("{degrees} N", degrees=north) if latitude >= 0 else strings.text("{degrees} S", degrees=north)
    along = strings.text("{degrees} E", degrees=east) if longitude >= 0 else strings.text("{degrees} W", degrees=east)
    return f"{across}, {along}"


def world_map(name: str, latitude: float, longitude: float, country: str, strings: Strings) -> Markup:
    """Draw a `<figure>`: the land, a dot, a text for those who do not see it, and the credit that GeoNames asks for."""
    x, y = map_point(latitude, longitude)
    where = readable_point(latitude, longitude, strings)
    if country:
        where = f"{where}, {country_name(country, strings)}"
    label = escape(strings.text("Map of the world: {name} lies at {where}", name=name, where=where))
    credit = strings.text(
        "Place: {geonames}",
        geonames=Markup(f'<a rel="external noreferrer" href="{_GEONAMES}">GeoNames</a>'),  # noqa: S704
    )
    return Markup(  # noqa: S704 - every value is escaped or a number
        f'<figure class="map">\n<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f'<path class="land" d="{LAND}"/>'
        f'<circle class="halo" cx="{x}" cy="{y}" r="22"/><circle class="dot" cx="{x}" cy="{y}" r="8"/></svg>\n'
        f"<figcaption>{credit}</figcaption>\n</figure>\n"
    )
