"""Themes on disk: own before shipped, chains, circles, limits; and the digest of the program itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from sitegen.errors import LockedError, StorageError, ThemeError
from sitegen.store import theme_files
from sitegen.store.locks import hold
from sitegen.store.theme_files import read_theme, shipped_folder
from sitegen.store.tool import tool_digest


def make(root: Path, name: str, extends: str = "", **files: str) -> None:
    folder = root / "themes" / name
    folder.mkdir(parents=True)
    if extends:
        (folder / "theme.toml").write_text(f'extends = "{extends}"\n', encoding="utf-8")
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")


def test_the_shipped_theme_is_found_anywhere(tmp_path: Path) -> None:
    """An archive without themes of its own uses the one that comes with the program."""
    ((name, files),) = read_theme(tmp_path, "default")
    assert name == "default"
    assert "templates/article.html" in files
    assert shipped_folder("themes").is_dir()


def test_an_own_theme_may_extend_a_shipped_one_even_of_its_own_name(tmp_path: Path) -> None:
    """`themes/default` of the archive may build on the shipped `default`; hidden files do not count."""
    make(tmp_path, "default", extends="default", **{"mine.txt": "x", ".hidden": "y"})
    (first, own), (second, shipped) = read_theme(tmp_path, "default")
    assert (first, second) == ("default", "default")
    assert set(own) == {"theme.toml", "mine.txt"}
    assert "templates/article.html" in shipped


def test_an_unknown_theme_is_named_with_those_there_are(tmp_path: Path) -> None:
    """The error lists what can be chosen."""
    make(tmp_path, "night")
    with pytest.raises(ThemeError) as caught:
        read_theme(tmp_path, "nihgt")
    assert "night" in caught.value.problem.hint
    assert "default" in caught.value.problem.hint


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "a\\b"])
def test_a_theme_name_is_no_path(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere is refused."""
    with pytest.raises(ThemeError, match="cannot be a theme's name"):
        read_theme(tmp_path, name)


def test_a_circle_of_themes_is_told(tmp_path: Path) -> None:
    """Themes that extend each other end with the place to mend."""
    make(tmp_path, "a", extends="b")
    make(tmp_path, "b", extends="a")
    with pytest.raises(ThemeError) as caught:
        read_theme(tmp_path, "a")
    assert caught.value.problem.code == "theme-extends"


def test_huge_and_unreadable_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit, or one that cannot be opened, is named."""
    make(tmp_path, "a", **{"big.bin": "x" * 100})
    monkeypatch.setattr(theme_files, "MAX_FILE_BYTES", 10)
    with pytest.raises(ThemeError, match=r"big\.bin"):
        read_theme(tmp_path, "a")

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ThemeError, match="Permission denied"):
        read_theme(tmp_path, "a")


def test_the_program_knows_its_own_digest() -> None:
    """One value, the same at each call, that covers the code."""
    assert tool_digest() == tool_digest()
    assert len(tool_digest()) == 32


def test_a_lock_is_held_once_and_freed(tmp_path: Path) -> None:
    """The second holder is refused with the process that has it; after the first has gone it is free; a name each."""
    with hold(tmp_path, "build", 0):
        with hold(tmp_path, "content", 0):
            pass
        with pytest.raises(LockedError) as caught, hold(tmp_path, "build", 0):
            pass
        assert "build" in caught.value.problem.message
        (tmp_path / "build.holder").unlink()
        with pytest.raises(LockedError, match="another sitegen holds"), hold(tmp_path, "build", 0):
            pass
    with hold(tmp_path, "build", 0):
        pass


def test_a_lock_where_nothing_can_be_written_is_a_told_error(tmp_path: Path) -> None:
    """A state folder that cannot be made is no traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError), hold(tmp_path / "file", "build", 0):
        pass
