"""Read Markdown pages: front matter, HTML with mention marks, plain text, analysed words, a card. In workers, once."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from sitegen.digest import generated_id, short_digest, value_digest
from sitegen.entities.article_tags import effective_tags, kindless_tags
from sitegen.entities.redaction import Redaction
from sitegen.errors import ContentError
from sitegen.markup.front_matter import parse_page
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.marks import mark_mentions
from sitegen.markup.plain_text import excerpt, plain_text
from sitegen.model import Article, Card, CardTag, EdtfDate, Problem
from sitegen.pipeline.workers import fork_map
from sitegen.plan.permalinks import checked_permalink, permalink_of_path
from sitegen.search.analysis import Analyzer
from sitegen.store.cache import CachedPage, CacheRow
from sitegen.store.packs import PackWriter
from sitegen.store.source_tree import FileStat, iter_chunks

MAX_PAGE_BYTES = 20_000_000
"""A larger page is set aside: it would hold up the whole build."""

_STATUSES = ("draft", "published", "noindex", "redacted", "withdrawn")
_CHUNK = 64


def read_pages(
    content: Path, packs: Path, build: str, files: Sequence[FileStat], redaction: Redaction | None, jobs: int
) -> Iterator[list[CacheRow]]:
    """Read files into new packs named after `build`; yields rows for the cache, a chunk at a time.

    A pack is whole only when the iterator is exhausted: save the rows after that.
    """

    def work(number: int, chunks: Iterator[list[FileStat]]) -> Iterator[list[CacheRow]]:
        analyzer = Analyzer()
        writer = PackWriter(packs, f"{build}-{number}")
        for chunk in chunks:
            yield [_read_file(content, file, redaction, writer, analyzer) for file in chunk]
        writer.close(analyzer.words, analyzer.terms)

    yield from fork_map(work, list(iter_chunks(list(files), _CHUNK)), jobs)


def _read_file(
    content: Path, file: FileStat, redaction: Redaction | None, writer: PackWriter, analyzer: Analyzer
) -> CacheRow:
    shown = f"content/{file.path}"
    try:
        text, data = read_text(content, file)
        digest = short_digest(data)
        article, problems = parse_page(text, shown)
        card, html, plain, more = compose_card(article, file.path, redaction)
    except ContentError as error:
        return CacheRow(file, "", None, (error.problem,))
    title = analyzer.analyse(card.title, card.language)
    body = analyzer.analyse(plain, card.language) if plain else array("I")
    place = writer.add(html, plain, title, body)
    return CacheRow(file, digest, CachedPage(card, place), (*problems, *more))


def read_text(content: Path, file: FileStat) -> tuple[str, bytes]:
    """A page's text and bytes.

    Raises:
        ContentError: too large, not readable or not UTF-8.
    """
    shown = f"content/{file.path}"
    if file.size > MAX_PAGE_BYTES:
        raise ContentError(
            f"the page is larger than {MAX_PAGE_BYTES // 1_000_000} MB",
            path=shown,
            hint="split it into several articles",
            code="page-too-large",
        )
    try:
        data = (content / file.path).read_bytes()
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}", path=shown, code="unreadable") from error
    try:
        return data.decode("utf-8-sig"), data
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError(
            "the page is not UTF-8", path=shown, line=line, hint="save it as UTF-8", code="page-encoding"
        ) from error


def compose_card(
    article: Article, path: str, redaction: Redaction | None = None, *, with_body: bool = True
) -> tuple[Card, str, str, list[Problem]]:
    """Card, body HTML with mention marks, and plain text of one page; `path` is relative to `content/`.

    Of a redacted or withdrawn article nothing but its address and the editor's note comes through. Without its body a
    card lacks excerpt, number of words and digest, and costs a tenth. Names that `redaction` withholds are nowhere in
    what is returned; to find them, the body is always read.
    """
    problems: list[Problem] = []

    def complain(code: str, message: str, hint: str = "") -> None:
        problems.append(Problem(path=f"content/{path}", code=code, message=message, hint=hint))

    id_ = article.id or generated_id("page", path)
    permalink = checked_permalink(article.permalink) if article.permalink else None
    if permalink is None:
        permalink = permalink_of_path(path)
        if article.permalink:
            complain("bad-permalink", f"`{article.permalink[:80]}` cannot be an address", "like /2018/06/title/")
    status = article.status
    if status not in _STATUSES:
        complain("bad-status", f"`{status[:40]}` is no status; the page is kept back", f"one of {', '.join(_STATUSES)}")
        status = "draft"
    date = article.date
    if date and EdtfDate.parse(date) is None:
        complain("bad-date", f"`{date[:40]}` is no date; listed as undated", "write 2018-06-10, 2018-06 or 2018")
        date = ""
    taken_down = status in ("redacted", "withdrawn")
    html = plain = ""
    if not taken_down and (with_body or redaction is not None):
        rendered = render_markdown(article.body, f"content/{path}")
        problems.extend(rendered.problems)
        html = rendered.html
    withheld = redaction.in_article(article, permalink, html) if redaction is not None else None
    if withheld is not None:
        id_, permalink, html = withheld.id(id_), withheld.address(permalink, id_), withheld.html(html)
        article = withheld.article(article)
    aliases = []
    for alias in article.aliases:
        checked = checked_permalink(alias)
        if checked is None:
            complain("bad-alias", f"`{alias[:80]}` cannot be an address", "write it like /old/address/")
        else:
            aliases.append(checked)
    if taken_down:
        note = article.extra.get("note", "")
        card = _bare_card(path, id_, permalink, status, str(note)[:2000], tuple(aliases))
        return card, "", "", problems
    tags = effective_tags(article)
    for name in kindless_tags(article) if article.tag else ():
        complain("tag-kind", f"`tag` does not say what `{name[:80]}` is", f"write {{name: {name[:80]}, kind: person}}")
    if with_body:
        plain = plain_text(html)
        html = mark_mentions(html, [(tag.name, *tag.forms) for tag in tags])
    card = Card(
        path=path,
        id=id_,
        permalink=permalink,
        title=article.title,
        title_origin=article.title_origin,
        date=date,
        updated=article.updated if EdtfDate.parse(article.updated) else "",
        authors=article.authors,
        source_name=article.source.name,
        source_url=article.source.url if article.source.url.startswith(("http://", "https://")) else "",
        source_file=article.source.file,
        source_sha256=article.source.sha256,
        language=article.language,
        status=status,
        excerpt=excerpt(plain),
        words=len(plain.split()),
        tags=tuple(CardTag(tag.kind, tag.name) for tag in tags),
        topics=article.tags,
        aliases=tuple(aliases),
        copies=article.copies,
        body_digest=value_digest(html) if with_body else "",
        checked=bool(article.tag or article.untag),
        withheld=withheld is not None,
    )
    return card, html, plain, problems


def _bare_card(path: str, id_: str, permalink: str, status: str, note: str, aliases: tuple[str, ...]) -> Card:
    nothing = ("", "given", "", "", (), "", "", "", "", "")
    return Card(path, id_, permalink, *nothing, status, note, 0, (), (), aliases, (), "")
