"""EDTF dates as people read them and as machines want them."""

from __future__ import annotations

import functools

from sitegen.model.date import EdtfDate

_ENGLISH = (
    "January February March April May June July August September October November December",
    "{day} {month} {year}",
    "{month} {year}",
    "about {date}",
)
# Month names, then the patterns of a day, of a month and of an approximate date (after Unicode CLDR's long formats).
_LANGUAGES = {
    "en": _ENGLISH,
    "en-us": (_ENGLISH[0], "{month} {day}, {year}", _ENGLISH[2], _ENGLISH[3]),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "{day}. {month} {year}",
        "{month} {year}",
        "etwa {date}",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "{day} {month} {year}",
        "{month} {year}",
        "vers {date}",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "{day} de {month} de {year}",
        "{month} de {year}",
        "hacia {date}",
    ),
    "ar": (
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "{day} {month} {year}",
        "{month} {year}",
        "حوالي {date}",
    ),
    "he": (
        "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
        "{day} ב{month} {year}",
        "{month} {year}",
        "בערך {date}",
    ),
}


def _patterns(language: str) -> tuple[str, str, str, str]:
    tag = language.lower()
    return _LANGUAGES.get(tag) or _LANGUAGES.get(tag.partition("-")[0]) or _ENGLISH


@functools.lru_cache(maxsize=65536)
def readable_date(edtf: str, language: str = "en") -> str:
    """`2018-06-10` → `10 June 2018`, `2018-06` → `June 2018`, `1987?` stays, `1987~` → `about 1987`.

    Languages without a table of their own are given in English; what is no EDTF date is given back as it is.
    """
    date = EdtfDate.parse(edtf)
    if date is None:
        return edtf
    names, day, month, about = _patterns(language)
    text = str(date.year)
    if date.month:
        pattern = day if date.day else month
        text = pattern.format(day=date.day, month=names.split()[date.month - 1], year=date.year)
    if date.qualifier in ("~", "%"):
        text = about.format(date=text)
    return text + "?" if date.qualifier in ("?", "%") else text


@functools.lru_cache(maxsize=4096)
def month_name(month: int, language: str = "en", *, letters: int = 0) -> str:
    """Name of month 1 to 12, cut to `letters` where that is more than 0."""
    name = _patterns(language)[0].split()[month - 1]
    return name[:letters] if letters else name


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
