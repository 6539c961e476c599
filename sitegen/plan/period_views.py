"""Articles by year or by month for machines: lists as JSON, archived feeds, and the index of both.

Hosts limit the number of files. So years are cut into months, those with most articles a month first, as long as all
these files are few beside the articles; this follows from the articles alone.
"""

from __future__ import annotations

from sitegen.model import Card
from sitegen.plan.library import Library
from sitegen.plan.parts import card_views
from sitegen.plan.urls import UNDATED_URL, family_of_kind, month_url, year_url
from sitegen.render.views import ArticleFilesView, ArticleListView, ArticleRecord, FeedView

ARTICLES_INDEX = "/archive/articles.json"
LIST_NAME, FEED_NAME = "articles.json", "feed.xml"

_FEW_FILES = 48
_FILES_SHARE = 500
"""One file for so many articles, if that is more."""
_FILES_EACH = 2


def periods(library: Library) -> dict[str, range]:
    """Positions by `YYYY` or, of years that are cut, by `YYYY-MM`; `""` for those without a date; in that order.

    Of a year that is cut, `YYYY` holds what is dated to the year alone.
    """
    months: dict[str, list[str]] = {}
    for month in library.months:
        months.setdefault(month[:4], []).append(month)
    room = max(_FEW_FILES, len(library.cards) // _FILES_SHARE) // _FILES_EACH - len(months)
    cut = set()
    for year in sorted(months, key=lambda year: (-(len(library.years[year]) // len(months[year])), year)):
        room -= len(months[year]) - 1
        if room < 0:
            break
        cut.add(year)
    found: dict[str, range] = {}
    for year, positions in library.years.items():
        found.update({month: library.months[month] for month in months[year]} if year in cut else {year: positions})
    return found


def period_folder(period: str) -> str:
    """Where a period's files lie: beside the page of the same articles."""
    if not period:
        return UNDATED_URL
    return month_url(period) if len(period) > 4 else year_url(period)


def period_feed_view(library: Library, period: str, title: str) -> FeedView:
    """Headlines of all articles of a period, newest first; `noindex` articles are left out."""
    before, after = _around(library, period, FEED_NAME)
    published = [at for at in reversed(periods(library)[period]) if library.columns.published[at]]
    return FeedView(
        url=period_folder(period) + FEED_NAME,
        title=f"{title}, {period}" if period else title,
        page_url=period_folder(period),
        items=card_views(library, published, excerpt=False),
        previous=before,
        next=after,
        current="/feed.xml",
    )


def newest_period_feed(library: Library) -> str:
    """URL of the feed of the newest period; empty where there is no article."""
    found = list(periods(library))
    return period_folder(found[-1]) + FEED_NAME if found else ""


def period_list_view(library: Library, period: str) -> ArticleListView:
    """All articles of a period, oldest first."""
    before, after = _around(library, period, LIST_NAME)
    ids: dict[int, str] = {}
    return ArticleListView(
        url=period_folder(period) + LIST_NAME,
        period=period,
        articles=tuple(_record(library, position, ids) for position in periods(library)[period]),
        previous=before,
        next=after,
    )


def article_files_view(library: Library) -> ArticleFilesView:
    """`/archive/articles.json`."""
    files = []
    for period, positions in periods(library).items():
        folder = period_folder(period)
        files.append((period, len(positions), folder + LIST_NAME, folder + FEED_NAME))
    return ArticleFilesView(url=ARTICLES_INDEX, files=tuple(files))


def _around(library: Library, period: str, name: str) -> tuple[str, str]:
    """URLs of the same file of the periods before and after; empty where there is none."""
    found = list(periods(library))
    at = found.index(period)
    before = period_folder(found[at - 1]) + name if at else ""
    return before, period_folder(found[at + 1]) + name if at + 1 < len(found) else ""


def _record(library: Library, position: int, ids: dict[int, str]) -> ArticleRecord:
    card = library.cards[position]
    return ArticleRecord(
        id=card.id,
        url=card.permalink.lstrip("/"),
        title=card.title,
        date=card.date,
        updated=card.updated,
        status="" if card.status == "published" else card.status,
        authors=card.authors,
        source=card.source_name,
        language=card.language,
        topics=card.topics,
        entities=_entities(library, position, card, ids),
    )


def _entities(library: Library, position: int, card: Card, ids: dict[int, str]) -> dict[str, str]:
    """What an article's tags resolve to, without what editors hide, each entity under the first name it has there."""
    found: dict[str, str] = {}
    for tag, number in zip(card.tags, library.tag_groups(position), strict=True):
        id_ = ids.get(number)
        if id_ is None:
            kind, slug = library.labels.groups[number]
            id_ = ids[number] = f"{family_of_kind(kind)}/{slug}" if library.is_live(number) else ""
        if id_:
            found.setdefault(id_, tag.name)
    return found
