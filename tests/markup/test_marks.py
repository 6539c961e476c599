"""Mention marks and root marks in rendered bodies."""

from __future__ import annotations

import html as html_codec
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.markup.marks import ROOT, fill_marks, mark_mentions, strip_marks


def shown(html: str, *forms: str | tuple[str, ...]) -> str:
    """Marks as `{index:surface}`, easier on the eye."""
    marked = mark_mentions(html, [form if isinstance(form, tuple) else (form,) for form in forms])
    return re.sub("\x0e([0-9]+)\x0f([^\x10]*)\x10", r"{\1:\2}", marked)


@pytest.mark.parametrize(
    ("html", "forms", "expected"),
    [
        ("<p>NASA and NASA.</p>", ["NASA"], "<p>{0:NASA} and {0:NASA}.</p>"),
        ("<p>A. Bee, Bee</p>", [("Bee", "A. Bee")], "<p>{0:A. Bee}, {0:Bee}</p>"),
        ("<p>New York Times</p>", ["New York", "New York Times"], "<p>{1:New York Times}</p>"),
        ("<p>York New York</p>", ["New York", "York New"], "<p>York {0:New York}</p>"),
        ("<p>Rome</p>", ["Rome", "Rome"], "<p>{0:Rome}</p>"),
        ("<p>Romes Rome2 _Rome aRome</p>", ["Rome"], "<p>Romes Rome2 _Rome aRome</p>"),
        ("<p>Rome-based “Rome” (Rome)</p>", ["Rome"], "<p>{0:Rome}-based “{0:Rome}” ({0:Rome})</p>"),
        ("<p>Rome's Rome’s</p>", ["Rome"], "<p>{0:Rome}'s {0:Rome}’s</p>"),
        ("<p>O’Brien O'Brien</p>", ["O'Brien"], "<p>{0:O’Brien} {0:O'Brien}</p>"),
        ("<p>O’Brien, l’Angola, 'Brien</p>", ["Brien", "Angola"], "<p>O’Brien, l’{1:Angola}, '{0:Brien}</p>"),
        ("<p>rome ROME</p>", ["Rome"], "<p>rome ROME</p>"),
        ("<p>A\nBee A\xa0Bee</p>", ["A Bee"], "<p>{0:A\nBee} {0:A\xa0Bee}</p>"),
        ("<p>Neil Armstrong</p>", ["Neil \n Armstrong"], "<p>{0:Neil Armstrong}</p>"),
        ("<p>AT&amp;T &amp; AT&amp;T</p>", ["AT&T"], "<p>{0:AT&amp;T} &amp; {0:AT&amp;T}</p>"),
        ("<p>&amp; &lt; &#39;</p>", ["amp", "lt", "39", "#39", "amp;"], "<p>&amp; &lt; &#39;</p>"),
        ("<p>&amp;x</p>", [";x", "x", "&x"], "<p>{2:&amp;x}</p>"),
        ("<p>&lt;b&gt;</p>", ["<b>"], "<p>{0:&lt;b&gt;}</p>"),
        ("<p>p /p</p>", ["p"], "<p>{0:p} /{0:p}</p>"),
        ("<h2>Rome</h2><p>Rome</p>", ["Rome"], "<h2>{0:Rome}</h2><p>{0:Rome}</p>"),
        ('<p><a href="x">Rome <b>Rome</b></a> Rome</p>', ["Rome"], '<p><a href="x">Rome <b>Rome</b></a> {0:Rome}</p>'),
        ("<pre><code>Rome\n</code></pre><p><code>Rome</code> Rome</p>", ["Rome"],
         "<pre><code>Rome\n</code></pre><p><code>Rome</code> {0:Rome}</p>"),
        ('<p><img alt="Rome &gt; x" src="\x11media/Rome"> Rome</p>', ["Rome"],
         '<p><img alt="Rome &gt; x" src="\x11media/Rome"> {0:Rome}</p>'),
        ('<abbr title="> Rome">Rome</abbr>', ["Rome"], '<abbr title="> Rome">{0:Rome}</abbr>'),
        ("<p>東京都と東京</p>", ["東京", "東京都"], "<p>{1:東京都}と{0:東京}</p>"),
        ("<p>在NASA的</p>", ["NASA"], "<p>在{0:NASA}的</p>"),
        ("<p>ประเทศไทย</p>", ["ไทย"], "<p>ประเทศ{0:ไทย}</p>"),
        ("<p>राम रामा</p>", ["राम"], "<p>{0:राम} रामा</p>"),
        ("<p>Cafe\u0301 Cafe</p>", ["Cafe"], "<p>Cafe\u0301 {0:Cafe}</p>"),
        ("<p>Москва Москвас</p>", ["Москва"], "<p>{0:Москва} Москвас</p>"),
        ("<p>Rome", ["Rome"], "<p>{0:Rome}"),
        ("Rome", ["Rome"], "{0:Rome}"),
        ("<p>a</p>", ["", " ", "—", "Rome"], "<p>a</p>"),
        ("<p>a</p>", [], "<p>a</p>"),
        ("<abc>abc abbr</abc>", ["abc", "abbr"], "<abc>{0:abc} {1:abbr}</abc>"),
    ],
)  # fmt: skip
def test_mentions_are_marked(html: str, forms: list[str | tuple[str, ...]], expected: str) -> None:
    """Whole words in text, longest first, never in tags, links or code."""
    assert shown(html, *forms) == expected


