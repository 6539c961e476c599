"""Pages to articles and back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.errors import ContentError
from sitegen.markup import front_matter
from sitegen.markup.front_matter import is_untouched, page_digest, parse_page, stamp, write_page
from sitegen.model import Article, EntityTag, Problem, Source

FULL = Article(
    id="7e10000000000012",
    permalink="/1969/07/men-walk-on-the-moon/",
    aliases=("/old/moon.html",),
    title="Apollo: “The Eagle has landed”",
    title_origin="derived",
    date="1969-07-21",
    updated="1969-07-22",
    authors=("Ada O'Neill", "B. Writer"),
    source=Source(
        name="The Daily Orbit", url="https://orbit.example/a?b=1", file="raw/moon.txt", sha256="0" * 63 + "1"
    ),
    language="en",
    machine_tags=(
        EntityTag("Neil Armstrong", "person", ("Armstrong", "Neil A. O'Armstrong")),
        EntityTag("Buzz Aldrin", "person"),
        EntityTag("NASA", "organization"),
        EntityTag("No", "place"),
    ),
    tag=(EntityTag("Apollo 11", "mission"), EntityTag("Houston", ""), EntityTag("Eagle", "craft", ("the lander",))),
    untag=("Eagle",),
    tags=("space", "1969"),
    copies=("12e5",),
    status="published",
    extra={"rating": 5, "notes": ["a", "b: c"], "deep": {"x": [1, {"y": None}]}},
    body="One small step.\n\n    code\n\nEnd.",
)


def parse(text: str, path: str = "content/articles/a-page.md") -> Article:
    article, problems = parse_page(text, path)
    assert problems == []
    return article


def problems_of(text: str) -> list[Problem]:
    return parse_page(text, "a.md")[1]


def test_page_survives_writing_and_reading() -> None:
    """All fields come back as they were."""
    assert parse(write_page(FULL)) == FULL


def test_page_is_written_in_canonical_form() -> None:
    """Block style, one key a line, in the documented order, ids quoted, unknown keys last."""
    article = msgspec.structs.replace(FULL, extra={"rating": 5}, copies=())
    assert write_page(article) == (
        "---\n"
        "id: '7e10000000000012'\n"
        "permalink: /1969/07/men-walk-on-the-moon/\n"
        "aliases:\n- /old/moon.html\n"
        "title: 'Apollo: “The Eagle has landed”'\n"
        "title_origin: derived\n"
        "date: 1969-07-21\n"
        "updated: 1969-07-22\n"
        "authors:\n- Ada O'Neill\n- B. Writer\n"
        "source:\n  name: The Daily Orbit\n  url: https://orbit.example/a?b=1\n  file: raw/moon.txt\n"
        f"  sha256: '{'0' * 63}1'\n"
        "language: en\n"
        "people:\n- name: Neil Armstrong\n  as: [Armstrong, Neil A. O'Armstrong]\n- Buzz Aldrin\n"
        "organizations:\n- NASA\n"
        "places:\n- 'No'\n"
        "tag:\n- name: Apollo 11\n  kind: mission\n- Houston\n- name: Eagle\n  kind: craft\n  as: [the lander]\n"
        "untag:\n- Eagle\n"
        "tags:\n- space\n- '1969'\n"
        "status: published\n"
        "rating: 5\n"
        "---\n\n"
        "One small step.\n\n    code\n\nEnd.\n"
    )


def test_written_page_means_the_same_to_other_yaml_readers() -> None:
    """A stock YAML reader sees the same texts (dates aside, which people write plain)."""
    header = write_page(FULL).split("---\n")[1]
    data = yaml.safe_load(header)
    assert data["id"] == FULL.id
    assert data["source"]["sha256"] == FULL.source.sha256
    assert data["places"] == ["No"]
    assert data["tags"] == ["space", "1969"]
    assert data["copies"] == ["12e5"]


def test_empty_article_is_a_page_too() -> None:
    """The least there can be is written and read."""
    article = Article(title="A")
    text = write_page(article)
    assert text == (
        "---\naliases: []\ntitle: A\ntitle_origin: given\ntag: []\nuntag: []\ntags: []\nstatus: published\n---\n"
    )
    assert parse(text) == article


NAMES = st.text(min_size=1, max_size=20).map(front_matter._line).filter(bool)
LISTS = st.lists(NAMES, max_size=3).map(tuple)
TAGS = st.lists(st.builds(EntityTag, NAMES, st.just("person"), st.lists(NAMES, max_size=2).map(tuple)), max_size=3).map(
    tuple
)
BODY = st.text(max_size=60).map(lambda text: front_matter.strip_controls(front_matter.unify_newlines(text)).strip("\n"))


@given(
    st.builds(
        Article,
        id=NAMES,
        title=NAMES,
        authors=LISTS,
        date=st.sampled_from(["", "1987", "1987-03", "1987-03-05", "1987?", "1987-03~", "1987%"]),
        source=st.builds(Source, name=NAMES, file=NAMES, sha256=NAMES),
        machine_tags=TAGS,
        tag=TAGS,
        untag=LISTS,
        tags=LISTS,
        copies=LISTS,
        extra=st.dictionaries(
            NAMES.filter(lambda key: key not in front_matter._KNOWN and not front_matter._meant(key)),
            st.one_of(NAMES, st.integers(-999, 999), st.booleans(), st.none(), st.lists(NAMES, max_size=2)),
            max_size=2,
        ),
        body=BODY,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_article_survives_writing_and_reading(article: Article) -> None:
    """Whatever the names and texts, a page reads back equal, is stable, and is known as untouched."""
    text = write_page(article)
    assert parse(text) == article
    assert write_page(parse(text)) == text
    stamped = stamp(article)
    assert is_untouched(stamped)
    assert msgspec.structs.replace(parse(stamped), ingested="") == article
    assert write_page(parse(stamped)) == stamped


@given(st.text(max_size=200).map(lambda text: "---\n" + text + "\n---\nbody"))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No front matter, however broken, does anything but give an article or a `ContentError`."""
    try:
        article, problems = parse_page(text, "a.md")
    except ContentError as error:
        problems = [error.problem]
    else:
        write_page(article)
    assert all(problem.hint and problem.line >= 1 for problem in problems)


