"""A site held open by one process follows its content."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from archive_support import SETTINGS, Archive, page, tree_bytes

from sitegen.pipeline import build_site
from sitegen.pipeline.build_site import BuildOptions
from sitegen.pipeline.live_site import LiveSite
from sitegen.pipeline.reporter import Silent

MakeArchive = Callable[..., Archive]


def test_an_edit_is_told_with_its_address(archive: MakeArchive) -> None:
    """Who looks on hears which pages changed, then that search is as new as they are."""
    made = archive({**page("1969/07/a"), **page("1969/07/b")})
    events: list[list[str] | str] = []
    site = LiveSite(
        made.tree,
        BuildOptions(jobs=1),
        Silent(),
        on_pages=events.append,
        on_indexes=lambda: events.append("indexes"),
    )
    site.build()
    assert "/1969/07/a/" in events[0]
    assert events[-1] == "indexes"
    events.clear()
    made.write(page("1969/07/a", body="Other words."))
    report = site.update(["content/articles/1969/07/a.md"], first=["/1969/07/a/"])
    assert report.articles == 2
    assert "/1969/07/a/" in events[0]
    assert "/1969/07/b/" not in events[0]
    assert b"Other words." in tree_bytes(made.site)["1969/07/a/index.html"]
    site.close()


def test_what_is_saved_meanwhile_comes_before_all_other_pages(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update after an edit of a template gives way to a new change, and a later one goes on where it was."""
    monkeypatch.setattr(build_site, "_FEW_AT_ONCE", 2)
    monkeypatch.setattr(build_site, "_PATIENCE", 0)
    own = {"sitegen.toml": SETTINGS + 'theme = "own"\n', "themes/own/theme.toml": 'extends = "default"\n'}
    made = archive({**own, **dict(item for n in range(12) for item in page(f"1969/07/p{n}").items())})
    told: list[str] = []
    waiting = [False]
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent(), on_pages=told.extend, give_way=lambda: waiting[0])
    site.build()
    template = "themes/own/templates/article.html"
    made.write({template: '{% extends "base.html" %}{% block main %}New: {{ body }}{% endblock %}'})

    def is_new() -> int:
        return sum(b"New: " in data for path, data in tree_bytes(made.site).items() if path.startswith("1969/07/p"))

    waiting[0] = True
    site.update([template], first=["/1969/07/p7/"])
    assert b"New: " in tree_bytes(made.site)["1969/07/p7/index.html"]
    assert site.unfinished
    reached = is_new()
    assert 1 <= reached < 12
    told.clear()
    made.write(page("1969/07/p9", body="Other words."))
    site.update(["content/articles/1969/07/p9.md"])
    assert told[0] == "/1969/07/p9/"
    assert b"New: <p>Other words." in tree_bytes(made.site)["1969/07/p9/index.html"]
    assert site.unfinished
    rounds = 0
    while site.unfinished:
        site.update([])
        rounds += 1
    assert rounds > 1
    assert is_new() == 12
    site.close()
    assert made.build().rendered == 0


def test_a_site_that_gave_way_is_finished_by_whoever_builds_next(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is known to the process that gave way only; another one looks at all pages."""
    monkeypatch.setattr(build_site, "_FEW_AT_ONCE", 2)
    monkeypatch.setattr(build_site, "_PATIENCE", 0)
    made = archive(dict(item for n in range(6) for item in page(f"1969/07/p{n}").items()))
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent(), give_way=lambda: True)
    site.build()
    made.write({"sitegen.toml": SETTINGS.replace("Test archive", "Another title")})
    site.update(["sitegen.toml"], first=["/1969/07/p1/"])
    assert b"Another title" in tree_bytes(made.site)["1969/07/p1/index.html"]
    assert site.unfinished
    assert made.build().rendered
    assert all(b"Test archive" not in data for path, data in tree_bytes(made.site).items() if path.endswith(".html"))
    site.update(["content/articles/1969/07/p1.md"])
    assert not site.unfinished
    site.close()


def test_changes_that_keep_coming_come_first_but_not_for_ever(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a while nothing but the changes is worked off; then some other pages are looked at with each."""
    monkeypatch.setattr(build_site, "_FEW_AT_ONCE", 1)
    made = archive(dict(item for n in range(4) for item in page(f"1969/07/p{n}").items()))
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent(), give_way=lambda: True)
    site.build()
    made.write({"sitegen.toml": SETTINGS.replace("Test archive", "Another title")})
    assert site.update(["sitegen.toml"], first=["/1969/07/p1/"]).written == 1
    assert site.update([]).written == 0
    monkeypatch.setattr(site._builder, "rest_due", 0.0)
    assert site.update([]).written == 1
    assert site.unfinished
    site.close()


