"""Bombs, endless lines, tangles and crowds of names: set aside or set plainly, told with their place; the rest goes on.

What is over a budget is told by its size alone, never by a clock. The clock is asked here only, with much room.
"""

from __future__ import annotations

import gzip
import json
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_support import Archive, article, codes

from sitegen.ingest.readers import base, csv, jsonl
from sitegen.markup import limits
from sitegen.model import Problem

MakeArchive = Callable[..., Archive]

GOOD = {"content/raw/good.txt": "date 1969-07-20\n\nTwo men walked on the Moon today while a third kept watch.\n"}
SECONDS = 20.0
"""Of CPU, far more than ingest and build of one article within the limits take."""


def record(**fields: Any) -> str:
    """One line of JSONL."""
    return json.dumps({"id": "odd", "date": "1969-07-20", "title": "Odd", "text": "Some words."} | fields) + "\n"


def run(made: Archive, **options: Any) -> tuple[list[Problem], list[Problem]]:
    """Ingest and build within the time; the good article is there, and every problem has place, message and hint."""
    start = time.process_time()
    ingested = made.ingest(**options)
    built = made.build()
    assert time.process_time() - start < SECONDS
    assert any("two-men" in name for name in made.pages())
    assert (made.site / "1969/07").is_dir()
    for problem in (*ingested.problems, *built.problems):
        assert problem.path.startswith("content/"), problem
        assert problem.message, problem
        assert problem.hint, problem
        assert len(problem.message) < 1_000, problem
    return ingested.problems, built.problems


# Bombs