def test_hostile_control_characters_leave_every_field() -> None:
    """Control characters, also escaped ones, reach neither fields nor body."""
    article = parse('---\ntitle: "a\\x0e0\\x0fb\\nc"\nother: "x\\x11y"\ntags:\n- "\\ud7ff\\a"\n---\nb\x0e0\x0fd\x10')
    assert article.title == "a0b c"
    assert article.extra == {"other": "xy"}
    assert article.tags == ("\ud7ff",)
    assert article.body == "b0d"


@pytest.mark.parametrize(
    ("yaml_text", "field", "value"),
    [
        ("title: 2010", "title", "2010"),
        ("title: yes", "title", "yes"),
        ("title: 'null'", "title", "null"),
        ("title: >\n  two\n  lines", "title", "two lines"),
        ("date: 2018-06-10", "date", "2018-06-10"),
        ("date: 2018-06-10T12:30:00Z", "date", "2018-06-10"),
        ("date: 2018-06-10 12:30", "date", "2018-06-10"),
        ("date: 1987", "date", "1987"),
        ("id: 12e5", "id", "12e5"),
        ("tags: space", "tags", ("space",)),
        ("tags: [space, 1969, no]", "tags", ("space", "1969", "no")),
        ("tags: []", "tags", ()),
        ("tags:", "tags", ()),
        ("authors: Ada", "authors", ("Ada",)),
        ("authors:\n- name: Ada", "authors", ("Ada",)),
        ("authors: {name: Ada}", "authors", ("Ada",)),
        ("authors:\n-\n- ''\n- Ada", "authors", ("Ada",)),
        ("source: The Orbit", "source", Source(name="The Orbit")),
        ("source:\n  name: The Orbit # note\n  url:", "source", Source(name="The Orbit")),
        ("people: Ada", "machine_tags", (EntityTag("Ada", "person"),)),
        ("places: {name: Ur, as: Uru}", "machine_tags", (EntityTag("Ur", "place", ("Uru",)),)),
        ("people:\n- name: Ada\n  kind: person", "machine_tags", (EntityTag("Ada", "person"),)),
        ("people:\n-\n- ' '\n- Ada", "machine_tags", (EntityTag("Ada", "person"),)),
        ("tag: [{name: Ada, kind: poet}]", "tag", (EntityTag("Ada", "poet"),)),
        ("permalink: a/b", "permalink", "/a/b/"),
        ("permalink: /2018/ü/", "permalink", "/2018/ü/"),
        ("aliases: /old/a.html", "aliases", ("/old/a.html",)),
        ("status: withdrawn", "status", "withdrawn"),
        ("x: &anchor 5", "extra", {"x": 5}),
        ("1: one\n[a]: two", "extra", {"1": "one", "['a']": "two"}),
    ],
)
def test_values_are_read_as_meant(yaml_text: str, field: str, value: Any) -> None:
    """What people write in ordinary YAML is taken as text, one item or many, without complaint."""
    assert getattr(parse(f"---\n{yaml_text}\n---\n"), field) == value


