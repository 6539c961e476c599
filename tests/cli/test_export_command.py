"""`sitegen export`: files, standard output, trials, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, page
from cli_support import Shell

KINDS = ("jsonl", "csv", "bibtex", "graphml")
FILES = {
    **page("1969/07/landing", "Landing", "Armstrong landed.", id="a1", date="1969-07-20", people="[Neil Armstrong]"),
    **page("1969/07/launch", "Launch", "Armstrong left.", id="a2", date="1969-07-16", people="[Neil Armstrong]"),
    **page("1969/08/secret", "SECRET", "SECRET text.", id="a3", status="withdrawn"),
}


@pytest.fixture
def shell(archive: Callable[..., Archive], capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    return Shell(capfdbinary, archive(FILES).root)


@pytest.mark.parametrize("kind", [*KINDS, "bagit"])
def test_the_command_writes_each_format(shell: Shell, kind: str, tmp_path: Path) -> None:
    """To a file, as a trial, as JSON."""
    trial = shell.here("export", kind, "-o", str(tmp_path / "out"), "--dry-run")
    assert (trial.code, (tmp_path / "out").exists()) == (0, False)
    result = shell.here("export", kind, "--output", str(tmp_path / "out"), "--json")
    assert result.json["articles"] == 2
    assert (tmp_path / "out").exists()


def test_the_command_writes_to_standard_output(shell: Shell) -> None:
    """So that another program can read on; what is said goes elsewhere."""
    result = shell.here("export", "jsonl", "-o", "-")
    assert [json.loads(line)["id"] for line in result.out.splitlines()] == ["a2", "a1"]
    assert "Wrote -: 2 articles" in result.err
    assert shell.here("export", "bagit", "-o", "-").code == 2
    assert shell.here("export", "xml").code == 2


def test_the_file_is_named_after_the_archive(shell: Shell, tmp_path: Path) -> None:
    """In the folder where the command runs."""
    subprocess.run(
        [sys.executable, "-m", "sitegen", "export", "csv", "--root", str(shell.root)],
        cwd=tmp_path, check=True, capture_output=True, env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert (tmp_path / "archive.csv").read_text(encoding="utf-8-sig").count("\n") == 3
