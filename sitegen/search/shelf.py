"""The dictionary while it changes: shards that were asked for, taken apart, and cut anew where keys came or went."""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np

from sitegen.search.lexicon import (
    Entry,
    Name,
    ShardFile,
    boundaries,
    encode_rows,
    encode_shard,
    key_hashes,
    name_words,
    read_entry,
    shard_start,
    sort_keys,
    utf16,
)


class _Open:
    """A shard taken apart: as far as possible only around the terms that are asked for."""

    def __init__(self, file: ShardFile) -> None:
        self._file = file
        self.fields = dict(zip(file.keys, file.keyLists, strict=True))
        """What stands beside each field key."""
        self.names = file.names
        self.changed = False
        self.renamed = False
        self._forms_before: set[str] = set()

    @functools.cached_property
    def _entries(self) -> tuple[dict[str, set[str]], dict[str, str]]:
        terms: dict[str, set[str]] = {}
        texts: dict[str, str] = {}
        for written, text in zip(self._file.words, self._file.lists, strict=True):
            term, forms = read_entry(written)
            texts[term] = text
            for form in forms:
                terms.setdefault(form, set()).add(term)
        self._forms_before = set(terms)
        return terms, texts

    @property
    def terms(self) -> dict[str, set[str]]:
        """Terms of each surface form, all of them."""
        return self._entries[0]

    @property
    def texts(self) -> dict[str, str]:
        """What stands beside each term, all of them."""
        return self._entries[1]

    @property
    def _is_apart(self) -> bool:
        return "_entries" in self.__dict__

    def _row(self, term: str) -> int:
        """Where a term stands; -1 where it does not."""
        words = self._file.words
        row = bisect.bisect_left(words, term, key=_term_of)
        return row if row < len(words) and _term_of(words[row]) == term else -1

    @functools.cached_property
    def _joined(self) -> str:
        return " ".join(self._file.words)

    def text(self, term: str) -> str:
        """What stands beside a term.

        Raises:
            KeyError: it is not there.
        """
        if self._is_apart:
            return self.texts[term]
        row = self._row(term)
        if row < 0:
            raise KeyError(term)
        return self._file.lists[row]

    def set_text(self, term: str, text: str) -> None:
        """Replace what stands beside a term that is there."""
        self.changed = True
        if self._is_apart:
            self.texts[term] = text
        else:
            self._file.lists[self._row(term)] = text

    def terms_of(self, form: str) -> set[str]:
        """Terms that a surface form belongs to."""
        if self._is_apart:
            return self.terms.get(form, set())
        rows = (self._row(form[:size]) for size in range(1, len(form) + 1))
        written = [self._file.words[row] for row in rows if row >= 0]
        spelled = f"={form}"
        if spelled in self._joined:
            written += [words for words in self._file.words if spelled in words]
        return {term for term, forms in map(read_entry, written) if form in forms}

    def keys_now(self) -> list[str]:
        """Surface forms and field keys in order."""
        if self._is_apart:
            return sort_keys((*self.terms, *self.fields))
        return sort_keys({form for written in self._file.words for form in read_entry(written)[1]} | self.fields.keys())

    def has_other_keys(self) -> bool:
        """Whether keys came or went since it was opened."""
        if self.fields.keys() != set(self._file.keys):
            return True
        return self._is_apart and self.terms.keys() != self._forms_before

    def encode(self, names: list[Name]) -> bytes:
        """Write it as it is now."""
        fields = sorted(self.fields.items())
        if not self._is_apart:
            return encode_rows(self._file.words, self._file.lists, fields, names)
        forms: dict[str, list[str]] = {}
        for form in sorted(self.terms):
            for term in self.terms[form]:
                forms.setdefault(term, []).append(form)
        entries = [Entry(term, tuple(forms[term]), self.texts[term]) for term in sorted(forms)]
        return encode_shard(entries, fields, names)


def _term_of(written: str) -> str:
    return written.partition("+")[0].partition("=")[0]


