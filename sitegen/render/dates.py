"""EDTF dates as people read them and as machines want them."""

from __future__ import annotations

import functools

from sitegen.model.date import EdtfDate
from sitegen.render.strings import Strings


@functools.lru_cache(maxsize=65536)
def readable_date(edtf: str, strings: Strings) -> str:
    """`2018-06-10` → `10 June 2018`, `2018-06` → `June 2018`, `1987?` stays, `1987~` → `about 1987`.

    What is no EDTF date is given back as it is.
    """
    date = EdtfDate.parse(edtf)
    if date is None:
        return edtf
    formats = strings.formats
    text = str(date.year)
    if date.month and date.day:
        text = formats.day.format(day=date.day, month=formats.months[date.month - 1], year=date.year)
    elif date.month:
        text = formats.month.format(month=formats.months[date.month - 1], year=date.year)
    if date.qualifier in ("~", "%"):
        text = strings.text("about {date}", date=text)
    return text + "?" if date.qualifier in ("?", "%") else text


def month_name(month: int, strings: Strings, *, short: bool = False) -> str:
    """Name of month 1 to 12, standing alone; `short` abbreviates it where the language does."""
    return (strings.formats.month_short if short else strings.formats.month_names)[month - 1]


@functools.lru_cache(maxsize=65536)
def iso_date(edtf: str) -> str:
    """Drop the qualifier, as HTML's `datetime` and schema.org take it; empty where it is no date."""
    date = EdtfDate.parse(edtf)
    return "" if date is None else str(date).rstrip("?~%")


def rfc3339(edtf: str) -> str:
    """Midnight UTC at the start of the date (RFC 3339), as feeds demand; the epoch where there is no date."""
    date = EdtfDate.parse(edtf)
    if date is None:
        return "1970-01-01T00:00:00Z"
    return f"{date.year:04d}-{date.month or 1:02d}-{date.day or 1:02d}T00:00:00Z"
