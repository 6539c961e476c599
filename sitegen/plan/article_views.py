"""Views of single articles: the page itself, its notice once taken out, its old addresses."""

from __future__ import annotations

from collections import Counter

import numpy as np

from sitegen.markup.direction import text_direction
from sitegen.model import Card
from sitegen.plan.library import Library
from sitegen.plan.parts import article_link, card_views, group_address, headline, ordered_kinds
from sitegen.plan.urls import UNDATED_URL, month_url, year_url
from sitegen.render.views import ArticleView, EntityGroup, EntityLink, Link, NoticeView, Provenance, Related

_WORDS_A_MINUTE = 230
_RELATED = 5
RECENT = 24
"""How many earlier articles of each entity are candidates: keeps the work per article bounded."""


def article_view(library: Library, position: int) -> ArticleView:
    """The view of a listed article."""
    card = library.cards[position]
    links: dict[int, EntityLink] = {}
    by_kind: dict[str, dict[str, EntityLink]] = {}
    marks: list[EntityLink | None] = []
    for group in library.tagged[position]:
        if group is None:
            marks.append(None)
            continue
        link = links.get(group.number)
        if link is None:
            link = links[group.number] = article_link(library, group)
            by_kind.setdefault(group.kind, {})[group.slug] = link
        marks.append(link)
    same = [other for other in library.copies_of(card.id) if other != position]
    return ArticleView(
        url=card.permalink,
        title=card.title,
        description=card.excerpt,
        robots="noindex" if card.status == "noindex" else "",
        id=card.id,
        date=card.date,
        updated=card.updated,
        authors=tuple(_named(library, "authors", name) for name in card.authors),
        source=_named(library, "sources", card.source_name) if card.source_name else None,
        language=card.language,
        direction=text_direction(card.language),
        words=card.words,
        minutes=max(1, round(card.words / _WORDS_A_MINUTE)),
        status=card.status,
        withheld=card.withheld,
        marks=tuple(marks),
        groups=tuple(EntityGroup(kind, tuple(by_kind[kind].values())) for kind in ordered_kinds(by_kind)),
        topics=tuple(_named(library, "tags", name) for name in card.topics),
        month=_month_link(card),
        previous=headline(library, position - 1) if position else None,
        next=headline(library, position + 1) if position + 1 < len(library.cards) else None,
        related=_related(library, position, frozenset(same)),
        copies=card_views(library, same, excerpt=False),
        provenance=Provenance(
            file=card.source_file,
            sha256=card.source_sha256,
            url=card.source_url,
            title_derived=card.title_origin == "derived",
            tags_checked=card.checked,
        ),
        body_digest=card.body_digest,
    )


def notice_view(card: Card) -> NoticeView:
    """What stands at the address of an article that was taken out; nothing of the article is in it."""
    return NoticeView(url=card.permalink, robots="noindex", id=card.id, status=card.status, note=card.excerpt)


def _named(library: Library, family: str, name: str) -> Link:
    group = library.group_named(family, name)
    return Link(name, group_address(library, group))


def _month_link(card: Card) -> Link:
    date = card.date.rstrip("?~%")
    if not date:
        return Link("", UNDATED_URL)
    return Link(date[:7], month_url(date) if len(date) > 4 else year_url(date))


def _related(library: Library, position: int, same: frozenset[int]) -> tuple[Related, ...]:
    """Earlier articles that name most of the same entities, by the cosine of the two articles' sets of entities.

    Only earlier articles count, so that a new article changes no older page; rarer entities are named first as reason.
    """
    mine = frozenset(library.named[position])
    earlier: list[int] = []
    place = np.int32(position)  # Of the arrays' own type, or each of them would be copied to be searched.
    for number in mine:
        members = library.member_array(number)
        at = int(members.searchsorted(place))
        earlier += members[max(0, at - RECENT) : at].tolist()
    scored = []
    named_counts = library.named_counts
    measures: dict[tuple[int, int], float] = {}
    for other, count in Counter(earlier).items():
        if count < 2 or other in same:
            continue
        pair = (count, named_counts[other])
        measure = measures.get(pair)
        if measure is None:
            # Rounded: platforms differ in the last bit, and the order must not.
            measure = measures[pair] = -round(count / (len(mine) * pair[1]) ** 0.5, 6)
        scored.append((measure, -other))
    related = []
    for _, negative in sorted(scored)[:_RELATED]:
        other = -negative
        common = [library.entities[number] for number in mine.intersection(library.named[other])]
        because = sorted(
            common, key=lambda group: (len(group.name.split()) == 1, group.kind != "person", group.slug, group.kind)
        )
        related.append(Related(headline(library, other), tuple(g.name for g in because[:3])))
    return tuple(related)
