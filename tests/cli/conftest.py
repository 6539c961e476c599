"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive
from cli_support import Shell

TEXTS = {
    "content/raw/landing.txt": "date 1969-07-20\n\nNeil Armstrong walked on the Moon. Houston cheered as he spoke.\n",
    "content/raw/launch.txt": "date 1969-07-16\n\nThe rocket rose from Florida. Neil Armstrong waved to the crowd.\n",
}


@pytest.fixture
def shell(archive: Callable[..., Archive], capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """A shell in a small archive that is not yet ingested."""
    return Shell(capfdbinary, archive(TEXTS).root)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    """A shell in an empty folder."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return Shell(capfdbinary, tmp_path / "empty")
