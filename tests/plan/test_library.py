"""The plan: who belongs to which list, which pages there are, and where they live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.config import Config
from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import Catalogue
from sitegen.model import Card, CardTag
from sitegen.plan import feed_views, letters, year_cuts
from sitegen.plan.article_views import article_view
from sitegen.plan.library import Library, gather
from sitegen.plan.parts import entity_families, group_address, month_bars, year_bars
from sitegen.plan.permalinks import checked_permalink, permalink_of_path
from sitegen.plan.site_pages import PageKey, SitePages
from sitegen.plan.urls import family_of_kind, month_url, output_path, year_url
from sitegen.render.views import ArticleView, EntityIndexView, EntityView, GroupIndexView, GroupView, SitemapView


def card(id_: str, date: str = "", status: str = "published", **fields: object) -> Card:
    """A card of an article with the fields that matter to a test."""
    values: dict[str, object] = {
        "path": f"articles/{id_}.md",
        "id": id_,
        "permalink": f"/a/{id_}/",
        "title": f"Title {id_}",
        "title_origin": "given",
        "date": date,
        "updated": "",
        "authors": (),
        "source_name": "",
        "source_url": "",
        "source_file": "",
        "source_sha256": "",
        "language": "en",
        "status": status,
        "excerpt": f"Excerpt {id_}",
        "words": 100,
        "tags": (),
        "topics": (),
        "aliases": (),
        "copies": (),
        "body_digest": "x",
    }
    return Card(**{**values, **fields})  # type: ignore[arg-type]


def people(*names: str) -> tuple[CardTag, ...]:
    return tuple(CardTag("person", name) for name in names)


def library_of(cards: Iterable[Card], judgements: str = "", min_articles: int = 0) -> Library:
    return gather(cards, Catalogue(parse_authority(judgements), min_articles))


def pages_of(
    cards: Iterable[Card], judgements: str = "", standalone: Iterable[Card] = (), **config: object
) -> SitePages:
    settings = Config(**config)  # type: ignore[arg-type]
    library = library_of(cards, judgements, settings.entities.min_articles)
    return SitePages(library, list(standalone), settings, lambda _: "")


def _lists(positions: Mapping[str, range]) -> dict[str, list[int]]:
    return {name: list(found) for name, found in positions.items()}


# The library


def test_articles_stand_in_order_of_date_then_id() -> None:
    """Undated first; doubts do not count; a bare year stands before its months."""
    dates = {"f": "1969-07", "b": "1969-07-20", "a": "1969-07-20?", "d": "1969", "e": "", "c": "1958-01-01"}
    library = library_of(card(id_, date) for id_, date in dates.items())
    assert [entry.id for entry in library.cards] == ["e", "c", "d", "f", "a", "b"]
    assert _lists(library.years) == {"": [0], "1958": [1], "1969": [2, 3, 4, 5]}
    assert _lists(library.months) == {"": [0], "1958-01": [1], "1969": [2], "1969-07": [3, 4, 5]}


@given(
    st.permutations(
        [card(str(n), f"19{n + 50}", tags=people("Ann Lee", f"P{n % 3} Q"), authors=("A", "a")) for n in range(7)]
    )
)
def test_the_order_of_reading_leaves_no_trace(cards: list[Card]) -> None:
    """However the cards come in, every page's view is the same."""
    first, second = pages_of(sorted(cards, key=lambda entry: entry.id)), pages_of(cards)
    assert [first.view(key) for key in first.keys] == [second.view(key) for key in second.keys]


def test_taken_out_articles_are_in_no_list() -> None:
    """Redacted and withdrawn ones keep a notice; drafts do not even have that."""
    cards = [
        card(status, "1969-01-01", status, tags=people("Ann Lee"))
        for status in ("redacted", "withdrawn", "draft", "noindex")
    ]
    library = library_of(cards)
    assert [entry.id for entry in library.cards] == ["noindex"]
    assert [entry.id for entry in library.unlisted] == ["redacted", "withdrawn"]
    assert [group.members for group in library.families["people"].values()] == [[0]]


def test_spellings_of_one_slug_share_a_group() -> None:
    """`Ann Lee` and `ANN LEE` as authors are one list, each article in it once."""
    library = library_of([card("a", authors=("Ann Lee", "ANN LEE")), card("b", authors=("ann lee",))])
    (group,) = library.families["authors"].values()
    assert (group.slug, group.members) == ("ann-lee", [0, 1])
    assert library.group_named("authors", "ann lee") is group


