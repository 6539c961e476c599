"""Spelling neighbours: where to look for the word that was meant.

One slip of the finger leaves either the beginning or the end of a word whole. Each word worth suggesting is filed under
its first and under its last letters (two of short words, three of longer ones), so a misspelt word's correction is
found under the beginning or the end that it kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

MIN_LENGTH = 4
LONG = 7
"""Words from this length on are filed under three letters, shorter ones under two."""


def near_keys(word: str) -> tuple[str, str]:
    """Under which beginning and end a word is filed."""
    letters = 3 if len(word) >= LONG else 2
    return "^" + word[:letters], word[-letters:] + "$"


def near_bucket(key: str, bits: int) -> int:
    """File in which a beginning or end lies."""
    return zlib.crc32(key.encode("utf-8", "replace")) >> (32 - bits) if bits else 0


def near_words(
    words: Sequence[str], frequencies: NDArray[np.int64], in_title: NDArray[np.bool_]
) -> list[tuple[str, int]]:
    """Words worth suggesting with the weight of each, the binary logarithm of the documents that hold its term.

    Args:
        words: surface form of each word id.
        frequencies: documents that hold each word id's term.
        in_title: whether a title has the word.
    """
    best: dict[str, int] = {}
    for index in np.flatnonzero(in_title | (frequencies > 1)).tolist():
        word = words[index]
        if len(word) >= MIN_LENGTH and word.isalpha():
            best[word] = max(best.get(word, 0), int(frequencies[index]))
    return [(word, count.bit_length() - 1) for word, count in sorted(best.items())]


def encode_near_files(near: Sequence[tuple[str, int]], bits: int) -> list[bytes]:
    """Write all files: for each key its words, each followed by its weight as a letter from `a` on."""
    files: list[dict[str, list[str]]] = [{} for _ in range(1 << bits)]
    for word, weight in near:
        for key in near_keys(word):
            files[near_bucket(key, bits)].setdefault(key, []).append(word + chr(97 + min(weight, 25)))
    return [msgspec.json.encode({key: " ".join(file[key]) for key in sorted(file)}) for file in files]
