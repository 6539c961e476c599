"""`sitegen why`: what a page is made of and why it was written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from archive_support import Archive, article, page

from sitegen.errors import ContentError, UsageError
from sitegen.pipeline.explain_page import explain_page

MakeArchive = Callable[..., Archive]


def test_a_page_knows_what_it_is_made_of_and_why_it_was_written(archive: MakeArchive) -> None:
    """Articles, lists and standalone pages, by address or file; the reason is that of the last write."""
    one = page("1969/07/a", date="1969-07-20", people="[Neil Armstrong]", authors="[Ann Lee]")
    made = archive(
        {
            **one,
            **page("1969/07/b", date="1969-07-21", people="[Neil Armstrong]"),
            "content/pages/about.md": article("About"),
        }
    )
    with pytest.raises(ContentError):
        explain_page(made.tree, "/1969/07/a/")
    made.build()
    found = explain_page(made.tree, "https://example.org/archive/1969/07/a/")
    assert (found.url, found.template, found.reason) == ("/1969/07/a/", "article.html", "new")
    assert found.content == ("content/articles/1969/07/a.md",)
    assert set(found.entities) == {"/people/neil-armstrong/", "/authors/ann-lee/"}
    assert found.written.endswith("Z")
    made.write(page("1969/07/a", body="Other words.", date="1969-07-20", people="[Neil Armstrong]"))
    made.build()
    assert explain_page(made.tree, "1969/07/a/index.html").reason == "content"
    expected = {
        "/people/neil-armstrong/": ("entity:people/neil-armstrong", 2),
        "/people/neil-armstrong/data.json": ("entity-data:people/neil-armstrong", 2),
        "/people/a-z/n/": ("letter:people@n", 2),
        "/archive/1969/07/": ("month:1969-07", 2),
        "/archive/1969": ("year:1969", 2),
        "/": ("home", 0),
        "/feed.xml": ("feed:/feed.xml", 0),
        "/people/": ("index:people", 0),
        "/about/": (explain_page(made.tree, "/about/").page, 0),
    }
    assert {
        url: (found.page, found.articles) for url in expected if (found := explain_page(made.tree, url))
    } == expected
    assert explain_page(made.tree, "/about/").content == ("content/pages/about.md",)
    with pytest.raises(UsageError):
        explain_page(made.tree, "/nowhere/")
