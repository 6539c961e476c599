"""Which entities may be one: suggestions for editors to judge, the likeliest and most useful first.

Names propose (each rule looks only at entities that share a key, so that the work stays near linear), the company that
two entities keep disposes: pairs with the same neighbours rise, pairs that one article names side by side sink, for an
article has its own words for one thing. What was judged before is never asked again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from math import log2, sqrt

import msgspec

from sitegen.entities.acronyms import acronym_letters, initials
from sitegen.entities.catalogue import Catalogue, EntityKey
from sitegen.entities.names import normal_form
from sitegen.entities.people import can_be_one, core, lone_name, surnames

_ENTITIES = 60_000
"""Entities looked at, the most named ones."""
_BLOCK = 60
"""Entities compared with one another at most; in larger blocks the most named ones are."""
_JUDGED_BY_COMPANY = 3000
"""Pairs whose neighbours are compared at most."""
_OWNERS_OF_PART = 3
"""Longer names that one name is taken for a part of at most."""
_PROFILE_ARTICLES = 100
"""Articles of an entity that its neighbours are taken from at most."""

_WEIGHTS = {
    "same-name": 0.9,
    "short-form": 0.8,
    "same-words": 0.75,
    "spelling": 0.75,
    "given-name": 0.75,
    "acronym": 0.6,
    "sound": 0.5,
    "part": 0.3,
    "surname": 0.35,
}

REASONS = {
    "same-name": "the same name under two kinds",
    "short-form": "one name is the other without an owner or a legal form",
    "same-words": "the names have the same words, but for order and small ones",
    "spelling": "the spelling differs by one or two letters",
    "given-name": "the names differ by an initial, a middle name or a pet form",
    "acronym": "one is made of the other's initials",
    "sound": "the names sound alike",
    "part": "one begins or ends as the other",
    "surname": "one is the surname of the other",
}
"""What each reason means, for people."""


class Suggestion(msgspec.Struct, frozen=True):
    """Two entities that may be one, with the evidence."""

    first: EntityKey
    """The one whose name would stay: the fuller, else the more often named."""
    second: EntityKey
    reason: str
    """A key of `REASONS`."""
    score: float
    company: float
    """Cosine of the two's neighbours, 0 to 1."""
    neighbours: tuple[EntityKey, ...] = ()
    """Entities that keep company with both, closest first."""
    together: int = 0
    """Articles that name both, which speaks against them being one."""


def suggest(
    catalogue: Catalogue,
    keys_of: Callable[[str], Sequence[EntityKey]],
    limit: int = 200,
    *,
    min_articles: int = 2,
) -> tuple[Suggestion, ...]:
    """Rank pairs of entities that may be one.

    Args:
        catalogue: all entities, with what editors have judged already.
        keys_of: the entities of an article, by its id.
        limit: how many suggestions at most.
        min_articles: the more often named one of a pair must be named by as many articles.
    """
    keys = sorted(catalogue.keys(), key=lambda key: (-catalogue.count(key), key))[:_ENTITIES]
    entities = [entity for entity in (_Named(catalogue, key) for key in keys) if not entity.hidden]
    best: dict[tuple[EntityKey, EntityKey], tuple[float, str, _Named, _Named]] = {}
    for reason, first, second in _pairs(entities):
        if max(first.count, second.count) < min_articles or _judged(catalogue, first, second):
            continue
        # What many articles name matters to more readers; the rarer of the two decides how much would change.
        score = _WEIGHTS[reason] * log2(1 + first.count + second.count) * sqrt(log2(1 + min(first.count, second.count)))
        pair = (min(first.key, second.key), max(first.key, second.key))
        if pair not in best or best[pair][0] < score:
            best[pair] = (score, reason, first, second)
    ranked = sorted(best.items(), key=lambda item: (-round(item[1][0], 9), item[0]))[:_JUDGED_BY_COMPANY]
    profiles: dict[EntityKey, Counter[EntityKey]] = {}

    def profile(key: EntityKey) -> Counter[EntityKey]:
        if key not in profiles:
            counted: Counter[EntityKey] = Counter()
            for article in catalogue.members(key)[:_PROFILE_ARTICLES]:
                counted.update(dict.fromkeys(keys_of(article), 1))
            counted.pop(key, None)
            profiles[key] = counted
        return profiles[key]

    found = [_with_company(catalogue, score, reason, a, b, profile) for _, (score, reason, a, b) in ranked]
    found.sort(key=lambda one: (-one.score, one.first, one.second))
    return tuple(found[:limit])


class _Named:
    """An entity with what the rules look at."""

    __slots__ = ("count", "form", "hidden", "key", "lone", "name", "words")

    def __init__(self, catalogue: Catalogue, key: EntityKey) -> None:
        entity = catalogue.entity(key)
        self.key = key
        self.name = entity.name
        self.hidden = entity.hidden
        self.form = normal_form(entity.name, key.kind)
        self.words = tuple(self.form.split(" "))
        self.count = catalogue.count(key)
        self.lone = catalogue.is_lone(key)


