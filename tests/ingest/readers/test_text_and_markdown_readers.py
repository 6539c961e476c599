"""One article a file: text and Markdown."""

from __future__ import annotations

import pytest

from sitegen.digest import sha256_hex
from sitegen.ingest.readers import Reader, reader_for, readers, register
from sitegen.ingest.readers import _readers as known_readers
from sitegen.ingest.readers.base import MAX_ARTICLE_BYTES
from sitegen.model import Problem, RawArticle


def only(name: str, data: bytes) -> RawArticle | Problem:
    reader = reader_for(name)
    assert reader is not None
    (found,) = reader.read(data, name, {})
    return found


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("a.txt", "text"),
        ("dir.md/b.TXT", "text"),
        ("a.b.md", "markdown"),
        ("a.jsonl", "jsonl"),
        ("x.y.JSONL.gz", "jsonl-gzip"),
        ("a.tsv", "csv"),
        ("C:\\x\\a.htm", "html"),
        ("a.tar.gz", None),
        (".txt", None),
        ("txt", None),
        ("", None),
    ],
)
def test_reader_follows_the_longest_suffix(name: str, reader: str | None) -> None:
    """The file name's longest known suffix decides; hidden and unknown files have no reader."""
    found = reader_for(name)
    assert (found.name if found else None) == reader


def test_readers_can_join(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that is registered is found, and listed once."""
    monkeypatch.setattr("sitegen.ingest.readers._readers", dict(known_readers))
    mine = Reader("mail", (".eml", ".mbox"), lambda *_: iter(()))
    register(mine)
    assert reader_for("a.eml") is mine
    assert [reader.name for reader in readers()].count("mail") == 1


def test_text_is_decoded_and_its_bytes_are_summed_up() -> None:
    """The digest is that of the original bytes, whatever their charset."""
    data = "Ein schöner Tag".encode("utf-16")
    found = only("a.txt", data)
    assert found == RawArticle(origin="a.txt", sha256=sha256_hex(data), text="Ein schöner Tag")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize(
    ("data", "code"), [(b"%PDF-1.4 x", "not-text"), (b"a" * (MAX_ARTICLE_BYTES + 1), "article-too-long")]
)
def test_what_is_no_article_is_set_aside(name: str, data: bytes, code: str) -> None:
    """Binary files and enormous ones are problems with a hint."""
    found = only(name, data)
    assert isinstance(found, Problem)
    assert (found.code, found.path) == (code, name)
    assert found.hint


def test_markdown_tells_what_identifies_it() -> None:
    """Front matter stays in the text and its metadata is read."""
    text = "---\nid: x1\ntitle: Wall\ndate: 2001-02-03\nsource:\n  url: https://x.org/\n---\nBody\n"
    found = only("a.md", text.encode())
    assert isinstance(found, RawArticle)
    assert (found.id, found.title, found.date, found.url) == ("x1", "Wall", "2001-02-03", "https://x.org/")
    assert (found.format, found.text) == ("page", text)


def test_broken_front_matter_is_a_problem_with_its_line() -> None:
    """YAML that cannot be read sets the file aside."""
    found = only("a.md", b"---\na: b\ntitle: [\n---\nx")
    assert isinstance(found, Problem)
    assert (found.code, found.severity) == ("front-matter-yaml", "warning")
    assert found.line > 1
