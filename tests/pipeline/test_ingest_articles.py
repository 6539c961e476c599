"""Ingest, end to end on small archives: identity, edits, removals, copies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, codes, tree_bytes

from sitegen.errors import ContentError, StorageError, UsageError
from sitegen.markup.front_matter import is_untouched, parse_page
from sitegen.model import Article
from sitegen.pipeline import ingest_articles as module
from sitegen.pipeline.remove_articles import find_articles, remove_articles

MakeArchive = Callable[..., Archive]

LANDING = """date 1969-07-20

Two men walked on the Moon today while a third kept watch from lunar orbit. Their landing craft had come down in a
plain of dust that earlier probes had photographed.

Controllers in Houston said that the descent engine had twenty seconds of fuel left.
"""
LAUNCH = """date 1969-07-16

A crowd of nearly a million watched the rocket rise from the coast of Florida. Its first stage burned for less than
three minutes and fell into the Atlantic.

The crew reported that all was well and turned to the checks before leaving orbit.
"""


def jsonl(*records: dict[str, object]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def read(archive: Archive, path: str) -> Article:
    return parse_page(archive.text(f"content/articles/{path}"), path)[0]


def only_page(archive: Archive) -> Path:
    (path,) = archive.page_files()
    return path


def test_a_text_becomes_a_dated_page_with_its_provenance(archive: MakeArchive) -> None:
    """A raw text becomes a page under its year and month that names its source and digest."""
    made = archive({"content/raw/landing.txt": LANDING})
    report = made.ingest()
    assert (report.articles, report.written, report.set_aside, codes(report.problems)) == (1, 1, 0, [])
    (name,) = made.pages()
    assert name.startswith("1969/07/")
    page = read(made, name)
    assert page.date == "1969-07-20"
    assert page.source.file == "content/raw/landing.txt"
    assert page.permalink == f"/{name.removesuffix('.md')}/"
    assert page.title_origin == "derived"
    assert is_untouched(made.text(f"content/articles/{name}"))


def test_raw_files_are_never_touched(archive: MakeArchive) -> None:
    """Ingest leaves the bytes of the raw folder as they are."""
    made = archive({"content/raw/landing.txt": LANDING, "content/raw/odd.txt": b"caf\xe9 \x00 \x93x\x94 on the Moon"})
    before = tree_bytes(made.root / "content/raw")
    made.ingest()
    assert tree_bytes(made.root / "content/raw") == before


def test_ingest_twice_changes_nothing(archive: MakeArchive) -> None:
    """The second ingest writes no byte of the content folder and touches no file."""
    made = archive({"content/raw/a.txt": LANDING, "content/raw/b.jsonl": jsonl({"id": "x", "text": "Short."})})
    made.ingest()
    before = {path: path.stat().st_mtime_ns for path in (made.root / "content").rglob("*")}
    report = made.ingest()
    assert (report.written, report.kept, report.articles) == (0, 2, 2)
    assert {path: path.stat().st_mtime_ns for path in (made.root / "content").rglob("*")} == before


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_number_of_processes_changes_no_byte(archive: MakeArchive, jobs: int) -> None:
    """One process or two: the same pages, the same ledger."""
    files = {f"content/raw/{n}.txt": f"date 1970-01-{n % 28 + 1:02d}\n\nReport number {n} of many." for n in range(60)}
    one, other = archive(files, name="one"), archive(files, name=f"jobs-{jobs}")
    one.ingest(jobs=1)
    other.ingest(jobs=jobs)
    assert tree_bytes(one.root / "content") == tree_bytes(other.root / "content")


def test_a_changed_source_replaces_an_untouched_page_and_keeps_its_address(archive: MakeArchive) -> None:
    """The page follows its source as long as nobody edited it; id, path and permalink stay."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    before = read(made, made.pages()[0])
    made.write({"content/raw/a.txt": "date 1971-02-05\n\nQuite another story about quite another landing site."})
    report = made.ingest()
    after = read(made, made.pages()[0])
    assert report.written == 1
    assert (after.id, after.permalink) == (before.id, before.permalink)
    assert "another story" in after.body
    assert after.date == "1971-02-05"


