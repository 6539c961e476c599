"""Interface strings."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from sitegen.render.strings import Strings


def test_messages_are_looked_up_and_filled() -> None:
    """A catalogue's message replaces the English one; placeholders take their values."""
    german = Strings("de", {"All {list}": "Alle {list}"})
    assert german.text("All {list}", list="Orte") == "Alle Orte"
    assert german.text("Search") == "Search"


def test_values_are_filled_once_and_escaped_beside_markup() -> None:
    """A value that looks like a placeholder stays; around markup, text is escaped."""
    strings = Strings()
    assert strings.text("{a} {b} {c} {", a="{b}", b="2") == "{b} 2 {c} {"
    filled = strings.text("<{a} {b}>", a=Markup("<i>x</i>"), b="<")
    assert isinstance(filled, Markup)
    assert filled == "&lt;<i>x</i> &lt;&gt;"


@pytest.mark.parametrize(
    ("language", "value", "expected"),
    [
        ("en", 26639, "26,639"),
        ("de", 26639, "26.639"),
        ("fr", 1234, "1\u202f234"),
        ("es", 1234, "1234"),
        ("xx", 1000, "1,000"),
    ],
)
def test_numbers_are_grouped_as_the_language_does(language: str, value: int, expected: str) -> None:
    """Thousands are set apart by the language's own sign."""
    assert expected == Strings(language).number(value)


def test_plural_depends_on_the_count() -> None:
    """One is singular, anything else plural, with its number in place."""
    counts = [Strings().plural(n, "{n} article", "{n} articles") for n in (0, 1, 2000)]
    assert counts == ["0 articles", "1 article", "2,000 articles"]


def test_kinds_and_families_have_names() -> None:
    """Known kinds are named in the interface's words, editors' own as they wrote them."""
    strings = Strings()
    assert (strings.kind("person"), strings.kind("ship")) == ("Person", "Ship")
    assert (strings.kinds("place"), strings.kinds("ship"), strings.kinds("sources")) == ("Places", "Ship", "Sources")
    assert (strings.family("tags"), strings.family("kinds/ship")) == ("Topics", "Ship")
