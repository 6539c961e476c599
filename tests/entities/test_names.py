"""What full names of one entity have in common, and what tells two apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.names import clean, entity_slug, is_lone, normal_form
from sitegen.slug import slugify

KINDS = ("person", "organization", "place", "mission")


@pytest.mark.parametrize(
    ("names", "kind", "form"),
    [
        (
            ["Bashar al-Assad", "BASHAR AL-ASSAD", "Bashar Al Assad", "President Bashar al-Assad"],
            "person",
            "bashar assad",
        ),
        (["Neil Armstrong", "Armstrong, Neil", "Mr. Neil Armstrong’s"], "person", "neil armstrong"),
        (["J.K. Rowling", "J. K. Rowling", "JK Rowling"], "person", "jk rowling"),
        (["Sen. John Hoeven (R-ND)", "US Senator John Hoeven"], "person", "john hoeven"),
        (["Defense Minister Avigdor Liberman", "Avigdor Liberman"], "person", "avigdor liberman"),
        (["Jane Doe, Ph.D.", "Dr Jane Doe", "Prof. Jane Doe, MD"], "person", "jane doe"),
        (["Al Gore"], "person", "al gore"),
        (["Pope Francis"], "person", "pope francis"),
        (["King Charles III"], "person", "king charles iii"),
        (["Prince Mohammed bin Salman"], "person", "mohammed bin salman"),
        (["Владимир Путин", "Vladimir Putin"], "person", "vladimir putin"),
        (["the United Nations", "UN", "U.N."], "organization", "united nations"),
        (["UN Security Council", "U.N. Security Council"], "organization", "united nations security council"),
        (["AT&T", "AT and T"], "organization", "at and t"),
        (["Treasury Department", "Department of the Treasury"], "organization", "department of treasury"),
        (["U.S. State Department", "US Department of State"], "organization", "united states department of state"),
        (["Fire Department"], "organization", "fire department"),
        (["U.S. House", "US House of Representatives"], "organization", "united states house of representatives"),
        (["US", "U.S.", "the United States", "United States of America"], "place", "united states"),
        (["America"], "place", "united states"),
        (["Washington, D.C.", "Washington DC", "D.C."], "place", "washington dc"),
        (["North Dakota", "ND", "N.D.", "N. D."], "place", "north dakota"),
        (["Virginia", "VA", "Va."], "place", "virginia"),
        (["California", "Calif."], "place", "california"),
        (["São Paulo", "Sao Paulo"], "place", "sao paulo"),
        (["🚀"], "organization", "u1f680"),
    ],
)
def test_variants_of_a_full_name_have_one_normal_form(names: list[str], kind: str, form: str) -> None:
    """Case, accents, titles, dots, hyphens and articles do not part an entity."""
    assert {normal_form(name, kind) for name in names} == {form}


@pytest.mark.parametrize(
    ("name", "kind"), [("LA", "place"), ("WA", "place"), ("La", "place"), ("In", "place"), ("VA", "organization")]
)
def test_an_abbreviation_of_several_things_stands_for_none(name: str, kind: str) -> None:
    """Western Australia and Washington, Los Angeles and Louisiana share theirs."""
    assert normal_form(name, kind) == name.lower()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Donald Trump", "Donald Trump Jr."),
        ("John Smith", "John Smith (senator)"),
        ("John F. Kennedy", "John Kennedy"),
        ("Mary Smith", "Smith"),
        ("George Bush", "George W. Bush"),
    ],
)
def test_what_may_be_another_person_stays_another(first: str, second: str) -> None:
    """Suffixes, bracketed additions and middle names tell namesakes apart."""
    assert normal_form(first, "person") != normal_form(second, "person")


@pytest.mark.parametrize(
    "name", ["Smith", "President Biden", "van Gogh", "bin Laden", "al-Arouri", "Hyde-Smith", "King Jr.", "Путин"]
)
def test_a_surname_alone_is_lone(name: str) -> None:
    """Particles, titles and suffixes make no full name."""
    assert is_lone(normal_form(name, "person"), "person")


@pytest.mark.parametrize(
    "name", ["Joe Biden", "Vincent van Gogh", "Al Gore", "Pope Francis", "习近平", "김정은", "Cindy Hyde-Smith"]
)
def test_a_full_name_is_not_lone(name: str) -> None:
    """Two words are a full name; so is one in a script that parts no words."""
    assert not is_lone(normal_form(name, "person"), "person")
    assert not is_lone(normal_form("Hamas", "organization"), "organization")


@pytest.mark.parametrize(
    ("surface", "kind", "name"),
    [
        ("the Hamas'", "organization", "Hamas"),
        ("“Apollo 11”,", "organization", "Apollo 11"),
        ("Boeing Co.", "organization", "Boeing Co."),
        ("U.S.", "place", "U.S."),
        ("(IDF)", "organization", "IDF"),
        ("Neil\n Armstrong’s", "person", "Neil Armstrong"),
        ("First Lady Jill Biden", "person", "Jill Biden"),
        ("an Environmental Agency", "organization", "Environmental Agency"),
        ("...", "person", ""),
    ],
)
def test_a_surface_is_cut_down_to_the_name(surface: str, kind: str, name: str) -> None:
    """Punctuation, articles, possessives and titles go."""
    assert clean(surface, kind) == name


def test_a_slug_is_the_normal_form_with_hyphens() -> None:
    """It does not depend on any other name."""
    assert entity_slug("person", "Dr. Neil Armstrong") == "neil-armstrong"
    assert entity_slug("organization", "Con").startswith("con-")
    long = entity_slug("organization", "Committee " * 20)
    assert len(long) <= 80


@given(st.text(max_size=60), st.sampled_from(KINDS))
def test_slugs_are_safe_and_as_different_as_normal_forms(name: str, kind: str) -> None:
    """Whatever the name, the slug is a slug, and nothing but its normal form decides it."""
    form, slug = normal_form(name, kind), entity_slug(kind, name)
    assert form
    assert slugify(slug) == slug
    if slug != form.replace(" ", "-"):
        assert len(slug) > 9


@given(st.text(alphabet="ab .,'-()AL\u00e9", max_size=40), st.sampled_from(KINDS))
def test_cleaning_only_cuts(surface: str, kind: str) -> None:
    """A cleaned name is a piece of the surface, white space aside."""
    name = clean(surface, kind)
    assert name.replace(" ", "").rstrip(".") in surface.replace(" ", "")
