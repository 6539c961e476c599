"""Web pages."""

from __future__ import annotations

import sys

import pytest

from sitegen.ingest.readers import reader_for
from sitegen.model import Problem, RawArticle

PAGE = """<!doctype html><html lang="en"><head><title>The wall has been built | Courier</title>
<meta name="author" content="Ana Roe"><meta property="article:published_time" content="2019-03-04T10:00:00Z">
<meta property="og:site_name" content="Courier"></head><body><nav><a href="/">Home</a> <a href="/a">About</a></nav>
<article><h1>The wall has been built</h1>
<p>The wall of the harbour has been <b>built</b> after a year of work, the board of the town said on Tuesday.</p>
<p>It cost more than the <a href="https://example.org/plan">plan</a> had said, and nobody was surprised by that.</p>
<p>The next wall will be built on the other side of the river, where the old bridge stood until the storm came.</p>
</article><footer>Copyright Courier</footer></body></html>"""


def read(data: bytes) -> RawArticle | Problem:
    reader = reader_for("a.html")
    assert reader is not None
    (found,) = reader.read(data, "a.html", {})
    return found


def test_main_text_and_metadata_are_found() -> None:
    """The article's paragraphs come as Markdown, without the page around them."""
    pytest.importorskip("trafilatura", reason="needs the extra `web`")
    found = read(PAGE.encode())
    assert isinstance(found, RawArticle)
    assert (found.title, found.date, found.authors) == ("The wall has been built", "2019-03-04", ("Ana Roe",))
    assert found.format == "markdown"
    assert "[plan](https://example.org/plan)" in found.text
    assert "Home" not in found.text
    assert "other side of the river" in found.text


def test_short_pages_lose_nothing() -> None:
    """A page with little text is read as well."""
    pytest.importorskip("trafilatura", reason="needs the extra `web`")
    found = read(b"<html><body><p>One short line of text here.</p></body></html>")
    assert isinstance(found, RawArticle)
    assert "One short line" in found.text


def test_pages_without_text_are_set_aside() -> None:
    """A page with nothing to read is told."""
    pytest.importorskip("trafilatura", reason="needs the extra `web`")
    found = read(b"<html><body></body></html>")
    assert isinstance(found, Problem)
    assert found.code == "html-empty"


def test_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without trafilatura the page is set aside with the command that installs it."""
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    found = read(PAGE.encode())
    assert isinstance(found, Problem)
    assert (found.code, found.hint) == ("reader-missing", "pip install 'sitegen[web]'")
