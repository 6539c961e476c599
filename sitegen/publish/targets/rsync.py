"""A folder on a host with rsync, over SSH: many small files in few round trips, and of large ones only what differs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sitegen.errors import BusyTargetError, TargetError, UsageError
from sitegen.publish.addresses import Address
from sitegen.publish.numbered_lists import list_name, newest, overtaken, pack, unpack
from sitegen.publish.port import STATE_FOLDER, Upload
from sitegen.publish.targets.folder import foreign

_BUSY = frozenset((5, 10, 12, 30, 35, 255))
"""Exit codes of a connection that failed."""
_PARTIAL = 23
_MODES = "--chmod=Du=rwx,Dgo=rx,Fu=rw,Fgo=r"
"""A web server must be able to read what is sent."""


class RsyncTarget:
    """The rsync program does the work; it writes each file beside its place, then renames it."""

    batch = 4_000
    jobs = 1
    atomic = False

    def __init__(self, address: Address, state: Path) -> None:
        """`state`: a folder for what is on its way, and for the last list."""
        self._rsync = shutil.which("rsync") or ""
        if not self._rsync:
            raise UsageError(
                "rsync is not installed", hint="apt install rsync, brew install rsync …", code="program-missing"
            )
        self.name = f"rsync:{address.place}"
        self._top = address.place + ("" if address.place.endswith((":", "/")) else "/")
        self._state = state
        self._lock = threading.Lock()
        shell = os.environ.get("RSYNC_RSH", "ssh -o BatchMode=yes") + (f" -p {address.port}" if address.port else "")
        # One login for all: the line stays open between the calls, in a folder that only this user can look into.
        self._line = tempfile.TemporaryDirectory(prefix="sitegen-ssh-", ignore_cleanup_errors=True)
        if shell.split()[0].rpartition("/")[2] == "ssh" and os.name != "nt" and " " not in self._line.name:
            shell += f" -o ControlMaster=auto -o ControlPath={self._line.name}/line -o ControlPersist=20"
        self._shell = ["--rsh", shell]

    def _run(self, *arguments: str, given: bytes = b"", ok: Sequence[int] = (0,)) -> tuple[int, str, str]:
        command = [self._rsync, "--timeout=120", "--protect-args", *self._shell, *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - the address was checked when it was read
                command, input=given, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
            )
        except OSError as error:
            raise TargetError(f"rsync cannot be started: {error.strerror}", code="program-missing") from error
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode not in ok:
            raise self._failure(done.returncode, said)
        return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), said

    def _failure(self, code: int, said: str) -> TargetError:
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("rsync error")]
        message = f"{self.name}: {'; '.join(lines[:3]) or f'rsync ended with {code}'}"
        if "Permission denied (" in said or "Host key verification failed" in said:
            hint = "`ssh HOST` must work without a question: load your key into the agent (ssh-add)"
            return TargetError(message, hint=hint, code="target-login")
        if "command not found" in said:
            return TargetError(message, hint="install rsync there, or publish over sftp://", code="program-missing")
        if re.search(r"No space left|Disk quota", said):
            hint = "free some space there and publish again: it goes on from here"
            return TargetError(message, hint=hint, code="target-refused")
        if code in _BUSY:
            return BusyTargetError(message, hint="check the connection", code="target-unreachable")
        return TargetError(message, hint="check the folder and its permissions", code="target-refused")

    def load(self) -> tuple[bytes | None, str]:
        """See `Target`."""
        place = self._state / "list"
        place.mkdir(parents=True, exist_ok=True)
        # From the last copy on this machine, so that of a long list only the difference travels.
        code, _, said = self._run(
            "-r", "--delete", "--include=/list-*.tsv.gz", "--exclude=*", "--ignore-times",
            f"{self._top}{STATE_FOLDER}/", f"{place}/", ok=(0, _PARTIAL),
        )  # fmt: skip
        if code == _PARTIAL:
            if "No such file or directory" not in said:
                raise self._failure(code, said)
            return None, "0"
        number = newest(os.listdir(place))  # noqa: PTH208 - names are all that is needed
        if not number:
            return None, "0"
        return unpack((place / list_name(number)).read_bytes(), self.name), str(number)

    def swap(self, data: bytes, version: str) -> str:
        """See `Target`. Two that write in the very same moment are told apart by reading back."""
        number = int(version) + 1
        with self._stage() as stage:
            folder = stage / STATE_FOLDER
            folder.mkdir()
            (folder / list_name(number)).write_bytes(pack(data))
            self._run("-r", "--ignore-existing", _MODES, f"{stage}/", self._top)
            there, now = self.load()
            if there != data or now != str(number):
                raise overtaken(self.name)
            # The folder is all ours: old lists go, and what a transfer that was cut off has left.
            self._run("-r", "--delete", _MODES, f"{folder}/", f"{self._top}{STATE_FOLDER}/")
        return now

    def exists(self, path: str) -> bool:
        """See `Target`."""
        code, _, said = self._run("--list-only", f"{self._top}{path}", ok=(0, _PARTIAL))
        if code and "No such file or directory" not in said:
            raise self._failure(code, said)
        return code == 0

    def put(self, files: Sequence[Upload]) -> None:
        """See `Target`."""
        with self._lock, self._stage() as stage:
            for file in files:
                place = stage / file.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read())
            fresh = [file.path for file in files if file.fresh]
            if fresh:
                self._refuse_foreign(stage, fresh)
            # Written in a folder of ours first, where what a cut leaves behind is found again.
            self._run(
                "-r", "--ignore-times", "--omit-dir-times", "--perms", _MODES, "--from0", "--files-from=-",
                f"--temp-dir={STATE_FOLDER}", f"{stage}/", self._top, given=_names(file.path for file in files),
            )  # fmt: skip

    def _refuse_foreign(self, stage: Path, paths: Sequence[str]) -> None:
        _, told, _ = self._run(
            "-r", "--dry-run", "--checksum", "--existing", "--omit-dir-times", "--out-format=%n", "--from0",
            "--files-from=-", f"{stage}/", self._top, given=_names(paths),
        )  # fmt: skip
        found = [name for name in told.splitlines() if name and not name.endswith("/")]
        if found:
            raise foreign(self.name, found[0])

    def delete(self, paths: Sequence[str]) -> None:
        """See `Target`."""
        folders = {
            "/".join(parts[:count]) for path in paths if (parts := path.split("/")) for count in range(1, len(parts))
        }
        by_depth: dict[int, list[str]] = {}
        for folder in sorted(folders):
            by_depth.setdefault(folder.count("/"), []).append(folder)
        with self._lock:
            self._delete(paths)
            for depth in sorted(by_depth, reverse=True):  # Inmost first; those with something in them stay.
                self._delete(by_depth[depth], ok=(0, _PARTIAL))

    def _delete(self, paths: Sequence[str], ok: Sequence[int] = (0,)) -> None:
        """What is named and missing on this side is deleted on the other."""
        with self._stage() as stage:
            for parent in {path.rpartition("/")[0] for path in paths}:
                (stage / parent).mkdir(parents=True, exist_ok=True)
            self._run(
                "-d", "--delete-missing-args", "--no-implied-dirs", "--omit-dir-times", "--from0", "--files-from=-",
                f"{stage}/", self._top, given=_names(paths), ok=ok,
            )  # fmt: skip

    @contextmanager
    def _stage(self) -> Iterator[Path]:
        self._state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._state, prefix="stage-") as folder:
            Path(folder).chmod(0o755)
            yield Path(folder)

    def close(self) -> None:
        """See `Target`."""
        control = Path(self._line.name) / "line"
        if control.exists():
            command = ["ssh", "-o", f"ControlPath={control}", "-O", "exit", "any"]
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - nothing comes from outside
        self._line.cleanup()


def _names(paths: Sequence[str] | Iterator[str]) -> bytes:
    return b"".join(path.encode() + b"\0" for path in paths)
