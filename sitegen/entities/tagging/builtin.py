"""The tagger that ships with the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sitegen.entities.tagging import lists
from sitegen.entities.tagging.rules import Span, refine
from sitegen.entities.tagging.tokenizer import Tokens, tokenize
from sitegen.model import Mention


class BuiltinTagger:
    """English news in plain Python: capitalised sequences, honorifics, lists, document consistency."""

    name = "builtin"
    languages: frozenset[str] | None = frozenset({"en"})

    def __init__(self, read_resource: Callable[[str], bytes]) -> None:
        """`read_resource` gives the bytes of a file of this package."""
        self.version = "rules-1"

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Mentions of each text."""
        results = []
        for text in texts:
            tokens = tokenize(text)
            refined = refine(text, tokens, _capitalised(tokens))
            results.append(tuple(Mention(s, e, text[s:e], kind, confidence) for s, e, kind, confidence in refined))
        return results


def _capitalised(tokens: Tokens) -> list[Span]:
    words, starts, ends = tokens
    spans: list[Span] = []
    index = 0
    while index < len(words):
        first = index
        while index < len(words) and words[index][0].isupper():
            index += 1
        if index == first:
            index += 1
            continue
        run = words[first:index]
        before = words[first - 1] if first else ""
        kind = ""
        if run[-1] in lists.ORGANIZATION_WORDS:
            kind = "organization"
        elif run[-1] in lists.PLACE_WORDS:
            kind = "place"
        elif len(run) == 1:
            if before in ("in", "from", "near"):
                kind = "place"
            elif run[0].isupper() and len(run[0]) > 2:
                kind = "organization"
        elif len(run) <= 5:
            kind = "person"
        if kind:
            spans.append(Span(starts[first], ends[index - 1], kind, 0.6))
    return spans
