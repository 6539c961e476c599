"""What the network sees of a word: hashed parts of its spelling, its row among the word vectors, what lists say.

All features depend on the word's spelling alone, so they are computed once per distinct word and kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sitegen.entities.tagging import lists
from sitegen.entities.tagging.tokenizer import BREAK

IntArray = npt.NDArray[np.int64]

WORD_BUCKETS = 1 << 14
AFFIX_BUCKETS = 1 << 12
SHAPE_BUCKETS = 1 << 9
PADDING = "\0"
"""Stands before the first and after the last token."""

_FLAG_LISTS = (
    lists.HONORIFICS,
    lists.ROLE_WORDS,
    lists.ORGANIZATION_WORDS,
    lists.PLACE_WORDS,
    lists.PEOPLES,
    lists.CALENDAR,
    lists.NEVER_NAMES,
    frozenset(word for name in lists.PLACES for word in name.split() if word[0].isupper()),
    frozenset(word for name in lists.ORGANIZATIONS for word in name.split() if word[0].isupper()),
)
FLAGS = len(_FLAG_LISTS) + 5
TYPE_LIMIT = 1 << 16
"""Distinct words that are kept before the table starts over; more than any one call of `number` may bring."""


class Columns(NamedTuple):
    """Feature values of n distinct words, each of shape (n,), `flags` (n, FLAGS)."""

    word: IntArray
    prefix: IntArray
    suffix: IntArray
    shape: IntArray
    vector: IntArray
    flags: npt.NDArray[np.float32]


def hash_word(word: str) -> int:
    """32-bit CRC of the UTF-8 bytes: stable across platforms and runs."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def shape_of(word: str) -> str:
    """`Xxxx` for `Lebanon`, `X.X.` for `U.N.`, `dd` for `42`: runs longer than four are cut to four."""
    kinds = ("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word[:40])
    return "".join(kind * min(len(list(run)), 4) for kind, run in groupby(kinds))


def may_name(word: str) -> bool:
    """Can the word open or close a name: is it written with a capital, a digit, or in a script without case?"""
    return any(char.isupper() or char.isdigit() or (ord(char) > 0x24F and char.isalpha()) for char in word)


class VectorRows:
    """Word to row of the vector table: sorted 32-bit hashes, so that the words themselves need not be shipped."""

    def __init__(self, hashes: npt.NDArray[np.uint32], rows: npt.NDArray[np.uint16]) -> None:
        self._hashes = hashes
        self._rows = rows

    def find(self, word: str) -> int:
        """Row of `word`, else of its usual spelling (`Lebanon` for `LEBANON`), else of its lower case; 0 if unknown."""
        shouted = len(word) > 4 and word.isupper()
        for form in (word.capitalize(), word, word.lower()) if shouted else (word, word.lower(), word.capitalize()):
            key = hash_word(form)
            at = int(np.searchsorted(self._hashes, np.uint32(key)))
            if at < len(self._hashes) and int(self._hashes[at]) == key:
                return int(self._rows[at])
        return 0


class TypeTable:
    """Numbers distinct words and keeps their features; forgets all when it is full, which changes no result."""

    def __init__(self, vectors: VectorRows) -> None:
        self._vectors = vectors
        self._reset()

    def _reset(self) -> None:
        self._number: dict[str, int] = {}
        self._case: dict[str, int] = {}
        self._ids = np.zeros((TYPE_LIMIT, 5), dtype=np.int64)
        self._flags = np.zeros((TYPE_LIMIT, FLAGS), dtype=np.float32)
        self.key = np.zeros(TYPE_LIMIT, dtype=np.int64)
        """Per type: one number for all spellings that differ only in case; -1 where `may_name` is false."""

    def number(self, words: Sequence[str]) -> IntArray:
        """Type numbers of `words` (at most `TYPE_LIMIT`), valid until the next call; `PADDING` is a word too."""
        if len(self._number) + len(words) > TYPE_LIMIT:
            self._reset()
        get, number = self._number.get, []
        for word in words:
            known = get(word)
            number.append(self._add(word) if known is None else known)
        return np.array(number, dtype=np.int64)

    def columns(self, types: IntArray) -> Columns:
        """Features of the types with these numbers."""
        ids = self._ids[types]
        return Columns(ids[:, 0], ids[:, 1], ids[:, 2], ids[:, 3], ids[:, 4], self._flags[types])

    def _add(self, word: str) -> int:
        number = self._number[word] = len(self._number)
        lower = word.lower()
        naming = may_name(word)
        self.key[number] = self._case.setdefault(lower, len(self._case)) if naming else -1
        self._ids[number] = (
            hash_word(lower) % WORD_BUCKETS,
            hash_word("<" + lower[:3]) % AFFIX_BUCKETS,
            hash_word(lower[-3:] + ">") % AFFIX_BUCKETS,
            hash_word(shape_of(word)) % SHAPE_BUCKETS,
            self._vectors.find(word),
        )
        usual = word.capitalize() if len(word) > 4 and word.isupper() else word
        bare = usual.rstrip(".")
        for at, names in enumerate(_FLAG_LISTS):
            self._flags[number, at] = usual in names or bare in names
        at = len(_FLAG_LISTS)
        self._flags[number, at:] = (word[0].isupper(), word.isupper(), naming, word == BREAK, word == PADDING)
        return number
