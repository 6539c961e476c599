"""Tagging texts outside an archive: offsets, order, errors."""

from __future__ import annotations

import json

import pytest

from sitegen.errors import ContentError
from sitegen.pipeline.tag_texts import tag_texts

TEXT = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."


@pytest.mark.parametrize("lead", ["", "  \n\n", "é月𝄞 ", "\ufeff"])
def test_offsets_count_code_points_of_the_text_as_given(lead: str) -> None:
    """`text[start:end]` of the decoded input is the mention, whatever stands before it."""
    text = lead + TEXT + "“The flight,” Armstrong said.Houston agreed.“The Moon,” he said."
    (result,) = tag_texts([("-", text.encode())], "builtin", 0.5)
    given = text.removeprefix("\ufeff")
    assert result.mentions
    assert all(given[mention.start : mention.end] == mention.text for mention in result.mentions)
    assert all(mention.kind in ("person", "organization", "place") for mention in result.mentions)
    assert all(0 <= mention.confidence <= 1 for mention in result.mentions)
    assert {"Neil Armstrong", "Houston"} <= {entity.name for entity in result.entities}
    assert all(0 <= number < len(result.mentions) for entity in result.entities for number in entity.mentions)


def test_jsonl_gives_one_result_a_line_in_order() -> None:
    """Ids of records are kept, missing ones are line numbers; blank lines are passed over."""
    lines = [json.dumps({"id": f"r{n}", "text": TEXT}) for n in range(130)] + ["", json.dumps({"text": "Houston."})]
    results = list(tag_texts([("many.jsonl", "\n".join(lines).encode())], "builtin", 0.5))
    assert [result.id for result in results] == [*(f"r{n}" for n in range(130)), "132"]
    assert len({result.mentions for result in results[:130]}) == 1


def test_standard_input_may_be_jsonl() -> None:
    """Input that begins with such an object is read line by line; other braces are text."""
    (result,) = tag_texts([("-", b'{"id": 7, "text": "He went to Houston."}')], "builtin", 0.5)
    assert result.id == "7"
    assert len(list(tag_texts([("-", b'{"no": "text"}')], "none", 0.5))) == 1
    assert len(list(tag_texts([("-", b"{not json")], "none", 0.5))) == 1


def test_a_line_that_is_no_record_is_told_with_its_number() -> None:
    """The error names file, line and the shape that is expected."""
    with pytest.raises(ContentError) as caught:
        list(tag_texts([("a.jsonl", b'{"text": "x"}\n{"text": 5}\n')], "none", 0.5))
    assert (caught.value.problem.path, caught.value.problem.line) == ("a.jsonl", 2)
    with pytest.raises(ContentError, match="picture"):
        list(tag_texts([("picture.png", b"\x89PNG" + bytes(40))], "none", 0.5))


def test_mentions_below_the_confidence_asked_for_are_left_out() -> None:
    """Confidence 1.0 keeps hardly anything; 0 keeps all."""
    (every,) = tag_texts([("-", TEXT.encode())], "builtin", 0.0)
    (sure,) = tag_texts([("-", TEXT.encode())], "builtin", 1.0)
    assert len(sure.mentions) < len(every.mentions)
