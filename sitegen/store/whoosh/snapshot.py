# mypy: allow-untyped-calls
"""One generation of the index, opened for searching and for changing."""

from __future__ import annotations

import bisect
import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from sitegen.store.whoosh.fields import make_schema, unpack_varints
from sitegen.store.whoosh.postings import Ints
from sitegen.store.whoosh.roster import EXTENSION, DamagedError, RosterFile
from sitegen.store.whoosh.segments import DAMAGE, INDEX_NAME, StoredFields, TermPostings, file_mark, read_postings


class IndexStorage(FileStorage):
    """A folder that knows which of its files are open, since Whoosh leaves them open when it meets damage."""

    def __init__(self, path: str) -> None:
        self._open: list[Any] = []
        super().__init__(path)

    def open_file(self, name: str, **kwargs: Any) -> Any:
        """Open for reading."""
        file = super().open_file(name, **kwargs)
        self._open.append(file)
        return file

    def __del__(self) -> None:
        self.close()

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Open for writing."""
        file = super().create_file(name, *args, **kwargs)
        self._open.append(file)
        return file

    def temp_storage(self, name: str | None = None) -> Any:
        """Make a folder for temporary files, known here as well."""
        folder = IndexStorage(str(Path(self.folder) / (name or "temporary"))).create()
        self._open.append(folder)
        return folder

    def close(self) -> None:
        """Close what is still open."""
        for file in self._open:
            if isinstance(file, IndexStorage) or not file.is_closed:
                with contextlib.suppress(OSError):
                    file.close()
        self._open.clear()


class SegmentFiles:
    """The files of one segment, opened. They never change: a segment is written once."""

    def __init__(self, folder: Path, segment: Any) -> None:
        """Open them.

        Raises:
            DamagedError: one is cut short or of another version; other errors of `DAMAGE` where one is missing.
        """
        self.storage = IndexStorage(str(folder))
        self._segment = segment
        try:
            with self.storage.open_file(segment.make_filename(EXTENSION)) as file:
                self.roster = RosterFile(file.read())
            for extension, (length, _) in self.roster.files.items():
                if self.storage.file_length(segment.make_filename(extension)) != length:
                    name = segment.make_filename(extension)
                    raise DamagedError(f"{name} has another length than it was written with")
            self.terms = W3Codec().terms_reader(self.storage, segment)
            self.postings = segment.open_file(self.storage, W3Codec.POSTS_EXT)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close them."""
        self.storage.close()

    @functools.cached_property
    def documents(self) -> Any:
        """Whoosh's reader of stored fields."""
        return W3Codec().per_document_reader(self.storage, self._segment)

    @functools.cached_property
    def vocabulary(self) -> tuple[list[str], list[str]]:
        """Folded surface forms, ascending, and the index term of each."""
        return self.roster.vocabulary()

    @functools.cached_property
    def word_lengths(self) -> Ints:
        """Characters of each word."""
        return np.fromiter(map(len, self.vocabulary[0]), np.int64, len(self.vocabulary[0]))

    @functools.cached_property
    def ids(self) -> list[str]:
        """Article ids by document number, deleted ones included."""
        return self.roster.texts("ids")

    @functools.cached_property
    def numbers(self) -> Mapping[str, int]:
        """Document number of each article, deleted ones included."""
        return {id_: number for number, id_ in enumerate(self.ids)}


