"""Small edits of pages: what was asked for changes, and not one character more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.errors import ContentError
from sitegen.markup.front_matter import is_untouched, parse_page, stamp
from sitegen.markup.page_edits import add_untag, replace_machine_tags
from sitegen.model import Article, EntityTag

BODY = "\nText with --- dashes.\n\n---\n\nuntag: []\n"


@pytest.mark.parametrize(
    ("header", "edited"),
    [
        ("untag: []\n", "untag:\n- Ann Lee\n"),
        ("untag: []   # names\ntags: []\n", "untag:   # names\n- Ann Lee\ntags: []\n"),
        ("untag:\ntags: []\n", "untag:\n- Ann Lee\ntags: []\n"),
        ("untag: null # none\n", "untag: # none\n- Ann Lee\n"),
        ("untag:\n- A\n- B  # why\n# end\ntags: []\n", "untag:\n- A\n- B  # why\n- Ann Lee\n# end\ntags: []\n"),
        ("untag:\n  - A\ntags: []\n", "untag:\n  - A\n  - Ann Lee\ntags: []\n"),
        ("untag: [A, 'B, C'] # two\n", "untag: [A, 'B, C', Ann Lee] # two\n"),
        ("untag: [\n  A,  # one\n  B,\n]\n", "untag: [\n  A,  # one\n  B, Ann Lee,\n]\n"),
        ("untag: A\n", "untag: [A, Ann Lee]\n"),
        ("title: T # x\ntag: [] # none\ntags: []\n", "title: T # x\ntag: [] # none\nuntag:\n- Ann Lee\ntags: []\n"),
        ("tag:\n- name: Y\n  kind: ship\ntags: []\n", "tag:\n- name: Y\n  kind: ship\nuntag:\n- Ann Lee\ntags: []\n"),
        ("title: T\n# last\n", "title: T\n# last\nuntag:\n- Ann Lee\n"),
        ("", "untag:\n- Ann Lee\n"),
        ("# only a remark\n", "# only a remark\nuntag:\n- Ann Lee\n"),
        ('"untag": []\n', '"untag":\n- Ann Lee\n'),
        ("title: 月 𝄞 é\nuntag: [月]\n", "title: 月 𝄞 é\nuntag: [月, Ann Lee]\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_a_name_goes_under_untag_whatever_the_form(header: str, edited: str, newline: str, bom: str) -> None:
    """Comments, quotes, indents, line ends and everything else stay as they were."""
    text = f"{bom}---\n{header}---\n{BODY}".replace("\n", newline)
    assert add_untag(text, "Ann Lee", "x.md") == f"{bom}---\n{edited}---\n{BODY}".replace("\n", newline)


def test_a_page_without_front_matter_gets_one() -> None:
    """Its text follows unchanged."""
    assert add_untag("# Title\n\nText.\n", "Ann Lee", "x.md") == "---\nuntag:\n- Ann Lee\n---\n# Title\n\nText.\n"


def test_a_name_that_stands_there_is_not_written_twice() -> None:
    """The text comes back as it was."""
    text = "---\nuntag: [Ann Lee]\n---\n"
    assert add_untag(text, "Ann Lee", "x.md") == text


@pytest.mark.parametrize("name", ["No", "a: b", "#x", "- dash", 'O\'Neil, "Tip"', "12", "é月"])
@pytest.mark.parametrize("header", ["untag: []\n", "untag: [A]\n", "untag: A\n", ""])
def test_names_that_yaml_would_misread_are_quoted(name: str, header: str) -> None:
    """The name comes back as it was given."""
    article, _ = parse_page(add_untag(f"---\n{header}---\n", name, "x.md"), "x.md")
    assert article.untag[-1] == name


@pytest.mark.parametrize("text", ["---\n{title: T, untag: [A]}\n---\n", "---\nuntag: {a: b}\n---\n"])
def test_forms_that_cannot_be_edited_safely_are_refused(text: str) -> None:
    """The message says how to write it."""
    with pytest.raises(ContentError) as caught:
        add_untag(text, "Ann Lee", "x.md")
    assert caught.value.problem.code == "front-matter-edit"


def test_broken_front_matter_is_told_with_its_line() -> None:
    """As everywhere else."""
    with pytest.raises(ContentError) as caught:
        add_untag("---\ntitle: [\n---\n", "Ann Lee", "x.md")
    assert caught.value.problem.code == "front-matter-yaml"


PEOPLE = (EntityTag("Ann Lee", "person", ("Lee", "Ms, Lee")), EntityTag("Bob: X", "person"))
PLACE = EntityTag("Houston", "place")


@pytest.mark.parametrize(
    ("header", "edited"),
    [
        ("people: [Old]  # by machine\nstatus: draft # why\n",
         "people:\n- name: Ann Lee\n  as: [Lee, 'Ms, Lee']\n- 'Bob: X'\nplaces:\n- Houston\nstatus: draft # why\n"),
        ("title: T\n", "title: T\npeople:\n- name: Ann Lee\n  as: [Lee, 'Ms, Lee']\n- 'Bob: X'\nplaces:\n- Houston\n"),
        ("organizations:\n- Gone\n# kept\nplaces:\n- Houston # ok\ntag: [X]\n",
         "people:\n- name: Ann Lee\n  as: [Lee, 'Ms, Lee']\n- 'Bob: X'\n# kept\nplaces:\n- Houston # ok\ntag: [X]\n"),
        ("people:\norganizations: []\nplaces: [Paris]\n",
         "people:\n- name: Ann Lee\n  as: [Lee, 'Ms, Lee']\n- 'Bob: X'\norganizations: []\nplaces:\n- Houston\n"),
    ],
)  # fmt: skip
def test_the_machines_lists_are_replaced_where_they_differ(header: str, edited: str) -> None:
    """Lists that say the same, and all between, stay as they are."""
    text = f"---\n{header}---\n{BODY}"
    assert replace_machine_tags(text, (PLACE, *PEOPLE), "x.md") == f"---\n{edited}---\n{BODY}"


def tags() -> st.SearchStrategy[tuple[EntityTag, ...]]:
    names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
    kinds = st.sampled_from(["person", "organization", "place"])
    tag = st.builds(EntityTag, names, kinds, st.lists(names, max_size=2).map(tuple))
    return st.lists(tag, max_size=5).map(tuple)


@given(tags(), tags(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_an_untouched_page_stays_untouched_and_an_edited_one_edited(
    old: tuple[EntityTag, ...], new: tuple[EntityTag, ...], newline: str, edited: bool
) -> None:
    """The rest of the text is byte-identical, and the page says the new tags."""
    old = tuple(tag for kind in ("person", "organization", "place") for tag in old if tag.kind == kind)
    ordered = tuple(tag for kind in ("person", "organization", "place") for tag in new if tag.kind == kind)
    article = Article(id="a1", title="T", machine_tags=old, tag=(EntityTag("X", ""),), untag=("Y",), body=BODY.strip())
    text = stamp(article).replace("\n", newline)
    if edited:
        text = text.replace("title: T", "title: T  # mine")
    result = replace_machine_tags(text, new, "x.md")
    assert is_untouched(result) is not edited
    read, problems = parse_page(result, "x.md")
    assert problems == []
    assert read.machine_tags == ordered
    if not edited:
        again = stamp(parse_page(result, "x.md")[0])
        assert again.replace("\n", newline) == result
    else:
        assert "title: T  # mine" in result
    assert replace_machine_tags(result, new, "x.md") == result
