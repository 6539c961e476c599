"""Editors' judgements: names are found, effects shown, files written so that nothing is lost, and taken back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, differences, page, tree_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitegen.entities import judgements
from sitegen.entities.authority import NameOf
from sitegen.entities.catalogue import EntityKey
from sitegen.errors import ContentError, UsageError
from sitegen.pipeline import judge_entities
from sitegen.pipeline.check_archive import check_archive
from sitegen.pipeline.entity_desk import EntityDesk, find_cards, open_desk
from sitegen.pipeline.judge_entities import Judgement, propose, write
from sitegen.store.locks import hold
from sitegen.store.undo import last_step, undo_last

MakeArchive = Callable[..., Archive]
ENTITIES = "content/entities.yaml"


def small() -> dict[str, str]:
    """Five articles: two spellings, a lone surname, a name of two kinds, a namesake."""
    return {
        **page("1969/07/a", "A", "Neil Armstrong met Hizbullah.", id="a", date="1969-07-16",
               people="[Neil Armstrong]", organizations="[Hizbullah]", places="[Georgia]"),
        **page("1969/07/b", "B", "Armstrong met Hezbollah.", id="b", date="1969-07-20",
               people="[Armstrong]", organizations="[Hezbollah]", places="[Georgia]"),
        **page("1969/07/c", "C", "Neil Armstrong and Georgia Smith.", id="c", date="1969-07-21",
               people="[Neil Armstrong, Georgia]", organizations="[Hezbollah]"),
        **page("1969/07/d", "D", "John Smith spoke.", id="d", people="[John Smith]"),
        **page("1969/07/e", "E", "John Smith sang.", id="e", people="[John Smith]"),
        **page("1969/07/f", "F", "A draft.", id="f", people="[Draft Person]", status="draft"),
    }  # fmt: skip


@pytest.fixture
def made(archive: MakeArchive) -> Archive:
    return archive(small())


def decide(made: Archive, judgement: Judgement) -> bool:
    return write(made.tree, judgement)


def shown(desk: EntityDesk) -> dict[str, int]:
    """Address → number of articles, of all entities in lists."""
    return {f"{line.kind}:{line.slug}": line.articles for line in desk.lines.values() if not line.hidden}


# Finding


@pytest.mark.parametrize(
    ("text", "kind", "slug"),
    [
        ("Neil Armstrong", "person", "neil-armstrong"),
        ("ARMSTRONG, Neil", "person", "neil-armstrong"),
        ("neil-armstrong", "person", "neil-armstrong"),
        ("people/neil-armstrong", "person", "neil-armstrong"),
        ("/people/neil-armstrong/", "person", "neil-armstrong"),
        ("/people/a-z/n/#neil-armstrong", "person", "neil-armstrong"),
        ("Armstrong", "person", "armstrong"),
        ("places/georgia", "place", "georgia"),
    ],
)
def test_an_entity_is_found_by_whatever_a_person_may_write(made: Archive, text: str, kind: str, slug: str) -> None:
    """Name in any spelling, slug and address mean the same entity."""
    assert open_desk(made.tree).find(text) == EntityKey(kind, slug)


def test_aliases_and_old_addresses_are_found(made: Archive) -> None:
    """What an entry claims, and where the entity once was, leads to it."""
    made.write({ENTITIES: "- name: Hezbollah\n  kind: organization\n  aliases: [Hizbullah]\n  was: [party-of-god]\n"})
    desk = open_desk(made.tree)
    for text in ("Hizbullah", "organizations/hizbullah", "organizations/party-of-god", "party-of-god", "Hezbollah"):
        assert desk.find(text) == EntityKey("organization", "hezbollah")


def test_a_name_of_two_kinds_asks_which(made: Archive) -> None:
    """Candidates are listed with kinds, numbers and addresses; `kind` decides."""
    desk = open_desk(made.tree)
    with pytest.raises(UsageError) as caught:
        desk.find("Georgia")
    assert caught.value.problem.code == "ambiguous-name"
    assert "Georgia (place, 2 articles)" in caught.value.problem.message
    assert "--kind person or --kind place" in caught.value.problem.hint
    assert "places/georgia" in caught.value.problem.hint
    assert desk.find("Georgia", "place") == EntityKey("place", "georgia")


def test_namesakes_of_one_kind_are_told_by_their_addresses(made: Archive) -> None:
    """An entity whose plain address a split-off namesake took is still found by name; two of a kind are listed."""
    made.write({ENTITIES: "- name: John Smith (senator)\n  kind: person\n  articles: [d]\n"})
    desk = open_desk(made.tree)
    assert desk.find("John Smith").slug == "john-smith"
    assert desk.find("John Smith (senator)").slug == "john-smith-senator"
    made.write({ENTITIES: "- name: J. S.\n  kind: person\n  aliases: [Sam Tree]\n  articles: [d]\n"
                          "- name: S. J.\n  kind: person\n  aliases: [Sam Tree]\n  articles: [e]\n"})  # fmt: skip
    with pytest.raises(UsageError, match="can mean") as caught:
        open_desk(made.tree).find("Sam Tree")
    assert caught.value.problem.hint.startswith("give its address: people/")


def test_the_entity_behind_a_namesake_with_its_plain_name_cannot_be_judged_by_name(made: Archive) -> None:
    """A judgement would reach the wrong one of the two, so it is refused with a way out."""
    made.write({ENTITIES: "- name: John Smith\n  kind: person\n  articles: [d]\n"})
    desk = open_desk(made.tree)
    (other,) = (key for key in desk.lines if key.slug.startswith("john-smith-"))
    with pytest.raises(UsageError, match="namesake"):
        judge_entities.hide(desk, other)
    assert desk.name_of(desk.find("John Smith")) == NameOf("person", "John Smith")


@pytest.mark.parametrize(
    ("text", "hint"), [("Neil Armstron", "Neil Armstrong"), ("Hesbollah", "Hezbollah"), ("xqz", "entities list")]
)
def test_an_unknown_name_gives_the_nearest(made: Archive, text: str, hint: str) -> None:
    """A slip is answered with names that look like it."""
    with pytest.raises(UsageError) as caught:
        open_desk(made.tree).find(text)
    assert caught.value.problem.code == "no-such-entity"
    assert hint in caught.value.problem.hint


def test_an_unknown_kind_is_told(made: Archive) -> None:
    """The kinds that there are stand in the hint."""
    with pytest.raises(UsageError, match="no entity is of kind") as caught:
        open_desk(made.tree).find("Georgia", "planet")
    assert "person, organization, place" in caught.value.problem.hint


def test_articles_are_found_by_id_address_and_path(made: Archive) -> None:
    """All ways to name an article mean one."""
    cards = open_desk(made.tree).current.cards
    names = ["a", "/1969/07/a/", "1969/07/a", "content/articles/1969/07/a.md", "articles/1969/07/a.md"]
    assert [card.id for card in find_cards(cards, names)] == ["a"]
    with pytest.raises(UsageError, match="no article"):
        find_cards(cards, ["nonsense"])


# Reading without a build


def test_the_desk_is_the_same_with_and_without_a_cache(made: Archive) -> None:
    """Cards read from pages and cards of the cache give the same entities; an edit since the build counts."""
    bare = shown(open_desk(made.tree))
    made.build()
    desk = open_desk(made.tree)
    assert shown(desk) == bare
    assert len(desk.current.places) == 6
    made.write(page("1969/07/d", "D", "John Smith spoke.", id="d", people="[Jane Roe]"))
    desk = open_desk(made.tree)
    assert shown(desk)["person:jane-roe"] == 1
    assert len(desk.current.places) == 5


def test_pages_that_cannot_be_used_do_not_stop_the_desk(made: Archive) -> None:
    """Broken front matter, other charsets and doubled ids are problems; the rest is there."""
    made.write({"content/articles/x.md": "---\ntitle: [\n---\n", "content/articles/y.md": b"caf\xe9",
                **page("z", "Z", id="a")})  # fmt: skip
    desk = open_desk(made.tree)
    assert sorted(problem.code for problem in desk.current.problems) == [
        "duplicate-id", "front-matter-yaml", "page-encoding"
    ]  # fmt: skip
    assert shown(desk)["person:neil-armstrong"] == 2


# Effects and writing


def test_a_merge_shows_its_effect_and_is_what_it_says(made: Archive) -> None:
    """Articles, entities and redirects as shown are those that the next build has."""
    desk = open_desk(made.tree)
    judgement = judge_entities.merge(desk, desk.find("Hezbollah"), desk.find("Hizbullah"))
    effect = propose(desk, judgement)
    assert effect.changed
    assert effect.articles == 1
    assert effect.redirects == (("/organizations/hizbullah/", "/organizations/hezbollah/"),)
    assert not (made.root / ENTITIES).exists()
    assert decide(made, judgement)
    made.build()
    assert b"hezbollah" in (made.site / "organizations/hizbullah/index.html").read_bytes()
    assert shown(open_desk(made.tree))["organization:hezbollah"] == 3


def test_a_judgement_that_holds_already_changes_nothing(made: Archive) -> None:
    """Neither file nor stack of undo steps changes."""
    made.write({ENTITIES: "- name: Hezbollah\n  kind: organization\n  hide: true\n"})
    desk = open_desk(made.tree)
    judgement = judge_entities.hide(desk, desk.find("Hezbollah"))
    assert not propose(desk, judgement).changed
    assert not decide(made, judgement)
    assert last_step(made.tree) is None


def test_renaming_tells_of_an_entity_that_has_the_name(made: Archive) -> None:
    """Two would become one, which the person should know."""
    desk = open_desk(made.tree)
    judgement = judge_entities.rename(desk, desk.find("Hizbullah"), "Hezbollah")
    assert "become one" in judgement.notes[0]
    assert shown(desk.judged(judgement.edit("")))["organization:hezbollah"] == 3
    lone = judge_entities.rename(desk, desk.find("John Smith"), "Smith")
    assert "single word" in lone.notes[0]


def test_retyping_moves_the_page(made: Archive) -> None:
    """The old address redirects; an entity of the new kind and that name is told of."""
    made.write({"sitegen.toml": 'title = "T"\n[entities]\nmin_articles = 1\n'})
    desk = open_desk(made.tree)
    effect = propose(desk, judge_entities.retype(desk, desk.find("Hezbollah"), "band"))
    assert effect.appear == ("/kinds/band/hezbollah/",)
    assert effect.disappear == ("/organizations/hezbollah/",)
    assert effect.redirects == (("/organizations/hezbollah/", "/kinds/band/hezbollah/"),)
    both = judge_entities.retype(desk, desk.find("Georgia", "person"), "place")
    assert "become one" in both.notes[0]


def test_hiding_takes_the_page_away(made: Archive) -> None:
    """The entity is in no list, its page disappears, its articles change."""
    desk = open_desk(made.tree)
    effect = propose(desk, judge_entities.hide(desk, desk.find("Hezbollah")))
    assert effect.articles == 2
    assert effect.disappear == ("/organizations/hezbollah/",)
    assert effect.entities[0].after is not None
    assert effect.entities[0].after.hidden


def test_a_namesake_is_split_off_under_every_name_that_its_articles_use(made: Archive) -> None:
    """Also where the article tags it under an alias; an article that does not name it is refused."""
    made.write({ENTITIES: "- name: Hezbollah\n  kind: organization\n  aliases: [Hizbullah]\n"})
    desk = open_desk(made.tree)
    key = desk.find("Hezbollah")
    judgement = judge_entities.split(desk, key, "Hezbollah (band)", find_cards(desk.current.cards, ["a", "b"]))
    assert decide(made, judgement)
    after = shown(open_desk(made.tree))
    assert (after["organization:hezbollah"], after["organization:hezbollah-band"]) == (1, 2)
    with pytest.raises(UsageError, match="does not name"):
        judge_entities.split(desk, key, "X (band)", find_cards(desk.current.cards, ["d"]))


def test_a_lone_surname_joins_only_when_an_editor_says_so(made: Archive) -> None:
    """Its own line before; after the merge it counts, and the note says how much."""
    desk = open_desk(made.tree)
    assert shown(desk)["person:neil-armstrong"] == 2
    judgement = judge_entities.merge(desk, desk.find("Neil Armstrong"), desk.find("Armstrong"))
    assert "surname alone" in judgement.notes[0]
    assert shown(desk.judged(judgement.edit("")))["person:neil-armstrong"] == 3


def test_an_edit_in_between_is_kept(made: Archive) -> None:
    """The judgement is applied to the file as it is when it is written, comments and all."""
    desk = open_desk(made.tree)
    judgement = judge_entities.merge(desk, desk.find("Hezbollah"), desk.find("Hizbullah"))
    propose(desk, judgement)
    other = "\ufeff# mine\r\n- name: Reuter   # an agency\r\n  kind: organization\r\n  hide: true\r\n"
    made.write({ENTITIES: other})
    assert decide(made, judgement)
    text = (made.root / ENTITIES).read_bytes().decode()
    assert text.startswith(other)
    assert "Hizbullah" in text


def test_judging_does_not_wait_for_a_build(made: Archive) -> None:
    """Content is locked for moments only, and nobody needs the build's lock."""
    made.build()
    with hold(made.tree.state, "build", timeout=0):
        desk = open_desk(made.tree)
        assert decide(made, judge_entities.hide(desk, desk.find("Hezbollah")))


