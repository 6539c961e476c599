"""What machines read about a page."""

from __future__ import annotations

import json

import msgspec
import pytest
from sample_views import ARTICLE, ENTITY, SITE

from sitegen.render.authorities import authority_link
from sitegen.render.metadata import (
    article_json_ld,
    article_meta,
    article_properties,
    entity_json_ld,
    meta_tags,
    script_json,
)
from sitegen.render.views import ArticleView, EntityGroup, EntityLink, EntityView, Link


def test_an_article_is_described_as_a_news_article() -> None:
    """JSON-LD holds headline, dates, people, source and what is mentioned; the URL is absolute where it can be."""
    data = json.loads(article_json_ld(ARTICLE, msgspec.structs.replace(SITE, base_url="https://e.org/r/")))
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == ARTICLE.title
    assert data["url"] == "https://e.org/r/1961/04/harbour-opens/"
    assert (data["datePublished"], data["dateModified"]) == ("1961-04-12", "1961-04-13")
    assert [author["name"] for author in data["author"]] == ["Ida Falk", "Tom Ray"]
    assert data["publisher"]["name"] == "Evening Ledger"
    assert {"@type": "Thing", "name": "Beagle"} in data["mentions"]
    assert data["isBasedOn"] == "https://example.org/a?b=1&c=2"
    assert data["keywords"] == ["Harbours"]


def test_what_is_not_known_is_left_out() -> None:
    """An article without date, author and source has none in its description either."""
    data = json.loads(article_json_ld(ArticleView(url="/x/", id="x", date=""), SITE))
    assert set(data) == {"@context", "@type", "identifier", "headline", "isPartOf"}


def test_json_in_a_script_cannot_end_the_script() -> None:
    """No character of the JSON means anything to an HTML parser, and the value survives."""
    value = {"t": "</script><!--<script>&amp;\u2028"}
    text = script_json(value)
    assert not set("<>&") & set(text)
    assert json.loads(text) == value
    assert json.loads(script_json({"t": "x\ud800<"})) == {"t": "x\ud800<"}


def test_an_entity_has_its_confirmed_links() -> None:
    """Authority identifiers become URLs; what is no web address is left out."""
    data = json.loads(entity_json_ld(ENTITY, msgspec.structs.replace(SITE, base_url="https://e.org/")))
    assert data["@type"] == "Person"
    assert data["sameAs"] == ["https://www.wikidata.org/wiki/Q42", "https://example.org/"]
    assert data["geo"] == {"@type": "GeoCoordinates", "latitude": 54.5, "longitude": -1.25}
    assert data["alternateName"] == ["I. Falk"]
    plain = json.loads(entity_json_ld(EntityView(url="/x/", kind="ship", slug="b", name="Beagle"), SITE))
    assert plain == {"@context": "https://schema.org", "@type": "Thing", "name": "Beagle"}


def test_zotero_gets_a_newspaper_article() -> None:
    """The item type is said outright, since Zotero would guess a journal article; names and dates come in its tags."""
    tags = article_meta(ARTICLE, msgspec.structs.replace(SITE, base_url="https://e.org/"))
    assert ("z:itemType", "newspaperArticle") in tags
    assert [content for name, content in tags if name == "citation_author"] == ["Ida Falk", "Tom Ray"]
    assert dict(tags)["citation_publication_date"] == "1961/04/12"
    assert dict(tags)["DC.source"] == "Evening Ledger"
    assert dict(tags)["citation_public_url"] == "https://e.org/1961/04/harbour-opens/"
    assert dict(article_meta(ArticleView(url="/x/", id="x", date=""), SITE)) == {
        "z:itemType": "newspaperArticle",
        "DC.type": "newspaperArticle",
        "citation_title": "",
        "DC.title": "",
        "DC.identifier": "x",
    }


def test_meta_tags_are_escaped() -> None:
    """Quotes and angle brackets cannot leave the attribute."""
    assert meta_tags([("a", '"><script>')], [("b", "&")]) == (
        '<meta name="a" content="&#34;&gt;&lt;script&gt;">\n<meta property="b" content="&amp;">'
    )
    assert ("article:published_time", "1961-04-12") in article_properties(ARTICLE)


@pytest.mark.parametrize(
    ("label", "value", "expected"),
    [
        ("wikidata", "Q1615", Link("Wikidata", "https://www.wikidata.org/wiki/Q1615")),
        ("GND", "118650130", Link("GND", "https://d-nb.info/gnd/118650130")),
        ("viaf", "https://viaf.org/viaf/1/", Link("VIAF", "https://viaf.org/viaf/1/")),
        ("wikidata", "../x", Link("Wikidata: ../x", "")),
        ("shelf", "A 12", Link("shelf: A 12", "")),
        ("site", "javascript:alert(1)", Link("site: javascript:alert(1)", "")),
    ],
)
def test_authority_identifiers_become_links(label: str, value: str, expected: Link) -> None:
    """A known scheme's well-formed identifier gets its URL; anything else stays text."""
    assert expected == authority_link(Link(label, value))


def test_the_headlines_entities_are_what_an_article_is_about() -> None:
    """Whole names, or a person's surname; confirmed links stand under `sameAs`, others nowhere."""
    link = (Link("wikidata", "Q1"), Link("odd", "javascript:alert(1)"))
    people = tuple(EntityLink("person", name, name, f"/people/{name}/", links=link) for name in ("Ida Falk", "Al Fal"))
    places = (EntityLink("place", "rome", "Rome", "/places/rome/"), EntityLink("place", "rom", "Rom", "/places/rom/"))
    groups = (EntityGroup("person", people), EntityGroup("place", places))
    data = json.loads(
        article_json_ld(ArticleView(url="/x/", id="x", date="", title="Falk in Rome", groups=groups), SITE)
    )
    assert [thing["name"] for thing in data["about"]] == ["Ida Falk", "Rome"]
    assert [thing["name"] for thing in data["mentions"]] == ["Al Fal", "Rom"]
    assert data["about"][0]["sameAs"] == ["https://www.wikidata.org/wiki/Q1"]
    assert "sameAs" not in data["about"][1]
