"""Bad input gets a clear error and loses nothing: each case through ingest and build."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, article, codes, page, tree_bytes

from sitegen.errors import LockedError, StorageError
from sitegen.pipeline.build_site import BuildReport
from sitegen.pipeline.ingest_articles import IngestReport

MakeArchive = Callable[..., Archive]

GOOD = "date 1969-07-20\n\nTwo men walked on the Moon today while a third kept watch from lunar orbit.\n"


def both(archive: Archive) -> tuple[IngestReport, BuildReport]:
    """Ingest and build; the well-made neighbour must come through whatever happens to the other file."""
    archive.write({"content/raw/good.txt": GOOD})
    ingested, built = archive.ingest(), archive.build()
    assert any("moon" in name for name in archive.pages())
    assert built.articles >= 1
    return ingested, built


def the_other(archive: Archive) -> str:
    """The text of the one page that is not the good one."""
    (name,) = [name for name in archive.pages() if "two-men-walked" not in name]
    return archive.text(f"content/articles/{name}")


def html_of(archive: Archive, name: str) -> str:
    return archive.text(f"site/{name}/index.html")


def test_bytes_in_no_charset_are_set_aside_and_told(archive: MakeArchive) -> None:
    """Binary data with a .txt name is reported with its path and becomes no page."""
    made = archive({"content/raw/noise.txt": bytes(range(1, 32)) * 40})
    ingested, _ = both(made)
    assert codes(ingested.problems) == ["not-text"]
    assert ingested.problems[0].path == "content/raw/noise.txt"
    assert ingested.set_aside == 1
    assert len(made.pages()) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_charsets_and_byte_order_marks_are_read(archive: MakeArchive, encoding: str) -> None:
    """Texts in the usual charsets, with and without a mark, come through with their accents."""
    text = "date 1957-10-04\n\nThe café owner in Montréal said he had heard the “beep” on his old radio set.\n"
    made = archive({"content/raw/cafe.txt": text.encode(encoding)})
    ingested, _ = both(made)
    assert codes(ingested.problems) == []
    assert "café owner in Montréal" in the_other(made)
    assert "\ufeff" not in the_other(made)


def test_a_page_with_a_byte_order_mark_is_read(archive: MakeArchive) -> None:
    """An editor's mark before the front matter does not turn it into text."""
    made = archive({"content/articles/1969/07/x.md": b"\xef\xbb\xbf" + article("Marked").encode()})
    assert made.build().problems == []
    assert "Marked" in html_of(made, "1969/07/x")


def test_nul_bytes_do_not_reach_the_site(archive: MakeArchive) -> None:
    """NUL bytes inside a text are dropped; the words around them stay."""
    made = archive(
        {"content/raw/nul.txt": b"date 1969-07-21\n\nThe lander\x00 lifted off\x00 from the plain at noon.\n"}
    )
    both(made)
    assert "lifted off" in the_other(made)
    assert not any(b"\0" in data for path, data in tree_bytes(made.site).items() if path.endswith((".html", ".json")))


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "date 1969-07-20\n", "1969-07-20"])
def test_an_empty_text_or_only_a_date_is_set_aside_and_told(archive: MakeArchive, text: str) -> None:
    """A file without anything to read is reported by name, not turned into an empty page."""
    made = archive({"content/raw/hollow.txt": text})
    ingested, _ = both(made)
    assert ingested.set_aside == 1
    assert [problem.path for problem in ingested.problems] == ["content/raw/hollow.txt"]
    assert len(made.pages()) == 1


def test_impossible_dates_are_told_and_partial_ones_kept(archive: MakeArchive) -> None:
    """30 February makes no date; 1969-07 and 1969 are dates of their own right; nothing is invented."""
    records = [
        '{"id": "impossible", "title": "Impossible", "text": "Some words here.", "date": "1969-02-30"}',
        '{"id": "month", "title": "Month", "text": "Other words here.", "date": "1969-07"}',
        '{"id": "year", "title": "Year", "text": "More words still.", "date": "1969"}',
        '{"id": "none", "title": "None", "text": "And a last few."}',
    ]
    made = archive({"content/raw/a.jsonl": "\n".join(records)})
    ingested, built = both(made)
    assert [name for name in made.pages() if "two-men-walked" not in name] == [
        "1969/07/month.md",
        "1969/year.md",
        "undated/impossible.md",
        "undated/none.md",
    ]
    assert ingested.set_aside == 0
    assert built.articles == 5
    assert "Impossible" in made.text("site/undated/index.html")
    assert "Year" in made.text("site/archive/1969/index.html")
    assert "Month" in made.text("site/archive/1969/07/index.html")


