"""The archive's folder as it lies on disk: where things are, what has changed, safe writing of content."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import msgspec

from sitegen.config import CONFIG_NAME, Config, parse_config
from sitegen.errors import ConfigError, ContentError, StorageError
from sitegen.model import Problem

MAX_DEPTH = 64
"""Folders nested deeper than this are reported and not read."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


_PASSING = ("~", "#", ".tmp", ".part", ".crdownload", "___jb_tmp___", "___jb_old___")


def is_passing_file(name: str) -> bool:
    """Whether a file name is one of those that editors and browsers use for a moment: backups, swap files, halves."""
    return name.endswith(_PASSING) or name.startswith(".") or name == "4913"


_LEFTOVER = re.compile(r"\.sitegen-(\d+)-\d+\.tmp")
_numbers = itertools.count()


def temporary_beside(path: Path) -> Path:
    """A name beside `path` for bytes that are about to take its place; it tells whose they are."""
    return path.with_name(f".sitegen-{os.getpid()}-{next(_numbers)}.tmp")


def delete_leftovers(folder: Path) -> None:
    """Delete from a folder (not from those below it) what writes that were killed have left there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".sitegen-"):
                _delete_leftover(entry)


def _delete_leftover(entry: os.DirEntry[str]) -> None:
    found = _LEFTOVER.fullmatch(entry.name)
    if found and not is_running(int(found[1])) and entry.is_file(follow_symlinks=False):
        with contextlib.suppress(OSError):  # A read-only archive can be read all the same.
            os.unlink(entry.path)  # noqa: PTH108 - the entry has a path, not a Path


def is_running(process: int) -> bool:
    """Whether a process of this machine still runs; in doubt it does."""
    if process == os.getpid() or os.name == "nt":  # There, asking a process would end it.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


class FileStat(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A file and what tells, without opening it, whether it has changed."""

    path: str
    """`/`-separated, relative to the folder that was scanned."""
    size: int
    mtime_ns: int
    inode: int


