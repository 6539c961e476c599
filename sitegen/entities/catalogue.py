"""The entities of the whole archive: a view over the articles' tags and the editors' judgements.

The catalogue is fed the tags of one article after the other and can forget an article again. What it says depends only
on the set of articles it holds and on the authority, never on the order in which they came.

Tags of one normal form share an entity. A lone surname gathers under its own name in the lists, as "articles that name
a Smith", but has no page and joins no full name, unless an entry of `entities.yaml` says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import NamedTuple

from sitegen.entities.authority import NOTHING, Authority, Entry
from sitegen.entities.names import entity_slug, is_lone, normal_form, slug_of
from sitegen.model import CardTag, Entity
from sitegen.slug import plain_words, unique_slug


class EntityKey(NamedTuple):
    """Identifies an entity: its address is made of the two."""

    kind: str
    slug: str


class _Label:
    """A name as articles tag it, the entity it belongs to, and how many tags bear it."""

    __slots__ = ("count", "name", "record")

    def __init__(self, name: str, record: _Record) -> None:
        self.name = name
        self.record = record
        self.count = 0


class _Record:
    """What is known of one entity."""

    __slots__ = ("key", "labels", "lone", "members", "root", "shown")

    def __init__(self, key: EntityKey, root: int, lone: bool) -> None:
        self.key = key
        self.root = root
        self.lone = lone
        self.labels: tuple[_Label, ...] = ()
        self.members: list[str] = []
        """Ids of the articles that name it, in the order in which they came."""
        self.shown: Entity | None = None
        """The entity as last asked for; None after a change."""


MIN_PAGES = 100
"""Entities that even a small archive has pages for, if two articles name them."""

ARTICLES_A_PAGE = 150
"""A larger archive has one entity's page for so many articles: with the files beside it, four files."""


