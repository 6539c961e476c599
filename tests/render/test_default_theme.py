"""Pages of the default theme: links, escaping, and what a strict host and a careful reader ask of them."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import jinja2
import jinja2.sandbox
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_views import ARTICLE, BODY, CARD, ENTITY, PAGES, PERSON, SITE

from sitegen.render.environment import ThemeEnvironment
from sitegen.render.theme import Renderer
from sitegen.render.theme_source import ThemeSource
from sitegen.render.views import (
    ArticleView,
    Bar,
    EntityGroup,
    EntityView,
    HomeView,
    Link,
    MonthView,
    NotFoundView,
    PageView,
    SearchView,
    View,
)

_VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "line"}
_IDS = [f"{type(view).__name__}-{view.url}" for view, _ in PAGES]


class _Page(HTMLParser):
    """Elements of a page in order; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _links(page: _Page) -> list[str]:
    return [
        attributes[name] for _, attributes in page.elements for name in ("href", "src", "action") if name in attributes
    ]


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_pages_run_under_a_strict_content_security_policy(renderer: Renderer, view: View, body: str) -> None:
    """No inline script, style or event handler, nothing from another host; the only script text is data."""
    page = _Page(renderer.render(view, body).decode())
    for tag, attributes in page.elements:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
    for script in page.of("script"):
        assert script.get("src") or script.get("type") == "application/ld+json"
    loaded = [a["src"] for _, a in page.elements if "src" in a] + [a["href"] for a in page.of("link") if "href" in a]
    assert not [url for url in loaded if "//" in url]


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_links_stay_below_any_base_path(renderer: Renderer, view: View, body: str) -> None:
    """Every link of the site itself is relative and leads below the folder the site lies in.

    Only the page for missing pages, served for any address, starts at the path of the base URL.
    """
    if isinstance(view, NotFoundView):
        return
    base = f"https://host.example/repo{view.url}"
    for url in _links(_Page(renderer.render(view, body).decode())):
        assert not url.startswith("/")
        resolved = urljoin(base, url)
        assert resolved.startswith(
            (
                "https://host.example/repo/",
                "https://example.org/",
                "https://www.wikidata.org/",
                "https://www.geonames.org/",
                "geo:",
            )
        )


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_links_name_files_for_reading_from_a_folder(default_theme: ThemeSource, view: View, body: str) -> None:
    """With `file_urls` no link ends in a folder, in the page or in the article's text."""
    renderer = Renderer(default_theme, msgspec.structs.replace(SITE, file_urls=True))
    for url in _links(_Page(renderer.render(view, body).decode())):
        assert url.startswith(("https:", "geo:", "#")) or not re.search(r"(^|/)(#|\?|$)", url)


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_pages_have_an_outline_and_unique_ids(renderer: Renderer, view: View, body: str) -> None:
    """One first-level heading, no level left out, one main landmark, ids and labels that fit together."""
    page = _Page(renderer.render(view, body).decode())
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels) if later > 1)
    assert len(page.of("main")) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for label in page.of("label"):
        assert label["for"] in ids
    for _, attributes in page.elements:
        assert attributes.get("aria-labelledby", ids[0] if ids else "") in [*ids, ""]
    assert page.of("html")[0]["lang"] == "en"
    assert len([text for tag, text in page.texts if tag == "title" and text.strip()]) >= 1


@pytest.mark.parametrize(("view", "body"), PAGES, ids=_IDS)
def test_pages_are_the_same_twice(default_theme: ThemeSource, renderer: Renderer, view: View, body: str) -> None:
    """A page's bytes depend on view, site and theme alone."""
    assert renderer.render(view, body) == Renderer(default_theme, SITE).render(view, body)


_EVIL = '</title></script><script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)\' {{ 7*7 }}'


def _poison(value: object) -> object:
    """The value with every text in it, addresses aside, replaced by an attack."""
    if isinstance(value, str):
        return _EVIL
    if isinstance(value, tuple):
        return tuple(_poison(item) for item in value)
    if isinstance(value, msgspec.Struct):
        kept = (
            "url",
            "kind",
            "date",
            "updated",
            "language",
            "direction",
            "label",
            "status",
            "slug",
            "month",
            "year",
            "first",
            "last",
        )
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        if isinstance(value, Link):
            return msgspec.structs.replace(value, label=value.label if re.match(r"\d", value.label) else _EVIL)
        return msgspec.structs.replace(value, **{n: v if n in kept else _poison(v) for n, v in fields.items()})
    return value


