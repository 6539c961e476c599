"""Pages of `content/articles`: text to `Article` and back, and the digest that tells whether a person edited one.

A page is front matter (YAML between two lines of `---`) and a Markdown body; a page without front matter is all body.
Reading is lenient about form and strict about meaning: a value of the wrong type is reported with its line and set
aside, and never stops the page; only YAML that cannot be read does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from sitegen.digest import sha256_hex
from sitegen.errors import ContentError
from sitegen.markup.canonical_yaml import Fields, flow_list, quoted, read_canonical, scalar, write_value
from sitegen.markup.controls import strip_controls, unify_newlines
from sitegen.markup.limits import over_limits
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.plain_text import plain_text
from sitegen.markup.yaml_reader import key_text, read_yaml
from sitegen.model.article import Article, EntityTag, Source
from sitegen.model.date import EdtfDate
from sitegen.model.problem import Problem

STATUSES = ("draft", "published", "noindex", "redacted", "withdrawn")
MAX_HEADER = 1 << 20
"""Characters of front matter; more is not read."""

_TAG_KEYS = (("people", "person"), ("organizations", "organization"), ("places", "place"))
_KNOWN = frozenset(
    {"id", "permalink", "aliases", "title", "title_origin", "date", "updated", "authors", "source", "language"}
    | {key for key, _ in _TAG_KEYS}
    | {"tag", "untag", "tags", "copies", "status", "ingested"}
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_PLAIN_PATH = re.compile(r"/(?:[\w~-][\w.~-]{0,200}/){1,9}")
_DAY_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?=[Tt ]+\d{1,2}:\d{2})")
_MARKDOWN = re.compile(r"[\\*_`\[<&]")
_DASHES = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"\n---[ \t]*(?:\n|\Z)")
_LINE_BREAKS = re.compile("[\t\n\x0b\x0c\x85\u2028\u2029]+")

Note = Callable[[str, int | None, str, str, str], None]
"""Reports a problem: key, index within its list, code, message, hint."""


def parse_page(text: str, path: str) -> tuple[Article, list[Problem]]:
    """Read a page. `id` and `permalink` stay empty where the page does not give them.

    A page without a title takes its first line if that is a `# heading` (which then leaves the body), else its file
    name. Values under known keys that cannot be used are reported and kept under `extra`.

    Args:
        text: the whole file.
        path: its name, for problems and for the title of last resort.

    Raises:
        ContentError: the front matter cannot be read (`front-matter-yaml`, `front-matter-unclosed`,
            `front-matter-shape`, `front-matter-size`), or it names too much (`article-budget`).
    """
    article, problems = _parse_page(text, path)
    # What was taken down shows nothing of its front matter, and must not come back for its sake.
    if article.status not in ("redacted", "withdrawn") and (reason := over_limits(article)):
        raise ContentError(
            f"the page has {reason}",
            path=path,
            line=1,
            hint="split it into several articles, or shorten it",
            code="article-budget",
        )
    return article, problems


def _parse_page(text: str, path: str) -> tuple[Article, list[Problem]]:
    text = strip_controls(unify_newlines(text))
    bounds = _header_bounds(text)
    if bounds is None:
        if _DASHES.match(text):
            raise ContentError(
                "the front matter has no end",
                path=path,
                line=1,
                hint="close it with a line of three dashes; for a rule at the start of a text write `***`",
                code="front-matter-unclosed",
            )
        return _article({}, text, path, _ignore), []
    end, body_start = bounds
    start = text.index("\n") + 1
    if end > MAX_HEADER:
        raise ContentError(
            f"the front matter is longer than {MAX_HEADER} characters",
            path=path,
            line=1,
            hint="move text from the front matter into the body",
            code="front-matter-size",
        )
    header, body = text[start:end], text[body_start:]
    fields = read_canonical(header, _KNOWN)
    if fields is not None:
        clean = True

        def spoil(*_: object) -> None:
            nonlocal clean
            clean = False

        article = _article(fields, body, path, spoil)
        if clean:
            return article, []
    # Only the full reader knows the lines.
    fields, lines, problems = _read_fields(header, path)

    def note(key: str, index: int | None, code: str, message: str, hint: str) -> None:
        line = lines.get((key, index), lines.get((key, None), 1))
        problems.append(Problem(path=path, line=line, code=code, message=message, hint=hint))

    article = _article(fields, body, path, note)
    return article, sorted(problems, key=lambda problem: problem.line)


def _ignore(*_: object) -> None:
    """Report nothing."""


def _header_bounds(text: str) -> tuple[int, int] | None:
    """Return where the header's last line ends and where the body starts; None without (complete) front matter."""
    if not text.startswith("---\n"):
        opening = _DASHES.match(text)
        if opening is None:
            return None
        start = opening.end() - 1
    else:
        start = 3
        # The form that the program writes.
        close = text.find("\n---\n", start)
        if close >= 0:
            return max(close, 4), close + 5
    closing = _CLOSING.search(text, start)
    return (max(closing.start(), start + 1), closing.end()) if closing else None


