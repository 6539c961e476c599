"""Interface strings."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from sitegen.render.catalogues import interface_strings
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
        ("es", 12345, "12.345"),
        ("es-MX", 1234, "1,234"),
        ("de-CH", 26639, "26’639"),
        ("xx", 1000, "1,000"),
    ],
)
def test_numbers_are_grouped_as_the_language_does(language: str, value: int, expected: str) -> None:
    """Thousands are set apart by the language's own sign."""
    assert expected == interface_strings(language).number(value)


def test_plural_depends_on_the_count() -> None:
    """One is singular, anything else plural, with its number in place."""
    counts = [Strings().plural(n, "{n} article", "{n} articles") for n in (0, 1, 2000)]
    assert counts == ["0 articles", "1 article", "2,000 articles"]


@pytest.mark.parametrize(
    ("language", "counts", "expected"),
    [
        ("ar", (0, 1, 2, 3, 11, 100), ("zero", "one", "two", "few", "many", "other")),
        ("he", (0, 1, 2, 3), ("other", "one", "two", "other")),
        ("fr", (0, 1, 2, 1_000_000), ("one", "one", "other", "many")),
    ],
)
def test_languages_have_plurals_of_their_own(language: str, counts: tuple[int, ...], expected: tuple[str, ...]) -> None:
    """Each count takes the form that CLDR's category has; scripts get all forms by category."""
    strings = interface_strings(language)
    forms = strings.forms("{n} article", "{n} articles")
    assert set(forms) == set(strings.categories)
    for count, category in zip(counts, expected, strict=True):
        number = strings.number(count)
        assert strings.plural(count, "{n} article", "{n} articles") == forms[category].replace("{n}", number)


def test_an_unknown_plural_stays_english() -> None:
    """A theme's own words that no catalogue has are shown as written."""
    strings = interface_strings("ar")
    assert [strings.plural(n, "{n} ship", "{n} ships") for n in (1, 3)] == ["1 ship", "3 ships"]
    assert strings.forms("{n} ship", "{n} ships") == {"one": "{n} ship", "other": "{n} ships"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "a|a and b|a, b and c|a, b, c and d"),
        ("en-US", "a|a and b|a, b, and c|a, b, c, and d"),
        ("fr", "a|a et b|a, b et c|a, b, c et d"),
        ("ar", "a|a \u0648b|a \u0648b \u0648c|a \u0648b \u0648c \u0648d"),
    ],
)
def test_lists_are_joined_as_the_language_does(language: str, expected: str) -> None:
    """The last item has a word of its own before it."""
    strings = interface_strings(language)
    lists = ["abcd"[:length] for length in (1, 2, 3, 4)]
    assert expected == "|".join("".join(strings.between(i, len(x)) + item for i, item in enumerate(x)) for x in lists)


def test_languages_fall_back() -> None:
    """Region before language, language before English; what is no tag is English, too."""
    assert interface_strings("de-Latn-AT").text("Search") == interface_strings("de").text("Search") == "Suchen"
    assert interface_strings("DE").text("Search") == "Suchen"
    for language in ("nl", "", "../de", "d e", "en-x-zz"):
        assert interface_strings(language).text("Search") == "Search"
    assert interface_strings("en-US").text("Organisations") == "Organizations"
    assert interface_strings("en-GB").text("Organisations") == "Organisations"


def test_kinds_and_families_have_names() -> None:
    """Known kinds are named in the interface's words, editors' own as they wrote them."""
    strings = Strings()
    assert (strings.kind("person"), strings.kind("ship")) == ("Person", "Ship")
    assert (strings.kinds("place"), strings.kinds("ship"), strings.kinds("sources")) == ("Places", "Ship", "Sources")
    assert (strings.all_of("people"), strings.all_of("kinds/ship")) == ("All people", "Ship")
    assert (strings.family("tags"), strings.family("kinds/ship")) == ("Topics", "Ship")


def test_listed_names_are_escaped() -> None:
    """A name is text, and does not turn the direction of its neighbours."""
    assert Strings().listed(("A & B", "ש")) == "<bdi>A &amp; B</bdi> and <bdi>ש</bdi>"
    assert Strings().listed(()) == ""
