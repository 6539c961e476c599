"""What the building thread shows of problems, and how it takes faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_support import small_archive, write_article

from sitegen.errors import SitegenError
from sitegen.model import Problem
from sitegen.pipeline.build_site import BuildOptions
from sitegen.pipeline.live_site import LiveSite
from sitegen.serve.changes import Changes
from sitegen.serve.hub import Hub
from sitegen.serve.rebuilding import Built, FreshProblems, Notice, Rebuilder, is_page
from sitegen.store.source_tree import SourceTree


def problem(path: str, message: str = "odd") -> Problem:
    """A warning about a file."""
    return Problem(path=path, code="odd", message=message)


def test_problems_of_long_standing_are_not_shown() -> None:
    """What was wrong at the start stays quiet, until its file is saved; what is new is shown and goes when mended."""
    problems = FreshProblems()
    old, new, other = problem("a.md"), problem("b.md"), problem("raw.txt")
    problems.take([old], ())
    assert problems.now([]) == ([], [])
    problems.take([old, new], ("b.md",))
    assert problems.now([]) == ([new], [new])
    assert problems.now([other]) == ([new, other], [other])
    problems.take([old, new], ("a.md",))
    assert problems.now([]) == ([old, new], [old])
    problems.take([new], ("a.md",))
    assert problems.now([]) == ([new], [])
    problems.take([old], ("c.md",))
    assert problems.now([]) == ([old], [old])


def test_a_failure_hides_everything_else_until_it_is_over() -> None:
    """One thing at a time: what keeps the site from being built."""
    problems = FreshProblems()
    problems.take([], ())
    problems.take([problem("a.md")], ())
    failure = problem("sitegen.toml")
    problems.fail(failure)
    assert problems.now([problem("x")]) == ([failure], [failure])
    problems.take([problem("a.md")], ())
    assert problems.now([])[0] == [problem("a.md")]


@pytest.mark.parametrize(
    ("path", "page"),
    [("content/articles/a.md", True), ("content/pages/a.md", True), ("content/raw/a.md", False), ("x.md", False)],
)
def test_pages_are_told_by_their_paths(path: str, page: bool) -> None:
    """Only articles and standalone pages."""
    assert is_page(path) is page


def test_a_fault_is_told_and_the_next_change_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the program itself ends neither the server nor the watching."""
    root = small_archive(tmp_path / "archive")
    hub, changes, news = Hub(), Changes(), list[Built | Notice]()
    real = LiveSite.update
    faults = [RuntimeError("broken"), SitegenError("refused", code="no")]

    def update(self: LiveSite, *arguments: object) -> object:
        if faults:
            raise faults.pop(0)
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(LiveSite, "update", update)
    builder = Rebuilder(SourceTree(root), BuildOptions(jobs=1), changes, hub, news.append)
    builder._begin()
    told = [item.event for item in news]
    assert "fault" in told
    assert hub.problems[0].code == "fault"
    write_article(root, "1970/a", "A", "b")
    changes.add(["content/articles/1970/a.md"])
    batch = changes.take(5)
    assert batch is not None
    builder._work(batch)
    assert hub.problems[0].code == "no"
    builder._work(batch)
    assert hub.problems == ()
    assert (root / "site/1970/a/index.html").is_file()
    builder._site.close()
