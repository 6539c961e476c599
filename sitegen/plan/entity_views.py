"""Views of entities: their pages, and the same for machines (feed, JSON, CSV)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from sitegen.entities.places import Place, locate
from sitegen.entities.sentences import name_pattern, sentence_around
from sitegen.markup.mention_context import Named, mentions_in_context
from sitegen.markup.plain_text import plain_text
from sitegen.model import Card
from sitegen.model.date import EdtfDate
from sitegen.plan.library import Group, Library
from sitegen.plan.parts import card_view, card_views, group_link, headline, year_bars
from sitegen.plan.urls import group_url, group_year_url
from sitegen.plan.year_cuts import cut_by_year, dates_span
from sitegen.render.views import (
    ArticleTableView,
    Bar,
    CardView,
    EntityDataView,
    EntityView,
    FeedView,
    Link,
    Neighbour,
    Quote,
)

BodyOf = Callable[[Card], str]
"""Rendered body of an article, with its mention marks."""

_NEIGHBOURS = 12

QUOTED = 50
"""Articles of a page that stand with the sentence that names the entity; of the rest, headlines."""

_LOOKED_AT = 3
"""Mentions of an article that are looked at for one in a whole sentence: the first often stands in a dateline."""

_BARE = 25
"""A sentence with no more characters than these besides the name says nothing of it."""

_FEED_ITEMS = 30

_LATEST = 5
"""Articles in an entity's JSON; its hover card shows fewer."""


def entity_view(library: Library, group: Group, year: str | None, body_of: BodyOf) -> EntityView:
    """An entity's page; with `year`, its page for that year (`""`: undated articles)."""
    entity = group.entity
    assert entity is not None
    positions, years = cut_by_year(library, group, year)
    cards = _quoting_cards(library, group, positions, body_of)
    if year is not None:
        return EntityView(
            url=group_year_url(group.family, group.slug, year),
            title=group.name,
            kind=group.kind,
            slug=group.slug,
            name=group.name,
            checked=entity.checked,
            articles=len(positions),
            cards=cards,
            year=year or "undated",
            years=years,
        )
    first, last = dates_span(library, group.members)
    near = _neighbours(library, group)
    place = _place(group, near)
    return EntityView(
        url=group_url(group.family, group.slug),
        title=group.name,
        feed=entity_file_url(group, "feed.xml"),
        data=entity_file_url(group, "data.json"),
        table=entity_file_url(group, "articles.csv"),
        kind=group.kind,
        slug=group.slug,
        name=group.name,
        aliases=entity.aliases,
        links=tuple(Link(label, target) for label, target in entity.links),
        checked=entity.checked,
        articles=group.count,
        first=first,
        last=last,
        by_year=year_bars(library, group.members, link=False),
        by_month=_by_month(library, group.members),
        neighbours=near,
        cards=cards,
        years=years,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        country=place.country if place else "",
    )


def entity_file_url(group: Group, name: str) -> str:
    """A file beside an entity's page: `/people/neil-armstrong/feed.xml`."""
    return group_url(group.family, group.slug) + name


def entity_feed_view(library: Library, group: Group) -> FeedView:
    """The newest articles that name the entity; `noindex` articles are left out."""
    published = (position for position in reversed(group.members) if library.cards[position].status == "published")
    newest = [position for position, _ in zip(published, range(_FEED_ITEMS), strict=False)]
    return FeedView(
        url=entity_file_url(group, "feed.xml"),
        title=group.name,
        page_url=group_url(group.family, group.slug),
        items=card_views(library, newest),
    )


def entity_data_view(library: Library, group: Group) -> EntityDataView:
    """What is known of the entity, for programs and for the hover cards of article pages."""
    entity = group.entity
    assert entity is not None
    first, last = dates_span(library, group.members)
    near = _neighbours(library, group)
    place = _place(group, near)
    return EntityDataView(
        url=entity_file_url(group, "data.json"),
        id=f"{group.family}/{group.slug}",
        page_url=group_url(group.family, group.slug),
        kind=group.kind,
        name=group.name,
        aliases=entity.aliases,
        links=tuple(Link(label, target) for label, target in entity.links),
        checked=entity.checked,
        articles=group.count,
        first=first,
        last=last,
        by_month=_by_month(library, group.members),
        neighbours=near,
        latest=card_views(library, group.members[: -_LATEST - 1 : -1], excerpt=False),
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        country=place.country if place else "",
    )


