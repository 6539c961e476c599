"""What a person asks of a build, and what a build tells."""

from __future__ import annotations

import msgspec

from sitegen.model import Problem


class BuildOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for."""

    clean: bool = False
    """Forget the cache and the site, and make everything anew."""
    jobs: int = 0
    """Worker processes; 0: one a core."""
    explain: bool = False
    """Report every page that is rendered, and why."""


class Written(msgspec.Struct, frozen=True):
    """One page that was rendered, and why."""

    page: str
    path: str
    reason: str
    changed: bool
    """Its bytes on disk changed."""


class BuildReport(msgspec.Struct, kw_only=True):
    """What a build did."""

    articles: int = 0
    written: int = 0
    kept: int = 0
    deleted: int = 0
    set_aside: int = 0
    rendered: int = 0
    files: int = 0
    """Files the site consists of."""
    seconds: float = 0.0
    output: str = ""
    problems: list[Problem] = []
    pages: list[Written] = []
    """Pages that were rendered, with the reason; for `--explain`."""
    looked_at: str = ""
    """Which pages were looked at: `no pages`, `pages that a change can touch`, or why it was all of them."""