def page_threshold(min_articles: int, articles: int, counts: Iterable[int]) -> int:
    """Articles that must name an entity before it gets a page of its own.

    Args:
        min_articles: the setting; 0 leaves it to the archive: the smallest number from two on at which no more than 100
            entities, or one for 150 articles, have pages. That keeps an archive near one file an article.
        articles: how many articles the archive has.
        counts: of each entity, the number of articles that name it.
    """
    if min_articles:
        return min_articles
    allowed = max(MIN_PAGES, articles // ARTICLES_A_PAGE)
    ranked = nlargest(allowed + 1, (count for count in counts if count > 1))
    return 2 if len(ranked) <= allowed else ranked[-1] + 1


class Belonging(NamedTuple):
    """Whose a name is."""

    key: EntityKey
    root: int
    """The entry of the authority that claims the name, as an index into its entries; -1 where none does."""
    lone: bool
    """It is a surname alone, of which nobody said whose it is."""


class NamingRules:
    """Which entity a name belongs to and how it is shown: all that the authority and the name alone decide."""

    def __init__(self, authority: Authority = NOTHING) -> None:
        self.authority = authority
        self._roots = {
            root: EntityKey(authority.entries[root].kind, authority.entries[root].slug) for root in authority.roots
        }
        self._judged = {key: root for root, key in self._roots.items()}

    def belonging(self, kind: str, name: str) -> Belonging:
        """The entity of a name, in articles of which no entry speaks in particular."""
        form = normal_form(name, kind)
        root = self.authority.claims.get((kind, form))
        if root is not None:
            return self.claimed(root)
        key = EntityKey(kind, slug_of(form))
        if key in self._judged:
            # An entry for some articles only bears this name; the tag is of another entity.
            key = EntityKey(kind, unique_slug(form, form))
        return Belonging(key, -1, is_lone(form, kind))

    def claimed(self, root: int) -> Belonging:
        """The entity of an entry."""
        return Belonging(self._roots[root], root, lone=False)

    def claim(self, tag: CardTag, article_id: str) -> int:
        """The entry that claims this tag in this very article; -1 where none does."""
        claims = self.authority.article_claims.get(article_id)
        return -1 if claims is None else claims.get((tag.kind, normal_form(tag.name, tag.kind)), -1)

    def is_hidden(self, root: int) -> bool:
        """Whether editors keep the entity of this entry out of pages; False for -1."""
        return root >= 0 and self.authority.entries[root].hide

    def entity(self, key: EntityKey, root: int, labels: Sequence[tuple[str, int]]) -> Entity:
        """The entity as pages show it.

        The name is the editors', else the label that most articles use, spelled-out and mixed-case ones before
        abbreviations and capitals, ties broken by code point.

        Args:
            key: kind and slug.
            root: its entry, or -1.
            labels: names under which articles tag it with their counts, commonest first; at least one.
        """
        names = [name for name, _ in labels]
        if root < 0:
            name = names[0] if len(names) == 1 else _preferred(labels, normal_form(names[0], key.kind))
            return Entity(key.kind, key.slug, name, _other_names(name, names))
        entry = self.authority.entries[root]
        told = [alias.name for part in self._parts(root) for alias in part.claimed_names()]
        return Entity(
            key.kind,
            key.slug,
            entry.name,
            _other_names(entry.name, [*told, *names]),
            links=tuple(dict.fromkeys(link for part in self._parts(root) for link in part.links)),
            was=tuple(dict.fromkeys(slug for part in self._parts(root) for slug in part.was)),
            hidden=entry.hide,
            checked=True,
        )

    def _parts(self, root: int) -> list[Entry]:
        """Return the entry of an entity and those merged into it."""
        merged = [entry for number, entry in enumerate(self.authority.entries) if self.authority.roots[number] == root]
        return sorted(merged, key=lambda entry: entry is not self.authority.entries[root])

    def redirects(self, is_named: Callable[[EntityKey], bool]) -> dict[EntityKey, EntityKey]:
        """Old address → entity that answers for it now, for entities that articles name.

        Every name that an entry claims had an address, be it of another kind; so had the slugs under `was`. An address
        that is some entity's own is no redirect.
        """
        found: dict[EntityKey, EntityKey] = {}
        for key in sorted(self._judged):
            if not is_named(key):
                continue
            for part in self._parts(self._judged[key]):
                old = [EntityKey(name.kind, entity_slug(*name)) for name in (part.own_name, *part.aliases)]
                for address in (*old, *(EntityKey(part.kind, slug) for slug in part.was)):
                    if not is_named(address) and address not in self._judged:
                        found.setdefault(address, key)
        return found


class Catalogue:
    """All entities that articles name, each with its names and articles.

    Costs about a microsecond a tag: names are brought into normal form once and remembered.
    """

    def __init__(self, authority: Authority = NOTHING, min_articles: int = 0) -> None:
        self.authority = authority
        self.rules = NamingRules(authority)
        self.min_articles = min_articles
        self._articles = 0
        self._threshold: int | None = None
        self._records: dict[EntityKey, _Record] = {}
        self._labels: dict[str, dict[str, _Label]] = {}
        """Kind → name as tagged → label, for tags outside the reach of article claims."""
        self._claimed_labels: dict[tuple[int, str, str], _Label] = {}
        """(entry, kind, name as tagged) → label, for tags of articles that an entry claims."""

    # Feeding

    def resolve_tags(self, tags: Sequence[CardTag], article_id: str) -> list[EntityKey]:
        """Return the entity of each tag, in the order of the tags. Two tags of one article can have the same entity."""
        return [label.record.key for label in self._labels_of(tags, article_id)]

    def add(self, article_id: str, tags: Sequence[CardTag]) -> list[EntityKey]:
        """Take in a published article; returns the entity of each tag. An article must not be added twice."""
        self._articles += 1
        self._threshold = None
        keys: list[EntityKey] = []
        for label in self._labels_of(tags, article_id):
            label.count += 1
            record = label.record
            record.shown = None
            if not record.members or record.members[-1] != article_id:
                record.members.append(article_id)
            keys.append(record.key)
        return keys

    def remove(self, article_id: str, tags: Sequence[CardTag]) -> list[EntityKey]:
        """Forget an article that was added with these tags; returns the entity of each tag."""
        self._articles -= 1
        self._threshold = None
        labels = self._labels_of(tags, article_id)
        for label in labels:
            label.count -= 1
            label.record.shown = None
        for record in {label.record.key: label.record for label in labels}.values():
            record.members.remove(article_id)
        return [label.record.key for label in labels]

    def _labels_of(self, tags: Sequence[CardTag], article_id: str) -> list[_Label]:
        if article_id in self.authority.article_claims:
            return [self._claimed_label(tag, article_id) or self._label(tag) for tag in tags]
        labels: list[_Label] = []
        known = self._labels
        for tag in tags:
            try:
                labels.append(known[tag.kind][tag.name])
            except KeyError:
                labels.append(self._label(tag))
        return labels

    def _label(self, tag: CardTag) -> _Label:
        names = self._labels.setdefault(tag.kind, {})
        label = names.get(tag.name)
        if label is None:
            record = self._record(self.rules.belonging(tag.kind, tag.name))
            label = names[tag.name] = _new_label(tag.name, record)
        return label

    def _claimed_label(self, tag: CardTag, article_id: str) -> _Label | None:
        root = self.rules.claim(tag, article_id)
        if root < 0:
            return None
        label = self._claimed_labels.get((root, tag.kind, tag.name))
        if label is None:
            label = _new_label(tag.name, self._record(self.rules.claimed(root)))
            self._claimed_labels[root, tag.kind, tag.name] = label
        return label

    def _record(self, belonging: Belonging) -> _Record:
        record = self._records.get(belonging.key)
        if record is None:
            record = self._records[belonging.key] = _Record(*belonging)
        return record

    # Asking

    def __len__(self) -> int:
        return sum(1 for record in self._records.values() if record.members)

    def __contains__(self, key: object) -> bool:
        return bool(self._records[key].members) if isinstance(key, EntityKey) and key in self._records else False

    @property
    def articles(self) -> int:
        """How many articles the catalogue holds."""
        return self._articles

    @property
    def threshold(self) -> int:
        """Articles that must name an entity before it gets a page of its own."""
        if self._threshold is None:
            counts = (
                len(record.members)
                for record in self._records.values()
                if record.members and not record.lone and record.root < 0
            )
            self._threshold = page_threshold(self.min_articles, self._articles, counts)
        return self._threshold

    def keys(self) -> list[EntityKey]:
        """All entities that at least one article names, sorted."""
        return sorted(record.key for record in self._records.values() if record.members)

    def count(self, key: EntityKey) -> int:
        """Return the number of articles that name the entity; 0 where none does."""
        record = self._records.get(key)
        return len(record.members) if record is not None else 0

    def members(self, key: EntityKey) -> tuple[str, ...]:
        """Ids of the articles that name the entity, sorted."""
        record = self._records.get(key)
        return tuple(sorted(record.members)) if record is not None else ()

    def is_lone(self, key: EntityKey) -> bool:
        """Is this a surname alone, of which nobody said whose it is?"""
        record = self._records.get(key)
        return record is not None and record.lone

    def has_page(self, key: EntityKey) -> bool:
        """Tell whether the entity has a page of its own (or only a line in an A–Z list).

        Hidden entities and lone surnames have none; those with an entry of the editors' have one as soon as an article
        names them; all others from `threshold` articles on.
        """
        record = self._records.get(key)
        if record is None or not record.members or record.lone:
            return False
        if record.root >= 0:
            return not self.rules.is_hidden(record.root)
        return len(record.members) >= self.threshold

    def entity(self, key: EntityKey) -> Entity:
        """Return the entity as pages show it (`NamingRules.entity`).

        Raises:
            KeyError: no article names it.
        """
        record = self._records[key]
        if not record.members:
            raise KeyError(key)
        if record.shown is None:
            record.shown = self.rules.entity(key, record.root, self.labels(key))
        return record.shown

    def entities(self) -> Iterator[Entity]:
        """All entities that at least one article names, sorted by kind and slug."""
        return (self.entity(key) for key in self.keys())

    def labels(self, key: EntityKey) -> tuple[tuple[str, int], ...]:
        """Return the names under which articles tag the entity, with their counts, commonest first."""
        record = self._records.get(key)
        if record is None:
            return ()
        counts: dict[str, int] = {}
        for label in record.labels:  # one name can be tagged with two kinds
            if label.count:
                counts[label.name] = counts.get(label.name, 0) + label.count
        return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def redirects(self) -> dict[EntityKey, EntityKey]:
        """Old address → entity that answers for it now (`NamingRules.redirects`)."""
        return self.rules.redirects(self.__contains__)


def _new_label(name: str, record: _Record) -> _Label:
    label = _Label(name, record)
    record.labels += (label,)
    return label


def _preferred(labels: Sequence[tuple[str, int]], form: str) -> str:
    def rank(label: tuple[str, int]) -> tuple[bool, bool, int, str]:
        name, count = label
        shortened = len(plain_words(name)) < len(form)
        return (shortened, name.isupper() and len(name) > 4, -count, name)

    return min(labels, key=rank)[0]


def _other_names(name: str, others: Sequence[str]) -> tuple[str, ...]:
    """Names that differ in more than case and signs, each once."""
    if len(others) == 1 and others[0] == name:
        return ()
    seen = {plain_words(name)}
    kept: list[str] = []
    for other in others:
        words = plain_words(other)
        if words not in seen:
            seen.add(words)
            kept.append(other)
    return tuple(kept)
