"""Every module can be imported on its own, and the pure packages stay away from the world."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import sitegen

ROOT = Path(sitegen.__file__).parent
PURE = ("plan", "render", "search", "ingest", "entities", "markup", "model")
FORBIDDEN = {"os", "shutil", "subprocess", "socket", "time", "random", "threading", "sqlite3", "whoosh", "watchdog"}

_IMPORT_ALL = """
import importlib, json, sys
failed = {}
for name in json.loads(sys.argv[1]):
    for loaded in [key for key in sys.modules if key.partition(".")[0] == "sitegen"]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = repr(error)
print(json.dumps(failed))
"""


def modules() -> list[str]:
    """All modules of the package, `__main__` aside."""
    found = [name for _, name, _ in pkgutil.walk_packages([str(ROOT)], "sitegen.")]
    return [name for name in found if not name.endswith("__main__")]


def test_every_module_imports_on_its_own() -> None:
    """Imported first, with nothing of the program loaded before it, no module fails: there is no hidden order."""
    names = modules()
    assert len(names) > 80
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL, json.dumps(names)],
        cwd=ROOT.parent,
        capture_output=True,
        check=True,
        timeout=300,
    )
    assert json.loads(done.stdout) == {}


def imported(path: Path) -> set[str]:
    """Top-level names of what a module imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_pure_packages_import_nothing_that_touches_the_world() -> None:
    """No module of a pure package imports files, processes, clocks, chance or databases, not even inside a function."""
    guilty = {
        path.relative_to(ROOT).as_posix(): sorted(imported(path) & FORBIDDEN)
        for package in PURE
        for path in (ROOT / package).rglob("*.py")
        if imported(path) & FORBIDDEN
    }
    assert guilty == {}


def test_pure_packages_open_no_files() -> None:
    """No pure module calls `open`, nor reads or writes through a path."""
    calls = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
    allowed = {"joinpath", "files"}
    guilty = []
    for package in PURE:
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "importlib.resources" in source or any(name in source for name in allowed if name in path.name):
                continue  # Data that travels with the package.
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    if name in calls:
                        guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert guilty == []


def test_only_the_command_line_prints() -> None:
    """`print` and standard output are used in `sitegen/cli` alone."""
    guilty = []
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] == "cli":
            continue
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"]
        guilty += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in calls]
    assert guilty == []


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    """`sitegen --help` loads no numpy, templates, index or server: it must answer at once."""
    code = (
        "import sys; from sitegen.cli.program import run; run(['--help']);"
        "print(sorted({'numpy','jinja2','whoosh','uvicorn','starlette','rich','markdown'} & set(sys.modules)),"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"
