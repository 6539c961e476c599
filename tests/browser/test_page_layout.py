"""Every kind of page at three widths in both themes: nothing runs out of the window, is cut off or lies on text."""

from __future__ import annotations

from typing import Any

import pytest
from serving import serving
from showcase import KINDS, make_showcase

pytestmark = pytest.mark.browser

_WIDTHS = (390, 820, 1600)

_FAULTS = """() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page scrolls sideways: ${wide} > ${innerWidth}`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = [];
  for (let node; (node = walker.nextNode());) {
    if (!node.data.trim()) continue;
    const parent = node.parentElement;
    if (!parent.checkVisibility({visibilityProperty: true})) continue;
    if (parent.closest('.vh, .skip, svg, option, noscript')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const label = node.data.trim().slice(0, 40);
    let scroller = null;
    let box = null;
    for (let up = parent; up !== document.body; up = up.parentElement) {
      const overflow = getComputedStyle(up).overflowX;
      if (overflow === 'auto' || overflow === 'scroll') scroller = up;
      else if (overflow !== 'visible' && !box) box = up.getBoundingClientRect();
    }
    for (const rect of range.getClientRects()) {
      if (rect.width < 1) continue;
      if (!scroller && (rect.left < -1 || rect.right > innerWidth + 1)) faults.push(`outside the window: ${label}`);
      if (box && (rect.left < box.left - 1 || rect.right > box.right + 1)) faults.push(`cut off: ${label}`);
      if (!scroller) lines.push({rect, label, node});
    }
  }
  lines.sort((a, b) => a.rect.top - b.rect.top);
  lines.forEach((one, at) => {
    for (let next = at + 1; next < lines.length && lines[next].rect.top < one.rect.bottom - 4; next++) {
      const two = lines[next];
      if (one.node === two.node) continue;
      const across = Math.min(one.rect.right, two.rect.right) - Math.max(one.rect.left, two.rect.left);
      const down = Math.min(one.rect.bottom, two.rect.bottom) - two.rect.top;
      if (across <= 2 || down <= Math.min(one.rect.height, two.rect.height) / 2) continue;
      faults.push(`one on the other: ${one.label} / ${two.label}`);
    }
  });
  return faults;
}"""


def _faults(page: Any, address: str) -> list[str]:
    """What is wrong with the layout of any page at any width."""
    found: list[str] = []
    for kind, path in KINDS.items():
        page.goto(address + path)
        for width in _WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{kind}, {width}: {fault}" for fault in page.evaluate(_FAULTS)]
    return found


def test_pages_fit_at_every_width(open_page: Any, showcase: Any) -> None:
    """No sideways scrolling, no text outside the window or its box, none on other text; ledger fetches no script."""
    page = open_page(at=showcase.address)
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if request.resource_type == "script" else None)
    assert _faults(page, showcase.address) == []
    assert bool(scripts) == (showcase.theme == "default")


def test_pages_fit_from_right_to_left(open_page: Any, tmp_path: Any) -> None:
    """The same around an Arabic interface."""
    with serving(make_showcase(tmp_path / "archive", language="ar")) as address:
        page = open_page(at=address)
        assert page.evaluate("document.documentElement.dir") == "rtl"
        assert _faults(page, address) == []


def test_a_fault_would_be_found(open_page: Any, showcase: Any) -> None:
    """Text pushed out, cut off or laid on other text is told."""
    page = open_page(KINDS["article"], at=showcase.address)
    heading = "document.querySelector('h1')"
    for style, fault in (
        ("position: relative; inset-inline-start: 90vw", "outside the window"),
        ("inline-size: 9rem; white-space: nowrap; overflow: hidden", "cut off"),
        ("margin-block-end: -2.5rem", "one on the other"),
    ):
        page.evaluate(f"{heading}.style.cssText = '{style}'")
        assert any(found.startswith(fault) for found in page.evaluate(_FAULTS)), fault


def test_an_article_is_light(open_page: Any, showcase: Any) -> None:
    """All that an article's page fetches, its short text included, is at most 60 kB over the wire."""
    page = open_page(at=showcase.address)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(showcase.address + KINDS["article"], wait_until="networkidle")
    print(f"{showcase.theme}: {sum(sizes)} bytes in {len(sizes)} requests")
    assert len(sizes) >= 2
    assert sum(sizes) <= 60_000


_SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({type: 'layout-shift', buffered: true});"""


def test_nothing_jumps_while_a_page_loads(open_page: Any, showcase: Any) -> None:
    """Results, histogram, map and network find their room kept: the cumulative layout shift stays below .02."""
    page = open_page(at=showcase.address)
    page.add_init_script(_SHIFTS)
    for path in ("", KINDS["article"], KINDS["map"], KINDS["network"], "search/", "search/?q=red+cross"):
        for width in (390, 1350):
            page.set_viewport_size({"width": width, "height": 820})
            page.goto(showcase.address + path, wait_until="networkidle")
            page.wait_for_timeout(300)
            assert page.evaluate("window.shifted") < 0.02, f"{path or 'home'}, {width}"
