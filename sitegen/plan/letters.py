"""A–Z lists: by the first letter, and finer where a letter has too many names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

LETTER_LIST = 1500
"""A list with more names is cut by longer prefixes."""

FEW = 150
"""Names of a longer prefix that stay in the list they were in: a page for every few names would be many pages."""

_LONGEST_PREFIX = 9
DIGITS = "0-9"

LetterLists = dict[str, tuple[list[str], list[str]]]
"""Prefix → (slugs it lists, longer prefixes it leads to)."""


def letter_of(slug: str) -> str:
    """The A–Z list a slug stands in: its first character, digits together under `0-9`."""
    return DIGITS if slug[0].isdigit() else slug[0]


def letter_lists(slugs: Iterable[str]) -> LetterLists:
    """The A–Z lists of a family; every slug stands in exactly one."""
    lists: LetterLists = {}

    def cut(prefix: str, names: list[str]) -> None:
        if len(names) <= LETTER_LIST or len(prefix) >= _LONGEST_PREFIX or prefix == DIGITS:
            lists[prefix] = (names, [])
            return
        finer: dict[str, list[str]] = defaultdict(list)
        for name in names:
            if len(name) > len(prefix):
                finer[name[: len(prefix) + 1]].append(name)
        many = [longer for longer in sorted(finer) if len(finer[longer]) > FEW]
        moved = {name for longer in many for name in finer[longer]}
        lists[prefix] = ([name for name in names if name not in moved], many)
        for longer in many:
            cut(longer, finer[longer])

    by_letter: dict[str, list[str]] = defaultdict(list)
    for slug in sorted(slugs):
        by_letter[letter_of(slug)].append(slug)
    for letter, names in sorted(by_letter.items()):
        cut(letter, names)
    return lists
