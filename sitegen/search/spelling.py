"""Spelling neighbours: where to look for the word that was meant.

One slip of the finger leaves either the beginning or the end of a word whole. Each word worth suggesting is filed under
its first and under its last letters (two of short words, three of longer ones), so a misspelt word's correction is
found under the beginning or the end that it kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

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


def near_weight(word: str, count: int, in_title: bool) -> str:
    """Letter of a word worth suggesting: the binary logarithm of the documents that hold it; empty for others.

    Args:
        count: documents that hold its term, the most frequent one if it has several.
        in_title: whether a title has the word.
    """
    if not (in_title or count > 1) or len(word) < MIN_LENGTH or not word.isalpha():
        return ""
    return chr(96 + min(max(1, count).bit_length(), 26))


def near_words(words: Sequence[str], frequencies: NDArray[np.int64], in_title: NDArray[np.bool_]) -> dict[str, str]:
    """Words worth suggesting, ascending, with the weight of each.

    Args:
        words: surface form of each word id, ascending.
        frequencies: documents that hold each word id's term.
        in_title: whether a title has the word.
    """
    counts: dict[str, int] = {}
    titled: set[str] = set()
    for index in np.flatnonzero(in_title | (frequencies > 1)).tolist():
        counts[words[index]] = max(counts.get(words[index], 0), int(frequencies[index]))
        if in_title[index]:
            titled.add(words[index])
    weights = {word: near_weight(word, count, word in titled) for word, count in counts.items()}
    return {word: weight for word, weight in weights.items() if weight}


def encode_near_files(near: Mapping[str, str], bits: int) -> list[bytes]:
    """Write all files: for each key its words, ascending, each followed by its weight."""
    files: list[dict[str, list[str]]] = [{} for _ in range(1 << bits)]
    for word in sorted(near):
        for key in near_keys(word):
            files[near_bucket(key, bits)].setdefault(key, []).append(word + near[word])
    return [encode_near_file({key: " ".join(words) for key, words in file.items()}) for file in files]


def encode_near_file(rows: Mapping[str, str]) -> bytes:
    """Write a file of words by key."""
    return msgspec.json.encode({key: rows[key] for key in sorted(rows)})


def change_near_row(row: str, changes: Mapping[str, str]) -> str:
    """Give words of a key new weights, or take them out."""
    words = {entry[:-1]: entry[-1] for entry in row.split(" ") if entry}
    words.update(changes)
    return " ".join([word + words[word] for word in sorted(words) if words[word]])
