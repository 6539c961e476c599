"""The example in the guide to themes, tried."""

from __future__ import annotations

import re
from pathlib import Path

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "themes.md"


def _block(language: str, after: str) -> str:
    text = GUIDE.read_text(encoding="utf-8")
    found = re.compile(rf"```{language}\n(.*?)```", re.DOTALL).search(text, text.index(after))
    assert found is not None
    return found[1]


def test_the_guides_example_changes_one_block(tmp_path: Path) -> None:
    """A theme of two files that the guide shows builds, and its block stands in the article's page."""
    theme = tmp_path / "themes" / "mine"
    (theme / "templates").mkdir(parents=True)
    (theme / "theme.toml").write_text(_block("toml", "## Change one thing"), encoding="utf-8")
    (theme / "templates" / "article.html").write_text(_block("jinja", "## Change one thing"), encoding="utf-8")
    (tmp_path / "sitegen.toml").write_text(_block("toml", "# Themes"), encoding="utf-8")
    articles = tmp_path / "content" / "articles" / "1969" / "07"
    articles.mkdir(parents=True)
    (articles / "landing.md").write_text("---\ntitle: A landing\n---\n\nTwo men walked.\n", encoding="utf-8")
    build_site(SourceTree(tmp_path), BuildOptions(jobs=1), Silent())
    page = (tmp_path / "site" / "1969" / "07" / "landing" / "index.html").read_text(encoding="utf-8")
    assert '<p class="kicker">From our archive</p>' in page
    assert "Two men walked." in page
