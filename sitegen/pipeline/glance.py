"""A glance at an archive: is everything as the last build left it? Then there is nothing to do, and nothing to load.

What decides a site is read and listed, and its digest compared with the one that the last build kept in
`.sitegen/glance.json`, beside a few marks of what it left: the snapshot, the manifest, the local index. It takes a
third of the time that loading the rest of the program takes; where anything differs, the build looks into what.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from sitegen.config import Config
from sitegen.digest import value_digest
from sitegen.model import Problem
from sitegen.pipeline.build_report import BuildReport
from sitegen.store.output_tree import OutputTree
from sitegen.store.snapshot import snapshot_stamp
from sitegen.store.source_tree import FileStat, SourceTree, read_judgements
from sitegen.store.theme_files import read_theme
from sitegen.store.tool import tool_digest


class Sight(msgspec.Struct, frozen=True):
    """All that decides a site, as it lies there."""

    config: Config
    theme: list[tuple[str, dict[str, bytes]]]
    """As `read_theme` gives it."""
    judgements: str
    """The text of `content/entities.yaml`."""
    pages: list[FileStat]
    """Files of `content/articles` and `content/pages`, ascending by path below `content/`."""
    media: list[FileStat]
    """Files of `content/media`, likewise."""
    problems: tuple[Problem, ...]
    """Files and folders that could not be looked at."""


class _Kept(msgspec.Struct):
    """What the last build left."""

    sight: str
    """Digest of the program and of what it was shown."""
    snapshot: tuple[int, int]
    shards: list[tuple[str, int, int]]
    fulltext: list[tuple[str, int, int]]
    report: BuildReport


def look(tree: SourceTree, config: Config | None = None) -> Sight:
    """Read settings, unless they are given, theme and judgements, and list content.

    Raises:
        ConfigError, ThemeError, ContentError: settings, theme or judgements cannot be used.
    """
    config = config or tree.load_config()
    pages, page_problems = scan_content(tree, ("articles", "pages"), (".md",))
    media, media_problems = scan_content(tree, ("media",))
    return Sight(
        config=config,
        theme=read_theme(tree.root, config.theme),
        judgements=read_judgements(tree.content),
        pages=pages,
        media=media,
        problems=(*page_problems, *media_problems),
    )


def scan_content(
    tree: SourceTree, folders: Iterable[str], suffixes: tuple[str, ...] = ()
) -> tuple[list[FileStat], list[Problem]]:
    """Files of some folders of `content/`, with paths below it, and what could not be looked at."""
    found: list[FileStat] = []
    told: list[Problem] = []
    for folder in folders:
        files, problems = tree.scan(folder, suffixes, f"{folder}/")
        found += files
        told += [msgspec.structs.replace(one, path=f"content/{one.path}") for one in problems]
    return found, told


class Aside:
    """A question that a process of its own looks into, while this one does something else."""

    def __init__(self, question: Callable[[], bool]) -> None:
        self._question = question
        self._known: bool | None = None
        self._process = -1
        if not hasattr(os, "fork") or threading.active_count() > 1:  # A fork has one thread; others may hold locks.
            return
        self._answer, answer = os.pipe()
        try:
            self._process = os.fork()
        except OSError:  # There are as many processes as there may be: it is answered here.
            os.close(self._answer)
        if self._process == 0:
            try:
                os.write(answer, b"yes" if question() else b"no")
            finally:
                os._exit(0)
        os.close(answer)

    def __del__(self) -> None:
        if self._process > 0 and self._known is None:
            self.answer()  # Nobody else waits for the process.

    def answer(self) -> bool:
        """The answer, once it is known; no where the process was killed."""
        if self._known is None and self._process < 0:
            self._known = self._question()
        elif self._known is None:
            self._known = os.read(self._answer, 8) == b"yes"
            os.close(self._answer)
            os.waitpid(self._process, 0)
        return self._known


class Glance:
    """What can be seen without knowing the archive."""

    def __init__(self, tree: SourceTree) -> None:
        """Look. No lock is needed.

        Raises:
            ConfigError, ThemeError, ContentError: as `look`.
        """
        self._tree = tree
        self._started = time.monotonic()
        self._stamp = snapshot_stamp(tree.state)
        config = tree.load_config()
        self._output = OutputTree(tree.root / config.output)
        self._as_written = Aside(lambda: self._output.not_as_written() == [])
        self.sight = look(tree, config)

    def is_current(self) -> bool:
        """Whether no build has changed anything since: it would have deleted or replaced the snapshot first."""
        return self._stamp == snapshot_stamp(self._tree.state) != (0, 0)

    def is_as_written(self) -> bool:
        """Whether the files of the site are there, each as long as it was written."""
        return self._as_written.answer()

    def last_report(self) -> BuildReport | None:
        """The report of a build that finds nothing to do; None where it may find something."""
        tree, output = self._tree, self._output
        try:
            kept = msgspec.json.decode(_file(tree).read_bytes(), type=_Kept)
            same = (
                kept.snapshot == self._stamp != (0, 0)
                and kept.sight == _digest(self.sight)
                and kept.shards == output.shard_stats()
                and kept.fulltext == _stats(tree.state / "whoosh")
                and output.is_settled()
                and self.is_as_written()
            )
        except (OSError, msgspec.MsgspecError):
            return None
        if not same:
            return None
        kept.report.seconds = round(time.monotonic() - self._started, 3)
        return kept.report


def remember(tree: SourceTree, sight: Sight, snapshot: tuple[int, int], report: BuildReport) -> None:
    """Keep what the next glance compares with. Nothing depends on it.

    Args:
        tree: the archive.
        sight: what the build was made from.
        snapshot: `snapshot_stamp` of what the build kept, by which later changes by others are known.
        report: of the build.
    """
    nothing = BuildReport(
        articles=report.articles,
        set_aside=report.set_aside,
        kept=report.files,
        files=report.files,
        output=report.output,
        problems=report.problems,
        looked_at="no pages",
    )
    with contextlib.suppress(OSError):
        shards = OutputTree(tree.root / sight.config.output).shard_stats()
        kept = _Kept(_digest(sight), snapshot, shards, _stats(tree.state / "whoosh"), nothing)
        temporary = _file(tree).with_name("glance.tmp")
        temporary.write_bytes(msgspec.json.encode(kept))
        temporary.replace(_file(tree))


def _file(tree: SourceTree) -> Path:
    return tree.state / "glance.json"


def _digest(sight: Sight) -> str:
    return value_digest(tool_digest(), sight)


def _stats(folder: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of each file of a folder."""
    with os.scandir(folder) as entries:
        stats = [(entry.name, entry.stat()) for entry in entries]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
