"""The example in the guide to themes, tried as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "themes.md"


def test_the_guides_example_works(tmp_path: Path) -> None:
    """All files that the guide shows, written where it says, give the pages that it promises."""
    text = GUIDE.read_text(encoding="utf-8")
    files = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)```", text, re.DOTALL | re.MULTILINE))
    assert len(files) == 4
    files["content/articles/1969/07/landing.md"] = "---\ntitle: A landing\n---\n\nTwo men walked.\n"
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    build_site(SourceTree(tmp_path), BuildOptions(jobs=1), Silent())
    page = (tmp_path / "site" / "1969" / "07" / "landing" / "index.html").read_text(encoding="utf-8")
    assert '<p class="kicker motto">From the cellar</p>' in page
    assert 'href="../../../assets/motto.css"' in page
    assert 'data-accent="forest"' in page
    assert "Two men walked." in page
    assert (tmp_path / "site" / "assets" / "motto.css").exists()
