"""Places are found, and ambiguous ones by the company they keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities import places
from sitegen.entities.places import RESOURCE, load_gazetteer, locate


def where(name: str, *context: str) -> str:
    """`US-TX`, `FR-11`, `GE`."""
    place = locate(name, context)
    return "" if place is None else f"{place.country}-{place.region}".rstrip("-")


@pytest.mark.parametrize(
    ("name", "context", "expected"),
    [
        ("Georgia", (), "GE"),
        ("Georgia", ("Atlanta",), "US-GA"),
        ("Georgia", ("Alabama", "Florida"), "US-GA"),
        ("Georgia", ("Tbilisi", "Russia"), "GE"),
        ("Georgia", ("Armenia", "Azerbaijan"), "GE"),
        ("Paris", (), "FR-11"),
        ("Paris, Texas", (), "US-TX"),
        ("Paris, TX", (), "US-TX"),
        ("Paris, Tex.", (), "US-TX"),
        ("Paris", ("Texas",), "US-TX"),
        ("Paris", ("Texas", "France"), "FR-11"),
        ("Paris", ("Texas", "California", "China", "United States"), "FR-11"),
        ("Paris, Ontario, Canada", (), "CA-08"),
        ("Washington", (), "US-DC"),
        ("Washington, D.C.", (), "US-DC"),
        ("Washington", ("Seattle", "Oregon"), "US-WA"),
        ("Springfield", ("Illinois", "Chicago"), "US-IL"),
        ("Lebanon", ("Israel", "Beirut"), "LB"),
        ("Lebanon", ("Pennsylvania",), "US-PA"),
        ("London", (), "GB-ENG"),
        ("London", ("Ontario", "Toronto"), "CA-08"),
        ("Moscow", ("Russia", "Idaho", "Ukraine"), "RU-48"),
        ("New York", (), "US-NY"),
        ("Mexico", (), "MX"),
        ("U.S.", (), "US"),
        ("Britain", (), "GB"),
        ("Москва", (), "RU-48"),
        ("São Paulo", (), "BR-27"),
        ("West Bank", (), "PS-WE"),
        ("Texas, Nowhere", (), ""),
        ("Middle-earth", (), ""),
        ("", (), ""),
    ],
)
def test_a_name_means_the_place_its_context_speaks_for(name: str, context: tuple[str, ...], expected: str) -> None:
    """Else the one best known."""
    assert where(name, *context) == expected


def test_coordinates_are_degrees() -> None:
    """North and east are positive."""
    paris = locate("Paris")
    assert paris is not None
    assert (round(paris.latitude), round(paris.longitude)) == (49, 2)
    assert paris.kind == "town"
    france, texas = locate("France"), locate("Texas")
    assert france is not None
    assert texas is not None
    assert (france.kind, texas.kind) == ("country", "region")


def test_the_resource_is_small() -> None:
    """It travels in every wheel."""
    assert (Path(places.__file__).parent / "data" / RESOURCE).stat().st_size < 2_000_000


def test_the_gazetteer_can_come_from_elsewhere() -> None:
    """Bytes in, no files."""
    data = (Path(places.__file__).parent / "data" / RESOURCE).read_bytes()
    assert load_gazetteer(lambda _: data).locate("Peru") == locate("Peru")


@given(
    st.text(max_size=30), st.lists(st.text(max_size=12) | st.sampled_from(["Texas", "Paris", "Lebanon"]), max_size=4)
)
def test_any_text_can_be_asked_for(name: str, context: list[str]) -> None:
    """And what is found lies on Earth, whatever the order of the context."""
    place = locate(name, context)
    assert place == locate(name, context[::-1])
    if place is not None:
        assert -90 <= place.latitude <= 90
        assert -180 <= place.longitude <= 180
        assert len(place.country) == 2


@pytest.mark.parametrize("name", ["Atlantic", "the Pacific Ocean", "EUROPE", "Moon", "West", "Middle East"])
def test_seas_and_continents_have_no_point(name: str) -> None:
    """No town that happens to bear the name stands for them; with its state it is found."""
    assert locate(name) is None
    found = locate("Atlantic, Iowa")
    assert found is not None
    assert found.region == "IA"


@pytest.mark.parametrize("name", ["WA", "LA", "DE", "PA"])
def test_two_capitals_are_no_town(name: str) -> None:
    """`WA` is short for Washington or Western Australia, not the town of Wa in Ghana; countries and states stay."""
    found = locate(name)
    assert found is None or found.kind != "town"
    assert locate("US") is not None
    assert locate("TX") is not None
    town = locate("Wa")
    assert town is not None
    assert town.country == "GH"
