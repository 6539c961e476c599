"""Readers, codecs and parsers meet any bytes, and pieces of their own formats: a value or a told error comes back."""

from __future__ import annotations

import random

import pytest
from fuzz_targets import SEEDS, TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PIECES = {
    "txt": [
        "date ",
        "1969-07-20",
        "By ",
        "\n",
        "\n\n",
        " -- ",
        "(Wire)",
        "“",
        "\x85",
        "\u2028",
        "A. B.",
        "HOUSTON",
        "\ufeff",
    ],
    "jsonl": [
        '{"text": "',
        '"}',
        "\n",
        '"id": ',
        "[",
        "]",
        "{",
        ",",
        '"entities": ',
        "\\ud800",
        "1e999",
        "NaN",
        "null",
    ],
    "csv": ["title", "text", ",", ";", "\t", '"', '""', "\r\n", "\n", "\r", "a", "=1+1"],
    "front_matter": [
        "---\n",
        "title: ",
        "- ",
        "name: ",
        "as: ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "\n",
        ": ",
        "&a ",
        "*a",
        "|\n  ",
        "? ",
        "!!python/object:os.system ",
        "tag:\n",
        "date: ",
        "1987-03",
        "#",
        "\t",
        "source:\n  ",
        "%YAML 1.1\n",
    ],
    "judgements": [
        "- name: ",
        "kind: ",
        "person",
        "aliases: ",
        "merge: ",
        "[",
        "]",
        "\n",
        "  ",
        "&a ",
        "*a",
        "links: ",
        "not: ",
    ],
    "settings": [
        "title = ",
        "[entities]\n",
        "min_articles",
        "=",
        '"',
        "\n",
        "[",
        "]",
        "publish.x",
        "target",
        "1",
        "true",
        ".",
    ],
    "query": ['"', "person:", "before:", "1987-03", "-", "+", "(", ")", "*", "~", "OR ", "a", "é", " ", ":", "after:"],
}


def made_of(pieces: list[str]) -> st.SearchStrategy[bytes]:
    """Texts of the pieces of a format and of anything else."""
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=5)), max_size=30).map(
        lambda parts: "".join(parts).encode("utf-8", "replace")
    )


def changed(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Sound inputs with some bytes changed, doubled or taken away."""

    def change(picked: tuple[bytes, int]) -> bytes:
        data, chance = bytearray(picked[0]), random.Random(picked[1])
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data) + 1)
            kind = chance.randrange(3)
            if kind == 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            elif kind == 1:
                data[at:at] = data[at : at + chance.randrange(20)]
            else:
                del data[at : at + chance.randrange(5)]
        return bytes(data)

    return st.tuples(st.sampled_from(seeds), st.integers(0, 2**32)).map(change)


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "html"])
def test_anything_is_read_or_refused(name: str) -> None:
    """Random bytes, mixed pieces, damaged examples."""
    inputs = [st.binary(max_size=200), changed(SEEDS[name])]
    if name in PIECES:
        inputs.append(made_of(PIECES[name]))

    @given(st.one_of(inputs))
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def check(data: bytes) -> None:
        TARGETS[name](data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_the_examples_are_sound(name: str) -> None:
    """What fuzzing starts from passes."""
    for seed in SEEDS[name]:
        TARGETS[name](seed)
