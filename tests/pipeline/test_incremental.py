"""The keystone: after any sequence of changes the updated site equals a clean build, byte for byte.

More than the few examples of a normal run: SITEGEN_EXAMPLES=200 pytest tests/pipeline/test_incremental.py
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from archive_support import SETTINGS, Archive, article, codes, differences, page, tree_bytes
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from sitegen.entities import catalogue
from sitegen.pipeline import build_site, glance
from sitegen.pipeline.build_report import BuildOptions
from sitegen.pipeline.live_site import LiveSite
from sitegen.pipeline.reporter import Silent
from sitegen.pipeline.search_archive import search_archive
from sitegen.plan import article_views, entity_views, feed_views, letters, year_cuts

MakeArchive = Callable[..., Archive]

PATHS = ["1969/07/a", "1969/07/b", "1969/08/a", "1970/04/x", "undated/a", "loose"]
DATES = ["", "1969-07-20", "1969-07-16", "1969", "1970-04", "1970-04-13?", "not a date"]
NAMES = ["Neil Armstrong", "Armstrong", "Valentina Tereshkova", "Apollo 11", "John Smith", "JOHN SMITH"]
STATUSES = ["published", "published", "published", "draft", "noindex", "redacted", "withdrawn"]
TITLES = ["Landing", "Launch", "Third flight", 'A "title": quoted', "Ünïcödé 月"]
SENTENCES = [
    "Neil Armstrong set foot on the Moon.",
    "Armstrong came back with rocks and dust.",
    "Valentina Tereshkova flew alone for three days.",
    "A *marked* word, a [link](/search/), and `code`.",
    "Apollo 11 splashed down. John Smith watched.",
    "Second thoughts about rocks.",
]
QUERIES = ["moon", "armstrong rocks", "title:landing", "person:armstrong", "watched OR alone", "year:1969", "rokcs"]
JUDGEMENTS = [
    "",
    "- name: Neil Armstrong\n  kind: person\n  aliases: [Armstrong]\n  was: [n-armstrong]\n",
    "- name: John Smith\n  kind: person\n  hide: true\n",
    "- name: Apollo 11\n  kind: mission\n  links: {wikidata: Q43653}\n",
]
SITE_SETTINGS = [
    SETTINGS,
    SETTINGS.replace("Test archive", "Another title"),
    SETTINGS + "[entities]\nmin_articles = 1\n",
    'title = "No address"\n[search]\nfile_urls = false\n',
    SETTINGS + 'theme = "own"\n',
]
TEMPLATES = [
    '{% extends "base.html" %}{% block main %}<h1>{{ view.title }}</h1>{% endblock %}',
    '{% extends "base.html" %}{% block main %}{{ view.title }} {{ body }}{% endblock %}',
]

Step = tuple[str, tuple[object, ...]]


def pages_of_an_article() -> st.SearchStrategy[str]:
    """A page of an article: title, date, status, entities, authors, body."""

    def make(
        title: str,
        date: str,
        status: str,
        names: list[str],
        author: str,
        tags: list[str],
        body: list[str],
        copies: bool,
    ) -> str:
        fields = {"status": status, "people": f"[{', '.join(names)}]", "tags": f"[{', '.join(tags)}]"}
        fields |= {"date": date} if date else {}
        fields |= {"authors": f"[{author}]", "source": f"{{name: {author} Times}}"} if author else {}
        fields |= {"copies": "[two, three]", "id": "one"} if copies else {}
        return article(f"'{title}'", "\n\n".join(body), **fields)

    return st.builds(
        make,
        st.sampled_from(TITLES),
        st.sampled_from(DATES),
        st.sampled_from(STATUSES),
        st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
        st.sampled_from(["", "Ann Lee", "ann lee", "Bo"]),
        st.lists(st.sampled_from(["moon", "Moon", "tea"]), max_size=2, unique=True),
        st.lists(st.sampled_from(SENTENCES), max_size=3),
        st.booleans(),
    )


steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.tuples(st.sampled_from(PATHS), pages_of_an_article())),
        st.tuples(st.just("write"), st.tuples(st.sampled_from(PATHS), pages_of_an_article())),
        st.tuples(st.just("move"), st.tuples(st.sampled_from(PATHS), st.sampled_from(PATHS))),
        st.tuples(st.just("delete"), st.tuples(st.sampled_from(PATHS))),
        st.tuples(st.just("judge"), st.tuples(st.sampled_from(JUDGEMENTS))),
        st.tuples(st.just("settings"), st.tuples(st.sampled_from(SITE_SETTINGS))),
        st.tuples(st.just("template"), st.tuples(st.sampled_from(TEMPLATES))),
        st.tuples(st.just("page"), st.tuples(st.sampled_from(["About", "Contact", ""]))),
        st.tuples(st.just("media"), st.tuples(st.sampled_from(["", "picture", "PICTURE"]))),
        st.tuples(st.just("asset"), st.tuples(st.sampled_from(["", "a {}", "b {}"]))),
        st.tuples(st.just("lose"), st.tuples(st.sampled_from(["snapshot.bin", "cache.db", "site"]))),
        st.tuples(st.just("build"), st.just(())),
        st.tuples(st.just("patience"), st.tuples(st.integers(0, 9))),
        st.tuples(st.just("update"), st.tuples(st.booleans(), st.sampled_from(["/", "/1969/07/a/", "/people/"]))),
        st.tuples(st.just("update"), st.tuples(st.booleans(), st.sampled_from(["/", "/1969/07/a/", "/people/"]))),
    ),
    min_size=3,
    max_size=18,
)


class Kept:
    """An archive with a site held open, and what has changed since it was last brought up to date."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.site = LiveSite(archive.tree, BuildOptions(jobs=1), Silent(), give_way=self._give_way)
        self.patience = 9
        """Handfuls of pages that are looked at behind others before an update gives way; 9: all."""
        self._looked = 0
        self.changed: set[str] | None = None
        """None: anything may have."""

    def note(self, path: Path) -> None:
        """A file or folder may have changed."""
        if self.changed is not None:
            self.changed.add(path.relative_to(self.archive.root).as_posix())

    def update(self, told: bool, first: str) -> None:
        """Bring the held site up to date, told what has changed or not."""
        self._looked = 0
        self.site.update(self.changed if told else None, [first])
        self.changed = set()

    def _give_way(self) -> bool:
        self._looked += 1
        return self._looked > self.patience < 9


