"""Which pages the site has, and what each is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from sitegen.config import Config
from sitegen.model import Card, Problem
from sitegen.plan import article_views, entity_views, feed_views, list_views, year_cuts
from sitegen.plan.library import Group, Library
from sitegen.plan.urls import GROUP_FAMILIES, UNDATED_URL, month_url, output_path, year_url
from sitegen.render.views import NotFoundView, PageView, RedirectView, SearchView, View


class PageKey(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """Names one output page: `article:ID`, `month:1987-03`, `entity:people/neil-armstrong@1987`."""

    kind: str
    name: str = ""
    part: str | None = None
    """Year of an entity's or group's page by year; `""` for its undated articles."""

    def __str__(self) -> str:
        tail = "" if self.part is None else f"@{self.part or 'undated'}"
        return f"{self.kind}:{self.name}{tail}" if self.name else self.kind


class SitePages:
    """All pages of one library: keys in a fixed order, and a view for each on demand."""

    def __init__(self, library: Library, pages: Sequence[Card], config: Config, body_of: entity_views.BodyOf) -> None:
        """Plan the pages.

        Args:
            library: the articles.
            pages: the standalone pages of `content/pages`.
            config: the archive's settings.
            body_of: gives an article's rendered body; entities' pages quote from it.
        """
        self.library = library
        self._config = config
        self._position = {card.id: position for position, card in enumerate(library.cards)}
        self._unlisted = {card.id: card for card in library.unlisted}
        self.standalone = sorted(pages, key=lambda card: card.path)
        self._pages = {card.id: card for card in self.standalone}
        self._copies = article_views.symmetric_copies(library)
        self._letters = {
            family: library.letters[family]
            for family, groups in library.families.items()
            if family not in GROUP_FAMILIES or len(groups) > year_cuts.WHOLE_LIST or self._has_small(groups)
        }
        self._make: dict[str, Callable[[PageKey], View]] = {
            "home": lambda _: list_views.home_view(library, config.title, config.description),
            "article": lambda key: article_views.article_view(library, self._position[key.name], self._copies),
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
            "letter": self._letter_view,
            "search": lambda _: SearchView(url="/search/"),
            "not-found": lambda _: NotFoundView(url="/404.html", robots="noindex"),
            "feed": lambda key: feed_views.feed_view(library, key.name, config.title),
            "redirect": lambda key: RedirectView(url=key.name, target=self._redirects[key.name], robots="noindex"),
            "sitemap": lambda key: self._sitemaps[key.name],
            "redirect-list": lambda _: feed_views.redirect_list_view(self._redirects),
            "robots": lambda _: feed_views.robots_view(),
            "opensearch": lambda _: feed_views.open_search_view(config.title, config.description),
        }
        self.problems: list[Problem] = []
        self.keys = self._collect()

    def _has_small(self, groups: Mapping[str, Group]) -> bool:
        return any(not group.has_page for group in groups.values())

    def view(self, key: PageKey) -> View:
        """The view of one page."""
        return self._make[key.kind](key)

    def body_card(self, key: PageKey) -> Card | None:
        """The card of the article or standalone page whose body the page shows, if it shows one."""
        if key.kind == "article":
            return self.library.cards[self._position[key.name]]
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

    def _letter_view(self, key: PageKey) -> View:
        slugs, finer = self._letters[key.name][key.part or ""]
        return list_views.letter_view(self.library, key.name, key.part or "", slugs, finer)

    def _collect(self) -> list[PageKey]:
        library = self.library
        keys = [PageKey("article", card.id) for card in library.cards]
        keys += [PageKey("notice", card.id) for card in library.unlisted]
        keys += [PageKey("page", id_) for id_ in self._pages]
        keys += [PageKey(kind) for kind in ("home", "archive", "search", "not-found", "robots", "opensearch")]
        keys += [PageKey("feed", "/feed.xml"), PageKey("feed", "/feed.json")]
        keys += [PageKey("year", year) for year in sorted(library.years) if year]
        keys += [PageKey("month", month) for month in sorted(library.months) if len(month) != 4]
        for family, groups in sorted(library.families.items()):
            kind = "group" if family in GROUP_FAMILIES else "entity"
            for slug, group in sorted(groups.items()):
                if group.has_page:
                    keys.append(PageKey(kind, f"{family}/{slug}"))
                    keys += [PageKey(kind, f"{family}/{slug}", year) for year in year_cuts.group_years(library, group)]
                    keys += [PageKey(file, f"{family}/{slug}") for file in _BESIDE if kind == "entity"]
            keys.append(PageKey("index", family))
            keys += [PageKey("letter", family, prefix) for prefix in self._letters.get(family, ())]
        taken: dict[str, PageKey] = {}
        urls: list[str] = []
        kept: list[PageKey] = []
        for key in keys:
            url = self._url(key)
            path = output_path(url)
            if path in taken:
                self._collision(path, taken[path], key)
                continue
            taken[path] = key
            kept.append(key)
            if key.kind in _IN_SITEMAP and not (key.kind == "page" and self._pages[key.name].status == "noindex"):
                urls.append(url)
        self._redirects = self._old_addresses(set(taken))
        kept += [PageKey("redirect", url) for url in sorted(self._redirects)]
        kept += [PageKey("redirect-list")] if self._redirects else []
        self._sitemaps = {view.url: view for view in feed_views.sitemap_views(library, urls)}
        kept += [PageKey("sitemap", url) for url in self._sitemaps]
        return kept

    def _url(self, key: PageKey) -> str:
        """The page's address, without the cost of its view where it is known."""
        if key.kind == "article":
            return self.library.cards[self._position[key.name]].permalink
        if key.kind == "notice":
            return self._unlisted[key.name].permalink
        if key.kind == "feed":
            return key.name
        if key.kind in ("entity", "group") and key.part is None:
            return f"/{key.name}/"
        if key.kind in _BESIDE:
            return f"/{key.name}/{_BESIDE[key.kind]}"
        if key.kind == "letter":
            return f"/{key.name}/a-z/{key.part}/"
        if key.kind == "index":
            return f"/{key.name}/"
        if key.kind == "year":
            return year_url(key.name)
        if key.kind == "month":
            return month_url(key.name) if key.name else UNDATED_URL
        if key.kind == "home":
            return "/"
        return self.view(key).url

    def _collision(self, path: str, first: PageKey, second: PageKey) -> None:
        card = self._pages.get(second.name) or self._unlisted.get(second.name)
        if card is None and second.kind == "article":
            card = self.library.cards[self._position[second.name]]
        self.problems.append(
            Problem(
                path=f"content/{card.path}" if card else str(second),
                code="address-taken",
                message=f"its address /{path.removesuffix('index.html')} is already that of {first}",
                hint="give one of them another `permalink`",
            )
        )

    def _old_addresses(self, taken: set[str]) -> dict[str, str]:
        """Old URL → new URL, for articles' `aliases` and entities' `was`; never over a page that exists."""
        redirects: dict[str, str] = {}

        def add(old: str, new: str) -> None:
            if output_path(old) not in taken and old not in redirects:
                redirects[old] = new

        for card in [*self.library.cards, *self._pages.values()]:
            for alias in card.aliases:
                add(alias, card.permalink)
        for old, new in sorted(self.library.old_addresses.items()):
            if output_path(new) in taken:
                add(old, new)
        return redirects


_BESIDE = {"entity-feed": "feed.xml", "entity-data": "data.json", "entity-table": "articles.csv"}
"""Files beside an entity's page."""

_IN_SITEMAP = frozenset({"home", "archive", "year", "month", "entity", "group", "index", "letter", "page"})