def test_a_judgement_that_another_forbids_meanwhile_is_not_written(made: Archive) -> None:
    """What a person decided in between stands; the file is as it was."""
    desk = open_desk(made.tree)
    judgement = judge_entities.merge(desk, desk.find("Hezbollah"), desk.find("Hizbullah"))
    apart = "- name: Hezbollah\n  kind: organization\n  not: [Hizbullah]\n"
    made.write({ENTITIES: apart})
    with pytest.raises(UsageError, match="judged to be two"):
        decide(made, judgement)
    assert made.text(ENTITIES) == apart


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("- name: X\n  kind: organisation\n", 2, "organization"),
        ("- name: X\n  kind: person\n  aliasses: [Y]\n", 3, "aliases"),
        ("- name: X\n  kind: person\n  merge: [Nobody]\n", 1, "alias"),
        ("- name: X\n\tkind: person\n", 2, "blanks"),
    ],
)
def test_a_slip_in_the_file_is_told_with_its_line_and_nothing_is_applied(
    made: Archive, text: str, line: int, told: str
) -> None:
    """Path, line and a suggestion; the file stays as it is, also when it breaks between showing and writing."""
    desk = open_desk(made.tree)
    judgement = judge_entities.hide(desk, desk.find("Hezbollah"))
    made.write({ENTITIES: text})
    for act in (lambda: open_desk(made.tree), lambda: decide(made, judgement), made.build):
        with pytest.raises(ContentError) as caught:
            act()
        assert (caught.value.problem.path, caught.value.problem.line) == (ENTITIES, line)
        assert told in caught.value.problem.hint
    assert made.text(ENTITIES) == text


