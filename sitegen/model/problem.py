"""What went wrong, said so that a person can act on it."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about one input: a warning or an error with its place and a way out."""

    path: str
    """File the problem is in, `/`-separated, relative to the archive's root where it lies inside."""

    line: int = 0
    """1-based line (or record) number; 0 where a line makes no sense."""

    code: str
    """Stable kebab-case name, such as `front-matter-yaml`; scripts may match on it."""

    message: str
    """What happened, one sentence."""

    hint: str = ""
    """What the person can do about it."""

    severity: str = "warning"
    """`warning` (the rest went on) or `error`."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.message}{hint} [{self.code}]"
