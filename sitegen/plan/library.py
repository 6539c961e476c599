"""The library: all articles' cards in order, and the membership list of every family of pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from sitegen.entities.catalogue import Catalogue, EntityKey, page_threshold
from sitegen.model import Card, Entity
from sitegen.plan.letters import DIGITS, LetterLists, letter_lists
from sitegen.plan.urls import GROUP_FAMILIES, family_of_kind, group_url
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
    has_page: bool
    """Whether it stands on a page of its own, not only in an A–Z list."""
    entity: Entity | None = None
    number: int = -1
    """Index into `Library.entities`; -1 for sources, authors and tags."""


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
    entities: Sequence[Group]
    """Groups of all entities that are not hidden, by kind and slug."""
    named: Sequence[tuple[int, ...]]
    """For each article, the entities it names, each once, as indexes into `entities`."""
    old_addresses: dict[str, str]
    """Former URL of an entity → its URL now."""

    slugs: dict[str, str]
    """Slug of every source, author and tag by its name."""
    letters: dict[str, LetterLists]
    """The A–Z lists of every family."""
    finer: dict[tuple[str, str], str]
    """(family, slug) → prefix of its A–Z list, where its letter had to be cut."""

    def group_named(self, family: str, name: str) -> Group:
        """The source, author or tag of that name."""
        return self.families[family][self.slugs[name]]


def sort_key(card: Card) -> tuple[str, str]:
    """Date order: EDTF sorts as text once its doubts are cut off; ties by id."""
    return (card.date.rstrip("?~%"), card.id)


def gather(cards: Iterable[Card], catalogue: Catalogue) -> Library:
    """Order the cards and collect the members of every family of pages."""
    all_cards = sorted(cards, key=sort_key)
    listed = [card for card in all_cards if card.status in LISTED]
    unlisted = [card for card in all_cards if card.status in ("redacted", "withdrawn")]
    years: dict[str, list[int]] = defaultdict(list)
    months: dict[str, list[int]] = defaultdict(list)
    groups: dict[tuple[str, str], tuple[str, list[int]]] = {}
    entity_members: dict[EntityKey, list[int]] = defaultdict(list)
    tagged_keys: list[tuple[EntityKey, ...]] = []
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
        keys = tuple(catalogue.add(card.id, card.tags))
        tagged_keys.append(keys)
        for key in keys:
            members = entity_members[key]
            if not members or members[-1] != position:
                members.append(position)

    families: dict[str, dict[str, Group]] = {family: {} for family in ("people", "organizations", "places")}
    families.update({family: {} for family in GROUP_FAMILIES})
    by_key: dict[EntityKey, Group | None] = {}
    entities: list[Group] = []
    numbers: dict[EntityKey, int] = {}
    for key in sorted(entity_members):
        entity = catalogue.entity(key)
        members = entity_members[key]
        if entity.hidden:
            by_key[key] = None
            continue
        family = family_of_kind(entity.kind)
        own_page = catalogue.has_page(key)
        number = numbers[key] = len(entities)
        group = Group(family, entity.slug, entity.name, entity.kind, tuple(members), own_page, entity, number)
        families.setdefault(family, {})[entity.slug] = by_key[key] = group
        entities.append(group)
    group_threshold = page_threshold(
        catalogue.min_articles, len(listed), (len(members) for _, members in groups.values())
    )
    for (family, slug), (name, members) in sorted(groups.items()):
        own_page = len(members) >= group_threshold
        families[family][slug] = Group(family, slug, name, family, tuple(members), own_page)
    tagged = [tuple([by_key[key] for key in keys]) for keys in tagged_keys]
    named = [tuple(dict.fromkeys([numbers[key] for key in keys if key in numbers])) for keys in tagged_keys]
    old = {
        group_url(family_of_kind(was.kind), was.slug): group_url(family_of_kind(now.kind), now.slug)
        for was, now in catalogue.redirects().items()
    }
    letters = {family: letter_lists(members) for family, members in families.items()}
    finer = {
        (family, slug): prefix
        for family, lists in letters.items()
        for prefix, (found, _) in lists.items()
        if len(prefix) > 1 and prefix != DIGITS
        for slug in found
    }
    calendar = (dict(years), dict(months))
    return Library(listed, unlisted, *calendar, families, tagged, entities, named, old, slugs, letters, finer)
