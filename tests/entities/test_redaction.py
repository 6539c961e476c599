"""Which names an article loses, and what becomes of its front matter."""

from __future__ import annotations

from sitegen.entities.authority import parse_authority
from sitegen.entities.redaction import Withheld, redaction_of, shown_authority, withheld_names
from sitegen.model import Article, EntityTag, Source

JUDGED = """
- name: Jane Quux
  kind: person
  aliases: [Lady Quuxington]
  was: [janie-quux]
  redact: A court's order
- name: Quux Works
  kind: organization
  redact: false
- name: Friends of Jane Quux
  kind: organization
  aliases: [FJQ]
- name: Acme
  kind: organization
  aliases: [Acme of Jane Quux, Acme Inc]
  merge: [Acme Labs]
- name: Acme Labs
  kind: organization
"""


def look(article: Article, html: str = "", judged: str = JUDGED) -> Withheld | None:
    redaction = redaction_of(judged, lambda: "[…]")
    assert redaction is not None
    return redaction.in_article(article, article.permalink or "/x/", html)


def test_nothing_is_read_where_nothing_is_withheld() -> None:
    """An archive without `redact`, or with `redact: false` alone, has no redaction."""
    assert redaction_of("- name: A\n  kind: person\n", lambda: "x") is None
    assert redaction_of("- name: A\n  kind: person\n  redact: no\n", lambda: "x") is None
    assert redaction_of("- [broken", lambda: "x") is None


def test_an_article_that_does_not_name_anyone_withheld_is_left_alone() -> None:
    """Nor is one that gives the surname alone."""
    assert look(Article(title="Other"), "<p>Mr Quux spoke.</p>") is None
    assert look(Article(title="Jane Quuxley")) is None


def test_what_the_article_calls_the_entity_goes_too() -> None:
    """Forms of its tag, words of the name, and the name as lists write it."""
    tag = EntityTag("Jane Quux", "person", ("Janie", "Quux"))
    found = look(Article(machine_tags=(tag, EntityTag("Adam Quux", "person"))))
    assert found is not None
    assert found.text("Janie, Jane and Quux met Adam Quux") == "[…], […] and […] met Adam Quux"
    assert look(Article(title="Quux, Jane")) is not None


def test_an_acronym_goes_with_its_organisation() -> None:
    """As that article uses it."""
    judged = "- name: Quux Steel Works\n  kind: organization\n  redact: true\n"
    tag = EntityTag("Quux Steel Works", "organization", ("QSW",))
    found = look(Article(machine_tags=(tag,)), judged=judged)
    assert found is not None
    assert found.text("QSW rose. Quux fell.") == "[…] rose. Quux fell."


def test_front_matter_tells_nothing() -> None:
    """Texts bear the mark; lists, addresses and ids do without."""
    article = Article(
        id="jane-quux-1",
        title="Jane Quux wins",
        permalink="/1969/07/jane-quux-wins/",
        aliases=("/quux-wins/", "/other/"),
        authors=("Jane Quux", "Bo Li"),
        source=Source("The Quux Post", "https://example.org/jane-quux", "raw/quux.txt", "abc"),
        tags=("Quux case", "courts"),
        copies=("jane-quux-2", "b"),
        machine_tags=(EntityTag("Friends of Jane Quux", "organization"), EntityTag("Paris", "place", ("Lutetia",))),
        extra={"note": "Asked by Quux", "other": 1},
    )
    found = look(article)
    assert found is not None
    told = found.article(article)
    assert told.title == "[…] wins"
    assert (told.authors, told.tags, told.aliases) == (("Bo Li",), ("courts",), ("/other/",))
    assert told.source == Source("", "", "", "abc")
    assert told.machine_tags == (EntityTag("Paris", "place", ("Lutetia",)),)
    assert told.copies == (found.id("jane-quux-2"), "b")
    assert told.extra == {"note": "Asked by […]", "other": 1}
    assert len(found.id("jane-quux-1")) == 16
    assert found.address("/1969/07/jane-quux-wins/", "1") == "/1969/07/wins-6b86b273/"
    assert found.address("/1969/jane-quux/quux/", "2") == "/1969/article-d4735e3a/"
    assert found.address("/1969/07/other/", "3") == "/1969/07/other/"


def test_judgements_are_shown_without_withheld_entities() -> None:
    """Nor entries that bear such a name in theirs; an alias goes alone, merges stay."""
    shown = shown_authority(parse_authority(JUDGED))
    assert [entry.name for entry in shown.entries] == ["Quux Works", "Acme", "Acme Labs"]
    assert [alias.name for alias in shown.entries[1].aliases] == ["Acme Inc"]
    assert shown.roots == (0, 1, 1)
    plain = parse_authority("- name: A\n  kind: person\n")
    assert shown_authority(plain) is plain
    assert set(withheld_names(parse_authority(JUDGED))) == {
        ("person", "Jane Quux"),
        ("person", "Lady Quuxington"),
        ("person", "janie-quux"),
    }
