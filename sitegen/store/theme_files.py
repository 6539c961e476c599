"""Where themes lie: in the archive's own `themes/`, else among those that come with the program."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sitegen.errors import ThemeError
from sitegen.render.theme_source import extended_theme

MAX_FILE_BYTES = 10_000_000
"""A larger file in a theme is refused."""

_MAX_CHAIN = 8


def shipped_folder(name: str) -> Traversable:
    """A folder of data that comes with the program: inside the package, or beside it in a checkout."""
    package = files("sitegen")
    inside = package / name
    return inside if inside.is_dir() else Path(str(package)).parent / name


def read_theme(root: Path, name: str) -> list[tuple[str, dict[str, bytes]]]:
    """Files of a theme and of those it extends: (name, path in the theme's folder → bytes), the theme itself first.

    Raises:
        ThemeError: no such theme, themes that extend each other in a circle, or a file that cannot be read.
    """
    chain: list[tuple[str, dict[str, bytes]]] = []
    seen: set[tuple[str, bool]] = set()
    own_allowed = True
    while name:
        folder, own = _theme_folder(root, name, own_allowed)
        if (name, own) in seen or len(chain) >= _MAX_CHAIN:
            raise ThemeError(
                f"theme `{name}` extends itself",
                path=f"themes/{name}/theme.toml",
                hint="break the circle of `extends`",
                code="theme-extends",
            )
        seen.add((name, own))
        found: dict[str, bytes] = {}
        _collect(folder, "", found, f"themes/{name}")
        chain.append((name, found))
        parent = extended_theme(name, found.get("theme.toml", b""))
        # An archive's own `default` may extend the one that comes with the program.
        own_allowed = not (own and parent == name)
        name = parent
    return chain


def _theme_folder(root: Path, name: str, own_allowed: bool) -> tuple[Traversable, bool]:
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        raise ThemeError(f"`{name}` cannot be a theme's name", path="sitegen.toml", code="theme-missing")
    own = root / "themes" / name
    if own_allowed and own.is_dir():
        return own, True
    shipped = shipped_folder("themes")
    if (shipped / name).is_dir():
        return shipped / name, False
    there = {path.name for path in (root / "themes").glob("*") if path.is_dir()}
    there |= {entry.name for entry in shipped.iterdir() if entry.is_dir()} if shipped.is_dir() else set()
    raise ThemeError(
        f"there is no theme `{name}`",
        path="sitegen.toml",
        hint=f"themes here: {', '.join(sorted(there)) or 'none'}; your own go into themes/NAME/",
        code="theme-missing",
    )


def _collect(folder: Traversable, prefix: str, found: dict[str, bytes], shown: str) -> None:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        path = prefix + entry.name
        try:
            if entry.is_dir():
                _collect(entry, path + "/", found, shown)
            elif entry.is_file():
                data = entry.read_bytes()
                if len(data) > MAX_FILE_BYTES:
                    raise ThemeError("the file is larger than 10 MB", path=f"{shown}/{path}", code="theme-file")
                found[path] = data
        except OSError as error:
            raise ThemeError(
                f"cannot be read: {error.strerror}", path=f"{shown}/{path}", code="theme-unreadable"
            ) from error
