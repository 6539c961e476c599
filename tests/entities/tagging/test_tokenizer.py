"""The tokenizer: what stands alone, what stays together, and offsets that always fit."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.tagging.tokenizer import BREAK, tokenize


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("he agreed.Defense chiefs", ["he", "agreed", ".", "Defense", "chiefs"]),
        ("in 2006.“We saw", ["in", "2006", ".", "“", "We", "saw"]),
        ("the U.N.-led talks", ["the", "U.N.", "-", "led", "talks"]),
        ("Oman’s and Oman's", ["Oman", "’s", "and", "Oman", "'s"]),
        ("O'Hara don't", ["O'Hara", "don't"]),
        ("J. R. Hartley Jr. came.", ["J.", "R.", "Hartley", "Jr.", "came", "."]),
        ("1,200.5 and 5th", ["1,200.5", "and", "5th"]),
        ("see https://a.example/b?c now", ["see", "https://a.example/b?c", "now"]),
        ("write to ann@example.org", ["write", "to", "ann@example.org"]),
        ("one\n \n\ntwo", ["one", BREAK, "two"]),
        ("al-Amin", ["al", "-", "Amin"]),
        ("", []),
    ],
)
def test_words_come_apart_where_names_begin_and_end(text: str, words: list[str]) -> None:
    """Glued sentences, hyphens and possessives are cut; abbreviations, addresses and inner apostrophes are not."""
    assert tokenize(text).words == words


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("aB.'’- \n@1_")), max_size=200))
def test_tokens_cover_everything_but_white_space_in_order(text: str) -> None:
    """Offsets ascend, lie inside the text, and only white space is left out."""
    tokens = tokenize(text)
    covered = set()
    before = 0
    for word, start, end in zip(*tokens, strict=True):
        assert before <= start < end <= len(text)
        assert word == (BREAK if text[start] == BREAK else text[start:end])
        covered.update(range(start, end))
        before = end
    assert all(char.isspace() for at, char in enumerate(text) if at not in covered)


@pytest.mark.parametrize("piece", ["a", "a.", "A.", "a-", "1,", "w.", "'", "@", "a@b.", "http://", "\u0301"])
def test_long_runs_take_linear_time(piece: str) -> None:
    """No run of one pattern makes the tokenizer slow."""
    started = time.process_time()
    tokenize(piece * (60_000 // len(piece)))
    assert time.process_time() - started < 3
