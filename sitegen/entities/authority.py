"""`content/entities.yaml`: what editors decided about entities.

A list of entries, each about one entity:

    - name: Hezbollah                     # preferred name
      kind: organization                  # person | organization | place | your own
      aliases: [Hizbullah, {name: Hezbollah, kind: place}]
      merge: [Party of God]               # another entry of this file that is the same entity
      links: {wikidata: Q41053}           # confirmed by an editor
      was: [hizbullah]                    # old slugs, redirected
      not: [Hezbollah Brigades]           # known to be something else: never suggested again
      hide: true                          # kept out of pages
      redact: Court order of 2 May 2019   # name withheld in all that is published; the reason is for editors
      articles: ['7f3a9c21d4e80b55']      # a namesake split off: only these articles

An entry claims the tags that bear its name or an alias (one of another kind where the alias says so). With `articles`
it claims them in those articles only, and before any other; a bracketed addition to its name (`John Smith (senator)`)
then does not count. The file is applied whole or not at all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
import yaml

from sitegen.entities.names import entity_slug, normal_form
from sitegen.errors import ContentError
from sitegen.model import Problem
from sitegen.model.article import KINDS
from sitegen.slug import slugify

AUTHORITY_PATH = "content/entities.yaml"

_KEYS = ("name", "kind", "aliases", "merge", "links", "was", "not", "hide", "redact", "articles")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_KIND_HINTS = {"people": "person", "persons": "person", "org": "organization", "location": "place", "loc": "place"}
_LINK_VALUE = re.compile(r"[^\s<>\"'\\^`{|}\x00-\x1f\x7f]{1,2000}")
_DISAMBIGUATION = re.compile(r"\s*\([^()]*\)$")
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's safe loader, in C where it was built so."""


class NameOf(NamedTuple):
    """A name together with the kind of entity that it names."""

    kind: str
    name: str

    @property
    def form(self) -> tuple[str, str]:
        """Kind and normal form: what tags are compared by."""
        return (self.kind, normal_form(self.name, self.kind))


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What editors say about one entity."""

    name: str
    kind: str
    aliases: tuple[NameOf, ...] = ()
    merge: tuple[NameOf, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    was: tuple[str, ...] = ()
    apart: tuple[NameOf, ...] = ()
    """`not` of the file."""
    hide: bool = False
    redact: bool = False
    """Its names are withheld throughout the archive (`sitegen.entities.redaction`)."""
    articles: tuple[str, ...] = ()
    line: int = 0
    """1-based line where the entry starts."""

    @property
    def own_name(self) -> NameOf:
        """The entry's name with its kind."""
        return NameOf(self.kind, self.name)

    @property
    def slug(self) -> str:
        """The slug of the entity's page."""
        return entity_slug(self.kind, self.name)

    def claimed_names(self) -> tuple[NameOf, ...]:
        """All names whose tags belong to the entry, its own first."""
        names = [self.own_name]
        bare = _DISAMBIGUATION.sub("", self.name)
        if self.articles and bare and bare != self.name:
            names.append(NameOf(self.kind, bare))
        return (*names, *self.aliases)


class Authority(msgspec.Struct, frozen=True):
    """The whole file, ready to be asked."""

    entries: tuple[Entry, ...] = ()
    roots: tuple[int, ...] = ()
    """For each entry the entry it is merged into in the end (itself where it is not)."""
    claims: dict[tuple[str, str], int] = {}
    """(kind, normal form) → root entry, for entries that speak of all articles."""
    article_claims: dict[str, dict[tuple[str, str], int]] = {}
    """Article id → (kind, normal form) → root entry, for namesakes split off."""
    apart: frozenset[frozenset[tuple[str, str]]] = frozenset()
    """Pairs of (kind, normal form) that are known to be two."""

    def entry_of(self, kind: str, name: str) -> Entry | None:
        """Find the entry that bears this very name (up to its normal form), merged or not."""
        form = NameOf(kind, name).form
        return next((entry for entry in self.entries if entry.own_name.form == form), None)


NOTHING = Authority()
"""The authority of an archive without `entities.yaml`."""


def parse_authority(text: str, path: str = AUTHORITY_PATH) -> Authority:
    """Read the text of `entities.yaml`.

    Raises:
        ContentError: the file cannot be used; the error names the first problem, `check_authority` has them all.
    """
    authority, problems = check_authority(text, path)
    if authority is None:
        first = problems[0]
        raise ContentError(first.message, path=path, line=first.line, hint=first.hint, code=first.code)
    return authority


def check_authority(text: str, path: str = AUTHORITY_PATH) -> tuple[Authority | None, tuple[Problem, ...]]:
    """Read the text of `entities.yaml` and report all that is wrong with it, in the order of its lines.

    Returns the authority, or None where there is any problem: a broken file is never applied in part.
    """
    reader = _Reader(path)
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reader.refuse(mark.line + 1 if mark else 0, f"not valid YAML: {error.problem}", _yaml_hint(error), "yaml")
        return None, tuple(reader.problems)
    except (yaml.YAMLError, RecursionError) as error:
        reader.refuse(0, f"not valid YAML: {str(error).splitlines()[0]}", "", "yaml")
        return None, tuple(reader.problems)
    entries = reader.read(root)
    authority = _connect(entries, reader)
    if reader.problems:
        return None, tuple(sorted(reader.problems, key=lambda problem: problem.line))
    return authority, ()


