"""The dictionary: from a surface form as people type it to its index term, and for rarer terms straight to the list.

A *shard* holds a range of the sorted surface forms with the terms they belong to and those terms' lists where these are
short, so that one request answers a rare word. Lists of fields (`person:netanyahu`, `person=benjamin-netanyahu`,
`source=…`) stand among the words under their key. Shards begin at keys whose hash is the least in their neighbourhood
(Schleimer, Wilkerson and Aiken, 2003), so a new key moves only cuts beside it.

An entry of a word is written `term+ending+ending=form`: after the term its surface forms, either as an ending to append
or whole. A term without forms after it is its own only form.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.analysis import fold_words
from sitegen.search.documents import SearchDocument

ALIAS = "alias:"
"""Key of the documents of an entity that the editors also know by this word."""
SHARD_NAMES = 12
"""Names offered for completion a shard."""

AliasTable = Mapping[tuple[str, str], Sequence[str]]
"""Editors' other names of an entity, by (kind, slug)."""


class Name(msgspec.Struct, frozen=True, array_like=True):
    """An entity as completion shows it."""

    kind: str
    slug: str
    name: str
    size: int
    """Binary logarithm of the number of articles that name it."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A term in a shard: its surface forms there, and its list or the mark of one elsewhere."""

    term: str
    forms: tuple[str, ...]
    text: str


class Vocabulary(msgspec.Struct, frozen=True):
    """Surface forms and terms with their relation."""

    words: Sequence[str]
    """Surface form of each word id, ascending by (word, term)."""
    terms: list[str]
    """Terms, ascending."""
    term_of: NDArray[np.int64]
    """Term id of each word id."""


def vocabulary_of(words: Sequence[str], terms: Sequence[str]) -> Vocabulary:
    """Number the terms of a corpus."""
    distinct = sorted(set(terms))
    identity = {term: index for index, term in enumerate(distinct)}
    return Vocabulary(words, distinct, np.fromiter(map(identity.__getitem__, terms), np.int64, len(terms)))


def write_entry(term: str, forms: Sequence[str]) -> str:
    """Write a term with its surface forms, ascending."""
    if list(forms) == [term]:
        return term
    return term + "".join([f"+{form[len(term) :]}" if form.startswith(term) else f"={form}" for form in forms])


def read_entry(written: str) -> tuple[str, tuple[str, ...]]:
    """Undo `write_entry`; a term without forms is its own only one."""
    if "+" not in written and "=" not in written:
        return written, (written,)
    term, *endings = written.replace("=", "+=").split("+")
    forms = [ending[1:] if ending.startswith("=") else term + ending for ending in endings]
    return term, tuple(forms) or (term,)


def key_part(text: str) -> str:
    """Folded words joined by hyphens: how names stand in keys."""
    return "-".join(fold_words(text))


Tag = tuple[str, str, str]
"""What a document is tagged with: (field, slug, name); the slug of sources, authors and tags is empty."""


def tags_of(document: SearchDocument) -> list[Tag]:
    """All that a document can be filtered by, each once."""
    found = list(document.entities)
    found += [("author", "", name) for name in document.authors] + [("tag", "", name) for name in document.topics]
    if document.source:
        found.append(("source", "", document.source))
    return list(dict.fromkeys(found))


def field_keys(tag: Tag, aliases: AliasTable) -> tuple[str, ...]:
    """Keys under which the documents of a tag are listed: whole names (`=`), their words (`:`), editors' aliases."""
    field, slug, name = tag
    others = aliases.get((field, slug), ()) if slug else ()
    spelled = [fold_words(name), *map(fold_words, others)]
    whole = [slug] if slug else []
    whole += ["-".join(words) for words in spelled]
    found = [f"{field}={part}" for part in whole if part] + [f"{field}:{word}" for words in spelled for word in words]
    found += [f"{ALIAS}{words[0]}" for words in spelled[1:] if len(words) == 1 and words[0] not in spelled[0]]
    return tuple(dict.fromkeys(found))


class FieldLists(msgspec.Struct, frozen=True):
    """Lists of fields: documents by key."""

    keys: list[str]
    """Ascending."""
    starts: NDArray[np.int64]
    documents: NDArray[np.int64]
    """Positions, ascending within a list."""
    counts: dict[Tag, int]
    """Number of documents with each tag."""


def field_lists(documents: Sequence[SearchDocument], order: NDArray[np.int64], aliases: AliasTable) -> FieldLists:
    """Lists of people, organisations, places, sources, authors and tags, whole and by word."""
    identities: dict[Tag, int] = {}
    sizes = np.zeros(len(order), dtype=np.int64)
    flat: list[int] = []
    for position, index in enumerate(order.tolist()):
        tags = tags_of(documents[index])
        sizes[position] = len(tags)
        for tag in tags:
            identity = identities.get(tag)
            if identity is None:
                identity = identities[tag] = len(identities)
            flat.append(identity)
    tagged = np.array(flat, dtype=np.int64)
    held = np.bincount(tagged, minlength=len(identities))
    rows = [field_keys(tag, aliases) for tag in identities]
    keys = sorted({key for row in rows for key in row})
    number = {key: index for index, key in enumerate(keys)}
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    begins = np.cumsum(widths) - widths
    members = np.fromiter((number[key] for row in rows for key in row), np.int64, int(widths.sum()))
    # Every (tag, document) becomes one (key, document) for each key of the tag.
    wide = widths[tagged]
    offsets = np.arange(int(wide.sum())) - np.repeat(np.cumsum(wide) - wide, wide)
    positions = np.repeat(np.repeat(np.arange(len(order)), sizes), wide)
    pairs = members[np.repeat(begins[tagged], wide) + offsets] * max(1, len(order)) + positions
    pairs.sort()  # np.unique would hash them, which takes ten times as long.
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    key_of, found = np.divmod(pairs, max(1, len(order)))
    starts = np.searchsorted(key_of, np.arange(len(keys) + 1))
    counts = dict(zip(identities, held.tolist(), strict=True))
    return FieldLists(keys, starts.astype(np.int64), found, counts)


