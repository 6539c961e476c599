"""Markdown: one article a file; its markup and its front matter are kept."""

from __future__ import annotations

import msgspec

from sitegen.digest import sha256_hex
from sitegen.errors import ContentError
from sitegen.ingest.readers.base import Columns, Found, Reader, decoded
from sitegen.markup.front_matter import parse_page
from sitegen.model import Problem, RawArticle


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a Markdown file. Its front matter stays in the text; what identifies the article is read from it here."""
    del columns
    text = decoded(data, origin)
    if isinstance(text, Problem):
        yield text
        return
    try:
        page, _ = parse_page(text, origin)
    except ContentError as error:
        yield msgspec.structs.replace(error.problem, severity="warning")
        return
    yield RawArticle(
        origin=origin,
        sha256=sha256_hex(data),
        text=text,
        format="page",
        id=page.id,
        title=page.title if page.title_origin == "given" else "",
        date=page.date,
        url=page.source.url,
        source=page.source.name,
        authors=page.authors,
        language=page.language,
        tags=page.tags,
    )


READER = Reader("markdown", (".md", ".markdown"), read)
