"""The search page in Chromium, under a strict content security policy and from a folder."""

from __future__ import annotations

import csv
import functools
import http.server
import io
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from citation_records import bibtex_records
from search_support import Text, corpus_of, random_archive, write_index

from sitegen.search.classic import classic_script

ASSETS = Path(__file__).parents[2] / "themes" / "default" / "assets"
PAGE = """<!doctype html><html lang="en" data-root="../"><meta charset="utf-8"><title>Search</title>{script}
<form id="search-form" role="search" action="./"><label for="q">Search</label><input id="q" name="q">
<button>Go</button></form>
<main><h1>Search</h1><p id="search-status" role="status"></p><label for="search-sort">Order</label>
<select id="search-sort"><option value="relevance">Best</option><option value="newest">Newest</option>
<option value="oldest">Oldest</option></select><div id="search-histogram"></div>
<aside id="search-facets" aria-label="Narrow"></aside><div id="search-results"></div>
<p><button type="button" id="search-more" hidden>More</button></p></main></html>
"""
MODULE = '<script type="module" src="../assets/search-page.js"></script>'
CLASSIC = '<script src="../assets/search-page.classic.js" defer></script>'
PATIENCE = 60.0
"""Seconds until something that should happen at once counts as never happening: machines may be busy."""
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HOSTILE = Text(
    "<img src=x onerror=alert(1)>",
    "<script>document.title='broken'</script> moon & =cmd|'/c calc'!A1",
    'A "quoted" moon <b onmouseover=alert(1)>bold</b> text.',
    "1962-12-31",
    source="<i>Source</i>",
)
_BREAKS = "\r\n", "\n", "\r", "\x0b", "\x1e", "\x85", "\u2028"
RECORDS = [
    Text(
        f"{value[:1]}\n{number}",
        value,
        "An unmistakable sentence.",
        "1963-01-01",
        source=value,
        authors=(value, f"B{value}"),
    )
    for number, value in enumerate(
        (
            *(f"{space}{sign}1+1" for space in ("", " ", "\t", "\n", "\ufeff") for sign in "=+-@＝＋－＠"),
            *(f'x{end}"=1+1","y"{end}=1+1' for end in _BREAKS),
            "x}}\n@book{b, title = {c}}",
            "\\}, url = {http://evil.example/}, x = {",
            "}}}}",
            "{{{{",
            "\\",
            "% comment",
            '"',
            "'",
        )
    )
]

