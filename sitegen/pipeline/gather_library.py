"""From the cache's rows to the library: of all rows, or of those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sitegen.entities.catalogue import NamingRules
from sitegen.model import Card, Problem
from sitegen.plan.carry_over import carry_over
from sitegen.plan.columns import LISTED, Row, make_columns, sort_key, splice
from sitegen.plan.labels import Labels
from sitegen.plan.library import Library
from sitegen.plan.touched import Change
from sitegen.store.cache import CachedPage, PageRecords, Stored, decode_entry


class Gathered(msgspec.Struct, frozen=True, eq=False):
    """All that is known of the pages of an archive."""

    library: Library
    apart: Mapping[str, int]
    """Path → row of the cache, of redacted and withdrawn articles and of standalone pages."""
    standalone: Sequence[Card]
    page_problems: Mapping[str, tuple[Problem, ...]]
    """What was wrong with each page, by path."""
    unusable: frozenset[str]
    """Pages that could not be read."""
    doubles: tuple[Problem, ...] = ()
    """Pages left out since another one has their id."""

    @property
    def set_aside(self) -> int:
        """Pages that are not part of the site, drafts aside."""
        return len(self.unusable) + len(self.doubles)


class PageChange(msgspec.Struct, frozen=True):
    """A page of `content/` before and after, as the cache has it."""

    path: str
    old: Stored | None
    new: Stored | None


def gather_all(rows: Sequence[Stored], rules: NamingRules, records: PageRecords, min_articles: int) -> Gathered:
    """The library of all rows, which are in the order of their paths. Costs some fifteen microseconds a page."""
    listed: list[tuple[tuple[str, str], int, bytes]] = []
    unlisted: list[Card] = []
    standalone: list[Card] = []
    apart: dict[str, int] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    unusable: set[str] = set()
    copies: dict[str, tuple[str, ...]] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    doubles: list[Problem] = []
    seen: dict[tuple[bool, str], str] = {}
    for row in rows:
        path = row.stat.path
        page, found = decode_entry(row.entry)
        if found or (page and page.problems):
            problems[path] = (*found, *(page.problems if page else ()))
        if page is None:
            unusable.add(path)
            continue
        card = page.card
        if card.status == "draft":
            continue
        is_article = path.startswith("articles/")
        first = seen.setdefault((is_article, card.id), path)
        if first != path:
            doubles.append(_double(card, first))
            continue
        if not is_article:
            standalone.append(card)
            apart[path] = row.number
        elif card.status in LISTED:
            listed.append((sort_key(card), row.number, row.entry))
            if card.copies:
                copies[card.id] = card.copies
            if card.aliases:
                aliases[card.id] = card.aliases
        else:
            unlisted.append(card)
            apart[path] = row.number
    listed.sort()
    labels = Labels(rules)
    columns = make_columns((Row(_card(entry), number) for _, number, entry in listed), labels)
    library = Library(
        columns,
        labels,
        records.card,
        unlisted=sorted(unlisted, key=sort_key),
        copies=copies,
        aliases=aliases,
        min_articles=min_articles,
    )
    return Gathered(library, apart, standalone, problems, frozenset(unusable), tuple(doubles))


def _card(entry: bytes) -> Card:
    page = decode_entry(entry)[0]
    assert page is not None
    return page.card


def _double(card: Card, first: str) -> Problem:
    return Problem(
        path=f"content/{card.path}",
        code="duplicate-id",
        message=f"its id `{card.id}` is already that of content/{first}; left out",
        hint="give one of them another id",
    )


class Changed(msgspec.Struct, frozen=True, eq=False):
    """The archive after some changes, and what these were to its articles."""

    gathered: Gathered
    changes: tuple[Change, ...]


def gather_changes(before: Gathered, changes: Iterable[PageChange], records: PageRecords) -> Changed | str:
    """The library after some pages have changed; or, in words, why it has to be gathered from all rows."""
    if before.doubles:
        return "several pages have one id"
    library = before.library
    apart, problems, unusable = dict(before.apart), dict(before.page_problems), set(before.unusable)
    copies, aliases = dict(library.copies), dict(library.aliases)
    removed: list[int] = []
    added: list[Row] = []
    old_cards: dict[str, Card] = {}
    new_cards: dict[str, Card] = {}
    for change in changes:
        for stored in (change.old,):
            page = _page(stored)
            problems.pop(change.path, None)
            unusable.discard(change.path)
            apart.pop(change.path, None)
            if page is None or stored is None or page.card.status == "draft":
                continue
            card = page.card
            if not change.path.startswith("articles/"):
                return "a standalone page has changed"
            old_cards[card.id] = card
            copies.pop(card.id, None)
            aliases.pop(card.id, None)
            if card.status in LISTED:
                position = library.place(card)
                if position == len(library.cards) or library.columns.numbers[position] != stored.number:
                    return "the snapshot is behind"
                removed.append(position)
        page = _page(change.new)
        if change.new is not None:
            found = decode_entry(change.new.entry)[1]
            if found or (page and page.problems):
                problems[change.path] = (*found, *(page.problems if page else ()))
            if page is None:
                unusable.add(change.path)
    for change in changes:
        page, stored = _page(change.new), change.new
        if page is None or stored is None or page.card.status == "draft":
            continue
        card = page.card
        if not change.path.startswith("articles/"):
            return "a standalone page has changed"
        if card.id in new_cards:
            return "several pages have one id"
        new_cards[card.id] = card
        if card.copies:
            copies[card.id] = card.copies
        if card.aliases:
            aliases[card.id] = card.aliases
        if card.status in LISTED:
            added.append(Row(card, stored.number))
        else:
            apart[change.path] = stored.number
    gone = set(removed)
    known = {card.id for card in library.unlisted} - old_cards.keys()
    for id_ in new_cards:
        position = library.position_of(id_)
        if id_ in known or (position >= 0 and position not in gone):
            return "several pages have one id"
    spliced = splice(library.columns, library.cards.__getitem__, gone, added, library.labels)
    unlisted = [card for card in library.unlisted if card.id not in old_cards]
    unlisted += [card for card in new_cards.values() if card.status not in LISTED]
    # Only listed articles count as copies and are found under old addresses.
    for id_, card in new_cards.items():
        if card.status not in LISTED:
            copies.pop(id_, None)
            aliases.pop(id_, None)
    same = spliced.same_structure
    after = Library(
        spliced.columns,
        library.labels,
        records.card,
        unlisted=sorted(unlisted, key=sort_key),
        copies=copies,
        aliases=aliases,
        min_articles=library.min_articles,
        like=library if same else None,
    )
    if not same:
        carry_over(library, after, removed, [after.place(row.card) for row in added])
    gathered = Gathered(after, apart, before.standalone, problems, frozenset(unusable))
    return Changed(gathered, tuple(_differences(old_cards, new_cards)))


def _differences(old: Mapping[str, Card], new: Mapping[str, Card]) -> Iterator[Change]:
    for id_ in sorted({*old, *new}):
        change = Change(old.get(id_), new.get(id_))
        if change.old != change.new:
            yield change


def _page(stored: Stored | None) -> CachedPage | None:
    return decode_entry(stored.entry)[0] if stored is not None else None
