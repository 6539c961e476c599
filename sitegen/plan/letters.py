"""A–Z lists: by the first letter, and finer where a letter has too many names."""

from __future__ import annotations

LETTER_LIST = 1500
"""A list with more names is cut by longer prefixes."""

FEW = 150
"""Names of a longer prefix that stay in the list they were in: a page for every few names would be many pages."""

LONGEST_PREFIX = 9
"""Characters; a list by so long a prefix is not cut again."""

DIGITS = "0-9"


def letter_of(slug: str) -> str:
    """The A–Z list a slug stands in: its first character, digits together under `0-9`."""
    return DIGITS if slug[0].isdigit() else slug[0]
