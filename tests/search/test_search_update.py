"""Updates: whatever changes, the index is the one that a full build writes, or a full build is asked for."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from search_support import Text, corpus_of, random_archive

from sitegen.search.analysis import Analyzer
from sitegen.search.build import finish, plan_search, run_job
from sitegen.search.changes import ArticleText, Change, RebuildNeeded
from sitegen.search.update import SearchUpdate, update_search
from sitegen.store.search_state import delete_search_state, open_search_state, write_search_state

Archive = dict[str, Text]
Files = dict[str, bytes]
DATES = ("", "1960", "1960-01", "1960-01-05", "1961-03-02", "1961-03-02", "1961-03-28", "1962-11-11", "1963-05")
_ANALYZER = Analyzer()


def article_of(text: Text) -> ArticleText:
    """An article with its analysed words."""
    [document] = corpus_of([text]).documents
    title, body = (_ANALYZER.analyse(part, text.language) for part in (text.title, text.text))
    words, terms = _ANALYZER.words, _ANALYZER.terms
    return ArticleText(
        document,
        [words[i] for i in title],
        [terms[i] for i in title],
        [words[i] for i in body],
        [terms[i] for i in body],
        text.text,
    )


def full_build(archive: Archive, folder: Path | None = None) -> Files:
    """Build the index, and its state in a folder."""
    plan = plan_search(corpus_of(list(archive.values())))
    files = [file for job in plan.jobs for file in run_job(plan, job)]
    files += finish(plan, [file.stamp for file in files])
    if folder:
        write_search_state(folder, plan, "some generation")
    return {file.path: file.data for file in files}


def update(folder: Path, files: Files, archive: Archive, changes: Sequence[Change]) -> SearchUpdate:
    """Update the state in a folder; `archive` is the one before."""
    state = open_search_state(folder)
    assert state is not None
    try:
        found = update_search(
            state,
            changes,
            read=files.__getitem__,
            exists=files.__contains__,
            article=lambda i: article_of(archive[i]),
        )
        state.commit("another generation")
    finally:
        state.close()
    return found


def updated(files: Files, found: SearchUpdate) -> Files:
    """The files after an update."""
    assert set(found.gone) <= set(files)
    kept = {path: data for path, data in files.items() if path not in found.gone}
    return kept | {file.path: file.data for file in found.files}


def state_of(folder: Path) -> dict[str, object]:
    """All that a state holds, apart from what depends on its history."""
    state = open_search_state(folder)
    assert state is not None
    totals = msgspec.structs.replace(state.totals(), pairs={}, changes=0)
    state.close()
    with sqlite3.connect(folder / "search.db") as db:
        rows = {table: sorted(db.execute(f"SELECT * FROM {table}")) for table in ("tag", "name", "document")}
        terms = sorted(
            (term, count, sorted(forms.split(" "))) for term, count, forms in db.execute("SELECT * FROM term")
        )
    return {**rows, "term": terms, "totals": totals}


@pytest.fixture
def fine_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes so small that a few hundred articles make many files, frequent words, blocks and frequent pairs."""
    monkeypatch.setattr("sitegen.search.layout._BY_SIZE", ((1 << 20, 3, 2, 60, 4, 3, 12, 4, 1, 3, 5, 2),))
    for name, value in {"frequent_bits": 5, "block_bits": 6, "many": 90, "least_room": 8}.items():
        monkeypatch.setattr(f"sitegen.search.layout.Layout.{name}", value)
    for module in ("lists", "patches", "build", "manifest", "update"):
        monkeypatch.setattr(f"sitegen.search.{module}.BLOCK_BITS", 7)
    monkeypatch.setattr("sitegen.search.manifest.INLINE_NAMES", 2)
    monkeypatch.setattr("sitegen.search.manifest.PHRASE_NAMES", 3)
    for module in ("facets", "update"):
        monkeypatch.setattr(f"sitegen.search.{module}.MAX_VALUES", 3)


class Editor:
    """Changes an archive at random: words, new words, whole articles, dates, names; comings and goings."""

    def __init__(self, seed: int, count: int) -> None:
        self.rng = random.Random(seed)
        self.archive = {t.id: self._dated(t) for t in random_archive(count, seed)}
        self._pool = random_archive(200, seed + 1000)

    def _dated(self, text: Text) -> Text:
        return msgspec.structs.replace(
            text, date=self.rng.choice(DATES), authors=("Al Bo",) if self.rng.random() < 0.3 else ()
        )

    def _another(self, identity: str) -> Text:
        made = self._dated(self.rng.choice(self._pool))
        return msgspec.structs.replace(made, id=identity, text=f"{made.text} zebra{self.rng.randrange(30)}")

    def _edited(self, text: Text) -> Text:
        words = text.text.split()
        words.insert(self.rng.randrange(len(words) + 1), self.rng.choice(("moon", "engineers", "quaggas", "of the")))
        return msgspec.structs.replace(text, text=" ".join(words))

    def changes(self) -> Iterator[tuple[str, Text | None]]:
        """A few changes, each of another article."""
        for identity in self.rng.sample(sorted(self.archive), self.rng.choice((1, 1, 2, 3))):
            kind = self.rng.random()
            if kind < 0.3:
                yield identity, self._edited(self.archive[identity])
            elif kind < 0.5:
                yield identity, self._another(identity)
            elif kind < 0.7:
                yield identity, None
            else:
                new = f"n{self.rng.randrange(10**6)}"
                yield new, self._another(new)


