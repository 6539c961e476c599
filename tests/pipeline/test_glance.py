"""A build that finds nothing to do knows so at a glance; whatever has changed is seen all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from archive_support import Archive, page, tree_bytes

from sitegen.pipeline import build_site as building
from sitegen.pipeline.build_site import SiteBuilder
from sitegen.pipeline.glance import Aside, Glance, look, remember
from sitegen.pipeline.read_pages import read_pages
from sitegen.pipeline.reporter import Silent
from sitegen.store.output_tree import STATE_FOLDER
from sitegen.store.snapshot import snapshot_stamp
from sitegen.store.whoosh_index import WhooshIndex

MakeArchive = Callable[..., Archive]
PAGE = "content/articles/1969/07/a.md"
TEXT = "content/media/plan.txt"
FILES = {**page("1969/07/a"), **page("1969/07/b"), TEXT: "The plan.", "content/entities.yaml": "[]\n"}

HEAVY = ("numpy", "jinja2", "markdown", "whoosh", "yaml", "sqlite3", "multiprocessing", "filelock")
PROGRAM = f"""
import sys
from sitegen.cli.program import run
status = run(sys.argv[1:])
print(*(name for name in {HEAVY} if name in sys.modules))
sys.exit(status)
"""


@pytest.fixture
def built(archive: MakeArchive) -> Archive:
    """An archive that was just built, at which a glance is enough."""
    made = archive(FILES)
    made.build()
    assert Glance(made.tree).last_report() is not None
    return made


def replaced(path: Path, old: str, new: str) -> None:
    """Put other words of the same length into a file, later by the clock."""
    assert len(old) == len(new)
    before = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


ASKING = """
import os
from sitegen.pipeline.glance import Aside

def fails():
    raise ValueError

here = os.getpid()
asked = Aside(lambda: os.getpid() != here)
print(asked.answer(), asked.answer(), Aside(lambda: False).answer(), Aside(fails).answer())
never_asked = Aside(lambda: True)
"""


def test_a_question_is_answered_by_another_process() -> None:
    """With what it found; no where it could not find out; and nobody has to ask."""
    told = subprocess.run([sys.executable, "-c", ASKING], capture_output=True, check=True, text=True)
    assert told.stdout.split() == ["True", "True", "False", "False"]
    assert told.stderr == ""


def test_where_no_process_can_be_started_a_question_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of processes is no reason for a build to fail."""

    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(os, "fork", refuse)
    here = os.getpid()
    assert Aside(lambda: os.getpid() == here).answer()


def test_beside_other_threads_a_question_is_answered_here() -> None:
    """A fork would have their locks, but not them."""
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    here = os.getpid()
    try:
        assert Aside(lambda: os.getpid() == here).answer()
    finally:
        ended.set()
        other.join()


def test_nothing_to_do_is_told_without_loading_the_program(built: Archive) -> None:
    """The second `sitegen build` loads neither the arrays nor the templates; it tells what the builder would tell."""
    command = [sys.executable, "-c", PROGRAM, "--root", str(built.root), "build", "--json"]
    report, loaded = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    assert loaded == ""
    found = msgspec.json.decode(report)
    builder = SiteBuilder(built.tree, building.BuildOptions(), Silent())
    told = msgspec.to_builtins(builder.build())
    builder.close()
    assert {**found, "seconds": 0} == {**told, "seconds": 0}
    assert found["looked_at"] == "no pages"
    assert (found["articles"], found["written"]) == (2, 0)


def test_problems_are_told_again(archive: MakeArchive) -> None:
    """A warning does not go away because nothing has changed."""
    made = archive({**FILES, **page("1969/07/c", status="lost")})
    problems = made.build().problems
    assert [problem.code for problem in problems] == ["front-matter-value"]
    assert made.build().problems == problems


def _touch(root: Path) -> None:
    os.utime(root / PAGE, ns=(1, 1))


