"""The site as it lies on disk: a manifest beside it, staged writes, and commits that a kill cannot halve.

In the output folder, `.sitegen/` holds
    manifest/NN.tsv    one line an output file: path, environment, view, digest, size (ascending by path)
    stage/             new bytes, before a commit
    journal.json       what a commit is about to do; while it exists, the commit is finished at the next start
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISREG

import msgspec

from sitegen.digest import short_digest
from sitegen.store.source_tree import delete_leftovers, scan_folder, storage_error, write_atomically

STATE_FOLDER = ".sitegen"
_HEADER = "# sitegen manifest 1\n"
_LINES_A_SHARD = 512
_MAX_SHARDS = 256
_PATH_AND_SIZE = re.compile(rb"^([^\t\n]+)\t[^\n]*\t(\d+)$", re.MULTILINE)


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


class Manifest:
    """What the manifest on disk says, read a shard at a time as paths are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = sorted(path.name for path in folder.glob("*.tsv"))
        self._shards: dict[str, dict[str, OutputEntry]] = {}

    @property
    def names(self) -> list[str]:
        """Names of its shards."""
        return self._names

    def __bool__(self) -> bool:
        return bool(self._names)

    def get(self, path: str) -> OutputEntry | None:
        """The entry of a path; None where there is none."""
        return self.shard(shard_name(path, len(self._names))).get(path) if self._names else None

    def shard(self, name: str) -> dict[str, OutputEntry]:
        """All entries of one shard. One that cannot be read makes the whole manifest count as empty."""
        found = self._shards.get(name)
        if found is None:
            try:
                found = self._shards[name] = _read_shard(self._folder / name)
            except (OSError, ValueError):
                self._names, self._shards, found = [], {}, {}
        return found

    def all(self) -> dict[str, OutputEntry]:
        """All entries by path."""
        entries: dict[str, OutputEntry] = {}
        for name in list(self._names):
            entries.update(self.shard(name))
        return entries if self._names else {}


def _read_shard(path: Path) -> dict[str, OutputEntry]:
    # Not splitlines: names may hold other characters that end lines for Python.
    header, *lines = path.read_bytes().decode().split("\n")
    if header + "\n" != _HEADER or lines[-1]:
        raise ValueError(path.name)
    entries = {}
    for line in lines[:-1]:
        name, environment, view, digest, size = line.split("\t")
        entries[name] = OutputEntry(environment, view, digest, int(size))
    return entries


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
        delete_leftovers(self._state)
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

    def is_settled(self) -> bool:
        """Whether no commit was cut off: nothing lies beside the manifest."""
        return os.listdir(self._state) == [self._manifest.name]  # noqa: PTH208 - names are all it takes

    def open_manifest(self) -> Manifest:
        """The manifest, to be read in parts."""
        return Manifest(self._manifest)

    def manifest(self) -> dict[str, OutputEntry]:
        """The manifest by path; empty where there is none or it cannot be read (everything is then written anew)."""
        return self.open_manifest().all()

    def shard_stats(self) -> list[tuple[str, int, int]]:
        """Name, size and time of each shard of the manifest: tells whether it is still the one that was written."""
        found = []
        for path in sorted(self._manifest.glob("*.tsv")):
            stat = path.stat()
            found.append((path.name, stat.st_size, stat.st_mtime_ns))
        return found

    def size_of(self, path: str) -> int:
        """Size in bytes of a file in the output folder; -1 where there is none."""
        try:
            stat = os.stat(f"{self.folder}/{path}", follow_symlinks=False)  # noqa: PTH116 - a quarter of Path's time
        except OSError:
            return -1
        return stat.st_size if S_ISREG(stat.st_mode) else -1

    def not_as_written(self) -> list[str] | None:
        """Paths whose files are missing or not as long as they were written; None without a readable manifest."""
        found: list[str] = []
        sizes = self._written_sizes()
        if sizes is None:
            return None
        top = f"{self.folder}/".encode()
        for path, size in sizes:
            try:
                if os.stat(top + path).st_size == int(size):  # noqa: PTH116 - as above
                    continue
            except OSError:
                pass
            found.append(path.decode())
        return found

    def _written_sizes(self) -> list[tuple[bytes, bytes]] | None:
        sizes: list[tuple[bytes, bytes]] = []
        try:
            shards = sorted(self._manifest.glob("*.tsv"))
            for shard in shards:
                data = shard.read_bytes()
                if not data.startswith(_HEADER.encode()):
                    return None
                sizes += _PATH_AND_SIZE.findall(data)
        except OSError:
            return None
        return sizes if shards else None

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
        self._commit(list(staged), deletes, _shards(manifest), whole=True)

    def commit_part(
        self,
        staged: Iterable[Staged],
        deletes: Iterable[str],
        shards: Mapping[str, Iterable[str]],
        *,
        durable: bool = True,
    ) -> None:
        """As `commit`, for shards of the manifest that have changed: name → lines (`manifest_line`).

        Not `durable`, it does not wait for the disk: a killed process harms nothing, but after a power cut before
        `make_durable` the journal may be lost. Renames reach the disk in their order, pages before the manifest, so the
        next build finds what it does not know of, and writes it again.
        """
        data = {name: (_HEADER + "".join(sorted(lines))).encode() for name, lines in shards.items()}
        self._commit(list(staged), deletes, data, whole=False, durable=durable)

    def make_durable(self) -> None:
        """Wait until what was committed is on the disk."""
        with contextlib.suppress(OSError):  # Some systems cannot open folders, or have nothing to wait for.
            folder = os.open(self._manifest, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _commit(
        self,
        renames: list[Staged],
        deletes: Iterable[str],
        shards: dict[str, bytes],
        *,
        whole: bool,
        durable: bool = True,
    ) -> None:
        old = self._shard_names()
        for name, data in shards.items():
            if name in old:
                try:
                    if (self._manifest / name).read_bytes() == data:
                        continue
                except OSError:
                    pass
            renames.append(self.stage(f"{STATE_FOLDER}/manifest/{name}", f"manifest-{name}", data))
        names = sorted(shards) if whole else sorted({*old, *shards})
        journal = _Journal(renames, sorted(deletes), names)
        if not renames and not journal.deletes and sorted(old) == names:
            shutil.rmtree(self._stage, ignore_errors=True)
            return
        write_atomically(self._journal, msgspec.json.encode(journal), durable=durable)
        self._apply(journal)

    def _shard_names(self) -> set[str]:
        with contextlib.suppress(FileNotFoundError):
            return {name for name in os.listdir(self._manifest) if name.endswith(".tsv")}  # noqa: PTH208 - as above
        return set()

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
            for name in self._shard_names() - set(journal.manifest):
                (self._manifest / name).unlink()
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
    count = shard_count(len(manifest))
    lines: dict[str, list[str]] = {f"{number:02x}.tsv": [] for number in range(count)}
    for path in sorted(manifest):
        lines[shard_name(path, count)].append(manifest_line(path, manifest[path]))
    return {name: (_HEADER + "".join(part)).encode() for name, part in lines.items()}


def shard_count(files: int) -> int:
    """Into how many shards the manifest of so many files is cut."""
    count = 1
    while count * _LINES_A_SHARD < files and count < _MAX_SHARDS:
        count *= 2
    return count


def shard_name(path: str, count: int) -> str:
    """The shard of a path, of `count` in all."""
    return f"{int(short_digest(path.encode())[:2], 16) % count:02x}.tsv"


def manifest_line(path: str, entry: OutputEntry) -> str:
    """A file's line in its shard."""
    return f"{path}\t{entry.environment}\t{entry.view}\t{entry.digest}\t{entry.size}\n"
