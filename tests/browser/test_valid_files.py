"""What other programs read: HTML, feeds, sitemaps, structured data, each against what its standard asks."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sitegen.pipeline.check_archive import check_archive
from sitegen.store.source_tree import SourceTree

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_EDTF = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_ARTICLE_KEYS = {"@context", "@type", "identifier", "headline", "url", "isPartOf"}

# RELAX NG after RFC 4287 and RFC 5005, for the elements that our feeds may hold.
_ATOM = """<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.w3.org/2005/Atom"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><element name="feed"><optional><attribute name="xml:lang"/></optional><interleave>
  <ref name="id"/><ref name="title"/><ref name="updated"/>
  <oneOrMore><ref name="person"/></oneOrMore>
  <optional><element name="subtitle"><ref name="text"/></element></optional>
  <optional><element name="generator"><zeroOrMore><attribute name="uri"/></zeroOrMore><text/></element></optional>
  <oneOrMore><ref name="link"/></oneOrMore>
  <optional><element name="archive" ns="http://purl.org/syndication/history/1.0"><empty/></element></optional>
  <zeroOrMore><ref name="entry"/></zeroOrMore>
</interleave></element></start>
<define name="entry"><element name="entry"><optional><attribute name="xml:lang"/></optional><interleave>
  <ref name="id"/><ref name="title"/><ref name="updated"/>
  <optional><element name="published"><data type="dateTime"/></element></optional>
  <zeroOrMore><ref name="person"/></zeroOrMore>
  <oneOrMore><ref name="link"/></oneOrMore>
  <zeroOrMore><element name="category"><attribute name="term"/><optional><attribute name="scheme"/></optional>
    <optional><attribute name="label"/></optional></element></zeroOrMore>
  <optional><element name="source"><ref name="title"/></element></optional>
  <optional><element name="summary"><ref name="text"/></element></optional>
  <optional><element name="content"><ref name="text"/></element></optional>
</interleave></element></define>
<define name="id"><element name="id"><data type="anyURI"><param name="minLength">1</param></data></element></define>
<define name="title"><element name="title"><ref name="text"/></element></define>
<define name="updated"><element name="updated"><data type="dateTime"/></element></define>
<define name="person"><element name="author"><element name="name"><text/></element></element></define>
<define name="link"><element name="link"><attribute name="href"><data type="anyURI"/></attribute>
  <optional><attribute name="rel"/></optional><optional><attribute name="type"/></optional>
  <optional><attribute name="hreflang"/></optional><optional><attribute name="title"/></optional></element></define>
<define name="text"><optional><attribute name="xml:lang"/></optional><optional><attribute name="type"><choice>
  <value>text</value><value>html</value></choice></attribute></optional><text/></define>
</grammar>"""

_SITEMAP = """<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.sitemaps.org/schemas/sitemap/0.9"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><element name="urlset"><oneOrMore><element name="url">
  <element name="loc"><data type="anyURI"><param name="pattern">https?://.+</param></data></element>
  <optional><element name="lastmod"><choice><data type="date"/><data type="gYearMonth"/><data type="gYear"/></choice>
  </element></optional></element></oneOrMore></element></start></grammar>"""


def _validate(schema: str, file: Path) -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml, which knows RELAX NG, is not installed")
    checker = etree.RelaxNG(etree.fromstring(schema))
    assert checker.validate(etree.parse(str(file))), f"{file}: {checker.error_log}"


def test_html_and_css_are_valid(showcase: Any, vnu: list[str]) -> None:
    """The W3C's checker has nothing to say about any page or style sheet."""
    for only in (["--skip-non-html"], ["--skip-non-css"]):
        command = [
            *vnu,
            *only,
            "--errors-only",
            "--stdout",
            "--format",
            "text",
            "--exit-zero-always",
            str(showcase.pages),
        ]
        told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600).stdout
        assert "Error" not in told, told


