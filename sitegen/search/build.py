"""The JSON search index: plan it once, write its parts in any process and order, finish with the manifest.

    plan = plan_search(corpus)
    files = [file for job in plan.jobs for file in run_job(plan, job)]      # in parallel, if you like
    files += finish(plan, [file.stamp for file in files])

Every part is a pure function of the corpus. File names carry a digest of their content; `search/index.json` alone keeps
its name. docs/adr/0012-search-index.md describes the format. `sitegen.search.update` brings an index up to date.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.analysis import base_language
from sitegen.search.calendar import DAY_SEGMENTS, Calendar, bases_of, encode_days, number_documents
from sitegen.search.cards import Card, encode_cards, snippet
from sitegen.search.documents import Ragged, SearchCorpus
from sitegen.search.facets import FACET_KINDS, choose_values, encode_facet, facet_key
from sitegen.search.layout import Layout, layout_of
from sitegen.search.lexicon import (
    ALIAS,
    AliasTable,
    Entry,
    FieldLists,
    Lexicon,
    Name,
    Shard,
    Vocabulary,
    build_lexicon,
    cut_shards,
    encode_shard,
    field_lists,
    name_words,
    rank_names,
    shard_stem,
    utf16,
    vocabulary_of,
)
from sitegen.search.lists import BLOCK_BITS, NO_CODE, encode_list_file, encode_lists, list_bucket, marker, piece_name
from sitegen.search.manifest import (
    NO_DIGEST,
    FileStamp,
    Manifest,
    SearchFile,
    finish_manifest,
    group_files,
    head_size,
    named_file,
)
from sitegen.search.packing import row_starts
from sitegen.search.phrases import (
    MAX_JOB_FILES,
    Sequences,
    encode_phrase_files,
    pack_fingerprints,
    plan_sequences,
)
from sitegen.search.postings import Inverted, invert
from sitegen.search.spelling import encode_near_files, near_words

HEAD_ENTITIES = 30
"""Entities that completion knows from the manifest."""
_JOB_POSTINGS = 1_500_000
_JOB_CARDS = 2_500
_JOB_WORDS = 250_000
_COUNTED = 1 << 21
"""Words counted at a time: numpy widens them."""


class Job(msgspec.Struct, frozen=True, array_like=True):
    """Some files of one area: numbers first … last - 1 (of cards and lists: groups of files)."""

    area: str
    """`w` words, `l` lists, `c` cards, `p` phrases, `n` spelling neighbours, `f` facets, `d` days."""
    first: int
    last: int


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A list in a file of lists."""

    name: str
    row: int
    """Term id, or -1 - field list."""
    block: int
    """Block of document numbers, -1 for a whole list."""


class SearchPlan(msgspec.Struct, frozen=True):
    """What all jobs share; large arrays, made for being inherited by forked processes."""

    corpus: SearchCorpus
    calendar: Calendar
    layout: Layout
    vocabulary: Vocabulary
    inverted: Inverted
    fields: FieldLists
    lexicon: Lexicon
    shards: list[Shard]
    shard_names: list[list[Name]]
    head: dict[str, tuple[int, tuple[str, ...]]]
    pieces: list[list[Piece]]
    """By file of lists."""
    sequences: Sequences
    near: dict[str, str]
    occurrences: NDArray[np.int64]
    """Of each word id, in titles and bodies."""
    title_occurrences: NDArray[np.int64]
    aliases: AliasTable
    scripts: bool
    jobs: tuple[Job, ...]


