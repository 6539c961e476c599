"""Which articles are related, worked out alone and together."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import Catalogue
from sitegen.model import Card, CardTag
from sitegen.plan.library import Library, gather
from sitegen.plan.related_articles import RECENT, RelatedArticles

NAMES = tuple(f"{first} {last}" for first in ("Ann", "Bo", "Cy") for last in ("Ek", "Fox", "Lee"))


def library_of(named: list[list[str]]) -> Library:
    """An archive of an article a day, each with the names of people in it."""
    nothing = ("", "given", "", "", (), "", "", "", "", "en")
    cards = []
    for number, names in enumerate(named):
        id_, tags = f"{number:04d}", tuple(CardTag("person", name) for name in names)
        cards.append(Card(id_, id_, f"/{id_}/", *nothing, "published", "", 0, tags, (), (), (), ""))
    return gather(cards, Catalogue(parse_authority(""), 0))


def one_by_one(library: Library, position: int) -> list[int]:
    """The same, straight from its definition."""
    mine = library.named[position]
    shared: Counter[int] = Counter()
    for number in mine:
        earlier = [other for other in library.member_array(number).tolist() if other < position]
        shared.update(earlier[-RECENT:])
    ranked = [
        (-round(both / (len(mine) * len(library.named[other])) ** 0.5, 6), -other)
        for other, both in shared.items()
        if both > 1
    ]
    return [-other for _, other in sorted(ranked)]


@given(st.lists(st.lists(st.sampled_from(NAMES), unique=True), max_size=90))
def test_related_articles_are_those_of_their_definition(named):
    """In whatever order they are asked for, articles have the related ones that they have alone, closest first."""
    library = library_of(named)
    wanted = [one_by_one(library, position) for position in range(len(named))]
    forwards, backwards = RelatedArticles(library), RelatedArticles(library)
    assert [forwards.of(position).tolist() for position in range(len(named))] == wanted
    assert [backwards.of(position).tolist() for position in reversed(range(len(named)))] == wanted[::-1]
