"""What people type, and what is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh_support import Page, built, find, ids

from sitegen.store.whoosh.query import (
    DEFAULT_FIELDS,
    Clause,
    Clauses,
    Dates,
    Every,
    Nothing,
    Pattern,
    Phrase,
    Span,
    Terms,
    Word,
    parse_query,
    period,
)
from sitegen.store.whoosh_index import WhooshIndex

PAGES = (
    Page(
        "apollo",
        "Two men walked on the moon. The landing was watched by millions.",
        "Men walk on the moon",
        "1969-07-20",
        people=("Neil Armstrong", "Buzz Aldrin"),
        organizations=("NASA",),
        places=("Sea of Tranquility",),
        authors=("Ann Lee",),
        source="The Daily Orbit",
        topics=("moon", "space race"),
    ),
    Page(
        "sputnik",
        "A ball that beeps circles the earth. Anti-war groups fear a race.",
        "Sputnik circles the earth",
        "1957-10-04",
        people=("Sergei Korolev",),
        organizations=("Soviet Academy of Sciences",),
        places=("Baikonur",),
        source="Evening Comet",
        ships=("Sputnik 1",),
    ),
    Page(
        "vostok",
        "Gagarin circles the earth once. He lands in a field, far from the moon.",
        "First man in space",
        "1961-04-12",
        people=("Yuri Gagarin", "Sergei Korolev"),
        places=("Baikonur", "Saratov"),
        source="Evening Comet",
    ),
    Page("luna", "Le module s'est posé sur la lune; l'homme n'y est pas.", "Luna 9", "1966-02", language="fr"),
    Page("tokyo", "月面着陸のニュースが東京に届いた。", "月面着陸", "1969-07-21", language="ja"),
    Page("undated", "A note about a race to the moon.", "Note", people=("Armstrong Neil",)),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """All of the articles."""
    with built(tmp_path_factory.mktemp("index"), PAGES) as made:
        yield made


FOUND = (
    # Words: any, the more the better.
    ("moon landing", ["apollo", "vostok", "undated"]),
    ("beeps", ["sputnik"]),
    ("lands", ["vostok", "apollo"]),  # Stems meet: lands, landing.
    ("MOON", ["apollo", "undated", "vostok"]),
    ("xyzzy", []),
    ("", []),
    ("  ", []),
    # Operators.
    ("moon AND earth", ["vostok"]),
    ("beeps OR gagarin", ["vostok", "sputnik"]),
    ("moon NOT earth", ["apollo", "undated"]),
    ("moon ANDNOT earth", ["apollo", "undated"]),
    ("NOT moon", ["tokyo", "luna", "sputnik"]),
    ("(beeps OR gagarin) AND earth", ["vostok", "sputnik"]),
    ("(beeps OR gagarin) AND NOT once", ["sputnik"]),
    ("earth ANDMAYBE beeps", ["sputnik", "vostok"]),
    ("moon REQUIRE earth", ["vostok"]),
    ("+moon +earth", ["vostok"]),
    ("+earth moon", ["vostok", "sputnik"]),
    ("moon -earth", ["apollo", "undated"]),
    ("race -(moon OR men)", ["sputnik"]),
    ("-moon", ["tokyo", "luna", "sputnik"]),
    ("+anti-war", ["sputnik"]),
    ("+war-anti", []),
    ("race -anti-war", ["apollo", "undated"][1:]),
    ("anti-war AND race", ["sputnik"]),
    ("race AND NOT anti-war", ["undated"]),
    ("race AND NOT war-anti", ["sputnik", "undated"]),
    ("+war-anti AND race", []),
    ("anti-war", ["sputnik"]),
    # Phrases.
    ('"circles the earth"', ["sputnik", "vostok"]),
    ('"the circles earth"', []),
    ('"circles earth"', []),
    ('"circles earth"~2', ["sputnik", "vostok"]),
    ("“on the moon”", ["apollo"]),
    ('moon "circles the earth"', ["vostok", "sputnik"]),
    ('-"circles the earth" moon', ["apollo", "undated"]),
    # Fields.
    ("title:moon", ["apollo"]),
    ("Title:MOON", ["apollo"]),
    ("title:(moon OR earth)", ["apollo", "sputnik"]),
    ("body:sputnik", []),
    ("person:armstrong", ["apollo", "undated"]),
    ("person:Armstrong earth", []),  # Filters restrict; a word must be there.
    ("person:Armstrong landing", ["apollo"]),
    ('person:"Neil Armstrong"', ["apollo"]),
    ("person:neil-armstrong", ["apollo"]),
    ("person:'Neil Armstrong'", ["apollo"]),
    ("person:'Armstrong'", []),
    ("person:arm*", ["apollo", "undated"]),
    ("person:[a to b]", ["apollo", "undated"]),
    ("-person:armstrong moon", ["vostok"]),
    ("person:korolev person:gagarin", ["vostok"]),
    ("org:nasa", ["apollo"]),
    ("organisation:nasa", ["apollo"]),
    ("organization:academy", ["sputnik"]),
    ("place:baikonur", ["vostok", "sputnik"]),
    ("place:'sea of tranquility'", ["apollo"]),
    ("by:lee", ["apollo"]),
    ("author:ann", ["apollo"]),
    ("source:comet", ["vostok", "sputnik"]),
    ("tag:'space race'", ["apollo"]),
    ("topic:race", ["apollo"]),
    ("entity:sputnik", ["sputnik"]),
    ("id:luna", ["luna"]),
    ("moon person:korolev", ["vostok"]),
    ("moon circles person:korolev", ["vostok", "sputnik"]),
    ("(person:gagarin OR person:aldrin)", ["vostok", "apollo"]),
    ("ship:sputnik", ["sputnik"]),  # No such field: words.
    # Wildcards and ranges.
    ("land*", ["vostok", "apollo"]),
    ("landings*", []),
    ("*eeps", ["sputnik"]),
    ("m??n", ["apollo", "undated", "vostok"]),
    ("b*ps", ["sputnik"]),
    ("?eeps", ["sputnik"]),
    ("e*r*h", ["vostok", "sputnik"]),
    ("who walked on the moon?", ["apollo", "vostok", "undated", "sputnik"]),
    ("*", ["tokyo", "apollo", "luna", "vostok", "sputnik", "undated"]),
    ("*:*", ["tokyo", "apollo", "luna", "vostok", "sputnik", "undated"]),
    ("title:[m to n]", ["apollo", "vostok"]),  # men, moon; man
    ("title:{moon to}", ["undated", "sputnik", "vostok", "apollo", "tokyo"]),
    # Dates.
    ("year:1969", ["tokyo", "apollo"]),
    ("year:1969 moon", ["apollo"]),
    ("year:[1957 to 1961]", ["vostok", "sputnik"]),
    ("date:1969-07-20", ["apollo"]),
    ("date:196907", ["tokyo", "apollo"]),
    ("date:[19690101 to 19701231]", ["tokyo", "apollo"]),
    ("date:[1966 to]", ["tokyo", "apollo", "luna"]),
    ("date:[to 1961]", ["vostok", "sputnik"]),
    ("date:{1957 to 1969}", ["luna", "vostok"]),
    ('date:"1961-04-12"', ["vostok"]),
    ("before:1961", ["sputnik"]),
    ("before:1966-02", ["vostok", "sputnik"]),
    ("after:1966-02", ["tokyo", "apollo", "luna"]),
    ("after:1969-07-21", ["tokyo"]),
    ("after:1958 before:1969", ["luna", "vostok"]),
    ("-year:1969 moon", ["undated", "vostok"]),
    ("year:moon", ["apollo", "undated", "vostok"]),  # No date: words.
    ("date:[yesterday to moon]", ["apollo", "undated", "vostok"]),
    # Other languages.
    ("homme", ["luna"]),
    ("l'homme", ["luna"]),
    ("posé", ["luna"]),
    ("pose", ["luna"]),
    ("月面", ["tokyo"]),
    ('"月面着陸"', ["tokyo"]),
    ("東京", ["tokyo"]),
)


@pytest.mark.parametrize(("query", "expected"), FOUND, ids=[query or "nothing" for query, _ in FOUND])
def test_queries_find(index, query, expected):
    """Each query of the table finds what a person expects."""
    assert sorted(ids(index, query)) == sorted(expected)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("moon landing", ["apollo", "vostok", "undated"]),  # Both words, both words far apart, one word.
        ("moon", ["apollo", "undated", "vostok"]),  # In the title too, in a short text, in a long one.
        ("year:1969", ["tokyo", "apollo"]),  # Nothing to rank by: newest first.
        ("*:*", ["tokyo", "apollo", "luna", "vostok", "sputnik", "undated"]),
        ("person:korolev", ["vostok", "sputnik"]),
        ("earth ANDMAYBE gagarin", ["vostok", "sputnik"]),
    ],
)
def test_the_best_come_first(index, query, expected):
    """Hits are ranked: more words, rarer words, words in the title, shorter texts, then newer articles."""
    assert ids(index, query) == expected


MALFORMED = (
    "(((((",
    ")",
    '"',
    '"moon',
    "moon AND",
    "AND moon",
    "OR",
    "NOT",
    "NOT OR moon",
    "title:",
    "title: :moon",
    "+",
    "-",
    "+-+-moon",
    "^2",
    "moon^",
    "moon^x",
    "[to]",
    "[a to",
    "date:[1969 TO",
    "date:9999-99-99",
    "year:0000",
    "person:'",
    "'",
    "~",
    '"a"~99999999999999999999',
    "\\",
    "\x00",
    "\ud800",
    "a" * 5000,
    "(" * 900 + "moon",
    "moon " * 500,
    "NOT " * 200 + "moon",
    "*a" * 100,
)


@pytest.mark.parametrize("query", MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_queries_are_searched_for_their_words(index, query):
    """Nothing a person types is an error; words in it are found."""
    found = find(index, query)
    assert found.query == query
    if "moon" in query and "NOT" not in query and "-" not in query:
        assert "apollo" in [hit.id for hit in found.hits]


def test_a_parser_that_fails_leaves_the_words(index, monkeypatch):
    """Should Whoosh's parser stumble, the query's words are searched."""

    def stumble(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr("whoosh.qparser.default.QueryParser.process", stumble)
    assert ids(index, "title:(moon AND") == ["apollo", "undated", "vostok"]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            "moon earth ( ) \" ' + - AND OR NOT REQUIRE ANDMAYBE person: date: [ ] { } to * ? ^2 ~3 : 1969 月面".split()
            + [" "] * 9
        ),
        max_size=14,
    ).map("".join)
    | st.text(max_size=30)
)
def test_no_query_fails(index, query):
    """Any string is answered."""
    find(index, query)


def test_boosts_change_the_order(index):
    """`^` raises a word's share of the score."""
    assert ids(index, "beeps gagarin^3")[0] == "vostok"
    assert ids(index, "beeps^3 gagarin")[0] == "sputnik"
    assert find(index, "gagarin^2").hits[0].score == pytest.approx(2 * find(index, "gagarin").hits[0].score)


