"""Measure the built-in tagger: quality on held-back sets, the seed article, calibration, speed, load time, memory.

    python benchmarks/bench_tagger.py [--tagger builtin] [--weights FILE]

Data is read from a development data folder, `SITEGEN_DEV_DATA` or `../shared`; none of it is part of the project. The
sets are those that `training/` holds back. Scores are strict: boundaries and kind must both be right; `tags` are the
distinct (name, kind) pairs of each document.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sitegen.entities.tagging import Tagger, load_tagger  # noqa: E402
from training.evaluate import gold_of, held_back_sets  # noqa: E402
from training.metrics import span_score, tag_score  # noqa: E402

DATA = Path(os.environ.get("SITEGEN_DEV_DATA", ROOT.parent / "shared"))
BINS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print one aligned section."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def quality(tagger: Tagger) -> None:
    """Print scores of every held-back set at several thresholds, then how reliable the confidence is."""
    rows = []
    judged: list[tuple[float, bool]] = []
    for name, documents in held_back_sets(DATA).items():
        results = tagger.tag([document.text for document in documents])
        for threshold in (0.0, 0.5):
            triples = []
            for document, mentions in zip(documents, results, strict=True):
                mine = [(m.start, m.end, m.kind) for m in mentions if m.confidence >= threshold]
                triples.append((document.text, mine, gold_of(document)))
            spans, tags = span_score((mine, gold) for _, mine, gold in triples), tag_score(triples)
            figures = [f"{x:.1f}" for x in (spans.precision, spans.recall, spans.f1, tags.f1)]
            rows.append([name if not threshold else "", f">= {threshold}", len(documents), *figures])
        # Odd documents: the calibration was fitted on the even ones.
        for document, mentions in list(zip(documents, results, strict=True))[1::2]:
            gold = set(gold_of(document))
            judged += [(m.confidence, (m.start, m.end, m.kind) in gold) for m in mentions]
    table("held-back sets", ["set", "confidence", "texts", "P", "R", "F1", "tags F1"], rows)
    bins = []
    error = 0.0
    for low, high in itertools.pairwise(BINS):
        inside = [(sure, right) for sure, right in judged if low <= sure < high or (high == 1 == sure)]
        if inside:
            mean = sum(sure for sure, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            error += abs(mean - share) * len(inside) / len(judged)
            bins.append([f"{low:.2f}-{high:.2f}", len(inside), f"{mean:.3f}", f"{share:.3f}"])
    table("reliability of the confidence", ["bin", "mentions", "mean confidence", "right"], bins)
    print(f"  expected calibration error {error:.3f}")


def seed(tagger: Tagger) -> None:
    """Compare the seed article's tags with the careful reader's list in the data folder's notes."""
    notes = " ".join((DATA / "NER.md").read_text(encoding="utf-8").split())
    found = re.search(r"PER (.+?); ORG (.+?); LOC (.+?)\. ", notes)
    if found is None:
        print("\nno list of the seed article's names in the data folder")
        return
    wanted = {
        (name.strip(), kind)
        for part, kind in zip(found.groups(), ("person", "organization", "place"), strict=True)
        for name in part.split(", ")
    }
    text = next((DATA / "seed").iterdir()).read_text(encoding="utf-8")
    (mentions,) = tagger.tag([text])
    mine = {(m.surface, m.kind) for m in mentions}
    forms = {(name, kind): {name, re.sub(r" \(.*\)", "", name), re.sub(r"[()]", "", name)} for name, kind in wanted}
    right = {entry for entry in wanted if any((form, entry[1]) in mine for form in forms[entry])}
    listed = {(form, kind) for (_, kind), variants in forms.items() for form in variants}
    words = {kind: [set(form.split()) for form, other in listed if other == kind] for _, kind in listed}
    extra = {
        (form, kind)
        for form, kind in mine - listed
        if not any(set(re.split(r"[ -]", form)) <= {part for word in name for part in (word, *word.split("-"))}
                   for name in words.get(kind, []))
    }  # fmt: skip
    table(
        "the seed article",
        ["", ""],
        [
            ["found", f"{len(right)} of {len(wanted)}"],
            ["missed", ", ".join(sorted(name for name, _ in wanted - right))],
            ["not listed, nor part of a listed name", ", ".join(f"{form} ({kind})" for form, kind in sorted(extra))],
        ],
    )


def wikinews() -> list[str]:
    """Texts for timing."""
    with gzip.open(DATA / "corpora" / "wikinews.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


MEASURE = """
import json, resource, sys, time
texts = json.load(sys.stdin)
started = time.perf_counter()
from sitegen.entities.tagging import load_tagger
tagger = load_tagger("builtin")
loaded = time.perf_counter()
tagger.tag(texts[:20])
best = float("inf")
for _ in range(5):
    before = time.process_time()
    tagger.tag(texts)
    best = min(best, time.process_time() - before)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([loaded - started, best, peak / 1024]))
"""


def cost() -> None:
    """Speed on one core, load time and peak memory, in a process of its own."""
    texts = wikinews()
    words = sum(len(text.split()) for text in texts)
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    environment = {**os.environ, **one_thread, "PYTHONPATH": str(ROOT)}
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE], input=json.dumps(texts), env=environment, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        runs.append(json.loads(done.stdout))
    load, seconds, peak = (min(run[at] for run in runs) for at in range(3))
    size = (ROOT / "sitegen/entities/tagging/english.npz").stat().st_size / 1e6
    table(
        f"cost, one thread, {len(texts)} articles of {words // len(texts)} words, best of three processes",
        ["words/s", "load s", "peak MB", "weights MB"],
        [[f"{words / seconds:,.0f}", f"{load:.2f}", f"{peak:.0f}", f"{size:.1f}"]],
    )


def main() -> int:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tagger", default="builtin")
    parser.add_argument("--weights", type=Path, help="another weight file for the built-in tagger")
    arguments = parser.parse_args()
    if not (DATA / "ner").is_dir():
        print(f"no development data at {DATA}: set SITEGEN_DEV_DATA", file=sys.stderr)
        return 1
    weights: Path | None = arguments.weights
    started = time.perf_counter()
    tagger = load_tagger(arguments.tagger, (lambda _: weights.read_bytes()) if weights else None)
    print(f"{tagger.name} {tagger.version}, loaded in {time.perf_counter() - started:.2f} s")
    quality(tagger)
    seed(tagger)
    if arguments.tagger == "builtin" and weights is None:
        cost()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
