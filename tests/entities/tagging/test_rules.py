"""The rules after the model: trimming, titles, lists, and consistency within one article."""

from __future__ import annotations

import pytest

from sitegen.entities.tagging.rules import Span, refine
from sitegen.entities.tagging.tokenizer import tokenize


def refined(text: str, *marks: tuple[str, str] | tuple[str, str, float]) -> list[tuple[str, str]]:
    """Surface and kind of what `refine` makes of the first occurrence of each mark."""
    spans = []
    for surface, kind, *rest in marks:
        start = text.index(surface)
        spans.append(Span(start, start + len(surface), kind, rest[0] if rest else 0.9))
    return [(text[start:end], kind) for start, end, kind, _ in refine(text, tokenize(text), spans)]


@pytest.mark.parametrize(
    ("text", "mark", "name"),
    [
        ("It was “the Harbour Trust” again", ("“the Harbour Trust”", "organization"), "Harbour Trust"),
        ("Ms Okoro's plan", ("Ms Okoro's", "person"), "Okoro"),
        ("Foreign Minister Ann Rask spoke", ("Foreign Minister Ann Rask", "person"), "Ann Rask"),
        ("SEN. Ann Rask spoke", ("SEN. Ann Rask", "person"), "Ann Rask"),
        ("Acme Inc. rose", ("Acme Inc.", "organization"), "Acme Inc."),
        ("Acme rose.", ("Acme rose.", "organization"), "Acme rose"),
        ("(Harbour Trust", ("(Harbour Trust", "organization"), "Harbour Trust"),
        ("Harbour Trust) and", ("Harbour Trust)", "organization"), "Harbour Trust"),
        ("Trust (Harbour) and", ("Trust (Harbour)", "organization"), "Trust (Harbour)"),
        (")Trust(", (")Trust(", "organization"), "Trust"),
        ("the Harbour Trust (HT", ("Harbour Trust (HT", "organization"), "Harbour Trust"),
        ("Judge Ann Rask QC spoke", ("Judge Ann Rask QC", "person"), "Ann Rask"),
        ("Datuk Seri Ann Rask spoke", ("Datuk Seri Ann Rask", "person"), "Ann Rask"),
        ("Ann Rask\nBy", ("Ann Rask\nBy", "person"), "Ann Rask"),
    ],
)
def test_a_span_is_trimmed_to_the_bare_name(text: str, mark: tuple[str, str], name: str) -> None:
    """Punctuation, articles, possessives, titles and what lies across a line break are no part of a name."""
    assert refined(text, mark) == [(name, mark[1])]


@pytest.mark.parametrize(
    ("surface", "kind"),
    [
        ("Monday", "person"),
        ("Norwegian", "place"),
        ("Norwegians", "person"),
        ("However", "organization"),
        ("a", "person"),
        ("—", "place"),
        ("president", "person"),
        ("President", "person"),
        ("Defense", "organization"),
        ("42", "organization"),
        ("https://a.example", "organization"),
        ("9 Lives", "person"),
        ("X" * 130, "organization"),
    ],
)
def test_what_is_no_name_is_dropped(surface: str, kind: str) -> None:
    """Days, peoples, small words, numbers and addresses are no entities."""
    assert refined(f"{surface} it is", (surface, kind)) == []


def test_a_word_before_the_name_can_say_what_it_is() -> None:
    """After `the newspaper`, a name is an organisation."""
    assert refined("the newspaper Al Velmar said", ("Al Velmar", "person")) == [("Al Velmar", "organization")]
    assert refined("the mayor Al Velmar said", ("Al Velmar", "person")) == [("Al Velmar", "person")]


def test_documents_and_events_are_no_entities() -> None:
    """A treaty is none of the three kinds, nor is the part of its name before the head word."""
    assert refined("the Velmar Harbour Treaty holds", ("Velmar Harbour Treaty", "organization")) == []
    assert refined("the Velmar Harbour Treaty holds", ("Velmar Harbour", "place")) == []
    assert refined("a NATO Resolution", ("NATO", "organization")) == [("NATO", "organization")]


