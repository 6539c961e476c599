"""YAML of any form into nodes that remember their lines, safe against hostile input.

Works on the parser's events, not on PyYAML's constructors: tags build no objects, aliases are refused (a page of a few
hundred bytes could expand to gigabytes), and nesting is bounded before libyaml's own recursion could exhaust the stack.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from sitegen.errors import ContentError
from sitegen.markup.canonical_yaml import NULLS, resolve
from sitegen.markup.controls import strip_controls

MAX_DEPTH = 32


class Node(msgspec.Struct):
    """A scalar, list or mapping with the line it starts on."""

    line: int
    """0-based line within the text."""
    value: str | list[Node] | list[tuple[Node, Node]]
    is_map: bool = False
    plain: bool = False
    """A scalar without quotes and without a tag."""

    def as_text(self) -> Any:
        """Return the node as str, None, list and dict: scalars stay the text they were written as."""
        if isinstance(self.value, str):
            return None if self.plain and self.value in NULLS else self.value
        if self.is_map:
            return {key_text(key): inner.as_text() for key, inner in self.pairs()}
        return [inner.as_text() for inner in self.items()]

    def as_value(self) -> Any:
        """Return the node as JSON's types: plain scalars are resolved."""
        if isinstance(self.value, str):
            return resolve(self.value) if self.plain else self.value
        if self.is_map:
            return {key_text(key): inner.as_value() for key, inner in self.pairs()}
        return [inner.as_value() for inner in self.items()]

    def pairs(self) -> list[tuple[Node, Node]]:
        """Return the entries of a mapping; none for anything else."""
        return self.value if self.is_map else []  # type: ignore[return-value]

    def items(self) -> list[Node]:
        """Return the items of a list; none for anything else."""
        return [] if self.is_map or isinstance(self.value, str) else self.value  # type: ignore[return-value]


def key_text(key: Node) -> str:
    """Return a key as text; a list or mapping as key becomes something that no known key is."""
    return key.value if isinstance(key.value, str) else repr(key.as_text())


@lru_cache(maxsize=1)
def _loader() -> Any:
    import yaml  # noqa: PLC0415  (27 ms, and rarely needed)

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str, path: str, first_line: int = 1) -> Node | None:
    """Read one YAML document; None where it is empty.

    Args:
        text: YAML without control characters.
        path: file name for errors.
        first_line: 1-based line of the file on which `text` starts.

    Raises:
        ContentError: `front-matter-yaml` (not YAML, or an alias, or too deep), with its line.
    """
    import yaml  # noqa: PLC0415

    def refuse(message: str, line: int, hint: str) -> ContentError:
        return ContentError(message, path=path, line=first_line + line, hint=hint, code="front-matter-yaml")

    root: Node | None = None
    # Open lists and mappings; a mapping's key waits in `keys` until its value is complete.
    stack: list[Node] = []
    keys: list[Node | None] = []

    def add(node: Node) -> None:
        nonlocal root
        if not stack:
            root = node
        elif not stack[-1].is_map:
            stack[-1].items().append(node)
        elif (key := keys[-1]) is None:
            keys[-1] = node
        else:
            stack[-1].pairs().append((key, node))
            keys[-1] = None

    documents = 0
    try:
        for event in yaml.parse(text, Loader=_loader()):
            line = event.start_mark.line if event.start_mark else 0
            if isinstance(event, yaml.ScalarEvent):
                add(Node(line, strip_controls(event.value), plain=bool(event.implicit[0])))
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise refuse("the front matter is nested too deeply", line, f"at most {MAX_DEPTH} levels")
                stack.append(Node(line, [], is_map=isinstance(event, yaml.MappingStartEvent)))
                keys.append(None)
            elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                keys.pop()
                add(stack.pop())
            elif isinstance(event, yaml.AliasEvent):
                raise refuse("the front matter uses a YAML alias (`*name`)", line, "write the value out, or quote it")
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise refuse("the front matter holds more than one YAML document", line, "remove the `...` line")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = ", ".join(part for part in (error.context, error.problem) if part)
        raise refuse(
            f"the front matter is not valid YAML: {told}",
            mark.line if mark else 0,
            "quote values that hold `: `, ` #` or start with a special character",
        ) from error
    except yaml.YAMLError as error:
        raise refuse(f"the front matter is not valid YAML: {error}", 0, "save the file as UTF-8") from error
    return root
