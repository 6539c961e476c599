"""Views for machines: feeds, sitemaps, robots.txt."""

from __future__ import annotations

from collections.abc import Mapping

from sitegen.plan.library import Library
from sitegen.plan.parts import card_views
from sitegen.render.views import FeedView, OpenSearchView, RedirectListView, RobotsView, SitemapView

_ITEMS = 30

SITEMAP_LIMIT = 50_000
"""URLs that one sitemap may hold (sitemaps.org, 2008)."""

_ONE_SITEMAP = 2_000
"""Up to this many URLs a site has a single sitemap; beyond, one a year, so that an edit rewrites a small file."""


def feed_view(library: Library, url: str, title: str) -> FeedView:
    """The newest articles; `noindex` articles are left out."""
    newest = [
        position
        for position in range(len(library.cards) - 1, max(-1, len(library.cards) - 1 - 4 * _ITEMS), -1)
        if library.cards[position].status == "published"
    ]
    return FeedView(url=url, title=title, page_url="/", items=card_views(library, newest[:_ITEMS]))


def sitemap_views(library: Library, other_urls: list[str]) -> list[SitemapView]:
    """The sitemap of the articles and the given other pages; for larger archives an index and one sitemap a year."""
    articles: dict[str, list[tuple[str, str]]] = {}
    for card in library.cards:
        if card.status == "published":
            day = (card.updated or card.date).rstrip("?~%")
            articles.setdefault(card.date[:4] or "undated", []).append((card.permalink, day))
    others = [(url, "") for url in sorted(other_urls)]
    if len(others) + sum(map(len, articles.values())) <= _ONE_SITEMAP:
        every = others + [entry for year in sorted(articles) for entry in articles[year]]
        return [SitemapView(url="/sitemap.xml", urls=tuple(every))]
    views = []
    for name, entries in [("pages", others), *sorted(articles.items())]:
        for number, start in enumerate(range(0, len(entries), SITEMAP_LIMIT)):
            suffix = f"-{number + 1}" if number else ""
            views.append(
                SitemapView(url=f"/sitemap-{name}{suffix}.xml", urls=tuple(entries[start : start + SITEMAP_LIMIT]))
            )
    return [SitemapView(url="/sitemap.xml", sitemaps=tuple(view.url for view in views)), *views]


def robots_view() -> RobotsView:
    """`robots.txt`: all may be read, and here is the sitemap."""
    return RobotsView(url="/robots.txt", sitemap="/sitemap.xml")


def redirect_list_view(redirects: Mapping[str, str]) -> RedirectListView:
    """`_redirects`: old addresses as hosts such as Netlify and Cloudflare Pages take them."""
    return RedirectListView(url="/_redirects", redirects=tuple(sorted(redirects.items())))


def open_search_view(title: str, description: str) -> OpenSearchView:
    """How a browser adds the archive's search (OpenSearch 1.1)."""
    return OpenSearchView(url="/opensearch.xml", title=title, description=description)
