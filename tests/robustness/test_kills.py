"""Commands killed at random moments lose nothing; a short run of the series (`make kill-series` is the long one)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SERIES = Path(__file__).with_name("kill_series.py")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are killed in forks")
@pytest.mark.parametrize("command", ["ingest", "build", "serve", "publish", "merge", "remove", "retag"])
def test_a_kill_at_any_moment_loses_nothing(command: str) -> None:
    """Content is as before or after, the site of whole states, and the next run makes it what a clean one makes."""
    done = subprocess.run(
        [sys.executable, str(SERIES), "--rounds", "6", "--articles", "16", command],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
