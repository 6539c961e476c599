"""Finds the interface's messages, brings the `.po` files up to date, and compiles the catalogues that sitegen ships.

usage: python translations/update.py           (`make messages`; docs/languages.md tells the rest)
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from babel import Locale, localedata
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from babel.numbers import get_group_symbol
from jinja2 import nodes

from sitegen.render import strings
from sitegen.render.catalogues import Catalogue, Region
from sitegen.render.environment import ThemeEnvironment
from sitegen.render.strings import Formats

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "translations"
COMPILED = ROOT / "sitegen" / "render" / "locale"

RULES = {
    "en": (("one", "other"), "n != 1"),
    "de": (("one", "other"), "n != 1"),
    "fr": (("one", "many", "other"), "n < 2 ? 0 : n % 1000000 == 0 ? 1 : 2"),
    "es": (("one", "many", "other"), "n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2"),
    "he": (("one", "two", "other"), "n == 1 ? 0 : n == 2 ? 1 : 2"),
    "ar": (
        ("zero", "one", "two", "few", "many", "other"),
        "n == 0 ? 0 : n == 1 ? 1 : n == 2 ? 2 : n % 100 >= 3 && n % 100 <= 10 ? 3 : n % 100 >= 11 ? 4 : 5",
    ),
}
"""Plural categories and gettext's rule, after Unicode CLDR: those of whole numbers."""

_BASE = {"en": "en_001"}
"""Plain English is that of the world, not of the United States."""

_UNGROUPED = {"es": 10_000}
"""CLDR's minimumGroupingDigits, which Babel leaves out: `es` writes 1234 but 12.345; its American kin 1,234."""

Message = str | tuple[str, str]
"""A message, or singular and plural."""


class UnmarkedMessageError(ValueError):
    """A message that is not written where it is used: it could not be found, and would stay untranslated."""


def messages() -> dict[Message, list[tuple[str, int]]]:
    """All messages of the themes that come with sitegen and of its code → files and lines."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for path in sorted(ROOT.glob("themes/*/templates/**/*.html")):
        for line, message in template_messages(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))):
            found.setdefault(message, []).append((path.relative_to(ROOT).as_posix(), line))
    for path in sorted(ROOT.glob("sitegen/render/*.py")):
        for line, message in _code_messages(path.read_text(encoding="utf-8")):
            found.setdefault(message, []).append((path.relative_to(ROOT).as_posix(), line))
    for names in (strings.KIND_NAMES, strings.FAMILY_NAMES, strings.ALL_NAMES):
        for name in names.values():
            found.setdefault(name, []).append(("sitegen/render/strings.py", 0))
    plural_of: dict[str, str] = {}
    for message in found:
        if isinstance(message, tuple) and plural_of.setdefault(message[0], message[1]) != message[1]:
            raise UnmarkedMessageError(f"`{message[0]}` has two plurals: `{plural_of[message[0]]}`, `{message[1]}`")
    return found


def template_messages(source: str, name: str) -> Iterator[tuple[int, Message]]:
    """Messages of one template: constants before the filters `t`, `plural` and `forms`.

    Raises:
        UnmarkedMessageError: a message is worked out and not written down.
    """
    tree = ThemeEnvironment(trim_blocks=True, lstrip_blocks=True).parse(source)
    for node in tree.find_all(nodes.Filter):
        match node.name:
            case "t":
                parts = [node.node]
            case "plural":
                parts = [*node.args[:2]]
            case "forms":
                parts = [node.node, *node.args]
            case _:
                continue
        texts = [part.value for part in parts if isinstance(part, nodes.Const) and isinstance(part.value, str)]
        if len(texts) < len(parts):
            raise UnmarkedMessageError(f"{name}:{node.lineno}: write the message itself before `|{node.name}`")
        yield node.lineno, texts[0] if node.name == "t" else (texts[0], texts[1])


def _code_messages(source: str) -> Iterator[tuple[int, Message]]:
    """Messages of one module: constants given to `strings.text` and `strings.plural`."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if node.func.attr == "text" and len(texts) == 1:
            yield node.lineno, texts[0]
        elif node.func.attr == "plural" and len(texts) == 2:
            yield node.lineno, (texts[0], texts[1])


