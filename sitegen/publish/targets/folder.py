"""A folder: of a web server on this machine, a mounted disk, a stick to take away."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from sitegen.errors import ForeignFileError, TargetError
from sitegen.publish.numbered_lists import list_name, newest, older, overtaken, pack, unpack
from sitegen.publish.port import STATE_FOLDER, Upload, temporary_name


class FolderTarget:
    """Files are written under another name, then renamed: whoever looks sees the old one or the new one."""

    batch = 1
    jobs = 4
    atomic = False

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder
        self._state = folder / STATE_FOLDER

    def load(self) -> tuple[bytes | None, str]:
        """See `Target`."""
        try:
            number = newest(self._names())
            if not number:
                return None, "0"
            return unpack((self._state / list_name(number)).read_bytes(), self.name), str(number)
        except OSError as error:
            raise _refused(error, self._state) from error

    def swap(self, data: bytes, version: str) -> str:
        """See `Target`."""
        number = int(version) + 1
        try:
            if newest(self._names()) >= number:
                raise overtaken(self.name)
            temporary = self._state / f"{secrets.token_hex(8)}.tmp"
            if not _create(self._state / list_name(number), temporary, pack(data)):
                raise overtaken(self.name)
            names = self._names()
            for name in [*older(names, number), *(name for name in names if name.endswith(".tmp"))]:
                (self._state / name).unlink(missing_ok=True)
        except FileNotFoundError:
            raise overtaken(self.name) from None  # The winner has cleared our file away.
        except OSError as error:
            raise _refused(error, self._state) from error
        return str(number)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._state)  # noqa: PTH208 - names are all that is needed
        except FileNotFoundError:
            return []

    def exists(self, path: str) -> bool:
        """See `Target`."""
        return (self._folder / path).exists()

    def put(self, files: Sequence[Upload]) -> None:
        """See `Target`."""
        for file in files:
            data = file.read()
            place = self._folder / file.path
            try:
                temporary = self._folder / temporary_name(file.path)
                if not file.fresh:
                    _write(temporary, data)
                    temporary.replace(place)
                elif not _create(place, temporary, data) and place.read_bytes() != data:
                    raise foreign(self.name, file.path)
            except OSError as error:
                raise _refused(error, place) from error

    def delete(self, paths: Sequence[str]) -> None:
        """See `Target`."""
        for path in paths:
            place = self._folder / path
            for name in (place, self._folder / temporary_name(path)):
                try:
                    name.unlink()
                except (FileNotFoundError, NotADirectoryError):
                    pass
                except OSError as error:
                    raise _refused(error, name) from error
            for parent in place.parents:
                if parent == self._folder:
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break

    def close(self) -> None:
        """Nothing is open."""


def _create(place: Path, temporary: Path, data: bytes) -> bool:
    """Make a file whole, in one step, unless there is one; False if there is."""
    if place.exists():
        return False
    _write(temporary, data)
    try:
        os.link(temporary, place)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # No hard links here, as on most sticks: the check above has to do.
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _write(temporary: Path, data: bytes) -> None:
    for _ in range(8):  # Whoever deletes empty folders at the same time may take the one just made.
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            try:
                temporary.write_bytes(data)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            return
    raise FileNotFoundError(errno.ENOENT, "the folder does not stay", str(temporary.parent))


def foreign(name: str, path: str) -> ForeignFileError:
    """What to say when a file of somebody else is in the way."""
    return ForeignFileError(
        f"{path} is already at {name}, and sitegen did not write it",
        hint="move it away; or let files of the same names be replaced with --overwrite",
        code="foreign-file",
    )


_HINTS = {
    errno.ENOSPC: "free some space there and publish again: it goes on from here",
    errno.EDQUOT: "free some space there and publish again: it goes on from here",
    errno.EROFS: "the disk is mounted read-only",
    errno.EACCES: "check the permissions of the folder",
    errno.EPERM: "check the permissions of the folder",
    errno.ENAMETOOLONG: "the names are too long for that disk",
}


def _refused(error: OSError, place: Path) -> TargetError:
    return TargetError(
        f"{place}: {error.strerror or error}", hint=_HINTS.get(error.errno or 0, ""), code="target-refused"
    )
