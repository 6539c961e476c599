"""Targets of every kind, each with a real server behind it."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import SshServer, program, s3_server, ssh_server

from sitegen.config import PublishSettings
from sitegen.publish.open_target import open_target
from sitegen.publish.port import STATE_FOLDER
from sitegen.store.source_tree import SourceTree

KINDS = ("folder", "git", "s3", "sftp", "rsync")


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """One SSH server for all tests of a process."""
    with ssh_server(tmp_path_factory.mktemp("ssh")) as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One S3 service for all tests of a process; its address."""
    pytest.importorskip("moto")
    with s3_server(tmp_path_factory.mktemp("s3")) as address:
        yield address


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


@pytest.fixture
def make_far(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MakeFar:
    """Makes an empty far side of some kind, with the server it needs."""

    def make(kind: str) -> FarSide:
        root, place = tmp_path / "archive", tmp_path / f"far {kind}"
        root.mkdir(exist_ok=True)
        (root / "sitegen.toml").write_text("", encoding="utf-8")
        if kind == "s3":
            return _bucket(request.getfixturevalue("s3"), root, tmp_path.name, monkeypatch)
        place.mkdir()
        if kind == "git":
            subprocess.run([program("git"), "init", "-q", "--bare", str(place)], check=True)
            subprocess.run([program("git"), "-C", str(place), "config", "uploadpack.allowFilter", "true"], check=True)
            return FarSide(PublishSettings(f"git+file://{place}#pages".replace(" ", "%20")), root, place)
        if kind == "folder":
            return FarSide(PublishSettings(f"folder:{place}"), root, place)
        server: SshServer = request.getfixturevalue("ssh")
        monkeypatch.setenv("HOME", str(server.folder / "home"))
        if kind == "sftp":
            return FarSide(PublishSettings(server.address(place).replace(" ", "%20")), root, place)
        program("rsync")
        monkeypatch.setenv("RSYNC_RSH", f"ssh -F {server.config} -p {server.port}")
        return FarSide(PublishSettings(f"rsync:{server.user}@127.0.0.1:{place}"), root, place)

    return make


def _bucket(address: str, root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> FarSide:
    import boto3

    for key, value in {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    bucket = boto3.resource("s3", endpoint_url=address).Bucket("b-" + name.replace("_", "-").lower()[:50].strip("-"))
    bucket.create()
    far = FarSide(PublishSettings(f"s3://{bucket.name}", endpoint=address), root, root)
    far.bucket = bucket
    return far


@pytest.fixture(params=KINDS)
def far(request: pytest.FixtureRequest, make_far: MakeFar) -> FarSide:
    """An empty far side of each kind in turn."""
    return make_far(request.param)
