# mypy: allow-untyped-calls
"""The local full-text index under `.sitegen/whoosh/`: built, kept up to date and searched.

It answers `sitegen search` and the development server. It can be thrown away at any time: `needs` says what it takes to
make it current, and whatever is damaged or of another version is built again.

    index = WhooshIndex(folder)
    needs = index.needs(digests)                  # {article id: digest of what the index takes from it}
    if needs.rebuild:
        index.rebuild(corpus, digests, jobs)
    elif needs.changed or needs.removed:
        index.update(corpus_of(needs.changed), digests, needs.removed)
    index.apply(corpus, digests, removed)         # afterwards, for a few changes that are known
    index.search("moon landing", 10, text_of)
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import multiprocessing
import shutil
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from whoosh.index import LockError

from sitegen.digest import value_digest
from sitegen.errors import LockedError, StorageError
from sitegen.search.documents import SearchCorpus
from sitegen.store.whoosh.fields import make_schema
from sitegen.store.whoosh.merge import leaf_postings, merge_postings
from sitegen.store.whoosh.postings import Vocabulary, corpus_postings
from sitegen.store.whoosh.roster import VERSION, DamagedError, corpus_roster, merge_rosters
from sitegen.store.whoosh.segments import (
    DAMAGE,
    INDEX_NAME,
    StoredFields,
    add_documents,
    blocks_are_readable,
    new_segment,
    write_segment,
)
from sitegen.store.whoosh.snapshot import IndexStorage, Leaf, SegmentPool, Snapshot

if TYPE_CHECKING:
    from sitegen.store.whoosh.find import SearchResults

_SEGMENT_WORDS = 2_000_000
"""Words of text in one segment at most, which bounds the memory of a worker."""
_LEAST_WORDS = 200_000
"""Words that make a segment, and a worker, worth their while."""
_MERGED_WORDS = 50_000
"""Words up to which an update merges segments: 150 ms of work."""
_ALWAYS_MERGED_WORDS = 4_000
_UNMERGED = 8
"""Segments that are due for merging, from which on `apply` merges them."""
_SMALL_ARCHIVE = 128
"""Articles up to which an update is as quick as a rebuild."""
_MOST_SMALL_SEGMENTS = 24
"""Small segments, and shares of deleted and changed articles, beyond which a rebuild is better than living on."""
_MOST_DELETED = 0.25
_MOST_CHANGED = 0.25
_LOCK_SECONDS = 10.0


class Needs(msgspec.Struct, frozen=True):
    """What it takes to bring the index up to date."""

    rebuild: bool
    """Missing, damaged, of another version, or so far behind that building it afresh is quicker."""
    changed: tuple[str, ...] = ()
    """Ids to index (new or changed), ascending."""
    removed: tuple[str, ...] = ()
    """Ids to take out, ascending."""


class WhooshIndex:
    """The index in a folder. Methods may be called from several threads; writing takes a lock on the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._pool = SegmentPool(folder)
        self._opened: Snapshot | None = None

    def __enter__(self) -> WhooshIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files; the next call opens them again."""
        with self._lock:
            self._opened = None
            self._pool.keep(())

    def sweep(self) -> None:
        """Delete the scratch folder of a writer that was killed. Only for who knows that nobody else is writing."""
        shutil.rmtree(self._folder / f"{INDEX_NAME}.tmp", ignore_errors=True)

    # What it holds

    def is_healthy(self, *, thorough: bool = False) -> bool:
        """Whether the index can be opened and its files have their lengths; thorough: also their checksums."""
        with self._lock:
            try:
                snapshot = self._snapshot()
                return not thorough or snapshot.check()
            except (DamagedError, *DAMAGE):
                self.close()
                return False

    def digests(self) -> dict[str, str] | None:
        """Digest of every article in the index by id; None where there is no usable index."""
        with self._lock:
            try:
                return self._snapshot().digests()
            except (DamagedError, *DAMAGE):
                self.close()
                return None

    def state(self) -> str | None:
        """`state_of` the articles in the index; None where there is no usable index."""
        digests = self.digests()
        return None if digests is None else self.state_of(digests)

    @staticmethod
    def state_of(digests: Mapping[str, str]) -> str:
        """Digest of what an index of these articles holds, by id and digest."""
        return value_digest(VERSION, sorted(digests.items()))

    def needs(self, digests: Mapping[str, str]) -> Needs:
        """Compare the index with the articles it should hold.

        Args:
            digests: by article id, a digest of everything that the index takes from the article.
        """
        with self._lock:
            held = self.digests()
            if held is None:
                return Needs(True)
            changed = tuple(sorted(id_ for id_, digest in digests.items() if held.get(id_) != digest))
            removed = tuple(sorted(id_ for id_ in held if id_ not in digests))
            snapshot = self._snapshot()
            dead = snapshot.size - snapshot.count + len(removed) + sum(id_ in held for id_ in changed)
            small = sum(leaf.live_words() < _LEAST_WORDS // 2 for leaf in snapshot.leaves)
            rebuild = (
                len(changed) > _MOST_CHANGED * len(held)
                or dead > _MOST_DELETED * snapshot.size
                or small > _MOST_SMALL_SEGMENTS
            )
            # An archive of a few articles changes by large shares all the time.
            worth = bool(changed or removed) and len(digests) > _SMALL_ARCHIVE
            return Needs(rebuild and worth, changed, removed)

    # Writing

    def rebuild(self, corpus: SearchCorpus, digests: Mapping[str, str], jobs: int = 1) -> None:
        """Build the index afresh. Until it is complete, the old one answers.

        Args:
            corpus: all articles.
            digests: by article id, what `needs` will be asked with.
            jobs: worker processes.

        Raises:
            LockedError: another process is writing.
            StorageError: the disk refused.
        """
        with self._lock, self._writing(fresh=True) as (storage, writer):
            segments = self._write_corpus(storage, writer, corpus, digests, jobs)
            self.close()  # The old files are about to be removed.
            writer.commit(mergetype=lambda *_: segments)

    def update(
        self, changed: SearchCorpus, digests: Mapping[str, str], removed: Sequence[str] = (), jobs: int = 1
    ) -> None:
        """Put new and changed articles in, take others out. Until it is complete, the old state answers.

        Args:
            changed: new and changed articles.
            digests: by article id, at least those of `changed`.
            removed: ids to take out; unknown ones are ignored.
            jobs: worker processes, where much has changed.

        Raises:
            LockedError: another process is writing.
            StorageError: the index is missing or damaged (rebuild it), or the disk refused.
        """
        with self._lock:
            self._update(changed, digests, removed, jobs, 1)

    def apply(self, changed: SearchCorpus, digests: Mapping[str, str], removed: Sequence[str] = ()) -> bool:
        """Do as `update` for a few changes of an index that is else up to date, without looking at all that it holds.

        Small segments are merged only now and then: an edited article costs what it takes to write a segment of one.

        Args:
            changed: new and changed articles.
            digests: by article id, at least those of `changed`.
            removed: ids to take out; unknown ones are ignored.

        Returns:
            False if nothing was done, since the index is missing or damaged or building it afresh is worth while: ask
            `needs` about all articles then.

        Raises:
            LockedError: another process is writing.
            StorageError: the disk refused.
        """
        with self._lock:
            if not self.is_healthy():
                return False
            snapshot = self._snapshot()
            dead = snapshot.size - snapshot.count + len(removed) + len(changed.documents)
            if snapshot.size > _SMALL_ARCHIVE and dead > _MOST_DELETED * snapshot.size:
                return False
            if changed.documents or removed:
                self._update(changed, digests, removed, 1, _UNMERGED)
            return True

    def _update(
        self, changed: SearchCorpus, digests: Mapping[str, str], removed: Sequence[str], jobs: int, least: int
    ) -> None:
        """Write what changed, together with the small segments if there are at least so many of them."""
        with self._writing(fresh=False) as (storage, writer):
            snapshot = self._required_snapshot()
            self._opened = None  # What is marked as deleted below is so only once it is committed.
            for id_ in {*removed, *(document.id for document in changed.documents)}:
                number = snapshot.number_of(id_)
                if number is not None:
                    writer.delete_document(number)
                    leaf = snapshot.leaf_of(number)
                    leaf.live[number - leaf.base] = False
            living = [leaf for leaf in snapshot.leaves if leaf.live.any()]
            merged = _to_merge(living, int(changed.title.starts[-1] + changed.body.starts[-1]), least)
            kept = [leaf.segment for leaf in living if leaf not in merged]
            kept = [segment for segment in writer.segments if segment in kept]
            if merged:
                new = [self._write_merged(storage, merged, changed, digests)]
            elif changed.documents:
                new = self._write_corpus(storage, writer, changed, digests, jobs)
            else:
                new = []
            # The files of the others are about to be removed.
            self._pool.keep(kept)
            writer.commit(mergetype=lambda *_: kept + new)

    @contextlib.contextmanager
    def _writing(self, *, fresh: bool) -> Iterator[tuple[IndexStorage, Any]]:
        """The write lock, and a writer that commits; cancelled on any error."""
        storage = IndexStorage(str(self._folder))
        writer = None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if fresh and not self.is_healthy():
                index = storage.create_index(make_schema(), INDEX_NAME)
            else:
                index = storage.open_index(INDEX_NAME)
            try:
                writer = index.writer(timeout=_LOCK_SECONDS, compound=False)
            except LockError:
                raise LockedError(
                    "another sitegen is writing the search index",
                    path=str(self._folder),
                    hint="wait until it has finished",
                    code="locked",
                ) from None
            yield storage, writer
        except OSError as error:
            raise StorageError(f"the search index cannot be written: {error}", path=str(self._folder)) from error
        except DAMAGE as error:
            raise _damaged(self._folder, error) from error
        finally:
            if writer is not None and not writer.is_closed:
                with contextlib.suppress(Exception):
                    writer.cancel()
            storage.close()

    def _write_corpus(
        self, storage: IndexStorage, writer: Any, corpus: SearchCorpus, digests: Mapping[str, str], jobs: int
    ) -> list[Any]:
        """Segments of a corpus; those that the writer itself adds on commit are not among them."""
        vocabulary = Vocabulary.of(corpus)
        count = len(corpus.documents)
        if not count:
            return []
        if not blocks_are_readable():
            lists = corpus_postings(corpus, vocabulary, 0, count)
            stored = map(StoredFields.of, corpus.documents)
            add_documents(writer, stored, lists, corpus_roster(corpus, digests, 0, count))
            return []
        schema = make_schema()

        def write(task: tuple[Any, int, int]) -> Any:
            segment, start, stop = task
            write_segment(
                storage,
                segment,
                schema,
                (StoredFields.of(document) for document in corpus.documents[start:stop]),
                lambda: corpus_postings(corpus, vocabulary, start, stop),
                lambda: corpus_roster(corpus, digests, start, stop),
            )
            return segment

        bounds = _bounds(corpus, jobs)
        tasks = [(new_segment(storage), start, stop) for start, stop in itertools.pairwise(bounds)]
        return _spread(write, tasks, jobs)

    def _write_merged(
        self, storage: IndexStorage, leaves: Sequence[Leaf], changed: SearchCorpus, digests: Mapping[str, str]
    ) -> Any:
        """One segment of what lives in some segments and of changed articles."""
        schema = make_schema()
        count = len(changed.documents)
        parts = [(leaf_postings(leaf, schema), leaf.live_count()) for leaf in leaves]
        parts.append((corpus_postings(changed, Vocabulary.of(changed), 0, count), count))
        rosters = [(leaf.roster.roster(), leaf.live) for leaf in leaves]
        rosters.append((corpus_roster(changed, digests, 0, count), np.ones(count, bool)))
        stored = [leaf.stored(number) for leaf in leaves for number in np.flatnonzero(leaf.live).tolist()]
        stored += map(StoredFields.of, changed.documents)
        segment = new_segment(storage)
        write_segment(storage, segment, schema, stored, lambda: merge_postings(parts), lambda: merge_rosters(rosters))
        return segment

    # Searching

    def search(self, query: str, limit: int, text_of: Callable[[str], str]) -> SearchResults:
        """Find articles.

        Hits come by score, then newest first, then by id. No query is an error.

        Args:
            query: see `sitegen.store.whoosh.query`.
            limit: hits wanted.
            text_of: plain text of an article by id, for excerpts.

        Raises:
            StorageError: the index is missing or damaged.
        """
        from sitegen.store.whoosh.find import find  # noqa: PLC0415 - builds do not search, and need not load it

        with self._lock:
            snapshot = self._required_snapshot()
            try:
                found = find(snapshot, query, limit)
            except DAMAGE as error:
                self.close()
                raise _damaged(self._folder, error) from error
        # Texts are the caller's: what goes wrong with them is not the index's damage.
        return found.with_excerpts(text_of)

    def _required_snapshot(self) -> Snapshot:
        try:
            return self._snapshot()
        except DamagedError as error:
            raise _damaged(self._folder, error) from error

    def _snapshot(self) -> Snapshot:
        """The latest generation, opened."""
        generation = Snapshot.generation_in(self._folder)
        if self._opened is not None and self._opened.generation == generation:
            return self._opened
        self._opened = None
        for attempt in range(3):
            try:
                self._opened = Snapshot(self._folder, self._pool)
                break
            except DamagedError:
                # Another process may have replaced the generation that was being opened.
                latest = Snapshot.generation_in(self._folder)
                if attempt == 2 or latest == generation:
                    raise
                generation = latest
                time.sleep(0.05)
        assert self._opened is not None
        return self._opened


def _damaged(folder: Path, error: Exception) -> StorageError:
    return StorageError(
        f"the search index cannot be read: {error}",
        path=str(folder),
        hint="run `sitegen build`, which makes it again",
        code="search-index",
    )


def _to_merge(leaves: Sequence[Leaf], words: int, least: int) -> list[Leaf]:
    """Segments to be merged with a new one of so many words, smallest first; none if they are fewer than `least`.

    A segment is merged once the new one has grown to its size, so that each article is written again about as often as
    the number of segments doubles.
    """
    merged: list[Leaf] = []
    if not blocks_are_readable():
        return merged
    for leaf in sorted(leaves, key=lambda leaf: (leaf.live_words(), -leaf.base)):
        size = leaf.live_words()
        if size > max(words, _ALWAYS_MERGED_WORDS) or words + size > _MERGED_WORDS:
            break
        merged.append(leaf)
        words += size
    return merged if len(merged) >= least else []


def _bounds(corpus: SearchCorpus, jobs: int) -> list[int]:
    """Document numbers at which segments of about equal length begin, and the number of documents."""
    count = len(corpus.documents)
    words = corpus.title.starts[1:] + corpus.body.starts[1:]
    total = int(words[-1])
    wanted = max(1, min(jobs, total // _LEAST_WORDS), -(-total // _SEGMENT_WORDS))
    cuts = np.searchsorted(words, np.arange(1, wanted) * total // wanted, side="left") + 1
    return sorted({0, *np.minimum(cuts, count).tolist(), count})


def _spread(write: Callable[[Any], Any], tasks: Sequence[Any], jobs: int) -> list[Any]:
    """Results of all tasks in order, made in worker processes that share this one's memory where it can fork."""
    jobs = min(jobs, len(tasks))
    if jobs <= 1 or sys.platform == "win32" or "fork" not in multiprocessing.get_all_start_methods():
        with _no_collection():
            return [write(task) for task in tasks]
    context: Any = multiprocessing.get_context("fork")

    def work(sender: Any, number: int) -> None:
        gc.disable()
        try:
            sender.send([write(task) for task in tasks[number::jobs]])
        except BaseException as error:
            sender.send(error if isinstance(error, OSError) else RuntimeError(f"{type(error).__name__}: {error}"))
            raise SystemExit(1) from None
        finally:
            sender.close()

    workers = []
    results: list[list[Any]] = []
    try:
        for number in range(jobs):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(sender, number), daemon=True)
            with warnings.catch_warnings():
                # Python 3.12 warns of forks beside any thread, even numpy's idle ones.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            sender.close()
            workers.append((process, receiver))
        for _, receiver in workers:
            try:
                result = receiver.recv()
            except EOFError:
                raise StorageError(
                    "a worker process was ended from outside",
                    hint="the machine may be out of memory: try fewer with --jobs",
                    code="worker-died",
                ) from None
            if isinstance(result, Exception):
                raise result
            results.append(result)
    finally:
        for process, receiver in workers:
            if len(results) < len(workers):
                process.terminate()
            process.join()
            process.close()
            receiver.close()
    return [results[place % jobs][place // jobs] for place in range(len(tasks))]


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector from walking millions of young tuples, none of them in a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
