"""Taggers: find the people, organisations and places that a text names.

A tagger is chosen by name: `builtin` (the small network that ships with the package), `none`, `spacy:MODEL`, or one
that another package offers under the entry-point group `sitegen.taggers` (a callable without arguments that gives a
`Tagger`).
"""

from __future__ import annotations

import difflib
import importlib.metadata
import importlib.resources
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from sitegen.errors import UsageError
from sitegen.model import Mention

__all__ = ["NoTagger", "Tagger", "load_tagger"]

ENTRY_POINTS = "sitegen.taggers"


@runtime_checkable
class Tagger(Protocol):
    """Anything that finds mentions. Results must depend on each text alone, never on its neighbours in a batch."""

    @property
    def name(self) -> str:
        """The name it is chosen by."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever results may change; part of cache keys."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages it knows as primary BCP 47 subtags (`en`), or None for any. Callers pass it no other texts."""
        ...

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """Mentions of each text, ascending, not overlapping; offsets are code points into the text as given."""
        ...


class NoTagger:
    """Finds nothing: for archives whose entities come with the source, or that want none."""

    name = "none"
    version = "1"
    languages: frozenset[str] | None = None

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """No mentions for each text."""
        return [() for _ in texts]


def _read_packaged(name: str) -> bytes:
    return importlib.resources.files(__name__).joinpath(name).read_bytes()


def load_tagger(name: str, read_resource: Callable[[str], bytes] | None = None) -> Tagger:
    """Make the tagger called `name`.

    Args:
        name: `builtin`, `none`, `spacy:MODEL`, or an entry point of the group `sitegen.taggers`.
        read_resource: File name to bytes, for the built-in tagger's weights; by default those in the package.

    Raises:
        UsageError: no such tagger, or what it needs is not installed.
    """
    if name == "none":
        return NoTagger()
    if name == "builtin":
        from sitegen.entities.tagging.builtin import BuiltinTagger  # noqa: PLC0415  (numpy and weights only when used)

        return BuiltinTagger(read_resource or _read_packaged)
    if name.startswith("spacy:"):
        from sitegen.entities.tagging.spacy_adapter import SpacyTagger  # noqa: PLC0415

        return SpacyTagger(name.removeprefix("spacy:"))
    found = {point.name: point for point in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    if name in found:
        tagger = found[name].load()()
        if not isinstance(tagger, Tagger):
            raise UsageError(f"the entry point `{name}` gives no tagger", hint="see docs: taggers", code="bad-tagger")
        return tagger
    known = ["builtin", "none", "spacy:MODEL", *sorted(found)]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"known taggers: {', '.join(known)}"
    raise UsageError(f"unknown tagger `{name}`", hint=hint, code="unknown-tagger")
