"""What is taken out is gone: from every byte of the site and from both search indexes."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from archive_support import Archive, page, tree_bytes

from sitegen.pipeline.search_archive import search_archive

MakeArchive = Callable[..., Archive]

SECRETS = ("zanzibarquux", "Florabelle Quimby", "quimby", "Quagmire Gazette", "Ms Quill", "quokkatopic")


def victim(status: str) -> dict[str, str]:
    """An article full of words that stand nowhere else; its neighbour shares an entity with it."""
    return page(
        "1969/07/victim",
        "The zanzibarquux affair",
        "Florabelle Quimby spoke of the zanzibarquux in Houston. ![](/media/none.png)",
        status=status,
        date="1969-07-20",
        permalink="/1969/07/some-affair/",
        id="victim-id",
        authors="[Ms Quill]",
        source="{name: Quagmire Gazette, url: 'https://example.com/quagmire'}",
        people="[Florabelle Quimby]",
        places="[Houston]",
        tags="[quokkatopic]",
        copies="[neighbour-id]",
    )


def neighbours() -> dict[str, str]:
    return {
        **page("1969/07/x", "A neighbour", "Houston again.", date="1969-07-19", places="[Houston]", id="neighbour-id"),
        **page("1969/07/y", "Another", "Houston once more.", date="1969-07-21", places="[Houston]"),
    }


def traces(archive: Archive) -> list[str]:
    """Output files that still hold a word of the victim, whatever the case."""
    needles = [secret.lower().encode() for secret in SECRETS]
    needles += [secret.lower().replace(" ", "-").encode() for secret in SECRETS]
    files = tree_bytes(archive.site)
    return sorted(p for p, data in files.items() if any(needle in data.lower() + p.encode() for needle in needles))


@pytest.mark.parametrize("fresh_cache", [True, False])
@pytest.mark.parametrize("status", ["withdrawn", "redacted", "draft"])
def test_nothing_of_an_article_taken_out_is_left(archive: MakeArchive, status: str, fresh_cache: bool) -> None:
    """Withdrawn, redacted or made a draft: no word of it in any file, with the old cache or without."""
    made = archive({**neighbours(), **victim("published")})
    made.build()
    assert len(traces(made)) > 5
    assert search_archive(made.tree, "zanzibarquux", 5).total == 1
    made.write(victim(status))
    if fresh_cache:
        shutil.rmtree(made.root / ".sitegen")
    report = made.build()
    assert report.articles == 2
    assert traces(made) == []
    assert search_archive(made.tree, "zanzibarquux", 5).total == 0
    assert search_archive(made.tree, "zanzibarquux", 5).suggestion is None


@pytest.mark.parametrize("status", ["withdrawn", "redacted"])
def test_the_address_of_an_article_taken_out_keeps_a_notice(archive: MakeArchive, status: str) -> None:
    """A notice stands at the old address, with the editor's note, kept from search engines and all lists."""
    made = archive({**neighbours(), **victim(status)})
    path = made.root / "content/articles/1969/07/victim.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("id:", "note: At the court's order.\nid:"), encoding="utf-8"
    )
    made.build()
    notice = made.text("site/1969/07/some-affair/index.html")
    assert "At the court&#39;s order." in notice or "At the court's order." in notice
    assert 'name="robots"' in notice
    assert "noindex" in notice
    others = [path for path, data in tree_bytes(made.site).items() if b"some-affair" in data]
    assert set(others) <= {"1969/07/some-affair/index.html", ".sitegen/manifest/00.tsv"}


def test_a_draft_has_no_page_at_all(archive: MakeArchive) -> None:
    """A draft article and a draft page leave no file."""
    made = archive(
        {**neighbours(), **victim("draft"), "content/pages/plan.md": "---\nstatus: draft\n---\nSecret plan.\n"}
    )
    made.build()
    assert not (made.site / "1969/07/some-affair").exists()
    assert not (made.site / "plan").exists()
    assert not any(b"Secret plan" in data for data in tree_bytes(made.site).values())


def test_noindex_articles_are_listed_here_and_nowhere_else(archive: MakeArchive) -> None:
    """A `noindex` article is in the archive's lists and search, has a robots tag, and is in no sitemap or feed."""
    made = archive(
        {**neighbours(), **victim("noindex"), "content/pages/quiet.md": "---\nstatus: noindex\n---\nHush.\n"}
    )
    made.build()
    text = made.text("site/1969/07/some-affair/index.html")
    assert '<meta name="robots" content="noindex' in text
    assert "some-affair" in made.text("site/archive/1969/07/index.html")
    assert search_archive(made.tree, "zanzibarquux", 5).total == 1
    for name in ("sitemap.xml", "feed.xml", "feed.json"):
        assert "some-affair" not in made.text(f"site/{name}")
    assert "/quiet/" not in made.text("site/sitemap.xml")
    assert "noindex" not in made.text("site/1969/07/x/index.html")


def test_a_removed_page_leaves_no_trace(archive: MakeArchive) -> None:
    """A page whose file is gone is gone from the site: page, lists, feeds, both indexes, empty folders."""
    made = archive({**neighbours(), **victim("published")})
    made.build()
    (made.root / "content/articles/1969/07/victim.md").unlink()
    report = made.build()
    assert report.deleted >= 1
    assert traces(made) == []
    assert not (made.site / "1969/07/some-affair").exists()
    assert search_archive(made.tree, "zanzibarquux", 5).total == 0