def _yaml_hint(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return "put a name that contains `: ` in quotes"
    if "tab" in problem or "\\t" in problem:
        return "indent with blanks, not with tabs"
    return "compare with the example in the documentation"


class _Reader:
    """Turns YAML nodes into entries and collects what is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def refuse(self, line: int, message: str, hint: str, code: str) -> None:
        self.problems.append(
            Problem(path=self.path, line=line, code=f"entities-{code}", message=message, hint=hint, severity="error")
        )

    def read(self, root: yaml.Node | None) -> list[Entry]:
        if root is None or _is_null(root):
            return []
        if not isinstance(root, yaml.SequenceNode):
            self.refuse(
                _line(root), "the file must be a list of entities", "start each entry with `- name: …`", "shape"
            )
            return []
        found = (self._entry(node) for node in root.value)
        return [entry for entry in found if entry is not None]

    def _entry(self, node: yaml.Node) -> Entry | None:
        if not isinstance(node, yaml.MappingNode):
            self.refuse(_line(node), "an entry must have a name and a kind", "- name: Hezbollah\n  kind: …", "shape")
            return None
        before = len(self.problems)
        fields = self._fields(node, _KEYS)
        name = self._text(fields.get("name"), "name")
        kind = self._kind(fields.get("kind"))
        for key, value in (("name", name), ("kind", kind)):
            if not value and key not in fields and len(self.problems) == before:
                self.refuse(_line(node), f"the entry has no `{key}`", f"add `{key}: …`", "missing")
        entry = Entry(
            name=name,
            kind=kind,
            aliases=self._names(fields.get("aliases"), "aliases", kind),
            merge=self._names(fields.get("merge"), "merge", kind),
            links=self._links(fields.get("links")),
            was=self._slugs(fields.get("was")),
            apart=self._names(fields.get("not"), "not", kind),
            hide=self._flag(fields.get("hide"), "hide"),
            redact=self._told(fields.get("redact"), "redact"),
            articles=tuple(text for _, text in self._texts(fields.get("articles"), "articles")),
            line=_line(node),
        )
        return entry if len(self.problems) == before else None

    def _fields(self, node: yaml.MappingNode, known: Iterable[str]) -> dict[str, yaml.Node]:
        fields: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key not in known:
                close = difflib.get_close_matches(key.lower(), known, n=1)
                hint = f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(known)}"
                self.refuse(_line(key_node), f"unknown key `{key}`", hint, "unknown-key")
            elif key in fields:
                self.refuse(_line(key_node), f"`{key}` stands twice in one entry", "keep one of them", "twice")
            else:
                fields[key] = value
        return fields

    def _text(self, node: yaml.Node | None, key: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or _is_null(node) or not node.value.strip():
            self.refuse(_line(node), f"`{key}` must be a text", f"{key}: …", "value")
            return ""
        if any(char < " " or char == "\x7f" for char in node.value) or len(node.value) > 300:
            self.refuse(_line(node), f"`{key}` must be one line of at most 300 characters", "", "value")
            return ""
        return str(node.value).strip()

    def _kind(self, node: yaml.Node | None) -> str:
        kind = self._text(node, "kind")
        if not kind or kind in KINDS or node is None:
            return kind
        close = _KIND_HINTS.get(kind.lower()) or next(iter(difflib.get_close_matches(kind.lower(), KINDS, 1, 0.75)), "")
        if close:
            self.refuse(_line(node), f"unknown kind `{kind}`", f"did you mean `{close}`?", "kind")
        elif not _KIND.fullmatch(kind):
            hint = "lower-case letters, digits and hyphens, such as `space-mission`"
            self.refuse(_line(node), f"`{kind}` cannot be a kind", hint, "kind")
        return kind

    def _items(self, node: yaml.Node | None, key: str) -> list[yaml.Node]:
        if node is None or _is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(_line(node), f"`{key}` must be a list", f"{key}: [ … ]", "value")
            return []
        return list(node.value)

    def _texts(self, node: yaml.Node | None, key: str) -> list[tuple[int, str]]:
        return [(_line(item), self._text(item, key)) for item in self._items(node, key)]

    def _names(self, node: yaml.Node | None, key: str, kind: str) -> tuple[NameOf, ...]:
        names: list[NameOf] = []
        for item in self._items(node, key):
            if isinstance(item, yaml.MappingNode):
                fields = self._fields(item, ("name", "kind"))
                name, other = self._text(fields.get("name"), "name"), self._kind(fields.get("kind"))
                if not name and "name" not in fields:
                    self.refuse(_line(item), f"an item of `{key}` has no name", "{name: …, kind: …}", "missing")
                names.append(NameOf(other or kind, name))
            else:
                names.append(NameOf(kind, self._text(item, key)))
        return tuple(names)

    def _links(self, node: yaml.Node | None) -> tuple[tuple[str, str], ...]:
        if node is None or _is_null(node):
            return ()
        if not isinstance(node, yaml.MappingNode):
            self.refuse(_line(node), "`links` must name each link", "links: {wikidata: Q41053}", "value")
            return ()
        links: dict[str, str] = {}
        for key_node, value_node in node.value:
            key, value = self._text(key_node, "links"), self._text(value_node, "links")
            if not key or not value:
                continue
            if not _KIND.fullmatch(key) or key in links:
                self.refuse(_line(key_node), f"`{key}` cannot name a link", "lower-case letters, each once", "link")
            elif not _LINK_VALUE.fullmatch(value) or (":" in value and not value.startswith(("https://", "http://"))):
                self.refuse(_line(value_node), f"`{value}` is no link", "an identifier or an https:// address", "link")
            links[key] = value
        return tuple(links.items())

    def _slugs(self, node: yaml.Node | None) -> tuple[str, ...]:
        slugs = self._texts(node, "was")
        for line, slug in slugs:
            if slug and slugify(slug) != slug:
                self.refuse(line, f"`{slug}` is no slug", f"did you mean `{slugify(slug)}`?", "slug")
        return tuple(slug for _, slug in slugs)

    def _flag(self, node: yaml.Node | None, key: str) -> bool:
        if node is None:
            return False
        value = node.value.lower() if isinstance(node, yaml.ScalarNode) else ""
        if value not in ("true", "false", "yes", "no"):
            self.refuse(_line(node), f"`{key}` must be true or false", f"{key}: true", "value")
        return value in ("true", "yes")

    def _told(self, node: yaml.Node | None, key: str) -> bool:
        """A flag that may be given as the reason for it."""
        return node is not None and self._text(node, key).lower() not in ("", "false", "no")


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def remake(entries: Iterable[Entry]) -> Authority:
    """The authority of some of its entries; merges with others are forgotten."""
    kept = list(entries)
    known = {(entry.kind, entry.slug) for entry in kept}
    kept = [
        msgspec.structs.replace(
            entry, merge=tuple(name for name in entry.merge if (name.kind, entity_slug(*name)) in known)
        )
        for entry in kept
    ]
    return _connect(kept, _Reader(AUTHORITY_PATH))


def _connect(entries: list[Entry], reader: _Reader) -> Authority:
    """Resolve merges and claims; whatever contradicts itself is refused."""
    by_name: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        known = by_name.setdefault((entry.kind, entry.slug), number)
        if known != number:
            message = f"`{entry.name}` ({entry.kind}) has an entry on line {entries[known].line} already"
            reader.refuse(entry.line, message, "join the two, or add what tells them apart: `… (senator)`", "twice")
    roots = _roots(entries, by_name, reader)
    claims: dict[tuple[str, str], int] = {}
    article_claims: dict[str, dict[tuple[str, str], int]] = {}
    for number, entry in enumerate(entries):
        tables = [article_claims.setdefault(article, {}) for article in entry.articles] or [claims]
        for name in entry.claimed_names():
            for table in tables:
                known = table.setdefault(name.form, number)
                if entries[known].own_name.form == entry.own_name.form:
                    continue
                if roots[known] != roots[number]:
                    message = f"`{name.name}` ({name.kind}) belongs to `{entries[known].name}` already"
                    hint = f"see line {entries[known].line}; keep it in one of the two entries"
                    reader.refuse(entry.line, message, hint, "claimed-twice")
    apart = frozenset(
        frozenset((entry.own_name.form, other.form))
        for entry in entries
        for other in entry.apart
        if other.form != entry.own_name.form
    )
    return Authority(
        tuple(entries),
        tuple(roots),
        {form: roots[number] for form, number in claims.items()},
        {article: {form: roots[n] for form, n in table.items()} for article, table in article_claims.items()},
        apart,
    )


def _roots(entries: list[Entry], by_name: Mapping[tuple[str, str], int], reader: _Reader) -> list[int]:
    parents = list(range(len(entries)))
    for number, entry in enumerate(entries):
        for other in entry.merge:
            target = by_name.get((other.kind, entity_slug(other.kind, other.name)))
            if target is None:
                close = difflib.get_close_matches(other.name, [e.name for e in entries if e is not entry], n=1)
                hint = f"did you mean `{close[0]}`?" if close else "a name without an entry belongs under `aliases`"
                reader.refuse(entry.line, f"`merge` names `{other.name}`, which has no entry", hint, "merge")
            elif target == number or parents[target] != target:
                reader.refuse(entry.line, f"`{other.name}` cannot be merged here", "it is merged already", "merge")
            else:
                parents[target] = number
    roots: list[int] = []
    for number in range(len(entries)):
        root, steps = number, 0
        while parents[root] != root and steps <= len(entries):
            root, steps = parents[root], steps + 1
        if steps > len(entries):
            reader.refuse(entries[number].line, f"`{entries[number].name}` is merged into itself", "", "merge")
            root = number
        roots.append(root)
    return roots
