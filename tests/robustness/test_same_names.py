"""Addresses and names that some disks and hosts take for the same are told apart; surroundings leave no trace."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import SETTINGS, Archive, article, differences, tree_bytes
from kill_series import raw_text

MakeArchive = Callable[..., Archive]

PAIRS = [
    ("/1969/07/landing/", "/1969/07/Landing/"),
    ("/1969/07/caf\u00e9/", "/1969/07/cafe\u0301/"),
    ("/1969/07/stra\u00dfe/", "/1969/07/strasse/"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_addresses_of_one_spelling_are_told_and_kept_apart(archive: MakeArchive, pair: tuple[str, str]) -> None:
    """As for equal ones: both are reported or moved, and no two files of the site differ in case or form only."""
    import unicodedata

    made = archive(
        {
            f"content/articles/1969/07/{name}.md": article(name, date="1969-07-20", permalink=f"'{link}'")
            for name, link in zip(("one", "two"), pair, strict=True)
        }
    )
    report = made.build()
    found = [unicodedata.normalize("NFKD", path).casefold() for path in tree_bytes(made.site)]
    assert sorted(found) == sorted(set(found))
    assert report.problems, "the collision was not told"


@pytest.mark.parametrize(
    "pair", [("Plan.png", "plan.png"), ("caf\u00e9.png", "cafe\u0301.png"), ("A/x.txt", "a/x.txt")]
)
def test_media_of_one_spelling_are_told(archive: MakeArchive, pair: tuple[str, str]) -> None:
    """Where they lie there are two of them, and both are published; elsewhere one would take the other's place."""
    made = archive({f"content/media/{name}": name.encode() for name in pair})
    for _ in range(2):
        assert [problem.code for problem in made.build().problems] == ["names-alike"]
    assert {f"media/{name}" for name in pair} <= set(tree_bytes(made.site))


def surroundings(root: Path, umask: int, *arguments: str, **environment: str) -> None:
    """Run the program under other circumstances."""
    done = subprocess.run(
        [sys.executable, "-m", "sitegen", *arguments, "--root", str(root)],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        umask=umask,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_file_order_path_umask_and_language_leave_no_trace(archive: MakeArchive) -> None:
    """Files copied in another order, to a longer path, built by other settings: the same site."""
    files = {"sitegen.toml": SETTINGS, **{f"content/raw/{number:03d}.txt": raw_text(number) for number in range(20)}}
    one = archive(files, name="one")
    one.ingest(tagger="builtin")
    content = tree_bytes(one.root / "content")
    other = archive(dict(reversed([(f"content/{path}", data) for path, data in content.items()])), name="a b/ü/other")
    other.write({"sitegen.toml": SETTINGS})
    surroundings(one.root, 0o022, "build", "--jobs", "1", PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LC_ALL="C")
    surroundings(other.root, 0o077, "build", "--jobs", "3", PYTHONHASHSEED="7", TZ="America/Adak", LC_ALL="tr_TR.UTF-8")
    assert differences(tree_bytes(one.site), tree_bytes(other.site)) == []
