"""Bring an index up to date with some changed articles, to the bytes that building it anew would give.

Only files that hold something of the changed articles are read and written: lists are decoded, changed and encoded by
the functions that a full build uses. What would move a great part of the index (another rounded size or average length,
a month in the middle of the calendar, a pair of words that becomes frequent) is left to a full build: `RebuildNeeded`.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from sitegen.search.analysis import base_language
from sitegen.search.build import HEAD_ENTITIES
from sitegen.search.calendar import DAY_SEGMENTS, bases_of, pack_slots, room, segment_of, slots_of
from sitegen.search.cards import Card, Row, columns_of, read_cards, snippet, write_cards
from sitegen.search.changes import (
    ArticleText,
    Change,
    ListChange,
    Numbered,
    NumberedChange,
    RebuildNeeded,
    WordChange,
    added_up,
    list_changes,
    places_of,
    sequence_changes,
)
from sitegen.search.facets import FACET_KINDS, MAX_VALUES, FacetFile, choose_values, encode_facet, facet_key
from sitegen.search.layout import layout_of
from sitegen.search.lexicon import ALIAS, SHARD_NAMES, AliasTable, Name, Tag, shard_stem, utf16
from sitegen.search.lists import BLOCK_BITS, encode_list_file, is_marker, marker
from sitegen.search.manifest import (
    MANIFEST,
    NO_DIGEST,
    SearchFile,
    finish_manifest,
    group_files,
    head_size,
    named_file,
    path_of,
    read_manifest,
    unwrap,
)
from sitegen.search.packing import pack_text
from sitegen.search.patches import ListPatch, OldList, change_lists
from sitegen.search.phrases import (
    bare_keys,
    cell_of,
    decode_cells,
    encode_cells,
    encode_phrase_file,
    unpack_fingerprints,
)
from sitegen.search.postings import rounded_average
from sitegen.search.shelf import Shelf
from sitegen.search.spelling import change_near_row, encode_near_file, near_bucket, near_keys, near_weight
from sitegen.search.state import SearchState, TermRow, alias_digest, counted_tag

MOST_MOVED = 24
"""Unchanged articles that an update moves to other numbers, at most."""


class SearchUpdate(msgspec.Struct, frozen=True):
    """Files to write, the manifest last, and paths that are no longer the index's."""

    files: list[SearchFile]
    gone: list[str]


def update_search(
    state: SearchState,
    changes: Sequence[Change],
    *,
    read: Callable[[str], bytes],
    exists: Callable[[str], bool],
    article: Callable[[str], ArticleText],
    aliases: AliasTable | None = None,
    scripts: bool = False,
) -> SearchUpdate:
    """Update an index and its state.

    Args:
        state: what was kept of the last build or update; changed in place, of no use after an error.
        changes: articles that came, went or changed.
        read: gives the content of a file of the index by its path relative to the site's root.
        exists: whether the index has a file.
        article: gives an unchanged article by its id.
        aliases, scripts: as for `plan_search`.

    Raises:
        RebuildNeeded: the index has to be built anew.
    """
    try:
        return _Update(state, read, exists, article, aliases or {}, scripts=scripts).run(changes)
    except (KeyError, IndexError, ValueError, msgspec.MsgspecError) as error:
        raise RebuildNeeded(f"the state does not fit the index: {error!r}") from error


