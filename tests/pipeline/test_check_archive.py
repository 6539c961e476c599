"""Looking for what is wrong, and changing nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, codes, page

from sitegen.pipeline.check_archive import check_archive

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
