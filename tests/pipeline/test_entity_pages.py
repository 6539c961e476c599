"""Pages of entities as a build makes them, with the files beside them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from archive_support import Archive, page

from sitegen.plan import entity_views, year_cuts

MakeArchive = Callable[..., Archive]
LEES_PAGE = "people/ann-lee/"
ATOM = "{http://www.w3.org/2005/Atom}"


def html(archive: Archive, address: str) -> str:
    """A built page."""
    return archive.text(f"site/{address}index.html")


def quotes(text: str) -> list[str]:
    """The sentences of an entity's page, with the mention in brackets."""
    found = re.findall(r'<p class="excerpt"[^>]*>(.*?)</p>', text)
    return [re.sub(r"<mark>(.*?)</mark>", r"[\1]", quote) for quote in found]


LEE, BOTH, LATE = "[Ann Lee]", "[Ann Lee, Bo Ek]", "[{name: Ann Lee, as: [Lee]}, Bo Ek]"
FIRST = "OSLO — It rained. On Monday Ann Lee, 40, won. Lee left."
LINK = "[Ann Lee](https://example.org/) in a link only. Bo Ek came."


@pytest.fixture
def made(archive: MakeArchive) -> Archive:
    """Two people, two places, seven articles."""
    fourth = {"date": "1963-01-02", "people": BOTH, "authors": "['@Eve']", "places": "[Oslo]"}
    texts = [
        page("1961/04/a", "First", FIRST, date="1961-04-12", people=LEE, places="[Oslo]"),
        page("1961/05/b", "Second", "In Bergen, *Lee* & co met.", date="1961-05-01", people=LATE, places="[Bergen]"),
        page("1962/c", "Ann Lee wins", "A text that does not name her.", date="1962", people=LEE),
        page("1963/d", "=cmd|x", LINK, **fourth),
        page("1963/e", "Quiet", "Ann Lee was here. Bo Ek came.", date="1963-01-03", people=BOTH, status="noindex"),
        page("1963/f", "Gone", "Ann Lee and a secret.", date="1963-01-04", people=LEE, status="withdrawn"),
        page("1963/g", "Black", "Ann Lee and a secret.", date="1963-01-05", people=LEE, status="redacted"),
    ]
    return archive({path: text for files in texts for path, text in files.items()})


def test_a_page_quotes_the_sentence_that_names_the_entity(made: Archive) -> None:
    """Newest first, the name marked; from a link or dateline too; an excerpt where the text does not name it."""
    made.build()
    assert quotes(html(made, LEES_PAGE)) == [
        "[Ann Lee] was here.",
        "[Ann Lee] in a link only.",
        "A text that does not name her.",
        "In Bergen, [Lee] &amp; co met.",
        "On Monday [Ann Lee], 40, won.",
    ]
    assert quotes(html(made, "places/oslo/"))[-1] == "[OSLO] — It rained."


def test_what_was_taken_out_is_nowhere_on_the_page_nor_in_its_files(made: Archive) -> None:
    """Withdrawn and redacted articles are not counted, listed or quoted."""
    made.build()
    for name in ("index.html", "data.json", "feed.xml", "articles.csv"):
        text = made.text(f"site/people/ann-lee/{name}")
        assert "secret" not in text
        assert "Gone" not in text
        assert "Black" not in text
    assert json.loads(made.text("site/people/ann-lee/data.json"))["articles"] == 5


def test_months_and_years_are_counted(made: Archive) -> None:
    """A table of years by months stands behind the chart; years lead to their place in the list."""
    made.build()
    text = html(made, LEES_PAGE)
    table = text[text.index('<table class="months">') : text.index("</table>")]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table)
    assert [re.sub("<.*?>", "", year) for year, _ in rows] == ["1961", "1962", "1963"]
    assert [re.findall(r"<td[^>]*>(\d+)</td>", cells) for _, cells in rows] == [["1", "1", "2"], ["1"], ["2", "2"]]
    assert 'href="#y1961"' in table
    assert 'id="y1961"' in text


def test_company_says_its_measure(made: Archive) -> None:
    """Entities with pages, closest first, with the number of articles that name both."""
    made.build()
    text = html(made, LEES_PAGE)
    assert text.index("Bo Ek</bdi>") < text.index("Oslo</bdi>")
    assert "cosine" in text
    near = json.loads(made.text("site/people/ann-lee/data.json"))["neighbours"]
    assert [(one["id"], one["shared"]) for one in near] == [("people/bo-ek", 3), ("places/oslo", 2)]
    assert near[0]["cosine"] == 0.775
    assert "bergen" not in str(near).lower()


