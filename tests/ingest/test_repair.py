"""Repair of damaged text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.repair import repair_text


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("schÃ¶n â€œquoteâ€\x9d", "schön “quote”"),
        ("itâ€™s", "it’s"),
        ("AT&amp;T &quot;x&quot;", 'AT&T "x"'),
        ("ﬁne", "fine"),
        ("cafe\u0301", "café"),
        ("a\x00b\x0e\x11c\ufeffd\u00ade\ufffef", "abcdef"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("page one\fpage two\u2029three", "page one\n\npage two\n\nthree"),
        ("a \t b   c", "a b c"),
        ("one\n\n\n  \n\n\ntwo", "one\n\ntwo"),
        ("a\u00a0b\u3000c", "a b c"),
        ("x\u202ey", "xy"),
        ("left\u200fright", "leftright"),
    ],
)
def test_damage_is_repaired(broken: str, whole: str) -> None:
    """Mojibake, entities, decomposed letters, controls, line ends and blanks are put right."""
    assert repair_text(broken) == whole


@pytest.mark.parametrize(
    "text",
    [
        "“Curly” and ‘single’ quotes’ marks — stay…",
        "می‌خواهم",
        "👩‍💻 and 👍🏽",
        "אמר \u200fדני",
        "1\u00a0000 et «\u00a0mot\u00a0»\u00a0!",
        "R&D and a & b; fish&chips",
        "Zażółć gęślą jaźń, Ünïcödé, Â is a letter",
        "    an indented line",
    ],
)
def test_what_is_sound_stays(text: str) -> None:
    """Quotes, joiners, direction marks and spaces that belong are left alone."""
    assert repair_text(text) == text


def test_region_flags_keep_their_tags_and_others_do_not() -> None:
    """Tag characters stay in flags, and go where they hide in text."""
    flag = "🏴\U000e0067\U000e0062\U000e007f"
    assert repair_text(flag) == flag
    assert repair_text("a\U000e0067b") == "ab"


def test_layout_is_kept_for_markdown() -> None:
    """Markdown keeps tabs, runs of blanks and hard line breaks."""
    text = "a  \nb\n\n\tcode  here\n"
    assert repair_text(text, keep_layout=True) == "a  \nb\n\n\tcode  here"
    assert repair_text("a\n \n \n\nb", keep_layout=True) == "a\n\nb"


@given(st.text())
def test_nothing_forbidden_is_left(text: str) -> None:
    """The result has NFC, no control but the line feed, no noncharacter, and no gap longer than a blank line."""
    repaired = repair_text(text)
    assert unicodedata.is_normalized("NFC", repaired)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in repaired)
    assert "\n\n\n" not in repaired
    assert not any(ord(char) & 0xFFFE == 0xFFFE for char in repaired)