def _read_fields(header: str, path: str) -> tuple[Fields, dict[tuple[str, int | None], int], list[Problem]]:
    """Read front matter of any form: fields, the line of each key and list item, and duplicate keys as problems."""
    root = read_yaml(header, path, first_line=2)
    fields: Fields = {}
    lines: dict[tuple[str, int | None], int] = {}
    problems: list[Problem] = []
    if root is None or root.value == "":
        return fields, lines, problems
    if not root.is_map:
        raise ContentError(
            "the front matter is not a list of `key: value` lines",
            path=path,
            line=2,
            hint="for a rule at the start of a text write `***` instead of dashes",
            code="front-matter-shape",
        )
    for key_node, node in root.pairs():
        key, line = key_text(key_node), key_node.line + 2
        if key in fields:
            problems.append(
                Problem(
                    path=path,
                    line=line,
                    code="front-matter-duplicate-key",
                    message=f"`{key}` is given twice; the last one counts",
                    hint="remove one of them",
                )
            )
        fields[key] = node.as_text() if key in _KNOWN else node.as_value()
        lines[key, None] = line
        for index, item in enumerate(node.items()):
            lines[key, index] = item.line + 2
    return fields, lines, problems


@lru_cache(maxsize=1024)
def _meant(key: str) -> str:
    """Return the known key that an unknown one is probably a slip of, or nothing."""
    close = difflib.get_close_matches(key.lower(), sorted(_KNOWN), n=1, cutoff=0.8)
    return close[0] if close else ""


def _article(fields: Fields, body: str, path: str, note: Note) -> Article:
    """Make an article of fields of whatever types; what does not fit is noted and goes to `extra`."""
    get = fields.get
    extra = {} if _KNOWN.issuperset(fields) else {key: fields[key] for key in fields if key not in _KNOWN}
    for key in extra:
        if meant := _meant(key):
            note(key, None, "front-matter-unknown-key", f"unknown key `{key}`", f"did you mean `{meant}`?")

    def refuse(key: str, message: str, hint: str) -> None:
        note(key, None, "front-matter-value", message, hint)
        extra[key] = fields[key]

    def text(key: str) -> str:
        value = get(key)
        if value is None:
            return ""
        if type(value) is str:
            return _line(value)
        refuse(key, f"`{key}` must be one text", f"{key}: …")
        return ""

    def texts(key: str) -> tuple[str, ...]:
        value = get(key)
        if not value:
            return ()
        if type(value) is str:
            return (_line(value),)
        found = []
        for index, item in enumerate(value if type(value) is list else (value,)):
            name = item.get("name") if type(item) is dict else item
            if type(name) is str:
                if name := _line(name):
                    found.append(name)
            elif item is not None:
                note(key, index, "front-matter-value", f"an item of `{key}` is not a text", "one text a line: `- …`")
        return tuple(found)

    def date(key: str) -> str:
        value = text(key)
        if value and EdtfDate.parse(value) is None:
            day = _DAY_AND_TIME.match(value)
            if day and EdtfDate.parse(day[0]):
                return day[0]
            refuse(key, f"`{key}` is not a date: {value[:40]}", "write 1987, 1987-03 or 1987-03-05, `?` for doubt")
            return ""
        return value

    def tags(key: str, kind: str) -> list[EntityTag]:
        value = get(key)
        if not value:
            return []
        found = []
        for index, item in enumerate(value if type(value) is list else (value,)):
            if type(item) is str:
                if name := _line(item):
                    found.append(EntityTag(name, kind))
            elif item is not None and (tag := _entity_tag(key, kind, index, item, note)):
                found.append(tag)
        return found

    def path_of(key: str, value: str, index: int | None) -> str:
        usable = _root_path(value, folder=key == "permalink")
        if not usable:
            note(key, index, "front-matter-value", f"`{value[:80]}` is no path on the site", "write /2018/06/my-title/")
        return usable

    permalink = text("permalink")
    if permalink and not _PLAIN_PATH.fullmatch(permalink):
        permalink = path_of("permalink", permalink, None)
        if not permalink:
            extra["permalink"] = fields["permalink"]
    aliases = texts("aliases")
    if aliases:
        aliases = tuple(filter(None, [path_of("aliases", alias, index) for index, alias in enumerate(aliases)]))
    language = text("language")
    if language and not _LANGUAGE.fullmatch(language):
        refuse("language", f"`{language[:40]}` is not a language tag", "write en, de or pt-BR (BCP 47)")
        language = ""
    status = text("status") or "published"
    if status not in STATUSES:
        # Better hidden than published by a slip of the pen.
        refuse("status", f"unknown status `{status[:40]}`: taken for a draft", f"one of {', '.join(STATUSES)}")
        status = "draft"
    title_origin = text("title_origin") or "given"
    if title_origin not in ("given", "derived"):
        refuse("title_origin", f"unknown origin of the title `{title_origin[:40]}`", "given or derived")
        title_origin = "given"
    title = text("title")
    body = body.strip("\n")
    if not title:
        title, title_origin, body = _title_from_page(body, path)
    return Article(
        id=text("id"),
        permalink=permalink,
        aliases=aliases,
        title=title,
        title_origin=title_origin,
        date=date("date"),
        updated=date("updated"),
        authors=texts("authors"),
        source=_source(get("source"), note) if get("source") else Source(),
        language=language,
        machine_tags=tuple([tag for key, kind in _TAG_KEYS for tag in tags(key, kind)]),
        tag=tuple(tags("tag", "")),
        untag=texts("untag"),
        tags=texts("tags"),
        copies=texts("copies"),
        status=status,
        ingested=text("ingested"),
        extra=extra,
        body=body,
    )