def take(kept: Kept, step: Step) -> None:
    """Do one step to an archive."""
    kind, values = step
    archive = kept.archive
    path = archive.root / f"content/articles/{values[0]}.md" if values else archive.root
    match kind:
        case "write":
            kept.note(path)
            archive.write({f"content/articles/{values[0]}.md": str(values[1])})
        case "move":
            target = archive.root / f"content/articles/{values[1]}.md"
            if path.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
                kept.note(path)
                kept.note(target)
        case "delete":
            kept.note(path)
            path.unlink(missing_ok=True)
        case "judge":
            archive.write({"content/entities.yaml": str(values[0])})
            kept.note(archive.root / "content/entities.yaml")
        case "settings":
            archive.write({"sitegen.toml": str(values[0])})
            kept.note(archive.root / "sitegen.toml")
        case "template":
            archive.write({"themes/own/templates/article.html": str(values[0])})
            kept.note(archive.root / "themes/own/templates/article.html")
        case "asset":
            (archive.root / "themes/own/assets/own.css").unlink(missing_ok=True)
            if values[0]:
                archive.write({"themes/own/assets/own.css": str(values[0])})
            kept.note(archive.root / "themes/own/assets/own.css")
        case "lose":
            lost = archive.site / "archive" if values[0] == "site" else archive.root / ".sitegen" / str(values[0])
            if lost.is_dir():
                shutil.rmtree(lost)
            lost.unlink(missing_ok=True)
            kept.changed = None
        case "page":
            kept.note(archive.root / "content/pages/about.md")
            (archive.root / "content/pages/about.md").unlink(missing_ok=True)
            if values[0]:
                archive.write({"content/pages/about.md": article(str(values[0]))})
        case "media":
            kept.note(archive.root / "content/media")
            (archive.root / "content/media/picture.png").unlink(missing_ok=True)
            if values[0]:
                archive.write({"content/media/picture.png": str(values[0])})
        case "patience":
            assert isinstance(values[0], int)
            kept.patience = values[0]
        case "update":
            kept.update(bool(values[0]), str(values[1]))
        case _:
            archive.build()
            kept.changed = None


