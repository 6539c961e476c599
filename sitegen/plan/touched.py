"""Which pages a change of some articles can have changed.

It may name more than have changed, since views are fingerprinted afterwards, but never fewer: the keystone test
compares updates with clean builds. Nothing here grows with the archive, apart from comparisons of arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from sitegen.model import Card
from sitegen.plan import article_views, entity_views
from sitegen.plan.columns import LISTED
from sitegen.plan.library import Library
from sitegen.plan.network_views import NETWORK_FILES
from sitegen.plan.period_views import periods
from sitegen.plan.site_pages import FILES_BESIDE, PageKey, SitePages
from sitegen.plan.urls import GROUP_FAMILIES
from sitegen.plan.year_cuts import group_years

MOST_CHANGES = 500
"""Of more articles at once all pages are looked at."""

_NEIGHBOURS = 12


class Change(msgspec.Struct, frozen=True):
    """An article before and after; None where there was or is none."""

    old: Card | None
    new: Card | None

    @property
    def in_lists(self) -> bool:
        """What lists show of it has changed, or it has come, gone or moved."""
        old, new = _listed(self.old), _listed(self.new)
        return (old is None) != (new is None) or (
            old is not None and new is not None and any(getattr(old, name) != getattr(new, name) for name in _SHOWN)
        )

    @property
    def excerpt(self) -> bool:
        """Its beginning has changed."""
        return self.old is None or self.new is None or self.old.excerpt != self.new.excerpt

    @property
    def body(self) -> bool:
        """Its text has changed, or what it is quoted by."""
        return self.old is None or self.new is None or self.old.body_digest != self.new.body_digest


_SHOWN = ("permalink", "title", "date", "updated", "status", "source_name", "authors", "language")


def _listed(card: Card | None) -> Card | None:
    return card if card is not None and card.status in LISTED else None


class Touched(msgspec.Struct, frozen=True):
    """What a change can reach."""

    keys: set[PageKey]
    """Pages whose views may differ, old and new ones."""
    renamed: set[str]
    """Ids of articles that name an entity which is called otherwise now."""


def touched_pages(before: SitePages, after: SitePages, changes: Sequence[Change]) -> Touched | str:
    """What the changes can reach; or, in words, why all pages have to be looked at."""
    if len(changes) > MOST_CHANGES:
        return "many articles have changed"
    if before.has_collisions or after.has_collisions:
        return "two articles ask for one address"
    return _Touched(before, after, changes).find()


class _Touched:
    def __init__(self, before: SitePages, after: SitePages, changes: Sequence[Change]) -> None:
        self.before = before
        self.after = after
        self.changes = changes
        self.keys: set[PageKey] = set()
        self.renamed: set[str] = set()
        self.structural = before.library.memberships is not after.library.memberships

    def find(self) -> Touched | str:
        for change in self.changes:
            self._article(change)
            for pages, card in ((self.before, _listed(change.old)), (self.after, _listed(change.new))):
                if card is not None:
                    self._lists(pages, card, change)
        if self.structural:
            reason = self._groups()
            if reason:
                return reason
            self._calendar()
            self._drawings()
            self._periods()
        self._redirects()
        self._sitemaps()
        found = {key for key in self.keys if self.before.has(key) or self.after.has(key)}
        return Touched(found, self.renamed)

    def add(self, kind: str, name: str = "", part: str | None = None) -> None:
        self.keys.add(PageKey(kind, name, part))

    # One article

    def _article(self, change: Change) -> None:
        for card in (change.old, change.new):
            if card is not None:
                self.add("article", card.id)
                self.add("notice", card.id)

    def _lists(self, pages: SitePages, card: Card, change: Change) -> None:
        library = pages.library
        position = library.place(card)
        if change.in_lists or self.structural:
            near = [at for at in (position - 1, position + 1) if 0 <= at < len(library.cards)]
            self._articles(library, [*near, *library.copies_of(card.id), *self._related(library, position)])
        if change.in_lists or change.excerpt or self.structural:
            self.add("home")
            self.add("feed", "/feed.xml")
            self.add("feed", "/feed.json")
            self.add("month", card.date.rstrip("?~%")[:7])
            self.add("year", card.date[:4])
        if change.in_lists or self.structural:
            for period in (card.date.rstrip("?~%")[:7], card.date[:4]):
                self.add("period-feed", period)
                self.add("period-list", period)
        for number in set(library.groups_of(position).tolist()):
            self._group_pages(pages, number, position, change)

    def _articles(self, library: Library, positions: Iterable[int]) -> None:
        for position in positions:
            self.add("article", library.cards[position].id)

    def _group_pages(self, pages: SitePages, number: int, position: int, change: Change) -> None:
        library = pages.library
        if not library.is_live(number):
            return
        family, slug, is_entity = library.address(number)
        name = f"{family}/{slug}"
        listed = change.in_lists or self.structural
        has_page = library.has_page(number)
        if not has_page or self.structural:
            if listed:
                self.add("letter", family, library.letter_list_of(family, slug))
                self.add("index", family)
            if not has_page:
                return
        year = library.cards[position].date[:4]
        kind = "entity" if is_entity else "group"
        if listed or change.excerpt:
            self.add(kind, name)
            self.add(kind, name, year)
            for file in FILES_BESIDE if is_entity else ():
                self.add(file, name)
        elif change.body and kind == "entity":
            members, quoted = library.member_array(number), entity_views.QUOTED
            if len(members) <= quoted or position >= members[-quoted]:
                self.add(kind, name)
            same_year = dict(library.by_year(members)).get(year, members[:0])
            if len(same_year) <= quoted or position >= same_year[-quoted]:
                self.add(kind, name, year)

    def _related(self, library: Library, position: int) -> set[int]:
        """Later articles for which this one may be, or may have been, among the related ones."""
        recent = article_views.RECENT
        windows: Counter[int] = Counter()
        found: set[int] = set()
        for number in library.named[position]:
            members = library.member_array(number)
            at = int(members.searchsorted(np.int32(position)))
            later = members[at + 1 : at + 1 + recent].tolist()
            windows.update(later)
            if not self.structural:
                continue
            if len(self.changes) > 1:
                found.update(later)
                continue
            # Coming or going, the article moved another one out of, or into, what each of these looks back upon.
            for index, other in enumerate(later, at + 1):
                if index > recent and _share_two(library, int(members[index - recent - 1]), other):
                    found.add(other)
        return found | {other for other, count in windows.items() if count > 1}

    # Groups

    def _groups(self) -> str:
        before, after = self.before.library, self.after.library
        changed = self._changed_groups()
        for number in changed:
            self._changed_group(number)
        families = {*before.families, *after.families}
        for family in families:
            if (family in before.families) != (family in after.families):
                self.add("index", family)
                for pages in (self.before, self.after):
                    if family in pages.library.families:
                        self._letter_keys(pages, family)
        for family in {_family_of(before if before.is_live(number) else after, number) for number in changed}:
            reason = self._letters(family)
            if reason:
                return reason
        self._company([number for number in changed if before.has_page(number) or after.has_page(number)])
        return ""

    def _changed_groups(self) -> list[int]:
        """Groups whose members, or whose having a page, are not what they were."""
        found: set[int] = set()
        for change in self.changes:
            for pages, card in ((self.before, _listed(change.old)), (self.after, _listed(change.new))):
                if card is not None:
                    found.update(pages.library.groups_of(pages.library.place(card)).tolist())
        old, new = self.before.library.memberships, self.after.library.memberships
        size = max(len(old.pages), len(new.pages))
        for first, second in ((old.pages, new.pages), (old.live, new.live)):
            flipped = np.zeros(size, dtype=np.bool_)
            flipped[: len(first)] = first
            flipped[: len(second)] ^= second
            found.update(np.flatnonzero(flipped).tolist())
        return sorted(found)

    def _changed_group(self, number: int) -> None:
        before, after = self.before.library, self.after.library
        for pages in (self.before, self.after):
            library = pages.library
            if not library.is_live(number):
                continue
            family, slug, is_entity = library.address(number)
            name = f"{family}/{slug}"
            kind = "entity" if is_entity else "group"
            self.add(kind, name)
            self.add("index", family)
            self.add("letter", family, library.letter_list_of(family, slug))
            for file in FILES_BESIDE if is_entity else ():
                self.add(file, name)
            if group_years(before, number) != group_years(after, number):
                for year in group_years(library, number):
                    self.add(kind, name, year)
        if _display(before, number) != _display(after, number):
            for library in (before, after):
                if library.is_live(number):
                    self._shown_everywhere(library, number)

    def _shown_everywhere(self, library: Library, number: int) -> None:
        """All pages that show a group's name or address."""
        family, slug, is_entity = library.address(number)
        members = library.member_array(number)
        ids = [library.cards[position].id for position in members.tolist()]
        self.keys.update(PageKey("article", id_) for id_ in ids)
        if is_entity:
            self.renamed.update(ids)
        self.add("home")
        for year, _ in library.by_year(members):
            self.add("year", year)
            self.add("entity" if is_entity else "group", f"{family}/{slug}", year)
        if number in library.company.index:
            row = library.company.shared[library.company.index[number]]
            for at in np.flatnonzero(row).tolist():
                self._entity_keys(library, library.company.numbers[at])

    def _entity_keys(self, library: Library, number: int) -> None:
        family, slug, _ = library.address(number)
        for kind in ("entity", *FILES_BESIDE):
            self.add(kind, f"{family}/{slug}")

    def _company(self, changed: Sequence[int]) -> None:
        """Entities among whose nearest ones a changed one is or was."""
        for library in (self.before.library, self.after.library):
            company = library.company
            columns = [company.index[number] for number in changed if number in company.index]
            if not columns:
                continue
            counts = library.memberships.counts[company.numbers].astype(np.float64)
            measure = company.shared / np.sqrt(np.outer(counts, counts))
            least = np.zeros(len(counts))
            if len(counts) > _NEIGHBOURS:
                least = np.partition(measure, -_NEIGHBOURS, axis=1)[:, -_NEIGHBOURS]
            near = (measure[:, columns] >= least[:, None] - 1e-9) & (measure[:, columns] > 0)
            for at in np.flatnonzero(near.any(axis=1)).tolist():
                self._entity_keys(library, company.numbers[at])

    def _letters(self, family: str) -> str:
        found: list[list[str]] = []
        for pages in (self.before, self.after):
            there = family in pages.library.families
            found.append(pages.library.letter_lists(family) if there else [])
        for prefix in {*found[0]} ^ {*found[1]}:
            if len(prefix) > 1 and prefix != "0-9":
                return "an A–Z list is cut anew"
            self.add("letter", family, prefix)
            self.add("index", family)
        if family in GROUP_FAMILIES and self.before.has_letters(family) != self.after.has_letters(family):
            for pages in (self.before, self.after):
                self._letter_keys(pages, family)
        return ""

    def _letter_keys(self, pages: SitePages, family: str) -> None:
        for prefix in pages.library.letter_lists(family):
            self.add("letter", family, prefix)

    # The calendar, old addresses, sitemaps

    def _calendar(self) -> None:
        before, after = self.before.library, self.after.library
        self.add("archive")
        if before.years.keys() != after.years.keys():
            for year in {*before.years, *after.years}:
                self.add("year", year)
        changed = before.months.keys() ^ after.months.keys()
        if changed:
            every = sorted(month for month in {*before.months, *after.months} if len(month) == 7)
            for month in changed:
                if month in every:
                    at = every.index(month)
                    for near in every[max(0, at - 1) : at + 2]:
                        self.add("month", near)
                self.add("month", month)

    def _periods(self) -> None:
        """Files of a year or month that come, go or hold other articles, and those beside them, which lead there."""
        old, new = periods(self.before.library), periods(self.after.library)
        self.add("article-files")
        for found in (list(old), list(new)):
            for at, period in enumerate(found):
                near = found[max(0, at - 1) : at + 2]
                if any(other not in old or other not in new for other in near) or len(old[period]) != len(new[period]):
                    self.add("period-feed", period)
                    self.add("period-list", period)

    def _drawings(self) -> None:
        """The map and the network show counts and company."""
        self.add("map")
        self.add("network")
        for url in NETWORK_FILES:
            self.add("network-data", url)

    def _redirects(self) -> None:
        both = (self.before, self.after)
        aliased = any(pages.library.aliases or any(page.aliases for page in pages.standalone) for pages in both)
        judged = self.structural and bool(self.after.library.labels.rules.authority.entries)
        if not aliased and not judged:
            return
        if not judged and not any(
            change.old is None
            or change.new is None
            or (change.old.permalink, change.old.aliases, change.old.status)
            != (change.new.permalink, change.new.aliases, change.new.status)
            for change in self.changes
        ):
            return
        old, new = self.before.redirects, self.after.redirects
        different = {url for url in {*old, *new} if old.get(url) != new.get(url)}
        if different:
            self.add("redirect-list")
        for url in different:
            self.add("redirect", url)

    def _sitemaps(self) -> None:
        if not self.structural and not any(change.in_lists for change in self.changes):
            return
        old, new = self.before.sitemap_urls, self.after.sitemap_urls
        if old != new:
            for url in {*old, *new}:
                self.add("sitemap", url)
            return
        if len(new) == 1:
            self.add("sitemap", new[0])
            return
        if self.structural:
            self.add("sitemap", "/sitemap-pages.xml")
        for change in self.changes:
            for card in (change.old, change.new):
                if card is not None:
                    start = f"/sitemap-{card.date[:4] or 'undated'}"
                    for url in new:
                        if url.startswith((start + ".", start + "-")):
                            self.add("sitemap", url)


def _family_of(library: Library, number: int) -> str:
    return library.address(number)[0]


def _share_two(library: Library, first: int, second: int) -> bool:
    return len({*library.named[first]}.intersection(library.named[second])) > 1


def _display(library: Library, number: int) -> tuple[object, ...]:
    """What other pages show of a group, and what its own shows besides its articles."""
    if not library.is_live(number):
        return ()
    group = library.group(number)
    address = "" if group.has_page else library.letter_list_of(group.family, group.slug)
    return (group.name, group.has_page, address, group.entity)