def test_a_file_in_another_charset_is_not_touched(made: Archive) -> None:
    """It is told, and stays as it is."""
    desk = open_desk(made.tree)
    judgement = judge_entities.hide(desk, desk.find("Hezbollah"))
    made.write({ENTITIES: b"# caf\xe9\n"})
    with pytest.raises(ContentError, match="UTF-8"):
        decide(made, judgement)
    with pytest.raises(ContentError, match="cannot be read"):
        open_desk(made.tree)
    assert (made.root / ENTITIES).read_bytes() == b"# caf\xe9\n"


def test_details_tell_all_that_is_known(made: Archive) -> None:
    """Names with counts, dates, articles newest first, company, the entry as it stands, coordinates of places."""
    made.write({ENTITIES: "- name: Other\n  kind: person\n\n- name: Hezbollah  # spelt so\n  kind: organization\n"
                          "  aliases: [Hizbullah]\n  links: {wikidata: Q41053}\n\n# last words\n"})  # fmt: skip
    desk = open_desk(made.tree)
    details = desk.details(desk.find("Hezbollah"))
    assert details.names == (("Hezbollah", 2), ("Hizbullah", 1))
    assert (details.first, details.last) == ("1969-07-16", "1969-07-21")
    assert [one.id for one in details.articles] == ["c", "b", "a"]
    assert ("Neil Armstrong", 2) in [(one.name, one.shared) for one in details.neighbours]
    assert details.old_addresses == ("/organizations/hizbullah/",)
    assert details.entry_line == 4
    assert details.entry.startswith("- name: Hezbollah  # spelt so\n")
    assert details.entry.endswith("Q41053}")
    place = desk.details(desk.find("places/georgia"))
    assert place.latitude is not None
    assert place.country
    nobody = desk.details(desk.find("Other"))
    assert (nobody.entity.articles, nobody.first, nobody.entity.url) == (0, "", "")


