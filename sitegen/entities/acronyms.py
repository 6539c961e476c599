"""Acronyms and the names they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sitegen.entities.names import word_set

_ACRONYM = re.compile(r"(?:[A-Z]\.?){2,8}s?|[A-Z][A-Za-z&/-]{1,6}[A-Z]s?")
_SMALL_WORDS = word_set("of the and for in on to at de la du des der und et y e a an")


def acronym_letters(name: str) -> str:
    """Return the letters of an acronym in lower case (`U.N.` → `un`), or nothing where the name is none."""
    if " " in name or not _ACRONYM.fullmatch(name):
        return ""
    letters = "".join(char for char in name.removesuffix("s") if char.isalnum()).lower()
    return letters if 2 <= len(letters) <= 8 else ""


def initials(words: Sequence[str]) -> frozenset[str]:
    """Return what the words of a normal form may be abbreviated to: all initials, and those of all but small words.

    Two letters are too few to leave small words out: `DC` is no Department of Commerce.
    """
    if len(words) < 2:
        return frozenset()
    found: set[str] = set()
    for part in _parts(words):
        every, great = "".join(w[0] for w in part), "".join(w[0] for w in part if w not in _SMALL_WORDS)
        found.update((every, great) if len(great) > 2 else (every,))
    return frozenset(found)


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield what an acronym may be made of: `EPA` leaves `United States` out, `HHS` also `Department of`."""
    yield words
    if tuple(words[:2]) == ("united", "states") and len(words) > 4:
        words = words[2:]
        yield words
    if tuple(words[:2]) in (("department", "of"), ("ministry", "of")) and len(words) > 4:
        yield words[2:]


def is_abbreviation(letters: str, words: Sequence[str]) -> bool:
    """Tell whether `letters` stand in this order in `words`, the first one at the start.

    After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.
    """
    text = " ".join(words)
    if not letters or not text.startswith(letters[0]):
        return False
    position = 0
    for letter in letters[1:]:
        position = text.find(letter, position + 1)
        if position < 0:
            return False
    return True
