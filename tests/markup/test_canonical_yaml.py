"""The writer's YAML, its quick reader, and the full reader beside it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sitegen.errors import ContentError
from sitegen.markup.canonical_yaml import flow_list, quoted, read_canonical, resolve, scalar, write_value
from sitegen.markup.controls import strip_controls
from sitegen.markup.front_matter import _KNOWN, _read_fields
from sitegen.markup.yaml_reader import MAX_DEPTH, read_yaml

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from("null Null ~ true False yes NO on y 1986 0x1f 0o17 12e5 1_000 1:30 2018-06-10 -5 .5".split()),
    st.sampled_from(
        ["a: b", "a #b", " a", "a ", "a, b", "[a]", "{a}", "O'Brien", "it''s", '"q"', "&a", "*a", "!t", "%d"]
    ),
    st.sampled_from(
        ["12 dead", "9th Circuit", "“Q”", "a\nb", "a\u2028b", "\ufeff", "a\tb", "\\", "?", "? a", "@", "`", ""]
    ),
).map(strip_controls)

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**17), 10**17),
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


@given(TEXTS)
@settings(max_examples=800, deadline=None)
def test_scalars_read_back_as_the_same_text(text: str) -> None:
    """Any text, plain or quoted, in a block or in a list on one line, reads back as itself with PyYAML too."""
    assert yaml.safe_load(scalar(text)) == text
    assert yaml.safe_load(quoted(text)) == text
    assert yaml.safe_load(f"as: {flow_list((text, 'b'))}") == {"as": [text, "b"]}
    assert "\n" not in scalar(text)


def test_half_a_surrogate_pair_is_replaced() -> None:
    """What UTF-8 cannot hold is not written."""
    assert scalar("a\ud800") == '"a\ufffd"'


@given(st.dictionaries(TEXTS, VALUES, max_size=3))
@example({"k" * 2000: {"a": [1]}, "l" * 2000: [1, [2]], "m" * 1020: 1})
@example({"a": [[[]], {}, [{"b": [{}]}]]})
@settings(max_examples=250, deadline=None)
def test_values_read_back_as_written(values: dict[str, Any]) -> None:
    """Values of JSON's types under unknown keys survive writing and reading."""
    lines: list[str] = []
    for key, value in values.items():
        write_value(key, value, lines)
    root = read_yaml("\n".join(lines), "page.md")
    assert (root.as_value() if root else {}) == values


def test_values_nested_too_deeply_are_kept_as_text() -> None:
    """Nesting beyond what reading allows is written as text, not lost and not refused."""
    value: Any = "core"
    for _ in range(100):
        value = [value]
    lines: list[str] = []
    write_value("deep", value, lines)
    root = read_yaml("\n".join(lines), "page.md")
    assert root is not None
    assert "core" in str(root.as_value())


@pytest.mark.parametrize("number", [10**30, float("inf"), 1e300 * 10, 12345678901234567890])
def test_numbers_beyond_json_become_text(number: float) -> None:
    """Numbers that not every reader can hold are written as text."""
    lines: list[str] = []
    write_value("n", number, lines)
    assert yaml.safe_load("\n".join(lines)) == {"n": repr(number)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("010", "010"),
        ("-3", -3),
        ("1.50", 1.5),
    ],
)
def test_plain_scalars_resolve_to_json_types_only(text: str, value: Any) -> None:
    """Only null, booleans and plain numbers are read as such; YAML's other spellings stay text."""
    assert resolve(text) == value
    assert resolve("1e999") == "1e999"


HEADER_PIECES = st.sampled_from(
    [
        *"'\"[]{}:#&*!|>%@`,-? ~",
        "\n",
        "\n",
        "\n- ",
        "\n- name: ",
        "\n  as: ",
        "\n  kind: ",
        "\n  name: ",
        "\n  url: ",
        "\n\n",
        "\n ",
        "id: ",
        "title: ",
        "people:",
        "places:\n- ",
        "source:",
        "tags: []",
        "other: ",
        "other:",
        "more:\n- ",
        "'a'",
        "'it''s'",
        '"a"',
        "[a, b]",
        "['a', b]",
        "[a,b]",
        "[]",
        "{}",
        "null",
        "12",
        "1.5",
        "true",
        "word",
        "two words",
        "a: b",
        "a #b",
        "O'Brien",
        "é",
        "\xa0",
        "\u2028",
        "\u3000",
        "\t",
        "...",
        "---",
        "<<: ",
        "%YAML 1.1",
        "# note",
    ]
)


