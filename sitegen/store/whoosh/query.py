# mypy: allow-untyped-calls
"""What a person typed to a tree of clauses.

The language is Whoosh's (AND, OR, NOT, ANDNOT, ANDMAYBE, REQUIRE, brackets, "phrases", 'whole names', fields, `*` and
`?`, `[a to b]`, `^2`), read by Whoosh's own parser, with what people know from search boxes added: `+word`, `-word`,
`org:`, `before:2019` (earlier than that), `after:2018-06` (from then on), `year:`. Words side by side mean "any, the
more the better"; phrases, fields and `+` demand. Where the browser's search has the same syntax, it means the same.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import msgspec
from whoosh.qparser import plugins, syntax
from whoosh.qparser.default import QueryParser
from whoosh.qparser.taggers import FnTagger

from sitegen.model.date import EdtfDate
from sitegen.search.analysis import Analyzer, fold_words
from sitegen.store.whoosh.fields import NAME_FIELDS, WHOLE

MAX_QUERY = 1000
"""Characters of a query that are read."""
DEFAULT_FIELDS = ("title", "body")
_DATE_FIELDS = ("date", "year", "before", "after")
_ALIASES = {
    **{name: name for name in (*DEFAULT_FIELDS, *NAME_FIELDS, *_DATE_FIELDS, "id")},
    "org": "organization",
    "organisation": "organization",
    "by": "author",
    "topic": "tag",
    "text": "body",
}
_LAST_DATE = 99999999


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a query."""

    boost: float = 1.0


class Word(Clause, frozen=True):
    """A word, in any of some fields, under any of some index terms."""

    fields: tuple[str, ...]
    forms: tuple[str, ...]


class Phrase(Clause, frozen=True):
    """Words in order, each at most `slop` positions after the one before."""

    fields: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...]
    """For each word its index terms."""
    slop: int = 1


class Pattern(Clause, frozen=True):
    """Words that match a pattern with `*` (any characters) and `?` (one character)."""

    fields: tuple[str, ...]
    pattern: str


class Span(Clause, frozen=True):
    """Words from `low` to `high`, both included unless open; an empty bound is none."""

    fields: tuple[str, ...]
    low: str
    high: str
    low_open: bool
    high_open: bool


class Dates(Clause, frozen=True):
    """Articles dated from `low` to `high` (YYYYMMDD, both included)."""

    low: int
    high: int


class Every(Clause, frozen=True):
    """All articles."""


class Nothing(Clause, frozen=True):
    """No article."""


class AllOf(Clause, frozen=True):
    """Articles that match every part."""

    parts: tuple[Clause, ...]


class AnyOf(Clause, frozen=True):
    """Articles that match a part; the scores of all that match are added."""

    parts: tuple[Clause, ...]


class Except(Clause, frozen=True):
    """Articles that match `part` but not `excluded`."""

    part: Clause
    excluded: Clause


class Clauses(Clause, frozen=True):
    """What stands side by side. Without a required part, one optional part must match."""

    required: tuple[Clause, ...] = ()
    optional: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()


class Terms:
    """Index terms of query words.

    A query does not say its language, so each word is stemmed by the rules of all of the archive's languages. And it
    may be typed without its accents, which stemmers need: so whatever terms the archive has for the word as it stands
    count too.
    """

    def __init__(self, languages: Sequence[str], terms_of: Callable[[str], Iterable[str]]) -> None:
        """Take the archive's languages and what gives its terms for a folded word."""
        self._analyzer = Analyzer()
        self._languages = languages or ("",)
        self._terms_of = terms_of

    def of(self, text: str) -> list[tuple[str, ...]]:
        """For each word of a text its index terms, ascending."""
        rows = [self._analyzer.analyse(text, language) for language in self._languages]
        return [self._forms(ids) for ids in zip(*rows, strict=True)]

    def _forms(self, ids: Iterable[int]) -> tuple[str, ...]:
        analyzer = self._analyzer
        forms = {analyzer.terms[id_] for id_ in ids}
        for word in {analyzer.words[id_] for id_ in ids}:
            forms.update(self._terms_of(word))
        return tuple(sorted(forms))


