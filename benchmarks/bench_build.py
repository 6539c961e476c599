"""Ingest and build a large archive as a person would, and print what it took; Hugo with Pagefind in the same run.

    python benchmarks/bench_build.py [--articles N] [--archive DIR] [--keep DIR] [--hugo PROGRAM] [--pagefind PROGRAM]

The articles are press releases from the development data (`SITEGEN_DEV_DATA`, or `../shared`), or those of an archive
that has been ingested already (`--archive`; only its pages are read). Times are wall clock of whole processes; memory
is the largest resident set of any one process, shared pages included.

Hugo gets the same articles, and pages for as many names as sitegen makes pages for; `hugo_site.py` says how to get it.
Pagefind (`npm install pagefind`; `node_modules/.bin/pagefind`) indexes what Hugo made. Both start from nothing, as the
cold build does. Without them their rows are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hugo_site import make_hugo_site

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SITEGEN_DEV_DATA", REPOSITORY.parent / "shared"))


class Cost(NamedTuple):
    """What a process took."""

    wall: float
    cpu: float
    peak: float
    """MB, of the largest process."""


def run(command: Sequence[str], folder: Path) -> tuple[Cost, bytes]:
    """Run a program to its end: what it took, with its children, and what it printed."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        out.seek(0)
        printed = out.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), printed


def sitegen(root: Path, *arguments: str) -> tuple[Cost, dict[str, object]]:
    """Run one of sitegen's commands: what it took, and its report."""
    command = [sys.executable, "-m", "sitegen", "--root", str(root), *arguments, "--json"]
    cost, printed = run(command, REPOSITORY)
    return cost, json.loads(printed)


def tree_size(folder: Path) -> tuple[int, float]:
    """Number of files and megabytes below a folder."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes) / 1e6


def show(name: str, count: int, cost: Cost, written: object = "") -> None:
    """Print a row."""
    per = f"{count / cost.wall:>9,.0f}{cost.wall / count * 1000:>9.2f}"
    shown = f"{written:>9,}" if isinstance(written, int) else ""
    print(f"{name:18}{count:>9,}{cost.wall:>9.2f}{cost.cpu:>9.2f}{per}{cost.peak:>9.0f}{shown}", flush=True)


def fill(root: Path, options: argparse.Namespace) -> None:
    """Give the archive its articles; show what ingesting them took."""
    (root / "sitegen.toml").write_text('title = "Benchmark"\nbase_url = "https://example.org/"\n', encoding="utf-8")
    if options.archive:
        articles = options.archive / "content/articles"
        for page in sorted(articles.rglob("*.md"))[: options.articles or None]:
            target = root / "content/articles" / page.relative_to(articles)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, target)
        return
    source = DATA / "corpora" / "congress-press.jsonl.gz"
    if not source.is_file():
        raise SystemExit(f"the development data is not here: {source}; name an ingested archive with --archive")
    if options.articles:
        with gzip.open(source, "rb") as data, (root / "articles.jsonl").open("wb") as cut:
            cut.writelines(line for _, line in zip(range(options.articles), data, strict=False))
        source = root / "articles.jsonl"
    for name in ("ingest, new", "ingest again"):
        cost, report = sitegen(root, "ingest", str(source))
        show(name, int(str(report["articles"])), cost, report["written"])


def build(root: Path, rounds: int) -> Cost:
    """Build the archive from nothing, then with nothing to do, then after edits; what the first build took."""
    cold, report = sitegen(root, "build")
    count = int(str(report["articles"]))
    show("build, cold", count, cold, report["written"])
    show("build again", count, min(sitegen(root, "build")[0] for _ in range(rounds)))
    pages = sorted((root / "content/articles").rglob("*.md"))

    def after(name: str, pattern: str, text: str) -> None:
        costs = []
        for turn in range(rounds):
            page = pages[(turn + 1) * len(pages) // (rounds + 1)]
            changed = re.sub(pattern, text, page.read_text(encoding="utf-8"), count=1)
            page.write_text(changed, encoding="utf-8")
            costs.append(sitegen(root, "build")[0])
        show(name, count, min(costs))

    after("build, text edit", r"\Z", "\nOne sentence more.\n")
    after("build, title edit", r"(?m)^title: .*$", "title: Another title")
    return cold


def peers(folder: Path, root: Path, options: argparse.Namespace, ours: Cost) -> None:
    """Build the same articles with Hugo, index them with Pagefind, and compare."""
    pages = sorted((root / "content/articles").rglob("*.md"))
    folder.mkdir()
    make_hugo_site(folder, pages, names=True)
    costs = [run([options.hugo, "--quiet"], folder)[0]]
    show("Hugo", len(pages), costs[0], tree_size(folder / "public")[0])
    if options.pagefind:
        costs.append(run([options.pagefind, "--site", "public", "--quiet"], folder)[0])
        show("Pagefind", len(pages), costs[1], tree_size(folder / "public/pagefind")[0])
    wall, cpu = sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs)
    print(
        f"sitegen, with two indexes, takes {ours.wall / wall:.2f} of their time and {ours.cpu / cpu:.2f} of their CPU"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=0, help="how many (default: all 26,639)")
    parser.add_argument("--archive", type=Path, help="take the pages of this ingested archive")
    parser.add_argument("--keep", type=Path, help="use and keep this folder instead of a temporary one")
    parser.add_argument("--rounds", type=int, default=3, help="times that quick builds are run; the fastest counts")
    parser.add_argument("--hugo", default=shutil.which("hugo"), help="Hugo's program")
    parser.add_argument("--pagefind", default=shutil.which("pagefind"), help="Pagefind's program")
    options = parser.parse_args()
    scratch = options.keep or Path(tempfile.mkdtemp(prefix="sitegen-bench-"))
    root = scratch / "sitegen"
    root.mkdir(parents=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    print(f"{'':18}{'articles':>9}{'wall s':>9}{'CPU s':>9}{'per s':>9}{'ms each':>9}{'peak MB':>9}{'files':>9}")
    fill(root, options)
    cold = build(root, options.rounds)
    for name, folder in (
        ("site", root / "site"),
        ("JSON index", root / "site" / "search"),
        ("Whoosh index", root / ".sitegen" / "whoosh"),
        ("cache", root / ".sitegen" / "packs"),
    ):
        files, megabytes = tree_size(folder)
        print(f"{name:18}{files:>9,} files{megabytes:>12,.1f} MB")
    if options.hugo:
        peers(scratch / "hugo", root, options, cold)
    if not options.keep:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
