"""The cache: what was read from each page, so that an unchanged page is not read again.

Nothing depends on it: it may be deleted, damaged or left by another version at any time, and the next build is right.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from sitegen.errors import StorageError
from sitegen.model import Card, CardTag, Problem
from sitegen.store.packs import DamagedCacheError, Place, delete_packs, pack_names
from sitegen.store.source_tree import FileStat

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT UNIQUE, size INTEGER, mtime_ns INTEGER, inode INTEGER, digest TEXT, id TEXT, pack TEXT, entry BLOB
);
CREATE INDEX IF NOT EXISTS pages_by_pack ON pages (pack);
CREATE INDEX IF NOT EXISTS pages_by_id ON pages (id);
CREATE TABLE IF NOT EXISTS written (path TEXT PRIMARY KEY, reason TEXT, seconds INTEGER) WITHOUT ROWID;
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


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """A row of the cache as it lies there."""

    number: int
    """Names the row for good: a page that is read again gets another row."""
    stat: FileStat
    entry: bytes
    """See `decode_entry`."""


Entry = tuple[CachedPage | None, tuple[Problem, ...]]
"""What reading a page gave, and what was wrong with it."""

_COLUMNS = "path, size, mtime_ns, inode, digest, id, pack, entry"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


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

    @property
    def redaction(self) -> str:
        """Digest of the names that are withheld in all that lies here; empty where none are."""
        return (self.get("redaction") or b"").decode()

    def clear(self, redaction: str = "") -> None:
        """Forget all pages; those to come are read with these names withheld."""
        step = self.get("step")
        self._start_anew(step.decode() if step else "")
        self.set("redaction", redaction.encode())

    def load(self) -> dict[str, CacheRow]:
        """All rows by path.

        Raises:
            DamagedCacheError: a row cannot be read.
        """
        try:
            return _rows(self._connection)
        except (sqlite3.DatabaseError, msgspec.MsgspecError, TypeError) as error:
            raise DamagedCacheError(f"the cache cannot be read: {error}") from error

    def stored(self) -> list[Stored]:
        """All rows by path, as they lie in the cache.

        Raises:
            DamagedCacheError: the cache cannot be read.
        """
        try:
            rows = self._connection.execute(
                "SELECT number, path, size, mtime_ns, inode, entry FROM pages ORDER BY path"
            )
            return [Stored(number, FileStat(*stat), entry) for number, *stat, entry in rows]
        except (sqlite3.DatabaseError, TypeError) as error:
            raise DamagedCacheError(f"the cache cannot be read: {error}") from error

    def find(self, path: str) -> Stored | None:
        """The row of a page; None where there is none.

        Raises:
            DamagedCacheError: the cache cannot be read.
        """
        try:
            row = self._connection.execute(
                "SELECT number, path, size, mtime_ns, inode, entry FROM pages WHERE path = ?", (path,)
            ).fetchone()
            return Stored(row[0], FileStat(*row[1:5]), row[5]) if row else None
        except (sqlite3.DatabaseError, TypeError) as error:
            raise DamagedCacheError(f"the cache cannot be read: {error}") from error

    def save(self, rows: Iterable[CacheRow], removed: Iterable[str] = ()) -> list[Stored]:
        """Add or replace rows and drop the removed paths, in one transaction; the new rows as they lie there."""
        saved = []
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("DELETE FROM pages WHERE path = ?", ((path,) for path in removed))
                for row in rows:
                    entry = _encode((row.page, row.problems))
                    id_, pack = (row.page.card.id, row.page.place.pack) if row.page else (None, None)
                    stat = row.stat
                    values = (stat.path, stat.size, stat.mtime_ns, stat.inode, row.digest, id_, pack, entry)
                    cursor = self._connection.execute(
                        f"INSERT OR REPLACE INTO pages ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                        values,
                    )
                    saved.append(Stored(cursor.lastrowid or 0, stat, entry))
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the cache cannot be written: {error}", path=str(self._folder), code="cache") from error
        return saved

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

    def note_written(self, reasons: Mapping[str, str], seconds: int) -> None:
        """Remember why and when output files were written: for people, nothing depends on it."""
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT OR REPLACE INTO written VALUES (?, ?, ?)",
                    ((path, reason, seconds) for path, reason in reasons.items()),
                )
        except sqlite3.DatabaseError as error:
            raise StorageError(f"the cache cannot be written: {error}", path=str(self._folder), code="cache") from error

    def packs_in_use(self) -> dict[str, int]:
        """How many pages each pack holds."""
        query = "SELECT pack, count(*) FROM pages WHERE pack IS NOT NULL GROUP BY pack"
        return dict(self._connection.execute(query).fetchall())

    def paths_in_packs(self, packs: Iterable[str]) -> list[str]:
        """Paths of the pages that lie in some packs."""
        found: list[str] = []
        for pack in packs:
            found += [path for (path,) in self._connection.execute("SELECT path FROM pages WHERE pack = ?", (pack,))]
        return sorted(found)

    def delete_unused_packs(self) -> None:
        """Delete the packs that no row points into."""
        query = "SELECT 1 FROM pages WHERE pack = ? LIMIT 1"
        delete_packs(
            self.packs, frozenset(p for p in pack_names(self.packs) if self._connection.execute(query, (p,)).fetchone())
        )


def decode_entry(entry: bytes) -> Entry:
    """What `Stored.entry` holds.

    Raises:
        DamagedCacheError: it cannot be read.
    """
    try:
        found: Entry = _decode(entry)
        return found
    except (msgspec.MsgspecError, TypeError) as error:
        raise DamagedCacheError(f"the cache cannot be read: {error}") from error


class PageRecords:
    """Looks up pages of the cache by the numbers of their rows; works in forked workers too."""

    def __init__(self, folder: Path) -> None:
        self._address = f"{(folder / 'cache.db').absolute().as_uri()}?mode=ro"
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._held: dict[int, bytes] = {}
        self._recent: dict[int, CachedPage] = {}

    def hold(self, rows: Iterable[Stored]) -> None:
        """Keep rows in memory: where all are going to be asked for, that is quicker."""
        self._held.update((row.number, row.entry) for row in rows)

    def release(self) -> None:
        """Keep no rows in memory any more."""
        self._held = {}

    def page(self, number: int) -> CachedPage:
        """The page of a row.

        Raises:
            DamagedCacheError: there is no such row, or it cannot be read.
        """
        found = self._recent.get(number)
        if found is None:
            page = decode_entry(self._held.get(number) or self._read(number))[0]
            if page is None:
                raise DamagedCacheError("a row of the cache holds no page")
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            found = self._recent[number] = page
        return found

    def card(self, number: int) -> Card:
        """The card of a row's page."""
        return self.page(number).card

    def close(self) -> None:
        """Close the database and forget what was read."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None
        self._held, self._recent = {}, {}

    def _read(self, number: int) -> bytes:
        try:
            if self._connection is None or self._process != os.getpid():
                # A connection must not be carried into another process.
                self._connection = sqlite3.connect(self._address, uri=True, check_same_thread=False)
                self._process = os.getpid()
            row = self._connection.execute("SELECT entry FROM pages WHERE number = ?", (number,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise DamagedCacheError(f"the cache cannot be read: {error}") from error
        if row is None:
            raise DamagedCacheError("a row of the cache is missing")
        return bytes(row[0])


_RECENT = 4096
"""Decoded pages that are kept: neighbours in time ask for the same ones."""


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
            # Of several pages with one id the first by path is the article; drafts do not count.
            for (entry,) in self._connection.execute("SELECT entry FROM pages WHERE id = ? ORDER BY path", (id_,)):
                page = decode_entry(entry)[0]
                if page is not None and page.card.status != "draft":
                    return page
            return None
        except (sqlite3.DatabaseError, DamagedCacheError):
            return None

    def written(self, path: str) -> tuple[str, int] | None:
        """Why an output file was last written, and when (seconds since 1970); None where that is not known."""
        if self._connection is None:
            return None
        try:
            found = self._connection.execute("SELECT reason, seconds FROM written WHERE path = ?", (path,)).fetchone()
        except sqlite3.DatabaseError:
            return None
        return (found[0], found[1]) if found else None

    def rows(self, step: str, redaction: str = "") -> dict[str, CacheRow]:
        """All rows by path; none where the cache is another version's (`step`), or cannot be read just now.

        Nor where other names are withheld in it (`Cache.redaction`).
        """
        if self._connection is None:
            return {}
        try:
            meta = dict(self._connection.execute("SELECT name, value FROM meta WHERE name IN ('step', 'redaction')"))
            current = meta.get("step") == step.encode() and meta.get("redaction", b"") == redaction.encode()
            return _rows(self._connection) if current else {}
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


def needs_reading(row: Stored | None, file: FileStat) -> bool:
    """Whether a page is not as it was read; one that could not be opened is tried again."""
    if row is None or row.stat != file:
        return True
    return b"unreadable" in row.entry and any(problem.code == "unreadable" for problem in decode_entry(row.entry)[1])


def delete_cache(folder: Path) -> None:
    """Delete everything a damaged cache left behind."""
    (folder / "snapshot.bin").unlink(missing_ok=True)
    for name in ("cache.db", "cache.db-wal", "cache.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "packs", ignore_errors=True)
