"""Characters that no text of an article may hold, and taking them out.

Control characters are not allowed in HTML or YAML, and the program keeps a few of them for itself (see `marks`), so
they are removed from everything that is read. Line feed and tab stay.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def strip_controls(text: str) -> str:
    """Remove control characters, lone surrogates, byte-order marks and the common noncharacters; keep line feed and tab.

    A carriage return goes too, so line ends must have been unified before (`unify_newlines`).
    """
    # `isprintable` runs at memory speed; only texts with, say, a no-break space take the pattern.
    if text.isprintable() or text.replace("\n", "").isprintable():
        return text
    return _FORBIDDEN.sub("", text)


def unify_newlines(text: str) -> str:
    """Make every line end a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
