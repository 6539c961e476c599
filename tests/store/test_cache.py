"""The cache and its packs: what is kept comes back, and damage is always noticed."""

from __future__ import annotations

import sqlite3
from array import array
from pathlib import Path

import pytest

from sitegen.errors import StorageError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Problem
from sitegen.pipeline.read_pages import compose_card
from sitegen.store.cache import Cache, CachedPage, CacheReader, CacheRow, delete_cache
from sitegen.store.packs import DamagedCacheError, PackReader, PackWriter, Place, delete_packs
from sitegen.store.signatures import SignatureFile
from sitegen.store.source_tree import FileStat

PLACE = Place("p", 0, 1, 2, 3, 4, 5, 6)


def row(path: str, *problems: Problem) -> CacheRow:
    card = compose_card(parse_page("# Title\n\nText.\n", path)[0], path)[0]
    return CacheRow(FileStat(path, 1, 2, 3), "digest", CachedPage(card, PLACE, ()), problems)


def test_rows_come_back_as_they_were_saved(tmp_path: Path) -> None:
    """Pages, pages set aside and their problems survive; removed ones do not."""
    bad = CacheRow(FileStat("articles/bad.md", 1, 2, 3), "", None, (Problem(path="x", code="y", message="z"),))
    rows = {entry.stat.path: entry for entry in (row("articles/a.md"), row("articles/b.md"), bad)}
    cache = Cache(tmp_path, "1")
    cache.save(rows.values())
    cache.set("name", b"value")
    cache.close()
    cache = Cache(tmp_path, "1")
    assert cache.load() == rows
    assert (cache.get("name"), cache.get("other")) == (b"value", None)
    cache.save([], ["articles/a.md"])
    assert set(cache.load()) == {"articles/b.md", "articles/bad.md"}
    cache.close()


def test_another_version_starts_with_an_empty_cache(tmp_path: Path) -> None:
    """Entries and packs of another program are dropped at opening."""
    cache = Cache(tmp_path, "1")
    cache.save([row("articles/a.md")])
    (cache.packs / "old").mkdir(parents=True)
    cache.close()
    cache = Cache(tmp_path, "2")
    assert cache.load() == {}
    assert not cache.packs.exists()
    cache.close()


@pytest.mark.parametrize("damage", ["rubbish", "truncated", "other tables", "undecodable"])
def test_damage_is_noticed_at_opening_or_loading(tmp_path: Path, damage: str) -> None:
    """A damaged database is replaced, or its rows are refused: never are wrong ones given out."""
    cache = Cache(tmp_path, "1")
    cache.save([row(f"articles/{number}.md") for number in range(500)])
    cache.close()
    path = tmp_path / "cache.db"
    match damage:
        case "rubbish":
            path.write_bytes(b"rubbish" * 999)
        case "truncated":
            path.write_bytes(path.read_bytes()[:8192])
        case "other tables":
            path.unlink()
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE pages (nonsense)")
            connection.close()
        case _:
            with sqlite3.connect(path) as connection:
                connection.execute("UPDATE pages SET entry = x'c1'")
            connection.close()
    cache = Cache(tmp_path, "1")
    try:
        assert cache.load() == {}
    except DamagedCacheError:
        pass
    finally:
        cache.close()
    delete_cache(tmp_path)
    cache = Cache(tmp_path, "1")
    assert cache.load() == {}
    cache.close()


def test_a_cache_that_cannot_be_written_is_a_told_error(tmp_path: Path) -> None:
    """A full disk, seen through the database, is a `StorageError`."""
    cache = Cache(tmp_path, "1")
    cache._connection.execute("PRAGMA query_only=ON")
    with pytest.raises(StorageError):
        cache.save([row("articles/a.md")])
    with pytest.raises(StorageError):
        cache.set("name", b"value")
    cache.close()
    (tmp_path / "taken/cache.db").mkdir(parents=True)
    with pytest.raises((StorageError, OSError)):
        Cache(tmp_path / "taken", "1")