def zeros(megabytes: int, unit: bytes = b"0") -> Iterator[bytes]:
    """A file of one endless line, a block at a time."""
    yield from [unit * ((1 << 20) // len(unit))] * megabytes


def packed(blocks: Iterator[bytes]) -> bytes:
    """As gzip packs it."""
    return gzip.compress(b"".join(blocks), 9, mtime=0)


@pytest.mark.parametrize(
    "unit", [b"0", b'{"text": "' + b"word " * 400 + b'"}\n', b"\n" * 9], ids=["line", "records", "blank"]
)
def test_a_decompression_bomb_ends_soon(archive: MakeArchive, unit: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to hundreds of times its size is refused by name; what came before it is read."""
    monkeypatch.setattr(base, "RATIO_FREE", 1 << 20)
    first = gzip.compress(record(id="first", title="The first one").encode(), mtime=0)
    made = archive({**GOOD, "content/raw/bomb.jsonl.gz": first + packed(zeros(20, unit))})
    start = time.process_time()
    report = made.ingest()
    assert time.process_time() - start < 60
    damage = [problem for problem in report.problems if problem.code == "file-damaged"]
    assert [(problem.path, "200 times" in problem.message) for problem in damage] == [
        ("content/raw/bomb.jsonl.gz", True)
    ]
    assert any("first" in name for name in made.pages())
    assert any("two-men" in name for name in made.pages())


def test_text_that_packs_well_is_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that repeat each other pack a hundredfold, and are read."""
    monkeypatch.setattr(base, "RATIO_FREE", 1 << 20)
    lines = b"".join(
        record(id=str(number), text="The same words again and again. " * 12).encode() for number in range(200)
    )
    data = gzip.compress(lines * 100, mtime=0)
    assert len(lines) * 100 > base.RATIO_FREE
    assert len(lines) * 100 / len(data) > 20
    assert sum(map(len, base.gunzip([data]))) == len(lines) * 100


@pytest.mark.parametrize("split", [jsonl.split, csv.split], ids=["jsonl", "csv"])
def test_an_endless_line_does_not_fill_the_memory(split: Any) -> None:
    """Of a line of 400 MB no more is kept than an article may have; what follows it is read."""

    def blocks() -> Iterator[bytes]:
        yield b"id,text\n"
        yield from zeros(400)
        yield b"\nlast,line\n"

    tracemalloc.start()
    try:
        chunks = list(split(blocks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * base.MAX_ARTICLE_BYTES
    assert b"".join(chunk.data for chunk in chunks).endswith(b"\nlast,line\n")
    assert chunks[-1].line <= 3


def test_a_line_that_is_too_long_is_told_with_its_number(archive: MakeArchive) -> None:
    """The records around it are read."""
    lines = record(id="a", title="Before it").encode() + b"0" * 21_000_000 + b"\n"
    made = archive({**GOOD, "content/raw/a.jsonl": lines + record(id="b", title="After it").encode()})
    told, _ = run(made)
    assert [(problem.code, problem.path, problem.line) for problem in told] == [
        ("article-too-long", "content/raw/a.jsonl", 2)
    ]
    assert {"before-it.md", "after-it.md"} <= {name.rpartition("/")[2] for name in made.pages()}


def test_a_file_that_is_too_long_is_not_even_opened(archive: MakeArchive) -> None:
    """A text of a terabyte (here: with holes) costs nothing."""
    made = archive(GOOD)
    with (made.root / "content/raw/huge.txt").open("wb") as file:
        file.truncate(1 << 40)
    told, _ = run(made)
    assert codes(told) == ["article-too-long"]


def test_a_quotation_mark_that_is_not_closed_is_told(archive: MakeArchive) -> None:
    """In the header of a CSV file it would swallow all of it, line by line; in a record what follows."""
    made = archive({**GOOD, "content/raw/a.csv": '"id,text\n' + "1,some words\n" * 100_000})
    told, _ = run(made)
    assert [(problem.code, "quotation mark" in problem.message) for problem in told] == [("file-damaged", True)]


def test_a_record_without_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fields may all be short: at some point it is no record any more."""
    monkeypatch.setattr(csv, "MAX_ARTICLE_BYTES", 1_000)
    monkeypatch.setattr(csv, "CHUNK_BYTES", 1_000)
    with pytest.raises(ValueError, match="has no end"):
        list(csv.split([b"id,text\n1," + b'"a\n",' * 10_000]))
    (problem,) = [
        found for found in csv.read(b"id,text\n1," + b'"a\n",' * 10_000, "a.csv", {}) if isinstance(found, Problem)
    ]
    assert (problem.code, problem.path) == ("file-damaged", "a.csv")


# Tangles

TEXTS = {
    "one letter": "a",
    "one capital": "A",
    "quotes": '"a ',
    "apostrophes": "'a ",
    "capitals": "ABCDE FGHI ",
    "names": "Neil Armstrong and ",
    "initials": "J. R. ",
    "titles": "Mr. ",
    "dates": "1/1/",
    "brackets": "[",
    "links": "[a](",
    "emphasis": "*a **b ",
    "quotations": "> ",
    "tables": "a|b\n",
    "headings": "Title\n=====\n",
    "tags": "<b><p>a",
    "references": "&amp;amp;",
    "marks": "e\u0301\u0302",
    "joiners": "\u200d",
    "directions": "\u202e",
    "mojibake": "Ã¢â‚¬â„¢ ",
    "spaces": " \u00a0",
    "lines": "\x85",
    "dateline": "LONDON, Jan. 1 (Wire) - ",
    "numbers": "1,",
}


@pytest.mark.slow
def test_texts_of_one_sign_are_ingested_and_built_in_time(archive: MakeArchive) -> None:
    """A hundred thousand times a letter, a quote, a bracket …: as text, as Markdown and as a title."""
    files = dict(GOOD)
    for number, (name, unit) in enumerate(TEXTS.items()):
        body = unit * (60_000 // len(unit))
        files[f"content/raw/text-{number}.txt"] = f"date 1969-07-20\n\nA headline about {name}\n\n{body}\n"
        files[f"content/raw/page-{number}.md"] = article(f"Markdown of {name}", body, date="1969-07-20")
        files[f"content/raw/field-{number}.jsonl"] = record(id=f"field {name}", title=body, authors=[body], source=body)
    made = archive(files)
    start = time.process_time()
    report = made.ingest(tagger="builtin")
    built = made.build()
    assert time.process_time() - start < 120
    assert {problem.code for problem in report.problems} <= {
        "article-budget",
        "article-empty",
        "date-ambiguous",
        "duplicate",
    }
    assert {problem.code for problem in built.problems} <= {"markdown-budget"}
    assert report.written + report.set_aside + report.duplicates == len(files)
    assert (built.articles, built.set_aside) == (report.written, 0)
    assert report.written > len(TEXTS)


def test_deeply_nested_and_endless_html_ends_soon(archive: MakeArchive) -> None:
    """Ten thousand nested elements, a hundred thousand tags."""
    pytest.importorskip("trafilatura")
    shell = "<html><head><title>Odd</title></head><body>{}</body></html>"
    made = archive(
        {
            **GOOD,
            "content/raw/deep.html": shell.format("<div>" * 10_000 + "<p>Some words of the text.</p>"),
            "content/raw/spans.html": shell.format("<p>" + "<span>" * 10_000 + "Some words of the text."),
            "content/raw/tags.html": shell.format("<p>a<br>" * 60_000),
        }
    )
    told, _ = run(made)
    assert ("content/raw/tags.html", "article-budget") in {(problem.path, problem.code) for problem in told}


@pytest.mark.parametrize("depth", [40, 900, 50_000])
def test_nested_values_do_no_harm(archive: MakeArchive, depth: int) -> None:
    """A value of an unknown key, in a record or in front matter, may be a list in a list in a list …"""
    nested = "[" * depth + "]" * depth
    made = archive(
        {
            **GOOD,
            "content/raw/a.jsonl": '{"id": "a", "title": "Nested", "text": "Some words.", "odd": ' + nested + "}\n",
            "content/articles/1969/07/mine.md": f"---\ntitle: Mine\nodd: {nested}\n---\nSome words.\n",
        }
    )
    told, later = run(made)
    assert {problem.code for problem in told} <= {"jsonl-line"}
    assert {problem.code for problem in later} <= {"front-matter-yaml"}


# Crowds

MANY = [f"Name {number}" for number in range(1_000)]
LONG = "x" * 1_001
OVER = {
    "authors": {"authors": MANY},
    "topics": {"tags": MANY},
    "kinds": {"entities": [{"name": name, "kind": "ship"} for name in MANY]},
    "author": {"authors": [LONG]},
    "source": {"source": LONG},
    "topic": {"tags": [LONG]},
    "entity": {"entities": [{"name": LONG, "kind": "person"}]},
    "title": {"title": "Long title " * 300},
    "id": {"id": "x" * 3_000},
    "url": {"url": "https://example.org/" + "x" * 3_000},
    "extra": {f"key {number}": "x" * 500 for number in range(1_000)},
}


@pytest.mark.parametrize("fields", OVER.values(), ids=OVER)
def test_an_article_over_its_limits_is_set_aside_with_its_line(archive: MakeArchive, fields: dict[str, Any]) -> None:
    """Its neighbours in the file are read."""
    made = archive({**GOOD, "content/raw/a.jsonl": record(id="one") + record(**fields) + record(id="two", title="Two")})
    (problem,), later = run(made)
    assert (problem.code, problem.path, problem.line) == ("article-budget", "content/raw/a.jsonl", 2)
    assert later == []
    assert len(made.pages()) == 3


YAML_OVER = {
    "authors": "authors:\n" + "".join(f"- {name}\n" for name in MANY),
    "people": "people:\n" + "".join(f"- {name}\n" for name in MANY),
    "tag": "tag:\n" + "".join(f"- name: {name}\n  kind: ship\n" for name in MANY),
    "untag": "untag:\n" + "".join(f"- {name}\n" for name in MANY),
    "aliases": "aliases:\n" + "".join(f"- /{number}/\n" for number in range(1_000)),
    "forms": "people:\n- name: X\n  as: [" + ", ".join(MANY) + "]\n",
    "form": f"people:\n- name: X\n  as: [{LONG}]\n",
    "title": "title: " + "x" * 3_000 + "\n",
}


@pytest.mark.parametrize("front", YAML_OVER.values(), ids=YAML_OVER)
def test_a_page_over_its_limits_is_set_aside_and_the_rest_is_built(archive: MakeArchive, front: str) -> None:
    """The build says which page and why; `check` says so too, and a page that was taken down stays down."""
    odd = "content/articles/1969/07/odd.md"
    made = archive({**GOOD, odd: f"---\n{front}---\nSome words.\n"})
    _, (problem,) = run(made)
    assert (problem.code, problem.path, problem.line) == ("article-budget", odd, 1)
    assert made.build().set_aside == 1
    made.write({odd: f"---\nstatus: withdrawn\n{front}---\nSome words.\n"})
    assert made.build().problems == []
    assert b"Some words" not in (made.site / "1969/07/odd/index.html").read_bytes()


def test_of_a_crowd_the_first_are_tagged_and_that_is_told(archive: MakeArchive) -> None:
    """A list of passengers stays an article."""
    crowd = " ".join(f"Mr. {name} Brown{number} came." for number, name in enumerate(["Anna", "Boris", "Clara"] * 400))
    made = archive({**GOOD, "content/raw/crowd.jsonl": record(text="Aboard.", entities=[
        {"name": f"Anna Brown {number}", "kind": "person"} for number in range(800)])})  # fmt: skip
    told, later = run(made)
    assert [(problem.code, problem.path, problem.line) for problem in told] == [
        ("too-many-names", "content/raw/crowd.jsonl", 1)
    ]
    assert later == []
    (name,) = [name for name in made.pages() if "odd" in name]
    assert made.text(f"content/articles/{name}").count("\n- Anna Brown") == limits.MAX_ENTITIES
    assert len(crowd) < limits.MAX_TAGGED


def test_a_tagger_sees_the_beginning_of_a_very_long_text() -> None:
    """Whole words of it, and no more."""
    from sitegen.pipeline.ingest_articles import tag_entities

    seen: list[str] = []

    class Tagger:
        languages = None

        def tag(self, texts: list[str]) -> list[list[Any]]:
            seen.extend(texts)
            return [[] for _ in texts]

    tag_entities(Tagger(), "seven words " * 100_000, 0.5)  # type: ignore[arg-type]
    tag_entities(Tagger(), "x" * 400_000, 0.5)  # type: ignore[arg-type]
    assert [len(text) for text in seen] == [limits.MAX_TAGGED, limits.MAX_TAGGED]
    assert seen[0].endswith("words ")


def test_a_page_that_ingest_can_no_longer_read_is_told(archive: MakeArchive) -> None:
    """Written by an older version, say, and over the limits since: the others are ingested."""
    made = archive({**GOOD, "content/raw/a.jsonl": record(title="Odd " + "word " * 100)})
    made.ingest()
    (name,) = [name for name in made.pages() if "odd" in name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_TITLE", 100)
        made.write({"content/raw/a.jsonl": record() + record(id="b", title="B", text="Other words.")})
        report = made.ingest()
    assert [(problem.path, problem.code) for problem in report.problems] == [
        (f"content/articles/{name}", "article-budget")
    ]
    assert len(made.pages()) == 3


# Paths


def put_deep(top: Path, folders: list[str], name: str, data: bytes) -> None:
    """Write a file whose path is longer than the system takes in one piece."""
    top.mkdir(parents=True, exist_ok=True)
    at = os.open(top, os.O_RDONLY)
    for folder in folders:
        os.mkdir(folder, dir_fd=at)
        at, above = os.open(folder, os.O_RDONLY, dir_fd=at), at
        os.close(above)
    file = os.open(name, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=at)
    os.write(file, data)
    os.close(file)
    os.close(at)


@pytest.mark.skipif(os.name == "nt", reason="needs openat")
@pytest.mark.parametrize("place", ["raw", "articles", "media", "pages"])
@pytest.mark.parametrize(
    ("folders", "name", "told"),
    [
        ([], "n" * 251 + ".{}", False),
        (["é" * 120] * 3, "é" * 120 + ".{}", False),
        (["d" * 200] * 17, "a.{}", None),
        (["d" * 200] * 30, "a.{}", True),
        (["d"] * 60, "a.{}", False),
        (["d"] * 70, "a.{}", True),
    ],
    ids=["long name", "two bytes a letter", "long", "too long", "deep", "too deep"],
)
def test_long_and_deep_paths_are_built_or_told(
    archive: MakeArchive, place: str, folders: list[str], name: str, told: bool | None
) -> None:
    """What the system can open is read; what it cannot, or what is nested too deeply, is told; the rest goes on."""
    made = archive(GOOD)
    suffix = "txt" if place == "raw" else "md"
    put_deep(
        made.root / "content" / place, folders, name.format(suffix), b"# Some title\n\nSome words, and some more.\n"
    )
    problems = [*made.ingest().problems, *made.build().problems]
    if told is not None:
        assert bool(problems) == told
    assert all(problem.path.startswith("content/") and problem.message for problem in problems)
    assert list((made.root / "content/articles/1969/07").glob("two-men*.md"))
    assert made.build().written == 0