# Undo


def test_undo_gives_back_the_bytes_one_step_after_the_other(made: Archive) -> None:
    """Also the state without a file; then there is nothing left to take back."""
    states = []
    for name in ("Hezbollah", "Neil Armstrong", "John Smith"):
        desk = open_desk(made.tree)
        path = made.root / ENTITIES
        states.append(path.read_bytes() if path.exists() else None)
        decide(made, judge_entities.hide(desk, desk.find(name)))
    for state in reversed(states):
        step = last_step(made.tree)
        assert step is not None
        undo_last(made.tree, step)
        assert ((made.root / ENTITIES).read_bytes() if (made.root / ENTITIES).exists() else None) == state
    assert last_step(made.tree) is None


def test_undo_refuses_where_a_person_has_edited_since(made: Archive) -> None:
    """The edit stays; the message says what to do."""
    desk = open_desk(made.tree)
    decide(made, judge_entities.hide(desk, desk.find("Hezbollah")))
    made.write({ENTITIES: made.text(ENTITIES) + "# a thought\n"})
    step = last_step(made.tree)
    assert step is not None
    with pytest.raises(UsageError, match="changed since") as caught:
        undo_last(made.tree, step)
    assert "by hand" in caught.value.problem.hint
    assert made.text(ENTITIES).endswith("# a thought\n")


