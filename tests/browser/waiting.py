"""Waiting for what a page is to become; how long that takes says nothing, since the machine may be busy."""

from __future__ import annotations

import contextlib
import time
from typing import Any

PATIENCE = 60.0
"""Seconds until something that should happen at once counts as never happening."""


def until(page: Any, expression: str) -> None:
    """Wait until something is true in the page; the site's policy forbids what Playwright has for that."""
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(Exception):  # the page may be on its way
            if page.evaluate(expression):
                return
        assert time.monotonic() < end, expression
        time.sleep(0.02)
