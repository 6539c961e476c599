"""The client meets damaged indexes and hostile queries: it answers rightly or says what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fuzz_client import fuzz_client


@pytest.mark.parametrize("scripts", [False, True])
def test_damage_is_told_and_hostile_queries_are_answered(tmp_path: Path, scripts: bool) -> None:
    """300 cases: nothing hangs, is thrown beside the answer, or changes a prototype; trying again helps."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed: the browser's client cannot run")
    told = fuzz_client(tmp_path, cases=300, seed=1, scripts=scripts)
    assert told.pop("failures") == []
    assert told["cases"] == 300
    assert told["refused"] > 50
    assert told["answered"] > 200