def test_what_was_warmed_up_is_used(archive: MakeArchive) -> None:
    """Templates compiled in a quiet moment are those of the next update; before a build nothing happens."""
    made = archive(page("1969/07/a"))
    made.build()
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent())
    site.warm()
    site.build()
    site.warm()
    renderer = site._builder.renderers._made
    assert renderer is not None
    made.write(page("1969/07/a", body="Other words."))
    site.update(["content/articles/1969/07/a.md"])
    assert site._builder.renderers._made is renderer
    site.close()


def test_an_article_takes_the_address_of_a_redirect(archive: MakeArchive) -> None:
    """The old address of one article becomes that of a new one: the redirect goes, the article stays."""
    made = archive({**page("1969/07/a", aliases="[/1969/07/old/]"), **page("1969/07/b")})
    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent())
    site.build()
    made.write(page("1969/07/old", title="Newcomer"))
    site.update(["content/articles/1969/07/old.md"])
    assert b"Newcomer" in tree_bytes(made.site)["1969/07/old/index.html"]
    (made.root / "content/articles/1969/07/old.md").unlink()
    site.update(["content/articles/1969/07/old.md"])
    assert b"Newcomer" not in tree_bytes(made.site)["1969/07/old/index.html"]
    site.close()
    assert made.build().rendered == 0


def test_lists_give_way_to_the_next_change(archive: MakeArchive) -> None:
    """After the article and the indexes come the lists that show its title, one by one while nothing has changed."""
    made = archive(
        dict(item for n in range(6) for item in page(f"1969/07/p{n}", date="1969-07-20", people="[Ann Ek]").items())
    )
    told: list[str] = []
    waiting = [False]
    site = LiveSite(
        made.tree,
        BuildOptions(jobs=1),
        Silent(),
        on_pages=told.extend,
        on_indexes=lambda: told.append("indexes"),
        give_way=lambda: waiting[0],
    )
    site.build()
    told.clear()
    waiting[0] = True
    made.write(page("1969/07/p3", title="Other words", date="1969-07-20", people="[Ann Ek]"))
    site.update(["content/articles/1969/07/p3.md"])
    assert told == ["/1969/07/p3/", "indexes"]
    assert site.unfinished
    assert b"Other words" not in tree_bytes(made.site)["archive/1969/07/index.html"]
    made.write(page("1969/07/p4", body="New words.", date="1969-07-20", people="[Ann Ek]"))
    site.update(["content/articles/1969/07/p4.md"], first=["/archive/1969/07/"])
    assert b"New words" in tree_bytes(made.site)["1969/07/p4/index.html"]
    assert b"Other words" in tree_bytes(made.site)["archive/1969/07/index.html"]
    assert site.unfinished
    waiting[0] = False
    told.clear()
    site.update([])
    assert not site.unfinished
    assert "/people/ann-ek/" in told
    assert "indexes" not in told
    site.close()
    assert made.build().rendered == 0


def test_who_asks_for_a_taken_address_is_never_shown_there(archive: MakeArchive) -> None:
    """Not even for the moment in which the articles that changed come first."""
    made = archive(page("1969/07/a", title="First", id="a"))
    seen: list[bytes] = []

    def look(_: list[str]) -> None:
        seen.append(tree_bytes(made.site)["1969/07/a/index.html"])

    site = LiveSite(made.tree, BuildOptions(jobs=1), Silent(), on_pages=look)
    site.build()
    made.write(page("1969/07/b", title="Newcomer", id="b", permalink="/1969/07/a/"))
    site.update(["content/articles/1969/07/b.md"])
    assert len(seen) > 1
    assert not any(b"Newcomer</h1>" in data for data in seen)
    assert made.build().rendered == 0
    site.close()
