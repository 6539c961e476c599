"""Where the entities of the network stand: near those they appear with, no label on another.

Stress majorisation (Gansner, Koren and North 2004) from a start after Harel and Koren (2002): distances of the drawing
come close to those in the graph. Numbers that are added up are whole, and all others come from single operations that
IEEE 754 defines to the last bit, so that every platform draws the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_STEPS = 120
_UNIT = 1 << 20
"""Of the places while they are moved, in a length of 1."""
_WEIGHT = 1 << 12
_WIDE, _TALL = 1180, 780
"""What the drawing is stretched to before labels are pulled apart, in pixels."""
_PUSHES = 400
_CHARACTER = 7
_LINE = 17
LONGEST_LABEL = 26


def layout(lengths: Ints) -> tuple[Ints, Ints]:
    """Places of the nodes of a connected or unconnected graph, at no scale.

    Args:
        lengths: shape (nodes, nodes), symmetric: length of each edge, at least 1; 0 where there is none.
    """
    size = len(lengths)
    away = _distances(lengths)
    x, y = _start(away)
    ideal = away.astype(np.float64) * _UNIT / max(int(away.max(initial=1)), 1)
    near = np.maximum(away, 1).astype(np.float64)
    weights = np.rint(_WEIGHT * float(near.min(initial=1)) ** 2 * 256 / (near * near)).astype(np.int64) + 1
    np.fill_diagonal(weights, 0)
    total = np.maximum(weights.sum(axis=1), 1)
    for _ in range(_STEPS if size > 1 else 0):
        across, down = x[:, None] - x[None, :], y[:, None] - y[None, :]
        apart = np.sqrt((across * across + down * down).astype(np.float64))
        pull = np.divide(ideal, apart, out=np.zeros_like(ideal), where=apart > 0)
        # Half of each step: all nodes move at once, and would swing past each other.
        x = (x + (weights * (x[None, :] + np.rint(across * pull).astype(np.int64))).sum(axis=1) // total) // 2
        y = (y + (weights * (y[None, :] + np.rint(down * pull).astype(np.int64))).sum(axis=1) // total) // 2
    return x, y


def _distances(lengths: Ints) -> Ints:
    """Shortest ways (Floyd 1962); parts of the graph that nothing connects stand a little farther than any others."""
    far = 1 << 40
    away = np.where(lengths > 0, lengths, far)
    np.fill_diagonal(away, 0)
    for at in range(len(away)):
        np.minimum(away, away[:, at, None] + away[at, None, :], out=away)
    known = away < far
    return np.where(known, away, int(away[known].max(initial=1)) * 5 // 4)


def _start(away: Ints) -> tuple[Ints, Ints]:
    """Each axis tells how much nearer a node is to one end of the graph than to the other."""
    size = len(away)
    if not size:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    west = int(away[0].argmax())
    east = int(away[west].argmax())
    middle = np.abs(away[west] - away[east])
    north = int((away[west] + away[east] - 2 * middle).argmax())
    south = int((away[north] - middle).argmax())
    # No two nodes may start at one place: nothing would part them.
    apart = np.arange(size, dtype=np.int64)
    scale = _UNIT // max(int(away.max()), 1)
    x = (away[west] - away[east]) * scale + apart * 7919 % 1009 * 60
    return x, (away[north] - away[south]) * scale + apart * 104_729 % 997 * 60


def short_label(name: str) -> str:
    """The name, cut to what a drawing has room for."""
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1].rstrip() + "…"


def label_width(label: str) -> int:
    """About how many pixels a label takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in label)
    return _CHARACTER * (len(label) + wide)


def spread(x: Ints, y: Ints, labels: Sequence[str], radii: Sequence[int]) -> tuple[list[int], list[int], int, int]:
    """Stretch a layout over the drawing and push nodes apart until no label lies on another.

    Args:
        x, y: places at any scale.
        labels: shown under the nodes.
        radii: of the nodes, in pixels.

    Returns:
        Places in pixels, width and height of the drawing.
    """
    if not len(x):
        return [], [], 0, 0
    half = np.array([max(label_width(label) // 2, radius) + 5 for label, radius in zip(labels, radii, strict=True)])
    tall = np.array([radius * 2 + _LINE + 4 for radius in radii], dtype=np.int64)
    tops = np.array(radii, dtype=np.int64) + 2
    room = int((half * 2 * tall).sum()) * 3
    wide, high = _WIDE, max(min(_TALL, room // _WIDE), 240)
    px, py = _stretched(x, wide), _stretched(y, high) + tops - tall // 2
    upper = np.triu(np.ones((len(x), len(x)), dtype=np.bool_), 1)
    for _ in range(_PUSHES):
        across, down = px[:, None] - px[None, :], (py[:, None] - tops[:, None]) - (py[None, :] - tops[None, :])
        lap_x = half[:, None] + half[None, :] - np.abs(across)
        low = np.where(down >= 0, tall[None, :], tall[:, None])
        lap_y = low - np.abs(down)
        hit = (lap_x > 0) & (lap_y > 0) & upper
        if not hit.any():
            break
        sideways = hit & (lap_x < lap_y)
        lengthways = hit & ~sideways
        move_x = np.where(sideways, np.where(across >= 0, lap_x + 1, -lap_x - 1) // 2, 0)
        move_y = np.where(lengthways, np.where(down >= 0, lap_y + 1, -lap_y - 1) // 2, 0)
        px = px + _pushed(move_x)
        py = py + _pushed(move_y)
    px -= int((px - half).min())
    py -= int((py - tops).min())
    return px.tolist(), py.tolist(), int((px + half).max()), int((py - tops + tall).max())


def _stretched(values: Ints, length: int) -> Ints:
    low = int(values.min())
    return (values - low) * length // max(int(values.max()) - low, 1)


def _pushed(moves: Ints) -> Ints:
    """What each node moves: away from those after it, and pushed by those before."""
    found: Ints = moves.sum(axis=1) - moves.sum(axis=0)
    return np.clip(found, -40, 40)
