"""The ledger theme: every kind of page, without a line of JavaScript."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from sample_views import ARTICLE, BODY, CARD, PAGES, SITE

from sitegen.render.theme import Renderer
from sitegen.render.theme_source import ThemeSource, load_theme, resolve_settings
from sitegen.render.views import HomeView, NotFoundView, SearchView, View

_LEDGER = Path(__file__).parents[2] / "themes" / "ledger"
_IDS = [f"{type(view).__name__}-{view.url}" for view, _ in PAGES]


@pytest.fixture(scope="module")
def theme(default_files: dict[str, bytes]) -> ThemeSource:
    """The ledger theme on top of the default one."""
    own = {path.relative_to(_LEDGER).as_posix(): path.read_bytes() for path in _LEDGER.rglob("*") if path.is_file()}
    return load_theme([("ledger", own), ("default", default_files)])


@pytest.fixture(scope="module")
def ledger(theme: ThemeSource) -> Renderer:
    """The theme with its own settings."""
    return Renderer(theme, msgspec.structs.replace(SITE, settings=resolve_settings(theme, {})))


class _Tags(HTMLParser):
    """Elements of a page, those in `<noscript>` too."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_no_page_needs_a_script(ledger: Renderer, view: View, body: str) -> None:
    """No script, no handler, no form, and nothing that waits hidden for a script; data for machines may stand there."""
    for tag, attributes in _Tags(ledger.render(view, body)).found:
        assert tag not in ("form", "select", "button", "noscript", "template")
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        if tag == "script":
            assert attributes.get("type") == "application/ld+json"


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_pages_have_an_outline_and_unique_ids(ledger: Renderer, view: View, body: str) -> None:
    """One first-level heading and one main landmark; ids are there once."""
    found = _Tags(ledger.render(view, body)).found
    tags = Counter(tag for tag, _ in found)
    assert (tags["h1"], tags["main"], tags["title"] - tags["svg"] >= 0) == (1, 1, True)
    ids = Counter(attributes["id"] for _, attributes in found if "id" in attributes)
    assert not [name for name, count in ids.items() if count > 1]


def test_its_assets_hold_no_script_and_fetch_nothing(theme: ThemeSource) -> None:
    """The default theme's scripts are left out; the one sheet is small and asks no other host."""
    assert sorted(theme.assets) == ["browse.css", "entities.css", "favicon.ico", "favicon.svg", "style.css"]
    assert len(theme.assets["style.css"]) <= 10_000
    for name in ("style.css", "entities.css"):
        assert not re.search(rb"url\(|@import|https?://", theme.assets[name])


def test_searching_becomes_browsing(ledger: Renderer) -> None:
    """The search page and the page for missing ones lead to every list."""
    for view in (SearchView(url="/search/"), NotFoundView(url="/404.html")):
        main = ledger.render(view).decode().split("<main", 1)[1].split("</main>")[0]
        for name in ("archive", *SITE.families):
            assert f'{name}/">' in main


def test_an_article_keeps_what_a_reader_needs(ledger: Renderer) -> None:
    """Text, names, citation with its address, provenance, relatives and neighbours, and the tags that Zotero reads."""
    page = ledger.render(ARTICLE, BODY).decode()
    for part in (
        'name="z:itemType" content="newspaperArticle"',
        '<a class="m m-person" href="../../../people/ida-falk/">Ida Falk</a>',
        'aria-label="About this article"',
        'id="cite"',
        "<dt>SHA-256</dt>",
        'id="related"',
        'rel="prev"',
    ):
        assert part in page
    assert "BibTeX" not in page


def test_its_settings_have_types_and_defaults(theme: ThemeSource) -> None:
    """Its own settings stand beside those it inherits, some with another default, and change the pages."""
    values = resolve_settings(theme, {"columns": 2, "stripes": False, "tint": "green", "excerpts": True})
    assert values == {
        "accent": "ink",
        "typeface": "sans",
        "mentions": True,
        "excerpts": True,
        "tint": "green",
        "columns": 2,
        "stripes": False,
    }
    home = HomeView(url="/", articles=1, first="", last="", sources=0, histogram=(), top=(), latest=(CARD,))
    page = Renderer(theme, msgspec.structs.replace(SITE, settings=values)).render(home).decode()
    assert 'data-tint="green" data-columns="2">' in page
    assert CARD.excerpt in page
    assert CARD.excerpt not in Renderer(theme, SITE).render(home).decode()
