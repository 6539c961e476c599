"""Same input, same bytes: whatever the folder, hash seed, time zone, language or number of processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import SETTINGS, Archive, differences, tree_bytes

import sitegen

MakeArchive = Callable[..., Archive]

FAMILIES = ["Armstrong", "Tereshkova", "Gagarin", "Ride", "Leonov", "Bluford"]
PLACES = ["Houston", "Moscow", "Baikonur", "Cape Canaveral"]


def sources(count: int) -> dict[str, str]:
    """Raw texts of many people and places, some without a date, some in other scripts."""
    files = {"sitegen.toml": SETTINGS, "content/media/plan.svg": "<svg/>", "content/pages/about.md": "# About\n\nUs.\n"}
    for number in range(count):
        name = f"{FAMILIES[number % 6]} {FAMILIES[number * 5 % 6]}"
        date = f"date {1957 + number % 40}-{number % 12 + 1:02d}-{number % 28 + 1:02d}\n\n" if number % 7 else ""
        place = PLACES[number % 4]
        files[f"content/raw/{number:03d}.txt"] = (
            f"{date}Cosmonaut {name} arrived in {place} on Monday. {name} said that flight {number} had gone well. "
            f"“The café was closed,” added a visitor from {PLACES[number * 3 % 4]}.\n\nНовости {number} 月 {number}.\n"
        )
    return files


def run(root: Path, *arguments: str, **environment: str) -> None:
    """Run the program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "sitegen", *arguments, "--root", str(root)],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_two_processes_of_different_surroundings_write_the_same_bytes(archive: MakeArchive) -> None:
    """Hash seed, time zone, language and number of processes leave no trace in pages or site."""
    files = sources(60)
    one, other = archive(files, name="one"), archive(files, name="deep/er/other")
    for command in ("ingest", "build"):
        run(one.root, command, "--jobs", "1", PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LANG="C", LC_ALL="C")
        run(other.root, command, "--jobs", "2", PYTHONHASHSEED="77", TZ="America/Adak", LANG="tr_TR.UTF-8", LC_ALL="")
    assert differences(tree_bytes(one.root / "content"), tree_bytes(other.root / "content")) == []
    assert differences(tree_bytes(one.site), tree_bytes(other.site)) == []


def test_another_python_writes_the_same_bytes(archive: MakeArchive) -> None:
    """Pages and site; `SITEGEN_OTHER_PYTHON` names the interpreter of an environment with what sitegen needs."""
    other_python = os.environ.get("SITEGEN_OTHER_PYTHON", "")
    if not other_python:
        pytest.skip("SITEGEN_OTHER_PYTHON names no other Python")
    files = sources(60)
    one, other = archive(files, name="one"), archive(files, name="other")
    # As one program: else each Python would bring a sitegen of its own.
    program = str(Path(sitegen.__file__).parents[1])
    for command in ("ingest", "build"):
        run(one.root, command)
        subprocess.run(
            [other_python, "-m", "sitegen", command, "--root", str(other.root)],
            env={**os.environ, "PYTHONPATH": program},
            check=True,
            capture_output=True,
        )
    assert differences(tree_bytes(one.root / "content"), tree_bytes(other.root / "content")) == []
    different = differences(tree_bytes(one.site), tree_bytes(other.site))
    # The build's own notes name the program, of which Python is part: after a change of it all is looked at anew.
    assert [path for path in different if not path.startswith(".sitegen/")] == []


@pytest.mark.parametrize("jobs", [2])
def test_the_number_of_processes_leaves_no_trace(archive: MakeArchive, jobs: int) -> None:
    """Read, rendered and indexed by several processes: the same site and manifest."""
    files = {f"content/articles/1969/07/p{n:03d}.md": f"# Title {n}\n\nText {n} of café {n % 7}.\n" for n in range(450)}
    one, other = archive(files, name="one"), archive(files, name="other")
    one.build(jobs=1)
    other.build(jobs=jobs)
    assert differences(tree_bytes(one.site), tree_bytes(other.site)) == []
