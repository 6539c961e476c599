"""Where everything lives on the site: root-relative URLs and the output files behind them."""

from __future__ import annotations

import unicodedata

from sitegen.slug import slugify

_FAMILY_OF_KIND = {"person": "people", "organization": "organizations", "place": "places"}

GROUP_FAMILIES = ("sources", "authors", "tags")
"""Families of articles that are not entities."""


def family_of_kind(kind: str) -> str:
    """URL folder of a kind of entity: `people`, `organizations`, `places`, else `kinds/SLUG`."""
    return _FAMILY_OF_KIND.get(kind) or f"kinds/{slugify(kind)}"


def group_url(family: str, slug: str) -> str:
    """A group's own page: `/people/neil-armstrong/`."""
    return f"/{family}/{slug}/"


def group_year_url(family: str, slug: str, year: str) -> str:
    """A large group's page for one year; articles without a date are under `undated`."""
    return f"/{family}/{slug}/{year or 'undated'}/"


def letter_url(family: str, letter: str) -> str:
    """An A–Z list: `/people/a-z/s/`; `letter` may be a longer prefix where the list had to be cut finer."""
    return f"/{family}/a-z/{letter}/"


def month_url(month: str) -> str:
    """`1987-03` → `/archive/1987/03/`."""
    return f"/archive/{month[:4]}/{month[5:7]}/"


def year_url(year: str) -> str:
    """`1987` → `/archive/1987/`."""
    return f"/archive/{year}/"


UNDATED_URL = "/undated/"


def output_path(url: str) -> str:
    """The output file a root-relative URL is served from, `/`-separated."""
    path = url.lstrip("/")
    return path + "index.html" if not path or path.endswith("/") else path


def spelling(path: str) -> str:
    """What two paths share that some disk or host takes for the same: case and Unicode form do not count."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", path).casefold())
