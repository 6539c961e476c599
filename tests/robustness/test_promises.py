"""What `SECURITY.md` says of the code as a whole, where no other test shows it."""

from __future__ import annotations

import re
from pathlib import Path

import sitegen
from sitegen.pipeline.new_archive import new_archive
from sitegen.publish.headers import SECURITY

CODE = {
    path.relative_to(Path(sitegen.__file__).parent).as_posix(): path.read_text(encoding="utf-8")
    for path in Path(sitegen.__file__).parent.rglob("*.py")
}


def test_only_the_local_index_is_unpickled() -> None:
    """Whoosh's own files; nothing else reads a format that can run code."""
    reading = re.compile(
        r"\bpickle\.(?:loads?|Unpickler)|\bmarshal\.loads?|\bshelve\.|\byaml\.(?:unsafe_|full_)?load\(|allow_pickle=True"
    )
    assert {path for path, text in CODE.items() if reading.search(text)} <= {"store/whoosh/segments.py"}


def test_no_text_is_run() -> None:
    """No `eval`, no `exec`, and no shell between the program and others."""
    running = re.compile(r"(?<![\w.])(?:eval|exec)\(|shell=True|os\.system\(|os\.popen\(")
    assert [path for path, text in CODE.items() if running.search(text)] == []


def test_an_archives_own_state_stays_out_of_version_control(tmp_path: Path) -> None:
    """`.sitegen` is this machine's own."""
    new_archive(tmp_path, "", demo=False)
    assert "/.sitegen/" in (tmp_path / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_policy_is_strict() -> None:
    """Nothing from elsewhere, nothing inline, nobody's frame."""
    policy = dict(part.strip().split(" ", 1) for part in SECURITY["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
