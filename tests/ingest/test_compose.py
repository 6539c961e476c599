"""From raw article to page."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.digest import generated_id
from sitegen.ingest.compose import article_id, compose
from sitegen.ingest.readers import reader_for
from sitegen.ingest.readers.base import MAX_ARTICLE_BYTES
from sitegen.markup.front_matter import parse_page, stamp, write_page
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.plain_text import plain_text
from sitegen.model import Article, EntityTag, Problem, RawArticle

DATA = Path(os.environ.get("SITEGEN_DEV_DATA") or Path(__file__).parents[3] / "shared")


def raw(text: str = "", **fields: object) -> RawArticle:
    values: dict[str, Any] = {"origin": "content/raw/a.txt", "sha256": "0" * 64, "text": text, **fields}
    return RawArticle(**values)


def made(text: str = "", **fields: object) -> Article:
    article, problems = compose(raw(text, **fields))
    assert article is not None, problems
    assert not problems
    return article


UNTIDY = (
    " date 2018-06-10 The board of the harbour has asked for a new wall, the newspaper Courier reported Saturday."
    "\n\n\n\n"
    "The old one fell in 2006.“We had no money,” said Ana Roe.“Now we have,” she added.Mayor Li Wei agreed.\n"
    "Jan Smit contributed to this report."
)


def test_untidy_text_becomes_a_clean_article() -> None:
    """Date, headline, contributor, language and paragraphs are found in a text like the seed."""
    article = made(UNTIDY)
    assert article.date == "2018-06-10"
    assert article.title == "The board of the harbour has asked for a new wall"
    assert article.title_origin == "derived"
    assert article.authors == ("Jan Smit",)
    assert article.language == "en"
    assert article.id == generated_id("a.txt")
    assert article.source.file == "content/raw/a.txt"
    assert article.source.name == ""
    assert article.body.split("\n\n")[1:] == [
        "The old one fell in 2006.",
        "“We had no money,” said Ana Roe.",
        "“Now we have,” she added.",
        "Mayor Li Wei agreed.",
        "Jan Smit contributed to this report.",
    ]


def test_given_metadata_goes_first() -> None:
    """What the source says is kept; what the text only repeats is not shown twice."""
    article = made(
        "June 3, 1998\nA Big Wall\n\nBy Ana Roe\n\nThe wall is big.",
        title=" A big\nwall: “so” ",
        date="March 1987",
        authors=("Li Wei", "ana roe"),
        url="https://example.org/x",
        source="Courier",
        language="EN_gb",
        tags=("walls", "Walls"),
        extra={"rating": 3, "status": "draft"},
    )
    assert article.title == "A big wall: “so”"
    assert article.title_origin == "given"
    assert article.date == "1987-03"
    assert article.authors == ("Li Wei", "ana roe")
    assert article.source.url == "https://example.org/x"
    assert article.language == "en-GB"
    assert article.tags == ("walls",)
    assert article.extra == {"rating": 3, "source_status": "draft"}
    assert article.status == "published"


def test_headline_in_the_text_is_given() -> None:
    """A headline line at the top, or a labelled one, is the given title and leaves the body."""
    body = "The council voted on Tuesday to close the old bridge over the river, which has stood since the year 1902."
    for text in (f"Council Closes Old Bridge\n\n{body}", f"Title: Council Closes Old Bridge\n\n{body}"):
        article = made(text)
        assert (article.title, article.title_origin, article.body) == ("Council Closes Old Bridge", "given", body)


def test_title_alone_is_an_article() -> None:
    """A record without text is a page of its own."""
    article = made(title="Bridge closed", line=3)
    assert (article.title, article.body) == ("Bridge closed", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no text"), (" \n\x00\t", "no text"), ("date 2018-06-10", "nothing but a date"), ("* * *", "no text")],
)
def test_empty_texts_are_set_aside(text: str, says: str) -> None:
    """Nothing, or nothing but a date, makes no article; the reason is told."""
    article, (problem,) = compose(raw(text))
    assert article is None
    assert problem.code == "article-empty"
    assert says in problem.message


@pytest.mark.parametrize(
    ("date", "code", "used"),
    [
        ("2018-02-31", "date-impossible", ""),
        ("some day", "date-unreadable", ""),
        ("03/04/2018", "date-ambiguous", "2018-03-04"),
    ],
)
def test_doubtful_dates_are_told_and_kept(date: str, code: str, used: str) -> None:
    """A date that cannot be used is told, and what was given is kept."""
    article, (problem,) = compose(raw("The wall is big.", date=date))
    assert article is not None
    assert (problem.code, article.date) == (code, used)
    assert article.extra.get("date_as_given", used) == (used or date)


def test_impossible_date_in_the_text_is_told_and_kept() -> None:
    """The same holds for a date that the text leads with."""
    article, (problem,) = compose(raw("date 2018-02-31 The wall is big."))
    assert article is not None
    assert problem.code == "date-impossible"
    assert (article.date, article.body, article.extra) == ("", "The wall is big.", {"date_as_given": "2018-02-31"})


def test_too_long_an_article_is_set_aside() -> None:
    """More than the limit is refused at once, with a way out."""
    article, (problem,) = compose(raw("a" * (MAX_ARTICLE_BYTES + 1)))
    assert article is None
    assert problem.code == "article-too-long"
    assert problem.hint


def test_a_long_article_takes_bounded_time() -> None:
    """Two million characters of news take seconds, so that twenty million take no more than minutes."""
    text = (
        "The board met again.“It was long,” said Ana Roe (D-Ore.) of the U.S.Senate.Then all left. " * 40 + "\n"
    ) * 600
    started = time.process_time()
    article, _ = compose(raw(text))
    assert article is not None
    assert time.process_time() - started < 30


def test_ids_follow_the_source() -> None:
    """The source's id verbatim, else URL, else path under the raw folder, else digest."""
    assert article_id(raw(id="Ab/1 é", url="https://x.org")) == "Ab/1 é"
    assert article_id(raw(id=" a\x00\n")) == "a"
    assert article_id(raw(id="\n", url="https://x.org/a")) == generated_id("https://x.org/a")
    assert article_id(raw(origin="content/raw/b/c.txt")) == generated_id("b/c.txt")
    assert article_id(raw(origin="cafe\u0301.txt")) == article_id(raw(origin="café.txt"))
    assert article_id(raw(line=4)) == generated_id("0" * 64)