def test_a_place_stands_on_a_map(made: Archive) -> None:
    """With words for those who do not see it, and the credit that GeoNames asks for; people have no map."""
    made.build()
    text = html(made, "places/oslo/")
    assert 'aria-label="Map of the world: Oslo lies at 59.91° N, 10.75° E, Norway"' in text
    assert "GeoNames</a>" in text
    assert 'class="map"' not in html(made, LEES_PAGE)
    data = json.loads(made.text("site/places/oslo/data.json"))
    assert (data["latitude"], data["longitude"], data["country"]) == (59.91, 10.75, "NO")


def test_the_feed_has_the_newest_articles_that_may_be_indexed(made: Archive) -> None:
    """Atom, found from the page, without `noindex` articles."""
    made.build()
    feed = ET.fromstring(made.text("site/people/ann-lee/feed.xml"))
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == ["=cmd|x", "Ann Lee wins", "Second", "First"]
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Ann Lee" href="../../people/ann-lee/feed.xml">'
        in html(made, LEES_PAGE)
    )


def test_the_table_is_safe_in_a_spreadsheet(made: Archive) -> None:
    """Every article a line; no cell starts like a formula."""
    made.build()
    rows = list(csv.DictReader(io.StringIO(made.text("site/people/ann-lee/articles.csv").removeprefix("\ufeff"))))
    assert [row["title"] for row in rows] == ["Quiet", "'=cmd|x", "Ann Lee wins", "Second", "First"]
    assert rows[1]["authors"] == "'@Eve"
    assert rows[-1]["url"] == "https://example.org/archive/1961/04/a/"


def test_only_the_newest_are_quoted_and_large_pages_are_cut_by_year(
    made: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest are headlines; a page for a year quotes, too, and has no files of its own."""
    monkeypatch.setattr(entity_views, "QUOTED", 2)
    made.build()
    assert len(quotes(html(made, LEES_PAGE))) == 2
    assert html(made, LEES_PAGE).count('<li class="line">') == 3
    monkeypatch.setattr(year_cuts, "WHOLE_LIST", 4)
    made.build(clean=True)
    assert quotes(html(made, "people/ann-lee/1961/")) == [
        "In Bergen, [Lee] &amp; co met.",
        "On Monday [Ann Lee], 40, won.",
    ]
    assert not (made.site / "people/ann-lee/1961/data.json").exists()


def test_an_edited_sentence_changes_the_page(made: Archive) -> None:
    """The sentence is part of what the page is made of."""
    made.build()
    path = "content/articles/1963/e.md"
    made.write({path: made.text(path).replace("was here", "stayed away")})
    report = made.build()
    assert quotes(html(made, LEES_PAGE))[0] == "[Ann Lee] stayed away."
    assert "site/people/bo-ek/data.json" not in {page.path for page in report.pages if page.changed}


def test_pages_say_who_checked_and_link_authority_files(made: Archive) -> None:
    """The machine's doubt before, the editor's word after; `sameAs` on the entity's and its articles' pages."""
    made.build()
    assert "namesakes may be among them" in html(made, LEES_PAGE)
    assert "found by machine and may be wrong" in html(made, "1961/04/a/")
    first = made.text("content/articles/1961/04/a.md").replace("people:", "untag: [X]\npeople:")
    links = "{wikidata: Q1, site: 'https://lee.example/', viaf: x}"
    entry = f"- name: Ann Lee\n  kind: person\n  links: {links}\n"
    made.write({"content/entities.yaml": entry, "content/articles/1961/04/a.md": first})
    made.build()
    assert "An editor has checked what Ann Lee stands for" in html(made, LEES_PAGE)
    assert "checked by an editor" in html(made, "1961/04/a/")
    same = ["https://www.wikidata.org/wiki/Q1", "https://lee.example/"]
    data = json.loads(made.text("site/people/ann-lee/data.json"))
    assert data["checked"] is True
    assert [link["url"] for link in data["links"]] == same
    for address, key in (("1961/04/a/", "mentions"), ("1962/c/", "about")):
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html(made, address))
        assert found is not None
        things = {thing["name"]: thing.get("sameAs") for thing in json.loads(found[1])[key]}
        assert things["Ann Lee"] == same


def test_old_addresses_stand_in_one_file_for_hosts(made: Archive) -> None:
    """`_redirects` beside the pages that redirect; none where nothing does."""
    made.build()
    assert not (made.site / "_redirects").exists()
    made.write(
        {
            "content/entities.yaml": "- {name: Ann Lee, kind: person, was: [a-lee]}\n",
            **page("1964/h", "More", "x", aliases="[/änne-lee/]"),
        }
    )
    made.build()
    lines = ["/people/a-lee/ /people/ann-lee/ 301", "/%C3%A4nne-lee/ /1964/h/ 301"]
    assert made.text("site/_redirects").splitlines() == lines
    assert LEES_PAGE in html(made, "people/a-lee/")
