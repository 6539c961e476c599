"""Headlines found and made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.headline import MAX_LENGTH, derive_title, take_headline

LONG = "The council voted on Tuesday to close the old bridge over the river, which has stood there since the year 1902."


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("OSLO, May 3 — The council closed the bridge.", "The council closed the bridge"),
        ("Today, the council closed the bridge.", "The council closed the bridge"),
        (
            "The council has closed the old bridge over the river, the newspaper Courier reported Saturday.",
            "The council has closed the old bridge over the river",
        ),
        ("Mayor Ana Roe (D-Ore.) on Tuesday opened the bridge. It was old.", "Mayor Ana Roe opened the bridge"),
        ("Mayor Ana Roe issued the following statement on the bridge:", "Mayor Ana Roe: statement on the bridge"),
        (
            "In response to the fall of the bridge, Mayor Ana Roe released the following statement:",
            "Mayor Ana Roe: statement in response to the fall of the bridge",
        ),
        ("“We are done,” he said.", "“We are done,” he said"),
        ("“We are done with it.”", "We are done with it"),
        ("Mr. J. Smith of St. Ives met Dr. Roe. They spoke.", "Mr. J. Smith of St. Ives met Dr. Roe"),
        ("議会は火曜日に橋を閉鎖することを決めた。明日は晴れ。", "議会は火曜日に橋を閉鎖することを決めた。"),
        ("Der Rat hat die Brücke geschlossen. Sie ist alt.", "Der Rat hat die Brücke geschlossen"),
        ("Hello.", "Hello"),
        ("(Click here)", "Click here"),
        ("…", ""),
        ("", ""),
    ],
)
def test_first_sentence_becomes_the_headline(text: str, title: str) -> None:
    """Dateline, asides, time and attribution go; a clause is left."""
    assert derive_title([text], "de" if text.startswith("Der") else "en") == title


def test_long_sentences_are_cut_at_a_clause() -> None:
    """The cut leaves a whole clause."""
    sentence = (
        "The council has complained to the ministry, saying that the old bridge over the river is about to fall down "
        "into the water and that nobody does anything about it."
    )
    assert derive_title([sentence]) == "The council has complained to the ministry"


def test_spans_of_time_are_not_cut_from_what_they_measure() -> None:
    """`Four months after` is not cut in the middle."""
    sentence = (
        "The country placed its first satellite in orbit four months after its rival had shown the way with a ball of "
        "metal and four aerials."
    )
    assert not derive_title([sentence]).endswith("months")


def test_appositives_make_room() -> None:
    """What only describes a person is left out where the sentence is too long."""
    sentence = (
        "Mayor Ana Roe, the first woman to lead the town of Meridian and a member of the harbour board, opened the new "
        "bridge on the river."
    )
    assert derive_title([sentence]) == "Mayor Ana Roe opened the new bridge on the river"


def test_labels_are_passed_over() -> None:
    """What is no running text does not become the headline where there is some."""
    assert derive_title(
        ["FOR IMMEDIATE RELEASE", "Click here to watch the video.", "The council met again on it."]
    ) == ("The council met again on it")


def test_a_word_longer_than_the_limit_is_cut() -> None:
    """Even a text without spaces gets a headline."""
    assert derive_title(["x" * 500]) == "X" + "x" * (MAX_LENGTH - 1)


@given(st.lists(st.text(alphabet='abc ABC ,.;“”()"–-é1', max_size=300), max_size=4))
def test_headlines_keep_their_promise(paragraphs: list[str]) -> None:
    """At most 90 characters, no white space around, no word that the text has not."""
    title = derive_title(paragraphs)
    assert len(title) <= MAX_LENGTH
    assert title == title.strip()
    words = "".join(re.findall(r"\w", " ".join(paragraphs).lower()))
    assert not title or all(char in words or not char.isalnum() for char in title.lower())


@pytest.mark.parametrize(
    "line",
    [
        "Council Votes to Close Old Bridge",
        "COUNCIL CLOSES BRIDGE",
        "Council votes to close the old bridge",
        "“No More,” Says Council",
    ],
)
def test_headline_at_the_top_is_taken(line: str) -> None:
    """A short line without a full stop above running text is the headline."""
    assert take_headline((line, "OSLO — " + LONG)) == (line, ("OSLO — " + LONG,))


@pytest.mark.parametrize(
    "line",
    [
        "FOR IMMEDIATE RELEASE",
        "Contact: Ana Roe, Tel. 12 34",
        "The council met.",
        "Dear friends of the bridge,",
        "- one thing and another",
        "WASHINGTON — The council met today",
        "Short",
        "word " * 40,
    ],
)
def test_other_first_lines_are_left(line: str) -> None:
    """Sentences, labels, items and datelines are no headlines."""
    paragraphs = (line.strip(), LONG)
    assert take_headline(paragraphs) == ("", paragraphs)


def test_short_texts_have_no_headline_at_the_top() -> None:
    """Without running text below there is nothing a line could head."""
    assert take_headline(("Council Closes Bridge",)) == ("", ("Council Closes Bridge",))
    assert take_headline(("Council Closes Bridge", "Then more.")) == ("", ("Council Closes Bridge", "Then more."))
