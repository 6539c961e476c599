"""Lighthouse on home, article, entity, search, results, map and network pages, in a real Chromium.

usage: python tests/browser/lighthouse.py [least score, 99]           (`make lighthouse`)

Needs npm (which fetches Lighthouse) and Chromium. Prints the scores and the weight of each page; exits 1 where one of
the four scores is below the least.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import serving
from showcase import KINDS, make_showcase

LIGHTHOUSE = "lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
PAGES = {kind: KINDS[kind] for kind in ("home", "article", "person", "search", "map", "network")} | {
    "results": "search/?q=red+cross"
}
"""Name of a page → its address."""


def scores(address: str, report: Path) -> tuple[list[int], int]:
    """The four scores of a page as Lighthouse's slow phone sees it, and its bytes over the wire."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [
        *("npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json", f"--output-path={report}"),
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        f"--only-categories={','.join(CATEGORIES)}",
    ]
    subprocess.run(command, check=True, timeout=600, env={**os.environ, "CHROME_PATH": chromium})
    found = json.loads(report.read_text(encoding="utf-8"))
    for name in CATEGORIES:
        for reference in found["categories"][name]["auditRefs"]:
            audit = found["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"    {name}: {audit['title']} ({audit['score']})")
    weight = found["audits"]["total-byte-weight"]["numericValue"]
    return [round(100 * found["categories"][name]["score"]) for name in CATEGORIES], int(weight)


def main() -> int:
    """Print a table of scores."""
    least = int(sys.argv[1]) if len(sys.argv) > 1 else 99
    worst = 100
    print(f"{'page':10}" + "".join(f"{name:>16}" for name in CATEGORIES) + f"{'bytes':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "archive"
        pages = make_showcase(root)
        with serving(pages) as address:
            make_showcase(root, base_url=address)
            for kind, path in PAGES.items():
                found, weight = scores(address + path, Path(scratch) / "report.json")
                print(f"{kind:10}" + "".join(f"{score:16}" for score in found) + f"{weight:10}", flush=True)
                worst = min(worst, *found)
    return 0 if worst >= least else 1


if __name__ == "__main__":
    sys.exit(main())
