"""The default theme's scripts, in a real browser under a strict Content-Security-Policy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import msgspec
import pytest
from citation_records import bibtex_records, ris_records
from sample_views import ARTICLE, BODY, PAGES, SITE

from sitegen.render.theme import Renderer
from sitegen.render.theme_source import ThemeSource
from sitegen.render.views import ArticleView, EntityEntry, EntityIndexView, Link, RedirectView, View

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
pytestmark = pytest.mark.browser

_HOST = "https://archive.example"
_ODD = msgspec.structs.replace(
    ARTICLE,
    url="/odd/",
    title="50% of {all} & more_\\ </script>",
    authors=(Link("Prince", "/a/"),),
    source=None,
    date="1961-04?",
)
_BREAKS = "\r\n", "\n", "\r", "\x0b", "\x1e", "\x85", "\u2028"
_HOSTILE = msgspec.structs.replace(
    ARTICLE,
    url="/hostile/",
    title="x" + "".join(f"{end}ER  - {end}TY  - BOOK{end}TI  - y" for end in _BREAKS),
    authors=(
        Link("A}}\n@book{b, title = {c}}", "/a/"),
        Link("\\}, url = {http://evil.example/}, x = {", "/b/"),
        Link("C\r\nER  - \r\nTY  - BOOK", "/c/"),
        Link("}}}}", "/d/"),
    ),
    source=Link("{{{ News\nUR  - http://evil.example/", "/s/"),
)
_NAMES = tuple(EntityEntry(f"n{at}", f"Zoë Name{at}", 1, f"/people/n{at}/") for at in range(30))
_INDEX = EntityIndexView(url="/people/names/", kind="person", entries=_NAMES)
_SITE: list[tuple[View, str]] = [*PAGES, (_ODD, BODY), (_HOSTILE, BODY), (_INDEX, "")]


@pytest.fixture(scope="module")
def files(default_theme: ThemeSource) -> dict[str, bytes]:
    """The site's pages and assets by URL path."""
    renderer = Renderer(default_theme, SITE)
    pages = {view.url: renderer.render(view, body) for view, body in _SITE}
    return pages | {f"/assets/{name}": data for name, data in default_theme.assets.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    """Chromium: the system's where there is one, else Playwright's."""
    with playwright.sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield found
        found.close()


@pytest.fixture
def page(browser: playwright.Browser, files: dict[str, bytes]) -> Iterator[playwright.Page]:
    """A page on a host that allows nothing inline; any complaint of the browser fails the test."""
    context = browser.new_context(
        permissions=["clipboard-read", "clipboard-write"], viewport={"width": 390, "height": 800}
    )
    complaints: list[str] = []

    def answer(route: playwright.Route) -> None:
        path = route.request.url.removeprefix(_HOST).split("?")[0].split("#")[0]
        kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "ico": "image/x-icon"}
        route.fulfill(
            status=200 if path in files else 404,
            body=files.get(path, b""),
            headers={
                "Content-Security-Policy": "default-src 'self'",
                "Content-Type": kinds.get(path.rpartition(".")[2], "text/html; charset=utf-8"),
            },
        )

    context.route("**/*", answer)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not [text for text in complaints if "404" not in text]


def test_every_page_fits_a_narrow_screen_under_the_policy(page: playwright.Page) -> None:
    """No page is wider than 390 pixels, and none breaks the Content-Security-Policy."""
    for view, _ in _SITE:
        if not isinstance(view, RedirectView):
            page.goto(_HOST + view.url)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, view.url


def _copied(page: playwright.Page, view: ArticleView, form: str) -> str:
    page.goto(_HOST + view.url)
    page.click(f"[data-copy={form}]")
    page.wait_for_selector("[data-cite-status]:not(:empty)")
    text = page.evaluate("navigator.clipboard.readText()")
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def test_citations_are_copied_in_each_format(page: playwright.Page) -> None:
    """BibTeX, RIS, CSL-JSON and plain text hold authors, title, source, date and the address."""
    url = f"{_HOST}/1961/04/harbour-opens/"
    assert "@article{falk1961,\n  author = {Falk, Ida and Ray, Tom},\n" in _copied(page, ARTICLE, "bibtex")
    ris = _copied(page, ARTICLE, "ris").splitlines()
    assert ris[0] == "TY  - NEWS"
    assert {"AU  - Falk, Ida", "AU  - Ray, Tom", "T2  - Evening Ledger", "DA  - 1961/04/12", f"UR  - {url}"} <= set(ris)
    assert ris[-1] == "ER  - "
    (item,) = json.loads(_copied(page, ARTICLE, "csl"))
    assert item["type"] == "article-newspaper"
    assert item["author"] == [{"family": "Falk", "given": "Ida"}, {"family": "Ray", "given": "Tom"}]
    assert item["issued"] == {"date-parts": [[1961, 4, 12]]}
    assert item["URL"] == url
    plain = _copied(page, ARTICLE, "plain")
    assert (
        plain
        == f"Ida Falk, Tom Ray. “Harbour opens to “great” ships”. Evening Ledger, 12 April 1961. Harbour Archive, {url}"
    )


