"""Pages by the keyboard alone: everything is reached, in order, seen when it is, and left again."""

from __future__ import annotations

from typing import Any

import pytest
from showcase import KINDS

pytestmark = pytest.mark.browser

_STOPS = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})).length"""
_HERE = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const all = [...document.querySelectorAll('*')];
  const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(e);
  const {width, height, left, right} = e.getBoundingClientRect();
  return {at: all.indexOf(e), html: e.outerHTML.slice(0, 120),
    seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 || boxShadow !== 'none',
    shown: width > 1 && height > 1 && right > 0 && left < innerWidth};
}"""


@pytest.mark.parametrize(
    "kind", ["home", "article", "person", "people", "timeline", "month", "map", "network", "search", "missing"]
)
def test_every_stop_is_reached_in_order_and_seen(open_page: Any, showcase: Any, kind: str) -> None:
    """Tab visits every link, button and field once, in the order of the page, each with a ring around it."""
    if showcase.theme == "ledger" and kind not in ("article", "people"):
        return  # nothing but links, which one page shows as well as another
    page = open_page(KINDS[kind], at=showcase.address)
    if kind == "search" and showcase.theme == "default":
        page.wait_for_selector("#search-histogram .spot")
    page.focus(".skip")
    page.keyboard.press("Shift+Tab")
    stops = page.evaluate(_STOPS)
    visited = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        assert here is not None, visited[-1:]
        assert here["seen"], here["html"]
        assert here["shown"], here["html"]
        visited.append(here["at"])
    assert visited == sorted(set(visited))
    assert len(visited) == stops


def test_the_first_stop_leads_past_the_navigation(open_page: Any, showcase: Any) -> None:
    """Enter on the first link puts the focus at the content; the next stop lies in it."""
    page = open_page(KINDS["article"], at=showcase.address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_what_unfolds_does_so_by_keys(open_page: Any, showcase: Any) -> None:
    """Enter opens and closes where the text comes from."""
    page = open_page(KINDS["article"], at=showcase.address)
    page.focus(".provenance summary")
    for state in (True, False):
        page.keyboard.press("Enter")
        assert page.evaluate("document.querySelector('.provenance').open") is state


def test_buttons_work_by_keys(open_page: Any, showcase: Any) -> None:
    """Colours change with Space and Enter, and stay on the next page; marks of names come and go."""
    if showcase.theme == "ledger":
        page = open_page(KINDS["article"], at=showcase.address)
        assert page.locator("button").count() == 0
        return
    page = open_page(KINDS["article"], at=showcase.address)
    page.focus("button.mode")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") == "dark"
    page.goto(showcase.address)
    assert page.evaluate("document.documentElement.dataset.mode") == "dark"
    page.goto(showcase.address + KINDS["article"])
    page.focus("[data-marks-switch] button")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-marks-switch] button", "aria-pressed") == "false"
