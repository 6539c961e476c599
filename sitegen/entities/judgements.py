"""Editing `content/entities.yaml` for people: every function takes the file's text and returns the new text.

Only the entry that is judged is rewritten (by ruamel.yaml, which keeps its comments and the order of its keys); all
other bytes of the file stay as they are. Each judgement has an inverse, named beside it. An entry that the inverse
leaves with nothing but name and kind is taken out again.

All functions raise `ContentError` where the text given cannot be used, and `UsageError` where the judgement would
contradict another one or has nothing to act on.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from sitegen.entities.authority import AUTHORITY_PATH, LOADER, Entry, NameOf, check_authority, parse_authority
from sitegen.errors import UsageError


def merge(text: str, into: NameOf, other: NameOf) -> str:
    """`other` is the same entity as `into`, whose name stays. Inverse: `unmerge`."""
    authority = parse_authority(text)
    if into.form == other.form:
        raise UsageError(f"`{into.name}` and `{other.name}` are one entity already")
    mine, theirs = authority.entry_of(*into), authority.entry_of(*other)
    if frozenset((into.form, other.form)) in authority.apart:
        raise UsageError(
            f"`{into.name}` and `{other.name}` were judged to be two", hint=f"take `{other.name}` out of `not` first"
        )
    key = "aliases" if theirs is None else "merge"
    present = () if mine is None else mine.aliases if theirs is None else mine.merge
    if other.form in {name.form for name in present}:
        return text
    return _edit(text, into, lambda entry: _append(entry, key, _item(other, into.kind)))


def unmerge(text: str, into: NameOf, other: NameOf) -> str:
    """`other` is an entity of its own again. Inverse of `merge`."""

    def take_out(entry: CommentedMap) -> None:
        found = _discard(entry, "aliases", other, into.kind)
        if not _discard(entry, "merge", other, into.kind) and not found:
            raise UsageError(f"`{other.name}` is not merged into `{into.name}`")

    return _edit(text, into, take_out, must_exist=True)


def split(text: str, name: NameOf, new_name: str, articles: Sequence[str], also_named: Sequence[NameOf] = ()) -> str:
    """In these articles `name` means someone else, to be called `new_name`. Inverse: `unsplit`.

    An entry of that new name which speaks of some articles already takes these in as well. `also_named`: other names
    under which the articles tag that one.
    """
    authority = parse_authority(text)
    if not articles:
        raise UsageError("say which articles mean the other one", hint="give their ids")
    target = NameOf(name.kind, new_name)
    if target.form == name.form:
        raise UsageError("the one split off needs a name that differs", hint=f"`{name.name} (senator)`")
    known = authority.entry_of(*target)
    if known is not None and not known.articles:
        raise UsageError(f"`{new_name}` has an entry for all articles already")

    def claim(entry: CommentedMap) -> None:
        if known is None:
            bare = Entry(name=new_name, kind=name.kind, articles=tuple(articles)).claimed_names()
            if name.form not in {claimed.form for claimed in bare}:
                _append(entry, "aliases", name.name)
            _append(entry, "not", name.name)
        present = {name.form} | {claimed.form for claimed in (() if known is None else known.claimed_names())}
        for other in also_named:
            if other.form not in present:
                present.add(other.form)
                _append(entry, "aliases", _item(other, name.kind))
        for article in articles:
            if known is None or article not in known.articles:
                _append(entry, "articles", article)

    return _edit(text, target, claim)


def unsplit(text: str, kind: str, new_name: str) -> str:
    """Take out the entry of a namesake that was split off. Inverse of `split`."""
    entry = parse_authority(text).entry_of(kind, new_name)
    if entry is None or not entry.articles:
        raise UsageError(f"`{new_name}` was not split off")
    return _checked(_splice(text, entry, ""))


def rename(text: str, name: NameOf, new_name: str) -> str:
    """The entity is to be called `new_name`; its old address redirects. Inverse: `unrename`."""
    new = NameOf(name.kind, new_name)
    other = parse_authority(text).entry_of(*new)
    if other is not None and new.form != name.form:
        raise UsageError(f"`{new_name}` has an entry already", hint=f"merge `{name.name}` into it")

    def call(entry: CommentedMap) -> None:
        _discard(entry, "aliases", new, name.kind)
        entry["name"] = new_name
        if new.form != name.form:
            _append(entry, "aliases", name.name)

    return _edit(text, name, call)


def unrename(text: str, name: NameOf, old_name: str) -> str:
    """Give the entity its old name back and give up the new one. Inverse of `rename`."""
    old = NameOf(name.kind, old_name)

    def call(entry: CommentedMap) -> None:
        if not _discard(entry, "aliases", old, name.kind) and old.form != name.form:
            raise UsageError(f"`{name.name}` was not called `{old_name}`")
        entry["name"] = old_name

    return _edit(text, name, call, must_exist=True)


def retype(text: str, name: NameOf, kind: str) -> str:
    """The entity is of another kind; tags of the old kind and its old address go along. Inverse: `unretype`.

    Where an entry of that kind has the name already, the two are merged. Inverse then: `unmerge`.
    """
    if kind == name.kind:
        raise UsageError(f"`{name.name}` is of kind `{kind}` already")
    known = parse_authority(text).entry_of(kind, name.name)
    if known is not None:
        return merge(text, NameOf(kind, known.name), name)

    def turn(entry: CommentedMap) -> None:
        _say_kinds(entry, name.kind, kind)
        entry["kind"] = kind
        _append(entry, "aliases", _item(name, kind))

    return _edit(text, name, turn)


def unretype(text: str, name: NameOf, old_kind: str) -> str:
    """Give the entity its old kind back. Inverse of `retype`."""

    def turn(entry: CommentedMap) -> None:
        if not _discard(entry, "aliases", NameOf(old_kind, name.name), name.kind):
            raise UsageError(f"`{name.name}` was not of kind `{old_kind}`")
        _say_kinds(entry, name.kind, old_kind)
        entry["kind"] = old_kind

    return _edit(text, name, turn, must_exist=True)


def hide(text: str, name: NameOf) -> str:
    """Keep the entity out of all pages. Inverse: `unhide`."""
    return _edit(text, name, lambda entry: entry.update(hide=True))


def unhide(text: str, name: NameOf) -> str:
    """Show the entity again. Inverse of `hide`."""
    return _edit(text, name, lambda entry: entry.pop("hide", None), must_exist=True)


def redact(text: str, name: NameOf, also: Sequence[str] = (), reason: str = "") -> str:
    """Withhold the entity's names, and others by which it is called, in all that is published. Inverse: `unredact`."""
    known = parse_authority(text).entry_of(*name)
    present = {name.form} | {claimed.form for claimed in (() if known is None else known.claimed_names())}

    def withhold(entry: CommentedMap) -> None:
        for other in also:
            if NameOf(name.kind, other).form not in present:
                _append(entry, "aliases", other)
        entry["redact"] = reason or True

    return _edit(text, name, withhold)