def test_tagger_is_asked_and_the_sources_entities_stay() -> None:
    """The tagger gets plain text and language; the source's own entities come first and other kinds are kept."""
    asked: list[tuple[str, str]] = []

    def tag(text: str, language: str) -> tuple[EntityTag, ...]:
        asked.append((text, language))
        return (EntityTag("Oslo", "place"), EntityTag("ANA ROE", "person"), EntityTag("Li Wei", "person"))

    entities = (EntityTag("Harbour Board", "organization"), EntityTag("Ana Roe", "person"), EntityTag("Vasa", "ship"))
    article, _ = compose(raw("The # board * met in _Oslo_ and it was long.", entities=entities), tag)
    assert article is not None
    assert asked == [("The # board * met in _Oslo_ and it was long.", "en")]
    assert [entity.name for entity in article.machine_tags] == ["Ana Roe", "Li Wei", "Harbour Board", "Oslo"]
    assert article.tag == (EntityTag("Vasa", "ship"),)


def test_unsafe_addresses_are_left_out() -> None:
    """Only web addresses become links."""
    assert made("The wall is big.", url="javascript:alert(1)").source.url == ""


@pytest.mark.parametrize(
    ("given", "language"), [("English", "en"), ("pt_br", "pt-BR"), ("zh-Hant", "zh-Hant"), ("?!", "en")]
)
def test_languages_become_tags(given: str, language: str) -> None:
    """Names and tags of languages are written as BCP 47; what cannot be read is detected."""
    assert made("The wall is big and it is old and the town has had it.", language=given).language == language


def test_page_keeps_markdown_and_front_matter() -> None:
    """A Markdown file keeps its markup and keys; gaps are filled; the permalink is not its to choose."""
    text = (
        "---\ntitle: 'A: wall'\ndate: June 3, 2001\nauthor: Ana Roe\nrating: 3\nstatus: draft\npermalink: /x/\n"
        "people:\n- Li Wei\n---\n# Big\n\n* one  \n* two\n"
    )
    article, _ = compose(raw(text, format="page", origin="content/raw/p.md"), lambda *_: (EntityTag("No", "place"),))
    assert article is not None
    assert (article.title, article.date, article.authors, article.status) == (
        "A: wall",
        "2001-06-03",
        ("Ana Roe",),
        "draft",
    )
    assert article.extra == {"rating": 3}
    assert article.permalink == ""
    assert article.machine_tags == (EntityTag("Li Wei", "person"),)
    assert article.body == "# Big\n\n* one  \n* two"