class Shelf:
    """Shards of a dictionary, opened as they are asked for."""

    def __init__(self, starts: list[str], load: Callable[[int], bytes], window: int) -> None:
        """Take an index's shards.

        Args:
            starts: what each shard begins with.
            load: reads the content of a shard.
            window: as `boundaries` takes it.
        """
        self._starts = starts
        self._sorted = [utf16(start) for start in starts]
        self._load = load
        self._window = window
        self._open: dict[int, _Open] = {}

    def _place(self, key: str) -> int:
        return bisect.bisect_right(self._sorted, utf16(key)) - 1

    def _shard(self, number: int) -> _Open:
        found = self._open.get(number)
        if found is None:
            found = self._open[number] = _Open(msgspec.json.decode(self._load(number), type=ShardFile))
        return found

    def key_text(self, key: str) -> str | None:
        """What stands beside a field key; None where there is none."""
        return self._shard(self._place(key)).fields.get(key)

    def term_text(self, term: str, forms: Iterable[str]) -> str:
        """What stands beside a term that has these surface forms."""
        return self._shard(self._place(next(iter(forms)))).text(term)

    def terms_of(self, form: str) -> set[str]:
        """Terms that a surface form belongs to."""
        return self._shard(self._place(form)).terms_of(form)

    def set_key(self, key: str, text: str) -> None:
        """Replace what stands beside a field key; without text it goes."""
        shard = self._shard(self._place(key))
        if shard.fields.get(key, "") != text:
            shard.changed = True
            shard.fields[key] = text
            if not text:
                del shard.fields[key]

    def set_term(self, term: str, old: Iterable[str], new: Iterable[str], text: str) -> None:
        """Replace a term's surface forms and what stands beside it."""
        known, kept = set(old), set(new)
        for form in known | kept:
            shard = self._shard(self._place(form))
            if form in known and form in kept:
                shard.set_text(term, text)
                continue
            shard.changed = True
            owners = shard.terms.setdefault(form, set())
            owners.discard(term)
            if form in kept:
                owners.add(term)
            if not owners:
                del shard.terms[form]
            shard.texts[term] = text

    def touch_name(self, name: str) -> None:
        """Choose the names anew where this one may stand."""
        for word in name_words(name):
            self._shard(self._place(word)).renamed = True

    def finished(self, names: Callable[[str, str | None], list[Name]]) -> Iterator[tuple[str, int, bytes | None]]:
        """All shards in order: what each begins with, the number it had, and its content if it is to be written.

        Args:
            names: gives the names to offer for words from one string to below another.
        """
        pieces = list(self._pieces())
        starts: list[str | None] = [start for start, _, _, _ in pieces]
        for (start, number, shard, cut), end in zip(pieces, [*starts[1:], None], strict=True):
            if shard is None:
                yield start, number, None
                continue
            shown = names(start, end) if cut or shard.renamed else shard.names
            if not cut and not shard.changed and shown == shard.names:
                yield start, number, None
            else:
                yield start, number, shard.encode(shown)

    def _pieces(self) -> Iterator[tuple[str, int, _Open | None, bool]]:
        """All shards in order: start, old number, content if it was opened, and whether it was cut anew."""
        at = 0
        for first, last in self._regions():
            yield from self._as_they_were(at, first)
            yield from self._cut(first, last)
            at = last + 1
        yield from self._as_they_were(at, len(self._starts))

    def _as_they_were(self, first: int, last: int) -> Iterator[tuple[str, int, _Open | None, bool]]:
        return ((self._starts[number], number, self._open.get(number), False) for number in range(first, last))

    def _regions(self) -> list[tuple[int, int]]:
        """Runs of shards in which cuts may move: each whose keys changed, with its neighbours."""
        regions: list[tuple[int, int]] = []
        for number in sorted(self._open):
            shard = self._open[number]
            if not shard.changed or not shard.has_other_keys():
                continue
            first, last = max(0, number - 1), min(len(self._starts) - 1, number + 1)
            if regions and first <= regions[-1][1]:
                first = regions.pop()[0]
            regions.append((first, last))
        return regions

    def _cut(self, first: int, last: int) -> Iterator[tuple[str, int, _Open, bool]]:
        """Cut the keys of some shards anew; the neighbours on both sides decide on cuts near the ends."""
        opened = [self._shard(number) for number in range(first, last + 1)]
        before = self._shard(first - 1).keys_now()[-self._window :] if first else []
        after = self._shard(last + 1).keys_now()[: self._window] if last + 1 < len(self._starts) else []
        parts = [shard.keys_now() for shard in opened]
        keys = list(itertools.chain.from_iterable(parts))
        flags = boundaries(key_hashes([*before, *keys, *after]), self._window)[len(before) :][: len(keys)]
        cuts = [0, *(cut for cut in np.flatnonzero(flags).tolist() if cut), len(keys)]
        end = self._starts[last + 1] if last + 1 < len(self._starts) else ""
        old_starts = [*self._starts[first : last + 1], end]
        starts = [old_starts[0], *(shard_start(keys[cut], keys[cut - 1]) for cut in cuts[1:-1]), end]
        old_cuts = [0, *itertools.accumulate(map(len, parts))]
        old_pieces = list(itertools.pairwise(zip(old_cuts, old_starts, strict=True)))
        for piece in itertools.pairwise(zip(cuts, starts, strict=True)):
            if piece in old_pieces:
                same = old_pieces.index(piece)
                yield old_starts[same], first + same, opened[same], False
                continue
            (low, start), (high, _) = piece
            yield start, first, _merged(opened, keys[low:high]), True


def _merged(opened: Iterable[_Open], keys: Iterable[str]) -> _Open:
    """A shard of some of the keys of several."""
    made = _Open(ShardFile([], []))
    wanted = set(keys)
    for shard in opened:
        made.fields.update((key, text) for key, text in shard.fields.items() if key in wanted)
        made.terms.update((form, owners) for form, owners in shard.terms.items() if form in wanted)
        made.texts.update(shard.texts)
    return made