pytestmark = pytest.mark.browser


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under a strict policy; paths in `refused` get no answer, those in `damaged` a wrong one."""

    refused: ClassVar[set[str]] = set()
    damaged: ClassVar[set[str]] = set()
    requested: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).requested.append(self.path)
        if any(part in self.path for part in self.refused):
            self.send_error(503)
            return
        if any(part in self.path for part in self.damaged):
            self.send_response(200)
            self.send_header("Cache-Control", "max-age=3600")
            self.end_headers()
            self.wfile.write(b'{"words": [7]}')
            return
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src 'self'")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def make_site(folder: Path, articles: list[Text], *, scripts: bool) -> None:
    write_index(folder, corpus_of(articles), scripts=scripts)
    assets = folder / "assets"
    assets.mkdir()
    for asset in ASSETS.glob("search*.js"):
        shutil.copyfile(asset, assets / asset.name)
    (folder / "search" / "index.html").write_text(PAGE.format(script=CLASSIC if scripts else MODULE), encoding="utf-8")


def wait_until(page: Any, expression: str) -> None:
    """Wait for a condition; Playwright's own waiting evaluates strings, which the policy forbids."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    executable = shutil.which("chromium")
    with playwright.sync_playwright() as driver:
        if executable is None and not Path(driver.chromium.executable_path).exists():
            pytest.skip("no Chromium found")
        running = driver.chromium.launch(executable_path=executable, args=list(CHROMIUM_ARGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    make_site(folder, [*random_archive(300), HOSTILE, *RECORDS], scripts=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/search/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    Handler.refused = set()
    Handler.damaged = set()
    Handler.requested = []
    context = browser.new_context(accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE * 1000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


def test_results_are_ranked_marked_and_announced(page: Any, address: str) -> None:
    """A query in the address shows hits with their words marked and says how many there are."""
    page.goto(address + "?q=telescope+crater")
    page.wait_for_selector(".hit")
    assert page.locator(".hit").count() == 10
    assert "articles with all words" in page.locator("#search-status").inner_text()
    marks = {text.lower() for text in page.locator(".hit mark").all_inner_texts()}
    assert marks <= {"telescope", "crater", "craters", "telescopes"}
    assert marks


def test_typing_searches_and_back_returns(page: Any, address: str) -> None:
    """Submitting changes the address, Back brings the earlier results back."""
    page.goto(address + "?q=telescope")
    page.wait_for_selector(".hit")
    page.fill("#q", "crater soil")
    page.press("#q", "Enter")
    marks = "new Set([...document.querySelectorAll('.hit mark')].map((mark) => mark.textContent.toLowerCase()))"
    wait_until(page, f"{marks}.size && !{marks}.has('telescope')")
    assert "q=crater+soil" in page.url
    page.go_back()
    wait_until(page, f"{marks}.has('telescope')")
    assert page.input_value("#q") == "telescope"


def test_facets_narrow_and_can_be_taken_back(page: Any, address: str) -> None:
    """A click on a person filters, shows in the address, and is removed by its button."""
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-facets section button")
    button = page.locator("#search-facets section button").first
    count = button.locator(".n").inner_text()
    button.click()
    page.wait_for_selector(".active-filters button")
    wait_until(page, f"document.querySelector('#search-status').textContent.startsWith('{count} ')")
    assert "person=" in page.url
    page.click(".active-filters button")
    wait_until(page, "!location.search.includes('person=')")


def test_dragging_over_the_histogram_limits_the_dates(page: Any, address: str) -> None:
    """A drag over bars sets the two dates."""
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-histogram svg")
    box = page.locator("#search-histogram svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 30)
    page.mouse.up()
    wait_until(page, "location.search.includes('after=') && location.search.includes('before=')")
    page.wait_for_selector(".active-filters button")


def test_keyboard(page: Any, address: str) -> None:
    """`/` goes to the field, arrows walk through the hits."""
    page.goto(address + "?q=moon")
    page.wait_for_selector(".hit")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.hit h3 a')[1]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "q"


def test_more_and_sorting(page: Any, address: str) -> None:
    """More appends the next hits; sorting by date reorders."""
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-more:not([hidden])")
    page.click("#search-more")
    wait_until(page, "document.querySelectorAll('.hit').length === 20")
    page.select_option("#search-sort", "oldest")
    wait_until(page, "location.search.includes('sort=oldest') && document.querySelectorAll('.hit').length === 10")


def test_untrusted_text_stays_text(page: Any, address: str) -> None:
    """Titles, sources and snippets are never markup, and the CSV holds no formula."""
    page.goto(address + "?q=quoted+bold")
    page.wait_for_selector(".hit")
    assert page.title() == "Search"
    assert page.locator(".hit script, .hit b, .hit i, .hit img").count() == 0
    assert "<script>" in page.locator(".hit h3").first.inner_text()
    with page.expect_download() as download:
        page.get_by_text("Save as CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.splitlines()[0] == '"id","date","title","authors","source","url"'
    assert '"<img src=x onerror=alert(1)>"' in text
    with page.expect_download() as download:
        page.get_by_text("Save as BibTeX").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").count("@article{") >= 1


def test_saved_results_hold_one_record_each(page: Any, address: str) -> None:
    """Formulas, line breaks of all kinds, quotes and braces in names make no second record, field or formula."""
    page.goto(address + "?q=unmistakable+sentence")
    page.wait_for_selector(".hit")
    saved = {}
    for name in ("CSV", "BibTeX"):
        with page.expect_download() as download:
            page.get_by_text(f"Save as {name}").click()
        saved[name] = Path(download.value.path()).read_bytes().decode()
    rows = list(csv.reader(io.StringIO(saved["CSV"], newline="")))
    assert len(rows) == len(RECORDS) + 1 == len(saved["CSV"].splitlines())
    assert {len(row) for row in rows} == {6}
    assert not [cell for row in rows for cell in row if re.match(r"[\s\ufeff]*[=+\-@＝＋－＠]", cell)]
    records = bibtex_records(saved["BibTeX"])
    assert len(records) == len(RECORDS)
    assert {field for record in records for field in record} == {"key", "author", "title", "date", "journal", "url"}
    assert all(record["url"].startswith(address.removesuffix("search/")) for record in records)


def test_a_damaged_index_is_told_and_can_be_tried_again(page: Any, address: str) -> None:
    """Of a file with nonsense in it the reader is told; trying again helps once it is whole."""
    Handler.damaged = {"/search/w/"}
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-results button")
    assert "another version" in page.locator("#search-status").inner_text()
    Handler.damaged = set()
    page.click("#search-results button")
    page.wait_for_selector(".hit")


def test_a_slip_offers_its_correction(page: Any, address: str) -> None:
    """`Did you mean` is a link."""
    page.goto(address + "?q=telescpoe")
    page.wait_for_selector("#search-status a")
    assert page.locator("#search-status a").inner_text() == "telescope"
    page.click("#search-status a")
    wait_until(page, "location.search === '?q=telescope'")


def test_failure_is_told_and_can_be_tried_again(page: Any, address: str) -> None:
    """A shard that does not come is an error with a button, and the button helps once it comes."""
    Handler.refused = {"/search/c/"}
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-results button")
    assert "could not be loaded" in page.locator("#search-status").inner_text()
    Handler.refused = set()
    page.click("#search-results button")
    page.wait_for_selector(".hit")


def test_the_focus_goes_where_it_can_be_tried_again(page: Any, address: str) -> None:
    """Who asks for more, and hears that it cannot be had, has the focus on the button, then on the first hit."""
    page.goto(address + "?q=moon")
    page.wait_for_selector("#search-more:not([hidden])")
    Handler.refused = {"/search/c/"}
    page.press("#search-more", "Enter")
    page.wait_for_selector("#search-results button")
    wait_until(page, "document.activeElement.textContent === 'Try again'")
    Handler.refused = set()
    page.keyboard.press("Enter")
    page.wait_for_selector(".hit")
    assert page.evaluate("document.activeElement === document.querySelector('.hit h3 a')")


def test_searches_in_the_page_where_the_worker_fails(page: Any, address: str) -> None:
    """Without the worker's script the client runs in the page."""
    Handler.refused = {"search-worker.js"}
    page.goto(address + "?q=moon")
    page.wait_for_selector(".hit")


def test_works_from_a_folder(page: Any, tmp_path: Path) -> None:
    """An index written as scripts is searched over `file://`, where nothing can be fetched."""
    make_site(tmp_path, random_archive(60), scripts=True)
    page.goto((tmp_path / "search" / "index.html").as_uri() + "?q=moon+mars")
    page.wait_for_selector(".hit")
    assert page.locator(".hit h3 a").first.get_attribute("href").endswith("/index.html")
    page.wait_for_selector("#search-facets section button")
    page.locator("#search-facets section button").first.click()
    page.wait_for_selector(".active-filters button")


def test_classic_script_is_made_of_the_modules() -> None:
    """The committed script is the one that `tests/search/make_classic.py` makes of the modules."""
    modules = [(ASSETS / name).read_text(encoding="utf-8") for name in ("search.js", "search-page.js")]
    made = (ASSETS / "search-page.classic.js").read_text(encoding="utf-8")
    assert made == classic_script(*modules), "run `python tests/search/make_classic.py`"


def test_a_page_without_the_client_is_refused() -> None:
    """The classic script needs the import that it replaces."""
    with pytest.raises(ValueError, match="does not import"):
        classic_script("", "start();\n")
