"""Characters that no text of an article may hold, and taking them out.

Control characters are not allowed in HTML or YAML, and the program keeps a few of them for itself (see `marks`), so
they are removed from everything that is read. Line feed and tab stay.
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_HARMLESS = bytes([0x09, 0x0A, *range(0x20, 0x7F)])


def strip_controls(text: str) -> str:
    """Remove control characters, lone surrogates, byte-order marks and noncharacters; keep line feed and tab.

    A carriage return goes too, so line ends must have been unified before (`unify_newlines`).
    """
    # Most of most texts is ASCII, which `translate` skips at memory speed; the pattern sees the rest.
    rest = text.encode("utf-8", "surrogatepass").translate(None, _HARMLESS)
    if rest and _FORBIDDEN.search(rest.decode("utf-8", "surrogatepass")):
        return _FORBIDDEN.sub("", text)
    return text


def unify_newlines(text: str) -> str:
    """Make every line end a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
