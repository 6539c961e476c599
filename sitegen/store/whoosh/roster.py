"""The roster: a file beside each Whoosh segment that says which articles and which words lie in it.

Whoosh keeps what it needs to find a term. The roster keeps what it takes to change one article and still answer as a
fresh index would: the digest of each article as indexed, its exact field lengths, date and language, and which words
it holds, so that the words of a deleted article can be counted out again. It has the segment's name, so Whoosh itself
removes it with the segment, and it appears and disappears with the table of contents that names the segment.

    8 bytes     b"sgroster"
    4 bytes     length of the header, little-endian
    4 bytes     CRC-32 of all that follows
    header      msgpack {section: [offset, bytes]}, `files`: {extension: [bytes, CRC-32]}
    sections    text lists as msgpack; little-endian arrays; words and their terms as lines
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import SearchCorpus
from sitegen.store.whoosh.fields import pack_varints, unpack_varints
from sitegen.store.whoosh.postings import Ints, Numbers, date_number

EXTENSION = ".roster"
VERSION = 1
_MAGIC = b"sgroster"
_HEAD = struct.Struct("<8sII")


class DamagedError(Exception):
    """A file of the index is not as it was written."""


class Roster(msgspec.Struct, frozen=True):
    """Articles of one segment, in the order of its document numbers, and their words."""

    ids: Sequence[str]
    digests: Sequence[str]
    """What the pipeline knows each article's indexed state by."""
    dates: NDArray[np.int32]
    """YYYYMMDD, as by `date_number`."""
    languages: Sequence[str]
    language: NDArray[np.uint16]
    """Place in `languages` of each article's language."""
    title_lengths: NDArray[np.uint32]
    """Words in each title, shape (articles,)."""
    body_lengths: NDArray[np.uint32]
    words: Sequence[str]
    """Folded surface forms, ascending by (word, term)."""
    terms: Sequence[str]
    """Index term of each word."""
    counts: NDArray[np.uint32]
    """Articles with each word, those deleted later included."""
    holdings: bytes
    """For each article the places of its distinct words, ascending, as LEB128 gaps."""
    holding_starts: NDArray[np.uint64]
    """Shape (articles + 1,): where each article's holdings begin."""

    def __len__(self) -> int:
        return len(self.ids)

    def words_of(self, numbers: Ints) -> Ints:
        """Places of the words of some articles, one article after the other."""
        return _unpack_holdings(self.holdings, self.holding_starts, numbers)


_TEXTS = ("ids", "digests", "languages")
_ARRAYS = {
    "dates": "<i4",
    "language": "<u2",
    "title_lengths": "<u4",
    "body_lengths": "<u4",
    "counts": "<u4",
    "holding_starts": "<u8",
}


def corpus_roster(corpus: SearchCorpus, digests: Mapping[str, str], start: int, stop: int) -> Roster:
    """The roster of documents start to stop of a corpus."""
    documents = corpus.documents[start:stop]
    lengths = []
    keys = []
    for field in (corpus.title, corpus.body):
        edges = field.starts[start : stop + 1]
        lengths.append(np.diff(edges))
        owners = np.repeat(np.arange(stop - start, dtype=np.uint64), lengths[-1])
        keys.append((owners << np.uint64(32)) | field.values[edges[0] : edges[-1]].astype(np.uint64))
    key = np.concatenate(keys)
    del keys
    key.sort()
    key = key[np.flatnonzero(np.diff(key, prepend=np.uint64(0xFFFFFFFFFFFFFFFF)))]
    owner = (key >> np.uint64(32)).astype(np.int32)
    word = key.astype(np.uint32)
    del key
    counts = np.bincount(word, minlength=len(corpus.words))
    used = np.flatnonzero(counts)
    place = (np.cumsum(counts > 0) - 1).astype(np.int32)[word]
    holdings, holding_starts = _pack_holdings(owner, place, stop - start)
    languages = sorted({document.language for document in documents})
    language_places = {language: number for number, language in enumerate(languages)}
    return Roster(
        ids=[document.id for document in documents],
        digests=[digests[document.id] for document in documents],
        dates=np.array([date_number(document.date) for document in documents], np.int32),
        languages=languages,
        language=np.array([language_places[document.language] for document in documents], np.uint16),
        title_lengths=lengths[0].astype(np.uint32),
        body_lengths=lengths[1].astype(np.uint32),
        words=[corpus.words[number] for number in used.tolist()],
        terms=[corpus.terms[number] for number in used.tolist()],
        counts=counts[used].astype(np.uint32),
        holdings=holdings,
        holding_starts=holding_starts,
    )


