"""The far sides of targets, opened as a command opens them and looked at behind their back."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from servers import program

from sitegen.config import PublishSettings
from sitegen.publish.open_target import open_target
from sitegen.publish.port import STATE_FOLDER
from sitegen.store.source_tree import SourceTree


class FarSide:
    """The far side of one target: opens it anew for each publish, and looks behind its back."""

    def __init__(self, settings: PublishSettings, root: Path, place: Path) -> None:
        self.settings, self.place = settings, place
        self.kind = settings.target.partition(":")[0].replace("git+file", "git")
        self.tree = SourceTree(root)
        self.bucket: Any = None

    def open(self) -> Any:
        """The target, as a command would open it."""
        return open_target(self.tree, self.settings)

    def files(self) -> dict[str, bytes]:
        """What lies there, our list aside."""
        if self.bucket is not None:
            found = {item.key: _plain(item.get()) for item in self.bucket.objects.all()}
        elif self.kind == "git":
            found = self._branch()
        else:
            paths = [path for path in self.place.rglob("*") if path.is_file()]
            found = {path.relative_to(self.place).as_posix(): path.read_bytes() for path in paths}
        return {path: data for path, data in found.items() if not path.startswith(STATE_FOLDER)}

    def put(self, path: str, data: bytes) -> None:
        """Somebody else's file."""
        if self.bucket is not None:
            self.bucket.put_object(Key=path, Body=data)
        elif self.kind == "git":
            self._commit(path, data)
        else:
            (self.place / path).parent.mkdir(parents=True, exist_ok=True)
            (self.place / path).write_bytes(data)

    def git(self, *arguments: str, given: bytes | None = None, **environment: str) -> bytes:
        """git, in the far repository."""
        who = {f"GIT_{role}_{part}": "x@y" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        command = [program("git"), "-C", str(self.place), *arguments]
        return subprocess.run(
            command, check=True, capture_output=True, input=given, env={**os.environ, **who, **environment}
        ).stdout

    def _branch(self) -> dict[str, bytes]:
        if not self.git("branch", "--list", "pages"):
            return {}
        names = [name for name in self.git("ls-tree", "-r", "-z", "--name-only", "pages").decode().split("\0") if name]
        return {name: self.git("cat-file", "blob", f"pages:{name}") for name in names}

    def _commit(self, path: str, data: bytes) -> None:
        blob = self.git("hash-object", "-w", "--stdin", given=data).decode().strip()
        index = {"GIT_INDEX_FILE": str(self.place / "test-index")}
        parent: list[str] = []
        if self.git("branch", "--list", "pages"):
            self.git("read-tree", "pages", **index)
            parent = ["-p", "pages"]
        self.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", **index)
        tree = self.git("write-tree", **index).decode().strip()
        commit = self.git("commit-tree", tree, *parent, "-m", "theirs").decode().strip()
        self.git("update-ref", "refs/heads/pages", commit)


def _plain(item: dict[str, Any]) -> bytes:
    data: bytes = item["Body"].read()
    return gzip.decompress(data) if item.get("ContentEncoding") == "gzip" else data


MakeFar = Callable[[str], FarSide]