def test_hidden_entities_are_nowhere() -> None:
    """A hidden entity has no group, and its marks in the text lead nowhere."""
    library = library_of(
        [card("a", tags=people("Reuter", "Ann Lee"))], "- name: Reuter\n  kind: person\n  hide: true\n"
    )
    assert list(library.families["people"]) == ["ann-lee"]
    assert library.tagged[0][0] is None
    view = article_view(library, 0)
    assert view.marks[0] is None
    assert [link.name for group in view.groups for link in group.entities] == ["Ann Lee"]


def test_editors_kinds_have_families_of_their_own() -> None:
    """A kind that the program does not know lives under `/kinds/`, after people, organisations and places."""
    library = library_of([card("a", tags=(CardTag("space mission", "Apollo 11"), CardTag("place", "Houston")))])
    assert family_of_kind("space mission") == "kinds/space-mission"
    assert entity_families(library) == ["people", "organizations", "places", "kinds/space-mission"]
    assert PageKey("index", "kinds/space-mission") in SitePages(library, [], Config(), lambda _: "").keys


# Articles


def test_related_articles_are_earlier_ones_that_share_entities() -> None:
    """Two shared entities at least, closest first, with the reason; never a later article, nor a copy."""
    cards = [
        card("a", "1960", tags=people("Ann Lee", "Bo Ek", "Cy Fox")),
        card("b", "1961", tags=people("Ann Lee", "Bo Ek")),
        card("c", "1962", tags=people("Ann Lee")),
        card("d", "1963", tags=people("Ann Lee", "Bo Ek"), copies=("x",)),
        card("x", "1964", tags=people("Ann Lee", "Bo Ek")),
        card("e", "1965"),
    ]
    library = library_of(cards)
    assert [related.card.title for related in article_view(library, 3).related] == ["Title b", "Title a"]
    assert article_view(library, 3).related[0].because == ("Ann Lee", "Bo Ek")
    assert article_view(library, 0).related == ()
    assert article_view(library, 5).related == ()


def test_copies_know_each_other() -> None:
    """Ingest notes a copy on the later article only; the pages of both name it. Ids nobody has are passed over."""
    library = library_of([card("a", copies=("b", "gone")), card("b"), card("c", copies=("b",)), card("d")])
    assert [library.copies_of(id_) for id_ in "abcd"] == [[1], [0, 2], [1], []]
    assert [copy.title for copy in article_view(library, 1).copies] == ["Title a", "Title c"]


def test_neighbours_in_time_end_at_both_ends() -> None:
    """The first article has no previous one, the last no next one."""
    library = library_of([card("a", "1960-01-01"), card("b", "1961"), card("c", "")])
    views = [article_view(library, position) for position in range(3)]
    assert [view.previous and view.previous.title for view in views] == [None, "Title c", "Title a"]
    assert [view.next and view.next.title for view in views] == ["Title a", "Title b", None]
    assert [view.month.url for view in views] == ["/undated/", "/archive/1960/01/", "/archive/1961/"]


# Lists


def test_large_groups_are_cut_by_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person of many articles has a page a year, newest first; the first page links them all."""
    monkeypatch.setattr(year_cuts, "WHOLE_LIST", 4)
    cards = [
        card(f"{n:02d}", f"{1960 + n // 3}" if n else "", tags=people("Ann Lee"), source_name="Gazette")
        for n in range(9)
    ]
    pages = pages_of(cards)
    for kind, name in (("entity", "people/ann-lee"), ("group", "sources/gazette")):
        keys = [key for key in pages.keys if key.kind == kind]
        assert [str(key) for key in keys] == [
            f"{kind}:{name}{tail}" for tail in ("", "@undated", "@1960", "@1961", "@1962")
        ]
        whole, undated, year = pages.view(keys[0]), pages.view(keys[1]), pages.view(keys[2])
        assert isinstance(whole, EntityView | GroupView)
        assert isinstance(undated, EntityView | GroupView)
        assert isinstance(year, EntityView | GroupView)
        assert [link.url for link in whole.years] == [f"/{name}/{y}/" for y in ("1962", "1961", "1960", "undated")]
        assert [entry.title for entry in year.cards] == ["Title 02", "Title 01"]
        assert (undated.url, undated.year, len(undated.cards)) == (f"/{name}/undated/", "undated", 1)


def test_long_a_to_z_lists_are_cut_finer_and_links_still_find_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a letter has too many names, long prefixes with enough of them get lists; links lead to the right one."""
    monkeypatch.setattr(letters, "LETTER_LIST", 3)
    monkeypatch.setattr(letters, "FEW", 1)
    names = ["Sa Aa", "Sa Ab", "Se Ac", "Se Ad", "Si Ae", "1st Cavalry", "Émile Zola"]
    pages = pages_of([card(str(number), tags=people(name)) for number, name in enumerate(names)])
    lists = {key.part: pages.view(key) for key in pages.keys if key.kind == "letter" and key.name == "people"}
    assert set(lists) == {"s", "sa", "se", "0-9", "e"}
    found = {
        entry.slug: view.url for view in lists.values() if isinstance(view, EntityIndexView) for entry in view.entries
    }
    assert set(found) == {group.slug for group in pages.library.families["people"].values()}
    for group in pages.library.families["people"].values():
        assert group_address(pages.library, group) == f"{found[group.slug]}#{group.slug}"