def test_an_impossible_date_in_a_page_is_told_with_its_place(archive: MakeArchive) -> None:
    """A page with 30 February is listed as undated and reported."""
    made = archive(page("1969/02/x", date="1969-02-30"))
    built = made.build()
    (problem,) = built.problems
    assert (problem.path, problem.line) == ("content/articles/1969/02/x.md", 3)
    assert "1969-02-30" in problem.message
    assert "A title" in made.text("site/undated/index.html")


def test_twenty_megabytes_in_one_article_are_set_aside(archive: MakeArchive) -> None:
    """An absurdly long text is reported instead of holding up everything; its bytes stay where they are."""
    made = archive({"content/raw/long.txt": b"A word and another. " * 1_050_000})
    ingested, _ = both(made)
    assert codes(ingested.problems) == ["article-too-long"]
    assert len(made.pages()) == 1
    made.write({"content/articles/1969/07/long.md": b"A word and another. " * 1_050_000})
    built = made.build()
    assert codes(built.problems) == ["page-too-large"]
    assert (built.set_aside, built.articles) == (1, 1)


def test_broken_yaml_sets_one_page_aside_and_names_the_line(archive: MakeArchive) -> None:
    """Front matter that cannot be read is told with path, line and hint; the other pages are built."""
    made = archive({"content/articles/1969/07/x.md": "---\ntitle: Fine\nauthors: [unclosed\n---\nText.\n"})
    _, built = both(made)
    (problem,) = built.problems
    assert (problem.path, problem.code) == ("content/articles/1969/07/x.md", "front-matter-yaml")
    assert problem.line in (3, 4)
    assert problem.hint
    assert (built.set_aside, built.articles) == (1, 1)
    made.write(page("1969/07/x", "Mended"))
    assert made.build().articles == 2


AWKWARD = [
    'Moon: "a giant leap" - and what\'s next?',
    "- not a list",
    "# not a heading",
    "yes",
    "1969",
    "{curly} [square] & <angle>",
    "tab\there",
    "two\nlines",
    "`code` *stars* _lines_",
    "???",
    "-" * 40,
    "<script>alert(1)</script>",
    "\u202egnihton\u202c",
    "x" * 400,
    "Word " * 120,
    "Ünïcödé 日本語 العربية",
    "' OR 1=1 --",
    "%2e%2e/%2e%2e/x",
    "{{ 7 * 7 }} {% raw %}",
]


def test_awkward_titles_and_names_survive_unharmed(archive: MakeArchive) -> None:
    """Colons, quotes, line breaks, markup and endless titles: each stays one article with one working page."""
    import json

    lines = []
    for number, title in enumerate(AWKWARD):
        person = {"name": title, "kind": "person"}
        record = {"id": f"t{number}", "title": title, "text": f"Body {number}.", "date": "1969-07-01", "source": title}
        lines.append(json.dumps({**record, "authors": [title], "tags": [title], "entities": [person]}))
    made = archive({"content/raw/a.jsonl": "\n".join(lines)})
    ingested, built = both(made)
    assert ingested.written == len(AWKWARD) + 1
    assert built.articles == len(AWKWARD) + 1
    assert built.set_aside == 0
    pages = [data.decode() for path, data in tree_bytes(made.site).items() if path.endswith(".html")]
    assert not any("<script>alert" in text or "49" in text.split("{{")[0][-3:] for text in pages)
    assert any("{{ 7 * 7 }}" in text for text in pages)
    assert all(len(path.name.encode()) <= 255 for path in made.site.rglob("*"))
    assert made.ingest().written == 0


def test_unknown_front_matter_keys_are_kept_and_slips_are_told(archive: MakeArchive) -> None:
    """A key of the editor's own stays silent; one that looks like a slip is reported with the key it may mean."""
    made = archive(page("1969/07/x", shelfmark="K 7", tittle="Slip"))
    built = made.build()
    assert [(problem.code, problem.line) for problem in built.problems] == [("front-matter-unknown-key", 4)]
    assert "`title`" in built.problems[0].hint
    assert built.articles == 1