@contextlib.contextmanager
def small_limits() -> Iterator[None]:
    """Let a handful of articles come to long lists, finer A–Z lists, many sitemaps and windows that move."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(year_cuts, "WHOLE_LIST", 2)
        patch.setattr(letters, "LETTER_LIST", 2)
        patch.setattr(letters, "FEW", 1)
        patch.setattr(feed_views, "_ONE_SITEMAP", 24)
        patch.setattr(article_views, "RECENT", 2)
        patch.setattr(entity_views, "QUOTED", 1)
        patch.setattr(catalogue, "MIN_PAGES", 3)
        patch.setattr(build_site, "MOST_PACKS", 4)
        patch.setattr(build_site, "_FEW_AT_ONCE", 3)
        patch.setattr(build_site, "_PORTION", 8)
        patch.setattr(build_site, "_PATIENCE", 0)
        yield


def assert_equals_clean_build(archive: Archive, folder: Path) -> None:
    """Build once more, and compare site, manifest and search results with those of a build from nothing."""
    archive.build()
    clean = Archive(folder)
    for name in ("content", "themes", "sitegen.toml"):
        source = archive.root / name
        if source.is_dir():
            shutil.copytree(source, clean.root / name)
        elif source.exists():
            shutil.copy2(source, clean.root / name)
    clean.build()
    assert differences(tree_bytes(archive.site), tree_bytes(clean.site)) == []
    for query in QUERIES:
        assert search_archive(archive.tree, query, 20) == search_archive(clean.tree, query, 20)


EXAMPLES = int(os.environ.get("SITEGEN_EXAMPLES", "10"))

START: list[Step] = [
    ("write", ("1969/07/a", article("Landing", SENTENCES[0], people="[Neil Armstrong]", date="1969-07-20"))),
    ("write", ("1970/04/x", article("Launch", SENTENCES[1], people="[Armstrong]", date="1970-04-13"))),
    ("build", ()),
]


MANY: list[Step] = [
    *(
        ("write", (path, article("Landing", SENTENCES[0], people="[Neil Armstrong]", authors="[Bo]", date=date)))
        for path, date in zip(PATHS, ["1969-07-20", "1969-07-16", "1969", "1970-04", "", "1970-04-13"], strict=True)
    ),
    ("update", (False, "/")),
    ("update", (False, "/")),
]
"""One person and one author in so many articles that they have pages by year."""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="SITEGEN_EXAMPLES" not in os.environ,
    phases=(Phase.explicit, Phase.generate, Phase.shrink) if EXAMPLES > 10 else (Phase.explicit, Phase.generate),
    database=None,
)
@given(steps=steps)
@example(steps=[*START, ("judge", (JUDGEMENTS[1],)), ("build", ()), ("judge", ("",))])
@example(steps=[*START, ("delete", ("1969/07/a",)), ("build", ()), ("move", ("1970/04/x", "1969/07/a"))])
@example(
    steps=[*START, ("template", (TEMPLATES[0],)), ("settings", (SITE_SETTINGS[4],)), ("template", (TEMPLATES[1],))]
)
@example(
    steps=[
        *MANY,
        ("settings", (SITE_SETTINGS[4],)),
        ("patience", (1,)),
        ("update", (True, "/")),
        ("template", (TEMPLATES[1],)),
        ("update", (True, "/1969/07/a/")),
        ("write", ("1969/07/b", article("Launch", SENTENCES[1], people="[Neil Armstrong]", date="1970-04-01"))),
        ("update", (True, "/")),
        ("delete", ("1969/08/a",)),
        ("update", (True, "/")),
        ("patience", (9,)),
        ("update", (True, "/")),
    ]
)
@example(
    steps=[
        *MANY,
        ("write", ("1969/07/b", article("Launch", SENTENCES[1], people="[Neil Armstrong]", date="1970-04-01"))),
        ("update", (True, "/people/neil-armstrong/1969/")),
        ("delete", ("1969/08/a",)),
        ("update", (True, "/")),
    ]
)
def test_an_updated_site_equals_a_clean_build(steps: list[Step]) -> None:
    """Random changes of all that a site is made from, with separate builds and updates of a held site in between."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"themes/own/theme.toml": 'extends = "default"\n', "themes/own/templates/article.html": TEMPLATES[0]}
        archive = Archive(Path(folder) / "updated", own)
        kept = Kept(archive)
        with small_limits(), pytest.MonkeyPatch.context() as patch:
            if not any(kind == "lose" for kind, _ in steps):
                # Starting anew would hide a mistake.
                patch.delattr(build_site, "delete_cache")
            for step in steps:
                take(kept, step)
            while kept.site.unfinished:
                kept.update(True, "/")
            assert_equals_clean_build(archive, Path(folder) / "clean")
        kept.site.close()


