"""Changing many packed lists at once: decode, take out, put in, encode; wherever each of them lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.changes import ListChange, RebuildNeeded, places_of
from sitegen.search.layout import Layout
from sitegen.search.lists import (
    BLOCK_BITS,
    NO_CODE,
    Edit,
    decode_lists,
    encode_lists,
    is_blocked,
    is_marker,
    list_bucket,
    marker,
    piece_name,
    splice_lists,
)

NUMBER_BITS = 24
"""Numbers of documents and of blocks lie below 2 ** 24."""


class OldList(msgspec.Struct, frozen=True):
    """What is known of a list before a change."""

    text: str | None
    """What stands in the dictionary: the list, the mark of one elsewhere, None where there is no such key. Of a
    term's list that lies elsewhere it need not be known."""
    count: int | None
    """Documents; None if unknown."""


class ListPatch:
    """Changed lists, and the files of lists that hold them."""

    def __init__(self, layout: Layout, load: Callable[[int], dict[str, str]], size: int) -> None:
        self._layout = layout
        self._load = load
        self._blocks = range((max(1, size) - 1 >> BLOCK_BITS) + 1)
        self.files: dict[int, dict[str, str]] = {}
        """Files of lists, by number, that were read or changed."""
        self.before: dict[str, str] = {}
        """What stood in the dictionary: the list or its mark; empty where there was none."""
        self.texts: dict[str, str] = {}
        """What stands there now."""
        self.counts: dict[str, int] = {}
        """Documents now."""
        self.fields: dict[str, NDArray[np.int64]] = {}
        """Numbers of changed field lists."""

    def file_of(self, piece: str, *, block: bool) -> dict[str, str]:
        """The file that a list or block belongs to."""
        number = list_bucket(piece, self._layout, block=block)
        if number not in self.files:
            self.files[number] = self._load(number)
        return self.files[number]

    def pieces_of(self, key: str, text: str, blocks: Iterable[int] | None = None) -> list[tuple[str, int]]:
        """Names of the pieces that hold a list, with the first number of each; only those that there are.

        Args:
            key: of the list.
            text: its mark.
            blocks: those that are asked for, if it is in blocks; all by default.
        """
        if not is_blocked(text, self._layout):
            return [(key, 0)]
        wanted = sorted(self._blocks if blocks is None else blocks)
        named = [(piece_name(key, block), block << BLOCK_BITS) for block in wanted]
        return [(name, base) for name, base in named if name in self.file_of(name, block=True)]

    def fill_blocks(self, key: str, names: Iterable[str] | None) -> None:
        """Leave an empty list for those of a list's blocks (by default of all) that no document is in."""
        for name in [piece_name(key, block) for block in self._blocks] if names is None else names:
            self.file_of(name, block=True).setdefault(name, "")

    def whole(self, key: str) -> str:
        """A changed field list in one piece."""
        return _pack_field(self.fields[key])

    def read_whole(self, key: str, text: str) -> str:
        """An unchanged field list in one piece, given what stands in the dictionary."""
        if not is_marker(text):
            return text
        pieces = self.pieces_of(key, text)
        block = is_blocked(text, self._layout)
        texts = [self.file_of(name, block=block)[name] for name, _ in pieces]
        numbers, _, starts = decode_lists(texts, np.zeros(len(texts), dtype=bool))
        return _pack_field(numbers + np.repeat([base for _, base in pieces], np.diff(starts)))


def _pack_field(numbers: NDArray[np.int64]) -> str:
    codes = np.full(len(numbers), NO_CODE, dtype=np.int64)
    return encode_lists(numbers, codes, np.array([0, len(numbers)], dtype=np.int64))[0]


def change_lists(
    changes: Mapping[str, ListChange],
    old: Mapping[str, OldList],
    layout: Layout,
    load: Callable[[int], dict[str, str]],
    size: int,
) -> ListPatch:
    """Change lists.

    Args:
        changes: what goes and comes, by key.
        old: what is known of each of these lists.
        layout: sizes.
        load: reads a file of lists.
        size: numbers lay below this before the change.

    Raises:
        RebuildNeeded: a list lacks what should go, or has what should come.
    """
    patch = ListPatch(layout, load, size)
    staying = {key: count for key, change in changes.items() if (count := _stays(old[key], change, layout)) is not None}
    _splice(patch, staying, changes, old, layout)
    _rewrite(patch, [key for key in changes if key not in staying], changes, old, layout)
    return patch


def _form(count: int, layout: Layout) -> int:
    """Where a list lies: in the dictionary, in a file, or in blocks."""
    return (count >= 1 << layout.inline_bits) + (count >= 1 << layout.block_bits)


def _stays(known: OldList, change: ListChange, layout: Layout) -> int | None:
    """Number of documents after the change of a list that lies where it lay; None where it moves, or is a field's."""
    if not change.coded or not known.count:
        return None
    count = known.count - len(change.gone) + len(change.come)
    return count if count > 0 and _form(count, layout) == _form(known.count, layout) else None


