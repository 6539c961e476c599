"""Views for machines: feeds, sitemaps, robots.txt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sitegen.plan.library import Library
from sitegen.plan.parts import card_views
from sitegen.plan.period_views import newest_period_feed
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
    return FeedView(
        url=url,
        title=title,
        page_url="/",
        items=card_views(library, newest[:_ITEMS]),
        previous=newest_period_feed(library),
    )


def sitemap_urls(library: Library, others: int) -> list[str]:
    """URLs of all sitemaps: one for a small site, an index, one of the lists and one a year for a larger one.

    Args:
        others: how many pages there are that are no articles.
    """
    if _is_one(library, others):
        return ["/sitemap.xml"]
    sizes = {"pages": others, **{year or "undated": count for year, count in _published(library).items() if count}}
    parts = [
        f"/sitemap-{name}{f'-{number + 1}' if number else ''}.xml"
        for name in ["pages", *sorted(sizes.keys() - {"pages"})]
        for number in range(-(-sizes[name] // SITEMAP_LIMIT))
    ]
    return ["/sitemap.xml", *parts]


def sitemap_view(library: Library, url: str, other_urls: Sequence[str]) -> SitemapView:
    """One sitemap; `other_urls` are those of the pages that are no articles."""
    others = [(other, "") for other in sorted(other_urls)]
    if url == "/sitemap.xml":
        if not _is_one(library, len(others)):
            return SitemapView(url=url, sitemaps=tuple(sitemap_urls(library, len(others))[1:]))
        years = sorted(library.years, key=lambda year: year or "undated")
        return SitemapView(url=url, urls=(*others, *(entry for year in years for entry in _entries(library, year))))
    name, _, part = url.removeprefix("/sitemap-").removesuffix(".xml").partition("-")
    entries = others if name == "pages" else _entries(library, "" if name == "undated" else name)
    start = (int(part or 1) - 1) * SITEMAP_LIMIT
    return SitemapView(url=url, urls=tuple(entries[start : start + SITEMAP_LIMIT]))


def _is_one(library: Library, others: int) -> bool:
    return others + sum(_published(library).values()) <= _ONE_SITEMAP


def _published(library: Library) -> dict[str, int]:
    """Articles that may be indexed, by year."""
    published = library.columns.published
    return {year: int(published[at.start : at.stop].sum()) for year, at in library.years.items()}


def _entries(library: Library, year: str) -> list[tuple[str, str]]:
    cards = (library.cards[position] for position in library.years[year])
    return [(card.permalink, (card.updated or card.date).rstrip("?~%")) for card in cards if card.status == "published"]


def robots_view() -> RobotsView:
    """`robots.txt`: all may be read, and here is the sitemap."""
    return RobotsView(url="/robots.txt", sitemap="/sitemap.xml")


def redirect_list_view(redirects: Mapping[str, str]) -> RedirectListView:
    """`_redirects`: old addresses as hosts such as Netlify and Cloudflare Pages take them."""
    return RedirectListView(url="/_redirects", redirects=tuple(sorted(redirects.items())))


def open_search_view(title: str, description: str) -> OpenSearchView:
    """How a browser adds the archive's search (OpenSearch 1.1)."""
    return OpenSearchView(url="/opensearch.xml", title=title, description=description)