class _Update:
    """One update: the old manifest, which becomes the new one, and what is to be written."""

    def __init__(
        self,
        state: SearchState,
        read: Callable[[str], bytes],
        exists: Callable[[str], bool],
        article: Callable[[str], ArticleText],
        aliases: AliasTable,
        *,
        scripts: bool,
    ) -> None:
        self.state = state
        self.read = read
        self.exists = exists
        self.article = article
        self.aliases = aliases
        self.scripts = scripts
        self.manifest = read_manifest(read(MANIFEST), read)
        self.layout = self.manifest.layout
        self.totals = state.totals()
        self.size = 0
        self.written: list[SearchFile] = []
        self.gone: list[str] = []

    def run(self, changes: Sequence[Change]) -> SearchUpdate:
        average = self._count(changes)
        old_names = self._phrase_names()
        numbered = self._number(changes)
        lists, words, tags = list_changes(numbered, average, self.aliases)
        self._change_phrases(numbered)
        rows = self._change_terms(words)
        counts = self._change_tags(tags)
        self._change_dictionary(lists, words, rows, counts)
        self.manifest.entities = [
            Name(*tag, count.bit_length() - 1) for count, tag in self.state.top_tags("", HEAD_ENTITIES)
        ]
        self.totals.changes += len(changes)
        self.state.save_totals(self.totals)
        last = finish_manifest(self.manifest)
        kept = {file.path for file in last}
        self.gone += [path for path in old_names if path not in kept]
        fresh = {file.path for file in self.written} | kept
        return SearchUpdate(
            [*self.written, *(file for file in last if file.path not in old_names)],
            sorted(set(self.gone) - fresh),
        )

    def _phrase_names(self) -> list[str]:
        """Paths of the files that hold the names of phrase files."""
        return [file.path for file in finish_manifest(self.manifest) if file.stamp.area == "names-p"]

    # Files

    def load(self, area: str, number: int, stem: str | None = None) -> bytes:
        """Content of a file of the old index."""
        digest = self.manifest.files[area][number]
        return unwrap(self.read(path_of(area, str(number) if stem is None else stem, digest, scripts=self.scripts)))

    def replace(self, area: str, number: int, data: bytes) -> None:
        """Write a file anew, if it is another."""
        digests = self.manifest.files[area]
        file = named_file(area, number, str(number), data, scripts=self.scripts)
        if number == len(digests):
            digests.append(NO_DIGEST)
        if file.stamp.digest != digests[number]:
            if digests[number] != NO_DIGEST:
                self.gone.append(path_of(area, str(number), digests[number], scripts=self.scripts))
            digests[number] = file.stamp.digest
            self.written.append(file)

    # Sums

    def _count(self, changes: Sequence[Change]) -> int:
        """Bring the sums up to date; the rounded average length, which may not change."""
        totals, layout = self.totals, self.layout
        if totals.aliases != alias_digest(self.aliases) or self.manifest.scripts != self.scripts:
            raise RebuildNeeded("other settings")
        if totals.documents != self.manifest.documents:
            raise RebuildNeeded("the state belongs to another index")
        if layout.many and totals.changes + len(changes) > layout.many // 4:
            raise RebuildNeeded("many changes")
        before = rounded_average(totals.length, totals.documents)
        languages: list[tuple[str, int]] = []
        for change in changes:
            for side, sign in ((change.old, -1), (change.new, 1)):
                if side is not None:
                    totals.documents += sign
                    totals.length += sign * side.length
                    languages.append((base_language(side.document.language), sign))
        totals.languages = added_up(languages, totals.languages)
        if sorted(totals.languages) != self.manifest.languages:
            raise RebuildNeeded("other languages")
        if not totals.documents or layout_of(totals.documents) != layout:
            raise RebuildNeeded("another size")
        if rounded_average(totals.length, totals.documents) != before:
            raise RebuildNeeded("another average length")
        self.manifest.documents = totals.documents
        return before

    # The calendar, with days and cards

    def _number(self, changes: Sequence[Change]) -> list[NumberedChange]:
        """Give numbers to the changed articles; those that have to move for them change, too."""
        manifest, least = self.manifest, self.layout.least_room
        old_labels = list(manifest.labels)
        old_bases = bases_of([room(count, least) for count in manifest.counts])
        self.size = old_bases[-1]
        counts = dict(zip(manifest.labels, manifest.counts, strict=True))
        touched: dict[str, tuple[dict[str, ArticleText], dict[str, ArticleText]]] = {}
        for change in changes:
            for side, sign in ((change.old, -1), (change.new, 1)):
                if side is None:
                    continue
                label, _ = segment_of(side.document.date)
                counts[label] = counts.get(label, 0) + sign
                sides = touched.setdefault(label, ({}, {}))[sign > 0]
                if side.document.id in sides:
                    raise RebuildNeeded("an article changed twice")
                sides[side.document.id] = side
        labels = sorted(label for label, count in counts.items() if count)
        common = min(len(labels), len(old_labels))
        if labels[:common] != old_labels[:common]:
            raise RebuildNeeded("another month")
        bases = bases_of([room(counts[label], least) for label in labels])
        if bases[:common] != old_bases[:common]:
            raise RebuildNeeded("a month has outgrown its numbers")
        if max(0, bases[-1] - 1) >> BLOCK_BITS != max(0, self.size - 1) >> BLOCK_BITS:
            raise RebuildNeeded("another number of blocks")
        manifest.labels, manifest.counts = labels, [counts[label] for label in labels]

        before: dict[str, Numbered] = {}
        after: dict[str, Numbered] = {}
        members: dict[str, dict[int, tuple[str, int]]] = {}
        gone: list[int] = []
        come: dict[int, tuple[str, int]] = {}
        for label, (leaving, coming) in touched.items():
            place = bisect.bisect_left(old_labels, label)
            known = place < len(old_labels) and old_labels[place] == label
            held = self.state.documents(old_bases[place], old_bases[place + 1]) if known else {}
            if counts[label] != len(held) - len(leaving) + len(coming):
                raise RebuildNeeded("documents do not fit")
            numbers = {identity: number for number, (identity, _) in held.items()}
            days = dict(held.values())
            staying = [identity for identity in numbers if identity not in leaving]
            for identity, side in leaving.items():
                before[identity] = Numbered(numbers[identity], side)
            ids = [*staying, *coming]
            days.update((identity, segment_of(side.document.date)[1]) for identity, side in coming.items())
            base = bases[place]
            slots = slots_of(ids, room(len(ids), least)) if ids else {}
            if sum(numbers[identity] != base + slots[identity] for identity in staying) > MOST_MOVED:
                raise RebuildNeeded("too many articles would move")
            for identity in ids:
                number = base + slots[identity]
                if identity in coming:
                    after[identity] = Numbered(number, coming[identity])
                elif number != numbers[identity]:
                    moved = self.article(identity)
                    before[identity] = Numbered(numbers[identity], moved)
                    after[identity] = Numbered(number, moved)
            members[label] = {base + slots[identity]: (identity, days[identity]) for identity in ids}
            gone += list(held)
            come |= members[label]
        ids = sorted(before.keys() | after.keys())
        numbered = [NumberedChange(before.get(identity), after.get(identity)) for identity in ids]
        self._change_cards(numbered, old_bases[-1], bases[-1])
        self.state.move_documents(gone, come)
        self._change_days(members, bases)
        return numbered

    def _change_days(self, members: Mapping[str, Mapping[int, tuple[str, int]]], bases: Sequence[int]) -> None:
        manifest = self.manifest
        files = -(-len(manifest.labels) // DAY_SEGMENTS)
        digests = manifest.files["d"]
        self.gone += [path_of("d", str(n), digests[n], scripts=self.scripts) for n in range(files, len(digests))]
        places = {bisect.bisect_left(manifest.labels, label): label for label in members}
        for number in sorted({place // DAY_SEGMENTS for place in places}):
            if number >= files:
                continue
            first = number * DAY_SEGMENTS
            size = min(DAY_SEGMENTS, len(manifest.labels) - first)
            content: dict[str, list[str]] = {"slots": [], "days": []}
            if number < len(digests):
                content = msgspec.json.decode(self.load("d", number))
            content = {name: (rows + [""] * DAY_SEGMENTS)[:size] for name, rows in content.items()}
            for place in range(first, first + size):
                if place in places:
                    rows = sorted(members[places[place]].items())
                    content["slots"][place - first] = pack_slots([n - bases[place] for n, _ in rows])
                    content["days"][place - first] = pack_text([day for _, (_, day) in rows])
            self.replace("d", number, msgspec.json.encode(content))
        del digests[files:]

    def _change_cards(self, changes: Sequence[NumberedChange], old_size: int, size: int) -> None:
        bits, width = self.layout.card_bits, self.layout.card_bits + self.layout.group_bits
        digests = self.manifest.files["c"]
        gone = {change.old.number for change in changes if change.old}
        come = {change.new.number: change.new.article for change in changes if change.new}
        if all(
            change.old
            and change.new
            and change.old.number == change.new.number
            and self._card_row(change.old) == self._card_row(change.new)
            for change in changes
        ):
            gone, come = set(), {}
        groups = -(-size >> width)
        digests += [NO_DIGEST] * (groups - len(digests))
        for group in sorted({number >> width for number in (*gone, *come)}):
            rows: dict[int, list[Row]] = {}
            held = self.state.documents(group << width, min(old_size, (group + 1) << width))
            for number in sorted({number >> bits for number in held}):
                path = path_of("c", str(number), digests[group], scripts=self.scripts)
                base = number << bits
                rows[number] = [row for row in read_cards(unwrap(self.read(path))) if base + row[0] not in gone]
                self.gone.append(path)
            for number, article in come.items():
                if number >> width == group:
                    rows.setdefault(number >> bits, []).append(self._card_row(Numbered(number, article)))
            bodies = {number: write_cards(sorted(found)) for number, found in rows.items() if found}
            made = group_files("c", group, bodies, scripts=self.scripts)
            digests[group] = made[0].stamp.digest if made else NO_DIGEST
            self.written += made
        del digests[groups:]

    def _card_row(self, side: Numbered) -> Row:
        text = snippet(side.article.text, self.layout.snippet)
        card = Card(side.number, side.article.document, text)
        return (side.number & ((1 << self.layout.card_bits) - 1), *columns_of(card))

    # Phrases

    def _change_phrases(self, changes: Sequence[NumberedChange]) -> None:
        layout = self.layout
        frequent = unpack_fingerprints(self.manifest.frequent)
        found = sequence_changes(changes, frequent, layout)
        for pair, more in found.pairs.items():
            count = self.totals.pairs.get(pair)
            if count is None or not more:
                continue
            self.totals.pairs[pair] = count + more
            if (count >= layout.many) != (count + more >= layout.many):
                raise RebuildNeeded("a pair of words became frequent, or is no longer")
        changed = np.concatenate((found.gone, found.come))
        cells = np.unique(cell_of(changed)).tolist()
        if not cells:
            return
        files: dict[int, list[str]] = {}
        for number in sorted({cell >> layout.cell_bits for cell in cells}):
            files[number] = msgspec.json.decode(self.load("p", number), type=list[str])
        inside = (1 << layout.cell_bits) - 1
        elements = decode_cells([files[cell >> layout.cell_bits][cell & inside] for cell in cells], cells)
        kept = np.delete(elements, places_of(elements, found.gone))
        # A number that one article leaves and another takes may stand in both.
        merged = np.concatenate((kept, found.come))
        texts = encode_cells(merged, bare_keys(frequent, layout), np.array(cells, dtype=np.int64))
        for cell, text in zip(cells, texts, strict=True):
            files[cell >> layout.cell_bits][cell & inside] = text
        for number, content in files.items():
            self.replace("p", number, encode_phrase_file(content))

    # Words and names

    def _change_terms(self, words: Mapping[str, WordChange]) -> dict[str, tuple[TermRow, TermRow]]:
        """Terms before and after."""
        known = self.state.terms(words)
        rows: dict[str, tuple[TermRow, TermRow]] = {}
        for term, change in words.items():
            old = known.get(term) or TermRow(0, {})
            forms = dict(old.forms)
            for form, (count, titled) in change.forms.items():
                before = forms.get(form, (0, 0))
                forms[form] = (before[0] + count, before[1] + titled)
            if any(count < 0 or titled < 0 for count, titled in forms.values()):
                raise RebuildNeeded("words do not fit")
            new = TermRow(old.count + change.count, {form: sums for form, sums in forms.items() if sums[0]})
            if new.count < 0 or bool(new.count) != bool(new.forms):
                raise RebuildNeeded("terms do not fit")
            if new != old:
                rows[term] = (old, new)
        self.state.save_terms({term: new for term, (_, new) in rows.items()})
        return rows

    def _change_tags(self, tags: Mapping[Tag, int]) -> dict[Tag, tuple[int, int]]:
        """Documents of each tag before and after."""
        chosen = {tag: more for tag, more in tags.items() if counted_tag(tag) and more}
        known = self.state.tags(chosen)
        counts = {tag: (known.get(tag, 0), known.get(tag, 0) + more) for tag, more in chosen.items()}
        if any(new < 0 for _, new in counts.values()):
            raise RebuildNeeded("names do not fit")
        self.state.save_tags({tag: new for tag, (_, new) in counts.items()})
        return counts

    def _change_dictionary(
        self,
        lists: Mapping[str, ListChange],
        words: Mapping[str, WordChange],
        rows: Mapping[str, tuple[TermRow, TermRow]],
        tags: Mapping[Tag, tuple[int, int]],
    ) -> None:
        shelf = Shelf(self.manifest.starts, self._load_shard, self.layout.window)
        patch = self._change_lists(lists, words, rows, shelf)
        self._change_near(rows, shelf)
        self._change_head(rows, shelf)
        self._write_shelf(shelf, tags)
        self._change_facets(lists, patch, shelf)
        self._write_lists(patch.files)
        aliases = set(self.manifest.aliases)
        for key in lists:
            if key.startswith(ALIAS):
                (aliases.add if shelf.key_text(key) else aliases.discard)(key.removeprefix(ALIAS))
        self.manifest.aliases = sorted(aliases)

    def _load_shard(self, number: int) -> bytes:
        return self.load("w", number, shard_stem(self.manifest.starts[number]))

    def _lists_path(self, number: int) -> str:
        digest = self.manifest.files["l"][number >> self.layout.list_group_bits]
        return path_of("l", str(number), digest, scripts=self.scripts)

    def _load_lists(self, number: int) -> dict[str, str]:
        path = self._lists_path(number)
        if not self.exists(path):
            return {}
        return msgspec.json.decode(unwrap(self.read(path)), type=dict[str, str])

    def _write_lists(self, files: Mapping[int, Mapping[str, str]]) -> None:
        """Write changed files of lists, and under their new name the others of their groups."""
        bits, digests = self.layout.list_group_bits, self.manifest.files["l"]
        for group in sorted({number >> bits for number in files}):
            old: dict[int, str] = {}
            for number in range(group << bits, (group + 1) << bits):
                path = self._lists_path(number)
                if self.exists(path):
                    old[number] = path
            bodies = {number: unwrap(self.read(path)) for number, path in old.items() if number not in files}
            bodies |= {n: encode_list_file(files[n]) for n in files if n >> bits == group and files[n]}
            made = group_files("l", group, bodies, scripts=self.scripts)
            digest = made[0].stamp.digest if made else NO_DIGEST
            if digest != digests[group]:
                self.gone += old.values()
                digests[group] = digest
                self.written += made

    def _change_lists(
        self,
        lists: Mapping[str, ListChange],
        words: Mapping[str, WordChange],
        rows: Mapping[str, tuple[TermRow, TermRow]],
        shelf: Shelf,
    ) -> ListPatch:
        """Change lists wherever they lie, and what the shelf says of them."""
        known = self.state.terms(key for key, change in lists.items() if change.coded and key not in rows)
        least = 1 << self.layout.inline_bits
        old: dict[str, OldList] = {}
        for key, change in lists.items():
            if not change.coded:
                text = shelf.key_text(key)
                old[key] = OldList(text, None)
                continue
            row = rows[key][0] if key in rows else known[key]
            text = shelf.term_text(key, row.forms) if 0 < row.count < least else None
            old[key] = OldList(text, row.count)
        patch = change_lists(lists, old, self.layout, self._load_lists, self.size)
        for key, change in lists.items():
            text = patch.texts[key]
            if not change.coded:
                shelf.set_key(key, text)
                continue
            before, after = rows[key] if key in rows else (known[key], known[key])
            if after.count != patch.counts[key]:
                raise RebuildNeeded("lists do not fit")
            if not is_marker(text) or text != patch.before[key] or before.forms.keys() != after.forms.keys():
                shelf.set_term(key, before.forms, after.forms, text)
        for term, (before, after) in rows.items():
            if term not in lists and before.forms.keys() != after.forms.keys():
                text = shelf.term_text(term, before.forms) if before.count < least else marker(before.count)
                shelf.set_term(term, before.forms, after.forms, text)
        return patch

    def _change_near(self, rows: Mapping[str, tuple[TermRow, TermRow]], shelf: Shelf) -> None:
        """Words that become more or less worth suggesting."""
        asked: set[str] = set()
        for old, new in rows.values():
            if old.count.bit_length() != new.count.bit_length():
                asked |= old.forms.keys() | new.forms.keys()
            for form in old.forms.keys() | new.forms.keys():
                if bool(old.forms.get(form, (0, 0))[1]) != bool(new.forms.get(form, (0, 0))[1]):
                    asked.add(form)
                if (form in old.forms) != (form in new.forms):
                    asked.add(form)
        asked = {form for form in asked if near_weight(form, 2, in_title=True)}
        terms_of = {form: shelf.terms_of(form) for form in asked}
        terms = self.state.terms({term for terms in terms_of.values() for term in terms})
        files: dict[int, dict[str, dict[str, str]]] = {}
        for form in sorted(asked):
            own = [terms[term] for term in terms_of[form]]
            titled = any(row.forms[form][1] for row in own)
            weight = near_weight(form, max((row.count for row in own), default=0), in_title=titled)
            for key in near_keys(form):
                bucket = near_bucket(key, self.layout.near_bits)
                files.setdefault(bucket, {}).setdefault(key, {})[form] = weight
        for number, changed in files.items():
            content = msgspec.json.decode(self.load("n", number), type=dict[str, str])
            for key, weights in changed.items():
                row = change_near_row(content.get(key, ""), weights)
                content[key] = row
                if not row:
                    del content[key]
            self.replace("n", number, encode_near_file(content))

    def _change_head(self, rows: Mapping[str, tuple[TermRow, TermRow]], shelf: Shelf) -> None:
        """Frequent terms, and usual forms that have come to belong to another term, too, or no longer do."""
        least = 1 << self.layout.frequent_bits
        head = self.manifest.head
        again = set(rows)
        for old, new in rows.values():
            for form in old.forms.keys() ^ new.forms.keys():
                again |= {term for term in shelf.terms_of(form) if term in head}
        others = self.state.terms(again - rows.keys())
        for term in again:
            row = rows[term][1] if term in rows else others[term]
            if row.count < least:
                head.pop(term, None)
                continue
            usual = [form for form, (count, _) in row.forms.items() if count * 2 >= least]
            forms = tuple(sorted(form for form in usual if len(shelf.terms_of(form)) == 1))
            head[term] = (head_size(row.count), forms)

    def _write_shelf(self, shelf: Shelf, tags: Mapping[Tag, tuple[int, int]]) -> None:
        for tag, (old, new) in tags.items():
            if tag[1] and (old.bit_length() != new.bit_length()):
                shelf.touch_name(tag[2])
        manifest = self.manifest
        old_starts, old_digests = manifest.starts, manifest.files["w"]

        def names(low: str, high: str | None) -> list[Name]:
            found = self.state.names(utf16(low), None if high is None else utf16(high), SHARD_NAMES)
            return [Name(*tag, count.bit_length() - 1) for count, tag in found]

        starts: list[str] = []
        digests: list[str] = []
        for start, number, data in shelf.finished(names):
            starts.append(start)
            if data is None:
                digests.append(old_digests[number])
                continue
            file = named_file("w", len(digests), shard_stem(start), data, scripts=self.scripts)
            digests.append(file.stamp.digest)
            self.written.append(file)
        kept = set(zip(starts, digests, strict=True))
        self.gone += [
            path_of("w", shard_stem(start), digest, scripts=self.scripts)
            for start, digest in zip(old_starts, old_digests, strict=True)
            if (start, digest) not in kept
        ]
        manifest.starts, manifest.files["w"] = starts, digests

    def _change_facets(self, lists: Mapping[str, ListChange], patch: ListPatch, shelf: Shelf) -> None:
        for number, kind in enumerate(FACET_KINDS):
            if not any(key.startswith(f"{kind}=") for key in lists):
                continue
            content = msgspec.json.decode(self.load("f", number), type=FacetFile)
            known = dict(zip(zip(content.slugs, content.names, strict=True), content.lists, strict=True))
            values = choose_values(self.state.top_tags(kind, 2 * MAX_VALUES))
            texts: list[str] = []
            for tag in values:
                key = facet_key(tag)
                text = patch.whole(key) if key in lists else known.get(tag[1:])
                if text is None:
                    text = patch.read_whole(key, shelf.key_text(key) or "")
                texts.append(text)
            self.replace("f", number, encode_facet(kind, values, texts))