@pytest.mark.parametrize(
    ("yaml_text", "line", "code", "hint"),
    [
        ("id: a\ntitle: [a, b]", 3, "front-matter-value", "title: …"),
        ("date: last summer", 2, "front-matter-value", "1987"),
        ("date: 2018-02-30", 2, "front-matter-value", "1987"),
        ("date: 2018-02-30T10:00", 2, "front-matter-value", "1987"),
        ("updated: {a: b}", 2, "front-matter-value", "updated"),
        ("tags:\n- a\n- [b]", 4, "front-matter-value", "- …"),
        ("people:\n- a\n- kind: b", 4, "front-matter-value", "- name"),
        ("people:\n- [a]", 3, "front-matter-value", "- name"),
        ("people:\n- name: a\n  as: {b: c}", 3, "front-matter-value", "as: ["),
        ("people:\n- name: a\n  as: [b, [c]]", 3, "front-matter-value", "as: ["),
        ("people:\n- name: a\n  kind: place", 3, "front-matter-value", "tag:"),
        ("people:\n- name: a\n  role: b", 3, "front-matter-unknown-key", "name, kind, as"),
        ("source: [a]", 2, "front-matter-value", "name: …"),
        ("source:\n  name: [a]", 2, "front-matter-value", "name: …"),
        ("source:\n  nmae: a", 2, "front-matter-unknown-key", "name, url"),
        ("source:\n  url: javascript:alert(1)", 2, "front-matter-value", "https://"),
        ("language: English language", 2, "front-matter-value", "pt-BR"),
        ("status: publsihed", 2, "front-matter-value", "published"),
        ("title_origin: guessed", 2, "front-matter-value", "derived"),
        ("permalink: /../x/", 2, "front-matter-value", "/2018/06/"),
        ("permalink: /%2e%2e/x/", 2, "front-matter-value", "/2018/06/"),
        ("permalink: /", 2, "front-matter-value", "/2018/06/"),
        ("permalink: //evil.example/", 2, "front-matter-value", "/2018/06/"),
        ("permalink: /a\\b/", 2, "front-matter-value", "/2018/06/"),
        ("permalink: /a//b/", 2, "front-matter-value", "/2018/06/"),
        ("permalink: '/a /b/'", 2, "front-matter-value", "/2018/06/"),
        ("permalink: /%0a/", 2, "front-matter-value", "/2018/06/"),
        (f"permalink: /{'a' * 1001}/", 2, "front-matter-value", "/2018/06/"),
        ("aliases:\n- /a/\n- https://a.example/", 4, "front-matter-value", "/2018/06/"),
        ("title: a\ntitle: b", 3, "front-matter-duplicate-key", "remove"),
        ("Title: a", 2, "front-matter-unknown-key", "`title`"),
        ("author: a", 2, "front-matter-unknown-key", "`authors`"),
    ],
)
def test_unusable_values_are_reported_with_line_and_hint(yaml_text: str, line: int, code: str, hint: str) -> None:
    """Each slip is one problem with its line, and the page is read all the same."""
    article, problems = parse_page(f"---\n{yaml_text}\n---\nBody", "a.md")
    assert [(problem.line, problem.code) for problem in problems] == [(line, code)]
    assert hint in problems[0].hint
    assert problems[0].path == "a.md"
    assert article.body == "Body"


def test_unusable_values_are_kept_on_rewriting() -> None:
    """A value that could not be used stays in the page when a tool writes it again."""
    article, _ = parse_page("---\ntitle: A\ndate: last summer\nlanguage: [en]\n---\n", "a.md")
    assert article.date == ""
    text = write_page(article)
    assert "date: last summer\n" in text
    assert "language:\n- en\n" in text
    assert len(problems_of(text)) == 2
    dated = msgspec.structs.replace(article, date="1987", language="en")
    assert parse(write_page(dated)).date == "1987"


def test_a_slip_in_status_never_publishes() -> None:
    """An unknown status hides the page."""
    assert parse_page("---\nstatus: withdrwan\n---\n", "a.md")[0].status == "draft"


