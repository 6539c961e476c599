"""The JSON search index: plan it once, write its parts in any process and order, finish with the manifest.

    plan = plan_search(corpus)
    files = [file for job in plan.jobs for file in run_job(plan, job)]      # in parallel, if you like
    files += finish(plan, [file.stamp for file in files])

Every part is a pure function of the corpus. File names carry a digest of their content; `search/index.json` alone keeps
its name. docs/adr/0010-search-index.md describes the format.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.search.analysis import ELIDING, base_language
from sitegen.search.calendar import Calendar, number_documents, pack_days
from sitegen.search.cards import encode_cards
from sitegen.search.corpus import take
from sitegen.search.documents import SearchCorpus
from sitegen.search.facets import FACET_KINDS, encode_facets
from sitegen.search.frequent import Head, ListFile, encode_list_file, list_columns, plan_lists
from sitegen.search.function_words import function_words
from sitegen.search.layout import Layout, layout_of
from sitegen.search.lexicon import (
    ALIAS,
    AliasTable,
    EntityName,
    FieldLists,
    Lexicon,
    Shard,
    Vocabulary,
    build_lexicon,
    cut_shards,
    encode_shard,
    field_lists,
    frequent_surface,
    shard_entities,
    vocabulary_of,
)
from sitegen.search.phrases import MAX_JOB_FILES, Sequences, encode_phrase_files, pack_fingerprints, plan_sequences
from sitegen.search.postings import FIRST_TITLE_CODE, LEVELS, Inverted, invert
from sitegen.search.spelling import encode_near_files, near_words

FORMAT = 1
FOLDER = "search/"
MANIFEST = FOLDER + "index.json"
NAME_LETTERS = 5
"""Characters of the digest in a file name: a change keeps its name once in 33 million."""
INLINE_NAMES = 400
"""Areas with more files list their names in a file of their own rather than in the manifest."""
PHRASE_NAMES = 512
"""Names of phrase files in one such file."""
HEAD_ENTITIES = 30
"""Entities that completion knows from the manifest."""
_JOB_POSTINGS = 1_500_000
_JOB_CARDS = 2_500
_JOB_WORDS = 700_000


class Job(msgspec.Struct, frozen=True, array_like=True):
    """Some files of one area: numbers first … last - 1."""

    area: str
    """`w` words, `l` lists, `c` cards, `p` phrases, `n` spelling neighbours, `f` facets, `d` days."""
    first: int
    last: int


class FileStamp(msgspec.Struct, frozen=True, array_like=True):
    """What the manifest says of a file."""

    area: str
    number: int
    digest: str


class SearchFile(msgspec.Struct, frozen=True):
    """A file of the index."""

    path: str
    """Relative to the site's root."""
    data: bytes
    stamp: FileStamp


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
    shard_names: list[list[EntityName]]
    head: Head
    list_files: list[ListFile]
    sequences: Sequences
    near: list[tuple[str, int]]
    scripts: bool
    jobs: tuple[Job, ...]


