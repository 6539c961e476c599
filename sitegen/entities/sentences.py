"""The sentence of a text that names an entity: evidence for editors, keyword in context for readers.

Texts are plain, a line for each paragraph, as `markup.plain_text` gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# An abbreviation's full stop ends no sentence: one after a capital letter alone (`H.R.`, `J. Smith`), after a common
# short form, or before a lower-case letter.
_SHORT_FORMS = (
    "Mr",
    "Ms",
    "Mrs",
    "Dr",
    "St",
    "No",
    "vs",
    "Rep",
    "Sen",
    "Gov",
    "Gen",
    "Col",
    "Lt",
    "Jr",
    "Sr",
    "Inc",
    "Co",
)
# Signs first: almost no character is one, and the pattern then has nothing more to look at.
_SENTENCE_END = re.compile(
    r"(?:[!?…]|\.(?<!\b[A-Z]\.)"
    + "".join(rf"(?<!\b{form}\.)" for form in _SHORT_FORMS)
    + r")['\"’”)\]]{0,2}\s(?![a-z])"
)


class Sentence(NamedTuple):
    """A piece of a text that names an entity; offsets are code points into the text."""

    start: int
    end: int
    name_start: int
    name_end: int


def name_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """What finds any of some names as whole words, the longer before the shorter. Matching takes linear time."""
    ordered = sorted(set(filter(None, names)), key=lambda name: (-len(name), name))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, ordered)) + r")(?!\w)" if ordered else r"(?!)")


def find_sentence(text: str, names: re.Pattern[str], length: int = 240) -> Sentence | None:
    """Find the first place in a text that matches, and the sentence around it.

    Args:
        text: plain text.
        names: as `name_pattern` makes it.
        length: characters at most; a longer sentence is cut at words, the name stays whole in it.
    """
    found = names.search(text)
    if found is None:
        return None
    return sentence_around(text, found.start(), found.end(), length)


def sentence_around(text: str, start: int, end: int, length: int = 240) -> Sentence:
    """Find the sentence around the name at `text[start:end]`; see `find_sentence` for `length`."""
    room = max(0, length - (end - start))
    low = max(text.rfind("\n", 0, start) + 1, start - room)
    for stop in _SENTENCE_END.finditer(text, low, start + 1):
        if stop.end() <= start:
            low = stop.end()
    if low and not text[low - 1].isspace():
        low = text.find(" ", low, start) + 1 or start
    line_end = text.find("\n", end)
    high = min(len(text) if line_end < 0 else line_end, max(low + length, end))
    closing = _SENTENCE_END.search(text, end, high)
    if closing is not None:
        high = closing.end() - 1
    elif high < len(text) and not text[high].isspace():
        high = max(end, text.rfind(" ", end, high))
    return Sentence(low, high, start, end)
