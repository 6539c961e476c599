"""The smaller roads: new archives, removing, checking, searching, tagging, raw files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, codes, page, tree_bytes

from sitegen.errors import ContentError, StorageError, UsageError
from sitegen.pipeline.check_archive import check_archive
from sitegen.pipeline.new_archive import new_archive
from sitegen.pipeline.raw_files import find_raw_files, tasks
from sitegen.pipeline.remove_articles import find_articles, remove_articles
from sitegen.pipeline.search_archive import search_archive
from sitegen.pipeline.tag_texts import tag_texts
from sitegen.store.ledger import read_removed
from sitegen.store.source_tree import SourceTree

MakeArchive = Callable[..., Archive]

TEXT = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."


# New archives


def test_a_new_archive_builds_as_it_is(tmp_path: Path) -> None:
    """The files of `new` are a whole archive: settings without a warning, an about page, folders, an ignore list."""
    written = new_archive(tmp_path / "my-first_archive", "", demo=False)
    assert "sitegen.toml" in written
    made = Archive.__new__(Archive)
    made.root = tmp_path / "my-first_archive"
    assert made.tree.load_config().title == "My first archive"
    assert made.build().problems == []
    assert (made.site / "about/index.html").is_file()


def test_new_leaves_what_is_there(tmp_path: Path) -> None:
    """Files that exist are not overwritten, and are not among those written."""
    (tmp_path / "sitegen.toml").write_text('title = "Mine"\n', encoding="utf-8")
    assert "sitegen.toml" not in new_archive(tmp_path, "", demo=False)
    assert SourceTree(tmp_path).load_config().title == "Mine"
    assert new_archive(tmp_path, "", demo=False) == []


def test_new_dry_run_makes_nothing(tmp_path: Path) -> None:
    """A dry run names the files and makes none."""
    assert new_archive(tmp_path / "x", "", demo=True, dry_run=True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("title", ['"Quoted" \\ title', "# hash", "two\nlines", "Ünï {x} \x7f", "{}"])
def test_any_title_is_kept(tmp_path: Path, title: str) -> None:
    """Whatever the title holds, the settings can be read back."""
    new_archive(tmp_path, title, demo=False)
    assert SourceTree(tmp_path).load_config().title == title


def test_the_demo_has_articles(tmp_path: Path) -> None:
    """The demo brings raw texts that ingest can use, in a checkout as from the wheel."""
    written = new_archive(tmp_path, "", demo=True)
    assert sum(path.startswith("content/raw/") and path.endswith(".txt") for path in written) >= 40


# Removing


def test_an_article_is_found_by_id_address_or_path(archive: MakeArchive) -> None:
    """All ways to name an article mean the same; the same name twice is one article."""
    made = archive(page("1969/07/x", id="some-id", permalink="/1969/07/landing/"))
    path = made.root / "content/articles/1969/07/x.md"
    names = ["some-id", "/1969/07/landing/", "1969/07/landing", "content/articles/1969/07/x.md", str(path)]
    found = find_articles(made.tree, [*names, "some-id"])
    assert {removal.id for removal in found} == {"some-id"}
    assert {removal.page for removal in found} == {"content/articles/1969/07/x.md"}


def test_an_unknown_article_is_named(archive: MakeArchive) -> None:
    """A name that fits nothing is wrong usage, and nothing is removed."""
    made = archive(page("1969/07/x", id="some-id"))
    with pytest.raises(UsageError, match="nonsense"):
        find_articles(made.tree, ["some-id", "nonsense"])
    assert made.pages() == ["1969/07/x.md"]


def test_removing_leaves_a_tombstone_with_its_reason(archive: MakeArchive) -> None:
    """The list of removals names the source, title and reason, and keeps what people wrote in it."""
    made = archive({"content/raw/a.txt": TEXT, "content/removed.yaml": "# our own words\n- id: 'old'"})
    made.ingest()
    (removal,) = find_articles(made.tree, [f"content/articles/{made.pages()[0]}"])
    remove_articles(made.tree, [removal], "a: reason # with signs")
    remove_articles(made.tree, [removal], "again")
    stones = read_removed(made.root / "content")
    assert set(stones) == {"old", removal.id}
    assert stones[removal.id].reason == "a: reason # with signs"
    assert stones[removal.id].source == "content/raw/a.txt"
    assert made.text("content/removed.yaml").startswith("# our own words\n- id: 'old'\n")
    assert made.pages() == []


def test_a_page_already_deleted_can_still_be_removed(archive: MakeArchive) -> None:
    """The ledger knows the article; its tombstone silences ingest."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()
    (page_file,) = made.page_files()
    (removal,) = find_articles(made.tree, [f"content/articles/{made.pages()[0]}"])
    page_file.unlink()
    remove_articles(made.tree, find_articles(made.tree, [removal.id]), "")
    report = made.ingest()
    assert (report.removed, codes(report.problems)) == (1, [])


