"""What a text says about itself: date, byline, contributors, source, headline lines.

Only lines that are nothing but metadata leave the text, and all they say goes into fields. Datelines, lines about
contributors and copyright stay where they are: they are part of what was published.
"""

from __future__ import annotations

import re

import msgspec

from sitegen.ingest.datelines import Dateline, read_dateline
from sitegen.ingest.dates import WORDED, from_words, read_date


class Metadata(msgspec.Struct, frozen=True):
    """What was found; strings and tuples are empty where nothing was."""

    paragraphs: tuple[str, ...] = ()
    """The text without the lines that were metadata."""
    title: str = ""
    """A headline the text labels as such (`Headline: …`)."""
    date: str = ""
    """EDTF."""
    date_issue: str = ""
    """Why the date given in the text cannot be used (see `DateReading`)."""
    date_as_given: str = ""
    """The date as the text writes it, where it cannot be used."""
    authors: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    source: str = ""
    url: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    byline: str = ""
    """The byline in full where it says more than names (`By Ana Roe, Courier Staff Writer`)."""


class Head(msgspec.Struct, frozen=True):
    """Metadata at the very start of a text, before it is split into paragraphs."""

    text: str
    """What follows."""
    fields: dict[str, str]
    """Labelled lines by the name sitegen knows."""
    date: str = ""
    issue: str = ""
    as_given: str = ""


# --- the start of the text -----------------------------------------------------------------------------------------

_LABEL = re.compile(
    r"[ \t]*(title|headline|date|published|publication date|author|authors|byline|by|source|publication|newspaper|url|"
    r"link|language|tags|keywords|topics)[ \t]*:[ \t]*(\S[^\n]*)(?:\n|$)",
    re.IGNORECASE,
)
_FIELD = {
    "headline": "title",
    "published": "date",
    "publication date": "date",
    "author": "authors",
    "byline": "authors",
    "by": "authors",
    "publication": "source",
    "newspaper": "source",
    "link": "url",
    "keywords": "tags",
    "topics": "tags",
}
_DATE_WORD = re.compile(r"\s*(?:date|dated)[ \t]*:?[ \t]+", re.IGNORECASE)
_DATE_TOKEN = re.compile(r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?[?~%]?(?![\w/-])|\d{1,2}([./-])\d{1,2}\1\d{4}(?!\w)")
_LINE = re.compile(r"\s*([^\n]{1,60})(?:\n|$)")
_PUBLISHED = re.compile(r"(?:published|posted|updated|date|dated|issued|released)(?:[ ]on)?[ ]*:?[ ]*", re.IGNORECASE)
_SHORT_FIGURES = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})")


def read_head(text: str) -> Head:
    """Take metadata off the start of a repaired text: `date 2018-06-10 …`, a line that is a date, labelled lines."""
    fields: dict[str, str] = {}
    labels: list[str] = []
    place = 0
    while found := _LABEL.match(text, place):
        name = found[1].lower()
        fields.setdefault(_FIELD.get(name, name), found[2].strip())
        labels.append(name)
        place = found.end()
    if len(labels) == 1 and not _stands_alone(labels[0], fields, text[place:]):
        fields, place = {}, 0
    if "date" in fields:
        given = fields.pop("date")
        reading = read_date(given)
        return Head(text[place:].lstrip("\n"), fields, reading.date, reading.issue, given if reading.issue else "")
    rest, date, issue, given = _leading_date(text[place:])
    return Head(rest, fields, date, issue, given)


def _stands_alone(label: str, fields: dict[str, str], rest: str) -> bool:
    """Tell whether a single labelled line is one: some labels may as well begin a sentence."""
    value = next(iter(fields.values()))
    if label in ("date", "published", "publication date"):
        reading = read_date(value)
        return bool(reading.date) or reading.issue == "impossible"
    if label in ("by", "byline", "author", "authors"):
        return bool(_names_of(value))
    return bool(rest.strip()) and label not in ("by", "link", "source", "topics", "publication", "newspaper")


