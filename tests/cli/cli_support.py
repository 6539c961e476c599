"""Runs the command line inside the test's process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sitegen.cli.program import run


class Result:
    """Exit code and what was printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)


class Shell:
    """Runs commands with a root, and keeps what they print."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], root: Path) -> None:
        self._capture = capture
        self.root = root

    def __call__(self, *arguments: str) -> Result:
        """Run `sitegen …` as it stands."""
        self._capture.readouterr()
        code = run(arguments)
        out, err = self._capture.readouterr()
        return Result(code, out.decode(), err.decode())

    def here(self, command: str, *arguments: str) -> Result:
        """Run `sitegen COMMAND --root ROOT …`."""
        return self(command, "--root", str(self.root), *arguments)