def parse_query(text: str, terms: Terms) -> Clause:
    """The clauses of a query; whatever cannot be read as Whoosh's language is searched for its words.

    Args:
        text: as typed.
        terms: gives the index terms of words.
    """
    clean = text[:MAX_QUERY].translate({ord(mark): '"' for mark in "“”„«»"}).strip()
    if " " in clean:
        clean = clean.rstrip("?")  # A question, not a wildcard.
    try:
        clause = _Compiler(terms).compile(_parser().process(clean))
    except Exception:
        clause = None  # Whoosh's parser raises whatever it stumbles over.
    return clause or _plain_words(text, terms)


def _plain_words(text: str, terms: Terms) -> Clause:
    """A query for the words of a text, whatever else stands in it."""
    words = tuple(Word(DEFAULT_FIELDS, forms) for forms in terms.of(text[:MAX_QUERY]))
    return Clauses(optional=words) if words else Nothing()


def period(text: str) -> tuple[int, int] | None:
    """First and last date number of a year, month or day (`1969`, `196907`, `1969-07-20`); None for anything else."""
    digits = re.sub(r"[-/.]", "", text.strip(" '\"?~%"))
    if not (digits.isascii() and digits.isdigit() and len(digits) in (4, 6, 8)):
        return None
    parsed = EdtfDate.parse("-".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part))
    if parsed is None:
        return None
    low = parsed.year * 10000 + parsed.month * 100 + parsed.day
    return low, low + (0 if parsed.day else 99 if parsed.month else 9999)


class _WordsGroup(syntax.GroupNode):
    """What stands side by side."""

    merging = False


class _Demanded(syntax.Wrapper):
    """Follows a `+`."""


class _Plus(syntax.MarkerNode):
    pass


class _Minus(syntax.MarkerNode):
    pass


class _WholeNode(syntax.WordNode):
    """A name in single quotes."""


class _Signs(plugins.Plugin):
    """`+` and `-` in front of a clause, at any depth; Whoosh's own plugin also cuts `anti-war` in two."""

    def taggers(self, parser: Any) -> list[tuple[Any, int]]:
        return [(FnTagger(r"(?:^|(?<=[\s(]))\+(?=\S)", _Plus), 0), (FnTagger(r"(?:^|(?<=[\s(]))-(?=\S)", _Minus), 0)]

    def filters(self, parser: Any) -> list[tuple[Callable[[Any, Any], Any], int]]:
        return [(self._wrap, 520)]

    def _wrap(self, parser: Any, group: Any) -> Any:
        wrapped = group.empty_copy()
        wrapper = None
        for node in group:
            if isinstance(node, _Plus | _Minus):
                wrapper = _Demanded if isinstance(node, _Plus) else syntax.NotGroup
                continue
            inner = self._wrap(parser, node) if isinstance(node, syntax.GroupNode) else node
            wrapped.append(wrapper([inner]) if wrapper else inner)
            wrapper = None
        return wrapped


class _FieldNames:
    """Stands in for a schema: the parser only asks which names are fields."""

    def __contains__(self, name: str) -> bool:
        return name.lower() in _ALIASES


class _WildcardNode(syntax.TextNode):
    """A word with `*` or `?` in it."""


class _Wildcards(plugins.TaggingPlugin):
    """Whole words with wildcards; Whoosh's own plugin breaks `m??n` apart."""

    expr: Any = r"[^\s()\[\]{}\"'^:*?]*[*?][^\s()\[\]{}\"'^:]*"
    nodetype = _WildcardNode
    priority = 1

    def create(self, parser: Any, match: Any) -> Any:
        """The node of a match."""
        return _WildcardNode(match[0])


class _SingleQuotes(plugins.SingleQuotePlugin):
    nodetype = _WholeNode


