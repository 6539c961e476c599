"""Cards over the names in an article: when they come, what they show, how they go (WCAG 2.2, 1.4.13)."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.browser

_CARD = ".hover-card:not([hidden])"


@pytest.fixture
def article(open_page: Any, site: Any) -> Any:
    """The page that names Nora Lindqvist, Oslo and Copenhagen."""
    return open_page(site.page_of("seasick by evening"))


def asked(page: Any) -> list[str]:
    """Addresses that scripts of the page fetch from now on."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url) if request.resource_type in ("fetch", "xhr") else None)
    return urls


def test_a_card_shows_name_kind_count_and_the_latest_articles(article: Any, site: Any) -> None:
    """From the entity's own data, fetched once; an article on its own page is not listed there."""
    urls = asked(article)
    article.hover("a.m-person >> nth=0")
    article.wait_for_selector(_CARD)
    data = json.loads((site.pages / "people/nora-lindqvist/data.json").read_text(encoding="utf-8"))
    titles = [entry["title"] for entry in data["latest"] if not entry["title"].startswith("Ferry service opens")]
    lines = [line for line in article.inner_text(_CARD).splitlines() if line]
    assert lines[:2] == ["Nora Lindqvist", f"Person · Named in {data['articles']} articles"]
    assert lines[2::2] == titles[:3]
    assert "14 February 1968" in lines
    assert "Ferry service opens" not in article.inner_text(_CARD)
    article.hover("h1")
    article.wait_for_selector(_CARD, state="detached")
    article.hover("a.m-person >> nth=1")
    article.wait_for_selector(_CARD)
    assert [url.rpartition("/repo/")[2] for url in urls] == ["people/nora-lindqvist/data.json"]


def test_a_card_can_be_pointed_at_and_goes_with_escape(article: Any) -> None:
    """It stays while the pointer is on it, leads to articles, and Escape dismisses it without moving anything."""
    article.hover("a.m-person >> nth=0")
    article.wait_for_selector(_CARD)
    box = article.query_selector(_CARD).bounding_box()
    article.mouse.move(box["x"] + 40, box["y"] + 30)
    article.wait_for_timeout(700)
    assert article.is_visible(_CARD)
    article.keyboard.press("Escape")
    assert not article.is_visible(_CARD)
    article.hover("h1")
    article.hover("a.m-person >> nth=0")
    article.click(f"{_CARD} a >> nth=0")
    article.wait_for_url(lambda url: "ferry-service" not in url)


def test_a_card_follows_the_keyboards_focus(article: Any) -> None:
    """It describes the focused name to a screen reader, and goes when the focus goes; it adds no stops of its own."""
    article.keyboard.press("Tab")
    article.focus("a.m-person >> nth=0")
    article.wait_for_selector(_CARD)
    described = article.get_attribute("a.m-person >> nth=0", "aria-describedby")
    assert article.get_attribute(f"#{described}", "role") == "tooltip"
    article.wait_for_timeout(600)
    assert article.is_visible(_CARD)
    article.keyboard.press("Tab")
    assert article.evaluate("document.activeElement.closest('.hover-card')") is None
    article.evaluate("document.activeElement.blur()")
    article.wait_for_selector(_CARD, state="detached")
    assert article.get_attribute("a.m-person >> nth=0", "aria-describedby") is None


def test_nothing_on_the_page_moves(article: Any) -> None:
    """Neither the text nor the page's size changes for a card."""
    where = "[...document.querySelectorAll('article p, h1, footer')].map((e) => [e.offsetTop, e.offsetHeight]).join()"
    before = article.evaluate(where)
    article.hover("a.m-place >> nth=0")
    article.wait_for_selector(_CARD)
    assert article.evaluate(where) == before


def test_a_name_without_a_page_of_its_own_tells_its_kind(article: Any) -> None:
    """Name and kind, from the page itself; nothing is fetched."""
    urls = asked(article)
    article.hover("a.m-place:has-text('Copenhagen') >> nth=0")
    article.wait_for_selector(_CARD)
    assert article.inner_text(_CARD).split("\n\n") == ["Copenhagen", "Place"]
    assert urls == []


def test_marks_switched_off_have_no_cards(article: Any) -> None:
    """Who wants a quiet text gets one."""
    article.click("[data-marks-switch] button")
    article.hover("a.m-person >> nth=0")
    article.wait_for_timeout(600)
    assert not article.is_visible(_CARD)


def test_from_a_folder_nothing_is_fetched(open_page: Any, folder: Any) -> None:
    """The card shows what the page knows."""
    page = open_page(f"file://{folder.pages}/{folder.page_of('seasick by evening')}index.html")
    urls = asked(page)
    page.hover("a.m-person >> nth=0")
    page.wait_for_selector(_CARD)
    assert page.inner_text(_CARD).split("\n\n") == ["Nora Lindqvist", "Person"]
    assert urls == []
