"""What tests of several packages share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
