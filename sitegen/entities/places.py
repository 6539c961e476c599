"""Where places are: coordinates and country from a gazetteer distilled from GeoNames (CC BY 4.0).

A name that several places bear means the one that the article's other places speak for, else the best known one. The
rule is a sum, in powers of ten of the population: a country counts ten times its people, a capital thirty times, a
region (whose name its chief town often shares) a fifth; a secondary name a tenth. Other places in the same region add
up to four powers, in the same country up to two, in a neighbouring country up to one, each by their share.
"""

from __future__ import annotations

import importlib.resources
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from sitegen.entities.names import normal_form

RESOURCE = "gazetteer.zlib"

_KIND_BONUS = {"c": 1.0, "k": 1.5, "r": -0.7, "p": 0.0}
_SECONDARY_NAME = -1.0
_SAME_REGION, _SAME_COUNTRY, _NEIGHBOUR = 4.0, 2.0, 1.0
_MAX_CONTEXT = 40

_NOWHERE = frozenset(
    "africa|america|antarctic|antarctica|arctic|arctic ocean|asia|atlantic|atlantic ocean|central america|earth|east|"
    "eurasia|europe|far east|indian ocean|latin america|mars|mediterranean|mediterranean sea|middle east|moon|"
    "near east|north|north america|north sea|oceania|pacific|pacific ocean|south|south america|southern ocean|sun|"
    "venus|west|western europe|eastern europe".split("|")
)
"""Normal forms of what no point on a map stands for: seas, continents, quarters of the sky. Towns of these names, such
as Atlantic in Iowa, are found with their state (`Atlantic, Iowa`)."""


class Place(msgspec.Struct, frozen=True):
    """A spot on the map for a name."""

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""
    country: str
    """ISO 3166-1 alpha-2 code."""
    region: str = ""
    """GeoNames' code of the first-order division, `TX` in the US; empty for countries."""
    kind: str = "town"
    """`country`, `region` or `town`."""


class _Candidate(msgspec.Struct, frozen=True):
    place: Place
    weight: float


class Gazetteer:
    """Finds places by name. Build it from the bytes of the packaged resource (see `training/gazetteer/build.py`)."""

    def __init__(self, data: bytes) -> None:
        places, names, borders = zlib.decompress(data).decode().split("\n\n")
        self._places = places.split("\n")
        self._names = names.split("\n")
        """`normal form<tab>numbers of places`, sorted."""
        self._borders = {code: set(near.split(" ")) for code, near in (b.split("\t") for b in borders.split("\n"))}
        self._candidates_of = lru_cache(maxsize=1 << 14)(self._find)

    def locate(self, name: str, context_places: Sequence[str] = ()) -> Place | None:
        """Find where `name` is, read among the names of an article's other places.

        `Paris, Texas` (also `Paris, Tex.` and `Paris, TX`) means just that. Two capitals are short for a country or a
        state, never a town's name. None where the gazetteer has no such place.
        """
        head, comma, qualifier = name.partition(",")
        if comma and (found := self._within(head, qualifier)):
            return _best(found)
        if normal_form(name, "place") in _NOWHERE:
            return None
        candidates = self._candidates_of(normal_form(name, "place"))
        if len(name) == 2 and name.isupper():  # `WA` is short for a state, and no town in Ghana.
            candidates = tuple(candidate for candidate in candidates if candidate.place.kind != "town")
        if len(candidates) < 2:
            return candidates[0].place if candidates else None
        context = self._context(context_places, besides=name)
        return _best([_Candidate(c.place, c.weight + self._support(c.place, context)) for c in candidates])

    def _within(self, head: str, qualifier: str) -> list[_Candidate]:
        """Find the places called `head` inside the region or country called `qualifier`."""
        last = qualifier.rpartition(",")[2].strip()
        form = normal_form(last, "place")
        outer = [*self._candidates_of("," + form.replace(" ", "")), *self._candidates_of(form)]
        areas = {(area.place.country, area.place.region) for area in outer if area.place.kind != "town"}
        if form == "washington dc":
            areas.add(("US", "DC"))
        return [
            found
            for found in self._candidates_of(normal_form(head, "place"))
            if (found.place.country, found.place.region) in areas or (found.place.country, "") in areas
        ]

    def _context(self, names: Iterable[str], besides: str) -> list[Place]:
        forms = dict.fromkeys(normal_form(name, "place") for name in list(names)[:_MAX_CONTEXT])
        forms.pop(normal_form(besides, "place"), None)
        found = (self._candidates_of(form) for form in forms)
        return [_best(candidates) for candidates in found if candidates]

    def _support(self, place: Place, context: Sequence[Place]) -> float:
        if not context:
            return 0.0
        region = sum(place.region != "" and (p.country, p.region) == (place.country, place.region) for p in context)
        country = sum(p.country == place.country for p in context)
        near = self._borders.get(place.country, set())
        neighbour = sum(p.country in near for p in context)
        return (_SAME_REGION * region + _SAME_COUNTRY * country + _NEIGHBOUR * neighbour) / len(context)

    def _find(self, form: str) -> tuple[_Candidate, ...]:
        at = bisect_left(self._names, form + "\t")
        if at == len(self._names) or not self._names[at].startswith(form + "\t"):
            return ()
        numbers = self._names[at][len(form) + 1 :].split(" ")
        return tuple(self._candidate(number) for number in numbers)

    def _candidate(self, number: str) -> _Candidate:
        country, region, kind, size, latitude, longitude = self._places[int(number.removeprefix("~"))].split("\t")
        weight = int(size) / 10 + _KIND_BONUS[kind] + (_SECONDARY_NAME if number.startswith("~") else 0.0)
        name = {"c": "country", "r": "region"}.get(kind, "town")
        return _Candidate(Place(int(latitude) / 100, int(longitude) / 100, country, region, name), weight)


def _best(candidates: Sequence[_Candidate]) -> Place:
    """The weightiest; ties go to the first, the order of the gazetteer being fixed."""
    return max(candidates, key=lambda candidate: candidate.weight).place


def _read_packaged(name: str) -> bytes:
    return importlib.resources.files("sitegen.entities").joinpath("data", name).read_bytes()


def load_gazetteer(read_resource: Callable[[str], bytes] = _read_packaged) -> Gazetteer:
    """Make the gazetteer from the package's data (`read_resource`: file name to bytes). Takes about 30 ms."""
    return Gazetteer(read_resource(RESOURCE))


@lru_cache(maxsize=1)
def _packaged() -> Gazetteer:
    return load_gazetteer()


def locate(name: str, context_places: Sequence[str] = ()) -> Place | None:
    """Find where `name` is with the packaged gazetteer, loaded when first asked; see `Gazetteer.locate`."""
    return _packaged().locate(name, context_places)
