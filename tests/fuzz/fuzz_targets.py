"""What is fuzzed: functions that take any bytes and must give a value or one of the errors they name, in good time.

`test_fuzz.py` runs them with Hypothesis, shortly; `fuzz_all.py` with atheris, for as long as one likes.
"""

from __future__ import annotations

from collections.abc import Callable

from sitegen.config import parse_config
from sitegen.entities.authority import check_authority, parse_authority
from sitegen.errors import ConfigError, ContentError
from sitegen.ingest.compose import article_id, compose
from sitegen.ingest.readers import reader_for
from sitegen.markup.front_matter import is_untouched, parse_page, stamp, write_page
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.plain_text import plain_text
from sitegen.markup.svg import svg_risk
from sitegen.model import Problem, RawArticle
from sitegen.search.reference import parse_query

Target = Callable[[bytes], None]


def _read(suffix: str) -> Target:
    reader = reader_for(f"a{suffix}")
    assert reader is not None

    def target(data: bytes) -> None:
        for found in reader.read(data, f"a{suffix}", {"headline": "title"}):
            if isinstance(found, Problem):
                assert found.path
                assert found.message
                continue
            assert isinstance(found, RawArticle)
            assert article_id(found)
            article, _ = compose(found, lambda text, language: ())
            if article is not None:
                page = stamp(article)
                page.encode()
                assert is_untouched(page)
                again, problems = parse_page(page, "a.md")
                assert (again.id, again.body, again.status) == (article.id, article.body, article.status), problems
                assert not article.title or again.title == article.title, problems

    return target


def front_matter(data: bytes) -> None:
    """A page that was read and written reads the same, and is written the same."""
    try:
        article, _ = parse_page(data.decode("utf-8", "replace"), "a.md")
    except ContentError:
        return
    text = write_page(article)
    again, _ = parse_page(text, "a.md")
    assert write_page(again) == text
    assert (again.title, again.tag, again.untag, again.body) == (
        article.title,
        article.tag,
        article.untag,
        article.body,
    )


def markdown(data: bytes) -> None:
    """Any body renders; `test_xss.py` says what may come out."""
    plain_text(render_markdown(data.decode("utf-8", "replace")).html)


def settings(data: bytes) -> None:
    """`sitegen.toml` is read or refused."""
    try:
        parse_config(data.decode("utf-8", "replace"))
    except ConfigError:
        return


def judgements(data: bytes) -> None:
    """`entities.yaml` is read or refused, with a line for each mistake."""
    text = data.decode("utf-8", "replace")
    authority, problems = check_authority(text)
    assert (authority is None) == any(problem.severity == "error" for problem in problems) or problems
    try:
        parse_authority(text)
    except ContentError:
        assert problems


def query(data: bytes) -> None:
    """Whatever is typed is a query."""
    parse_query(data.decode("utf-8", "replace"))


def drawing(data: bytes) -> None:
    """Any drawing is judged."""
    svg_risk(data)


TARGETS: dict[str, Target] = {
    "txt": _read(".txt"),
    "md": _read(".md"),
    "jsonl": _read(".jsonl"),
    "jsonl.gz": _read(".jsonl.gz"),
    "csv": _read(".csv"),
    "html": _read(".html"),
    "front_matter": front_matter,
    "markdown": markdown,
    "settings": settings,
    "judgements": judgements,
    "query": query,
    "drawing": drawing,
}

SEEDS: dict[str, tuple[bytes, ...]] = {
    "txt": (b"date 1969-07-20\n\nHOUSTON (Wire) -- Two men walked.\n\nBy Ann Lee\n", "﻿café “x”".encode("utf-16")),
    "md": (b"---\ntitle: A\npeople:\n- name: B\n  as: [C, 'D']\n---\n# H\n\n*x* [y](http://z)\n",),
    "jsonl": (
        b'{"id": 1, "title": "A", "text": "B", "authors": ["C"], "entities": [{"name": "D", "kind": "person"}]}\n',
    ),
    "jsonl.gz": (
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV*I\xad(Q\xb2R\xaa\xe5\x02\x00\x8e\xe5\x0f`\x0e\x00\x00\x00",
    ),
    "csv": (
        b'id,title,text,date\r\n1,"A ""b""","C\nd",1969-07-20\r\n',
        b"headline;text\nx;y\n",
        b"title\ttext\na\tb\n",
    ),
    "html": (b"<html><head><title>T</title></head><body><article><p>Some words of text.</p></article></body></html>",),
    "front_matter": (
        (
            b"---\nid: '1'\npermalink: /a/b/\naliases: []\ntitle: 'x: y'\ndate: 1987-03?\nsource:\n  name: N\ntag:\n"
            b"- name: A\n  kind: person\nuntag: [x]\nstatus: draft\nextra:\n  a: [1, {b: null}]\n---\nBody\n"
        ),
        b"---\n? [a]\n: {b: c}\n'd': |\n  text\n---\n",
    ),
    "markdown": (b"# a\n\n> b\n\n- c\n\n```x\nd\n```\n\n|a|\n|-|\n|b|\n\n[^1]\n\n[^1]: e <b>f</b> ![g](media/h)\n",),
    "settings": (b'title = "A"\n[entities]\nmin_articles = 2\n[publish.x]\ntarget = "folder:/y"\n',),
    "judgements": (
        b"- name: A\n  kind: person\n  aliases: [B, {name: C, kind: place}]\n  links: {wikidata: Q1}\n  not: [D]\n",
    ),
    "query": (b'"a b" -c +d person:"e f" before:1987-03 (g OR h)* title:i~',),
    "drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'><style>a{}</style><a href='#x'/></svg>",),
}
