"""Near-duplicates: texts that share most of their phrases, found without comparing every pair.

MinHash (A. Broder, "On the resemblance and containment of documents", 1997) over shingles of three words, with
multiply-shift hashing (M. Dietzfelbinger et al., 1997), and locality-sensitive hashing in bands (J. Leskovec,
A. Rajaraman, J. Ullman, "Mining of Massive Datasets", chapter 3).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SHINGLE = 3
"""Words in a shingle."""
HASHES = 64
"""Minima kept of a text: the estimate's standard error is at most 1/16."""
BANDS, ROWS = 10, 6
"""A pair of resemblance s shares a band with probability 1 - (1 - s^6)^10: 0.95 at 0.8, 0.16 at 0.5."""
THRESHOLD = 0.8
MOST = 50
"""Resembling texts told of one text at most, so that a text repeated everywhere costs no more than another."""

_DIGEST = 16
_SIGNS = re.compile(r"[^\w\s]+")
_BLOCK = 2048


def _constants(count: int, seed: int) -> npt.NDArray[np.uint64]:
    """Odd 64-bit constants from the splitmix64 sequence (S. Vigna, public domain)."""
    state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _mixed(state) | np.uint64(1)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_MULTIPLIERS = (_constants(HASHES, 1) >> np.uint64(31)).astype(np.uint32) | np.uint32(1)
_PLACES = _constants(SHINGLE, 2)
_ROW_MULTIPLIERS = _constants(ROWS, 3)
_BAND_SEEDS = _constants(BANDS, 4)


class _WordHashes(dict[str, int]):
    """Word → 32-bit hash, remembered for the words met first."""

    def __missing__(self, word: str) -> int:
        value = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        if len(self) < 100_000:
            self[word] = value
        return value


_word_hashes = _WordHashes()


def signature(text: str) -> bytes:
    """Sum a text up in 272 bytes: a digest of its words, lower case, and 64 minima over its three-word shingles.

    Empty for a text without words. Case, punctuation and white space make no difference. About 0.15 ms for 450 words;
    memory is bounded for any length.
    """
    words = _SIGNS.sub(" ", text.lower()).split()
    if not words:
        return b""
    digest = hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
    hashes = np.fromiter(map(_word_hashes.__getitem__, words), dtype=np.uint64, count=len(words))
    span = min(SHINGLE, len(words))
    count = len(words) - span + 1
    shingles = hashes[:count] * _PLACES[0]
    for place in range(1, span):
        shingles += hashes[place : place + count] * _PLACES[place]
    mixed = (_mixed(shingles) >> np.uint64(32)).astype(np.uint32)
    minima = np.full(HASHES, np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, count, _BLOCK):
        block = mixed[start : start + _BLOCK]
        np.minimum(minima, (block[None, :] * _MULTIPLIERS[:, None]).min(axis=1), out=minima)
    return digest + minima.astype("<u4").tobytes()


class DuplicateIndex:
    """Signatures of many texts, to be asked which resemble a new one. About 1.5 KB of memory a text."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._ids: list[str] = []
        self._signatures: list[bytes] = []
        self._place: dict[str, int] = {}
        # Chains of entries with one key: the newest entry's number, and for each entry the one before it or -1.
        self._newest: dict[int, int] = {}
        self._before = array("q")

    def __len__(self) -> int:
        return len(self._place)

    def add(self, id_: str, date: str, sign: bytes) -> list[tuple[str, float]]:
        """Add a text, in the place of an earlier one of the same id; returns what resembles it, as `lookup` does.

        `date` makes no difference to resemblance: an equal text of another date is still a copy.
        """
        del date
        found = [pair for pair in self.lookup(sign) if pair[0] != id_]
        self._place.pop(id_, None)
        if sign:
            self._append(id_, sign, _keys(sign))
        return found

    def fill(self, texts: Sequence[tuple[str, bytes]]) -> None:
        """Add many texts, (id, signature), none of which is known: as `add` one by one, without looking for others."""
        texts = [(id_, sign) for id_, sign in texts if sign]
        for start in range(0, len(texts), _BLOCK):
            block = texts[start : start + _BLOCK]
            for (id_, sign), keys in zip(block, _keys_of_all([sign for _, sign in block]), strict=True):
                self._append(id_, sign, keys)

    def _append(self, id_: str, sign: bytes, keys: Sequence[int]) -> None:
        number = len(self._ids)
        self._ids.append(id_)
        self._signatures.append(sign)
        self._place[id_] = number
        for offset, key in enumerate(keys):
            entry = number * (BANDS + 1) + offset
            self._before.append(self._newest.get(key, -1))
            self._newest[key] = entry

    def lookup(self, sign: bytes) -> list[tuple[str, float]]:
        """Ids of texts that resemble one, with the estimated resemblance; most alike first, then by id.

        The resemblance is 1.0 exactly where all words are equal. At most `MOST` pairs.
        """
        if not sign:
            return []
        candidates: set[int] = set()
        for key in _keys(sign):
            entry = self._newest.get(key, -1)
            steps = 0
            while entry >= 0 and steps < MOST:
                number = entry // (BANDS + 1)
                if self._place.get(self._ids[number]) == number:
                    candidates.add(number)
                    steps += 1
                entry = self._before[entry]
        if not candidates:
            return []
        numbers = sorted(candidates)
        own = np.frombuffer(sign, dtype="<u4", offset=_DIGEST)
        others = np.frombuffer(b"".join([self._signatures[number][_DIGEST:] for number in numbers]), dtype="<u4")
        shares = (others.reshape(-1, HASHES) == own).mean(axis=1)
        found = []
        for number, share in zip(numbers, shares.tolist(), strict=True):
            same = self._signatures[number][:_DIGEST] == sign[:_DIGEST]
            if same or share >= self._threshold:
                found.append((self._ids[number], 1.0 if same else min(share, 0.99)))
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:MOST]


def _keys(sign: bytes) -> list[int]:
    (keys,) = _keys_of_all([sign])
    return keys


def _keys_of_all(signs: Sequence[bytes]) -> list[list[int]]:
    """For each signature the key of its digest, then one for each band.

    Different bands never share a key but by chance in 2^64.
    """
    minima = np.frombuffer(b"".join([sign[_DIGEST:] for sign in signs]), dtype="<u4").reshape(len(signs), HASHES)
    rows = minima[:, : BANDS * ROWS].reshape(-1, BANDS, ROWS).astype(np.uint64)
    bands = _mixed((rows * _ROW_MULTIPLIERS).sum(axis=2) + _BAND_SEEDS)
    return [[int.from_bytes(sign[:8], "little"), *keys] for sign, keys in zip(signs, bands.tolist(), strict=True)]
