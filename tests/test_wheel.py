"""The package as people install it: from a wheel, in an empty environment, away from the repository."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


@pytest.mark.slow
def test_a_wheel_in_an_empty_environment_makes_and_searches_the_demo(tmp_path: Path) -> None:
    """Themes, weights and samples travel inside the wheel."""
    reached = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path / "probe"), "click"],
        capture_output=True,
        check=False,
    )
    if reached.returncode:
        pytest.skip("no package registry can be reached")
    _run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, REPOSITORY, cwd=tmp_path
    )
    (wheel,) = tmp_path.glob("sitegen-*.whl")
    assert wheel.stat().st_size < 20_000_000
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    _run(scripts / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)

    sitegen = scripts / "sitegen"
    _run(sitegen, "new", "demo", "--demo", cwd=tmp_path)
    archive = tmp_path / "demo"
    ingested = json.loads(_run(sitegen, "ingest", "--json", cwd=archive).stdout)
    assert ingested["written"] >= 40
    built = json.loads(_run(sitegen, "build", "--json", cwd=archive).stdout)
    assert built["articles"] == ingested["written"]
    assert (archive / "site" / "assets" / "search.js").is_file()
    found = json.loads(_run(sitegen, "search", "--json", "moon landing", cwd=archive).stdout)
    assert found["total"] > 0
