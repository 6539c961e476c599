"""Two-word sequences: what quoted phrases are answered from, in files of their own.

For every pair of neighbouring words (surface forms, since quotes mean these words) there is a list of the documents
that hold it and of the positions at which it stands, modulo 32. A longer phrase is the intersection of its pairs at
successive positions. A pair that very many documents hold, such as `of the`, is listed without positions, and each of
its occurrences is indexed together with the word before and the word after instead (`member of the`, `of the people`),
so that no list is long.

Pairs are known by a hash: its high bits choose the file, the next ones a cell of some dozens of pairs, and the next 14
stand in the cell, ascending. A pair that no document holds is taken for another once in some hundred times, but then
the document must also hold the words.

A cell is one packed list of numbers. Each pair begins with the gap to the one before it, doubled, plus one where more
than one number follows: then their count, doubled, plus one for a pair without positions. A number is
`gap << 5 | position`, or just the gap.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import Ragged
from sitegen.search.layout import Layout
from sitegen.search.packing import pack, pack_text, row_starts, ungap, unpack_rows

POSITION_BITS = 5
REST_BITS = 14
"""Bits of a hash that stand in a cell."""
FINGERPRINT_BITS = 38
NUMBER_BITS = 23
"""Numbers of documents lie below 2 ** 23."""
_EXTRA_BITS = FINGERPRINT_BITS - 32
ELEMENT_BITS = NUMBER_BITS + POSITION_BITS
MAX_JOB_FILES = 256
"""Files written together, at most."""
_CHUNK = 1 << 19
"""Words looked at together: bounds memory."""
_COUNT_BITS = 20
"""Pairs are first counted by so many bits of their hash."""
_BUCKET_BITS = 10
"""Places of sequences are sorted by so many."""
_BUCKET_SHIFT = FINGERPRINT_BITS - _BUCKET_BITS


def key_bits(layout: Layout) -> int:
    """Bits of a fingerprint that an archive of this size uses, from the top."""
    return key_bits_of(layout.phrase_bits, layout.cell_bits)


def key_bits_of(phrase_bits: int, cell_bits: int) -> int:
    """The same for given numbers of files and cells."""
    return phrase_bits + cell_bits + REST_BITS


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


class Hashed(msgspec.Struct, frozen=True):
    """Places of some word sequences in a field, by the high bits of their hashes."""

    at: NDArray[np.uint32]
    """Where each begins, counted in words."""
    starts: NDArray[np.int64]
    """Those of bucket i are `at[starts[i]:starts[i + 1]]`."""

    def between(self, low: int, high: int) -> NDArray[np.int64]:
        """Places of all sequences whose fingerprints lie in low … high - 1, and of a few others."""
        first, last = low >> _BUCKET_SHIFT, (high - 1 >> _BUCKET_SHIFT) + 1
        return self.at[self.starts[first] : self.starts[last]].astype(np.int64)


class FieldSequences(msgspec.Struct, frozen=True):
    """Neighbouring words of one field of all documents."""

    field: Ragged
    """Word ids."""
    pairs: Hashed
    triples: Hashed
    """Three words of which two are a frequent pair."""

    def documents(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Position of the document of each word."""
        return np.searchsorted(self.field.starts, at, side="right") - 1


class Sequences(msgspec.Struct, frozen=True):
    """What the phrase files are written from."""

    fields: tuple[FieldSequences, FieldSequences]
    """Titles and bodies."""
    hashes: NDArray[np.uint32]
    """CRC-32 of each word id's surface form."""
    frequent: NDArray[np.uint64]
    """Fingerprints of frequent pairs, ascending."""
    tracked: dict[int, int]
    """Documents of each pair that is frequent or half as frequent as that, by fingerprint."""
    numbers: NDArray[np.int64]
    """Number of each document, in any order."""


