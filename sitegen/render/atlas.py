"""The map of all places as inline SVG: coasts, borders, a graticule, and a dot for each place, which is a link.

The drawing shows the part of the world that the places lie in. Sizes are in pixels of a drawing `SHOWN` pixels wide;
the script that zooms keeps them so on any screen, hides dots that collide and shows names where there is room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from markupsafe import Markup, escape

from sitegen.render.atlas_data import BORDERS, COASTS
from sitegen.render.robinson import HEIGHT, WIDTH, graticule, outline, project
from sitegen.render.strings import Strings
from sitegen.render.views import MapPlace

SHOWN = 1180
_LEAST_WIDTH = WIDTH // 6
_SMALLEST, _LARGEST = 3.5, 15.0
_LINE, _CHARACTER = 13, 6.4
_NAMED = 40
_FIXED = ' vector-effect="non-scaling-stroke"'
"""Lines as thick on every scale."""


def dot_radius(count: int, peak: int) -> float:
    """Pixels; areas go with the number of articles."""
    return round(max(_SMALLEST, _LARGEST * sqrt(count / max(peak, 1))), 1)


def atlas(places: Sequence[MapPlace], strings: Strings, rel: Callable[[str], str]) -> Markup:
    """Draw the `<svg>`.

    Args:
        places: most articles first, so that small dots lie on large ones.
        strings: interface language.
        rel: makes a root-relative URL relative to the page.
    """
    points = [project(place.latitude, place.longitude) for place in places]
    left, top, width, height = _frame(points)
    unit = width / SHOWN
    peak = max((place.entity.count for place in places), default=1)
    radii = [dot_radius(place.entity.count, peak) for place in places]
    named = _room_for_names(places, points, radii, unit)
    label = escape(strings.text("Map of the places that the archive names"))
    parts = [
        f'<svg class="atlas" viewBox="{left} {top} {width} {height}" role="group" aria-label="{label}"',
        f' data-world="0 0 {WIDTH} {HEIGHT}" data-drawing="map">\n',
        f'<g aria-hidden="true"><path class="sea" d="{outline()}"/><path class="net" d="{graticule()}"{_FIXED}/>',
        f'<path class="land" d="{COASTS}"/><path class="borders" d="{BORDERS}"{_FIXED}/></g>\n',
        f'<g class="dots" paint-order="stroke" font-size="{_LINE * unit:.1f}">\n',
    ]
    for at, (place, (x, y), radius) in enumerate(zip(places, points, radii, strict=True)):
        entity = place.entity
        name = escape(entity.name)
        told = escape(strings.plural(entity.count, "{n} article", "{n} articles"))
        hidden = "" if at in named else " minor"
        parts.append(
            f'<a href="{escape(rel(entity.url))}" class="spot{hidden}" aria-label="{name}: {told}"'
            f' data-n="{entity.count}" data-r="{radius:g}"><title>{name}: {told}</title>'
            f'<circle cx="{x}" cy="{y}" r="{radius * unit:.1f}"{_FIXED}/>'
            f'<text x="{x + (radius + 3) * unit:.1f}" y="{y + 4.5 * unit:.1f}">{name}</text></a>\n'
        )
    parts.append("</g>\n</svg>\n")
    return Markup("".join(parts))  # noqa: S704 - every value is escaped or a number


def _frame(points: Sequence[tuple[int, int]]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is shown: all points with room around them, in the shape of the world."""
    if not points:
        return 0, 0, WIDTH, HEIGHT
    xs, ys = [x for x, _ in points], [y for _, y in points]
    wide = max((max(xs) - min(xs)) * 5 // 4, (max(ys) - min(ys)) * 5 * WIDTH // (4 * HEIGHT), _LEAST_WIDTH)
    width = min(wide, WIDTH)
    height = width * HEIGHT // WIDTH
    left = min(max((min(xs) + max(xs) - width) // 2, 0), WIDTH - width)
    top = min(max((min(ys) + max(ys) - height) // 2, 0), HEIGHT - height)
    return left, top, width, height


def _room_for_names(
    places: Sequence[MapPlace], points: Sequence[tuple[int, int]], radii: Sequence[float], unit: float
) -> set[int]:
    """Places whose names can stand beside their dots without covering another name or dot."""
    spots = [(x / unit, y / unit, radius) for (x, y), radius in zip(points, radii, strict=True)]
    dots = [(x - radius, y - radius, x + radius, y + radius) for x, y, radius in spots]
    taken: list[tuple[float, float, float, float]] = []
    named: set[int] = set()
    for at, (place, (x, y, radius)) in enumerate(zip(places[:_NAMED], spots, strict=False)):
        name = (x + radius + 2, y - 8, x + radius + 4 + len(place.entity.name) * _CHARACTER, y + 7)
        if any(_meet(dots[at], other) or _meet(name, other) for other in taken):
            continue
        if not any(_meet(name, dot) for number, dot in enumerate(dots) if number != at):
            named.add(at)
            taken.append(name)
    return named


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
