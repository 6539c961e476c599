"""A raw article to the page that `content/articles` will hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import msgspec

from sitegen.digest import generated_id
from sitegen.errors import ContentError
from sitegen.ingest.dates import read_date
from sitegen.ingest.headline import derive_title, take_headline
from sitegen.ingest.language import detect_language
from sitegen.ingest.metadata import Metadata, drop_repeated, find_metadata, read_head
from sitegen.ingest.paragraphs import split_paragraphs
from sitegen.ingest.readers.base import MAX_ARTICLE_BYTES, too_long
from sitegen.ingest.repair import repair_text
from sitegen.markup.escape import escape_paragraph
from sitegen.markup.front_matter import parse_page
from sitegen.markup.limits import MAX_ENTITIES, MAX_TAGGED, over_limits
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.plain_text import plain_text
from sitegen.model import Article, EntityTag, Problem, RawArticle, Source
from sitegen.model.article import KINDS

Tag = Callable[[str, str], tuple[EntityTag, ...]]
"""`(plain text, language)` → the entities that it names; `language` is empty where it is not known."""


def compose(raw: RawArticle, tag: Tag | None = None) -> tuple[Article | None, list[Problem]]:
    """Turn what a reader found into an article, without a permalink; None where it must be set aside.

    What the source says goes before what the text says; both go before what is derived. Problems are warnings: for an
    article set aside the reason, for others what could not be used. Nothing a source gives is dropped in silence: what
    has no field goes to `extra`. `tag` is not called for texts without words.
    """
    if len(raw.text) > MAX_ARTICLE_BYTES:
        return None, [too_long(raw.origin, raw.line)]
    article, problems = _from_page(raw, tag) if raw.format == "page" else _from_text(raw, tag)
    if article is None:
        return None, problems
    if reason := over_limits(article):
        return None, [
            Problem(
                path=raw.origin,
                line=raw.line,
                code="article-budget",
                message=f"set aside: it has {reason}",
                hint="split it into several articles, or shorten it",
            )
        ]
    if len(article.machine_tags) == MAX_ENTITIES or (tag is not None and len(article.body) > MAX_TAGGED):
        problems.append(
            Problem(
                path=raw.origin,
                line=raw.line,
                code="too-many-names",
                message=f"only the first {MAX_ENTITIES} people, organisations and places of the first "
                f"{MAX_TAGGED:,} characters were tagged",
                hint="split it into several articles",
            )
        )
    return article, problems


def _from_text(raw: RawArticle, tag: Tag | None) -> tuple[Article | None, list[Problem]]:
    """Compose from text, or from Markdown without front matter."""
    problems: list[Problem] = []
    given = _one_line(raw.title)
    date = _given_date(raw, problems)
    if raw.format == "markdown":
        body = repair_text(raw.text, keep_layout=True)
        words = plain_text(render_markdown(body, raw.origin).html) if body else ""
        found = Metadata(paragraphs=tuple(words.split("\n")) if words else ())
    else:
        text = repair_text(raw.text)
        if given or date:
            text = drop_repeated(text, given, date)
        head = read_head(text)
        found = find_metadata(split_paragraphs(head.text), head)
        body = ""
    title, title_origin, paragraphs = given or _one_line(found.title), "given", found.paragraphs
    if not title and not any(map(str.isalnum, "".join(paragraphs[:50]))):
        return None, [*problems, _empty(raw, has_date=bool(found.date or found.date_as_given or date))]
    if not title and raw.format == "text":
        title, paragraphs = take_headline(paragraphs)
    words = "\n\n".join(paragraphs)
    language = _language(raw.language or found.language) or detect_language(words or title)
    if not title:
        title, title_origin = derive_title(paragraphs, language), "derived"
    extra = {(f"source_{key}" if key in _RESERVED else key): value for key, value in raw.extra.items()}
    if raw.date and not date:
        extra["date_as_given"] = raw.date
    if found.date_issue:
        problems.append(_date_problem(raw, found.date_as_given, found.date_issue))
        if found.date_issue != "ambiguous":
            extra.setdefault("date_as_given", found.date_as_given)
    if found.byline:
        extra.setdefault("byline", found.byline)
    tags, additions = _entities(raw, tag, words or title, language)
    article = Article(
        id=article_id(raw),
        title=title,
        title_origin=title_origin,
        date=date or found.date,
        authors=_distinct((*raw.authors, *found.authors, *found.contributors)),
        source=Source(
            name=_one_line(raw.source or found.source),
            url=_url(raw.url) or _url(found.url),
            file=raw.origin,
            sha256=raw.sha256,
        ),
        language=language,
        machine_tags=tags,
        tag=additions,
        tags=_distinct((*raw.tags, *found.tags)),
        extra=extra,
        body=body or "\n\n".join(map(escape_paragraph, paragraphs)),
    )
    return article, problems


def article_id(raw: RawArticle, raw_folder: str = "content/raw/") -> str:
    """Identify a raw article: by its source's id, else its URL, else its path under the raw folder, else its digest.

    A record among many in one file has no path of its own, so its digest stands in. The source's id is kept as it is,
    but for control characters and white space around it.
    """
    given = raw.id.strip()
    if given and not given.isprintable():
        given = "".join(filter(str.isprintable, given)).strip()
    if given:
        return given
    if raw.url.strip():
        return generated_id(raw.url.strip())
    if raw.origin and not raw.line:
        return generated_id(unicodedata.normalize("NFC", raw.origin.removeprefix(raw_folder)))
    return generated_id(raw.sha256)


_RESERVED = frozenset(Article.__struct_fields__) | {"people", "organizations", "places"}
"""Front-matter keys with a meaning here; the same word in a stranger's record may mean anything."""