def _leading_date(text: str) -> tuple[str, str, str, str]:
    """Rest of the text, date, issue and the date as written."""
    word = _DATE_WORD.match(text)
    if word:
        token = _DATE_TOKEN.match(text, word.end())
        if token:
            reading = read_date(token[0])
            return text[token.end() :].lstrip(), reading.date, reading.issue, token[0] if reading.issue else ""
        worded = WORDED.match(text, word.end())
        if worded:
            reading = from_words(worded)
            return (
                text[worded.end() :].lstrip(" ,;-–—\n"),
                reading.date,
                reading.issue,
                worded[0] if reading.issue else "",
            )
    line = _LINE.match(text)
    if line and any(map(str.isdigit, line[1])):
        bare = _PUBLISHED.sub("", line[1].strip(), count=1)
        reading = read_date(bare)
        usable = reading.date or (reading.issue == "impossible" and _DATE_TOKEN.fullmatch(bare))
        if usable and (len(bare) > 4 or line[1].strip() != bare):
            return (
                text[line.end() :].lstrip("\n"),
                reading.date,
                reading.issue,
                line[1].strip() if reading.issue else "",
            )
    return text, "", "", ""


def drop_repeated(text: str, title: str, date: str) -> str:
    """Take first lines off a text that only say again what its given metadata says: the date, the title."""
    for _ in range(3):
        line = re.match(r"\s*([^\n]+)(?:\n|$)", text)
        if line is None:
            break
        said = line[1].strip()
        again = (title and len(said) <= 2 * len(title) + 20 and _bare(said) == _bare(title)) or (
            date and len(said) <= 40 and _says_date(said, date)
        )
        if not again or not text[line.end() :].strip():
            break
        text = text[line.end() :]
    return text


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _says_date(line: str, date: str) -> bool:
    bare = _PUBLISHED.sub("", line, count=1)
    if _SHORT_FIGURES.fullmatch(bare):
        figures = sorted(int(part) % 100 for part in re.split("[./-]", bare))
        return figures == sorted(int(part) % 100 for part in date.rstrip("?~%").split("-"))
    return read_date(bare).date == date


# --- paragraphs ----------------------------------------------------------------------------------------------------


def find_metadata(paragraphs: list[str], head: Head | None = None) -> Metadata:
    """Find bylines, contributors, source and the date of the dateline; merge in what the head of the text said."""
    head = head or Head("", {})
    kept = list(paragraphs)
    authors: list[str] = []
    byline = ""
    if "authors" in head.fields:
        authors += _names_of(head.fields["authors"]) or [head.fields["authors"]]
    for place in (0, 1, 2):
        if place < len(kept) and (found := _read_byline(kept[place], alone=place > 0)):
            names, rest, said = found
            authors += names
            byline = byline or said
            kept[place : place + 1] = [rest] if rest else []
            break
    if len(kept) > 1 and (found := _read_byline(kept[-1], alone=True)):
        authors += found[0]
        byline = byline or found[2]
        kept.pop()
    while len(kept) > 1 and _END_MARK.fullmatch(kept[-1]):
        kept.pop()
    if kept and (mark := _END_MARK_AFTER.search(kept[-1][-12:])):
        kept[-1] = kept[-1][: len(kept[-1]) - len(mark[0])].rstrip()
    contributors: list[str] = []
    for paragraph in kept[-3:]:
        contributors += _contributors(paragraph)
    dateline = _dateline(kept)
    source = (
        head.fields.get("source", "")
        or dateline.source
        or _outlet(byline)
        or _copyright(kept)
        or _labelled_source(kept)
    )
    return Metadata(
        paragraphs=tuple(kept),
        title=head.fields.get("title", ""),
        date=head.date or ("" if head.issue else dateline.date),
        date_issue=head.issue,
        date_as_given=head.as_given,
        authors=tuple(dict.fromkeys(authors)),
        contributors=tuple(dict.fromkeys(contributors)),
        source=source,
        url=head.fields.get("url", ""),
        language=head.fields.get("language", ""),
        tags=tuple(tag.strip() for tag in re.split("[,;]", head.fields.get("tags", "")) if tag.strip()),
        byline=byline,
    )


def _dateline(paragraphs: list[str]) -> Dateline:
    """The dateline of the first paragraph, or of one below headlines."""
    for paragraph in paragraphs[:3]:
        found = read_dateline(paragraph)
        if found.end or len(paragraph) > _HEADLINE:
            return found
    return Dateline()


