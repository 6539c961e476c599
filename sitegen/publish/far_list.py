"""What lies at a target: the list that is kept there, beside the site.

    # sitegen published 1
    {"count": 2, "generation": 7, "open": null, …}    a line of JSON
    path TAB digest TAB size TAB retired              a line a file, ascending by path

A file whose digest is `?` is ours, but a publish that was cut off may or may not have written it.
"""

from __future__ import annotations

import msgspec

from sitegen.digest import short_digest
from sitegen.errors import TargetError

_HEADER = b"# sitegen published 1\n"
UNCERTAIN = "?"


class FarFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known about one file at the target."""

    digest: str
    size: int
    retired: int = 0
    """Generation with which the site stopped using it (search shards stay one publish longer); 0: in use."""


class OpenPublish(msgspec.Struct, frozen=True):
    """A publish at work, or one that was cut off."""

    token: str
    """Random; tells one publish from another."""
    machine: str
    """Digest of the machine's name: the list may lie where anybody can read it."""
    process: int
    beat: float
    """Seconds since 1970 when it was last heard of."""


class FarList(msgspec.Struct, kw_only=True):
    """The list at a target."""

    generation: int = 0
    """Publishes that were completed."""
    open: OpenPublish | None = None
    takedowns: list[str] = []
    """Digests of the paths of what had been taken down by the last complete publish."""
    files: dict[str, FarFile] = {}


class _Head(msgspec.Struct):
    count: int
    """Lines that follow: a list that was cut off must not look whole."""
    generation: int
    open: OpenPublish | None
    takedowns: list[str]


def encode(far: FarList) -> bytes:
    """The bytes of a list."""
    head = _Head(len(far.files), far.generation, far.open, sorted(far.takedowns))
    lines = [_HEADER.decode(), msgspec.json.encode(head).decode(), "\n"]
    for path in sorted(far.files):
        file = far.files[path]
        lines.append(f"{path}\t{file.digest}\t{file.size}\t{file.retired}\n")
    return "".join(lines).encode()


def decode(data: bytes, name: str) -> FarList:
    """Read a list.

    Raises:
        TargetError: it is damaged, or of a later program. Nothing is assumed then.
    """
    try:
        if not data.startswith(_HEADER):
            raise ValueError("unknown header")
        head_line, *lines = data.removeprefix(_HEADER).decode().split("\n")
        head = msgspec.json.decode(head_line, type=_Head)
        if len(lines) != head.count + 1 or lines.pop():
            raise ValueError("it was cut off")
        far = FarList(generation=head.generation, open=head.open, takedowns=head.takedowns)
        for line in lines:
            path, digest, size, retired = line.split("\t")
            far.files[path] = FarFile(digest, int(size), int(retired))
    except (ValueError, msgspec.MsgspecError) as error:
        raise TargetError(
            f"the list of published files at {name} cannot be read: {error}",
            hint="if a later sitegen wrote it, use that one; if it is damaged, see `Mending` in docs/publish.md",
            code="far-list",
        ) from error
    return far


def path_mark(path: str) -> str:
    """How the address of something that was taken down is remembered, without naming it."""
    return short_digest(b"takedown\0" + path.encode())[:20]
