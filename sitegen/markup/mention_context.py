"""Where a rendered body names an entity: the block of text around a mention mark."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sitegen.markup.plain_text import BLOCK_EDGE, plain_text

_MARK = re.compile(r"\x0e([0-9]+)\x0f([^\x10]*)\x10")
_WINDOW = 4000
"""Characters before and after a mark that are searched for the edges of its block."""
_START, _END = "\x02", "\x03"
"""Frame one mention while its block becomes plain text; no input has them (`markup.controls`)."""


class Named(NamedTuple):
    """One place where an entity is named."""

    text: str
    """Plain text of the block (paragraph, headline, item of a list) on one line."""
    start: int
    """Where the name starts and ends in `text`, in code points."""
    end: int


def mentions_in_context(html: str, tags: Collection[int]) -> Iterator[Named]:
    """Yield the mentions of some of an article's tags, in the order of the text, each with its block's plain text.

    Args:
        html: a rendered body with its mention marks.
        tags: positions in the article's tags.
    """
    for mark in _MARK.finditer(html):
        if int(mark[1]) not in tags:
            continue
        low, high = max(0, mark.start() - _WINDOW), min(len(html), mark.end() + _WINDOW)
        edges = [edge.end() for edge in BLOCK_EDGE.finditer(html, low, mark.start())]
        if edges:
            low = edges[-1]
        elif low:
            low = _out_of_tag(html, low)
        closing = BLOCK_EDGE.search(html, mark.end(), high)
        if closing is not None:
            high = closing.start()
        elif html.rfind("<", mark.end(), high) > html.rfind(">", mark.end(), high):
            high = html.rfind("<", mark.end(), high)
        framed = f"{html[low : mark.start()]}{_START}{mark[2]}{_END}{html[mark.end() : high]}"
        text = plain_text(framed).replace("\n", " ")
        before, _, rest = text.partition(_START)
        name, _, after = rest.partition(_END)
        yield Named(before + name + after, len(before), len(before) + len(name))


def _out_of_tag(html: str, at: int) -> int:
    """The first place from `at` on that is not inside a tag: `<` and `>` are escaped everywhere else."""
    closing, opening = html.find(">", at), html.find("<", at)
    return closing + 1 if closing >= 0 and (opening < 0 or closing < opening) else at
