"""The map of all places and the network, as drawings and as files."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_views import MAP, NETWORK, NODES

from sitegen.render import atlas_data
from sitegen.render.atlas import atlas
from sitegen.render.network import network_drawing, network_file, periods
from sitegen.render.robinson import HEIGHT, WIDTH, graticule, outline, project
from sitegen.render.strings import Strings
from sitegen.render.views import EntityLink, MapPlace, NetworkDataView, NetworkNode

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def _rel(url: str) -> str:
    return f"..{url}"


def _place(name: str, latitude: float, longitude: float, count: int = 1) -> MapPlace:
    return MapPlace(EntityLink("place", name, name, f"/places/{name}/", count), latitude, longitude, "")


def _spots(drawing: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing).iter("a"))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_lies_in_the_drawing_of_the_world(latitude: float, longitude: float) -> None:
    """Those near the poles stand at the edge."""
    x, y = project(latitude, longitude)
    assert 0 <= x <= WIDTH
    assert 0 <= y <= HEIGHT


def test_the_projection_follows_robinsons_table() -> None:
    """The equator is twice as long as what lies between the poles; parallels shrink as the table says."""
    assert project(0, 180) == (WIDTH, 708)
    left, right = project(60, -180)[0], project(60, 180)[0]
    assert (right - left) / WIDTH == pytest.approx(0.7986, abs=0.001)


def test_coasts_borders_and_graticule_stay_on_the_drawing() -> None:
    """Whole steps that never leave it, and no more than forty kilobytes."""
    assert len(atlas_data.COASTS) + len(atlas_data.BORDERS) < 40_000
    for path in (atlas_data.COASTS, atlas_data.BORDERS):
        for line in re.findall(r"M([^Mz]+)", path):
            start, _, steps = line.partition("l")
            x, y = map(int, start.split())
            numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + dx, y + dy
                assert -1 <= x <= WIDTH + 1
                assert -1 <= y <= HEIGHT + 1
    assert graticule().startswith("M")
    assert outline().endswith("Z")


def test_every_dot_is_a_link_with_a_name_that_cannot_become_markup() -> None:
    """Name and count for those who do not see it."""
    links = _spots(atlas(MAP.places, Strings(), _rel))
    assert [link.get("href") for link in links] == ["../places/harbour/", "../people/ida-falk/"]
    assert links[0].get("aria-label") == 'Harbour "<b>" & co: 12 articles'
    radii = [float(link.get("data-r", "")) for link in links]
    assert radii[0] > radii[1]


def test_the_map_shows_the_part_of_the_world_that_the_places_lie_in() -> None:
    """Two towns of one country do not stand as one dot on the globe; places all around it do get all of it."""
    near = ET.fromstring(atlas([_place("a", 59.9, 10.7), _place("b", 60.4, 5.3)], Strings(), _rel))
    assert int(near.get("viewBox", "").split()[2]) == WIDTH // 6
    far = ET.fromstring(atlas([_place("a", 60, -170), _place("b", -40, 170)], Strings(), _rel))
    assert far.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    empty = ET.fromstring(atlas([], Strings(), _rel))
    assert empty.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"


def test_names_stand_only_where_they_cover_nothing() -> None:
    """The name of the place with more articles wins; a place alone keeps its own."""
    places = [_place("Longname", 50, 10, 9), _place("Neighbour", 50.1, 11, 5), _place("Lonely", 20, 60, 1)]
    minor = ["minor" in link.get("class", "") for link in _spots(atlas(places, Strings(), _rel))]
    assert minor in ([True, False, False], [False, True, False])


def test_the_network_ties_names_and_tells_years() -> None:
    """A line for each tie, thicker the closer; a link for each name; counts by year for the script."""
    drawing = ET.fromstring(network_drawing(NETWORK, Strings(), _rel))
    ties = list(drawing.iter("path"))
    assert [tie.get("data-ends") for tie in ties] == ["0 1", "0 2"]
    assert [tie.get("class") for tie in ties] == ["tie t4", "tie t0"]
    links = list(drawing.iter("a"))
    assert [link.get("data-years") for link in links] == ["1961:10 1963:2", "1961:7", ""]
    assert links[0].get("aria-label") == 'Harbour "<b>" & co: 12 articles'
    assert links[2].get("class") == "spot k-other"


def test_many_years_are_told_by_decades() -> None:
    """So that a page of a long-lived archive stays small."""
    long = NetworkNode(NODES[0].entity, "x", 0, 0, tuple((str(year), 1) for year in range(1900, 1960)))
    assert [label for _, label in periods([long])][:2] == ["1900–1909", "1910–1919"]
    view = msgspec.structs.replace(NETWORK, nodes=(long,), edges=())
    assert 'data-years="190:10 191:10 ' in network_drawing(view, Strings(), _rel)
    assert periods([]) == []


def test_the_network_as_json_and_as_graphml() -> None:
    """Both hold the names and ties of the drawing; a name cannot become markup."""
    data = json.loads(network_file(NetworkDataView(url="/network/graph.json", nodes=NODES, edges=NETWORK.edges)))
    assert [node["id"] for node in data["nodes"]][:2] == ["places/harbour", "people/ida-falk"]
    assert data["edges"][0] == {
        "source": "places/harbour",
        "target": "people/ida-falk",
        "shared": 5,
        "cosine": 0.75,
        "years": {"1961": 5},
    }
    xml = network_file(NetworkDataView(url="/network/graph.graphml", nodes=NODES, edges=NETWORK.edges))
    graph = ET.fromstring(xml)
    assert len(list(graph.iter(f"{GRAPHML}node"))) == 3
    ends = {(edge.get("source"), edge.get("target")) for edge in graph.iter(f"{GRAPHML}edge")}
    assert ("people/ida-falk", "places/harbour") in ends
