"""Neighbours are ranked by how much two entities keep to each other."""

from __future__ import annotations

import pytest

from sitegen.entities.catalogue import EntityKey
from sitegen.entities.relatedness import Neighbour, cosine, neighbours

A, B, C, D = (EntityKey("person", letter) for letter in "abcd")


def test_the_cosine_of_two_sets_of_articles() -> None:
    """|A ∩ B| / √(|A| |B|)."""
    assert cosine(2, 4, 4) == pytest.approx(0.5)
    assert cosine(0, 0, 3) == 0


def test_what_is_named_everywhere_is_no_close_neighbour() -> None:
    """B is in all of A's articles and nowhere else; C is in them too, and in hundreds of others."""
    counts = {B: 3, C: 300, D: 1}
    found = neighbours(A, [[A, B, C, B], [A, B, C], [A, B, C, D]], counts.__getitem__)
    assert found == (Neighbour(B, 3, 1.0), Neighbour(C, 3, pytest.approx(0.1)))


def test_a_single_meeting_counts_where_there_is_only_one_article() -> None:
    """Else small entities had no neighbours."""
    assert [near.key for near in neighbours(A, [[A, C, B]], lambda _: 1)] == [B, C]
    assert neighbours(A, [], lambda _: 1) == ()


def test_the_closest_are_returned() -> None:
    """No more than the limit, ties by key."""
    assert [near.key for near in neighbours(A, [[A, D, C, B]] * 2, lambda _: 2, limit=2)] == [B, C]