CLAUSES: tuple[tuple[str, Clause], ...] = (
    ("moon", Word(DEFAULT_FIELDS, ("moon",))),
    ("walking", Word(DEFAULT_FIELDS, ("walk", "walking"))),
    ('"the moon"', Phrase(DEFAULT_FIELDS, (("the",), ("moon",)))),
    ('"the moon"~4', Phrase(DEFAULT_FIELDS, (("the",), ("moon",)), 4)),
    ("title:moon^2", Word(("title",), ("moon",), boost=2.0)),
    ("org:nasa", Word(("organization",), ("nasa",))),
    ("Lunar*", Pattern(DEFAULT_FIELDS, "lunar*")),
    ("[a to c}", Span(DEFAULT_FIELDS, "a", "c", False, True)),
    ("year:1969", Dates(19690000, 19699999)),
    ("before:1969-07", Dates(1, 19690699)),
    ("after:1969-07-20", Dates(19690720, 99999999)),
    ("*:*", Every()),
    ("", Nothing()),
    ("a b", Clauses(optional=(Word(DEFAULT_FIELDS, ("a",)), Word(DEFAULT_FIELDS, ("b",))))),
    ("+a -b", Clauses(required=(Word(DEFAULT_FIELDS, ("a",)),), excluded=(Word(DEFAULT_FIELDS, ("b",)),))),
)


