"""The search client's types, as TypeScript's compiler reads its JSDoc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TYPESCRIPT = "typescript@5.9"


def test_types_of_the_search_client_hold() -> None:
    """`tsc --checkJs` finds nothing to complain about in the client, its page and its worker."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx, which would run TypeScript's compiler, is not installed")
    compiler = [npx, "--yes", "-p", TYPESCRIPT, "tsc"]
    if subprocess.run([*compiler, "--version"], capture_output=True, timeout=600, check=False).returncode:
        pytest.skip("TypeScript's compiler could not be fetched")
    project = Path(__file__).with_name("tsconfig.json")
    done = subprocess.run([*compiler, "-p", project], capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout) == (0, "")
