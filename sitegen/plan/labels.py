"""Names that articles bear, and the groups they belong to: numbered once, never renumbered.

A *label* is a name as articles have it (`NASA`, tagged as an organisation; the author `Ann Lee`). A *group* is what
labels of one slug share: an entity, a source, an author, a tag. Both are only ever added, so that numbers stay the same
from one state of an archive to the next; a group that no article names any more simply has no members.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.entities.catalogue import NamingRules
from sitegen.plan.urls import GROUP_FAMILIES
from sitegen.slug import slugify

Arrays = Mapping[str, NDArray[np.generic]]
"""Named columns, as a snapshot keeps them."""

_SPACE_OF_FAMILY = {family: f"\n{family}" for family in GROUP_FAMILIES}
"""Groups that are no entities stand apart from all kinds of entities: no kind begins with a line break."""

MONTHS = "\nmonths"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str]).decode


def space_of_family(family: str) -> str:
    """Where the labels and groups of a family stand that is not one of entities."""
    return _SPACE_OF_FAMILY[family]


def hash64(text: str) -> int:
    """64 bits of a text's digest."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Table:
    """Pairs of texts by number; decoded on access, found by content. Grows at its end only."""

    def __init__(self, name: str = "", saved: Arrays | None = None) -> None:
        """An empty table, or the one of that name among saved columns."""
        if saved is None:
            self._blob = memoryview(b"")
            self._ends: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
            self._hashes: NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
            self._by_hash: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        else:
            self._blob = memoryview(saved[f"{name}.blob"].data)
            self._ends = saved[f"{name}.ends"].astype(np.int64, copy=False)
            self._hashes = saved[f"{name}.hashes"].astype(np.uint64, copy=False)
            self._by_hash = saved[f"{name}.by_hash"].astype(np.int32, copy=False)
        self._name = name
        self._base = len(self._ends) - 1
        self._added: list[bytes] = []
        self._known: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return self._base + len(self._added)

    def __getitem__(self, number: int) -> tuple[str, str]:
        if number >= self._base:
            return _decode(self._added[number - self._base])
        return _decode(self._blob[self._ends[number] : self._ends[number + 1]])

    def find(self, pair: tuple[str, str]) -> int:
        """The number of a pair; -1 where the table does not hold it."""
        number = self._known.get(pair)
        if number is None:
            number = self._find_saved(pair)
            if number >= 0:
                self._known[pair] = number
        return number

    def _find_saved(self, pair: tuple[str, str]) -> int:
        if not self._base:
            return -1
        wanted = _hash(_encode(pair))
        at = int(np.searchsorted(self._hashes, np.uint64(wanted)))
        while at < self._base and int(self._hashes[at]) == wanted:
            number = int(self._by_hash[at])
            if self[number] == pair:
                return number
            at += 1
        return -1

    def add(self, pair: tuple[str, str]) -> int:
        """Append a pair that the table does not hold; its number."""
        number = len(self)
        self._added.append(_encode(pair))
        self._known[pair] = number
        return number

    def save(self) -> dict[str, NDArray[np.generic]]:
        """The columns that make the same table again."""
        if self._added:
            hashes = np.array([_hash(data) for data in self._added], dtype=np.uint64)
            all_hashes = np.concatenate([self._hashes[np.argsort(self._by_hash)], hashes])
            self._by_hash = np.argsort(all_hashes).astype(np.int32)
            self._hashes = all_hashes[self._by_hash]
            lengths = np.cumsum([len(data) for data in self._added]) + self._ends[-1]
            self._ends = np.concatenate([self._ends, lengths])
            self._blob = memoryview(b"".join([self._blob, *self._added]))
            self._base, self._added = len(self._ends) - 1, []
        return {
            f"{self._name}.blob": np.frombuffer(self._blob, dtype=np.uint8),
            f"{self._name}.ends": self._ends,
            f"{self._name}.hashes": self._hashes,
            f"{self._name}.by_hash": self._by_hash,
        }


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


class _Column:
    """An array that grows at its end."""

    def __init__(self, values: NDArray[np.int32]) -> None:
        self._values = values
        self._added: list[int] = []

    def add(self, value: int) -> None:
        self._added.append(value)

    def array(self) -> NDArray[np.int32]:
        if self._added:
            self._values = np.concatenate([self._values, np.array(self._added, dtype=np.int32)])
            self._added = []
        return self._values


