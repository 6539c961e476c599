"""Datelines: their end, date and agency."""

from __future__ import annotations

import pytest

from sitegen.ingest.datelines import calm_dateline, read_dateline, with_agency
from sitegen.model import Mention


@pytest.mark.parametrize(
    ("dateline", "date", "source"),
    [
        ("WASHINGTON, March 3, 2004 — ", "2004-03-03", ""),
        ("BEIRUT (Reuters) - ", "", "Reuters"),
        ("(Reuters) - ", "", "Reuters"),
        ("LONDON, June 3 (AP) -- ", "", "Associated Press"),
        ("Salem, Mass.– ", "", ""),
        ("(Oslo, NO) ", "", ""),
        ("Lawrence Twp, NJ (Monday, May 22, 2023) - ", "2023-05-22", ""),
        ("WASHINGTON, DC [10/15/21] – ", "2021-10-15", ""),
        ("WASHINGTON—", "", ""),
        ("دبي — ", "", ""),
        ("(DULUTH, MN) . . . ", "", ""),
    ],
)
def test_datelines_are_found(dateline: str, date: str, source: str) -> None:
    """A dateline ends where the text begins; a date without a year is none."""
    found = read_dateline(dateline + "The house has met.")
    assert (found.end, found.date, found.source) == (len(dateline), date, source)


@pytest.mark.parametrize(
    "text",
    [
        "President Roe – who had won – spoke.",
        "The house has met.",
        "U.S. Senator Ana Roe (D-Ore.) will speak.",
        "A - b",
        "",
    ],
)
def test_other_starts_are_no_datelines(text: str) -> None:
    """Sentences with dashes and brackets near the start have no dateline."""
    assert read_dateline(text).end == 0


def test_an_agency_named_after_the_place_is_the_source_even_if_nobody_knows_it() -> None:
    """A bracket in a dateline that ends as agencies' names do is one; a party or an adjective is none."""
    assert read_dateline("OSLO (Fjord News Service) — The harbour froze.").source == "Fjord News Service"
    assert read_dateline("OSLO (Reuters) — The harbour froze.").source == "Reuters"
    assert read_dateline("OSLO (Corrected) — The harbour froze.").source == ""


@pytest.mark.parametrize(
    ("text", "calm"),
    [
        ("CAPE CANAVERAL, Fla. (Orbit Wire) — NASA waits.", "Cape Canaveral, Fla. (Orbit Wire) — NASA waits."),
        ("NEW DELHI, India — The house met.", "New Delhi, India — The house met."),
        ("ST. PAUL, Minn. — The house met.", "St. Paul, Minn. — The house met."),
        ("MIAMI, FL — The house met.", "Miami, FL — The house met."),
        ("OSLO (REUTERS) — The harbour froze.", "Oslo (REUTERS) — The harbour froze."),
        ("THE SHIP SAILED without a word.", "THE SHIP SAILED without a word."),
        ("", ""),
    ],
)
def test_only_the_place_of_a_dateline_is_calmed(text: str, calm: str) -> None:
    """Its capitals become an ordinary name of the same length; nothing else changes."""
    assert calm_dateline(text) == calm


def test_an_agency_may_stand_after_a_comma() -> None:
    """French datelines have the region in the brackets and the agency behind them."""
    found = read_dateline("KOUROU (Guyane française), Fjord Wire — Le port est gelé.")
    assert (found.source, found.end) == ("Fjord Wire", len("KOUROU (Guyane française), Fjord Wire — "))


def test_an_agency_in_a_dateline_is_an_organisation_throughout() -> None:
    """What looks like another place after the place is the agency, there and where it is named again."""
    text = "OSLO (Fjord Wire) — Ana Roe told Fjord Wire of the harbour."
    places = [
        Mention(0, 4, "OSLO", "place"),
        Mention(6, 11, "Fjord", "place"),
        Mention(20, 27, "Ana Roe", "person"),
        Mention(33, 43, "Fjord Wire", "place"),
    ]
    assert [(mention.surface, mention.kind) for mention in with_agency(text, places)] == [
        ("OSLO", "place"),
        ("Fjord Wire", "organization"),
        ("Ana Roe", "person"),
        ("Fjord Wire", "organization"),
    ]


def test_mentions_of_a_text_without_an_agency_stay_as_they_are() -> None:
    """A dateline that names none changes nothing."""
    mentions = [Mention(0, 4, "OSLO", "place")]
    assert with_agency("OSLO — The harbour froze.", mentions) == mentions
