"""Every kind of page against axe-core's rules, and under the strictest policy, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from serving import serving
from showcase import KINDS, make_showcase

pytestmark = pytest.mark.browser

_RUN = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ['violations']});
  return violations.map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
}"""
_PAGES = {
    "home": ("", ""),
    "article": ("ARTICLE", ""),
    "person": ("people/nora-lindqvist/", ""),
    "place": ("places/oslo/", ""),
    "people": ("people/", ""),
    "timeline": ("archive/", ""),
    "year": ("archive/1961/", ""),
    "month": ("archive/1961/05/", ""),
    "source": ("sources/northern-gazette/", ""),
    "search": ("search/", "#search-histogram .spot"),
    "results": ("search/?q=bergen&source=Northern+Gazette&after=1962&before=1979", ".facet button"),
    "nothing found": ("search/?q=zzyzx&year=1963", "#search-app[data-state=none]"),
}


@pytest.mark.parametrize("kind", _PAGES)
def test_axe_finds_nothing(open_page: Any, site: Any, axe: str, kind: str) -> None:
    """No violation of any of axe-core's rules, best practices among them, in light and in dark colours."""
    path, sign = _PAGES[kind]
    if path == "ARTICLE":
        path = site.page_of("seasick by evening")
    page = open_page(path, color_scheme="light", axe=axe)
    if sign:
        page.wait_for_selector(sign)
    assert page.evaluate(_RUN) == []
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    assert page.evaluate(_RUN) == []


_COLOURS = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ['violations'], runOnly: ['color-contrast']});
  return violations.map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(' | ')}`);
}"""


def test_axe_finds_nothing_in_either_theme(open_page: Any, showcase: Any, axe: str) -> None:
    """Every kind of page of both themes: all rules in light colours, in dark ones those about colours."""
    page = open_page(at=showcase.address, color_scheme="light", axe=axe)
    found = []
    for kind, path in KINDS.items():
        page.emulate_media(color_scheme="light")
        page.goto(showcase.address + path)
        found += [f"{kind}: {fault}" for fault in page.evaluate(_RUN)]
        page.emulate_media(color_scheme="dark")
        found += [f"{kind}, dark: {fault}" for fault in page.evaluate(_COLOURS)]
    assert found == []


def test_axe_finds_nothing_from_right_to_left(open_page: Any, tmp_path: Any, axe: str) -> None:
    """An Arabic interface around English and Arabic articles."""
    with serving(make_showcase(tmp_path / "archive", language="ar")) as address:
        page = open_page(at=address, axe=axe)
        found = []
        for kind in ("home", "article", "right to left", "month", "search"):
            page.goto(address + KINDS[kind])
            found += [f"{kind}: {fault}" for fault in page.evaluate(_RUN)]
        assert found == []


def test_axe_finds_nothing_on_a_card_over_a_name_and_on_an_open_table(open_page: Any, site: Any, axe: str) -> None:
    """What only shows itself when asked for, in light and in dark, wide and narrow."""
    for width, scheme in ((1280, "light"), (390, "dark")):
        options: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
        page = open_page(site.page_of("seasick by evening"), axe=axe, **options)
        page.hover("a.m-place")
        page.wait_for_selector(".hover-card:not([hidden])")
        assert page.evaluate(_RUN) == []
        page = open_page("places/bergen/", axe=axe, **options)
        page.click("details.behind summary")
        assert page.evaluate(_RUN) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_on_a_narrow_results_page(open_page: Any, axe: str) -> None:
    """Facets opened at 390 pixels, a correction offered, and a search that failed."""
    options = {"viewport": {"width": 390, "height": 800}, "expected": "net::ERR_FAILED"}
    page = open_page("search/?q=lighthuose", axe=axe, **options)
    page.wait_for_selector("#search-status a")
    page.wait_for_selector(".facet button", state="attached")
    page.click("#search-to-facets")
    assert page.evaluate(_RUN) == []
    page.route("**/search/c/**", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("#search-app[data-state=failed]")
    assert page.evaluate(_RUN) == []
