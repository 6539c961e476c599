"""Analysis: words, folding and stems, in Python and in the browser's client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_support import Client

from sitegen.search.analysis import MAX_WORD, Analyzer, base_language, fold, fold_words, segment

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))


def analysed(text: str, language: str = "en") -> list[tuple[str, str]]:
    analyzer = Analyzer()
    return [(analyzer.words[i], analyzer.terms[i]) for i in analyzer.analyse(text, language)]


@pytest.mark.parametrize("vector", VECTORS, ids=[v["why"] for v in VECTORS])
def test_vectors_hold_in_python(vector: dict[str, object]) -> None:
    """Each text of the shared vectors is cut into the words that stand there."""
    assert fold_words(str(vector["text"])) == vector["words"]


def test_vectors_hold_in_the_client(client: Client) -> None:
    """The client cuts the shared vectors in the same way."""
    for vector in VECTORS:
        assert client.call("foldWords", vector["text"]) == vector["words"], vector["why"]


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "Mn"), max_codepoint=0x2FFF)
        | st.sampled_from("aé'’.,\"-_ 1٣ßİΣς東ガ\u0301ـש״"),
        max_size=30,
    )
)
def test_python_and_client_agree_on_any_text(client: Client, text: str) -> None:
    """Random text of many scripts gives the same words in both.

    Characters younger than Python's own tables are left out: both sides follow their own version of Unicode.
    """
    assert client.call("foldWords", text) == fold_words(text)


@given(st.text(max_size=200))
def test_words_are_never_empty(text: str) -> None:
    """Whatever stands in a text, each of its words can be looked up."""
    assert all(len(word) > 0 for word in fold_words(text))


@given(st.text(max_size=60), st.sampled_from(["en", "de", "fr", "ru", "ar", "xx", ""]))
def test_ids_stand_for_the_words_of_the_text(text: str, language: str) -> None:
    """There is one id a word, in text order; only leaning articles differ from the plain words."""
    pairs = analysed(text, language)
    assert len(pairs) == len(fold_words(text))
    if language != "fr":
        assert [word for word, _ in pairs] == fold_words(text)


def test_terms_are_stems_of_the_articles_language() -> None:
    """The same spelling has other stems in other languages, and an id of its own."""
    analyzer = Analyzer()
    english = analyzer.analyse("generations", "en-GB")
    unknown = analyzer.analyse("generations", "xx")
    assert (analyzer.terms[english[0]], analyzer.terms[unknown[0]]) == ("generat", "generations")
    assert analyzer.words[english[0]] == analyzer.words[unknown[0]]


def test_stems_are_taken_before_diacritics_go() -> None:
    """Russian endings in й are known to the stemmer; the term is folded afterwards."""
    assert analysed("зелёный", "ru")[0][0] == "зеленыи"
    assert analysed("зелёный", "ru")[0][1] == analysed("зелёные", "ru")[0][1]


def test_dots_and_apostrophes_do_not_reach_the_stem() -> None:
    """`U.S.` is `us`, and possessives share the stem of the name."""
    assert analysed("U.S. Vance’s")[:2] == [("us", "us"), ("vance", "vanc")]


def test_leaning_articles_are_cut_off_where_the_language_has_them() -> None:
    """French `l'été` is indexed as `ete`, English `o'clock` whole."""
    assert analysed("l’été aujourd’hui", "fr") == [("ete", "ete"), ("aujourdhui", "aujourdhui")]
    assert analysed("o’clock", "en")[0][0] == "oclock"


def test_scripts_without_spaces_become_pairs() -> None:
    """Overlapping pairs of characters, a single character alone."""
    assert fold_words("東京都 水") == ["東京", "京都", "水"]
    assert analysed("東京都", "ja") == [("東京", "東京"), ("京都", "京都")]


def test_long_runs_are_cut() -> None:
    """A run of letters without end is one word of bounded length, in linear time."""
    assert fold("x" * 1_000_000) == "x" * MAX_WORD
    assert len(fold_words("'" * 100_000 + "a." * 100_000)) > 0


def test_segments_keep_the_texts_own_spelling() -> None:
    """Segments are substrings of the text."""
    assert segment("Don’t stop, 1,000 時間!") == ["Don’t", "stop", "1,000", "時間"]


def test_language_tags_are_reduced_to_the_language() -> None:
    """Regions and scripts do not matter for stemming."""
    assert [base_language(tag) for tag in ("en-GB", "pt_BR", "DE", "")] == ["en", "pt", "de", ""]
