"""Readers: bytes of one file format to raw articles.

A reader joins by `register(Reader(...))`. It never opens files: the pipeline hands it the bytes, or for formats with
many records a file (`split` is set) the file's blocks, from which it cuts chunks that can be read side by side.
"""

from __future__ import annotations

from sitegen.ingest.readers import csv, html, jsonl, markdown, text
from sitegen.ingest.readers.base import Chunk, Columns, Reader

__all__ = ["Chunk", "Columns", "Reader", "reader_for", "readers", "register"]

_readers: dict[str, Reader] = {}


def register(reader: Reader) -> None:
    """Make a reader known; it takes over the suffixes it names."""
    for suffix in reader.suffixes:
        _readers[suffix.lower()] = reader


def reader_for(filename: str) -> Reader | None:
    """Find the reader for a file name, by its longest known suffix (`.jsonl.gz` before `.gz`), or None."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1].lower()
    dot = name.find(".", 1)
    while dot > 0:
        reader = _readers.get(name[dot:])
        if reader is not None:
            return reader
        dot = name.find(".", dot + 1)
    return None


def readers() -> tuple[Reader, ...]:
    """List all readers known, by name, each once."""
    return tuple(sorted({reader.name: reader for reader in _readers.values()}.values(), key=lambda reader: reader.name))


for _module in (text, markdown, jsonl, csv, html):
    register(_module.READER)
register(jsonl.GZIPPED)
