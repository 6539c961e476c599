"""What an editor says of one article's entities outlives the machine's next run."""

from __future__ import annotations

from sitegen.entities.article_tags import add_tag, effective_tags, kindless_tags, restore, untag
from sitegen.model import Article, EntityTag

NEIL = EntityTag("Neil Armstrong", "person", ("Armstrong",))
NASA = EntityTag("NASA", "organization")
ARTICLE = Article(machine_tags=(NEIL, NASA))


def test_removals_and_additions_are_applied() -> None:
    """The machine's tags less the removed ones, then the additions."""
    moon = EntityTag("Moon", "place")
    article = add_tag(untag(ARTICLE, "NASA"), moon)
    assert effective_tags(article) == (NEIL, moon)
    assert article.machine_tags == ARTICLE.machine_tags


def test_a_removal_covers_spellings_of_the_name() -> None:
    """Whatever the machine will call it next time."""
    assert effective_tags(untag(ARTICLE, "N.A.S.A.")) == (NEIL,)
    assert effective_tags(untag(ARTICLE, "Armstrong, Neil")) == (NASA,)


def test_a_removal_can_be_taken_back() -> None:
    """Nothing is left of it."""
    assert restore(untag(ARTICLE, "NASA"), "NASA") == ARTICLE
    once = untag(ARTICLE, "NASA")
    assert untag(once, "NASA") == once


def test_an_addition_wins_over_the_machines_spelling() -> None:
    """Both name one entity; the forms of both are kept."""
    article = add_tag(ARTICLE, EntityTag("NEIL ARMSTRONG", "person", ("Neil",)))
    assert effective_tags(article)[0] == EntityTag("NEIL ARMSTRONG", "person", ("Neil", "Neil Armstrong", "Armstrong"))


def test_removing_what_was_added_takes_the_addition_back() -> None:
    """And adding what was removed takes the removal back."""
    added = add_tag(ARTICLE, EntityTag("Moon", "place"))
    assert untag(added, "Moon").tag == ()
    assert add_tag(untag(ARTICLE, "NASA"), NASA).untag == ()


def test_machine_tags_of_one_normal_form_are_one() -> None:
    """A hand-edited page may hold both."""
    article = Article(machine_tags=(NEIL, EntityTag("NEIL ARMSTRONG", "person")))
    assert effective_tags(article) == (EntityTag("Neil Armstrong", "person", ("Armstrong", "NEIL ARMSTRONG")),)


def test_an_addition_without_a_kind_is_what_the_machine_says() -> None:
    """Where the machine did not find the name, the addition is left out and told."""
    article = Article(machine_tags=(NASA,), tag=(EntityTag("N.A.S.A.", ""), EntityTag("Ann Lee", "")))
    assert [(tag.name, tag.kind) for tag in effective_tags(article)] == [("N.A.S.A.", "organization")]
    assert kindless_tags(article) == ("Ann Lee",)
