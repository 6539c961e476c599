"""What a text says about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.metadata import Metadata, drop_repeated, find_metadata, read_head
from sitegen.ingest.paragraphs import split_paragraphs
from sitegen.ingest.repair import repair_text

BODY = "The council met on Tuesday to vote on the harbour. It was a long evening."


def read(text: str) -> Metadata:
    head = read_head(repair_text(text))
    return find_metadata(split_paragraphs(head.text), head)


@pytest.mark.parametrize(
    ("start", "date"),
    [
        (" date 2018-06-10 ", "2018-06-10"),
        ("date: 1987-03 ", "1987-03"),
        ("date 1987? ", "1987?"),
        ("Date June 10, 2018 ", "2018-06-10"),
        ("June 3, 1998\n\n", "1998-06-03"),
        ("Published: June 3, 1998 | 10:20 AM\n", "1998-06-03"),
        ("1998-06-03\n", "1998-06-03"),
    ],
)
def test_leading_date_is_read_and_leaves_the_text(start: str, date: str) -> None:
    """A date at the start, as a word and figures or as a line, is metadata."""
    found = read(start + BODY)
    assert (found.date, found.paragraphs) == (date, (BODY,))


def test_impossible_leading_date_is_told() -> None:
    """An impossible date is not used, and what was written is kept."""
    for text in ("date 2018-02-31 " + BODY, "2018-02-31\n" + BODY):
        found = read(text)
        assert (found.date, found.date_issue, found.date_as_given) == ("", "impossible", "2018-02-31")
        assert found.paragraphs == (BODY,)


@pytest.mark.parametrize(
    "text", ["Date palms are trees.", "1987 was a year.", "1987\n\nWas a year.", "By: the way, this is."]
)
def test_sentences_that_begin_alike_stay(text: str) -> None:
    """Text is not taken for metadata."""
    assert "".join(read(text).paragraphs).replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_labelled_lines_are_read() -> None:
    """A block of labelled lines at the start gives the fields."""
    found = read(
        "Headline: The Big One\nDate: June 3, 1998\nBy: Ana Roe and Jan de Wit\nSource: The Courier\n"
        "URL: https://example.org/a\nLanguage: en\nTags: sea; walls\n\n" + BODY
    )
    assert found == Metadata(
        paragraphs=(BODY,),
        title="The Big One",
        date="1998-06-03",
        authors=("Ana Roe", "Jan de Wit"),
        source="The Courier",
        url="https://example.org/a",
        language="en",
        tags=("sea", "walls"),
    )


@pytest.mark.parametrize(
    ("text", "authors", "byline"),
    [
        (f"By Ana Roe\n\n{BODY}", ("Ana Roe",), ""),
        (f"By Ana Roe, Jan de Wit and J. P. Li\n\n{BODY}", ("Ana Roe", "Jan de Wit", "J. P. Li"), ""),
        (f"By ANA ROE, Courier Staff Writer\n\n{BODY}", ("Ana Roe",), "By ANA ROE, Courier Staff Writer"),
        (f"By Ana Roe{BODY}", ("Ana Roe",), ""),
        (f"By Sean McDonald{BODY}", ("Sean McDonald",), ""),
        (f"By Ana Roe {BODY}", ("Ana Roe",), ""),
        (f"{BODY}By Ana Roe", ("Ana Roe",), ""),
        (f"{BODY}\n\nBy Ana Roe, Staff Writer", ("Ana Roe",), "By Ana Roe, Staff Writer"),
    ],
)
def test_bylines_are_read_and_leave_the_text(text: str, authors: tuple[str, ...], byline: str) -> None:
    """A byline at the start or end, glued or not, names the authors."""
    found = read(text)
    assert (found.authors, found.byline, found.paragraphs) == (authors, byline, (BODY,))


@pytest.mark.parametrize(
    "text",
    [
        "By Monday Smith said he would.",
        "By 2010 it was over.",
        "By Law They Must Go And See It All now.",
        "By the sea.",
    ],
)
def test_sentences_with_by_are_no_bylines(text: str) -> None:
    """`By` begins sentences too."""
    found = read(text)
    assert (found.authors, found.paragraphs) == ((), (text,))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ana Roe contributed to this report.", ("Ana Roe",)),
        ("It is over. Ana Roe in Oslo and Jan van Wit contributed to this article.", ("Ana Roe", "Jan van Wit")),
        ("(Additional reporting by Ana Roe in Rome; Editing by Li Wei)", ("Ana Roe",)),
        ("The Associated Press contributed to this report.", ()),
        ("She contributed to this report.", ()),
    ],
)
def test_contributors_are_named_and_their_line_stays(line: str, names: tuple[str, ...]) -> None:
    """People who contributed become authors; the sentence that says so is content."""
    found = read(f"{BODY}\n\n{line}")
    assert found.contributors == names
    assert found.paragraphs[-1] == line


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("Copyright 2010 The Meridian Courier. All rights reserved.", "The Meridian Courier"),
        ("© 2010 by The Meridian Courier", "The Meridian Courier"),
        ("(c) The Meridian Courier", "The Meridian Courier"),
        ("Source: The Meridian Courier", "The Meridian Courier"),
        ("By Ana Roe, The Meridian Courier", "The Meridian Courier"),
        ("By Ana Roe, Staff Writer", ""),
        ("It broke the Copyright Act, he said.", ""),
        ("The newspaper Al Hayat reported it on Saturday.", ""),
    ],
)
def test_own_source_is_named(line: str, source: str) -> None:
    """A copyright line or a label names the source; a newspaper that is quoted is not it."""
    assert read(f"{BODY}\n\n{line}").source == source


@pytest.mark.parametrize("mark", ["\n\n###", "\n\n-###-", "\n\n# # #", " ###", "\n\n-30-"])
def test_end_marks_go(mark: str) -> None:
    """The typesetter's sign for the end is no part of the text."""
    assert read(BODY + mark).paragraphs == (BODY,)


def test_what_only_repeats_given_metadata_goes() -> None:
    """First lines that say the given date and title again are dropped, others stay."""
    text = f"01.03.01\n\tTHE BIG ONE\n\n{BODY}"
    assert drop_repeated(text, "The big one!", "2001-01-03").strip() == BODY
    assert drop_repeated(text, "Another", "1999-01-03") == text
    assert drop_repeated("The big one", "The big one", "") == "The big one"


def test_a_dateline_below_the_headline_names_the_source() -> None:
    """Headlines may stand above it; a paragraph of the text ends the search."""
    dateline = "OSLO (Fjord Wire) — " + BODY
    assert find_metadata(["HARBOUR FREEZES", "Ships wait", dateline]).source == "Fjord Wire"
    assert find_metadata([BODY * 2, dateline]).source == ""


@given(st.text(alphabet="By AnaRoe.,-–()\n1987date:#©“”", max_size=120))
def test_any_text_is_read(text: str) -> None:
    """No text breaks it."""
    assert isinstance(read(text), Metadata)
