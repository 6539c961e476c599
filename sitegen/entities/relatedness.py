"""How strongly two entities belong together, from the articles that name them.

The measure is the cosine of the two sets of articles, |A ∩ B| / √(|A| |B|) (Salton and McGill 1983; known as the Ochiai
coefficient for sets). It needs counts local to the two only, so that a new article elsewhere in the archive changes no
page, and it does not favour what is named everywhere, as the bare number of shared articles does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import NamedTuple

from sitegen.entities.catalogue import EntityKey


class Neighbour(NamedTuple):
    """An entity named together with another one."""

    key: EntityKey
    shared: int
    """Articles that name both."""
    cosine: float


def cosine(shared: int, first: int, second: int) -> float:
    """|A ∩ B| / √(|A| |B|), from the three sizes; 0 for empty sets."""
    return shared / sqrt(first * second) if shared else 0.0


def neighbours(
    key: EntityKey,
    articles: Iterable[Sequence[EntityKey]],
    count: Callable[[EntityKey], int],
    limit: int = 12,
    *,
    min_shared: int = 2,
) -> tuple[Neighbour, ...]:
    """Return the entities most often named together with `key`, closest first.

    Args:
        key: the entity asked about.
        articles: the entities of each article that names `key`; repeats within an article count once.
        count: number of articles that name an entity, in the whole archive.
        limit: how many to return at most.
        min_shared: articles that must name both; one chance meeting says little. Where fewer articles than that name
            `key`, one is enough.
    """
    shared: Counter[EntityKey] = Counter()
    total = 0
    for keys in articles:
        total += 1
        shared.update(set(keys))
    shared.pop(key, None)
    least = min(min_shared, total)
    # Rounded, so that equal ratios tie whatever way they were computed.
    ranked = sorted(
        (Neighbour(other, both, cosine(both, total, count(other))) for other, both in shared.items() if both >= least),
        key=lambda found: (-round(found.cosine, 12), -found.shared, found.key),
    )
    return tuple(ranked[:limit])
