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
_CHUNK = 1 << 19
"""Words looked at together: bounds memory."""
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


class FieldPairs(msgspec.Struct, frozen=True):
    """Neighbouring words of one field of all documents."""

    words: NDArray[np.uint32]
    """Word ids, documents end to end."""
    starts: NDArray[np.int64]
    """Where each document's words begin, and the end."""
    pairs: NDArray[np.uint32]
    """Hash of each word with the next one, of the same document or not."""
    triples_at: NDArray[np.int64]
    """Where three words of which two are a frequent pair begin."""

    def documents(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Position of the document of each word."""
        return np.searchsorted(self.starts, at, side="right") - 1

    def within(self, at: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """Those words that `length` - 1 more of the same document follow."""
        return at[at + length <= self.starts[self.documents(at) + 1]]


class Sequences(msgspec.Struct, frozen=True):
    """What the phrase files are written from."""

    fields: tuple[FieldPairs, FieldPairs]
    """Titles and bodies."""
    hashes: NDArray[np.uint32]
    """CRC-32 of each word id's surface form."""
    frequent: NDArray[np.uint64]
    """Fingerprints of frequent pairs, ascending."""
    numbers: NDArray[np.int64]
    """Number of each document."""


def _chunks(starts: NDArray[np.int64]) -> Iterator[slice]:
    """Cut the words of a field between documents into slices of about `_CHUNK` words."""
    at = 0
    while at < starts[-1]:
        end = int(starts[np.searchsorted(starts, min(at + _CHUNK, int(starts[-1])))])
        yield slice(at, end)
        at = end


def plan_sequences(
    title: Ragged, body: Ragged, words: Sequence[str], usual: NDArray[np.bool_], numbers: NDArray[np.int64]
) -> Sequences:
    """Hash all pairs and find the frequent ones.

    Args:
        title: word ids of each title.
        body: word ids of each body, as many rows.
        words: surface forms; equal forms of different terms count as one.
        usual: for each word id whether so many documents hold its term that its pairs may be frequent.
        numbers: number of each document.
    """
    hashes = word_hashes(words)
    count = len(title)
    fields = [_field_pairs(field, hashes) for field in (title, body)]
    if count < _FEW_DOCUMENTS:
        return Sequences((fields[0], fields[1]), hashes, np.empty(0, dtype=np.uint64), numbers)
    distinct, rank = np.unique(hashes[usual], return_inverse=True)
    ranks = np.zeros(len(words), dtype=np.int64)
    ranks[usual] = rank
    held = np.zeros(len(distinct) ** 2, dtype=np.int32)
    for part in _chunks(fields[1].starts):
        at = _usual_pairs(fields[1], usual, part)
        pairs = ranks[fields[1].words[at]] * len(distinct) + ranks[fields[1].words[at + 1]]
        occurrences = pairs * count + fields[1].documents(at)
        occurrences.sort()
        new = np.ones(len(occurrences), dtype=bool)
        new[1:] = occurrences[1:] != occurrences[:-1]
        found, counts = np.unique(occurrences[new] // count, return_counts=True)
        held[found] += counts
    left, right = np.divmod(np.flatnonzero(held * _MANY > count), max(1, len(distinct)))
    frequent = np.sort(fingerprint(distinct[left], distinct[right]))
    first, second = (
        msgspec.structs.replace(field, triples_at=_beside(field, hashes, usual, frequent)) for field in fields
    )
    return Sequences((first, second), hashes, frequent, numbers)


def _field_pairs(field: Ragged, hashes: NDArray[np.uint32]) -> FieldPairs:
    pairs = np.empty(max(0, len(field.values) - 1), dtype=np.uint32)
    for part in _chunks(field.starts):
        here = hashes[field.values[part.start : part.stop + 1]]
        pairs[part.start : part.start + len(here) - 1] = mix(here[:-1], here[1:])
    return FieldPairs(field.values, field.starts, pairs, np.empty(0, dtype=np.int64))


def _usual_pairs(field: FieldPairs, usual: NDArray[np.bool_], part: slice) -> NDArray[np.int64]:
    """Where two usual words of a document stand side by side."""
    here = usual[field.words[part]]
    return field.within(np.flatnonzero(here[:-1] & here[1:]) + part.start, 2)


def _beside(
    field: FieldPairs, hashes: NDArray[np.uint32], usual: NDArray[np.bool_], frequent: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Where three words begin of which the first two or the last two are a frequent pair."""
    found = [np.empty(0, dtype=np.int64)]
    for part in _chunks(field.starts):
        at = _usual_pairs(field, usual, part)
        at = at[_among(fingerprint(hashes[field.words[at]], hashes[field.words[at + 1]]), frequent)] - part.start
        marked = np.zeros(part.stop - part.start, dtype=bool)
        marked[at] = True
        marked[at[at > 0] - 1] = True
        found.append(field.within(np.flatnonzero(marked) + part.start, 3))
    return np.concatenate(found)


def encode_phrase_files(sequences: Sequences, bits: int, first: int, last: int) -> list[bytes]:
    """Write phrase files first … last - 1 of 2 ** bits.

    A file holds `keys` (fingerprints without the bits that chose the file, as gaps), `sizes` (characters of each list)
    and `lists`, all packed; an element of a list is `gap << 5 | position`, or just the gap in a frequent pair's list.
    """
    drop = MAX_FILE_BITS - bits
    low, high = first << (KEY_BITS + drop), last << (KEY_BITS + drop)
    frequent = np.unique(sequences.frequent >> np.uint64(drop))
    pieces: list[NDArray[np.uint64]] = []
    for field in sequences.fields:
        at = field.within(np.flatnonzero(_between(field.pairs, low, high)), 2)
        left, right = (sequences.hashes[field.words[at + more]] for more in (0, 1))
        pieces.append(_elements(sequences, field, at, low, drop, _widen(field.pairs[at], mix(right, left))))
        at = field.triples_at
        middle, right = field.pairs[at], sequences.hashes[field.words[at + 2]]
        triples = mix(middle, right)
        inside = _between(triples, low, high)
        keys = _widen(triples[inside], mix(right[inside], middle[inside]))
        pieces.append(_elements(sequences, field, at[inside], low, drop, keys))
    elements = np.concatenate(pieces)
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
    sequences: Sequences, field: FieldPairs, at: NDArray[np.int64], low: int, drop: int, keys: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Join fingerprint minus `low`, document number and position of the sequences that begin at `at`."""
    documents = field.documents(at)
    places = ((at - field.starts[documents]) & ((1 << POSITION_BITS) - 1)).astype(np.uint64)
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
