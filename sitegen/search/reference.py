"""The scoring of the browser's client in Python: reads the same files, gives the same hits in the same order.

For tests and measurements. It covers words, phrases, demands, fields and dates; completion, corrections and
facets are the client's alone.
"""

from __future__ import annotations

import bisect
import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from sitegen.search.analysis import fold_words, segment, split_pairs
from sitegen.search.calendar import bases_of, room
from sitegen.search.cards import full_url
from sitegen.search.lexicon import read_entry, utf16
from sitegen.search.lists import is_marker, piece_name
from sitegen.search.manifest import FOLDER, MANIFEST, NAME_LETTERS, unwrap
from sitegen.search.packing import unpack
from sitegen.search.phrases import (
    ELEMENT_BITS,
    FINGERPRINT_BITS,
    NUMBER_BITS,
    POSITION_BITS,
    decode_cells,
    fingerprint,
    key_bits_of,
    mix,
)

PHRASE_LIST_BUDGET = 12_000
PHRASE_LEVELS = (0, 1000, 1375, 1571, 1692, 1774)
ALIAS_CODE = 4
IDF_SCALE = 256
BASE_SHARE = 2
COVER_SHARE = 1

_PIECE = re.compile(r'([+-]?)(?:([^\W\d_]+):(?=\S))?(?:"([^"]*)"?|([^\s"]+))')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_FIELDS = {
    "title": "title",
    "person": "person",
    "people": "person",
    "org": "organization",
    "organization": "organization",
    "organisation": "organization",
    "place": "place",
    "source": "source",
    "author": "author",
    "by": "author",
    "tag": "tag",
    "topic": "tag",
}
_DATE_FIELDS = ("before", "after", "year", "date")
_PLACES = 1 << POSITION_BITS

Date = tuple[int, int, int]


class Clause(msgspec.Struct):
    """One condition of a query."""

    field: str
    words: list[str]
    demand: str
    """`should`, `must` or `not`."""
    phrase: bool = False
    loud: bool = False
    """Written in capitals."""


class ReferenceHit(msgspec.Struct, frozen=True):
    """A hit as the client gives it."""

    id: str
    url: str
    score: int


class ReferenceResult(msgspec.Struct, frozen=True):
    """What a search gives."""

    total: int
    any: int
    hits: list[ReferenceHit]


class _List(msgspec.Struct):
    """Document numbers with impact codes."""

    codes: dict[int, int]
    count: int
    """Documents that hold the word; about where the list lies in files of lists."""
    frequent: bool = False


