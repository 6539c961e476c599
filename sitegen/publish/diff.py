"""Pure: from what a target is to hold and what it holds, what to do, in an order that readers cannot notice.

A reader must never see a page whose parts are missing, so parts come before what names them:

    take down   pages that were redacted or withdrawn, their compressed copies, and data files that may list them
    shards      the search index's parts; their names change with their bytes, so that no old one is touched
    …           after a takedown at once: the index's start files, then the old shards go
    assets      styles, scripts, media
    new pages   to which changed pages may link
    pages       that have changed; the home page last of them
    search      the index's start files, which name the new shards
    delete      what the site no longer has
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from sitegen.publish.far_list import UNCERTAIN, FarFile, FarList, path_mark
from sitegen.publish.headers import is_shard
from sitegen.publish.port import STATE_FOLDER
from sitegen.publish.site_files import ENDINGS

Digests = Mapping[str, str]
"""Path → digest of everything that the target is to hold."""


class Step(msgspec.Struct, frozen=True):
    """Files that may be written, or deleted, in any order and at once."""

    name: str
    verb: Literal["put", "delete"]
    paths: tuple[str, ...]


class PublishPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a publish does."""

    purge: tuple[Step, ...] = ()
    """What a takedown needs: under no cap, and first."""
    purge_shards: tuple[str, ...] = ()
    """Old search shards that hold what was taken down: the last step of `purge`, done even if others fail."""
    steps: tuple[Step, ...] = ()
    retired: tuple[str, ...] = ()
    """Search shards that are no longer used, and stay until the next publish."""
    takedowns: tuple[str, ...] = ()
    """Paths that are taken down by this publish."""
    kept: int = 0
    deletes: int = 0
    """Files that an editor's ordinary work removed; what the cap counts."""

    def touched(self) -> list[str]:
        """Every path that is written or deleted."""
        return [path for step in (*self.purge, *self.steps) for path in step.paths]

    def is_empty(self) -> bool:
        """Whether the target holds everything already."""
        return not (self.purge or self.steps or self.retired or self.takedowns)


def diff(digests: Digests, far: FarList, withdrawn: Iterable[str], *, purge: bool = False) -> PublishPlan:
    """What makes the target hold the files, and nothing else of ours.

    Args:
        digests: what the target is to hold.
        far: what it holds.
        withdrawn: paths at which articles lay that are redacted, withdrawn or removed by now, or from which names were
            taken; all of them, always. One that ends in `/` means all below it.
        purge: old search shards go at once, as after a takedown.
    """
    done = set(far.takedowns)
    new = {path for path in withdrawn if path_mark(path) not in done}
    below = tuple(path for path in new if path.endswith("/"))
    taken = [path for path in sorted(far.files) if path in new or (below and path.startswith(below))]
    put = [path for path in sorted(digests) if path not in far.files or far.files[path].digest != digests[path]]
    gone = [path for path in sorted(far.files) if path not in digests]
    purging = purge or bool(taken)
    first = {path + ending for path in taken for ending in ("", *ENDINGS.values())}
    if taken:
        first.update(path for path in (*put, *gone) if _is_data(_plain(path)))

    old_shards = [path for path in gone if is_shard(_plain(path))]
    if purging:
        going, retired = old_shards, []
    else:
        going = [path for path in old_shards if 0 < far.files[path].retired < far.generation + 1]
        retired = [path for path in old_shards if far.files[path].retired == 0]
    shards = set(old_shards)

    first_puts = [path for path in put if path in first]
    first_deletes = [path for path in gone if path in first]
    rest = [path for path in put if path not in first]
    new_shards = [path for path in rest if is_shard(_plain(path))]
    start_files = [path for path in rest if _is_start_file(path)]
    others = [path for path in rest if not is_shard(_plain(path)) and not _is_start_file(path)]
    assets = [path for path in others if path.startswith(("assets/", "media/"))]
    pages = [path for path in others if not path.startswith(("assets/", "media/"))]
    deletes = [path for path in gone if path not in shards and path not in first]
    old = far.files
    search = [Step("search shards", "put", tuple(new_shards))]
    switch = [Step("search index", "put", tuple(start_files))]
    steps = [
        Step("assets", "put", tuple(assets)),
        Step("new pages", "put", tuple(path for path in pages if path not in old)),
        Step("pages", "put", tuple(path for path in pages if path in old and not _is_home(path))),
        Step("home page", "put", tuple(path for path in pages if path in old and _is_home(path))),
    ]
    last = [Step("delete", "delete", tuple(deletes))]
    purge_steps: list[Step] = []
    if purging:
        purge_steps = [
            Step("take down", "put", tuple(first_puts)),
            Step("take down", "delete", tuple(first_deletes)),
            *search,
            *switch,
            Step("old search shards", "delete", tuple(going)),
        ]
    else:
        steps = [*search, *steps, *switch]
        last.append(Step("old search shards", "delete", tuple(going)))
    return PublishPlan(
        purge=tuple(step for step in purge_steps if step.paths),
        purge_shards=tuple(going) if purging else (),
        steps=tuple(step for step in (*steps, *last) if step.paths),
        retired=tuple(retired),
        takedowns=tuple(taken),
        kept=sum(path in old and old[path].digest == digest for path, digest in digests.items()),
        deletes=sum(_plain(path) == path for path in deletes),
    )


def begun(far: FarList, plan: PublishPlan) -> FarList:
    """The list once a publish has begun: of what it will touch nothing is certain any more."""
    files = dict(far.files)
    for path in plan.touched():
        old = files.get(path)
        files[path] = FarFile(UNCERTAIN, 0, old.retired if old else 0)
    return FarList(generation=far.generation, takedowns=list(far.takedowns), files=files)


def finished(far: FarList, plan: PublishPlan, digests: Digests, withdrawn: Iterable[str]) -> FarList:
    """The list once all is done: a generation on, with what this generation stopped using, or uses again."""
    generation = far.generation + 1
    files = dict(far.files)
    for path in plan.retired:
        files[path] = FarFile(files[path].digest, files[path].size, generation)
    for path, file in far.files.items():
        if file.retired and path in digests:
            files[path] = FarFile(file.digest, file.size)
    return FarList(generation=generation, takedowns=sorted({path_mark(path) for path in withdrawn}), files=files)


def _plain(path: str) -> str:
    """The file that a compressed copy is of; any other path as it is."""
    for ending in ENDINGS.values():
        if path.endswith(ending):
            return path.removesuffix(ending)
    return path


def _is_start_file(path: str) -> bool:
    return _plain(path) in ("search/index.json", "search/index.js")


def _is_data(path: str) -> bool:
    """Lists for machines, which name articles or quote them: feeds, tables, exports."""
    return path.rpartition(".")[2] in _DATA and not path.startswith(("search/", "assets/"))


_DATA = frozenset("bib csv graphml json jsonl ris tsv xml".split())


def _is_home(path: str) -> bool:
    return _plain(path) == "index.html"


def is_own_path(path: str) -> bool:
    """Whether a path is one that a publish may write: relative, plain, and not in the list's own folder."""
    parts = path.split("/")
    return bool(path) and parts[0] != STATE_FOLDER and not any(part in ("", ".", "..") for part in parts)
