"""The archive's entities as an editor asks for them: all of them, one by any of its names, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

import msgspec

from sitegen.entities.authority import AUTHORITY_PATH, Authority, NameOf, parse_authority
from sitegen.entities.catalogue import Catalogue, EntityKey
from sitegen.entities.names import entity_slug, normal_form
from sitegen.entities.places import locate
from sitegen.entities.redaction import redaction_of
from sitegen.entities.relatedness import neighbours
from sitegen.errors import UsageError
from sitegen.model import Card
from sitegen.model.article import KINDS
from sitegen.pipeline.current_cards import CurrentCards, current_cards
from sitegen.plan.library import Library, gather
from sitegen.plan.parts import group_address
from sitegen.plan.urls import family_of_kind, group_url
from sitegen.slug import plain_words
from sitegen.store.source_tree import SourceTree, read_judgements

_ADDRESS = re.compile(r"/?((?:kinds/)?[^/\s]+)/(?:a-z/[^/]*/#)?([^/\s#]+)/?")
_COMPARED = 20_000
"""Entities that an unknown name is compared with at most, the most named ones."""


class EntityLine(msgspec.Struct, frozen=True):
    """An entity in one line."""

    kind: str
    name: str
    slug: str
    articles: int
    """Articles that name it."""
    url: str
    """Its page, or its line in an A–Z list; empty where it is hidden or no article names it."""
    has_page: bool
    """Has a page of its own."""
    hidden: bool = False
    checked: bool = False
    """Has an entry in `content/entities.yaml`."""
    surname: bool = False
    """A surname alone, of which nobody said whose it is."""


class ArticleLine(msgspec.Struct, frozen=True):
    """An article in one line."""

    id: str
    date: str
    title: str
    url: str
    path: str
    """Relative to the archive's root."""


class NeighbourLine(msgspec.Struct, frozen=True):
    """An entity that the same articles name."""

    kind: str
    name: str
    shared: int
    cosine: float


class EntityDetails(msgspec.Struct, frozen=True):
    """All that is known of one entity."""

    entity: EntityLine
    names: tuple[tuple[str, int], ...]
    """Names under which articles tag it, with the number of tags, commonest first."""
    first: str
    last: str
    """Dates of the first and last dated article; empty where none has a date."""
    articles: tuple[ArticleLine, ...]
    """Newest first."""
    neighbours: tuple[NeighbourLine, ...]
    old_addresses: tuple[str, ...]
    """Addresses that redirect here."""
    links: tuple[tuple[str, str], ...]
    entry_line: int
    """Line of its entry in `content/entities.yaml`; 0 where it has none."""
    entry: str
    """The entry as it stands in the file."""
    latitude: float | None
    longitude: float | None
    country: str