def entity_table_view(library: Library, group: Group) -> ArticleTableView:
    """All articles that name the entity, newest first, as a table."""
    return ArticleTableView(
        url=entity_file_url(group, "articles.csv"),
        title=group.name,
        cards=card_views(library, reversed(group.members), excerpt=False),
    )


def _place(group: Group, near: Sequence[Neighbour]) -> Place | None:
    if group.kind != "place":
        return None
    return locate(group.name, [other.entity.name for other in near if other.entity.kind == "place"])


def place_of(library: Library, group: Group) -> Place | None:
    """Where a place with a page of its own lies, read among the places that it is named with."""
    return _place(group, _neighbours(library, group))


def _by_month(library: Library, positions: Sequence[int]) -> tuple[Bar, ...]:
    """Articles by month; those whose month is not known are left out."""
    counts = library.month_counts(positions)
    return tuple(Bar(month, counts[month]) for month in sorted(counts) if _has_month(month))


def _has_month(text: str) -> bool:
    date = EdtfDate.parse(text)
    return date is not None and bool(date.month)


# Keyword in context


def _quoting_cards(library: Library, group: Group, positions: Sequence[int], body_of: BodyOf) -> tuple[CardView, ...]:
    """Articles with the sentence that names the entity, or with an excerpt where the text itself does not."""
    views = [_quoting_card(library, group, position, body_of) for position in positions[:QUOTED]]
    return (*views, *card_views(library, positions[QUOTED:], excerpt=False))


def _quoting_card(library: Library, group: Group, position: int, body_of: BodyOf) -> CardView:
    card = library.cards[position]
    tags = {at for at, found in enumerate(library.tagged[position]) if found and found.number == group.number}
    body = body_of(card)
    quote = _telling(islice(mentions_in_context(body, tags), _LOOKED_AT))
    if quote is None:
        quote = _telling(_unmarked(body, [group.name, *(card.tags[at].name for at in tags)]))
    if quote is None:
        return card_view(card)
    return msgspec.structs.replace(headline(library, position), quote=quote)


def _telling(mentions: Iterable[Named]) -> Quote | None:
    """The first sentence that says more than the name, else the first one."""
    first = None
    for mention in mentions:
        quote = _quote(mention)
        if len(quote.before) + len(quote.after) > _BARE:
            return quote
        first = first or quote
    return first


def _unmarked(body: str, names: Sequence[str]) -> Iterator[Named]:
    """The first place with a name that no mark stands at: in a link, or in a dateline's capitals."""
    text = plain_text(body)
    mention = re.compile(name_pattern(names).pattern, re.IGNORECASE).search(text)
    if mention is not None:
        start = text.rfind("\n", 0, mention.start()) + 1
        line = text[start:].partition("\n")[0]
        yield Named(line, mention.start() - start, mention.end() - start)


_ENDS = ".!?…"
_CLOSERS = "'\"’”)]"


def _quote(mention: Named) -> Quote:
    """The sentence around a mention; an ellipsis where it had to be cut."""
    text = mention.text
    found = sentence_around(text, mention.start, mention.end)
    before, after = text[found.start : mention.start], text[mention.end : found.end]
    if found.start and text[: found.start].rstrip(_CLOSERS + " ")[-1:] not in _ENDS:
        before = "… " + before
    if found.end < len(text) and text[: found.end].rstrip(_CLOSERS)[-1:] not in _ENDS:
        after += " …"
    return Quote(before, text[mention.start : mention.end], after)


# Company


def _neighbours(library: Library, group: Group) -> tuple[Neighbour, ...]:
    """Entities with pages that the same articles name, closest first; see `entities.relatedness` for the measure."""
    groups = library.entities
    found = library.company.neighbours(library, group.number, _NEIGHBOURS)
    return tuple(Neighbour(group_link(library, groups[near.key]), near.shared, round(near.cosine, 3)) for near in found)