_HEADLINE = 110
"""Longest line, in characters, that may be a headline above the text."""
_END_MARK = re.compile(r"[-–— ]{0,3}(?:#[ ]?){2,5}[-–— ]{0,3}|[-–—][ ]?30[ ]?[-–—]|[*][ ]?[*][ ]?[*]")
_END_MARK_AFTER = re.compile(r"[ ](?:#[ ]?){3,5}$")

# --- people --------------------------------------------------------------------------------------------------------

_PARTICLES = frozenset("de da del della der den di du do dos la le van von bin ibn al el ter ten y e zu af of".split())
_ROLE = re.compile(
    r"\b(?:staff|writer|reporter|correspondent|editor|columnist|bureau|chief|press|news|times|post|tribune|journal|"
    r"herald|gazette|courier|special|contributor|photographer|media|service|agency|agencies|reuters|bloomberg)\b",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    (
        "the a an and or in on at of to for from with as by this that these it he she we they you i but if when "
        "after before while since monday tuesday wednesday thursday friday saturday sunday january february march "
        "april may june july august september october november december new today yesterday all no not our my his "
        "her its their more most last next"
    ).split()
)
_BY = re.compile(r"(?:By|BY|by)[ ]+(?=[A-ZÀ-ÖØ-Þ])|(?:Written|Reported) by[ ]+")
_CAMEL = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_CAMEL_NAMES = ("Mc", "Mac", "De", "La", "Le", "Di", "Du", "Van", "Fitz", "O’", "O'", "St")
_BETWEEN = re.compile(r"[ ]*(?:,[ ]*and[ ]|,|;|&|[ ]and[ ]|[ ]with[ ]|[ ]und[ ]|[ ]et[ ]|[ ]y[ ])[ ]*")


_TITLE_BEFORE = re.compile(
    r"^(?:(?:U\.S\.|Former|The|Rep|Reps|Sen|Sens|Dr|Mr|Mrs|Ms|Prof|Gov|Senators?|Representatives?|Congress(?:wo)?m[ae]n|"
    r"President|Professor|Governor)\.?[ ])+"
)


def _is_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 5 or _ROLE.search(text):
        return False
    for number, word in enumerate(words):
        bare = word.strip(".’'\"“”")
        if bare.lower() in _PARTICLES and 0 < number < len(words) - 1:
            continue
        if bare.lower() in _NO_NAME and not (len(bare) == 1 and bare.isupper()):
            return False
        if not bare or not bare[0].isupper() or not all(char.isalpha() or char in "-’'." for char in bare):
            return False
    return True


def _names_of(text: str) -> list[str]:
    """Names in a list such as `Ana Roe, Jan de Wit and Li Wei, Staff Writers`; what is no name ends it."""
    names: list[str] = []
    for piece in _BETWEEN.split(text.strip(" .")):
        bare = _TITLE_BEFORE.sub("", piece.strip())
        if bare.isupper() and len(bare) > 5:
            bare = " ".join(word.capitalize() if len(word) > 1 else word for word in bare.split())
        if not _is_name(bare):
            break
        names.append(bare)
    return names


def _read_byline(paragraph: str, *, alone: bool) -> tuple[list[str], str, str] | None:
    """Names, rest of the paragraph, and the whole byline where it says more than names; None where there is none.

    With `alone` the byline must be the whole paragraph; else the text may be glued to it.
    """
    by = _BY.match(paragraph)
    if by is None:
        return None
    said = paragraph[by.end() :]
    if len(said) <= 120 and not said.rstrip().endswith((".", "!", "?", ":")):
        names = _names_of(said)
        if names:
            plain = len(_BETWEEN.split(said.strip(" ."))) == len(names)
            return names, "", "" if plain else paragraph
    return None if alone else _read_glued(said)


