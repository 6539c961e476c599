"""Ingest and build a large archive as a person would, and print what it took.

    python benchmarks/bench_build.py [--articles N] [--keep DIR]

The articles are press releases from the development data (`SITEGEN_DEV_DATA`, or `../shared`). Times are wall clock of
the whole process; memory is the largest resident set of any one process, shared pages included.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SITEGEN_DEV_DATA", REPOSITORY.parent / "shared"))


def measured(*arguments: str, root: Path) -> tuple[float, float, float, dict[str, object]]:
    """Wall seconds, CPU seconds, peak MB and the JSON report of one sitegen command."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sitegen", "--root", str(root), *arguments, "--json"], stdout=out, cwd=REPOSITORY
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        out.seek(0)
        report = json.loads(out.read())
    if process.returncode:
        raise SystemExit(f"sitegen {' '.join(arguments)} failed")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, report


def tree_size(folder: Path) -> tuple[int, float]:
    """Number of files and megabytes below a folder."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=0, help="how many (default: all 26,639)")
    parser.add_argument("--keep", type=Path, help="use and keep this folder instead of a temporary one")
    options = parser.parse_args()
    corpus = DATA / "corpora" / "congress-press.jsonl.gz"
    if not corpus.is_file():
        raise SystemExit(f"the development data is not here: {corpus}")
    root = options.keep or Path(tempfile.mkdtemp(prefix="sitegen-bench-"))
    root.mkdir(parents=True, exist_ok=True)
    (root / "sitegen.toml").write_text('title = "Benchmark"\nbase_url = "https://example.org/"\n', encoding="utf-8")
    source = corpus
    if options.articles:
        source = root / "articles.jsonl"
        with gzip.open(corpus, "rb") as data, source.open("wb") as cut:
            cut.writelines(line for _, line in zip(range(options.articles), data, strict=False))
    rows = []
    for name, arguments in (
        ("ingest, new", ("ingest", str(source))),
        ("ingest again", ("ingest", str(source))),
        ("build, cold", ("build",)),
        ("build again", ("build",)),
    ):
        wall, cpu, peak, report = measured(*arguments, root=root)
        count = int(str(report["articles"]))
        rows.append((name, count, wall, cpu, peak, report["written"]))
    edited = sorted((root / "content" / "articles").rglob("*.md"))[len(rows)]
    edited.write_text(edited.read_text(encoding="utf-8") + "\nOne sentence more.\n", encoding="utf-8")
    wall, cpu, peak, report = measured("build", root=root)
    rows.append(("build, one edit", int(str(report["articles"])), wall, cpu, peak, report["written"]))

    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{'':18}{'articles':>9}{'wall s':>9}{'CPU s':>9}{'per s':>9}{'ms each':>9}{'peak MB':>9}{'written':>9}")
    for name, count, wall, cpu, peak, written in rows:
        per = f"{count / wall:>9,.0f}{wall / count * 1000:>9.2f}"
        print(f"{name:18}{count:>9,}{wall:>9.1f}{cpu:>9.1f}{per}{peak:>9.0f}{written:>9,}")
    for name, folder in (
        ("site", root / "site"),
        ("JSON index", root / "site" / "search"),
        ("Whoosh index", root / ".sitegen" / "whoosh"),
        ("cache", root / ".sitegen" / "packs"),
    ):
        files, megabytes = tree_size(folder)
        print(f"{name:18}{files:>9,} files{megabytes:>12,.1f} MB")
    if not options.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
