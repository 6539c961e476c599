"""Slugs are readable, unique enough, and safe as file names everywhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sitegen.slug import MAX_BYTES, fold, slugify, unique_slug

TEXTS = st.text(max_size=120) | st.text(alphabet="aZé\u0301ßłΑύυЙёї-_.'’/\\ \u202e\u200d日한ﬁ", max_size=40)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("First Flight to the Moon", "first-flight-to-the-moon"),
        ("Straße, Łódź & Ørsted", "strasse-lodz-orsted"),
        ("Đà Nẵng", "da-nang"),
        ("Æsop’s œuvre", "aesops-oeuvre"),
        ("Юрий Гагарин", "yuriy-gagarin"),
        ("Щедрин", "shchedrin"),
        ("Αθήνα", "athina"),
        ("Ευτυχία, Ουρανός", "eftychia-ouranos"),
        ("U.S. Navy", "us-navy"),
        ("J.K. Rowling's", "jk-rowlings"),
        ("3.5 million", "3-5-million"),
        ("O’Brien", "obrien"),
        ("ＮＡＳＡ ﬁrst", "nasa-first"),
        ("İstanbul", "istanbul"),
    ],
)
def test_letters_are_transliterated_where_that_is_well_defined(text: str, slug: str) -> None:
    """Latin, Cyrillic and Greek become plain ASCII words."""
    assert slugify(text) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [("محمد علي", "محمد-علي"), ("月球 着陆", "月球-着陆"), ("한국 우주", "한국-우주"), ("नमस्ते दुनिया", "नमस्ते-दुनिया")],
)
def test_other_scripts_are_kept(text: str, slug: str) -> None:
    """Where a romanisation would be guesswork the letters stay."""
    assert slugify(text) == slug


@pytest.mark.parametrize("text", ["", " ", "..", ".", "/", "!?", "\u202e", "\ud800", "🚀"])
def test_a_text_without_letters_becomes_untitled(text: str) -> None:
    """There is always a slug."""
    assert slugify(text) == "untitled"


@pytest.mark.parametrize("name", ["CON", "nul", "Aux", "com1", "LPT9", "com¹", "prn."])
def test_device_names_of_windows_are_avoided(name: str) -> None:
    """`con` cannot be a file on Windows, `con-x` can."""
    assert slugify(name).endswith("-x")


def test_a_path_cannot_be_smuggled_in() -> None:
    """Separators and dots never survive."""
    assert slugify("../../etc/passwd") == "etc-passwd"
    assert slugify("..\\..\\boot.ini") == "boot-ini"


def test_long_texts_are_cut_at_a_word() -> None:
    """The last word is whole, unless one word is longer than all the room."""
    assert slugify("one two three four", 12) == "one-two"
    assert slugify("incomprehensibilities", 10) == "incomprehe"
    assert len(slugify("日" * 300).encode()) <= MAX_BYTES


@given(TEXTS, st.integers(1, 100))
@example("Σς ϐ ẞ ŉ ΐ", 80)
def test_slugs_are_safe_file_names(text: str, length: int) -> None:
    """Whatever the text, the slug is short, has no separator and survives normalisation and case folding."""
    slug = slugify(text, length)
    assert 0 < len(slug) <= max(length, len("untitled"))
    assert len(slug.encode()) <= MAX_BYTES
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert "--" not in slug
    for char in slug:
        assert char == "-" or unicodedata.category(char)[0] in "LNM"
    assert slug == unicodedata.normalize("NFC", slug)
    assert slug == unicodedata.normalize("NFC", unicodedata.normalize("NFD", slug).casefold())


@given(TEXTS)
def test_folding_and_slugs_are_stable(text: str) -> None:
    """Folding what is folded changes nothing, and a slug is its own slug."""
    assert fold(fold(text)) == fold(text)
    slug = slugify(text)
    assert slugify(slug) == slug


def test_a_tie_is_broken_by_identity() -> None:
    """Two things of one name get slugs that depend on nothing but themselves."""
    first, second = unique_slug("Same", "a"), unique_slug("Same", "b")
    assert first != second
    assert first.startswith("same-")
    assert unique_slug("Same", "a") == first
    assert len(unique_slug("x" * 200, "a")) <= 80
