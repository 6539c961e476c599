"""HTML to plain text, and excerpts."""

from __future__ import annotations

import html as html_codec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.markup import plain_text as module
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.plain_text import excerpt, plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>a</p>", "a"),
        ("<p>a</p>\n<p>b &amp; c</p>", "a\nb & c"),
        ("<p>a  b</p>\n<p> c\xa0d </p>", "a b\nc d"),
        ("<p>a\nb</p>\n<p></p>\n<p>c</p>", "a b\nc"),
        ("<p>\x0e0\x0fRome\x10 &lt;\x0e1\x0fUr\x10&gt;</p>", "Rome <Ur>"),
        ('<p>a <em>b</em><a href="\x11x/">c</a></p>', "a bc"),
        ("<h2>a</h2>\n<ul>\n<li>b</li>\n<li>\n<p>c</p>\n</li>\n</ul>", "a\nb\nc"),
        ("<p>a<br>\nb</p>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<pre><code>a\n  b</code></pre>", "a b"),
        ('<p>a <img alt="b &gt; c" src="x"> d</p>', "a d"),
        ("<p>x&lt;sub&gt;</p>", "x<sub>"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt></ruby>", "漢( kan"),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    """Blocks become lines, blanks fold, references are resolved, marks and tags go."""
    assert plain_text(html) == text


def test_footnote_signs_are_no_text() -> None:
    """A footnote's number does not stick to the word before it."""
    html = render_markdown("A word[^1] here.\n\n[^1]: The note.").html
    assert plain_text(html) == "A word here.\nThe note."


@given(
    st.lists(st.sampled_from(["a", "b c", " ", "  ", "\xa0", "&amp;", "&lt;p&gt;", "\u2003", "x\ny", ""]), max_size=8)
)
@settings(max_examples=200, deadline=None)
def test_quick_road_equals_slow_road(pieces: list[str]) -> None:
    """Paragraphs read the same whether or not the tags are taken out one by one."""
    html = "<p>" + "</p>\n<p>".join(piece.replace("\n", " ") for piece in pieces) + "</p>"
    assert plain_text(html) == plain_text(html.replace("<p>", "<p><span>"))
    assert plain_text(html) == module._fold(html_codec.unescape(html.replace("<p>", "").replace("</p>", "")))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 240, "short"),
        ("two\nlines", 240, "two lines"),
        ("", 10, ""),
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two, three", 10, "one two…"),
        ("one two — three", 12, "one two…"),
        ("x" * 50, 10, "x" * 9 + "…"),
        ("漢" * 50, 10, "漢" * 9 + "…"),
        ("a " + "x" * 50, 10, "a " + "x" * 7 + "…"),
        (" \n" * 40 + "a b c", 10, "…"),
    ],
)
def test_excerpt_ends_at_a_word(text: str, limit: int, expected: str) -> None:
    """An excerpt is one line within its limit, cut at a word, with an ellipsis where something is missing."""
    assert excerpt(text, limit) == expected


@given(st.text(alphabet="ab ,.\n漢", max_size=80), st.integers(2, 40))
@settings(max_examples=300, deadline=None)
def test_excerpt_keeps_to_its_limit(text: str, limit: int) -> None:
    """No excerpt is longer than asked for."""
    assert len(excerpt(text, limit)) <= limit
