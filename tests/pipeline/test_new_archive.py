"""Starting an archive: a whole one, nothing overwritten, with samples on request."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from archive_support import Archive

from sitegen import __version__
from sitegen.pipeline.new_archive import new_archive
from sitegen.store.source_tree import SourceTree


def test_a_new_archive_builds_as_it_is(tmp_path: Path) -> None:
    """The files of `new` are a whole archive: settings without a warning, an about page, folders, an ignore list."""
    written = new_archive(tmp_path / "my-first_archive", "", demo=False)
    assert "sitegen.toml" in written
    made = Archive.__new__(Archive)
    made.root = tmp_path / "my-first_archive"
    assert made.tree.load_config().title == "My first archive"
    assert made.build().problems == []
    assert (made.site / "about/index.html").is_file()


def test_new_leaves_what_is_there(tmp_path: Path) -> None:
    """Files that exist are not overwritten, and are not among those written."""
    (tmp_path / "sitegen.toml").write_text('title = "Mine"\n', encoding="utf-8")
    assert "sitegen.toml" not in new_archive(tmp_path, "", demo=False)
    assert SourceTree(tmp_path).load_config().title == "Mine"
    assert new_archive(tmp_path, "", demo=False) == []


def test_new_dry_run_makes_nothing(tmp_path: Path) -> None:
    """A dry run names the files and makes none."""
    assert new_archive(tmp_path / "x", "", demo=True, dry_run=True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("title", ['"Quoted" \\ title', "# hash", "two\nlines", "Ünï {x} \x7f", "{}"])
def test_any_title_is_kept(tmp_path: Path, title: str) -> None:
    """Whatever the title holds, the settings can be read back."""
    new_archive(tmp_path, title, demo=False)
    assert SourceTree(tmp_path).load_config().title == title


def test_the_demo_has_articles(tmp_path: Path) -> None:
    """The demo brings raw texts that ingest can use, in a checkout as from the wheel."""
    written = new_archive(tmp_path, "", demo=True)
    assert sum(path.startswith("content/raw/") and path.endswith(".txt") for path in written) >= 40
    assert (tmp_path / "content/entities.yaml").read_text(encoding="utf-8").startswith("#")


def test_the_workflow_publishes_with_pinned_actions_and_few_rights(tmp_path: Path) -> None:
    """Every action is named by a digest; only the deploying job may deploy; it is not written unasked."""
    assert ".github/workflows/publish.yml" not in new_archive(tmp_path / "plain", "", demo=False)
    assert ".github/workflows/publish.yml" in new_archive(tmp_path, "", demo=False, with_workflow=True)
    text = (tmp_path / ".github/workflows/publish.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    actions = [step["uses"] for step in steps if "uses" in step]
    assert len(actions) == 4
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action in actions)
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["build"]
    assert workflow["jobs"]["deploy"]["environment"]["url"] == "${{ steps.deployment.outputs.page_url }}"
    commands = [step["run"] for step in steps if "run" in step]
    assert commands[1:3] == ["sitegen build", "sitegen check --fixity"]
    assert f"sitegen=={__version__}" in commands[0]


@pytest.mark.skipif(os.name == "nt", reason="the workflow runs on Linux")
def test_the_workflows_commands_work(tmp_path: Path) -> None:
    """All but the installation, in their order, as its runner would."""
    root = tmp_path / "archive"
    new_archive(root, "", demo=False, with_workflow=True)
    (root / "content/articles/one.md").write_text("# One\n\nSome words.\n", encoding="utf-8")
    program = tmp_path / "bin/sitegen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sitegen "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    workflow = yaml.safe_load((root / ".github/workflows/publish.yml").read_text(encoding="utf-8"))
    commands = [step["run"] for step in workflow["jobs"]["build"]["steps"] if "run" in step]
    for command in commands[1:]:
        subprocess.run(["sh", "-e", "-c", command], cwd=root, env=environment, check=True, capture_output=True)
    assert (root / "site/index.html").is_file()
    assert not (root / "site/.sitegen").exists()
