"""The README's picture: pages of the sample archive, wide and narrow, light and dark.

usage: python tests/browser/contact_sheet.py [picture, docs/images/contact-sheet.jpg]        (`make contact-sheet`)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from serving import serving

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

ROOT = Path(__file__).parents[2]
_WIDE, _NARROW = (1320, 960), (400, 874)
_TILES: tuple[tuple[str, tuple[int, int], str], ...] = (
    ("", _WIDE, "light"),
    ("ARTICLE", _WIDE, "light"),
    ("ARTICLE", _NARROW, "dark"),
    ("map/", _WIDE, "light"),
    ("network/", _WIDE, "dark"),
    ("RIGHT_TO_LEFT", _NARROW, "light"),
    ("archive/", _WIDE, "dark"),
    ("search/?q=moon", _WIDE, "light"),
    ("PERSON", _NARROW, "light"),
)
_SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; background: #d9d6cf; display: grid; gap: 14px; inline-size: 1408px;
  grid-template-columns: 590px 590px 196px; }}
img {{ display: block; block-size: 429px; inline-size: 100%; object-fit: cover; object-position: top;
  border-radius: 4px; box-shadow: 0 1px 5px #0005; }}
</style>{figures}"""


def _address(site: Path, name: str) -> str:
    """Where a tile's page lies: the longest article of July 1969, one in Arabic, the person most articles name."""
    articles = sorted(site.glob("[12]*/*/*/index.html"), key=lambda page: (-page.stat().st_size, page.as_posix()))
    if name == "ARTICLE":
        return _folder(site, next(page for page in articles if "/1969/07/" in page.as_posix()))
    if name == "RIGHT_TO_LEFT":
        rtl = (page for page in articles if '<article lang="ar"' in page.read_text(encoding="utf-8"))
        return _folder(site, next(rtl, articles[0]))
    if name == "PERSON":
        return _folder(site, max(site.glob("people/*/index.html"), key=lambda page: page.stat().st_size))
    return name


def _folder(site: Path, page: Path) -> str:
    return page.parent.relative_to(site).as_posix() + "/"


def _shoot(browser: Any, address: str, folder: Path, number: int, size: tuple[int, int], scheme: str) -> str:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, device_scale_factor=1)
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(400)
    page.screenshot(path=folder / f"{number}.png")
    page.close()
    return f'<img src="{number}.png" alt="">'


def main() -> None:
    """Build the sample archive apart from this one, shoot its pages, and put them on one sheet."""
    picture = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs/images/contact-sheet.jpg").absolute()
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        root = Path(scratch, "archive")
        shutil.copytree(ROOT / "content", root / "content")
        shutil.copyfile(ROOT / "sitegen.toml", root / "sitegen.toml")
        build_site(SourceTree(root), BuildOptions(), Silent())
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        with serving(root / "site") as address:
            figures = "".join(
                _shoot(browser, address + _address(root / "site", name), Path(scratch), number, size, scheme)
                for number, (name, size, scheme) in enumerate(_TILES)
            )
        Path(scratch, "sheet.html").write_text(_SHEET.format(figures=figures), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1436, "height": 800})
        page.goto(Path(scratch, "sheet.html").as_uri())
        kind = "png" if picture.suffix == ".png" else "jpeg"
        page.screenshot(path=picture, type=kind, full_page=True, **({} if kind == "png" else {"quality": 82}))
        browser.close()


if __name__ == "__main__":
    main()
