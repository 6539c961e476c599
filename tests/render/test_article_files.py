"""Lists of articles for programs, and archived feeds."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

from sample_views import CARD, SITE

from sitegen.render.article_files import article_files, article_list
from sitegen.render.calendars import year_months
from sitegen.render.feeds import atom
from sitegen.render.views import ArticleFilesView, ArticleListView, ArticleRecord, FeedView

ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_list_holds_an_article_a_line_without_empty_fields() -> None:
    """Valid JSON whose articles can be read line by line."""
    record = ArticleRecord("a", "1961/a/", "Ünï", entities={"people/ida": "Ida"})
    view = ArticleListView(url="/x", period="1961", articles=(record, ArticleRecord("b", "b/")), next="/archive/1962/y")
    data = article_list(view)
    assert json.loads(data) == {
        "period": "1961",
        "previous": "",
        "next": "archive/1962/y",
        "articles": [
            {"id": "a", "url": "1961/a/", "title": "Ünï", "entities": {"people/ida": "Ida"}},
            {"id": "b", "url": "b/"},
        ],
    }
    assert len(data.splitlines()) == 4
    assert json.loads(article_list(ArticleListView(url="/x", period="", articles=())))["articles"] == []


def test_the_index_says_where_the_lists_lie() -> None:
    """With the number of articles of each."""
    view = ArticleFilesView(url="/archive/articles.json", files=(("1961", 3, "/a/articles.json", "/a/feed.xml"),))
    assert json.loads(article_files(view)) == {
        "articles": 3,
        "files": [{"period": "1961", "articles": 3, "url": "a/articles.json", "feed": "a/feed.xml"}],
    }


def test_feeds_lead_from_period_to_period() -> None:
    """RFC 5005: the feed of the whole leads to the newest archive, archives to their neighbours and back."""
    whole = ET.fromstring(atom(FeedView(url="/feed.xml", page_url="/", items=(CARD,), previous="/b/feed.xml"), SITE))
    assert {link.get("rel") for link in whole.iter(f"{ATOM}link")} == {"self", "alternate", "prev-archive"}
    view = FeedView(
        url="/b/feed.xml",
        page_url="/b/",
        items=(CARD,),
        previous="/a/feed.xml",
        next="/c/feed.xml",
        current="/feed.xml",
    )
    archived = ET.fromstring(atom(view, SITE))
    ways = {link.get("rel"): link.get("href") for link in archived.findall(f"{ATOM}link")}
    assert (ways["current"], ways["prev-archive"], ways["next-archive"]) == ("/feed.xml", "/a/feed.xml", "/c/feed.xml")
    assert archived.find("{http://purl.org/syndication/history/1.0}archive") is not None
    assert whole.find("{http://purl.org/syndication/history/1.0}archive") is None


def test_a_year_has_twelve_months_of_weeks() -> None:
    """Days that are not known count nothing; days outside a month are 0."""
    months = year_months("1969", ((), (2, *(0,) * 30), *((),) * 10))
    assert [month.articles for month in months][:3] == [0, 2, 0]
    assert months[1].month == "1969-02"
    assert months[1].weeks[0] == [(0, 0)] * 5 + [(1, 2), (2, 0)]