# One article


def test_untagging_takes_one_entity_out_of_one_article(made: Archive) -> None:
    """The name goes under `untag`, every other byte of the page stays, the entity keeps its other articles."""
    desk = open_desk(made.tree)
    (card,) = find_cards(desk.current.cards, ["a"])
    for text in ("Hizbullah", "organizations/hizbullah", "HIZBULLAH"):
        untagging = judge_entities.untag(desk, card, text)
        assert untagging.names == ("Hizbullah",)
    assert judge_entities.propose_untag(desk, untagging).articles == 1
    before = made.text("content/articles/1969/07/a.md")
    assert judge_entities.write_untag(made.tree, untagging)
    after = made.text("content/articles/1969/07/a.md")
    assert after.replace("untag:\n- Hizbullah\n", "") == before
    assert "organization:hizbullah" not in shown(open_desk(made.tree))
    step = last_step(made.tree)
    assert step is not None
    undo_last(made.tree, step)
    assert made.text("content/articles/1969/07/a.md") == before


def test_untagging_what_an_article_does_not_name_is_refused(made: Archive) -> None:
    """The message says what it does name; what an editor added is the editor's to take out."""
    made.write(page("1969/07/d", "D", "John Smith spoke.", id="d", tag="[{name: Jane Roe, kind: person}]"))
    desk = open_desk(made.tree)
    (card,) = find_cards(desk.current.cards, ["d"])
    with pytest.raises(UsageError, match="has no tag") as caught:
        judge_entities.untag(desk, card, "Hizbullah")
    assert "Jane Roe" in caught.value.problem.hint
    with pytest.raises(UsageError, match="added by an editor"):
        judge_entities.write_untag(made.tree, judge_entities.untag(desk, card, "Jane Roe"))
    (made.root / "content/articles/1969/07/d.md").unlink()
    with pytest.raises(UsageError, match="gone"):
        judge_entities.write_untag(made.tree, judge_entities.untag(desk, card, "Jane Roe"))


