"""Pictures of every kind of page at three widths, light and dark, in both themes, compared with those that people saw.

Machines differ in their fonts, so all text is set in `pictures/blocks.ttf`, a font of equal boxes: what is compared is
the layout and the colours, at a size at which smoothing does not count. After a change of looks: `make pictures`, and
look at `pictures/*.png`.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from serving import serving
from showcase import KINDS, make_showcase

pytestmark = pytest.mark.browser

_PICTURES = Path(__file__).parent / "pictures"
_WIDTHS = (390, 820, 1600)
_SCALE = 0.3
_TILE = (64, 128)
"""Pixels of a page's picture on the sheet: twice as much of it down as across."""

_MEAN, _SHARE = 3.0, 0.015
"""A page is another one where its pixels differ by so much of 255 on average, or so many of them by more than 60."""

_COMPARE = """async ({shots, expected, columns, tile: [width, height]}) => {
  const load = (data) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image);
    image.src = `data:image/png;base64,${data}`;
  });
  const drawn = (canvas) => canvas.getContext('2d', {willReadFrequently: true});
  const sheet = new OffscreenCanvas(columns * width, Math.ceil(shots.length / columns) * height);
  const context = drawn(sheet);
  context.imageSmoothingQuality = 'high';
  for (const [at, shot] of shots.entries()) {
    const image = await load(shot);
    const [left, top] = [(at % columns) * width, Math.floor(at / columns) * height];
    const shown = Math.min(image.naturalHeight, image.naturalWidth * height / width);
    context.fillStyle = '#7f7f7f';
    context.fillRect(left, top, width, height);
    context.drawImage(image, 0, 0, image.naturalWidth, shown, left, top, width, shown * width / image.naturalWidth);
  }
  const bytes = new Uint8Array(await (await sheet.convertToBlob()).arrayBuffer());
  const faults = [];
  if (expected) {
    const other = new OffscreenCanvas(sheet.width, sheet.height);
    drawn(other).drawImage(await load(expected), 0, 0);
    for (const at of shots.keys()) {
      const box = [(at % columns) * width, Math.floor(at / columns) * height, width, height];
      const [one, two] = [context, drawn(other)].map((from) => from.getImageData(...box).data);
      let sum = 0, far = 0;
      for (let i = 0; i < one.length; i += 4) {
        const apart = [i, i + 1, i + 2].reduce((all, at) => all + Math.abs(one[at] - two[at]) / 3, 0);
        sum += apart;
        far += apart > 60;
      }
      faults.push([sum / (width * height), far / (width * height)]);
    }
  }
  return {sheet: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')), faults};
}"""


def _shots(browser: Any, address: str, schemes: tuple[str, ...], kinds: Iterable[str] = KINDS) -> list[str]:
    """One picture of each scheme, kind of page and width, as PNG in Base64."""
    font = base64.b64encode((_PICTURES / "blocks.ttf").read_bytes()).decode()
    style = (
        f'@font-face {{ font-family: Blocks; src: url("data:font/ttf;base64,{font}"); }}'
        "*, ::before, ::after { font-family: Blocks !important; font-weight: 400 !important; }"
    )
    shots = []
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme, device_scale_factor=_SCALE, bypass_csp=True)
        page = context.new_page()
        for kind in kinds:
            page.goto(address + KINDS[kind], wait_until="load")
            page.add_style_tag(content=style)
            page.evaluate("document.fonts.load('1rem Blocks')")
            for width in _WIDTHS:
                page.set_viewport_size({"width": width, "height": 1000})
                page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
                data = page.screenshot(full_page=True, animations="disabled")
                shots.append(base64.b64encode(data).decode())
        context.close()
    return shots


def _compare(browser: Any, shots: list[str], expected: bytes) -> tuple[bytes, list[tuple[float, float]]]:
    """The sheet of all pictures, and how far each is from the expected one: mean difference, share of far pixels."""
    page = browser.new_page()
    try:
        page.goto("about:blank")
        columns = len(_WIDTHS) * 4
        given = {"shots": shots, "expected": base64.b64encode(expected).decode(), "columns": columns, "tile": _TILE}
        found = page.evaluate(_COMPARE, given)
    finally:
        page.close()
    return base64.b64decode(found["sheet"]), [(mean, share) for mean, share in found["faults"]]


def _other(faults: list[tuple[float, float]], schemes: tuple[str, ...], kinds: Iterable[str] = KINDS) -> list[str]:
    """Pages that look otherwise, with how far."""
    names = (f"{kind}, {width}, {scheme}" for scheme in schemes for kind in kinds for width in _WIDTHS)
    named = zip(names, faults, strict=True)
    return [f"{name}: {mean:.1f}, {share:.3f}" for name, (mean, share) in named if mean > _MEAN or share > _SHARE]


@pytest.mark.parametrize(
    ("theme", "language", "schemes"),
    [("default", "en", ("light", "dark")), ("ledger", "en", ("light", "dark")), ("default", "ar", ("light",))],
)
def test_pages_look_as_they_did(
    browser: Any, tmp_path: Path, theme: str, language: str, schemes: tuple[str, ...]
) -> None:
    """Layout and colours of each page are those of the picture that was looked at."""
    picture = _PICTURES / f"{theme}-{language}.png"
    with serving(make_showcase(tmp_path / "archive", theme=theme, language=language)) as address:
        shots = _shots(browser, address, schemes)
    sheet, faults = _compare(browser, shots, picture.read_bytes() if picture.exists() else b"")
    if os.environ.get("SITEGEN_PICTURES") == "write":
        picture.write_bytes(sheet)
        return
    (tmp_path / picture.name).write_bytes(sheet)
    assert faults, f"{picture.name} is missing"
    print(f"farthest: {max(mean for mean, _ in faults):.2f}, {max(share for _, share in faults):.4f}")
    assert _other(faults, schemes) == [], f"compare {tmp_path / picture.name} with {picture}"


@pytest.mark.parametrize(
    "change",
    [
        "h1 { margin-block-start: 3rem; }",
        ":root { --paper: #fff3d0 !important; }",
        ".text, .excerpt { font-size: 1.5rem; }",
    ],
)
def test_a_change_would_be_seen(browser: Any, tmp_path: Path, change: str) -> None:
    """A heading that moved, a colour that changed, and text that grew are told."""
    root = make_showcase(tmp_path / "archive")
    with serving(root) as address:
        before = _compare(browser, _shots(browser, address, ("light",), ["article"]), b"")[0]
        style = root / "assets/style.css"
        style.write_text(f"{style.read_text(encoding='utf-8')}\n{change}", encoding="utf-8")
        faults = _compare(browser, _shots(browser, address, ("light",), ["article"]), before)[1]
    assert _other(faults, ("light",), ["article"])
