"""Root-relative URLs made relative to a page, or absolute: so that a site works under any base path."""

from __future__ import annotations

import re
import urllib.parse

_OUTSIDE = re.compile(r"(?:https?://|mailto:|geo:|#)", re.IGNORECASE)
_URI_SAFE = "/%:@!$&'()*+,;=~-._?#[]"
_URI = re.compile(f"[A-Za-z0-9{re.escape(_URI_SAFE)}]*")


def root_prefix(url: str) -> str:
    """Relative way from the page at root-relative `url` to the site's root, with a trailing slash.

    `/2018/06/slug/` → `../../../`, `/404.html` → `./` (never empty, so that a first segment holding a colon
    is not read as a scheme).
    """
    return "../" * (url.count("/") - 1) or "./"


def base_path(base_url: str) -> str:
    """Path of `base_url` with a trailing slash: `https://example.org/repo/` → `/repo/`."""
    path = urllib.parse.urlsplit(base_url).path.strip("/")
    return f"/{path}/" if path else "/"


def relative_url(url: str, prefix: str, *, file_urls: bool = False) -> str:
    """Root-relative `url` as seen from a page whose way to the root is `prefix`.

    Absolute `http`, `https`, `mailto` and `geo` URLs and bare fragments are kept; anything else (`javascript:`
    among them) becomes `#`. With `file_urls`, folders name their `index.html`.
    """
    if url[:1] != "/":
        return url if _OUTSIDE.match(url) else "#"
    path = url.lstrip("/\\")  # two slashes, or a slash and a backslash, would name another host
    if file_urls:
        cut = min((at for at in (path.find("#"), path.find("?")) if at >= 0), default=len(path))
        if cut == 0 or path[cut - 1] == "/":
            return f"{prefix}{path[:cut]}index.html{path[cut:]}"
    return prefix + path


def absolute_url(url: str, base_url: str) -> str:
    """Root-relative `url` below `base_url` as a URI (RFC 3986: other characters percent-encoded).

    Without a `base_url` it stays root-relative; `http` and `https` URLs are kept, anything else is refused as empty.
    """
    if url[:1] == "/":
        url = base_url + url.lstrip("/\\") if base_url else "/" + url.lstrip("/\\")
    elif not url.lower().startswith(("https://", "http://")):
        return ""
    return url if _URI.fullmatch(url) else urllib.parse.quote(url, safe=_URI_SAFE)


def list_path(url: str) -> str:
    """Path of the list a page belongs to: `/people/buzz-aldrin/` → `people`, `/kinds/ship/beagle/` → `kinds/ship`."""
    segments = url.strip("/").split("/")
    return "/".join(segments[: 2 if segments[0] == "kinds" else 1])