class EntityDesk:
    """Entities of one state of the archive. Costs about what reading and gathering all cards costs."""

    def __init__(self, current: CurrentCards, judgements: str, min_articles: int) -> None:
        """`judgements` is the text of `content/entities.yaml`.

        Raises:
            ContentError: the judgements cannot be used.
        """
        self.current = current
        self.judgements = judgements
        self.authority: Authority = parse_authority(judgements)
        self.catalogue = Catalogue(self.authority, min_articles)
        self.library: Library = gather(current.cards, self.catalogue)
        self._min_articles = min_articles
        self._keys = self.catalogue.keys()

    def judged(self, judgements: str) -> EntityDesk:
        """The same articles under other judgements."""
        current, redaction = self.current, redaction_of(judgements, str)
        if redaction is not None:
            current = msgspec.structs.replace(current, cards=tuple(map(redaction.without_tags, current.cards)))
        return EntityDesk(current, judgements, self._min_articles)

    def with_card(self, card: Card) -> EntityDesk:
        """The same archive with one article changed."""
        cards = tuple(card if known.id == card.id else known for known in self.current.cards)
        changed = msgspec.structs.replace(self.current, cards=cards)
        return EntityDesk(changed, self.judgements, self._min_articles)

    @cached_property
    def lines(self) -> dict[EntityKey, EntityLine]:
        """Every entity that at least one article names."""
        groups = {EntityKey(group.kind, group.slug): group for group in self.library.entities}
        found: dict[EntityKey, EntityLine] = {}
        for key in self._keys:
            entity, group = self.catalogue.entity(key), groups.get(key)
            found[key] = EntityLine(
                kind=key.kind,
                name=entity.name,
                slug=key.slug,
                articles=self.catalogue.count(key),
                url=group_address(self.library, group) if group else "",
                has_page=group is not None and group.has_page,
                hidden=entity.hidden,
                checked=entity.checked,
                surname=self.catalogue.is_lone(key),
            )
        return found

    def ranked(self, kind: str = "") -> list[EntityLine]:
        """Entities of one kind or all, those that most articles name first."""
        lines = (line for line in self.lines.values() if kind in ("", line.kind))
        return sorted(lines, key=lambda line: (-line.articles, line.name, line.kind, line.slug))

    @property
    def kinds(self) -> list[str]:
        """The three kinds everybody knows, and the editors' own."""
        own = {key.kind for key in self._keys} | {entry.kind for entry in self.authority.entries}
        return [*KINDS, *sorted(own.difference(KINDS))]

    # One entity

    def find(self, text: str, kind: str = "", *, prefer: str = "") -> EntityKey:
        """The entity that a person means by a name, alias, slug or address such as `people/neil-armstrong`.

        Args:
            text: what the person wrote.
            kind: only entities of this kind are meant.
            prefer: of several entities the one of this kind is meant.

        Raises:
            UsageError: no entity is called so (`no-such-entity`, with the nearest names), or several are
                (`ambiguous-name`).
        """
        if kind and kind not in self.kinds:
            raise UsageError(f"no entity is of kind `{kind}`", hint=f"kinds: {', '.join(self.kinds)}", code="no-kind")
        for found in self._by_name(text.strip()):
            meant = sorted(key for key in found if kind in ("", key.kind))
            preferred = [key for key in meant if key.kind == prefer]
            for keys in (meant, preferred):
                if len(keys) == 1:
                    return keys[0]
            if meant:
                raise self._ambiguous(text, meant)
        close = self.nearest(text, kind)
        hint = (
            f"did you mean {_alternatives(f'`{name}`' for name in close)}?" if close else "see `sitegen entities list`"
        )
        of_kind = f" of kind `{kind}`" if kind else ""
        raise UsageError(f"no entity{of_kind} is called `{text}`", hint=hint, code="no-such-entity")

    def _by_name(self, text: str) -> Iterable[set[EntityKey]]:
        """Entities that the text can mean, the likeliest reading first."""
        if address := _ADDRESS.fullmatch(text):
            family, slug = address.groups()
            known = {EntityKey(kind, slug) for kind in self.kinds if family_of_kind(kind) == family}
            yield {key for key in known if self._exists(key)}
            yield {key for old in known if (key := self._redirects.get(old))}
        if not text:
            return
        forms = [NameOf(kind, text) for kind in self.kinds]
        authority = self.authority
        own = {entry.own_name.form: number for number, entry in enumerate(authority.entries)}
        exact = {self._root_key(own[name.form]) for name in forms if name.form in own}
        free = {EntityKey(name.kind, entity_slug(*name)) for name in forms if name.form not in authority.claims}
        yield exact | {key for key in free if key in self.catalogue}
        yield {self._root_key(authority.claims[name.form]) for name in forms if name.form in authority.claims}
        claimed = {
            self._root_key(root)
            for claims in authority.article_claims.values()
            for name in forms
            if (root := claims.get(name.form)) is not None
        }
        # An entry for some articles took the plain address; the others' entity has one with a tail.
        yield claimed | {
            key
            for key in self._keys
            if key.slug.startswith(f"{entity_slug(key.kind, text)}-")
            and any(
                normal_form(name, key.kind) == normal_form(text, key.kind) for name, _ in self.catalogue.labels(key)
            )
        }
        slug = text.strip("/")
        yield {key for kind in self.kinds if self._exists(key := EntityKey(kind, slug))}
        yield {new for kind in self.kinds if (new := self._redirects.get(EntityKey(kind, slug)))}

    @cached_property
    def _redirects(self) -> dict[EntityKey, EntityKey]:
        return self.catalogue.redirects()

    @cached_property
    def _entries(self) -> dict[EntityKey, int]:
        """Entities with an entry that is not merged into another one."""
        return {self._root_key(root): root for root in self.authority.roots}

    def _root_key(self, number: int) -> EntityKey:
        entry = self.authority.entries[self.authority.roots[number]]
        return EntityKey(entry.kind, entry.slug)

    def _exists(self, key: EntityKey) -> bool:
        return key in self.catalogue or key in self._entries

    def _ambiguous(self, text: str, keys: Sequence[EntityKey]) -> UsageError:
        told = [f"{line.name} ({line.kind}, {articles_told(line.articles)})" for line in map(self.line, keys)]
        kinds = list(dict.fromkeys(key.kind for key in keys))
        addresses = _alternatives(f"{family_of_kind(key.kind)}/{key.slug}" for key in keys)
        hint = f"give its address: {addresses}"
        if len(kinds) == len(keys):
            hint = f"add {_alternatives(f'--kind {kind}' for kind in kinds)}, or {hint}"
        return UsageError(f"`{text}` can mean {_alternatives(told)}", hint=hint, code="ambiguous-name")

    def nearest(self, text: str, kind: str = "", limit: int = 3) -> list[str]:
        """Names of entities that look most like the text: with all of its words, else of a like spelling."""
        words = plain_words(text)
        wanted = set(words.split(" "))
        ranked: list[tuple[bool, float, int, str]] = []
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(words)
        for line in self.ranked(kind)[:_COMPARED]:
            other = plain_words(line.name)
            holds = wanted <= set(other.split(" "))
            if not holds:
                matcher.set_seq1(other)
                if matcher.real_quick_ratio() < 0.7 or matcher.quick_ratio() < 0.7:
                    continue
            ratio = 1.0 if holds else matcher.ratio()
            if ratio >= 0.7:
                ranked.append((not holds, -ratio, -line.articles, line.name))
        return list(dict.fromkeys(name for *_, name in sorted(ranked)))[:limit]

    def line(self, key: EntityKey) -> EntityLine:
        """An entity in one line, also one that has an entry but no articles."""
        line = self.lines.get(key)
        if line is None:
            entry = self.authority.entries[self._entries[key]]
            line = EntityLine(key.kind, entry.name, key.slug, 0, "", has_page=False, hidden=entry.hide, checked=True)
        return line

    def name_of(self, key: EntityKey) -> NameOf:
        """The name by which judgements speak of the entity.

        Raises:
            UsageError: the plain name belongs to a namesake that was split off.
        """
        if key in self._entries:
            return self.authority.entries[self._entries[key]].own_name
        name = NameOf(key.kind, self.catalogue.entity(key).name)
        taken = self.authority.entry_of(*name)
        if taken is not None:
            raise UsageError(
                f"`{name.name}` is in {AUTHORITY_PATH} the name of one namesake alone",
                path=AUTHORITY_PATH,
                line=taken.line,
                hint=f"rename that one first, to something like `{name.name} (senator)`",
                code="name-of-namesake",
            )
        return name

    def articles(self, key: EntityKey) -> list[Card]:
        """Articles that name the entity, oldest first."""
        members = set(self.catalogue.members(key))
        return [card for card in self.library.cards if card.id in members]

    def details(self, key: EntityKey) -> EntityDetails:
        """All that is known of one entity."""
        cards = self.articles(key)
        dates = [card.date for card in cards if card.date]
        near = neighbours(key, (self._keys_of(card) for card in cards), self.catalogue.count)
        entity = self.catalogue.entity(key) if key in self.catalogue else None
        number = self._entries.get(key)
        entry = None if number is None else self.authority.entries[number]
        towns = [self.line(other.key).name for other in near if other.key.kind == "place"]
        place = locate(self.line(key).name, towns) if key.kind == "place" else None
        return EntityDetails(
            entity=self.line(key),
            names=self.catalogue.labels(key),
            first=dates[0] if dates else "",
            last=dates[-1] if dates else "",
            articles=tuple(article_line(card) for card in reversed(cards)),
            neighbours=tuple(
                NeighbourLine(one.key.kind, self.line(one.key).name, one.shared, round(one.cosine, 4)) for one in near
            ),
            old_addresses=tuple(
                group_url(family_of_kind(old.kind), old.slug) for old, new in self._redirects.items() if new == key
            ),
            links=entity.links if entity else entry.links if entry else (),
            entry_line=entry.line if entry else 0,
            entry=_entry_text(self.judgements, self.authority, number),
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
            country=place.country if place else "",
        )

    def _keys_of(self, card: Card) -> list[EntityKey]:
        return [key for key in self.catalogue.resolve_tags(card.tags, card.id) if not self.lines[key].hidden]

    def keys_of_article(self, id_: str) -> list[EntityKey]:
        """Entities that an article names, by its id."""
        card = self._by_id[id_]
        return self.catalogue.resolve_tags(card.tags, card.id)

    @cached_property
    def _by_id(self) -> dict[str, Card]:
        return {card.id: card for card in self.library.cards}

    def card(self, id_: str) -> Card:
        """A listed article by its id."""
        return self._by_id[id_]


