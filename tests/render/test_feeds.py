"""Feeds, sitemaps and other files for machines."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sample_views import BARE, CARD, FOREIGN, SITE

from sitegen.render import feeds
from sitegen.render.views import CardView, FeedView, OpenSearchView, RobotsView, SitemapView

_HOSTED = msgspec.structs.replace(SITE, base_url="https://e.org/r/")
_FEED = FeedView(
    url="/feed.xml", title="Latest <news>", description="All of it", page_url="/", items=(CARD, FOREIGN, BARE)
)
_ATOM = "{http://www.w3.org/2005/Atom}"


def _parse(data: bytes) -> ET.Element:
    return ET.fromstring(data.decode())


def test_an_atom_feed_has_what_rfc_4287_demands() -> None:
    """Feed and entries have id, title and updated; the feed is as new as its newest item."""
    feed = _parse(feeds.atom(_FEED, _HOSTED))
    assert feed.tag == f"{_ATOM}feed"
    assert feed.findtext(f"{_ATOM}updated") == "1961-05-01T00:00:00Z"
    assert feed.findtext(f"{_ATOM}author/{_ATOM}name") == SITE.title
    assert feed.findtext(f"{_ATOM}title") == "Latest <news>"
    entries = feed.findall(f"{_ATOM}entry")
    assert [entry.findtext(f"{_ATOM}id") for entry in entries] == [
        f"https://e.org/r{card.url}" for card in (CARD, FOREIGN, BARE)
    ]
    assert all(entry.find(f"{_ATOM}{name}") is not None for entry in entries for name in ("title", "updated", "link"))
    assert entries[2].find(f"{_ATOM}published") is None
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{_ATOM}link")}
    assert links == {"self": "https://e.org/r/feed.xml", "alternate": "https://e.org/r/"}


def test_ids_are_lasting_without_a_base_url() -> None:
    """Without a base URL an entry is identified by a UUID that depends on its address alone."""
    first = feeds.permanent_id("/a/", SITE)
    assert first.startswith("urn:uuid:")
    assert first == feeds.permanent_id("/a/", SITE)
    assert first != feeds.permanent_id("/b/", SITE)


def test_an_empty_feed_is_valid() -> None:
    """A feed without items still has a date."""
    feed = _parse(feeds.atom(FeedView(url="/feed.xml", page_url="/", items=()), SITE))
    assert feed.findtext(f"{_ATOM}updated") == "1970-01-01T00:00:00Z"
    assert json.loads(feeds.json_feed(FeedView(url="/feed.json", page_url="/", items=()), SITE))["items"] == []


def test_a_json_feed_follows_version_1_1() -> None:
    """Items have an id as text, a URL and content; unknown dates are left out."""
    feed = json.loads(feeds.json_feed(msgspec.structs.replace(_FEED, url="/feed.json"), _HOSTED))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://e.org/r/feed.json"
    assert feed["items"][0] == {
        "id": "https://e.org/r/1961/04/first-orbit/",
        "url": "https://e.org/r/1961/04/first-orbit/",
        "title": CARD.title,
        "content_text": CARD.excerpt,
        "date_published": "1961-04-12T00:00:00Z",
        "authors": [{"name": "Ida Falk"}],
        "tags": ["Evening Ledger"],
        "language": "en",
    }
    assert "date_published" not in feed["items"][2]


@given(st.text(), st.text())
def test_any_text_leaves_feeds_well_formed(title: str, excerpt: str) -> None:
    """Markup, control characters and lone surrogates in an article cannot break a feed."""
    view = FeedView(url="/feed.xml", page_url="/", items=(CardView("/a/", title, "", excerpt, title, (excerpt,)),))
    _parse(feeds.atom(view, SITE))
    json.loads(feeds.json_feed(view, SITE))


def test_lone_surrogates_are_replaced() -> None:
    """Half a character pair cannot be written as UTF-8; a question mark stands for it."""
    view = FeedView(url="/feed.xml", page_url="/", items=(CardView("/a/", "x\ud800y", "", "\udfff"),))
    assert b"x?y" in feeds.atom(view, SITE)
    assert json.loads(feeds.json_feed(view, SITE))["items"][0]["title"] == "x?y"


def test_sitemaps_list_pages_or_sitemaps() -> None:
    """URLs are absolute and encoded; the date of last change is given where it is known."""
    namespace = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    pages = _parse(feeds.sitemap(SitemapView(url="/sitemap.xml", urls=(("/é/", "1961-04?"), ("/b/", ""))), _HOSTED))
    assert [url.findtext(f"{namespace}loc") for url in pages] == ["https://e.org/r/%C3%A9/", "https://e.org/r/b/"]
    assert [url.findtext(f"{namespace}lastmod") for url in pages] == ["1961-04", None]
    index = _parse(feeds.sitemap(SitemapView(url="/sitemap.xml", sitemaps=("/sitemap-1.xml",)), _HOSTED))
    assert index.tag == f"{namespace}sitemapindex"
    assert index.findtext(f"{namespace}sitemap/{namespace}loc") == "https://e.org/r/sitemap-1.xml"


def test_robots_txt_names_the_sitemap_where_its_address_is_known() -> None:
    """Everything may be read; a sitemap needs an absolute URL."""
    view = RobotsView(url="/robots.txt", sitemap="/sitemap.xml")
    assert feeds.robots(view, SITE) == b"User-agent: *\nDisallow:\n"
    assert feeds.robots(view, _HOSTED).endswith(b"\nSitemap: https://e.org/r/sitemap.xml\n")


def test_browsers_learn_how_to_search() -> None:
    """The OpenSearch description holds the address with the place of the words."""
    namespace = "{http://a9.com/-/spec/opensearch/1.1/}"
    description = _parse(feeds.open_search(OpenSearchView(url="/opensearch.xml"), _HOSTED))
    urls = [url.get("template") for url in description.findall(f"{namespace}Url")]
    assert urls == ["https://e.org/r/search/?q={searchTerms}", "https://e.org/r/opensearch.xml"]
    assert description.findtext(f"{namespace}ShortName") == SITE.title[:16]
