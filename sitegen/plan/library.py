"""The library: all articles' cards in order, and the membership list of every family of pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from sitegen.entities.catalogue import Catalogue
from sitegen.model import Card, Entity
from sitegen.plan.urls import GROUP_FAMILIES, family_of_kind
from sitegen.slug import slugify

LISTED = frozenset({"published", "noindex"})
"""Statuses whose articles stand in lists, search and counts."""


class Group(msgspec.Struct, frozen=True, eq=False):
    """Articles that share an entity, a source, an author or a tag."""

    family: str
    slug: str
    name: str
    kind: str
    """Entity kind, or the family's name for sources, authors and tags."""
    members: tuple[int, ...]
    """Positions in `Library.cards`, ascending: oldest first."""
    entity: Entity | None = None


class Library(msgspec.Struct, frozen=True, eq=False):
    """What every page is made from. Positions are indexes into `cards`."""

    cards: Sequence[Card]
    """Listed articles, ascending by (date, id); those without a date come first."""
    unlisted: Sequence[Card]
    """Redacted and withdrawn articles: their notices keep the address."""
    years: dict[str, list[int]]
    """Positions by year; `""` for articles without a date."""
    months: dict[str, list[int]]
    """Positions by `YYYY-MM`; articles dated to a year alone are under `YYYY`, undated ones under `""`."""
    families: dict[str, dict[str, Group]]
    """Groups by family, then slug."""
    tagged: Sequence[tuple[Group | None, ...]]
    """For each article, what its `tags` resolve to, position by position; None where an editor hid the entity."""
    threshold: int
    """Articles that a group needs to get a page of its own."""

    slugs: dict[str, str]
    """Slug of every source, author and tag by its name."""

    def group_named(self, family: str, name: str) -> Group:
        """The source, author or tag of that name."""
        return self.families[family][self.slugs[name]]

    def has_page(self, group: Group) -> bool:
        """Whether the group stands on a page of its own, not only in an A–Z list."""
        return len(group.members) >= self.threshold


def auto_threshold(articles: int) -> int:
    """Articles an entity needs for its own page when the settings leave it open.

    Two in small archives; one in 250 in large ones, which keeps an archive near one file an article.
    """
    return max(2, -(-articles // 250))


def sort_key(card: Card) -> tuple[str, str]:
    """Date order: EDTF sorts as text once its doubts are cut off; ties by id."""
    return (card.date.rstrip("?~%"), card.id)


def gather(cards: Iterable[Card], catalogue: Catalogue, min_articles: int) -> Library:
    """Order the cards and collect the members of every family of pages."""
    all_cards = sorted(cards, key=sort_key)
    listed = [card for card in all_cards if card.status in LISTED]
    unlisted = [card for card in all_cards if card.status in ("redacted", "withdrawn")]
    years: dict[str, list[int]] = defaultdict(list)
    months: dict[str, list[int]] = defaultdict(list)
    groups: dict[tuple[str, str], tuple[str, list[int]]] = {}
    entity_members: dict[tuple[str, str], list[int]] = defaultdict(list)
    tagged_keys: list[tuple[tuple[str, str] | None, ...]] = []
    slugs: dict[str, str] = {}

    def join(family: str, name: str, position: int) -> None:
        slug = slugs.get(name)
        if slug is None:
            slug = slugs[name] = slugify(name)
        group = groups.get((family, slug))
        if group is None:
            group = groups[family, slug] = (name, [])
        if not group[1] or group[1][-1] != position:
            group[1].append(position)

    for position, card in enumerate(listed):
        date = card.date.rstrip("?~%")
        years[date[:4]].append(position)
        months[date[:7]].append(position)
        if card.source_name:
            join("sources", card.source_name, position)
        for author in card.authors:
            join("authors", author, position)
        for topic in card.topics:
            join("tags", topic, position)
        keys = catalogue.resolve_tags(card.tags, card.id)
        tagged_keys.append(keys)
        for key in keys:
            if key is not None:
                members = entity_members[key]
                if not members or members[-1] != position:
                    members.append(position)

    families: dict[str, dict[str, Group]] = {family: {} for family in ("people", "organizations", "places")}
    families.update({family: {} for family in GROUP_FAMILIES})
    by_key: dict[tuple[str, str], Group] = {}
    for key in sorted(entity_members):
        entity = catalogue.entity(key)
        family = family_of_kind(entity.kind)
        group_of_entity = Group(
            family, entity.slug, entity.name, entity.kind, tuple(entity_members[key]), entity
        )
        families.setdefault(family, {})[entity.slug] = group_of_entity
        by_key[key] = group_of_entity
    for (family, slug), (name, members) in sorted(groups.items()):
        families[family][slug] = Group(family, slug, name, family, tuple(members))
    tagged = [tuple(None if key is None else by_key[key] for key in keys) for keys in tagged_keys]
    return Library(
        listed,
        unlisted,
        dict(years),
        dict(months),
        families,
        tagged,
        min_articles or auto_threshold(len(listed)),
        slugs,
    )
