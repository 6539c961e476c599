"""Finding raw files and cutting them into tasks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, tree_bytes

from sitegen.pipeline.raw_files import find_raw_files, tasks

MakeArchive = Callable[..., Archive]

TEXT = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."


def test_big_files_come_in_windows(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than a window is handed out in several, and no record is lost at a seam."""
    from sitegen.pipeline import raw_files

    monkeypatch.setattr(raw_files, "WINDOW_BYTES", 1 << 20)
    lines = "".join(json.dumps({"id": f"r{n}", "text": f"Text {n}. " * 40}) + "\n" for n in range(9000))
    made = archive({"content/raw/many.jsonl": lines, "content/raw/small.txt": TEXT})
    files, problems = find_raw_files(made.root, (made.root / "content/raw",))
    assert problems == []
    windows = list(tasks(files, problems))
    assert len(windows) > 2
    data = b"".join(task.chunk.data for window in windows for task in window if task.chunk)
    assert data.decode() == lines


def test_paths_given_in_any_form_are_one_article(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """`content/raw`, `./content/raw/a.txt` and the absolute path give one page."""
    made = archive({"content/raw/a.txt": TEXT})
    monkeypatch.chdir(made.root)
    made.ingest(
        Path("content/raw"),
        Path("./content/raw/a.txt"),
        made.root / "content/raw/a.txt",
        Path("content/../content/raw"),
    )
    assert len(made.pages()) == 1
    assert tree_bytes(made.root / "content/raw") == {"a.txt": TEXT.encode()}
