"""The small part of YAML that the program writes, and a quick reader for exactly that part.

Front matter is written in block style, one key a line, every scalar on one line. `read_canonical` reads that form some
ten times faster than libyaml and gives up (None) on anything else, so that whatever a person writes goes to the full
reader (`yaml_reader`). The tests hold the two against each other.
"""

from __future__ import annotations

import math
import re
from typing import Any

from sitegen.markup.controls import strip_controls

NULLS = frozenset({"null", "Null", "NULL", "~", ""})
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})  # YAML 1.1 reads these as values
_INDICATORS = frozenset(" -?:,[]{}#&*!|>'\"%@`")  # a plain scalar starts with none of them
_FLOW_ENDERS = re.compile(r"[\[\]{}:?#\"]")
_BARE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,3})?")
# With a digit in front, only a character that no number, date or time holds makes a text of it everywhere.
_NO_NUMBER = re.compile(r"[^0-9_.:+\-eEoOxXtTzZ ]")
_UNPRINTABLE = re.compile("[^ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DEPTH = 12


def resolve(text: str) -> Any:
    """Return the value of a plain scalar under a key that the program does not know: JSON's types, else the text."""
    if text in NULLS:
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def is_plain(text: str) -> bool:
    """Tell whether YAML reads a printable, non-empty text as one plain scalar on one line."""
    return text[0] not in _INDICATORS and text[-1] not in " :" and ": " not in text and " #" not in text


def scalar(text: str) -> str:
    """Write a text as a YAML scalar on one line: plain where every YAML reader takes it for text, else quoted."""
    if not text:
        return "''"
    if not text.isprintable() and _UNPRINTABLE.search(text):
        return _double_quoted(text)
    if is_plain(text) and text.lower() not in _WORDS:
        first = text[0]
        if first.isalpha() or first in "/(_" or first > "\x7f":
            return text
        if first.isdigit() and text[1:2] not in ("x", "o", "b", "X", "O", "B") and _NO_NUMBER.search(text):
            return text
    return quoted(text)


def quoted(text: str) -> str:
    """Write a text in single quotes; in double quotes where it holds what single quotes cannot."""
    if not text.isprintable() and _UNPRINTABLE.search(text):
        return _double_quoted(text)
    return "'" + text.replace("'", "''") + "'"


def _double_quoted(text: str) -> str:
    def escape(found: re.Match[str]) -> str:
        code = ord(found[0])
        if 0xD800 <= code <= 0xDFFF:  # half a pair has no place in UTF-8
            return "\ufffd"
        if found[0] == "\n":
            return "\\n"
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return '"' + _UNPRINTABLE.sub(escape, text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def flow_list(texts: tuple[str, ...]) -> str:
    """Write texts as a list on one line."""
    return "[" + ", ".join([quoted(text) if _ends_flow(text) else scalar(text) for text in texts]) + "]"


def _ends_flow(text: str) -> bool:
    return "," in text or _FLOW_ENDERS.search(text) is not None


def write_value(key: str, value: Any, lines: list[str], indent: str = "") -> None:
    """Append the lines of `key: value` for a value of JSON's types, nested blocks indented by two."""
    name = key if _BARE_KEY.fullmatch(key) and key.lower() not in _WORDS else quoted(strip_controls(key))
    # A key on the line of its value may have 1024 characters.
    head = f"{indent}{name}:" if len(name) < 1000 else f"{indent}? {name}\n{indent}:"
    _write(head, value, lines, indent)


def _write(head: str, value: Any, lines: list[str], indent: str) -> None:
    if isinstance(value, dict) and value and len(indent) < 2 * _DEPTH:
        lines.append(head)
        for key, inner in value.items():
            write_value(str(key), inner, lines, indent + "  ")
    elif isinstance(value, list | tuple) and value and len(indent) < 2 * _DEPTH:
        lines.append(head)
        for inner in value:
            if isinstance(inner, dict | list | tuple) and inner:
                _write(f"{indent}-", inner, lines, indent + "  ")
            else:
                lines.append(f"{indent}- {_leaf(inner)}")
    else:
        lines.append(f"{head} {_leaf(value)}")


def _leaf(value: Any) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        return text if resolve(text) == value else quoted(text)
    if isinstance(value, dict) and not value:
        return "{}"
    if isinstance(value, list | tuple) and not value:
        return "[]"
    # Deeper than a person nests by hand: kept, as text.
    return scalar(value if isinstance(value, str) else repr(value))


Fields = dict[str, Any]
"""Top-level keys with their values: str, None, list or dict of the same (resolved values under unknown keys)."""


def read_canonical(header: str, known: frozenset[str]) -> Fields | None:
    """Read front matter in the form that the program writes; None where it is in any other form.

    Args:
        header: the lines between the dashes, without the last line feed and without control characters.
        known: the keys whose scalars stay text; plain scalars under other keys are resolved.
    """
    if "\t" in header or not (header.isascii() or header.replace("\n", "").isprintable()):
        return None
    fields: Fields = {}
    lines = header.split("\n")
    lines.append("end")  # not a key: stops every inner loop
    count = len(lines) - 1
    at = 0
    while at < count:
        line = lines[at]
        at += 1
        key, colon, text = line.partition(": ")
        if not colon:
            if line[-1:] != ":":
                return None
            key = line[:-1]
        is_known = key in known
        if key in fields or (not is_known and not _BARE_KEY.fullmatch(key)):
            return None
        value: Any
        if colon:
            value = [] if text == "[]" else _scalar(text, is_known)
        elif lines[at][:2] == "- ":
            value = []
            while (line := lines[at])[:2] == "- ":
                at += 1
                text = line[2:]
                # The usual item, without a function call.
                if (
                    text[:1].isalpha()
                    and ": " not in text
                    and " #" not in text
                    and text[-1] not in " :"
                    and text not in NULLS
                    and is_known
                ):
                    value.append(text)
                    continue
                if line[:8] == "- name: ":
                    item: Any = {"name": _scalar(line[8:], True)}
                    while (line := lines[at])[:2] == "  ":
                        at += 1
                        inner, _, text = line[2:].partition(": ")
                        if inner == "as":
                            item[inner] = _flow_list(text)
                        elif inner == "kind":
                            item[inner] = _scalar(text, True)
                        else:
                            return None
                        if item[inner] is _REFUSED:
                            return None
                    if item["name"] is _REFUSED or not is_known:
                        return None
                else:
                    item = _scalar(text, is_known)
                    if item is _REFUSED:
                        return None
                value.append(item)
        elif key == "source" and lines[at][:2] == "  ":
            value = {}
            while (line := lines[at])[:2] == "  ":
                at += 1
                inner, colon, text = line[2:].partition(": ")
                if not colon or inner in value or not _BARE_KEY.fullmatch(inner):
                    return None
                value[inner] = _scalar(text, True)
                if value[inner] is _REFUSED:
                    return None
        else:
            value = None
        if value is _REFUSED:
            return None
        fields[key] = value
    return fields


_REFUSED: Any = object()


def _scalar(text: str, as_text: bool) -> Any:
    if not text:
        return _REFUSED
    first = text[0]
    if first in _INDICATORS:
        if first == "'" and len(text) > 1 and text[-1] == "'":
            inner = text[1:-1]
            if "'" not in inner:
                return inner
            if "'" not in inner.replace("''", ""):
                return inner.replace("''", "'")
        return _REFUSED
    if text[-1] in " :" or ": " in text or " #" in text:
        return _REFUSED
    if as_text:
        return None if text in NULLS else text
    return resolve(text)


def _flow_list(text: str) -> Any:
    if text[:1] != "[" or text[-1:] != "]" or _FLOW_ENDERS.search(text, 1, len(text) - 1):
        return _REFUSED
    items = [_scalar(item, True) for item in text[1:-1].split(", ")]
    return _REFUSED if any(item is _REFUSED or (item and "," in item) for item in items) else items
