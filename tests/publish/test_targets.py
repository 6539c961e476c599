"""Every kind of target against a real server: what arrives, what stays, and what is left after faults."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from far_sides import FarSide, MakeFar
from publish_support import Killed, StillClock, send, small_site, without_shards
from servers import Cutter, SshServer

from sitegen.errors import ForeignFileError, OvertakenError, SitegenError, TargetError, UsageError
from sitegen.publish.port import Upload

ARTICLE = "1969/07/a3/index.html"
ODD = {
    "media/a b 'c\" ü – $(x) `y`.txt": b"odd name",
    "media/-rf": b"dash",
    "media/x:y/z%20z/+&?#.bin": bytes(range(256)),
    "media/empty": b"",
}


def publish(far: FarSide, files: dict[str, bytes], **options: Any) -> Any:
    """As the command does it: open, publish, close."""
    target = far.open()
    try:
        return send(files, target, **options)
    finally:
        target.close()


def test_three_editions_arrive_and_nothing_of_others_is_touched(far: FarSide) -> None:
    """New, changed and deleted files, odd names too; each edition equals the site, and others' files stay."""
    far.put("theirs.txt", b"theirs")
    far.put("1969/07/theirs.html", b"theirs too")
    theirs = far.files()
    first = {**small_site(1), **ODD}
    publish(far, first)
    assert far.files() == {**first, **theirs}
    report = publish(far, {**small_site(2), **ODD})
    assert report.kept >= len(ODD)
    assert without_shards(far.files()) == without_shards({**small_site(2), **ODD, **theirs})
    for _ in range(2):
        publish(far, small_site(3))
    assert far.files() == {**small_site(3), **theirs}
    assert publish(far, small_site(3)).sent == 0


def test_empty_folders_go_with_their_last_file(make_far: MakeFar) -> None:
    """Nothing is left of a page but, where others have files, their folder."""
    for kind in ("folder", "sftp", "rsync"):
        far = make_far(kind)
        publish(far, {"index.html": b"x", "a/b/c/index.html": b"1", "a/d/index.html": b"2"})
        far.put("a/theirs", b"theirs")
        publish(far, {"index.html": b"x"})
        assert far.files() == {"index.html": b"x", "a/theirs": b"theirs"}
        folders = {path.relative_to(far.place).as_posix() for path in far.place.rglob("*") if path.is_dir()}
        assert folders == {"a", ".sitegen-publish"}, kind


def test_of_two_publishers_one_gets_the_list(far: FarSide) -> None:
    """Both have seen the same version; the second to write it is told."""
    publish(far, small_site(1))
    one, two = far.open(), far.open()
    try:
        (data, version), (_, same) = one.load(), two.load()
        assert data is not None
        assert version == same
        if far.kind == "git":
            publish(far, small_site(2))
        else:
            assert one.swap(data + b"x\t?\t0\t0\n", version) != version
        with pytest.raises(OvertakenError):
            two.swap(data, same)
    finally:
        one.close()
        two.close()


def test_files_of_others_in_the_way_are_not_replaced(far: FarSide) -> None:
    """A site that is there already, or a single file; the same bytes are no harm; a word from a person is enough."""
    far.put("index.html", b"theirs")
    with pytest.raises(UsageError) as refused:
        publish(far, small_site(1))
    assert refused.value.problem.code == "foreign-site"
    assert far.files() == {"index.html": b"theirs"}
    publish(far, small_site(1), overwrite=True)
    far.put("1969/07/a7/index.html", b"theirs")
    far.put("search/w/0-ab2c0.js", small_site(2)["search/w/0-ab2c0.js"])
    with pytest.raises(ForeignFileError) as foreign:
        publish(far, small_site(2))
    assert "1969/07/a7/index.html" in foreign.value.problem.message
    assert far.files()["1969/07/a7/index.html"] == b"theirs"
    publish(far, small_site(2), overwrite=True)
    assert without_shards(far.files()) == without_shards(small_site(2))


