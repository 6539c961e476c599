"""Scores and matches against brute force over the texts."""

from __future__ import annotations

import fnmatch
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh_support import Page, built, find, ids

from sitegen.search.analysis import fold_words
from sitegen.store.whoosh.evaluate import COVERAGE, K1, LENGTH_SHARE, WEIGHTS, Evaluator, _matcher
from sitegen.store.whoosh.query import Clause, Pattern

# No stemmer for this language, so that terms are words and the oracle stays simple.
LANGUAGE = "la"


def make_pages(count: int) -> list[Page]:
    """Articles of few words, so that phrases occur by chance."""
    draw = random.Random(7)
    words = ["luna", "terra", "mare", "stella", "via", "astra", "per", "aspera"]
    return [
        Page(
            f"id{number:03d}",
            " ".join(draw.choices(words, k=draw.randint(0, 30))),
            " ".join(draw.choices(words, k=draw.randint(0, 4))),
            f"19{draw.randint(57, 75)}",
            language=LANGUAGE,
        )
        for number in range(count)
    ]


PAGES = make_pages(80)


def bm25f(pages: list[Page], counts: list[dict[str, int]]) -> list[float]:
    """The formula, written out: counts of something in title and body of each article to scores."""
    lengths = [{"title": len(page.title.split()), "body": len(page.body.split())} for page in pages]
    averages = {field: sum(length[field] for length in lengths) / len(pages) for field in WEIGHTS}
    matching = sum(any(count.values()) for count in counts)
    idf = math.log(1 + (len(pages) - matching + 0.5) / (matching + 0.5))
    scores = []
    for count, length in zip(counts, lengths, strict=True):
        frequency = sum(
            WEIGHTS[f] * count[f] / (1 - LENGTH_SHARE[f] + LENGTH_SHARE[f] * length[f] / averages[f]) for f in WEIGHTS
        )
        scores.append(idf * frequency * (K1 + 1) / (frequency + K1))
    return scores


def occurrences(page: Page, phrase: list[str]) -> dict[str, int]:
    """How often consecutive words occur in title and body."""
    found = {}
    for field in WEIGHTS:
        words = getattr(page, field).split()
        found[field] = sum(words[at : at + len(phrase)] == phrase for at in range(len(words)))
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """The articles, indexed."""
    with built(tmp_path_factory.mktemp("index"), PAGES) as made:
        yield made


@pytest.mark.parametrize("phrase", ["luna", "per aspera", "ad astra", "luna terra mare", "luna luna", "via via via"])
def test_scores_are_bm25f(index, phrase):
    """Words and phrases get the scores of the formula, and every article that holds them is found."""
    words = phrase.split()
    counts = [occurrences(page, words) for page in PAGES]
    scores = bm25f(PAGES, counts)
    expected = {page.id: score for page, score, count in zip(PAGES, scores, counts, strict=True) if any(count.values())}
    found = find(index, f'"{phrase}"')
    assert {hit.id: hit.score for hit in found.hits} == pytest.approx(expected, abs=1e-9)
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


def test_several_words_add_up_and_coverage_counts(index):
    """An article's score is the sum over its words, less a share for the words it lacks."""
    parts = [[occurrences(page, [word]) for page in PAGES] for word in ("mare", "stella")]
    scores = [bm25f(PAGES, counts) for counts in parts]
    weights = []
    for counts in parts:
        matching = sum(any(count.values()) for count in counts)
        weights.append(math.log(1 + (len(PAGES) - matching + 0.5) / (matching + 0.5)))
    expected = {}
    for number, page in enumerate(PAGES):
        covered = sum(w for w, score in zip(weights, scores, strict=True) if score[number]) / sum(weights)
        if covered:
            expected[page.id] = sum(s[number] for s in scores) * (1 - COVERAGE + COVERAGE * covered)
    found = find(index, "mare stella")
    assert {hit.id: hit.score for hit in found.hits} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("slop", [1, 2, 3, 5])