@functools.cache
def _parser() -> QueryParser:
    parts: list[Any] = [
        _SingleQuotes(),
        plugins.FieldsPlugin(),
        _Wildcards(),
        plugins.PhrasePlugin(),
        plugins.RangePlugin(),
        plugins.GroupPlugin(),
        plugins.OperatorsPlugin(),
        plugins.BoostPlugin(),
        plugins.EveryPlugin(),
        _Signs(),
    ]
    return QueryParser(None, cast("Any", _FieldNames()), plugins=parts, group=_WordsGroup)


class _Compiler:
    """From Whoosh's syntax tree to clauses."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def compile(self, node: Any) -> Clause | None:
        """The clause of a node; None for one that says nothing."""
        if isinstance(node, syntax.GroupNode):
            return self._group(node)
        if isinstance(node, plugins.EveryPlugin.EveryNode):
            return Every()
        if not isinstance(node, syntax.TextNode | syntax.RangeNode):
            return None
        field = _ALIASES[node.fieldname.lower()] if node.fieldname else ""
        if isinstance(node, syntax.RangeNode):
            return self._range(node, field)
        if field in _DATE_FIELDS:
            return _dates(field, node.text) or self._text(node.fieldname + " " + node.text, (), node.boost)
        if field == "id":
            return Word(("id",), (node.text,), boost=node.boost)
        fields = (field,) if field else DEFAULT_FIELDS
        if isinstance(node, _WildcardNode):
            return _pattern(node.text, fields, node.boost)
        if isinstance(node, plugins.PhrasePlugin.PhraseNode):
            return self._phrase(node.text, fields, node.boost, node.slop)
        if isinstance(node, _WholeNode):
            return self._whole(node.text, fields, node.boost)
        if field in NAME_FIELDS:
            return self._name(node.text, fields, node.boost)
        return self._text(node.text, fields, node.boost)

    def _slots(self, text: str, fields: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Index terms of the words of a text: names are not stemmed."""
        if fields[0] in NAME_FIELDS:
            return tuple((word,) for word in fold_words(text))
        return tuple(self._terms.of(text))

    def _text(self, text: str, fields: tuple[str, ...], boost: float) -> Clause | None:
        fields = fields or DEFAULT_FIELDS
        words = [Word(fields, forms, boost=boost) for forms in self._slots(text, fields)]
        return words[0] if len(words) == 1 else Clauses(optional=tuple(words)) if words else None

    def _name(self, text: str, fields: tuple[str, ...], boost: float) -> Clause | None:
        slots = self._slots(text, fields)
        return Word(fields, slots[0], boost=boost) if len(slots) == 1 else self._phrase(text, fields, boost)

    def _phrase(self, text: str, fields: tuple[str, ...], boost: float, slop: int = 1) -> Clause | None:
        slots = self._slots(text, fields)
        return Phrase(fields, slots, slop, boost=boost) if slots else None

    def _whole(self, text: str, fields: tuple[str, ...], boost: float) -> Clause | None:
        if fields[0] in NAME_FIELDS:
            return Word(fields, (WHOLE + " ".join(fold_words(text)),), boost=boost)
        return self._phrase(text, fields, boost)

    def _range(self, node: Any, field: str) -> Clause | None:
        if field in _DATE_FIELDS:
            low, high = (period(text) if text else None for text in (node.start, node.end))
            if (node.start and not low) or (node.end and not high):
                return self._text(f"{node.start or ''} {node.end or ''}", (), node.boost)
            first = (low[1] + 1 if node.startexcl else low[0]) if low else 1
            last = (high[0] - 1 if node.endexcl else high[1]) if high else _LAST_DATE
            return Dates(first, last)
        fields = (field,) if field else DEFAULT_FIELDS
        ends = ["".join(fold_words(text or "")) for text in (node.start, node.end)]
        return Span(fields, ends[0], ends[1], node.startexcl, node.endexcl, boost=node.boost)

    def _group(self, node: Any) -> Clause | None:
        if isinstance(node, syntax.NotGroup | _Demanded):
            inner = self._demanded_part(node[0]) if len(node) else None
            return Except(Every(), inner) if inner and isinstance(node, syntax.NotGroup) else inner
        if isinstance(node, syntax.AndNotGroup | syntax.AndMaybeGroup | syntax.RequireGroup) and len(node) == 2:
            return self._pair(node)
        if isinstance(node, _WordsGroup):
            return self._side_by_side(node)
        parts = tuple(part for part in map(self._demanded_part, node) if part)
        if not parts:
            return None
        return (AllOf if isinstance(node, syntax.AndGroup) else AnyOf)(parts=parts, boost=node.boost)

    def _demanded_part(self, node: Any) -> Clause | None:
        """What an operator or a sign stands before: several words in one (`anti-war`) are a phrase."""
        clause = self.compile(node)
        if isinstance(clause, Clauses) and isinstance(node, syntax.WordNode):
            fields = (_ALIASES[node.fieldname.lower()],) if node.fieldname else DEFAULT_FIELDS
            return self._phrase(node.text, fields, node.boost)
        return clause

    def _pair(self, node: Any) -> Clause | None:
        left, right = self.compile(node[0]), self.compile(node[1])
        if not left or not right:
            return left or (None if isinstance(node, syntax.AndNotGroup) else right)
        if isinstance(node, syntax.AndNotGroup):
            return Except(left, right)
        if isinstance(node, syntax.AndMaybeGroup):
            return Clauses(required=(left,), optional=(right,))
        return AllOf((left, msgspec.structs.replace(right, boost=0.0)))

    def _side_by_side(self, group: Any) -> Clause | None:
        required: list[Clause] = []
        optional: list[Clause] = []
        excluded: list[Clause] = []
        for node in group:
            inner = (
                self._demanded_part(node[0]) if isinstance(node, syntax.NotGroup | _Demanded) and len(node) else None
            )
            if isinstance(node, syntax.NotGroup):
                excluded += [inner] if inner else []
            elif isinstance(node, _Demanded):
                required += [inner] if inner else []
            elif (clause := self.compile(node)) is not None:
                if isinstance(clause, Clauses) and isinstance(node, syntax.WordNode):
                    optional += clause.optional
                else:
                    (required if _demands(clause) else optional).append(clause)
        if required and optional and all(map(_filters, required)):
            # Filters restrict, they are no answer: one of the words must be there.
            required, optional = [*required, optional[0] if len(optional) == 1 else AnyOf(tuple(optional))], []
        if len(required) + len(optional) == 1 and not excluded:
            return (required + optional)[0]
        if not (required or optional or excluded):
            return None
        return Clauses(tuple(required), tuple(optional), tuple(excluded), boost=group.boost)