class SourceTree:
    """One archive: `sitegen.toml`, `content/`, `themes/` and the tool's own `.sitegen/`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.content = self.root / "content"
        self.state = self.root / ".sitegen"

    def load_config(self) -> Config:
        """Read `sitegen.toml`.

        Raises:
            ConfigError: the file is missing, unreadable or holds something that cannot be used.
        """
        path = self.root / CONFIG_NAME
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise ConfigError(
                f"no {CONFIG_NAME} in {self.root}",
                path=CONFIG_NAME,
                hint="run `sitegen new DIR` to start an archive, or name one with --root DIR",
                code="config-missing",
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot be read: {error}", path=CONFIG_NAME, code="config-unreadable") from error
        return parse_config(text)

    def scan(
        self, folder: str, suffixes: tuple[str, ...] = (), prefix: str = ""
    ) -> tuple[list[FileStat], list[Problem]]:
        """All files below `content/FOLDER`, ascending by path (after `prefix`), and what could not be looked at.

        Symbolic links are followed only to files and folders inside `content/`; a loop is met once and left. What
        editors leave beside the files they write is passed over; what a killed sitegen left is deleted.
        """
        delete_leftovers(self.content)
        found, problems = scan_folder(self.content / folder, suffixes, prefix, boundary=self.content, sweep=True)
        if not suffixes:
            found = [file for file in found if not is_passing_file(file.path.rpartition("/")[2])]
        return found, problems


def read_judgements(content: Path) -> str:
    """The text of `content/entities.yaml`; empty where there is none.

    Raises:
        ContentError: the file cannot be read.
    """
    try:
        return (content / "entities.yaml").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path="content/entities.yaml", code="authority") from error


def scan_folder(
    top: Path,
    suffixes: tuple[str, ...] = (),
    prefix: str = "",
    *,
    boundary: Path | None = None,
    sweep: bool = False,
) -> tuple[list[FileStat], list[Problem]]:
    """Stat every file below `top`, hidden ones aside. Two to three microseconds a file.

    Args:
        top: a folder; there are no files where it is missing.
        suffixes: of the files wanted, in lower case; none: all.
        prefix: put before each path, which is else relative to `top`.
        boundary: links that lead out of this folder are not followed; `top` itself, if none is given.
        sweep: delete what kills have left.
    """
    found: list[FileStat] = []
    problems: list[Problem] = []
    limit = os.path.realpath(boundary or top)
    seen: set[str] = set()

    def refuse(path: str, code: str, message: str, hint: str = "") -> None:
        problems.append(Problem(path=path, code=code, message=message, hint=hint))

    stack: list[tuple[str, str, int]] = [(str(top), prefix, 0)]
    while stack:
        folder, prefix, depth = stack.pop()
        if depth > MAX_DEPTH:
            refuse(prefix, "too-deep", f"folders nested deeper than {MAX_DEPTH} are not read")
            continue
        try:
            # Sorted, so that of two links to one folder it is always the same that is followed.
            entries = sorted(os.scandir(folder), key=attrgetter("name"))
        except FileNotFoundError:
            continue
        except OSError as error:
            refuse(prefix or str(top), "unreadable-folder", f"the folder cannot be read: {error.strerror}")
            continue
        for entry in entries:
            name = entry.name
            if name.startswith("."):
                if sweep and name.startswith(".sitegen-"):
                    _delete_leftover(entry)
                continue
            path = prefix + name
            try:
                if entry.is_symlink():
                    target = os.path.realpath(entry.path)
                    if not (target + os.sep).startswith(limit + os.sep):
                        refuse(path, "link-outside", "a link that leads outside is not followed", "copy the file here")
                        continue
                    if entry.is_dir():
                        # A link to one of its own parents would never end.
                        if (os.path.realpath(folder) + os.sep).startswith(target + os.sep) or target in seen:
                            refuse(path, "link-loop", "a link that leads back into its own folder is not followed")
                            continue
                        seen.add(target)
                if entry.is_dir():
                    stack.append((entry.path, path + "/", depth + 1))
                    continue
                if not entry.is_file():
                    if entry.is_symlink():
                        refuse(path, "broken-link", "the link leads nowhere")
                    continue
                if suffixes and not name.lower().endswith(suffixes):
                    continue
                if not (name.isascii() and name.isprintable()):
                    path.encode("utf-8")
                    if _CONTROL.search(name):
                        refuse(
                            path, "file-name", "the file's name holds a line break or control character", "rename it"
                        )
                        continue
                stat = entry.stat()
            except UnicodeEncodeError:
                shown = os.fsencode(path).decode("utf-8", "replace")
                refuse(shown, "file-name", "the file's name is not valid UTF-8", "rename it")
                continue
            except OSError as error:
                refuse(path, "unreadable", f"cannot be looked at: {error.strerror}")
                continue
            found.append(FileStat(path, stat.st_size, stat.st_mtime_ns, stat.st_ino))
    found.sort(key=attrgetter("path"))
    problems.sort(key=lambda problem: problem.path)
    return found, problems


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file in one step: a reader, or a kill, meets the old bytes or the new ones, never a part.

    `durable`: so does one who comes after a power cut.

    Raises:
        StorageError: the disk is full, read-only or refuses; the old file is as it was.
    """
    temporary = temporary_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(error, path) from error


_IN_THE_WAY = "something that sitegen did not write is in the way; move it and run the command again"


def storage_error(error: OSError, path: Path) -> StorageError:
    """The disk's refusal in words a person can act on."""
    hints = {
        errno.ENOSPC: "free some space and run the command again",
        errno.EROFS: "the disk is mounted read-only",
        errno.EACCES: "check the folder's permissions",
        errno.EEXIST: _IN_THE_WAY,
        errno.ENOTDIR: _IN_THE_WAY,
        errno.EISDIR: _IN_THE_WAY,
        errno.ENOTEMPTY: _IN_THE_WAY,
    }
    return StorageError(
        f"cannot write: {error.strerror or error}",
        path=str(path),
        hint=hints.get(error.errno or 0, ""),
        code="disk-full" if error.errno == errno.ENOSPC else "cannot-write",
    )


def iter_chunks(files: list[FileStat], size: int) -> Iterator[list[FileStat]]:
    """Cut a list of files into runs of at most `size`."""
    for start in range(0, len(files), size):
        yield files[start : start + size]
