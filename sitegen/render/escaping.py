"""Plain text as it stands in HTML."""

from __future__ import annotations

from markupsafe import escape


def escaped(text: str) -> str:
    """Escape a text, to stand between tags or in an attribute: as `markupsafe.escape`, in a fifth of its time.

    Most texts hold nothing to escape; and the answer is a plain `str`, which is cheaper to put together.
    """
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return str(escape(text))
    return text
