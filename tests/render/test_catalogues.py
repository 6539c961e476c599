"""Catalogues of the interface languages: complete, current, and true to CLDR."""

from __future__ import annotations

import importlib.util
import string
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel import Locale

from sitegen.render.catalogues import interface_strings

_ROOT = Path(__file__).resolve().parents[2]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations_update", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


update = _load(_ROOT / "translations" / "update.py")
_LANGUAGES = sorted(set(update.RULES) - {"en"})


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_message_is_translated() -> None:
    """No language lacks a message of the themes, the code or the scripts; `make messages` says where to add it."""
    assert update.untranslated() == []


def test_shipped_catalogues_are_current() -> None:
    """What the wheel ships is what the translations make; `make messages` makes it."""
    stale = [path.name for path, data in update.files().items() if not path.exists() or path.read_bytes() != data]
    assert stale == []


@pytest.mark.parametrize("language", _LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    """A translation names the values that the message has; a plural's form may leave out its number."""
    strings = interface_strings(language)
    for message, text in strings.messages.items():
        assert _placeholders(message) == _placeholders(text), text
    for message, forms in strings.plurals.items():
        assert len(forms) == len(strings.categories)
        for form in forms:
            assert _placeholders(message) - {"n"} <= _placeholders(form) <= _placeholders(message), form
        assert "{n}" in forms[-1]


@pytest.mark.parametrize("language", sorted(update.RULES))
def test_plural_rules_are_those_of_cldr(language: str) -> None:
    """For whole numbers gettext's rule chooses the category that CLDR does."""
    strings = interface_strings(language)
    rule = Locale.parse(language).plural_form
    forms = strings.forms("{n} article", "{n} articles")
    for count in [*range(250), 1000, 1003, 1011, 10**6, 2 * 10**6, 10**6 + 1]:
        number = strings.number(count)
        expected = forms[rule(count)].replace("{n}", number)
        assert strings.plural(count, "{n} article", "{n} articles") == expected


def test_a_message_that_is_worked_out_is_refused() -> None:
    """It would never be found; the place to mend is named."""
    assert list(update.template_messages("{{ 'A'|t }}{{ n|plural('{n} b', '{n} c') }}", "x.html")) == [
        (1, "A"),
        (1, ("{n} b", "{n} c")),
    ]
    with pytest.raises(update.UnmarkedMessageError, match=r"x\.html:2: write the message itself before `\|t`"):
        list(update.template_messages("\n{{ view.title|t }}", "x.html"))


def test_date_patterns_are_those_of_cldr() -> None:
    """Letters become fields, quoted words stay."""
    assert update._pattern("d 'de' MMMM 'de' y") == "{day} de {month} de {year}"
    assert update._pattern("d. MMMM y") == "{day}. {month} {year}"
