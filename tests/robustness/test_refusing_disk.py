"""Full and read-only disks, two at once: a message that helps, exit code 1, nothing damaged, a rerun that completes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archive_support import SETTINGS, Archive, differences, page, tree_bytes
from kill_series import look_for_leftovers, raw_text

MakeArchive = Callable[..., Archive]

FILES = {"sitegen.toml": SETTINGS, **{f"content/raw/{number:03d}.txt": raw_text(number) for number in range(40)}}


def sitegen(root: Path, *arguments: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the program; `limit` bytes is then the size that no file may grow over."""
    script = "import resource, signal, sys\nfrom sitegen.cli.program import run\n"
    if limit:
        script += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        script += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
    script += "sys.exit(run(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments, "--root", str(root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many KiB; skipped where that is not allowed."""
    mounted: list[Path] = []

    def mount(kilobytes: int) -> Path:
        point = tmp_path / f"disk-{len(mounted)}"
        point.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(point)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("disks cannot be mounted here")
        mounted.append(point)
        return point

    try:
        yield mount
    except FileNotFoundError:
        pytest.skip("disks cannot be mounted here")
    finally:
        for point in mounted:
            subprocess.run(["umount", str(point)], check=False)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The archive as it comes out where there is room."""
    made = Archive(tmp_path_factory.mktemp("good") / "archive", FILES)
    made.ingest(tagger="builtin")
    made.build()
    return made


def free(point: Path) -> None:
    """Make the disk large."""
    subprocess.run(["mount", "-o", "remount,size=200m", str(point)], check=True)


def told(done: subprocess.CompletedProcess[str]) -> None:
    """The command failed with a message for a person."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr or "space" in done.stderr


def test_a_full_disk_is_told_and_the_rerun_completes(small_disk: Callable[[int], Path], good: Archive) -> None:
    """Ingest, then build, run out of space; with space again both complete, and equal those that never ran out."""
    point = small_disk(360)
    made = Archive(point / "archive", FILES)
    for command in ("ingest", "build"):
        filler = point / "filler"
        left = os.statvfs(point)
        room = 40 if command == "ingest" else 600
        with filler.open("wb") as file:
            file.write(b"x" * max(0, left.f_bavail * left.f_frsize - room * 1024))
        content = tree_bytes(made.root / "content")
        done = sitegen(made.root, command, "--jobs", "1")
        told(done)
        now = tree_bytes(made.root / "content")
        assert [path for path, data in content.items() if now.get(path) != data] == []
        expected = tree_bytes(good.root / "content")
        assert [path for path, data in now.items() if expected.get(path) != data] == []
        filler.unlink()
        free(point)
        done = sitegen(made.root, command, "--jobs", "1")
        assert done.returncode == 0, done.stderr
        subprocess.run(["mount", "-o", "remount,size=2m", str(point)], check=False)
    free(point)
    assert sitegen(made.root, "build").returncode == 0
    assert differences(tree_bytes(made.root / "content"), tree_bytes(good.root / "content")) == []
    assert differences(tree_bytes(made.site), tree_bytes(good.site)) == []
    look_for_leftovers(made.root)


def test_a_disk_that_refuses_large_files_is_told(archive: MakeArchive) -> None:
    """The index and the cache cannot grow: the message says so, and the rerun completes."""
    made = archive(FILES)
    made.ingest()
    done = sitegen(made.root, "build", "--jobs", "1", limit=9000)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert sitegen(made.root, "build", "--jobs", "1").returncode == 0
    look_for_leftovers(made.root)


