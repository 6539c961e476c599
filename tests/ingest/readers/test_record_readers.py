"""Many articles a file: JSONL and CSV."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.digest import sha256_hex
from sitegen.ingest.readers import Reader, base, csv, jsonl, reader_for
from sitegen.model import EntityTag, Problem, RawArticle


def read(name: str, data: bytes, columns: dict[str, str] | None = None) -> list[RawArticle | Problem]:
    reader = reader_for(name)
    assert reader is not None
    return list(reader.read(data, name, columns or {}))


def chunked(reader: Reader, blocks: list[bytes]) -> Iterator[RawArticle | Problem]:
    assert reader.split is not None
    assert reader.read_chunk is not None
    for chunk in reader.split(blocks):
        yield from reader.read_chunk(chunk, "x", {})


def test_all_keys_are_read_and_others_kept() -> None:
    """The known keys become fields; unknown ones go to `extra`; ids are verbatim."""
    line = json.dumps(
        {
            "id": 12345678901234567890123,
            "title": "T",
            "date": "1987?",
            "text": "A\nB",
            "url": "https://x.org",
            "source": "Courier",
            "authors": ["Ana Roe", {"name": "Li Wei"}, None],
            "language": "en",
            "tags": "a; b",
            "entities": [{"name": "Oslo", "kind": "LOC"}, {"name": "Vasa", "kind": "ship"}],
            "rating": 3,
            "empty": None,
        }
    ).encode()
    assert read("a.jsonl", line + b"\n") == [
        RawArticle(
            origin="a.jsonl",
            line=1,
            sha256=sha256_hex(line),
            id="12345678901234567890123",
            title="T",
            date="1987?",
            text="A\nB",
            url="https://x.org",
            source="Courier",
            authors=("Ana Roe", "Li Wei"),
            language="en",
            tags=("a", "b"),
            entities=(EntityTag("Oslo", "place"), EntityTag("Vasa", "ship")),
            extra={"rating": 3},
        )
    ]


def test_bad_lines_are_told_and_the_others_go_on() -> None:
    """Each broken line is a problem with its number."""
    deep = b"[" * 100_000
    data = b'{"text": "a"}\nbroken\n\n[1]\n{"x": 1}\n{"text": 1, "tags": 5}\n' + deep + b'\n{"title": "b"}'
    found = read("a.jsonl", data)
    assert [(item.line, item.code if isinstance(item, Problem) else "") for item in found] == [
        (1, ""),
        (2, "jsonl-line"),
        (4, "jsonl-line"),
        (5, "record-empty"),
        (6, "record-shape"),
        (7, "jsonl-line"),
        (8, ""),
    ]


@pytest.mark.parametrize(
    "record",
    [
        {"text": {"a": 1}},
        {"text": "a", "authors": 5},
        {"text": "a", "authors": [[1]]},
        {"text": "a", "entities": 5},
        {"text": "a", "entities": ["x"]},
        {"text": "a", "entities": "no json"},
        {"text": True},
    ],
)
def test_wrong_shapes_are_told(record: dict[str, object]) -> None:
    """A value of the wrong shape sets its record aside and says which key it is."""
    (found,) = read("a.jsonl", json.dumps(record).encode())
    assert isinstance(found, Problem)
    assert found.code == "record-shape"
    assert "`" in found.message


def test_source_may_be_an_object() -> None:
    """A source may hold name and url, as in front matter."""
    (found,) = read("a.jsonl", b'{"text": "a", "source": {"name": "Courier", "url": "https://x.org"}}')
    assert isinstance(found, RawArticle)
    assert (found.source, found.url) == ("Courier", "https://x.org")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"text": "caf\xe9"}', "café"),
        (b'{"text": "a \\ud83d b"}', "a \ufffd b"),
        (b'{"text": "\\ud83d\\ude00"}', "😀"),
        (b'{"text": "a", "x": NaN}', "a"),
        (b'\xef\xbb\xbf{"text": "a"}', "a"),
        ('{"text": "é"}'.encode("utf-16"), "é"),
        ('{"text": "e"}'.encode("utf-16-le"), "e"),
        ('{"text": "e"}'.encode("utf-16-be"), "e"),
        ('{"text": "é"}'.encode("utf-32"), "é"),
    ],
)
def test_odd_encodings_are_read(line: bytes, text: str) -> None:
    """Byte order marks, wide charsets, cp1252, lone surrogates and NaN do not stop a record."""
    (found,) = read("a.jsonl", line)
    assert isinstance(found, RawArticle)
    assert found.text == text


def test_columns_are_mapped() -> None:
    """Keys may have other names."""
    (found,) = read("a.jsonl", b'{"body": "a", "headline": "b"}', {"body": "text", "headline": "title"})
    assert isinstance(found, RawArticle)
    assert (found.text, found.title) == ("a", "b")


def test_an_enormous_line_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record over the limit is told and the next one is read."""
    monkeypatch.setattr(jsonl, "MAX_ARTICLE_BYTES", 50)
    found = read("a.jsonl", b'{"text": "' + b"a" * 60 + b'"}\n{"text": "b"}')
    assert [item.code if isinstance(item, Problem) else item.text for item in found] == ["article-too-long", "b"]