def _splice(
    patch: ListPatch,
    counts: Mapping[str, int],
    changes: Mapping[str, ListChange],
    old: Mapping[str, OldList],
    layout: Layout,
) -> None:
    """Change lists that stay where they lie; `counts`: documents of each after the change."""
    edits: list[Edit] = []
    places: list[tuple[dict[str, str], str]] = []
    for key, count in counts.items():
        change, text = changes[key], old[key].text
        form = _form(count, layout)
        patch.counts[key] = count
        patch.before[key] = (text or "") if not form else marker(old[key].count or 0)
        patch.texts[key] = marker(count)
        blocks = sorted({number >> BLOCK_BITS for number in (*change.gone, *change.come)}) if form == 2 else [None]
        for block in blocks:
            name = key if block is None else piece_name(key, block)
            place = patch.file_of(name, block=form == 2) if form else patch.texts
            base = (block or 0) << BLOCK_BITS
            gone = [number - base for number in change.gone if block in (None, number >> BLOCK_BITS)]
            come = {n - base: code for n, code in change.come.items() if block in (None, n >> BLOCK_BITS)}
            edits.append(Edit(place[name] if form else patch.before[key], gone, come))
            places.append((place, name))
    for (place, name), text in zip(places, splice_lists(edits), strict=True):
        place[name] = text


def _rewrite(
    patch: ListPatch,
    keys: Sequence[str],
    changes: Mapping[str, ListChange],
    old: Mapping[str, OldList],
    layout: Layout,
) -> None:
    """Change lists as a whole."""
    coded = np.array([changes[key].coded for key in keys], dtype=bool)
    texts: list[str] = []
    owners: list[int] = []
    bases: list[int] = []
    taken: dict[str, list[str]] = {}
    for index, key in enumerate(keys):
        known, change = old[key], changes[key]
        text = known.text
        if text is None:
            text = marker(known.count) if known.count else ""
        patch.before[key] = text
        if not is_marker(text):
            pieces = [("", 0)] if text else []
        else:
            after = (known.count or 0) - len(change.gone) + len(change.come)
            some = known.count is not None and after >= 1 << layout.block_bits
            numbers = (*change.gone, *change.come)
            pieces = patch.pieces_of(key, text, {number >> BLOCK_BITS for number in numbers} if some else None)
        block = is_blocked(text, layout)
        taken[key] = [name for name, _ in pieces]
        for name, base in pieces:
            texts.append(patch.file_of(name, block=block).pop(name) if name else text)
            owners.append(index)
            bases.append(base)
    owner_of = np.array(owners, dtype=np.int64)
    numbers_in, codes_in, starts_in = decode_lists(texts, coded[owner_of])
    sizes = np.diff(starts_in)
    merged = (
        (np.repeat(owner_of, sizes) << NUMBER_BITS) + np.repeat(np.array(bases, dtype=np.int64), sizes) + numbers_in
    )
    gone = sorted(i << NUMBER_BITS | n for i, key in enumerate(keys) for n in changes[key].gone)
    come = sorted((i << NUMBER_BITS | n, code) for i, key in enumerate(keys) for n, code in changes[key].come.items())
    # All is ascending: by key, then number.
    places = places_of(merged, np.array(gone, dtype=np.int64))
    merged, codes = np.delete(merged, places), np.delete(codes_in, places)
    fresh = np.array([element for element, _ in come], dtype=np.int64)
    places = np.searchsorted(merged, fresh)
    merged = np.insert(merged, places, fresh)
    codes = np.insert(codes, places, np.array([code for _, code in come], dtype=np.int64))
    if (merged[1:] <= merged[:-1]).any():
        raise RebuildNeeded("a list has a document already")
    owner_of, numbers_out = merged >> NUMBER_BITS, merged & ((1 << NUMBER_BITS) - 1)
    found = np.bincount(owner_of, minlength=len(keys))
    for index, key in enumerate(keys):
        known, change = old[key], changes[key]
        count = int(found[index])
        patch.counts[key] = count if known.count is None else known.count - len(change.gone) + len(change.come)
        patch.texts[key] = marker(patch.counts[key]) if patch.counts[key] >= 1 << layout.inline_bits else ""
    blocked = np.array([patch.counts[key] >= 1 << layout.block_bits for key in keys], dtype=bool)[owner_of]
    block_of = np.where(blocked, numbers_out >> BLOCK_BITS, 0)
    piece_of = owner_of << NUMBER_BITS | block_of
    begins = np.flatnonzero(np.diff(piece_of, prepend=-1))
    starts = np.append(begins, len(piece_of))
    packed = encode_lists(numbers_out - np.where(blocked, block_of << BLOCK_BITS, 0), codes, starts)
    for text, at in zip(packed, begins.tolist(), strict=True):
        key = keys[int(owner_of[at])]
        if not patch.texts[key]:
            patch.texts[key] = text
        elif is_marker(patch.texts[key]):
            name = piece_name(key, int(block_of[at])) if blocked[at] else key
            patch.file_of(name, block=bool(blocked[at]))[name] = text
    for key in keys:
        if patch.counts[key] >= 1 << layout.block_bits:
            patch.fill_blocks(key, taken[key] if is_blocked(patch.before[key], layout) else None)
    bounds = np.searchsorted(owner_of, np.arange(len(keys) + 1)).tolist()
    for index, key in enumerate(keys):
        if not changes[key].coded:
            patch.fields[key] = numbers_out[bounds[index] : bounds[index + 1]]
