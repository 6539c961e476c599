"""The dictionary: from a surface form as people type it to its index term, and for rarer terms straight to the list.

A *shard* holds a range of the sorted surface forms with the terms they belong to and those terms' whole lists, so that
one request answers a rare word. Terms that many documents hold stand in the *head*, in the manifest, and their lists
in files of their own. Lists of fields (`person:netanyahu`, `person=benjamin-netanyahu`, `source=…`) stand among the
words under their key.

An entry of a word is written `term+ending+ending=form`: after the term its surface forms, either as an ending to append
or whole. A term without forms after it is its own only form.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.analysis import fold_words
from sitegen.search.documents import SearchDocument
from sitegen.search.packing import gaps, pack
from sitegen.search.postings import CODE_BITS, Inverted

_WORD_BYTES = 6
"""Estimated bytes of a surface form after gzip …"""
_POSTING_BYTES = 1.6
"""… and of a posting in a shorter list."""
ALIAS = "alias:"
"""Key of the documents of an entity that the editors also know by this word."""
SHARD_ENTITIES = 12
"""Entities offered for completion a shard."""

AliasTable = Mapping[tuple[str, str], Sequence[str]]
"""Editors' other names of an entity, by (kind, slug)."""


class EntityName(msgspec.Struct, frozen=True, array_like=True):
    """An entity as completion shows it."""

    kind: str
    slug: str
    name: str
    count: int


class Vocabulary(msgspec.Struct, frozen=True):
    """Surface forms and terms with their relation."""

    words: Sequence[str]
    """Surface form of each word id."""
    terms: list[str]
    """Terms, ascending."""
    term_of: NDArray[np.int64]
    """Term id of each word id."""


def vocabulary_of(words: Sequence[str], terms: Sequence[str]) -> Vocabulary:
    """Number the terms of a corpus."""
    distinct = sorted(set(terms))
    identity = {term: index for index, term in enumerate(distinct)}
    return Vocabulary(words, distinct, np.fromiter((identity[term] for term in terms), np.int64, len(terms)))


def entry(term: str, forms: Sequence[str]) -> str:
    """Write a term with its surface forms."""
    if list(forms) == [term]:
        return term
    return term + "".join(f"+{form[len(term) :]}" if form.startswith(term) else f"={form}" for form in forms)


class FieldLists(msgspec.Struct, frozen=True):
    """Lists of fields: documents by key, without impacts."""

    keys: list[str]
    """Ascending."""
    starts: NDArray[np.int64]
    documents: NDArray[np.int64]
    entities: dict[tuple[str, str], EntityName]
    """Every entity with the number of documents that name it."""


def key_part(text: str) -> str:
    """Folded words joined by hyphens: how names stand in keys."""
    return "-".join(fold_words(text))


def field_lists(documents: Sequence[SearchDocument], order: NDArray[np.int64], aliases: AliasTable) -> FieldLists:
    """Lists of people, organisations, places, sources, authors and tags, whole (`=`) and by word (`:`)."""
    lists: dict[str, list[int]] = {}
    counts: dict[tuple[str, str], int] = {}
    names: dict[tuple[str, str], str] = {}
    keys_of: dict[tuple[str, str, str], list[str]] = {}

    def keys(field: str, slug: str, name: str) -> list[str]:
        found = keys_of.get((field, slug, name))
        if found is None:
            spelled = (name, *aliases.get((field, slug), ()))
            words = dict.fromkeys(word for other in spelled for word in fold_words(other))
            whole = dict.fromkeys((slug, *map(key_part, spelled)) if slug else map(key_part, spelled))
            found = [f"{field}={part}" for part in whole if part] + [f"{field}:{word}" for word in words]
            own = fold_words(name)
            others = [fold_words(other) for other in spelled[1:]]
            found += [f"{ALIAS}{other[0]}" for other in others if len(other) == 1 and other[0] not in own]
            keys_of[field, slug, name] = found
        return found

    for position, index in enumerate(order.tolist()):
        document = documents[index]
        tagged = [(kind, slug, name) for kind, slug, name in document.entities]
        tagged += [("author", "", name) for name in document.authors] + [("tag", "", name) for name in document.topics]
        if document.source:
            tagged.append(("source", "", document.source))
        for kind, slug, name in tagged:
            if slug:
                counts[kind, slug] = counts.get((kind, slug), 0) + 1
                names[kind, slug] = name
            for key in keys(kind, slug, name):
                found = lists.setdefault(key, [])
                if not found or found[-1] != position:
                    found.append(position)
    ordered = sorted(lists)
    starts = np.zeros(len(ordered) + 1, dtype=np.int64)
    np.cumsum([len(lists[key]) for key in ordered], out=starts[1:])
    flat = np.fromiter(itertools.chain.from_iterable(lists[key] for key in ordered), np.int64, int(starts[-1]))
    entities = {key: EntityName(*key, names[key], count) for key, count in counts.items()}
    return FieldLists(ordered, starts, flat, entities)


