"""Old addresses of the site, read from the pages that redirect, for hosts that can redirect by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

from sitegen.publish.site_files import SiteFile

LARGEST = 4_096
"""A page that only redirects has fewer bytes."""
_REFRESH = re.compile(
    rb"""<meta\s[^>]*http-equiv\s*=\s*["']?refresh["']?[^>]*\scontent\s*=\s*["']\s*0\s*;\s*url=([^"'>]+)""",
    re.IGNORECASE,
)
_BASE = "http://site.invalid/"


def read_redirects(files: Mapping[str, SiteFile]) -> dict[str, str]:
    """Old address → new address, both beginning with `/` at the site's top, not percent-encoded."""
    found: dict[str, str] = {}
    for path, file in sorted(files.items()):
        if file.size > LARGEST or not path.endswith("/index.html"):
            continue
        refresh = _REFRESH.search(file.read()[:2_048])
        if refresh is None:
            continue
        target = urlsplit(urljoin(_BASE + path, unescape(refresh[1].decode("utf-8", "replace"))))
        if f"{target.scheme}://{target.netloc}/" == _BASE:
            found["/" + path.removesuffix("index.html")] = unquote(target.path).removesuffix("index.html")
    return found
