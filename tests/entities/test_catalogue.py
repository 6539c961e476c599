"""The catalogue is a function of the set of articles and the authority, whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import Catalogue, EntityKey, page_threshold
from sitegen.model import CardTag

PERSON, ORGANIZATION, PLACE = "person", "organization", "place"
ARMSTRONG = EntityKey(PERSON, "neil-armstrong")


def catalogue(articles: dict[str, list[tuple[str, str]]], authority: str = "", min_articles: int = 0) -> Catalogue:
    made = Catalogue(parse_authority(authority), min_articles)
    for article, tags in articles.items():
        made.add(article, [CardTag(*tag) for tag in tags])
    return made


def test_full_names_of_one_normal_form_share_an_entity() -> None:
    """Spelling parts nobody, kind does."""
    found = catalogue({
        "a": [(PERSON, "Neil Armstrong"), (ORGANIZATION, "Neil Armstrong")],
        "b": [(PERSON, "NEIL ARMSTRONG")],
        "c": [(PERSON, "Armstrong, Neil"), (PERSON, "Neil Armstrong")],
    })  # fmt: skip
    assert found.keys() == [EntityKey(ORGANIZATION, "neil-armstrong"), ARMSTRONG]
    assert found.members(ARMSTRONG) == ("a", "b", "c")
    assert found.count(ARMSTRONG) == 3
    assert found.entity(ARMSTRONG).name == "Neil Armstrong"
    assert found.entity(ARMSTRONG).aliases == ("Armstrong, Neil",)
    assert len(found) == 2
    assert ARMSTRONG in found
    assert "neil-armstrong" not in found


def test_the_name_is_the_commonest_full_label() -> None:
    """Spelled out before abbreviated, mixed case before capitals, then the commonest, then by code point."""
    found = catalogue({
        "a": [(PLACE, "U.S.")], "b": [(PLACE, "U.S.")], "c": [(PLACE, "UNITED STATES")],
        "d": [(PLACE, "United States")],
        "e": [(PERSON, "Zoë Day")], "f": [(PERSON, "Zoe Day")],
    })  # fmt: skip
    assert found.entity(EntityKey(PLACE, "united-states")).name == "United States"
    assert found.entity(EntityKey(PLACE, "united-states")).aliases == ("U.S.",)
    assert found.entity(EntityKey(PERSON, "zoe-day")).name == "Zoe Day"


def test_a_lone_surname_joins_nobody_and_has_no_page() -> None:
    """It gathers in the lists as what it is: articles that name a Smith."""
    found = catalogue({name: [(PERSON, "Smith"), (PERSON, "Ann Smith")] for name in "abcd"})
    smith = EntityKey(PERSON, "smith")
    assert found.is_lone(smith)
    assert found.count(smith) == 4
    assert not found.has_page(smith)
    assert found.has_page(EntityKey(PERSON, "ann-smith"))
    assert not found.is_lone(EntityKey(PERSON, "nobody"))


def test_an_editor_can_say_whose_surname_it_is() -> None:
    """An alias, or an entry of its own for people of one name."""
    text = "- name: Ann Smith\n  kind: person\n  aliases: [Smith]\n- name: Pelé\n  kind: person\n"
    found = catalogue({"a": [(PERSON, "Smith"), (PERSON, "Pele")]}, text)
    assert found.keys() == [EntityKey(PERSON, "ann-smith"), EntityKey(PERSON, "pele")]
    assert all(map(found.has_page, found.keys()))
    assert found.entity(EntityKey(PERSON, "pele")).name == "Pelé"
    assert found.entity(EntityKey(PERSON, "pele")).checked


@pytest.mark.parametrize(
    ("setting", "articles", "counts", "threshold"),
    [
        (0, 0, [], 2),
        (0, 48, [2] * 100 + [1] * 500, 2),
        (0, 48, [2] * 71 + [3] * 30, 3),
        (0, 48, [9] * 101, 10),
        (0, 30_000, [2] * 100 + [3] * 100, 2),
        (0, 30_000, [2] * 101 + [3] * 100, 3),
        (1, 10_000, [1] * 5000, 1),
    ],
)
def test_the_threshold_bounds_the_number_of_pages_unless_it_is_set(
    setting: int, articles: int, counts: list[int], threshold: int
) -> None:
    """At most a hundred entities, or one for 150 articles, have pages."""
    assert page_threshold(setting, articles, counts) == threshold


def test_an_entity_gets_a_page_from_the_threshold_on() -> None:
    """Its slug is the same before and after."""
    found = catalogue({"a": [(PERSON, "Ann Smith")]})
    key = EntityKey(PERSON, "ann-smith")
    assert not found.has_page(key)
    found.add("b", [CardTag(PERSON, "Ann Smith")])
    assert found.has_page(key)
    assert found.threshold == 2
    assert found.articles == 2


AUTHORITY = """\
- name: Hezbollah
  kind: organization
  aliases: [Hizbullah, {name: Hezbollah, kind: place}]
  merge: [Party of God]
  links: {wikidata: Q41053}
  was: [hizb]