def _judged(catalogue: Catalogue, a: _Named, b: _Named) -> bool:
    apart = catalogue.authority.apart
    return bool(apart) and any(
        frozenset((first, second)) in apart for first in _forms(catalogue, a) for second in _forms(catalogue, b)
    )


def _forms(catalogue: Catalogue, entity: _Named) -> set[tuple[str, str]]:
    kind = entity.key.kind
    return {(kind, normal_form(name, kind)) for name, _ in catalogue.labels(entity.key)} | {(kind, entity.form)}


def _with_company(
    catalogue: Catalogue,
    score: float,
    reason: str,
    a: _Named,
    b: _Named,
    profile: Callable[[EntityKey], Counter[EntityKey]],
) -> Suggestion:
    mine, theirs = profile(a.key), profile(b.key)
    together = len(set(catalogue.members(a.key)).intersection(catalogue.members(b.key)))
    shared = {key: min(mine[key], theirs[key]) for key in mine.keys() & theirs.keys() if key not in (a.key, b.key)}
    dot = sum(mine[key] * theirs[key] for key in shared)
    size = sqrt(sum(n * n for n in mine.values()) * sum(n * n for n in theirs.values()))
    company = dot / size if size else 0.0
    # Rarer neighbours say more than those that everything has.
    close = sorted(shared, key=lambda key: (-shared[key] / sqrt(catalogue.count(key)), key))
    against = 1.0 if reason in ("acronym", "same-name") else 1.0 - together / min(a.count, b.count)
    fuller = sorted((a, b), key=lambda one: (one.lone, bool(acronym_letters(one.name)), -one.count, one.key))
    final = round(score * (0.3 + company) * (0.1 + 0.9 * max(against, 0.0)), 6)
    return Suggestion(fuller[0].key, fuller[1].key, reason, final, round(company, 4), tuple(close[:5]), together)


# Rules -------------------------------------------------------------------------------------------------------------


