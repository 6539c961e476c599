"""The tagger that ships with the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sitegen.digest import short_digest
from sitegen.entities.tagging.decode import spans_of
from sitegen.entities.tagging.network import Network, read_weights
from sitegen.entities.tagging.rules import refine
from sitegen.entities.tagging.tokenizer import tokenize
from sitegen.model import Mention

WEIGHTS = "english.npz"
RULES = "5"
"""Raised when tokens, decoding, lists or rules change what is found."""

FLOOR = 0.32
"""Less likely spans are left out. Held-back F1 is the same within noise from 0.3 to 0.42, near half of what is reached
(Lipton et al. 2014); an archive would rather see a name too many than miss one."""


class BuiltinTagger:
    """English news: the small window network, then the rules."""

    name = "builtin"
    languages: frozenset[str] | None = frozenset({"en"})

    def __init__(self, read_resource: Callable[[str], bytes], floor: float = FLOOR) -> None:
        """`read_resource` gives the bytes of a file of this package; what is less likely than `floor` is left out."""
        data = read_resource(WEIGHTS)
        self.version = f"{RULES}/{short_digest(data)[:12]}"
        self._floor = floor
        weights = read_weights(data)
        self._network = Network(weights)
        self._raw, self._true = weights["calibration"].astype(np.float64)

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Mentions of each text."""
        return [self._tag(text) for text in texts]

    def _tag(self, text: str) -> tuple[Mention, ...]:
        tokens = tokenize(text)
        spans = refine(text, tokens, spans_of(tokens, *self._network.probabilities(tokens.words)))
        sure = np.interp([span.confidence for span in spans], self._raw, self._true).round(3).tolist()
        return tuple(
            Mention(span.start, span.end, text[span.start : span.end], span.kind, confidence)
            for span, confidence in zip(spans, sure, strict=True)
            if confidence >= self._floor
        )
