"""Datelines: where, when and by which agency a news text says it was written.

They stay in the text, as part of what was published.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from sitegen.ingest.dates import WORDED, from_words, read_date
from sitegen.model import Mention


class Dateline(msgspec.Struct, frozen=True):
    """The start of a news text that says where, when and by which agency it was written."""

    end: int = 0
    """Offset of the first character after it; 0 where there is none."""
    date: str = ""
    """EDTF; a date without a year is none."""
    source: str = ""
    """The agency, by its full name."""
    agency: tuple[int, int] = (0, 0)
    """Start and end of the agency as the text writes it."""


_DATELINE_END = re.compile(
    r"[ ]?(?:--+|[–—]|\.[ ]\.[ ]\.|(?<=[ )\].])-(?=[ ])|-(?=[ ]))[ ]?[-–—]?[ ]?|"
    r"(?<=\))(?:[ ]|:[ ])(?=[A-Z])|(?<=[A-Z]{4}):[ ]"
)
_DATELINE_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’.\-&/][^\W_]*)*\.?")
_SMALL = frozenset("of de del la le el al am an the and du da do di das den der san st on y e i".split())
_WIRE = re.compile(r"\(([A-Z][\w.&’' -]{1,40})\)")
_WIRE_LAST = re.compile(r",[ ]([A-Z][\w.&’' -]{1,40})$")
_WIRES = {
    "ap": "Associated Press",
    "reuters": "Reuters",
    "reuter": "Reuters",
    "afp": "AFP",
    "upi": "UPI",
    "dpa": "dpa",
    "efe": "EFE",
    "ansa": "ANSA",
    "tass": "TASS",
    "itar-tass": "ITAR-TASS",
    "xinhua": "Xinhua",
    "bloomberg": "Bloomberg",
    "kyodo": "Kyodo",
    "interfax": "Interfax",
    "ips": "IPS",
    "pti": "PTI",
    "irna": "IRNA",
    "yonhap": "Yonhap",
}
_AGENCY_ENDS = frozenset("wire news press service agency times post herald courier tribune gazette journal".split())
_TITLES = frozenset(
    (
        "senator senators sen sens congressman congresswoman congressmen representative representatives rep reps "
        "president governor gov mayor chairman chairwoman chair minister secretary general leader speaker mr mrs "
        "ms dr delegate ambassador judge justice king queen prince pope today"
    ).split()
)
"""What stands before a person's name, never in a dateline."""
_IN_BRACKETS = re.compile(r"\[(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})\]")


def read_dateline(paragraph: str) -> Dateline:
    """Find the dateline at the start of a paragraph: `WASHINGTON, March 3, 2004 —`, `BEIRUT (Reuters) -`, `Oslo, NO –`.

    Place names are in capitals, or have a comma, a bracket or an agency after them; a date without a year is no date.
    """
    start = paragraph[:110]
    for mark in _DATELINE_END.finditer(start):
        head = start[: mark.start()].strip()
        if not head or len(head) > 90:
            continue
        if not _is_dateline(head) or (mark[0] == " " and not (head[0] == "(" or _WIRE.search(head))):
            if mark[0].strip():
                return Dateline()
            continue
        worded = WORDED.search(head)
        bracketed = _IN_BRACKETS.search(head)
        date = ""
        if worded:
            date = from_words(worded).date
        elif bracketed:
            year = int(bracketed[3]) + (2000 if len(bracketed[3]) == 2 else 0)
            date = read_date(f"{year}-{bracketed[1]}-{bracketed[2]}").date
        indent = len(start) - len(start.lstrip())
        for wire in filter(None, (_WIRE.search(head), _WIRE_LAST.search(head))):
            if source := _agency(wire[1]):
                return Dateline(mark.end(), date, source, (indent + wire.start(1), indent + wire.end(1)))
        return Dateline(mark.end(), date)
    return Dateline()


def calm_dateline(text: str) -> str:
    """The text with the capitals of its dateline calmed, as long as before: `OSLO (Reuters) —` to `Oslo (Reuters) —`.

    A tagger knows places by the shape of ordinary names.
    """
    end = _first_dateline(text).end
    return _LOUD.sub(lambda word: word[0].capitalize(), text[:end]) + text[end:] if end else text


def with_agency(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions in a text, in order, with the agency that its dateline names as the organisation that it is.

    `HOUSTON (Orbit Wire) —`: what stands in brackets after a place looks like another place, there and further on.
    """
    start, end = _first_dateline(text).agency
    if not end:
        return list(mentions)
    name = text[start:end]
    kept = [mention for mention in mentions if mention.end <= start or mention.start >= end]
    kept = [msgspec.structs.replace(m, kind="organization") if m.surface == name else m for m in kept]
    return sorted([*kept, Mention(start, end, name, "organization")], key=lambda mention: mention.start)


def _first_dateline(text: str) -> Dateline:
    return read_dateline(text[:200].partition("\n")[0])


_LOUD = re.compile(r"(?<![^\W\d_])(?:[A-Z]{4,}|[A-Z]{2,3}(?=\.? [A-Z]{4}))(?![^\W\d_])(?![^()]*\))")
"""A word in ASCII capitals, so that its length stays, outside brackets; a short one before a longer (`NEW DELHI`)."""


def _agency(name: str) -> str:
    """The agency that a bracket after a place names: one that is known, or a name that ends as such names do."""
    last = name.rpartition(" ")[2].lower()
    return _WIRES.get(name.lower(), name if " " in name and last in _AGENCY_ENDS else "")


def _is_dateline(head: str) -> bool:
    wire = _WIRE.search(head)
    if wire and wire[1].lower() in _WIRES:
        return True
    place = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", head).strip() or head.strip("()[]")
    words = _DATELINE_WORD.findall(place)
    if not words or len(words) > 9:
        return False
    if not any(char.isupper() or char.islower() for char in place):
        return len(words) <= 4  # a script without capitals
    for word in words:
        if not (word[0].isupper() or word.lower() in _SMALL) or word.lower().rstrip(".") in _TITLES:
            return False
    if re.search(r"[^\w\s,.'’&/()\[\]-]", place):
        return False
    loud = sum(1 for word in words if len(word) > 2 and word.isupper() and "." not in word)
    bracketed = head[0] in "([" and head[-1] in ")]"
    return loud > 0 or "," in place or bracketed
