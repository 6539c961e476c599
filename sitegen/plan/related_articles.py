"""Which articles are related: earlier ones that name most of the same entities."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sitegen.plan.library import Library

RECENT = 24
"""How many earlier articles of each entity are candidates: keeps the work per article bounded."""

_BLOCK = 64
"""Articles whose relations are worked out together, once it shows that they are asked for one after the other."""


class RelatedArticles:
    """Positions of the articles that are related to one, closest first."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._block = range(0)
        self._found: list[NDArray[np.int64]] = []

    def of(self, position: int) -> NDArray[np.int64]:
        """Earlier articles that name two or more of the same entities, by the cosine of the two sets of entities.

        Only earlier articles count, so that a new article changes no older page. Ties go to the newer article.
        """
        if position not in self._block:
            size = _BLOCK if position == self._block.stop else 1
            self._block = range(position, min(position + size, len(self._library.cards)))
            self._found = _ranked(self._library, self._block)
        return self._found[position - self._block.start]


def _ranked(library: Library, block: range) -> list[NDArray[np.int64]]:
    """Related articles of each article of a block."""
    runs: list[NDArray[np.int32]] = []
    owners: list[int] = []
    names: list[int] = []
    for row, position in enumerate(block):
        named = library.named[position]
        names.append(len(named))
        place = np.int32(position)  # Of the arrays' own type, or each of them would be copied to be searched.
        for number in named:
            members = library.member_array(number)
            at = int(members.searchsorted(place))
            runs.append(members[max(0, at - RECENT) : at])
            owners.append(row)
    lengths = np.array([len(run) for run in runs], dtype=np.int64)
    pairs = np.repeat(np.array(owners, dtype=np.int64) << 32, lengths)
    pairs |= np.concatenate([*runs, np.zeros(0, dtype=np.int32)])
    pairs, shared = np.unique(pairs, return_counts=True)
    pairs, shared = pairs[shared > 1], shared[shared > 1]
    owner, other = pairs >> 32, pairs & 0xFFFFFFFF
    order = np.lexsort((-other, -_cosines(shared, np.array(names)[owner], library.named_counts[other]), owner))
    cuts = np.searchsorted(owner, np.arange(len(block) + 1)).tolist()
    ranked = other[order]
    return [ranked[first:last] for first, last in pairwise(cuts)]


def _cosines(shared: NDArray[np.int64], mine: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine of each pair of sets that have `mine` and `theirs` members, `shared` of them in common.

    Few of them differ. Rounded: platforms differ in the last bit, and the order must not.
    """
    kinds, index = np.unique(np.stack([shared, mine * theirs]), axis=1, return_inverse=True)
    measures = [round(both / all_pairs**0.5, 6) for both, all_pairs in kinds.T.tolist()]
    return np.array(measures, dtype=np.float64)[index.reshape(-1)]
