"""Strict readers of BibTeX and RIS: what is no record is an error, so that nothing hides between records."""

from __future__ import annotations

import re

_HEAD = re.compile(r"\s*@(\w+)\{([^\s,{}\"#%'()=\\~]+),")
_FIELD = re.compile(r"\s*(\w+)\s*=\s*\{")
_RIS = re.compile(r"([A-Z][A-Z0-9])  - (.*)")


def bibtex_records(text: str) -> list[dict[str, str]]:
    """Fields by name of each record, its key under `key`; escaped braces count, too, as they do in BibTeX."""
    records = []
    at = 0
    while text[at:].strip():
        head = _HEAD.match(text, at)
        assert head, text[at : at + 80]
        record = {"key": head[2]}
        at = head.end()
        while field := _FIELD.match(text, at):
            start = at = field.end()
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            assert field[1] not in record, field[1]
            record[field[1]] = text[start : at - 1]
            assert "\n" not in record[field[1]]
            at += text[at] == ","
        end = re.compile(r"\s*\}").match(text, at)
        assert end, text[at : at + 80]
        at = end.end()
        records.append(record)
    return records


def ris_records(text: str) -> list[list[tuple[str, str]]]:
    """Tags and values of each record; every line, by any sign that ends one, is a field."""
    records: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        field = _RIS.fullmatch(line)
        assert field, line
        if field[1] == "TY":
            assert not records or records[-1][-1][0] == "ER"
            records.append([])
        records[-1].append((field[1], field[2]))
    assert all([tag for tag, _ in record].count("ER") == 1 and record[-1][0] == "ER" for record in records)
    return records