def unredact(text: str, name: NameOf) -> str:
    """Publish the entity's names again. Inverse of `redact`, but for aliases that were added with it."""
    return _edit(text, name, lambda entry: entry.pop("redact", None), must_exist=True)


def without_redacted(text: str) -> str:
    """The file without the entries whose names are withheld: for those who are handed the archive."""
    authority = parse_authority(text)
    groups = {root for entry, root in zip(authority.entries, authority.roots, strict=True) if entry.redact}
    for entry, root in reversed(list(zip(authority.entries, authority.roots, strict=True))):
        if root in groups:
            text = _splice(text, entry, "")
    return text


def keep_apart(text: str, a: NameOf, b: NameOf) -> str:
    """The two are not the same; never to be suggested again. Inverse: `forget_apart`."""
    if a.form == b.form:
        raise UsageError(
            f"`{a.name}` and `{b.name}` share their normal form", hint="split one of them off by its articles"
        )
    if frozenset((a.form, b.form)) in parse_authority(text).apart:
        return text
    return _edit(text, a, lambda entry: _append(entry, "not", _item(b, a.kind)))


def forget_apart(text: str, a: NameOf, b: NameOf) -> str:
    """Take back that the two are not the same. Inverse of `keep_apart`."""
    first = parse_authority(text).entry_of(*a)
    if first is None or b.form not in {name.form for name in first.apart}:
        a, b = b, a
    return _edit(text, a, lambda entry: _discard(entry, "not", b, a.kind), must_exist=True)


def link(text: str, name: NameOf, site: str, identifier: str) -> str:
    """Record that an editor confirmed a link, such as `wikidata: Q41053`. Inverse: `unlink`."""
    return _edit(text, name, lambda entry: entry.setdefault("links", _flow_map()).update({site: identifier}))


def unlink(text: str, name: NameOf, site: str) -> str:
    """Take a link out. Inverse of `link`."""

    def take_out(entry: CommentedMap) -> None:
        links = entry.get("links") or {}
        links.pop(site, None)
        if not links:
            entry.pop("links", None)

    return _edit(text, name, take_out, must_exist=True)


# One entry's YAML --------------------------------------------------------------------------------------------------


def _item(name: NameOf, kind: str) -> str | CommentedMap:
    if name.kind == kind:
        return name.name
    item = _flow_map()
    item.update(name=name.name, kind=name.kind)
    return item


