"""The data types: dates, problems, errors, digests."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen import errors
from sitegen.digest import generated_id, sha256_hex, short_digest, value_digest
from sitegen.errors import ContentError, SitegenError
from sitegen.model import Card, CardTag, EdtfDate, Problem


@pytest.mark.parametrize(
    "text", ["1987", "1987-03", "1987-03-05", "1987?", "1987-03~", "2000-02-29%", "0001", "9999-12-31"]
)
def test_dates_come_back_as_they_were(text: str) -> None:
    """Years, months, days and doubts survive reading and writing."""
    date = EdtfDate.parse(f" {text} ")
    assert str(date) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "87",
        "0000",
        "1987-13",
        "1987-00",
        "1987-02-29",
        "1987-04-31",
        "1987-3-5",
        "1987/03/05",
        "1987-03-05T10:00",
        "١٩٨٧",
        "١٩٨٧-٠٣-٠٥",
        "1987-",
        "1987??",
        "-1987",
        "1987-03-05 x",
        "19870305",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    """Impossible and half-written dates are never taken for others."""
    assert EdtfDate.parse(text) is None


@given(st.dates(), st.sampled_from(["", "?", "~", "%"]))
def test_every_day_of_the_calendar_is_read(day: object, doubt: str) -> None:
    """All days from year 1 to 9999, with any doubt."""
    date = EdtfDate.parse(f"{day}{doubt}")
    assert date is not None
    assert str(date) == f"{day}{doubt}"


def test_dates_sort_by_time_and_a_bare_year_first() -> None:
    """1987 stands before 1987-01, and that before 1987-01-01."""
    texts = ["1987", "1987-01", "1987-01-01", "1987-02", "1988"]
    assert [str(date) for date in sorted(filter(None, map(EdtfDate.parse, reversed(texts))))] == texts


def test_a_problem_reads_as_one_line() -> None:
    """Place, message, hint and code; without a line or hint they are left out."""
    problem = Problem(path="a.md", line=3, code="some-code", message="It is wrong", hint="mend it")
    assert str(problem) == "a.md:3: It is wrong (mend it) [some-code]"
    assert str(Problem(path="a.md", code="c", message="m")) == "a.md: m [c]"


@pytest.mark.parametrize("kind", [value for value in vars(errors).values() if isinstance(value, type)])
def test_errors_survive_the_way_out_of_a_worker(kind: type[Exception]) -> None:
    """Class, place and hint are there after pickling."""
    if not issubclass(kind, SitegenError):
        return
    error = pickle.loads(pickle.dumps(kind("wrong", path="a.md", line=3, hint="mend it", code="c")))
    assert type(error) is kind
    assert str(error) == "a.md:3: wrong (mend it) [c]"
    assert error.problem.severity == "error"


def test_an_error_without_a_place_is_its_message() -> None:
    """No empty colons."""
    assert str(ContentError("wrong")) == "wrong"


def test_digests_are_those_that_others_compute() -> None:
    """Published digests can be checked with any tool; ids never change between versions."""
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert short_digest(b"") == "cae66941d9efbd404e4d88758ea67670"
    assert generated_id("a", "b") == "f04cdced9736a69d"
    assert generated_id("a", "b") != generated_id("ab")
    assert len(generated_id("\ud800")) == 16


def test_value_digests_do_not_depend_on_the_order_of_keys() -> None:
    """Equal values, equal digest; any difference, another one."""
    assert value_digest({"a": 1, "b": [2]}) == value_digest({"b": [2], "a": 1})
    assert value_digest({"a": 1}, 2) != value_digest({"a": 1}, 3)
    assert value_digest(CardTag("person", "x")) != value_digest(CardTag("place", "x"))


def test_cards_are_values() -> None:
    """Two cards of the same content are equal, and none can be changed."""
    fields = ("p", "i", "/", "t", "given", "", "", (), "", "", "", "", "en", "published", "", 0, (), (), (), (), "")
    assert Card(*fields) == Card(*fields)
    with pytest.raises(AttributeError):
        Card(*fields).title = "x"  # type: ignore[misc]
