"""Writes `search-page.classic.js` anew from the two modules it is made of: run it after changing one of them."""

from __future__ import annotations

from pathlib import Path

from sitegen.search.classic import classic_script

ASSETS = Path(__file__).parents[2] / "themes" / "default" / "assets"


def main() -> None:
    """Write the script."""
    modules = [(ASSETS / name).read_text(encoding="utf-8") for name in ("search.js", "search-page.js")]
    (ASSETS / "search-page.classic.js").write_text(classic_script(*modules), encoding="utf-8")


if __name__ == "__main__":
    main()
