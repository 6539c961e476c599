"""Renderers of the default theme."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_views import SITE

from sitegen.render.theme import Renderer
from sitegen.render.theme_source import ThemeSource, load_theme

_DEFAULT = Path(__file__).parents[2] / "themes" / "default"


@pytest.fixture(scope="session")
def default_files() -> dict[str, bytes]:
    """Files of the default theme by their path in its folder."""
    return {path.relative_to(_DEFAULT).as_posix(): path.read_bytes() for path in _DEFAULT.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def default_theme(default_files: dict[str, bytes]) -> ThemeSource:
    """The default theme, loaded."""
    return load_theme([("default", default_files)])


@pytest.fixture(scope="session")
def renderer(default_theme: ThemeSource) -> Renderer:
    """The default theme for a site without a base URL."""
    return Renderer(default_theme, SITE)
