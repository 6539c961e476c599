"""The built-in tagger as its users see it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.entities.tagging import Tagger, load_tagger
from sitegen.model import Mention
from sitegen.model.article import KINDS

NEWS = (
    "HARBOUR TALKS END IN OSLO\n\nOSLO — Foreign Minister Ingrid Halvorsen met Nigerian officials in Lagos on Monday, "
    "the Norwegian Ministry of Trade said.Halvorsen’s visit follows a letter from the United Nations. "
    "“We will work with Nigeria,” said Tunde Bakare, a spokesman for the University of Lagos."
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The packaged network."""
    return load_tagger("builtin")


TAGGER = load_tagger("builtin")
PIECES = st.sampled_from(
    ["Ann Rask", "Oslo", "the", "said", ".", ",", "\n", "’s", "-", "(", "“", "Ministry of Trade", "U.N.", "NATO", "1",
     "é", "中国", "\u0301", "\U0001f600", "\x00", "\u2028", "IN THE", "http://a.b", "@x", "\t", "Mr", "of", "and"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES).map("".join))


def test_plain_news_is_tagged(tagger: Tagger) -> None:
    """People, organisations and places of a plain news text are found, without titles and possessives."""
    (mentions,) = tagger.tag([NEWS])
    found = {(m.surface, m.kind) for m in mentions}
    assert {
        ("Ingrid Halvorsen", "person"),
        ("Halvorsen", "person"),
        ("Tunde Bakare", "person"),
        ("Lagos", "place"),
        ("Nigeria", "place"),
        ("United Nations", "organization"),
    } <= found
    assert "Norwegian" not in {surface for surface, _ in found}


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_mentions_lie_in_the_text_in_order(text: str) -> None:
    """Whatever the text: offsets fit the surface, ascend and do not overlap; kind and confidence are valid."""
    (mentions,) = TAGGER.tag([text])
    before = 0
    for mention in mentions:
        assert before <= mention.start < mention.end <= len(text)
        assert mention.surface == text[mention.start : mention.end]
        assert mention.kind in KINDS
        assert 0 <= mention.confidence <= 1
        before = mention.end


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_text_alone_gives_what_it_gives_in_a_batch(texts: list[str]) -> None:
    """Results do not depend on a text's neighbours, nor on what was tagged before."""
    together = TAGGER.tag(texts)
    assert together == [TAGGER.tag([text])[0] for text in texts]


def test_two_processes_agree() -> None:
    """Hash seeds do not matter."""
    script = (
        "import sys; from sitegen.entities.tagging import load_tagger;"
        "print(ascii(load_tagger('builtin').tag([sys.stdin.read()])))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], input=NEWS, text=True, capture_output=True, check=True, encoding="utf-8",
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONUTF8": "1"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1


def test_nothing_to_tag(tagger: Tagger) -> None:
    """No texts, empty texts and texts without a capital give no mentions."""
    assert tagger.tag([]) == []
    assert tagger.tag(["", " \n ", "nothing here but small words."]) == [(), (), ()]


def test_a_very_long_text_is_tagged_to_its_end(tagger: Tagger) -> None:
    """Length does not matter: the last sentence is tagged as the first."""
    text = "The harbour was calm and nobody spoke. " * 3000 + "Then Tunde Bakare left for Lagos."
    (mentions,) = tagger.tag(["Tunde Bakare left for Lagos. " + text])
    assert [m.surface for m in mentions][-2:] == ["Tunde Bakare", "Lagos"]
    assert [m.surface for m in mentions][:2] == ["Tunde Bakare", "Lagos"]


def test_results_do_not_change_when_the_word_table_starts_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of known words may be emptied at any time."""
    expected = TAGGER.tag([NEWS])
    monkeypatch.setattr("sitegen.entities.tagging.features.TYPE_LIMIT", 200)
    fresh = load_tagger("builtin")
    fresh.tag([f"Word{number} and Other{number}" for number in range(300)])
    assert fresh.tag([NEWS]) == expected


def test_mentions_are_plain_values(tagger: Tagger) -> None:
    """Results are tuples of `Mention`, ready for the model."""
    (mentions,) = tagger.tag(["Ann Rask lives in Oslo."])
    assert isinstance(mentions, tuple)
    assert all(isinstance(mention, Mention) for mention in mentions)
