"""The small port behind which every kind of target sits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from sitegen.digest import short_digest

STATE_FOLDER = ".sitegen-publish"
"""Folder at the target in which the list of what was published lies."""


def temporary_name(path: str) -> str:
    """Where a file is written before it gets its name: always the same, so that what a kill leaves is found again."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.sitegen-{short_digest(name.encode())[:12]}.tmp"


class Upload(msgspec.Struct, frozen=True):
    """One file on its way."""

    path: str
    """`/`-separated, relative to the target's top."""
    digest: str
    size: int
    """Bytes; of a compressed copy, those of the file it is made from."""
    content_type: str
    cache_control: str
    encoding: str
    """`gzip` or `br` for compressed copies, else empty."""
    fresh: bool
    """Nothing of ours lies there yet, so whatever does is somebody else's and must not be replaced."""
    read: Callable[[], bytes]


class Target(Protocol):
    """A place that a site is published to.

    All methods may be called again after they have failed, and `put` and `delete` from several threads at once. They
    raise `TargetError` with a message a person can act on; `transient` says whether trying again may help.
    """

    name: str
    """How the target is called in messages: its address without any password."""
    batch: int
    """Files that one call of `put` or `delete` takes best."""
    jobs: int
    """Calls at once that the target takes well."""
    atomic: bool
    """Nothing shows before `swap`, and then all at once: then there are no steps in between."""

    def load(self) -> tuple[bytes | None, str]:
        """The list of what was published, None if there is none, and its version for `swap`."""

    def swap(self, data: bytes, version: str) -> str:
        """Replace the list if it still has that version; the new version.

        Raises:
            OvertakenError: it has another version: somebody else has been at work.
        """

    def exists(self, path: str) -> bool:
        """Whether a file lies there."""

    def put(self, files: Sequence[Upload]) -> None:
        """Write files, each whole or not at all where the target can.

        Raises:
            ForeignFileError: a file that was said to be fresh is there already, with other bytes.
        """

    def delete(self, paths: Sequence[str]) -> None:
        """Delete files, and folders that are empty then; what is not there is no error."""

    def close(self) -> None:
        """Hang up."""
