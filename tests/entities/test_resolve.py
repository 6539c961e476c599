"""Which mentions of one article are one entity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.acronyms import acronym_letters, initials, is_abbreviation
from sitegen.entities.people import can_be_one
from sitegen.entities.resolve import resolve_mentions
from sitegen.model import EntityTag, Mention

KIND = {"P": "person", "O": "organization", "L": "place"}


def mentions(*surfaces: str) -> list[Mention]:
    """`"P:Neil Armstrong"` at successive places, far apart unless the surface starts with `(`."""
    made: list[Mention] = []
    at = 0
    for item in surfaces:
        kind, surface = item.split(":", 1)
        at += 2 if surface.startswith("(") else 40
        surface = surface.removeprefix("(")
        made.append(Mention(at, at + len(surface), surface, KIND[kind], 0.9))
        at += len(surface)
    return made


def resolved(*surfaces: str) -> dict[str, tuple[str, ...]]:
    return {tag.name: tag.forms for tag in resolve_mentions(mentions(*surfaces))}


def test_a_surname_belongs_to_the_full_name_wherever_that_stands() -> None:
    """The headline may use the surname before the text introduces the person."""
    assert resolved("P:Armstrong", "P:Neil Armstrong", "P:Armstrong") == {"Neil Armstrong": ("Armstrong",)}


def test_variants_with_article_and_apostrophe_join() -> None:
    """`al-Arouri`, `Arouri` and the full name are one."""
    found = resolved("P:Saleh al-Arouri", "P:al-Arouri", "P:Arouri", "P:Arouri’s")
    assert found == {"Saleh al-Arouri": ("al-Arouri", "Arouri")}


def test_a_surname_of_two_people_stays_apart() -> None:
    """A wrong link is worse than none."""
    found = resolved("P:Bill Clinton", "P:Hillary Clinton", "P:Clinton")
    assert found == {"Bill Clinton": (), "Hillary Clinton": (), "Clinton": ()}


def test_a_surname_belongs_to_the_only_one_introduced_so_far() -> None:
    """As long as only one bearer has been named, the surname is that one's."""
    found = resolved("P:Rick Scott", "P:Scott", "P:Tim Scott")
    assert found == {"Rick Scott": ("Scott",), "Tim Scott": ()}


@pytest.mark.parametrize(
    ("full", "other"),
    [
        ("John H. Hoeven", "John Hoeven"),
        ("Bob Casey", "Robert Casey"),
        ("J. Hoeven", "John Hoeven"),
        ("Muhammad Javad Zarif", "Javad Zarif"),
        ("Pedro Sánchez", "Pedro Sánchez Pérez"),
        ("Sen. John Hoeven", "JOHN HOEVEN"),
        ("Cindy Hyde-Smith", "Hyde-Smith"),
        ("Nikki Haley", "Nikki"),
    ],
)
def test_names_that_one_person_can_bear_join(full: str, other: str) -> None:
    """Middle names, initials, pet forms and second surnames come and go within an article."""
    assert len(resolved(f"P:{full}", f"P:{other}")) == 1
    assert len(resolved(f"P:{other}", f"P:{full}")) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Donald Trump", "Donald Trump Jr."),
        ("John Smith", "Jane Smith"),
        ("John A. Smith", "John B. Smith"),
        ("Ann Lee", "Ann Li"),
    ],
)
def test_names_of_two_people_do_not_join(first: str, second: str) -> None:
    """Father and son, and different given names, are two."""
    assert len(resolved(f"P:{first}", f"P:{second}")) == 2


def test_an_initial_that_fits_two_people_joins_neither() -> None:
    """`J. Smith` may be John or Jane."""
    assert len(resolved("P:John Smith", "P:Jane Smith", "P:J. Smith")) == 3


def test_an_acronym_belongs_to_the_name_with_its_initials() -> None:
    """Small words may be left out."""
    found = resolved("O:Institute of Museum and Library Services", "O:IMLS", "O:I.M.L.S.")
    assert list(found) == ["Institute of Museum and Library Services"]


def test_an_acronym_in_brackets_may_leave_letters_out() -> None:
    """`Long Form (LF)` defines the acronym even where it is not made of initials."""
    found = resolved(
        "O:Environmental Systems Research Institute", "O:(ESRI", "O:Space Agency of Esria", "O:(SPACER", "O:ESRI"
    )
    assert found["Environmental Systems Research Institute"] == ("ESRI",)
    assert "SPACER" not in found