def test_many_sources_get_a_to_z_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short list of sources stands on one page, a long one is cut like that of people."""
    cards = [card(str(n), source_name=f"Gazette {n}") for n in range(6)]
    short = pages_of(cards)
    assert isinstance(short.view(PageKey("index", "sources")), GroupIndexView)
    monkeypatch.setattr(year_cuts, "WHOLE_LIST", 3)
    assert isinstance(pages_of(cards).view(PageKey("index", "sources")), EntityIndexView)


def test_bars_show_empty_years_and_months() -> None:
    """Years between the first and last stand with zero and without a link; a year has its twelve months."""
    library = library_of([card("a", "1960-03-01"), card("b", "1962"), card("c", "")])
    assert [(bar.label, bar.count, bool(bar.url)) for bar in year_bars(library)] == [
        ("1960", 1, True),
        ("1961", 0, False),
        ("1962", 1, True),
    ]
    assert [bar.count for bar in month_bars(library, "1960")] == [0, 0, 1] + [0] * 9
    assert year_bars(library, [0]) == ()
    assert year_bars(library_of([])) == ()


# Feeds and sitemaps


def test_feeds_hold_the_newest_articles_that_may_be_indexed() -> None:
    """At most thirty, newest first, without `noindex`."""
    cards = [card(f"{n:03d}", f"{1900 + n}", "noindex" if n % 2 else "published") for n in range(90)]
    view = feed_views.feed_view(library_of(cards), "/feed.xml", "T")
    assert [item.date for item in view.items] == [str(1900 + n) for n in range(88, 28, -2)]


def _sitemaps(library: Library, others: list[str]) -> list[SitemapView]:
    urls = feed_views.sitemap_urls(library, len(others))
    return [feed_views.sitemap_view(library, url, others) for url in urls]


def test_sitemaps_split_by_year_and_at_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small site has one; a larger one an index and one a year, each within what the standard allows."""
    cards = [card(f"{n:02d}", "1969-07-20" if n < 7 else "", updated="1970?" if n == 0 else "") for n in range(9)]
    library = library_of(cards)
    (single,) = _sitemaps(library, ["/b/", "/a/"])
    assert single.urls[:2] == (("/a/", ""), ("/b/", ""))
    assert ("/a/00/", "1970") in single.urls
    monkeypatch.setattr(feed_views, "_ONE_SITEMAP", 5)
    monkeypatch.setattr(feed_views, "SITEMAP_LIMIT", 4)
    views = _sitemaps(library, ["/b/", "/a/"])
    urls = [view.url for view in views]
    assert urls == [
        "/sitemap.xml",
        "/sitemap-pages.xml",
        "/sitemap-1969.xml",
        "/sitemap-1969-2.xml",
        "/sitemap-undated.xml",
    ]
    assert views[0].sitemaps == tuple(urls[1:])
    assert sum(len(view.urls) for view in views) == len(single.urls)


# Pages and addresses


def test_every_page_has_its_own_file_and_its_view_the_same_address() -> None:
    """No two keys share a file; what `url` says without the view is what the view says."""
    cards = [
        card("a", "1969-07-20", tags=people("Ann Lee"), authors=("Z",), topics=("t",), aliases=("/old/",)),
        card("b", "1970", tags=people("Ann Lee"), source_name="S"),
        card("c", "", "withdrawn"),
    ]
    about = card("about", permalink="/about/", path="pages/about.md")
    pages = pages_of(cards, "- name: Ann Lee\n  kind: person\n  was: [annie]\n", [about])
    views = {key: pages.view(key) for key in pages.keys}
    assert len({output_path(view.url) for view in views.values()}) == len(views)
    urls = {view.url for view in views.values()}
    assert {"/", "/404.html", "/about/", "/a/a/", "/a/c/", "/old/", "/people/ann-lee/", "/people/annie/"} <= urls
    assert {"/feed.xml", "/feed.json", "/sitemap.xml", "/robots.txt", "/opensearch.xml", "/undated/"} - urls == {
        "/undated/"
    }
    assert pages.problems == []
    sitemap = views[PageKey("sitemap", "/sitemap.xml")]
    assert isinstance(sitemap, SitemapView)
    listed = {url for url, _ in sitemap.urls}
    assert {"/about/", "/a/a/", "/people/ann-lee/"} <= listed
    assert listed.isdisjoint({"/404.html", "/search/", "/a/c/", "/old/", "/people/annie/"})


