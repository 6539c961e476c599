"""Text inside XML, as `xml.sax.saxutils` writes it, which would load half of the standard library's network code."""

from __future__ import annotations

from html import escape as _escape


def escape(text: str) -> str:
    """Text between tags."""
    return _escape(text, quote=False)


def quoteattr(text: str) -> str:
    """An attribute's value with its quotes: double ones, unless the text holds these and no single ones."""
    value = escape(text).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    if '"' not in value:
        return f'"{value}"'
    if "'" not in value:
        return f"'{value}'"
    return '"' + value.replace('"', "&quot;") + '"'
