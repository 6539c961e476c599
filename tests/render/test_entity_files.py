"""An entity's files for machines, and the list of redirects."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st
from sample_views import CARD, COMPANY, SITE

from sitegen.render.entity_files import article_table, entity_json
from sitegen.render.feeds import redirect_list
from sitegen.render.views import ArticleTableView, Bar, CardView, EntityDataView, Link, Neighbour, RedirectListView


@given(st.lists(st.text(), max_size=4))
def test_no_cell_is_a_formula_and_none_is_lost(texts: list[str]) -> None:
    """Whatever a title holds, a spreadsheet shows it and runs nothing; a reader of CSV gets it back."""
    cards = tuple(CardView(url="/x/", title=text, date="", source=text, authors=(text,)) for text in texts)
    data = article_table(ArticleTableView(url="/a.csv", cards=cards), SITE).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline="")))
    assert len(rows) == len(texts) + 1
    for row, text in zip(rows[1:], texts, strict=True):
        readable = text.encode("utf-8", "replace").decode()
        assert row[1] in (readable, f"'{readable}")
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


def test_lines_end_as_the_standard_says() -> None:
    """CR LF, quotes doubled, a byte-order mark for spreadsheets."""
    card = CardView(url="/x/", title='He said "no", twice', date="1961")
    data = article_table(ArticleTableView(url="/a.csv", cards=(card,)), SITE)
    assert data.startswith(b"\xef\xbb\xbfdate,title,source,authors,language,url\r\n")
    assert data.endswith(b'1961,"He said ""no"", twice",,,,/x/\r\n')


def test_data_is_relative_to_the_root_and_links_lead_to_the_web() -> None:
    """Identifiers become addresses; what is no address of the web is left out; places alone have coordinates."""
    view = EntityDataView(
        url="/people/ida-falk/data.json",
        id="people/ida-falk",
        page_url="/people/ida-falk/",
        kind="person",
        name="Ida </script> Falk",
        links=(Link("wikidata", "Q42"), Link("odd", "javascript:alert(1)"), Link("mail", "mailto:x@example.org")),
        by_month=(Bar("1961-04", 2),),
        neighbours=(Neighbour(COMPANY, 3, 0.75),),
        latest=(CARD,),
    )
    data = json.loads(entity_json(view))
    assert data["url"] == "people/ida-falk/"
    assert data["links"] == [{"name": "Wikidata", "url": "https://www.wikidata.org/wiki/Q42"}]
    assert data["months"] == {"1961-04": 2}
    assert data["neighbours"][0]["id"] == "organizations/t-and-s"
    assert data["latest"][0]["url"] == "1961/04/first-orbit/"
    assert "latitude" not in data


def test_redirects_are_uris() -> None:
    """A blank or a letter that is no ASCII cannot break a line of the file."""
    view = RedirectListView(url="/_redirects", redirects=(("/ä b/", "/c/"),))
    assert redirect_list(view) == b"/%C3%A4%20b/ /c/ 301\n"
