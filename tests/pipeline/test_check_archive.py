"""Looking for what is wrong, and changing nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, codes, page

from sitegen.errors import UsageError
from sitegen.pipeline.check_archive import check_archive
from sitegen.pipeline.fixity import check_bag

MakeArchive = Callable[..., Archive]

TEXT = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."


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


def flip(path: Path, place: int = -20) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("content/raw/a.txt", "raw-changed"),
        ("content/raw/b.jsonl", "raw-changed"),
        ("content/raw/c.csv", "raw-changed"),
        ("site/index.html", "output-changed"),
        ("site/search/index.json", "output-changed"),
    ],
)
def test_fixity_finds_one_flipped_bit(archive: MakeArchive, path: str, code: str) -> None:
    """In a raw text, in a record of a larger file, in a page of the site."""
    lines = "".join(f'{{"id": "b{n}", "text": "Some text number {n}."}}\n' for n in range(5))
    table = "id,text\r\n" + "".join(f"c{n},Some other text {n}\r\n" for n in range(5))
    made = archive({"content/raw/a.txt": TEXT, "content/raw/b.jsonl": lines, "content/raw/c.csv": table})
    made.ingest()
    made.build()
    assert codes(check_archive(made.tree, fixity=True).problems) == []
    flip(made.root / path)
    (found,) = [problem for problem in check_archive(made.tree, fixity=True).problems if problem.code != "broken-link"]
    assert (found.code, found.severity) == (code, "error")
    assert path in found.path


def test_fixity_finds_a_flipped_bit_in_a_page(archive: MakeArchive) -> None:
    """A page nobody has edited is known by its digest; a lost file of the site is found too."""
    made = archive({"content/raw/a.txt": TEXT})
    made.ingest()
    made.build()
    flip(made.page_files()[0], -3)
    (made.site / "feed.xml").unlink()
    assert {"page-changed", "unreadable"} <= set(codes(check_archive(made.tree, fixity=True).problems))


def test_a_damaged_bag_is_found(tmp_path: Path) -> None:
    """A flipped bit, a missing file and a file too many, each named; a folder that is no bag is refused."""
    bagit = pytest.importorskip("bagit")
    bag = tmp_path / "bag"
    bag.mkdir()
    for name in ("a", "b", "c"):
        (bag / name).write_text(name * 100, encoding="ascii")
    bagit.make_bag(str(bag), checksums=["sha256"])
    report = check_bag(bag)
    assert (report.files, report.bytes, report.problems) == (3, 300, [])
    flip(bag / "data" / "a")
    assert [problem.path for problem in check_bag(bag).problems] == ["data/a"]
    (bag / "data" / "b").unlink()
    (bag / "data" / "d").write_text("d", encoding="ascii")
    assert check_bag(bag).problems
    with pytest.raises(UsageError):
        check_bag(tmp_path)