def check_agreement(header: str) -> None:
    fast = read_canonical(header, _KNOWN)
    if fast is None:
        return
    fields, _, problems = _read_fields(header, "page.md")
    assert fast == fields
    assert not problems
    # 1 == True == 1.0 in Python, not here
    assert repr(fast) == repr(fields)


@given(st.lists(HEADER_PIECES, max_size=12).map("".join))
@example("other: 5")
@example("people:\n- name: A\n  as: [B, 'C']\n  kind: x\n- D")
@example("source:\n  name: null\n  url: 5")
@example("other:\n- 5\n- null\n- '5'")
@example("title:\nid: '1'")
@example("tags:\n- name: a\n  as: ['it''s']")
@settings(max_examples=800, deadline=None)
def test_quick_reader_agrees_with_full_reader(header: str) -> None:
    """Whatever the quick reader accepts, the full reader understands in the same way."""
    check_agreement(strip_controls(header))


LINES = st.one_of(
    st.tuples(st.sampled_from(["id", "title", "x", "date", "status"]), HEADER_PIECES, HEADER_PIECES).map(
        lambda parts: f"{parts[0]}: {parts[1]}{parts[2]}"
    ),
    st.tuples(st.sampled_from(["people", "tags", "y", "untag"]), st.lists(HEADER_PIECES, max_size=4)).map(
        lambda parts: "\n- ".join([f"{parts[0]}:", *parts[1]])
    ),
)


@given(st.lists(LINES, max_size=5).map("\n".join))
@settings(max_examples=250, deadline=None)
def test_quick_reader_agrees_on_nearly_canonical_text(header: str) -> None:
    """The same for text that looks much like the writer's."""
    check_agreement(strip_controls(header))


def test_hostile_yaml_is_refused_at_once() -> None:
    """Aliases, deep nesting and several documents are errors with a line, not work."""
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    for text, line in [
        (bomb, 2),
        ("a: " + "[" * 100_000, 1),
        ("- " * 100_000, 1),
        ("\n".join("  " * n + "a:" for n in range(100)), MAX_DEPTH + 1),
        ("a: 1\n...\n---\nb: 2", 3),
        ("a: 'open", 1),
        ("a: 1\n b: 2", 2),
        ("a: @x", 1),
        ("%FOO\nx: 1", 1),
    ]:
        with pytest.raises(ContentError) as caught:
            read_yaml(text, "page.md")
        problem = caught.value.problem
        assert (problem.path, problem.code) == ("page.md", "front-matter-yaml")
        assert abs(problem.line - line) <= 1, (text[:40], problem)
        assert problem.hint


def test_tags_build_no_objects() -> None:
    """A YAML tag that asks for a Python object is read as the text beside it."""
    root = read_yaml("a: !!python/object/apply:os.system ['true']\nb: !!int '5'\nc: !!binary aGk=", "page.md")
    assert root is not None
    assert root.as_value() == {"a": ["true"], "b": "5", "c": "aGk="}


def test_reads_without_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without libyaml, its own parser does."""
    from sitegen.markup import yaml_reader

    monkeypatch.setattr(yaml_reader, "_loader", lambda: yaml.SafeLoader)
    root = read_yaml("a: [1, {b: c}]\n? [x]\n: 'é'", "page.md")
    assert root is not None
    assert root.as_value() == {"a": [1, {"b": "c"}], "['x']": "é"}
    with pytest.raises(ContentError):
        read_yaml("a: *b", "page.md")
    with pytest.raises(ContentError):
        read_yaml("a: \x00", "page.md")
