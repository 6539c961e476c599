"""A raw article to the page that `content/articles` will hold."""

from __future__ import annotations

from collections.abc import Callable

from sitegen.digest import generated_id
from sitegen.ingest.readers.base import MAX_ARTICLE_BYTES, too_long
from sitegen.model import Article, EntityTag, Problem, RawArticle, Source

Tag = Callable[[str, str], tuple[EntityTag, ...]]
"""`(text, language)` → the entities it names."""


def compose(raw: RawArticle, tag: Tag | None = None) -> tuple[Article | None, list[Problem]]:
    """Turn what a reader found into an article; None where it must be set aside (a Problem says why)."""
    if len(raw.text) > MAX_ARTICLE_BYTES:
        return None, [too_long(raw.origin, len(raw.text), raw.line)]
    text = raw.text.strip()
    title = raw.title
    if not text and not title:
        return None, [Problem(path=raw.origin, line=raw.line, code="article-empty", message="set aside: no text")]
    return Article(
        id=article_id(raw),
        title=title or text[:80],
        title_origin="given" if raw.title else "derived",
        date=raw.date,
        authors=raw.authors,
        source=Source(name=raw.source, url=raw.url, file=raw.origin, sha256=raw.sha256),
        language=raw.language,
        machine_tags=raw.entities or (tag(text, raw.language) if tag else ()),
        tags=raw.tags,
        extra=raw.extra,
        body=text,
    ), []


def article_id(raw: RawArticle, raw_folder: str = "content/raw/") -> str:
    """Identify a raw article: by its source's id, else its URL, else its path under the raw folder, else its digest.

    A record among many in one file has no path of its own, so its digest stands in.
    """
    if raw.id:
        return raw.id
    if raw.url:
        return generated_id(raw.url)
    if raw.origin and not raw.line:
        return generated_id(raw.origin.removeprefix(raw_folder))
    return generated_id(raw.sha256)