def test_a_takedown_leaves_nothing_behind(far: FarSide) -> None:
    """Neither page nor copy nor old shard is there after one publish."""
    publish(far, {**small_site(1), ARTICLE + ".gz": b"packed"})
    publish(far, {**small_site(2), ARTICLE: b"notice"}, withdrawn=[ARTICLE])
    assert far.files() == {**small_site(2), ARTICLE: b"notice"}


class Faulty:
    """Passes calls on to a target, and dies at the n-th that changes something, before or after it took effect."""

    def __init__(self, target: Any, number: int, *, after: bool) -> None:
        self.target, self.number, self.after = target, number, after
        self.name, self.jobs, self.atomic = target.name, 1, target.atomic
        self.batch = min(target.batch, 6)
        self._count = itertools.count(1)
        self.dead = False

    def _do(self, work: Any, *arguments: Any) -> Any:
        if self.dead:
            raise Killed
        self.dead = next(self._count) == self.number
        if self.dead and not self.after:
            raise Killed
        result = work(*arguments)
        if self.dead:
            raise Killed
        return result

    def load(self) -> tuple[bytes | None, str]:
        return self.target.load()  # type: ignore[no-any-return]

    def exists(self, path: str) -> bool:
        return bool(self.target.exists(path))

    def swap(self, data: bytes, version: str) -> str:
        return str(self._do(self.target.swap, data, version))

    def put(self, files: Sequence[Upload]) -> None:
        self._do(self.target.put, files)

    def delete(self, paths: Sequence[str]) -> None:
        self._do(self.target.delete, paths)


def kill_everywhere(far: FarSide, numbers: Iterator[int]) -> int:
    """Publish with a kill at each of these operations, then again: both sides must be equal."""
    far.put("theirs.txt", b"theirs")
    theirs = {"theirs.txt": b"theirs"}
    edition = 1
    publish(far, small_site(edition))
    kills = 0
    for number in numbers:
        for after in (False, True):
            old, edition = small_site(edition), edition + 1
            new = {**small_site(edition), ARTICLE: b"notice %d" % edition}
            target = far.open()
            try:
                send(new, Faulty(target, number, after=after), withdrawn=[ARTICLE])
            except Killed:
                kills += 1
            finally:
                target.close()
            for path, data in far.files().items():
                expected = [data, theirs.get(path), old.get(path), new.get(path)]
                assert data in expected, path
            publish(far, new, withdrawn=[ARTICLE])
            publish(far, new, withdrawn=[ARTICLE])
            assert far.files() == {**new, **theirs}, (number, after)
    return kills


def test_killed_between_operations_a_rerun_completes(far: FarSide) -> None:
    """At the first, at one in the middle and near the end; `make fault-publish` tries all."""
    numbers = {"git": (1, 3), "rsync": (2,), "s3": (2, 4)}.get(far.kind, (1, 2, 4))
    assert kill_everywhere(far, iter(numbers)) >= 2


@pytest.mark.fault
def test_killed_between_any_two_operations_a_rerun_completes(far: FarSide) -> None:
    """At every operation there is."""
    assert kill_everywhere(far, iter(range(1, 24))) >= 8


# The line


def cut_far(kind: str, make_far: MakeFar, every: int, monkeypatch: pytest.MonkeyPatch, ssh: SshServer | None) -> Any:
    """A far side behind a line that is cut after so many bytes, and the cutter."""
    far = make_far(kind)
    if kind == "s3":
        cutter = Cutter(int(far.settings.endpoint.rpartition(":")[2]), every)
        far.settings = type(far.settings)(far.settings.target, endpoint=f"http://127.0.0.1:{cutter.port}")
        return far, cutter
    assert ssh is not None
    cutter = Cutter(ssh.port, every)
    known = ssh.folder / "home" / ".ssh" / "known_hosts"
    key = known.read_text(encoding="ascii").splitlines()[0].split(" ", 1)[1]
    with known.open("a", encoding="ascii") as file:
        file.write(f"[127.0.0.1]:{cutter.port} {key}\n")
    if kind == "sftp":
        place = str(far.place).replace(" ", "%20")
        far.settings = type(far.settings)(f"sftp://{ssh.user}@127.0.0.1:{cutter.port}{place}")
    else:
        monkeypatch.setenv("RSYNC_RSH", f"ssh -F {ssh.config} -p {cutter.port}")
    return far, cutter


