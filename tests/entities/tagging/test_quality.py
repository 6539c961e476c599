"""Quality on development data that is not part of the project; skipped where it is absent."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from sitegen.entities.tagging import load_tagger

DATA = Path(os.environ.get("SITEGEN_DEV_DATA", Path(__file__).resolve().parents[4] / "shared"))
KINDS = {"PER": "person", "ORG": "organization", "LOC": "place"}


@pytest.mark.parametrize(("name", "least"), [("wikigold", 71.9), ("crossner_politics_test", 79.7)])
def test_held_back_sets_are_tagged_as_well_as_measured(name: str, least: float) -> None:
    """Strict span F1 on sets the network never saw does not fall below what was reached, less one point."""
    path = DATA / "ner" / f"{name}.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"no development data at {DATA} (SITEGEN_DEV_DATA)")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    right = found = wanted = 0
    for document, mentions in zip(documents, load_tagger("builtin").tag([d["text"] for d in documents]), strict=True):
        gold = {(start, end, KINDS[kind]) for start, end, kind in document["ents"]}
        mine = {(m.start, m.end, m.kind) for m in mentions}
        right, found, wanted = right + len(gold & mine), found + len(mine), wanted + len(gold)
    assert 200 * right / (found + wanted) >= least
