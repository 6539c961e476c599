"""Small segments to one: posting lists are read back, deleted articles left out, and put together by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sitegen.store.whoosh.postings import FieldPostings
from sitegen.store.whoosh.snapshot import Leaf


def leaf_postings(leaf: Leaf, schema: Any) -> dict[str, FieldPostings]:
    """Posting lists of a segment's live articles, numbered anew."""
    numbers = np.cumsum(leaf.live) - 1
    lengths = {name: leaf.roster.array(f"{name}_lengths").astype(np.int64)[leaf.live] for name in ("title", "body")}
    return {
        field: _field_postings(leaf, schema[field].format, field, numbers, lengths.get(field))
        for field in schema.names()
        if field in lengths or leaf.has_field(field)
    }


def _field_postings(leaf: Leaf, format_: Any, field: str, numbers: Any, lengths: Any) -> FieldPostings:
    terms: list[bytes] = []
    sizes: list[int] = []
    documents, frequencies = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    values: list[bytes] = []
    for term in leaf.terms(field) if leaf.has_field(field) else ():
        found = leaf.postings(format_, field, term)
        assert found is not None
        live = np.flatnonzero(leaf.live[found.documents])
        if len(live):
            terms.append(term)
            sizes.append(len(live))
            documents.append(numbers[found.documents[live]])
            frequencies.append(found.frequencies[live])
            values += [found.values[place] for place in live.tolist()] if found.values else []
    return FieldPostings(
        terms=terms,
        starts=np.cumsum([0, *sizes]),
        documents=np.concatenate(documents),
        frequencies=np.concatenate(frequencies),
        packed=b"".join(values) if values else None,
        cuts=np.cumsum([0, *map(len, values)]) if values else np.zeros(sum(sizes) + 1, np.int64),
        lengths=lengths,
    )


def merge_postings(parts: Sequence[tuple[Mapping[str, FieldPostings], int]]) -> dict[str, FieldPostings]:
    """Posting lists by field of several sets of articles, one set after the other.

    Args:
        parts: posting lists and number of articles of each set.
    """
    bases = np.cumsum([0, *(count for _, count in parts)])
    merged = {}
    for field in sorted({field for lists, _ in parts for field in lists}):
        found = [(lists[field], int(base)) for (lists, _), base in zip(parts, bases, strict=False) if field in lists]
        terms = sorted({term for lists, _ in found for term in lists.terms})
        places = {term: place for place, term in enumerate(terms)}
        rank = np.concatenate(
            [np.repeat([places[term] for term in lists.terms], np.diff(lists.starts)) for lists, _ in found]
        ).astype(np.int64)
        order = np.argsort(rank, kind="stable")
        values = [value for lists, _ in found for value in lists.values() or ()]
        values = [values[place] for place in order.tolist()] if values else []
        merged[field] = FieldPostings(
            terms=terms,
            starts=np.searchsorted(rank[order], np.arange(len(terms) + 1)),
            documents=np.concatenate([lists.documents + base for lists, base in found])[order],
            frequencies=np.concatenate([lists.frequencies for lists, _ in found])[order],
            packed=b"".join(values) if values else None,
            cuts=np.cumsum([0, *map(len, values)]) if values else np.zeros(len(order) + 1, np.int64),
            lengths=(
                np.concatenate([lists.lengths for lists, _ in found if lists.lengths is not None])
                if found[0][0].lengths is not None
                else None
            ),
        )
    return merged
