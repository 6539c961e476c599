"""The interface's strings and formats in one language: looked up in a catalogue, English where it has none."""

from __future__ import annotations

import functools
import gettext
import re
from collections.abc import Callable, Mapping, Sequence

import msgspec
from markupsafe import Markup, escape

from sitegen.render.escaping import escaped

KIND_NAMES = {"person": "Person", "organization": "Organisation", "place": "Place"}
FAMILY_NAMES = {
    "people": "People",
    "organizations": "Organisations",
    "places": "Places",
    "sources": "Sources",
    "authors": "Authors",
    "tags": "Topics",
    "map": "Map",
    "network": "Network",
}
ALL_NAMES = {"people": "All people", "organizations": "All organisations", "places": "All places"}
FAMILY_OF_KIND = {"person": "people", "organization": "organizations", "place": "places"}


class Formats(msgspec.Struct, frozen=True):
    """How a language writes dates, numbers and lists (after Unicode CLDR, with Western digits); English by default."""

    months: tuple[str, ...] = tuple(
        "January February March April May June July August September October November December".split()
    )
    """Inside a date."""
    month_names: tuple[str, ...] = months
    """Standing alone."""
    month_short: tuple[str, ...] = tuple("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec".split())
    day: str = "{day} {month} {year}"
    month: str = "{month} {year}"
    group: str = ","
    """Between thousands."""
    group_from: int = 1_000
    """Smallest number that is grouped."""
    pair: str = " and "
    """Between two items of a list that has no more."""
    start: str = ", "
    middle: str = ", "
    end: str = " and "


class Strings(msgspec.Struct, frozen=True, eq=False):
    """Interface strings of one language; `sitegen.render.catalogues` makes them.

    Templates write the English message itself, `{{ 'Latest articles'|t }}`. A message without values is looked up
    when the template is compiled and costs nothing when a page is rendered.
    """

    language: str = "en"
    """BCP 47."""
    messages: Mapping[str, str] = {}
    """English message → message of this language."""
    plurals: Mapping[str, tuple[str, ...]] = {}
    """English singular → one message for each of `categories`."""
    categories: tuple[str, ...] = ("one", "other")
    """CLDR's plural categories, in the order of the forms."""
    rule: str = "n != 1"
    """Which form a count takes: gettext's expression, in C."""
    formats: Formats = Formats()

    def text(self, message: str, **values: object) -> str:
        """`message` in this language, each `{key}` replaced by the value of that name.

        Where a value is `Markup` the message is escaped around it and the answer is `Markup`, else plain text.
        """
        found = self.messages.get(message, message)
        if not values:
            return found
        if Markup not in map(type, values.values()):
            return _fill(found, {key: str(value) for key, value in values.items()})
        return Markup(_fill(_escaped(found), {key: str(escape(value)) for key, value in values.items()}))  # noqa: S704

    def plural(self, count: int, one: str, many: str, **values: object) -> str:
        """`one` or `many`, or what the language has for `count`, which stands there as `{n}`, with separators."""
        forms = self.plurals.get(one)
        message = (one if count == 1 else many) if forms is None else forms[_plural_rule(self.rule)(count)]
        number = self.number(count)
        return self.text(message, n=number, **values) if values else message.replace("{n}", number)

    def forms(self, one: str, many: str) -> dict[str, str]:
        """All forms of a plural by CLDR category, for scripts, which choose by `Intl.PluralRules`."""
        forms = self.plurals.get(one)
        return {"one": one, "other": many} if forms is None else dict(zip(self.categories, forms, strict=True))

    def number(self, value: int) -> str:
        """`26639` → `26,639`, as the language groups digits (four digits stay together where CLDR says so)."""
        text = str(value)
        if value < self.formats.group_from:
            return text
        return f"{value:,}".replace(",", self.formats.group)

    def between(self, index: int, length: int) -> str:
        """What stands before item `index` (from 0) of a list of `length`: nothing, a comma, ` and `."""
        formats = self.formats
        if index == 0:
            return ""
        if index == length - 1:
            return formats.pair if length == 2 else formats.end
        return formats.start if index == 1 else formats.middle

    def listed(self, names: Sequence[str]) -> Markup:
        """Join names as the language does, each in a `<bdi>` of its own, whatever its direction."""
        last = len(names)
        parts = [f"{self.between(index, last)}<bdi>{escaped(name)}</bdi>" for index, name in enumerate(names)]
        return Markup("".join(parts))  # noqa: S704 - names are escaped, separators are ours

    @property
    def withheld(self) -> str:
        """What stands in the place of a name that editors withhold."""
        return self.text("[name withheld]")

    def kind(self, kind: str) -> str:
        """Name of a kind of entity; editors' own kinds are shown as written, with a capital."""
        return self.text(KIND_NAMES.get(kind) or kind[:1].upper() + kind[1:])

    def kinds(self, kind: str) -> str:
        """Plural name of a kind of entity, or name of a list (`sources`)."""
        return self.family(FAMILY_OF_KIND.get(kind, kind))

    def family(self, family: str) -> str:
        """Name of a list by its path, `people` or `kinds/ship`."""
        last = family.rpartition("/")[2]
        return self.text(FAMILY_NAMES.get(family) or last[:1].upper() + last[1:])

    def all_of(self, family: str) -> str:
        """What a link to a whole list says: `All people`."""
        return self.text(ALL_NAMES[family]) if family in ALL_NAMES else self.family(family)


@functools.cache
def _plural_rule(rule: str) -> Callable[[int], int]:
    """The C expression as a function: count → number of the form."""
    index: Callable[[int], int] = gettext.c2py(rule)
    return index


@functools.lru_cache(maxsize=1024)
def _escaped(message: str) -> str:
    return str(escape(message))


def _fill(message: str, values: Mapping[str, str]) -> str:
    """Replace `{key}`s in one pass, so that a value that looks like a placeholder stays as it is."""
    parts = [values.get(part[1:-1], part) if part[:1] == "{" else part for part in _split(message)]
    return "".join(parts)


@functools.lru_cache(maxsize=1024)
def _split(message: str) -> tuple[str, ...]:
    """`By {authors}.` → `By `, `{authors}`, `.`."""
    return tuple(re.split(r"(\{\w+\})", message))