class SegmentPool:
    """Opened segments of one index, kept from one generation to the next."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[str, SegmentFiles] = {}

    def open(self, segment: Any) -> SegmentFiles:
        """The files of a segment.

        Raises:
            DamagedError, and other errors of `DAMAGE`: as `SegmentFiles`.
        """
        name: str = segment.segment_id()
        if name not in self._opened:
            self._opened[name] = SegmentFiles(self._folder, segment)
        return self._opened[name]

    def keep(self, segments: Iterable[Any]) -> None:
        """Close all others."""
        kept = {segment.segment_id() for segment in segments}
        for name in self._opened.keys() - kept:
            self._opened.pop(name).close()


class Leaf:
    """One segment in one generation."""

    def __init__(self, files: SegmentFiles, segment: Any, base: int) -> None:
        self.segment = segment
        self.base = base
        """Document number of its first article."""
        self.files = files
        self.roster = files.roster
        self.size: int = segment.doc_count_all()
        self.live = np.ones(self.size, bool)
        self.live[list(segment.deleted_docs())] = False

    def live_count(self) -> int:
        """Live articles."""
        return int(np.count_nonzero(self.live))

    def live_words(self) -> int:
        """Words in the titles and bodies of the live articles."""
        lengths = (self.roster.array(name)[self.live] for name in ("title_lengths", "body_lengths"))
        return sum(int(array.sum()) for array in lengths)

    def postings(self, format_: Any, field: str, term: bytes) -> TermPostings | None:
        """A term's postings, deleted articles included."""
        return read_postings(self.files.terms, self.files.postings, format_, field, term)

    def terms(self, field: str, prefix: bytes = b"") -> Iterator[bytes]:
        """Terms of a field that begin with a prefix, ascending."""
        for name, term in self.files.terms.terms_from(field, prefix):
            if name != field or not term.startswith(prefix):
                return
            yield term

    def has_field(self, field: str) -> bool:
        """Whether any article has terms in the field."""
        return field in self.files.terms.indexed_field_names()

    def stored(self, number: int) -> StoredFields:
        """Stored fields of an article."""
        return msgspec.convert(self.files.documents.stored_fields(number), StoredFields)

    @property
    def words(self) -> list[str]:
        """Folded surface forms, ascending."""
        return self.files.vocabulary[0]

    @property
    def word_lengths(self) -> Ints:
        """Characters of each word."""
        return self.files.word_lengths

    @property
    def word_terms(self) -> list[str]:
        """Index term of each word."""
        return self.files.vocabulary[1]

    def terms_of(self, word: str) -> list[str]:
        """Index terms under which live articles hold a folded word."""
        return [term for place, term in self.roster.places_of(word) if self.counts[place]]

    def places_with_prefix(self, prefix: str) -> range:
        """Places in `words` of those that begin with a prefix."""
        start = bisect.bisect_left(self.words, prefix)
        stop = bisect.bisect_left(self.words, prefix + "\U0010ffff", start)
        return range(start, stop)

    @functools.cached_property
    def counts(self) -> Ints:
        """Live articles with each word."""
        counts = self.roster.array("counts").astype(np.int64)
        dead = np.flatnonzero(~self.live)
        if len(dead):
            counts -= np.bincount(self.roster.words_of(dead), minlength=len(counts))
        return counts

    def check(self) -> bool:
        """Whether every byte of the segment is as it was written."""
        return self.roster.is_intact() and all(
            file_mark(self.files.storage, self.segment.make_filename(extension)) == tuple(mark)
            for extension, mark in self.roster.files.items()
        )