def _pairs(entities: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    yield from _same_name(entities)
    people = [entity for entity in entities if entity.key.kind == "person"]
    others = [entity for entity in entities if entity.key.kind != "person"]
    yield from _given_names([person for person in people if not person.lone])
    yield from _surnames(people)
    yield from _acronyms(entities)
    yield from _short_forms(others)
    yield from _same_words(others)
    yield from _parts(others)
    yield from _spellings([entity for entity in entities if not entity.lone])


def _blocks(keyed: Iterable[tuple[object, _Named]]) -> Iterator[list[_Named]]:
    """Entities that share a key, the most named first, at most so many that comparing all with all is cheap."""
    blocks: defaultdict[object, dict[EntityKey, _Named]] = defaultdict(dict)
    for key, entity in keyed:
        blocks[key][entity.key] = entity
    for block in blocks.values():
        if len(block) > 1:
            yield sorted(block.values(), key=lambda entity: (-entity.count, entity.key))[:_BLOCK]


def _same_name(entities: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    for block in _blocks((entity.form, entity) for entity in entities):
        yield from (("same-name", a, b) for a, b in combinations(block, 2) if a.key.kind != b.key.kind)


def _given_names(people: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    for block in _blocks((core(person.words)[-1:], person) for person in people):
        yield from (("given-name", a, b) for a, b in combinations(block, 2) if can_be_one(a.words, b.words))


def _surnames(people: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    """A lone surname and the three most named people who bear it."""
    bearers: defaultdict[str, list[_Named]] = defaultdict(list)
    for person in sorted(people, key=lambda person: (-person.count, person.key)):
        if not person.lone:
            for name in surnames(person.words):
                if len(bearers[name]) < 3:
                    bearers[name].append(person)
    for person in people:
        if person.lone:
            yield from (("surname", bearer, person) for bearer in bearers.get(lone_name(person.words), ()))


def _acronyms(entities: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    long_forms: defaultdict[str, list[_Named]] = defaultdict(list)
    for entity in sorted(entities, key=lambda entity: (-entity.count, entity.key)):
        if entity.key.kind != "person" or len(entity.words) > 2:
            for letters in initials(entity.words):
                if len(letters) > 1 and len(long_forms[letters]) < 5:
                    long_forms[letters].append(entity)
    for entity in entities:
        if letters := acronym_letters(entity.name):
            yield from (("acronym", long, entity) for long in long_forms.get(letters, ()) if long is not entity)


_OWNERS = (
    "united states ",
    "united nations ",
    "us ",
    "house ",
    "senate ",
    "federal ",
    "state of ",
    "city of ",
    "republic of ",
)
_LEGAL = (
    " inc",
    " corp",
    " corporation",
    " co",
    " company",
    " llc",
    " llp",
    " ltd",
    " limited",
    " plc",
    " group",
    " ag",
    " gmbh",
)


def _short_forms(others: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    keyed = ((entity.key.kind, _reduced(entity.form)) for entity in others)
    for block in _blocks(zip(keyed, others, strict=True)):
        for a, b in combinations(block, 2):
            if {a.words[0], b.words[0]} != {"house", "senate"}:
                yield ("short-form", a, b)


def _reduced(form: str) -> str:
    for owner in _OWNERS:
        form = form.removeprefix(owner)
    for legal in _LEGAL:
        form = form.removesuffix(legal)
    return form


_SMALL = frozenset("of the and on for to in a an department united states us".split())


def _same_words(others: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    """`Senate Committee on Finance`, `Senate Finance Committee`; `Department of the Treasury`, `Treasury`."""
    keyed = (((entity.key.kind, frozenset(entity.words) - _SMALL), entity) for entity in others)
    for block in _blocks((key, entity) for key, entity in keyed if key[1]):
        yield from (("same-words", a, b) for a, b in combinations(block, 2))


def _parts(others: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    """A name and the most named longer ones that begin or end with it: `House`, `House of Representatives`."""
    by_form = {(entity.key.kind, entity.form): entity for entity in others}
    owners: defaultdict[EntityKey, list[_Named]] = defaultdict(list)
    for long in sorted(others, key=lambda entity: (-entity.count, entity.key)):
        for cut in range(1, len(long.words)):
            ends = (long.words[cut:],) if long.key.kind != "place" else ()  # `New Mexico` is not in Mexico.
            for words in (long.words[:cut], *ends):
                short = by_form.get((long.key.kind, " ".join(words)))
                if short is not None and len(owners[short.key]) < _OWNERS_OF_PART:
                    owners[short.key].append(long)
                    yield "part", long, short


def _spellings(entities: Sequence[_Named]) -> Iterator[tuple[str, _Named, _Named]]:
    for block in _blocks(_spelling_keys(entities)):
        for a, b in combinations(block, 2):
            if a.key.kind != b.key.kind or a.form == b.form:
                continue
            allowed = 1 if len(a.form) < 10 else 2
            if edit_distance(a.form, b.form, allowed) <= allowed and not _differ_by_number(a.words, b.words):
                yield ("spelling", a, b)
            elif sound(a.form) == sound(b.form):
                yield ("sound", a, b)


def _spelling_keys(entities: Sequence[_Named]) -> Iterator[tuple[object, _Named]]:
    """Keys that names of nearly one spelling share: how they sound, and all words but one with the ends of that one."""
    for entity in entities:
        if len(entity.form) < 5 or not entity.form.isascii():
            continue
        kind = entity.key.kind
        yield (kind, sound(entity.form)), entity
        for place, word in enumerate(entity.words[:8]):
            rest = (*entity.words[:place], "", *entity.words[place + 1 :])
            if len(word) > 3:
                yield (kind, rest, word[:3]), entity
                yield (kind, rest, word[-3:]), entity


def _differ_by_number(a: Sequence[str], b: Sequence[str]) -> bool:
    """`Apollo 11` and `Apollo 12`, `Henry II` and `Henry III` are two."""
    numerals = {"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "jr", "sr"}
    return any(word.isdigit() or word in numerals or len(word) < 3 for word in set(a) ^ set(b))


_SOUNDS = str.maketrans(
    {"q": "k", "c": "k", "z": "s", "x": "ks", "w": "v", "y": "", "h": "", "j": "", **dict.fromkeys("aeiou", "")}
)


def sound(form: str) -> str:
    """Reduce a normal form to its consonants, so that transliterations of one name meet: Hezbollah, Hizbullah.

    The first letter of each word stays unless it is a vowel, for which `a` stands; doubled consonants count once.
    """
    words: list[str] = []
    for word in form.split(" "):
        plain = word.replace("ph", "f").replace("ck", "k").replace("kh", "k").replace("gh", "g").replace("dj", "j")
        head = (
            "a"
            if plain[:1] in "aeiou"
            else plain[:1].replace("c", "k").replace("q", "k").replace("y", "j").replace("w", "v")
        )
        body = plain[1:].translate(_SOUNDS)
        out = [head]
        for char in body:
            if char != out[-1]:
                out.append(char)
        words.append("".join(out))
    return " ".join(words)


def edit_distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours), or `most` + 1 where it is larger.

    Costs O(len(a) · most).
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        older, before, row = before, row, [i]
        low, high = max(1, i - most), min(len(b), i + most)
        row += [most + 1] * (low - 1)
        for j in range(low, high + 1):
            right = b[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        row += [most + 1] * (len(b) - high)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
