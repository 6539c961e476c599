"""How well and how fast ingest reads untidy text: one table.

    python benchmarks/bench_ingest.py [FOLDER]

FOLDER is the development data folder (default: the environment's SITEGEN_DEV_DATA, else ../shared beside the
repository) with `ingest/glued.jsonl` (texts glued, with the paragraphs, title and date withheld) and
`corpora/congress-press.jsonl.gz`.
Times are CPU time of one core; best of three.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sitegen.ingest.compose import compose
from sitegen.ingest.duplicates import DuplicateIndex, signature
from sitegen.ingest.headline import derive_title, take_headline
from sitegen.ingest.language import detect_language
from sitegen.ingest.metadata import Metadata, drop_repeated, find_metadata, read_head
from sitegen.ingest.paragraphs import split_paragraphs
from sitegen.ingest.repair import repair_text
from sitegen.markup.escape import escape_paragraph
from sitegen.model import RawArticle

WORD = re.compile(r"\w+")
PRESS_STEP = 9
"""Every ninth press release is looked at."""


def boundaries(paragraphs: Sequence[str]) -> set[int]:
    """Places of paragraph ends, counted in characters that are no white space; the last is none."""
    places, place = set(), 0
    for paragraph in paragraphs[:-1]:
        place += len("".join(paragraph.split()))
        places.add(place)
    return places


def recall(title: str, derived: str) -> float:
    """ROUGE-1 recall: the part of the true title's words that the derived one has (C.-Y. Lin, 2004)."""
    words, found = WORD.findall(title.lower()), set(WORD.findall(derived.lower()))
    return sum(word in found for word in words) / max(1, len(words))


def row(name: str, value: object) -> None:
    print(f"{name:<58} {value}")


