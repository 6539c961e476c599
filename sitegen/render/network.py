"""The network of entities as inline SVG, and as files for programs (JSON, GraphML)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from math import sqrt

from markupsafe import Markup, escape

from sitegen.render.exports import Node, graphml
from sitegen.render.strings import FAMILY_OF_KIND, Strings
from sitegen.render.views import NetworkDataView, NetworkEdge, NetworkNode, NetworkView

_SMALLEST, _LARGEST = 3, 13
_MARGIN = 8
_MOST_PERIODS = 40
_BASELINE = 13
_FIXED = ' vector-effect="non-scaling-stroke"'
"""Lines as thick on every scale."""


def node_radius(count: int, peak: int) -> int:
    """Pixels; areas go with the number of articles."""
    return max(_SMALLEST, round(_LARGEST * sqrt(count / max(peak, 1))))


def periods(nodes: Sequence[NetworkNode]) -> list[tuple[str, str]]:
    """(what years of it begin with, how it is shown): years, or decades where there are many."""
    years = sorted({year for node in nodes for year, _ in node.years})
    if len(years) <= _MOST_PERIODS:
        return [(year, year) for year in years]
    return [(decade, f"{decade}0–{decade}9") for decade in sorted({year[:3] for year in years})]


def network_drawing(view: NetworkView, strings: Strings, rel: Callable[[str], str]) -> Markup:
    """Draw the `<svg>`: lines between entities, thicker the closer they are, and a dot for each, which is a link."""
    peak = max((node.entity.count for node in view.nodes), default=1)
    length = len(next(iter(periods(view.nodes)), ("",))[0])
    label = escape(strings.text("Network of the names that appear together"))
    width, height = view.width + 2 * _MARGIN, view.height + 2 * _MARGIN
    parts = [
        f'<svg class="network" viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" role="group" aria-label="{label}"',
        f' data-world="{-_MARGIN} {-_MARGIN} {width} {height}" data-drawing="network">\n<g aria-hidden="true">\n',
    ]
    for edge in view.edges:
        first, second = view.nodes[edge.first], view.nodes[edge.second]
        parts.append(
            f'<path class="tie t{min(4, int(edge.cosine * 8))}" d="M{first.x} {first.y}L{second.x} {second.y}"'
            f' data-ends="{edge.first} {edge.second}" data-years="{_years(edge.years, length)}"{_FIXED}/>\n'
        )
    parts.append('</g>\n<g class="dots" paint-order="stroke">\n')
    for node in view.nodes:
        entity = node.entity
        kind = entity.kind if entity.kind in FAMILY_OF_KIND else "other"
        told = escape(strings.plural(entity.count, "{n} article", "{n} articles"))
        name = escape(entity.name)
        radius = node_radius(entity.count, peak)
        parts.append(
            f'<a href="{escape(rel(entity.url))}" class="spot k-{kind}" aria-label="{name}: {told}"'
            f' data-kind="{escape(entity.kind)}" data-years="{_years(node.years, length)}">'
            f"<title>{name}: {told}</title>"
            f'<circle cx="{node.x}" cy="{node.y}" r="{radius}"{_FIXED}/>'
            f'<text x="{node.x}" y="{node.y + radius + _BASELINE}">{escape(node.label)}</text></a>\n'
        )
    parts.append("</g>\n</svg>\n")
    return Markup("".join(parts))  # noqa: S704 - every value is escaped or a number


def _years(years: Iterable[tuple[str, int]], length: int) -> str:
    """`1987:5 1988:3`, by as many digits of the year as the periods have."""
    counts: dict[str, int] = {}
    for year, count in years:
        counts[year[:length]] = counts.get(year[:length], 0) + count
    return escape(" ".join(f"{period}:{count}" for period, count in counts.items()))


def network_file(view: NetworkDataView) -> bytes:
    """`graph.json` or `graph.graphml`, by the address."""
    return _graphml(view) if view.url.endswith(".graphml") else _json(view.nodes, view.edges)


def _id(node: NetworkNode) -> str:
    return node.entity.url.strip("/")


def _graphml(view: NetworkDataView) -> bytes:
    nodes = [Node(_id(node), node.entity.kind, node.entity.name, node.entity.count, "") for node in view.nodes]
    edges = {}
    for edge in view.edges:
        first, second = sorted((nodes[edge.first].id, nodes[edge.second].id))
        edges[first, second] = edge.shared
    return b"".join(graphml(nodes, edges))


def _json(nodes: Sequence[NetworkNode], edges: Sequence[NetworkEdge]) -> bytes:
    data = {
        "nodes": [
            {
                "id": _id(node),
                "url": node.entity.url.lstrip("/"),
                "kind": node.entity.kind,
                "name": node.entity.name,
                "articles": node.entity.count,
                "years": dict(node.years),
            }
            for node in nodes
        ],
        "edges": [
            {
                "source": _id(nodes[edge.first]),
                "target": _id(nodes[edge.second]),
                "shared": edge.shared,
                "cosine": edge.cosine,
                "years": dict(edge.years),
            }
            for edge in edges
        ],
    }
    return f"{json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n".encode("utf-8", "replace")