def test_loose_phrases_allow_gaps(index, slop):
    """`~n` lets each word stand up to n positions after the one before."""

    def holds(words: list[str]) -> bool:
        ends = {at for at, word in enumerate(words) if word == "luna"}
        for wanted in ("mare", "via"):
            ends = {at for at, word in enumerate(words) if word == wanted and any(0 < at - e <= slop for e in ends)}
        return bool(ends)

    expected = [page.id for page in PAGES if holds(page.title.split()) or holds(page.body.split())]
    assert sorted(ids(index, f'"luna mare via"~{slop}')) == expected
    assert expected


def test_names_do_not_run_into_each_other(tmp_path):
    """A phrase does not begin in one name and end in the next."""
    page = Page("a", people=("Neil Armstrong", "Buzz Aldrin", "Neil Armstrong Junior"))
    with built(tmp_path, [page]) as made:
        assert ids(made, 'person:"armstrong buzz"') == []
        assert ids(made, 'person:"armstrong buzz"~50') == []
        assert ids(made, 'person:"armstrong junior"') == ["a"]
        assert ids(made, "person:'neil armstrong junior'") == ["a"]


def test_long_texts_keep_their_positions(tmp_path):
    """Positions beyond 2**16 and lengths beyond what Whoosh tells apart are found."""
    body = "filler " * 120_000 + "rare phrase " + "filler " * 10
    with built(tmp_path, [Page("long", body), Page("short", "phrase rare")]) as made:
        assert ids(made, '"rare phrase"') == ["long"]
        assert ids(made, "rare") == ["short", "long"]
        assert ids(made, '"filler filler rare"') == ["long"]


def test_many_postings_fill_many_blocks(tmp_path):
    """A word in every article of some hundreds is found in all of them."""
    pages = [Page(f"{number:04d}", "common " * (number % 3 + 1)) for number in range(700)]
    with built(tmp_path, pages) as made:
        assert sorted(ids(made, "common")) == [page.id for page in pages]
        assert sorted(ids(made, '"common common"')) == [page.id for page in pages if page.body.count("common") > 1]


@settings(deadline=None)
@given(st.text("abc*?", min_size=1, max_size=8), st.text("abc", max_size=8))
def test_patterns_match_like_the_shell(pattern, word):
    """`*` and `?` match as in file names."""
    prefix, matches = _matcher(Pattern(("body",), pattern))
    assert bool(matches(word)) == fnmatch.fnmatchcase(word, pattern)
    if matches(word):
        assert word.startswith(prefix)


def test_patterns_take_linear_time(tmp_path):
    """A pattern of many stars does not blow up on a long word."""
    with built(tmp_path, [Page("a", "a" * 40)]) as made:
        assert ids(made, "a*" * 50 + "b") == []
        assert ids(made, "a*" * 30) == ["a"]


def test_frequent_words_stand_for_a_wide_pattern(tmp_path, monkeypatch):
    """Where a pattern stands for too many words, the most frequent are taken."""
    monkeypatch.setattr("sitegen.store.whoosh.evaluate.MAX_EXPANSION", 2)
    pages = [Page("a", "ma mb"), Page("b", "mb mc"), Page("c", "mc"), Page("d", "md"), Page("e", "mb")]
    with built(tmp_path, pages) as made:
        assert sorted(ids(made, "m*")) == ["a", "b", "c", "e"]


def test_unknown_clauses_are_refused(index):
    """A clause that is none of the kinds is a mistake in the program."""
    with pytest.raises(TypeError):
        Evaluator(index._snapshot()).evaluate(Clause())


def test_words_are_folded_alike_in_texts_and_queries(tmp_path):
    """Case, accents and forms of apostrophes make no difference."""
    with built(tmp_path, [Page("a", "Über den Ärger in Łódź — O’Brien’s café", language="de")]) as made:
        for query in ("uber", "ÄRGER", "lodz", "o'brien", "cafe", "CAFÉ"):
            assert ids(made, query) == ["a"], query
    assert fold_words("Łódź") == ["lodz"]