@pytest.mark.parametrize(
    "name", ["../../x", "CON", "con", "nul.txt", "..", ".", "/etc/passwd", "a/../../b", "C:\\x", "~root", "\\\\host\\x"]
)
def test_names_never_become_paths(archive: MakeArchive, tmp_path: Path, name: str) -> None:
    """Titles, ids and names like paths or devices stay inside their folders and off reserved names."""
    import json

    record = {
        "id": name,
        "title": name,
        "text": "Some words.",
        "date": "1969-07-20",
        "source": name,
        "authors": [name],
        "tags": [name],
        "entities": [{"name": name, "kind": "person"}, {"name": name, "kind": name}],
    }
    made = archive({"content/raw/a.jsonl": json.dumps(record), "sitegen.toml": "[entities]\nmin_articles = 1\n"})
    _, built = both(made)
    assert built.articles == 2
    assert {path.name for path in tmp_path.iterdir()} == {"archive"}
    stems = {part.split(".")[0].lower() for path in [*tree_bytes(made.site), *made.pages()] for part in path.split("/")}
    assert stems.isdisjoint({"con", "nul", "aux", "prn"})


@pytest.mark.parametrize(
    "permalink",
    [
        "../../x",
        "/../x/",
        "/a/../../x/",
        "/CON:/",
        "/.sitegen/x/",
        "/search/",
        "/feed.xml/",
        "/index.html/",
        "/404.html/",
    ],
)
def test_a_permalink_that_is_no_address_is_told_and_the_paths_own_is_used(archive: MakeArchive, permalink: str) -> None:
    """An address that leaves the site, or belongs to one of its own files, is refused by name."""
    made = archive(page("1969/07/x", permalink=f"'{permalink}'"))
    _, built = both(made)
    assert codes(built.problems) in (["bad-permalink"], ["front-matter-value"])
    assert permalink in built.problems[0].message
    assert (made.site / "1969/07/x/index.html").is_file()
    assert made.build().written == 0


def test_a_permalink_inside_another_pages_file_is_refused(archive: MakeArchive) -> None:
    """`/1969/07/x/index.html/` would need a folder where the page `/1969/07/x/` has its file."""
    made = archive({**page("1969/07/x"), **page("1969/07/y", permalink="/1969/07/x/index.html/")})
    built = made.build()
    assert codes(built.problems) == ["bad-permalink"]
    assert built.articles == 2


def test_two_pages_wanting_one_address_leave_one_and_name_the_other(archive: MakeArchive) -> None:
    """Of two pages with one permalink the first stays; the report names the second and what to do."""
    made = archive(
        {**page("1969/07/a", "First", permalink="/1969/07/x/"), **page("1969/07/b", permalink="/1969/07/x/")}
    )
    for _ in range(2):
        built = made.build()
        assert codes(built.problems) == ["address-taken"]
        assert built.problems[0].path.startswith("content/articles/1969/07/")
        assert built.problems[0].hint


def test_two_pages_of_one_id_leave_one_and_name_the_other_each_time(archive: MakeArchive) -> None:
    """The page with the first path counts; a second build says so again, though it has nothing to do."""
    made = archive({**page("1969/07/a", "First", id="same"), **page("1969/07/b", "Second", id="same")})
    reports = [made.build(), made.build()]
    for built in reports:
        assert codes(built.problems) == ["duplicate-id"]
        assert (built.articles, built.set_aside) == (1, 1)
    assert reports[1].written == 0
    assert "First" in made.text("site/undated/index.html")


def test_symlink_loops_and_links_out_of_the_tree_are_told_and_not_followed(
    archive: MakeArchive, tmp_path: Path
) -> None:
    """A link to its own parent, to itself, to nowhere, or to outside ends no run and leaks no file."""
    made = archive()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/diary.txt").write_text("Dear diary, nobody may read this.", encoding="utf-8")
    for folder in ("content/raw", "content/articles/1969", "content/media"):
        base = made.root / folder
        base.mkdir(parents=True)
        (base / "up").symlink_to("..", target_is_directory=True)
        (base / "self.txt").symlink_to("self.txt")
        (base / "self.md").symlink_to("self.md")
        (base / "nowhere.txt").symlink_to("missing.txt")
        (base / "nowhere.md").symlink_to("missing.md")
        (base / "out").symlink_to(tmp_path / "secret", target_is_directory=True)
        (base / "diary.txt").symlink_to(tmp_path / "secret/diary.txt")
        (base / "diary.md").symlink_to(tmp_path / "secret/diary.txt")
    ingested, built = both(made)
    assert {"link-outside", "broken-link"} <= set(codes(ingested.problems))
    assert {"link-outside", "link-loop", "broken-link"} <= set(codes(built.problems))
    everything = {**tree_bytes(made.site), **tree_bytes(made.root / "content/articles")}
    assert not any(b"Dear diary" in data for path, data in everything.items() if "diary" not in path)
    assert not any("diary" in path for path in tree_bytes(made.site))


