"""An article on its way from a source to a page."""

from __future__ import annotations

from typing import Any

import msgspec

KINDS = ("person", "organization", "place")
"""The kinds of entity that the built-in tagger knows; editors may add their own."""


class Mention(msgspec.Struct, frozen=True):
    """One place in a text where an entity is named. Never merged, never rewritten."""

    start: int
    """Offset of the first code point in the text as given."""
    end: int
    """Offset just after the last code point."""
    surface: str
    """`text[start:end]`."""
    kind: str
    """`person`, `organization` or `place`."""
    confidence: float = 1.0
    """Estimated probability in 0..1 that span and kind are right."""


class EntityTag(msgspec.Struct, frozen=True):
    """An entity that an article names, under the forms by which that article names it."""

    name: str
    kind: str
    forms: tuple[str, ...] = ()
    """Surface forms other than `name` (front matter key `as`)."""


class Source(msgspec.Struct, frozen=True):
    """Where an article came from."""

    name: str = ""
    url: str = ""
    file: str = ""
    """Raw file, `/`-separated, relative to the archive's root where it lies inside, else its name."""
    sha256: str = ""
    """Hex digest of the original bytes (of the record's bytes for JSONL and CSV)."""


class RawArticle(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader found in a source: the text as given and whatever metadata came with it."""

    origin: str
    """File that was read, `/`-separated, relative to the archive's root where it lies inside."""
    line: int = 0
    """1-based record line for formats with many articles a file; 0 for one article a file."""
    sha256: str
    """Hex digest of the original bytes of this article."""
    text: str
    """Decoded, otherwise untouched."""
    format: str = "text"
    """`text`, `markdown`, or `page`: Markdown with its front matter."""
    id: str = ""
    title: str = ""
    date: str = ""
    url: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    tags: tuple[str, ...] = ()
    entities: tuple[EntityTag, ...] = ()
    extra: dict[str, Any] = {}
    """Keys the reader does not know, kept."""


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One Markdown page of `content/articles`: front matter and body."""

    id: str = ""
    permalink: str = ""
    aliases: tuple[str, ...] = ()
    title: str = ""
    title_origin: str = "given"
    """`given` by the source or a person, or `derived` from the text."""
    date: str = ""
    """EDTF level 1 (see `EdtfDate`), or empty."""
    updated: str = ""
    authors: tuple[str, ...] = ()
    source: Source = Source()
    language: str = ""
    """BCP 47 tag, or empty where it is not known."""
    machine_tags: tuple[EntityTag, ...] = ()
    """`people`, `organizations`, `places` of the front matter, in that order."""
    tag: tuple[EntityTag, ...] = ()
    """The editor's additions."""
    untag: tuple[str, ...] = ()
    """Names the editor removed."""
    tags: tuple[str, ...] = ()
    """Topics."""
    copies: tuple[str, ...] = ()
    """Ids of other articles whose text is the same or nearly so."""
    status: str = "published"
    """`draft`, `published`, `noindex`, `redacted` or `withdrawn`."""
    ingested: str = ""
    """`sha256:…` of the page as ingest wrote it, this line aside; empty on pages written by hand."""
    extra: dict[str, Any] = {}
    """Front-matter keys that the program does not know; kept on rewriting."""
    body: str = ""
    """Markdown."""
