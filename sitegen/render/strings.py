"""The interface's strings: looked up in a catalogue, English where it has none."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from markupsafe import Markup, escape

_SEPARATORS = {"en": ",", "de": ".", "es": ".", "fr": "\u202f", "ar": ",", "he": ","}

KIND_NAMES = {"person": "Person", "organization": "Organisation", "place": "Place"}
FAMILY_NAMES = {
    "people": "People",
    "organizations": "Organisations",
    "places": "Places",
    "sources": "Sources",
    "authors": "Authors",
    "tags": "Topics",
}
FAMILY_OF_KIND = {"person": "people", "organization": "organizations", "place": "places"}


class Strings(msgspec.Struct, frozen=True):
    """Interface strings of one language.

    Templates write the English message itself, `{{ 'Latest articles'|t }}`. A message without values is looked up
    when the template is compiled and costs nothing when a page is rendered.
    """

    language: str = "en"
    """BCP 47."""
    messages: Mapping[str, str] = {}
    """English message → message of this language."""

    def text(self, message: str, **values: object) -> str:
        """`message` in this language, each `{key}` replaced by the value of that name.

        Where a value is `Markup` the message is escaped around it and the answer is `Markup`, else plain text.
        """
        found = self.messages.get(message, message)
        if not values:
            return found
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(_fill(str(escape(found)), {key: str(escape(value)) for key, value in values.items()}))  # noqa: S704
        return _fill(found, {key: str(value) for key, value in values.items()})

    def plural(self, count: int, one: str, many: str, **values: object) -> str:
        """`one` or `many` by `count`, which stands in the message as `{n}`, with separators."""
        return self.text(one if count == 1 else many, n=self.number(count), **values)

    def number(self, value: int) -> str:
        """`26639` → `26,639`, as the language groups digits (four digits stay together where CLDR says so)."""
        language = self.language.lower().partition("-")[0]
        if language == "es" and value < 10_000:
            return str(value)
        return f"{value:,}".replace(",", _SEPARATORS.get(language, ","))

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


def _fill(message: str, values: Mapping[str, str]) -> str:
    """Replace `{key}`s in one pass, so that a value that looks like a placeholder stays as it is."""
    parts: list[str] = []
    rest = message
    while rest:
        before, brace, after = rest.partition("{")
        parts.append(before)
        if not brace:
            break
        key, closing, tail = after.partition("}")
        if closing and key in values:
            parts.append(values[key])
            rest = tail
        else:
            parts.append("{")
            rest = after
    return "".join(parts)
