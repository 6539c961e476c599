"""The site as it lies on disk: a manifest beside it, staged writes, and commits that a kill cannot halve.

In the output folder, `.sitegen/` holds
    manifest/NN.tsv    one line an output file: path, environment, view, digest, size (ascending by path)
    stage/             new bytes, before a commit
    journal.json       what a commit is about to do; while it exists, the commit is finished at the next start
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from sitegen.digest import short_digest
from sitegen.store.source_tree import scan_folder, storage_error, write_atomically

STATE_FOLDER = ".sitegen"
_HEADER = "# sitegen manifest 1\n"
_LINES_A_SHARD = 512
_MAX_SHARDS = 256


class OutputEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the manifest knows about one output file."""

    environment: str
    """Digest of what is not content: program, template closure, site view."""
    view: str
    """Digest of the page's own view, or of the bytes where a file has no view."""
    digest: str
    """Digest of the bytes."""
    size: int


class Staged(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """New bytes of one output file, waiting for the commit."""

    path: str
    """`/`-separated, relative to the output folder."""
    name: str
    """File name under `stage/`."""


class _Journal(msgspec.Struct):
    renames: list[Staged]
    deletes: list[str]
    manifest: list[str]
    """Shard names that the manifest consists of after the commit."""


class OutputTree:
    """The output folder of one archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state = folder / STATE_FOLDER
        self._manifest = self._state / "manifest"
        self._stage = self._state / "stage"
        self._journal = self._state / "journal.json"

    def recover(self) -> bool:
        """Finish a commit that was cut off, or throw away what was staged without one; True if one was finished."""
        try:
            data = self._journal.read_bytes()
        except FileNotFoundError:
            shutil.rmtree(self._stage, ignore_errors=True)
            return False
        try:
            journal = msgspec.json.decode(data, type=_Journal)
        except msgspec.MsgspecError:
            # It was written in one step, so only a failing disk leaves half of it; the build compares all files anyway.
            self._journal.unlink()
            return self.recover()
        self._apply(journal)
        return True

    def manifest(self) -> dict[str, OutputEntry]:
        """The manifest by path; empty where there is none or it cannot be read (everything is then written anew)."""
        entries: dict[str, OutputEntry] = {}
        try:
            for shard in sorted(self._manifest.glob("*.tsv")):
                # Not splitlines: names may hold other characters that end lines for Python.
                header, *lines = shard.read_bytes().decode().split("\n")
                if header + "\n" != _HEADER:
                    return {}
                for line in lines[:-1]:
                    path, environment, view, digest, size = line.split("\t")
                    entries[path] = OutputEntry(environment, view, digest, int(size))
        except (OSError, ValueError):
            return {}
        return entries

    def sizes(self) -> dict[str, int]:
        """Size in bytes of every file that lies in the output folder."""
        files, _ = scan_folder(self.folder)
        return {file.path: file.size for file in files}

    def stage(self, path: str, name: str, data: bytes) -> Staged:
        """Put new bytes aside under a name that no other worker uses; nothing shows before `commit`."""
        try:
            file = os.open(self._stage / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        except FileNotFoundError:
            self._stage.mkdir(parents=True, exist_ok=True)
            return self.stage(path, name, data)
        except OSError as error:
            raise storage_error(error, self.folder / path) from error
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
        except OSError as error:
            raise storage_error(error, self.folder / path) from error
        finally:
            os.close(file)
        return Staged(path, name)

    def commit(self, staged: Iterable[Staged], deletes: Iterable[str], manifest: Mapping[str, OutputEntry]) -> None:
        """Make the staged files the site's, delete what no longer belongs, and replace the manifest.

        Raises:
            StorageError: the disk refused before anything was changed, or in the middle: the next start finishes it.
        """
        shards = _shards(manifest)
        renames = list(staged)
        old = {path.name: path for path in self._manifest.glob("*.tsv")}
        for name, data in shards.items():
            if name in old:
                try:
                    if old[name].read_bytes() == data:
                        continue
                except OSError:
                    pass
            renames.append(self.stage(f"{STATE_FOLDER}/manifest/{name}", f"manifest-{name}", data))
        journal = _Journal(renames, sorted(deletes), sorted(shards))
        if not renames and not journal.deletes and set(old) == set(shards):
            shutil.rmtree(self._stage, ignore_errors=True)
            return
        write_atomically(self._journal, msgspec.json.encode(journal))
        self._apply(journal)

    def _apply(self, journal: _Journal) -> None:
        try:
            # Deletes that stand in the way of a new file or folder go first, all others last.
            targets = {rename.path for rename in journal.renames}
            parents = {parent for path in targets for parent in _parents(path)}
            first = [path for path in journal.deletes if path in parents or not targets.isdisjoint(_parents(path))]
            self._delete(first)
            made: set[str] = set()
            top = str(self.folder)
            stage = str(self._stage)
            for rename in journal.renames:
                target = f"{top}/{rename.path}"
                parent = target.rpartition("/")[0]
                if parent not in made:
                    os.makedirs(parent, exist_ok=True)  # noqa: PTH103 - as below
                    made.add(parent)
                with contextlib.suppress(FileNotFoundError):
                    # Already renamed when an earlier attempt was cut off.
                    os.replace(f"{stage}/{rename.name}", target)  # noqa: PTH105 - a quarter of the time of Path.replace
            self._delete(path for path in journal.deletes if path not in targets)
            keep = set(journal.manifest)
            for shard in self._manifest.glob("*.tsv"):
                if shard.name not in keep:
                    shard.unlink()
            self._journal.unlink(missing_ok=True)
            shutil.rmtree(self._stage, ignore_errors=True)
        except OSError as error:
            raise storage_error(error, Path(error.filename2 or error.filename or self.folder)) from error

    def _delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            target = self.folder / path
            if target.is_dir():
                continue  # An earlier attempt, cut off later, has put a folder where the file was.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                target.unlink()
            for parent in target.parents:
                if parent == self.folder:
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _shards(manifest: Mapping[str, OutputEntry]) -> dict[str, bytes]:
    """Cut the manifest by a hash of the path, so that one edit among many files rewrites one small shard."""
    count = 1
    while count * _LINES_A_SHARD < len(manifest) and count < _MAX_SHARDS:
        count *= 2
    lines: list[list[str]] = [[] for _ in range(count)]
    for path in sorted(manifest):
        entry = manifest[path]
        shard = int(short_digest(path.encode())[:2], 16) % count
        lines[shard].append(f"{path}\t{entry.environment}\t{entry.view}\t{entry.digest}\t{entry.size}\n")
    return {f"{number:02x}.tsv": (_HEADER + "".join(part)).encode() for number, part in enumerate(lines)}