- name: Party of God
  kind: organization
  was: [pog]
- name: John Smith (senator)
  kind: person
  articles: [s1]
- name: Reuter
  kind: organization
  hide: true
"""


def test_judgements_are_applied() -> None:
    """Aliases, merges, namesakes and hidden entities."""
    found = catalogue({
        "a": [(ORGANIZATION, "Hizbullah"), (PLACE, "Hezbollah"), (ORGANIZATION, "Party of God")],
        "s1": [(PERSON, "John Smith"), (ORGANIZATION, "Reuter")],
        "s2": [(PERSON, "John Smith"), (PERSON, "John Smith Senator")],
    }, AUTHORITY)  # fmt: skip
    hezbollah = found.entity(EntityKey(ORGANIZATION, "hezbollah"))
    assert found.count(EntityKey(ORGANIZATION, "hezbollah")) == 1
    assert hezbollah.links == (("wikidata", "Q41053"),)
    assert hezbollah.was == ("hizb", "pog")
    assert hezbollah.aliases == ("Hizbullah", "Party of God")
    assert hezbollah.checked
    assert found.members(EntityKey(PERSON, "john-smith-senator")) == ("s1",)
    assert found.members(EntityKey(PERSON, "john-smith")) == ("s2",)
    assert found.entity(EntityKey(ORGANIZATION, "reuter")).hidden
    assert not found.has_page(EntityKey(ORGANIZATION, "reuter"))
    keys = found.keys()
    twin = [key for key in keys if key.slug.startswith("john-smith-senator-")]
    assert len(twin) == 1


def test_old_addresses_redirect() -> None:
    """Names that an entry claims, and slugs under `was`, unless somebody lives there."""
    found = catalogue({"a": [(ORGANIZATION, "Hizbullah")], "b": [(ORGANIZATION, "Pog")]}, AUTHORITY)
    target = EntityKey(ORGANIZATION, "hezbollah")
    assert found.redirects() == {
        EntityKey(ORGANIZATION, "hizbullah"): target,
        EntityKey(PLACE, "hezbollah"): target,
        EntityKey(ORGANIZATION, "hizb"): target,
        EntityKey(ORGANIZATION, "party-of-god"): target,
    }


def test_resolving_counts_nothing() -> None:
    """Tags can be looked up before or without adding their article."""
    found = catalogue({})
    assert found.resolve_tags([CardTag(PERSON, "Neil Armstrong")], "x") == [ARMSTRONG]
    assert found.keys() == []
    assert found.labels(ARMSTRONG) == ()
    assert found.labels(EntityKey(PERSON, "nobody")) == ()
    assert found.members(EntityKey(PERSON, "nobody")) == ()
    with pytest.raises(KeyError):
        found.entity(ARMSTRONG)


NAMES = ["Ann Lee", "ANN LEE", "Lee", "U.S.", "US", "United States", "John Smith", "Hizbullah", "Hezbollah", "Reuter"]
ARCHIVE = st.dictionaries(
    st.sampled_from(["s1", *"abcdefg"]),
    st.lists(st.builds(CardTag, st.sampled_from([PERSON, ORGANIZATION, PLACE]), st.sampled_from(NAMES)), max_size=5),
    max_size=7,
)


def everything(found: Catalogue) -> object:
    keys = found.keys()
    shown = [(found.entity(key), found.members(key), found.labels(key), found.has_page(key)) for key in keys]
    assert list(found.entities()) == [entity for entity, *_ in shown]
    return found.articles, shown, found.redirects()


@given(ARCHIVE, st.randoms(), ARCHIVE)
def test_the_order_of_articles_and_a_detour_make_no_difference(
    archive: dict[str, list[CardTag]], random: object, others: dict[str, list[CardTag]]
) -> None:
    """Articles in any order, with others added and removed on the way, give the same entities."""
    authority = parse_authority(AUTHORITY)
    straight, detour = Catalogue(authority), Catalogue(authority)
    for article, tags in archive.items():
        straight.add(article, tags)
    for article, tags in others.items():
        detour.add(f"other {article}", tags)
    shuffled = list(archive.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for article, tags in shuffled:
        assert detour.add(article, tags) == straight.resolve_tags(tags, article)
    for article, tags in others.items():
        detour.remove(f"other {article}", tags)
    assert everything(detour) == everything(straight)
