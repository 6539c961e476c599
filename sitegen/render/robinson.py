"""The projection of the map of all places: Robinson's, which shows the whole world without favouring a measure.

Robinson (1974) gave it as a table, a pair of lengths for every five degrees of latitude; between them it is read along
straight lines. Nothing but sums and products is needed, so that every platform gets the same whole numbers.
"""

from __future__ import annotations

WIDTH, HEIGHT = 2880, 1219
"""Of the drawing, in its own units: eight for a degree along the equator."""
NORTH, SOUTH = 84.0, -57.0
"""Degrees of latitude that the drawing shows; what lies beyond stands at its edge."""

_TABLE = (
    (10000, 0), (9986, 620), (9954, 1240), (9900, 1860), (9822, 2480), (9730, 3100), (9600, 3720), (9427, 4340),
    (9216, 4958), (8962, 5571), (8679, 6176), (8350, 6769), (7986, 7346), (7597, 7903), (7186, 8435), (6732, 8936),
    (6213, 9394), (5722, 9761), (5322, 10000),
)  # fmt: skip
"""For each five degrees from the equator: length of the parallel and distance from the equator, in ten-thousandths."""

_TALL = WIDTH * 1.3523 / (2 * 0.8487 * 3.141592653589793)
"""Distance from the equator to a pole."""


def _read(latitude: float) -> tuple[float, float]:
    """Length of the parallel (1 at the equator) and distance from the equator (1 at a pole)."""
    steps = abs(latitude) / 5
    at = min(int(steps), len(_TABLE) - 2)
    share = steps - at
    (length, away), (next_length, next_away) = _TABLE[at], _TABLE[at + 1]
    distance = (away + (next_away - away) * share) / 10_000
    return (length + (next_length - length) * share) / 10_000, -distance if latitude < 0 else distance


_TOP = _read(NORTH)[1] * _TALL


def project(latitude: float, longitude: float) -> tuple[int, int]:
    """Where a point lies in the drawing, in whole units from its upper left corner."""
    length, distance = _read(min(NORTH, max(SOUTH, latitude)))
    return round(WIDTH / 2 + longitude / 180 * length * WIDTH / 2), round(_TOP - distance * _TALL)


def graticule() -> str:
    """SVG path of parallels and meridians, thirty degrees apart."""
    lines = []
    for longitude in range(-180, 181, 30):
        points = [project(latitude, longitude) for latitude in (-57, *range(-55, 84, 5), 84)]
        lines.append("M" + "L".join(f"{x} {y}" for x, y in points))
    for latitude in (-30, 0, 30, 60):
        (left, y), (right, _) = project(latitude, -180), project(latitude, 180)
        lines.append(f"M{left} {y}H{right}")
    return "".join(lines)


def outline() -> str:
    """SVG path around all that the drawing shows."""
    rows = (-57, *range(-55, 84, 5), 84)
    points = [project(latitude, -180) for latitude in rows] + [project(latitude, 180) for latitude in reversed(rows)]
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"