class Reference:
    """An index opened from its files."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        """Open an index.

        Args:
            read: gives the content of a file by its path relative to the site's root.
        """
        self._read = read
        self._cache: dict[str, Mapping[str, object]] = {}
        self.manifest: dict[str, object] = msgspec.json.decode(read(MANIFEST))
        calendar = self._section("calendar")
        self._counts: list[int] = calendar["counts"]
        labels: str = calendar["labels"]  # type: ignore[assignment]
        self._labels = labels.split(" ") if self._counts else []
        least: int = calendar["room"]  # type: ignore[assignment]
        self._bases = bases_of([room(count, least) for count in self._counts])
        self.size = self._bases[-1]
        self.documents: int = self.manifest["documents"]
        words: str = self._section("words")["starts"]  # type: ignore[assignment]
        self._starts = words.split(" ")
        head: dict[str, str] = self.manifest["head"]
        sizes = unpack(head["sizes"])
        self._head_forms: dict[str, str] = {}
        self._head_counts: dict[str, int] = {}
        for written, size in zip(head["words"].split(" ") if sizes else (), sizes, strict=True):
            term, forms = read_entry(written)
            bits = int(head["least"]) + 1 + (size >> 3)
            self._head_counts[term] = ((8 + (size & 7)) << (bits - 4)) + (1 << (bits - 5))
            self._head_forms.update(dict.fromkeys(forms, term))

    def _section(self, name: str) -> dict[str, list]:  # type: ignore[type-arg]
        return self.manifest[name]  # type: ignore[return-value]

    def _load(self, area: str, number: int, names: str, group: int = 0) -> dict:  # type: ignore[type-arg]
        at = (number >> group) * NAME_LETTERS
        digest = names[at : at + NAME_LETTERS]
        return self._file(f"{area}/{number}-{digest}")

    def _file(self, stem: str) -> dict:  # type: ignore[type-arg]
        if stem not in self._cache:
            data = self._read(f"{FOLDER}{stem}{self.manifest['extension']}")
            self._cache[stem] = msgspec.json.decode(unwrap(data))
        return self._cache[stem]  # type: ignore[return-value]

    def _shard(self, key: str) -> dict:  # type: ignore[type-arg]
        starts = [utf16(start) for start in self._starts]
        number = bisect.bisect_right(starts, utf16(key)) - 1
        names: str = self._section("words")["files"]  # type: ignore[assignment]
        digest = names[number * NAME_LETTERS : (number + 1) * NAME_LETTERS]
        return self._file(f"w/{zlib.crc32(self._starts[number].encode()):08x}-{digest}")

    def _list(self, key: str, text: str, *, coded: bool) -> dict[int, int]:
        """Numbers and codes of a list."""
        if not is_marker(text):
            return _read_list(text, 0, coded=coded)
        lists: dict[str, int] = self.manifest["lists"]  # type: ignore[assignment]
        if ord(text[1]) - 97 < lists["whole"]:
            return self._piece(key, 0, coded=coded)
        found: dict[int, int] = {}
        for block in range((self.size - 1 >> lists["block"]) + 1):
            found |= self._piece(piece_name(key, block), block << lists["block"], coded=coded, block=True)
        return found

    def _piece(self, name: str, base: int, *, coded: bool, block: bool = False) -> dict[int, int]:
        lists: dict[str, int] = self.manifest["lists"]  # type: ignore[assignment]
        first, files = (lists["lists"], lists["blocks"]) if block and lists["blocks"] else (0, lists["lists"])
        number = first + (zlib.crc32(name.encode()) * files >> 32)
        file = self._load("l", number, str(lists["files"]), lists["group"])
        return _read_list(file.get(name, ""), base, coded=coded)

    def _word(self, word: str) -> _List:
        named = self._keyed(f"alias:{word}") if word in str(self.manifest["aliases"]).split(" ") else set()
        lists = [_List(dict.fromkeys(named, ALIAS_CODE), len(named))] if named else []
        if word in self._head_forms:
            term = self._head_forms[word]
            size = self._head_counts[term].bit_length() - 1
            lists.append(self._term(term, " " + chr(97 + size)))
        else:
            shard = self._shard(word)
            for written, text in zip(shard["words"], shard["lists"], strict=True):
                term, forms = read_entry(written)
                if word in forms:
                    lists.append(self._term(term, text))
        if len(lists) == 1:
            return lists[0]
        merged: dict[int, int] = {}
        for found in lists:
            for number, code in found.codes.items():
                merged[number] = max(code, merged.get(number, 0))
        frequent = any(found.frequent for found in lists)
        return _List(merged, min(self.documents, sum(found.count for found in lists)), frequent)

    def _term(self, term: str, text: str) -> _List:
        codes = self._list(term, text, coded=True)
        if not is_marker(text):
            return _List(codes, len(codes))
        about = self._head_counts.get(term, 3 << (ord(text[1]) - 98))
        return _List(codes, min(self.documents, about), frequent=True)

    def _keyed(self, key: str) -> set[int]:
        shard = self._shard(key)
        found = dict(zip(shard.get("keys", ()), shard.get("keyLists", ()), strict=True))
        return set(self._list(key, found[key], coded=False)) if key in found else set()

    def phrase(self, words: Sequence[str]) -> dict[int, int]:
        """Documents that hold the words in a row, with the bits of the positions (modulo 32) where they begin."""
        section: dict[str, str] = self.manifest["phrases"]  # type: ignore[assignment]
        pairs = unpack(section["frequent"])
        usual = {high << 19 | low for high, low in zip(pairs[::2], pairs[1::2], strict=True)}
        hashes = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint32)
        starts: dict[int, int] | None = None
        for at in range(len(words) - 1):
            key = int(fingerprint(hashes[at : at + 1], hashes[at + 1 : at + 2])[0])
            offset, bare = at, key in usual
            if bare and len(words) > 2:
                offset, bare = min(at, len(words) - 3), False
                middle = mix(hashes[offset : offset + 1], hashes[offset + 1 : offset + 2])
                key = int(fingerprint(middle, hashes[offset + 2 : offset + 3])[0])
            found = self._gram(key, bare)
            turn = offset % _PLACES
            moved = {n: (bits >> turn | bits << (_PLACES - turn)) & 0xFFFFFFFF for n, bits in found.items()}
            if starts is not None:
                moved = {n: bits & starts[n] for n, bits in moved.items() if n in starts and bits & starts[n]}
            starts = moved
        return starts or {}

    def _gram(self, key: int, bare: bool) -> dict[int, int]:
        section: dict[str, int] = self.manifest["phrases"]  # type: ignore[assignment]
        bits, cells = section["bits"], section["cells"]
        used = key >> (FINGERPRINT_BITS - key_bits_of(bits, cells))
        cell = key >> (FINGERPRINT_BITS - bits - cells)
        texts = self._cells(cell >> cells)
        found: dict[int, int] = {}
        for element in decode_cells([texts[cell & ((1 << cells) - 1)]], [cell]).tolist():
            if element >> ELEMENT_BITS == used:
                number = element >> POSITION_BITS & ((1 << NUMBER_BITS) - 1)
                bit = 0xFFFFFFFF if bare else 1 << (element & (_PLACES - 1))
                found[number] = found.get(number, 0) | bit
        return found

    def _cells(self, file: int) -> list[str]:
        section: dict[str, str] = self.manifest["phrases"]  # type: ignore[assignment]
        if "files" in section:
            return self._load("p", file, section["files"])  # type: ignore[return-value]
        each = int(section["each"])
        names: str = self._load("names-p", file // each, section["names"])["files"]
        return self._load("p", file, " " * (file // each * each * NAME_LETTERS) + names)  # type: ignore[return-value]

    def _members(self, segment: int) -> dict[int, int]:
        """Day of each document of a segment by number."""
        days: dict[str, int] = self.manifest["days"]  # type: ignore[assignment]
        file = self._load("d", segment // days["each"], str(days["files"]))
        slots, values = (unpack(file[name][segment % days["each"]]) for name in ("slots", "days"))
        return {self._bases[segment] + slot: day for slot, day in zip(_sums(slots), values, strict=True)}

    def _dated(self, start: Date | None, until: Date | None) -> tuple[int, int, set[int]]:
        """Interval of numbers of a query's dates, and those in it that days leave out."""
        out: set[int] = set()
        low, high = 0, len(self._labels)
        if start:
            low, inside = self._segment_from(start)
            if inside:
                out |= {number for number, day in self._members(low).items() if day < start[2]}
        if until:
            high, inside = self._segment_from(until)
            if inside:
                out |= {number for number, day in self._members(high).items() if day >= until[2]}
                high += 1
        return self._bases[low], self._bases[max(low, high)], out

    def _segment_from(self, date: Date) -> tuple[int, bool]:
        """First segment of a date's month or later, and whether the date divides it."""
        year, month, day = date
        for place, label in enumerate(self._labels):
            parts = [int(part) for part in label.split("-") if part]
            start = (*parts, 0, 0)[:2]
            if start >= (year, month):
                return place, day > 1 and start == (year, month)
        return len(self._labels), False

    def search(self, text: str, limit: int = 10) -> ReferenceResult:
        """Rank as the client does for `sort: 'relevance'`."""
        clauses, start, until = parse_query(text)
        low, high, out = self._dated((start or (1, 0, 0)) if start or until else None, until)
        must, excluded, phrases = self._gates(clauses)
        terms = _terms(clauses, frozenset(str(self.manifest["functionWords"]).split(" ")))
        lists = {word: self._word(word) for word in terms}
        used = self._afford(terms, lists)
        weights = {word: self._idf(lists[word].count) for word in used}
        rarer = {word for word in used if 2 * lists[word].count <= self.documents} or set(used)
        sums: dict[int, int] = {}
        matched: dict[int, int] = {}
        cover: dict[int, int] = {}
        levels: list[int] = self.manifest["levels"]  # type: ignore[assignment]
        title_code: int = self.manifest["titleCode"]  # type: ignore[assignment]
        for word in used:
            found = lists[word].codes
            for number, code in found.items():
                sums[number] = sums.get(number, 0) + weights[word] * levels[code]
                matched[number] = matched.get(number, 0) + weights[word]
                cover[number] = cover.get(number, 0) + (word in rarer)
            demand, title, _ = terms[word]
            if title:
                must.append({number for number, code in found.items() if code >= title_code})
            elif demand == "must":
                must.append(set(found))
        whole = sum(weights.values())
        for words, starts in phrases:
            # A hash may mistake a pair for another one, but then the document hardly holds the words.
            must.append({n for n in starts if all(n in lists[word].codes for word in used if word in words)})
            weight = self._idf(len(starts))
            whole += weight
            for number, places in starts.items():
                sums[number] = sums.get(number, 0) + weight * PHRASE_LEVELS[min(places.bit_count(), 5)]
                matched[number] = matched.get(number, 0) + weight
        whole = whole or 1
        demanding = phrases or any(terms[word][0] == "must" or terms[word][1] for word in used)
        candidates = set.intersection(*must) if must else set() if terms else self._all_numbers()
        if terms and not demanding:
            candidates = {n for n in matched if matched[n] and (not must or n in candidates)}
        elif not must and terms:
            candidates = {n for n in matched if matched[n]}
        kept = [n for n in candidates - excluded - out if low <= n < high]
        tier = max((cover.get(n, 0) for n in kept), default=0)
        scores = {n: sums.get(n, 0) * (BASE_SHARE * whole + COVER_SHARE * matched.get(n, 0)) // whole for n in kept}
        days: dict[int, int] = {}
        if not used and not phrases:  # Newest first; otherwise numbers decide, by month.
            for segment in {bisect.bisect_right(self._bases, n) - 1 for n in kept}:
                days |= {n: segment << 5 | day for n, day in self._members(segment).items()}
        ranked = sorted(kept, key=lambda n: (-scores[n], -days.get(n, 0), -n))[:limit]
        total = sum(cover.get(n, 0) == tier for n in kept)
        return ReferenceResult(total, len(kept), [self._hit(number, scores[number]) for number in ranked])

    def _all_numbers(self) -> set[int]:
        return {number for segment in range(len(self._labels)) for number in self._members(segment)}

    def _idf(self, count: int) -> int:
        return math.floor(IDF_SCALE * math.log(1 + (self.documents - count + 0.5) / (count + 0.5)) + 0.5)

    def _gates(
        self, clauses: Iterable[Clause]
    ) -> tuple[list[set[int]], set[int], list[tuple[list[str], dict[int, int]]]]:
        must: list[set[int]] = []
        excluded: set[int] = set()
        phrases: list[tuple[list[str], dict[int, int]]] = []
        title_code: int = self.manifest["titleCode"]  # type: ignore[assignment]
        for clause in clauses:
            if clause.phrase:
                starts = self.phrase(clause.words)
                if clause.demand == "not":
                    excluded |= set(starts)
                else:
                    phrases.append((clause.words, starts))
                continue
            if clause.field in ("", "title"):
                if clause.demand == "not":
                    lists = [self._word(word).codes for word in clause.words]
                    held = [
                        {n for n, code in found.items() if not clause.field or code >= title_code} for found in lists
                    ]
                    excluded |= set.intersection(*held)
                continue
            whole = self._keyed(f"{clause.field}={'-'.join(clause.words)}")
            by_word = set.intersection(*(self._keyed(f"{clause.field}:{word}") for word in clause.words))
            found = whole if whole and len(clause.words) > 1 else whole | by_word
            if clause.demand == "not":
                excluded |= found
            else:
                must.append(found)
        return must, excluded, phrases

    def _afford(self, terms: dict[str, tuple[str, bool, bool]], lists: dict[str, _List]) -> list[str]:
        used: list[str] = []
        lists_section: dict[str, int] = self.manifest["lists"]  # type: ignore[assignment]
        budget, file = lists_section["budget"], lists_section["cost"]
        spent = file * sum(word not in self._head_forms for word in terms)
        for place, word in enumerate(sorted(terms, key=lambda word: (lists[word].count, utf16(word)))):
            demand, title, quoted = terms[word]
            cost = lists[word].count + file if lists[word].frequent else 0
            free = (place == 0 and not quoted) or demand == "must" or title
            if free or spent + cost <= (min(PHRASE_LIST_BUDGET, budget // 2) if quoted else budget):
                used.append(word)
                spent += cost
        return used

    def _hit(self, number: int, score: int) -> ReferenceHit:
        cards: dict[str, int] = self.manifest["cards"]  # type: ignore[assignment]
        file = number >> cards["bits"]
        card = self._load("c", file, str(cards["files"]), cards["group"])
        row = _sums(unpack(card["at"])).index(number & ((1 << cards["bits"]) - 1))
        url = full_url(card["urls"][row], card["titles"][row], card["dates"][row])
        return ReferenceHit(card["ids"][row], url, score)


def _sums(values: Iterable[int]) -> list[int]:
    total = 0
    sums: list[int] = []
    for value in values:
        total += value
        sums.append(total)
    return sums


def _read_list(packed: str, base: int, *, coded: bool) -> dict[int, int]:
    values = unpack(packed)
    numbers = [base + number for number in _sums([value >> 4 for value in values] if coded else values)]
    return dict(zip(numbers, (value & 15 if coded else 0 for value in values), strict=True))


def _terms(clauses: Sequence[Clause], functional: frozenset[str]) -> dict[str, tuple[str, bool, bool]]:
    """Words that score: demand, whether in the title, whether quoted only. Function words only without others."""
    found: dict[str, tuple[str, bool, bool]] = {}
    for clause in clauses:
        if clause.demand == "not" or clause.field not in ("", "title"):
            continue
        for word in clause.words:
            demand = "should" if clause.phrase else clause.demand
            title = clause.field == "title"
            if word in found:
                old_demand, old_title, old_quoted = found[word]
                demand = "must" if "must" in (demand, old_demand) else "should"
                found[word] = (demand, title or old_title, old_quoted and clause.phrase)
            else:
                found[word] = (demand, title, clause.phrase)
    loud = {word for clause in clauses if clause.loud for word in clause.words}
    telling = {
        word: term
        for word, term in list(found.items())[:250]
        if term[0] == "must" or term[1] or word in loud or word not in functional
    }
    return telling if telling or any(clause.phrase and clause.demand == "must" for clause in clauses) else found


def _date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None


def _following(date: Date) -> Date:
    """Give the first date after a year, month or day."""
    year, month, day = date
    if day:
        return year, month, day + 1
    return (year, month + 1, 0) if 0 < month < 12 else (year + 1, 0, 0)


def _bounds(field: str, value: str) -> tuple[Date | None, Date | None] | None:
    """From which date on and before which; None where the value is no date."""
    ends = value.strip().split("..")
    first, last = _date(ends[0]), _date(ends[-1])
    if field == "date" and len(ends) == 2:
        return (first, last and _following(last)) if first or last else None
    if len(ends) > 1 or not first:
        return None
    if field == "before":
        return None, first
    return first, None if field == "after" else _following(first)


def _unquoted(text: str) -> str:
    """Make all quotation marks straight, and those inside Hebrew acronyms gershayim."""
    return re.sub("[“”„«»]", '"', re.sub('(?<=[א-ת])"(?=[א-ת])', "״", text))


def parse_query(text: str) -> tuple[list[Clause], Date | None, Date | None]:
    """Read a query as the client does: clauses, the date from which and the date before which."""
    clauses: list[Clause] = []
    start: Date | None = None
    until: Date | None = None
    loud_all = text == text.upper()
    for sign, name, quoted, bare in _PIECE.findall(_unquoted(text[:2000])):
        value = quoted or bare
        if name.lower() in _DATE_FIELDS and sign != "-":
            bounds = _bounds(name.lower(), value)
            if bounds:
                start = max(start or (0, 0, 0), bounds[0]) if bounds[0] else start
                until = min(until or (9999, 0, 0), bounds[1]) if bounds[1] else until
                continue
        field = _FIELDS.get(name.lower(), "")
        if name and not field:
            value = f"{name} {value}"
        words = fold_words(value)
        if not words:
            continue
        demand = "not" if sign == "-" else "must" if sign == "+" or field or not bare else "should"
        phrase = not field and len(words) > 1 and demand != "should"
        if phrase or field:
            clauses.append(Clause(field, words, demand, phrase))
        else:
            for piece in segment(value):
                loud = not loud_all and len(piece) > 1 and piece == piece.upper()
                clauses += [Clause("", [word], demand, loud=loud) for word in split_pairs(piece)]
    return clauses, start, until