def test_gzip_is_read_and_damage_loses_only_what_lies_behind() -> None:
    """Gzipped files are read in one or several members; a cut-off file is read up to there, and told."""
    data = b"".join(b'{"id": "%d", "text": "number %d"}\n' % (number, number * 7919) for number in range(3000))
    whole = gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]) + b"\x00" * 8
    assert len(read("a.jsonl.gz", whole)) == 3000
    found = read("a.jsonl.gz", gzip.compress(data)[:-4000])
    assert isinstance(found[-1], Problem)
    assert found[-1].code == "file-damaged"
    assert 100 < len(found) < 3000
    assert isinstance(read("a.jsonl.gz", b"no gzip")[0], Problem)
    assert read("a.jsonl.gz", b"") == []


def test_decompression_is_bounded() -> None:
    """What unpacks to more than the budget is refused, in small blocks."""
    bomb = gzip.compress(bytes(5_000_000))
    with pytest.raises(ValueError, match="more than"):
        list(base.gunzip([bomb], budget=1_000_000))
    assert max(map(len, base.gunzip([bomb]))) <= base.CHUNK_BYTES


@given(st.lists(st.text(alphabet='ab"\n,;é\r ', max_size=12), min_size=1, max_size=8), st.integers(1, 40))
def test_csv_chunks_give_the_same_as_the_whole(texts: list[str], size: int) -> None:
    """However a file is cut into blocks and chunks, the same records come out, with their lines."""
    import csv as plain_csv
    import io

    out = io.StringIO()
    writer = plain_csv.writer(out)
    writer.writerow(["id", "text"])
    for number, text in enumerate(texts):
        writer.writerow([f"n{number}", text + "."])
    data = out.getvalue().encode()
    with pytest.MonkeyPatch.context() as patch:
        whole = list(csv.read(data, "x", {}))
        patch.setattr(csv, "CHUNK_BYTES", size)
        pieces = list(chunked(csv.READER, [data[start : start + size] for start in range(0, len(data), size)]))
    assert pieces == whole
    assert [item.text for item in whole if isinstance(item, RawArticle)] == [text + "." for text in texts]


@given(st.integers(1, 60), st.integers(1, 60))
def test_jsonl_chunks_give_the_same_as_the_whole(block: int, chunk: int) -> None:
    """The same for JSONL."""
    data = b'{"text": "a"}\n\nbroken\n{"text": "\xc3\xa9"}\r\n{"title": "c"}'
    with pytest.MonkeyPatch.context() as patch:
        whole = list(jsonl.read(data, "x", {}))
        patch.setattr(jsonl, "CHUNK_BYTES", chunk)
        assert list(chunked(jsonl.READER, [data[at : at + block] for at in range(0, len(data), block)])) == whole
    assert [item.line for item in whole] == [1, 3, 4, 5]


def test_csv_lines_are_right_with_line_ends_in_quotes() -> None:
    """A record's line is where it begins, and its digest that of its own bytes."""
    data = b'id;text\n1;"one\ntwo ""q"""\n\n2;three\r\n'
    first, second = read("a.csv", data)
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert (first.line, first.text) == (2, 'one\ntwo "q"')
    assert first.sha256 == sha256_hex(b'1;"one\ntwo ""q"""')
    assert (second.line, second.id, second.sha256) == (5, "2", sha256_hex(b"2;three"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiters_are_told_by_the_header(delimiter: str) -> None:
    """Commas, semicolons and tabs are understood, and columns in any case."""
    data = f'Title{delimiter}"TE;XT,"{delimiter}Text\na{delimiter}b{delimiter}c\n'.encode()
    (found,) = read("a.csv", data)
    assert isinstance(found, RawArticle)
    assert (found.title, found.text, found.extra) == ("a", "c", {"TE;XT,": "b"})


def test_csv_mapped_columns_and_legacy_charset() -> None:
    """Mapped columns, as spreadsheets in cp1252 write them."""
    (found,) = read(
        "a.csv", "Überschrift;Autor\nSchön;Jörg\n".encode("cp1252"), {"Überschrift": "title", "Autor": "authors"}
    )
    assert isinstance(found, RawArticle)
    assert (found.title, found.authors) == ("Schön", ("Jörg",))


def test_csv_problems_are_told() -> None:
    """Records with too many fields, files without a usable header, and binary files are problems."""
    found = read("a.csv", b"id,text\n1,a,b\n2,c,\n")
    assert [(item.line, isinstance(item, Problem)) for item in found] == [(2, True), (3, False)]
    (problem,) = read("a.csv", b"foo,bar\n1,2\n")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.line) == ("csv-columns", 1)
    (binary,) = read("a.csv", b"id,text\n" + bytes(range(1, 32)) * 9)
    assert isinstance(binary, Problem)
    assert binary.code == "not-text"
    assert read("a.csv", b"\n\n") == []
    assert read("a.csv", b"id,text\n") == []


def test_csv_field_over_the_limit_is_told() -> None:
    """An unclosed quote that swallows too much is a problem, not a crash."""
    import csv as plain_csv

    limit = plain_csv.field_size_limit(1000)
    try:
        found = read("a.csv", b'id,text\n1,a\n2,"' + b"x\n" * 2000)
    finally:
        plain_csv.field_size_limit(limit)
    assert isinstance(found[0], RawArticle)
    assert any(isinstance(item, Problem) and item.code == "csv-record" for item in found)
