"""Read the labelled sets, bring their labels to one convention, and cut them into the network's tokens.

The convention is that of the tagger's own clean-up rules: names without titles, articles and possessives; no peoples.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sitegen.entities.tagging.network import KINDS, TAGS
from sitegen.entities.tagging.rules import Span, clean
from sitegen.entities.tagging.tokenizer import BREAK, tokenize

SHORT_KINDS = {"PER": "person", "ORG": "organization", "LOC": "place"}
IGNORED = -1
"""Target of a token whose label is not known."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what it names; `spans` is None where nobody has said."""

    name: str
    text: str
    spans: tuple[Span, ...] | None


@dataclass(slots=True)
class Example:
    """Tokens of one document with a target per token: a tag number, or a distribution over tags."""

    words: list[str]
    targets: np.ndarray
    weight: float


def read_documents(path: Path) -> list[Document]:
    """Documents of a JSONL file, gzipped or not, with `text` and, where it is labelled, `ents`."""
    documents = []
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            spans = None
            if "ents" in record:
                spans = tuple(Span(start, end, SHORT_KINDS[kind], 1.0) for start, end, kind in record["ents"])
            documents.append(Document(record["id"], record["text"], spans))
    return documents


def labelled_news(labels: Path, texts: Mapping[str, str], use: str) -> list[Document]:
    """Wikinews articles whose names are listed in `labels` for one use: `train`, or `measure` (held back)."""
    documents = []
    for line in labels.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["use"] == use:
            spans = tuple(Span(start, end, SHORT_KINDS[kind], 1.0) for start, end, kind in record["ents"])
            documents.append(Document(record["id"], texts[record["id"]], spans))
    return documents


_OPEN_GENRES = ("academic", "bio", "interview", "news", "voyage")
_FEDERAL_SPEECHES = (
    "floyd",
    "impeachment",
    "inauguration",
    "maiden",
    "nixon",
    "telescope",
)


def openly_licensed(documents: Sequence[Document]) -> list[Document]:
    """Leave only the texts of GUM whose licence is beyond doubt.

    These are the genres that GUM's own licence file puts under CC BY or CC BY-SA, and speeches of federal officers of
    the United States (public domain). Conversations (CC BY-ND), other speeches, court records, textbooks and vlogs are
    left out: nothing speaks against most of them, but which licence each text has is written nowhere in the corpus.
    """
    kept = []
    for document in documents:
        _, genre, name = document.name.split("_", 2)
        if genre in _OPEN_GENRES or (genre == "speech" and name in _FEDERAL_SPEECHES):
            kept.append(document)
    return kept


def held_back_news(
    documents: Sequence[Document],
) -> tuple[list[Document], list[Document]]:
    """Split GUM: (for training, every third news article held back)."""
    news = [document.name for document in documents if "_news_" in document.name][::3]
    return (
        [document for document in documents if document.name not in news],
        [document for document in documents if document.name in news],
    )


def encode(document: Document, weight: float) -> Example:
    """Tokens and BILOU targets; handles of microblogs are ignored, for their labels say nothing about news."""
    assert document.spans is not None
    words, starts, ends = tokenize(document.text)
    targets = np.zeros(len(words), dtype=np.int64)
    for start, end, kind, _ in clean(document.text, document.spans):
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left")) - 1
        if last < first:
            continue
        base = 1 + 4 * KINDS.index(kind)
        if first == last:
            targets[first] = base + 3
        else:
            targets[first], targets[last] = base, base + 2
            targets[first + 1 : last] = base + 1
    for index, word in enumerate(words):
        if word == "@" or (index and words[index - 1] == "@"):
            targets[index] = IGNORED
    assert targets.max(initial=0) < len(TAGS)
    return Example(words, targets, weight)


def without_headlines(example: Example) -> Example:
    """Forget the labels of lines whose long words are nearly all capitalised: models label those badly."""
    targets = example.targets.copy()
    line: list[int] = []
    for at, word in enumerate([*example.words, BREAK]):
        if word != BREAK:
            line.append(at)
            continue
        long = [example.words[index] for index in line if len(example.words[index]) > 3]
        if len(long) >= 3 and sum(word[0].isupper() for word in long) >= 0.7 * len([w for w in long if w[0].isalpha()]):
            targets[line] = 0 if targets.ndim == 2 else IGNORED
        line = []
    return Example(example.words, targets, example.weight)


def batches(examples: Sequence[Example], size: int, order: np.ndarray) -> Iterator[list[Example]]:
    """Groups of whole documents of about `size` tokens."""
    group: list[Example] = []
    count = 0
    for index in order:
        group.append(examples[index])
        count += len(examples[index].words)
        if count >= size:
            yield group
            group, count = [], 0
    if group:
        yield group