def _other_inode(root: Path) -> None:
    copy = root / "copy"
    shutil.copy2(root / PAGE, copy)
    copy.replace(root / PAGE)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a text of the same size": lambda root: replaced(root / PAGE, "Some", "Your"),
    "a time, backwards": _touch,
    "a copy in its place": _other_inode,
    "a new page": lambda root: shutil.copy(root / PAGE, root / "content/articles/1969/07/c.md"),
    "a deleted page": lambda root: (root / PAGE).unlink(),
    "media": lambda root: replaced(root / TEXT, "plan", "idea"),
    "settings": lambda root: replaced(root / "sitegen.toml", "Test", "Best"),
    "judgements": lambda root: (root / "content/entities.yaml").write_text("- name: Moon\n  kind: place\n"),
    "a theme": lambda root: (root / "themes/default").mkdir(parents=True),
    "a missing file of the site": lambda root: (root / "site/1969/07/a/index.html").unlink(),
    "a cut file of the site": lambda root: (root / "site/assets/style.css").write_text("x"),
    "a missing manifest": lambda root: shutil.rmtree(root / "site" / STATE_FOLDER),
    "a touched manifest": lambda root: os.utime(root / "site" / STATE_FOLDER / "manifest/00.tsv"),
    "a commit cut off": lambda root: (root / "site" / STATE_FOLDER / "journal.json").write_text("{}"),
    "leftovers of a build": lambda root: (root / "site" / STATE_FOLDER / "stage").mkdir(),
    "a local index that is gone": lambda root: shutil.rmtree(root / ".sitegen/whoosh"),
    "a part of it that is gone": lambda root: next((root / ".sitegen/whoosh").glob("*.trm")).unlink(),
    "a cache that is gone": lambda root: shutil.rmtree(root / ".sitegen"),
    "a snapshot that is gone": lambda root: (root / ".sitegen/snapshot.bin").unlink(),
    "a broken note": lambda root: (root / ".sitegen/glance.json").write_bytes(b"{"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_changes_is_seen(built: Archive, archive: MakeArchive, change: Callable[[Path], object]) -> None:
    """A glance leaves the rest to the builder, whose site is that of a clean build; then a glance is enough again."""
    if change is CHANGES["a theme"]:
        themes = Path(building.__file__).parents[2] / "themes/default"
        shutil.copytree(themes, built.root / "themes/default")
        replaced(built.root / "themes/default/assets/style.css", "color", "COLOR")
    else:
        change(built.root)
    assert Glance(built.tree).last_report() is None
    built.build()
    clean = archive({path.relative_to(built.root).as_posix(): path.read_bytes() for path in _inputs(built.root)})
    clean.build()
    assert tree_bytes(built.site) == tree_bytes(clean.site)
    assert Glance(built.tree).last_report() is not None
    with WhooshIndex(built.root / ".sitegen/whoosh") as index:
        assert index.is_healthy()


def _inputs(root: Path) -> list[Path]:
    tops = [root / "sitegen.toml", *(root / "content").rglob("*"), *(root / "themes").rglob("*")]
    return [path for path in tops if path.is_file()]


def test_another_program_builds_anew(built: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note of another version is none."""
    monkeypatch.setattr("sitegen.pipeline.glance.tool_digest", lambda: "another")
    assert Glance(built.tree).last_report() is None


def test_what_changes_after_the_look_is_not_taken_for_built(built: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is written while the build reads is seen by the next one."""
    replaced(built.root / PAGE, "Some", "Your")
    real = read_pages

    def slowly(*arguments: object) -> object:
        built.write(page("1969/07/late", "Late"))
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("sitegen.pipeline.build_site.read_pages", slowly)
    assert built.build().articles == 2
    monkeypatch.undo()
    assert Glance(built.tree).last_report() is None
    assert built.build().articles == 3


def test_a_glance_is_old_once_another_process_has_built(built: Archive) -> None:
    """What was seen before another build began is not what this one builds from: the page that came is not deleted."""
    seen = Glance(built.tree)
    assert seen.is_current()
    built.write(page("1969/07/c", "Comes"))
    assert built.build().articles == 3
    assert not seen.is_current()
    builder = SiteBuilder(built.tree, building.BuildOptions(jobs=1), Silent())
    assert builder.build(seen=seen).articles == 3
    builder.close()


def test_a_note_that_cannot_be_kept_is_none(built: Archive) -> None:
    """On a disk that refuses, the next build looks at everything."""
    note = built.root / ".sitegen/glance.json"
    note.unlink()
    (built.root / ".sitegen/glance.tmp").mkdir()
    builder = SiteBuilder(built.tree, building.BuildOptions(jobs=1), Silent())
    report = builder.build()
    builder.close()
    remember(built.tree, look(built.tree), snapshot_stamp(built.tree.state), report)
    assert not note.exists()
    assert Glance(built.tree).last_report() is None
