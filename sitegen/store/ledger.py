"""What was ingested and what was removed: two small files under `content/`, kept under version control with it.

content/ingested.tsv    id, SHA-256 of the source's bytes and page of every source that was ingested, by id
content/removed.yaml    articles a person took out; ingest never brings them back
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import yaml

from sitegen.errors import ContentError
from sitegen.store.source_tree import write_atomically

_HEADER = "# sitegen: sources that became pages. id\tsha256\tpage\n"


class LedgerEntry(msgspec.Struct, frozen=True, array_like=True):
    """One source that became a page."""

    sha256: str
    page: str
    """Path relative to `content/`."""


class Tombstone(msgspec.Struct, frozen=True, omit_defaults=True):
    """One article that a person removed."""

    id: str
    source: str = ""
    """File or URL it came from."""
    title: str = ""
    reason: str = ""
    permalink: str = ""
    """Its address, at which publishing makes sure that nothing is left."""


def read_ledger(content: Path) -> dict[str, LedgerEntry]:
    """Entries by article id; a line that cannot be read is left out, as if its source were new to the archive."""
    entries: dict[str, LedgerEntry] = {}
    try:
        text = (content / "ingested.tsv").read_text(encoding="utf-8")
    except FileNotFoundError:
        return entries
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path="content/ingested.tsv", code="ledger") from error
    # Not splitlines: an id may hold other characters that end lines for Python.
    for line in text.split("\n"):
        fields = line.split("\t")
        if len(fields) == 3 and not line.startswith("#"):
            with contextlib.suppress(msgspec.DecodeError):
                id_ = msgspec.json.decode(fields[0], type=str) if fields[0].startswith('"') else fields[0]
                entries[id_] = LedgerEntry(fields[1], fields[2])
    return entries


def write_ledger(content: Path, entries: Mapping[str, LedgerEntry]) -> None:
    """Replace the ledger."""
    write_atomically(content / "ingested.tsv", ledger_bytes(entries))


def ledger_bytes(entries: Mapping[str, LedgerEntry]) -> bytes:
    """A ledger's bytes, in the order of ids, so that version control shows small differences."""
    lines = [_HEADER]
    for id_ in sorted(entries):
        # An id that could be taken for something else is written as a JSON string.
        plain = id_.isprintable() and not id_.startswith(('"', "#")) and "\t" not in id_
        shown = id_ if plain else msgspec.json.encode(id_).decode()
        lines.append(f"{shown}\t{entries[id_].sha256}\t{entries[id_].page}\n")
    return "".join(lines).encode()


def read_removed(content: Path) -> dict[str, Tombstone]:
    """Tombstones by article id.

    Raises:
        ContentError: the file is damaged; nothing may be ingested then, or what was removed might come back.
    """
    path = "content/removed.yaml"
    hint = "each entry is `- id: '…'`; mend the file or take it from version control"
    try:
        text = (content / "removed.yaml").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"cannot be read: {error}", path=path, code="removed-file") from error
    try:
        stones = msgspec.convert(yaml.safe_load(text) or [], list[Tombstone], strict=False)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ContentError(
            f"not valid YAML: {error.problem}", path=path, line=line, hint=hint, code="removed-file"
        ) from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ContentError(str(error), path=path, hint=hint, code="removed-file") from error
    return {stone.id: stone for stone in stones}


def add_removed(content: Path, stones: list[Tombstone]) -> None:
    """Append tombstones; what stands in the file, comments included, stays as it is."""
    path = content / "removed.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = "# Articles that were taken out. Delete an entry and run `sitegen ingest` to bring one back.\n"
    if text and not text.endswith("\n"):
        text += "\n"
    for stone in stones:
        fields = msgspec.to_builtins(stone)
        text += yaml.safe_dump([fields], allow_unicode=True, sort_keys=False, width=10_000)
    write_atomically(path, text.encode())
