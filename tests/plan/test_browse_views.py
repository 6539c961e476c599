"""Views of the map, the network and the files by year or month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_library import card, library_of, pages_of

from sitegen.config import EntitySettings
from sitegen.model import Card, CardTag
from sitegen.plan import period_views
from sitegen.plan.map_views import has_map, map_view
from sitegen.plan.network_layout import label_width, layout, short_label, spread
from sitegen.plan.network_views import has_network, network_data_view, network_of, network_view
from sitegen.plan.site_pages import PageKey


def tags(*names: str) -> tuple[CardTag, ...]:
    """`p:Oslo` is a place, `o:NASA` an organisation, anything else a person."""
    kinds = {"p": "place", "o": "organization"}
    return tuple(CardTag(kinds[name[0]], name[2:]) if name[1:2] == ":" else CardTag("person", name) for name in names)


def cards(*rows: tuple[str, Sequence[str]]) -> list[Card]:
    """Articles by date, with the entities of each."""
    return [card(f"a{at}", date, tags=tags(*names)) for at, (date, names) in enumerate(rows)]


def test_the_map_holds_places_with_pages_most_named_first() -> None:
    """With coordinates where the gazetteer knows them; seas and inventions are listed apart."""
    library = library_of(
        cards(("1961", ["p:Oslo", "p:Zzyzx Nowhere"]), ("1962", ["p:Bergen", "p:Oslo"]), ("1963", ["Ann Lee"])),
        min_articles=1,
    )
    view = map_view(library)
    assert has_map(library)
    assert [place.entity.name for place in view.places] == ["Oslo", "Bergen"]
    assert view.places[0].country == "NO"
    assert [entity.name for entity in view.elsewhere] == ["Zzyzx Nowhere"]
    assert not has_map(library_of(cards(("1961", ["Ann Lee"])), min_articles=1))


def test_the_network_ties_those_who_appear_together() -> None:
    """With counts by year; who stands alone is left out; the files hold the same."""
    library = library_of(
        cards(("1961", ["Ann Lee", "Bo Ek"]), ("1962-03-01", ["Ann Lee", "Bo Ek", "o:NASA"]), ("", ["Al One"])),
        min_articles=1,
    )
    network = network_of(library)
    assert has_network(library)
    assert [node.entity.name for node in network.nodes] == ["Ann Lee", "Bo Ek", "NASA"]
    assert [(edge.first, edge.second, edge.shared) for edge in network.edges] == [(0, 1, 2), (0, 2, 1), (1, 2, 1)]
    assert network.edges[0].years == (("1961", 1), ("1962", 1))
    assert network_view(network).nodes == network_data_view(network, "/network/graph.json").nodes
    assert network_of(library) == network


def test_two_entities_are_no_network() -> None:
    """There would be nothing to see."""
    assert not has_network(library_of(cards(("1961", ["Ann Lee", "Bo Ek"])), min_articles=1))
    pages = pages_of(cards(("1961", ["Ann Lee", "Bo Ek"])))
    assert not {"map", "network", "network-data"} & {key.kind for key in pages.keys}


def test_names_that_never_meet_make_an_empty_network() -> None:
    """A page that says so, and no error."""
    network = network_of(library_of(cards(("1961", ["Ann Lee"]), ("1962", ["Bo Ek"]), ("1963", ["Cy Day"]))))
    assert (network.nodes, network.edges) == ((), ())


@given(st.integers(1, 9).flatmap(lambda size: st.lists(st.integers(0, 30), min_size=size * size, max_size=size * size)))
def test_labels_never_lie_on_each_other(weights: list[int]) -> None:
    """Whatever the graph, connected or not."""
    size = int(len(weights) ** 0.5)
    lengths = np.array(weights, dtype=np.int64).reshape(size, size)
    lengths = np.triu(lengths, 1) + np.triu(lengths, 1).T
    x, y = layout(lengths)
    labels = [f"Label number {number}" for number in range(size)]
    xs, ys, width, height = spread(x, y, labels, [5] * size)
    half = label_width(labels[0]) // 2
    for one in range(size):
        assert half <= xs[one] <= width - half
        assert 5 <= ys[one] <= height
        for other in range(one):
            assert abs(xs[one] - xs[other]) >= 2 * half or abs(ys[one] - ys[other]) >= 17


def test_what_is_tied_closer_stands_nearer() -> None:
    """A chain keeps its order; a far end is far."""
    lengths = np.zeros((3, 3), dtype=np.int64)
    lengths[0, 1] = lengths[1, 0] = 5
    lengths[1, 2] = lengths[2, 1] = 25
    x, y = layout(lengths)
    near = (x[0] - x[1]) ** 2 + (y[0] - y[1]) ** 2
    far = (x[1] - x[2]) ** 2 + (y[1] - y[2]) ** 2
    assert 9 * near < far
    assert spread(*layout(np.zeros((0, 0), dtype=np.int64)), [], []) == ([], [], 0, 0)


def test_long_labels_are_cut() -> None:
    """Wide characters count twice."""
    assert short_label("x" * 40) == "x" * 25 + "…"
    assert short_label("Short") == "Short"
    assert label_width("日本") == 2 * label_width("ab")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> list[Card]:
    """Three years' articles, most of them in one of them, and room for few files."""
    monkeypatch.setattr(period_views, "_FEW_FILES", 12)
    rows = [("", 1), ("1969", 1), ("1969-07-20", 3), ("1969-08-01", 3), ("1970-04-13", 1), ("1970-05-01", 1)]
    rows += [(f"1971-{month:02d}-01", 1) for month in range(1, 9)]
    return cards(*((date, ["Ann Lee"]) for date, count in rows for _ in range(count)))


