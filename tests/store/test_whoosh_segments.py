"""The block writer against Whoosh's own writer and reader."""

from __future__ import annotations

import itertools
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import analysis, fields, index, query
from whoosh.scoring import BM25F
from whoosh_support import Page, built, corpus_of, find, ids

from sitegen.store import whoosh_index
from sitegen.store.whoosh import segments
from sitegen.store.whoosh.fields import PackedPositions, pack_varints, unpack_varints

NAMES = ("Neil Armstrong", "Valentina Tereshkova", "Sergei Korolev", "Katherine Johnson")


def pages(count: int, seed: int = 1) -> list[Page]:
    """Articles of words with a skewed frequency, so that some posting lists fill many blocks and most do not."""
    draw = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(400)]
    weights = [1 / (number + 1) for number in range(400)]
    return [
        Page(
            id=f"id{number:04d}",
            body=" ".join(draw.choices(vocabulary, weights, k=draw.randint(0, 120))),
            title=" ".join(draw.choices(vocabulary, weights, k=draw.randint(0, 8))),
            date=f"{draw.randint(1957, 1975)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}",
            people=tuple(draw.sample(NAMES, k=draw.randint(0, 3))),
            topics=("orbit",) * draw.randint(0, 1),
            source=draw.choice(("", "The Daily Orbit")),
        )
        for number in range(count)
    ]


QUERIES = (
    "w0",
    "w1 w7 w33",
    '"w0 w1"',
    '"w0 w1 w0"~3',
    "title:w2",
    "person:armstrong w5",
    'person:"sergei korolev"',
    "w3*",
    "tag:orbit -w0",
    "source:'the daily orbit'",
    "year:1969 w9",
    "id:id0007",
)


def test_both_writers_make_indexes_that_answer_alike(tmp_path, monkeypatch):
    """The block writer and Whoosh's stock add_document give the same hits with the same scores."""
    articles = pages(300)
    with built(tmp_path / "fast", articles) as fast:
        monkeypatch.setattr(whoosh_index, "blocks_are_readable", lambda: False)
        monkeypatch.setattr(segments, "blocks_are_readable", lambda: False)
        with built(tmp_path / "stock", articles) as stock:
            for text in QUERIES:
                assert find(fast, text).hits
                assert find(fast, text) == find(stock, text), text


def test_whoosh_itself_scores_both_writers_alike(tmp_path, monkeypatch):
    """Whoosh's searcher finds the same documents with the same BM25F scores in both indexes."""
    articles = pages(300)
    built(tmp_path / "fast", articles).close()
    monkeypatch.setattr(whoosh_index, "blocks_are_readable", lambda: False)
    built(tmp_path / "stock", articles).close()
    terms = [("body", b"w0"), ("body", b"w200"), ("title", b"w3"), ("person", b"armstrong"), ("date", b"19690716")]
    answers = []
    for name in ("fast", "stock"):
        with index.open_dir(str(tmp_path / name)).searcher(weighting=BM25F()) as searcher:
            answers.append(
                [[(hit["id"], hit.score) for hit in searcher.search(query.Term(*term), limit=None)] for term in terms]
            )
    assert answers[0] == answers[1]
    assert sum(map(len, answers[0])) > 300


def test_scores_equal_those_of_a_plain_whoosh_schema(tmp_path):
    """Whoosh's BM25F gives our fields the scores that its own TEXT field gets for the same words."""
    articles = pages(200)
    corpus = corpus_of(articles)
    built(tmp_path / "ours", articles).close()
    schema = fields.Schema(id=fields.ID(stored=True), body=fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer()))
    (tmp_path / "plain").mkdir()
    plain = index.create_in(str(tmp_path / "plain"), schema)
    writer = plain.writer()
    for number, document in enumerate(corpus.documents):
        writer.add_document(id=document.id, body=" ".join(corpus.terms[w] for w in corpus.body.row(number)))
    writer.commit()
    for term in ("w0", "w5", "w77"):
        found = []
        for name in ("ours", "plain"):
            with index.open_dir(str(tmp_path / name)).searcher() as searcher:
                found.append({hit["id"]: hit.score for hit in searcher.search(query.Term("body", term), limit=None)})
        assert found[0] == pytest.approx(found[1], abs=1e-9)
        assert found[0]


def test_whoosh_phrase_search_reads_packed_positions(tmp_path):
    """Whoosh's own phrase matcher understands the packed positions."""
    built(tmp_path, [Page("a", "red planet landing"), Page("b", "planet red landing")]).close()
    with index.open_dir(str(tmp_path)).searcher() as searcher:
        found = searcher.search(query.Phrase("body", ["red", "planet"]))
        assert [hit["id"] for hit in found] == ["a"]
        assert found[0].fields() == {"id": "a", "url": "a/", "title": "", "date": ""}


def test_segments_of_several_workers_answer_like_one(tmp_path, monkeypatch):
    """How the articles are shared out among segments and processes shows in no score."""
    articles = pages(300)
    with built(tmp_path / "one", articles) as one:
        monkeypatch.setattr(whoosh_index, "_LEAST_WORDS", 1)
        monkeypatch.setattr(whoosh_index, "_SEGMENT_WORDS", 2000)
        with built(tmp_path / "many", articles, jobs=2) as many:
            assert len(many._snapshot().leaves) > 5
            for text in QUERIES:
                assert find(one, text) == find(many, text), text


def test_without_fork_the_work_is_done_in_process(tmp_path, monkeypatch):
    """A platform that cannot fork builds the same index."""
    monkeypatch.setattr(whoosh_index, "_LEAST_WORDS", 1)
    monkeypatch.setattr(whoosh_index.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with built(tmp_path, pages(20), jobs=2) as made:
        assert ids(made, "w0")


def test_a_whoosh_that_reads_other_blocks_is_noticed(monkeypatch):
    """Where Whoosh does not find what was written, the block writer is not used."""
    segments.blocks_are_readable.cache_clear()
    try:
        assert segments.blocks_are_readable()
        segments.blocks_are_readable.cache_clear()
        monkeypatch.setattr(segments, "_MAGIC", b"XXXX")
        assert not segments.blocks_are_readable()
        segments.blocks_are_readable.cache_clear()
        monkeypatch.undo()
        monkeypatch.setattr(segments, "_ROW", struct.Struct("<ii"))
        assert not segments.blocks_are_readable()
        segments.blocks_are_readable.cache_clear()
        monkeypatch.undo()
        monkeypatch.setattr(segments, "_TERM_INFO", segments._TERM_INFO.newbyteorder("<"))
        assert not segments.blocks_are_readable()
        segments.blocks_are_readable.cache_clear()
        monkeypatch.undo()
        monkeypatch.setattr(segments, "_LENGTH", struct.Struct("<i"))
        assert not segments.blocks_are_readable()
    finally:
        monkeypatch.undo()
        segments.blocks_are_readable.cache_clear()


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**35 - 1)))
def test_varints_come_back(values):
    """Packing and unpacking numbers is the identity, and the offsets cut them out one by one."""
    packed, offsets = pack_varints(np.array(values, np.int64))
    assert unpack_varints(packed).tolist() == values
    cut = [packed[a:b] for a, b in itertools.pairwise(offsets)]
    assert [unpack_varints(piece).tolist() for piece in cut] == [[value] for value in values]


@settings(deadline=None)
@given(st.sets(st.integers(0, 2**31)))
def test_positions_come_back(positions):
    """The posting format decodes what it encodes."""
    packed = PackedPositions()
    data = packed.encode(sorted(positions))
    assert packed.decode_positions(data) == sorted(positions)
    assert packed.decode_frequency(data) == len(positions)
