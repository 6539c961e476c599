"""Searching as readers do it, from the home page to an article, on a site that the program itself built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from waiting import until

THEME = Path(__file__).parents[2] / "themes" / "default"

pytestmark = pytest.mark.browser

Site = Any
OpenPage = Any


def titles(page: Any) -> list[str]:
    """Headlines of the results once there are some."""
    page.wait_for_selector("#search-app[data-state=found] .hit")
    return [text.strip() for text in page.locator(".hit h3").all_inner_texts()]


def settle(page: Any) -> None:
    """Wait until facets and histogram belong to the results."""
    page.wait_for_selector("#search-app[data-state=found]")
    page.wait_for_selector("#search-histogram svg .spot")
    page.wait_for_selector(".facet button", state="attached")


@contextmanager
def new_results(page: Any) -> Iterator[None]:
    """What is submitted or gone back to meanwhile has been found afterwards: what was typed or asked before is gone."""
    page.evaluate(
        """for (const event of ['submit', 'popstate']) addEventListener(event, () => {
          for (const list of document.querySelectorAll('.hits')) list.dataset.before = '';
        }, {capture: true})"""
    )
    yield
    page.wait_for_selector(".hits:not([data-before])")


def ask(page: Any, words: str) -> None:
    """Search for some words, and wait for what is found."""
    with new_results(page):
        page.fill("#q", words)
        page.press("#q", "Enter")


def held(page: Any) -> str:
    """Text of what has the focus."""
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


def parameters(page: Any) -> dict[str, list[str]]:
    """What the address asks for."""
    return parse_qs(urlsplit(page.url).query)


def test_the_home_page_leads_to_results(open_page: OpenPage) -> None:
    """Words typed on the home page are searched, the best article comes first, its words are marked."""
    page = open_page()
    page.fill(".hero input[name=q]", "bronze bell")
    page.press(".hero input[name=q]", "Enter")
    assert titles(page)[0] == "Divers raise a bronze bell"
    assert parameters(page) == {"q": ["bronze bell"]}
    first = page.locator(".hit").first
    assert [text.lower() for text in first.locator("h3 mark").all_inner_texts()] == ["bronze", "bell"]
    assert first.locator(".snippet mark").count() >= 1
    assert first.locator("time").inner_text() == "21 August 1970"


def test_a_result_opens_its_article_and_back_returns(open_page: OpenPage, site: Site) -> None:
    """The link of a hit is the article's page; Back brings the results and the query before that one."""
    page = open_page("search/?q=herring")
    titles(page)
    ask(page, "chess telegraph")
    page.click(".hit h3 a")
    page.wait_for_selector("article h1")
    assert urlsplit(page.url).path == f"/repo/{site.page_of('nineteen hours')}"
    page.go_back()
    assert titles(page)[0].startswith("Chess by telegraph")
    page.go_back()
    page.wait_for_selector(".hit h3:has-text('Herring')")
    assert page.input_value("#q") == "herring"


