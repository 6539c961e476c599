"""Views: exactly what one template may read, nothing else.

A page's fingerprint is the digest of its view, so whatever a template shows must stand here. URLs are
root-relative (`/people/neil-armstrong/`, possibly with `#fragment`); templates make them relative to the
page with the `rel` filter, so that a site works under any base path.
"""

from __future__ import annotations

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all page views."""

    url: str
    """Root-relative URL of this page."""
    title: str = ""
    description: str = ""
    robots: str = ""
    """`noindex` where search engines shall stay away."""
    feed: str = ""
    """Root-relative URL of the Atom feed of what this page lists, if it has one."""


class SiteView(msgspec.Struct, frozen=True, kw_only=True):
    """The same for every page. Holds no counts, or every new article would rewrite every page."""

    title: str
    description: str = ""
    base_url: str = ""
    """Absolute, with a trailing slash, or empty."""
    language: str = "en"
    direction: str = "ltr"
    settings: dict[str, str | int | float | bool] = {}
    """The theme's settings."""
    pages: tuple[Link, ...] = ()
    """Standalone pages shown in the footer, `About` among them."""
    families: tuple[str, ...] = ("people", "organizations", "places", "sources")
    """Paths of the lists that exist (`people`, `kinds/ship`), in the order of the navigation, which holds `archive`
    anyway."""
    file_urls: bool = False
    """Links name `index.html` and search uses classic scripts, for reading from a folder."""


class Link(msgspec.Struct, frozen=True):
    """A link with its label."""

    label: str
    url: str


class CardView(msgspec.Struct, frozen=True):
    """An article in a list."""

    url: str
    title: str
    date: str
    """EDTF or empty."""
    excerpt: str = ""
    source: str = ""
    authors: tuple[str, ...] = ()
    language: str = ""
    direction: str = ""
    quote: Quote | None = None
    """The sentence that names what the page is about; shown in place of the excerpt."""


class Quote(msgspec.Struct, frozen=True):
    """A sentence that names an entity."""

    before: str
    match: str
    """The name as it stands there."""
    after: str


class EntityLink(msgspec.Struct, frozen=True):
    """An entity where a page names it."""

    kind: str
    slug: str
    name: str
    url: str
    count: int = 0
    """Articles, where the list shows counts; else 0."""
    has_page: bool = True
    """False: `url` leads into an A–Z list."""
    links: tuple[Link, ...] = ()
    """Authority files, on the page of an article alone: (`wikidata`, `Q1615`)."""


class Neighbour(msgspec.Struct, frozen=True):
    """An entity that is named together with another one."""

    entity: EntityLink
    shared: int
    """Articles that name both."""
    cosine: float
    """Likeness of the two sets of articles, 0 to 1."""


class EntityGroup(msgspec.Struct, frozen=True):
    """Entities of one kind, in the order to be shown."""

    kind: str
    entities: tuple[EntityLink, ...]


class Related(msgspec.Struct, frozen=True):
    """A related article and why."""

    card: CardView
    because: tuple[str, ...]
    """Names of the shared entities, strongest first."""


class Bar(msgspec.Struct, frozen=True):
    """One bar of a histogram."""

    label: str
    """EDTF: `1969` or `1969-07`."""
    count: int
    url: str = ""


class Provenance(msgspec.Struct, frozen=True):
    """Where the text came from and what was derived from it."""

    file: str = ""
    sha256: str = ""
    url: str = ""
    title_derived: bool = False
    tags_checked: bool = False


class ArticleView(View, frozen=True, kw_only=True, tag="article"):
    """One article. Its body's HTML is handed to the template apart, as `body`; `body_digest` stands for it here."""

    id: str
    date: str
    updated: str = ""
    authors: tuple[Link, ...] = ()
    source: Link | None = None
    """Name of the source and its page in the archive."""
    language: str = ""
    direction: str = "ltr"
    words: int = 0
    minutes: int = 1
    status: str = "published"
    withheld: bool = False
    """Editors took names out of the text."""
    marks: tuple[EntityLink | None, ...] = ()
    """What mention mark number i in the body links to; None leaves the text bare."""
    groups: tuple[EntityGroup, ...] = ()
    topics: tuple[Link, ...] = ()
    month: Link | None = None
    previous: CardView | None = None
    next: CardView | None = None
    related: tuple[Related, ...] = ()
    copies: tuple[CardView, ...] = ()
    provenance: Provenance = Provenance()
    body_digest: str = ""


