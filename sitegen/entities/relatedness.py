"""How strongly two entities belong together, from the articles that name them.

The measure is the cosine of the two sets of articles, |A ∩ B| / √(|A| |B|) (Salton and McGill 1983; known as the Ochiai
coefficient for sets). It needs counts local to the two only, so that a new article elsewhere in the archive changes no
page, and it does not favour what is named everywhere, as the bare number of shared articles does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from math import sqrt
from typing import Generic, NamedTuple, TypeVar

from sitegen.entities.catalogue import EntityKey

Key = TypeVar("Key", EntityKey, int)
"""How the caller names entities: by key, or by number in the order of keys."""


class Neighbour(NamedTuple, Generic[Key]):
    """An entity named together with another one."""

    key: Key
    shared: int
    """Articles that name both."""
    cosine: float


def cosine(shared: int, first: int, second: int) -> float:
    """|A ∩ B| / √(|A| |B|), from the three sizes; 0 for empty sets."""
    return shared / sqrt(first * second) if shared else 0.0


def neighbours(
    key: Key,
    articles: Iterable[Sequence[Key]],
    count: Callable[[Key], int],
    limit: int = 12,
    *,
    min_shared: int = 2,
) -> tuple[Neighbour[Key], ...]:
    """Return the entities most often named together with `key`, closest first.

    Args:
        key: the entity asked about.
        articles: the entities of each article that names `key`; repeats within an article count once.
        count: number of articles that name an entity, in the whole archive.
        limit: how many to return at most.
        min_shared: articles that must name both; one chance meeting says little. Where fewer articles than that name
            `key`, one is enough.
    """
    shared: Counter[Key] = Counter()
    total = 0
    for keys in articles:
        total += 1
        shared.update(set(keys))
    shared.pop(key, None)
    least = min(min_shared, total)
    # Rounded, so that equal ratios tie whatever way they were computed.
    ranked = nsmallest(
        limit,
        (
            (-round(cosine(both, total, count(other)), 12), -both, other)
            for other, both in shared.items()
            if both >= least
        ),
    )
    return tuple(Neighbour(other, -both, cosine(-both, total, count(other))) for _, both, other in ranked)