def test_feeds_and_sitemaps_follow_their_schemas(showcase: Any) -> None:
    """Every Atom feed is one after RFC 4287, the sitemap one after sitemaps.org."""
    feeds = sorted(showcase.pages.rglob("*.xml"))
    atom = [file for file in feeds if file.name not in ("sitemap.xml", "opensearch.xml")]
    assert len(atom) >= 2
    for file in atom:
        _validate(_ATOM, file)
    _validate(_SITEMAP, showcase.pages / "sitemap.xml")


def test_json_feeds_follow_version_1_1(showcase: Any) -> None:
    """Types and formats of all fields, and no others."""
    feed = json.loads((showcase.pages / "feed.json").read_text(encoding="utf-8"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    texts = {"version", "title", "description", "home_page_url", "feed_url", "language", "icon", "favicon"}
    assert set(feed) <= texts | {"items", "authors"}
    assert all(isinstance(feed[key], str) for key in texts & set(feed))
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids) >= 3
    for item in feed["items"]:
        plain = {"id", "url", "title", "content_text", "summary", "date_published", "date_modified", "language"}
        assert set(item) <= plain | {"authors", "tags"}
        assert all(isinstance(item[key], str) for key in plain & set(item))
        assert "content_text" in item or "content_html" in item
        assert all(_RFC3339.fullmatch(item[key]) for key in ("date_published", "date_modified") if key in item)
        assert all(isinstance(author["name"], str) for author in item.get("authors", []))
        assert all(isinstance(tag, str) for tag in item.get("tags", []))


def test_structured_data_has_what_search_engines_ask(showcase: Any) -> None:
    """JSON-LD of articles is a NewsArticle with headline, address and dates in ISO 8601; entities have their type."""
    kinds: dict[str, int] = {}
    for file in sorted(showcase.pages.rglob("index.html")):
        page = file.read_text(encoding="utf-8")
        for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL):
            data = json.loads(text)
            kinds[data["@type"]] = kinds.get(data["@type"], 0) + 1
            assert data["@context"] == "https://schema.org"
            assert data["url"].startswith("https://example.org/repo/")
            assert f'<link rel="canonical" href="{data["url"]}">' in page
            if data["@type"] == "NewsArticle":
                assert set(data) >= _ARTICLE_KEYS
                assert all(_EDTF.fullmatch(data[key]) for key in ("datePublished", "dateModified") if key in data)
                assert all(author["@type"] == "Person" and author["name"] for author in data.get("author", []))
            else:
                assert data["name"]
    assert kinds["NewsArticle"] == 5
    assert {"Person", "Organization", "Place"} <= set(kinds)


def test_zotero_finds_a_newspaper_article(showcase: Any) -> None:
    """The tags that Zotero's translator for embedded metadata reads, each where it looks for it.

    It splits names at the first `.`, `:` or `_`, takes the type of the item from `z:itemType`, Highwire's
    `citation_…` for title, authors, date and language, and the paper's name from `prism.publicationName` or
    `DC.source`.
    """
    page = (showcase.pages / "1970/08/bell/index.html").read_text(encoding="utf-8")
    tags: dict[str, list[str]] = {}
    for name, content in re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page):
        tags.setdefault(name, []).append(content)
    assert tags["z:itemType"] == ["newspaperArticle"]
    assert tags["citation_title"] == tags["DC.title"] == ["Divers raise a bronze bell from the wreck of a ferry"]
    assert tags["citation_author"] == tags["DC.creator"] == ["Ida Falk", "Tom Ray"]
    assert tags["citation_publication_date"] == ["1970/08/21"]
    assert tags["DC.date"] == ["1970-08-21"]
    assert tags["prism.publicationName"] == tags["DC.source"] == ["Northern Gazette"]
    assert tags["citation_public_url"] == tags["og:url"] == ["https://example.org/repo/1970/08/bell/"]
    assert not {name for name in tags if name.startswith(("citation_journal", "bepress", "eprints"))}


def test_no_link_is_broken(showcase: Any) -> None:
    """`sitegen check` finds nothing wrong."""
    report = check_archive(SourceTree(showcase.pages.parent), fixity=True)
    assert [problem for problem in report.problems if problem.code not in ("no-date",)] == []