def test_single_pages_can_be_looked_up_by_others(tmp_path: Path) -> None:
    """A reader finds pages by id while the writer is open, and shrugs where there is nothing to read."""
    reader = CacheReader(tmp_path)
    assert reader.page("x") is None
    reader.close()
    cache = Cache(tmp_path, "1")
    entry = row("articles/a.md")
    cache.save([entry])
    reader = CacheReader(tmp_path)
    assert entry.page is not None
    assert reader.page(entry.page.card.id) == entry.page
    assert reader.page("nobody") is None
    reader.close()
    cache.close()


def test_packs_give_back_html_text_and_words(tmp_path: Path) -> None:
    """Each article's parts come back from its place, by whichever process asks."""
    writer = PackWriter(tmp_path, "one")
    first = writer.add("<p>é𝄞</p>", "é𝄞", array("I", [0]), array("I", [1, 2]))
    second = writer.add("", "", array("I"), array("I", [2]))
    writer.close(["a", "b", "c"], ["A", "B", "C"])
    with PackReader(tmp_path) as packs:
        assert (packs.html(first), packs.text(first)) == ("<p>é𝄞</p>", "é𝄞")
        assert (packs.html(second), packs.text(second)) == ("", "")
        assert packs.vocabulary("one") == (["a", "b", "c"], ["A", "B", "C"])
        assert packs.words("one").tolist() == [0, 1, 2, 2]
        assert (second.first_word, second.title_words, second.body_words) == (3, 0, 1)


@pytest.mark.parametrize("file", ["bodies.bin", "words.u32", "vocabulary.json"])
@pytest.mark.parametrize("missing", [True, False])
def test_damaged_packs_are_noticed(tmp_path: Path, file: str, missing: bool) -> None:
    """A missing, shortened or altered file of a pack is damage, never a wrong text."""
    writer = PackWriter(tmp_path, "one")
    place = writer.add("<p>x</p>", "x", array("I", [0]), array("I", [1]))
    writer.close(["a", "b"], ["a", "b"])
    path = tmp_path / "one" / file
    if missing:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"x", b"y")[:-1])
    with PackReader(tmp_path) as packs:
        read = {"bodies.bin": lambda: packs.text(place), "words.u32": lambda: packs.words("one")}
        with pytest.raises(DamagedCacheError):
            read.get(file, lambda: packs.vocabulary("one"))()


def test_packs_on_a_full_disk_are_told_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making, filling and closing a pack each end with a message where the disk refuses."""

    class Full:
        def write(self, _: bytes = b"") -> int:
            raise OSError(28, "No space left on device")

        close = write

    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(StorageError):
        PackWriter(tmp_path / "taken", "x")
    writer = PackWriter(tmp_path, "one")
    writer._bodies.close()
    monkeypatch.setattr(writer, "_bodies", Full())
    with pytest.raises(StorageError, match="space"):
        writer.add("x", "x", array("I"), array("I"))
    with pytest.raises(StorageError, match="space"):
        writer.close([], [])
    writer._words.close()


def test_unused_packs_are_deleted(tmp_path: Path) -> None:
    """Only packs that rows point into stay."""
    for name in ("keep", "drop"):
        PackWriter(tmp_path, name).close([], [])
    delete_packs(tmp_path, frozenset({"keep"}))
    delete_packs(tmp_path / "nothing", frozenset())
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


def test_signatures_survive_and_damage_only_costs_time(tmp_path: Path) -> None:
    """What was remembered comes back; rubbish counts as nothing."""
    path = tmp_path / "signatures.msgpack"
    file = SignatureFile(path)
    file.set("x", "1969", b"\x00\x01")
    file.save()
    assert SignatureFile(path).get("x") == ("1969", b"\x00\x01")
    assert SignatureFile(path).get("y") is None
    path.write_bytes(b"rubbish")
    assert SignatureFile(path).get("x") is None
