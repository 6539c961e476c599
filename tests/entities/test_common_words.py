"""Common words at the start of a sentence."""

from __future__ import annotations

from sitegen.entities.common_words import without_common_words
from sitegen.model import Mention


def mentions(text: str, *names: tuple[str, str]) -> list[Mention]:
    found: list[Mention] = []
    for surface, kind in names:
        start = text.index(surface, found[-1].end if found and found[-1].surface == surface else 0)
        found.append(Mention(start, start + len(surface), surface, kind))
    return found


def test_a_word_that_the_text_also_writes_small_is_no_name() -> None:
    """Only its place at the start of a sentence gave it a capital."""
    text = "The ship failed. Engineers waited. “Engineers know,” said one of the engineers."
    assert without_common_words(text, mentions(text, ("Engineers", "organization"), ("Engineers", "place"))) == []


def test_a_word_with_a_capital_inside_a_sentence_stays() -> None:
    """There it is a name, whatever else the text writes small."""
    text = "Congress met. The house of Congress is a congress of houses."
    both = mentions(text, ("Congress", "organization"), ("Congress", "organization"))
    assert without_common_words(text, both) == both


def test_a_word_that_is_never_written_small_stays() -> None:
    """A sentence may begin with a name."""
    text = "The ship failed.\n\nRoscosmos waited."
    found = mentions(text, ("Roscosmos", "organization"))
    assert without_common_words(text, found) == found


def test_people_and_longer_names_stay() -> None:
    """A surname may be any word."""
    text = "Baker left. Space Council met. The baker is in the space council."
    found = mentions(text, ("Baker", "person"), ("Space Council", "organization"))
    assert without_common_words(text, found) == found
