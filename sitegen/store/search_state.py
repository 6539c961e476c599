"""The JSON search index's local state: what an update must know beyond the published files, in one SQLite file.

The state names the manifest that it belongs to. A build that is cut off leaves a state and a site that do not fit
together, and the next one makes both anew.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from sitegen.search.build import SearchPlan
from sitegen.search.lexicon import Tag, name_words, utf16
from sitegen.search.state import TermRow, Totals, plan_documents, plan_tags, plan_terms, plan_totals

_FILE = "search.db"
_SCHEMA = """
CREATE TABLE term (term TEXT PRIMARY KEY, count INTEGER NOT NULL, forms TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tag (kind TEXT, slug TEXT, name TEXT, count INTEGER NOT NULL, PRIMARY KEY (kind, slug, name))
    WITHOUT ROWID;
CREATE TABLE name (word BLOB, kind TEXT, slug TEXT, name TEXT, PRIMARY KEY (word, kind, slug, name)) WITHOUT ROWID;
CREATE TABLE document (number INTEGER PRIMARY KEY, id TEXT NOT NULL, day INTEGER NOT NULL);
CREATE TABLE about (totals BLOB NOT NULL, checksum INTEGER NOT NULL, generation TEXT NOT NULL);
"""
_INDEX = "CREATE INDEX tag_count ON tag (kind, count);"


def _write_forms(forms: Mapping[str, tuple[int, int]]) -> str:
    return " ".join([f"{form} {count} {titled}" for form, (count, titled) in forms.items()])


def _read_forms(text: str) -> dict[str, tuple[int, int]]:
    parts = text.split(" ")
    return {
        form: (int(count), int(titled))
        for form, count, titled in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }


class StoredSearchState:
    """An open state: `sitegen.search.state.SearchState`, and what keeps it in step with the site."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def close(self) -> None:
        """Close without keeping what `commit` has not."""
        self._db.close()

    def commit(self, generation: str) -> None:
        """Keep all changes.

        Args:
            generation: digest of the manifest that the state now belongs to.
        """
        self._db.execute("UPDATE about SET generation = ?", (generation,))
        self._db.commit()

    @property
    def generation(self) -> str:
        """Digest of the manifest that the state belongs to."""
        [(generation,)] = self._db.execute("SELECT generation FROM about")
        return str(generation)

    def totals(self) -> Totals:
        """Sums over all documents."""
        [(data, checksum)] = self._db.execute("SELECT totals, checksum FROM about")
        if zlib.crc32(data) != checksum:
            raise sqlite3.DatabaseError("the sums are damaged")
        return msgspec.msgpack.decode(data, type=Totals)

    def save_totals(self, totals: Totals) -> None:
        """Replace them."""
        data = msgspec.msgpack.encode(totals)
        self._db.execute("UPDATE about SET totals = ?, checksum = ?", (data, zlib.crc32(data)))

    def terms(self, terms: Iterable[str]) -> dict[str, TermRow]:
        """Those of some terms that the archive has."""
        found: dict[str, TermRow] = {}
        for term in terms:
            for count, forms in self._db.execute("SELECT count, forms FROM term WHERE term = ?", (term,)):
                found[term] = TermRow(count, _read_forms(forms))
        return found

    def save_terms(self, rows: Mapping[str, TermRow]) -> None:
        """Replace terms; one without documents goes."""
        self._db.executemany("DELETE FROM term WHERE term = ?", [(t,) for t, row in rows.items() if not row.count])
        kept = [(term, row.count, _write_forms(row.forms)) for term, row in rows.items() if row.count]
        self._db.executemany("INSERT OR REPLACE INTO term VALUES (?, ?, ?)", kept)

    def tags(self, tags: Iterable[Tag]) -> dict[Tag, int]:
        """Documents of those of some tags that the archive has."""
        query = "SELECT count FROM tag WHERE kind = ? AND slug = ? AND name = ?"
        return {tag: int(count) for tag in tags for (count,) in self._db.execute(query, tag)}

    def save_tags(self, counts: Mapping[Tag, int]) -> None:
        """Replace counts of tags; one without documents goes."""
        gone = [tag for tag, count in counts.items() if not count]
        kept = [(*tag, count) for tag, count in counts.items() if count]
        self._db.executemany("DELETE FROM tag WHERE kind = ? AND slug = ? AND name = ?", gone)
        self._db.executemany("INSERT OR REPLACE INTO tag VALUES (?, ?, ?, ?)", kept)
        self._db.executemany("DELETE FROM name WHERE word = ? AND kind = ? AND slug = ? AND name = ?", _name_rows(gone))
        self._db.executemany("INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?)", _name_rows(row[:3] for row in kept))

    def top_tags(self, kind: str, limit: int) -> list[tuple[int, Tag]]:
        """Most frequent tags of a kind, or with an empty kind of all that have a slug, by count, then tag."""
        where = "kind = ?" if kind else "slug <> ?"
        query = f"SELECT count, kind, slug, name FROM tag WHERE {where} ORDER BY count DESC, kind, slug, name LIMIT ?"  # noqa: S608
        return [(count, (kind, slug, name)) for count, kind, slug, name in self._db.execute(query, (kind, limit))]

    def names(self, low: bytes, high: bytes | None, limit: int) -> list[tuple[int, Tag]]:
        """Tags with a slug and a word (as `utf16`) from `low` to below `high`, by `bit_length` of count, then tag."""
        query = (
            "SELECT DISTINCT tag.count, kind, slug, name FROM name JOIN tag USING (kind, slug, name)"
            " WHERE word >= ? AND (? IS NULL OR word < ?)"
        )
        rows = self._db.execute(query, (low, high, high)).fetchall()
        rows.sort(key=lambda row: (-row[0].bit_length(), row[1:]))
        return [(count, (kind, slug, name)) for count, kind, slug, name in rows[:limit]]

    def documents(self, low: int, high: int) -> dict[int, tuple[str, int]]:
        """Id and day of the documents whose numbers lie in an interval, ascending."""
        query = "SELECT number, id, day FROM document WHERE number >= ? AND number < ? ORDER BY number"
        return {number: (identity, day) for number, identity, day in self._db.execute(query, (low, high))}

    def move_documents(self, gone: Iterable[int], come: Mapping[int, tuple[str, int]]) -> None:
        """Take numbers away, then give numbers to documents."""
        self._db.executemany("DELETE FROM document WHERE number = ?", [(number,) for number in gone])
        rows = [(number, identity, day) for number, (identity, day) in come.items()]
        self._db.executemany("INSERT INTO document VALUES (?, ?, ?)", rows)


def _name_rows(tags: Iterable[tuple[object, ...]]) -> list[tuple[bytes, str, str, str]]:
    rows: list[tuple[bytes, str, str, str]] = []
    for tag in tags:
        kind, slug, name = map(str, tag)
        if slug:
            rows += [(utf16(word), kind, slug, name) for word in name_words(name)]
    return rows


def open_search_state(folder: Path) -> StoredSearchState | None:
    """Open the state that lies in a folder; None where there is none that can be read."""
    path = folder / _FILE
    if not path.is_file():
        return None
    connection = sqlite3.connect(path, isolation_level="DEFERRED")
    state = StoredSearchState(connection)
    try:
        state.totals()
    except (sqlite3.Error, msgspec.MsgspecError, ValueError):
        connection.close()
        return None
    return state


def delete_search_state(folder: Path) -> None:
    """Forget the state; the next update will be a full build."""
    for name in (_FILE, _FILE + "-journal", _FILE + ".new"):
        (folder / name).unlink(missing_ok=True)


def write_search_state(folder: Path, plan: SearchPlan, generation: str) -> None:
    """Write the state of a planned index anew.

    Args:
        folder: where it is kept, never published.
        plan: what the index was made of.
        generation: digest of its manifest.
    """
    delete_search_state(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (_FILE + ".new")
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        rows = ((term, row.count, _write_forms(row.forms)) for term, row in plan_terms(plan))
        db.executemany("INSERT INTO term VALUES (?, ?, ?)", rows)
        tags = sorted(plan_tags(plan))
        db.executemany("INSERT INTO tag VALUES (?, ?, ?, ?)", [(*tag, count) for tag, count in tags])
        db.executemany("INSERT INTO name VALUES (?, ?, ?, ?)", sorted(_name_rows(tag for tag, _ in tags)))
        db.executemany("INSERT INTO document VALUES (?, ?, ?)", plan_documents(plan))
        data = msgspec.msgpack.encode(plan_totals(plan))
        db.execute("INSERT INTO about VALUES (?, ?, ?)", (data, zlib.crc32(data), generation))
        db.executescript(_INDEX)
        db.commit()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.replace(folder / _FILE)