def test_a_page_with_broken_front_matter_can_be_removed_for_good(archive: MakeArchive) -> None:
    """Its id is known from the ledger, so that ingest does not ask about it again."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()
    (page_file,) = made.page_files()
    page_file.write_text("---\ntitle: [broken\n---\n", encoding="utf-8")
    remove_articles(made.tree, find_articles(made.tree, [f"content/articles/{made.pages()[0]}"]), "")
    report = made.ingest()
    assert (report.removed, codes(report.problems)) == (1, [])


def test_a_page_that_cannot_be_deleted_is_told(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tombstone stands; the message names the page."""
    made = archive(page("1969/07/x", id="some-id"))
    removals = find_articles(made.tree, ["some-id"])
    original = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.name == "x.md":
            raise PermissionError(13, "Permission denied")
        original(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StorageError, match=r"x\.md"):
        remove_articles(made.tree, removals, "")
    assert "some-id" in read_removed(made.root / "content")


# Checking


def test_a_good_archive_passes(archive: MakeArchive) -> None:
    """No problems, and the figures of what was looked at."""
    made = archive({"content/raw/a.txt": TEXT, "content/pages/about.md": "# About\n"})
    made.ingest()
    made.build()
    report = check_archive(made.tree, fixity=True)
    assert report.problems == []
    assert (report.pages, report.raw_files) == (2, 1)
    assert report.links > 5
    assert report.bytes > 1000


def test_broken_links_are_found_with_the_page(archive: MakeArchive) -> None:
    """A link to nowhere is an error with the page it stands on; links to other sites are not followed."""
    made = archive(page("1969/07/x", body="[a](/nowhere/) [b](https://example.com/gone) [c](../x/) [d](mailto:x@y.z)"))
    made.build()
    report = check_archive(made.tree, fixity=False)
    assert [(problem.code, problem.path) for problem in report.problems] == [
        ("broken-link", "1969/07/x/index.html"),
    ]
    assert "nowhere" in report.problems[0].message