@pytest.mark.parametrize(("kind", "every"), [("s3", 3_000), ("sftp", 9_000), ("rsync", 8_000)])
def test_a_line_that_is_cut_again_and_again_gets_everything_there(
    kind: str, every: int, make_far: MakeFar, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Real connections end after some thousand bytes: transfers are tried again, or the next publish goes on."""
    ssh = None if kind == "s3" else request.getfixturevalue("ssh")
    far, cutter = cut_far(kind, make_far, every, monkeypatch, ssh)
    site = {**small_site(1, 12), "media/noise.bin": bytes(range(256)) * 40}
    try:
        for _ in range(12):
            with contextlib.suppress(TargetError):
                publish(far, site)
                break
        assert cutter.cuts >= 2
        assert far.files() == site
    finally:
        cutter.close()


def test_a_host_that_is_not_there_is_told(make_far: MakeFar, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the host, and trying again has an end."""
    for target, settings in (
        ("sftp://me@127.0.0.1:9/x", {}),
        ("rsync://me@127.0.0.1:9/x", {}),
        ("s3://bucket", {"endpoint": "http://127.0.0.1:9"}),
    ):
        kind = target.partition(":")[0]
        far = make_far(kind)
        monkeypatch.delenv("RSYNC_RSH", raising=False)
        far.settings = type(far.settings)(target, **settings)
        clock = StillClock()
        with pytest.raises(TargetError) as lost:
            publish(far, small_site(), clock=clock)
        assert lost.value.problem.code == "target-unreachable"
        assert len(clock.slept) == 5
        assert ("127.0.0.1" if kind != "s3" else "bucket") in lost.value.problem.message


# The disk over there


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a quarter of a megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=200", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def on_disk(kind: str, make_far: MakeFar, place: Path) -> FarSide:
    """A far side whose folder lies elsewhere."""
    far = make_far(kind)
    far.settings = type(far.settings)(far.settings.target.replace(str(far.place), str(place)).replace(
        str(far.place).replace(" ", "%20"), str(place)))  # fmt: skip
    far.place = place
    return far


@pytest.mark.parametrize("kind", ["folder", "sftp", "rsync"])
def test_a_full_disk_is_told_and_harms_nothing(kind: str, make_far: MakeFar, small_disk: Path) -> None:
    """The old site stands page by page; once there is room, the next publish completes it."""
    far = on_disk(kind, make_far, small_disk)
    publish(far, small_site(1))
    big = {**small_site(2), "media/big.bin": os.urandom(400_000)}
    with pytest.raises(TargetError) as full:
        publish(far, big)
    told = full.value.problem.message + full.value.problem.hint
    assert "space" in told or "disk" in told
    old = small_site(1)
    assert all(data in (old.get(path), big.get(path)) for path, data in far.files().items())
    assert "index.html" in far.files()
    for _ in range(2):
        publish(far, small_site(2))
    assert far.files() == small_site(2)


@pytest.mark.parametrize("kind", ["folder", "sftp", "rsync"])
def test_a_disk_that_refuses_writes_is_told(kind: str, make_far: MakeFar, small_disk: Path) -> None:
    """Nothing changes, the message names the reason, and all is well once writing is allowed."""
    far = on_disk(kind, make_far, small_disk)
    publish(far, small_site(1))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(TargetError) as refused:
        publish(far, small_site(2))
    assert refused.value.problem.code == "target-refused"
    assert far.files() == small_site(1)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    publish(far, small_site(2))
    assert without_shards(far.files()) == without_shards(small_site(2))


# Git


def test_a_branch_keeps_its_history_or_forgets_it(make_far: MakeFar) -> None:
    """A commit a publish; on request one commit in all, with the files of others still there."""
    far = make_far("git")
    far.put("README", b"theirs")
    publish(far, small_site(1))
    publish(far, small_site(2))
    assert far.git("rev-list", "--count", "pages").strip() == b"3"
    far.settings = type(far.settings)(far.settings.target, history=False)
    publish(far, small_site(3), purge=True)
    assert far.git("rev-list", "--count", "pages").strip() == b"1"
    assert far.files() == {**small_site(3), "README": b"theirs"}


def test_what_was_kept_is_not_fetched(make_far: MakeFar) -> None:
    """Of a branch that this machine never saw, folders are fetched and not the files."""
    far = make_far("git")
    publish(far, {**small_site(1), "media/big.bin": os.urandom(500_000)})
    far.tree = type(far.tree)(far.tree.root.parent / "elsewhere")
    (far.tree.root).mkdir()
    (far.tree.root / "sitegen.toml").write_text("", encoding="utf-8")
    media = {"media/big.bin": far.files()["media/big.bin"]}
    publish(far, {**small_site(2), **media})
    fetched = sum(path.stat().st_size for path in far.tree.state.rglob("*") if path.is_file())
    assert fetched < 250_000
    assert without_shards(far.files()) == without_shards({**small_site(2), **media})


def test_what_a_killed_publish_left_in_the_helper_is_in_nobodys_way(make_far: MakeFar) -> None:
    """Locks of git, or half a repository: the helper is made anew."""
    far = make_far("git")
    publish(far, small_site(1))
    (helper,) = (far.tree.state / "publish").iterdir()
    for edition, left in ((2, ("config.lock", "refs/sitegen/new.lock", "shallow.lock")), (3, ("objects.lock",))):
        far.open().load()  # … and is killed: it is never closed.
        for name in left:
            (helper / name).parent.mkdir(parents=True, exist_ok=True)
            (helper / name).touch()
        if edition == 3:
            (helper / "config").write_bytes(b"")
        publish(far, small_site(edition))
        assert without_shards(far.files()) == without_shards(small_site(edition))
    assert [path.name for path in helper.parent.iterdir()] == [helper.name]


def test_a_lock_at_the_other_side_is_named(make_far: MakeFar) -> None:
    """Only whoever keeps the repository may delete it: the message says which file."""
    far = make_far("git")
    publish(far, small_site(1))
    lock = far.place / "refs/heads/pages.lock"
    lock.touch()
    with pytest.raises(TargetError) as refused:
        publish(far, small_site(2))
    assert "pages.lock" in refused.value.problem.message
    assert "delete" in refused.value.problem.hint
    lock.unlink()
    publish(far, small_site(2))
    assert without_shards(far.files()) == without_shards(small_site(2))


def test_a_refused_push_changes_nothing(make_far: MakeFar) -> None:
    """As where a branch is protected."""
    far = make_far("git")
    publish(far, small_site(1))
    hook = far.place / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not allowed >&2\nexit 1\n", encoding="ascii")
    hook.chmod(0o755)
    with pytest.raises(TargetError) as refused:
        publish(far, small_site(2))
    assert refused.value.problem.code == "target-refused"
    assert far.files() == small_site(1)
    hook.unlink()
    publish(far, small_site(2))
    assert without_shards(far.files()) == without_shards(small_site(2))


def test_a_repository_that_is_not_there_is_told_at_once(make_far: MakeFar, tmp_path: Path) -> None:
    """Sitegen makes no repositories, and does not wait for one to appear."""
    far = make_far("git")
    far.settings = type(far.settings)(f"git:{tmp_path}/nowhere#pages")
    clock = StillClock()
    with pytest.raises(TargetError) as missing:
        publish(far, small_site(), clock=clock)
    assert missing.value.problem.code == "target-missing"
    assert clock.slept == []


# Logging in


def test_an_unknown_host_is_not_trusted(make_far: MakeFar, ssh: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint says how to get to know it."""
    far = make_far("sftp")
    home = far.tree.root / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "config").write_text(
        f"Host *\n IdentityFile {ssh.folder}/home/.ssh/id_ed25519\n", encoding="ascii"
    )
    monkeypatch.setenv("HOME", str(home))
    with pytest.raises(TargetError) as refused:
        publish(far, small_site())
    assert refused.value.problem.code == "target-login"


def test_a_wrong_key_is_told(make_far: MakeFar, ssh: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """SFTP and rsync both say that the host did not let us in."""
    for kind in ("sftp", "rsync"):
        far = make_far(kind)
        home = far.tree.root / f"home {kind}"
        (home / ".ssh").mkdir(parents=True)
        key = home / ".ssh" / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        known = ssh.folder / "home" / ".ssh" / "known_hosts"
        (home / ".ssh" / "config").write_text(
            f'Host *\n IdentityFile "{key}"\n UserKnownHostsFile {known}\n IdentityAgent none\n', encoding="ascii"
        )
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        monkeypatch.setenv("RSYNC_RSH", f"ssh -o BatchMode=yes -F '{home}/.ssh/config' -p {ssh.port}")
        with pytest.raises(TargetError) as refused:
            publish(far, small_site())
        assert refused.value.problem.code == "target-login", kind


def test_a_bucket_without_keys_or_without_name_is_told(make_far: MakeFar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are refused at once, with what to do."""
    far = make_far("s3")
    good = far.settings
    far.settings = type(good)("s3://no-such-bucket-here", endpoint=good.endpoint)
    with pytest.raises(TargetError) as missing:
        publish(far, small_site())
    assert missing.value.problem.code == "target-missing"
    far.settings = good
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(TargetError) as keys:
        publish(far, small_site())
    assert keys.value.problem.code == "target-login"


def test_objects_carry_types_lifetimes_and_encodings(make_far: MakeFar) -> None:
    """What a browser is told by the bucket itself."""
    far = make_far("s3")
    publish(far, small_site())

    def head(key: str) -> tuple[str, str]:
        item = far.bucket.Object(key)
        return item.content_type, item.cache_control

    assert head("index.html") == ("text/html; charset=utf-8", "public, max-age=0, must-revalidate")
    assert head("search/w/0-ab1c0.js") == ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable")


def test_errors_of_targets_are_told_without_a_traceback() -> None:
    """They are errors a person can act on."""
    assert issubclass(TargetError, SitegenError)


def _written(*folders: Path) -> bytes:
    """Every byte and every name of all files in some folders."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


def test_keys_of_a_bucket_are_written_nowhere(make_far: MakeFar, monkeypatch: pytest.MonkeyPatch) -> None:
    """They come from the environment; neither side keeps them."""
    far = make_far("s3")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never-to-be-written")
    publish(far, small_site())
    assert b"never-to-be-written" not in _written(far.tree.root)
    assert all(b"never-to-be-written" not in item.get()["Body"].read() for item in far.bucket.objects.all())


@pytest.mark.parametrize(
    "token", ["https://jo:never-written@127.0.0.1:9/x.git", "https://never-written-0123456789@127.0.0.1:9/x.git"]
)
def test_a_token_in_an_address_is_written_and_told_nowhere(make_far: MakeFar, tmp_path: Path, token: str) -> None:
    """Not in the helper repository's settings, not in a state file, not in the message that nobody answers."""
    far = make_far("git")
    far.settings = type(far.settings)(f"git+{token}#pages")
    with pytest.raises(TargetError) as refused:
        publish(far, small_site())
    assert "never-written" not in f"{refused.value.problem} {refused.value}"
    assert b"never-written" not in _written(tmp_path)
