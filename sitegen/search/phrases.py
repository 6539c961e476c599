"""Two-word sequences: what quoted phrases are answered from, in files of their own.

For every pair of neighbouring words (surface forms, since quotes mean these words) there is a list of the documents
that hold it and of the positions at which it stands, modulo 32. A longer phrase is the intersection of its pairs at
successive positions. A pair that very many documents hold, such as `of the`, is listed without positions, and each of
its occurrences is indexed together with the word before and the word after instead (`member of the`, `of the people`),
so that no list is long.

Pairs are known by a hash: its high bits choose the file, the next 25 stand in it, ascending. A pair that no document
holds is taken for another about once in two thousand times at any size of archive.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import Ragged
from sitegen.search.packing import gaps, pack, pack_text

POSITION_BITS = 5
KEY_BITS = 25
"""Bits of a hash that stand in a file."""
MAX_FILE_BITS = 13
_EXTRA_BITS = KEY_BITS + MAX_FILE_BITS - 32
_DOCUMENT_BITS = 23
"""Numbers of documents lie below 2 ** 23."""
MAX_JOB_FILES = 1 << (64 - KEY_BITS - _DOCUMENT_BITS - POSITION_BITS)
"""Files written together, at most: their hashes, documents and positions fit 64 bits."""
_CHUNK = 1 << 21
"""Words looked at together."""
_MANY = 16
"""A pair is frequent when more than one in `_MANY` documents hold it."""
_FEW_DOCUMENTS = 512
"""In archives smaller than this no pair is frequent."""


def mix(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hash two 32-bit hashes in order to one (multiply and xorshift modulo 2 ** 32, after Murmur3's finaliser)."""
    value = left * np.uint32(0x9E3779B1)
    value ^= left >> np.uint32(15)
    value += right
    value ^= value >> np.uint32(16)
    value *= np.uint32(0x85EBCA6B)
    value ^= value >> np.uint32(13)
    value *= np.uint32(0xC2B2AE35)
    value ^= value >> np.uint32(16)
    return value


