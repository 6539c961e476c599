"""Small changes to a page's text that leave every other character alone: a name under `untag`, the machine's lists.

Front matter in the program's own form is cut by its lines; of any other form the YAML parser tells where values stand.
What comes out is read again and must say just what was meant, else the edit is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from sitegen.errors import ContentError
from sitegen.markup.canonical_yaml import flow_list, scalar
from sitegen.markup.front_matter import is_untouched, page_digest, parse_page
from sitegen.model.article import Article, EntityTag

_OPENING = re.compile(r"\ufeff?---[ \t]*(\r\n|\r|\n)")
_CLOSING = re.compile(r"(?:^|(?<=[\r\n]))---[ \t]*(?=[\r\n]|\Z)")
_LINE_END = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KEY_LINE = re.compile(r"(?:^|(?<=\n))([a-z_]+):(?= |\n)")
_MACHINE_KEYS = (("people", "person"), ("organizations", "organization"), ("places", "place"))
_KEYS_BEHIND = ("tag", "untag", "tags", "copies", "status", "ingested")
"""Keys that stand behind the machine's lists in the order of the documentation."""


def add_untag(text: str, name: str, path: str) -> str:
    """Add a name to the page's `untag` list.

    Raises:
        ContentError: the front matter cannot be read, or is of a form that cannot be edited safely.
    """
    article, _ = parse_page(text, path)
    if name in article.untag:
        return text
    wanted = msgspec.structs.replace(article, untag=(*article.untag, name))
    return _checked(_with_untag(_parsed_header(text, path), name, path), wanted, path)


def replace_machine_tags(text: str, tags: Sequence[EntityTag], path: str) -> str:
    """Replace `people`, `organizations` and `places` where they differ; a page that nobody edited stays such a page.

    Raises:
        ContentError: the front matter cannot be read, or is of a form that cannot be edited safely.
    """
    article, _ = parse_page(text, path)
    ordered = tuple(tag for _, kind in _MACHINE_KEYS for tag in tags if tag.kind == kind)
    wanted = msgspec.structs.replace(article, machine_tags=ordered)
    if wanted == article:
        return text
    untouched = is_untouched(text)
    header = _written_header(text) if untouched else _parsed_header(text, path)
    edited = _with_lists(header, article.machine_tags, ordered)
    if untouched:
        stamped = page_digest(edited)
        edited = edited.replace(f"ingested: {article.ingested}", f"ingested: {stamped}", 1)
        wanted = msgspec.structs.replace(wanted, ingested=stamped)
    if is_untouched(edited) != untouched:
        raise _refused(path)
    return _checked(edited, wanted, path)


def _checked(text: str, wanted: Article, path: str) -> str:
    try:
        article, _ = parse_page(text, path)
    except ContentError:
        raise _refused(path) from None
    if article != wanted:
        raise _refused(path)
    return text


def _refused(path: str) -> ContentError:
    return ContentError(
        "the front matter is of a form that cannot be edited without changing more than was asked for",
        path=path,
        hint="edit it by hand: one `key: value` a line, lists as lines of `- name`",
        code="front-matter-edit",
    )


class _Key(msgspec.Struct, frozen=True):
    """A top-level key: offsets into the page's text."""

    start: int
    """Where its line starts."""
    end: int
    """Where the line after its value starts."""
    node: Any = None
    """The YAML node of its value, where the parser was asked; its marks count from the header's start."""


class _Header(msgspec.Struct, frozen=True):
    """A page's text with the places of its front matter's keys."""

    text: str
    start: int
    """Where the first line after the opening dashes starts."""
    end: int
    """Where the line of the closing dashes starts."""
    newline: str
    keys: dict[str, _Key]

    def edited(self, edits: Sequence[tuple[int, int, str]]) -> str:
        """The text with stretches (start, end, new text) replaced; those that start together in the order given."""
        parts: list[str] = []
        done = 0
        for start, end, new in sorted(edits, key=lambda edit: edit[:1]):
            parts += (self.text[done:start], new)
            done = end
        return "".join([*parts, self.text[done:]])

    def lines(self, lines: Sequence[str]) -> str:
        """Lines as they end in this page."""
        return "".join(line + self.newline for line in lines)


def _written_header(text: str) -> _Header:
    """Find the keys of a page in the program's own form."""
    opening = _OPENING.match(text)
    assert opening is not None
    start, newline = opening.end(), opening[1]
    end = text.index(f"{newline}---", start - len(newline)) + len(newline)
    header = text[start:end].replace(newline, "\n" if len(newline) == 1 else " \n")
    found = [(start + key.start(), key[1]) for key in _KEY_LINE.finditer(header)]
    ends = [at for at, _ in found[1:]] + [end]
    return _Header(text, start, end, newline, {key: _Key(at, to) for (at, key), to in zip(found, ends, strict=True)})