def _from_page(raw: RawArticle, tag: Tag | None) -> tuple[Article | None, list[Problem]]:
    """Compose from Markdown with front matter: both are kept, only gaps are filled."""
    try:
        page, problems = parse_page(repair_text(raw.text, keep_layout=True), raw.origin)
    except ContentError as error:
        return None, [msgspec.structs.replace(error.problem, severity="warning")]
    words = plain_text(render_markdown(page.body, raw.origin).html).replace("\n", "\n\n") if page.body else ""
    # A page without a title of its own takes its file's name; a line from the text says more.
    named = page.title_origin == "given"
    if not words and not named:
        return None, [*problems, _empty(raw, has_date=bool(page.date))]
    language = page.language or detect_language(words or page.title)
    title = page.title if named else derive_title(words.split("\n\n"), language) or page.title
    extra = dict(page.extra)
    date = page.date
    if not date and isinstance(extra.get("date"), str):
        reading = read_date(extra["date"])
        if reading.date:
            date = reading.date
            del extra["date"]
            problems = [problem for problem in problems if not problem.message.startswith("`date`")]
    authors = page.authors or raw.authors
    if not page.authors and isinstance(extra.get("author"), str):
        authors = (_one_line(extra.pop("author")),)
    tags, additions = page.machine_tags, page.tag
    if not tags:
        tags, _ = _entities(raw, tag, words or title, language)
    source = page.source
    article = msgspec.structs.replace(
        page,
        id=article_id(raw),
        permalink="",
        title=title,
        title_origin=page.title_origin if named else "derived",
        date=date,
        authors=authors,
        source=Source(name=source.name, url=source.url, file=raw.origin, sha256=raw.sha256),
        language=language,
        machine_tags=tags,
        tag=additions,
        ingested="",
        extra=extra,
    )
    return article, problems


def _given_date(raw: RawArticle, problems: list[Problem]) -> str:
    reading = read_date(raw.date)
    if reading.issue:
        problems.append(_date_problem(raw, raw.date, reading.issue))
    return reading.date


def _date_problem(raw: RawArticle, given: str, issue: str) -> Problem:
    shown = _one_line(given)[:60]
    message, hint = {
        "impossible": (f"there is no date `{shown}`; it was left out", "correct it in the page's front matter"),
        "ambiguous": (f"`{shown}` may be day and month or month and day", "write dates as YYYY-MM-DD to be sure"),
        "unreadable": (f"`{shown}` could not be read as a date; it was left out", "write dates as YYYY-MM-DD"),
    }[issue]
    return Problem(path=raw.origin, line=raw.line, code=f"date-{issue}", message=message, hint=hint)


def _empty(raw: RawArticle, *, has_date: bool) -> Problem:
    return Problem(
        path=raw.origin,
        line=raw.line,
        code="article-empty",
        message="set aside: there is nothing but a date" if has_date else "set aside: there is no text",
        hint="add the text, or a title",
    )


def _one_line(text: str) -> str:
    """Return a title or name as one clean line."""
    if not text.isprintable() or not text.isascii() or "&" in text or "  " in text:
        text = " ".join(repair_text(text).split())
    return text.strip()


def _url(text: str) -> str:
    """Return an address that is safe to link to, else nothing."""
    bare = text.strip()
    safe = bare.lower().startswith(("http://", "https://")) and bare.isprintable() and " " not in bare
    return bare if safe else ""


_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LANGUAGE_NAMES = {
    "english": "en",
    "eng": "en",
    "german": "de",
    "deutsch": "de",
    "deu": "de",
    "ger": "de",
    "french": "fr",
    "français": "fr",
    "fra": "fr",
    "fre": "fr",
    "spanish": "es",
    "español": "es",
    "spa": "es",
    "arabic": "ar",
    "ara": "ar",
    "hebrew": "he",
    "heb": "he",
    "iw": "he",
    "russian": "ru",
    "rus": "ru",
}


def _language(given: str) -> str:
    """Return a BCP 47 tag for what a source calls the language; empty where that cannot be told."""
    bare = given.strip()
    if bare.lower() in _LANGUAGE_NAMES:
        return _LANGUAGE_NAMES[bare.lower()]
    if not _LANGUAGE_TAG.fullmatch(bare):
        return ""
    first, *rest = re.split("[-_]", bare)
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Drop names that were there before, whatever their case."""
    kept: dict[str, str] = {}
    for name in names:
        clean = _one_line(name)
        if clean:
            kept.setdefault(clean.casefold(), clean)
    return tuple(kept.values())


def _entities(
    raw: RawArticle, tag: Tag | None, text: str, language: str
) -> tuple[tuple[EntityTag, ...], tuple[EntityTag, ...]]:
    """Entities for the machine's lists and those of other kinds."""
    found = tag(text, language) if tag is not None and text else ()
    given = with_given(raw.entities, found)
    return given, tuple(entity for entity in raw.entities if entity.kind not in KINDS)


def with_given(given: Sequence[EntityTag], found: Iterable[EntityTag]) -> tuple[EntityTag, ...]:
    """Entities for the machine's lists, by kind: the source's own first, then the tagger's, as many as there may be."""
    known = {entity.name.casefold() for entity in given}
    every = [*given, *(entity for entity in found if entity.name.casefold() not in known)]
    every = [entity for entity in every if entity.kind in KINDS][:MAX_ENTITIES]
    return tuple(entity for kind in KINDS for entity in every if entity.kind == kind)