def plan_search(corpus: SearchCorpus, *, scripts: bool = False, aliases: AliasTable | None = None) -> SearchPlan:
    """Invert the corpus and decide on the files.

    Args:
        corpus: analysed documents; their order matters only between equal dates.
        scripts: write `.js` files that a `<script>` element can load, for `file://`.
        aliases: other names of an entity by (kind, slug): searching for them finds its documents.
    """
    layout = layout_of(len(corpus.documents))
    calendar = number_documents(corpus.documents)
    title, body = corpus.title, corpus.body
    if not np.array_equal(calendar.order, np.arange(len(calendar.order))):
        title, body = (take(field.values, field.starts, calendar.order) for field in (title, body))
    vocabulary = vocabulary_of(corpus.words, corpus.terms)
    inverted = invert(title, body, vocabulary.term_of, len(vocabulary.terms))
    occurrences = np.bincount(title.values, minlength=len(corpus.words))
    in_title = occurrences > 0
    occurrences += np.bincount(body.values, minlength=len(corpus.words))
    fields = field_lists(corpus.documents, calendar.order, aliases or {})
    head_words = frequent_surface(vocabulary, inverted, occurrences, layout.frequent)
    lexicon = build_lexicon(vocabulary, inverted, fields, head_words, layout.frequent)
    shards = cut_shards(lexicon, layout.shard)
    head, list_files = plan_lists(vocabulary, inverted, calendar.numbers, head_words, layout.frequent, layout.list_file)
    word_frequencies = inverted.frequencies[vocabulary.term_of]
    usual = word_frequencies * 16 > len(corpus.documents)
    phrase_files = 1 << layout.phrase_bits
    jobs = [
        *_spread("w", np.array([lexicon.weights[s.first : s.last].sum() for s in shards]), _JOB_POSTINGS),
        *_spread("l", np.array([sum(inverted.frequencies[list(f.terms)]) for f in list_files]), _JOB_POSTINGS),
        *_spread("c", np.ones(-(-len(corpus.documents) // layout.cards)) * layout.cards, _JOB_CARDS),
        *_spread("p", np.full(phrase_files, max(len(body.values), 1) / phrase_files), _JOB_WORDS, MAX_JOB_FILES),
        Job("n", 0, 1 << layout.near_bits),
        Job("f", 0, len(FACET_KINDS)),
        Job("d", 0, 1),
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
        shard_entities(fields, shards),
        head,
        list_files,
        plan_sequences(title, body, corpus.words, usual, calendar.numbers),
        near_words(corpus.words, word_frequencies, in_title),
        scripts,
        tuple(jobs),
    )


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
    bodies = _bodies(plan, job)
    return [
        _named(plan, job.area, number, data) for number, data in zip(range(job.first, job.last), bodies, strict=True)
    ]


def _bodies(plan: SearchPlan, job: Job) -> Iterable[bytes]:
    numbers = range(job.first, job.last)
    match job.area:
        case "w":
            return (_shard(plan, number) for number in numbers)
        case "l":
            return (encode_list_file(plan.list_files[n], plan.inverted, plan.calendar.numbers) for n in numbers)
        case "c":
            return (_cards(plan, number) for number in numbers)
        case "p":
            return encode_phrase_files(plan.sequences, plan.layout.phrase_bits, job.first, job.last)
        case "n":
            return encode_near_files(plan.near, plan.layout.near_bits)
        case "f":
            return encode_facets(plan.corpus.documents, plan.calendar.order, plan.calendar.numbers)
        case _:
            return [msgspec.json.encode({"days": pack_days(plan.calendar)})]


def _shard(plan: SearchPlan, number: int) -> bytes:
    return encode_shard(
        plan.shards[number],
        plan.lexicon,
        plan.vocabulary,
        plan.inverted,
        plan.fields,
        plan.calendar.numbers,
        plan.layout.frequent,
        plan.shard_names[number],
    )


def _cards(plan: SearchPlan, number: int) -> bytes:
    size = plan.layout.cards
    chosen = plan.calendar.order[number * size : (number + 1) * size].tolist()
    texts = [partial(plan.corpus.text, index) for index in chosen]
    return encode_cards([plan.corpus.documents[index] for index in chosen], texts, plan.layout.snippet)


def _named(plan: SearchPlan, area: str, number: int, data: bytes) -> SearchFile:
    digest = base64.b32encode(hashlib.blake2b(data, digest_size=10).digest()).decode("ascii").lower()[:NAME_LETTERS]
    stem = f"{area}/{number}-{digest}"
    path = f"{FOLDER}{stem}{_extension(plan)}"
    return SearchFile(path, _wrapped(plan, stem, data), FileStamp(area, number, digest))


def _extension(plan: SearchPlan) -> str:
    return ".js" if plan.scripts else ".json"


def _wrapped(plan: SearchPlan, name: str, data: bytes) -> bytes:
    """Make a script of the data where scripts are wanted: a call that hands it to the client."""
    return b'sitegenSearch("' + name.encode("ascii") + b'",' + data + b")\n" if plan.scripts else data + b"\n"


def finish(plan: SearchPlan, stamps: Iterable[FileStamp]) -> list[SearchFile]:
    """Write the manifest, and the lists of names that are too long for it.

    Args:
        plan: the plan whose jobs have run.
        stamps: of all files of all jobs, in any order.

    Returns:
        the files, the manifest (`search/index.json`, and `search/index.js` with scripts) last.
    """
    names: dict[str, str] = {}
    for area, group in itertools.groupby(sorted(stamps, key=lambda s: (s.area, s.number)), lambda s: s.area):
        names[area] = "".join(stamp.digest for stamp in group)
    layout, calendar = plan.layout, plan.calendar
    extra: list[SearchFile] = []
    directories: dict[str, dict[str, int | str]] = {
        "c": {"size": layout.cards, "each": len(names.get("c", "")) // NAME_LETTERS},
        "p": {"bits": layout.phrase_bits, "frequent": pack_fingerprints(plan.sequences.frequent), "each": PHRASE_NAMES},
    }
    for area, section in directories.items():
        digests = names.get(area, "")
        if len(digests) <= INLINE_NAMES * NAME_LETTERS:
            section["files"] = digests
            continue
        step = int(section["each"]) * NAME_LETTERS
        pieces = [digests[at : at + step] for at in range(0, len(digests), step)]
        made = [_named(plan, "names-" + area, n, msgspec.json.encode({"files": p})) for n, p in enumerate(pieces)]
        section["names"] = "".join(file.stamp.digest for file in made)
        extra += made
        if "frequent" in section:
            pairs = msgspec.json.encode({"frequent": section.pop("frequent")})
            extra.append(_named(plan, "names-f", 0, pairs))
            section["pairs"] = extra[-1].stamp.digest
    ranked = sorted(plan.fields.entities.values(), key=lambda e: (-e.count, e.kind, e.slug))
    languages = {base_language(document.language) for document in plan.corpus.documents}
    manifest: dict[str, object] = {
        "format": FORMAT,
        "extension": _extension(plan),
        "documents": len(plan.corpus.documents),
        "elision": not ELIDING.isdisjoint(languages),
        "aliases": " ".join(key.removeprefix(ALIAS) for key in plan.fields.keys if key.startswith(ALIAS)),
        "functionWords": " ".join(function_words(languages)),
        "levels": LEVELS,
        "titleCode": FIRST_TITLE_CODE,
        "calendar": {"labels": calendar.labels, "counts": calendar.counts},
        "days": names["d"],
        "words": {"starts": [shard.start for shard in plan.shards], "files": names.get("w", "")},
        "lists": {"files": names.get("l", "")},
        "head": list_columns(plan.head),
        "entities": ranked[:HEAD_ENTITIES],
        "cards": directories["c"],
        "phrases": directories["p"],
        "near": {"bits": layout.near_bits, "files": names["n"]},
        "facets": {"kinds": FACET_KINDS, "files": names["f"]},
    }
    data = msgspec.json.encode(manifest)
    stamp = FileStamp("index", 0, "")
    extra.append(SearchFile(MANIFEST, data + b"\n", stamp))
    if plan.scripts:
        extra.append(SearchFile(FOLDER + "index.js", _wrapped(plan, "index", data), stamp))
    return extra


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
