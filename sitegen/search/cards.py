"""Result cards: what a hit shows, some dozens of neighbouring documents a file, in columns.

An address is written as what the title does not tell: a slug is usually the folded title, so `23` stands for the first
23 letters of the folded title and a slash, under the folder of the date (`2018/06/`); what differs follows a colon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from sitegen.search.analysis import fold_words
from sitegen.search.documents import SearchDocument


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


def encode_cards(documents: Sequence[SearchDocument], texts: Sequence[Callable[[], str]], limit: int) -> bytes:
    """Write the cards of some documents.

    Args:
        documents: in the order of their numbers.
        texts: for each document a function that reads its text.
        limit: characters of a snippet.
    """
    sources = sorted({document.source for document in documents if document.source})
    place = {source: index + 1 for index, source in enumerate(sources)}
    body: dict[str, object] = {
        "ids": [document.id for document in documents],
        "urls": [short_url(document.url, document.title, document.date) for document in documents],
        "titles": [document.title for document in documents],
        "dates": [document.date for document in documents],
        "snippets": [snippet(text(), limit) for text in texts],
    }
    if sources:
        body["sources"] = sources
        body["source"] = [place.get(document.source, 0) for document in documents]
    if any(document.authors for document in documents):
        body["authors"] = ["; ".join(document.authors) for document in documents]
    return msgspec.json.encode(body)
