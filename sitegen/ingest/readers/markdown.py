"""Markdown: one article a file; its markup and its front matter are kept."""

from __future__ import annotations

from typing import Any

import yaml

from sitegen.digest import sha256_hex
from sitegen.ingest.readers.base import Columns, Found, Reader, decoded, record_article
from sitegen.model import Problem, RawArticle

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(data: bytes, origin: str, columns: Columns) -> Found:
    """Read a Markdown file; front matter between `---` lines gives the metadata, unknown keys go to `extra`."""
    text = decoded(data, origin)
    if isinstance(text, Problem):
        yield text
        return
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sha256 = sha256_hex(data)
    matter, body, line = _cut(text)
    if not matter:
        yield RawArticle(origin=origin, sha256=sha256, text=body, format="markdown")
        return
    try:
        record = yaml.load(matter, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        yield Problem(
            path=origin,
            line=mark.line + line if mark else line,
            code="front-matter-yaml",
            message=f"set aside: the front matter is not valid YAML: {getattr(error, 'problem', None) or error}",
            hint="put quotes around values that hold a colon or begin with a special character",
        )
        return
    if not isinstance(record, dict):
        yield RawArticle(origin=origin, sha256=sha256, text=text, format="markdown")
        return
    fields = {_NAMES.get(str(key), str(key)): _plain(value) for key, value in record.items()}
    fields["text"] = body
    found = record_article(fields, columns, origin=origin, line=0, sha256=sha256)
    if isinstance(found, RawArticle):
        values = {name: getattr(found, name) for name in found.__struct_fields__}
        yield RawArticle(**(values | {"format": "markdown"}))
    else:
        yield found


_NAMES = {"author": "authors", "lang": "language", "keywords": "tags"}


def _cut(text: str) -> tuple[str, str, int]:
    """Front matter, body, and the file's line on which the front matter begins; no front matter: empty."""
    if not text.startswith("---\n"):
        return "", text, 0
    end = text.find("\n---\n", 3)
    if end < 0:
        if not text.endswith("\n---"):
            return "", text, 0
        end = len(text) - 4
    return text[4 : end + 1], text[end + 5 :], 2


def _plain(value: Any) -> Any:
    """YAML's dates as ISO strings, so that what is kept under `extra` can be written anywhere."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


READER = Reader("markdown", (".md", ".markdown"), read)