def plan_sequences(
    title: Ragged, body: Ragged, words: Sequence[str], numbers: NDArray[np.int64], many: int
) -> Sequences:
    """Hash all pairs and find the frequent ones.

    Args:
        title: word ids of each title.
        body: word ids of each body, as many rows.
        words: surface forms; equal forms of different terms count as one.
        numbers: number of each document.
        many: documents from which a pair is frequent; 0 for none.
    """
    hashes = word_hashes(words)
    counted = [_count_pairs(field, hashes) for field in (title, body)]
    tracked = _documents_of_pairs(body, hashes, counted[1], (many + 1) // 2) if many else {}
    frequent = np.array(sorted(pair for pair, count in tracked.items() if count >= many), dtype=np.uint64)
    first, second = (
        FieldSequences(field, _sort_pairs(field, hashes, counts), _sort_triples(field, hashes, frequent))
        for field, counts in zip((title, body), counted, strict=True)
    )
    return Sequences((first, second), hashes, frequent, tracked, numbers)


def _chunks(field: Ragged, length: int) -> Iterator[tuple[int, NDArray[np.uint32], NDArray[np.int64]]]:
    """Cut the words of a field between documents into slices of about `_CHUNK` words.

    Yields:
        where a slice begins, its words, and the places in it at which `length` words of one document begin.
    """
    starts, at = field.starts, 0
    while at < starts[-1]:
        last = int(np.searchsorted(starts, min(at + _CHUNK, int(starts[-1]))))
        ends = starts[np.searchsorted(starts, at, side="right") : last + 1] - at
        ends = ends[np.diff(ends, prepend=0) > 0]
        inside = np.ones(int(ends[-1]), dtype=bool)
        for more in range(1, length):
            inside[np.maximum(ends - more, 0)] = False
        yield at, field.values[at : int(starts[last])], np.flatnonzero(inside)
        at = int(starts[last])


def _pairs(field: Ragged, hashes: NDArray[np.uint32]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.uint32]]]:
    """Slices as `_chunks` cuts them: where each begins, and places and hashes of the pairs in it."""
    for start, words, at in _chunks(field, 2):
        here = hashes[words]
        yield start, at, mix(here[at], here[at + 1])


