"""Dates as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.dates import read_date
from sitegen.model import EdtfDate


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2018-06-10", "2018-06-10"),
        ("2018-06-10T12:00:00Z", "2018-06-10"),
        ("2018-06-10 12:00", "2018-06-10"),
        ("2018/6/1", "2018-06-01"),
        ("1987", "1987"),
        ("1987-03", "1987-03"),
        ("1987?", "1987?"),
        ("1987-03~", "1987-03~"),
        ("1987-00-00", "1987"),
        ("20180610", "2018-06-10"),
        ("20180610123000", "2018-06-10"),
        ("1528588800", "2018-06-10"),
        ("1528588800000", "2018-06-10"),
        ("June 10, 2018", "2018-06-10"),
        ("Sunday, June 10th, 2018", "2018-06-10"),
        ("Sept. 5, 2020", "2020-09-05"),
        ("June 10, 2018 at 3:15 PM", "2018-06-10"),
        ("June 3, 1998 | 10:20 AM", "1998-06-03"),
        ("10 June 2018", "2018-06-10"),
        ("10. Juni 2018", "2018-06-10"),
        ("10 juin 2018", "2018-06-10"),
        ("3 de marzo de 2004", "2004-03-03"),
        ("Sun, 10 Jun 2018 12:00:00 +0000", "2018-06-10"),
        ("March 1987", "1987-03"),
        ("c. 1987", "1987~"),
        ("circa March 1987", "1987-03~"),
        ("06/13/2018", "2018-06-13"),
        ("13/06/2018", "2018-06-13"),
        ("10.06.2018", "2018-06-10"),
        ("", ""),
        ("0000-00-00", ""),
        ("0001-01-01T00:00:00", ""),
    ],
)
def test_dates_are_read(text: str, date: str) -> None:
    """Dates in the usual forms and languages become EDTF, known as far as they are known."""
    reading = read_date(text)
    assert (reading.date, reading.issue) == (date, "")


@pytest.mark.parametrize(
    ("text", "date", "issue"),
    [
        ("2018-02-31", "", "impossible"),
        ("2018-13-01", "", "impossible"),
        ("31/02/2001", "", "impossible"),
        ("February 30, 2001", "", "impossible"),
        ("10/06/2018", "2018-10-06", "ambiguous"),
        ("circa whenever", "", "unreadable"),
        ("198X", "", "unreadable"),
        ("the other day", "", "unreadable"),
    ],
)
def test_doubtful_dates_say_why(text: str, date: str, issue: str) -> None:
    """Impossible and unreadable dates are left out; one that can be read two ways is told."""
    reading = read_date(text)
    assert (reading.date, reading.issue) == (date, issue)


@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    """What comes back is valid EDTF or nothing."""
    reading = read_date(text)
    assert not reading.date or EdtfDate.parse(reading.date) is not None


@given(st.dates())
def test_iso_dates_come_back(date: object) -> None:
    """Any date of the calendar is read from its ISO form."""
    assert read_date(str(date)).date == ("" if str(date) == "0001-01-01" else str(date))
