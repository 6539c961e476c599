"""Tagging again: the difference is shown, what people wrote stays, and only what was agreed to is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from archive_support import Archive, page, tree_bytes

from sitegen.errors import StorageError, UsageError
from sitegen.markup.front_matter import is_untouched, parse_page
from sitegen.model import EntityTag, Mention
from sitegen.pipeline import retag_articles
from sitegen.pipeline.reporter import Silent
from sitegen.pipeline.retag_articles import Retagging, RetagOptions, commonest, plan_retag, write_retag
from sitegen.store.replace_files import Replacement, replace_files

MakeArchive = Callable[..., Archive]
WORDS = {"Neil Armstrong": "person", "Armstrong": "person", "Ann Lee": "person", "Hezbollah": "organization",
         "Houston": "place", "Florida": "place"}  # fmt: skip


class WordTagger:
    """Finds a few names; stands in for a network."""

    name = "words"
    version = "1"
    languages: frozenset[str] | None = frozenset({"en"})

    def tag(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        pattern = re.compile("|".join(sorted(WORDS, key=lambda word: -len(word))))
        return [
            tuple(Mention(m.start(), m.end(), m[0], WORDS[m[0]], 0.9) for m in pattern.finditer(text)) for text in texts
        ]


@pytest.fixture(autouse=True)
def _word_tagger(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> object:
        return WordTagger() if name in ("builtin", "words") else type("None_", (WordTagger,), {"name": name})()

    monkeypatch.setattr(retag_articles, "load_tagger", load)


def plan(made: Archive, *articles: str, **options: object) -> Retagging:
    return plan_retag(made.tree, RetagOptions(articles=articles, jobs=1, **options), Silent())  # type: ignore[arg-type]


def retag(made: Archive, *articles: str) -> retag_articles.RetagPlan:
    return write_retag(made.tree, plan(made, *articles), Silent())


def tags_of(made: Archive, path: str) -> tuple[EntityTag, ...]:
    return parse_page(made.text(f"content/articles/{path}.md"), path)[0].machine_tags


RAW = "date 1969-07-20\n\nNeil Armstrong walked on the Moon, and Armstrong spoke with Houston of it for a while.\n"


def test_an_untouched_page_gets_its_tags_and_stays_untouched(archive: MakeArchive) -> None:
    """A later ingest may still replace it; running again finds nothing to do."""
    made = archive({"content/raw/a.txt": RAW})
    made.ingest()
    (path,) = made.page_files()
    body = path.read_text(encoding="utf-8").partition("\n---\n")[2]
    report = retag(made)
    assert (report.articles, report.changed, report.written, report.added) == (1, 1, 1, 2)
    text = path.read_text(encoding="utf-8")
    assert "people:\n- name: Neil Armstrong\n  as: [Armstrong]\n" in text
    assert "places:\n- Houston\n" in text
    assert text.partition("\n---\n")[2] == body
    assert is_untouched(text)
    assert plan(made).plan.changed == 0
    made.write({"content/raw/a.txt": RAW + "More of it.\n"})
    assert made.ingest().written == 1


def test_planning_writes_nothing(archive: MakeArchive) -> None:
    """Not a byte changes before somebody says yes."""
    made = archive(page("a", body="Ann Lee spoke.", language="en"))
    before = tree_bytes(made.root)
    found = plan(made)
    assert found.plan.changed == 1
    assert tree_bytes(made.root) == before


def test_the_difference_is_told_for_each_article(archive: MakeArchive) -> None:
    """Added, removed, and tags that stay under other forms."""
    made = archive(
        page("a", "T", "Neil Armstrong spoke. Armstrong left Houston.", language="en", id="a1",
             people="[{name: Neil Armstrong, as: [Neil]}, Nobody]")
    )  # fmt: skip
    (change,) = plan(made).plan.changes
    assert (change.path, change.id, change.title, change.edited) == ("content/articles/a.md", "a1", "T", False)
    assert change.added == (EntityTag("Houston", "place"),)
    assert change.removed == (EntityTag("Nobody", "person"),)
    (forms,) = change.forms
    assert (forms.name, forms.before, forms.after) == ("Neil Armstrong", ("Neil",), ("Armstrong",))
    added, removed = commonest([change, change], 1)
    assert added == [(EntityTag("Houston", "place"), 2)]
    assert removed == [(EntityTag("Nobody", "person"), 2)]


def test_nothing_that_an_editor_took_out_comes_back(archive: MakeArchive) -> None:
    """`untag` and `tag` stay as written, comments too; what is under `untag` is neither added nor removed."""
    header = (
        "title: T\nlanguage: en\npeople: [Armstrong]  # machine\nuntag: [Ann Lee, ARMSTRONG]  # no\ntag: [Ann Lee]\n"
    )
    made = archive({"content/articles/a.md": f"---\n{header}---\nAnn Lee and Armstrong in Houston.\n"})
    (change,) = plan(made).plan.changes
    assert (change.added, change.removed) == ((EntityTag("Houston", "place"),), ())
    retag(made)
    text = made.text("content/articles/a.md")
    assert text.replace("places:\n- Houston\n", "") == f"---\n{header}---\nAnn Lee and Armstrong in Houston.\n"


def test_an_edited_page_stays_edited(archive: MakeArchive) -> None:
    """Its tags follow its text as it is now; ingest still leaves it alone."""
    made = archive({"content/raw/a.txt": RAW})
    made.ingest()
    (path,) = made.page_files()
    path.write_text(path.read_text(encoding="utf-8").replace("Houston", "Florida"), encoding="utf-8")
    (change,) = plan(made).plan.changes
    assert change.edited
    retag(made)
    text = path.read_text(encoding="utf-8")
    assert "places:\n- Florida\n" in text
    assert not is_untouched(text)
    made.write({"content/raw/a.txt": RAW + "More of it.\n"})
    assert made.ingest().conflicts == 1


def test_entities_that_the_source_gave_are_kept(archive: MakeArchive) -> None:
    """From records and from pages; without the raw file the difference shows that they would go."""
    record = '{"id": "r", "text": "Ann Lee sang of the sea and of the sand and of the sky.", "language": "en", "entities": [{"name": "The Sea", "kind": "place"}]}'  # noqa: E501
    other = '{"id": "s", "text": "Ann Lee sang of the hills and of the dales, for once.", "language": "en"}'
    made = archive({
        "content/raw/a.jsonl": f"{record}\n{other}\n",
        "content/raw/b.md": "---\nlanguage: en\npeople: [Given One]\n---\nAnn Lee sang of other things.\n",
        "content/raw/c.md": "---\nlanguage: en\n---\nAnn Lee sang of still other things.\n",
    })  # fmt: skip
    made.ingest()
    changes = {change.id: change for change in plan(made).plan.changes}
    assert len(changes) == 3
    assert all(change.removed == () for change in changes.values())
    assert {tag.name for change in changes.values() for tag in change.added} == {"Ann Lee"}
    (made.root / "content/raw/a.jsonl").unlink()
    assert [tag.name for change in plan(made).plan.changes for tag in change.removed] == ["The Sea"]


def test_articles_that_are_not_tagged_are_counted(archive: MakeArchive) -> None:
    """Other languages, redacted articles and broken pages stay as they are."""
    made = archive({
        **page("a", body="Ann Lee.", language="de", people="[Keep Me]"),
        **page("b", body="Ann Lee."),
        **page("c", body="Ann Lee.", language="en", status="withdrawn"),
        **page("d", body="Ann Lee.", language="en-GB"),
        "content/articles/e.md": "---\ntitle: [\n---\n",
    })  # fmt: skip
    found = plan(made).plan
    assert (found.articles, found.untagged, found.left_out) == (1, {"de": 1, "": 1}, 1)
    assert [problem.code for problem in found.problems] == ["front-matter-yaml"]
    assert [change.path for change in found.changes] == ["content/articles/d.md"]


def test_a_page_without_words_is_tagged_by_its_title(archive: MakeArchive) -> None:
    """As ingest does."""
    made = archive({**page("a", "Ann Lee", "", language="en")})
    assert plan(made).plan.changes[0].added == (EntityTag("Ann Lee", "person"),)


@pytest.mark.parametrize("name", ["a1", "/x/y/", "content/articles/a.md", "articles/a.md"])
def test_only_the_articles_asked_for_are_tagged(archive: MakeArchive, name: str) -> None:
    """By id, address or path; the others are not even read."""
    made = archive({
        **page("a", body="Ann Lee.", language="en", id="a1", permalink="/x/y/"),
        **page("b", body="Ann Lee.", language="en")
    })  # fmt: skip
    assert retag(made, name).written == 1
    assert tags_of(made, "a") == (EntityTag("Ann Lee", "person"),)
    assert tags_of(made, "b") == ()


def test_unknown_articles_and_an_archive_without_a_tagger_are_wrong_usage(archive: MakeArchive) -> None:
    """The message says what to do."""
    made = archive(page("a", body="Ann Lee.", language="en"))
    with pytest.raises(UsageError, match="no article"):
        plan(made, "nonsense")
    with pytest.raises(UsageError, match="no tagger"):
        plan(made, tagger="none")


def test_a_page_edited_meanwhile_is_left_alone(archive: MakeArchive) -> None:
    """The edit wins; the page is told, the others are written."""
    made = archive({**page("a", body="Ann Lee.", language="en"), **page("b", body="Ann Lee.", language="en"),
                    **page("c", body="Ann Lee.", language="en")})  # fmt: skip
    found = plan(made)
    made.write(page("a", body="Another text.", language="en"))
    (made.root / "content/articles/c.md").unlink()
    report = write_retag(made.tree, found, Silent())
    assert (report.written, report.conflicts) == (1, 1)
    assert sorted(problem.code for problem in report.problems) == ["conflict", "unreadable"]
    assert "Another text" in made.text("content/articles/a.md")


def test_an_edit_at_the_last_moment_is_not_lost(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even between reading the page for the last time and replacing it."""
    made = archive(page("a", body="Ann Lee.", language="en"))
    found = plan(made)
    original = retag_articles.replace_files

    def late(state: object, batch: object) -> object:
        made.write(page("a", body="Another text.", language="en"))
        return original(state, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(retag_articles, "replace_files", late)
    report = write_retag(made.tree, found, Silent())
    assert (report.written, report.conflicts) == (0, 1)
    assert "Another text" in made.text("content/articles/a.md")
    assert [path.name for path in (made.root / "content/articles").iterdir()] == ["a.md"]


def test_a_form_that_cannot_be_edited_is_told(archive: MakeArchive) -> None:
    """The page stays as it is."""
    text = "---\n{title: T, language: en}\n---\nAnn Lee.\n"
    made = archive({"content/articles/a.md": text})
    report = retag(made)
    assert (report.written, report.conflicts) == (0, 1)
    assert report.problems[0].code == "front-matter-edit"
    assert made.text("content/articles/a.md") == text


def test_many_pages_in_several_processes_give_the_same(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the number of workers nor the size of batches changes a byte."""
    files: dict[str, str] = {}
    for number in range(150):
        files |= page(f"1969/{number}", f"T{number}", f"Ann Lee went to Houston {number} times.", language="en")
    one, other = archive(files, "one"), archive(files, "other")
    assert retag(one).written == 150
    monkeypatch.setattr(retag_articles, "_BATCH", 7)
    found = plan_retag(other.tree, RetagOptions(jobs=2), Silent())
    assert write_retag(other.tree, found, Silent()).written == 150
    assert tree_bytes(one.root / "content") == tree_bytes(other.root / "content")


def test_tagging_again_after_ingest_finds_nothing_to_do(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain text of a page is what ingest tagged, whatever signs it holds."""
    monkeypatch.setattr("sitegen.pipeline.ingest_articles.load_tagger", lambda _: WordTagger())
    monkeypatch.setattr(WordTagger, "languages", None)
    signs = "Neil Armstrong's *words* <b>of</b> Houston & [Florida](x) 1. _Ann Lee_ # Hezbollah.Armstrong said."
    made = archive({
        "content/raw/a.txt": f"date 1969-07-20\n\n{signs}\n\n- {signs}\n\n1. {signs}\n",
        "content/raw/b.md": f"# A *title*\n\n{signs}\n\n| a | Ann Lee |\n|---|---|\n| Houston | x |\n",
        "content/raw/c.html": "<html><body><p>Neil Armstrong and <b>Ann</b> Lee met all at Houston.</p></body></html>",
    })  # fmt: skip
    made.ingest(tagger="words")
    assert plan(made).plan.articles == 3
    assert plan(made).plan.changes == []


def test_a_disk_that_refuses_leaves_whole_pages(archive: MakeArchive) -> None:
    """No temporary file stays behind."""
    made = archive(page("a"))
    target = made.root / "content/articles/a.md"
    gone = made.root / "content/articles/none/b.md"
    with pytest.raises(StorageError):
        replace_files(made.tree.state, [Replacement(target, target.read_bytes(), b"x"), Replacement(gone, b"", b"x")])
    assert [path.name for path in (made.root / "content/articles").iterdir()] == ["a.md"]
    assert target.read_bytes() != b"x"
