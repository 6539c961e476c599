"""What this very program is: a digest that changes whenever its code or a library that shapes the output does."""

from __future__ import annotations

import sys
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

from sitegen.digest import value_digest

_LIBRARIES = ("jinja2", "markdown", "nh3", "pystemmer", "numpy")


@cache
def tool_digest() -> str:
    """Digest of the package's code, of the libraries that shape bytes, and of Python's version (its Unicode tables)."""
    code: list[tuple[str, bytes]] = []
    _collect(files("sitegen"), "", code)
    versions = [(name, metadata.version(name)) for name in _LIBRARIES]
    return value_digest(sorted(code), versions, sys.version_info[:2])


def _collect(folder: Traversable, prefix: str, code: list[tuple[str, bytes]]) -> None:
    for entry in folder.iterdir():
        name = entry.name
        if entry.is_dir():
            if name not in ("__pycache__", "themes", "demo", "cli", "serve"):
                _collect(entry, f"{prefix}{name}/", code)
        elif name.endswith(".py"):
            code.append((prefix + name, entry.read_bytes()))