@pytest.mark.parametrize("edit", [("body", "Houston", "Mission control"), ("front matter", "status: ", "status: no")])
def test_an_edited_page_survives_unless_its_source_changes_and_is_then_reported(
    archive: MakeArchive, edit: tuple[str, str, str]
) -> None:
    """An edit in body or front matter is kept; with a changed source it is a conflict, told each time."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    page = only_page(made)
    edited = page.read_text(encoding="utf-8").replace(edit[1], edit[2])
    assert edited != page.read_text(encoding="utf-8")
    page.write_text(edited, encoding="utf-8")
    assert codes(made.ingest().problems) == []
    made.write({"content/raw/a.txt": LANDING + "\nA late addition.\n"})
    for _ in range(2):
        report = made.ingest()
        assert (report.conflicts, report.kept, report.written) == (1, 1, 0)
        assert codes(report.problems) == ["conflict"]
        assert report.problems[0].path.startswith("content/articles/1969/07/")
        assert page.read_text(encoding="utf-8") == edited


def test_line_ends_changed_by_version_control_are_no_edit(archive: MakeArchive) -> None:
    """A page checked out with CRLF still counts as untouched."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    page = only_page(made)
    page.write_bytes(page.read_bytes().replace(b"\n", b"\r\n"))
    made.write({"content/raw/a.txt": LANDING + "\nA late addition.\n"})
    assert made.ingest().written == 1


def test_a_page_deleted_by_hand_is_reported_and_comes_back_only_on_request(archive: MakeArchive) -> None:
    """Deleting a page is respected even when its source changes; `restore` brings it back."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    only_page(made).unlink()
    report = made.ingest()
    assert codes(report.problems) == ["page-deleted"]
    assert "--restore" in report.problems[0].hint
    assert made.pages() == []
    assert made.ingest(restore=True).written == 1
    assert len(made.pages()) == 1


def test_a_removed_article_stays_out(archive: MakeArchive) -> None:
    """After `remove`, ingest passes the source over, even when it has changed."""
    made = archive({"content/raw/a.txt": LANDING, "content/raw/b.txt": LAUNCH})
    made.ingest()
    victim = read(made, made.pages()[0])
    remove_articles(made.tree, find_articles(made.tree, [victim.permalink]), "asked to")
    assert len(made.pages()) == 1
    report = made.ingest()
    assert (report.removed, report.written, codes(report.problems)) == (1, 0, [])
    made.write({"content/raw/a.txt": LANDING + "\nMore.\n", "content/raw/b.txt": LAUNCH + "\nMore.\n"})
    report = made.ingest()
    assert (report.removed, report.written) == (1, 1)
    assert len(made.pages()) == 1


def test_a_moved_page_is_found(archive: MakeArchive) -> None:
    """A page that a person moved keeps following its source, under its old address."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    page = only_page(made)
    before = read(made, made.pages()[0])
    target = made.root / "content/articles/moon/first.md"
    target.parent.mkdir()
    page.rename(target)
    assert made.ingest().kept == 1
    made.write({"content/raw/a.txt": LANDING + "\nMore.\n"})
    assert made.ingest().written == 1
    assert made.pages() == ["moon/first.md"]
    assert read(made, "moon/first.md").permalink == before.permalink