def test_a_build_with_nothing_to_do_renders_and_writes_nothing(archive: MakeArchive) -> None:
    """The second build touches no file of the site or the index and reports what the first did."""
    made = archive({**page("1969/07/a"), **page("1969/07/b"), "content/media/x.png": b"x"})
    first = made.build()
    assert first.kept == 0
    before = {path: path.stat().st_mtime_ns for path in made.root.rglob("*") if "lock" not in path.name}
    second = made.build()
    assert (second.rendered, second.written, second.deleted) == (0, 0, 0)
    assert (second.articles, second.kept, second.files) == (first.articles, first.files, first.files)
    assert second.problems == first.problems
    after = {path: path.stat().st_mtime_ns for path in made.root.rglob("*") if "lock" not in path.name}
    changed = {path.name for path in before if before[path] != after.get(path)}
    assert changed <= {"build.holder", ".sitegen", "cache.db-shm", "cache.db-wal"}


def test_touched_files_are_read_again_and_nothing_is_written(archive: MakeArchive) -> None:
    """A checkout that gives every file a new time costs a read; the bytes stay."""
    made = archive({**page("1969/07/a"), **page("1969/07/b")})
    made.build()
    for path in (made.root / "content").rglob("*.md"):
        os.utime(path, ns=(1, 1))
    report = made.build()
    assert (report.rendered, report.written, report.deleted) == (0, 0, 0)


def test_an_edit_renders_only_what_shows_it(archive: MakeArchive) -> None:
    """Of two years' articles, an edit of the body of one rewrites its page, not the other year's."""
    made = archive({**page("1969/07/a", date="1969-07-01"), **page("1975/07/b", body="Old words.", date="1975-07-01")})
    made.build()
    made.write(page("1975/07/b", body="New words.", date="1975-07-01"))
    report = made.build()
    rendered = {page.page.partition(":")[0] + ":" + page.path for page in report.pages}
    assert "article:1975/07/b/index.html" in rendered
    assert "article:1969/07/a/index.html" not in rendered
    assert {page.reason for page in report.pages} == {"content"}


def test_a_lost_or_shortened_output_file_is_mended(archive: MakeArchive) -> None:
    """Files that vanished from the output, or changed their length, are written again."""
    made = archive({**page("1969/07/a"), "content/media/x.png": b"x"})
    made.build()
    good = tree_bytes(made.site)
    (made.site / "1969/07/a/index.html").unlink()
    (made.site / "feed.json").write_bytes(b"")
    (made.site / "media/x.png").unlink()
    report = made.build()
    assert report.written == 3
    assert {page.reason for page in report.pages} == {"missing"}
    assert tree_bytes(made.site) == good


def test_clean_writes_everything_anew_and_leaves_foreign_files(archive: MakeArchive) -> None:
    """`--clean` mends even what looks right, deletes what is no longer made, and never what it did not write."""
    made = archive({**page("1969/07/a"), **page("1969/07/b")})
    made.build()
    good = tree_bytes(made.site)
    same_length = good["index.html"].replace(b"e", b"E")
    (made.site / "index.html").write_bytes(same_length)
    (made.site / "CNAME").write_text("example.org", encoding="utf-8")
    (made.root / "content/articles/1969/07/b.md").unlink()
    report = made.build(clean=True)
    assert report.kept == 0
    assert report.deleted
    assert "1969/07/b/index.html" not in tree_bytes(made.site)
    assert (made.site / "CNAME").read_text(encoding="utf-8") == "example.org"
    made.write(page("1969/07/b"))
    made.build(clean=True)
    (made.site / "CNAME").unlink()
    assert differences(tree_bytes(made.site), good) == []


