"""Score a weight file on the held-back sets, through the package's own tagger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sitegen.entities.tagging.builtin import BuiltinTagger
from sitegen.entities.tagging.rules import clean
from training.corpora import wikinews
from training.data import Document, held_back_news, labelled_news, read_documents
from training.metrics import span_score, tag_score

NEWS_LABELS = Path(__file__).parent / "wikinews_labels.jsonl"
"""Names in Wikinews articles, labelled by hand for this project: offsets and kinds, by article id."""

WIRE_LINES = Path(__file__).parent / "wire_lines.jsonl"
"""Twelve pieces of wire copy, mostly sports results, written for this project; the results are invented."""


def held_back_sets(data: Path) -> dict[str, list[Document]]:
    """Documents that no training touches, by the name of their set."""
    return {
        "wikigold": read_documents(data / "ner" / "wikigold.jsonl.gz"),
        "crossner politics": read_documents(data / "ner" / "crossner_politics_test.jsonl.gz"),
        "GUM news": held_back_news(read_documents(data / "ner" / "gum_open.jsonl.gz"))[1],
        "EWT": read_documents(data / "ner" / "uner_ewt_test.jsonl.gz"),
        "Wikinews": labelled_news(NEWS_LABELS, wikinews(data / "corpora"), "measure"),
        "wire lines": read_documents(WIRE_LINES),
    }


def gold_of(document: Document) -> list[tuple[int, int, str]]:
    """What a document names. GUM counts titles, peoples and articles as parts of names; the others agree with us."""
    assert document.spans is not None
    spans = clean(document.text, document.spans) if document.name.startswith("GUM_") else document.spans
    return [(span.start, span.end, span.kind) for span in spans]


def scores(tagger: BuiltinTagger, documents: Sequence[Document]) -> tuple[float, float, float, float]:
    """Span precision, recall, F1 and tag F1."""
    triples = []
    for document, mentions in zip(documents, tagger.tag([d.text for d in documents]), strict=True):
        triples.append(
            (
                document.text,
                [(m.start, m.end, m.kind) for m in mentions],
                gold_of(document),
            )
        )
    spans = span_score((mine, gold) for _, mine, gold in triples)
    return spans.precision, spans.recall, spans.f1, tag_score(triples).f1


def summary(weights: bytes, sets: dict[str, list[Document]]) -> str:
    """One line: F1/tags of every set and the mean."""
    tagger = BuiltinTagger(lambda _: weights)
    rows = {name: scores(tagger, documents) for name, documents in sets.items()}
    cells = [f"{name} {p:.1f}/{r:.1f}/{f1:.1f} tags {tags:.1f}" for name, (p, r, f1, tags) in rows.items()]
    return "; ".join(cells) + f"; mean {sum(row[2] for row in rows.values()) / len(rows):.2f}"
