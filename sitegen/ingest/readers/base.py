"""What a reader is, and what several of them share."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sitegen.ingest.charset import decode
from sitegen.markup.controls import strip_controls
from sitegen.model import EntityTag, Problem, RawArticle

Columns = Mapping[str, str]
"""Name in the source → name sitegen knows (`{"headline": "title"}`)."""

Found = Iterator[RawArticle | Problem]

MAX_ARTICLE_BYTES = 20_000_000
"""A text longer than this is set aside: no article is, and a page of it could not be shown."""

MAX_UNPACKED_BYTES = 64 * 1024**3
"""A compressed file that unpacks to more is refused, as a guard against decompression bombs …"""
MAX_RATIO = 200
"""… and so is one that unpacks to so many times its size (text: 3 to 20) and to more than …"""
RATIO_FREE = 64 * 1024**2
"""… so many bytes."""

CHUNK_BYTES = 1 << 20
"""About how many bytes of records go into one chunk: some hundred articles, a second's work for no worker."""


class Chunk(msgspec.Struct, frozen=True):
    """A run of whole records out of a big file, small enough to send to a worker."""

    line: int
    """1-based number of its first line in the file."""
    data: bytes
    header: bytes = b""
    """The file's first record where a format needs it to understand the others (CSV)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How to read one file format."""

    name: str
    suffixes: tuple[str, ...]
    """With the dot, lower case; may be compound (`.jsonl.gz`)."""
    read: Callable[[bytes, str, Columns], Found]
    """`(bytes of the file, origin, columns)` → articles and problems in the file's order."""
    split: Callable[[Iterable[bytes]], Iterator[Chunk]] | None = None
    """`blocks of the file` → chunks; None for formats with one article a file.

    Raises ValueError, after the last good chunk, where the rest cannot be read: damaged, a bomb, a record without end.
    """
    read_chunk: Callable[[Chunk, str, Columns], Found] | None = None
    """`(chunk, origin, columns)` → articles and problems; the same, in sum, as `read` over the whole file."""


def gunzip(blocks: Iterable[bytes], budget: int = MAX_UNPACKED_BYTES) -> Iterator[bytes]:
    """Unpack gzip data (several members too) in bounded memory: no block that comes out is longer than 1 MiB.

    Raises:
        ValueError: not gzip, broken, cut off, more than `budget` bytes, or a decompression bomb.
    """
    machine = zlib.decompressobj(wbits=31)
    packed = total = 0
    begun = False
    try:
        for block in blocks:
            packed += len(block)
            rest = block
            while rest:
                if machine.eof:
                    rest = rest.lstrip(b"\x00")  # padding between or after members
                    if not rest:
                        break
                    machine = zlib.decompressobj(wbits=31)
                begun = True
                out = machine.decompress(rest, CHUNK_BYTES)
                total += len(out)
                if total > budget:
                    raise ValueError(f"it unpacks to more than {budget:,} bytes")
                if total > max(RATIO_FREE, packed * MAX_RATIO):
                    raise ValueError(f"it unpacks to more than {MAX_RATIO} times its size, as no text does")
                if out:
                    yield out
                rest = machine.unused_data if machine.eof else machine.unconsumed_tail
    except zlib.error as error:
        raise ValueError(f"it is not a sound gzip file ({error})") from error
    if begun and not machine.eof:
        raise ValueError("the gzip data is cut off")


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut blocks into lines, each with its line feed (and a carriage return before it, if any).

    A line longer than an article may be is cut, in bounded memory, to one byte more than that and a line feed.
    """
    pieces: list[bytes] = []
    size = 0
    for block in blocks:
        start = 0
        while start < len(block):
            end = block.find(b"\n", start) + 1 or len(block)
            if size <= MAX_ARTICLE_BYTES:
                pieces.append(block[start:end])
            size += end - start
            start = end
            if block[end - 1] == _LINE_FEED:
                yield _one_line(pieces, size)
                pieces.clear()
                size = 0
    if pieces:
        yield _one_line(pieces, size)


_LINE_FEED = 10


def _one_line(pieces: list[bytes], size: int) -> bytes:
    line = b"".join(pieces)
    return line if size <= MAX_ARTICLE_BYTES + 1 else line[: MAX_ARTICLE_BYTES + 1] + b"\n"


def as_utf8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass blocks on without a byte order mark; UTF-16 and UTF-32 (with a mark, or Latin text without) become UTF-8."""
    import codecs  # noqa: PLC0415 - only here, and cheap

    source = iter(blocks)
    first = b""
    for block in source:
        first += block
        if len(first) >= 4:
            break
    encoding = "utf-8"
    if first[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        encoding = "utf-32"
    elif first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    elif first[1:2] == b"\x00" or first[:1] == b"\x00":
        encoding = "utf-16-le" if first[1:2] == b"\x00" else "utf-16-be"
    if encoding == "utf-8":
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from source
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first).encode("utf-8", "replace")
    for block in source:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def record_article(
    record: Mapping[str, Any], columns: Columns, *, origin: str, line: int, sha256: str
) -> RawArticle | Problem:
    """One record of JSONL or CSV, or the front matter of a text, as a raw article.

    Keys are `id, title, date, text, url, source, authors, language, tags, entities`, or what `columns` maps to them;
    all others are kept under `extra`. Lists may be given as one string with `;` between. A record without `text` and
    `title`, or whose value has a wrong shape, becomes a Problem.
    """
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for given, value in record.items():
        # Without what front matter drops from a key: `t\x00itle` would come back as the page's own `title`.
        key = strip_controls(str(given))
        name = columns.get(key, key)
        if name in _FIELDS and name not in known:
            known[name] = value
        elif value not in (None, "", [], {}):
            extra[key] = value
    try:
        text = _string(known, "text")
        title = _string(known, "title")
        source, url = _source(known)
        if not text.strip() and not title.strip():
            return Problem(
                path=origin,
                line=line,
                code="record-empty",
                message="the record has neither text nor title",
                hint="name the columns that hold them under [ingest] columns in sitegen.toml" if extra else "",
            )
        return RawArticle(
            origin=origin,
            line=line,
            sha256=sha256,
            text=text,
            id=_string(known, "id"),
            title=title,
            date=_string(known, "date"),
            url=url,
            source=source,
            authors=_strings(known, "authors"),
            language=_string(known, "language"),
            tags=_strings(known, "tags"),
            entities=_entities(known),
            extra=extra,
        )
    except _ShapeError as error:
        return Problem(path=origin, line=line, code="record-shape", message=f"set aside: {error}")


