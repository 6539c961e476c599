"""Pictures of every kind of page, at three widths, light and dark, and a contact sheet of each, to be looked at.

usage: python tests/browser/screenshots.py FOLDER [theme, default] [language, en]        (`make screenshots`)
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from serving import serving
from showcase import KINDS, make_showcase

WIDTHS = (390, 820, 1600)
_SHEET = """<!doctype html><meta charset="utf-8"><title>Contact sheet</title><style>
body {{ margin: 16px; background: #777; font: 14px sans-serif; display: grid; gap: 16px;
  grid-template-columns: repeat(6, 1fr); color: #fff; }}
figure {{ margin: 0; }} div {{ block-size: 260px; overflow: hidden; }} img {{ inline-size: 100%; }}
</style>{figures}"""


def shoot(browser: Any, address: str, folder: Path, scheme: str) -> list[str]:
    """Write one picture of each page and width; their names."""
    names = []
    page = browser.new_page(color_scheme=scheme)
    for kind, path in KINDS.items():
        page.goto(address + path, wait_until="networkidle")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            names.append(f"{kind.replace(' ', '-')}-{width}-{scheme}.png")
            page.screenshot(path=folder / names[-1], full_page=True)
    page.close()
    return names


def main() -> None:
    """Write the pictures and `sheet-light.jpg`, `sheet-dark.jpg`."""
    folder = Path(sys.argv[1]).absolute()
    theme, language = (*sys.argv[2:4], *("default", "en")[len(sys.argv) - 2 :])[:2]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        with serving(make_showcase(Path(scratch) / "archive", theme=theme, language=language)) as address:
            for scheme in ("light", "dark"):
                names = shoot(browser, address, folder, scheme)
                figures = "".join(f'<figure><div><img src="{name}"></div>{name[:-4]}</figure>' for name in names)
                sheet = folder / f"sheet-{scheme}.html"
                sheet.write_text(_SHEET.format(figures=figures), encoding="utf-8")
                page = browser.new_page(viewport={"width": 1800, "height": 1000})
                page.goto(sheet.as_uri())
                page.screenshot(path=sheet.with_suffix(".jpg"), type="jpeg", quality=80, full_page=True)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