def test_unknown_keys_are_kept_without_a_word() -> None:
    """Keys unlike any known one are the user's own business."""
    article = parse("---\nlayout: wide\nweight: 10\nflags: [a, true]\n---\n")
    assert article.extra == {"layout": "wide", "weight": 10, "flags": ["a", True]}


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("---\ntitle: a: b\n---\n", 2, "front-matter-yaml"),
        ("---\nid: 1\ntitle: 'a\n---\n", 3, "front-matter-yaml"),
        ("---\nid: &a [b]\ntags: *a\n---\n", 3, "front-matter-yaml"),
        ("---\ntitle: a\n\nNo end.", 1, "front-matter-unclosed"),
        ("---\nJust a rule\n---\n", 2, "front-matter-shape"),
        ("---\n- a\n---\n", 2, "front-matter-shape"),
        ("---\n" + "# comment\n" * 120_000 + "---\n", 1, "front-matter-size"),
    ],
)
def test_unreadable_front_matter_sets_the_article_aside(text: str, line: int, code: str) -> None:
    """What cannot be read is an error with path, line, code and hint."""
    with pytest.raises(ContentError) as caught:
        parse_page(text, "a.md")
    problem = caught.value.problem
    assert (problem.path, problem.line, problem.code, problem.severity) == ("a.md", line, code, "error")
    assert problem.hint


def test_page_without_front_matter_is_all_body() -> None:
    """A page by hand needs nothing: its title comes from its name, or from its first heading."""
    assert parse("Some text.\n").body == "Some text."
    assert (parse("Some text.\n").title, parse("Some text.\n").title_origin) == ("A page", "derived")
    article = parse("\n# The *Eagle* \\* Co. #\n\nText.\n\n# Two\n")
    assert (article.title, article.title_origin) == ("The Eagle * Co.", "given")
    assert article.body == "Text.\n\n# Two"
    assert parse("# \n\nText").title == "A page"
    assert parse("text", "plain").title == "Plain"
    assert parse("text", "x/.hidden").title == ".hidden"
    assert parse("").body == ""


def test_first_heading_stays_where_a_title_is_given() -> None:
    """Only a missing title is taken from the body."""
    article = parse("---\ntitle: A\n---\n# B\n")
    assert (article.title, article.body) == ("A", "# B")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff---\r\ntitle: A\r\n---\r\nB\r\n\r\nC\r\n",
        "---\rtitle: A\r---\rB\r\rC",
        "--- \ntitle: A\n---\t\nB\n\nC\n",
        "---\ntitle: A\n--- \nB\n\nC",
    ],
)
def test_line_ends_marks_and_trailing_blanks_do_not_matter(text: str) -> None:
    """Byte-order mark, CRLF, CR and blanks after the dashes are read like the plain form."""
    article = parse(text)
    assert (article.title, article.body) == ("A", "B\n\nC")


@pytest.mark.parametrize("text", ["---\n---\nB", "---\n\n---\nB", "---\n# nothing\n---\nB", "--- \n---\nB"])
def test_empty_front_matter_is_none(text: str) -> None:
    """Nothing between the dashes is fine."""
    assert parse(text).body == "B"


def test_front_matter_may_end_the_file() -> None:
    """The closing dashes need no line feed after them."""
    assert parse("---\ntitle: A\n---").title == "A"


def test_ingested_page_is_known_until_it_is_edited() -> None:
    """The digest covers front matter and body, and neither line ends nor its own line."""
    text = stamp(FULL)
    assert is_untouched(text)
    assert parse(text).ingested == page_digest(text)
    assert is_untouched("\ufeff" + text.replace("\n", "\r\n"))
    assert not is_untouched(text.replace("small", "giant"))
    assert not is_untouched(text.replace("untag:\n", "untag:\n- NASA\n"))
    assert not is_untouched(text.replace("ingested: sha256:", "ingested: sha256:0"))
    assert not is_untouched(write_page(FULL))
    assert not is_untouched("ingested: sha256:0\n")
    assert page_digest(write_page(FULL)) == page_digest(text)


def test_digest_line_in_the_body_counts_as_text() -> None:
    """Only the front matter's own line is left out of the digest."""
    page = write_page(msgspec.structs.replace(FULL, body="ingested: sha256:1\n\nText"))
    assert page_digest(page) != page_digest(page.replace("sha256:1", "sha256:2"))


def test_writer_makes_hostile_fields_harmless() -> None:
    """Line breaks and dashes in fields cannot end the front matter or add keys."""
    article = Article(
        id="a\n---\nstatus: draft",
        title="x\n---\n\nevil",
        authors=("a\nstatus: draft", "", " "),
        machine_tags=(EntityTag("a\n- b", "person", ("c]\nd", "e, f")),),
        extra={"k\n---\nz": "v\n---\n", "list": ["---\n---"]},
        body="---\nbody",
    )
    again = parse(write_page(article))
    assert again.id == "a --- status: draft"
    assert again.title == "x --- evil"
    assert again.authors == ("a status: draft",)
    assert again.machine_tags == (EntityTag("a - b", "person", ("c] d", "e, f")),)
    assert again.extra == article.extra
    assert again.status == "published"
    assert again.body == "---\nbody"