def test_the_fullest_years_are_cut_by_month(large: list[Card]) -> None:
    """As long as there is room; a year that is cut keeps what is dated to it alone."""
    library = library_of(large)
    found = period_views.periods(library)
    assert {name: len(positions) for name, positions in found.items()} == {
        "": 1,
        "1969": 1,
        "1969-07": 3,
        "1969-08": 3,
        "1970": 2,
        "1971": 8,
    }
    assert sum(len(positions) for positions in found.values()) == len(large)


def test_lists_and_feeds_lead_from_period_to_period(large: list[Card]) -> None:
    """In the order of dates, the undated first; the feed of the whole leads to the newest."""
    library = library_of(large)
    july = period_views.period_list_view(library, "1969-07")
    assert (july.url, july.previous, july.next) == (
        "/archive/1969/07/articles.json",
        "/archive/1969/articles.json",
        "/archive/1969/08/articles.json",
    )
    assert july.articles[0].entities == {"people/ann-lee": "Ann Lee"}
    undated = period_views.period_feed_view(library, "", "Archive")
    assert (undated.url, undated.title, undated.previous) == ("/undated/feed.xml", "Archive", "")
    assert period_views.newest_period_feed(library) == "/archive/1971/feed.xml"
    assert period_views.newest_period_feed(library_of([])) == ""
    files = period_views.article_files_view(library).files
    assert files[0] == ("", 1, "/undated/articles.json", "/undated/feed.xml")


def test_hidden_entities_are_in_no_list_and_noindex_in_no_feed() -> None:
    """What readers of the pages do not see, programs do not either."""
    judged = "- name: Ann Lee\n  kind: person\n  hide: true\n"
    library = library_of([card("a", "1969-07-20", "noindex", tags=tags("Ann Lee", "Bo Ek"))], judged)
    (article,) = period_views.period_list_view(library, "1969-07").articles
    assert (article.entities, article.status) == ({"people/bo-ek": "Bo Ek"}, "noindex")
    assert period_views.period_feed_view(library, "1969-07", "x").items == ()


def test_each_of_these_pages_is_found_by_its_address(large: list[Card]) -> None:
    """`why` and the preview ask by address."""
    names = ["Ann Lee", "Bo Ek", "Cy Day", "p:Oslo"]
    pages = pages_of([*large, card("z", "1972-01-01", tags=tags(*names))], entities=EntitySettings(min_articles=1))
    kinds = {"map", "network", "network-data", "period-feed", "period-list", "article-files"}
    found = [key for key in pages.keys if key.kind in kinds]
    assert {key.kind for key in found} == kinds
    assert len([key for key in found if key.kind.startswith("period")]) <= 14
    for key in found:
        assert pages.has(key)
        assert pages.key_of(pages.url(key)) == key
        assert pages.view(key).url == pages.url(key)
    assert not pages.has(PageKey("period-list", "1850"))


def test_a_year_shows_how_many_articles_each_day_has() -> None:
    """Also where only some dates hold a day."""
    library = library_of(
        cards(("1969-07-20", []), ("1969-07-20~", []), ("1969-07", []), ("1969", []), ("1970-01-31", []))
    )
    days = library.day_counts("1969")
    assert days[6][19] == 2
    assert sum(map(sum, days)) == 2
    assert days[0] == ()
    assert library.day_counts("1970")[0][30] == 1