def _name_of(item: Any, kind: str) -> NameOf:
    if isinstance(item, dict):
        return NameOf(str(item.get("kind", kind)), str(item["name"]))
    return NameOf(kind, str(item))


def _append(entry: CommentedMap, key: str, item: str | CommentedMap) -> None:
    if not entry.get(key):
        items = CommentedSeq()
        items.fa.set_flow_style()
        entry[key] = items
    entry[key].append(item)


def _discard(entry: CommentedMap, key: str, name: NameOf, kind: str) -> bool:
    items: list[Any] = entry.get(key) or []
    places = [place for place, item in enumerate(items) if _name_of(item, kind).form == name.form]
    for place in reversed(places):
        del items[place]
    if places and not items:
        del entry[key]
    return bool(places)


def _say_kinds(entry: CommentedMap, kind: str, new_kind: str) -> None:
    """Rewrite the names in an entry so that they mean the same when the entry's kind changes."""
    for key in ("aliases", "merge", "not"):
        items: list[Any] = entry.get(key) or []
        for place, item in enumerate(items):
            items[place] = _item(_name_of(item, kind), new_kind)


def _flow_map() -> CommentedMap:
    made = CommentedMap()
    made.fa.set_flow_style()
    return made


# The file ----------------------------------------------------------------------------------------------------------


def _edit(text: str, name: NameOf, change: Callable[[CommentedMap], object], *, must_exist: bool = False) -> str:
    entry = parse_authority(text).entry_of(*name)
    if entry is None:
        if must_exist:
            raise UsageError(f"`{name.name}` ({name.kind}) has no entry in {AUTHORITY_PATH}")
        made = CommentedMap(name=name.name, kind=name.kind)
        change(made)
        return _checked(_appended(text, _dump(made)))
    start, end, column = _span(text, entry)
    lines = text.splitlines(keepends=True)[start:end]
    loaded = _codec().load("".join(line[column:] if line.strip() else line for line in lines))
    found: CommentedMap = loaded[0]
    change(found)
    block = "" if set(found) <= {"name", "kind"} and must_exist else _dump(found)
    return _checked(_splice(text, entry, block))


def _codec() -> YAML:
    codec = YAML(typ="rt")
    codec.preserve_quotes = True
    codec.width = 1 << 20
    codec.allow_unicode = True
    return codec


def _dump(entry: CommentedMap) -> str:
    stream = io.StringIO()
    _codec().dump([entry], stream)
    return stream.getvalue()


def _span(text: str, entry: Entry) -> tuple[int, int, int]:
    """First line, line after the last, and column of an entry's `-`; all count from 0.

    Raises:
        UsageError: the entry shares its lines with another one.
    """
    root = yaml.compose(text, Loader=LOADER)
    assert isinstance(root, yaml.SequenceNode)
    nodes = [node for node in root.value if node.start_mark.line + 1 == entry.line]
    first = text.splitlines()[entry.line - 1]
    column = root.start_mark.column
    if root.flow_style or len(nodes) != 1 or not first[column:].startswith("- "):
        raise _not_in_blocks()
    return entry.line - 1, _last_line(nodes[0]) + 1, column


def _not_in_blocks() -> UsageError:
    return UsageError(f"{AUTHORITY_PATH} is not written as a list of blocks", hint="start each entry with `- name: …`")


def _last_line(node: yaml.Node) -> int:
    """The last line with content of a node; a block's own end mark lies behind the comments that follow it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        mark = node.end_mark
        return int(mark.line) - (1 if mark.column == 0 and mark.line > node.start_mark.line else 0)
    children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    return max((_last_line(child) for child in children), default=int(node.start_mark.line))


def _splice(text: str, entry: Entry, block: str) -> str:
    start, end, column = _span(text, entry)
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines[start].endswith("\r\n") else "\n"
    new = [" " * column + line + newline if line else newline for line in block.splitlines()]
    return "".join(lines[:start] + new + lines[end:])


def _appended(text: str, block: str) -> str:
    root = yaml.compose(text, Loader=LOADER)
    if isinstance(root, yaml.SequenceNode) and root.value:
        if root.flow_style:
            raise _not_in_blocks()
        block = "".join(" " * root.start_mark.column + line for line in block.splitlines(keepends=True))
    elif root is not None:  # `[]` or `null` stands for an empty list
        lines = text.splitlines(keepends=True)
        text = "".join(lines[: root.start_mark.line] + lines[root.end_mark.line + 1 :])
    if text and not text.endswith("\n"):
        text += "\n"
    return text + block


def _checked(text: str) -> str:
    """Refuse a judgement that would leave a file which contradicts itself."""
    authority, problems = check_authority(text)
    if authority is None:
        first = problems[0]
        raise UsageError(f"this does not go with the other entries: {first.message}", hint=first.hint)
    return text
