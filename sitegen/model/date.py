"""Dates as archives know them: a day, a month, a year, and sometimes a doubt."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

import msgspec

_EDTF = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([?~%]?)", re.ASCII)
_LONGEST = len("1987-03-05?")


class EdtfDate(msgspec.Struct, frozen=True, order=True):
    """A date at EDTF level 1 (Library of Congress, 2019), cut down to year, month, day and a qualifier.

    `month` and `day` are 0 where unknown. Ordering puts a bare year before its months.
    """

    year: int
    month: int = 0
    day: int = 0
    qualifier: str = ""
    """`?` uncertain, `~` approximate, `%` both, or empty."""

    @classmethod
    def parse(cls, text: str) -> EdtfDate | None:
        """Read `1987`, `1987-03`, `1987-03-05`, each with an optional `?`, `~` or `%`; None where it is none."""
        text = text.strip()
        return _parse(text) if len(text) <= _LONGEST else None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        if self.month:
            parts.append(f"{self.month:02d}")
        if self.day:
            parts.append(f"{self.day:02d}")
        return "-".join(parts) + self.qualifier


@lru_cache(maxsize=1 << 14)
def _parse(text: str) -> EdtfDate | None:
    """As `EdtfDate.parse`: an archive has far fewer days than dates."""
    found = _EDTF.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if year == 0 or (found[2] and not 1 <= month <= 12):
        return None
    if found[3] and not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return EdtfDate(year, month, day, found[4])