# Properties

NAMES = ["Neil Armstrong", "Buzz Aldrin", "Armstrong", "John Smith", "JOHN SMITH"]


def random_archive() -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), min_size=2, max_size=5)


def pages_of(articles: list[list[str]]) -> dict[str, str]:
    files: dict[str, str] = {}
    for number, names in enumerate(articles):
        text = " and ".join(names) + " spoke."
        files |= page(f"1969/07/p{number}", f"T{number}", text, id=f"p{number}", people=f"[{', '.join(names)}]")
    return files


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_archive(), st.permutations(["Neil Armstrong", "Buzz Aldrin", "John Smith"]))
def test_merging_then_unmerging_gives_back_the_same_site(articles: list[list[str]], names: list[str]) -> None:
    """Byte for byte, from a clean build and from an update, whatever the archive."""
    root = Path(tempfile.mkdtemp())
    try:
        made = Archive(root, pages_of([*articles, NAMES[:4]]))
        made.build()
        before = tree_bytes(made.site)
        desk = open_desk(made.tree)
        into, other = (desk.find(name) for name in names[:2])
        decide(made, judge_entities.merge(desk, into, other))
        made.build()
        assert differences(tree_bytes(made.site), before)
        text = made.text(ENTITIES)
        made.write({ENTITIES: judgements.unmerge(text, desk.name_of(into), desk.name_of(other))})
        made.build()
        assert differences(tree_bytes(made.site), before) == []
        step = last_step(made.tree)
        assert step is not None
        made.write({ENTITIES: text})
        undo_last(made.tree, step)
        made.build(clean=True)
        assert differences(tree_bytes(made.site), before) == []
    finally:
        shutil.rmtree(root)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_archive(), st.lists(st.sampled_from(NAMES[:2] + NAMES[3:4]), min_size=2, max_size=2, unique=True))
def test_a_lone_surname_never_joins_a_full_name(articles: list[list[str]], names: list[str]) -> None:
    """Whatever is merged, an article that has the surname alone is not counted for the full name."""
    root = Path(tempfile.mkdtemp())
    try:
        made = Archive(root, pages_of([*articles, NAMES[:4], ["Armstrong"]]))
        desk = open_desk(made.tree, jobs=1)
        merged = desk.judged(judge_entities.merge(desk, *(desk.find(name) for name in names)).edit(""))
        lone = f"p{len(articles) + 1}"
        for state in (desk, merged):
            assert lone not in state.catalogue.members(state.find("Neil Armstrong"))
            assert not state.lines[state.find("Armstrong")].has_page
    finally:
        shutil.rmtree(root)


def test_check_tells_all_slips_of_the_file(made: Archive) -> None:
    """Not only the first, each with its line."""
    made.write({ENTITIES: "- name: X\n  kind: persn\n- name: Y\n  kind: person\n  hidden: true\n"})
    found = [problem for problem in check_archive(made.tree, fixity=False).problems if problem.path == ENTITIES]
    assert [(problem.line, problem.severity) for problem in found] == [(2, "error"), (5, "error")]
    made.write({ENTITIES: b"caf\xe9"})
    assert "authority" in [problem.code for problem in check_archive(made.tree, fixity=False).problems]