@pytest.mark.parametrize(("query", "clause"), CLAUSES, ids=[query or "nothing" for query, _ in CLAUSES])
def test_queries_are_read(query, clause):
    """Each query becomes the clause it should; words are stemmed in all languages of the archive."""
    assert parse_query(query, Terms(("en", ""), lambda _: ())) == clause


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1969", (19690000, 19699999)),
        ("196907", (19690700, 19690799)),
        ("1969-07", (19690700, 19690799)),
        ("19690720", (19690720, 19690720)),
        ("1969/07/20", (19690720, 19690720)),
        (" '1969?' ", (19690000, 19699999)),
        ("1969-13", None),
        ("1969-02-30", None),
        ("69", None),
        ("moon", None),
        ("١٩٦٩", None),
    ],
)
def test_periods(text, expected):
    """Days, months and years are read in the usual ways of writing them."""
    assert period(text) == expected


def test_equal_scores_come_newest_first_then_by_id(tmp_path):
    """Ties are broken by date, newest first and undated last, then by id."""
    dates = ("", "1969", "1969-07", "1969-07-20", "1970")
    pages = [Page(f"{letter}{number}", "moon", date=date) for number, date in enumerate(dates) for letter in "ba"]
    with built(tmp_path, pages) as made:
        assert ids(made, "moon") == ["a4", "b4", "a3", "b3", "a2", "b2", "a1", "b1", "a0", "b0"]
        for limit in range(12):
            found = find(made, "moon", limit=limit)
            assert [hit.id for hit in found.hits] == ids(made, "moon")[:limit]
            assert found.total == 10


