"""The sentence that names an entity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.sentences import find_sentence, name_pattern


def sentence(text: str, *names: str, length: int = 240) -> str:
    found = find_sentence(text, name_pattern(names), length)
    assert found is not None
    assert text[found.name_start : found.name_end] in names
    return text[found.start : found.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing. Then Ann Lee spoke. Another.", "Then Ann Lee spoke."),
        ("Ann Lee spoke.", "Ann Lee spoke."),
        ("Was it so? “Ask Ann Lee.” He left.", "“Ask Ann Lee.”"),
        ("A line\nAnn Lee spoke\nA third line", "Ann Lee spoke"),
        ("It passed. H.R. 12 was read by Rep. Ann Lee of the U.S. Senate. No more.",
         "H.R. 12 was read by Rep. Ann Lee of the U.S. Senate."),
        ("At 5 p.m. the crowd saw Ann Lee, Mr. Smith and J. Doe. They left.",
         "At 5 p.m. the crowd saw Ann Lee, Mr. Smith and J. Doe."),
        ("Not Joann Leeson. But Ann Lee!", "But Ann Lee!"),
    ],
)  # fmt: skip
def test_the_sentence_around_a_name(text: str, expected: str) -> None:
    """Cut at sentence ends and lines, not at abbreviations; a name inside a longer word is none."""
    assert sentence(text, "Ann Lee") == expected


def test_longer_names_come_first() -> None:
    """The whole of `Ann Lee Fox` is the name, not its start."""
    found = find_sentence("Ann Lee Fox spoke.", name_pattern(["Ann Lee", "Ann Lee Fox"]))
    assert found is not None
    assert (found.name_start, found.name_end) == (0, 11)


def test_a_long_sentence_is_cut_at_words() -> None:
    """The name stays, and neither end cuts a word."""
    text = "word " * 100 + "Ann Lee " + "word " * 100
    cut = sentence(text, "Ann Lee", length=60)
    assert "Ann Lee" in cut
    assert len(cut) <= 60
    assert set(cut.split()) == {"word", "Ann", "Lee"}


def test_without_a_name_there_is_no_sentence() -> None:
    """Neither in a text that lacks it, nor for no names at all."""
    assert find_sentence("Some text.", name_pattern(["Ann"])) is None
    assert find_sentence("Some text.", name_pattern(["", ""])) is None


@given(st.text("Aa .!\n“”'", max_size=80), st.text("Aa.", min_size=1, max_size=4), st.integers(5, 50))
def test_offsets_stay_inside_the_text(text: str, name: str, length: int) -> None:
    """Whatever the text, the name lies in the sentence, the sentence in one line, and in the length asked for."""
    found = find_sentence(text, name_pattern([name]), length)
    if found is None:
        return
    assert 0 <= found.start <= found.name_start < found.name_end <= found.end <= len(text)
    assert text[found.name_start : found.name_end] == name
    assert "\n" not in text[found.start : found.end]
    assert found.end - found.start <= max(length, len(name))
