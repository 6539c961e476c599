"""Start an archive: settings with a comment for each, folders, on request the sample articles."""

from __future__ import annotations

import json
from importlib.resources.abc import Traversable
from pathlib import Path

from sitegen import __version__
from sitegen.store.source_tree import write_atomically
from sitegen.store.theme_files import shipped_folder

_SETTINGS = """\
# Settings of this archive. Every key is optional; what is shown is the default.

title = {title}
description = ""

# Where the site will live. Feeds, sitemaps and citations need it; all other links are relative, so the site
# works at any address and from a folder.
base_url = "https://example.org/"

# Language of the pages' own words (headings, dates, numbers): ar, de, en, es, fr, he, or a tag such as de-AT.
language = "en"

# A folder in themes/, or a theme that comes with sitegen.
theme = "default"

# The folder that `sitegen build` writes.
output = "site"

[entities]
# Articles that must name a person, organisation or place before it gets a page of its own; those below stand in
# A–Z lists. 0 lets the size of the archive decide.
min_articles = 0
# Names the tagger is less sure of are not tagged (0 to 1).
min_confidence = 0.4

[search]
# Make search work when the site is opened from a folder (file://) too. Left out: on for small archives.
# file_urls = true

[ingest]
# Who finds the entities: builtin, spacy:MODEL, none.
tagger = "builtin"
# Columns of CSV files and keys of JSONL records that are named otherwise than sitegen names them.
# columns = {{ headline = "title", published = "date" }}

# Where `sitegen publish` brings the site: folder:DIR, git:REMOTE#BRANCH, s3://BUCKET, sftp://USER@HOST/DIR,
# rsync:USER@HOST:DIR. No passwords here: keys come from your agent, profile or environment.
# [publish.live]
# target = "sftp://me@example.org/srv/www/archive"

# [theme_settings]
"""

_ABOUT = """\
---
title: About
---

Say here what this archive holds, where its texts come from, and whom to write to.
"""

_IGNORE = "/site/\n/.sitegen/\n"


_WORKFLOW_PATH = ".github/workflows/publish.yml"
_WORKFLOW = """\
# Builds, checks and publishes this archive on GitHub Pages after every push. To switch it on: in the repository's
# Settings, under Pages, choose "GitHub Actions" as the source. docs/publish.md of sitegen says more.
name: Publish
on:
  push:
    branches: [main]
  workflow_dispatch:
# Whatever a step does, it can do no more than this.
permissions:
  contents: read
# One at a time; one that has begun to deploy is not cut off.
concurrency:
  group: pages
  cancel-in-progress: false
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:
      # Actions are named by the digest of their code: a tag could be moved to another.
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0
        with:
          python-version: "3.12"
      # The version that wrote this file; raise it when you update sitegen at home.
      - run: python -m pip install "sitegen=={version}"
      - run: sitegen build
      - run: sitegen check --fixity
      # Tells what is over the limits of GitHub Pages, and which setting helps.
      - run: sitegen publish --dry-run folder:../pages
      # The build's own notes stay at home.
      - run: rm -r site/.sitegen
      - uses: actions/upload-pages-artifact@56afc609e74202658d3ffba0e8f6dda462b719fa # v3.0.1
        with:
          path: site
  deploy:
    needs: build
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      pages: write
      id-token: write
    environment:
      name: github-pages
      url: ${{{{ steps.deployment.outputs.page_url }}}}
    steps:
      - id: deployment
        uses: actions/deploy-pages@d6db90164ac5ed86f2b6aed7e0febac5b3c0c03e # v4.0.5
"""


def new_archive(
    folder: Path, title: str, *, demo: bool, with_workflow: bool = False, dry_run: bool = False
) -> list[str]:
    """Make the files of a new archive in `folder`; the paths written, relative to it. What exists is left alone.

    Raises:
        StorageError: the disk refused.
    """
    name = title or folder.absolute().name.replace("-", " ").replace("_", " ").strip().capitalize() or "Archive"
    files: dict[str, bytes] = {
        "sitegen.toml": _SETTINGS.format(title=_toml_string(name)).encode(),
        ".gitignore": _IGNORE.encode(),
        "content/pages/about.md": _ABOUT.encode(),
        "content/raw/.gitkeep": b"",
        "content/media/.gitkeep": b"",
        "content/articles/.gitkeep": b"",
    }
    if with_workflow:
        files[_WORKFLOW_PATH] = _WORKFLOW.format(version=__version__).encode()
    if demo:
        sample = _sample()
        _collect(sample / "raw", "raw/", files)
        files["content/entities.yaml"] = (sample / "entities.yaml").read_bytes()
    written = []
    for path, data in files.items():
        if not (folder / path).exists():
            written.append(path)
            if not dry_run:
                write_atomically(folder / path, data)
    return written


def _toml_string(text: str) -> str:
    """A TOML basic string: as JSON's, but for DEL; what a file system has that is not Unicode becomes `?`."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _sample() -> Traversable:
    """The sample's texts and its editors' judgements: in the installed package, or the repository's own archive."""
    inside = shipped_folder("demo")
    return inside if inside.is_dir() else shipped_folder("content")


def _collect(folder: Traversable, prefix: str, files: dict[str, bytes]) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            _collect(entry, f"{prefix}{entry.name}/", files)
        elif not entry.name.startswith("."):
            files[f"content/{prefix}{entry.name}"] = entry.read_bytes()