class Snapshot:
    """All segments of one generation. Document numbers run through the segments."""

    def __init__(self, folder: Path, pool: SegmentPool) -> None:
        """Open the latest generation, with the segments that `pool` has opened already.

        The files are this program's own, in a folder it made; like its cache they are trusted, and must not be taken
        from strangers: Whoosh keeps pickles in them.

        Raises:
            DamagedError: there is no index, or a file is missing, cut short or of another version.
        """
        storage = IndexStorage(str(folder))
        try:
            toc = TOC.read(storage, INDEX_NAME)
            self.generation: int = toc.generation
            self.schema = make_schema()
            if toc.schema != self.schema:
                raise DamagedError("the index was made by another version")
            pool.keep(toc.segments)
            self.leaves: list[Leaf] = []
            base = 0
            for segment in toc.segments:
                leaf = Leaf(pool.open(segment), segment, base)
                self.leaves.append(leaf)
                base += leaf.size
        except DamagedError:
            pool.keep(())
            raise
        except DAMAGE as error:
            pool.keep(())
            raise DamagedError(f"{type(error).__name__}: {error}") from error
        finally:
            storage.close()
        self.size = base
        """Documents, deleted ones included."""
        self.live: NDArray[np.bool_] = np.concatenate([np.zeros(0, bool), *(leaf.live for leaf in self.leaves)])
        self.count = int(np.count_nonzero(self.live))
        """Articles."""

    @classmethod
    def generation_in(cls, folder: Path) -> int:
        """Number of the latest generation in a folder, -1 where there is none."""
        return int(TOC._latest_generation(FileStorage(str(folder)), INDEX_NAME))

    def check(self) -> bool:
        """Whether every byte is as it was written."""
        return all(leaf.check() for leaf in self.leaves)

    def id_of(self, number: int) -> str:
        """Id of the article with a document number."""
        leaf = self.leaf_of(number)
        return leaf.files.ids[number - leaf.base]

    def number_of(self, id_: str) -> int | None:
        """Document number of a live article."""
        for leaf in self.leaves:
            number = leaf.files.numbers.get(id_)
            if number is not None and leaf.live[number]:
                return leaf.base + number
        return None

    def digests(self) -> dict[str, str]:
        """Digest of each live article by id."""
        return {
            id_: digest
            for leaf in self.leaves
            for id_, digest, live in zip(leaf.files.ids, leaf.roster.texts("digests"), leaf.live.tolist(), strict=True)
            if live
        }

    @functools.cached_property
    def dates(self) -> Ints:
        """Date of each document as YYYYMMDD, 0 where there is none."""
        return self._concatenate("dates")

    @functools.cached_property
    def lengths(self) -> Mapping[str, Ints]:
        """Words in each document's text fields."""
        return {"title": self._concatenate("title_lengths"), "body": self._concatenate("body_lengths")}

    def _concatenate(self, name: str) -> Ints:
        arrays = [leaf.roster.array(name).astype(np.int64) for leaf in self.leaves]
        return np.concatenate([np.zeros(0, np.int64), *arrays])

    @functools.cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the live articles, ascending."""
        found = {
            leaf.roster.texts("languages")[place]
            for leaf in self.leaves
            for place in np.unique(leaf.roster.array("language")[leaf.live]).tolist()
        }
        return tuple(sorted(found))

    def language_of(self, number: int) -> str:
        """Language of an article."""
        leaf = self.leaf_of(number)
        return leaf.roster.texts("languages")[int(leaf.roster.array("language")[number - leaf.base])]

    def stored(self, number: int) -> StoredFields:
        """Stored fields of an article."""
        leaf = self.leaf_of(number)
        return leaf.stored(number - leaf.base)

    def leaf_of(self, number: int) -> Leaf:
        """The segment of a document."""
        return next(leaf for leaf in reversed(self.leaves) if leaf.base <= number)

    def postings(self, field: str, term: str) -> tuple[Ints, Ints]:
        """Live documents with a term, ascending, and how often it occurs in each."""
        documents, frequencies, _ = self._postings(field, term)
        return documents, frequencies

    def positions(self, field: str, term: str) -> tuple[Ints, Ints]:
        """Every occurrence of a term in live documents, ascending: document, position."""
        documents, frequencies, values = self._postings(field, term)
        gaps = unpack_varints(b"".join(values))
        ends = np.cumsum(frequencies)
        running = np.cumsum(gaps)
        before = np.repeat(np.concatenate(([0], running[ends[:-1] - 1])), frequencies) if len(ends) else running
        return np.repeat(documents, frequencies), running - before

    def _postings(self, field: str, term: str) -> tuple[Ints, Ints, Sequence[bytes]]:
        documents, frequencies = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        values: list[bytes] = []
        for leaf in self.leaves:
            found = leaf.postings(self.schema[field].format, field, term.encode("utf-8", "surrogatepass"))
            if found is None:
                continue
            live = leaf.live[found.documents]
            if live.all():
                documents.append(found.documents + leaf.base)
                frequencies.append(found.frequencies)
                values += found.values
            elif live.any():
                documents.append(found.documents[live] + leaf.base)
                frequencies.append(found.frequencies[live])
                values += [value for value, alive in zip(found.values, live.tolist(), strict=False) if alive]
        return np.concatenate(documents), np.concatenate(frequencies), values

    def terms_of(self, word: str) -> set[str]:
        """Index terms under which live articles hold a folded word."""
        return {term for leaf in self.leaves for term in leaf.terms_of(word)}

    def lexicon(self, field: str, prefix: str) -> list[str]:
        """Terms of a name field that begin with a prefix, ascending, those of deleted articles included."""
        start = prefix.encode("utf-8", "surrogatepass")
        found = {term for leaf in self.leaves if leaf.has_field(field) for term in leaf.terms(field, start)}
        return [term.decode("utf-8", "surrogatepass") for term in sorted(found)]
