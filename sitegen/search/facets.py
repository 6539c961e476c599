"""Facets: the documents of the people, organisations, places and sources that the archive names most."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sitegen.search.lexicon import Tag, key_part

FACET_KINDS = ("organization", "person", "place", "source")
MAX_VALUES = 200
"""Values of a facet, at most …"""
MAX_POSTINGS = 24_000
"""… and documents in all their lists together, so that a facet costs about 25 kB."""
_AT_LEAST = 10
"""Values that a facet has whatever their lists cost."""


class FacetFile(msgspec.Struct):
    """A facet's values, most frequent first."""

    kind: str
    slugs: list[str]
    """Empty for a source."""
    names: list[str]
    lists: list[str]


def facet_key(tag: Tag) -> str:
    """Key of the list of a value's documents, the same that filters by it; empty for a name without a word."""
    kind, slug, name = tag
    part = slug or key_part(name)
    return f"{kind}={part}" if part else ""


def choose_values(counted: Sequence[tuple[int, Tag]]) -> list[Tag]:
    """Values that a facet holds.

    Args:
        counted: tags of one kind with the number of documents, at least the `MAX_VALUES` most frequent ones.
    """
    ranked = sorted(((count, tag) for count, tag in counted if facet_key(tag)), key=lambda value: (-value[0], value[1]))
    chosen: list[Tag] = []
    total = 0
    for count, tag in ranked[:MAX_VALUES]:
        total += count
        if total > MAX_POSTINGS and len(chosen) >= _AT_LEAST:
            break
        chosen.append(tag)
    return chosen


def encode_facet(kind: str, values: Sequence[Tag], lists: Sequence[str]) -> bytes:
    """Write a facet with the packed list of each value."""
    return msgspec.json.encode(FacetFile(kind, [tag[1] for tag in values], [tag[2] for tag in values], list(lists)))
