"""Excerpts and suggestions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh_support import Page, built, find

from sitegen.store.whoosh.snippet import LENGTH, Snippets
from sitegen.store.whoosh.suggest import edit_distances

FILLER = " ".join(f"filler{number}" for number in range(200))


def marked(text: str, *terms: str, language: str = "en") -> list[str]:
    """What is marked in the excerpt."""
    snippet = Snippets(terms).cut(text, language)
    return [snippet.text[start:end] for start, end in snippet.marks]


def test_the_window_holds_most_words():
    """The excerpt is cut where the most different words of the query stand together."""
    text = f"moon {FILLER} moon moon {FILLER} The moon landing of July {FILLER}"
    snippet = Snippets(("moon", "land")).cut(text, "en")
    assert "The moon landing of July" in snippet.text
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["moon", "landing"]
    assert snippet.text.startswith("… ")
    assert snippet.text.endswith(" …")
    assert len(snippet.text) <= LENGTH + 4


def test_short_texts_are_shown_whole():
    """A text that fits is not cut, and its paragraphs run on."""
    assert Snippets(()).cut("One.\nTwo.", "en").text == "One. Two."
    assert Snippets(("moon",)).cut("", "en").text == ""


def test_without_hits_the_beginning_is_shown():
    """A hit by its title or its date shows how its text begins."""
    snippet = Snippets(("moon",)).cut(FILLER, "en")
    assert snippet.text.startswith("filler0 filler1")
    assert snippet.marks == ()


def test_marks_follow_stems_and_languages():
    """Every form of a word is marked, by the rules of the text's language."""
    assert marked("He lands, she landed; a landing.", "land") == ["lands", "landed", "landing"]
    assert marked("l'homme et l’homme", "homm", language="fr") == ["l'homme", "l’homme"]
    assert marked("Un café.", "cafe", language="") == ["café"]


def test_runs_without_spaces_are_marked_in_part():
    """In scripts without spaces, the stretch that was looked for is marked."""
    assert marked("昨日の月面着陸は成功した", "月面", "面着", "着陸", language="ja") == ["月面着陸"]
    assert marked("月面と月面", "月面", language="ja") == ["月面", "月面"]
    assert marked("ｶﾞﾝﾀﾞﾑの月面", "月面", language="ja") == ["ｶﾞﾝﾀﾞﾑの月面"]  # Normalisation changes its length.


def test_a_word_without_end_is_cut_anyway():
    """Text without spaces gets an excerpt of the usual length."""
    assert len(Snippets(()).cut("x" * 5000, "en").text) <= LENGTH + 2


@settings(deadline=None)
@given(st.text("ab \n月面.'", max_size=600), st.lists(st.sampled_from(("a", "b", "ab", "月面")), max_size=3))
def test_marks_lie_within_the_excerpt(text, terms):
    """Marks are ascending, do not overlap and lie inside; what is shown stands in the text."""
    snippet = Snippets(terms).cut(text, "")
    position = 0
    for start, end in snippet.marks:
        assert position <= start < end <= len(snippet.text)
        position = end
    assert snippet.text.removeprefix("… ").removesuffix(" …") in text.replace("\n", " ")


PAGES = (
    Page("a", "Hezbollah fired a missile. The missile fell. Missiles fell on Haifa."),
    Page("b", "Hezbollah and Hamas met in Lebanon."),
    Page("c", "The committee met in Lebanon. A commitee? No: the committee."),
    *(Page(f"x{number}", "the committee") for number in range(120)),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hezbolah missle", "hezbollah missile"),
        ("Hezbolah AND missle", "hezbollah AND missile"),
        ("hezbollah missile", None),
        ("commitee", "committee"),  # Occurs, but its neighbour is a hundred times commoner.
        ("lebanno", "lebanon"),  # Swapped letters.
        ("person:hezbolah", "person:hezbollah"),
        ("hezbolah*", None),
        ("hamsa 1999", "hamas 1999"),
        ("qqqqqqqq", None),
        ("ha", None),
        ("mett", "met"),
        ("", None),
    ],
)
def test_misspelt_words_are_put_right(tmp_path_factory, query, expected):
    """Unknown and suspiciously rare words are replaced by near words of the archive; the rest of the query stays."""
    with built(tmp_path_factory.mktemp("index"), PAGES) as index:
        assert find(index, query).suggestion == expected


def distance(one: str, other: str) -> int:
    """Optimal string alignment, the textbook way."""
    rows = [[i + j if i * j == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = one[i - 1] != other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@settings(deadline=None)
@given(st.text("abc", min_size=1, max_size=7), st.lists(st.text("abc", min_size=1, max_size=9), min_size=1))
def test_distances_are_right_up_to_two(word, others):
    """Many distances at once equal those of the textbook's table, as far as 2."""
    others = [other for other in others if abs(len(other) - len(word)) <= 2]
    if not others:
        return
    width = len(word) + 2
    codes = np.array(others, dtype=f"U{width}").view(np.uint32).reshape(len(others), width)
    found = edit_distances(word, codes, np.array([len(other) for other in others]))
    assert [min(d, 3) for d in found.tolist()] == [min(distance(word, other), 3) for other in others]
