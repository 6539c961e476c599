"""Addresses that pages ask for: what may be one, and which one a page has that asks for none."""

from __future__ import annotations

import unicodedata

from sitegen.slug import slugify

RESERVED = frozenset(
    (
        "archive assets authors kinds map media network organizations people places search sources tags undated "
        ".sitegen"
    ).split()
)
"""First path segments that the program's own pages use."""

_FILES = frozenset("404.html feed.json feed.xml index.html opensearch.xml robots.txt sitemap.xml".split())
"""Files at the root of the site; a page's folder cannot have the name of one, nor of the file inside a folder."""

_FORBIDDEN = frozenset('\\:*?"<>|#%')


def checked_permalink(text: str) -> str | None:
    """The address as `/…/`, or None if it is none that every host and file system can serve, or that is not ours."""
    segments = unicodedata.normalize("NFC", text).strip("/").split("/")
    if not text.startswith("/") or len(text) > 400 or not segments[0]:
        return None
    for segment in segments:
        if not segment or segment.startswith(".") or segment.endswith((".", " ")) or len(segment.encode()) > 200:
            return None
        if not _FORBIDDEN.isdisjoint(segment) or any(unicodedata.category(char) in _UNSEEN for char in segment):
            return None
    folded = [segment.casefold() for segment in segments]
    first = folded[0]
    if first in _FILES or "index.html" in folded or (first.startswith("sitemap") and first.endswith(".xml")):
        return None
    if first in RESERVED and not (segments[0] == "undated" and len(segments) == 2):
        return None
    return "/" + "/".join(segments) + "/"


_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"))


def permalink_of_path(path: str) -> str:
    """Address of a page that names none: `articles/2018/06/slug.md` → `/2018/06/slug/`, `pages/about.md` → `/about/`.

    An article outside a year's folder stands under `/articles/`, so that it cannot take the place of another page.
    """
    family, _, rest = path.removesuffix(".md").partition("/")
    segments = [slugify(segment) for segment in rest.split("/")]
    if family == "articles" and not (len(segments) > 1 and len(segments[0]) == 4 and segments[0].isdigit()):
        segments.insert(0, "articles")
    if family == "pages" and segments[0] in RESERVED:
        segments.insert(0, "pages")
    return "/" + "/".join(segments) + "/"
