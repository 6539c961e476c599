"""A target in memory, with faults on request, and small sites to send there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sitegen.digest import short_digest
from sitegen.errors import BusyTargetError, ForeignFileError, OvertakenError, TargetError
from sitegen.pipeline.reporter import Silent
from sitegen.publish.port import Upload
from sitegen.publish.publish_site import Clock, PublishOptions, PublishReport, publish_site
from sitegen.publish.site_files import SiteFile


class Killed(BaseException):
    """The process is gone: nothing it still tries has any effect."""


class StillClock(Clock):
    """Time stands still, and waiting takes none."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.time = now
        self.slept: list[float] = []
        self.now = lambda: self.time  # type: ignore[method-assign]
        self.sleep = self.slept.append  # type: ignore[method-assign]
        self.jitter = lambda: 0.5  # type: ignore[method-assign]


class Disk:
    """What lies at the far side; outlives the publishers."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: dict[str, bytes] = dict(files or {})
        self.uploads: dict[str, Upload] = {}
        self.list: bytes | None = None
        self.version = 0


Fault = Callable[[int, str, str], None]
"""`(number of the operation from 1, its name, its path)`: called before it takes effect; raises what goes wrong."""


class MemoryTarget:
    """The twin of all targets."""

    atomic = False

    def __init__(self, disk: Disk, *, fault: Fault | None = None, batch: int = 1, jobs: int = 1) -> None:
        self.name = "memory"
        self.disk, self.fault, self.batch, self.jobs = disk, fault, batch, jobs
        self.log: list[tuple[str, str]] = []
        self.watch: Callable[[Disk], None] | None = None
        self.after: Fault | None = None
        """As `fault`, but after the operation took effect: the answer is lost."""
        self.dead = False
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def _do(self, name: str, path: str, effect: Callable[[], None]) -> None:
        with self._lock:
            if self.dead:
                raise Killed
            number = next(self._numbers)
            try:
                if self.fault:
                    self.fault(number, name, path)
                effect()
                self.log.append((name, path))
                if self.after:
                    self.after(number, name, path)
            except Killed:
                self.dead = True
                raise
            if self.watch:
                self.watch(self.disk)

    def load(self) -> tuple[bytes | None, str]:
        self._do("load", "", lambda: None)
        return self.disk.list, str(self.disk.version)

    def swap(self, data: bytes, version: str) -> str:
        def effect() -> None:
            if version != str(self.disk.version):
                raise OvertakenError("overtaken", code="second-publisher")
            self.disk.list = data
            self.disk.version += 1

        self._do("swap", "", effect)
        return str(self.disk.version)

    def exists(self, path: str) -> bool:
        return path in self.disk.files

    def put(self, files: Sequence[Upload]) -> None:
        for file in files:
            data = file.read()

            def effect(file: Upload = file, data: bytes = data) -> None:
                if file.fresh and self.disk.files.get(file.path, data) != data:
                    raise ForeignFileError(f"{file.path} is not ours", code="foreign-file")
                self.disk.files[file.path] = data
                self.disk.uploads[file.path] = file

            self._do("put", file.path, effect)

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._do("delete", path, lambda path=path: self.disk.files.pop(path, None))  # type: ignore[misc]

    def close(self) -> None:
        pass


def kill_at(number: int) -> Fault:
    """The process dies at the n-th operation."""

    def fault(at: int, _name: str, _path: str) -> None:
        if at == number:
            raise Killed

    return fault


def cut_every(number: int) -> Fault:
    """The connection is cut at every n-th operation."""

    def fault(at: int, _name: str, _path: str) -> None:
        if at % number == 0:
            raise BusyTargetError("connection lost", code="target-unreachable")

    return fault


def refuse(name: str, ending: str = "") -> Fault:
    """Operations of that name on such paths are refused for good."""

    def fault(_at: int, what: str, path: str) -> None:
        if what == name and path.endswith(ending):
            raise TargetError("refused", code="target-refused")

    return fault


def site_files(files: Mapping[str, bytes]) -> dict[str, SiteFile]:
    """Files of a site made of some bytes."""

    def reader(data: bytes) -> Callable[[], bytes]:
        return lambda: data

    return {path: SiteFile(path, short_digest(data), len(data), reader(data)) for path, data in files.items()}


def send(
    files: Mapping[str, bytes],
    target: Any,
    *,
    withdrawn: Sequence[str] = (),
    clock: Clock | None = None,
    **options: Any,
) -> PublishReport:
    """Publish some bytes."""
    chosen = PublishOptions(**options)
    return publish_site(site_files(files), withdrawn, target, chosen, Silent(), clock or StillClock())


def small_site(edition: int = 1, articles: int = 6) -> dict[str, bytes]:
    """A site whose pages and search index change with the edition; articles are numbered from it."""
    names = [f"a{number}" for number in range(edition, edition + articles)]
    shards = {f"search/w/{part}-ab{edition}c{part}.js": f"words {edition} {part}".encode() for part in range(2)}
    pages = {f"1969/07/{name}/index.html": f"<p>{name} in edition {edition}".encode() for name in names}
    return {
        "index.html": f"home {edition} {names}".encode(),
        "404.html": b"not found",
        "feed.xml": f"feed {edition}".encode(),
        "assets/style.css": f"body{{}} /* {edition // 2} */".encode(),
        "search/index.json": repr(sorted(shards)).encode(),
        **shards,
        **pages,
    }


def without_shards(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What two sides are compared by while old search shards may stay."""
    return {path: data for path, data in files.items() if not path.startswith("search/w/")}
