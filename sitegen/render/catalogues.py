"""Catalogues of the interface languages: JSON made from `translations/*.po` and Unicode CLDR, shipped in `locale/`.

A language tag falls back part by part (RFC 4647, lookup): `de-Latn-AT` takes German with what Austria writes otherwise
(`Jänner`), `nl`, which has no catalogue, English.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Mapping
from typing import Any

import msgspec

from sitegen.errors import ThemeError
from sitegen.render.strings import Formats, Strings
from sitegen.render.theme_source import Message


class Region(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a country writes otherwise than the language at large."""

    formats: dict[str, Any] = {}
    """Fields of `Formats`."""
    messages: dict[str, str] = {}


class Catalogue(msgspec.Struct, frozen=True):
    """One file of `locale/`; fields as in `Strings`."""

    rule: str
    categories: tuple[str, ...]
    formats: dict[str, Any]
    messages: dict[str, str]
    plurals: dict[str, tuple[str, ...]]
    regions: dict[str, Region]
    """By ISO 3166 code or UN M.49 number."""


@functools.lru_cache(maxsize=16)
def interface_strings(language: str) -> Strings:
    """The strings of a BCP 47 language; English where there is no catalogue for it."""
    first, *subtags = language.replace("_", "-").split("-")
    catalogue = _read(first.lower())
    if catalogue is None:
        return Strings(language=language)
    found = next((tag.upper() for tag in subtags if len(tag) == 2 or (len(tag) == 3 and tag.isdigit())), "")
    region = catalogue.regions.get(found, Region())
    return Strings(
        language=language,
        messages=catalogue.messages | region.messages,
        plurals=catalogue.plurals,
        categories=catalogue.categories,
        rule=catalogue.rule,
        formats=msgspec.convert(catalogue.formats | region.formats, Formats),
    )


def with_messages(strings: Strings, messages: Mapping[str, Mapping[str, Message]]) -> Strings:
    """The strings with a theme's own words: those of the language, and of its region before them.

    Raises:
        ThemeError: a message that counts has not as many forms as the language.
    """
    first, *subtags = strings.language.lower().replace("_", "-").split("-")
    own: dict[str, Message] = {}
    for tag in ("-".join((first, *subtags[:length])) for length in range(len(subtags) + 1)):
        own |= messages.get(tag, {})
    for message, forms in own.items():
        if not isinstance(forms, str) and len(forms) != len(strings.categories):
            kinds = ", ".join(strings.categories)
            raise ThemeError(f"`{message}` needs {len(strings.categories)} forms: {kinds}", code="theme-locale")
    if not own:
        return strings
    return msgspec.structs.replace(
        strings,
        messages={**strings.messages, **{key: text for key, text in own.items() if isinstance(text, str)}},
        plurals={**strings.plurals, **{key: forms for key, forms in own.items() if not isinstance(forms, str)}},
    )


def _read(language: str) -> Catalogue | None:
    if not (language.isascii() and language.isalpha()):
        return None
    file = importlib.resources.files("sitegen.render").joinpath("locale", f"{language}.json")
    return msgspec.json.decode(file.read_bytes(), type=Catalogue) if file.is_file() else None