def _count_pairs(field: Ragged, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Occurrences of pairs by the first `_COUNT_BITS` bits of their hashes."""
    counts = np.zeros(1 << _COUNT_BITS, dtype=np.int64)
    for _, _, pairs in _pairs(field, hashes):
        counts += np.bincount(pairs >> np.uint32(32 - _COUNT_BITS), minlength=len(counts))
    return counts


def _documents_of_pairs(
    field: Ragged, hashes: NDArray[np.uint32], counts: NDArray[np.int64], least: int
) -> dict[int, int]:
    """Documents of each pair that at least `least` documents hold, by fingerprint.

    A pair is looked at only where all pairs that share the high bits of its hash occur so often together (Park, Chen
    and Yu, 1995), so that memory does not grow with the number of pairs.
    """
    often = counts >= least
    found: Counter[int] = Counter()
    for start, places, pairs in _pairs(field, hashes):
        at = places[often[pairs >> np.uint32(32 - _COUNT_BITS)]] + start
        prints = fingerprint(hashes[field.values[at]], hashes[field.values[at + 1]])
        documents = np.searchsorted(field.starts, at, side="right")
        order = np.argsort(prints, kind="stable")
        prints, documents = prints[order], documents[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (prints[1:] != prints[:-1]) | (documents[1:] != documents[:-1])
        distinct, held = np.unique(prints[fresh], return_counts=True)
        found.update(dict(zip(distinct.tolist(), held.tolist(), strict=True)))
    return {pair: count for pair, count in found.items() if count >= least}


def _sort_pairs(field: Ragged, hashes: NDArray[np.uint32], counts: NDArray[np.int64]) -> Hashed:
    """Places of all pairs by bucket; `counts` as `_count_pairs` gives them."""
    starts = row_starts(counts.reshape(1 << _BUCKET_BITS, -1).sum(axis=1))
    fill = starts[:-1].copy()
    places = np.empty(int(starts[-1]), dtype=np.uint32)
    for start, at, pairs in _pairs(field, hashes):
        order, sizes = _by_bucket(pairs)
        target = np.repeat(fill - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(order))
        places[target] = at[order] + start
        fill += sizes
    return Hashed(places, starts)


def _by_bucket(hashes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order of some hashes by bucket, stable, and the size of each bucket."""
    buckets = (hashes >> np.uint32(32 - _BUCKET_BITS)).astype(np.uint16)
    return np.argsort(buckets, kind="stable"), np.bincount(buckets, minlength=1 << _BUCKET_BITS)


def _sort_triples(field: Ragged, hashes: NDArray[np.uint32], frequent: NDArray[np.uint64]) -> Hashed:
    """Places by bucket at which three words begin of which the first two or the last two are a frequent pair."""
    places = [np.empty(0, dtype=np.uint32)]
    triples = [np.empty(0, dtype=np.uint32)]
    usual = np.zeros(1 << _COUNT_BITS, dtype=bool)
    usual[frequent >> np.uint64(FINGERPRINT_BITS - _COUNT_BITS)] = True
    for start, words, inside in _chunks(field, 3) if len(frequent) else ():
        here = hashes[words]
        pairs = mix(here[:-1], here[1:])
        beside = np.flatnonzero(usual[pairs >> np.uint32(32 - _COUNT_BITS)])
        beside = beside[_among(fingerprint(here[beside], here[beside + 1]), frequent)]
        marked = np.zeros(len(here), dtype=bool)
        marked[beside] = True
        marked[beside[beside > 0] - 1] = True
        at = inside[marked[inside]]
        places.append((at + start).astype(np.uint32))
        triples.append(mix(pairs[at], here[at + 2]))
    order, sizes = _by_bucket(np.concatenate(triples))
    return Hashed(np.concatenate(places)[order], row_starts(sizes))


def body_pairs(body: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Fingerprints of the pairs of a body, given as hashes of its words, each once."""
    return np.unique(fingerprint(body[:-1], body[1:]))


def encode_phrase_files(sequences: Sequences, layout: Layout, first: int, last: int) -> list[bytes]:
    """Write phrase files first … last - 1: each a list of its cells."""
    drop = np.uint64(FINGERPRINT_BITS - key_bits(layout))
    width = FINGERPRINT_BITS - layout.phrase_bits
    low, high = first << width, last << width
    pieces: list[NDArray[np.uint64]] = []
    for field in sequences.fields:
        words, hashes = field.field.values, sequences.hashes
        at = field.pairs.between(low, high)
        pieces.append(_elements(sequences, field, at, fingerprint(hashes[words[at]], hashes[words[at + 1]]), drop))
        at = field.triples.between(low, high)
        middle = mix(hashes[words[at]], hashes[words[at + 1]])
        pieces.append(_elements(sequences, field, at, fingerprint(middle, hashes[words[at + 2]]), drop))
    wanted = np.arange(first << layout.cell_bits, last << layout.cell_bits)
    cells = encode_cells(np.concatenate(pieces), np.unique(sequences.frequent >> drop), wanted)
    size = 1 << layout.cell_bits
    return [encode_phrase_file(cells[at : at + size]) for at in range(0, len(cells), size)]


def encode_phrase_file(cells: Sequence[str]) -> bytes:
    """Write the cells of a file."""
    return msgspec.json.encode(cells)


def bare_keys(frequent: NDArray[np.uint64], layout: Layout) -> NDArray[np.uint64]:
    """Keys of frequent pairs, ascending."""
    return np.unique(frequent >> np.uint64(FINGERPRINT_BITS - key_bits(layout)))


def encode_cells(elements: NDArray[np.uint64], bare: NDArray[np.uint64], wanted: NDArray[np.int64]) -> list[str]:
    """Write cells.

    Args:
        elements: key, document number and position of each occurrence, in any order; all of the wanted cells.
        bare: keys of pairs without positions, ascending.
        wanted: numbers of the cells, counted over all files, ascending.
    """
    elements = distinct_elements(elements, bare)
    keys = elements >> np.uint64(ELEMENT_BITS)
    fresh = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    begins = np.flatnonzero(fresh)
    counts = np.diff(begins, append=len(keys))
    own = keys[begins]
    is_bare = _among(own, bare)
    more = is_bare | (counts > 1)
    cells = (own >> np.uint64(REST_BITS)).astype(np.int64)
    rests = (own & np.uint64((1 << REST_BITS) - 1)).astype(np.int64)
    same_cell = np.zeros(len(own), dtype=bool)
    np.equal(cells[1:], cells[:-1], out=same_cell[1:])
    gap = rests.copy()
    gap[1:] -= np.where(same_cell[1:], rests[:-1], 0)
    places = row_starts(1 + more + counts)
    values = np.empty(int(places[-1]), dtype=np.int64)
    values[places[:-1]] = gap << 1 | more
    values[places[:-1][more] + 1] = counts[more] << 1 | is_bare[more]
    numbers = ((elements >> np.uint64(POSITION_BITS)) & np.uint64((1 << NUMBER_BITS) - 1)).astype(np.int64)
    steps = np.diff(numbers, prepend=0)
    steps[begins] = numbers[begins]
    positions = (elements & np.uint64((1 << POSITION_BITS) - 1)).astype(np.int64)
    at = np.repeat(places[:-1] + 1 + more - begins, counts) + np.arange(len(elements))
    values[at] = np.where(np.repeat(is_bare, counts), steps, steps << POSITION_BITS | positions)
    text, offsets = pack(values)
    low, high = (offsets[places[np.searchsorted(cells, wanted, side=side)]].tolist() for side in ("left", "right"))
    packed = text.decode("ascii")
    return [packed[begin:end] for begin, end in zip(low, high, strict=True)]


def decode_cells(texts: Sequence[str], cells: Sequence[int]) -> NDArray[np.uint64]:
    """Elements of some cells; those of pairs without positions have position 0."""
    values, starts = unpack_rows(texts)
    heads = values.tolist()
    bounds = starts.tolist()
    keys: list[int] = []
    begins: list[int] = []
    counts: list[int] = []
    bare: list[int] = []
    for cell, begin, end in zip(cells, bounds, bounds[1:], strict=False):
        key, at = cell << REST_BITS, begin
        while at < end:
            key += heads[at] >> 1
            size = heads[at + 1] if heads[at] & 1 else 2
            at += 1 + (heads[at] & 1)
            keys.append(key)
            begins.append(at)
            counts.append(size >> 1)
            bare.append(size & 1)
            at += size >> 1
    sizes = np.array(counts, dtype=np.int64)
    rows = row_starts(sizes)
    at_value = np.repeat(np.array(begins, dtype=np.int64) - rows[:-1], sizes) + np.arange(int(rows[-1]))
    own = values[at_value]
    without = np.repeat(np.array(bare, dtype=bool), sizes)
    numbers = ungap(np.where(without, own, own >> POSITION_BITS), rows)
    positions = np.where(without, 0, own & ((1 << POSITION_BITS) - 1))
    high = np.repeat(np.array(keys, dtype=np.int64), sizes)
    return (high << ELEMENT_BITS | numbers << POSITION_BITS | positions).astype(np.uint64)


def distinct_elements(elements: NDArray[np.uint64], bare: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Elements ascending and unique, without positions where their pair has none."""
    if len(bare):
        without = _among(elements >> np.uint64(ELEMENT_BITS), bare)
        elements = np.where(without, elements & ~np.uint64((1 << POSITION_BITS) - 1), elements)
    elements = np.sort(elements)
    new = np.ones(len(elements), dtype=bool)
    np.not_equal(elements[1:], elements[:-1], out=new[1:])
    return elements[new]


def document_elements(
    title: NDArray[np.uint32], body: NDArray[np.uint32], number: int, frequent: NDArray[np.uint64], layout: Layout
) -> NDArray[np.uint64]:
    """Elements of one document, given the hashes of its words."""
    drop = np.uint64(FINGERPRINT_BITS - key_bits(layout))
    keys: list[NDArray[np.uint64]] = []
    places: list[NDArray[np.int64]] = []
    for words in (title, body):
        pairs = fingerprint(words[:-1], words[1:])
        usual = _among(pairs, frequent)
        beside = np.flatnonzero(usual[:-1] | usual[1:])
        middle, right = mix(words[beside], words[beside + 1]), words[beside + 2]
        keys += [pairs, _widen(mix(middle, right), mix(right, middle))]
        places += [np.arange(len(pairs)), beside]
    at = np.concatenate(places).astype(np.uint64) & np.uint64((1 << POSITION_BITS) - 1)
    elements = (np.concatenate(keys) >> drop) << np.uint64(ELEMENT_BITS) | np.uint64(number << POSITION_BITS) | at
    return distinct_elements(elements, np.unique(frequent >> drop))


def cell_of(elements: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Cell that each element lies in, counted over all files."""
    return (elements >> np.uint64(ELEMENT_BITS + REST_BITS)).astype(np.int64)


def _elements(
    sequences: Sequences,
    field: FieldSequences,
    at: NDArray[np.int64],
    prints: NDArray[np.uint64],
    drop: np.uint64,
) -> NDArray[np.uint64]:
    """Join fingerprint (without its last `drop` bits), document number and position of the sequences at `at`."""
    documents = field.documents(at)
    places = ((at - field.field.starts[documents]) & ((1 << POSITION_BITS) - 1)).astype(np.uint64)
    numbers = sequences.numbers[documents].astype(np.uint64)
    return (prints >> drop) << np.uint64(ELEMENT_BITS) | numbers << np.uint64(POSITION_BITS) | places


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


def unpack_fingerprints(text: str) -> NDArray[np.uint64]:
    """Undo `pack_fingerprints`."""
    both = unpack_rows([text])[0].astype(np.uint64)
    return both[0::2] << np.uint64(19) | both[1::2]
