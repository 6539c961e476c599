"""The network of entities that appear together."""

from __future__ import annotations

from heapq import nsmallest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sitegen.entities.relatedness import cosine
from sitegen.plan.library import Library
from sitegen.plan.network_layout import layout, short_label, spread
from sitegen.plan.parts import group_link
from sitegen.render.network import node_radius
from sitegen.render.views import NetworkDataView, NetworkEdge, NetworkNode, NetworkView

NETWORK_URL = "/network/"
NETWORK_FILES = ("/network/graph.graphml", "/network/graph.json")

_MOST_NODES = 110
_FEWEST = 3
_CLOSEST = 3
"""Each entity is tied to so many of its closest ones; others are tied to it besides."""
_LEAST_SHARED = 2
"""Articles that must name both; one chance meeting says little."""
_FEW_ARTICLES = 200
"""In a smaller archive one is enough."""


class Network(NamedTuple):
    """Nodes and edges as all of its pages show them."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]
    width: int
    height: int


def has_network(library: Library) -> bool:
    """Whether there are entities enough, with pages of their own, to be compared."""
    found = library.memberships
    return int((found.pages & ~found.others).sum()) >= _FEWEST


def network_of(library: Library) -> Network:
    """The entities that most articles name, tied to those each appears with most, by cosine, and where they stand."""
    numbers, ties = _ties(library)
    groups = [library.group(number) for number in numbers]
    lengths = np.zeros((len(groups), len(groups)), dtype=np.int64)
    for (first, second), measure in ties.items():
        # Steps of a twentieth: most new articles leave the drawing alone.
        lengths[first, second] = lengths[second, first] = 25 - round(measure * 20)
    labels = [short_label(group.name) for group in groups]
    peak = max((group.count for group in groups), default=1)
    x, y = layout(lengths)
    xs, ys, width, height = spread(x, y, labels, [node_radius(group.count, peak) for group in groups])
    nodes = tuple(
        NetworkNode(group_link(library, group, count=True), label, at_x, at_y, _years(library, group.number))
        for group, label, at_x, at_y in zip(groups, labels, xs, ys, strict=True)
    )
    shared = library.company.shared
    at = [library.company.index[number] for number in numbers]
    edges = [
        NetworkEdge(first, second, int(shared[at[first], at[second]]), round(measure, 3), _years(library, *ends))
        for (first, second), measure in ties.items()
        for ends in [(numbers[first], numbers[second])]
    ]
    edges.sort(key=lambda edge: (-edge.cosine, -edge.shared, edge.first, edge.second))
    return Network(nodes, tuple(edges), width, height)


def _ties(library: Library) -> tuple[list[int], dict[tuple[int, int], float]]:
    """Entities that are tied to another one, most articles first, and (index, index) of those tied → cosine."""
    company = library.company
    names = library.labels.groups
    chosen = nsmallest(_MOST_NODES, company.numbers, key=lambda number: (-library.count(number), names[number]))
    least = _LEAST_SHARED if len(library.cards) >= _FEW_ARTICLES else 1
    rows = [company.index[number] for number in chosen]
    shared = company.shared[np.ix_(rows, rows)]
    counts = [library.count(number) for number in chosen]
    found: dict[tuple[int, int], float] = {}
    for first, row in enumerate(shared):
        others = [
            # Rounded, so that equal ratios tie whatever way they were computed.
            (-round(cosine(int(row[second]), counts[first], counts[second]), 12), second)
            for second in np.flatnonzero(row >= least).tolist()
        ]
        for negative, second in nsmallest(_CLOSEST, others):
            found[min(first, second), max(first, second)] = -negative
    tied = sorted({end for pair in found for end in pair})
    place = {old: new for new, old in enumerate(tied)}
    return [chosen[old] for old in tied], {(place[a], place[b]): measure for (a, b), measure in sorted(found.items())}


def _years(library: Library, first: int, second: int = -1) -> tuple[tuple[str, int], ...]:
    """Articles of a group, or of two at once, by year."""
    members: NDArray[np.int32] = library.member_array(first)
    if second >= 0:
        members = np.intersect1d(members, library.member_array(second), assume_unique=True)
    return tuple((year, len(found)) for year, found in library.by_year(members) if year)


def network_view(network: Network) -> NetworkView:
    """`/network/`."""
    return NetworkView(
        url=NETWORK_URL, nodes=network.nodes, edges=network.edges, width=network.width, height=network.height
    )


def network_data_view(network: Network, url: str) -> NetworkDataView:
    """The same for programs."""
    return NetworkDataView(url=url, nodes=network.nodes, edges=network.edges)
