"""CSV (RFC 4180) with a header row: one article a record; commas, semicolons or tabs between the fields."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from sitegen.digest import sha256_hex
from sitegen.ingest.charset import NotTextError, decode
from sitegen.ingest.readers.base import (
    CHUNK_BYTES,
    MAX_ARTICLE_BYTES,
    Chunk,
    Columns,
    Found,
    Reader,
    as_utf8,
    damaged,
    lines_of,
    not_text,
    record_article,
)
from sitegen.model import Problem

# The module's limit is one for the whole process; 128 KiB, as it comes, is less than a long article.
csv.field_size_limit(MAX_ARTICLE_BYTES)
_MAX_HEADER_BYTES = 1 << 20


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a whole CSV file. A record that cannot be used is a Problem with its line; the others go on."""
    try:
        for chunk in split([data]):
            yield from read_chunk(chunk, origin, columns)
    except ValueError as error:
        yield damaged(origin, error)


def split(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """Cut a file into chunks of whole records (a quoted field may hold line ends), each with the header record.

    Record ends are found by the parser itself, on bytes read as Latin-1: delimiters, quotes and line ends are ASCII.

    Raises:
        ValueError: the header has no end, or a record none within four times what an article may have.
    """
    lines = lines_of(as_utf8(blocks))
    head: list[bytes] = []
    number = size = quotes = 0
    for line in lines:
        number += 1
        if head or line.strip():
            head.append(line)
            size += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0 or size > _MAX_HEADER_BYTES:
                break
    if not head:
        return
    if quotes % 2 or size > _MAX_HEADER_BYTES:
        raise ValueError("a quotation mark in its first line is not closed, or the line is far too long")
    header = b"".join(head)
    held: list[bytes] = []
    size = 0
    first = number + 1

    def tap() -> Iterator[str]:
        nonlocal number, size
        for line in lines:
            held.append(line)
            size += len(line)
            number += 1
            if size > CHUNK_BYTES + 4 * MAX_ARTICLE_BYTES:
                raise ValueError(f"the record before line {number:,} has no end; a quotation mark may be missing")
            yield line.decode("latin-1")

    records = csv.reader(tap(), delimiter=_delimiter(header.decode("latin-1")))
    while _advance(records):
        if size >= CHUNK_BYTES:
            yield Chunk(first, b"".join(held), header)
            held.clear()
            size = 0
            first = number + 1
    if held:
        yield Chunk(first, b"".join(held), header)


def read_chunk(chunk: Chunk, origin: str, columns: Columns) -> Found:
    """Read the records of one chunk; an article's digest is that of its record's bytes without the last line end."""
    try:
        header, rows = decode(chunk.header)[0], decode(chunk.data)[0]
    except NotTextError as error:
        yield not_text(origin, str(error), chunk.line)
        return
    delimiter = _delimiter(header)
    names = [name.strip() for name in next(csv.reader(header.splitlines(keepends=True), delimiter=delimiter))]
    mapping = {**{name: name.lower() for name in names}, **columns}
    if not {"text", "title"} & {mapping.get(name, name) for name in names}:
        if chunk.line == header.count("\n") + 1:
            yield Problem(
                path=origin,
                line=1,
                code="csv-columns",
                message=f"no column is called `text` or `title`; the first line names: {', '.join(names)[:200]}",
                hint="map the columns under [ingest] columns in sitegen.toml",
            )
        return
    raw = chunk.data.split(b"\n")
    reader = csv.reader((line + "\n" for line in rows.split("\n")), delimiter=delimiter)
    while True:
        start = reader.line_num
        line = chunk.line + start
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(path=origin, line=line, code="csv-record", message=f"the record cannot be read: {error}")
            continue
        if not any(values):
            continue
        if len(values) > len(names) and any(values[len(names) :]):
            yield Problem(
                path=origin,
                line=line,
                code="csv-record",
                message=f"the record has {len(values)} fields, the header only {len(names)}",
                hint="put quotes around fields that hold the delimiter",
            )
            continue
        data = b"\n".join(raw[start : reader.line_num]).rstrip(b"\r\n")
        record = dict(zip(names, values, strict=False))
        yield record_article(record, mapping, origin=origin, line=line, sha256=sha256_hex(data))


def _advance(records: Iterator[list[str]]) -> bool:
    try:
        next(records)
    except StopIteration:
        return False
    except csv.Error:
        pass  # told, with its line, when the chunk is read
    return True


def _delimiter(header: str) -> str:
    """Choose the commonest of comma, semicolon and tab outside quotes in the header; a comma where there is none."""
    bare = "".join(header.split('"')[::2])
    return max(",;\t", key=bare.count)


READER = Reader("csv", (".csv", ".tsv"), read, split, read_chunk)
