"""The last few changes that commands made to single files of `content/`, so that they can be taken back.

A step keeps the bytes from before and the digest of those from after. Steps live in `.sitegen/undo`, are only for
convenience, and may be deleted at any time: what counts is in `content/`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from sitegen.digest import sha256_hex
from sitegen.errors import UsageError
from sitegen.store.locks import hold
from sitegen.store.source_tree import SourceTree, storage_error, write_atomically

KEPT = 50
"""Steps that are kept; the oldest go."""


class UndoStep(msgspec.Struct, frozen=True):
    """One change of one file."""

    label: str
    """What was done, in words."""
    path: str
    """Relative to the archive's root."""
    before: bytes | None
    """None: the file was not there."""
    after: str
    """SHA-256 of the file once changed."""


def change_file(tree: SourceTree, path: str, label: str, edit: Callable[[bytes | None], bytes]) -> bool:
    """Replace a file of the archive by what `edit` makes of its bytes, and remember how to take it back.

    The file is read, edited and written while the content lock is held, so that no other change is lost.

    Returns:
        Whether anything changed.

    Raises:
        LockedError: another sitegen holds the lock for longer than half a minute.
        StorageError: the disk refused; the file is as it was.
        SitegenError: as raised by `edit`; the file is as it was.
    """
    with hold(tree.state, "content", timeout=30):
        before = _read(tree.root / path)
        after = edit(before)
        if after == before:
            return False
        # First the way back, then the change: after a kill in between, `undo_last` finds nothing was done.
        _push(tree.state / "undo", UndoStep(label, path, before, sha256_hex(after)))
        write_atomically(tree.root / path, after)
    return True


def last_step(tree: SourceTree) -> UndoStep | None:
    """The change that `undo_last` would take back."""
    for file in reversed(_steps(tree.state / "undo")):
        step = _load(file)
        if step is not None and _read(tree.root / step.path) != step.before:
            return step
    return None


def undo_last(tree: SourceTree, expected: UndoStep) -> None:
    """Take back the last change, which must still be the expected one.

    Raises:
        UsageError: the file has been changed since (`changed-since`), or another change came in between.
    """
    folder = tree.state / "undo"
    with hold(tree.state, "content", timeout=30):
        for file in reversed(_steps(folder)):
            step = _load(file)
            now = _read(tree.root / step.path) if step is not None else None
            if step is None or now == step.before:  # never took effect, or was taken back by hand
                file.unlink(missing_ok=True)
                continue
            if step != expected:
                raise UsageError(
                    "another change came in between", hint="look at it and try again", code="changed-since"
                )
            if now is None or sha256_hex(now) != step.after:
                raise UsageError(
                    f"{step.path} has been changed since; taking back `{step.label}` would lose that",
                    hint=f"open {step.path} and take it back by hand",
                    code="changed-since",
                )
            if step.before is None:
                (tree.root / step.path).unlink()
            else:
                write_atomically(tree.root / step.path, step.before)
            file.unlink()
            return


def _steps(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.msgpack"))


def _push(folder: Path, step: UndoStep) -> None:
    steps = _steps(folder)
    number = int(steps[-1].stem) + 1 if steps else 1
    write_atomically(folder / f"{number:08d}.msgpack", msgspec.msgpack.encode(step))
    for old in steps[: max(0, len(steps) + 1 - KEPT)]:
        old.unlink(missing_ok=True)


def _load(file: Path) -> UndoStep | None:
    try:
        step = msgspec.msgpack.decode(file.read_bytes(), type=UndoStep)
    except (OSError, msgspec.MsgspecError):
        return None
    # Whatever a stray file says, nothing outside of content is written.
    return step if step.path.startswith("content/") and ".." not in step.path.split("/") else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, path) from error