def test_odd_titles_survive_in_citations(page: playwright.Page) -> None:
    """TeX's signs are escaped in BibTeX and left alone elsewhere; what is not known is left out."""
    bibtex = _copied(page, _ODD, "bibtex")
    assert r"title = {{50\% of all \& more\_\textbackslash{} </script>}}" in bibtex
    assert "journal" not in bibtex
    assert "author = {Prince}" in bibtex
    (item,) = json.loads(_copied(page, _ODD, "csl"))
    assert item["title"] == _ODD.title
    assert item["issued"] == {"date-parts": [[1961, 4]]}


def test_hostile_names_add_no_record_and_no_field(page: playwright.Page) -> None:
    """Line breaks, braces and tags in titles and names leave one record with the fields that it should have."""
    (bibtex,) = bibtex_records(_copied(page, _HOSTILE, "bibtex"))
    assert set(bibtex) <= {"key", "author", "title", "journal", "date", "year", "month", "url", "langid", "note"}
    assert bibtex["url"] == f"{_HOST}/hostile/"
    (ris,) = ris_records(_copied(page, _HOSTILE, "ris"))
    tags = [tag for tag, _ in ris]
    assert tags == ["TY", "TI", "AU", "AU", "AU", "AU", "T2", "PY", "DA", "LA", "DB", "UR", "ID", "ER"]
    assert dict(ris)["UR"] == f"{_HOST}/hostile/"
    (item,) = json.loads(_copied(page, _HOSTILE, "csl"))
    assert len(item["author"]) == 4
    assert "\n" not in item["title"]


def test_citations_can_be_saved(page: playwright.Page) -> None:
    """A click downloads the citation under the article's identifier."""
    page.goto(_HOST + ARTICLE.url)
    with page.expect_download() as download:
        page.click("[data-save=ris]")
    assert download.value.suggested_filename == f"{ARTICLE.id}.ris"


def test_colours_follow_the_switch_and_are_remembered(page: playwright.Page) -> None:
    """The button goes round automatic, light and dark; the choice holds on the next page, before it is painted."""
    page.goto(_HOST + "/about/")
    seen = []
    for _ in range(3):
        seen.append(page.inner_text("[data-mode-name]"))
        page.click("button[data-mode]")
    assert seen == ["Auto", "Light", "Dark"]
    page.click("button[data-mode]")
    page.click("button[data-mode]")
    page.goto(_HOST + "/people/")
    assert page.evaluate("document.documentElement.dataset.mode") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"


def test_marks_can_be_switched_off_by_keyboard(page: playwright.Page) -> None:
    """The switch says its state and keeps it for the next article."""
    page.goto(_HOST + ARTICLE.url)
    page.focus("[data-marks-switch] button")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-marks-switch] button", "aria-pressed") == "false"
    page.reload()
    assert page.get_attribute(".story", "data-marks") == "off"


def test_the_first_tab_stop_skips_to_the_content(page: playwright.Page) -> None:
    """Keyboard users reach the text in two keys."""
    page.goto(_HOST + ARTICLE.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_long_lists_can_be_filtered(page: playwright.Page) -> None:
    """Names are found by any of their words, whatever case and accents."""
    page.goto(_HOST + _INDEX.url)
    page.fill("[data-filter] input", "zoe NAME2")
    assert page.locator("#entries > li:visible").count() == 11
    assert page.inner_text("[data-filter] output") == "11"
    page.fill("[data-filter] input", "")
    assert page.locator("#entries > li:visible").count() == 30
    assert page.inner_text("[data-filter] output") == ""
