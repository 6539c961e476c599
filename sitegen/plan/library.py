"""The library: all articles' cards in order, and the members of every family of pages.

It is gathered from columns of numbers with a few vector operations, whose cost is some milliseconds for a hundred
thousand articles; cards, names and lists are made when they are asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import nsmallest
from itertools import pairwise
from typing import Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.entities.catalogue import Catalogue, EntityKey, page_threshold
from sitegen.entities.relatedness import Neighbour, cosine
from sitegen.model import Card, CardTag, Entity
from sitegen.plan import letters
from sitegen.plan.columns import LISTED, Columns, Row, make_columns, sort_key
from sitegen.plan.labels import Labels, hash64, space_of_family
from sitegen.plan.letters import DIGITS, LONGEST_PREFIX, letter_of
from sitegen.plan.urls import GROUP_FAMILIES, family_of_kind, group_url
from sitegen.render.views import CardView, EntityLink
from sitegen.slug import slugify

Value = TypeVar("Value")


class Group:
    """Articles that share an entity, a source, an author or a tag."""

    __slots__ = (
        "_library",
        "_members",
        "count",
        "entity",
        "family",
        "has_page",
        "kind",
        "link",
        "name",
        "number",
        "slug",
    )

    def __init__(self, library: Library, number: int) -> None:
        space, self.slug = library.labels.groups[number]
        self._library = library
        self._members: list[int] | None = None
        self.number = number
        """Under which `Library.entities` has it; stays the same while the archive changes."""
        self.count = library.count(number)
        """How many articles there are."""
        self.has_page = library.has_page(number)
        """Whether it stands on a page of its own, not only in an A–Z list."""
        self.link: EntityLink | None = None
        """Of `plan.parts.article_link`."""
        self.entity: Entity | None = None
        if space.startswith("\n"):
            self.family = self.kind = space[1:]
            """`kind`: of an entity, or the family's name for sources, authors and tags."""
            self.name = library.first_name(number)
        else:
            self.family, self.kind = family_of_kind(space), space
            self.entity = library.entity(number)
            self.name = self.entity.name

    @property
    def members(self) -> list[int]:
        """Positions in `Library.cards`, ascending: oldest first."""
        if self._members is None:
            self._members = self._library.member_array(self.number).tolist()
        return self._members


