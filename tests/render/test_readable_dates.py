"""Dates as people and machines read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.catalogues import interface_strings
from sitegen.render.dates import iso_date, month_name, readable_date, rfc3339
from sitegen.render.strings import Strings


@pytest.mark.parametrize(
    ("edtf", "language", "expected"),
    [
        ("2018-06-10", "en", "10 June 2018"),
        ("2018-06-10", "en-US", "June 10, 2018"),
        ("2018-01-10", "de-AT", "10. Jänner 2018"),
        ("2018-01-10", "de", "10. Januar 2018"),
        ("2018-06-10", "fr", "10 juin 2018"),
        ("2018-06-10", "es", "10 de junio de 2018"),
        ("2018-06-10", "he", "10 ביוני 2018"),
        ("2018-06-10", "tlh", "10 June 2018"),
        ("2018-06-10", "ar", "10 يونيو 2018"),
        ("2018-06-10", "ar-LB", "10 حزيران 2018"),
        ("2018-06", "es", "junio de 2018"),
        ("1987~", "fr", "vers 1987"),
        ("2018-06", "en", "June 2018"),
        ("1987", "en", "1987"),
        ("1987?", "en", "1987?"),
        ("1987~", "en", "about 1987"),
        ("1987-03%", "en", "about March 1987?"),
        ("0987", "en", "987"),
        ("sometime", "en", "sometime"),
        ("", "en", ""),
    ],
)
def test_dates_read_as_people_write_them(edtf: str, language: str, expected: str) -> None:
    """Each precision and doubt has its own words, in the order of the language."""
    assert expected == readable_date(edtf, interface_strings(language))


def test_machine_dates_drop_the_doubt() -> None:
    """HTML and schema.org get the date alone; what is no date gives nothing."""
    assert [iso_date(text) for text in ("1987-03?", "1987~", "x", "")] == ["1987-03", "1987", "", ""]


def test_feeds_get_the_start_of_the_time_span() -> None:
    """RFC 3339 needs a full time: a year starts in January, no date at the epoch."""
    assert rfc3339("1987") == "1987-01-01T00:00:00Z"
    assert rfc3339("1987-03-05~") == "1987-03-05T00:00:00Z"
    assert rfc3339("") == "1970-01-01T00:00:00Z"


def test_month_names_can_be_short() -> None:
    """Charts take the language's own abbreviations."""
    english, german = Strings(), interface_strings("de")
    assert (month_name(9, english), month_name(10, english, short=True)) == ("September", "Oct")
    assert (month_name(3, german), month_name(3, german, short=True)) == ("März", "Mär")


@given(st.text(max_size=12))
def test_any_text_has_a_date_form(text: str) -> None:
    """Nothing an article claims as its date breaks a page."""
    assert isinstance(readable_date(text, Strings()), str)
    assert rfc3339(text).endswith("T00:00:00Z")


@pytest.mark.parametrize(
    ("language", "january"), [("ar", "يناير"), ("ar-DZ", "جانفي"), ("he", "ינואר"), ("fr", "janvier")]
)
def test_month_names_that_stand_alone_are_of_the_language(language: str, january: str) -> None:
    """Calendars have them; no language lends them to another."""
    assert interface_strings(language).formats.month_names[0] == january
