"""Rendered HTML back to plain text, for the search index, excerpts and counts of words."""

from __future__ import annotations

import html as html_codec
import re

from sitegen.markup.marks import strip_marks

_PARAGRAPH_BREAK = "</p>\n<p>"
_FOOTNOTE = re.compile(
    r'<sup[^>]*><a[^>]* class="footnote-ref"[^>]*>[^<]*</a></sup>|<a[^>]* class="footnote-backref"[^>]*>[^<]*</a>'
)
BLOCK_EDGE = re.compile(
    r"</?(?:p|h[1-6]|li|ul|ol|dl|dt|dd|div|blockquote|pre|table|caption|thead|tbody|tfoot|tr|figure|figcaption|hr|br|"
    r"details|summary|section|address)(?=[ >/])[^>]*>"
)
"""Tags at which a line of plain text ends."""
_CELL = re.compile(r"</?t[dh](?=[ >])[^>]*>|<rt>")
_TAG = re.compile(r"<[^>]*>")


def plain_text(html: str) -> str:
    """Return the text of sanitised HTML: one line for each block element, blanks folded, references resolved, no marks.

    `html` is what `render_markdown` returns (`<` and `>` are escaped inside attributes), with or without marks.
    """
    html = strip_marks(html)
    if html.startswith("<p>") and html.endswith("</p>"):
        inner = html[3:-4]
        breaks = inner.count(_PARAGRAPH_BREAK)
        if inner.count("\n") == breaks and inner.count("<") == 2 * breaks:  # nothing but one-line paragraphs
            text = inner.replace(_PARAGRAPH_BREAK, "\n")
            if "&" in text:
                text = html_codec.unescape(text)
            return text if _is_folded(text) else _fold(text)
    if "footnote" in html:
        html = _FOOTNOTE.sub("", html)
    html = _TAG.sub("", _CELL.sub(" ", BLOCK_EDGE.sub("\x1e", html.replace("\n", " "))))
    return _fold(html_codec.unescape(html).replace("\x1e", "\n"))


def _is_folded(text: str) -> bool:
    """Tell at memory speed that folding would change nothing; False where that takes a closer look."""
    if "  " in text or "\n " in text or " \n" in text or "\n\n" in text or text[:1].isspace() or text[-1:].isspace():
        return False
    # Every blank but the plain one is unprintable.
    return text.replace("\n", "").isprintable()


def _fold(text: str) -> str:
    """Fold runs of blanks within lines and drop empty lines."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def excerpt(text: str, limit: int = 240) -> str:
    """Return the start of a plain text on one line, at most `limit` characters, cut at a word with an ellipsis."""
    flat = " ".join(text[: limit * 2].split())
    if len(flat) <= limit and len(text) <= limit * 2:
        return flat
    cut, following = flat[: limit - 1], flat[limit - 1 : limit]
    if not following.isspace():
        word_end = cut.rfind(" ")
        # Languages without blanks, and very long words, are cut where they are.
        if word_end > limit // 2:
            cut = cut[:word_end]
    return cut.rstrip(" ,;:–—-(“‘\"'") + "…"