def _line(text: str) -> str:
    """Return a text as one line without control characters."""
    if not text.isprintable():
        text = _LINE_BREAKS.sub(" ", strip_controls(unify_newlines(text)))
    return text.strip()


def _entity_tag(key: str, kind: str, index: int, item: Any, note: Note) -> EntityTag | None:
    """Read one `{name, kind, as}` item."""
    name = item.get("name") if type(item) is dict else None
    if type(name) is not str or not (name := _line(name)):
        note(key, index, "front-matter-value", f"an item of `{key}` has no name", "write `- name: …`")
        return None
    forms = item.get("as") or []
    if type(forms) is str:
        forms = [forms]
    if type(forms) is not list or not all(type(form) is str for form in forms):
        note(key, index, "front-matter-value", f"`as` of {name} is not a list of texts", "as: [Arouri, al-Arouri]")
        forms = [form for form in forms if type(form) is str] if type(forms) is list else []
    own_kind = item.get("kind")
    if own_kind is not None and (type(own_kind) is not str or (kind and own_kind != kind)):
        note(key, index, "front-matter-value", f"the kind of {name} has no place under `{key}`", "give kinds in `tag:`")
    elif own_kind:
        kind = _line(own_kind)
    for other in item.keys() - {"name", "kind", "as"}:
        note(key, index, "front-matter-unknown-key", f"unknown key `{other}` of {name}", "known: name, kind, as")
    return EntityTag(name, kind, tuple(filter(None, map(_line, forms))))


def _source(value: Any, note: Note) -> Source:
    """Read `source`: a mapping, or the bare name."""
    if type(value) is str:
        return Source(name=_line(value))
    found: dict[str, str] = {}
    for key, inner in value.items() if type(value) is dict else ():
        if key not in Source.__struct_fields__:
            known = ", ".join(Source.__struct_fields__)
            note("source", None, "front-matter-unknown-key", f"unknown key `source.{key}`", f"known: {known}")
        elif type(inner) is str:
            found[key] = _line(inner)
        elif inner is not None:
            note("source", None, "front-matter-value", f"`source.{key}` must be one text", f"{key}: …")
    if type(value) is not dict:
        note("source", None, "front-matter-value", "`source` must hold name, url, file or sha256", "  name: …")
    url = found.get("url", "")
    if url and not url.lower().startswith(("http://", "https://")):
        note("source", None, "front-matter-value", f"`{url[:80]}` is no web address", "start it with https://")
        del found["url"]
    return Source(**found)


def _root_path(value: str, *, folder: bool) -> str:
    """Return a usable root-relative path, or nothing: never one that climbs, hides or names another host."""
    path = value if value.startswith("/") else "/" + value
    if folder and not path.endswith("/"):
        path += "/"
    decoded = unquote(path)
    segments = decoded.strip("/").split("/")
    if path.startswith("//") or any(sign in decoded for sign in '\\?#:*"<>|') or strip_controls(decoded) != decoded:
        return ""
    if len(path) > 1000 or any(part in ("", ".", "..") or part != part.strip() for part in segments):
        return ""
    return path


def _title_from_page(body: str, path: str) -> tuple[str, str, str]:
    """Return title, its origin and the body without its heading for a page that names no title."""
    first, _, rest = body.partition("\n")
    if first.startswith("# "):
        title = first[2:].strip().rstrip("#").rstrip()
        if _MARKDOWN.search(title):
            title = plain_text(render_markdown(title).html).replace("\n", " ")
        if title:
            return _line(title), "given", rest.strip("\n")
    stem = path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]
    words = " ".join(stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:], "derived", body