def test_an_address_twice_keeps_the_first_and_names_the_second() -> None:
    """Articles before pages; the problem names the page's file."""
    about = card("about", permalink="/a/x/", path="pages/about.md")
    pages = pages_of([card("x"), card("y", permalink="/a/x/")], "", [about])
    assert [problem.path for problem in pages.problems] == ["content/articles/y.md", "content/pages/about.md"]
    assert isinstance(pages.view(PageKey("article", "x")), ArticleView)
    assert PageKey("article", "y") not in pages.keys


def test_an_old_address_never_covers_a_page() -> None:
    """An alias that is now another article's address leads nowhere else."""
    pages = pages_of([card("a", aliases=("/a/b/", "/gone/")), card("b")])
    assert [key.name for key in pages.keys if key.kind == "redirect"] == ["/gone/"]


def test_bodies_belong_to_articles_and_pages_alone() -> None:
    """Only those two kinds of page show a body."""
    about = card("about", permalink="/about/", path="pages/about.md", status="noindex")
    pages = pages_of([card("a")], "", [about])
    with_body = [str(key) for key in pages.keys if pages.body_card(key)]
    assert with_body == ["article:a", "page:about"]
    assert pages.view(PageKey("page", "about")).robots == "noindex"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/2018/06/title", "/2018/06/title/"),
        ("/Ünï/日本/", "/Ünï/日本/"),
        ("/undated/x/", "/undated/x/"),
        ("/e\u0301/", "/é/"),
        *(
            (bad, None)
            for bad in ("", "x", "/", "//", "/a//b/", "/../", "/a/./b/", "/.x/", "/a /", "/a./", "/a\\b/", "/a?b/")
        ),
        *(
            (bad, None)
            for bad in ("/a#b/", "/a%2e/", "/a\x00/", "/a\u202e/", "/a\u00ad/", "/" + "x" * 500, "/" + "é" * 150)
        ),
        *(
            (bad, None)
            for bad in ("/people/x/", "/Search/", "/undated/", "/assets/x", "/feed.xml/", "/sitemap-1969.xml/")
        ),
        *((bad, None) for bad in ("/index.html", "/a/INDEX.html/", "/404.html", "/robots.txt/")),
    ],
)
def test_an_address_is_checked(asked: str, given: str | None) -> None:
    """What every host and file system can serve passes, in one form; everything else is refused."""
    assert checked_permalink(asked) == given


@given(st.text(max_size=60))
def test_a_checked_address_stays_inside_the_site(text: str) -> None:
    """Whatever is asked for: no parent folders, no hidden files, no empty parts; checking again changes nothing."""
    url = checked_permalink(text)
    if url is not None:
        parts = url.strip("/").split("/")
        assert all(part and not part.startswith(".") and "\\" not in part for part in parts)
        assert checked_permalink(url) == url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("articles/2018/06/a title!.md", "/2018/06/a-title/"),
        ("articles/2018/x.md", "/2018/x/"),
        ("articles/loose.md", "/articles/loose/"),
        ("articles/people/x.md", "/articles/people/x/"),
        ("pages/about.md", "/about/"),
        ("pages/search.md", "/pages/search/"),
        ("pages/sub/CON.md", "/sub/con-x/"),
    ],
)
def test_a_page_without_an_address_gets_one_from_its_path(path: str, url: str) -> None:
    """Folders stay, names become slugs, and no page takes the place of the program's own."""
    assert permalink_of_path(path) == url
    assert checked_permalink(url) == url


def test_addresses_of_lists() -> None:
    """Years, months, letters and files."""
    assert (month_url("1969-07"), year_url("1969")) == ("/archive/1969/07/", "/archive/1969/")
    assert (letters.letter_of("2nd-army"), letters.letter_of("ähm")) == ("0-9", "ä")
    assert [output_path(url) for url in ("/", "/a/", "/feed.xml")] == ["index.html", "a/index.html", "feed.xml"]