def test_fixity_finds_changed_raw_files_and_pages(archive: MakeArchive) -> None:
    """A raw file whose bytes differ from those ingested is an error; an edited page only a note."""
    made = archive({"content/raw/a.txt": TEXT, "content/raw/b.jsonl": '{"id": "b", "text": "Some text."}'})
    made.ingest()
    made.write({"content/raw/a.txt": TEXT + "!"})
    for path in made.page_files():
        path.write_text(path.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    report = check_archive(made.tree, fixity=True)
    assert codes(report.problems) == ["page-changed", "page-changed", "raw-changed"]
    assert {problem.severity for problem in report.problems} == {"error", "warning"}


def test_check_reports_what_build_would(archive: MakeArchive, tmp_path: Path) -> None:
    """Broken front matter, other charsets and links are told with the paths a person can open."""
    made = archive(
        {
            "sitegen.toml": 'title = "No address"\n',
            "content/articles/a.md": "---\ntitle: [x\n---\n",
            "content/articles/b.md": b"caf\xe9",
            **page("c", status="nonsense"),
        }
    )
    (made.root / "content/articles/out.md").symlink_to(tmp_path / "elsewhere.md")
    report = check_archive(made.tree, fixity=False)
    paths = {problem.path for problem in report.problems}
    assert paths == {"sitegen.toml", *(f"content/articles/{name}.md" for name in ("a", "b", "c", "out"))}
    assert "no-base-url" in codes(report.problems)


def test_an_unreadable_raw_file_is_an_error(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixity that cannot be checked is not passed over."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "unreadable" in codes(check_archive(made.tree, fixity=True).problems)


# Searching


def test_search_says_when_there_is_no_index(archive: MakeArchive) -> None:
    """Before the first build the message says what to run."""
    with pytest.raises(ContentError, match="no full-text index") as caught:
        search_archive(archive().tree, "x", 5)
    assert "sitegen build" in caught.value.problem.hint


def test_a_hit_stands_without_its_excerpt_when_the_cache_is_lost(archive: MakeArchive) -> None:
    """Damaged packs cost the excerpt, not the hit."""
    made = archive(page("1969/07/x", "Landing", "Words about dust."))
    made.build()
    assert "dust" in search_archive(made.tree, "dust", 5).hits[0].snippet
    for path in (made.root / ".sitegen/packs").rglob("bodies.bin"):
        path.write_bytes(b"")
    results = search_archive(made.tree, "dust", 5)
    assert [hit.title for hit in results.hits] == ["Landing"]
    assert results.hits[0].snippet == ""


@pytest.mark.parametrize("damage", [b"rubbish" * 1000, None])
def test_search_changes_nothing_in_the_cache(archive: MakeArchive, damage: bytes | None) -> None:
    """Search leaves even a damaged or missing cache to the next build, and answers all the same."""
    made = archive(page("1969/07/x", "Landing", "Words about dust."))
    made.build()
    cache = made.root / ".sitegen/cache.db"
    if damage is None:
        cache.unlink()
    else:
        cache.write_bytes(damage)
    assert [hit.title for hit in search_archive(made.tree, "dust", 5).hits] == ["Landing"]
    assert (cache.read_bytes() if damage else cache.exists()) == (damage or False)


# Tagging


@pytest.mark.parametrize("lead", ["", "  \n\n", "é月𝄞 ", "\ufeff"])
def test_offsets_count_code_points_of_the_text_as_given(lead: str) -> None:
    """`text[start:end]` of the decoded input is the mention, whatever stands before it."""
    text = lead + TEXT + "“The flight,” Armstrong said.Houston agreed.“The Moon,” he said."
    (result,) = tag_texts([("-", text.encode())], "builtin", 0.5)
    given = text.removeprefix("\ufeff")
    assert result.mentions
    assert all(given[mention.start : mention.end] == mention.text for mention in result.mentions)
    assert all(mention.kind in ("person", "organization", "place") for mention in result.mentions)
    assert all(0 <= mention.confidence <= 1 for mention in result.mentions)
    assert {"Neil Armstrong", "Houston"} <= {entity.name for entity in result.entities}
    assert all(0 <= number < len(result.mentions) for entity in result.entities for number in entity.mentions)


def test_jsonl_gives_one_result_a_line_in_order() -> None:
    """Ids of records are kept, missing ones are line numbers; blank lines are passed over."""
    lines = [json.dumps({"id": f"r{n}", "text": TEXT}) for n in range(130)] + ["", json.dumps({"text": "Houston."})]
    results = list(tag_texts([("many.jsonl", "\n".join(lines).encode())], "builtin", 0.5))
    assert [result.id for result in results] == [*(f"r{n}" for n in range(130)), "132"]
    assert len({result.mentions for result in results[:130]}) == 1


def test_standard_input_may_be_jsonl() -> None:
    """Input that begins with such an object is read line by line; other braces are text."""
    (result,) = tag_texts([("-", b'{"id": 7, "text": "He went to Houston."}')], "builtin", 0.5)
    assert result.id == "7"
    assert len(list(tag_texts([("-", b'{"no": "text"}')], "none", 0.5))) == 1
    assert len(list(tag_texts([("-", b"{not json")], "none", 0.5))) == 1


def test_a_line_that_is_no_record_is_told_with_its_number() -> None:
    """The error names file, line and the shape that is expected."""
    with pytest.raises(ContentError) as caught:
        list(tag_texts([("a.jsonl", b'{"text": "x"}\n{"text": 5}\n')], "none", 0.5))
    assert (caught.value.problem.path, caught.value.problem.line) == ("a.jsonl", 2)
    with pytest.raises(ContentError, match="picture"):
        list(tag_texts([("picture.png", b"\x89PNG" + bytes(40))], "none", 0.5))


def test_mentions_below_the_confidence_asked_for_are_left_out() -> None:
    """Confidence 1.0 keeps hardly anything; 0 keeps all."""
    (every,) = tag_texts([("-", TEXT.encode())], "builtin", 0.0)
    (sure,) = tag_texts([("-", TEXT.encode())], "builtin", 1.0)
    assert len(sure.mentions) < len(every.mentions)


# Raw files


def test_big_files_come_in_windows(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than a window is handed out in several, and no record is lost at a seam."""
    from sitegen.pipeline import raw_files

    monkeypatch.setattr(raw_files, "WINDOW_BYTES", 1 << 20)
    lines = "".join(json.dumps({"id": f"r{n}", "text": f"Text {n}. " * 40}) + "\n" for n in range(9000))
    made = archive({"content/raw/many.jsonl": lines, "content/raw/small.txt": TEXT})
    files, problems = find_raw_files(made.root, (made.root / "content/raw",))
    assert problems == []
    windows = list(tasks(files, problems))
    assert len(windows) > 2
    data = b"".join(task.chunk.data for window in windows for task in window if task.chunk)
    assert data.decode() == lines


def test_paths_given_in_any_form_are_one_article(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """`content/raw`, `./content/raw/a.txt` and the absolute path give one page."""
    made = archive({"content/raw/a.txt": TEXT})
    monkeypatch.chdir(made.root)
    made.ingest(
        Path("content/raw"),
        Path("./content/raw/a.txt"),
        made.root / "content/raw/a.txt",
        Path("content/../content/raw"),
    )
    assert len(made.pages()) == 1
    assert tree_bytes(made.root / "content/raw") == {"a.txt": TEXT.encode()}