def test_links_inside_the_tree_are_followed(archive: MakeArchive) -> None:
    """A link to a file of the archive is read like a file."""
    made = archive({"content/media/plan.png": b"picture"})
    (made.root / "content/media/copy.png").symlink_to("plan.png")
    made.build()
    assert (made.site / "media/copy.png").read_bytes() == b"picture"


def test_unreadable_pages_and_media_are_told_and_the_rest_is_built(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files the program may not open are reported with their paths."""
    made = archive({**page("1969/07/closed"), "content/media/closed.png": b"x"})
    original = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self.name.startswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return original(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    _, built = both(made)
    assert {problem.path for problem in built.problems} == {
        "content/articles/1969/07/closed.md",
        "content/media/closed.png",
    }
    assert codes(built.problems) == ["unreadable", "unreadable"]
    monkeypatch.undo()
    assert made.build().articles == 2


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_told(archive: MakeArchive) -> None:
    """A folder that may not be listed is reported with its path."""
    made = archive(page("1969/07/x"))
    folder = made.root / "content/articles/1969"
    folder.chmod(0)
    try:
        assert codes(made.build().problems) == ["unreadable-folder"]
    finally:
        folder.chmod(0o755)


def test_a_page_that_is_not_utf8_is_told_with_its_line(archive: MakeArchive) -> None:
    """A page saved in another charset is named with the line of the first bad byte."""
    made = archive({"content/articles/1969/07/x.md": article("Fine").encode() + b"caf\xe9\n"})
    _, built = both(made)
    (problem,) = built.problems
    assert (problem.code, problem.line, problem.path) == ("page-encoding", 5, "content/articles/1969/07/x.md")


@pytest.mark.parametrize("name", ["tab\there.png", "line\nbreak.png", "return\r.png"])
def test_control_characters_in_names_are_told(archive: MakeArchive, name: str) -> None:
    """A file whose name holds a line break cannot be published anywhere; it is reported and left where it is."""
    made = archive({f"content/media/{name}": b"x", "content/media/plain.png": b"y"})
    assert codes(made.build().problems) == ["file-name"]
    assert {path.name for path in (made.site / "media").iterdir()} == {"plain.png"}


@pytest.mark.parametrize("name", ["nel\x85.png", "sep\u2028.png", "narrow\u202f.png", "100% #1?.png"])
def test_odd_characters_in_media_names_do_not_damage_the_manifest(archive: MakeArchive, name: str) -> None:
    """Whatever a picture is called, the second build keeps everything, and deleting the picture deletes its copy."""
    made = archive({f"content/media/{name}": b"x", "content/media/plain.png": b"y"})
    made.build()
    again = made.build(clean=False)
    assert (again.written, again.deleted) == (0, 0)
    made.write(page("1969/07/x"))
    made.build()
    (made.root / "content/media" / name).unlink()
    made.build()
    assert {path.name for path in (made.site / "media").iterdir()} == {"plain.png"}


def test_a_name_in_no_charset_is_told(archive: MakeArchive) -> None:
    """A file name that is no UTF-8 is reported, in a form that can be printed."""
    made = archive({"content/media/plain.png": b"y"})
    (Path(os.fsdecode(os.fsencode(made.root / "content/media") + b"/caf\xe9.png"))).write_bytes(b"x")
    built = made.build()
    assert codes(built.problems) == ["file-name"]
    built.problems[0].path.encode()


def test_a_bad_status_keeps_a_page_back(archive: MakeArchive) -> None:
    """A slip in `status` must not publish what was to be withdrawn."""
    made = archive(page("1969/07/x", "Hidden words", status="withdrawm"))
    _, built = both(made)
    assert "bad-status" in codes(built.problems) or "front-matter-value" in codes(built.problems)
    assert not any(b"Hidden words" in data for data in tree_bytes(made.site).values())


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_a_read_only_archive_says_so(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """Where nothing may be written both commands end with a message, not a traceback."""
    made = archive({"content/raw/good.txt": GOOD})

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    for step in (made.ingest, made.build):
        with pytest.raises(StorageError) as caught:
            step()
        assert caught.value.problem.code == "cannot-write"
        assert caught.value.problem.hint


def test_a_second_build_at_the_same_time_is_refused(archive: MakeArchive) -> None:
    """Two builds of one archive never run at once; the message names the other process."""
    from sitegen.store.locks import hold

    made = archive()
    with hold(made.tree.state, "build", 0), pytest.raises(LockedError, match=str(os.getpid())):
        made.build()
