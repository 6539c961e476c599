"""Characters that texts may not hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sitegen.markup.controls import _FORBIDDEN, strip_controls, unify_newlines


@given(st.text(alphabet=st.characters()))
def test_only_forbidden_characters_go(text: str) -> None:
    """The quick look at bytes finds what the pattern finds."""
    assert strip_controls(text) == _FORBIDDEN.sub("", text)


def test_marks_surrogates_and_controls_go() -> None:
    """Control characters, half surrogate pairs, byte-order marks and noncharacters leave; blanks stay."""
    assert strip_controls("a\x00\x0e\x11\x1f\x7f\x85\x9f\ud800\udfff\ufeff\ufffe\ufdd0b") == "ab"
    assert strip_controls("a\t\n\xa0\u200d\u2028é漢\U0001f680") == "a\t\n\xa0\u200d\u2028é漢\U0001f680"


def test_line_ends_become_line_feeds() -> None:
    """CRLF and CR are line ends."""
    assert unify_newlines("a\r\nb\rc\n") == "a\nb\nc\n"
