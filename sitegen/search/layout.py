"""How an archive of some size is cut into files.

A file system and a host count files; a reader's connection counts bytes. Small archives get a handful of files, middle
ones few large files, great ones many small files. All figures depend on the number of articles only, rounded up to a
power of two, so that an edit does not change them.
"""

from __future__ import annotations

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """Sizes of the parts of an index."""

    rounded: int
    """Articles, rounded up to a power of two."""
    card_bits: int
    """A file of cards spans 2 ** card_bits document numbers."""
    group_bits: int
    """So many card files, as a power of two, share the digest in their names."""
    snippet: int
    """Characters of a snippet, at most."""
    window: int
    """A file of the dictionary holds about twice so many keys."""
    inline_bits: int
    """Lists of 2 ** inline_bits documents and more stand in files of their own kind rather than beside the word;
    at most `frequent_bits`."""
    list_files: int
    """Those lie in so many files, of which those without a list do not exist …"""
    block_files: int
    """… and the blocks of the longest in so many more, so that nobody fetches these by the way."""
    list_group_bits: int
    """So many files of both, as a power of two that divides their number, share the digest in their names."""
    phrase_bits: int
    """Two-word sequences lie in 2 ** phrase_bits files …"""
    cell_bits: int
    """… of 2 ** cell_bits cells."""
    near_bits: int
    """Spelling neighbours lie in 2 ** near_bits files."""

    @property
    def frequent_bits(self) -> int:
        """Words of 2 ** frequent_bits documents and more are named in the manifest."""
        return max(8, self.rounded.bit_length() - 6)

    @property
    def block_bits(self) -> int:
        """Lists of 2 ** block_bits documents and more are cut into blocks."""
        return max(14, self.frequent_bits)

    @property
    def list_groups(self) -> int:
        """Groups of files of lists."""
        return self.list_files + self.block_files >> self.list_group_bits

    @property
    def list_budget(self) -> int:
        """Documents on longer lists that one query may fetch: great archives trade ranking against bytes …"""
        return 30_000 if self.rounded <= 1 << 16 else 50_000

    @property
    def file_cost(self) -> int:
        """… and count a file of the dictionary or of lists as so many, since it brings strangers."""
        return 0 if self.rounded <= 1 << 16 else 3_000

    @property
    def least_room(self) -> int:
        """Document numbers of the smallest segment."""
        return max(1, self.rounded >> 10)

    @property
    def many(self) -> int:
        """A pair that so many documents hold is frequent; 0: none is."""
        return self.rounded * 3 // 64 if self.rounded >= 512 else 0


_BY_SIZE = (
    # articles, card_bits, group_bits, snippet, window, inline_bits, list_files, block_files, list_group_bits,
    # phrase_bits, cell_bits, near_bits
    (256, 7, 0, 200, 8192, 8, 1, 0, 0, 0, 10, 0),
    (1024, 6, 0, 200, 4096, 8, 2, 0, 0, 2, 10, 1),
    (2048, 6, 1, 180, 2048, 8, 8, 0, 0, 4, 9, 2),
    (4096, 6, 1, 160, 512, 8, 32, 0, 0, 5, 9, 2),
    (8192, 7, 1, 140, 384, 8, 64, 0, 0, 6, 9, 3),
    (16384, 7, 2, 120, 256, 9, 128, 0, 0, 7, 9, 3),
    (32768, 8, 2, 110, 290, 10, 224, 0, 0, 8, 9, 3),
    (65536, 5, 4, 110, 40, 10, 4096, 1024, 4, 12, 6, 6),
    (131072, 5, 5, 110, 28, 10, 8192, 2048, 5, 13, 6, 7),
)


def layout_of(articles: int) -> Layout:
    """Give the layout of an archive of `articles` articles."""
    row = next((row for row in _BY_SIZE if articles <= row[0]), _BY_SIZE[-1])
    return Layout(max(256, 1 << max(0, articles - 1).bit_length()), *row[1:])