def test_pages_without_a_ledger_are_adopted(archive: MakeArchive) -> None:
    """An ingest that was cut off before it wrote the ledger does no article twice."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    ledger = made.root / "content/ingested.tsv"
    before = ledger.read_bytes()
    ledger.unlink()
    report = made.ingest()
    assert (report.written, report.kept) == (0, 1)
    assert ledger.read_bytes() == before


def test_the_same_text_of_the_same_date_is_a_duplicate(archive: MakeArchive) -> None:
    """Two files with one text and date become one page; the second is reported."""
    made = archive({"content/raw/a.txt": LANDING, "content/raw/b.txt": LANDING})
    report = made.ingest()
    assert (report.written, report.duplicates, codes(report.problems)) == (1, 1, ["duplicate"])
    assert report.problems[0].path == "content/raw/b.txt"
    again = made.ingest()
    assert (again.written, again.duplicates) == (0, 1)


def test_equal_texts_of_different_ids_both_stay_and_are_linked(archive: MakeArchive) -> None:
    """Records with ids of their own are two articles however equal; the later one names the other as its copy."""
    made = archive({"content/raw/a.jsonl": jsonl({"id": "one", "text": LANDING}, {"id": "two", "text": LANDING})})
    report = made.ingest()
    assert (report.written, report.duplicates, report.copies) == (2, 0, 1)
    copies = {page.id: page.copies for page in (read(made, name) for name in made.pages())}
    assert copies == {"one": (), "two": ("one",)}


def test_equal_texts_of_different_dates_are_copies(archive: MakeArchive) -> None:
    """A text printed twice, on two days, is two articles."""
    made = archive({"content/raw/a.txt": LANDING, "content/raw/b.txt": LANDING.replace("07-20", "07-27")})
    report = made.ingest()
    assert (report.written, report.copies) == (2, 1)


def test_one_id_twice_keeps_the_first_and_reports_the_other(archive: MakeArchive) -> None:
    """Two records of one id: the first counts, and both places are named."""
    made = archive({"content/raw/a.jsonl": jsonl({"id": "x", "text": "First text."}, {"id": "x", "text": "Second."})})
    report = made.ingest()
    assert (report.written, report.duplicates, codes(report.problems)) == (1, 1, ["duplicate-id"])
    assert report.problems[0].line == 2
    assert "a.jsonl:1" in report.problems[0].hint
    assert "First text" in read(made, made.pages()[0]).body


def test_the_same_file_named_twice_is_read_without_complaint(archive: MakeArchive) -> None:
    """Overlapping paths on the command line are no mistake."""
    made = archive({"content/raw/a.txt": LANDING})
    raw = made.root / "content/raw"
    report = made.ingest(raw, raw / "a.txt")
    assert (report.written, codes(report.problems)) == (1, [])


def test_a_record_with_only_a_title_is_an_article(archive: MakeArchive) -> None:
    """A record without text, but with a title, becomes a page."""
    made = archive({"content/raw/a.jsonl": jsonl({"id": "t", "title": "Eclipse over Sobral", "date": "1919-05-29"})})
    assert made.ingest().written == 1
    page = read(made, "1919/05/eclipse-over-sobral.md")
    assert (page.title, page.title_origin, page.body.strip()) == ("Eclipse over Sobral", "given", "")


def test_jsonl_ids_and_unknown_keys_are_kept_verbatim(archive: MakeArchive) -> None:
    """An id is never changed, whatever it looks like; keys nobody knows stay in the page."""
    ids = ["0012", "1e5", "é/..\\x", "null", "#hash", '"quoted"', "with blanks", "a: b"]
    made = archive({"content/raw/a.jsonl": jsonl(*({"id": i, "text": f"Text {i!r}.", "shelf": "K 7"} for i in ids))})
    assert made.ingest().written == len(ids)
    pages = [read(made, name) for name in made.pages()]
    assert sorted(page.id for page in pages) == sorted(ids)
    assert all(page.extra["shelf"] == "K 7" for page in pages)
    assert made.ingest().kept == len(ids)


def test_two_articles_wanting_one_address_both_get_one(archive: MakeArchive) -> None:
    """The second of two equal titles in one month gets the digits of its id, whatever the order of files."""
    records = [{"id": name, "title": "Launch delayed", "date": "1981-04-10", "text": f"Text {name}."} for name in "ab"]
    made = archive({"content/raw/a.jsonl": jsonl(*records)})
    made.ingest()
    first, second = made.pages()
    assert sorted([first, second])[1] == "1981/04/launch-delayed.md"
    assert first.startswith("1981/04/launch-delayed-")
    assert {read(made, first).id, read(made, second).id} == {"a", "b"}


def test_spellings_that_some_file_systems_confuse_get_different_names(archive: MakeArchive) -> None:
    """A page written by hand as `Launch.md` keeps `launch.md` free of a second one."""
    made = archive({"content/articles/1981/04/LAUNCH.md": "By hand.\n"})
    made.write(
        {"content/raw/a.jsonl": jsonl({"id": "x", "title": "Launch", "date": "1981-04-12", "text": "By rocket."})}
    )
    made.ingest()
    assert all(name != "1981/04/launch.md" for name in made.pages())


def test_dry_run_writes_nothing(archive: MakeArchive) -> None:
    """A dry run reports what would be written and changes no file of the content."""
    made = archive({"content/raw/a.txt": LANDING})
    before = tree_bytes(made.root / "content")
    report = made.ingest(dry_run=True)
    assert report.written == 1
    assert tree_bytes(made.root / "content") == before
    made.ingest()
    made.write({"content/raw/a.txt": LAUNCH})
    before = tree_bytes(made.root / "content")
    assert made.ingest(dry_run=True).written == 1
    assert tree_bytes(made.root / "content") == before


def test_the_builtin_tagger_names_entities_and_abstains_on_unknown_languages(archive: MakeArchive) -> None:
    """English text is tagged; of another language the report counts what was left alone."""
    german = (
        "Der Satellit wurde am Abend gestartet und sendet seither Signale, die überall auf der Erde gehört werden. "
        "Die Wissenschaftler in der Hauptstadt sind mit dem Flug zufrieden und hoffen auf weitere Erfolge."
    )
    english = "Neil Armstrong met officials of NASA in Houston on Monday. Armstrong thanked them for their work."
    made = archive({"content/raw/de.txt": german, "content/raw/en.txt": english})
    report = made.ingest(tagger="builtin")
    assert report.untagged == {"de": 1}
    tags = {tag.name for name in made.pages() for tag in read(made, name).machine_tags}
    assert {"Neil Armstrong", "Houston"} <= tags


def test_entities_given_by_the_source_are_kept_without_a_tagger(archive: MakeArchive) -> None:
    """`--tagger none` still takes over the entities of a record."""
    record = {"id": "x", "text": "She spoke.", "entities": [{"name": "Valentina Tereshkova", "kind": "person"}]}
    made = archive({"content/raw/a.jsonl": jsonl(record)})
    made.ingest()
    assert [tag.name for tag in read(made, made.pages()[0]).machine_tags] == ["Valentina Tereshkova"]


def test_an_unknown_tagger_is_wrong_usage(archive: MakeArchive) -> None:
    """A tagger that does not exist is named, before anything is read."""
    with pytest.raises(UsageError, match="oracle"):
        archive({"content/raw/a.txt": LANDING}).ingest(tagger="oracle")


def test_damaged_tombstones_stop_ingest_before_it_writes(archive: MakeArchive) -> None:
    """With an unreadable list of removals nothing may be ingested, or what was removed might come back."""
    made = archive({"content/raw/a.txt": LANDING, "content/removed.yaml": "- id: [unclosed\n"})
    with pytest.raises(ContentError) as caught:
        made.ingest()
    assert caught.value.problem.path == "content/removed.yaml"
    assert caught.value.problem.line
    assert made.pages() == []


def test_a_damaged_line_of_the_ledger_costs_nothing(archive: MakeArchive) -> None:
    """Lines left by a merge conflict are passed over; the pages they named are found again."""
    made = archive({"content/raw/a.txt": LANDING, "content/raw/b.txt": LAUNCH})
    made.ingest()
    ledger = made.root / "content/ingested.tsv"
    good = ledger.read_text(encoding="utf-8")
    lines = good.splitlines()
    ledger.write_text("\n".join(["<<<<<<< ours", *lines[:-1], '"unclosed\tx\ty', "======="]) + "\n", encoding="utf-8")
    report = made.ingest()
    assert (report.written, report.kept) == (0, 2)
    assert ledger.read_text(encoding="utf-8") == good


def test_a_full_disk_loses_nothing_and_a_rerun_goes_on(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails at some page, the error says so; the rerun ends where a first run would have ended."""
    files = {f"content/raw/{n}.txt": f"date 1970-01-0{n + 1}\n\nReport number {n} of many." for n in range(4)}
    good = archive(files, name="good")
    good.ingest()
    made = archive(files, name="full")
    written = []
    original = Path.write_bytes

    def refuse(self: Path, data: bytes) -> int:
        if self.name.startswith(".sitegen-"):
            written.append(self)
            if len(written) > 4:
                raise OSError(28, "No space left on device")
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(StorageError) as caught:
        made.ingest()
    assert caught.value.problem.code == "disk-full"
    monkeypatch.undo()
    assert 0 < len(made.pages()) < 4
    assert not list(made.root.rglob("*.tmp"))
    made.ingest()
    assert tree_bytes(made.root / "content") == tree_bytes(good.root / "content")