def test_an_acronym_that_fits_two_names_stays_apart() -> None:
    """No guess between two."""
    found = resolved("O:Space Research Board", "O:Safety Review Board", "O:SRB")
    assert len(found) == 3


def test_a_person_is_known_by_three_initials() -> None:
    """JFK, but not a two-letter shortening."""
    assert resolved("P:John Fitzgerald Kennedy", "P:JFK") == {"John Fitzgerald Kennedy": ("JFK",)}


def test_short_names_of_organizations_join_their_owner() -> None:
    """Committees and agencies lose their first words, firms their legal form, and `the Committee` its name."""
    found = resolved("O:House Judiciary Committee", "O:Judiciary Committee", "O:Committee", "O:Boeing Co.", "O:Boeing")
    assert found == {"House Judiciary Committee": ("Judiciary Committee", "Committee"), "Boeing Co.": ("Boeing",)}


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("U.S. Department of Energy", "Energy Department"),
        ("U.S. House of Representatives", "House"),
        ("United States Navy", "Navy"),
        ("Department of Health and Human Services", "HHS"),
        ("U.S. Environmental Protection Agency", "EPA"),
        ("Bureau of Land Management", "BLM"),
        ("UN Security Council", "Security Council"),
        ("Revolutionary Guard Corps", "Revolutionary Guards"),
        ("U.S. Department of the Treasury", "Treasury"),
        ("U.S. Army Corps of Engineers", "Corps of Engineers"),
        ("Army Corps of Engineers", "Corps"),
        ("11th Airborne Division", "11th Airborne"),
    ],
)
def test_the_ways_in_which_a_text_shortens_an_organization(full: str, short: str) -> None:
    """Country and house go, `Department of X` turns round, acronyms leave small words and owners out."""
    assert resolved(f"O:{full}", f"O:{short}") == {full: (short,)}


def test_what_names_nothing_is_left_out() -> None:
    """Bare nouns and titles, party marks, numbers of bills, lower-case words and lists of people are no entities."""
    found = resolved(
        "O:Department", "O:R-TX", "P:President", "P:senator", "P:x", "P:a@b.example", "P:Agent 47",
        "P:Michael Bennet", "P:John Hickenlooper", "O:Bennet and Hickenlooper", "L:...",
        "L:M.D.", "L:Canal", "L:Congressional District", "O:H.R. 29", "O:H.R.29", "L:H.R.", "O:S. 47", "O:S.J. Res. 7",
    )  # fmt: skip
    assert list(found) == ["Michael Bennet", "John Hickenlooper"]


def test_washington_before_dc_is_the_city() -> None:
    """Tagged in two pieces, the two are one place, whenever the article goes on with `Washington` alone."""
    assert resolved("L:Washington", "L:(D.C.", "L:Washington") == {"D.C.": ("Washington",)}


def test_washington_alone_stays_apart_from_dc() -> None:
    """Only a `D.C.` right behind it tells which Washington is meant."""
    assert resolved("L:Washington", "L:D.C.") == {"Washington": (), "D.C.": ()}


def test_beside_the_state_washington_stays_apart_from_the_city() -> None:
    """A dateline does not settle which one the text means where the state is named too."""
    found = resolved("L:WASHINGTON", "L:(D.C.", "L:Washington", "L:WA")
    assert found == {"Washington": ("WASHINGTON",), "D.C.": (), "WA": ()}


def test_a_dateline_alone_is_the_city_even_beside_the_state() -> None:
    """Where every `Washington` is followed by `D.C.`, none is the state."""
    assert resolved("L:WASHINGTON", "L:(DC", "L:WA") == {"DC": ("WASHINGTON",), "WA": ()}


def test_a_noun_stands_for_the_one_place_that_ends_so() -> None:
    """`the Canal` is the Panama Canal where no other canal is named; alone it names nothing."""
    assert resolved("L:Panama Canal", "L:Canal") == {"Panama Canal": ("Canal",)}
    assert set(resolved("L:Panama Canal", "L:Erie Canal", "L:Canal")) == {"Panama Canal", "Erie Canal"}


def test_a_word_of_a_name_is_not_its_acronym() -> None:
    """The D.C. Council is not D.C., whatever its initials."""
    assert resolved("O:D.C. Council", "O:D.C.") == {"D.C. Council": (), "D.C.": ()}


