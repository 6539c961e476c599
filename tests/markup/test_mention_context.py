"""Where a rendered body names an entity."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.marks import mark_mentions
from sitegen.markup.mention_context import mentions_in_context
from sitegen.markup.plain_text import plain_text

FORMS = [("Ann Lee", "Lee"), ("Bo & Co",), ("Oslo",)]


def named(markdown: str, *tags: int) -> list[tuple[str, str]]:
    """Text of the block and name of each mention, after the steps that a page takes."""
    html = mark_mentions(render_markdown(markdown, "page").html, FORMS)
    return [(found.text, found.text[found.start : found.end]) for found in mentions_in_context(html, tags)]


def test_each_mention_comes_with_the_text_of_its_block() -> None:
    """In the order of the text; other tags' mentions stand in it as plain text; references are resolved."""
    text = "Ann Lee was in Oslo.\n\n- Bo &amp; Co hired *her*: Lee\n- Oslo\n"
    assert named(text, 0) == [("Ann Lee was in Oslo.", "Ann Lee"), ("Bo & Co hired her: Lee", "Lee")]
    assert named(text, 1) == [("Bo & Co hired her: Lee", "Bo & Co")]
    assert named(text) == []


def test_a_block_without_end_is_cut_outside_of_tags() -> None:
    """Of a very long paragraph a piece around the mention is taken, which never starts inside a tag."""
    filler = '[a *"long"* link](https://example.org/?a=1&b=2 "title") ' * 120
    ((text, name),) = named(filler + "Ann Lee " + filler, 0)
    assert name == "Ann Lee"
    assert "href" not in text
    assert "title" not in text
    assert len(text) < 9000


@given(
    st.lists(
        st.sampled_from(
            ["Ann Lee", "Lee", "Bo & Co", "Oslo", "*x*", "`Lee`", "<b>", "\n\n", "- ", "&amp;", "\x02", "ß"]
        )
    )
)
def test_offsets_never_point_outside_of_the_text(pieces: list[str]) -> None:
    """Whatever the text: the name stands where the offsets say, and its block is part of the page's plain text."""
    html = mark_mentions(render_markdown(" ".join(pieces), "page").html, FORMS)
    whole = plain_text(html).replace("\n", " ")
    for tag, forms in enumerate(FORMS):
        for found in mentions_in_context(html, {tag}):
            assert found.text[found.start : found.end] in forms
            assert found.text in whole
