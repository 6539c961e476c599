"""Targets of every kind, each with a real server behind it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from far_sides import FarSide, MakeFar
from servers import SshServer, program, s3_server, ssh_server

from sitegen.config import PublishSettings

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