def test_keys_alone_find_and_open_an_article(open_page: OpenPage) -> None:
    """`/` goes to the box, Enter searches, arrows walk, Enter opens."""
    page = open_page("search/?q=ice")
    titles(page)
    with new_results(page):
        page.keyboard.press("/")
        page.keyboard.type("trawlers outside")
        page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert held(page) == titles(page)[0]
    page.keyboard.press("ArrowDown")
    assert held(page) == titles(page)[1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector("article h1")
    assert page.inner_text("article h1") == "Ice closes the harbour of Oslo"


def test_the_focus_stays_where_other_results_come(open_page: OpenPage) -> None:
    """On the same article if it is among them, else on the first one, or in the box where nothing is found."""
    page = open_page("search/?q=zzyzx")
    page.wait_for_selector("#search-app[data-state=none]")
    ask(page, "ferry")
    ask(page, "bridge")
    page.focus(".hit h3 a:has-text('Parliament argues')")
    with new_results(page):
        page.go_back()
    assert held(page) == "Parliament argues about the bridge"
    page.focus(".hit h3 a:has-text('Lighthouse keeper')")
    with new_results(page):
        page.go_forward()
    assert held(page) == titles(page)[0]
    assert "Lighthouse keeper sees the ferry first" not in titles(page)
    with new_results(page):
        page.go_back()
    page.go_back()
    page.wait_for_selector("#search-app[data-state=none]")
    assert page.evaluate("document.activeElement.id") == "q"


def test_phrases_and_minus_are_kept_to(open_page: OpenPage) -> None:
    """A phrase asks for its words side by side; minus leaves articles out."""
    page = open_page("search/?q=%22fish market%22")
    assert titles(page) == ["Storm takes the roof of the fish market"]
    page = open_page("search/?q=ferry")
    everything = titles(page)
    ask(page, "ferry -bridge")
    left = titles(page)
    assert left
    assert set(left) < set(everything)
    assert not [title for title in left if "bridge" in title]


def test_a_facet_narrows_and_its_chip_widens_again(open_page: OpenPage) -> None:
    """A facet says how many articles stay, filters to them, stands in the address, survives a reload, and goes."""
    page = open_page("search/?q=bergen")
    settle(page)
    before = page.inner_text("#search-status")
    button = page.locator(".k-source .facet button").last
    count = int(button.locator(".n").inner_text())
    assert 0 < count < int(before.split()[0])
    button.click()
    counted = f"document.querySelector('#search-status').textContent.startsWith('{count} article')"
    until(page, counted)
    (source,) = parameters(page)["source"]
    listed = page.locator(".hit .meta").all_inner_texts()
    assert len(listed) >= count
    assert all(source in line for line in listed)
    page.reload()
    until(page, counted)
    settle(page)
    chip = page.locator("#search-filters button")
    assert source in chip.inner_text()
    chip.click()
    until(page, f"document.querySelector('#search-status').textContent.trim() === {json.dumps(before.strip())}")
    assert parameters(page) == {"q": ["bergen"]}


def test_several_filters_are_cleared_at_once(open_page: OpenPage) -> None:
    """Two filters offer to clear all."""
    page = open_page("search/?q=bergen&after=1965&before=1975")
    settle(page)
    assert page.locator("#search-filters li").count() == 3
    page.click("#search-filters .clear")
    until(page, "location.search === '?q=bergen'")
    assert page.locator("#search-filters li").count() == 0


def test_the_histogram_spans_the_archive_and_takes_a_range(open_page: OpenPage) -> None:
    """Years without results have room too; a drag limits the dates and leaves the other years to be seen."""
    page = open_page("search/?q=lighthouse")
    settle(page)
    assert page.locator("#search-histogram .bar").count() == 1979 - 1961 + 1
    box = page.locator("#search-histogram svg").bounding_box()
    step = box["width"] / 19
    page.mouse.move(box["x"] + step * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + step * 1.5, box["y"] + 40)
    page.mouse.up()
    until(page, "location.search.includes('before=1963')")
    assert parameters(page)["after"] == ["1961"]
    until(page, "document.querySelector('[name=until]')?.value === '1962'")
    assert page.locator("#search-histogram .brush").count() == 1
    assert page.locator("#search-histogram g:not(.out)").count() == 2
    chart = (
        "[...document.querySelectorAll('#search-histogram .bar')].filter((bar) => Number(bar.getAttribute('height')))"
    )
    assert page.evaluate(f"{chart}.length") == 3


def test_dates_can_be_typed(open_page: OpenPage) -> None:
    """The last year, month or day typed is in; what is no date is not taken."""
    page = open_page("search/?q=bergen")
    settle(page)
    page.fill("[name=from]", "1967-06")
    page.fill("[name=until]", "1969-12-31")
    page.press("[name=until]", "Enter")
    until(page, "location.search.includes('before=1970-01-01')")
    page.wait_for_selector("#search-histogram .brush", state="attached")
    assert page.locator(".hit").count() == 2
    assert page.locator("#search-filters li").nth(1).inner_text().endswith("1969-12-31")
    assert page.evaluate("document.activeElement.name") == "until"
    page.fill("[name=from]", "long ago")
    page.press("[name=from]", "Enter")
    assert page.locator("[name=from]:invalid").count() == 1
    assert parameters(page)["after"] == ["1967-06"]


def test_an_empty_box_shows_the_archive_over_time(open_page: OpenPage) -> None:
    """Before anything is asked there are the help and the years, and a year leads to its articles."""
    page = open_page("search/")
    page.wait_for_selector("#search-app[data-state=idle] .spot")
    assert page.locator("#search-help[open]").count() == 1
    box = page.locator("#search-histogram svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 1.5 / 19, box["y"] + 60)
    assert titles(page) == ["Ice closes the harbour of Oslo"]


def test_nothing_found_says_so_and_offers_ways_on(open_page: OpenPage) -> None:
    """No silent emptiness: the closest word, plain advice, a way without the filters, the lists."""
    page = open_page("search/?q=%2Blighthuose&source=Northern+Gazette&year=1963")
    page.wait_for_selector("#search-app[data-state=none]")
    assert page.inner_text("#search-status").startswith("No article has these words.")
    assert page.locator("#search-empty a").count() >= 4
    page.click("#search-empty-filters button")
    until(page, "!location.search.includes('year')")
    page = open_page("search/?q=lighthuose")
    page.wait_for_selector("#search-status a")
    page.click("#search-status a")
    until(page, "location.search === '?q=lighthouse'")
    assert len(titles(page)) == 3


def test_a_slow_network_shows_that_it_works(open_page: OpenPage) -> None:
    """Results on their way are announced, and are there in the end."""
    page = open_page("search/")
    page.wait_for_selector("#search-histogram .spot")
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/search/w/**", hold)
    with page.expect_request("**/search/w/**"):
        page.fill("#q", "herring")
        page.press("#q", "Enter")
    page.wait_for_selector("#search-app.busy #search-results[aria-busy]", state="attached")
    assert held
    assert page.inner_text("#search-status") == "Searching…"
    page.unroute("**/search/w/**")  # lets go what is held, too
    assert titles(page)[0] == "Herring return to the fjord"
    until(page, "!document.querySelector('.busy')")
    assert page.inner_text("#search-status").startswith("1 article")


def test_a_lost_file_is_told_and_tried_again(open_page: OpenPage) -> None:
    """A file of the index that does not come is an error with a button, and the button helps once it comes."""
    page = open_page("search/", expected="net::ERR_FAILED")
    page.route("**/search/c/**", lambda route: route.abort())
    page.fill("#q", "herring")
    page.press("#q", "Enter")
    page.wait_for_selector("#search-app[data-state=failed] #search-results button")
    assert "could not be loaded" in page.inner_text("#search-status")
    page.unroute("**/search/c/**")
    page.click("#search-results button")
    assert titles(page)[0] == "Herring return to the fjord"


def test_results_stay_where_only_the_facets_are_lost(open_page: OpenPage) -> None:
    """What was found is shown; what would narrow it can be asked for again."""
    page = open_page("search/", expected="net::ERR_FAILED")
    page.route("**/search/f/**", lambda route: route.abort())
    page.fill("#q", "herring")
    page.press("#q", "Enter")
    page.wait_for_selector("#search-histogram .retry button")
    assert titles(page)[0] == "Herring return to the fjord"
    page.unroute("**/search/f/**")
    page.click("#search-histogram .retry button")
    settle(page)


def test_without_scripts_the_page_leads_to_lists(open_page: OpenPage, site: Site) -> None:
    """The box leads to a page that says why nothing is searched and links lists, from which articles are reached."""
    page = open_page(java_script_enabled=False)
    page.fill(".hero input[name=q]", "ferry")
    page.press(".hero input[name=q]", "Enter")
    page.wait_for_selector(".note a:has-text('Timeline')")
    assert not page.is_visible("#search-sort")
    assert not page.is_visible("#search-narrow")
    page.click(".note a:has-text('Timeline')")
    page.click("a[href*='archive/1979']")
    page.click("a[href*='10/']")
    page.click("a:has-text('Herring')")
    assert urlsplit(page.url).path == f"/repo/{site.page_of('Herring have come back')}"


def test_an_archive_in_a_folder_is_searched(open_page: OpenPage, folder: Site) -> None:
    """From `file://`, with links to files: home page, results, facets, article."""
    page = open_page((folder.pages / "index.html").as_uri())
    page.fill(".hero input[name=q]", "herring fjord")
    page.press(".hero input[name=q]", "Enter")
    assert titles(page)[0] == "Herring return to the fjord"
    settle(page)
    assert page.locator("#search-histogram .bar").count() == 19
    page.click(".hit h3 a")
    page.wait_for_selector("article h1")
    assert page.url == (folder.pages / folder.page_of("Herring have come back") / "index.html").as_uri()


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_narrow_screen_has_results_first(open_page: OpenPage, direction: str) -> None:
    """At 390 pixels facets are folded below the results, a button leads to them, and nothing is cut off."""
    page = open_page("search/?q=bergen&after=1962", viewport={"width": 390, "height": 800})
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#search-narrow[open]").count() == 0
    results = page.locator("#search-results").bounding_box()
    assert page.locator("#search-narrow").bounding_box()["y"] >= results["y"] + results["height"]
    page.click("#search-to-facets")
    page.wait_for_selector(".k-place .facet button")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".k-place .facet button").first.click()
    until(page, "location.search.includes('place=')")


def test_every_message_of_the_script_can_be_translated(open_page: OpenPage) -> None:
    """The page hands the script a text for each of its messages, in English the same as its own."""
    script = (THEME / "assets" / "search-page.js").read_text(encoding="utf-8")
    (own,) = re.findall(r"const ENGLISH = (\{\n.*?\n\});", script, re.DOTALL)
    page = open_page("search/")
    handed = json.loads(page.locator("#search-strings").text_content())
    assert handed == page.evaluate(f"({own})")