def applied(archive: Archive, changes: Sequence[tuple[str, Text | None]]) -> tuple[Archive, list[Change]]:
    """The archive after some changes, and the changes as an update takes them."""
    after = dict(archive)
    found: list[Change] = []
    for identity, text in changes:
        old = after.pop(identity, None)
        if text is not None:
            after[identity] = text
        found.append(Change(old and article_of(old), text and article_of(text)))
    return after, found


@pytest.mark.usefixtures("fine_layout")
@pytest.mark.parametrize(("seed", "count"), [(1, 60), (2, 200), (3, 200), (4, 330)])
def test_updates_write_what_a_full_build_writes(tmp_path: Path, seed: int, count: int) -> None:
    """After each of a dozen random updates all files are those of a full build, and so is the state."""
    editor = Editor(seed, count)
    files = full_build(editor.archive, tmp_path)
    updates = 0
    for _ in range(12):
        after, changes = applied(editor.archive, list(editor.changes()))
        try:
            files = updated(files, update(tmp_path, files, editor.archive, changes))
            updates += 1
            assert files == full_build(after)
        except RebuildNeeded:
            files = full_build(after, tmp_path)
        editor.archive = after
    assert updates >= 6
    found = state_of(tmp_path)
    full_build(editor.archive, tmp_path)
    assert found == state_of(tmp_path)


def test_an_edit_touches_files_of_its_words_alone(tmp_path: Path) -> None:
    """A word exchanged in one of 600 articles: a few files, and taking it back gives the files there were."""
    archive = {t.id: t for t in random_archive(600)}
    files = full_build(archive, tmp_path)
    edited = msgspec.structs.replace(archive["0300"], text=archive["0300"].text + " quagga")
    after, changes = applied(archive, [("0300", edited)])
    found = update(tmp_path, files, archive, changes)
    assert updated(files, found) == full_build(after)
    back, changes = applied(after, [("0300", archive["0300"])])
    assert updated(updated(files, found), update(tmp_path, updated(files, found), after, changes)) == files
    assert back == archive


def test_no_change_writes_nothing_but_the_manifest(tmp_path: Path) -> None:
    """An article that stays as it is leaves all files as they are."""
    archive = {t.id: t for t in random_archive(60)}
    files = full_build(archive, tmp_path)
    same = article_of(archive["0030"])
    found = update(tmp_path, files, archive, [Change(same, same)])
    assert [file.path for file in found.files] == ["search/index.json"]
    assert not found.gone
    assert updated(files, found) == files


def test_first_article_of_a_new_last_month_and_its_removal(tmp_path: Path) -> None:
    """A month more at the end is an update, and so is one less."""
    archive = {t.id: t for t in random_archive(300)}
    files = full_build(archive, tmp_path)
    later = Text("later", "A moon", "moon and mars", "1999-01-02")
    after, changes = applied(archive, [("later", later)])
    grown = updated(files, update(tmp_path, files, archive, changes))
    assert grown == full_build(after)
    _, changes = applied(after, [("later", None)])
    assert updated(grown, update(tmp_path, grown, after, changes)) == files


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (Text("x", "A moon", "moon", "1901-02-03"), "another month"),
        (Text("x", "A moon", "moon " * 9000, "1999-02-03"), "another average"),
        (Text("x", "La lune", "la lune", "1999-02-03", language="fr"), "other languages"),
        (Text("0030", "A moon", "moon", "1999-02-03"), "changed twice"),
    ],
)
def test_what_moves_everything_is_left_to_a_full_build(tmp_path: Path, changed: Text, reason: str) -> None:
    """New months in the past, another average length or language: a full build, with the reason."""
    archive = {t.id: t for t in random_archive(200)}
    files = full_build(archive, tmp_path)
    changes = [Change(None, article_of(changed))]
    if reason == "changed twice":
        changes *= 2
    with pytest.raises(RebuildNeeded, match=reason):
        update(tmp_path, files, archive, changes)


def test_an_archive_that_outgrows_its_size_is_built_anew(tmp_path: Path) -> None:
    """Sizes of files follow the number of articles, rounded up to a power of two."""
    archive = {t.id: t for t in random_archive(256)}
    files = full_build(archive, tmp_path)
    with pytest.raises(RebuildNeeded, match="another size"):
        update(tmp_path, files, archive, [Change(None, article_of(Text("x", "Moon", "moon", "1999-02-03")))])


def test_a_state_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    """An article said to go that is not there, a damaged or missing state: never a wrong index."""
    archive = {t.id: t for t in random_archive(60)}
    files = full_build(archive, tmp_path)
    stranger = article_of(Text("x", "Moon", "moon", archive["0030"].date))
    with pytest.raises(RebuildNeeded):
        update(tmp_path, files, archive, [Change(stranger, None)])
    wrong = article_of(msgspec.structs.replace(archive["0030"], text="other words"))
    with pytest.raises(RebuildNeeded):
        update(tmp_path, files, archive, [Change(wrong, None)])
    (tmp_path / "search.db").write_bytes(b"no database")
    assert open_search_state(tmp_path) is None
    delete_search_state(tmp_path)
    assert open_search_state(tmp_path) is None


def test_an_update_that_is_not_kept_leaves_the_state(tmp_path: Path) -> None:
    """Without a commit the state still belongs to the old index."""
    archive = {t.id: t for t in random_archive(60)}
    files = full_build(archive, tmp_path)
    before = state_of(tmp_path)
    state = open_search_state(tmp_path)
    assert state is not None
    gone = [Change(article_of(archive["0030"]), None)]
    update_search(
        state,
        gone,
        read=files.__getitem__,
        exists=files.__contains__,
        article=lambda i: article_of(archive[i]),
    )
    assert state.generation == "some generation"
    state.close()
    assert state_of(tmp_path) == before