def _parsed_header(text: str, path: str) -> _Header:
    """Find the keys of a page in any form; a page without front matter gets an empty one."""
    import yaml  # noqa: PLC0415  (27 ms, and rarely needed)

    opening = _OPENING.match(text)
    if opening is None:
        bom = "\ufeff" if text.startswith("\ufeff") else ""
        newline = "\r\n" if "\r\n" in text else "\n"
        head = f"{bom}---{newline}"
        body = text.removeprefix(bom)
        return _Header(f"{head}---{newline}{body}", len(head), len(head), newline, {})
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise _refused(path)
    start, end = opening.end(), closing.start()
    try:
        # The parser in Python: its marks count characters, whatever they are.
        root = yaml.compose(text[start:end], Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        raise _refused(path) from None
    keys: dict[str, _Key] = {}
    if root is not None:
        if not isinstance(root, yaml.MappingNode) or root.flow_style:
            raise _refused(path)
        for key, value in root.value:
            if isinstance(key, yaml.ScalarNode):
                at = start + key.start_mark.index
                keys[key.value] = _Key(at, _line_end(text, max(at, start + _last_index(value))), value)
    return _Header(text, start, end, opening[1], keys)


def _line_end(text: str, at: int) -> int:
    """Where the line after the one that holds `at` starts."""
    found = _LINE_END.match(text, at)
    assert found is not None
    return found.end()


def _last_index(node: Any) -> int:
    """Index of the last character of a node's content; a block's own end lies behind the comments that follow it."""
    if isinstance(node.value, str) or node.flow_style or not node.value:
        return max(int(node.end_mark.index) - 1, int(node.start_mark.index)) if not _is_null(node) else -1
    last = node.value[-1]
    children = last if isinstance(last, tuple) else (last,)
    return max(_last_index(child) for child in children)


def _is_null(node: Any) -> bool:
    return isinstance(node.value, str) and str(node.tag) == "tag:yaml.org,2002:null"


def _with_untag(header: _Header, name: str, path: str) -> str:
    item = scalar(name)
    known = header.keys.get("untag")
    if known is None:
        behind = header.keys.get("tag")
        at = header.end if behind is None else behind.end
        return header.edited([(at, at, header.lines(["untag:", f"- {item}"]))])
    node = known.node
    first, last = header.start + int(node.start_mark.index), header.start + int(node.end_mark.index)
    inner = flow_list((name,))[1:-1]
    if _is_null(node) or not node.value:
        colon = len(header.text[:first].rstrip(" "))
        return header.edited([(colon, last, ""), (known.end, known.end, header.lines([f"- {item}"]))])
    if isinstance(node.value, str):
        return header.edited([(first, last, flow_list((node.value, name)))])
    if isinstance(node.value[0], tuple):  # a mapping
        raise _refused(path)
    if node.flow_style:
        behind_last = header.start + int(node.value[-1].end_mark.index)
        return header.edited([(behind_last, behind_last, f", {inner}")])
    return header.edited([(known.end, known.end, header.lines([" " * int(node.start_mark.column) + f"- {item}"]))])


def _with_lists(header: _Header, old: Sequence[EntityTag], new: Sequence[EntityTag]) -> str:
    edits: list[tuple[int, int, str]] = []
    order = [*(key for key, _ in _MACHINE_KEYS), *_KEYS_BEHIND]
    for key, kind in _MACHINE_KEYS:
        tags = [tag for tag in new if tag.kind == kind]
        if tags == [tag for tag in old if tag.kind == kind]:
            continue
        lines = header.lines(_list_lines(key, tags))
        known = header.keys.get(key)
        if known is not None:
            edits.append((known.start, known.end, lines))
        else:
            behind = (header.keys[other].start for other in order[order.index(key) + 1 :] if other in header.keys)
            at = min(behind, default=header.end)
            edits.append((at, at, lines))
    return header.edited(edits)


def _list_lines(key: str, tags: Sequence[EntityTag]) -> list[str]:
    """Lines as `front_matter.write_page` writes them: none for an empty list."""
    lines = [f"{key}:"] if tags else []
    for tag in tags:
        if tag.forms:
            lines += [f"- name: {scalar(tag.name)}", f"  as: {flow_list(tag.forms)}"]
        else:
            lines.append(f"- {scalar(tag.name)}")
    return lines