def test_page_without_title_gets_one() -> None:
    """A Markdown file without title and heading gets a derived one, from its words, not its markup."""
    article, _ = compose(raw("The **wall** of [Oslo](https://x.org) is big. It is old.", format="page"))
    assert article is not None
    assert (article.title, article.title_origin) == ("The wall of Oslo is big", "derived")


def test_broken_and_empty_pages_are_set_aside() -> None:
    """Front matter that cannot be read, or nothing below it, is told."""
    for text, code in (("---\ntitle: [\n---\nx", "front-matter-yaml"), ("---\ndate: 2001\n---\n", "article-empty")):
        article, problems = compose(raw(text, format="page"))
        assert article is None
        assert problems[-1].code == code
        assert problems[-1].severity == "warning"


def test_markdown_from_a_web_page_is_kept() -> None:
    """Markup that a reader made stays; the headline comes from the words."""
    article = made("The **wall** is big and it is old and the town has had it.\n\n- one\n- two", format="markdown")
    assert article.body.endswith("- one\n- two")
    assert article.title == "The wall is big and it is old and the town has had it"


@given(
    st.lists(st.text(alphabet="aA1 *_`[]()<>&#;\\-+.!|~=:\"'{}$“”é", min_size=1, max_size=40), min_size=1, max_size=4)
)
def test_rendering_shows_exactly_the_text(lines: list[str]) -> None:
    """Whatever plain text holds, its page shows it: Markdown finds nothing to act on."""
    article, _ = compose(raw("\n\n".join(lines), title="T", line=1))
    assert article is not None
    shown = plain_text(render_markdown(article.body).html)
    tagged: list[str] = []
    compose(raw("\n\n".join(lines), title="T", line=1), lambda text, _: tagged.append(text) or ())  # type: ignore[func-returns-value]
    expected = "" if not article.body else tagged[0]
    assert shown.split() == expected.split()


@pytest.mark.parametrize(
    "title", ["a: b", "\"q\" 's'", "line\nbreak", "x" * 1000, "- dash", "#tag", "yes", "1987", "\x00a\x1b[0m"]
)
def test_titles_and_names_survive_the_page(title: str) -> None:
    """Long titles and names with colons, quotes and line breaks are read back from the page as they were written."""
    article = made("The wall is big.", title=title, authors=(title,), source=title, id="i" + title)
    again, problems = parse_page(write_page(article), "a.md")
    assert not problems
    assert (again.title, again.authors, again.source.name, again.id) == (
        article.title,
        article.authors,
        article.source.name,
        article.id,
    )


@pytest.mark.skipif(not (DATA / "seed").is_dir(), reason="needs the development data folder (SITEGEN_DEV_DATA)")
def test_seed_is_read() -> None:
    """The text the program was made for: twelve paragraphs or more, its date, its contributor."""
    (file,) = (DATA / "seed").glob("*.txt")
    reader = reader_for(file.name)
    assert reader is not None
    (found,) = reader.read(file.read_bytes(), file.name, {})
    assert not isinstance(found, Problem)
    article, problems = compose(found)
    assert article is not None
    assert not problems
    assert article.date == "2018-06-10"
    assert article.authors == ("Herb Keinon",)
    assert len(article.body.split("\n\n")) >= 12
    assert len(article.title) <= 90


def test_a_column_whose_name_hides_a_key_of_the_page_does_not_become_it() -> None:
    """Control characters leave names before they are compared: a stranger's `sta…tus` is not the page's."""
    reader = reader_for("a.jsonl")
    assert reader is not None
    names = (b"sta\\u0000tus", b"perma\\u0001link", b"in\\u007fgested", b"i\\u0000d")
    line = b'{"text": "Words.", ' + b", ".join(b'"%s": "withdrawn"' % name for name in names) + b"}"
    (raw,) = reader.read(line, "a.jsonl", {})
    assert not isinstance(raw, Problem)
    article, _ = compose(raw, lambda text, language: ())
    assert article is not None
    again, _ = parse_page(stamp(article), "a.md")
    assert (again.status, again.permalink, again.id) == ("published", "", article.id)
    assert again.extra["source_status"] == "withdrawn"