class Labels:
    """All labels and groups of an archive, under one set of naming rules."""

    def __init__(self, rules: NamingRules, saved: Arrays | None = None) -> None:
        """Empty, or as `save` kept them under the same rules."""
        self.rules = rules
        self.names = Table("labels", saved)
        """(space, name) of each label; the space is the kind of entity, or that of `space_of_family`."""
        self.groups = Table("groups", saved)
        """(space, slug) of each group."""
        nothing = np.zeros(0, dtype=np.int32)
        self._group_of = _Column(nothing if saved is None else saved["labels.group"].astype(np.int32, copy=False))
        self._lone = _Column(nothing if saved is None else saved["groups.lone"].astype(np.int32, copy=False))
        self._other = _Column(nothing if saved is None else saved["groups.other"].astype(np.int32, copy=False))
        self._root = _Column(nothing if saved is None else saved["groups.root"].astype(np.int32, copy=False))
        self._order = nothing if saved is None else saved["groups.order"].astype(np.int32, copy=False)
        self._unordered: list[int] = []
        self._by_group = nothing if saved is None else saved["labels.by_group"].astype(np.int32, copy=False)
        self._sorted_groups = nothing
        """Groups of the labels in the order of `_by_group`."""

    def save(self) -> dict[str, NDArray[np.generic]]:
        """The columns that make the same labels again."""
        return {
            **self.names.save(),
            **self.groups.save(),
            "labels.group": self.group_of,
            "groups.lone": self.lone,
            "groups.other": self._other.array(),
            "groups.root": self.root,
            "groups.order": self.order,
            "labels.by_group": self._labels_by_group(),
        }

    def number(self, space: str, name: str) -> int:
        """The label of a name, new or known."""
        label = self.names.find((space, name))
        if label < 0:
            label = self.names.add((space, name))
            self._group_of.add(self._group(space, name))
        return label

    def _group(self, space: str, name: str) -> int:
        if space == MONTHS:
            return self._record((space, name), -1, lone=False)
        if space.startswith("\n"):
            return self._record((space, slugify(name)), -1, lone=False)
        key, root, lone = self.rules.belonging(space, name)
        return self._record((key.kind, key.slug), root, lone)

    def claimed_group(self, root: int) -> int:
        """The group of an entry of the authority."""
        key, _, _ = self.rules.claimed(root)
        return self._record((key.kind, key.slug), root, lone=False)

    def _record(self, key: tuple[str, str], root: int, lone: bool) -> int:
        number = self.groups.find(key)
        if number < 0:
            number = self.groups.add(key)
            self._lone.add(lone)
            self._root.add(root)
            self._other.add(key[0].startswith("\n"))
            self._unordered.append(number)
        return number

    @property
    def group_of(self) -> NDArray[np.int32]:
        """The group of each label."""
        return self._group_of.array()

    @property
    def lone(self) -> NDArray[np.int32]:
        """1 for each group that is a surname alone."""
        return self._lone.array()

    @property
    def is_other(self) -> NDArray[np.bool_]:
        """True for each group that is no entity."""
        return self._other.array().astype(np.bool_)

    @property
    def root(self) -> NDArray[np.int32]:
        """The entry of the authority for each group, or -1."""
        return self._root.array()

    @property
    def order(self) -> NDArray[np.int32]:
        """All groups, ascending by space and slug."""
        if len(self._unordered) > 1000:
            self._order = np.array(sorted(range(len(self.groups)), key=self.groups.__getitem__), dtype=np.int32)
        elif self._unordered:
            added = sorted(self._unordered, key=self.groups.__getitem__)
            slots = [bisect_left(self._order, self.groups[number], key=self.groups.__getitem__) for number in added]
            self._order = np.insert(self._order, slots, np.array(added, dtype=np.int32))
        self._unordered = []
        return self._order

    def labels_of(self, group: int) -> list[int]:
        """The labels that belong to a group, entries' claims in single articles aside."""
        by_group = self._labels_by_group()
        if len(self._sorted_groups) != len(by_group):
            self._sorted_groups = self.group_of[by_group]
        first, last = self._sorted_groups.searchsorted(np.array((group, group + 1), dtype=np.int32)).tolist()
        found: list[int] = by_group[first:last].tolist()
        return found

    def _labels_by_group(self) -> NDArray[np.int32]:
        group_of = self.group_of
        first = len(self._by_group)
        if len(group_of) - first > 1000:
            self._by_group = np.argsort(group_of, kind="stable").astype(np.int32)
        elif first < len(group_of):
            added = np.argsort(group_of[first:], kind="stable").astype(np.int32) + np.int32(first)
            slots = np.searchsorted(group_of[self._by_group], group_of[added], side="right")
            self._by_group = np.insert(self._by_group, slots, added)
        return self._by_group