_FIELDS = frozenset(("id", "title", "date", "text", "url", "source", "authors", "language", "tags", "entities"))


class _ShapeError(ValueError):
    pass


def _string(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        if hasattr(value, "isoformat"):  # YAML reads dates
            return str(value.isoformat())
        raise _ShapeError(f"`{key}` should be a string, not {_kind(value)}")
    return str(value)


def _strings(record: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(";")
    if not isinstance(value, list | tuple):
        raise _ShapeError(f"`{key}` should be a list of strings, not {_kind(value)}")
    names: list[str] = []
    for item in value:
        name = item.get("name") if isinstance(item, dict) else item
        if name is None:
            continue
        if not isinstance(name, str | int | float):
            raise _ShapeError(f"`{key}` should hold strings, not {_kind(name)}")
        cleaned = " ".join(str(name).split())
        if cleaned and cleaned not in names:
            names.append(cleaned)
    return tuple(names)


def _source(record: Mapping[str, Any]) -> tuple[str, str]:
    value = record.get("source")
    url = _string(record, "url").strip()
    if isinstance(value, dict):
        return _string(value, "name").strip(), url or _string(value, "url").strip()
    return _string(record, "source").strip(), url


def _entities(record: Mapping[str, Any]) -> tuple[EntityTag, ...]:
    value = record.get("entities")
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise _ShapeError("`entities` should be a list of {name, kind}") from None
    if not isinstance(value, list):
        raise _ShapeError(f"`entities` should be a list of {{name, kind}}, not {_kind(value)}")
    tags: list[EntityTag] = []
    for item in value:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not isinstance(item.get("kind"), str):
            raise _ShapeError("`entities` should be a list of {name, kind}")
        name = " ".join(item["name"].split())
        tag = EntityTag(name, _KINDS.get(item["kind"].strip().lower(), item["kind"].strip().lower()))
        if name and tag not in tags:
            tags.append(tag)
    return tuple(tags)


_KINDS = {
    "per": "person",
    "people": "person",
    "org": "organization",
    "organisation": "organization",
    "organisations": "organization",
    "organizations": "organization",
    "loc": "place",
    "gpe": "place",
    "location": "place",
    "places": "place",
}


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", bool: "true or false", str: "a string"}.get(type(value), "a number")


def not_text(origin: str, reason: str, line: int = 0) -> Problem:
    """Make the problem for bytes that are no text."""
    return Problem(
        path=origin,
        line=line,
        code="not-text",
        message=f"set aside: {reason}",
        hint="save it as plain text (UTF-8), or convert it first",
    )


def damaged(origin: str, error: ValueError) -> Problem:
    """Make the problem for a file of which only the beginning can be read."""
    return Problem(
        path=origin,
        code="file-damaged",
        message=f"the file cannot be read to its end: {error}",
        hint="what came before was read; mend the file, or pack it again",
    )


def too_long(origin: str, line: int = 0) -> Problem:
    """Make the problem for an article over `MAX_ARTICLE_BYTES`."""
    return Problem(
        path=origin,
        line=line,
        code="article-too-long",
        message=f"set aside: more than {MAX_ARTICLE_BYTES // 1_000_000} MB in one article",
        hint="split it into articles (a JSONL file may hold any number of them)",
    )


def decoded(data: bytes, origin: str) -> str | Problem:
    """Decode a one-article file, or say why it cannot be."""
    if len(data) > MAX_ARTICLE_BYTES:
        return too_long(origin)
    try:
        return decode(data)[0]
    except ValueError as error:
        return not_text(origin, str(error))
