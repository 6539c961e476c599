"""What was ingested and removed: two files people may read, merge and edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitegen.errors import ContentError
from sitegen.store.ledger import LedgerEntry, Tombstone, add_removed, read_ledger, read_removed, write_ledger

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(ids=st.lists(texts, unique=True, max_size=8))
def test_any_id_survives(tmp_path: Path, ids: list[str]) -> None:
    """Ids with tabs, line ends of all sorts, quotes or nothing printable come back as they were."""
    entries = {id_: LedgerEntry("0" * 64, f"articles/{number}.md") for number, id_ in enumerate(ids)}
    write_ledger(tmp_path, entries)
    assert read_ledger(tmp_path) == entries


def test_the_ledger_is_sorted_and_explains_itself(tmp_path: Path) -> None:
    """The order does not depend on that of ingest, so that version control shows small differences."""
    entries = {id_: LedgerEntry("0", "articles/x.md") for id_ in ("b", "a")}
    write_ledger(tmp_path, entries)
    text = (tmp_path / "ingested.tsv").read_text(encoding="utf-8")
    assert text.startswith("#")
    assert text.index("\na\t") < text.index("\nb\t")


def test_a_missing_ledger_is_empty_and_an_unreadable_one_an_error(tmp_path: Path) -> None:
    """Before the first ingest there is none; one in another charset must not be taken for empty."""
    assert read_ledger(tmp_path) == {}
    (tmp_path / "ingested.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(ContentError, match="ingested"):
        read_ledger(tmp_path)


def test_tombstones_survive_and_keep_their_comments(tmp_path: Path) -> None:
    """Entries are appended; what stands in the file stays."""
    assert read_removed(tmp_path) == {}
    first = Tombstone(id="0012", source="a: b", title='"x"\n# y', reason="yes")
    add_removed(tmp_path, [first])
    path = tmp_path / "removed.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# a word of ours", encoding="utf-8")
    add_removed(tmp_path, [Tombstone(id="x")])
    assert read_removed(tmp_path) == {"0012": first, "x": Tombstone(id="x")}
    assert "# a word of ours\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"- id: [x\n", 2),
        (b"- id: 12\n", 0),
        (b"id: x\n", 0),
        (b"- nothing\n", 0),
        (b"\xff", 0),
        (b"- id: x\n\t- y\n", 2),
    ],
)
def test_damaged_tombstones_are_an_error_with_a_way_out(tmp_path: Path, text: bytes, line: int) -> None:
    """The error names the file, the line where there is one, and the shape that is expected."""
    (tmp_path / "removed.yaml").write_bytes(text)
    with pytest.raises(ContentError) as caught:
        read_removed(tmp_path)
    problem = caught.value.problem
    assert (problem.path, problem.code, problem.line) == ("content/removed.yaml", "removed-file", line)


def test_an_empty_list_of_removals_is_fine(tmp_path: Path) -> None:
    """A file with comments alone removes nothing."""
    (tmp_path / "removed.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert read_removed(tmp_path) == {}
