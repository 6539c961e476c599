"""The map of a place."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.strings import Strings
from sitegen.render.world_data import COUNTRIES, LAND
from sitegen.render.worldmap import HEIGHT, WIDTH, country_name, map_point, readable_point, world_map


def test_the_outline_is_small_and_stays_on_the_map() -> None:
    """Under six kilobytes of whole steps; every corner lies inside the drawing."""
    assert len(LAND) < 6_000
    for coast in re.findall(r"M([^z]+)z", LAND):
        start, _, steps = coast.partition("l")
        x, y = map(int, start.split())
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        assert len(numbers) % 2 == 0
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_is_on_the_map(latitude: float, longitude: float) -> None:
    """Those near the poles stand at the edge."""
    x, y = map_point(latitude, longitude)
    assert 0 <= x <= WIDTH
    assert 0 <= y <= HEIGHT


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [(59.91, 10.75, "59.91° N, 10.75° E"), (-33.9, -70.5, "33.90° S, 70.50° W"), (0, 0, "0.00° N, 0.00° E")],
)
def test_coordinates_are_readable(latitude: float, longitude: float, expected: str) -> None:
    """Degrees with the quarter of the sky instead of a sign."""
    assert readable_point(latitude, longitude, Strings()) == expected


def test_a_map_is_told_in_words_and_nothing_leaves_its_place() -> None:
    """Name, coordinates and country for those who do not see it; a name cannot become markup."""
    text = world_map('A "<b>" & co', 10, 20, "TD", Strings())
    figure = ET.fromstring(text)
    drawing = figure.find("svg")
    assert drawing is not None
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == 'Map of the world: A "<b>" & co lies at 10.00° N, 20.00° E, Chad'
    assert [(dot.get("cx"), dot.get("cy")) for dot in drawing.iter("circle")] == [("400", "148")] * 2
    assert "GeoNames" in "".join(figure.itertext())
    assert "Chad" not in world_map("A", 10, 20, "", Strings())


def test_countries_have_names() -> None:
    """A code that is none is given back."""
    assert (country_name("NO", Strings()), country_name("??", Strings())) == ("Norway", "??")
    assert all(len(code) == 2 and name.strip() == name for code, name in COUNTRIES.items())
