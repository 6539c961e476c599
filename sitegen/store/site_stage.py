"""A site in the making: which of its files are new, and what it consists of.

A whole stage is told every file of the next site; what it is not told is deleted. A stage of a part is told the files
that may change and those that go, and reads and writes only the shards of the manifest that these belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from sitegen.digest import short_digest
from sitegen.model import Problem
from sitegen.store.output_tree import OutputEntry, OutputTree, Staged, manifest_line, shard_name
from sitegen.store.packs import DamagedCacheError


class Tally(msgspec.Struct, frozen=True):
    """What a commit did."""

    written: list[str]
    deleted: list[str]
    files: int
    """Files of the site: all there are after a whole commit; by how many they have grown after one of a part."""


class SiteStage:
    """Collects the files of the next site and commits them, all at once or in several steps."""

    def __init__(self, output: OutputTree, sizes: Mapping[str, int] | None = None) -> None:
        """Open a stage.

        Args:
            output: the site on disk.
            sizes: bytes of each file that lies in the output folder now, for a whole stage; None for one of a part.
        """
        self.output = output
        self.kept = output.open_manifest()
        """The manifest of the site on disk, as it was when the stage was opened."""
        self.whole = sizes is not None
        self._sizes = sizes
        self._manifest: dict[str, OutputEntry] = {}
        self._deleted: set[str] = set()
        self._taken: set[str] = set()
        """Of a part: all paths that were taken so far, committed ones too."""
        self._staged: list[Staged] = []
        self._serial = 0
        self.steps = 0
        """Commits so far; part of the names of staged files."""

    def has(self, path: str) -> bool:
        """Whether the site has a file, as far as the manifest knows."""
        return (self._manifest.get(path) or self.kept.get(path)) is not None

    def is_intact(self, path: str) -> bool:
        """Whether the file lies on disk as long as it was written."""
        entry = self._manifest.get(path) or self.kept.get(path)
        if entry is None:
            return False
        size = self._sizes.get(path) if self._sizes is not None else self.output.size_of(path)
        return size == entry.size

    def take(self, path: str, entry: OutputEntry, staged: Staged | None) -> None:
        """Add a page that a worker has looked after."""
        self._manifest[path] = entry
        self._taken.add(path)
        self._deleted.discard(path)
        if staged is not None:
            self._staged.append(staged)

    def place(self, path: str, data: bytes) -> list[Problem]:
        """Add a file that is no page; it is staged unless the same bytes are there. A taken path is a problem."""
        if path in self._manifest and self.whole:
            message = "a page or another file already has this address; the file was left out"
            return [Problem(path=path, code="address-taken", message=message, hint="rename one of them")]
        self._serial += 1
        entry, staged = self.compare(path, data, f"file-{self._serial}")
        self.take(path, entry, staged)
        return []

    def keep(self, path: str) -> bool:
        """Leave a file as it is; False where it is not there as it was written."""
        if not self.is_intact(path):
            return False
        entry = self.kept.get(path)
        assert entry is not None
        self._manifest[path] = entry
        return True

    def delete(self, path: str) -> None:
        """Take a file out of a part of the site, unless something was put there since this was opened."""
        if path not in self._taken:
            self._deleted.add(path)

    def compare(self, path: str, data: bytes, name: str) -> tuple[OutputEntry, Staged | None]:
        """Entry of a file that is no page, and its staged bytes if they are new. Workers call it, then `take`."""
        digest = short_digest(data)
        entry = OutputEntry("", digest, digest, len(data))
        old = self.kept.get(path)
        if old is not None and old.digest == digest and self.is_intact(path):
            return entry, None
        return entry, self.output.stage(path, name, data)

    def strangers(self) -> list[str]:
        """Files in the output folder that no build of this program is known to have written."""
        kept = self.kept.all()
        return sorted(path for path in self._sizes or () if path not in kept and path not in self._manifest)

    def commit(self, *, durable: bool = True) -> Tally:
        """Make what was collected the site's, and go on collecting.

        Args:
            durable: see `OutputTree.commit_part`; a whole stage always is.

        Returns:
            What has become of files since the last commit.
        """
        self.steps += 1
        return self._commit_whole() if self.whole else self._commit_part(durable)

    def _commit_whole(self) -> Tally:
        kept = self.kept.all()
        deletes = [path for path in kept if path not in self._manifest]
        self.output.commit(self._staged, deletes, self._manifest)
        written = [staged.path for staged in self._staged]
        self._staged = []
        return Tally(written, deletes, len(self._manifest))

    def _commit_part(self, durable: bool) -> Tally:
        deletes = sorted(path for path in self._deleted if self.kept.get(path) is not None)
        shards = self._changed_shards({*self._manifest, *deletes})
        added = sum(self.kept.get(path) is None for path in self._manifest)
        self.output.commit_part(self._staged, deletes, shards, durable=durable)
        written = [staged.path for staged in self._staged]
        self.kept = self.output.open_manifest()
        self._staged, self._manifest, self._deleted = [], {}, set()
        return Tally(written, deletes, added - len(deletes))

    def _changed_shards(self, paths: Iterable[str]) -> dict[str, Iterable[str]]:
        names = self.kept.names
        if not names:
            raise DamagedCacheError("the manifest of the site cannot be read")
        by_shard: dict[str, list[str]] = {}
        for path in paths:
            by_shard.setdefault(shard_name(path, len(names)), []).append(path)
        shards: dict[str, Iterable[str]] = {}
        for name, here in by_shard.items():
            before = self.kept.shard(name)
            after = {path: entry for path, entry in before.items() if path not in self._deleted}
            after.update({path: self._manifest[path] for path in here if path in self._manifest})
            if after != before:
                shards[name] = [manifest_line(path, entry) for path, entry in after.items()]
        if not self.kept.names:
            raise DamagedCacheError("the manifest of the site cannot be read")
        return shards
