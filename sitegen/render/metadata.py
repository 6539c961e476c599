"""What machines read about a page: JSON-LD for search engines, meta tags for Zotero and link previews."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec
from markupsafe import Markup

from sitegen.render.authorities import authority_link
from sitegen.render.dates import iso_date
from sitegen.render.escaping import escaped
from sitegen.render.urls import absolute_url
from sitegen.render.views import ArticleView, EntityLink, EntityView, Link, SiteView

_SCHEMA_TYPES = {"person": "Person", "organization": "Organization", "place": "Place"}
_encode = msgspec.json.Encoder().encode


def script_json(value: Any) -> str:
    """JSON that may stand inside a `<script>`: no `<`, `>` or `&`, so nothing in it ends the element."""
    try:
        text = _encode(value).decode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can only write as an escape
        text = json.dumps(value)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def article_json_ld(view: ArticleView, site: SiteView) -> str:
    """Describe a schema.org `NewsArticle`. Safe inside a `<script>`.

    Its entities stand under `mentions`, those that the headline names under `about`. `url` is absolute where the site
    knows its `base_url`; readers without one use the address of the page.
    """
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": view.id,
        "headline": view.title,
    }
    if site.base_url:
        data["url"] = absolute_url(view.url, site.base_url)
    if date := iso_date(view.date):
        data["datePublished"] = date
    if updated := iso_date(view.updated):
        data["dateModified"] = updated
    if view.authors:
        data["author"] = [{"@type": "Person", "name": author.label} for author in view.authors]
    if view.source is not None:
        data["publisher"] = {"@type": "Organization", "name": view.source.label}
    if view.language:
        data["inLanguage"] = view.language
    if view.words:
        data["wordCount"] = view.words
    if view.topics:
        data["keywords"] = [topic.label for topic in view.topics]
    if original := absolute_url(view.provenance.url, ""):
        data["isBasedOn"] = original
    about: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    for group in view.groups:
        for entity in group.entities:
            (about if _is_named(entity, view.title) else mentions).append(_thing(entity))
    if about:
        data["about"] = about
    if mentions:
        data["mentions"] = mentions
    data["isPartOf"] = {"@type": "Collection", "name": site.title}
    return script_json(data)


def _thing(entity: EntityLink) -> dict[str, Any]:
    thing: dict[str, Any] = {"@type": _SCHEMA_TYPES.get(entity.kind, "Thing"), "name": entity.name}
    if same := same_as(entity.links):
        thing["sameAs"] = same
    return thing


def _is_named(entity: EntityLink, title: str) -> bool:
    """Whether a headline has the name as whole words, or a person's surname."""
    name = entity.name.rpartition(" ")[2] if entity.kind == "person" else entity.name
    at = title.find(name)
    if at < 0 or not name:
        return False
    end = at + len(name)
    return not (title[at - 1 : at].isalnum() or title[end : end + 1].isalnum())


def same_as(links: Iterable[Link]) -> list[str]:
    """Web addresses of authority files; what is no address of the web is left out."""
    found = (absolute_url(authority_link(link).url, "") for link in links)
    return [url for url in found if url]


def entity_json_ld(view: EntityView, site: SiteView) -> str:
    """Describe a schema.org `Person`, `Organization` or `Place` with its confirmed links. Safe inside a `<script>`."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _SCHEMA_TYPES.get(view.kind, "Thing"),
        "name": view.name,
    }
    if view.aliases:
        data["alternateName"] = list(view.aliases)
    if site.base_url:
        data["url"] = absolute_url(view.url, site.base_url)
    if same := same_as(view.links):
        data["sameAs"] = same
    if view.latitude is not None and view.longitude is not None:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": view.latitude, "longitude": view.longitude}
    return script_json(data)


def article_meta(view: ArticleView, site: SiteView) -> list[tuple[str, str]]:
    """Names and contents of an article's `<meta name>` tags, plain text.

    Highwire tags (`citation_…`) and Dublin Core are what Zotero's "Embedded Metadata" translator reads;
    `z:itemType` outranks its guess, a journal article.
    """
    tags = [
        ("z:itemType", "newspaperArticle"),
        ("DC.type", "newspaperArticle"),
        ("citation_title", view.title),
        ("DC.title", view.title),
        ("DC.identifier", view.id),
    ]
    for author in view.authors:
        tags += [("citation_author", author.label), ("DC.creator", author.label)]
    if date := iso_date(view.date):
        tags += [("citation_publication_date", date.replace("-", "/")), ("DC.date", date)]
    if view.source is not None:
        tags += [("DC.source", view.source.label), ("prism.publicationName", view.source.label)]
    if view.language:
        tags += [("citation_language", view.language), ("DC.language", view.language)]
    if site.base_url:
        tags.append(("citation_public_url", absolute_url(view.url, site.base_url)))
    return tags


def article_properties(view: ArticleView) -> list[tuple[str, str]]:
    """Open Graph's `<meta property>` tags that only an article has."""
    tags = [("article:published_time", iso_date(view.date)), ("article:modified_time", iso_date(view.updated))]
    tags += [("article:tag", topic.label) for topic in view.topics]
    return [(name, content) for name, content in tags if content]


def meta_tags(names: Iterable[tuple[str, str]], properties: Iterable[tuple[str, str]]) -> Markup:
    """Write `<meta>` tags, one a line, from plain names and contents."""
    lines = [f'<meta name="{name}" content="{escaped(content)}">' for name, content in names]
    lines += [f'<meta property="{name}" content="{escaped(content)}">' for name, content in properties]
    return Markup("\n".join(lines))  # noqa: S704 - contents are escaped, names are ours
