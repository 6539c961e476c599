"""Facets: the documents of the people, organisations, places and sources that the archive names most."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.documents import SearchDocument
from sitegen.search.lexicon import encode_lists

FACET_KINDS = ("organization", "person", "place", "source")
MAX_VALUES = 200
"""Values of a facet, at most …"""
MAX_POSTINGS = 24_000
"""… and documents in all their lists together, so that a facet costs about 25 kB."""


def encode_facets(
    documents: Sequence[SearchDocument], order: NDArray[np.int64], numbers: NDArray[np.int64]
) -> list[bytes]:
    """Write one file for each of `FACET_KINDS`: slugs, names and lists, most frequent first."""
    lists: dict[str, dict[tuple[str, str], list[int]]] = {kind: {} for kind in FACET_KINDS}
    for position, index in enumerate(order.tolist()):
        document = documents[index]
        for kind, slug, name in document.entities:
            if kind in lists:
                lists[kind].setdefault((slug, name), []).append(position)
        if document.source:
            lists["source"].setdefault(("", document.source), []).append(position)
    return [_encode_kind(kind, lists[kind], numbers) for kind in FACET_KINDS]


def _encode_kind(kind: str, lists: dict[tuple[str, str], list[int]], numbers: NDArray[np.int64]) -> bytes:
    ranked = sorted(lists.items(), key=lambda item: (-len(item[1]), item[0]))[:MAX_VALUES]
    total = np.cumsum([len(found) for _, found in ranked], dtype=np.int64)
    kept = ranked[: max(10, int(np.searchsorted(total, MAX_POSTINGS, side="right")))]
    pieces = [np.array(found, dtype=np.int64) for _, found in kept]
    body = {
        "kind": kind,
        "slugs": [slug for (slug, _), _ in kept],
        "names": [name for (_, name), _ in kept],
        "lists": encode_lists(pieces, [np.full(len(piece), -1, dtype=np.int64) for piece in pieces], numbers),
    }
    return msgspec.json.encode(body)