class HomeView(View, frozen=True, kw_only=True, tag="home"):
    """The front page."""

    articles: int
    first: str
    last: str
    sources: int
    histogram: tuple[Bar, ...]
    top: tuple[EntityGroup, ...]
    latest: tuple[CardView, ...]


class ArchiveView(View, frozen=True, kw_only=True, tag="archive"):
    """`/archive/`: all years with their months."""

    years: tuple[tuple[Bar, tuple[Bar, ...]], ...]
    undated: int = 0


class YearView(View, frozen=True, kw_only=True, tag="year"):
    """`/archive/1969/`."""

    year: str
    months: tuple[Bar, ...]
    cards: tuple[CardView, ...] = ()
    """Articles dated to the year alone, without a month."""
    previous: Link | None = None
    next: Link | None = None
    top: tuple[EntityGroup, ...] = ()
    days: tuple[tuple[int, ...], ...] = ()
    """Articles on each day, from the first, of the twelve months; empty for a month of which no day is known."""


class MonthView(View, frozen=True, kw_only=True, tag="month"):
    """`/archive/1969/07/`, also `/undated/`."""

    month: str
    cards: tuple[CardView, ...]
    previous: Link | None = None
    next: Link | None = None


class EntityView(View, frozen=True, kw_only=True, tag="entity"):
    """An entity's page, or its page for one year (`year` set) when it has many articles."""

    kind: str
    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    checked: bool = False
    """An editor has an entry for it in `content/entities.yaml`."""
    articles: int = 0
    first: str = ""
    last: str = ""
    by_year: tuple[Bar, ...] = ()
    by_month: tuple[Bar, ...] = ()
    """Months with articles; articles that are dated to a year alone are in `by_year` only."""
    neighbours: tuple[Neighbour, ...] = ()
    """Entities with pages that are named together with it, by cosine of their article sets."""
    cards: tuple[CardView, ...] = ()
    """Newest first, the newest with the sentence that names the entity."""
    year: str = ""
    years: tuple[Link, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""
    """ISO 3166-1 alpha-2 code."""
    data: str = ""
    """Root-relative URL of the same as JSON."""
    table: str = ""
    """Root-relative URL of its articles as CSV."""


class EntityDataView(View, frozen=True, kw_only=True, tag="entity-data"):
    """`/people/neil-armstrong/data.json`: an entity for programs, and for the hover cards of article pages."""

    id: str
    """Path of its page from the site's root, without slashes at its ends."""
    page_url: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    checked: bool = False
    articles: int = 0
    first: str = ""
    last: str = ""
    by_month: tuple[Bar, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    latest: tuple[CardView, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    country: str = ""


class ArticleTableView(View, frozen=True, kw_only=True, tag="article-table"):
    """`/people/neil-armstrong/articles.csv`: articles as a table for spreadsheets."""

    cards: tuple[CardView, ...]


class EntityIndexView(View, frozen=True, kw_only=True, tag="entity-index"):
    """`/people/`: letters, the most named, and one page a letter (`letter` set) with all names under it."""

    kind: str
    letter: str = ""
    letters: tuple[Link, ...] = ()
    top: tuple[EntityLink, ...] = ()
    entries: tuple[EntityEntry, ...] = ()


class EntityEntry(msgspec.Struct, frozen=True):
    """One name in an A–Z list: its anchor is `slug`, which never changes."""

    slug: str
    name: str
    count: int
    url: str = ""
    """The entity's page; empty below the threshold."""
    cards: tuple[CardView, ...] = ()
    """The articles that name it, for entities without a page."""


class GroupIndexView(View, frozen=True, kw_only=True, tag="group-index"):
    """`/sources/`, `/authors/`, `/tags/`: all of one kind with counts."""

    family: str
    """`sources`, `authors` or `tags`."""
    entries: tuple[EntityLink, ...]


class GroupView(View, frozen=True, kw_only=True, tag="group"):
    """One source's, author's or tag's articles, cut by year when there are many."""

    family: str
    name: str
    articles: int
    cards: tuple[CardView, ...] = ()
    year: str = ""
    years: tuple[Link, ...] = ()


class SearchView(View, frozen=True, kw_only=True, tag="search"):
    """`/search/`: the form; without JavaScript it leads to the browsable lists."""


class NotFoundView(View, frozen=True, kw_only=True, tag="not-found"):
    """`/404.html`: links are absolute to the base path, since it is served anywhere."""


class PageView(View, frozen=True, kw_only=True, tag="page"):
    """A standalone page from `content/pages/`; its HTML comes as `body`."""

    body_digest: str = ""


class RedirectView(View, frozen=True, kw_only=True, tag="redirect"):
    """An old URL."""

    target: str


class NoticeView(View, frozen=True, kw_only=True, tag="notice"):
    """What stands in place of a withdrawn article."""

    id: str
    status: str = "withdrawn"
    """`withdrawn` or `redacted`."""
    note: str = ""


class FeedView(View, frozen=True, kw_only=True, tag="feed"):
    """Atom or JSON feed; items are cards, newest first."""

    page_url: str
    items: tuple[CardView, ...]
    previous: str = ""
    """The feed of the period before (RFC 5005): of the newest period, where this is the feed of the whole."""
    next: str = ""
    current: str = ""
    """The feed of the whole; set where this one holds all articles of a period."""


class SitemapView(View, frozen=True, kw_only=True, tag="sitemap"):
    """One sitemap file (`urls`) or the index of several (`sitemaps`)."""

    urls: tuple[tuple[str, str], ...] = ()
    """(root-relative URL, date of last change or empty)."""
    sitemaps: tuple[str, ...] = ()


class OpenSearchView(View, frozen=True, kw_only=True, tag="opensearch"):
    """`/opensearch.xml`: lets browsers add the archive to their search engines; needs the site's `base_url`."""


class RedirectListView(View, frozen=True, kw_only=True, tag="redirect-list"):
    """`/_redirects`: all old addresses in one file, for hosts that answer them with a status of their own."""

    redirects: tuple[tuple[str, str], ...]
    """(old, new) root-relative URLs."""


class RobotsView(View, frozen=True, kw_only=True, tag="robots"):
    """`robots.txt`."""

    sitemap: str = ""


class MapPlace(msgspec.Struct, frozen=True):
    """A place that lies on the map."""

    entity: EntityLink
    latitude: float
    longitude: float
    country: str
    """ISO 3166-1 alpha-2 code."""


class MapView(View, frozen=True, kw_only=True, tag="map"):
    """`/map/`: the places that have pages."""

    places: tuple[MapPlace, ...]
    """Those whose coordinates are known, most articles first."""
    elsewhere: tuple[EntityLink, ...] = ()
    """The others."""


class NetworkNode(msgspec.Struct, frozen=True):
    """An entity of the network."""

    entity: EntityLink
    label: str
    """Its name, cut where it is long."""
    x: int
    y: int
    years: tuple[tuple[str, int], ...]
    """Articles by year."""


class NetworkEdge(msgspec.Struct, frozen=True):
    """Two entities that are named together."""

    first: int
    """Index into `nodes`; smaller than `second`."""
    second: int
    shared: int
    cosine: float
    years: tuple[tuple[str, int], ...]
    """Articles that name both, by year."""


class NetworkView(View, frozen=True, kw_only=True, tag="network"):
    """`/network/`: entities that appear together."""

    width: int
    height: int
    """Of the drawing, in the units of `x` and `y`: pixels, where there is room."""
    nodes: tuple[NetworkNode, ...]
    """Most articles first."""
    edges: tuple[NetworkEdge, ...]
    """Closest first."""


class NetworkDataView(View, frozen=True, kw_only=True, tag="network-data"):
    """`/network/graph.json` and `/network/graph.graphml`."""

    nodes: tuple[NetworkNode, ...]
    edges: tuple[NetworkEdge, ...]


class ArticleRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article for programs, as it is written; empty fields are left out."""

    id: str
    url: str
    """From the site's root, without a leading slash."""
    title: str = ""
    date: str = ""
    updated: str = ""
    status: str = ""
    """`noindex`, where it is not `published`."""
    authors: tuple[str, ...] = ()
    source: str = ""
    language: str = ""
    topics: tuple[str, ...] = ()
    entities: dict[str, str] = {}
    """Id of each entity, `people/neil-armstrong`, and the name under which the article has it."""


class ArticleListView(View, frozen=True, kw_only=True, tag="article-list"):
    """`/archive/1969/articles.json`, `/archive/1969/07/articles.json`: the articles of a year or month."""

    period: str
    articles: tuple[ArticleRecord, ...]
    previous: str = ""
    next: str = ""


class ArticleFilesView(View, frozen=True, kw_only=True, tag="article-files"):
    """`/archive/articles.json`: where the articles are listed, by year or month."""

    files: tuple[tuple[str, int, str, str], ...]
    """(year, month or empty, number of articles, URL of the list, URL of the feed)."""