@pytest.mark.parametrize("view", [view for view, _ in PAGES], ids=_IDS)
def test_no_text_becomes_markup(renderer: Renderer, view: View) -> None:
    """Whatever stands in an article, name or note is shown as text, on every page and in its metadata."""
    poisoned = _poison(view)
    assert isinstance(poisoned, View)
    page = _Page(renderer.render(poisoned).decode())
    assert not page.of("img")
    assert all(script.get("src") or script.get("type") for script in page.of("script"))
    assert not [a for _, a in page.elements if "onmouseover" in a or "onerror" in a]
    assert "49" not in "".join(text for _, text in page.texts)
    for tag, text in page.texts:
        if tag == "script" and text.strip():
            json.loads(text)


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=40), name=st.text(max_size=20), language=st.text(max_size=8))
def test_any_text_gives_a_well_formed_article(renderer: Renderer, title: str, name: str, language: str) -> None:
    """Names, titles and languages of any characters leave the page's elements as they are."""
    link = msgspec.structs.replace(PERSON, name=name)
    view = msgspec.structs.replace(
        ARTICLE, title=title, language=language, groups=(EntityGroup("person", (link,)),), authors=(Link(name, "/a/"),)
    )
    plain = msgspec.structs.replace(view, title="t", language=language and "l", authors=(Link("n", "/a/"),))
    expected = [tag for tag, _ in _Page(renderer.render(plain, BODY).decode()).elements]
    assert expected == [tag for tag, _ in _Page(renderer.render(view, BODY).decode()).elements]


def test_quick_escaping_is_jinjas(default_theme: ThemeSource) -> None:
    """The compiled templates escape as Jinja's own code does."""
    source = "{{ a }}|{{ a|upper }}|{{ a|e }}|{% filter lower %}{{ a }}{% endfilter %}|{{ n }}"
    own = ThemeEnvironment(autoescape=True)
    stock = jinja2.sandbox.SandboxedEnvironment(autoescape=True)
    for text in ("plain", "a & b", "<i>", "'", '"', ">", "", "é", "&amp;"):
        values = {"a": text, "n": 3.5}
        assert own.from_string(source).render(values) == stock.from_string(source).render(values)
    switched = "{% autoescape flag %}{{ a }}{% endautoescape %}"
    for flag in (True, False):
        values = {"a": "<", "flag": flag}
        assert own.from_string(switched).render(values) == stock.from_string(switched).render(values)
    with pytest.raises(jinja2.UndefinedError):
        ThemeEnvironment(undefined=jinja2.StrictUndefined, autoescape=True).from_string("{{ x }}").render()


def test_mentions_link_to_their_entities(renderer: Renderer) -> None:
    """A mark becomes a link of its kind; one without a target leaves the text bare."""
    page = renderer.render(ARTICLE, BODY).decode()
    assert '<a class="m m-person" href="../../../people/ida-falk/">Ida Falk</a> met nobody on' in page
    assert '<a class="m m-other" href="../../../kinds/ship/a-z/b/#beagle">Beagle</a>' in page
    assert '<a href="../../../about/">About</a>' in page


def test_an_article_shows_what_a_reader_asks(renderer: Renderer) -> None:
    """Headline, date, byline, source, length, names, relatives with reasons, neighbours, citation and provenance."""
    page = renderer.render(ARTICLE, BODY).decode()
    for part in (
        "<title>Harbour opens to “great” ships · Harbour Archive</title>",
        '<time datetime="1961-04-12">12 April 1961</time>',
        'rel="author" href="../../../authors/ida-falk/"',
        ">Evening Ledger</a>",
        "2 minutes to read",
        "Both name <bdi>Ida Falk</bdi> and <bdi>Tug &amp; Sons</bdi>",
        'rel="prev" href="../04/first-orbit/"'.replace("../04", "../../../1961/04"),
        "<dt>SHA-256</dt>",
        "taken from the text by machine",
        "found by machine, not checked",
        'rel="external noreferrer" href="https://example.org/a?b=1&amp;c=2"',
        "The same text",
    ):
        assert part in page


def test_another_language_is_marked_where_it_stands(renderer: Renderer) -> None:
    """A card or article in another language or direction says so; those in the site's own do not."""
    view = MonthView(url="/archive/1961/05/", month="1961-05", cards=(CARD, PAGES[0][0].latest[1]))  # type: ignore[attr-defined]
    page = renderer.render(view).decode()
    assert '<h3 lang="he" dir="rtl">' in page
    assert 'lang="en" dir' not in page.split("<main", 1)[1]
    article = ArticleView(url="/a/b/c/", id="x", date="", title="שלום", language="he", direction="rtl")
    assert '<h1 lang="he" dir="rtl">' in renderer.render(article).decode()


def test_an_article_without_title_or_date_still_has_words_for_them(renderer: Renderer) -> None:
    """Nothing is left blank."""
    page = renderer.render(ArticleView(url="/undated/y/", id="y", date="")).decode()
    assert "<h1" in page
    assert ">Untitled</h1>" in page
    assert ">Undated<" in page