def open_desk(tree: SourceTree, jobs: int = 0) -> EntityDesk:
    """Entities of the archive as it is now, without a build.

    Raises:
        ConfigError, ContentError: settings or judgements cannot be used.
    """
    config = tree.load_config()
    judgements = read_judgements(tree.content)
    parse_authority(judgements)  # A slip in the file is told before anything else is read.
    return EntityDesk(current_cards(tree, jobs), judgements, config.entities.min_articles)


def find_cards(cards: Sequence[Card], names: Sequence[str], root: str = "") -> list[Card]:
    """Articles by id, address (`/2018/06/title/`) or page path, in the order asked for, each once.

    Raises:
        UsageError: a name fits no article.
    """
    wanted = dict.fromkeys(names)
    found: dict[str, Card] = {}
    for card in cards:
        url, path = card.permalink, f"content/{card.path}"
        for name in {card.id, url, url.strip("/"), path, card.path, f"{root}/{path}"} & wanted.keys():
            found[name] = card
    for name in wanted:
        if name not in found:
            raise UsageError(
                f"no article is called `{name}`",
                hint="give its id, its address such as /2018/06/title/, or its page's path",
                code="no-such-article",
            )
    return list({found[name].path: found[name] for name in wanted}.values())


def article_line(card: Card) -> ArticleLine:
    """An article in one line."""
    return ArticleLine(card.id, card.date, card.title, card.permalink, f"content/{card.path}")


def _entry_text(judgements: str, authority: Authority, number: int | None) -> str:
    """The lines of an entry: up to the next one's, without what stands before that."""
    if number is None:
        return ""
    lines = judgements.splitlines()
    start = authority.entries[number].line - 1
    following = [entry.line - 1 for entry in authority.entries if entry.line - 1 > start]
    block = lines[start : min(following, default=len(lines))]
    while block and (not block[-1].strip() or block[-1].lstrip().startswith("#")):
        block.pop()
    return "\n".join(block)


def articles_told(count: int) -> str:
    """`1 article`, `2,000 articles`."""
    return f"{count:,} article" if count == 1 else f"{count:,} articles"


def _alternatives(items: Iterable[str]) -> str:
    *first, last = items
    return f"{', '.join(first)} or {last}" if first else last