def best_of(function: Callable[[Any], object], items: Sequence[Any]) -> float:
    """CPU milliseconds an item."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for item in items:
            function(item)
        best = min(best, time.process_time() - started)
    return best / len(items) * 1e3


def read(text: str, title: str = "", date: str = "") -> Metadata:
    head = read_head(drop_repeated(repair_text(text), title, date))
    return find_metadata(split_paragraphs(head.text), head)


def paragraphs_and_dates(glued: list[dict[str, Any]]) -> None:
    hit = extra = missed = right = 0
    for record in glued:
        found = read(record["raw"])
        right += found.date == record["date"]
        gold = boundaries([repair_text(paragraph) for paragraph in record["paragraphs"]])
        got = boundaries(found.paragraphs)
        hit, extra, missed = hit + len(gold & got), extra + len(got - gold), missed + len(gold - got)
    precision, share = hit / (hit + extra), hit / (hit + missed)
    row("paragraph boundaries, glued: precision", f"{precision:.4f}")
    row("paragraph boundaries, glued: recall", f"{share:.4f}")
    row("paragraph boundaries, glued: F1", f"{2 * precision * share / (precision + share):.4f}")
    row("date right, glued", f"{right / len(glued):.1%}")


def headlines(name: str, texts: list[tuple[str, Metadata]]) -> None:
    total = first = broken = longest = count = taken = same = 0.0
    for title, found in texts:
        headline, _ = take_headline(found.paragraphs)
        if headline:
            taken += 1
            same += recall(title, headline) > 0.6 or recall(headline, title) > 0.6
            continue
        derived = derive_title(found.paragraphs)
        running = " ".join(found.paragraphs)
        count += 1
        total += recall(title, derived)
        first += recall(title, running[:90])
        longest = max(longest, len(derived))
        broken += not set(WORD.findall(derived.lower())) <= set(WORD.findall(running.lower()))
    row(f"headlines, {name}: derived / found at the top", f"{count:.0f} / {taken:.0f} ({same:.0f} are the true title)")
    row(f"headlines, {name}: ROUGE-1 recall (first 90 characters)", f"{total / count:.3f} ({first / count:.3f})")
    row(f"headlines, {name}: longest, with a broken word", f"{longest:.0f}, {broken:.0f}")


def people(press: list[dict[str, Any]]) -> None:
    """Bylines and contributors added to records by script, in every form and place that is understood."""
    names = [record["authors"][0] for record in press if record["authors"]]
    names = [name for name in names if len(name.split()) in (2, 3)][:300]
    forms = (
        "By {}\n\n{}",
        "By {}{}",
        "By {}, Staff Writer\n\n{}",
        "{1}By {0}",
        "{1}\n\n{0} contributed to this report.",
        "{1}{0} contributed to this report.",
    )
    right = total = false = 0
    for number, name in enumerate(names):
        clean = re.sub(r"\s+", " ", name)
        body = "The council met on Tuesday to vote on the harbour. It was a long evening, and few stayed to its end."
        for form in forms:
            found = read(form.format(clean, body))
            right += clean in (*found.authors, *found.contributors)
            total += 1
        plain = read(press[number]["text"])
        false += bool(plain.authors)
    row("bylines and contributors found, synthetic", f"{right / total:.1%} of {total}")
    row("bylines found in press releases (few have one)", f"{false} of {len(names)}")


def dates_in_press(press: list[dict[str, Any]]) -> None:
    found = [(read(record["text"]).date, record["date"]) for record in press]
    stated = [pair for pair in found if pair[0]]
    given = 0
    for record in press:
        article, _ = compose(RawArticle(origin="x", sha256="", text=record["text"], date=record["date"]))
        given += article is not None and article.date == record["date"]
    row("date right, press releases (given)", f"{given / len(press):.1%}")
    row("date withheld: right of those the text states", f"{sum(a == b for a, b in stated)} of {len(stated)}")


def times(press: list[dict[str, Any]]) -> None:
    texts = [record["text"] for record in press]
    words = sum(len(text.split()) for text in texts) / len(texts)
    repaired = [repair_text(text) for text in texts]
    split = [split_paragraphs(text) for text in repaired]
    row(f"ms an article of {words:.0f} words: repair", f"{best_of(repair_text, texts):.3f}")
    row("  paragraphs", f"{best_of(split_paragraphs, repaired):.3f}")
    row("  metadata", f"{best_of(find_metadata, split):.3f}")
    row("  language", f"{best_of(detect_language, repaired):.3f}")
    row("  headline", f"{best_of(derive_title, split):.3f}")
    row("  escaping", f"{best_of(lambda paragraphs: [escape_paragraph(p) for p in paragraphs], split):.3f}")
    row("  signature", f"{best_of(signature, repaired):.3f}")
    index, signs = DuplicateIndex(), [signature(text) for text in repaired]
    row(
        "  looking for near-duplicates",
        f"{best_of(lambda pair: index.add(pair[0], '', pair[1]), list(enumerate(signs))):.3f}",
    )
    raws = [RawArticle(origin="x", line=1, sha256="", text=text) for text in texts]
    row("  compose, all but tagging and signature", f"{best_of(compose, raws):.3f}")


def main() -> None:
    default = os.environ.get("SITEGEN_DEV_DATA") or Path(__file__).resolve().parents[2] / "shared"
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    if not (folder / "ingest" / "glued.jsonl").exists():
        sys.exit(f"no development data at {folder}: set SITEGEN_DEV_DATA, or name the folder")
    with (folder / "ingest" / "glued.jsonl").open(encoding="utf-8") as lines:
        glued = [json.loads(line) for line in lines]
    with gzip.open(folder / "corpora" / "congress-press.jsonl.gz", "rt", encoding="utf-8") as lines:
        press = [json.loads(line) for number, line in enumerate(lines) if number % PRESS_STEP == 0]
    paragraphs_and_dates(glued)
    dates_in_press(press)
    people(press)
    headlines("glued", [(record["title"], read(record["raw"])) for record in glued])
    headlines("press", [(record["title"], read(record["text"], "", record["date"])) for record in press])
    times(press[:600])


if __name__ == "__main__":
    main()