def test_hits_carry_what_a_list_shows(index):
    """Id, address, title, date, score, excerpt and the marks in it."""
    found = find(index, "millions", PAGES)
    hit = found.hits[0]
    assert (hit.id, hit.url, hit.title, hit.date) == ("apollo", "apollo/", "Men walk on the moon", "1969-07-20")
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["millions"]
    assert hit.score > 0
    assert found.total == found.best == 1


def test_how_many_hold_the_most_words_is_told(index):
    """Besides all articles that match, those with the most of the words are counted."""
    found = find(index, "moon landing walked")
    assert (found.total, found.best) == (3, 1)
    found = find(index, "moon")
    assert (found.total, found.best) == (3, 3)
    found = find(index, "year:1969")
    assert (found.total, found.best) == (2, 2)


def test_excluded_words_are_not_marked(index):
    """Excerpts mark what was looked for."""
    hit = find(index, "race -beeps", PAGES).hits[0]
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["race"]


def test_an_index_without_articles_answers(tmp_path):
    """An empty archive is searched without complaint."""
    with built(tmp_path, []) as made:
        for query in ("moon", '"a b"', "*", "a*", "year:1969", "-moon", "person:x*"):
            assert ids(made, query) == []


def test_search_can_be_asked_from_threads(index):
    """Several threads may search at once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda query: ids(index, query), [query for query, _ in FOUND]))
    assert list(map(sorted, found)) == [sorted(expected) for _, expected in FOUND]


def test_a_closed_index_opens_again(tmp_path):
    """Closing only lets go of files."""
    index = WhooshIndex(tmp_path)
    built(tmp_path, PAGES[:1]).close()
    assert ids(index, "moon") == ["apollo"]
    index.close()
    assert ids(index, "moon") == ["apollo"]
    index.close()
