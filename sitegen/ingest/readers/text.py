"""Plain text: one article a file."""

from __future__ import annotations

from sitegen.digest import sha256_hex
from sitegen.ingest.readers.base import Columns, Found, Reader, decoded
from sitegen.model import Problem, RawArticle


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a text file of any charset; its metadata is found later, from the text itself."""
    del columns
    text = decoded(data, origin)
    if isinstance(text, Problem):
        yield text
    else:
        yield RawArticle(origin=origin, sha256=sha256_hex(data), text=text)


READER = Reader("text", (".txt", ".text"), read)
