"""Packs: rendered bodies, plain texts and analysed words of many articles in a few files.

A worker writes one pack a build, front to back; the cache (`store.cache`) knows which article lies where. Bodies thus
never pile up in memory or in pipes between processes.

    NAME/bodies.bin        each article's HTML, then its plain text, UTF-8
    NAME/words.u32         word ids of each article's title, then body (little-endian uint32); at the end their CRC-32
    NAME/vocabulary.json   [[surface form of word 0, …], [index term of word 0, …]]
"""

from __future__ import annotations

import os
import shutil
import zlib
from array import array
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.errors import SitegenError
from sitegen.store.source_tree import storage_error


class DamagedCacheError(SitegenError):
    """The cache does not hold what it says; it is deleted and made anew."""


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where one article lies in a pack."""

    pack: str
    offset: int
    """Byte offset of the HTML in `bodies.bin`; the plain text follows it."""
    html_bytes: int
    text_bytes: int
    checksum: int
    """CRC-32 of both."""
    first_word: int
    """Index into `words.u32` of the title's first word; the body's words follow the title's."""
    title_words: int
    body_words: int


class PackWriter:
    """Appends articles to a new pack. Usable only after `close`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder / name
        try:
            self._folder.mkdir(parents=True)
            self._bodies = (self._folder / "bodies.bin").open("wb", buffering=1 << 20)
            self._words = (self._folder / "words.u32").open("wb", buffering=1 << 20)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        self._offset = 0
        self._word = 0
        self._words_checksum = 0

    def add(self, html: str, text: str, title: array[int], body: array[int]) -> Place:
        """Append one article; `title` and `body` are its word ids."""
        first, second = html.encode(), text.encode()
        place = Place(
            self.name,
            self._offset,
            len(first),
            len(second),
            zlib.crc32(second, zlib.crc32(first)),
            self._word,
            len(title),
            len(body),
        )
        ids = title.tobytes() + body.tobytes()
        self._words_checksum = zlib.crc32(ids, self._words_checksum)
        try:
            self._bodies.write(first)
            self._bodies.write(second)
            self._words.write(ids)
        except OSError as error:
            raise storage_error(error, self._folder) from error
        self._offset += len(first) + len(second)
        self._word += len(title) + len(body)
        return place

    def close(self, words: Sequence[str], terms: Sequence[str]) -> None:
        """Write the vocabulary that the word ids refer to and finish the pack."""
        try:
            self._bodies.close()
            self._words.write(self._words_checksum.to_bytes(4, "little"))
            self._words.close()
            (self._folder / "vocabulary.json").write_bytes(msgspec.json.encode((words, terms)))
        except OSError as error:
            raise storage_error(error, self._folder) from error


class PackReader:
    """Reads articles back from the packs of a folder; keeps the files it used open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}
        self._vocabularies: dict[str, tuple[list[str], list[str]]] = {}

    def __enter__(self) -> PackReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        for handle in self._files.values():
            os.close(handle)
        self._files.clear()
        self._vocabularies.clear()

    def html(self, place: Place) -> str:
        """The article's rendered body with its mention marks."""
        return self._read(place)[: place.html_bytes].decode()

    def text(self, place: Place) -> str:
        """The article's plain text, paragraphs separated by newlines."""
        return self._read(place)[place.html_bytes :].decode()

    def _read(self, place: Place) -> bytes:
        try:
            handle = self._files.get(place.pack)
            if handle is None:
                handle = os.open(self._folder / place.pack / "bodies.bin", os.O_RDONLY)
                self._files[place.pack] = handle
            # A worker shares the file's position with its parent: read by offset.
            data = os.pread(handle, place.html_bytes + place.text_bytes, place.offset)
        except OSError as error:
            raise DamagedCacheError(f"a pack of the cache cannot be read: {error}") from error
        if zlib.crc32(data) != place.checksum:
            raise DamagedCacheError("a pack of the cache is damaged")
        return data

    def vocabulary(self, pack: str) -> tuple[list[str], list[str]]:
        """Surface forms and index terms by word id."""
        try:
            data = (self._folder / pack / "vocabulary.json").read_bytes()
            return msgspec.json.decode(data, type=tuple[list[str], list[str]])
        except (OSError, msgspec.MsgspecError) as error:
            raise DamagedCacheError(f"a vocabulary of the cache cannot be read: {error}") from error

    def article_words(self, place: Place) -> tuple[list[str], list[str], int]:
        """Surface forms and index terms of one article's words in text order, and how many of them are its title's."""
        known = self._vocabularies.get(place.pack)
        if known is None:
            known = self._vocabularies[place.pack] = self.vocabulary(place.pack)
        words, terms = known
        count = place.title_words + place.body_words
        try:
            path = self._folder / place.pack / "words.u32"
            ids = np.fromfile(path, dtype="<u4", count=count, offset=4 * place.first_word).tolist()
            if len(ids) != count:
                raise DamagedCacheError("a word list of the cache is too short")
            return [words[id_] for id_ in ids], [terms[id_] for id_ in ids], place.title_words
        except (OSError, IndexError) as error:
            raise DamagedCacheError(f"a word list of the cache cannot be read: {error}") from error

    def words(self, pack: str) -> NDArray[np.uint32]:
        """All word ids of a pack."""
        try:
            data = (self._folder / pack / "words.u32").read_bytes()
        except OSError as error:
            raise DamagedCacheError(f"a word list of the cache cannot be read: {error}") from error
        if len(data) % 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise DamagedCacheError("a word list of the cache is damaged")
        return np.frombuffer(data[:-4], dtype="<u4")


def pack_names(folder: Path) -> list[str]:
    """Names of the packs that lie in a folder, used or not."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def delete_packs(folder: Path, keep: frozenset[str]) -> None:
    """Delete every pack that is not in `keep`."""
    for name in pack_names(folder):
        if name not in keep:
            shutil.rmtree(folder / name, ignore_errors=True)
