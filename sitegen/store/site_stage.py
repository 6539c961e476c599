"""A site in the making: what it will consist of, and which of its files are new."""

from __future__ import annotations

from collections.abc import Mapping

from sitegen.digest import short_digest
from sitegen.model import Problem
from sitegen.store.output_tree import OutputEntry, OutputTree, Staged


class SiteStage:
    """Collects the files of the next site and commits them at once."""

    def __init__(self, output: OutputTree, sizes: Mapping[str, int]) -> None:
        """`sizes` are the bytes of each file that lies in the output folder now."""
        self.output = output
        self.kept = output.manifest()
        """The manifest of the site on disk."""
        self._sizes = sizes
        self._manifest: dict[str, OutputEntry] = {}
        self._staged: list[Staged] = []

    def is_intact(self, path: str) -> bool:
        """Whether the file lies on disk as long as it was written."""
        entry = self.kept.get(path)
        return entry is not None and self._sizes.get(path) == entry.size

    def take(self, path: str, entry: OutputEntry, staged: Staged | None) -> None:
        """Add a page that a worker has looked after."""
        self._manifest[path] = entry
        if staged is not None:
            self._staged.append(staged)

    def place(self, path: str, data: bytes) -> list[Problem]:
        """Add a file that is no page; it is staged unless the same bytes are there. A taken path is a problem."""
        if path in self._manifest:
            message = "a page or another file already has this address; the file was left out"
            return [Problem(path=path, code="address-taken", message=message, hint="rename one of them")]
        entry, staged = self.compare(path, data, f"file-{len(self._staged)}")
        self.take(path, entry, staged)
        return []

    def compare(self, path: str, data: bytes, name: str) -> tuple[OutputEntry, Staged | None]:
        """Entry of a file that is no page, and its staged bytes if they are new. Workers call it, then `take`."""
        digest = short_digest(data)
        entry = OutputEntry("", digest, digest, len(data))
        if self.is_intact(path) and self.kept[path].digest == digest:
            return entry, None
        return entry, self.output.stage(path, name, data)

    def strangers(self) -> list[str]:
        """Files in the output folder that no build of this program is known to have written."""
        return sorted(path for path in self._sizes if path not in self.kept and path not in self._manifest)

    def commit(self) -> tuple[int, int, int]:
        """Make it the site; numbers of files written, kept and deleted."""
        deletes = [path for path in self.kept if path not in self._manifest]
        self.output.commit(self._staged, deletes, self._manifest)
        return len(self._staged), len(self._manifest) - len(self._staged), len(deletes)
