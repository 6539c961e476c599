"""Content types, cache lifetimes and security headers of published files."""

from __future__ import annotations

import re

from sitegen.publish.port import STATE_FOLDER

IMMUTABLE = "public, max-age=31536000, immutable"
"""For names that carry a digest of their bytes."""
REVALIDATE = "public, max-age=0, must-revalidate"
"""For all others: browsers keep a copy, and ask whether it is still the newest."""

SHARD_PATTERN = r"search/[a-z]+/[^/]+-[a-z0-9]{4,}\.(?:js|json)"
_SHARD = re.compile(SHARD_PATTERN)

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_TYPES = {
    "avif": "image/avif",
    "bib": "application/x-bibtex",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "gif": "image/gif",
    "graphml": "application/graphml+xml",
    "htm": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "md": "text/markdown; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "ris": "application/x-research-info-systems",
    "svg": "image/svg+xml",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "application/xml",
    "zip": "application/zip",
}

_TEXT = frozenset("bib css csv graphml htm html ico js json jsonl md mjs ris svg tsv txt wasm webmanifest xml".split())


def content_type(path: str) -> str:
    """The media type by the name's ending; what is not known is only to be downloaded."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _TYPES.get(ending, "application/octet-stream")


def is_shard(path: str) -> bool:
    """Whether a file is part of the search index under a name with a digest."""
    return _SHARD.fullmatch(path) is not None


def cache_control(path: str) -> str:
    """How long browsers may use their copy without asking."""
    return IMMUTABLE if is_shard(path) else REVALIDATE


def is_compressible(path: str) -> bool:
    """Whether a compressed copy is worth its place."""
    return path.rpartition(".")[2].lower() in _TEXT and not path.startswith((".", STATE_FOLDER))