def test_an_unreadable_raw_file_does_not_stop_the_others(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is reported with its name; the rest becomes pages."""
    made = archive(
        {"content/raw/a.txt": LANDING, "content/raw/b.txt": LAUNCH, "content/raw/c.jsonl": jsonl({"id": "c"})}
    )
    original_read, original_open = Path.read_bytes, Path.open

    def read_bytes(self: Path) -> bytes:
        if self.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return original_read(self)

    def open_(self: Path, *arguments: object, **options: object) -> object:
        if self.name == "c.jsonl":
            raise PermissionError(13, "Permission denied")
        return original_open(self, *arguments, **options)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(Path, "open", open_)
    report = made.ingest()
    assert report.written == 1
    assert [(problem.path, problem.code) for problem in report.problems] == [
        ("content/raw/a.txt", "unreadable"),
        ("content/raw/c.jsonl", "unreadable"),
    ]


def test_a_broken_archive_is_read_up_to_the_damage(archive: MakeArchive) -> None:
    """A gzip file cut off in the middle gives what came before, and a report."""
    import gzip

    whole = gzip.compress(jsonl(*({"id": str(n), "text": f"Text {n} " * 900} for n in range(400))).encode())
    made = archive({"content/raw/a.jsonl.gz": whole[: len(whole) // 2]})
    report = made.ingest()
    assert "file-damaged" in codes(report.problems)
    assert 0 < report.written < 400


def test_files_without_a_reader_are_reported_with_the_known_types(archive: MakeArchive) -> None:
    """A picture among the texts is named, with a hint where it belongs."""
    report = archive({"content/raw/photo.png": b"\x89PNG"}).ingest()
    assert codes(report.problems) == ["no-reader"]
    assert "content/media" in report.problems[0].hint


def test_files_outside_the_archive_are_named_by_their_name(archive: MakeArchive, tmp_path: Path) -> None:
    """The path of somebody's home folder does not get into a page."""
    (tmp_path / "elsewhere.txt").write_text(LANDING, encoding="utf-8")
    made = archive()
    made.ingest(tmp_path / "elsewhere.txt")
    assert read(made, made.pages()[0]).source.file == "elsewhere.txt"


def test_a_missing_raw_folder_is_reported(archive: MakeArchive) -> None:
    """Where there is nothing to read the report says so instead of nothing."""
    report = archive().ingest()
    assert codes(report.problems) == ["unreadable"]


def test_signatures_are_made_anew_where_they_were_lost(archive: MakeArchive) -> None:
    """Near-duplicates are found against pages of earlier ingests even without the cache."""
    made = archive({"content/raw/a.txt": LANDING})
    made.ingest()
    (made.root / ".sitegen/signatures.msgpack").unlink()
    made.write({"content/raw/b.txt": LANDING})
    assert made.ingest().duplicates == 1


def test_a_second_ingest_at_the_same_time_is_refused(archive: MakeArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two ingests of one archive never write at once."""
    from sitegen.errors import LockedError
    from sitegen.store.locks import hold

    made = archive({"content/raw/a.txt": LANDING})
    monkeypatch.setattr(module, "hold", lambda folder, name, timeout: hold(folder, name, 0))
    with hold(made.tree.state, "ingest", 0), pytest.raises(LockedError, match="process"):
        made.ingest()
