"""The scoring of the browser's client in Python: reads the same files, gives the same hits in the same order.

For tests and measurements. It covers words, phrases, demands, fields and dates; completion, corrections and
facets are the client's alone.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from sitegen.search.analysis import fold_words, segment, split_pairs
from sitegen.search.build import FOLDER, MANIFEST, NAME_LETTERS
from sitegen.search.calendar import room
from sitegen.search.cards import full_url
from sitegen.search.frequent import BLOCK_BITS
from sitegen.search.lexicon import utf16
from sitegen.search.packing import unpack
from sitegen.search.phrases import KEY_BITS, MAX_FILE_BITS, POSITION_BITS, fingerprint, mix

LIST_BUDGET = 30_000
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
        self._labels: list[str] = calendar["labels"]
        self._counts: list[int] = calendar["counts"]
        self._bases = [0]
        for count in self._counts:
            self._bases.append(self._bases[-1] + room(count))
        self.size = self._bases[-1]
        self.documents: int = self.manifest["documents"]
        head = self._section("head")
        self._head_forms: dict[str, int] = {}
        self._head_terms: dict[str, int] = {}
        for index, written in enumerate(head["words"]):
            term, forms = _read_entry(written)
            self._head_terms[term] = index
            self._head_forms.update(dict.fromkeys(forms, index))

    def _section(self, name: str) -> dict[str, list]:  # type: ignore[type-arg]
        return self.manifest[name]  # type: ignore[return-value]

    def _load(self, area: str, number: int, names: str) -> dict:  # type: ignore[type-arg]
        digest = names[number * NAME_LETTERS : (number + 1) * NAME_LETTERS]
        return self._file(f"{area}/{number}-{digest}")

    def _file(self, stem: str) -> dict:  # type: ignore[type-arg]
        if stem not in self._cache:
            data = self._read(f"{FOLDER}{stem}{self.manifest['extension']}")
            if data.startswith(b"sitegenSearch("):
                data = data[data.index(b",") + 1 : data.rindex(b")")]
            self._cache[stem] = msgspec.json.decode(data)
        return self._cache[stem]  # type: ignore[return-value]

    def _listed(self, area: str, section: str, number: int) -> dict:  # type: ignore[type-arg]
        """File `number` of an area whose names may stand in files of their own."""
        directory: dict[str, str] = self.manifest[section]  # type: ignore[assignment]
        if "files" in directory:
            return self._load(area, number, directory["files"])
        each = int(directory["each"])
        names = self._load(f"names-{area}", number // each, directory["names"])["files"]
        return self._load(area, number, " " * (number // each * each * NAME_LETTERS) + names)

    def _shard(self, key: str) -> dict:  # type: ignore[type-arg]
        words = self._section("words")
        starts = [utf16(start) for start in words["starts"]]
        number = int(np.searchsorted(np.array(starts, dtype=object), utf16(key), side="right")) - 1
        return self._load("w", number, words["files"])  # type: ignore[arg-type]

    def _word(self, word: str) -> _List:
        named = self._keyed(f"alias:{word}") if word in str(self.manifest["aliases"]).split(" ") else set()
        lists = [_List(dict.fromkeys(named, ALIAS_CODE), len(named))] if named else []
        if word in self._head_forms:
            lists.append(self._head_list(self._head_forms[word]))
            return lists[0] if len(lists) == 1 else self._united(lists)
        shard = self._shard(word)
        for written, packed in zip(shard["words"], shard["lists"], strict=True):
            term, forms = _read_entry(written)
            if word in forms:
                lists.append(_coded(packed) if packed else self._head_list(self._head_terms[term]))
        return self._united(lists)

    def _united(self, lists: Sequence[_List]) -> _List:
        merged: dict[int, int] = {}
        for found in lists:
            for number, code in found.codes.items():
                merged[number] = max(code, merged.get(number, 0))
        return _List(merged, min(self.documents, sum(found.count for found in lists)))

    def _head_list(self, index: int) -> _List:
        head = self._section("head")
        file, place, blocks = (head[name][index] for name in ("files", "places", "blocks"))
        names: str = self._section("lists")["files"]  # type: ignore[assignment]
        if not blocks:
            return _coded(self._load("l", file, names)["lists"][place])
        codes: dict[int, int] = {}
        for block in range(blocks):
            codes |= _coded(self._load("l", file + block, names)["lists"][0], block << BLOCK_BITS).codes
        return _List(codes, len(codes))

    def _keyed(self, key: str) -> set[int]:
        shard = self._shard(key)
        found = dict(zip(shard.get("keys", ()), shard.get("keyLists", ()), strict=True))
        return set(_sums(unpack(found[key]))) if key in found else set()

    def phrase(self, words: Sequence[str]) -> dict[int, int]:
        """Documents that hold the words in a row, with the bits of the positions (modulo 32) where they begin."""
        section: dict[str, str] = self.manifest["phrases"]  # type: ignore[assignment]
        listed = section if "frequent" in section else self._load("names-f", 0, section["pairs"])
        pairs = unpack(listed["frequent"])
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
        bits: int = self._section("phrases")["bits"]  # type: ignore[assignment]
        file = self._listed("p", "phrases", key >> (KEY_BITS + MAX_FILE_BITS - bits))
        keys = _sums(unpack(file["keys"]))
        inside = (key >> (MAX_FILE_BITS - bits)) & ((1 << KEY_BITS) - 1)
        if inside not in keys:
            return {}
        ends = [0, *_sums(unpack(file["sizes"]))]
        index = keys.index(inside)
        values = unpack(file["lists"][ends[index] : ends[index + 1]])
        if bare:
            return dict.fromkeys(_sums(values), 0xFFFFFFFF)
        found: dict[int, int] = {}
        for number, value in zip(_sums([value >> POSITION_BITS for value in values]), values, strict=True):
            found[number] = found.get(number, 0) | 1 << (value & (_PLACES - 1))
        return found

    def _number_of(self, date: Date) -> int:
        year, month, day = date
        for place, label in enumerate(self._labels):
            parts = [int(part) for part in label.split("-") if part]
            start = (*parts, 0, 0)[:2]
            if start >= (year, month):
                if day < 2 or start != (year, month):
                    return self._bases[place]
                pairs = unpack(self._load("d", 0, self.manifest["days"])["days"][place])  # type: ignore[arg-type]
                days = _sums(pairs[::2])
                return self._bases[place] + sum(n for d, n in zip(days, pairs[1::2], strict=True) if d < day)
        return self.size

    def search(self, text: str, limit: int = 10) -> ReferenceResult:
        """Rank as the client does for `sort: 'relevance'`."""
        clauses, start, until = parse_query(text)
        low = self._number_of(start or (1, 0, 0)) if start or until else 0
        high = self._number_of(until) if until else self.size
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
        for starts in phrases:
            must.append(set(starts))
            weight = self._idf(len(starts))
            whole += weight
            for number, places in starts.items():
                sums[number] = sums.get(number, 0) + weight * PHRASE_LEVELS[min(places.bit_count(), 5)]
                matched[number] = matched.get(number, 0) + weight
        whole = whole or 1
        if must:
            candidates = set.intersection(*must)
        else:
            candidates = {n for n in matched if matched[n]} if terms else self._all_numbers()
        kept = [n for n in candidates - excluded if low <= n < high]
        tier = max((cover.get(n, 0) for n in kept), default=0)
        scores = {n: sums.get(n, 0) * (BASE_SHARE * whole + COVER_SHARE * matched.get(n, 0)) // whole for n in kept}
        ranked = sorted(kept, key=lambda n: (-scores[n], -n))[:limit]
        total = sum(cover.get(n, 0) == tier for n in kept)
        return ReferenceResult(total, len(kept), [self._hit(number, scores[number]) for number in ranked])

    def _all_numbers(self) -> set[int]:
        return {base + i for base, count in zip(self._bases, self._counts, strict=False) for i in range(count)}

    def _idf(self, count: int) -> int:
        return math.floor(IDF_SCALE * math.log(1 + (self.documents - count + 0.5) / (count + 0.5)) + 0.5)

    def _gates(self, clauses: Iterable[Clause]) -> tuple[list[set[int]], set[int], list[dict[int, int]]]:
        must: list[set[int]] = []
        excluded: set[int] = set()
        phrases: list[dict[int, int]] = []
        title_code: int = self.manifest["titleCode"]  # type: ignore[assignment]
        for clause in clauses:
            if clause.phrase:
                starts = self.phrase(clause.words)
                if clause.demand == "not":
                    excluded |= set(starts)
                else:
                    phrases.append(starts)
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
        spent = 0
        for place, word in enumerate(sorted(terms, key=lambda word: (lists[word].count, utf16(word)))):
            demand, title, quoted = terms[word]
            cost = lists[word].count if self._in_head(word) else 0
            free = (place == 0 and not quoted) or demand == "must" or title
            if free or spent + cost <= (PHRASE_LIST_BUDGET if quoted else LIST_BUDGET):
                used.append(word)
                spent += cost
        return used

    def _in_head(self, word: str) -> bool:
        if word in self._head_forms:
            return True
        shard = self._shard(word)
        rows = zip(shard["words"], shard["lists"], strict=True)
        return any(not packed and word in _read_entry(written)[1] for written, packed in rows)

    def _hit(self, number: int, score: int) -> ReferenceHit:
        segment = int(np.searchsorted(self._bases, number, side="right")) - 1
        while self._bases[segment + 1] <= number:
            segment += 1
        at = number - self._bases[segment] + sum(self._counts[:segment])
        size: int = self._section("cards")["size"]  # type: ignore[assignment]
        card = self._listed("c", "cards", at // size)
        row = at % size
        url = full_url(card["urls"][row], card["titles"][row], card["dates"][row])
        return ReferenceHit(card["ids"][row], url, score)


def _read_entry(written: str) -> tuple[str, list[str]]:
    term, *rest = re.split("(?=[+=])", written)
    return term, [term + form[1:] if form[0] == "+" else form[1:] for form in rest] or [term]


def _sums(values: Iterable[int]) -> list[int]:
    total = 0
    sums: list[int] = []
    for value in values:
        total += value
        sums.append(total)
    return sums


def _coded(packed: str, base: int = 0) -> _List:
    values = unpack(packed)
    numbers = [base + number for number in _sums([value >> 4 for value in values])]
    return _List(dict(zip(numbers, (value & 15 for value in values), strict=True)), len(values))


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