def test_the_page_for_missing_pages_works_at_any_depth(default_theme: ThemeSource) -> None:
    """Its links start at the base URL's path, since it is served for any address."""
    hosted = Renderer(default_theme, msgspec.structs.replace(SITE, base_url="https://example.org/repo/"))
    page = hosted.render(NotFoundView(url="/404.html")).decode()
    assert 'href="/repo/assets/style.css"' in page
    assert 'href="/repo/people/"' in page
    alone = Renderer(default_theme, SITE).render(NotFoundView(url="/404.html")).decode()
    assert 'href="/assets/style.css"' in alone


def test_a_hosted_site_has_canonical_urls(default_theme: ThemeSource) -> None:
    """With a base URL pages name their lasting address, and browsers can search."""
    hosted = Renderer(default_theme, msgspec.structs.replace(SITE, base_url="https://example.org/repo/"))
    page = hosted.render(ARTICLE, BODY).decode()
    assert '<link rel="canonical" href="https://example.org/repo/1961/04/harbour-opens/">' in page
    assert 'href="../../../opensearch.xml"' in page
    assert "opensearch" not in Renderer(default_theme, SITE).render(ARTICLE, BODY).decode()


def test_the_search_page_keeps_its_contract(default_theme: ThemeSource, renderer: Renderer) -> None:
    """What the search script builds on: ids, names, the way to the root, and the script itself."""
    text = renderer.render(SearchView(url="/search/")).decode()
    page = _Page(text)
    ids = {attributes["id"]: tag for tag, attributes in page.elements if "id" in attributes}
    assert ids["search-form"] == "form"
    assert ids["search-sort"] == "select"
    assert ids["search-more"] == "button"
    assert {"search-status", "search-results", "search-facets", "search-histogram"} <= set(ids)
    assert page.of("html")[0]["data-root"] == "../"
    assert [(f["action"], f["method"]) for f in page.of("form") if f.get("id") == "search-form"] == [
        ("../search/", "get")
    ]
    assert [i["name"] for i in page.of("input")] == ["q"]
    assert {"src": "../assets/search-page.js", "type": "module"} in page.of("script")
    assert "<noscript>" in text
    from_folder = Renderer(default_theme, msgspec.structs.replace(SITE, file_urls=True)).render(
        SearchView(url="/search/")
    )
    scripts = _Page(from_folder.decode()).of("script")
    assert not [script for script in scripts if script.get("type") == "module"]
    assert {"src": "../assets/search-page.classic.js", "defer": ""} in scripts


def test_bars_of_an_entity_lead_to_its_years(renderer: Renderer) -> None:
    """A short list is linked by anchors, a long one by its pages."""
    page = renderer.render(ENTITY).decode()
    assert '<a href="#y1961" tabindex="-1">' in page
    assert 'id="y1961"' in page
    years = tuple(Link(year, f"/people/ida-falk/{year}/") for year in ("1963", "1961"))
    page = renderer.render(msgspec.structs.replace(ENTITY, years=years)).decode()
    assert '<a href="../../people/ida-falk/1961/" tabindex="-1">' in page


def test_settings_change_the_pages(default_theme: ThemeSource) -> None:
    """Marks can start switched off, and excerpts left out of lists."""
    values = {"mentions": False, "excerpts": False, "accent": "ink", "typeface": "sans"}
    renderer = Renderer(default_theme, msgspec.structs.replace(SITE, settings=values))
    assert b'data-marks="off"' in renderer.render(ARTICLE, BODY)
    home = HomeView(url="/", articles=1, first="", last="", sources=0, histogram=(), top=(), latest=(CARD,))
    page = renderer.render(home).decode()
    assert CARD.excerpt not in page
    assert 'data-typeface="sans"' in page


def test_a_page_is_light(default_theme: ThemeSource, renderer: Renderer) -> None:
    """Style, scripts and an article without its text stay far below 60 kB; the style sheet below 20 kB."""
    assets = default_theme.assets
    assert len(assets["style.css"]) <= 20_000
    own = sum(len(data) for name, data in assets.items() if name in ("style.css", "site.js", "theme.js", "favicon.svg"))
    assert own + len(renderer.render(ARTICLE)) < 60_000
    for name, data in assets.items():
        if name.endswith((".css", ".js", ".svg")):
            assert not re.search(rb"url\(|@import|https?://(?!www\.w3\.org/)", data), name


def test_marks_of_other_pages_bodies_only_need_the_root(renderer: Renderer) -> None:
    """A standalone page has no mentions; a year's page without histogram is fine, too."""
    assert b'href="../archive/"' in renderer.render(PageView(url="/about/", title="A"), '<a href="\x11archive/">x</a>')
    view = EntityView(url="/people/x/", kind="person", slug="x", name="X", by_year=(Bar("1961", 1),), checked=True)
    assert b"chart" not in renderer.render(view)
