"""`requirements.lock` pins everything that the program and its checks need, with hashes; `make lock` renews it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pinned() -> dict[str, list[Version]]:
    """Versions of every package in the lock file; several where platforms or Pythons need different ones."""
    found: dict[str, list[Version]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        matched = re.match(r"([\w.\[\],-]+)==([^\s;]+)", line)
        assert matched, f"not pinned: {line[:100]}"
        assert "--hash=sha256:" in line, f"without a hash: {line[:100]}"
        found.setdefault(canonicalize_name(matched[1].partition("[")[0]), []).append(Version(matched[2]))
    return found


def test_what_the_project_asks_for_is_pinned(pinned: dict[str, list[Version]]) -> None:
    """Each dependency, extra and tool of `pyproject.toml` stands in the lock file in a version that it allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *project["dependency-groups"]["dev"],
    ]
    assert len(pinned) > len(wanted)
    for requirement in map(Requirement, wanted):
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock: run `make lock`"
        assert any(version in requirement.specifier for version in versions), f"{requirement}: run `make lock`"
