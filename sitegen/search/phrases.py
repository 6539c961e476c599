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
    tracked: dict[int, int]
    """Documents of each pair that is frequent or half as frequent as that, by fingerprint."""
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
    title: Ragged, body: Ragged, words: Sequence[str], usual: NDArray[np.bool_], numbers: NDArray[np.int64], many: int
) -> Sequences:
    """Hash all pairs and find the frequent ones.

    Args:
        title: word ids of each title.
        body: word ids of each body, as many rows.
        words: surface forms; equal forms of different terms count as one.
        usual: for each word id whether at least `many` / 2 documents hold its term.
        numbers: number of each document.
        many: documents from which a pair is frequent; 0 for none.
    """
    hashes = word_hashes(words)
    count = len(title)
    fields = [_field_pairs(field, hashes) for field in (title, body)]
    if not many:
        return Sequences((fields[0], fields[1]), hashes, np.empty(0, dtype=np.uint64), {}, numbers)
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
    chosen = np.flatnonzero(held * 2 >= many)
    left, right = np.divmod(chosen, max(1, len(distinct)))
    prints = fingerprint(distinct[left], distinct[right])
    frequent = np.sort(prints[held[chosen] >= many])
    tracked = dict(zip(prints.tolist(), held[chosen].tolist(), strict=True))
    first, second = (
        msgspec.structs.replace(field, triples_at=_beside(field, hashes, usual, frequent)) for field in fields
    )
    return Sequences((first, second), hashes, frequent, tracked, numbers)


def body_pairs(body: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Fingerprints of the pairs of a body, given as hashes of its words, each once."""
    return np.unique(fingerprint(body[:-1], body[1:]))


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


def encode_phrase_files(sequences: Sequences, layout: Layout, first: int, last: int) -> list[bytes]:
    """Write phrase files first … last - 1: each a list of its cells."""
    drop = np.uint64(FINGERPRINT_BITS - key_bits(layout))
    width = FINGERPRINT_BITS - layout.phrase_bits
    low, high = first << width, last << width
    pieces: list[NDArray[np.uint64]] = []
    for field in sequences.fields:
        at = field.within(np.flatnonzero(_between(field.pairs, low, high)), 2)
        left, right = (sequences.hashes[field.words[at + more]] for more in (0, 1))
        pieces.append(_elements(sequences, field, at, _widen(field.pairs[at], mix(right, left)) >> drop))
        at = field.triples_at
        middle, right = field.pairs[at], sequences.hashes[field.words[at + 2]]
        triples = mix(middle, right)
        inside = _between(triples, low, high)
        keys = _widen(triples[inside], mix(right[inside], middle[inside]))
        pieces.append(_elements(sequences, field, at[inside], keys >> drop))
    elements = np.concatenate(pieces)
    del pieces
    wanted = np.arange(first << layout.cell_bits, last << layout.cell_bits)
    cells = encode_cells(elements, np.unique(sequences.frequent >> drop), wanted)
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


def _between(hashes: NDArray[np.uint32], low: int, high: int) -> NDArray[np.bool_]:
    """Where a 32-bit hash begins a fingerprint in low … high - 1."""
    inside: NDArray[np.bool_] = hashes >= np.uint32(low >> _EXTRA_BITS)
    if high >> _EXTRA_BITS < 1 << 32:
        inside &= hashes < np.uint32(high >> _EXTRA_BITS)
    return inside


def _elements(
    sequences: Sequences, field: FieldPairs, at: NDArray[np.int64], keys: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Join key, document number and position of the sequences that begin at `at`."""
    documents = field.documents(at)
    places = ((at - field.starts[documents]) & ((1 << POSITION_BITS) - 1)).astype(np.uint64)
    numbers = sequences.numbers[documents].astype(np.uint64)
    return keys << np.uint64(ELEMENT_BITS) | numbers << np.uint64(POSITION_BITS) | places


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
