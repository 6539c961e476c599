"""The cache: what was read from each page, so that an unchanged page is not read again.

Nothing depends on it: it may be deleted, damaged or left by another version at any time, and the next build is right.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sitegen.errors import StorageError
from sitegen.model import Card, CardTag, Problem
from sitegen.store.packs import DamagedCacheError, Place, delete_packs
from sitegen.store.source_tree import FileStat

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, digest TEXT, id TEXT, entry BLOB
);
CREATE INDEX IF NOT EXISTS pages_by_id ON pages (id);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
"""


class CachedPage(msgspec.Struct, frozen=True, array_like=True):
    """What reading one page gave."""

    card: Card
    place: Place
    problems: tuple[Problem, ...] = ()


class SharedTags:
    """Lets the cards of many rows hold one and the same tag where they name the same: a third of their memory."""

    def __init__(self) -> None:
        self._known: dict[CardTag, CardTag] = {}

    def share(self, row: CacheRow) -> None:
        """Put known tags in the place of equal ones."""
        if row.page is not None and row.page.card.tags:
            known = self._known
            tags = tuple([known.setdefault(tag, tag) for tag in row.page.card.tags])
            msgspec.structs.force_setattr(row.page.card, "tags", tags)


class CacheRow(msgspec.Struct, frozen=True, array_like=True):
    """A cached page with what tells whether it is still current."""

    stat: FileStat
    digest: str
    """Digest of the page's bytes."""
    page: CachedPage | None
    """None: the page could not be used; `problems` say why."""
    problems: tuple[Problem, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[CachedPage | None, tuple[Problem, ...]]).decode


class Cache:
    """SQLite file `cache.db` and the folder `packs` beside it. One writer: the process that holds the build lock."""

    def __init__(self, folder: Path, step: str) -> None:
        """Open or make the cache; `step` names the program's version, and another version's entries are dropped."""
        self._folder = folder
        self.packs = folder / "packs"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._open()
            if self.get("step") != step.encode():
                self._start_anew(step)
        except sqlite3.DatabaseError:
            self._start_anew(step)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._folder / "cache.db", isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _start_anew(self, step: str) -> None:
        if hasattr(self, "_connection"):
            self._connection.close()
        for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
            (self._folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.packs, ignore_errors=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the cache cannot be written: {error}", path=str(self._folder), code="cache") from error
        self.set("step", step.encode())

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def load(self) -> dict[str, CacheRow]:
        """All rows by path.

        Raises:
            DamagedCacheError: a row cannot be read.
        """
        try:
            return _rows(self._connection)
        except (sqlite3.DatabaseError, msgspec.MsgspecError, TypeError) as error:
            raise DamagedCacheError(f"the cache cannot be read: {error}") from error

    def save(self, rows: Iterable[CacheRow], removed: Iterable[str] = ()) -> None:
        """Add or replace rows and drop the removed paths, in one transaction."""
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("DELETE FROM pages WHERE path = ?", ((path,) for path in removed))
                self._connection.executemany(
                    "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        (
                            row.stat.path,
                            row.stat.size,
                            row.stat.mtime_ns,
                            row.stat.inode,
                            row.digest,
                            row.page.card.id if row.page else None,
                            _encode((row.page, row.problems)),
                        )
                        for row in rows
                    ),
                )
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the cache cannot be written: {error}", path=str(self._folder), code="cache") from error

    def get(self, name: str) -> bytes | None:
        """A named value, or None."""
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set(self, name: str, value: bytes) -> None:
        """Keep a named value."""
        try:
            self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the cache cannot be written: {error}", path=str(self._folder), code="cache") from error

    def delete_unused_packs(self, used: Iterable[str]) -> None:
        """Delete the packs that no row points into."""
        delete_packs(self.packs, frozenset(used))


class CacheReader:
    """Looks up single pages and changes nothing: for those who do not hold the build lock."""

    def __init__(self, folder: Path) -> None:
        self.packs = folder / "packs"
        self._connection: sqlite3.Connection | None = None
        with contextlib.suppress(sqlite3.Error):
            self._connection = sqlite3.connect(f"{(folder / 'cache.db').absolute().as_uri()}?mode=ro", uri=True)

    def close(self) -> None:
        """Close the database."""
        if self._connection is not None:
            self._connection.close()

    def page(self, id_: str) -> CachedPage | None:
        """The page of one article; None where the cache does not know it, or cannot be read just now."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT entry FROM pages WHERE id = ?", (id_,)).fetchone()
            return _decode(row[0])[0] if row else None
        except (sqlite3.DatabaseError, msgspec.MsgspecError):
            return None

    def rows(self, step: str) -> dict[str, CacheRow]:
        """All rows by path; none where the cache is another version's (`step`), or cannot be read just now."""
        if self._connection is None:
            return {}
        try:
            found = self._connection.execute("SELECT value FROM meta WHERE name = 'step'").fetchone()
            return _rows(self._connection) if found and found[0] == step.encode() else {}
        except (sqlite3.DatabaseError, msgspec.MsgspecError, TypeError):
            return {}


def _rows(connection: sqlite3.Connection) -> dict[str, CacheRow]:
    rows = connection.execute("SELECT path, size, mtime_ns, inode, digest, entry FROM pages")
    tags = SharedTags()
    found = {}
    for path, size, mtime, inode, digest, entry in rows:
        row = CacheRow(FileStat(path, size, mtime, inode), digest, *_decode(entry))
        tags.share(row)
        found[path] = row
    return found


def is_current(row: CacheRow | None, file: FileStat) -> bool:
    """Whether the page was read as it is now; one that could not be opened is tried again."""
    return row is not None and row.stat == file and all(problem.code != "unreadable" for problem in row.problems)


def delete_cache(folder: Path) -> None:
    """Delete everything a damaged cache left behind."""
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "packs", ignore_errors=True)