def write_page(article: Article) -> str:
    """Write a page in canonical form: the keys in the order of the documentation, unknown ones last, then the body."""
    head, tail = _write(article)
    return f"{head}ingested: {scalar(article.ingested)}\n{tail}" if article.ingested else head + tail


def _write(article: Article) -> tuple[str, str]:
    """Write a page without its `ingested` line, in the two parts that it goes between."""
    lines = ["---"]

    def put(key: str, value: str) -> None:
        if value:
            lines.append(f"{key}: {scalar(_line(value))}")

    def put_list(key: str, values: tuple[str, ...], write: Callable[[str], str] = scalar) -> None:
        values = tuple(filter(None, map(_line, values)))
        lines.append(f"{key}:" if values else f"{key}: []")
        lines.extend([f"- {write(value)}" for value in values])

    def put_date(key: str, value: str) -> None:
        # Left plain, as people write it, though other YAML readers may take it for a date or a number.
        if value := _line(value):
            lines.append(f"{key}: {value if EdtfDate.parse(value) else scalar(value)}")

    def put_tags(key: str, tags: list[EntityTag] | tuple[EntityTag, ...], kind: str) -> None:
        lines.append(f"{key}:" if tags else f"{key}: []")
        for tag in tags:
            name = scalar(_line(tag.name))
            if not tag.forms and tag.kind == kind:
                lines.append(f"- {name}")
                continue
            lines.append(f"- name: {name}")
            if tag.kind != kind:
                lines.append(f"  kind: {scalar(_line(tag.kind))}")
            if tag.forms:
                lines.append(f"  as: {flow_list(tuple(map(_line, tag.forms)))}")

    if article.id:
        lines.append(f"id: {quoted(_line(article.id))}")  # some hex ids look like numbers
    put("permalink", article.permalink)
    put_list("aliases", article.aliases)
    put("title", article.title)
    lines.append(f"title_origin: {scalar(article.title_origin)}")
    put_date("date", article.date)
    put_date("updated", article.updated)
    if article.authors:
        put_list("authors", article.authors)
    source = article.source
    if source != Source():
        lines.append("source:")
        put("  name", source.name)
        put("  url", source.url)
        put("  file", source.file)
        put("  sha256", source.sha256)
    put("language", article.language)
    for key, kind in _TAG_KEYS:
        if tags := [tag for tag in article.machine_tags if tag.kind == kind]:
            put_tags(key, tags, kind)
    put_tags("tag", article.tag, "")
    put_list("untag", article.untag)
    put_list("tags", article.tags)
    if article.copies:
        put_list("copies", article.copies, quoted)
    lines.append(f"status: {scalar(article.status)}")
    head = "\n".join(lines) + "\n"
    rest: list[str] = []
    written = {line.partition(":")[0] for line in lines}
    for key, value in article.extra.items():
        # A value that reading could not use goes back where nothing better has taken its place.
        key = strip_controls(key)  # noqa: PLW2901 - as it will be read again
        if key not in _KNOWN or key not in written:
            write_value(key, value, rest)
    rest.append("---\n")
    body = strip_controls(unify_newlines(article.body)).strip("\n")
    return head, "\n".join(rest) + (f"\n{body}\n" if body else "")


def _ingested_bounds(text: str) -> tuple[int, int] | None:
    """Return start and end of the front matter's first `ingested:` line, line feed included."""
    bounds = _header_bounds(text)
    if bounds is None:
        return None
    start = text.find("\ningested:", 3, bounds[0]) + 1
    return (start, text.index("\n", start) + 1) if start else None


def page_digest(text: str) -> str:
    """Return `sha256:` and the hex digest of a whole page, its `ingested:` line aside.

    Line ends and a byte-order mark do not count: version control may change them.
    """
    text = unify_newlines(text.removeprefix("\ufeff"))
    if bounds := _ingested_bounds(text):
        text = text[: bounds[0]] + text[bounds[1] :]
    return "sha256:" + sha256_hex(text.encode("utf-8", "surrogatepass"))


def stamp(article: Article) -> str:
    """Write a page as ingest does: with the digest by which `is_untouched` knows it again."""
    head, tail = _write(article)
    return f"{head}ingested: {page_digest(head + tail)}\n{tail}"


def is_untouched(text: str) -> bool:
    """Tell whether a page is, character by character, as ingest wrote it (line ends aside)."""
    text = unify_newlines(text.removeprefix("\ufeff"))
    bounds = _ingested_bounds(text)
    return bounds is not None and text[bounds[0] : bounds[1]] == f"ingested: {page_digest(text)}\n"