def _read_glued(said: str) -> tuple[list[str], str, str] | None:
    """A byline with the text glued to it: `Ana RoeThe council voted`, `Ana Roe The council voted`."""
    place = 0
    words: list[str] = []
    for found in re.finditer(r"\S+", said[:80]):
        word = found[0]
        if len(words) >= 2 and word.lower().strip(",") in _NO_NAME and word[0].isupper():
            name = " ".join(words)
            return ([name], said[found.start() :], "") if _is_name(name) else None
        joint = next((cut.start() for cut in _CAMEL.finditer(word) if word[: cut.start()] not in _CAMEL_NAMES), 0)
        if joint and words:
            name = " ".join([*words, word[:joint]])
            place = found.start() + joint
            return ([name], said[place:], "") if _is_name(name) else None
        words.append(word)
        if len(words) > 5 or not (word[0].isupper() or word.lower() in _PARTICLES):
            return None
    return None


_CONTRIBUTED = re.compile(
    r"(?:also[ ])?contributed[ ](?:reporting[ ])?(?:to|for)[ ](?:this|the)[ ](?:report|article|story|piece)|"
    r"contributed[ ]reporting|assisted[ ]with[ ]this[ ](?:report|article|story)"
)
_REPORTING_BY = re.compile(
    r"\b(?:[Aa]dditional[ ]reporting|[Ww]ith[ ]reporting|Reporting|[Ww]riting|Written)(?:[ ]for[ ]\w+)?[ ]by[ ]+"
)


def _contributors(paragraph: str) -> list[str]:
    """Names of those a paragraph says contributed: `Ana Roe in Oslo and Li Wei contributed to this report.`"""
    names: list[str] = []
    for found in _CONTRIBUTED.finditer(paragraph):
        clause = paragraph[max(0, found.start() - 300) : found.start()]
        clause = re.split(r"(?<=[a-z0-9)”\"][.!?;])[ ]+|[”\"(\[]", clause)[-1]
        names += _people(clause)
    for found in _REPORTING_BY.finditer(paragraph):
        names += _people(re.split(r"[.;)\]](?:[ ]|$)", paragraph[found.end() : found.end() + 300])[0])
    return names


def _people(clause: str) -> list[str]:
    names = []
    for piece in _BETWEEN.split(clause.strip(" .()")):
        bare = _TITLE_BEFORE.sub("", re.split(r"[ ](?:in|at|from|of)[ ]", piece.strip())[0])
        if _is_name(bare):
            names.append(bare)
    return names


# --- source --------------------------------------------------------------------------------------------------------

_OUTLET = re.compile(
    r", (The [A-ZÀ-Þ][^,;]{2,40}|[A-ZÀ-Þ][^,;]{0,30}(?:News|Press|Times|Post|Journal|Herald|Gazette|Courier))$"
)
_COPYRIGHT = re.compile(
    r"(?:(?:Copyright|©|\([cC]\))[ ,]*){1,2}(?:[12]\d{3}(?:[-–][12]\d{3})?[ ,]+)?(?:by[ ])?([A-ZÀ-Þ][^.,;|©\n]{2,60})|"
    r"^([A-ZÀ-Þ][^.,;|©\n]{2,40}),?[ ]©"
)
_RIGHTS = re.compile(r"[ ]*(?:All rights|Distributed|Reprinted|This ).*$")
_SOURCE_LINE = re.compile(r"(?:Source|From|Quelle|Fuente)[ ]?:[ ]*([A-ZÀ-Þ][^.;|\n]{2,60})\.?")


def _outlet(byline: str) -> str:
    """Name the newspaper in a byline such as `By Ana Roe, The Courier`."""
    found = _OUTLET.search(byline)
    return found[1] if found else ""


def _copyright(paragraphs: list[str]) -> str:
    ends = paragraphs if len(paragraphs) < 6 else [*paragraphs[:2], *paragraphs[-3:]]
    for paragraph in ends:
        if "opyright" in paragraph or "©" in paragraph or "(c)" in paragraph or "(C)" in paragraph:
            found = _COPYRIGHT.search(paragraph[-400:] if len(paragraph) > 400 else paragraph)
            if found:
                name = _RIGHTS.sub("", found[1] or found[2]).strip(" ,-–—")
                if not name.lower().startswith(("act", "law", "office", "infring")):
                    return name
    return ""


def _labelled_source(paragraphs: list[str]) -> str:
    for paragraph in paragraphs[-2:]:
        found = _SOURCE_LINE.fullmatch(paragraph)
        if found:
            return found[1].strip()
    return ""