def test_a_members_party_is_no_part_of_the_state() -> None:
    """`(R-Ohio)` names Ohio."""
    assert refined("Rask (R-Ohio) spoke", ("R-Ohio", "organization")) == [("Ohio", "place")]
    assert refined("Rask of D-OH, spoke", ("D-OH", "place")) == [("OH", "place")]
    assert refined("the R-Velmar works", ("R-Velmar", "organization")) == [("R-Velmar", "organization")]


def test_a_country_begins_the_name_of_its_bodies() -> None:
    """`U.S. Senate` is one name; `UK Acme` is two."""
    text = "the U.S. Senate met UK Acme"
    found = refined(text, ("U.S.", "place"), ("Senate", "organization"), ("UK", "place"), ("Acme", "organization"))
    assert found == [("U.S. Senate", "organization"), ("UK", "place"), ("Acme", "organization")]


@pytest.mark.parametrize(
    ("text", "mark", "name"),
    [
        ("Now Jing-Shan Rask spoke", "Shan Rask", "Jing-Shan Rask"),
        ("Now Ann Rask-Bakare-Obi spoke", "Ann Rask", "Ann Rask-Bakare-Obi"),
        ("the Rask-led group", "Rask", "Rask"),
        ("the Nigerian-Rask pact", "Rask", "Rask"),
        ("Rask - Bakare", "Rask", "Rask"),
        ("Rask-", "Rask", "Rask"),
    ],
)
def test_hyphens_tie_names_together(text: str, mark: str, name: str) -> None:
    """What a hyphen ties to a person's name belongs to it if it is capitalised and no people."""
    assert refined(text, (mark, "person")) == [(name, "person")]


def test_two_people_with_a_hyphen_between_stay_two() -> None:
    """`Rask-Bakare meeting`, where both are known as people."""
    assert refined("the Rask-Bakare meeting", ("Rask", "person"), ("Bakare", "person")) == [
        ("Rask", "person"),
        ("Bakare", "person"),
    ]


def test_lists_correct_the_kind() -> None:
    """Countries are places and great bodies organisations, whatever the model thought."""
    found = refined("Norway met NATO in Peru", ("Norway", "person"), ("NATO", "place"))
    assert found == [("Norway", "place"), ("NATO", "organization")]


def test_a_name_that_a_country_shares_keeps_what_the_model_said() -> None:
    """`Jordan` may be a man."""
    assert refined("Jordan scored", ("Jordan", "person")) == [("Jordan", "person")]


def test_a_lone_surname_is_the_person_whose_full_name_the_article_has() -> None:
    """The kind follows the full name."""
    text = "Ann Rask came. Rask spoke."
    spans = [Span(0, 8, "person", 0.9), Span(15, 19, "organization", 0.8)]
    assert [span.kind for span in refine(text, tokenize(text), spans)] == ["person", "person"]


def test_one_form_has_one_kind() -> None:
    """The kind with more confidence behind it wins for all mentions of a form."""
    text = "Velmar won. Velmar lost. Velmar drew."
    spans = [
        Span(0, 6, "organization", 0.9),
        Span(12, 18, "place", 0.6),
        Span(25, 31, "organization", 0.5),
    ]
    assert {span.kind for span in refine(text, tokenize(text), spans)} == {"organization"}


def test_remaining_repeats_are_tagged_with_less_confidence() -> None:
    """What was named once is tagged wherever the same words stand, but not inside another name."""
    text = "Velmar United won. Velmar United lost. Old Velmar Unitedshire."
    spans = refine(text, tokenize(text), [Span(0, 13, "organization", 0.9)])
    assert [(span.start, span.end) for span in spans] == [(0, 13), (19, 32)]
    assert spans[1].confidence < spans[0].confidence


def test_spans_that_cut_through_a_token_are_kept_but_not_repeated() -> None:
    """Another model's spans need not fit our tokens."""
    text = "Velmarshire and Velmarshire"
    spans = [Span(0, 6, "place", 0.95)]
    assert [(span.start, span.end) for span in refine(text, tokenize(text), spans)] == [(0, 6)]


def test_of_overlapping_spans_the_longer_stays() -> None:
    """The result never overlaps."""
    text = "Port Velmar Harbour Trust"
    spans = [Span(0, 11, "place", 0.9), Span(0, 25, "organization", 0.5), Span(12, 25, "organization", 0.9)]
    assert [(span.start, span.end) for span in refine(text, tokenize(text), spans)] == [(0, 25)]
