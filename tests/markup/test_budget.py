"""Inputs on which Python-Markdown takes quadratic time or worse, and what happens to them."""

from __future__ import annotations

import time

import pytest

from sitegen.markup.budget import MAX_LENGTH, over_budget
from sitegen.markup.markdown_html import render_markdown

SIZE = 40_000


def grow(unit: str) -> str:
    return unit * (SIZE // len(unit))


HOSTILE = [
    *map(grow, ["[", "![", "[a](b ", "[a](<b ", "[a](", '[a](b "', "[a][b] ", "[^1] ", "[a]: b\n", "[a]:\n", "(", "]"]),
    *map(
        grow, ["*a **b ", "*", "_a __b ", "**a *b", "*a_ ", "a*", "***a", "_", "`", "`a", "\\`", "\\", "\\*", "&", "&a"]
    ),
    *map(
        grow, ["<", "<a ", "<!--", "<?", "<!a", "<![CDATA[", "</a", "<div>", "<b>", "<b><p>", "<a@", "<http://", "<p>a"]
    ),
    *map(
        grow,
        ["> ", ">", "- ", "1. ", "* ", "- a\n\n", "> - ", "a\n=\n", "# a\n", "#", "```\n", "```a\n", "~~~\n\n", "\t"],
    ),
    *map(
        grow,
        ["a|b\n", "|", " ", "\n", "a\n", "a  \n", "    a\n\n", "a\n: b\n", '"', "word ", "| a |\n|--|\n", "a [^1]\n\n"],
    ),
    "".join("    " * depth + "- a\n" for depth in range(140)),
    "".join(">" * depth + " a\n" for depth in range(280)),
    "".join("`" * width + " " for width in range(280)),
    "# a " + grow("#a"),
    "# " + grow("#") + "x",
    "# " + grow("\\"),
    "[a](" + grow("("),
    "a|b\n-|-\n" + grow("`|"),
    "a|b\n-|-\n" + grow("c|d\n"),
    "a|" * (SIZE // 2) + "\n" + "-|" * (SIZE // 2) + "\n",
    "[^1] " * 1000 + "\n\n[^1]: x",
    "\n".join(f"[^{number}]: x" for number in range(5000))
    + "\n\n"
    + " ".join(f"[^{number}]" for number in range(5000)),
    "<div>" * (SIZE // 11) + "</div>" * (SIZE // 11),
    grow("-") + "x",
    "".join(f"<b id={number}>" for number in range(100)) + grow("<p>x"),
    "- " * 20 + " " * SIZE + "x",
    "```{" + grow("a ") + "\n```",
]


@pytest.mark.slow
@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
def test_hostile_markdown_is_rendered_within_seconds(body: str) -> None:
    """40 kB of the worst that is known take less than a second (asserted with much room for slow, busy machines)."""
    start = time.process_time()
    rendered = render_markdown(body, "a.md")
    assert time.process_time() - start < 6
    assert len(rendered.html) < 30 * SIZE
    for problem in rendered.problems:
        assert (problem.path, problem.code) == ("a.md", "markdown-budget")
        assert problem.hint


def test_over_budget_bodies_become_plain_paragraphs() -> None:
    """What costs too much is shown as it was typed, as text."""
    body = "<b>&\n\n" + "[" * 10_000
    rendered = render_markdown(body, "a.md")
    assert rendered.html == f"<p>&lt;b&gt;&amp;</p>\n<p>{'[' * 10_000}</p>"
    assert [problem.code for problem in rendered.problems] == ["markdown-budget"]


def test_recursion_that_no_rule_foresaw_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nesting that exhausts the stack is a problem, not a crash."""
    monkeypatch.setattr("sitegen.markup.markdown_html.over_budget", lambda body: "")
    rendered = render_markdown("- " * 20_000 + "x", "a.md")
    assert rendered.problems
    assert rendered.html.startswith("<p>- - ")
    assert render_markdown("*a*").html == "<p><em>a</em></p>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("*a* " * (MAX_LENGTH // 4 + 1), "characters"),
        (">" * 30 + " a", "nested"),
        (" " * 100 + "a", "nested"),
        ("<!--" * 1000, "tags"),
        ("<a " * 6000, "tags"),
        ("<div>" * 600, "nested"),
        ("</div>" * 600 + "<DIV>" * 600, "nested"),
        ("".join(f"<b id={number}>" for number in range(100)) + "<p>x" * 3000, "unclosed"),
        ("a|" * 70_000, "cells"),
        ("- a\n" * 40_000, "items"),
        ("    a\n\n" * 70_000, "code"),
        ("~~~\n\n" * 50_000, "fences"),
        ("<b></b>" * 20_000, "tags"),
        ("[^1]" * 600, "footnotes"),
        ("```a\n\n" * 5000, "fences"),
        ("[a" * 5000, "brackets"),
        ("*a" * 15000, "emphasis"),
        ("a\n-\n" * 5000, "headings"),
    ],
)
def test_each_rule_says_why(body: str, reason: str) -> None:
    """The reason names what there is too much of."""
    assert reason in over_budget(body)


def test_long_ordinary_texts_are_within_budget() -> None:
    """A book of paragraphs with links, notes, quotations, lists and code has nothing to fear."""
    chapter = (
        "## Chapter\n\nA *long* [link](http://a.example) and `code` [sic]" + " with many words" * 60 + "[^{0}].\n\n"
        "> Quoted\n> > twice\n\n- a\n    - b\n        - c\n\n1. x\n2. y\n\n```\ncode [ * <\n```\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n<div>html <b>too</b></div>\n\n[^{0}]: A note.\n\n"
    )
    assert over_budget("".join(chapter.replace("{0}", str(number)) for number in range(600))) == ""


def test_plain_text_has_no_limit() -> None:
    """Twenty megabytes of plain paragraphs take the fast road."""
    body = ("Many plain words. " * 50 + "end\n\n") * 22_000
    rendered = render_markdown(body)
    assert rendered.problems == ()
    assert rendered.html.count("<p>") == 22_000
