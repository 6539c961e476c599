"""Distil the drawing of the map of all places: coasts and the borders of countries, in Robinson's projection.

Input: `countries-50m.json` and `land-50m.json` of the npm package `world-atlas` (Natural Earth, public domain, as
TopoJSON). It need not stay installed.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python training/gazetteer/atlas.py package sitegen/render/atlas_data.py

Lines are simplified after Douglas and Peucker (1973); islands of less than a fifth of a square degree go. The same
input gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import outline

from sitegen.render.robinson import NORTH, SOUTH, project

outline.TOLERANCE = 0.17
"""Degrees by which a simplified line may be off."""
SMALLEST = 0.2
"""Square degrees of the smallest island."""


def main(folder: str, target: str) -> None:
    """Write the module `target` from the topologies in `folder`."""
    rings = [ring for ring in outline.read_rings(Path(folder, "land-50m.json")) if outline.top(ring) > SOUTH]
    coasts = [piece for ring in rings for piece in outline.cut(ring) if outline.area(piece) >= SMALLEST]
    coasts = [outline.simplified(ring) for ring in coasts]
    land = "".join(drawn(ring, "z") for ring in sorted(coasts, key=outline.area, reverse=True))
    borders = "".join(drawn(outline.reduced(line), "") for line in read_borders(Path(folder, "countries-50m.json")))
    module = (
        '"""Coasts and borders of the world (Natural Earth) in the units of `robinson.project`.\n\n'
        'Made by `training/gazetteer/atlas.py`; not written by hand.\n"""\n\n'
        f"from __future__ import annotations\n\nCOASTS = (\n{lines(land)}\n)\n"
        f'"""SVG path of the land."""\n\nBORDERS = (\n{lines(borders)}\n)\n'
        '"""SVG path of the lines between countries."""\n'
    )
    Path(target).write_text(module, encoding="utf-8")
    print(f"{len(coasts)} coasts, {len(land)} bytes; borders {len(borders)} bytes")


def lines(path: str) -> str:
    """A path as pieces of a literal."""
    return "\n".join(f'    "{path[at : at + 110]}"' for at in range(0, len(path), 110))


def read_borders(path: Path) -> list[list[outline.Point]]:
    """Lines that two countries share."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    uses: Counter[int] = Counter()
    for geometry in topology["objects"]["countries"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        uses.update({arc if arc >= 0 else ~arc for polygon in polygons for ring in polygon for arc in ring})
    found = []
    for number, arc in enumerate(topology["arcs"]):
        if uses[number] < 2:
            continue
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        found.append(line)
    return found


def drawn(line: list[outline.Point], end: str) -> str:
    """A line as an SVG path."""
    held = ((longitude, min(NORTH, max(SOUTH, latitude))) for longitude, latitude in line)
    return outline.svg_path([project(latitude, longitude) for longitude, latitude in held], end)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
