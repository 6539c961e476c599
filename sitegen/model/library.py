"""What the whole archive knows about its articles and entities: small cards, never bodies."""

from __future__ import annotations

import msgspec


class CardTag(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entity as one article names it, before editors' judgements across articles."""

    kind: str
    name: str


class Card(msgspec.Struct, frozen=True, array_like=True):
    """All that other pages may show of an article. One per article lives in memory."""

    path: str
    """Page file, `/`-separated, relative to `content/`."""
    id: str
    permalink: str
    """Root-relative URL, `/2018/06/slug/`."""
    title: str
    title_origin: str
    date: str
    updated: str
    authors: tuple[str, ...]
    source_name: str
    source_url: str
    source_file: str
    source_sha256: str
    language: str
    status: str
    excerpt: str
    """At most 240 characters of plain text from the start of the article, cut at a word."""
    words: int
    tags: tuple[CardTag, ...]
    """Machine's tags plus `tag` minus `untag`; positions are what the body's mention marks refer to."""
    topics: tuple[str, ...]
    aliases: tuple[str, ...]
    copies: tuple[str, ...]
    body_digest: str
    """Digest of the rendered body with its mention marks; stands for the body in fingerprints."""
    checked: bool = False
    """An editor has touched this article's tags (`tag`, `untag`)."""
    withheld: bool = False
    """Names were taken out of it."""


class Entity(msgspec.Struct, frozen=True):
    """A person, organisation, place or editor's own kind, as a view over mentions and judgements."""

    kind: str
    slug: str
    """Unique within its kind, from the normal form of the name."""
    name: str
    aliases: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    """(`wikidata`, `Q41053`) pairs that an editor confirmed."""
    was: tuple[str, ...] = ()
    """Old slugs, redirected."""
    hidden: bool = False
    checked: bool = False
    """An editor has an entry for it in `content/entities.yaml`."""