def _demands(clause: Clause) -> bool:
    """Whether a clause is meant as a condition: phrases, dates and everything with a field."""
    match clause:
        case Phrase() | Dates() | Every() | Except():
            return True
        case Word() | Pattern() | Span():
            return clause.fields != DEFAULT_FIELDS
        case AllOf() | AnyOf():
            return all(map(_demands, clause.parts))
        case Clauses():
            return bool(clause.required) or not clause.optional
    return False


def _filters(clause: Clause) -> bool:
    """Whether a clause only restricts: dates and names."""
    match clause:
        case Dates():
            return True
        case Word() | Phrase() | Pattern() | Span():
            return all(field in NAME_FIELDS for field in clause.fields)
        case AllOf() | AnyOf():
            return all(map(_filters, clause.parts))
    return False


def _dates(field: str, text: str) -> Clause | None:
    found = period(text)
    if found is None:
        return None
    low, high = found
    if field == "before":
        return Dates(1, low - 1)
    if field == "after":
        return Dates(low, _LAST_DATE)
    return Dates(low, high)


def _pattern(text: str, fields: tuple[str, ...], boost: float) -> Clause | None:
    pieces = re.split(r"([*?])", text)
    pattern = "".join(piece if piece in ("*", "?") else "".join(fold_words(piece)) for piece in pieces)
    if set(pattern) == {"*"} and fields == DEFAULT_FIELDS:
        return Every()
    return Pattern(fields, pattern, boost=boost)
