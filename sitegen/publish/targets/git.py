"""A branch of a git repository, as GitHub, GitLab and Codeberg serve it: one commit a publish, through git itself.

The files go through `git fast-import` on top of the branch's last commit, of which only the folders are fetched, not
the files; what nobody touched is not sent. Nothing shows until the push, which demands that the branch is where it was.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from sitegen.errors import BusyTargetError, OvertakenError, TargetError, UsageError
from sitegen.publish.addresses import Address, redacted
from sitegen.publish.port import STATE_FOLDER, Upload
from sitegen.publish.targets.folder import foreign

_LIST = f"{STATE_FOLDER}/list.tsv"
_FAR = "refs/sitegen/far"
_NEW = "refs/sitegen/new"
_HELPER = (
    '!f() { test "$1" = get && test -n "$SITEGEN_GIT_TOKEN" && '
    'echo "username=${SITEGEN_GIT_USER:-x-access-token}" && echo "password=$SITEGEN_GIT_TOKEN"; }; f'
)
"""Hands on a token from the environment, where it neither shows among the processes nor lies on the disk."""
_TIMEOUT = 1800
_IDLE = "sitegen-idle"
"""File in the helper repository that says that the last publish came to an end, good or bad."""


class GitTarget:
    """See `Target`."""

    batch = 64
    jobs = 1
    atomic = True

    def __init__(self, address: Address, root: Path, state: Path, *, history: bool = True) -> None:
        """`root`: the archive, in which names of remotes are looked up; `state`: for a small helper repository."""
        self._git = shutil.which("git") or ""
        if not self._git:
            raise UsageError("git is not installed", hint="https://git-scm.com/downloads", code="program-missing")
        self._environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        if address.password or address.user:
            self._environment["SITEGEN_GIT_TOKEN"] = address.password or address.user
            self._environment["SITEGEN_GIT_USER"] = address.user if address.password else "x-access-token"
        self._remote = self._resolve(address.place, root)
        self._branch = address.branch
        self._prefix = address.path + "/" if address.path else ""
        self._folder = state
        self._history = history
        self.name = f"{redacted(self._remote)}#{self._branch}" + (f":{address.path}" if address.path else "")
        self._import: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._tip = ""
        self._there: set[str] = set()
        self._committed = False
        self._opened = False

    def _resolve(self, place: str, root: Path) -> str:
        """A remote's name, an address, or a folder, as something that git understands from anywhere."""
        if re.fullmatch(r"[\w.-]+", place):
            asked = [self._git, "-C", str(root), "remote", "get-url", "--push", place]
            found = subprocess.run(asked, capture_output=True, env=self._environment, check=False)  # noqa: S603
            if found.returncode == 0:
                return found.stdout.decode().strip()
        if "://" in place or re.match(r"[\w.-]+@?[\w.-]*:(?![\\/])", place) or re.match(r"[^/\\]+@[^/\\]+:", place):
            return place
        return str((root / place).resolve())

    def _run(self, *arguments: str, given: bytes | None = None, ok: Sequence[int] = (0,)) -> bytes:
        command = [self._git, "-C", str(self._folder), "-c", f"credential.helper={_HELPER}", *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - arguments are checked where the address is read
                command, input=given, capture_output=True, env=self._environment, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise BusyTargetError(f"{self.name}: git took longer than half an hour", code="target-slow") from None
        except OSError as error:
            raise TargetError(f"git cannot be started: {error.strerror}", code="program-missing") from error
        if done.returncode not in ok:
            # `push --porcelain` says on standard output why a branch was refused.
            raise self._failure((done.stderr + done.stdout).decode("utf-8", "replace"))
        return done.stdout

    def _failure(self, said: str) -> TargetError:
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith(("hint:", "warning:"))]
        told = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ").strip() for line in lines[-4:])
        message = f"{self.name}: {redacted(told) or 'git failed'}"
        if lock := re.search(r"Unable to create '(.+\.lock)': File exists", said):
            message = f"{self.name}: {lock[1]} is in the way"
            hint = "another git is at work there, or was killed: if none is, delete that file"
            return TargetError(message, hint=hint, code="target-refused")
        if re.search(r"stale info|non-fast-forward|fetch first|cannot lock ref", said):
            return OvertakenError(
                f"somebody else has published to {self.name} in the meantime",
                hint="run `sitegen publish` again",
                code="second-publisher",
            )
        if _LOGIN.search(said):
            hint = "set up a git credential helper or an SSH key for it, or SITEGEN_GIT_TOKEN; see docs/publish.md"
            return TargetError(message, hint=hint, code="target-login")
        if re.search(r"does not appear to be a git repository|not found|does not exist", said):
            return TargetError(message, hint="check the address; sitegen makes no repositories", code="target-missing")
        if _PASSES.search(said):
            return BusyTargetError(message, hint="check the connection", code="target-unreachable")
        if re.search(r"exceeds.*limit|GH001|pre-receive hook declined|too large", said):
            hint = "the host refused the push; `sitegen publish --dry-run` shows its limits"
            return TargetError(message, hint=hint, code="target-refused")
        return TargetError(message, code="target-refused")

    def load(self) -> tuple[bytes | None, str]:
        """See `Target`."""
        self._open_helper()
        listed = self._run("ls-remote", self._remote, f"refs/heads/{self._branch}").decode().split()
        self._tip = listed[0] if listed else ""
        if not self._tip:
            return None, ""
        self._run("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "far", f"+{self._tip}:{_FAR}")
        names = self._run("ls-tree", "-r", "-z", "--name-only", "--full-tree", _FAR).split(b"\0")
        self._there = {name.decode("utf-8", "surrogateescape") for name in names if name}
        if self._prefix + _LIST not in self._there:
            return None, self._tip
        return self._run("cat-file", "blob", f"{_FAR}:{self._prefix}{_LIST}"), self._tip

    def _open_helper(self) -> None:
        """A small bare repository of our own, so that the user's own one is left in peace.

        One that a publish was killed in may be locked or half made: a new one takes its place, and little has to be
        fetched again.
        """
        if not self._opened:
            try:
                (self._folder / _IDLE).unlink()
            except FileNotFoundError:
                self._throw_away()
                self._folder.mkdir(parents=True)
                self._run("init", "--quiet", "--bare")
            self._opened = True
        for key, value in (
            ("remote.far.url", self._remote),
            ("remote.far.promisor", "true"),
            ("remote.far.partialclonefilter", "blob:none"),
            ("gc.auto", "0"),
        ):
            self._run("config", key, value)

    def _throw_away(self) -> None:
        """Remove the helper and what is left of earlier ones; a git that was not killed may still be at work there."""
        with contextlib.suppress(FileNotFoundError):
            self._folder.rename(self._folder.with_name(f"{self._folder.name}.{secrets.token_hex(4)}"))
        for old in self._folder.parent.glob(f"{self._folder.name}.*"):
            shutil.rmtree(old, ignore_errors=True)

    def exists(self, path: str) -> bool:
        """See `Target`."""
        return self._prefix + path in self._there

    def put(self, files: Sequence[Upload]) -> None:
        """See `Target`."""
        for file in files:
            data = file.read()
            if file.fresh and self.exists(file.path) and not self._is_same(file.path, data):
                raise foreign(self.name, file.path)
            self._write(file.path, data)

    def _is_same(self, path: str, data: bytes) -> bool:
        return self._run("cat-file", "blob", f"{_FAR}:{self._prefix}{path}") == data

    def _write(self, path: str, data: bytes) -> None:
        head = f"M 100644 inline {_quoted(self._prefix + path)}\ndata {len(data)}\n".encode("utf-8", "surrogateescape")
        self._say(head + data + b"\n")

    def delete(self, paths: Sequence[str]) -> None:
        """See `Target`."""
        for path in paths:
            self._say(f"D {_quoted(self._prefix + path)}\n".encode())

    def _say(self, words: bytes) -> None:
        with self._lock:
            try:
                if self._import is None:
                    self._import = self._begin()
                assert self._import.stdin is not None
                self._import.stdin.write(words)
            except OSError as error:
                raise self._broken() from error

    def _begin(self) -> subprocess.Popen[bytes]:
        command = [self._git, "-C", str(self._folder), "fast-import", "--quiet", "--force", "--date-format=now"]
        process = subprocess.Popen(  # noqa: S603 - no argument comes from outside
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self._environment
        )
        name, mail = self._identity()
        message = "Publish\n"
        start = f"commit {_NEW}\ncommitter {name} <{mail}> now\ndata {len(message)}\n{message}"
        start += f"from {self._tip}\n" if self._tip else ""
        assert process.stdin is not None
        process.stdin.write(start.encode())
        return process

    def _identity(self) -> tuple[str, str]:
        """Name and address of who commits, as git knows them."""
        found = []
        for variable, key, default in (
            ("GIT_COMMITTER_NAME", "user.name", "sitegen"),
            ("GIT_COMMITTER_EMAIL", "user.email", "sitegen@localhost"),
        ):
            given = self._environment.get(variable) or self._run("config", key, ok=(0, 1)).decode().strip()
            found.append(re.sub(r"[<>\x00-\x1f]", "", given) or default)
        return found[0], found[1]

    def _broken(self) -> TargetError:
        said = ""
        if self._import is not None and self._import.stderr is not None:
            with contextlib.suppress(OSError, ValueError):
                said = self._import.stderr.read().decode("utf-8", "replace")
        first = said.strip().split("\n")[0]
        return TargetError(f"git cannot store the site in {self._folder}: {first}", code="target-refused")

    def swap(self, data: bytes, version: str) -> str:
        """See `Target`. This is the commit, and the push."""
        if not self._committed:
            self._write(_LIST, data)
            self._commit()
            self._committed = True
        new = self._run("rev-parse", _NEW).decode().strip()
        lease = f"--force-with-lease=refs/heads/{self._branch}:{version}"
        self._run("push", "--porcelain", lease, "far", f"{_NEW}:refs/heads/{self._branch}")
        return new

    def _commit(self) -> None:
        assert self._import is not None
        with self._lock:
            assert self._import.stdin is not None
            with contextlib.suppress(OSError):
                self._import.stdin.close()
            if self._import.wait(_TIMEOUT):
                raise self._broken()
        if not self._history:
            # A commit without a parent: what others put into the branch stays, what it held before is forgotten.
            tree = self._run("rev-parse", f"{_NEW}^{{tree}}").decode().strip()
            name, mail = self._identity()
            for role in ("AUTHOR", "COMMITTER"):
                self._environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": mail}
            self._run("update-ref", _NEW, self._run("commit-tree", tree, "-m", "Publish").decode().strip())

    def close(self) -> None:
        """See `Target`."""
        if self._import is not None and self._import.poll() is None:
            self._import.kill()
            self._import.wait()
        if self._import is not None:
            for pipe in (self._import.stdin, self._import.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if self._opened:
            with contextlib.suppress(OSError):
                (self._folder / _IDLE).touch()


_LOGIN = re.compile(r"Authentication failed|could not read (Username|Password)|Permission denied|error: 403")
_PASSES = re.compile(
    r"Could not resolve host|Connection (refused|reset|timed out)|timed out|early EOF|hung up|unexpected disconnect"
    r"|HTTP 5\d\d|returned error: (429|5\d\d)|Could not read from remote|RPC failed",
    re.IGNORECASE,
)


def _quoted(path: str) -> str:
    """A path as fast-import reads it: quoted as in C, so that no name is taken for a command."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
