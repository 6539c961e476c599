"""The list at a target that knows files and names only: a new file for each version, under a name that must be new.

Two publishers that both saw version 7 both try to make `list-8`; the file system lets one of them.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable

from sitegen.errors import OvertakenError, TargetError

_NAME = re.compile(r"list-(\d{1,12})\.tsv\.gz")


def list_name(number: int) -> str:
    """The file of one version."""
    return f"list-{number}.tsv.gz"


def newest(names: Iterable[str]) -> int:
    """The newest version among the files of the list's folder; 0 where there is none."""
    return max((int(found[1]) for name in names if (found := _NAME.fullmatch(name))), default=0)


def older(names: Iterable[str], number: int) -> list[str]:
    """Files of versions before `number`."""
    return [name for name in names if (found := _NAME.fullmatch(name)) and int(found[1]) < number]


def pack(data: bytes) -> bytes:
    """The bytes of a list as they lie at a target."""
    return gzip.compress(data, 6, mtime=0)


def unpack(data: bytes, name: str) -> bytes:
    """The bytes of a list. Raises TargetError where they are damaged."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise TargetError(
            f"the list of published files at {name} is damaged: {error}",
            hint="see `Mending` in docs/publish.md",
            code="far-list",
        ) from error


def overtaken(name: str) -> OvertakenError:
    """What to say when another publisher was quicker."""
    return OvertakenError(
        f"somebody else has published to {name} in the meantime",
        hint="run `sitegen publish` again when they have finished",
        code="second-publisher",
    )