def read_catalogue(path: Path) -> Catalog:
    """A `.po` file, with the plural rule of its language."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)
    catalogue._num_plurals = len(RULES[path.stem.partition("-")[0]][0])  # type: ignore[assignment]
    return catalogue


def po_text(path: Path, found: dict[Message, list[tuple[str, int]]]) -> bytes:
    """What the file should hold: all messages in order, those translated kept, those no longer used dropped.

    A region's file (`en-US.po`) holds only what it says otherwise than its language.
    """
    old = read_catalogue(path)
    regional = "-" in path.stem
    fresh = Catalog(locale=old.locale)
    fresh._num_plurals = old.num_plurals  # type: ignore[assignment]
    for message, places in sorted(found.items(), key=lambda item: (item[1][0][0], item[1][0][1], str(item[0]))):
        kept = old.get(message if isinstance(message, str) else message[0])
        text = kept.string if kept is not None else ""
        if regional and not text:
            continue
        if isinstance(message, tuple) and not isinstance(text, tuple):
            text = ("",) * old.num_plurals
        if isinstance(message, str) and not isinstance(text, str):
            text = ""
        comments = kept.user_comments if kept is not None else ()
        fresh.add(message, text, sorted({(file, 0) for file, _ in places}), user_comments=comments)
    body: list[bytes] = []
    buffer = _Buffer(body)
    write_po(buffer, fresh, omit_header=True, width=120, include_lineno=False)
    tag, rule = path.stem, RULES[path.stem.partition("-")[0]][1]
    header = (
        f"# {_title(path)}\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {tag}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: nplurals={old.num_plurals}; plural=({rule});\\n"\n\n'
    )
    return header.encode() + b"".join(body).strip() + b"\n"


class _Buffer:
    """What `write_po` writes to."""

    def __init__(self, parts: list[bytes]) -> None:
        self.write = parts.append


def _title(path: Path) -> str:
    return f"sitegen's interface: {Locale.parse(path.stem, sep='-').english_name}"


def compiled(language: str, found: dict[Message, list[tuple[str, int]]]) -> bytes:
    """The shipped catalogue of a language: its `.po` file, those of its regions, and CLDR's formats."""
    categories, rule = RULES[language]
    base = Locale.parse(_BASE.get(language, language))
    formats = _formats(base)
    plain = msgspec.structs.asdict(Formats())
    texts, plurals = ({}, {}) if language == "en" else _translations(PO / f"{language}.po", found)
    regions: dict[str, Region] = {}
    for name in sorted(localedata.locale_identifiers()):
        locale = Locale.parse(name)
        if locale.language != language or locale.script or locale.variant or not locale.territory:
            continue
        own = {key: value for key, value in _formats(locale).items() if value != formats[key]}
        po = PO / f"{language}-{locale.territory}.po"
        words = _translations(po, found)[0] if po.exists() else {}
        if (own or words) and name not in _BASE.values():
            regions[locale.territory] = Region(own, words)
    differing = {key: value for key, value in formats.items() if value != plain[key]}
    catalogue = Catalogue(rule, categories, differing, texts, plurals, regions)
    return msgspec.json.format(msgspec.json.encode(catalogue), indent=1) + b"\n"


def _translations(
    path: Path, found: dict[Message, list[tuple[str, int]]]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    catalogue = read_catalogue(path)
    texts: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in sorted(found, key=str):
        entry = catalogue.get(message if isinstance(message, str) else message[0])
        if entry is None or not entry.string or not all(entry.string):
            continue
        if isinstance(message, str) and isinstance(entry.string, str):
            texts[message] = entry.string
        elif isinstance(message, tuple) and isinstance(entry.string, tuple):
            plurals[message[0]] = entry.string
    return texts, plurals


def _formats(locale: Locale) -> dict[str, Any]:
    """CLDR's data of a locale as fields of `Formats`."""
    # Babel 2.18 writes what an alias leads to into the data that all locales share, where the next one finds it:
    # Arabic's calendar had Hebrew months. So each locale is read anew.
    localedata._cache.clear()
    locale = Locale.parse(str(locale))
    months = locale.months
    patterns = locale.list_patterns["standard"]
    lists = {key: pattern.removeprefix("{0}").removesuffix("{1}") for key, pattern in patterns.items()}
    return msgspec.structs.asdict(
        Formats(
            months=_names(months["format"]["wide"]),
            month_names=_names(months["stand-alone"]["wide"]),
            month_short=_names(months["stand-alone"]["abbreviated"]),
            day=_pattern(locale.date_formats["long"].pattern),
            month=_pattern(locale.datetime_skeletons["yMMMM"].pattern),
            group=get_group_symbol(locale, numbering_system="latn"),
            group_from=_UNGROUPED.get(str(locale), 1_000),
            pair=lists["2"],
            start=lists["start"],
            middle=lists["middle"],
            end=lists["end"],
        )
    )


def _names(months: dict[int, str]) -> tuple[str, ...]:
    return tuple(months[number] for number in range(1, 13))


def _pattern(cldr: str) -> str:
    """`d 'de' MMMM 'de' y` → `{day} de {month} de {year}`; CLDR's letters are those of date patterns (UTS 35)."""
    fields = {"dd": "{day:02d}", "d": "{day}", "MMMM": "{month}", "LLLL": "{month}", "y": "{year}"}
    result: list[str] = []
    at, quoted = 0, False
    while at < len(cldr):
        if cldr[at] == "'":
            quoted = not quoted
            at += 1
            continue
        run = len(cldr[at:]) - len(cldr[at:].lstrip(cldr[at]))
        letters = cldr[at : at + run]
        if not quoted and letters.isascii() and letters.isalpha():
            result.append(fields[letters])
        else:
            result.append(letters)
        at += run
    return "".join(result).replace("\u200f", "")


def files() -> dict[Path, bytes]:
    """All files made from the messages, as they should be."""
    found = messages()
    made = {path: po_text(path, found) for path in sorted(PO.glob("*.po"))}
    return made | {COMPILED / f"{language}.json": compiled(language, found) for language in RULES}


def untranslated() -> list[str]:
    """Messages that a language (regions aside) has no translation for, as `de: Search`."""
    missing: list[str] = []
    found = messages()
    for language in RULES:
        if language != "en":
            texts, plurals = _translations(PO / f"{language}.po", found)
            keys = [message if isinstance(message, str) else message[0] for message in found]
            missing += [f"{language}: {key}" for key in keys if key not in texts and key not in plurals]
    return missing


def main() -> int:
    """Write what is out of date, and say what is left to translate."""
    for _ in range(2):  # the catalogues are made from the .po files
        for path, data in files().items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
                print("wrote", path.relative_to(ROOT))
    missing = untranslated()
    for line in missing:
        print("not translated:", line)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