def merge_rosters(parts: Sequence[tuple[Roster, NDArray[np.bool_]]]) -> Roster:
    """One roster of the articles that are marked live in each part, part after part."""
    pairs = sorted({pair for roster, _ in parts for pair in zip(roster.words, roster.terms, strict=True)})
    places = {pair: place for place, pair in enumerate(pairs)}
    languages = sorted({language for roster, _ in parts for language in roster.languages})
    owners, words, language = [], [], []
    base = 0
    for roster, live in parts:
        numbers = np.flatnonzero(live)
        table = np.array([places[pair] for pair in zip(roster.words, roster.terms, strict=True)], np.int64)
        for row, number in enumerate(numbers):
            held = table[roster.words_of(np.array([number]))]
            owners.append(np.full(len(held), base + row, np.int64))
            words.append(held)
        renumber = np.array([languages.index(name) for name in roster.languages], np.uint16)
        language.append(renumber[roster.language[live]])
        base += len(numbers)
    word = np.concatenate([*words, np.zeros(0, np.int64)])
    counts = np.bincount(word, minlength=len(pairs))
    kept = np.flatnonzero(counts)
    place = (np.cumsum(counts > 0) - 1)[word]
    holdings, holding_starts = _pack_holdings(np.concatenate([*owners, np.zeros(0, np.int64)]), place, base)
    return Roster(
        ids=[id_ for roster, live in parts for id_, alive in zip(roster.ids, live, strict=True) if alive],
        digests=[digest for roster, live in parts for digest, alive in zip(roster.digests, live, strict=True) if alive],
        dates=np.concatenate([roster.dates[live] for roster, live in parts]),
        languages=languages,
        language=np.concatenate(language),
        title_lengths=np.concatenate([roster.title_lengths[live] for roster, live in parts]),
        body_lengths=np.concatenate([roster.body_lengths[live] for roster, live in parts]),
        words=[pairs[place][0] for place in kept.tolist()],
        terms=[pairs[place][1] for place in kept.tolist()],
        counts=counts[kept].astype(np.uint32),
        holdings=holdings,
        holding_starts=holding_starts,
    )


def _pack_holdings(owner: Numbers, place: Numbers, count: int) -> tuple[bytes, NDArray[np.uint64]]:
    """Holdings from (article, word) pairs, ascending."""
    edges = np.searchsorted(owner, np.arange(count + 1))
    gaps = np.diff(place, prepend=0)
    firsts = edges[:-1][edges[:-1] < edges[1:]]
    gaps[firsts] = place[firsts]
    packed, offsets = pack_varints(gaps)
    return packed, offsets[edges].astype(np.uint64)


def _unpack_holdings(holdings: bytes, starts: NDArray[np.uint64], numbers: Ints) -> Ints:
    rows = [np.cumsum(unpack_varints(holdings[int(starts[n]) : int(starts[n + 1])])) for n in numbers.tolist()]
    return np.concatenate([np.zeros(0, np.int64), *rows])


