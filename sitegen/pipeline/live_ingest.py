"""Ingest as `serve` needs it: single files, again and again, with tagger, ledger and signatures kept in memory."""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import msgspec

from sitegen.config import Config
from sitegen.entities.tagging import load_tagger
from sitegen.ingest.readers import reader_for
from sitegen.pipeline.ingest_articles import Draft, IngestDesk, IngestOptions, IngestReport, preparer
from sitegen.pipeline.raw_files import RawFile, Task
from sitegen.pipeline.reporter import Reporter
from sitegen.pipeline.workers import available_cores
from sitegen.store.locks import hold
from sitegen.store.source_tree import FileStat, SourceTree, scan_folder, write_atomically

RAW = "content/raw/"
"""What paths of raw files begin with, relative to the archive's root."""
_WARM_UP = "Barack Obama met Angela Merkel in Berlin on Monday, the Associated Press reported from the Chancellery."
_LOCK_SECONDS = 0.5


class LiveIngest:
    """Ingests raw files of one archive as they change. Not safe to call from two threads at a time.

    Between `ingest` and `finish` the ingest lock is held: show the pages in between, for writing the ledger takes time.
    """

    def __init__(self, tree: SourceTree, reporter: Reporter) -> None:
        self._tree = tree
        self._reporter = reporter
        self._locks = contextlib.ExitStack()
        self._config: Config | None = None
        self._desk: IngestDesk | None = None
        self._desk_of: tuple[FileStat | None, ...] = ()
        self._prepare: Callable[[Task], list[Draft]] | None = None
        self._seen_file = tree.state / "raw.msgpack"
        self._seen = _read_seen(self._seen_file)
        self._unsaved = False

    def warm(self) -> None:
        """Load everything that the first article would have to wait for."""
        self._desk_now().warm()
        load_tagger(self._settings().ingest.tagger).tag([_WARM_UP])

    def changed_files(self) -> list[str]:
        """Files in `content/raw` that have changed since they were last ingested here, relative to `content/raw`."""
        found, _ = scan_folder(self._tree.content / "raw")
        return [file.path for file in found if self._seen.get(file.path) != file]

    def ingest(self, paths: Collection[str]) -> tuple[IngestReport, list[str]]:
        """Read some files of `content/raw` and write their pages.

        Args:
            paths: relative to `content/raw`; those that are gone, are folders or cannot be read by any reader are
                passed over.

        Returns:
            what was done, and the paths of the pages written, relative to the archive's root.

        Raises:
            ConfigError, ContentError: settings, ledger or tombstones cannot be used; nothing was written.
            LockedError: another ingest is at work.
            StorageError: the disk refused; pages written so far are whole.
        """
        started = time.monotonic()
        raw = self._tree.content / "raw"
        stats = {path: found for path in sorted(paths) if (found := _stat(raw, path)) is not None}
        files = [RawFile(raw / path, f"{RAW}{path}", found.size) for path, found in stats.items()]
        files = [file for file in files if reader_for(file.path.name) is not None]
        if files:
            self._locks.enter_context(hold(self._tree.state, "ingest", timeout=_LOCK_SECONDS))
        desk = self._desk_now()
        desk.begin(files)
        if files:
            assert self._prepare is not None
            desk.take_all(self._prepare, files, available_cores())
        self._seen.update(stats)
        self._unsaved = self._unsaved or bool(stats)
        desk.report.seconds = round(time.monotonic() - started, 3)
        return desk.report, [f"content/{page}" for page in desk.written]

    def finish(self) -> None:
        """Write the ledger and let other ingests go on.

        Raises:
            LockedError, StorageError: it cannot be written now; the next ingest finds the pages and adds them.
        """
        with self._locks.pop_all():
            if self._desk is not None:
                self._desk.finish()
                self._desk_of = self._stats()

    def note_pages(self, paths: Iterable[str]) -> None:
        """Pages under `content/articles`, relative to the archive's root, have changed by other hands."""
        if self._desk is not None:
            for path in paths:
                self._desk.note_page(path.removeprefix("content/"))

    def save(self) -> None:
        """Keep what makes the next start quicker."""
        if self._unsaved and self._desk is not None:
            self._unsaved = False
            self._desk.save_signatures()
            write_atomically(self._seen_file, msgspec.msgpack.encode(list(self._seen.values())))

    def forget(self) -> None:
        """Settings or many files have changed: read them again when they are needed."""
        self._desk = self._config = None

    def _settings(self) -> Config:
        if self._config is None:
            self._config = self._tree.load_config()
        return self._config

    def _desk_now(self) -> IngestDesk:
        """The desk, made anew if somebody else has written the ledger or the tombstones."""
        stats = self._stats()
        if self._desk is None or stats != self._desk_of:
            config = self._settings()
            self._desk = IngestDesk(self._tree, IngestOptions(), self._reporter)
            self._desk_of = stats
            tagger = load_tagger(config.ingest.tagger)
            self._prepare = preparer(config.ingest.columns, config.entities.min_confidence, tagger, self._desk)
        return self._desk

    def _stats(self) -> tuple[FileStat | None, ...]:
        return tuple(_stat(self._tree.content, name) for name in ("ingested.tsv", "removed.yaml"))


def _stat(folder: Path, path: str) -> FileStat | None:
    try:
        found = (folder / path).stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return FileStat(path, found.st_size, found.st_mtime_ns, found.st_ino)


def _read_seen(path: Path) -> dict[str, FileStat]:
    try:
        files = msgspec.msgpack.decode(path.read_bytes(), type=list[FileStat])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {file.path: file for file in files}