def plan_search(corpus: SearchCorpus, *, scripts: bool = False, aliases: AliasTable | None = None) -> SearchPlan:
    """Invert the corpus and decide on the files.

    Args:
        corpus: analysed documents, in any order.
        scripts: write `.js` files that a `<script>` element can load, for `file://`.
        aliases: other names of an entity by (kind, slug): searching for them finds its documents.
    """
    layout = layout_of(len(corpus.documents))
    calendar = number_documents(corpus.documents, layout.least_room)
    vocabulary = vocabulary_of(corpus.words, corpus.terms)
    inverted = invert(corpus.title, corpus.body, calendar.order, vocabulary.term_of, len(vocabulary.terms))
    title_occurrences = _occurrences(corpus.title, len(corpus.words))
    occurrences = title_occurrences + _occurrences(corpus.body, len(corpus.words))
    fields = field_lists(corpus.documents, calendar.order, aliases or {})
    lexicon = build_lexicon(vocabulary, fields)
    shards = cut_shards(lexicon.keys, layout.window)
    word_frequencies = inverted.frequencies[vocabulary.term_of]
    numbers = np.empty(len(calendar.order), dtype=np.int64)
    numbers[calendar.order] = calendar.numbers
    phrase_files = 1 << layout.phrase_bits
    pieces = plan_lists(vocabulary, inverted, fields, calendar, layout)
    card_groups = -(-sum(calendar.rooms) >> (layout.card_bits + layout.group_bits))
    jobs = [
        *_spread("w", np.diff([0, *(shard.last for shard in shards)]).astype(np.float64), _JOB_POSTINGS // 40),
        *_spread("l", _sizes(pieces, inverted, fields, layout), _JOB_POSTINGS),
        *_spread("c", np.full(card_groups, len(corpus.documents) / max(1, card_groups)), _JOB_CARDS),
        *_spread("p", np.full(phrase_files, max(len(corpus.body.values), 1) / phrase_files), _JOB_WORDS, MAX_JOB_FILES),
        Job("n", 0, 1 << layout.near_bits),
        Job("f", 0, len(FACET_KINDS)),
        Job("d", 0, -(-len(calendar.labels) // DAY_SEGMENTS)),
    ]
    return SearchPlan(
        corpus,
        calendar,
        layout,
        vocabulary,
        inverted,
        fields,
        lexicon,
        shards,
        shard_names(fields, shards),
        plan_head(vocabulary, inverted, occurrences, layout),
        pieces,
        plan_sequences(corpus.title, corpus.body, corpus.words, numbers, layout.many),
        near_words(corpus.words, word_frequencies, title_occurrences > 0),
        occurrences,
        title_occurrences,
        aliases or {},
        scripts,
        tuple(jobs),
    )


def _occurrences(field: Ragged, words: int) -> NDArray[np.int64]:
    """How often each word stands in a field."""
    counts = np.zeros(words, dtype=np.int64)
    for at in range(0, len(field.values), _COUNTED):
        counts += np.bincount(field.values[at : at + _COUNTED], minlength=words)
    return counts


def plan_lists(
    vocabulary: Vocabulary, inverted: Inverted, fields: FieldLists, calendar: Calendar, layout: Layout
) -> list[list[Piece]]:
    """Deal longer lists, or their blocks, into files by the hash of their names."""
    files: list[list[Piece]] = [[] for _ in range(layout.list_files + layout.block_files)]
    blocks = (sum(calendar.rooms) - 1 >> BLOCK_BITS) + 1
    counted = [(vocabulary.terms, inverted.frequencies, 1, 0), (fields.keys, np.diff(fields.starts), -1, -1)]
    for keys, counts, sign, offset in counted:
        for index in np.flatnonzero(counts >= 1 << layout.inline_bits).tolist():
            row = sign * index + offset
            if counts[index] < 1 << layout.block_bits:
                pieces = [Piece(keys[index], row, -1)]
            else:
                pieces = [Piece(piece_name(keys[index], block), row, block) for block in range(blocks)]
            for piece in pieces:
                files[list_bucket(piece.name, layout, block=piece.block >= 0)].append(piece)
    return files


def _sizes(
    files: Sequence[Sequence[Piece]], inverted: Inverted, fields: FieldLists, layout: Layout
) -> NDArray[np.float64]:
    """Postings of each group of files of lists, about."""
    counts, field_counts = inverted.frequencies, np.diff(fields.starts)
    sizes = [sum(int(counts[p.row] if p.row >= 0 else field_counts[-1 - p.row]) for p in pieces) for pieces in files]
    each = 1 << layout.list_group_bits
    return np.array([sum(sizes[at : at + each]) for at in range(0, len(sizes), each)], dtype=np.float64)


def plan_head(
    vocabulary: Vocabulary, inverted: Inverted, occurrences: NDArray[np.int64], layout: Layout
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Frequent terms with their usual forms, where these belong to no other term."""
    least = 1 << layout.frequent_bits
    frequencies = inverted.frequencies
    forms: dict[int, list[str]] = {term: [] for term in np.flatnonzero(frequencies >= least).tolist()}
    words = vocabulary.words
    usual = np.flatnonzero((frequencies[vocabulary.term_of] >= least) & (occurrences * 2 >= least))
    for index in usual.tolist():
        if words[index] not in (*words[max(0, index - 1) : index], *words[index + 1 : index + 2]):
            forms[int(vocabulary.term_of[index])].append(words[index])
    return {vocabulary.terms[t]: (head_size(int(frequencies[t])), tuple(found)) for t, found in forms.items()}


def shard_names(fields: FieldLists, shards: Sequence[Shard]) -> list[list[Name]]:
    """Names to offer for completion in each shard: those with a word there, most named first."""
    starts = np.array([utf16(shard.start) for shard in shards], dtype=object)
    offered: list[list[Name]] = [[] for _ in shards]
    for (kind, slug, name), count in fields.counts.items():
        if slug:
            places = {int(np.searchsorted(starts, utf16(word), side="right")) - 1 for word in name_words(name)}
            for place in places:
                offered[place].append(Name(kind, slug, name, count.bit_length() - 1))
    return [rank_names(names) for names in offered]


def _spread(area: str, costs: NDArray[np.float64], limit: float, most: int = 1 << 30) -> list[Job]:
    """Cut an area's files into jobs of about `limit` cost each and at most `most` files."""
    if not len(costs):
        return []
    ends = np.cumsum(costs)
    cuts = np.searchsorted(ends, np.arange(limit, ends[-1], limit)) + 1
    bounds = np.unique(np.clip(np.concatenate((np.arange(0, len(costs), most), cuts, [len(costs)])), 0, len(costs)))
    return [Job(area, int(low), int(high)) for low, high in itertools.pairwise(bounds)]


def run_job(plan: SearchPlan, job: Job) -> list[SearchFile]:
    """Write the files of one job; independent of all others."""
    if job.area in "cl":
        grouped = _cards if job.area == "c" else _lists
        return [file for group in range(job.first, job.last) for file in grouped(plan, group)]
    bodies = _bodies(plan, job)
    return [
        named_file(job.area, number, _stem(plan, job.area, number), data, scripts=plan.scripts)
        for number, data in zip(range(job.first, job.last), bodies, strict=True)
    ]


def _stem(plan: SearchPlan, area: str, number: int) -> str:
    return shard_stem(plan.shards[number].start) if area == "w" else str(number)


def _bodies(plan: SearchPlan, job: Job) -> Iterable[bytes]:
    numbers = range(job.first, job.last)
    match job.area:
        case "w":
            return (_shard(plan, number) for number in numbers)
        case "p":
            return encode_phrase_files(plan.sequences, plan.layout, job.first, job.last)
        case "n":
            return encode_near_files(plan.near, plan.layout.near_bits)
        case "f":
            return (_facet(plan, kind) for kind in FACET_KINDS)
        case _:
            members = _segment_members(plan.calendar)
            return (encode_days(members, number, len(plan.calendar.labels)) for number in numbers)


def _segment_members(calendar: Calendar) -> dict[int, list[tuple[int, int]]]:
    members: dict[int, list[tuple[int, int]]] = {}
    at = 0
    for segment, (base, count) in enumerate(zip(bases_of(calendar.rooms), calendar.counts, strict=False)):
        numbers = calendar.numbers[at : at + count].tolist()
        days = calendar.days[at : at + count]
        members[segment] = [(number - base, day) for number, day in zip(numbers, days, strict=True)]
        at += count
    return members


def _list(plan: SearchPlan, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers and codes of a term's or field's list."""
    if row < 0:
        low, high = plan.fields.starts[-1 - row], plan.fields.starts[-row]
        numbers = plan.calendar.numbers[plan.fields.documents[low:high]]
        return numbers, np.full(len(numbers), NO_CODE, dtype=np.int64)
    low, high = plan.inverted.starts[row], plan.inverted.starts[row + 1]
    return plan.calendar.numbers[plan.inverted.documents[low:high]], plan.inverted.codes[low:high].astype(np.int64)


def _encode(lists: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> list[str]:
    if not lists:
        return []
    numbers, codes = (np.concatenate(column) for column in zip(*lists, strict=True))
    return encode_lists(numbers, codes, row_starts([len(found) for found, _ in lists]))


def _lists(plan: SearchPlan, group: int) -> list[SearchFile]:
    bits = plan.layout.list_group_bits
    numbers = range(group << bits, (group + 1) << bits)
    bodies = {number: _list_file(plan, number) for number in numbers if plan.pieces[number]}
    return group_files("l", group, bodies, scripts=plan.scripts)


def _list_file(plan: SearchPlan, number: int) -> bytes:
    lists: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    names: list[str] = []
    for piece in plan.pieces[number]:
        numbers, codes = _list(plan, piece.row)
        if piece.block >= 0:
            base = piece.block << BLOCK_BITS
            low, high = np.searchsorted(numbers, (base, base + (1 << BLOCK_BITS)))
            numbers, codes = numbers[low:high] - base, codes[low:high]
        lists.append((numbers, codes))
        names.append(piece.name)
    return encode_list_file(dict(zip(names, _encode(lists), strict=True)))


def _shard(plan: SearchPlan, number: int) -> bytes:
    shard, words, terms = plan.shards[number], plan.vocabulary.words, plan.vocabulary.terms
    forms: dict[int, list[str]] = {}
    for key, first in zip(
        plan.lexicon.keys[shard.first : shard.last], plan.lexicon.firsts[shard.first : shard.last].tolist(), strict=True
    ):
        if first < 0:
            forms[first] = [key]
            continue
        word = first
        while word < len(words) and words[word] == key:
            forms.setdefault(int(plan.vocabulary.term_of[word]), []).append(key)
            word += 1
    rows = sorted(forms)
    counts = [len(_list(plan, row)[0]) for row in rows]
    inline = [row for row, count in zip(rows, counts, strict=True) if count < 1 << plan.layout.inline_bits]
    packed = dict(zip(inline, _encode([_list(plan, row) for row in inline]), strict=True))
    texts = [packed.get(row) or marker(count) for row, count in zip(rows, counts, strict=True)]
    keys = [(plan.fields.keys[-1 - row], text) for row, text in zip(rows, texts, strict=True) if row < 0]
    entries = [
        Entry(terms[row], tuple(sorted(forms[row])), text) for row, text in zip(rows, texts, strict=True) if row >= 0
    ]
    return encode_shard(entries, sorted(keys), plan.shard_names[number])


def _cards(plan: SearchPlan, group: int) -> list[SearchFile]:
    layout, numbers = plan.layout, plan.calendar.numbers
    width = layout.card_bits + layout.group_bits
    low, high = np.searchsorted(numbers, (group << width, (group + 1) << width)).tolist()
    files: dict[int, list[Card]] = {}
    for number, index in zip(numbers[low:high].tolist(), plan.calendar.order[low:high].tolist(), strict=True):
        card = Card(number, plan.corpus.documents[index], snippet(plan.corpus.text(index), layout.snippet))
        files.setdefault(number >> layout.card_bits, []).append(card)
    bodies = {number: encode_cards(cards, number << layout.card_bits) for number, cards in files.items()}
    return group_files("c", group, bodies, scripts=plan.scripts)


def _facet(plan: SearchPlan, kind: str) -> bytes:
    values = choose_values([(count, tag) for tag, count in plan.fields.counts.items() if tag[0] == kind])
    place = {key: index for index, key in enumerate(plan.fields.keys)}
    return encode_facet(kind, values, _encode([_list(plan, -1 - place[facet_key(tag)]) for tag in values]))


def finish(plan: SearchPlan, stamps: Iterable[FileStamp]) -> list[SearchFile]:
    """Write the manifest, and the lists of names that are too long for it.

    Args:
        plan: the plan whose jobs have run.
        stamps: of all files of all jobs, in any order.

    Returns:
        the files, the manifest (`search/index.json`, and `search/index.js` with scripts) last.
    """
    layout, calendar = plan.layout, plan.calendar
    width = layout.card_bits + layout.group_bits
    counts = {
        "w": len(plan.shards),
        "l": layout.list_groups,
        "c": -(-sum(calendar.rooms) >> width),
        "p": 1 << layout.phrase_bits,
        "n": 1 << layout.near_bits,
        "f": len(FACET_KINDS),
        "d": -(-len(calendar.labels) // DAY_SEGMENTS),
    }
    names = {area: [NO_DIGEST] * count for area, count in counts.items()}
    for stamp in stamps:
        names[stamp.area][stamp.number] = stamp.digest
    entities = [(count, tag) for tag, count in plan.fields.counts.items() if tag[1]]
    ranked = sorted(entities, key=lambda value: (-value[0], value[1]))[:HEAD_ENTITIES]
    languages = {base_language(document.language) for document in plan.corpus.documents}
    manifest = Manifest(
        documents=len(plan.corpus.documents),
        scripts=plan.scripts,
        languages=sorted(languages),
        aliases=sorted(key.removeprefix(ALIAS) for key in plan.fields.keys if key.startswith(ALIAS)),
        labels=list(calendar.labels),
        counts=list(calendar.counts),
        starts=[shard.start for shard in plan.shards],
        head=plan.head,
        entities=[Name(*tag, count.bit_length() - 1) for count, tag in ranked],
        frequent=pack_fingerprints(plan.sequences.frequent),
        files=names,
    )
    return finish_manifest(manifest)


def build_search_index(
    corpus: SearchCorpus, *, scripts: bool = False, aliases: AliasTable | None = None
) -> Iterator[tuple[str, bytes]]:
    """Build the whole index in this process.

    Yields:
        (path relative to the site's root, content), the manifest last.
    """
    plan = plan_search(corpus, scripts=scripts, aliases=aliases)
    stamps: list[FileStamp] = []
    for job in plan.jobs:
        for file in run_job(plan, job):
            stamps.append(file.stamp)
            yield file.path, file.data
    for file in finish(plan, stamps):
        yield file.path, file.data
