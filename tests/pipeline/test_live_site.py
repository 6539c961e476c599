"""A site held open by one process follows its content."""

from __future__ import annotations

from collections.abc import Callable

from archive_support import Archive, page, tree_bytes

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
