"""Result cards: what a hit shows, in columns; a file holds the documents of a span of numbers.

An address is written as what the title does not tell: a slug is usually the folded title, so `23` stands for the first
23 letters of the folded title and a slash, under the folder of the date (`2018/06/`); what differs follows a colon.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from sitegen.search.analysis import fold_words
from sitegen.search.calendar import pack_slots
from sitegen.search.documents import SearchDocument
from sitegen.search.packing import unpack


def snippet(text: str, limit: int) -> str:
    """Beginning of a text in at most `limit` characters, white space collapsed, cut at a word and marked by `…`."""
    start = " ".join(text[: 2 * limit].split())
    if len(start) <= limit and len(text) <= 2 * limit:
        return start
    cut = start[:limit].rpartition(" ")[0] or start[:limit]
    return cut.rstrip(" ,;:-–—") + "…"


def short_url(url: str, title: str, date: str) -> str:
    """Write an address as its difference from the title; `full_url` in the client undoes it."""
    folder = f"{date[:4]}/{date[5:7]}/" if len(date) >= 7 else "undated/"
    if not url.startswith(folder):
        return ":" + url
    slug = url[len(folder) :]
    guess = "-".join(fold_words(title))
    same = 0
    while same < min(len(slug), len(guess)) and slug[same] == guess[same]:
        same += 1
    rest = slug[same:]
    return str(same) if rest == "/" else f"{same}:{rest}"


def full_url(short: str, title: str, date: str) -> str:
    """Undo `short_url`."""
    same, colon, rest = short.partition(":")
    if not same:
        return rest
    folder = f"{date[:4]}/{date[5:7]}/" if len(date) >= 7 else "undated/"
    return folder + "-".join(fold_words(title))[: int(same)] + (rest if colon else "/")


class Card(msgspec.Struct, frozen=True):
    """What a hit shows."""

    number: int
    document: SearchDocument
    snippet: str


class CardFile(msgspec.Struct):
    """A file of cards."""

    at: str
    """Gaps between the documents' numbers, packed; counted from the first number of the file."""
    ids: list[str]
    urls: list[str]
    titles: list[str]
    dates: list[str]
    snippets: list[str]
    sources: list[str] = []
    source: list[int] = []
    """Place in `sources`, counted from one; 0 for none."""
    authors: list[str] | None = None


def encode_cards(cards: Sequence[Card], first: int) -> bytes:
    """Write a file of cards.

    Args:
        cards: ascending by number.
        first: the file's first number.
    """
    rows = [(card.number - first, *columns_of(card)) for card in cards]
    return write_cards(rows)


Row = tuple[int, str, str, str, str, str, str, str]
"""Number within the file, id, short address, title, date, snippet, source, authors."""


def columns_of(card: Card) -> tuple[str, str, str, str, str, str, str]:
    """The columns of a card."""
    document = card.document
    return (
        document.id,
        short_url(document.url, document.title, document.date),
        document.title,
        document.date,
        card.snippet,
        document.source,
        "; ".join(document.authors),
    )


def write_cards(rows: Sequence[Row]) -> bytes:
    """Write rows, ascending, as a file."""
    at, ids, urls, titles, dates, snippets, sources, authors = (list(column) for column in zip(*rows, strict=True))
    body: dict[str, object] = {
        "at": pack_slots(at),
        "ids": ids,
        "urls": urls,
        "titles": titles,
        "dates": dates,
        "snippets": snippets,
    }
    distinct = sorted({source for source in sources if source})
    if distinct:
        place = {source: index + 1 for index, source in enumerate(distinct)}
        body["sources"] = distinct
        body["source"] = [place.get(source, 0) for source in sources]
    if any(authors):
        body["authors"] = authors
    return msgspec.json.encode(body)


def read_cards(data: bytes) -> list[Row]:
    """Undo `write_cards`."""
    file = msgspec.json.decode(data, type=CardFile)
    count = len(file.ids)
    numbers = list(itertools.accumulate(unpack(file.at)))
    sources = [file.sources[place - 1] if place else "" for place in file.source] or [""] * count
    columns = (file.ids, file.urls, file.titles, file.dates, file.snippets, sources, file.authors or [""] * count)
    return list(zip(numbers, *columns, strict=True))