WORDS = st.sampled_from(
    ["Rome", "New York", "York", "New", "p", "amp", "AT&T", "a", "<b>", "b", ";", "’s", "&", "39", "é"]
)


@given(st.lists(WORDS, max_size=12), st.lists(st.lists(WORDS, max_size=2).map(tuple), max_size=4), st.booleans())
@settings(max_examples=300, deadline=None)
def test_marks_change_nothing_but_add_themselves(words: list[str], forms: list[tuple[str, ...]], rich: bool) -> None:
    """Without its marks a body is what it was, and marks neither nest nor cut tags or references."""
    html = f"<p>{html_codec.escape(' '.join(words), quote=False)}</p>"
    if rich:
        html += '<blockquote title="Rome">' + html + '<a href="a">Rome</a></blockquote>'
    marked = mark_mentions(html, forms)
    assert strip_marks(marked) == html
    for index, surface in re.findall("\x0e([0-9]+)\x0f([^\x10]*)\x10", marked):
        assert html_codec.unescape(surface).replace("’", "'") in [form.replace("’", "'") for form in forms[int(index)]]
    assert re.sub("\x0e[0-9]+\x0f[^\x0e-\x10]*\x10", "", marked).isprintable()
    assert not re.search("&[a-z]*[\x0e\x10]|<[^>]*[\x0e\x10]", marked)


def test_marks_become_links_or_nothing() -> None:
    """Each mark is filled with its own link; None and unknown indices leave the bare text."""
    html = mark_mentions('<p><a href="\x11x/">y</a> Rome, NASA, Ur, Rome</p>', [("Rome",), ("NASA",), ("Ur",)])
    filled = fill_marks(html, [('<a href="../places/rome/">', "</a>"), None], "../")
    assert filled == (
        '<p><a href="../x/">y</a> <a href="../places/rome/">Rome</a>, NASA, Ur, <a href="../places/rome/">Rome</a></p>'
    )
    assert fill_marks("<p>plain</p>", [], "../") == "<p>plain</p>"
    assert fill_marks(f'<img src="{ROOT}media/a.png">', [], "") == '<img src="media/a.png">'


def test_marks_can_be_taken_out() -> None:
    """Marks leave no trace in plain text."""
    assert strip_marks("a\x0e12\x0fb\x10 \x11c") == "ab c"
    assert strip_marks("\x11c") == "c"
    assert strip_marks("plain") == "plain"


@pytest.mark.slow
def test_marking_is_linear_on_hostile_text() -> None:
    """A megabyte of near misses and of hits takes no more than moments."""
    html = "<p>" + "aa " * 300_000 + "</p>"
    marked = mark_mentions(html, [("aa",), ("aa aa b",), ("a",)])
    assert marked.count("\x0e") == 300_000
    tags = "<b>" * 100_000
    assert mark_mentions(tags + "<" * 1000, [("Rome",), ("b",)]) == tags + "<" * 1000
