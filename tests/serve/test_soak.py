"""The soak of `benchmarks/soak_serve.py`, a short one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from live_support import running


def soak_script() -> Any:
    """The script as a module."""
    path = Path(__file__).parents[2] / "benchmarks/soak_serve.py"
    spec = importlib.util.spec_from_file_location("soak_serve", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_random_operations_break_nothing(tmp_path: Path) -> None:
    """After sixty changes under three readers: no error, no half page, and the site of a clean build."""
    script = soak_script()
    root = tmp_path / "archive"
    operations = script.Operations(root, seed=7)
    operations.prepare(15)
    with running(root) as served:
        faults, answers = script.soak(operations, served.port, 60, 0.05)
    script.clean_twin(root, tmp_path / "clean")
    assert faults + script.differences(root, tmp_path / "clean") == []
    assert answers[200] > 50
