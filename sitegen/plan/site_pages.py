"""Which pages the site has, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec
import numpy as np

from sitegen.config import Config
from sitegen.model import Card, Problem
from sitegen.plan import (
    article_views,
    entity_views,
    feed_views,
    list_views,
    map_views,
    network_views,
    period_views,
    year_cuts,
)
from sitegen.plan.labels import hash64
from sitegen.plan.library import Family, Group, Library
from sitegen.plan.urls import (
    GROUP_FAMILIES,
    UNDATED_URL,
    group_year_url,
    letter_url,
    month_url,
    output_path,
    spelling,
    year_url,
)
from sitegen.render.views import NotFoundView, PageView, RedirectView, SearchView, View


class PageKey(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """Names one output page: `article:ID`, `month:1987-03`, `entity:people/neil-armstrong@1987`."""

    kind: str
    name: str = ""
    part: str | None = None
    """Year of an entity's or group's page by year; `""` for its undated articles. Prefix of an A–Z list."""

    def __str__(self) -> str:
        tail = "" if self.part is None else f"@{self.part or 'undated'}"
        return f"{self.kind}:{self.name}{tail}" if self.name else self.kind


class SitePages:
    """All pages of one library: keys in a fixed order, and whether it has a page and a view for each on demand."""

    def __init__(self, library: Library, pages: Sequence[Card], config: Config, body_of: entity_views.BodyOf) -> None:
        """Nothing is planned yet.

        Args:
            library: the articles.
            pages: the standalone pages of `content/pages`.
            config: the archive's settings.
            body_of: gives an article's rendered body; entities' pages quote from it.
        """
        self.library = library
        self._config = config
        self._unlisted = {card.id: card for card in library.unlisted}
        self.standalone = sorted(pages, key=lambda card: card.path)
        self._pages = {card.id: card for card in self.standalone}
        self._make: dict[str, Callable[[PageKey], View]] = {
            "home": lambda _: list_views.home_view(library, config.title, config.description),
            "article": lambda key: article_views.article_view(library, library.position_of(key.name)),
            "notice": lambda key: article_views.notice_view(self._unlisted[key.name]),
            "page": self._page_view,
            "archive": lambda _: list_views.archive_view(library),
            "year": lambda key: list_views.year_view(library, key.name),
            "month": lambda key: list_views.month_view(library, key.name),
            "entity": lambda key: entity_views.entity_view(library, self._group(key), key.part, body_of),
            "entity-feed": lambda key: entity_views.entity_feed_view(library, self._group(key)),
            "entity-data": lambda key: entity_views.entity_data_view(library, self._group(key)),
            "entity-table": lambda key: entity_views.entity_table_view(library, self._group(key)),
            "group": lambda key: list_views.group_view(library, self._group(key), key.part),
            "index": lambda key: list_views.family_index_view(library, key.name),
            "letter": lambda key: list_views.letter_view(library, key.name, key.part or ""),
            "map": lambda _: map_views.map_view(library),
            "network": lambda _: network_views.network_view(self._network),
            "network-data": lambda key: network_views.network_data_view(self._network, key.name),
            "period-feed": lambda key: period_views.period_feed_view(library, key.name, config.title),
            "period-list": lambda key: period_views.period_list_view(library, key.name),
            "article-files": lambda _: period_views.article_files_view(library),
            "search": lambda _: SearchView(url="/search/"),
            "not-found": lambda _: NotFoundView(url="/404.html", robots="noindex"),
            "feed": lambda key: feed_views.feed_view(library, key.name, config.title),
            "redirect": lambda key: RedirectView(url=key.name, target=self.redirects[key.name], robots="noindex"),
            "sitemap": lambda key: feed_views.sitemap_view(library, key.name, self.list_urls),
            "redirect-list": lambda _: feed_views.redirect_list_view(self.redirects),
            "robots": lambda _: feed_views.robots_view(),
            "opensearch": lambda _: feed_views.open_search_view(config.title, config.description),
        }

    def view(self, key: PageKey) -> View:
        """The view of one page."""
        return self._make[key.kind](key)

    def body_card(self, key: PageKey) -> Card | None:
        """The card of the article or standalone page whose body the page shows, if it shows one."""
        if key.kind == "article":
            return self.library.cards[self.library.position_of(key.name)]
        return self._pages[key.name] if key.kind == "page" else None

    def _group(self, key: PageKey) -> Group:
        family, _, slug = key.name.rpartition("/")
        return self.library.families[family][slug]

    def _page_view(self, key: PageKey) -> PageView:
        card = self._pages[key.name]
        return PageView(
            url=card.permalink,
            title=card.title,
            description=card.excerpt,
            robots="noindex" if card.status == "noindex" else "",
            body_digest=card.body_digest,
        )

    @cached_property
    def _network(self) -> network_views.Network:
        return network_views.network_of(self.library)

    # Which pages there are

    @cached_property
    def keys(self) -> list[PageKey]:
        """All pages, those left out whose address another one has."""
        keys = [PageKey("article", card.id) for card in self.library.cards]
        keys += [PageKey("notice", card.id) for card in self.library.unlisted]
        keys += [PageKey("page", id_) for id_ in self._pages]
        if self.has_collisions:
            keys = self._with_own_address(keys)
        keys += self._lists
        keys += [PageKey("redirect", url) for url in sorted(self.redirects)]
        keys += [PageKey("redirect-list")] if self.redirects else []
        keys += [PageKey("sitemap", url) for url in self.sitemap_urls]
        return keys

    @cached_property
    def _lists(self) -> list[PageKey]:
        """All pages that are neither articles nor standalone; none of them can have the address of another."""
        library = self.library
        keys = [PageKey(kind) for kind in _SINGLE if kind != "redirect-list"]
        keys += [PageKey("feed", url) for url in _FEEDS]
        keys += [PageKey("map")] if map_views.has_map(library) else []
        if network_views.has_network(library):
            keys += [PageKey("network"), *(PageKey("network-data", url) for url in network_views.NETWORK_FILES)]
        for period in period_views.periods(library):
            keys += [PageKey("period-feed", period), PageKey("period-list", period)]
        keys += [PageKey("year", year) for year in sorted(library.years) if year]
        keys += [PageKey("month", month) for month in sorted(library.months) if len(month) != 4]
        for family, groups in sorted(library.families.items()):
            kind = "group" if family in GROUP_FAMILIES else "entity"
            for number in groups.numbers(with_page=True).tolist():
                name = f"{family}/{library.labels.groups[number][1]}"
                keys.append(PageKey(kind, name))
                keys += [PageKey(kind, name, year) for year in year_cuts.group_years(library, number)]
                keys += [PageKey(file, name) for file in FILES_BESIDE if kind == "entity"]
            keys.append(PageKey("index", family))
            if self.has_letters(family):
                keys += [PageKey("letter", family, prefix) for prefix in library.letter_lists(family)]
        return list(dict.fromkeys(keys))

    def has_letters(self, family: str) -> bool:
        """Whether a family has A–Z lists: short lists of sources, authors and tags stand on one page."""
        groups = self.library.families[family]
        return family not in GROUP_FAMILIES or len(groups) > year_cuts.WHOLE_LIST or self._has_small(groups)

    def _has_small(self, groups: Family) -> bool:
        return len(groups.numbers(with_page=True)) < len(groups)

    def has(self, key: PageKey) -> bool:
        """Whether the site has a page, collisions of addresses aside."""
        library = self.library
        match key.kind:
            case "article":
                return library.position_of(key.name) >= 0
            case "notice":
                return key.name in self._unlisted
            case "page":
                return key.name in self._pages
            case "year":
                return bool(key.name) and key.name in library.years
            case "month":
                return len(key.name) != 4 and key.name in library.months
            case "entity" | "group" | "entity-feed" | "entity-data" | "entity-table":
                return self._has_group_page(key)
            case "index":
                return key.name in library.families
            case "letter":
                return self._has_letter(key)
            case "map":
                return map_views.has_map(library)
            case "network" | "network-data":
                return network_views.has_network(library)
            case "period-feed" | "period-list":
                return key.name in period_views.periods(library)
            case "redirect":
                return key.name in self.redirects
            case "redirect-list":
                return bool(self.redirects)
            case "sitemap":
                return key.name in self.sitemap_urls
            case _:
                return True

    def _has_group_page(self, key: PageKey) -> bool:
        family, _, slug = key.name.rpartition("/")
        groups = self.library.families.get(family)
        group = groups.get(slug) if groups is not None else None
        if group is None or not group.has_page:
            return False
        return key.part is None or key.part in year_cuts.group_years(self.library, group.number)

    def _has_letter(self, key: PageKey) -> bool:
        if key.name not in self.library.families or not self.has_letters(key.name):
            return False
        return bool(key.part) and self.library.has_letter_list(key.name, key.part or "")

    @cached_property
    def list_urls(self) -> list[str]:
        """URLs of all pages that are no articles and that search engines should know."""
        urls = [self.url(key) for key in self._lists if key.kind in _IN_SITEMAP]
        own = self._with_own_address if self.has_collisions else list
        pages = own([PageKey("page", id_) for id_ in self._pages])
        return urls + [self.url(key) for key in pages if self._pages[key.name].status != "noindex"]

    @cached_property
    def sitemap_urls(self) -> list[str]:
        """URLs of the sitemaps."""
        return feed_views.sitemap_urls(self.library, len(self.list_urls))

    # Addresses

    def url(self, key: PageKey) -> str:
        """The page's address; redirects and sitemaps are named by theirs."""
        match key.kind:
            case "article":
                return self.library.cards[self.library.position_of(key.name)].permalink
            case "notice":
                return self._unlisted[key.name].permalink
            case "page":
                return self._pages[key.name].permalink
            case "month":
                return month_url(key.name) if key.name else UNDATED_URL
            case "year":
                return year_url(key.name)
            case "entity" | "group":
                family, _, slug = key.name.rpartition("/")
                return f"/{key.name}/" if key.part is None else group_year_url(family, slug, key.part)
            case "index":
                return f"/{key.name}/"
            case "letter":
                return letter_url(key.name, key.part or "")
            case "period-feed":
                return period_views.period_folder(key.name) + period_views.FEED_NAME
            case "period-list":
                return period_views.period_folder(key.name) + period_views.LIST_NAME
            case "feed" | "network-data" | "redirect" | "sitemap":
                return key.name
            case kind if kind in FILES_BESIDE:
                return f"/{key.name}/{FILES_BESIDE[kind]}"
            case kind:
                return _OF_ONE_KIND[kind]

    def key_of(self, url: str) -> PageKey | None:
        """The page at an address; None where there is none, or it is found by no address of its own (redirects)."""
        for card in [*self._unlisted.values(), *self.standalone]:
            if card.permalink == url:
                return PageKey("notice" if card.id in self._unlisted else "page", card.id)
        for position in np.flatnonzero(self.library.columns.addresses == np.uint64(hash64(spelling(url)))).tolist():
            return PageKey("article", self.library.cards[position].id)
        return next((key for key in self._keys_of_lists(url) if self.has(key) and self.url(key) == url), None)

    def _keys_of_lists(self, url: str) -> Iterator[PageKey]:
        yield from (PageKey(kind) for kind, address in _OF_ONE_KIND.items() if address == url)
        if url in _FEEDS:
            yield PageKey("feed", url)
        if url.startswith("/sitemap"):
            yield PageKey("sitemap", url)
        if url == UNDATED_URL:
            yield PageKey("month")
        parts = url.strip("/").split("/")
        yield from (PageKey("network-data", file) for file in network_views.NETWORK_FILES if file == url)
        if parts[-1] in (period_views.FEED_NAME, period_views.LIST_NAME):
            kind = "period-feed" if parts[-1] == period_views.FEED_NAME else "period-list"
            yield PageKey(kind, "-".join(parts[1:-1]))
        if parts[0] == "archive":
            yield PageKey("year", parts[-1]) if len(parts) == 2 else PageKey("month", "-".join(parts[1:]))
        for length in range(1, len(parts) + 1):
            family, rest = "/".join(parts[:length]), parts[length:]
            if family not in self.library.families:
                continue
            kind = "group" if family in GROUP_FAMILIES else "entity"
            match rest:
                case []:
                    yield PageKey("index", family)
                case ["a-z", prefix]:
                    yield PageKey("letter", family, prefix)
                case [slug]:
                    yield PageKey(kind, f"{family}/{slug}")
                case [slug, tail]:
                    yield from (
                        PageKey(file, f"{family}/{slug}") for file, name in FILES_BESIDE.items() if name == tail
                    )
                    yield PageKey(kind, f"{family}/{slug}", "" if tail == "undated" else tail)

    @cached_property
    def _taken(self) -> set[int]:
        others = [*self.library.unlisted, *self.standalone]
        return {hash64(spelling(card.permalink)) for card in others}

    @cached_property
    def has_collisions(self) -> bool:
        """Whether two articles or standalone pages ask for one address."""
        others = [hash64(spelling(card.permalink)) for card in [*self.library.unlisted, *self.standalone]]
        return (
            self.library.has_double_addresses
            or len(set(others)) < len(others)
            or any(self.library.has_address(digest) for digest in others)
        )

    def _is_taken(self, url: str) -> bool:
        """Whether a page stands at an address."""
        wanted = hash64(spelling(url))
        if wanted in self._taken or self.library.has_address(wanted):
            return True
        family, _, slug = url.strip("/").rpartition("/")
        kind = "group" if family in GROUP_FAMILIES else "entity"
        return family in self.library.families and self._has_group_page(PageKey(kind, f"{family}/{slug}"))

    def _with_own_address(self, keys: Sequence[PageKey]) -> list[PageKey]:
        taken: dict[str, PageKey] = {}
        for key in keys:
            taken.setdefault(spelling(output_path(self.url(key))), key)
        return list(taken.values())

    @cached_property
    def problems(self) -> list[Problem]:
        """Articles and pages that have no page, since another one has their address."""
        if not self.has_collisions:
            return []
        taken: dict[str, PageKey] = {}
        problems = []
        keys = [PageKey("article", card.id) for card in self.library.cards]
        keys += [PageKey("notice", card.id) for card in self.library.unlisted]
        keys += [PageKey("page", id_) for id_ in self._pages]
        for key in keys:
            path = output_path(self.url(key))
            first = taken.setdefault(spelling(path), key)
            if first is not key:
                card = self._unlisted.get(key.name) or self.body_card(key)
                problems.append(
                    Problem(
                        path=f"content/{card.path}" if card else str(key),
                        code="address-taken",
                        message=f"its address /{path.removesuffix('index.html')} is already that of {first}",
                        hint="give one of them another `permalink`",
                    )
                )
        return problems

    @cached_property
    def redirects(self) -> Mapping[str, str]:
        """Old URL → new URL, for articles' `aliases` and entities' `was`; never over a page that exists."""
        redirects: dict[str, str] = {}
        library = self.library

        def add(old: str, new: str) -> None:
            if old not in redirects and not self._is_taken(old):
                redirects[old] = new

        with_aliases = sorted(position for id_ in library.aliases if (position := library.position_of(id_)) >= 0)
        for card in [*(library.cards[position] for position in with_aliases), *self._pages.values()]:
            for alias in card.aliases:
                add(alias, card.permalink)
        for old, new in sorted(library.old_addresses.items()):
            if self._is_taken(new):
                add(old, new)
        return redirects


_SINGLE = {
    "home": "/",
    "archive": "/archive/",
    "search": "/search/",
    "not-found": "/404.html",
    "robots": "/robots.txt",
    "opensearch": "/opensearch.xml",
    "redirect-list": "/_redirects",
    "article-files": period_views.ARTICLES_INDEX,
}
"""Pages of which there is one, and where it stands."""

_OF_ONE_KIND = {**_SINGLE, "map": map_views.MAP_URL, "network": network_views.NETWORK_URL}
"""The same, with those that only some archives have."""

_FEEDS = ("/feed.xml", "/feed.json")

FILES_BESIDE = {"entity-feed": "feed.xml", "entity-data": "data.json", "entity-table": "articles.csv"}
"""Files beside an entity's page."""

_IN_SITEMAP = frozenset({"home", "archive", "year", "month", "entity", "group", "index", "letter", "map", "network"})