class Lexicon(msgspec.Struct, frozen=True):
    """All keys in the order of the shards."""

    keys: list[str]
    """Surface forms and field keys, ascending by UTF-16, unique."""
    firsts: NDArray[np.int64]
    """First word id of a surface form, or -1 - field list."""


def utf16(text: str) -> bytes:
    """Sort key in the order in which JavaScript compares strings."""
    return text.encode("utf-16-be", "surrogatepass")


def sort_keys(keys: Iterable[str]) -> list[str]:
    """Keys in that order."""
    found = sorted(keys)
    return (
        found
        if all(key < "\ud800" or key.isascii() for key in found[-1:]) and _plain(found)
        else sorted(found, key=utf16)
    )


def _plain(keys: Sequence[str]) -> bool:
    """Whether no character is of those that UTF-16 sorts otherwise."""
    joined = "".join(keys)
    return joined.isascii() or max(joined, default="") < "\ud800"


def build_lexicon(vocabulary: Vocabulary, fields: FieldLists) -> Lexicon:
    """Sort surface forms together with the keys of fields."""
    words = vocabulary.words
    first = {word: index for index, word in zip(range(len(words) - 1, -1, -1), reversed(words), strict=True)}
    first.update((key, -1 - index) for index, key in enumerate(fields.keys))
    keys = sort_keys(first)
    return Lexicon(keys, np.fromiter(map(first.__getitem__, keys), np.int64, len(keys)))


def boundaries(hashes: NDArray[np.uint32], window: int) -> NDArray[np.bool_]:
    """Which keys a shard begins at: those whose hash is less than all of `window` before and after.

    Of equal hashes the first counts. Beyond the ends there are no keys; the first key is not among them by itself.
    """
    count = len(hashes)
    most = np.iinfo(np.int64).max
    padded = np.full(count + 2 * window, most, dtype=np.int64)
    padded[window : window + count] = hashes
    before, after = (np.full(count, most, dtype=np.int64) for _ in range(2))
    # Minima of windows whose lengths double: log2(window) passes instead of `window`.
    span, least = 1, padded
    while span * 2 <= window:
        least = np.minimum(least[:-span], least[span:])
        span *= 2
    left = window - span
    np.minimum(least[:count], least[left : left + count], out=before)
    np.minimum(least[window + 1 : window + 1 + count], least[window + 1 + left :][:count], out=after)
    values = padded[window : window + count]
    return (values < before) & (values <= after)


def key_hashes(keys: Sequence[str]) -> NDArray[np.uint32]:
    """CRC-32 of each key."""
    return np.fromiter((zlib.crc32(key.encode("utf-8", "replace")) for key in keys), np.uint32, len(keys))


def shard_start(key: str, previous: str) -> str:
    """Shortest beginning of a key that is above the key before it."""
    same = 0
    while same < len(previous) and key[same] == previous[same]:
        same += 1
    return key[: same + 1]


class Shard(msgspec.Struct, frozen=True):
    """A range of keys that makes one file."""

    start: str
    """Least string that belongs here; empty for the first shard."""
    first: int
    last: int
    """Keys first … last - 1."""


def cut_shards(keys: Sequence[str], window: int) -> list[Shard]:
    """Cut sorted keys at `boundaries`."""
    cuts = [cut for cut in np.flatnonzero(boundaries(key_hashes(keys), window)).tolist() if cut]
    ends = [*cuts, len(keys)]
    starts = ["", *(shard_start(keys[cut], keys[cut - 1]) for cut in cuts)]
    return [Shard(start, first, last) for start, first, last in zip(starts, [0, *cuts], ends, strict=True)]


def shard_stem(start: str) -> str:
    """What names a shard's file, beside its digest."""
    return f"{zlib.crc32(start.encode('utf-8', 'replace')):08x}"


def encode_shard(entries: Sequence[Entry], keys: Sequence[tuple[str, str]], names: Sequence[Name]) -> bytes:
    """Write a shard.

    Args:
        entries: ascending by term.
        keys: field keys with their lists, ascending.
        names: for completion.
    """
    words = [write_entry(entry.term, entry.forms) for entry in entries]
    return encode_rows(words, [entry.text for entry in entries], keys, names)


def encode_rows(
    words: Sequence[str], lists: Sequence[str], keys: Sequence[tuple[str, str]], names: Sequence[Name]
) -> bytes:
    """Write a shard of entries that are written already."""
    body: dict[str, object] = {"words": words, "lists": lists}
    if keys:
        body |= {"keys": [key for key, _ in keys], "keyLists": [text for _, text in keys]}
    if names:
        body["names"] = names
    return msgspec.json.encode(body)


class ShardFile(msgspec.Struct):
    """A shard as it is read."""

    words: list[str]
    lists: list[str]
    keys: list[str] = []
    keyLists: list[str] = []  # noqa: N815 - as the file has it
    names: list[Name] = []


def name_words(name: str) -> list[str]:
    """Words under which a name is offered, each once."""
    return list(dict.fromkeys(fold_words(name)))


def rank_names(names: Iterable[Name]) -> list[Name]:
    """The names that a shard offers, of those with a word there."""
    return sorted(names, key=lambda name: (-name.size, name.kind, name.slug))[:SHARD_NAMES]