class Lexicon(msgspec.Struct, frozen=True):
    """Everything shards are cut from, in the order of their keys."""

    keys: list[str]
    """Surface forms and field keys, ascending by UTF-16, unique."""
    rows: list[list[int]]
    """Entries of each key: term id, or -1 - field list."""
    weights: NDArray[np.float64]
    """Estimated bytes of each key with its entries."""


def utf16(text: str) -> bytes:
    """Sort key in the order in which JavaScript compares strings."""
    return text.encode("utf-16-be", "surrogatepass")


def build_lexicon(
    vocabulary: Vocabulary, inverted: Inverted, fields: FieldLists, head_words: NDArray[np.bool_], frequent: int
) -> Lexicon:
    """Sort surface forms that the head lacks together with the keys of fields."""
    frequencies = inverted.frequencies
    rows_of: dict[str, list[int]] = {}
    for word in np.flatnonzero(~head_words).tolist():
        rows_of.setdefault(vocabulary.words[word], []).append(int(vocabulary.term_of[word]))
    for index, key in enumerate(fields.keys):
        rows_of.setdefault(key, []).append(-1 - index)
    keys = sorted(rows_of, key=utf16)
    sizes = np.diff(fields.starts)
    cost = np.where(frequencies < frequent, frequencies * _POSTING_BYTES, 0.0)
    weights = np.fromiter(
        (_WORD_BYTES + sum(cost[row] if row >= 0 else sizes[-1 - row] for row in rows_of[key]) for key in keys),
        np.float64,
        len(keys),
    )
    return Lexicon(keys, [rows_of[key] for key in keys], weights)


class Shard(msgspec.Struct, frozen=True):
    """A range of keys that makes one file."""

    start: str
    """Least key that belongs here, a prefix of the first one; empty for the first shard."""
    first: int
    last: int
    """Keys first … last - 1."""


def cut_shards(lexicon: Lexicon, limit: float) -> list[Shard]:
    """Cut the keys where their prefixes change, so that a cut depends only on the keys beneath the same prefix."""
    totals = np.concatenate(([0.0], np.cumsum(lexicon.weights)))

    def cut(first: int, last: int, prefix: str) -> list[Shard]:
        if totals[last] - totals[first] <= limit or last - first == 1:
            return [Shard(prefix, first, last)]
        depth = len(prefix)
        shards: list[Shard] = []
        at = first
        for letter, group in itertools.groupby(range(first, last), lambda i: lexicon.keys[i][depth : depth + 1]):
            end = at + sum(1 for _ in group)
            below = cut(at, end, prefix + letter) if letter else [Shard(prefix, at, end)]
            if shards and len(below) == 1 and totals[below[0].last] - totals[shards[-1].first] <= limit:
                shards[-1] = Shard(shards[-1].start, shards[-1].first, below[0].last)
            else:
                shards += below
            at = end
        return shards

    found = cut(0, len(lexicon.keys), "")
    return [Shard("", found[0].first, found[0].last), *found[1:]]


