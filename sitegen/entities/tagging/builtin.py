"""The tagger that ships with the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sitegen.digest import short_digest
from sitegen.entities.tagging.decode import spans_of
from sitegen.entities.tagging.network import Network, read_weights
from sitegen.entities.tagging.rules import refine
from sitegen.entities.tagging.tokenizer import tokenize
from sitegen.model import Mention

WEIGHTS = "english.npz"
RULES = "2"
"""Raised when tokens, decoding, lists or rules change what is found."""


class BuiltinTagger:
    """English news: the small window network, then the rules."""

    name = "builtin"
    languages: frozenset[str] | None = frozenset({"en"})

    def __init__(self, read_resource: Callable[[str], bytes]) -> None:
        """`read_resource` gives the bytes of a file of this package."""
        data = read_resource(WEIGHTS)
        self.version = f"{RULES}/{short_digest(data)[:12]}"
        self._network = Network(read_weights(data))

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Mentions of each text."""
        return [self._tag(text) for text in texts]

    def _tag(self, text: str) -> tuple[Mention, ...]:
        tokens = tokenize(text)
        spans = refine(text, tokens, spans_of(tokens, *self._network.probabilities(tokens.words)))
        return tuple(Mention(start, end, text[start:end], kind, sure) for start, end, kind, sure in spans)
