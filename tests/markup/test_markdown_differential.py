"""The fast road of `render_markdown` against the general one."""

from __future__ import annotations

import gzip
import html
import itertools
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sitegen.markup.controls import strip_controls, unify_newlines
from sitegen.markup.escape import escape_paragraph
from sitegen.markup.markdown_html import _render_any, _render_plain, render_markdown

PIECES = st.sampled_from(
    [
        *"\\`*_{}[]()<>#+-.!|&~=:;'\"^%$@/ \n\t0A",
        "\n\n",
        "\n\n\n",
        "  \n",
        "word",
        "two words",
        "1. ",
        "1986.",
        "- ",
        "+ ",
        "# ",
        "> ",
        "~~~",
        "```",
        "---",
        "***",
        "___",
        "![",
        "](",
        "][",
        "[^1]",
        "[^1]: ",
        "[x]: ",
        "[x]: http://a.example",
        "&amp;",
        "&lt;",
        "&copy;",
        "&copy 1986",
        "&#42;",
        "&#x2a;",
        "AT&T",
        "a_b",
        "_a_",
        "**b**",
        "<b>",
        "<!-- c -->",
        "http://a.example/?x=1&y=2",
        "a@b.example",
        "<http://a.example>",
        "“Quote,”",
        "’s",
        "\xa0",
        "\u2003",
        "\u2028",
        "漢字",
        "é",
        "e\u0301",
        "\U0001f680",
        "klzzwxh:0000",
        "wzxhzdk:0",
        "| a | b |",
        "Term\n: meaning",
        "    code",
        "*[HTML]: x",
        "[TOC]",
        "\\*",
        "\\_",
        "\\[",
        "1986\\. ",
        "\\#",
        "\\\\",
    ]
)
BODIES = st.lists(PIECES, max_size=14).map("".join)


def prepared(body: str) -> str:
    return strip_controls(unify_newlines(body)).strip("\n")


@given(BODIES)
@example("[a]\n\n[a]: b")
@example("\\*a_b_")
@example("a &lt;b&gt; &amp;amp; &amp")
@settings(max_examples=600, deadline=None)
def test_fast_road_equals_general_road(body: str) -> None:
    """Whatever the fast road accepts, Python-Markdown and nh3 set in the same way."""
    body = prepared(body)
    fast = _render_plain(body)
    if fast is not None:
        assert fast == _render_any(body, "").html


@given(st.text(max_size=80))
@settings(max_examples=250, deadline=None)
def test_fast_road_equals_general_road_on_any_text(body: str) -> None:
    """The same for text of any characters at all."""
    body = prepared(body)
    fast = _render_plain(body) if body else None
    if fast is not None:
        assert fast == _render_any(body, "").html


@given(st.one_of(BODIES, st.text(max_size=60)))
@example("~~~ a")
@example("[x]: http://a.example")
@example("1986. ")
@settings(max_examples=400, deadline=None)
def test_escaped_paragraph_reads_as_written(text: str) -> None:
    """An escaped paragraph renders as its own text, on both roads."""
    shown = " ".join(strip_controls(text).split())
    markdown = escape_paragraph(strip_controls(text))
    assert "\n" not in markdown
    expected = f"<p>{html.escape(shown, quote=False)}</p>" if shown else ""
    assert render_markdown(markdown).html == expected
    if markdown:
        assert _render_any(markdown, "").html == expected


def test_escaped_paragraphs_take_the_fast_road() -> None:
    """Text with all the signs that newspapers use needs no Markdown parser once it is escaped."""
    text = (
        "1. At 5*3 [sic] – “O’Brien & Sons” <i> paid $5.3m_ (see #4) \\ `x` -- AT&T; a_b_c ![x](y) [1][2] &copy; > 3|4"
    )
    paragraphs = [text, "###", "- 30 -", "[WASHINGTON]", "> quoted", "“Yes,” she said."]
    assert _render_plain("\n\n".join(map(escape_paragraph, paragraphs))) is not None


def development_data() -> Path:
    return Path(os.environ.get("SITEGEN_DEV_DATA", Path(__file__).parents[2].parent / "shared"))


@pytest.mark.slow
def test_press_releases_take_the_fast_road_without_a_difference() -> None:
    """Of a thousand real texts, escaped as ingest does, over 90 % take the fast road, and all alike."""
    corpus = development_data() / "corpora" / "congress-press.jsonl.gz"
    if not corpus.exists():
        pytest.skip("no development data folder (set SITEGEN_DEV_DATA)")
    fast = count = 0
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in itertools.islice(lines, 0, None, 26):
            paragraphs = re.split(r"\n\s*\n", json.loads(line)["text"])
            body = prepared("\n\n".join(filter(None, map(escape_paragraph, paragraphs))))
            count += 1
            plain = _render_plain(body)
            if plain is not None:
                fast += 1
                assert plain == _render_any(body, "").html
    assert fast > 0.9 * count
