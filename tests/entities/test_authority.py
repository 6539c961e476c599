"""`entities.yaml` is read whole or refused with the line and a way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities.authority import NOTHING, NameOf, check_authority, parse_authority
from sitegen.errors import ContentError

FILE = """\
# What we decided
- name: Hezbollah                     # preferred name
  kind: organization
  aliases: [Hizbullah, {name: Hezbollah, kind: place}]
  merge: [Party of God]
  links: {wikidata: Q41053, homepage: 'https://hezbollah.example/'}
  was: [hizbullah]
- name: Party of God
  kind: organization
  aliases: [PoG]
- name: John Smith (senator)
  kind: person
  articles: ['7f3a9c21d4e80b55', 0123]
  not: [John Smith, {name: Smith, kind: organization}]
- name: Reuter
  kind: organization
  hide: yes
- name: Apollo 11
  kind: space-mission
"""


def test_the_whole_schema_is_read() -> None:
    """Every key reaches the entry, names with their kind."""
    authority = parse_authority(FILE)
    first, merged, split, hidden, mission = authority.entries
    assert first.aliases == (NameOf("organization", "Hizbullah"), NameOf("place", "Hezbollah"))
    assert first.merge == (NameOf("organization", "Party of God"),)
    assert first.links == (("wikidata", "Q41053"), ("homepage", "https://hezbollah.example/"))
    assert first.was == ("hizbullah",)
    assert first.slug == "hezbollah"
    assert merged.line == 8
    assert split.articles == ("7f3a9c21d4e80b55", "0123")
    assert split.apart == (NameOf("person", "John Smith"), NameOf("organization", "Smith"))
    assert hidden.hide
    assert mission.kind == "space-mission"


def test_names_and_aliases_claim_tags() -> None:
    """Merged entries claim for the one they are merged into; entries with articles claim in those only."""
    authority = parse_authority(FILE)
    assert authority.claims["organization", "hizbullah"] == 0
    assert authority.claims["organization", "pog"] == 0
    assert authority.claims["place", "hezbollah"] == 0
    assert ("person", "john smith") not in authority.claims
    assert authority.article_claims["0123"] == {("person", "john smith senator"): 2, ("person", "john smith"): 2}
    assert frozenset({("person", "john smith senator"), ("person", "john smith")}) in authority.apart


def test_an_entry_is_found_by_its_name() -> None:
    """In any spelling of one normal form."""
    authority = parse_authority(FILE)
    found = authority.entry_of("organization", "the HEZBOLLAH")
    assert found is not None
    assert found.name == "Hezbollah"
    assert authority.entry_of("person", "Hezbollah") is None


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n", "null\n", "---\n"])
def test_an_empty_file_decides_nothing(text: str) -> None:
    """Comments alone are fine."""
    assert parse_authority(text) == NOTHING


ENTRY = "- name: X\n  kind: person\n"


@pytest.mark.parametrize(
    ("text", "line", "code", "told"),
    [
        ("- name: X\n  knd: person\n", 2, "entities-unknown-key", "did you mean `kind`?"),
        ("- name: X\n  kind: person\n  colour: red\n", 3, "entities-unknown-key", "known keys"),
        ("- name: X\n  kind: organisation\n", 2, "entities-kind", "did you mean `organization`?"),
        ("- name: X\n  kind: people\n", 2, "entities-kind", "did you mean `person`?"),
        ("- name: X\n  kind: My Kind\n", 2, "entities-kind", "lower-case"),
        ("- name: X\n", 1, "entities-missing", "`kind`"),
        ("- kind: person\n", 1, "entities-missing", "`name`"),
        ("- name: null\n  kind: person\n", 1, "entities-value", "`name`"),
        (f"- name: {'x' * 301}\n  kind: person\n", 1, "entities-value", "300"),
        ('- name: "a\\nb"\n  kind: person\n', 1, "entities-value", "one line"),
        (ENTRY + "  kind: place\n", 3, "entities-twice", "stands twice"),
        (ENTRY + "- name: the x\n  kind: person\n- name: X\n  kind: person\n", 5, "entities-twice", "line 1"),
        (ENTRY + "  aliases: Y\n", 3, "entities-value", "must be a list"),
        (ENTRY + "  aliases: [{kind: place}]\n", 3, "entities-missing", "no name"),
        (ENTRY + "  aliases: [[Y]]\n", 3, "entities-value", "must be a text"),
        (ENTRY + "  hide: maybe\n", 3, "entities-value", "true or false"),
        (ENTRY + "  was: [Old Slug]\n", 3, "entities-slug", "did you mean `old-slug`?"),
        (ENTRY + "  links: Q1\n", 3, "entities-value", "name each link"),
        (ENTRY + "  links: {wikidata: 'javascript:alert(1)'}\n", 3, "entities-link", "no link"),
        (ENTRY + "  links: {wikidata: 'a\"b'}\n", 3, "entities-link", "no link"),
        (ENTRY + "  links: {Wiki Data: Q1}\n", 3, "entities-link", "name a link"),
        (ENTRY + "  merge: [Yy]\n- name: Yyy\n  kind: person\n", 1, "entities-merge", "did you mean `Yyy`?"),
        (ENTRY + "  merge: [Q]\n", 1, "entities-merge", "aliases"),
        (ENTRY + "  merge: [X]\n", 1, "entities-merge", "merged already"),
        (ENTRY + "  merge: [Y]\n- name: Y\n  kind: person\n  merge: [X]\n", 1, "entities-merge", "into itself"),
        (ENTRY + "  aliases: [Z]\n- name: Y\n  kind: person\n  aliases: [z]\n", 4, "entities-claimed-twice", "`X`"),
        (ENTRY + "- just text\n", 3, "entities-shape", "a name and a kind"),
        ("name: X\n", 1, "entities-shape", "list of entities"),
        ("- name: A: b\n", 1, "entities-yaml", "in quotes"),
        ("- name: X\n\tkind: y\n", 2, "entities-yaml", "tabs"),
        ("- [\n", 2, "entities-yaml", "not valid YAML"),
        ("- name: \x01\n", 0, "entities-yaml", "not valid YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_line_and_a_hint(text: str, line: int, code: str, told: str) -> None:
    """Nothing of the file is applied."""
    authority, problems = check_authority(text)
    assert authority is None
    assert (line, code) in {(problem.line, problem.code) for problem in problems}
    assert told in " ".join(f"{problem.message} {problem.hint}" for problem in problems)
    with pytest.raises(ContentError):
        parse_authority(text)


def test_all_mistakes_are_reported_in_order() -> None:
    """One run shows everything there is to mend."""
    _, problems = check_authority("- name: X\n  kind: person\n  hide: 3\n- name: Y\n  kind: person\n  wass: [a]\n")
    assert [problem.line for problem in problems] == [3, 6]


def test_namesakes_may_share_a_name_in_different_articles() -> None:
    """But two entries cannot claim it in the same one."""
    two = "- name: A B (x)\n  kind: person\n  articles: ['1']\n- name: A B (y)\n  kind: person\n  articles: ['{}']\n"
    assert parse_authority(two.format(2)).article_claims.keys() == {"1", "2"}
    assert check_authority(two.format(1))[0] is None


@given(st.text(max_size=80) | st.text(alphabet="-[]{}:,&*!|>'\"# \nnamekid", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never anything but an authority or a list of problems with their places."""
    authority, problems = check_authority(text)
    assert (authority is None) == bool(problems)
    for problem in problems:
        assert problem.path == "content/entities.yaml"
        assert 0 <= problem.line <= text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + 3
