"""The map and the network in a browser: zoom, keys, clusters, filters, sorted tables; and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from showcase import KINDS

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _scripts(showcase: Any) -> None:
    if showcase.theme == "ledger":
        pytest.skip("ledger has no scripts")


def _width(page: Any) -> float:
    return float(page.get_attribute(".stage svg", "viewBox").split()[2])


@pytest.mark.parametrize("kind", ["map", "network"])
def test_drawings_zoom_by_buttons_and_keys(open_page: Any, showcase: Any, kind: str) -> None:
    """Plus and minus, arrows, nought, and a button for all."""
    page = open_page(KINDS[kind], at=showcase.address)
    page.wait_for_selector(".stage svg[data-live]")
    first = _width(page)
    page.click("[data-by=in]")
    assert _width(page) < first
    page.focus(".stage svg")
    near = _width(page)
    page.keyboard.press("+")
    assert _width(page) < near
    before = page.get_attribute(".stage svg", "viewBox")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".stage svg", "viewBox") != before
    page.keyboard.press("0")
    assert _width(page) == pytest.approx(first)
    page.click("[data-by=all]")
    assert _width(page) >= first
    page.keyboard.press("-")


def test_the_wheel_zooms_only_with_a_key_held(open_page: Any, showcase: Any) -> None:
    """Else it scrolls the page, as everywhere."""
    page = open_page(KINDS["map"], at=showcase.address)
    page.wait_for_selector(".stage svg[data-live]")
    first = _width(page)
    page.hover(".stage svg", position={"x": 200, "y": 200})
    page.mouse.wheel(0, -200)
    assert _width(page) == first
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_function(
        "w => Number(document.querySelector('.stage svg').getAttribute('viewBox').split(' ')[2]) < w", arg=first
    )


def test_the_network_shows_chosen_kinds_and_years(open_page: Any, showcase: Any) -> None:
    """What is not chosen goes, with its ties; the number of ties is told."""
    page = open_page(KINDS["network"], at=showcase.address)
    page.wait_for_selector("[data-network]:not([hidden])")
    every = page.locator(".network .spot:not([data-off])").count()
    page.uncheck("[name=kind][value=person]")
    assert page.locator(".network .spot.k-person:not([data-off])").count() == 0
    page.check("[name=kind][value=person]")
    page.select_option("[name=period]", "1965")
    assert 0 < page.locator(".network .spot:not([data-off])").count() < every
    assert page.inner_text("[data-network] output") == "0 ties"


def test_neighbours_light_up(open_page: Any, showcase: Any) -> None:
    """Under the pointer and at the focus."""
    page = open_page(KINDS["network"], at=showcase.address)
    page.wait_for_selector(".stage svg[data-live]")
    page.focus(".network .spot >> nth=0")
    assert page.locator(".network[data-lit] .spot[data-lit]").count() > 1
    assert page.locator(".tie[data-lit]").count() > 0


def test_a_heading_sorts_its_column(open_page: Any, showcase: Any) -> None:
    """Up, down, and told to those who do not see it."""
    page = open_page(KINDS["network"], at=showcase.address)
    page.click("details.behind summary")
    column = "[...document.querySelectorAll('.sortable tbody tr')].map((row) => Number(row.cells[2].dataset.value))"
    head = page.locator(".sortable thead th").nth(2)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert page.evaluate(column) == sorted(page.evaluate(column), reverse=True)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.evaluate(column) == sorted(page.evaluate(column))


def test_without_scripts_drawings_are_links(open_page: Any, showcase: Any) -> None:
    """No buttons that would do nothing, and every dot leads to its page."""
    for kind in ("map", "network"):
        page = open_page(KINDS[kind], at=showcase.address, java_script_enabled=False)
        assert page.locator("[data-zoom]:visible").count() == 0
        page.locator(".stage a").first.click(force=True)
        assert page.locator("h1").count() == 1
        assert kind not in page.url