class Lazy(Sequence[Value], Generic[Value]):
    """A sequence whose items are made when they are asked for."""

    def __init__(self, length: int, make: Callable[[int], Value]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Value:  # type: ignore[override]
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError(index)
        return self._make(index)

    def __iter__(self) -> Iterator[Value]:
        return map(self._make, range(self._length))


class Entities:
    """Groups of all entities that articles name and editors do not hide, by kind and slug; each under its number."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def __getitem__(self, number: int) -> Group:
        return self._library.group(number)

    def __iter__(self) -> Iterator[Group]:
        library = self._library
        order = library.order
        chosen = order[library.live_in_order & ~library.other_in_order]
        return (library.group(number) for number in chosen.tolist())


class Family(Mapping[str, Group]):
    """The groups of one family by slug, ascending."""

    def __init__(self, library: Library, spaces: Sequence[str]) -> None:
        self._library = library
        self._spaces = spaces

    @property
    def kind(self) -> str:
        """The kind of its groups: the first, where several kinds share an address."""
        return self._spaces[0]

    def __getitem__(self, slug: str) -> Group:
        for space in reversed(self._spaces):
            number = self._library.labels.groups.find((space, slug))
            if number >= 0 and self._library.is_live(number):
                return self._library.group(number)
        raise KeyError(slug)

    def __iter__(self) -> Iterator[str]:
        return iter(self.slugs())

    def __len__(self) -> int:
        return sum(self._library.live_between(*self._range(space, "")) for space in self._spaces)

    def numbers(self, *, with_page: bool = False) -> NDArray[np.int32]:
        """Of all its groups, or of those with pages of their own, by slug."""
        library = self._library
        parts = []
        for space in self._spaces:
            first, last = self._range(space, "")
            chosen = library.page_in_order if with_page else library.live_in_order
            parts.append(library.order[first:last][chosen[first:last]])
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)

    def slugs(self, prefix: str = "") -> list[str]:
        """Slugs that begin with a prefix, ascending, each once."""
        library = self._library
        found: list[str] = []
        for space in self._spaces:
            first, last = self._range(space, prefix)
            numbers = library.order[first:last][library.live_in_order[first:last]]
            found += [library.labels.groups[number][1] for number in numbers.tolist()]
        return found if len(self._spaces) == 1 else sorted(set(found))

    def size(self, prefix: str) -> int:
        """How many groups have a slug that begins with a prefix."""
        return sum(self._library.live_between(*self._range(space, prefix)) for space in self._spaces)

    def next_characters(self, prefix: str) -> list[str]:
        """Characters that follow a prefix in slugs, ascending."""
        found = set()
        groups, order = self._library.labels.groups, self._library.order
        for space in self._spaces:
            at, last = self._range(space, prefix)
            while at < last:
                slug = groups[order[at]][1]
                if len(slug) == len(prefix):
                    at += 1
                    continue
                longer = slug[: len(prefix) + 1]
                end = self._range(space, longer)[1]
                if self._library.live_between(at, end):
                    found.add(longer[-1])
                at = end
        return sorted(found)

    def _range(self, space: str, prefix: str) -> tuple[int, int]:
        return self._library.slug_range(space, prefix)


class Company(msgspec.Struct, frozen=True, eq=False):
    """How many articles name two entities, for all pairs of entities with pages."""

    numbers: list[int]
    """Groups, ascending."""
    index: dict[int, int]
    """Group → row and column."""
    shared: NDArray[np.int32]
    """Shape (groups, groups); zero on the diagonal."""

    def neighbours(self, library: Library, number: int, limit: int) -> list[Neighbour[int]]:
        """Entities with pages that most belong to one, by the cosine of their sets of articles, closest first.

        Two articles must name both, unless there is only one; ties go by shared articles, then by kind and slug.
        """
        row = self.shared[self.index[number]]
        total = library.count(number)
        ranked = []
        for at in np.flatnonzero(row >= min(2, total)).tolist():
            both, other = int(row[at]), self.numbers[at]
            measure = cosine(both, total, library.count(other))
            # Rounded, so that equal ratios tie whatever way they were computed.
            ranked.append((-round(measure, 12), -both, library.labels.groups[other], other))
        return [Neighbour(other, -both, -measure) for measure, both, _, other in nsmallest(limit, ranked)]


def company_of(library: Library) -> Company:
    """Count who is named together."""
    found = library.memberships
    numbers = np.flatnonzero(found.pages & ~found.others)
    size = len(numbers)
    parts = [library.member_array(number) for number in numbers.tolist()]
    index = np.repeat(np.arange(size, dtype=np.int64), [len(part) for part in parts])
    keys = (np.concatenate([*parts, np.zeros(0, dtype=np.int32)]).astype(np.int64) << 32) | index
    keys.sort()
    rows, who = keys >> 32, keys & 0xFFFFFFFF
    per_row = np.bincount(rows, minlength=len(library.cards))
    ends = np.cumsum(per_row)
    # Each entry is paired with every entry of its row.
    times = per_row[rows]
    left = np.repeat(who, times)
    first = np.repeat(ends[rows] - times, times)
    inside = np.arange(len(left)) - np.repeat(np.cumsum(times) - times, times)
    pairs = left * size + who[first + inside]
    shared = np.bincount(pairs, minlength=size * size).astype(np.int32).reshape(size, size)
    np.fill_diagonal(shared, 0)
    listed = numbers.tolist()
    return Company(listed, {number: at for at, number in enumerate(listed)}, shared)


class Memberships(msgspec.Struct, frozen=True, eq=False):
    """Who belongs where: arrays over groups."""

    members: NDArray[np.int32]
    """Positions, group by group, ascending in each."""
    starts: NDArray[np.int64]
    counts: NDArray[np.int32]
    live: NDArray[np.bool_]
    """Articles name it, and editors do not hide it."""
    pages: NDArray[np.bool_]
    """Stands on a page of its own."""
    others: NDArray[np.bool_]
    """Sources, authors and tags: no entity."""
    label_counts: NDArray[np.int64]
    claimed: dict[int, int]
    """Index into `Columns.labels` → group, where an entry of the authority claims the tag in one article."""
    threshold: int
    group_threshold: int


class Library:
    """What every page is made from. Positions are indexes into `cards`; a library never changes."""

    def __init__(
        self,
        columns: Columns,
        labels: Labels,
        card_of: Callable[[int], Card],
        *,
        unlisted: Sequence[Card] = (),
        copies: Mapping[str, tuple[str, ...]] | None = None,
        aliases: Mapping[str, tuple[str, ...]] | None = None,
        min_articles: int = 0,
        like: Library | None = None,
    ) -> None:
        """A library over columns.

        Args:
            columns: a row for each listed article.
            labels: what the rows' labels are.
            card_of: the card of a number of `columns.numbers`.
            unlisted: redacted and withdrawn articles.
            copies: article id → ids of its copies, as pages name them.
            aliases: article id → its old addresses, of listed articles that have any.
            min_articles: articles that must name an entity before it has a page; 0 leaves it to the archive.
            like: a library with the same labels in the same rows, of which all that follows from these is taken over.
        """
        self.columns = columns
        self.labels = labels
        self.min_articles = min_articles
        self._card_of = card_of
        self._numbers = columns.numbers
        self.cards: Sequence[Card] = Lazy(len(columns), self._card)
        """Listed articles, ascending by (date, id); those without a date come first."""
        self.unlisted = unlisted
        """Redacted and withdrawn articles, in the same order: their notices keep the address."""
        self.copies: Mapping[str, tuple[str, ...]] = {} if copies is None else copies
        self.aliases: Mapping[str, tuple[str, ...]] = {} if aliases is None else aliases
        self.memberships: Memberships = _gather(self) if like is None else like.memberships
        self.order: NDArray[np.int32] = labels.order if like is None else like.order
        """All groups, ascending by space and slug."""
        self.entities = Entities(self)
        """Groups of all entities that are not hidden, by kind and slug."""
        self.tagged: Sequence[tuple[Group | None, ...]] = Lazy(len(columns), self._tagged)
        """For each article, what its `tags` resolve to, position by position; None where an editor hid the entity."""
        self.named: Sequence[tuple[int, ...]] = Lazy(len(columns), self._named)
        """For each article, the entities it names, each once, as numbers of `entities`."""
        self.headlines: dict[int, CardView] = {}
        """Of `plan.parts.headline`: position → view."""
        self._groups: dict[int, Group] = {}
        self._named_by: dict[int, tuple[int, ...]] = {}
        self._finer: dict[tuple[str, str], list[str]] = {} if like is None else like._finer
        if like is not None:
            same: tuple[str, ...] = _SHARED
            if np.array_equal(columns.addresses, like.columns.addresses):
                same = (*_SHARED, "_sorted_addresses", "has_double_addresses")
            self.__dict__.update({name: like.__dict__[name] for name in same if name in like.__dict__})

    # Articles

    def _card(self, position: int) -> Card:
        return self._card_of(int(self._numbers[position]))

    def place(self, card: Card) -> int:
        """Where a card stands, or would stand, in `cards`."""
        return bisect_left(range(len(self.cards)), sort_key(card), key=lambda at: sort_key(self.cards[at]))

    @cached_property
    def has_double_addresses(self) -> bool:
        """Whether two listed articles ask for one address."""
        addresses = self._sorted_addresses
        return bool((addresses[1:] == addresses[:-1]).any())

    @cached_property
    def _id_order(self) -> NDArray[np.int64]:
        return np.argsort(self.columns.ids)

    @cached_property
    def _sorted_ids(self) -> NDArray[np.uint64]:
        return self.columns.ids[self._id_order]

    def position_of(self, id_: str) -> int:
        """Position of the listed article of that id; -1 where there is none."""
        wanted = np.uint64(hash64(id_))
        at = int(np.searchsorted(self._sorted_ids, wanted))
        while at < len(self._sorted_ids) and self._sorted_ids[at] == wanted:
            position = int(self._id_order[at])
            if self.cards[position].id == id_:
                return position
            at += 1
        return -1

    @cached_property
    def _sorted_addresses(self) -> NDArray[np.uint64]:
        return np.sort(self.columns.addresses)

    def has_address(self, digest: int) -> bool:
        """Whether a listed article's permalink has this digest (`labels.hash64`)."""
        addresses = self._sorted_addresses
        at = int(np.searchsorted(addresses, np.uint64(digest)))
        return at < len(addresses) and int(addresses[at]) == digest

    @cached_property
    def _copied_by(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for id_, others in self.copies.items():
            for other in others:
                found.setdefault(other, []).append(id_)
        return found

    def copies_of(self, id_: str) -> list[int]:
        """Positions of the articles whose text is the same: ingest notes them on the later article only."""
        others = {*self.copies.get(id_, ()), *self._copied_by.get(id_, ())}
        return sorted(position for other in others if (position := self.position_of(other)) >= 0)

    # The calendar

    @cached_property
    def months(self) -> dict[str, range]:
        """Positions by `YYYY-MM`; articles dated to a year alone are under `YYYY`, undated ones under `""`."""
        found = self.columns.months
        firsts = [0, *(np.flatnonzero(np.diff(found)) + 1).tolist(), len(found)] if len(found) else []
        return {self.labels.names[found[first]][1]: range(first, last) for first, last in pairwise(firsts)}

    @cached_property
    def years(self) -> dict[str, range]:
        """Positions by year; `""` for articles without a date."""
        found: dict[str, range] = {}
        for month, positions in self.months.items():
            known = found.get(month[:4], positions)
            found[month[:4]] = range(known.start, positions.stop)
        return found

    @cached_property
    def _year_starts(self) -> tuple[list[str], NDArray[np.int32]]:
        years = self.years
        return list(years), np.array([positions.start for positions in years.values()], dtype=np.int32)

    def by_year(self, positions: NDArray[np.int32]) -> list[tuple[str, NDArray[np.int32]]]:
        """Ascending positions cut by year."""
        names, starts = self._year_starts
        cuts = np.searchsorted(positions, starts).tolist()
        cuts.append(len(positions))
        return [
            (name, positions[first:last])
            for name, (first, last) in zip(names, pairwise(cuts), strict=True)
            if first < last
        ]

    # Groups

    def group(self, number: int) -> Group:
        """The group of a number; always the same object while it is held."""
        found = self._groups.get(number)
        if found is None:
            if len(self._groups) > 50_000:
                self._groups.clear()
            found = self._groups[number] = Group(self, number)
        return found

    def address(self, number: int) -> tuple[str, str, bool]:
        """Family and slug of a group, and whether it is an entity's: all that takes no counting of names."""
        space, slug = self.labels.groups[number]
        return (space[1:], slug, False) if space.startswith("\n") else (family_of_kind(space), slug, True)

    def forget_groups(self) -> None:
        """Let go of the groups that were made; they are made again when they are asked for."""
        self._groups.clear()

    def group_named(self, family: str, name: str) -> Group:
        """The source, author or tag of that name."""
        return self.group(self.labels.groups.find((space_of_family(family), slugify(name))))

    def count(self, number: int) -> int:
        """Articles in a group."""
        counts = self.memberships.counts
        return int(counts[number]) if 0 <= number < len(counts) else 0

    def is_live(self, number: int) -> bool:
        """Whether articles name the group and editors do not hide it."""
        return bool(0 <= number < len(self.memberships.live) and self.memberships.live[number])

    def has_page(self, number: int) -> bool:
        """Whether the group stands on a page of its own."""
        return bool(0 <= number < len(self.memberships.pages) and self.memberships.pages[number])

    def member_array(self, number: int) -> NDArray[np.int32]:
        """Positions of a group's members, ascending."""
        starts = self.memberships.starts
        if number + 1 >= len(starts):
            return self.memberships.members[:0]
        return self.memberships.members[starts[number] : starts[number + 1]]

    def groups_of(self, position: int) -> NDArray[np.int32]:
        """Numbers of all groups of an article as its labels have them: repeats and hidden ones too."""
        columns = self.columns
        first, last = int(columns.starts[position]), int(columns.starts[position + 1])
        found = self.labels.group_of[columns.labels[first:last]]
        if self.memberships.claimed:
            for index in range(first, last):
                found[index - first] = self.memberships.claimed.get(index, found[index - first])
        return found

    def tag_groups(self, position: int) -> list[int]:
        """For each of an article's `tags`, the number of its group, hidden or not."""
        found: list[int] = self.groups_of(position)[int(self.columns.tags[position]) :].tolist()
        return found

    def _tagged(self, position: int) -> tuple[Group | None, ...]:
        live = self._live
        return tuple([self.group(number) if live[number] else None for number in self.tag_groups(position)])

    def _named(self, position: int) -> tuple[int, ...]:
        found = self._named_by.get(position)
        if found is None:
            if len(self._named_by) >= _NAMED:
                self._named_by.clear()
            live = self._live
            found = tuple([number for number in dict.fromkeys(self.tag_groups(position)) if live[number]])
            self._named_by[position] = found
        return found

    @cached_property
    def _live(self) -> bytes:
        """As `memberships.live`, for single groups: an item of an array takes five times as long."""
        return self.memberships.live.tobytes()

    def entity_counts(self, positions: range) -> NDArray[np.int64]:
        """For each group, how many of some articles that follow each other name it, if it is an entity."""
        first, last = int(self.columns.starts[positions.start]), int(self.columns.starts[positions.stop])
        group = self.labels.group_of[self.columns.labels[first:last]].astype(np.int64)
        for index, number in self.memberships.claimed.items():
            if first <= index < last:
                group[index - first] = number
        lengths = np.diff(self.columns.starts[positions.start : positions.stop + 1])
        keys = np.unique((group << 32) | np.repeat(np.arange(len(lengths), dtype=np.int64), lengths))
        found = self.memberships
        counts = np.bincount(keys >> 32, minlength=len(found.live))
        return counts * (found.live & ~found.others)

    def signed(self, group: Group) -> int:
        """How many of a group's articles name it, letter by letter, as one of their authors."""
        label = self.labels.names.find((space_of_family("authors"), group.name))
        if label < 0:
            return 0
        by_author = self.member_array(int(self.labels.group_of[label]))
        both = np.intersect1d(by_author, self.member_array(group.number), assume_unique=True)
        starts, tags, labels = self.columns.starts, self.columns.tags, self.columns.labels
        return sum(label in labels[starts[at] : starts[at] + tags[at]] for at in both.tolist())

    def month_counts(self, positions: Sequence[int]) -> dict[str, int]:
        """Articles by `YYYY-MM`; those whose month is not known under `YYYY` or `""`."""
        found, counts = np.unique(self.columns.months[np.asarray(positions, dtype=np.int32)], return_counts=True)
        names = (self.labels.names[label][1] for label in found.tolist())
        return dict(zip(names, counts.tolist(), strict=True))

    def day_counts(self, year: str) -> tuple[tuple[int, ...], ...]:
        """Articles on each day, from the first, of the twelve months of a year; empty where no day is known."""
        found = []
        for number in range(1, 13):
            month = self.months.get(f"{year}-{number:02d}", range(0))
            days = np.bincount(self.columns.days[month.start : month.stop], minlength=32)[1:]
            found.append(tuple(days.tolist()) if days.any() else ())
        return tuple(found)

    @cached_property
    def company(self) -> Company:
        """How often entities with pages are named together."""
        return company_of(self)

    @cached_property
    def named_counts(self) -> list[int]:
        """How many entities each article names."""
        found = self.memberships
        entity = np.repeat(found.live & ~found.others, found.counts)
        counts: list[int] = np.bincount(found.members[entity], minlength=len(self.columns)).tolist()
        return counts

    def entity(self, number: int) -> Entity:
        """The entity of a group as pages show it."""
        space, slug = self.labels.groups[number]
        counts = self.memberships.label_counts
        found: dict[str, int] = {}
        for label in self.labels.labels_of(number):
            if label < len(counts) and counts[label]:
                name = self.labels.names[label][1]
                found[name] = found.get(name, 0) + int(counts[label])
        for index, group in self.memberships.claimed.items():
            if group == number:
                name = self.labels.names[int(self.columns.labels[index])][1]
                found[name] = found.get(name, 0) + 1
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        return self.labels.rules.entity(EntityKey(space, slug), int(self.labels.root[number]), ranked)

    def first_name(self, number: int) -> str:
        """The name under which the oldest article of a source, author or tag has it."""
        position = int(self.member_array(number)[0])
        groups = self.groups_of(position)[: int(self.columns.tags[position])].tolist()
        label = self.columns.labels[int(self.columns.starts[position]) + groups.index(number)]
        return self.labels.names[label][1]

    @cached_property
    def other_names(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Other names of entities by kind and slug, for those that have any."""
        return names_of(self, range(len(self.memberships.live)))

    @cached_property
    def old_addresses(self) -> dict[str, str]:
        """Former URL of an entity → its URL now."""

        def is_named(key: EntityKey) -> bool:
            return self.count(self.labels.groups.find((key.kind, key.slug))) > 0

        return {
            group_url(family_of_kind(was.kind), was.slug): group_url(family_of_kind(now.kind), now.slug)
            for was, now in self.labels.rules.redirects(is_named).items()
        }

    # Families

    @cached_property
    def live_in_order(self) -> NDArray[np.bool_]:
        """For each group by space and slug, whether it is live."""
        return _padded(self.memberships.live, len(self.order))[self.order]

    @cached_property
    def page_in_order(self) -> NDArray[np.bool_]:
        """For each group by space and slug, whether it has a page."""
        return _padded(self.memberships.pages, len(self.order))[self.order]

    @cached_property
    def other_in_order(self) -> NDArray[np.bool_]:
        """For each group by space and slug, whether it is no entity."""
        return _padded(self.memberships.others, len(self.order))[self.order]

    @cached_property
    def _live_sums(self) -> NDArray[np.int64]:
        sums = np.zeros(len(self.live_in_order) + 1, dtype=np.int64)
        np.cumsum(self.live_in_order, out=sums[1:])
        return sums

    def live_between(self, first: int, last: int) -> int:
        """How many of the groups first … last - 1, by space and slug, are live."""
        return int(self._live_sums[last] - self._live_sums[first])

    def slug_range(self, space: str, prefix: str) -> tuple[int, int]:
        """Which of the groups, by space and slug, stand in a space and have slugs that begin with a prefix."""
        order, groups = self.order, self.labels.groups
        low, high = 0, len(self.live_in_order)
        if prefix:
            low, high = self._space_range(space)
        first = bisect_left(order, (space, prefix), low, high, key=groups.__getitem__)
        last = bisect_left(order, (space, prefix + _AFTER_ALL), first, high, key=groups.__getitem__)
        return first, last

    def _space_range(self, space: str) -> tuple[int, int]:
        found = self._space_ranges.get(space)
        if found is None:
            found = self._space_ranges[space] = self.slug_range(space, "")
        return found

    @cached_property
    def _space_ranges(self) -> dict[str, tuple[int, int]]:
        return {}

    @cached_property
    def families(self) -> dict[str, Family]:
        """Groups by family, then slug."""
        spaces: dict[str, list[str]] = {family: [kind] for kind, family in _KNOWN_FAMILIES.items()}
        spaces.update({family: [space_of_family(family)] for family in GROUP_FAMILIES})
        for kind in self.kinds:
            if kind not in _KNOWN_FAMILIES:
                spaces.setdefault(family_of_kind(kind), []).append(kind)
        return {family: Family(self, found) for family, found in spaces.items()}

    @cached_property
    def kinds(self) -> list[str]:
        """Kinds of the entities that the archive has, ascending."""
        found: list[str] = []
        order, groups = self.order, self.labels.groups
        at = bisect_left(order, ("\n" + _AFTER_ALL, ""), key=groups.__getitem__)
        while at < len(self.live_in_order):
            space = groups[order[at]][0]
            end = self._space_range(space)[1]
            if self.live_between(at, end):
                found.append(space)
            at = max(end, at + 1)
        return found

    # A–Z lists

    def letters(self, family: str) -> list[str]:
        """First characters of a family's A–Z lists, ascending."""
        return sorted({letter_of(first) for first in self.families[family].next_characters("")})

    def letter_lists(self, family: str) -> list[str]:
        """Prefixes of all A–Z lists of a family."""
        found: list[str] = []

        def collect(prefix: str) -> None:
            found.append(prefix)
            for longer in self.finer(family, prefix):
                collect(longer)

        for letter in self.letters(family):
            collect(letter)
        return found

    def finer(self, family: str, prefix: str) -> list[str]:
        """Longer prefixes whose names stand in lists of their own; none where the list is short enough."""
        found = self._finer.get((family, prefix))
        if found is None:
            names = self.families[family]
            found = []
            if prefix != DIGITS and len(prefix) < LONGEST_PREFIX and names.size(prefix) > letters.LETTER_LIST:
                longer = (prefix + character for character in names.next_characters(prefix))
                found = [name for name in longer if names.size(name) > letters.FEW]
            self._finer[family, prefix] = found
        return found

    def has_letter_list(self, family: str, prefix: str) -> bool:
        """Whether there is an A–Z list of that prefix."""
        at = letter_of(prefix)
        if at not in self.letters(family):
            return False
        while at != prefix:
            longer = prefix[: len(at) + 1]
            if at == DIGITS or longer not in self.finer(family, at):
                return False
            at = longer
        return True

    def letter_list_of(self, family: str, slug: str) -> str:
        """Prefix of the A–Z list that a slug stands in."""
        prefix = letter_of(slug)
        while len(slug) > len(prefix) and prefix != DIGITS:
            longer = slug[: len(prefix) + 1]
            if longer not in self.finer(family, prefix):
                break
            prefix = longer
        return prefix

    def letter_slugs(self, family: str, prefix: str) -> list[str]:
        """Slugs that stand in an A–Z list."""
        names = self.families[family]
        if prefix == DIGITS:
            return [slug for first in names.next_characters("") if first.isdigit() for slug in names.slugs(first)]
        moved = tuple(self.finer(family, prefix))
        slugs = names.slugs(prefix)
        return [slug for slug in slugs if not slug.startswith(moved)] if moved else slugs


_SHARED = (
    "_id_order",
    "_live_sums",
    "_sorted_ids",
    "_space_ranges",
    "_year_starts",
    "company",
    "kinds",
    "live_in_order",
    "months",
    "named_counts",
    "other_names",
    "other_in_order",
    "page_in_order",
    "years",
)
"""What follows from the labels in the rows alone."""

_NAMED = 1 << 14
"""Articles whose entities are kept: later ones are compared with them."""

_AFTER_ALL = "\U0010ffff"


def names_of(library: Library, numbers: Sequence[int]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Of some groups those that are entities with other names: kind and slug → these names."""
    found, labels = library.memberships, library.labels
    used = np.flatnonzero(found.label_counts > 0)
    names = np.bincount(labels.group_of[used], minlength=len(found.live))[: len(found.live)]
    names[list(found.claimed.values())] += 1
    several = found.live & ~found.others & ((names > 1) | (labels.root[: len(found.live)] >= 0))
    chosen = np.asarray(numbers, dtype=np.int64)
    chosen = chosen[chosen < len(several)]
    entities = (library.entity(number) for number in chosen[several[chosen]].tolist())
    return {(entity.kind, entity.slug): entity.aliases for entity in entities if entity.aliases}


_KNOWN_FAMILIES = {kind: family_of_kind(kind) for kind in ("person", "organization", "place")}


def _padded(values: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Groups that were added since have no members yet."""
    if len(values) == length:
        return values
    return np.concatenate([values, np.zeros(length - len(values), dtype=np.bool_)])


def _gather(library: Library) -> Memberships:
    columns, labels = library.columns, library.labels
    claimed = _claims(library)
    group = labels.group_of[columns.labels]
    for index, number in claimed.items():
        group[index] = number
    size = len(labels.groups)
    rows = np.repeat(np.arange(len(columns), dtype=np.int64), np.diff(columns.starts))
    keys = (group.astype(np.int64) << 32) | rows
    keys.sort()
    if len(keys):
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    counts = np.bincount(keys >> 32, minlength=size).astype(np.int32)
    starts = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    label_counts = np.bincount(columns.labels, minlength=len(labels.names))
    for index in claimed:
        label_counts[columns.labels[index]] -= 1

    root, lone = labels.root, labels.lone
    others = labels.is_other
    hidden = np.array([entry.hide for entry in labels.rules.authority.entries] + [False], dtype=np.bool_)[root]
    live = (counts > 0) & ~hidden
    plain = (root < 0) & (lone == 0) & ~others
    threshold = _threshold(library, counts[plain])
    group_threshold = _threshold(library, counts[others])
    pages = live & np.where(others, counts >= group_threshold, (root >= 0) | (plain & (counts >= threshold)))
    members = (keys & 0xFFFFFFFF).astype(np.int32)
    return Memberships(members, starts, counts, live, pages, others, label_counts, claimed, threshold, group_threshold)


def _threshold(library: Library, counts: NDArray[np.int32]) -> int:
    ranked = np.sort(counts[counts > 1])[::-1]
    return page_threshold(library.min_articles, len(library.cards), ranked.tolist())


def _claims(library: Library) -> dict[int, int]:
    """Tags that an entry of the authority claims in single articles."""
    columns, labels = library.columns, library.labels
    found: dict[int, int] = {}
    for id_ in labels.rules.authority.article_claims:
        position = library.position_of(id_)
        if position < 0:
            continue
        first = int(columns.starts[position]) + int(columns.tags[position])
        for index in range(first, int(columns.starts[position + 1])):
            root = labels.rules.claim(CardTag(*labels.names[int(columns.labels[index])]), id_)
            if root >= 0:
                found[index] = labels.claimed_group(root)
    return found


def gather(cards: Iterable[Card], catalogue: Catalogue) -> Library:
    """The library of cards that are all in memory; the catalogue is fed with those that are listed."""
    every = sorted(cards, key=sort_key)
    listed = [card for card in every if card.status in LISTED]
    for card in listed:
        catalogue.add(card.id, card.tags)
    labels = Labels(catalogue.rules)
    return Library(
        make_columns((Row(card, number) for number, card in enumerate(listed)), labels),
        labels,
        listed.__getitem__,
        unlisted=[card for card in every if card.status in ("redacted", "withdrawn")],
        copies={card.id: card.copies for card in listed if card.copies},
        aliases={card.id: card.aliases for card in listed if card.aliases},
        min_articles=catalogue.min_articles,
    )