def test_a_judgement_or_a_publish_on_a_full_disk_is_told(small_disk: Callable[[int], Path], tmp_path: Path) -> None:
    """Nothing is written by halves; with space again the same command does all."""
    point = small_disk(20_000)
    made = Archive(point / "archive", FILES)
    made.ingest(tagger="builtin")
    made.build()
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "www.git")], check=True)
    merge = ("entities", "merge", "Neil Armstrong", "Sally Ride", "--kind", "person", "--yes")
    publish = ("publish", f"git:{tmp_path}/www.git#pages", "--no-build", "--yes")
    for command in (merge, publish):
        before = tree_bytes(made.root / "content")
        with (point / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(512))
        done = sitegen(made.root, *command)
        assert done.returncode == 1, (command, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        assert "space" in done.stderr, (command, done.stderr)
        assert tree_bytes(made.root / "content") == before
        (point / "filler").unlink()
        done = sitegen(made.root, *command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        look_for_leftovers(made.root)
        made.build()
    assert "Sally Ride" in made.text("content/entities.yaml")
    listed = ["git", "-C", str(tmp_path / "www.git"), "ls-tree", "-r", "--name-only", "pages"]
    assert "index.html" in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()


def test_a_read_only_disk_is_told(small_disk: Callable[[int], Path], tmp_path: Path) -> None:
    """Commands that write say what the matter is; looking at the archive works or says so; nothing changes."""
    point = small_disk(20_000)
    made = Archive(point / "archive", FILES)
    made.ingest(tagger="builtin")
    made.write(
        page("1999/mine", "Mine", "Yuri Gagarin was seen in Paris on Monday, said Sally Ride of NASA.", language="en")
    )
    made.build()
    before = tree_bytes(made.root)
    (first, *_) = made.pages()
    subprocess.run(["mount", "-o", "remount,ro", str(point)], check=True)
    try:
        for arguments in (
            ("ingest", "--restore"),
            ("build", "--clean"),
            ("retag", "--tagger", "builtin", "--yes"),
            ("remove", f"content/articles/{first}", "--yes"),
            ("entities", "merge", "Neil Armstrong", "Sally Ride", "--kind", "person", "--yes"),
            ("publish", f"folder:{tmp_path}/www", "--no-build", "--yes"),
        ):
            done = sitegen(made.root, *arguments)
            assert done.returncode in (1, 2), (arguments, done.stdout, done.stderr)
            assert "Traceback" not in done.stderr, done.stderr
            assert "read-only" in done.stderr.lower(), (arguments, done.stderr)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(point)], check=True)
    assert differences(tree_bytes(made.root), before) == []


def test_a_second_build_says_who_is_at_work(archive: MakeArchive) -> None:
    """Its message names the first one's process, command and start; a holder that was killed is in nobody's way."""
    made = archive(FILES)
    made.ingest()
    hold = (
        "import sys, time\nfrom pathlib import Path\nfrom sitegen.store.locks import hold\n"
        "path = Path(sys.argv[1])\nsys.argv = ['sitegen', 'build']\n"
        "with hold(path, 'build', 0):\n    print('held', flush=True)\n    time.sleep(99)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(made.tree.state)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        second = sitegen(made.root, "build")
        first.kill()
    assert second.returncode == 1
    assert f"process {first.pid}, `sitegen build`, since 2" in second.stderr
    assert sitegen(made.root, "build").returncode == 0


def test_content_commands_wait_for_each_other(archive: MakeArchive) -> None:
    """Six commands that change content at once: all succeed, none loses what another did."""
    made = archive(FILES)
    made.ingest(tagger="builtin")
    pages = made.pages()[:4]
    commands = [("remove", f"content/articles/{page}", "--yes") for page in pages]
    commands += [
        ("entities", "merge", "Neil Armstrong", "Sally Ride", "--kind", "person", "--yes"),
        ("entities", "hide", "Yuri Gagarin", "--kind", "person", "--yes"),
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "sitegen", *command, "--root", str(made.root)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    for process in running:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
    assert made.text("content/removed.yaml").count("- id: ") == 4
    judgements = made.text("content/entities.yaml")
    assert "Sally Ride" in judgements
    assert "hide: true" in judgements
    assert len(made.pages()) == 36
    assert json.loads(sitegen(made.root, "build", "--json").stdout)["articles"] == 36
