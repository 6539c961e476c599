"""Editors are asked about pairs that may be one, likeliest first, and never twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import Catalogue, EntityKey
from sitegen.entities.suggestions import REASONS, Suggestion, edit_distance, sound, suggest
from sitegen.model import CardTag

P, O, L = "person", "organization", "place"  # noqa: E741


def suggestions(pairs: list[tuple[str, str]], authority: str = "", shared: bool = True) -> tuple[Suggestion, ...]:
    """Suggestions for an archive with each entity in three articles; `shared`: all name the same neighbours."""
    tags: dict[str, list[CardTag]] = {}
    for number, (kind, name) in enumerate(pairs):
        for turn in range(3):
            company = [CardTag(L, "Oslo"), CardTag(O, "Nobel Board")] if shared else [CardTag(L, f"Town{number}")]
            tags[f"{number}-{turn}"] = [CardTag(kind, name), *company]
    catalogue = Catalogue(parse_authority(authority))
    for article, its in tags.items():
        catalogue.add(article, its)
    return suggest(catalogue, lambda article: catalogue.resolve_tags(tags[article], article))


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ((P, "John Hoeven"), (P, "John H. Hoeven"), "given-name"),
        ((P, "Robert Casey"), (P, "Bob Casey"), "given-name"),
        ((P, "Joe Biden"), (P, "Biden"), "surname"),
        ((P, "Cindy Hyde-Smith"), (P, "Hyde-Smith"), "surname"),
        ((P, "Michael Bennett"), (P, "Michael Bennet"), "spelling"),
        ((O, "Hezbollah"), (O, "Hizbullah"), "sound"),
        ((P, "Volodymyr Zelenskyy"), (P, "Wolodimir Zelensky"), "sound"),
        ((O, "Federal Trade Commission"), (O, "FTC"), "acronym"),
        ((O, "Department of Energy"), (O, "U.S. Department of Energy"), "short-form"),
        ((O, "Boeing"), (O, "Boeing Company"), "short-form"),
        ((O, "Capitol Hill"), (L, "Capitol Hill"), "same-name"),
        ((O, "Senate Finance Committee"), (O, "Senate Committee on Finance"), "same-words"),
        ((O, "Department of the Treasury"), (O, "U.S. Treasury"), "same-words"),
        ((O, "House"), (O, "House of Representatives"), "part"),
        ((L, "Gilliam"), (L, "Gilliam County"), "part"),
    ],
)
def test_pairs_that_may_be_one_are_suggested(first: tuple[str, str], second: tuple[str, str], reason: str) -> None:
    """With the reason, in words too."""
    found = suggestions([first, second])
    assert [one.reason for one in found] == [reason]
    assert reason in REASONS
    assert found[0].company > 0.9
    assert EntityKey(L, "oslo") in found[0].neighbours


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((O, "Apollo 11"), (O, "Apollo 12")),
        ((L, "Mexico"), (L, "New Mexico")),
        ((O, "House Budget Committee"), (O, "Senate Budget Committee")),
        ((P, "Ann Lee"), (P, "Bob Lee")),
        ((P, "Donald Trump"), (P, "Donald Trump Jr.")),
        ((O, "Red Cross"), (O, "Red Crescent")),
    ],
)
def test_pairs_known_to_be_two_are_not(first: tuple[str, str], second: tuple[str, str]) -> None:
    """Numbers, the two houses, given names and suffixes tell apart."""
    assert suggestions([first, second]) == ()


def test_what_was_judged_is_not_asked_again() -> None:
    """Under any spelling of the two."""
    pair = [(P, "John Hoeven"), (P, "John H. Hoeven")]
    assert suggestions(pair)
    assert suggestions(pair, "- name: JOHN HOEVEN\n  kind: person\n  not: [John H Hoeven]\n") == ()
    assert suggestions(pair, "- name: John Hoeven\n  kind: person\n  aliases: [John H. Hoeven]\n") == ()
    assert suggestions(pair, "- name: John Hoeven\n  kind: person\n  hide: true\n") == ()


def test_company_raises_and_meeting_sinks_a_pair() -> None:
    """The same neighbours speak for one entity, one article that names both for two."""
    pair = [(P, "Michael Bennett"), (P, "Michael Bennet")]
    assert suggestions(pair)[0].score > suggestions(pair, shared=False)[0].score
    catalogue = Catalogue()
    tags = [CardTag(*one) for one in pair]
    for article in "abc":
        catalogue.add(article, tags)
    met = suggest(catalogue, lambda article: catalogue.resolve_tags(tags, article))
    assert met[0].together == 3
    assert met[0].score < suggestions(pair, shared=False)[0].score


def test_the_fuller_name_comes_first() -> None:
    """It is the one to stay."""
    assert suggestions([(P, "Biden"), (P, "Joe Biden")])[0].first == EntityKey(P, "joe-biden")
    assert suggestions([(O, "FTC"), (O, "Federal Trade Commission")])[0].second == EntityKey(O, "ftc")


def test_names_that_sound_alike() -> None:
    """Transliterations of one name meet."""
    assert sound("hezbollah") == sound("hizbullah")
    assert sound("qaddafi") == sound("kadafi")
    assert sound("armstrong") != sound("aldrin")


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "abd", 1),
        ("abc", "ab", 1),
        ("abcd", "badc", 2),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
    ],
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    """Insertions, deletions, replacements and swaps, up to a bound."""
    for most in range(4):
        assert edit_distance(a, b, most) == min(distance, most + 1)


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 4))
def test_edit_distance_is_symmetric_and_bounded(a: str, b: str, most: int) -> None:
    """And zero for equal strings only."""
    assert edit_distance(a, b, most) == edit_distance(b, a, most) <= most + 1
    assert (edit_distance(a, b, most) == 0) == (a == b)
