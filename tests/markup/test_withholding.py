"""Names are found however they are set, and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.withholding import Names, may_hold, signs_of

JANE = Names(("Jane Quüx-Doe",), ("Quüx-Doe", "Jane"), ("Adam Quux-Doe",))


@pytest.mark.parametrize(
    "text",
    [
        "Jane Quüx-Doe",
        "JANE QUUX-DOE",
        "jane quux-doe",
        "Jane Quu\u0308x-Doe",
        "Jane\nQuüx‑Doe",
        "Jane\u00a0Quüx Doe",
        "Jane_Quux_Doe",
        "janequuxdoe",
        "Ja\u00adne Quüx-Doe",
        "Jane Quüx-Does",
        "Jane",
        "QUUX-DOE",
        "J\u200bane",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    """Case, diacritics, signs between its words and invisible characters do not hide it."""
    assert JANE.without(f"So {text}’s, they say", "[…]") == "So […]’s, they say"
    assert may_hold(signs_of("Jane Quüx-Doe") | {"jane", "doe"}, text, "")


@pytest.mark.parametrize("text", ["Janet", "doe", "Quuxdoer", "Adam Quux-Doe", "ADAM QUÜX-DOE’s", "jane"])
def test_others_keep_theirs(text: str) -> None:
    """Longer words, single words without their capital, and the names of other people."""
    assert JANE.without(text, "[…]") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Иван Квукс", "Сказал иван квукс."),
        ("בנימין קוקס", "אמר לבנימין קוקס."),
        ("بنيامين كوكس", "قال وبنيامين كُوكس."),
        ("王小明", "據王小明說"),
        ("Ελένη Κουξ", "είπε η ΕΛΕΝΗ ΚΟΥΞ."),
        ("Søren Ærø", "sagde Soren Aero."),
    ],
)
def test_names_in_other_scripts(name: str, text: str) -> None:
    """With their prefixes, their points, and without blanks."""
    names = Names((name,))
    assert "[…]" in names.without(text, "[…]")
    assert may_hold(signs_of(name), text, "")


@pytest.mark.parametrize(
    "markdown",
    [
        "**Jane** *Quux-Doe*",
        "[Jane](https://example.org/a) Quux-Doe",
        "Jane Qu&uuml;x&#45;Doe",
        "# Jane Quux-Doe",
        "`Jane Quux-Doe`",
        "[x](https://example.org/jane-quux-doe)",
        "[x](https://example.org/%4Aane%20quux-doe)",
        "[x](https://example.org/qu%C3%BCx-doe)",
        '![Jane Quux-Doe](/media/a.png "Jane Quux-Doe")',
        "![x](/media/jane_quux-doe.jpg)",
        "| Jane Quux-Doe | x |\n|---|---|\n| a | b |",
        "x[^1]\n\n[^1]: Jane Quux-Doe",
        "J**ane** Quux-Doe",
    ],
)
def test_no_tag_attribute_or_reference_hides_a_name(markdown: str) -> None:
    """What a browser shows, links to and reads out says it no more, and the HTML is well-formed still."""
    html = render_markdown(f"Before\n\n{markdown}\n\nAfter", "x").html
    cleaned = JANE.out_of_html(html, "<b>…</b>")
    assert not re.search(r"(?i)jane|j<strong>ane|qu(ux|üx|%c3%bcx|&uuml;x)", cleaned)
    assert "Before" in cleaned
    assert "After" in cleaned
    assert len(re.findall("<p>", cleaned)) == len(re.findall("</p>", cleaned))
    assert '<img loading="lazy"' not in cleaned


def test_blocks_keep_words_apart() -> None:
    """A name does not begin in one paragraph and end in the next."""
    html = "<p>Dear Jane</p>\n<p>Doe</p>"
    assert Names(("Jane Doe",)).out_of_html(html, "X") == html


@given(st.text(max_size=60), st.text("ab Ä-’.<&>\n", max_size=40))
def test_texts_without_the_name_stay_the_very_same(name: str, text: str) -> None:
    """Whatever the name is: where it is not found not a character changes; where it is, it is gone."""
    names = Names((name,))
    cleaned = names.without(text, "█")
    assert (cleaned is text) == (cleaned == text) == ("█" not in cleaned)
    assert names.without(cleaned, "█") == cleaned
    if cleaned != text:
        assert may_hold(signs_of(name), text, "")


@given(st.text("Jane Doe<b>&amp;\n\"'x", max_size=80))
def test_html_stays_html(markdown: str) -> None:
    """Tags that were closed are closed."""
    html = render_markdown(markdown, "x").html
    cleaned = Names(("Jane Doe",), ("Jane", "Doe")).out_of_html(html, "<i>…</i>")
    assert re.sub("</?i>", "", re.sub(r"[^<>]*(<[^<>]*>)[^<>]*", r"\1", cleaned)) == re.sub(
        r"[^<>]*(<[^<>]*>)[^<>]*", r"\1", html
    )
