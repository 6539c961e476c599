"""JSON Lines: one article a line (https://jsonlines.org), gzipped or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sitegen.digest import sha256_hex
from sitegen.ingest.charset import decode
from sitegen.ingest.readers.base import (
    CHUNK_BYTES,
    MAX_ARTICLE_BYTES,
    Chunk,
    Columns,
    Found,
    Reader,
    as_utf8,
    damaged,
    gunzip,
    lines_of,
    record_article,
    too_long,
)
from sitegen.model import Problem


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a whole JSONL file. A line that cannot be used is a Problem with its number; the others go on."""
    for chunk in split([data]):
        yield from read_chunk(chunk, origin, columns)


def read_gzipped(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a whole gzipped JSONL file; what lies before damage is read."""
    try:
        for chunk in split_gzipped([data]):
            yield from read_chunk(chunk, origin, columns)
    except ValueError as error:
        yield damaged(origin, error)


def split(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """Cut a file into chunks of whole lines. Where `blocks` fail, what came before is still yielded."""
    held: list[bytes] = []
    size = 0
    first = number = 1
    failure: ValueError | None = None
    lines = lines_of(as_utf8(blocks))
    while True:
        try:
            line = next(lines, None)
        except ValueError as error:
            failure, line = error, None
        if line is None:
            break
        held.append(line)
        size += len(line)
        number += 1
        if size >= CHUNK_BYTES:
            yield Chunk(first, b"".join(held))
            held.clear()
            size = 0
            first = number
    if held:
        yield Chunk(first, b"".join(held))
    if failure:
        raise failure


def split_gzipped(blocks: Iterable[bytes]) -> Iterator[Chunk]:
    """As `split`, from gzip data. Raises ValueError where it is damaged or a bomb."""
    return split(gunzip(blocks))


def read_chunk(chunk: Chunk, origin: str, columns: Columns) -> Found:
    """Read the records of one chunk."""
    return read_lines(enumerate(chunk.data.split(b"\n"), chunk.line), origin, columns)


def read_lines(lines: Iterable[tuple[int, bytes]], origin: str, columns: Columns) -> Found:
    """Read numbered lines; the digest of an article is that of its line's bytes without the line end."""
    for number, line in lines:
        data = line.strip()
        if not data:
            continue
        if len(data) > MAX_ARTICLE_BYTES:
            yield too_long(origin, number)
            continue
        try:
            record = _parse(data)
        except (ValueError, RecursionError) as error:
            yield Problem(
                path=origin,
                line=number,
                code="jsonl-line",
                message=f"the line is not valid JSON: {error}",
                hint="each line must hold one JSON object",
            )
            continue
        if isinstance(record, dict):
            yield record_article(record, columns, origin=origin, line=number, sha256=sha256_hex(data))
        else:
            yield Problem(
                path=origin,
                line=number,
                code="jsonl-line",
                message="the line holds no JSON object",
                hint='each line must look like {"id": …, "text": …}',
            )


def _parse(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The slow road: other charsets, NaN, and escaped lone surrogates, which Python's own parser lets pass.
        found = json.loads(decode(data)[0])
        paired = json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return json.loads(paired)


READER = Reader("jsonl", (".jsonl", ".ndjson"), read, split, read_chunk)
GZIPPED = Reader("jsonl-gzip", (".jsonl.gz", ".ndjson.gz"), read_gzipped, split_gzipped, read_chunk)