def frequent_surface(
    vocabulary: Vocabulary, inverted: Inverted, occurrences: NDArray[np.int64], frequent: int
) -> NDArray[np.bool_]:
    """Which word ids the head names: usual forms of frequent terms, if no other term has the same form."""
    mask: NDArray[np.bool_] = (inverted.frequencies[vocabulary.term_of] >= frequent) & (occurrences * 2 >= frequent)
    alone = np.ones(len(mask), dtype=bool)
    words = vocabulary.words
    for index in np.flatnonzero(mask).tolist():
        alone[index] = words[index] not in (words[index - 1], words[(index + 1) % len(words)]) or len(words) == 1
    return mask & alone


def encode_shard(
    shard: Shard,
    lexicon: Lexicon,
    vocabulary: Vocabulary,
    inverted: Inverted,
    fields: FieldLists,
    numbers: NDArray[np.int64],
    frequent: int,
    names: Sequence[EntityName],
) -> bytes:
    """Write one shard: entries, their lists (empty where the head has the term), and entities for completion."""
    forms: dict[int, list[str]] = {}
    for index in range(shard.first, shard.last):
        for row in lexicon.rows[index]:
            forms.setdefault(row, []).append(lexicon.keys[index])
    rows = sorted(forms)
    pieces: list[NDArray[np.int64]] = []
    codes: list[NDArray[np.int64]] = []
    words: list[str] = []
    keys: list[str] = []
    for row in rows:
        if row < 0:
            low, high = fields.starts[-1 - row], fields.starts[-row]
            pieces.append(fields.documents[low:high])
            codes.append(np.full(int(high - low), -1, dtype=np.int64))
            keys.append(fields.keys[-1 - row])
            continue
        words.append(entry(vocabulary.terms[row], forms[row]))
        low, high = inverted.starts[row], inverted.starts[row + 1]
        if high - low >= frequent:
            high = low
        pieces.append(inverted.documents[low:high].astype(np.int64))
        codes.append(inverted.codes[low:high].astype(np.int64))
    lists = encode_lists(pieces, codes, numbers)
    body: dict[str, object] = {"words": words, "lists": lists[len(keys) :]}
    if keys:
        body |= {"keys": keys, "keyLists": lists[: len(keys)]}
    if names:
        body["entities"] = names
    return msgspec.json.encode(body)


def encode_lists(
    pieces: Sequence[NDArray[np.int64]], codes: Sequence[NDArray[np.int64]], numbers: NDArray[np.int64]
) -> list[str]:
    """Pack lists of documents; a list with codes is `gap << 4 | code`, one whose codes are -1 only gaps."""
    starts = np.zeros(len(pieces) + 1, dtype=np.int64)
    np.cumsum([len(piece) for piece in pieces], out=starts[1:])
    if not len(pieces):
        return []
    flat = numbers[np.concatenate(pieces)]
    flat_codes = np.concatenate(codes)
    values = gaps(flat, starts)
    values = np.where(flat_codes < 0, values, (values << CODE_BITS) | flat_codes)
    text, offsets = pack(values)
    bounds = offsets[starts].tolist()
    packed = text.decode("ascii")
    return [packed[low:high] for low, high in itertools.pairwise(bounds)]


def shard_entities(fields: FieldLists, shards: Sequence[Shard]) -> list[list[EntityName]]:
    """Entities to offer for completion in each shard: those with a word of their name there, most named first."""
    starts = [utf16(shard.start) for shard in shards]
    offered: list[list[EntityName]] = [[] for _ in shards]
    ranked = sorted(fields.entities.values(), key=lambda entity: (-entity.count, entity.kind, entity.slug))
    for entity in ranked:
        seen = {bisect.bisect_right(starts, utf16(word)) - 1 for word in fold_words(entity.name)}
        for place in sorted(seen):
            if len(offered[place]) < SHARD_ENTITIES:
                offered[place].append(entity)
    return offered
