"""How an archive of some size is cut into files.

A file system and a host count files; a reader's connection counts bytes. Small archives get a handful of files, middle
ones few large files, great ones many small files. All figures depend on the number of articles only, rounded up to a
power of two, so that an edit does not change them.
"""

from __future__ import annotations

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """Sizes of the parts of an index."""

    cards: int
    """Result cards a file."""
    snippet: int
    """Characters of a snippet, at most."""
    shard: int
    """Estimated bytes (after gzip) of a file of rarer words with their lists."""
    list_file: int
    """Estimated bytes (after gzip) of a file of frequent words' lists."""
    phrase_bits: int
    """Two-word sequences lie in 2 ** phrase_bits files."""
    near_bits: int
    """Spelling neighbours lie in 2 ** near_bits files."""
    frequent: int
    """Documents from which a term's list stands in a file of its own kind rather than beside the word."""


_BY_SIZE = (
    # articles, cards, snippet, shard, list_file, phrase_bits, near_bits
    (256, 64, 200, 48_000, 24_000, 0, 0),
    (1024, 48, 200, 30_000, 16_000, 2, 1),
    (2048, 32, 180, 24_000, 12_000, 4, 2),
    (4096, 32, 160, 24_000, 12_000, 5, 2),
    (8192, 48, 140, 36_000, 16_000, 6, 3),
    (16384, 64, 120, 44_000, 24_000, 7, 3),
    (32768, 96, 110, 60_000, 38_000, 8, 3),
    (65536, 40, 110, 22_000, 12_000, 11, 6),
    (131072, 32, 110, 20_000, 10_000, 13, 7),
)


def layout_of(articles: int) -> Layout:
    """Give the layout of an archive of `articles` articles."""
    row = next((row for row in _BY_SIZE if articles <= row[0]), _BY_SIZE[-1])
    rounded = max(256, 1 << max(0, articles - 1).bit_length())
    return Layout(*row[1:], frequent=max(256, rounded // 32))
