"""Analysed words to posting lists, sorted with numpy: no disk, no Whoosh."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sitegen.model.date import EdtfDate
from sitegen.search.analysis import fold_words
from sitegen.search.documents import Ragged, SearchCorpus, SearchDocument
from sitegen.store.whoosh.fields import KINDS, NAME_FIELDS, NAME_GAP, WHOLE, pack_varints

Ints = NDArray[np.int64]
Numbers = NDArray[np.int64] | NDArray[np.int32]
"""64 bits, or 32 where there may be millions."""


class FieldPostings(msgspec.Struct, frozen=True):
    """All posting lists of one field, one after the other, by (term, document)."""

    terms: Sequence[bytes]
    """Ascending."""
    starts: Ints
    """Shape (terms + 1,): term i has postings `starts[i]` to `starts[i + 1]`."""
    documents: Numbers
    """Document number of each posting, ascending within a term."""
    frequencies: Numbers
    """Times the term occurs in the document."""
    packed: bytes | None
    """Packed positions of all postings; None for fields without positions."""
    cuts: Ints
    """Shape (postings + 1,): posting i has positions `packed[cuts[i]:cuts[i + 1]]`."""
    lengths: Ints | None = None
    """Terms of this field in each document; None for fields whose length does not matter."""

    def values(self) -> list[bytes] | None:
        """Packed positions of each posting."""
        if self.packed is None:
            return None
        packed, cuts = self.packed, self.cuts.tolist()
        return [packed[a:b] for a, b in itertools.pairwise(cuts)]

    def some(self, first: int, last: int) -> FieldPostings:
        """Terms first to last (not included), without copying."""
        a, b = int(self.starts[first]), int(self.starts[last])
        return FieldPostings(
            terms=self.terms[first:last],
            starts=self.starts[first : last + 1] - a,
            documents=self.documents[a:b],
            frequencies=self.frequencies[a:b],
            packed=self.packed,
            cuts=self.cuts[a : b + 1],
            lengths=self.lengths,
        )


class Vocabulary(msgspec.Struct, frozen=True):
    """The index terms of a corpus, in order."""

    terms: Sequence[bytes]
    rank: NDArray[np.uint32]
    """For each word id of the corpus, the place of its term in `terms`."""

    @classmethod
    def of(cls, corpus: SearchCorpus) -> Vocabulary:
        """The vocabulary of a corpus."""
        terms = sorted(set(corpus.terms))
        places = {term: place for place, term in enumerate(terms)}
        rank = np.fromiter((places[term] for term in corpus.terms), np.uint32, len(corpus.terms))
        return cls([term.encode("utf-8", "surrogatepass") for term in terms], rank)


def date_number(date: str) -> int:
    """EDTF date as YYYYMMDD, zeros where month or day are not known; 0 for no date."""
    parsed = EdtfDate.parse(date)
    return parsed.year * 10000 + parsed.month * 100 + parsed.day if parsed else 0


def corpus_postings(corpus: SearchCorpus, vocabulary: Vocabulary, start: int, stop: int) -> dict[str, FieldPostings]:
    """Posting lists by field of documents start to stop, which are numbered from 0."""
    documents = [corpus.documents[number] for number in range(start, stop)]
    postings = {
        "body": _text_postings(corpus.body, vocabulary, start, stop),
        "title": _text_postings(corpus.title, vocabulary, start, stop),
        "id": _key_postings([document.id for document in documents]),
        "date": _key_postings([f"{date_number(document.date):08d}" for document in documents], "0" * 8),
    }
    postings.update(_name_postings(documents))
    return postings


def group(
    terms: Sequence[bytes],
    ranks: NDArray[np.uint32],
    documents: Numbers,
    positions: Numbers,
    lengths: Ints | None = None,
) -> FieldPostings:
    """Posting lists from tokens in the order of (document, position): `ranks` are places in the ascending `terms`."""
    count = len(ranks)
    keys = (ranks.astype(np.uint64) << np.uint64(32)) | np.arange(count, dtype=np.uint64)
    keys.sort()
    tokens = keys.astype(np.uint32)
    rank = (keys >> np.uint64(32)).astype(np.int32)
    del keys
    document = documents[tokens]
    begins = np.ones(count, bool)
    begins[1:] = (rank[1:] != rank[:-1]) | (document[1:] != document[:-1])
    first = np.flatnonzero(begins)
    rank, document = rank[first], document[first]
    gaps = positions[tokens]
    firsts = gaps[first]
    gaps[1:] -= gaps[:-1].copy()
    gaps[first] = firsts
    packed, offsets = pack_varints(gaps)
    starts = np.flatnonzero(np.diff(rank, prepend=-1))
    return FieldPostings(
        terms=[terms[place] for place in rank[starts].tolist()],
        starts=np.append(starts, len(first)),
        documents=document,
        frequencies=np.diff(np.append(first, count)).astype(np.int32),
        packed=packed,
        cuts=np.append(offsets[first], len(packed)),
        lengths=lengths,
    )


def _text_postings(text: Ragged, vocabulary: Vocabulary, start: int, stop: int) -> FieldPostings:
    edges = text.starts[start : stop + 1]
    lengths = np.diff(edges)
    documents = np.repeat(np.arange(stop - start, dtype=np.int32), lengths)
    positions = np.arange(edges[-1] - edges[0], dtype=np.int32) - (edges[:-1] - edges[0]).astype(np.int32)[documents]
    ranks = vocabulary.rank[text.values[edges[0] : edges[-1]]]
    return group(vocabulary.terms, ranks, documents, positions, lengths)


def _key_postings(keys: Sequence[str], missing: str = "") -> FieldPostings:
    """Postings of a field with one term a document, or none."""
    pairs = sorted((key.encode("utf-8", "surrogatepass"), number) for number, key in enumerate(keys) if key != missing)
    starts = [place for place, pair in enumerate(pairs) if place == 0 or pairs[place - 1][0] != pair[0]]
    return FieldPostings(
        terms=[pairs[place][0] for place in starts],
        starts=np.array([*starts, len(pairs)], np.int64),
        documents=np.array([number for _, number in pairs], np.int64),
        frequencies=np.ones(len(pairs), np.int64),
        packed=None,
        cuts=np.zeros(len(pairs) + 1, np.int64),
    )


def document_names(document: SearchDocument) -> dict[str, list[str]]:
    """Names of an article by field."""
    names: dict[str, list[str]] = {}
    for kind, _, name in document.entities:
        names.setdefault(kind if kind in KINDS else "entity", []).append(name)
    if document.authors:
        names["author"] = list(document.authors)
    if document.source:
        names["source"] = [document.source]
    if document.topics:
        names["tag"] = list(document.topics)
    return names


def name_terms(name: str) -> list[tuple[str, int]]:
    """Terms of a name with their positions from its beginning: each word, and the whole."""
    words = fold_words(name)
    terms = list(zip(words, range(len(words)), strict=True))
    return [*terms, (WHOLE + " ".join(words), 0)] if words else []


def _name_postings(documents: Sequence[SearchDocument]) -> dict[str, FieldPostings]:
    places: dict[str, int] = {}
    known: dict[str, tuple[list[int], list[int]]] = {}
    tokens: dict[str, tuple[list[int], ...]] = {name: ([], [], [], []) for name in NAME_FIELDS}
    for number, document in enumerate(documents):
        for field, names in document_names(document).items():
            ids, offsets, counts, owners = tokens[field]
            base = 0
            for name in names:
                entry = known.get(name)
                if entry is None:
                    terms = name_terms(name)
                    entry = ([places.setdefault(term, len(places)) for term, _ in terms], [at for _, at in terms])
                    known[name] = entry
                ids += entry[0]
                offsets += entry[1] if not base else [base + at for at in entry[1]]
                base += NAME_GAP + len(entry[0])
            counts.append(len(ids))
            owners.append(number)
    ascending = sorted(places)
    rank = np.empty(len(places), np.uint32)
    for place, word in enumerate(ascending):
        rank[places[word]] = place
    encoded = [word.encode("utf-8", "surrogatepass") for word in ascending]
    return {
        field: group(
            encoded,
            rank[np.array(ids, np.int64)],
            np.repeat(np.array(owners, np.int64), np.diff(counts, prepend=0)),
            np.array(offsets, np.int64),
        )
        for field, (ids, offsets, counts, owners) in tokens.items()
        if ids
    }
