"""Taggers by name: what is known, what is said about what is not."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest

from sitegen.entities.tagging import NoTagger, Tagger, load_tagger
from sitegen.errors import UsageError
from sitegen.model import Mention


def test_none_finds_nothing() -> None:
    """The tagger `none` gives one empty result a text."""
    tagger = load_tagger("none")
    assert isinstance(tagger, Tagger)
    assert tagger.tag(["Oslo", ""]) == [(), ()]


def test_builtin_reads_its_weights_from_the_package() -> None:
    """The default tagger needs nothing but the package, and knows English."""
    tagger = load_tagger("builtin")
    assert isinstance(tagger, Tagger)
    assert tagger.name == "builtin"
    assert tagger.languages == frozenset({"en"})


def test_a_misspelt_name_gets_a_suggestion() -> None:
    """An unknown tagger is a usage error that names the nearest known one."""
    with pytest.raises(UsageError) as caught:
        load_tagger("bultin")
    assert "builtin" in caught.value.problem.hint
    with pytest.raises(UsageError) as caught:
        load_tagger("zzzz")
    assert "spacy:MODEL" in caught.value.problem.hint


def test_missing_spacy_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without spaCy the hint is the two commands to run."""
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(UsageError) as caught:
        load_tagger("spacy:xx_news")
    assert "spacy download xx_news" in caught.value.problem.hint


class FakePipeline:
    """Stands in for a loaded spaCy model."""

    meta: ClassVar = {"version": "1.2", "lang": "nb"}

    def pipe(self, texts: Sequence[str]) -> list[SimpleNamespace]:
        """One document a text, with a person and a date in it."""
        entity = SimpleNamespace
        return [
            SimpleNamespace(
                ents=[
                    entity(start_char=0, end_char=len(text), label_="PER"),
                    entity(start_char=0, end_char=len(text), label_="DATE"),
                ]
            )
            for text in texts
        ]


def fake_spacy(monkeypatch: pytest.MonkeyPatch, installed: str) -> None:
    """Make `import spacy` give a stand-in that has one model."""
    module = ModuleType("spacy")

    def load(model: str) -> FakePipeline:
        if model != installed:
            raise OSError("no such model")
        return FakePipeline()

    module.load = load  # type: ignore[attr-defined]
    module.__version__ = "9.9"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spacy", module)


def test_a_missing_spacy_model_says_how_to_download_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spaCy without the model: the hint is the download command."""
    fake_spacy(monkeypatch, "nb_news")
    with pytest.raises(UsageError) as caught:
        load_tagger("spacy:nb_wiki")
    assert "spacy download nb_wiki" in caught.value.problem.hint


def test_spacy_entities_become_clean_mentions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The labels of spaCy map to the three kinds, others are left out, and the rules trim the spans."""
    fake_spacy(monkeypatch, "nb_news")
    tagger = load_tagger("spacy:nb_news")
    assert isinstance(tagger, Tagger)
    assert tagger.languages == frozenset({"nb"})
    assert tagger.version == "9.9/1.2"
    (mentions,) = tagger.tag(["“Kari Nordmann”"])
    assert [(m.surface, m.kind, m.start) for m in mentions] == [("Kari Nordmann", "person", 1)]


def offer(monkeypatch: pytest.MonkeyPatch, made: object) -> None:
    """Offer the entry point `shout`, whose factory returns `made`."""
    point = SimpleNamespace(name="shout", load=lambda: lambda: made)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] if group == "sitegen.taggers" else [])


def test_another_package_can_offer_a_tagger(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point is loaded by its name."""

    class Shout(NoTagger):
        name = "shout"

        def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
            return [(Mention(0, len(text), text, "person"),) for text in texts]

    offer(monkeypatch, Shout())
    assert load_tagger("shout").tag(["ANN"])[0][0].surface == "ANN"


def test_an_entry_point_that_is_no_tagger_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lacks the tagger's methods is a usage error, not a crash later."""
    offer(monkeypatch, object())
    with pytest.raises(UsageError, match="no tagger"):
        load_tagger("shout")
