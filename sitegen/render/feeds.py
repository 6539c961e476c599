"""Files for machines: Atom, JSON Feed, sitemaps, robots.txt, OpenSearch, redirects.

Nothing here knows the time of the build: a feed is as new as its newest item, so the same content gives the same
bytes.
"""

from __future__ import annotations

import json
import uuid

from sitegen.render.dates import iso_date, rfc3339
from sitegen.render.urls import absolute_url
from sitegen.render.views import FeedView, OpenSearchView, RedirectListView, RobotsView, SitemapView, SiteView
from sitegen.render.xml_text import escape, quoteattr

_XML = '<?xml version="1.0" encoding="utf-8"?>\n'
# XML 1.0 section 2.2: these characters cannot stand in a document, not even as references.
_NOT_XML = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def _plain(text: str) -> str:
    return text if text.isprintable() else text.translate(_NOT_XML).encode("utf-8", "replace").decode("utf-8")


def _text(text: str) -> str:
    return escape(_plain(text))


def _attribute(text: str) -> str:
    return quoteattr(_plain(text))


def permanent_id(url: str, site: SiteView) -> str:
    """Identify what stands at `url`: by its absolute URL, or a name-based UUID URN (RFC 4122) without a base URL."""
    if site.base_url:
        return absolute_url(url, site.base_url)
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{site.title}\x1f{url}").urn


_ARCHIVED = ' xmlns:fh="http://purl.org/syndication/history/1.0"'


def atom(view: FeedView, site: SiteView) -> bytes:
    """Write an Atom feed (RFC 4287, its archives after RFC 5005) of the view's items, newest first."""
    title = view.title or site.title
    updated = max((rfc3339(card.date) for card in view.items if iso_date(card.date)), default=rfc3339(""))
    lines = [
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom"{_ARCHIVED if view.current else ""}',
        f" xml:lang={_attribute(site.language)}>\n",
        f"<id>{_text(permanent_id(view.url, site))}</id>\n<title>{_text(title)}</title>\n",
    ]
    if view.description:
        lines.append(f"<subtitle>{_text(view.description)}</subtitle>\n")
    lines += [
        f"<updated>{updated}</updated>\n<author><name>{_text(site.title)}</name></author>\n",
        f'<link rel="self" type="application/atom+xml" href={_attribute(absolute_url(view.url, site.base_url))}/>\n',
        f'<link rel="alternate" type="text/html" href={_attribute(absolute_url(view.page_url, site.base_url))}/>\n',
        "<generator>sitegen</generator>\n",
    ]
    if view.current:
        lines.append("<fh:archive/>\n")
    ways = (("current", view.current), ("prev-archive", view.previous), ("next-archive", view.next))
    lines += [f'<link rel="{rel}" href={_attribute(absolute_url(url, site.base_url))}/>\n' for rel, url in ways if url]
    for card in view.items:
        language = f" xml:lang={_attribute(card.language)}" if card.language else ""
        lines += [
            f"<entry{language}>\n<id>{_text(permanent_id(card.url, site))}</id>\n<title>{_text(card.title)}</title>\n",
            f'<link rel="alternate" type="text/html" href={_attribute(absolute_url(card.url, site.base_url))}/>\n',
            f"<updated>{rfc3339(card.date)}</updated>\n",
        ]
        if iso_date(card.date):
            lines.append(f"<published>{rfc3339(card.date)}</published>\n")
        lines += [f"<author><name>{_text(author)}</name></author>\n" for author in card.authors]
        if card.source:
            lines.append(f"<category term={_attribute(card.source)}/>\n")
        if card.excerpt or not view.current:
            lines.append(f"<summary>{_text(card.excerpt)}</summary>\n")
        lines.append("</entry>\n")
    lines.append("</feed>\n")
    return "".join(lines).encode()


def json_feed(view: FeedView, site: SiteView) -> bytes:
    """Write a JSON Feed (version 1.1) of the view's items, newest first."""
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": view.title or site.title,
        "home_page_url": absolute_url(view.page_url, site.base_url),
        "feed_url": absolute_url(view.url, site.base_url),
        "language": site.language,
    }
    if view.description:
        feed["description"] = view.description
    items: list[dict[str, object]] = []
    for card in view.items:
        item: dict[str, object] = {
            "id": permanent_id(card.url, site),
            "url": absolute_url(card.url, site.base_url),
            "title": card.title,
            "content_text": card.excerpt,
        }
        if iso_date(card.date):
            item["date_published"] = rfc3339(card.date)
        if card.authors:
            item["authors"] = [{"name": author} for author in card.authors]
        if card.source:
            item["tags"] = [card.source]
        if card.language:
            item["language"] = card.language
        items.append(item)
    feed["items"] = items
    return f"{json.dumps(feed, ensure_ascii=False, indent=1)}\n".encode("utf-8", "replace")


def sitemap(view: SitemapView, site: SiteView) -> bytes:
    """One sitemap, or the index of several (sitemaps.org protocol 0.9).

    The protocol asks for absolute URLs: without a `base_url` they are root-relative, and the file is of little use.
    """
    name, item = ("sitemapindex", "sitemap") if view.sitemaps else ("urlset", "url")
    lines = [f'{_XML}<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n']
    places = [(url, "") for url in view.sitemaps] if view.sitemaps else view.urls
    for url, changed in places:
        date = iso_date(changed)
        stamp = f"<lastmod>{date}</lastmod>" if date else ""
        lines.append(f"<{item}><loc>{_text(absolute_url(url, site.base_url))}</loc>{stamp}</{item}>\n")
    lines.append(f"</{name}>\n")
    return "".join(lines).encode()


def robots(view: RobotsView, site: SiteView) -> bytes:
    """`robots.txt`: everything may be read, and where the sitemap lies."""
    lines = "User-agent: *\nDisallow:\n"
    if view.sitemap and site.base_url:
        lines += f"\nSitemap: {absolute_url(view.sitemap, site.base_url)}\n"
    return lines.encode()


def redirect_list(view: RedirectListView) -> bytes:
    """`_redirects`: a line for each old address, as Netlify and Cloudflare Pages read it; paths start at the root."""
    lines = [f"{absolute_url(old, '')} {absolute_url(new, '')} 301\n" for old, new in view.redirects]
    return "".join(lines).encode("utf-8", "replace")


def open_search(view: OpenSearchView, site: SiteView) -> bytes:
    """Write an OpenSearch 1.1 description, by which browsers search the archive from their address bar."""
    name, about = _text(site.title[:16]), _text((view.description or site.description or site.title)[:1024])
    template = absolute_url("/search/", site.base_url) + "?q={searchTerms}"
    return (
        f'{_XML}<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<ShortName>{name}</ShortName>\n<Description>{about}</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f'<Url type="text/html" template={_attribute(template)}/>\n'
        f'<Url type="application/opensearchdescription+xml" rel="self" '
        f"template={_attribute(absolute_url(view.url, site.base_url))}/>\n"
        "</OpenSearchDescription>\n"
    ).encode()
