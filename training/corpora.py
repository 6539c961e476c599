"""Unlabelled text for self-training: Wikinews, and the press releases that are most about the wide world."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from pathlib import Path

from sitegen.entities.tagging import lists

_ABROAD = lists.COUNTRIES - {
    "US",
    "U.S.",
    "USA",
    "U.S.A.",
    "United States",
    "United States of America",
    "Georgia",
    "Jordan",
}
_WORD = re.compile(r"[A-Z][\w'-]+")


def _texts(path: Path) -> list[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [(record["id"], f"{record['title']}\n{record['text']}") for record in records]


def wikinews(folder: Path) -> dict[str, str]:
    """Headline and body of every Wikinews article, by id."""
    return dict(_texts(folder / "wikinews.jsonl.gz"))


def world_releases(folder: Path, names: Path, count: int) -> list[str]:
    """The `count` press releases of 120 to 1,200 words with most distinct foreign names a word, ties by id.

    Releases about trade, war and foreign policy, and the newspaper articles that offices reprint, read like world news.
    """
    cities = {
        city for region in tomllib.loads(names.read_text(encoding="utf-8"))["region"] for city in region["city"].split()
        if region["name"] != "North America and Oceania"
    }  # fmt: skip
    ranked = []
    for identity, text in _texts(folder / "congress-press.jsonl.gz"):
        size = len(text.split())
        if not 120 <= size <= 1200:
            continue
        words = set(_WORD.findall(text))
        ranked.append(
            (
                -(len(words & _ABROAD) + len(words & cities)) / (size + 200),
                identity,
                text,
            )
        )
    ranked.sort()
    seen: set[str] = set()
    chosen = []
    for _, _, text in ranked:
        if (opening := text[:200]) not in seen:
            seen.add(opening)
            chosen.append(text)
        if len(chosen) == count:
            break
    return chosen
