"""The last few changes that commands made to files of `content/`, so that they can be taken back.

A step keeps the bytes from before and the digest of those from after; a step of many files only the bytes that differ.
Steps live in `.sitegen/undo`, are only for
convenience, and may be deleted at any time: what counts is in `content/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from sitegen.digest import sha256_hex, short_digest
from sitegen.errors import UsageError
from sitegen.store.locks import hold
from sitegen.store.replace_files import Replacement, replace_files
from sitegen.store.source_tree import SourceTree, delete_leftovers, storage_error, write_atomically

KEPT = 50
"""Steps that are kept; the oldest go."""


_BATCH = 256
"""Files that are put back together."""


class UndoStep(msgspec.Struct, frozen=True, tag="file"):
    """One change of one file."""

    label: str
    """What was done, in words."""
    path: str
    """Relative to the archive's root."""
    before: bytes | None
    """None: the file was not there."""
    after: str
    """SHA-256 of the file once changed."""


class Reversal(msgspec.Struct, frozen=True, array_like=True):
    """How one file of a batch was: `middle` between the first `head` and the last `tail` bytes of what it is now."""

    path: str
    """Relative to the archive's root."""
    head: int
    tail: int
    middle: bytes
    before: str
    """Digest of the file as it was, and once changed."""
    after: str


class UndoBatch(msgspec.Struct, frozen=True, tag="files"):
    """One change of many files."""

    label: str
    files: tuple[Reversal, ...]

    @property
    def path(self) -> str:
        """What was changed, in words."""
        return f"{len(self.files):,} pages"


Step = UndoStep | UndoBatch


class BatchNotes:
    """Keeps the way back of a change of many files up to date while it is written, so that a kill leaves one."""

    def __init__(self, tree: SourceTree, label: str) -> None:
        self._folder = tree.state / "undo"
        self._root = tree.root
        self._label = label
        self._files: list[Reversal] = []
        self._at: Path | None = None

    def note(self, replacements: Sequence[Replacement]) -> None:
        """Remember what is about to be replaced."""
        self._files += [
            _reversal(one.path.relative_to(self._root).as_posix(), one.old, one.new) for one in replacements
        ]
        if self._files:
            self._at = _push(self._folder, UndoBatch(self._label, tuple(self._files)), self._at)


def _reversal(path: str, old: bytes, new: bytes) -> Reversal:
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    return Reversal(path, head, tail, old[head : len(old) - tail], short_digest(old), short_digest(new))


def _shared(one: bytes, other: bytes) -> int:
    """Bytes with which both start."""
    differing = (at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differing, min(len(one), len(other)))


def _restored(data: bytes, reversal: Reversal) -> bytes:
    return data[: reversal.head] + reversal.middle + data[len(data) - reversal.tail :]


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


def last_step(tree: SourceTree) -> Step | None:
    """The change that `undo_last` would take back."""
    for file in reversed(_steps(tree.state / "undo")):
        step = _load(file)
        if step is not None and _took_effect(tree, step):
            return step
    return None


def _took_effect(tree: SourceTree, step: Step) -> bool:
    """Whether there is anything to take back: a kill may have prevented it, or a person done it by hand."""
    if isinstance(step, UndoStep):
        return _read(tree.root / step.path) != step.before
    return any(_digest(tree.root / one.path) == one.after for one in step.files)


def _digest(path: Path) -> str:
    data = _read(path)
    return "" if data is None else short_digest(data)


def undo_last(tree: SourceTree, expected: Step) -> tuple[str, ...]:
    """Take back the last change, which must still be the expected one.

    Returns:
        Of a change of many files those that have been changed since; they were left alone.

    Raises:
        UsageError: the file has been changed since (`changed-since`), or another change came in between.
    """
    folder = tree.state / "undo"
    with hold(tree.state, "content", timeout=30):
        for file in reversed(_steps(folder)):
            step = _load(file)
            if step is None or not _took_effect(tree, step):
                file.unlink(missing_ok=True)
                continue
            if step != expected:
                raise UsageError(
                    "another change came in between", hint="look at it and try again", code="changed-since"
                )
            if isinstance(step, UndoStep):
                _take_back(tree, step)
                file.unlink()
                return ()
            break
        else:
            return ()
    # Files are replaced under the lock of their own batch, each only if it still holds what this change wrote.
    left = _take_back_batch(tree, step)
    file.unlink(missing_ok=True)
    return left


def _take_back(tree: SourceTree, step: UndoStep) -> None:
    now = _read(tree.root / step.path)
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


def _take_back_batch(tree: SourceTree, step: UndoBatch) -> tuple[str, ...]:
    left: list[str] = []
    for start in range(0, len(step.files), _BATCH):
        batch: list[Replacement] = []
        for one in step.files[start : start + _BATCH]:
            data = _read(tree.root / one.path)
            digest = "" if data is None else short_digest(data)
            if data is not None and digest == one.after:
                batch.append(Replacement(tree.root / one.path, data, _restored(data, one)))
            elif digest != one.before:
                left.append(one.path)
        left += [path.relative_to(tree.root).as_posix() for path in replace_files(tree.state, batch)]
    return tuple(left)


def _steps(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.msgpack"))


def _push(folder: Path, step: Step, at: Path | None = None) -> Path:
    """Write a step as the last one, or over the one at `at`."""
    data = msgspec.msgpack.encode(step)
    if at is not None:
        write_atomically(at, data)
        return at
    delete_leftovers(folder)
    steps = _steps(folder)
    number = int(steps[-1].stem) + 1 if steps else 1
    fresh = folder / f"{number:08d}.msgpack"
    write_atomically(fresh, data)
    for old in steps[: max(0, len(steps) + 1 - KEPT)]:
        old.unlink(missing_ok=True)
    return fresh


def _load(file: Path) -> Step | None:
    try:
        step: Step = msgspec.msgpack.decode(file.read_bytes(), type=Step)
    except (OSError, msgspec.MsgspecError):
        return None
    # Whatever a stray file says, nothing outside of content is written.
    paths = [step.path] if isinstance(step, UndoStep) else [one.path for one in step.files]
    return step if all(_is_content(path) for path in paths) else None


def _is_content(path: str) -> bool:
    return path.startswith("content/") and ".." not in path.split("/")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise storage_error(error, path) from error
