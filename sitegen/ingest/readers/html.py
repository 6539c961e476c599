"""HTML: one article a page, its main text found by trafilatura (extra `web`)."""

from __future__ import annotations

from typing import Any

from sitegen.digest import sha256_hex
from sitegen.ingest.readers.base import Columns, Found, Reader, decoded
from sitegen.model import Problem, RawArticle

MAX_TAGS = 100_000
"""Tags of a page, each of which costs some 30 µs; a long article in a busy page has some thousand."""


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a web page: main text as Markdown (links and emphasis kept), title, date, author, site from its metadata."""
    del columns
    try:
        import trafilatura  # noqa: PLC0415 - an extra, and slow to import
        from trafilatura.settings import use_config  # noqa: PLC0415
    except ImportError:
        yield Problem(
            path=origin,
            code="reader-missing",
            message="set aside: reading HTML needs an extra that is not installed",
            hint="pip install 'sitegen[web]'",
        )
        return
    text = decoded(data, origin)
    if isinstance(text, Problem):
        yield text
        return
    if text.count("<") > MAX_TAGS:
        yield Problem(
            path=origin,
            code="article-budget",
            message=f"set aside: the page has more than {MAX_TAGS:,} tags",
            hint="save the text of the page as .txt or .md",
        )
        return
    config = use_config()
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")  # its timer uses signals, which workers may not
    config.set("DEFAULT", "MAX_FILE_SIZE", str(len(text) + 1))
    body = ""
    page: Any = None
    for favor_recall in (False, True):
        page = trafilatura.bare_extraction(
            text,
            include_formatting=True,
            include_links=True,
            include_images=True,
            include_comments=False,
            with_metadata=True,
            favor_recall=favor_recall,
            config=config,
        )
        body = (page.text or "").strip() if page is not None else ""
        if body:
            break
    title = (page.title or "").strip() if page is not None else ""
    if not (body or title):
        yield Problem(
            path=origin,
            code="html-empty",
            message="set aside: no article text was found in the page",
            hint="save the text of the page as .txt or .md",
        )
        return
    first, _, rest = body.partition("\n")
    if first.lstrip("# ") == title:
        body = rest.strip()
    yield RawArticle(
        origin=origin,
        sha256=sha256_hex(data),
        text=body,
        format="markdown",
        title=title,
        date=page.date or "",
        url=page.url or "",
        source=page.sitename or "",
        authors=_parts(page.author),
        language=page.language or "",
        tags=tuple(tag.strip() for tag in page.tags or () if tag and tag.strip()),
    )


def _parts(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (names or "").split(";") if name.strip())


READER = Reader("html", (".html", ".htm", ".xhtml"), read)