def fingerprint(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """38 bits that stand for a pair of hashed words."""
    return _widen(mix(first, second), mix(second, first))


def _widen(hashes: NDArray[np.uint32], reverse: NDArray[np.uint32]) -> NDArray[np.uint64]:
    extra = (reverse >> np.uint32(32 - _EXTRA_BITS)).astype(np.uint64)
    return (hashes.astype(np.uint64) << np.uint64(_EXTRA_BITS)) | extra


def word_hashes(words: Sequence[str]) -> NDArray[np.uint32]:
    """CRC-32 of each word's UTF-8."""
    return np.fromiter((zlib.crc32(word.encode("utf-8", "replace")) for word in words), np.uint32, len(words))


class Sequences(msgspec.Struct, frozen=True):
    """Titles and bodies as word ids, and which neighbours make a frequent pair."""

    fields: tuple[Ragged, Ragged]
    """Word ids of titles and of bodies."""
    hashes: NDArray[np.uint32]
    """CRC-32 of each word id's surface form."""
    usual: NDArray[np.bool_]
    """For each word id whether it can be part of a frequent pair."""
    frequent: NDArray[np.uint64]
    """Fingerprints of frequent pairs, ascending."""
    numbers: NDArray[np.int64]
    """Number of each document."""


class _Run(msgspec.Struct, frozen=True):
    """Some documents' words in one field, end to end."""

    words: NDArray[np.uint32]
    documents: NDArray[np.int64]
    starts: NDArray[np.int64]
    """Where each document's words begin, from `first` on."""
    first: int
    joined: NDArray[np.bool_]
    """For each word whether another follows in the same text; without the last word."""


def _runs(fields: Sequence[Ragged]) -> Iterator[_Run]:
    """All documents' words, about `_CHUNK` at a time."""
    for field in fields:
        ends = field.starts[1:]
        first = 0
        while first < len(ends):
            last = max(first + 1, int(np.searchsorted(ends, field.starts[first] + _CHUNK, side="right")))
            starts = field.starts[first : last + 1] - field.starts[first]
            words = field.values[field.starts[first] : field.starts[last]]
            joined = np.ones(len(words), dtype=bool)
            joined[starts[1:][np.diff(starts) > 0] - 1] = False
            documents = np.repeat(np.arange(first, last), np.diff(starts))
            if len(words) > 1:
                yield _Run(words, documents, starts, first, joined[:-1])
            first = last


def plan_sequences(
    title: Ragged, body: Ragged, words: Sequence[str], usual: NDArray[np.bool_], numbers: NDArray[np.int64]
) -> Sequences:
    """Hash the words and find frequent pairs.

    Args:
        title: word ids of each title.
        body: word ids of each body, as many rows.
        words: surface forms; equal forms of different terms count as one.
        usual: for each word id whether so many documents hold its term that its pairs may be frequent.
        numbers: number of each document.
    """
    hashes = word_hashes(words)
    count = len(title)
    if count < _FEW_DOCUMENTS:
        usual = np.zeros(len(words), dtype=bool)
    distinct, rank = np.unique(hashes[usual], return_inverse=True)
    ranks = np.zeros(len(words), dtype=np.int64)
    ranks[usual] = rank
    held = np.zeros(len(distinct) ** 2, dtype=np.int64)
    for run in _runs((body,)):
        here = usual[run.words]
        at = np.flatnonzero(run.joined & here[:-1] & here[1:])
        pairs = ranks[run.words[at]] * len(distinct) + ranks[run.words[at + 1]]
        occurrences = pairs * count + run.documents[at]
        occurrences.sort()
        new = np.ones(len(occurrences), dtype=bool)
        new[1:] = occurrences[1:] != occurrences[:-1]
        held += np.bincount(occurrences[new] // count, minlength=len(held))
    left, right = np.divmod(np.flatnonzero(held * _MANY > count), max(1, len(distinct)))
    frequent = np.sort(fingerprint(distinct[left], distinct[right]))
    return Sequences((title, body), hashes, usual, frequent, numbers)


def encode_phrase_files(sequences: Sequences, bits: int, first: int, last: int) -> list[bytes]:
    """Write phrase files first … last - 1 of 2 ** bits.

    A file holds `keys` (fingerprints without the bits that chose the file, as gaps), `sizes` (characters of each list)
    and `lists`, all packed; an element of a list is `gap << 5 | position`, or just the gap in a frequent pair's list.
    """
    drop = MAX_FILE_BITS - bits
    low, high = first << (KEY_BITS + drop), last << (KEY_BITS + drop)
    frequent = np.unique(sequences.frequent >> np.uint64(drop))
    pieces: list[NDArray[np.uint64]] = []
    for run in _runs(sequences.fields):
        hashes = sequences.hashes[run.words]
        pairs = mix(hashes[:-1], hashes[1:])
        at = np.flatnonzero(run.joined & _between(pairs, low, high))
        pieces.append(_elements(sequences, run, at, low, drop, _widen(pairs[at], mix(hashes[at + 1], hashes[at]))))
        if not len(sequences.frequent):
            continue
        here = sequences.usual[run.words]
        at = np.flatnonzero(run.joined & here[:-1] & here[1:])
        at = at[_among(fingerprint(hashes[at], hashes[at + 1]), sequences.frequent)]
        beside = np.zeros(len(run.joined), dtype=bool)
        beside[at] = True
        beside[at[at > 0] - 1] = True
        at = np.flatnonzero((beside & run.joined)[:-1] & run.joined[1:])
        middle = pairs[at]
        triples = mix(middle, hashes[at + 2])
        inside = _between(triples, low, high)
        at, middle = at[inside], middle[inside]
        pieces.append(_elements(sequences, run, at, low, drop, _widen(triples[inside], mix(hashes[at + 2], middle))))
    elements = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.uint64)
    del pieces
    elements.sort()
    keys = elements >> np.uint64(_DOCUMENT_BITS + POSITION_BITS)
    new = np.ones(len(elements), dtype=bool)
    new[1:] = elements[1:] != elements[:-1]
    fresh = new.copy()
    fresh[1:] = keys[1:] != keys[:-1]
    bare_list = _among(keys[fresh] + np.uint64(low >> drop), frequent)
    if bare_list.any():
        bare = bare_list[np.cumsum(fresh) - 1]
        elements[bare] &= ~np.uint64((1 << POSITION_BITS) - 1)
        new[1:] = elements[1:] != elements[:-1]
    else:
        bare = np.zeros(len(elements), dtype=bool)
    elements, keys, bare, fresh = elements[new], keys[new], bare[new], fresh[new]
    list_starts = np.append(np.flatnonzero(fresh), len(keys))
    places = (elements & np.uint64((1 << POSITION_BITS) - 1)).astype(np.int64)
    documents = ((elements >> np.uint64(POSITION_BITS)) & np.uint64((1 << _DOCUMENT_BITS) - 1)).astype(np.int64)
    values = gaps(documents, list_starts)
    text, offsets = pack(np.where(bare, values, (values << POSITION_BITS) | places))
    list_offsets = offsets[list_starts]
    list_keys = keys[list_starts[:-1]].astype(np.int64)
    bounds = np.searchsorted(list_keys, np.arange(last - first + 1) << KEY_BITS).tolist()
    files: list[bytes] = []
    for number, (begin, end) in enumerate(itertools.pairwise(bounds)):
        inside_file = list_keys[begin:end] - (number << KEY_BITS)
        content = {
            "keys": pack_text(gaps(inside_file, np.array([0, len(inside_file)]))),
            "sizes": pack(np.diff(list_offsets[begin : end + 1]))[0].decode("ascii"),
            "lists": text[list_offsets[begin] : list_offsets[end]].decode("ascii"),
        }
        files.append(msgspec.json.encode(content))
    return files


def _between(hashes: NDArray[np.uint32], low: int, high: int) -> NDArray[np.bool_]:
    """Where a 32-bit hash begins a fingerprint in low … high - 1."""
    inside: NDArray[np.bool_] = hashes >= np.uint32(low >> _EXTRA_BITS)
    if high >> _EXTRA_BITS < 1 << 32:
        inside &= hashes < np.uint32(high >> _EXTRA_BITS)
    return inside


def _elements(
    sequences: Sequences, run: _Run, at: NDArray[np.int64], low: int, drop: int, keys: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Join fingerprint minus `low`, document number and position of the sequences that begin at `at`."""
    documents = run.documents[at]
    places = ((at - run.starts[documents - run.first]) & ((1 << POSITION_BITS) - 1)).astype(np.uint64)
    numbers = sequences.numbers[documents].astype(np.uint64)
    elements: NDArray[np.uint64] = ((keys - np.uint64(low)) >> np.uint64(drop)) << np.uint64(_DOCUMENT_BITS)
    elements |= numbers
    elements <<= np.uint64(POSITION_BITS)
    elements |= places
    return elements


def _among(values: NDArray[np.uint64], sorted_set: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each value is an element of an ascending array."""
    if not len(sorted_set):
        return np.zeros(len(values), dtype=bool)
    found: NDArray[np.bool_] = (
        sorted_set[np.minimum(np.searchsorted(sorted_set, values), len(sorted_set) - 1)] == values
    )
    return found


def pack_fingerprints(values: NDArray[np.uint64]) -> str:
    """Pack ascending fingerprints, as the manifest lists frequent pairs: 18 high and 19 low bits of each."""
    both = np.empty(2 * len(values), dtype=np.int64)
    both[0::2] = values >> np.uint64(19)
    both[1::2] = values & np.uint64(0x7FFFF)
    return pack_text(both)