def test_a_broken_theme_leaves_the_old_site_even_with_clean(archive: MakeArchive) -> None:
    """An error in a template is told with its place, and the site stays as it was."""
    from sitegen.errors import ThemeError

    made = archive(page("1969/07/a"))
    made.build()
    good = tree_bytes(made.site)
    made.write(
        {
            "sitegen.toml": SETTINGS + 'theme = "own"\n',
            "themes/own/theme.toml": 'extends = "default"\n',
            "themes/own/templates/article.html": "line one\n{% if %}\n",
        }
    )
    for clean in (False, True):
        with pytest.raises(ThemeError) as caught:
            made.build(clean=clean)
        problem = caught.value.problem
        assert (problem.path, problem.line) == ("themes/own/templates/article.html", 2)
        assert tree_bytes(made.site) == good


@pytest.mark.parametrize("victim", ["cache.db", "packs", "whoosh", "journal"])
def test_whatever_is_damaged_the_next_build_is_right(archive: MakeArchive, victim: str) -> None:
    """Cache, packs, index, manifest or journal full of rubbish: the build mends them and the site is the same."""
    files = {**page("1969/07/a", "Landing", "Neil Armstrong."), **page("1970/01/b", "Launch", "Another text.")}
    good = archive({**files, **page("1971/01/c", "New")}, name="good")
    good.build()
    made = archive(files)
    made.build()
    state = made.site / ".sitegen" if victim == "journal" else made.root / ".sitegen"
    if victim == "journal":
        (state / "journal.json").write_bytes(b'{"renames": [["index')
    for path in [state / victim] if victim == "cache.db" else (state / victim).rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x00rubbish\n" * 40)
    made.write(page("1971/01/c", "New"))
    made.build()
    assert differences(tree_bytes(made.site), tree_bytes(good.site)) == []
    for query in ("armstrong", "new"):
        assert search_archive(made.tree, query, 5) == search_archive(good.tree, query, 5)
    assert made.build().rendered == 0


def test_a_damaged_manifest_is_written_anew_and_what_may_be_left_over_is_told(archive: MakeArchive) -> None:
    """Without its list of files the program deletes nothing, and says so each time until the folder is cleared."""
    made = archive({**page("1969/07/a"), **page("1969/07/b", "Withdrawn words")})
    made.build()
    for shard in (made.site / ".sitegen/manifest").iterdir():
        shard.write_bytes(shard.read_bytes()[:-3] + b"x\n")
    (made.root / "content/articles/1969/07/b.md").unlink()
    for _ in range(2):
        report = made.build()
        assert codes(report.problems) == ["foreign-files"]
    assert (made.site / "1969/07/b/index.html").exists()
    shutil.rmtree(made.site)
    report = made.build()
    assert codes(report.problems) == []
    assert not (made.site / "1969/07/b/index.html").exists()


def test_a_cache_of_another_version_is_dropped(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another version of the program read is read again."""
    made = archive(page("1969/07/a"))
    made.build()
    for module in (build_site, glance):
        monkeypatch.setattr(module, "tool_digest", lambda: "another version")
    report = made.build()
    assert report.rendered
    assert report.written == 0
    assert {page.reason for page in report.pages} == {"theme, settings or program"}


def test_many_small_packs_are_merged(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many updates the packs of the cache are few again, and the site is the same."""
    monkeypatch.setattr(build_site, "MOST_PACKS", 3)
    made = archive()
    for number in range(7):
        made.write(page(f"1969/07/p{number}", f"Title {number}", date="1969-07-01"))
        made.build()
    assert len(list((made.root / ".sitegen/packs").iterdir())) <= 4
    good = archive(
        {f"content/articles/1969/07/p{n}.md": article(f"Title {n}", date="1969-07-01") for n in range(7)}, "g"
    )
    good.build()
    assert differences(tree_bytes(made.site), tree_bytes(good.site)) == []
