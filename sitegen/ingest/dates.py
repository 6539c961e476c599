"""Dates as people and programs write them, to EDTF (Library of Congress, 2019, level 1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from sitegen.model import EdtfDate


class DateReading(msgspec.Struct, frozen=True):
    """What a string says as a date."""

    date: str = ""
    """EDTF; empty where there is none."""
    issue: str = ""
    """`impossible` (such as 31 February), `ambiguous` (day and month could be swapped), `unreadable`, or empty."""


def read_date(text: str) -> DateReading:
    """Read a whole string as one date.

    Understands EDTF and ISO 8601 (with a time, which is dropped), `20180610`, seconds and milliseconds since 1970,
    `June 10, 2018`, `10 juin 2018`, RFC 5322 dates, `March 1987`, `c. 1987`, and figures between dots, slashes or
    hyphens: dots and hyphens mean day first, slashes month first, where only one order is possible that one. What is
    known only in part (a year, a month) stays so.
    """
    stripped = " ".join(text.split())
    if not stripped or stripped.startswith(("0000", "0001-01-01")):
        return DateReading()
    about = _ABOUT.match(stripped)
    if about:
        inner = read_date(stripped[about.end() :])
        plain = inner.date.rstrip("?~%")
        return DateReading(plain + "~", inner.issue) if plain else inner
    found = _ISO.fullmatch(stripped)
    if found:
        return _checked(int(found[1]), int(found[2] or 0), int(found[3] or 0), found[4] or "")
    found = _FIGURES.fullmatch(stripped)
    if found:
        return _from_figures(found)
    found = _COMPACT.fullmatch(stripped)
    if found:
        return _checked(int(found[1]), int(found[2]), int(found[3]))
    if _EPOCH.fullmatch(stripped):
        seconds = float(stripped) / (1000 if len(stripped.split(".")[0]) == 13 else 1)
        moment = datetime.fromtimestamp(seconds, tz=UTC)
        return _checked(moment.year, moment.month, moment.day)
    found = WORDED.match(stripped)
    if found and (found.end() == len(stripped) or _TIME.fullmatch(stripped, found.end())):
        return from_words(found)
    return DateReading(issue="unreadable")


def from_words(found: re.Match[str]) -> DateReading:
    """Read a match of `WORDED`."""
    month = MONTHS[(found["m1"] or found["m2"] or found["m3"]).lower().rstrip(".")]
    year = int(found["y1"] or found["y2"] or found["y3"])
    return _checked(year, month, int(found["d1"] or found["d2"] or 0))


_MONTH_NAMES = """
    january jan janvier enero ene januar jänner gennaio gen janeiro januari stycznia января styczeń
    february feb février fevrier fév febrero februar febbraio fevereiro fev februari lutego февраля luty
    march mar mars marzo märz mär maerz março marco maart marca марта marzec
    april apr avril avr abril abr aprile kwietnia апреля kwiecień
    may mai mayo maggio mag maio mei maj maja мая
    june jun juin junio juni giugno giu junho czerwca июня czerwiec
    july jul juillet juil julio juli luglio lug julho lipca июля lipiec
    august aug août aout agosto ago augustus augusti sierpnia августа sierpień
    september sept sep septembre septiembre settembre set setembro septembris września сентября wrzesień
    october oct octobre octubre oktober okt ottobre ott outubro out października октября październik
    november nov novembre noviembre novembro listopada ноября listopad
    december dec décembre decembre déc diciembre dic dezember dez dicembre dezembro grudnia декабря grudzień
"""

MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES.strip().splitlines(), 1) for name in names.split()}
"""Month names and their abbreviations in the commonest languages of Europe, lower case."""

_NAMES = "|".join(sorted((re.escape(name) for name in MONTHS), key=lambda name: (-len(name), name)))

WORDED = re.compile(
    r"(?:[^\W\d_]{3,10}\.?,?[ ])?(?:"
    rf"(?P<m1>{_NAMES})\.?[ ](?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?[ ](?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}})(?:\.|st|nd|rd|th|er|º|ª)?[ -]?(?:of[ ]|de[ ])?(?P<m2>{_NAMES})\.?,?"
    r"[ -]?(?:de[ ]|of[ ])?(?P<y2>\d{4})"
    rf"|(?P<m3>{_NAMES})\.?,?[ ](?:de[ ]|of[ ])?(?P<y3>\d{{4}}))\b",
    re.IGNORECASE,
)
"""A date with its month as a word; a weekday may go before."""

_ABOUT = re.compile(r"(?:c\.|ca\.?|circa|about|around|approx\.?|um)[ ]?(?=\d|[A-Z])", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?([?~%]?)(?:[T ]\d{1,2}:\d{2}.*|T\d{2,6}Z?)?")
_FIGURES = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,?[ ]\d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(?:\d{4}|\d{6})Z?)?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
_TIME = re.compile(r"[ ]?[,|@–-]?(?:[ ]at)?[ ][\d:.]+(?:[ ]?[ap]\.?m\.?)?.{0,20}|,?[ ]?\|?.{0,3}", re.IGNORECASE)


def _from_figures(found: re.Match[str]) -> DateReading:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    day, month = (second, first) if found[2] == "/" else (first, second)
    if month > 12 >= day:
        day, month = month, day
        return _checked(year, month, day)
    reading = _checked(year, month, day)
    unclear = found[2] != "." and day <= 12 and day != month
    return DateReading(reading.date, "ambiguous") if unclear and reading.date else reading


def _checked(year: int, month: int = 0, day: int = 0, qualifier: str = "") -> DateReading:
    text = f"{year:04d}"
    if month:  # 1987-00-00 is a way to say 1987
        text += f"-{month:02d}" + (f"-{day:02d}" if day else "")
    date = EdtfDate.parse(text + qualifier)
    return DateReading(str(date)) if date is not None else DateReading(issue="impossible")
