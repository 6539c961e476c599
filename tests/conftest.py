"""What tests of several packages share."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import jinja2
import pytest
from archive_support import Archive, Files
from hypothesis import settings

# New examples are for people, who can look into what they find; a change is not to fail for what it did not touch.
# No example is timed: the machine may be busy.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("people", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "people")

MakeArchive = Callable[..., Archive]


@pytest.fixture
def archive(tmp_path: Path) -> MakeArchive:
    """Makes an archive of some files: `archive({"content/raw/a.txt": "…"})`, in a folder of its own if it is named."""

    def make(files: Files | None = None, name: str = "archive") -> Archive:
        return Archive(tmp_path / name, files)

    return make


SERVERS = {"browser", "publish", "robustness", "serve"}
"""Folders whose tests start servers and clients."""


@pytest.fixture(scope="module", autouse=True)
def _leaks_are_told_where_they_are(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a module forgot to close is its own fault, not that of the test during which Python comes upon it."""
    yield
    if request.path.parent.name in SERVERS:
        gc.collect()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Before coverage is combined, take away what processes were killed while they wrote."""
    result = yield
    if session.config.pluginmanager.hasplugin("_cov") and not hasattr(session.config, "workerinput"):
        for path in session.config.rootpath.glob(".coverage.*"):
            if not _is_whole(path):
                path.unlink()
    return result


def _is_whole(path: Path) -> bool:
    """Whether a file of coverage can be read from its beginning to its end."""
    with closing(sqlite3.connect(path)) as database:
        try:
            database.execute("SELECT version FROM coverage_schema")
            return database.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False


@pytest.fixture(scope="session", autouse=True)
def _templates_compile_once() -> Iterator[None]:
    """Let all builds of the tests share one compilation of each template, which is most of the time of a small one."""
    original = jinja2.Environment.compile
    known: dict[tuple[object, ...], object] = {}

    def compile_once(
        self: jinja2.Environment, source: object, name: object = None, filename: object = None, *rest: object
    ) -> object:
        key = (type(self), source, name, filename, *rest)
        if key not in known:
            known[key] = original(self, source, name, filename, *rest)  # type: ignore[call-overload]
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield
