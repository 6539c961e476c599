"""Editors' judgements change one entry of `entities.yaml` and can be taken back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.entities import judgements
from sitegen.entities.authority import NameOf, parse_authority
from sitegen.entities.catalogue import Catalogue
from sitegen.errors import ContentError, UsageError
from sitegen.model import CardTag

FILE = """\
# Our decisions, newest last
- name: Hezbollah                     # preferred name
  kind: organization
  aliases: [Hizbullah, "Hizballah"]   # seen in old papers
  links:
    wikidata: Q41053

# Namesakes
- name: John Smith (senator)
  kind: person
  articles:
  # checked by hand
  - '7f3a'
# agencies
- name: Reuter
  kind: organization
  hide: true
"""
HEZBOLLAH = NameOf("organization", "Hezbollah")
REUTER = NameOf("organization", "Reuter")
SMITH = NameOf("person", "John Smith")


def changed(before: str, after: str) -> list[str]:
    """Lines of `after` that `before` does not have."""
    old = before.splitlines()
    return [line for line in after.splitlines() if line not in old]


def test_a_judgement_leaves_all_other_bytes_alone() -> None:
    """Comments, order, quotes and blank lines survive."""
    text = judgements.merge(FILE, HEZBOLLAH, NameOf("organization", "Party of God"))
    assert changed(FILE, text) == ['  aliases: [Hizbullah, "Hizballah", Party of God] # seen in old papers']
    text = judgements.hide(FILE, NameOf("person", "John Smith (senator)"))
    assert text == FILE.replace("  - '7f3a'\n", "  - '7f3a'\n  hide: true\n")


@pytest.mark.parametrize(
    ("do", "undo"),
    [
        (
            lambda text: judgements.merge(text, HEZBOLLAH, NameOf("place", "Hezbollah")),
            lambda text: judgements.unmerge(text, HEZBOLLAH, NameOf("place", "Hezbollah")),
        ),
        (
            lambda text: judgements.merge(text, HEZBOLLAH, REUTER),
            lambda text: judgements.unmerge(text, HEZBOLLAH, REUTER),
        ),
        (
            lambda text: judgements.split(text, NameOf("person", "Ann Lee"), "Ann Lee (pilot)", ["1", "2"]),
            lambda text: judgements.unsplit(text, "person", "Ann Lee (pilot)"),
        ),
        (
            lambda text: judgements.split(text, NameOf("person", "Ann Lee"), "Captain Marvel", ["1"]),
            lambda text: judgements.unsplit(text, "person", "Captain Marvel"),
        ),
        (
            lambda text: judgements.rename(text, HEZBOLLAH, "Party of God"),
            lambda text: judgements.unrename(text, NameOf("organization", "Party of God"), "Hezbollah"),
        ),
        (
            lambda text: judgements.rename(text, SMITH, "Jack Smith"),
            lambda text: judgements.unrename(text, NameOf("person", "Jack Smith"), "John Smith"),
        ),
        (
            lambda text: judgements.retype(text, HEZBOLLAH, "place"),
            lambda text: judgements.unretype(text, NameOf("place", "Hezbollah"), "organization"),
        ),
        (
            lambda text: judgements.retype(text, SMITH, "organization"),
            lambda text: judgements.unretype(text, NameOf("organization", "John Smith"), "person"),
        ),
        (  # An entry of that kind has the name already: the two become one.
            lambda text: judgements.retype(text, NameOf("person", "Reuter"), "organization"),
            lambda text: judgements.unmerge(text, REUTER, NameOf("person", "Reuter")),
        ),
        (lambda text: judgements.hide(text, HEZBOLLAH), lambda text: judgements.unhide(text, HEZBOLLAH)),
        (lambda text: judgements.hide(text, SMITH), lambda text: judgements.unhide(text, SMITH)),
        (lambda text: judgements.redact(text, HEZBOLLAH), lambda text: judgements.unredact(text, HEZBOLLAH)),
        (
            lambda text: judgements.redact(text, SMITH, reason="A court's order"),
            lambda text: judgements.unredact(text, SMITH),
        ),
        (
            lambda text: judgements.keep_apart(text, SMITH, NameOf("person", "Jack Smith")),
            lambda text: judgements.forget_apart(text, NameOf("person", "Jack Smith"), SMITH),
        ),
        (
            lambda text: judgements.link(text, HEZBOLLAH, "viaf", "123"),
            lambda text: judgements.unlink(text, HEZBOLLAH, "viaf"),
        ),
        (
            lambda text: judgements.link(text, SMITH, "wikidata", "Q1"),
            lambda text: judgements.unlink(text, SMITH, "wikidata"),
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text", [FILE, FILE.replace("\n", "\r\n"), "".join(f"  {line}\n" for line in FILE.splitlines())]
)
def test_each_judgement_can_be_taken_back(do: object, undo: object, text: str) -> None:
    """The inverse decides as before, and a file without the entry is the same again to the byte."""
    judged = do(text)  # type: ignore[operator]
    assert judged != text
    back = undo(judged)  # type: ignore[operator]
    before, after = parse_authority(text), parse_authority(back)
    assert (before.claims, before.article_claims, before.apart) == (after.claims, after.article_claims, after.apart)
    assert [(e.name, e.kind, e.aliases, e.links, e.hide, e.redact) for e in before.entries] == [
        (e.name, e.kind, e.aliases, e.links, e.hide, e.redact) for e in after.entries
    ]


def test_a_file_comes_into_being_and_empties_again() -> None:
    """The first judgement writes the first entry, taking it back leaves nothing but the comments."""
    for start in ("", "# Decisions\n", "[]\n"):
        text = judgements.merge(start, SMITH, NameOf("person", "Jack Smith"))
        assert text.endswith("- name: John Smith\n  kind: person\n  aliases: [Jack Smith]\n")
        left = judgements.unmerge(text, SMITH, NameOf("person", "Jack Smith"))
        assert left == start.replace("[]\n", "")


def test_the_new_entry_follows_the_files_indent() -> None:
    """Lists may be indented."""
    text = judgements.hide("  - name: A B\n    kind: person\n    hide: true", SMITH)
    assert text.endswith("\n  - name: John Smith\n    kind: person\n    hide: true\n")


def test_an_entry_on_one_line_stays_on_one_line() -> None:
    """Flow style is kept."""
    text = judgements.hide("- {name: A B, kind: person}\n", NameOf("person", "A B"))
    assert text == "- {name: A B, kind: person, hide: true}\n"


def test_doing_a_thing_twice_changes_nothing() -> None:
    """Merges and separations are recorded once."""
    other = NameOf("person", "Jack Smith")
    merged = judgements.merge("", SMITH, other)
    assert judgements.merge(merged, SMITH, other) == merged
    apart = judgements.keep_apart("", SMITH, other)
    assert judgements.keep_apart(apart, other, SMITH) == apart


def test_splitting_again_adds_articles() -> None:
    """The namesake's entry grows."""
    text = judgements.split("", SMITH, "John Smith (senator)", ["1"])
    text = judgements.split(text, SMITH, "John Smith (senator)", ["1", "2"])
    assert parse_authority(text).entries[0].articles == ("1", "2")


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: judgements.merge(FILE, HEZBOLLAH, HEZBOLLAH._replace(name="hezbollah")), "one entity already"),
        (lambda: judgements.merge(judgements.keep_apart("", SMITH, REUTER), REUTER, SMITH), "judged to be two"),
        (lambda: judgements.merge(FILE, SMITH, NameOf("organization", "Hizbullah")), "does not go with"),
        (lambda: judgements.unmerge(FILE, HEZBOLLAH, REUTER), "not merged"),
        (lambda: judgements.unmerge(FILE, SMITH, REUTER), "no entry"),
        (lambda: judgements.split(FILE, SMITH, "John Smith (x)", []), "which articles"),
        (lambda: judgements.split(FILE, SMITH, "john smith", ["1"]), "differs"),
        (lambda: judgements.split(FILE, SMITH._replace(kind="organization"), "Reuter", ["1"]), "all articles"),
        (lambda: judgements.unsplit(FILE, "organization", "Reuter"), "not split off"),
        (lambda: judgements.rename(FILE, SMITH._replace(kind="organization"), "Reuter"), "entry already"),
        (lambda: judgements.unrename(FILE, REUTER, "Reuters"), "not called"),
        (lambda: judgements.retype(FILE, REUTER, "organization"), "already"),
        (lambda: judgements.unretype(FILE, REUTER, "place"), "was not of kind"),
        (lambda: judgements.keep_apart(FILE, REUTER, NameOf("organization", "REUTER")), "normal form"),
        (lambda: judgements.hide("[{name: A B, kind: person}]", SMITH), "list of blocks"),
        (lambda: judgements.hide("[{name: A B, kind: person}]", NameOf("person", "A B")), "list of blocks"),
        (lambda: judgements.hide("-\n  name: A B\n  kind: person\n", NameOf("person", "A B")), "list of blocks"),
        (lambda: judgements.link(FILE, REUTER, "x", "javascript:1"), "does not go with"),
    ],
)  # fmt: skip
def test_a_judgement_that_makes_no_sense_is_refused(act: object, told: str) -> None:
    """With a reason."""
    with pytest.raises(UsageError) as refused:
        act()  # type: ignore[operator]
    assert told in f"{refused.value.problem.message} {refused.value.problem.hint}"


def test_a_broken_file_is_not_edited() -> None:
    """It is to be mended first."""
    with pytest.raises(ContentError):
        judgements.hide("- name: X\n", SMITH)


NAMES = ["Ann Lee", "Ann B. Lee", "Anne Lee", "Lee", "Bob Lee", "Bo Li"]
TAGS = st.builds(CardTag, st.sampled_from(["person", "organization"]), st.sampled_from(NAMES))
ARCHIVE = st.dictionaries(st.sampled_from("abcdefgh"), st.lists(TAGS, max_size=4, unique=True), max_size=6)
NAME = st.builds(NameOf, st.sampled_from(["person", "organization"]), st.sampled_from(NAMES))


def shown(archive: dict[str, list[CardTag]], text: str) -> object:
    """Everything a site could show."""
    catalogue = Catalogue(parse_authority(text))
    keys = {article: catalogue.add(article, tags) for article, tags in archive.items()}
    return (
        keys,
        [
            (entity, catalogue.members(key), catalogue.has_page(key))
            for key, entity in zip(catalogue.keys(), catalogue.entities(), strict=True)
        ],
        catalogue.redirects(),
    )


@given(ARCHIVE, NAME, NAME, st.sampled_from(["merge", "apart", "hide", "split", "retype", "rename"]))
def test_taking_a_judgement_back_gives_back_the_same_catalogue(
    archive: dict[str, list[CardTag]], a: NameOf, b: NameOf, what: str
) -> None:
    """Merging then un-merging (and so on) leaves no trace."""
    before = "- name: Carol Day\n  kind: person\n"
    try:
        if what == "merge":
            back = judgements.unmerge(judgements.merge(before, a, b), a, b)
        elif what == "apart":
            back = judgements.forget_apart(judgements.keep_apart(before, a, b), a, b)
        elif what == "hide":
            back = judgements.unhide(judgements.hide(before, a), a)
        elif what == "split":
            back = judgements.unsplit(judgements.split(before, a, b.name, ["a"]), a.kind, b.name)
        elif what == "retype":
            back = judgements.unretype(judgements.retype(before, a, "mission"), NameOf("mission", a.name), a.kind)
        else:
            back = judgements.unrename(judgements.rename(before, a, b.name), NameOf(a.kind, b.name), a.name)
    except UsageError:
        return
    assert shown(archive, back) == shown(archive, before)
