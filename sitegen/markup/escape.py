"""Plain text as Markdown: what must be escaped so that a paragraph reads as it was written, and nothing more."""

from __future__ import annotations

import re

# Signs that can act inside a line. Most underscores and brackets cannot, and stay as they are for people's eyes.
_ACTIVE = re.compile(r"[\\*`]|(?<![^\W_])_|_(?![^\W_])|(?<=\])[(\[]|\[(?=\^)")
_REFERENCE = re.compile(r"&(?=#|[0-9A-Za-z]+;)")
_NUMBERED = re.compile(r"(\d+)(\.)(?= |\Z)")


def escape_paragraph(text: str) -> str:
    """Return a paragraph of plain text as one line of Markdown that renders as just that text.

    Blanks and line breaks are folded. Readable text mostly comes back as it is: `<` and what would be a character
    reference are written as references, everything else that Markdown would act on gets a backslash.
    """
    text = " ".join(text.split())
    if not text:
        return ""
    if "&" in text:
        text = _REFERENCE.sub("&amp;", text)
    text = _ACTIVE.sub(r"\\\g<0>", text).replace("<", "&lt;")
    first = text[0]
    if first in "#>+-" or (first == "[" and "]:" in text):
        return "\\" + text
    if first == "~" and text.startswith("~~~"):
        return "&#126;" + text[1:]
    if first.isdigit():
        return _NUMBERED.sub(r"\1\\\2", text, count=1) if _NUMBERED.match(text) else text
    return text
