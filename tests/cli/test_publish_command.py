"""`sitegen publish`: what it prints, asks and refuses."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, page, tree_bytes
from cli_support import Shell

MakeArchive = Callable[..., Archive]
STATE = ".sitegen-publish"


def files(count: int = 3, text: str = "Some words.") -> dict[str, str]:
    found: dict[str, str] = {}
    for number in range(count):
        found |= page(f"1969/07/a{number}", f"Title {number}", f"{text} {number}", id=f"a{number}", date="1969-07-20")
    return found


@pytest.fixture
def made(archive: MakeArchive) -> Archive:
    archive_ = archive(files())
    archive_.write({"sitegen.toml": archive_.text("sitegen.toml") + '[publish.live]\ntarget = "folder:../www"\n'})
    return archive_


@pytest.fixture
def sh(made: Archive, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    return Shell(capfdbinary, made.root)


def far(made: Archive) -> dict[str, bytes]:
    found = tree_bytes(made.root.parent / "www")
    return {path: data for path, data in found.items() if not path.startswith(STATE)}


def near(made: Archive) -> dict[str, bytes]:
    return {path: data for path, data in tree_bytes(made.site).items() if not path.startswith(".sitegen")}


def test_it_builds_and_publishes(sh: Shell, made: Archive) -> None:
    """One command from content to the far side, by name or as the only target; JSON tells the same."""
    result = sh.here("publish")
    assert (result.code, far(made)) == (0, near(made))
    assert "Published to " in result.out
    again = sh.here("publish", "live", "--json").json
    assert (again["sent"], again["kept"], again["generation"], again["problems"]) == (0, len(far(made)), 1, [])


def test_a_dry_run_shows_the_plan(sh: Shell, made: Archive) -> None:
    """Steps and sizes; neither side changes."""
    assert sh.here("publish", "--dry-run").code == 2  # there is no site yet
    made.build()
    result = sh.here("publish", "--dry-run")
    assert "put     new pages: " in result.out
    assert "Would publish to" in result.out
    assert not (made.root.parent / "www").exists()


def test_a_takedown_is_told(sh: Shell, made: Archive) -> None:
    """By address, when it is planned and when it is done."""
    sh.here("publish")
    made.write(page("1969/07/a1", "Title 1", "Some words. 1", id="a1", date="1969-07-20", status="withdrawn"))
    for option in ("--no-build", "--dry-run"):
        stale = sh.here("publish", option)
        assert (stale.code, "after the site was built" in stale.err) == (2, True)
    made.build()
    assert "Would take down /1969/07/a1/" in sh.here("publish", "--dry-run").out
    result = sh.here("publish")
    assert "Took down /1969/07/a1/" in result.out
    assert far(made) == near(made)


def test_a_takedown_that_was_only_touched_is_in_nobodys_way(sh: Shell, made: Archive) -> None:
    """A checkout, say, makes the page newer than its site: a build finds nothing to do, and then all may go out."""
    made.write(page("1969/07/a1", "Title 1", "Some words. 1", id="a1", date="1969-07-20", status="withdrawn"))
    sh.here("publish")
    later = time.time() + 5
    os.utime(made.root / "content/articles/1969/07/a1.md", (later, later))
    assert sh.here("publish", "--no-build").code == 2
    sh.here("build")
    assert sh.here("publish", "--no-build").code == 0


def test_too_many_deletes_need_a_word(sh: Shell, made: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal the command fails; --yes or a number lets it."""
    made.write(files(60))
    sh.here("publish")
    for path in made.page_files()[:58]:
        path.unlink()
    refused = sh.here("publish")
    assert refused.code == 2
    assert "would be deleted" in refused.err
    assert "--max-deletes" in refused.err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    assert sh.here("publish").code == 2
    assert sh.here("publish", "--yes").code == 0
    assert sh.here("publish").code == 0
    assert far(made) == near(made)


def test_a_git_takedown_tells_of_history(sh: Shell, made: Archive, tmp_path: Path) -> None:
    """What was withdrawn is still in the branch's history, until that is forgotten."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "far.git")], check=True)
    target = f"git:{tmp_path}/far.git#pages"
    assert sh.here("publish", target).code == 0
    made.write(page("1969/07/a1", "Title 1", "Some words. 1", id="a1", date="1969-07-20", status="withdrawn"))
    result = sh.here("publish", target)
    assert "history" in result.err
    assert "--forget-history" in result.err
    forgotten = sh.here("publish", target, "--forget-history")
    assert forgotten.code == 0
    count = subprocess.run(
        ["git", "-C", str(tmp_path / "far.git"), "rev-list", "--count", "pages"], capture_output=True, check=True
    )
    assert count.stdout.strip() == b"1"


def test_host_files_are_written(sh: Shell, made: Archive, tmp_path: Path) -> None:
    """Where asked, and not on trial."""
    made.build()
    assert sh.here("publish", "--host-files", "nginx", "--dry-run").code == 0
    assert not (made.root / "host-files").exists()
    assert sh.here("publish", "--host-files", "nginx").code == 0
    assert "server_name" in made.text("host-files/nginx/nginx.conf")
    told = sh.here("publish", "--host-files", "netlify", "--output", str(tmp_path / "out"), "--json").json
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["_headers", "_redirects"]
    assert len(told["written"]) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lvie"], "did you mean `live`?"),
        (["gopher://x/y"], "names no place"),
        (["sftp://me:hunter2@x:y/"], "is no SFTP address"),
        (["--host-files", "geocities"], "netlify"),
    ],
)
def test_wrong_targets_are_wrong_usage(sh: Shell, arguments: list[str], says: str) -> None:
    """With what was meant; a password is never repeated."""
    result = sh.here("publish", *arguments)
    assert result.code == 2
    assert says in result.err
    assert "hunter2" not in result.err