def encode_roster(roster: Roster, files: Mapping[str, tuple[int, int]]) -> bytes:
    """The bytes of a roster file.

    Args:
        roster: what it holds.
        files: length and CRC-32 of the segment's other files, by extension.
    """
    sections = {name: msgspec.msgpack.encode(getattr(roster, name)) for name in _TEXTS}
    sections |= {name: getattr(roster, name).astype(kind).tobytes() for name, kind in _ARRAYS.items()}
    lines = [f"{word}\t{term}" for word, term in zip(roster.words, roster.terms, strict=True)]
    sections["vocabulary"] = "\n".join(["", *lines, ""]).encode("utf-8", "surrogatepass")
    sections["holdings"] = roster.holdings
    places: dict[str, tuple[int, int]] = {}
    offset = 0
    for name, data in sections.items():
        places[name] = (offset, len(data))
        offset += len(data)
    header = msgspec.msgpack.encode({"version": VERSION, "sections": places, "files": files})
    body = b"".join([header, *sections.values()])
    return _HEAD.pack(_MAGIC, len(header), zlib.crc32(body)) + body


class _Header(msgspec.Struct):
    version: int
    sections: dict[str, tuple[int, int]]
    files: dict[str, tuple[int, int]]


class RosterFile:
    """A roster file as read; its sections are decoded when they are asked for."""

    def __init__(self, data: bytes) -> None:
        """Take the file's bytes.

        Raises:
            DamagedError: they are not those of a whole roster file of this version.
        """
        try:
            magic, size, self._checksum = _HEAD.unpack_from(data)
            self._header = msgspec.msgpack.decode(data[_HEAD.size : _HEAD.size + size], type=_Header)
        except (struct.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedError(f"roster header: {error}") from error
        self._data = data
        self._base = _HEAD.size + size
        end = max(offset + length for offset, length in self._header.sections.values())
        if magic != _MAGIC or self._header.version != VERSION or len(data) != self._base + end:
            raise DamagedError("roster of another version or length")

    @property
    def files(self) -> Mapping[str, tuple[int, int]]:
        """Length and CRC-32 of the segment's other files, by extension."""
        return self._header.files

    def is_intact(self) -> bool:
        """Whether the checksum is right."""
        return bool(zlib.crc32(memoryview(self._data)[_HEAD.size :]) == self._checksum)

    def texts(self, name: str) -> list[str]:
        """One of the text lists."""
        return msgspec.msgpack.decode(self._section(name), type=list[str])

    def array(self, name: str) -> NDArray[np.generic]:
        """One of the arrays, read-only."""
        return np.frombuffer(self._section(name), _ARRAYS[name])

    def vocabulary(self) -> tuple[list[str], list[str]]:
        """Words, ascending, and the index term of each."""
        lines = self._section("vocabulary").decode("utf-8", "surrogatepass").split("\n")[1:-1]
        pairs = [line.partition("\t") for line in lines]
        return [word for word, _, _ in pairs], [term for _, _, term in pairs]

    def places_of(self, word: str) -> list[tuple[int, str]]:
        """Place in the vocabulary and index term of each entry of a word: one, or more where languages differ."""
        offset, length = self._header.sections["vocabulary"]
        first, last = self._base + offset, self._base + offset + length
        key = f"\n{word}\t".encode("utf-8", "surrogatepass")
        found = []
        start = self._data.find(key, first, last)
        while start >= 0:
            end = self._data.index(b"\n", start + 1, last)
            term = self._data[start + len(key) : end].decode("utf-8", "surrogatepass")
            found.append((self._data.count(b"\n", first, start), term))
            start = end if self._data.startswith(key, end) else -1
        return found

    def words_of(self, numbers: Ints) -> Ints:
        """Places of the words of some articles, as `Roster.words_of`."""
        return _unpack_holdings(self._section("holdings"), self.array("holding_starts").astype(np.uint64), numbers)

    def roster(self) -> Roster:
        """All of it."""
        values = {name: self.texts(name) for name in _TEXTS} | {name: self.array(name) for name in _ARRAYS}
        words, terms = self.vocabulary()
        return Roster(**values, words=words, terms=terms, holdings=self._section("holdings"))  # type: ignore[arg-type]

    def _section(self, name: str) -> bytes:
        offset, length = self._header.sections[name]
        return self._data[self._base + offset : self._base + offset + length]
