"""Any installed spaCy model as a tagger (an extra: for languages that the built-in network does not know)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from sitegen.entities.tagging.rules import Span, refine
from sitegen.entities.tagging.tokenizer import tokenize
from sitegen.errors import UsageError
from sitegen.model import Mention

_KINDS = {
    "PERSON": "person",
    "PER": "person",
    "PS": "person",
    "ORG": "organization",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "LC": "place",
}
_CONFIDENCE = 0.75
"""spaCy gives no probabilities; this is about the precision of its models on news once cleaned up."""


class SpacyTagger:
    """Wrap one spaCy pipeline; its entities go through the same clean-up as the network's."""

    def __init__(self, model: str) -> None:
        """Load `model`.

        Raises:
            UsageError: spaCy or the model is not installed.
        """
        try:
            spacy = importlib.import_module("spacy")
        except ImportError as error:
            raise UsageError(
                "spaCy is not installed", hint=f"pip install spacy && python -m spacy download {model}", code="no-spacy"
            ) from error
        try:
            self._pipeline: Any = spacy.load(model)
        except OSError as error:
            raise UsageError(
                f"the spaCy model `{model}` is not installed",
                hint=f"python -m spacy download {model}",
                code="no-spacy-model",
            ) from error
        meta = self._pipeline.meta
        self.name = f"spacy:{model}"
        self.version = f"{spacy.__version__}/{meta.get('version', '')}"
        self.languages: frozenset[str] | None = frozenset({str(meta.get("lang", "en"))})

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Mentions of each text."""
        results = []
        for text, document in zip(texts, self._pipeline.pipe(texts), strict=True):
            spans = [
                Span(entity.start_char, entity.end_char, _KINDS[entity.label_], _CONFIDENCE)
                for entity in document.ents
                if entity.label_ in _KINDS
            ]
            refined = refine(text, tokenize(text), spans)
            results.append(tuple(Mention(s, e, text[s:e], kind, confidence) for s, e, kind, confidence in refined))
        return results