def test_the_abbreviation_of_a_state_is_nobody_elses_acronym() -> None:
    """`ND` is North Dakota, not the North Dakotans."""
    assert resolved("L:North Dakotans", "L:ND") == {"North Dakotans": (), "ND": ()}


def test_one_form_has_the_kind_of_most_confidence() -> None:
    """A mention that the tagger took for a place goes with the others."""
    tags = resolve_mentions(mentions("P:Jordan", "P:Jordan", "L:Jordan", "P:Jim Jordan", "O:Justice Jordan"))
    assert tags == (EntityTag("Jim Jordan", "person", ("Jordan", "Justice Jordan")),)


def test_a_place_is_not_taken_for_a_person() -> None:
    """`Washington` that is nearly always the city stays a city, though George Washington is named."""
    found = resolve_mentions(mentions(*["L:Washington"] * 5, "P:Washington", "P:George Washington"))
    assert [(tag.name, tag.kind) for tag in found] == [("Washington", "place"), ("George Washington", "person")]


def test_names_stand_in_the_order_of_first_mention() -> None:
    """Also when only a short form comes first."""
    assert list(resolved("O:NASA", "P:Aldrin", "P:Neil Armstrong", "P:Buzz Aldrin")) == [
        "NASA",
        "Buzz Aldrin",
        "Neil Armstrong",
    ]


def test_the_mixed_case_spelling_names_the_entity() -> None:
    """A headline in capitals is one of the forms."""
    assert resolved("P:NEIL ARMSTRONG", "P:Neil Armstrong") == {"Neil Armstrong": ("NEIL ARMSTRONG",)}


NAMES = ["Ann Lee", "Ann B. Lee", "A. Lee", "Lee", "Bob Lee", "Hamas", "UN", "US", "U.S.", "Ministry of Defense",
         "MoD", "MOD", "Ministry", "Paris", "Dr. Lee’s", "House Budget Committee",
         "Budget Committee", "Ann", "Leé"]  # fmt: skip
MENTIONS = st.lists(
    st.builds(
        lambda at, surface, kind, confidence: Mention(at * 9, at * 9 + len(surface), surface, kind, confidence / 8),
        st.integers(0, 60), st.sampled_from(NAMES), st.sampled_from(sorted(KIND.values())), st.integers(1, 8),
    ),
    max_size=14, unique_by=lambda mention: mention.start,
)  # fmt: skip


@given(MENTIONS, st.randoms())
def test_the_order_in_which_mentions_are_given_does_not_matter(given_mentions: list[Mention], random: object) -> None:
    """Only where they stand in the text counts."""
    shuffled = list(given_mentions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert resolve_mentions(shuffled) == resolve_mentions(given_mentions)


@given(MENTIONS)
def test_no_form_is_invented_and_none_stands_twice(given_mentions: list[Mention]) -> None:
    """Every name and form is a piece of some mention, and belongs to one tag."""
    forms = [form for tag in resolve_mentions(given_mentions) for form in (tag.name, *tag.forms)]
    assert len(forms) == len(set(forms))
    for form in forms:
        assert any(form in mention.surface for mention in given_mentions)


@given(
    st.lists(
        st.builds(
            lambda s, k, at: Mention(at, at + len(s), s, k),
            st.text(max_size=12),
            st.sampled_from(sorted(KIND.values())),
            st.integers(0, 99),
        ),
        max_size=6,
    )
)
def test_any_text_can_be_a_mention(given_mentions: list[Mention]) -> None:
    """Taggers of others' making may hand over anything."""
    for tag in resolve_mentions(given_mentions):
        assert tag.name


def test_acronym_rules() -> None:
    """Letters, initials and definitions on their own."""
    assert acronym_letters("U.N.") == "un"
    assert acronym_letters("UAVs") == "uav"
    assert acronym_letters("Apollo") == ""
    assert acronym_letters("A B") == ""
    assert initials(("department", "of", "defense")) == {"dod"}
    assert initials(("bureau", "of", "land", "management")) == {"bolm", "blm"}
    assert initials(("nasa",)) == frozenset()
    assert is_abbreviation("esri", ("environmental", "systems", "research", "institute"))
    assert not is_abbreviation("nasa", ("space", "agency"))
    assert not is_abbreviation("", ("space",))
    assert not is_abbreviation("sx", ("space",))


def test_a_word_alone_is_nobody_in_particular() -> None:
    """Compatibility needs two full names."""
    assert not can_be_one(("lee",), ("ann", "lee"))
