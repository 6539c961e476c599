"""Exports: what stands in them, what never does, and that no article can break out of its record."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, article, codes, page
from hypothesis import given
from hypothesis import strategies as st

from sitegen.errors import StorageError, UsageError
from sitegen.model import Card, CardTag
from sitegen.pipeline.export_archive import export_articles, export_bag
from sitegen.pipeline.reporter import Silent
from sitegen.render.exports import Node, bibtex_record, csv_record, graphml, jsonl_record

MakeArchive = Callable[..., Archive]
KINDS = ("jsonl", "csv", "bibtex", "graphml")
GRAPH = "{http://graphml.graphdrawing.org/xmlns}"

FILES = {
    **page("1969/07/landing", "Landing", "Neil Armstrong landed.\n\nHouston cheered.", id="a1", date="1969-07-20",
           people="[Neil Armstrong]", places="[Houston]", authors="[Ann Lee, Bo Li]", tags="[space]"),
    **page("1969/07/launch", "Launch", "Armstrong left.", id="a2", date="1969-07-16", people="[Neil Armstrong]",
           places="[Houston]", status="noindex"),
    **page("1969/08/secret", "SECRET", "SECRET text.", id="a3", status="withdrawn", people="[SECRET Person]"),
    **page("1969/08/hidden", "SECRET", "SECRET text.", id="a4", status="redacted"),
    **page("1969/08/draft", "SECRET", "SECRET text.", id="a5", status="draft"),
}  # fmt: skip


def exported(made: object, kind: str) -> bytes:
    out = io.BytesIO()
    export_articles(made.tree, kind, out, Silent())  # type: ignore[attr-defined]
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("built", [False, True], ids=["not built", "built"])
def test_what_readers_may_not_see_is_in_no_export(archive: MakeArchive, kind: str, built: bool) -> None:
    """Drafts, redacted and withdrawn articles leave no word; the bytes do not depend on whether there was a build."""
    made = archive(FILES)
    if built:
        made.build()
    data = exported(made, kind)
    assert b"SECRET" not in data
    assert b"Armstrong" in data or kind == "bibtex"
    assert data == exported(made, kind)


def test_the_cache_changes_nothing(archive: MakeArchive) -> None:
    """Before and after a build the same bytes come out."""
    one, two = archive(FILES, "one"), archive(FILES, "two")
    two.build()
    assert [exported(one, kind) for kind in KINDS] == [exported(two, kind) for kind in KINDS]


def test_jsonl_comes_back_through_ingest(archive: MakeArchive, tmp_path: Path) -> None:
    """Exported, ingested elsewhere and exported again: the same lines."""
    made = archive(FILES)
    first = exported(made, "jsonl")
    assert [json.loads(line)["id"] for line in first.splitlines()] == ["a2", "a1"]
    landing = json.loads(first.splitlines()[1])
    assert landing["text"] == "Neil Armstrong landed.\n\nHouston cheered."
    assert landing["entities"] == [
        {"name": "Neil Armstrong", "kind": "person"},
        {"name": "Houston", "kind": "place"},
    ]
    (tmp_path / "out.jsonl").write_bytes(first)
    other = archive({}, "other")
    other.ingest(tmp_path / "out.jsonl")
    assert exported(other, "jsonl") == first


def test_a_table_bibliography_and_network_hold_the_articles(archive: MakeArchive) -> None:
    """Each as the programs that read them expect it."""
    made = archive(FILES)
    rows = list(csv.DictReader(io.StringIO(exported(made, "csv").decode("utf-8-sig"))))
    assert [(row["id"], row["authors"], row["people"]) for row in rows] == [
        ("a2", "", "Neil Armstrong"),
        ("a1", "Ann Lee; Bo Li", "Neil Armstrong"),
    ]
    assert rows[1]["url"] == "https://example.org/archive/1969/07/landing/"
    bib = exported(made, "bibtex").decode()
    assert "author = {{Ann Lee} and {Bo Li}}" in bib
    assert "month = jul" in bib
    graph = ET.fromstring(exported(made, "graphml"))
    assert len(graph.findall(f".//{GRAPH}node")) == 2
    (edge,) = graph.findall(f".//{GRAPH}edge")
    assert (edge.get("source"), edge.get("target")) == ("people/neil-armstrong", "places/houston")
    assert edge[0].text == "2"
    report = export_articles(made.tree, "graphml", None, Silent(), min_shared=3)
    assert (report.entities, report.pairs, report.dry_run) == (2, 0, True)


def test_hidden_entities_are_no_nodes(archive: MakeArchive) -> None:
    """What editors hid is not in the network either."""
    made = archive({**FILES, "content/entities.yaml": "- name: Houston\n  kind: place\n  hide: true\n"})
    assert b"houston" not in exported(made, "graphml")


def card(text: str) -> Card:
    """A card that says the same everywhere."""
    return Card(
        path="p", updated="", id=text or "x", permalink=f"/{text}/", title=text, title_origin="given",
        date="1969-07-20", authors=(text, "B"), source_name=text, source_url=text, source_file="", source_sha256="",
        language=text, status="published", excerpt="", words=0, tags=(CardTag("person", text),),
        topics=(text, "t"), aliases=(), copies=(), body_digest="",
    )  # fmt: skip


EVIL = st.sampled_from(
    [
        "}, title={x}}\n@article{evil,",
        "=cmd|' /C calc'!A0",
        '"\r\n=1+1,"',
        "</node><node id='x'/>",
        "\\}{%\n@comment{",
        "\x00]]>&#0;",
    ]
) | st.text(max_size=30)


@given(EVIL)
def test_no_article_breaks_out_of_its_record(text: str) -> None:
    """Whatever it says: one entry, one line, one row without a formula, one node."""
    bib = bibtex_record(card(text), "https://example.org/").decode()
    assert len(re.findall("^@", bib, re.MULTILINE)) == 1
    depth = 0
    for place, char in enumerate(bib.rstrip()):
        depth += (char == "{") - (char == "}")
        assert depth > 0 or place < bib.index("{") or place == len(bib.rstrip()) - 1
    assert depth == 0
    rows = list(csv.reader(io.StringIO(csv_record(card(text), "https://example.org/").decode(), newline="")))
    assert len(rows) == 1
    assert len(rows[0]) == 12
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[0])
    line = jsonl_record(card(text), text)
    assert line.count(b"\n") == 1
    json.loads(line)
    tree = ET.fromstring(b"".join(graphml([Node(text, text, text, 1, text)], {(text, text): 1})))
    assert len(tree.findall(f".//{GRAPH}node")) == 1


# Bags


BAG = {
    **FILES,
    **page("1970/01/told", "Told", "Told.", id="b1", source="{file: content/raw/told.txt}"),
    **page("1970/01/kept", "SECRET", "SECRET", id="b2", status="withdrawn", source="{file: content/raw/kept.txt}"),
    "content/raw/told.txt": "Told.",
    "content/raw/kept.txt": "SECRET",
    "content/raw/unused.txt": "SECRET",
    "content/media/a.txt": "media",
    "content/removed.yaml": "- id: zz\n  title: SECRET\n  source: content/raw/gone.txt\n",
    "content/ingested.tsv": "b1\tx\tarticles/1970/01/told.md\nb2\tx\tarticles/1970/01/kept.md\n",
    "content/raw/gone.txt": "SECRET",
    "content/pages/about.md": "About.",
    "themes/mine/theme.toml": "",
}


def test_a_bag_holds_what_may_be_handed_over(archive: MakeArchive, tmp_path: Path) -> None:
    """Pages, raw files of published articles, media, themes, settings and the site; and it is valid."""
    bagit = pytest.importorskip("bagit")
    made = archive(BAG)
    made.build()
    report = export_bag(made.tree, tmp_path / "bag", Silent())
    bagit.Bag(str(tmp_path / "bag")).validate()
    files = {path.relative_to(tmp_path / "bag/data").as_posix(): path for path in (tmp_path / "bag/data").rglob("*.*")}
    held = {path for path in files if path.startswith(("content/raw", "content/art", "content/r", "content/i"))}
    assert held == {
        "content/articles/1969/07/landing.md",
        "content/articles/1969/07/launch.md",
        "content/articles/1970/01/told.md",
        "content/raw/told.txt",
        "content/ingested.tsv",
    }
    assert {
        "sitegen.toml",
        "content/media/a.txt",
        "content/pages/about.md",
        "themes/mine/theme.toml",
        "site/index.html",
    } <= set(files)
    assert not [path for path, file in files.items() if file.is_file() and b"SECRET" in file.read_bytes()]
    assert (report.articles, report.left_out) == (3, 4)
    assert set(codes(report.problems)) == {"left-out"}
    with pytest.raises(UsageError):
        export_bag(made.tree, tmp_path / "bag", Silent())


def test_a_bag_of_content_only_and_a_trial(archive: MakeArchive, tmp_path: Path) -> None:
    """Without the site; and with nothing written at all."""
    pytest.importorskip("bagit")
    made = archive(BAG)
    trial = export_bag(made.tree, tmp_path / "bag", Silent(), dry_run=True)
    assert not (tmp_path / "bag").exists()
    report = export_bag(made.tree, tmp_path / "bag", Silent(), with_site=False)
    assert not (tmp_path / "bag/data/site").exists()
    assert trial.files == report.files


def test_a_half_written_export_is_not_left(
    archive: MakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses leaves the old file, and no temporary one."""
    made = archive(FILES)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.csv").write_text("old", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError):
        export_articles(made.tree, "csv", tmp_path / "out/a.csv", Silent())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.csv"]
    assert (tmp_path / "out/a.csv").read_text(encoding="utf-8") == "old"


def test_without_the_library_the_extra_is_named(
    archive: MakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way out stands in the hint."""
    monkeypatch.setitem(sys.modules, "bagit", None)
    with pytest.raises(UsageError) as missing:
        export_bag(archive(FILES).tree, tmp_path / "bag", Silent())
    assert "sitegen[bagit]" in missing.value.problem.hint


def test_an_article_by_hand_is_exported_too(archive: MakeArchive) -> None:
    """Front matter is no condition."""
    made = archive({"content/articles/1999/x.md": article("By hand", "Text.")})
    assert json.loads(exported(made, "jsonl"))["title"] == "By hand"
