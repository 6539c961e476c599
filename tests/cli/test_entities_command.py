"""`sitegen entities` and `sitegen retag`: what they print, ask and write."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from archive_support import Archive, page, tree_bytes
from cli_support import Result, Shell

Ask = Callable[..., Result]
ENTITIES = "content/entities.yaml"


def articles() -> dict[str, str]:
    """Two spellings of one organisation and of one person with the same company, a name of two kinds."""
    files: dict[str, str] = {}
    for number, name in enumerate(["Ann Leeward", "Ann Leeward", "Anne Leeward", "Anne Leeward"]):
        files |= page(f"1998/c{number}", f"Crossing {number}", f"{name} crossed to Dover.", id=f"c{number}",
                      people=f"[{name}]", places="[Dover]")  # fmt: skip
    for number, name in enumerate(["Hezbollah", "Hezbollah", "Hizbollah", "Hizbollah", "Hezbollah Brigades"]):
        text = f"On day {number} the envoy met {name} in Beirut. Later he left. Others saw John Smith."
        files |= page(f"1999/a{number}", f"Report {number}", text, id=f"a{number}", date=f"1999-0{number + 1}-02",
                      organizations=f"[{name}]", people="[John Smith]", places="[Beirut]", language="en")  # fmt: skip
    files |= page("1999/b", "Jo(r)dan\x1b[31m", "Jordan met Jordan.", id="b", people="[Jordan]", places="[Jordan]")
    return files


@pytest.fixture
def made(archive: Callable[..., Archive]) -> Archive:
    return archive(articles())


@pytest.fixture
def sh(made: Archive, capfdbinary: pytest.CaptureFixture[bytes]) -> Shell:
    return Shell(capfdbinary, made.root)


@pytest.fixture
def ask(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs `sitegen entities …` with something typed."""

    def run(*arguments: str, typed: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return sh("entities", arguments[0], "--root", str(sh.root), *arguments[1:])

    return run


def authority(made: Archive) -> str:
    path = made.root / ENTITIES
    return path.read_text(encoding="utf-8") if path.exists() else ""


# Looking


def test_list_is_sorted_by_number_of_articles(ask: Ask) -> None:
    """All kinds or one; cut at the limit, and the rest is counted."""
    out = ask("list", "--limit", "2").out.splitlines()
    assert [line.split("  ")[-1].strip() for line in out[:2]] == ["Beirut", "John Smith"]
    assert out[-1] == "10 entities, 2 shown"
    result = ask("list", "--kind", "organization", "--limit", "0", "--json").json
    assert result["total"] == 3
    assert [one["name"] for one in result["entities"]] == ["Hezbollah", "Hizbollah", "Hezbollah Brigades"]
    assert result["entities"][0] == {
        "kind": "organization", "name": "Hezbollah", "slug": "hezbollah", "articles": 2, "has_page": True,
        "url": "/organizations/hezbollah/", "hidden": False, "checked": False, "surname": False,
    }  # fmt: skip
    assert ask("list", "--kind", "planet").code == 2


def test_the_root_may_stand_anywhere(sh: Shell) -> None:
    """Before the command, after it, and after its subcommand."""
    root = str(sh.root)
    for line in (("--root", root, "entities", "list"), ("entities", "--root", root, "list"),
                 ("entities", "list", "--root", root)):  # fmt: skip
        assert "Beirut" in sh(*line).out


def test_show_tells_all_about_one_entity(ask: Ask, made: Archive) -> None:
    """For people as text, for scripts as JSON; text from files does not steer the terminal."""
    made.write({ENTITIES: "- name: Hezbollah\n  kind: organization\n  aliases: [Hizbollah]\n  links: {wikidata: Q1}\n"})
    out = ask("show", "Hizbollah").out
    for part in ("Hezbollah  organization  (checked)", "4 articles, 1999-01-02 to 1999-04-02", "wikidata: Q1",
                 "/organizations/hizbollah/ redirects here", "     2  Hizbollah", "Beirut (place)",
                 "entities.yaml:1", "aliases: [Hizbollah]", "1999-04-02  Report 3  a3"):  # fmt: skip
        assert part in out
    assert ask("show", "Beirut", "--json").json["country"] == "LB"
    assert "33.8" in ask("show", "Beirut").out
    assert "\x1b" not in ask("show", "Jordan", "--kind", "person").out


def test_an_ambiguous_name_exits_with_2_and_lists_the_candidates(ask: Ask) -> None:
    """With what to add."""
    result = ask("show", "Jordan")
    assert result.code == 2
    assert "Jordan (person, 1 article)" in result.err
    assert "--kind person or --kind place" in result.err


# Changing


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (("merge", "Hezbollah", "Hizbollah"), "aliases: [Hizbollah]"),
        (("split", "John Smith", "John Smith (senator)", "-a", "a0,a1", "-a", "/1999/a2/"), "articles: [a0, a1, a2]"),
        (("rename", "Hizbollah", "Hizbullah"), "name: Hizbullah"),
        (("retype", "Jordan", "river", "--kind", "place"), "kind: river"),
        (("hide", "Jordan", "--kind", "person"), "hide: true"),
        (("redact", "Hizbollah", "--also", "Party", "--reason", "A court's order"), "redact: A court's order"),
    ],
)
def test_every_judgement_is_shown_asked_for_written_and_taken_back(
    ask: Ask, made: Archive, arguments: tuple[str, ...], written: str
) -> None:
    """A dry run and a no write nothing; yes writes; undo gives back what was there."""
    own = "# our words\n- name: Other  # one\n  kind: person\n"
    made.write({ENTITIES: own})
    before = tree_bytes(made.root / "content")
    result = ask(*arguments, "--dry-run")
    assert result.code == 0
    assert "would change" in result.out
    assert "Nothing was changed" in result.out
    assert ask(*arguments, typed="n\n").code == 130
    assert tree_bytes(made.root / "content") == before
    result = ask(*arguments, typed="y\n")
    assert result.code == 0
    assert "Next: sitegen build" in result.out
    assert authority(made).startswith(own)
    assert written in authority(made)
    assert "Take back" in ask("undo", "--dry-run").out
    assert ask("undo", typed="n\n").code == 130
    assert ask("undo", typed="y\n").code == 0
    assert tree_bytes(made.root / "content") == before
    assert ask("undo", "--yes").code == 2


def test_the_effect_names_pages_and_redirects(ask: Ask) -> None:
    """As text and as JSON; JSON asks nothing and says whether it wrote."""
    out = ask("merge", "Hezbollah", "Hizbollah", "--dry-run").out
    for part in ("2 articles would change", "~ Hezbollah (organization, 2 articles) →",
                 " → Hezbollah (organization, 4 articles)",
                 "- Hizbollah (organization, 2 articles)", "Pages that disappear:\n  /organizations/hizbollah/",
                 "Redirects:\n  /organizations/hizbollah/ → /organizations/hezbollah/"):  # fmt: skip
        assert part in out
    result = ask("merge", "Hezbollah", "Hizbollah", "--dry-run", "--json").json
    assert (result["written"], result["dry_run"], result["effect"]["articles"]) == (False, True, 2)
    result = ask("merge", "Hezbollah", "Hizbollah", "--json").json
    assert result["written"]
    assert ask("merge", "Hezbollah", "Hizbollah").code == 2
    assert ask("undo", "--json").json["undone"] == "merge `Hizbollah` (organization) into `Hezbollah` (organization)"


def test_a_split_shows_the_articles_of_each(ask: Ask) -> None:
    """With the name alone, all of them with the sentence that names it; then who would have which."""
    out = ask("split", "John Smith").out
    assert out.startswith("a4  1999-05-02  Report 4\n    Others saw John Smith.\n")
    assert out.endswith("5 articles that name John Smith (person)\n")
    listed = ask("split", "John Smith", "--json").json["articles"]
    assert [entry["article"]["id"] for entry in listed] == ["a4", "a3", "a2", "a1", "a0"]
    arguments = ("split", "John Smith", "John Smith (senator)", "-a", "a0,a1", "--dry-run")
    out = ask(*arguments).out
    first, second = out.index("Articles of John Smith (senator):"), out.index("Articles of John Smith:")
    assert first < out.index("Report 1  a1") < out.index("Report 0  a0") < second < out.index("Report 4  a4")
    shares = ask(*arguments, "--json").json["effect"]["shares"]
    assert [len(share["articles"]) for share in shares] == [2, 3]
    assert ask("split", "John Smith", "John Smith (senator)").code == 2


def test_a_judgement_that_holds_already_says_so(ask: Ask) -> None:
    """And writes nothing."""
    ask("hide", "Beirut", "--yes")
    assert "so already" in ask("hide", "Beirut").out


def test_notes_warn_of_what_is_easily_overlooked(ask: Ask) -> None:
    """Renaming to a name that is taken."""
    assert "become one" in ask("rename", "Hizbollah", "Hezbollah", "--dry-run").err


def test_undo_refuses_after_an_edit_by_hand(ask: Ask, made: Archive) -> None:
    """The edit stays."""
    ask("hide", "Beirut", "--yes")
    made.write({ENTITIES: authority(made) + "# mine\n"})
    result = ask("undo", "--yes")
    assert result.code == 2
    assert "by hand" in result.err
    assert authority(made).endswith("# mine\n")


def test_untag_writes_to_the_page(ask: Ask, made: Archive) -> None:
    """One line more in the page of the article, nothing else."""
    before = made.text("content/articles/1999/a0.md")
    assert "1 article would change" in ask("untag", "a0", "John Smith", "--dry-run").out
    assert made.text("content/articles/1999/a0.md") == before
    assert "content/articles/1999/a0.md" in ask("untag", "/1999/a0/", "John Smith", "--yes").out
    assert made.text("content/articles/1999/a0.md") == before.replace("\n---\nOn", "\nuntag:\n- John Smith\n---\nOn")
    assert ask("untag", "a0", "Nobody").code == 2


def test_a_slip_in_the_file_stops_every_command(ask: Ask, made: Archive) -> None:
    """Path, line, suggestion, exit code 1; nothing is written."""
    made.write({ENTITIES: "- name: X\n  kind: persn\n"})
    for arguments in (("list",), ("hide", "Beirut", "--yes"), ("review",)):
        result = ask(*arguments)
        assert result.code == 1
        assert f"{ENTITIES}:2:" in result.err
        assert "`person`" in result.err
    assert authority(made) == "- name: X\n  kind: persn\n"


# Review


def test_review_lists_suggestions_with_evidence_as_json(ask: Ask, made: Archive) -> None:
    """Both names with numbers and sentences in which the name is marked, from pages or from the cache."""
    bare = ask("review", "--json").json
    (pair,) = (
        one
        for one in bare["suggestions"]
        if {one["first"]["name"], one["second"]["name"]} == {"Hezbollah", "Hizbollah"}
    )
    sentence = pair["first_sentences"][0]
    assert sentence["text"][sentence["start"] : sentence["end"]] == pair["first"]["name"]
    assert sentence["text"].startswith("On day 0")
    assert sentence["text"].endswith("in Beirut.")
    made.build()
    assert ask("review", "--json").json == bare
    for pack in (made.root / ".sitegen/packs").rglob("bodies.bin"):
        pack.write_bytes(b"")
    assert ask("review", "--json").json == bare
    assert ask("review", "--json", "--kind", "place").json["suggestions"] == []


def pairs(ask: Ask, *arguments: str) -> int:
    return len(ask("review", "--json", *arguments).json["suggestions"])


def test_review_writes_each_answer_at_once(ask: Ask, made: Archive) -> None:
    """Merge, keep apart and skip; what was answered is not asked again."""
    total = pairs(ask)
    assert total >= 2
    out = ask("review", typed="xm").out
    assert f"1 of {total}:" in out
    assert "Press one of m, n, s, w, q." in out
    assert "1 merged. Next: sitegen build" in out
    assert "aliases: [Hizbollah]" in authority(made)
    assert "1 kept apart" in ask("review", typed="n\nq").out
    assert "not: [" in authority(made)
    left = pairs(ask)
    assert left <= total - 2
    assert "last suggestion" in ask("review", typed="s" * left).out
    assert pairs(ask) == 0
    assert "last suggestion" in ask("review", typed="").out
    assert pairs(ask, "--skipped") == left


def test_review_takes_keys_back(ask: Ask, made: Archive) -> None:
    """`u` undoes judgements and skips, and asks again."""
    total = pairs(ask)
    out = ask("review", typed="u" + "m" + "u" + "s" + "u" + "w" + "q").out
    assert "There is nothing to take back." in out
    assert out.count(f"1 of {total}:") == 3
    assert "aliases: [Hezbollah]" in authority(made)
    ask("undo", "--yes")
    assert pairs(ask) == total


def test_the_last_answer_can_be_taken_back_too(ask: Ask) -> None:
    """After the last suggestion as after any other."""
    total = pairs(ask)
    out = ask("review", typed="s" * total + "uq").out
    assert out.count("last suggestion") == 1
    assert out.count(f"{total} of {total}:") == 2
    assert pairs(ask) == 1


def test_a_preferred_kind_does_not_keep_other_kinds_out_of_a_merge(ask: Ask) -> None:
    """`--kind` decides between namesakes; a name of one kind alone means that."""
    out = ask("merge", "Jordan", "Beirut", "--kind", "person", "--dry-run").out
    assert "merge `Beirut` (place) into `Jordan` (person)" in out


def test_review_does_not_take_back_what_another_command_did(
    ask: Ask, made: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other change stays."""
    from sitegen.cli.commands import entities

    read = entities._read_key

    def meddle() -> str:
        key = read()
        if key == "u":
            made.write({ENTITIES: authority(made) + "# mine\n"})
        return key

    monkeypatch.setattr(entities, "_read_key", meddle)
    out = ask("review", typed="muq").out
    assert "not taken back" in out
    assert authority(made).endswith("# mine\n")


def test_review_goes_on_when_a_judgement_contradicts_another(
    ask: Ask, made: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written is told, and the next pair comes."""
    from sitegen.pipeline.review_entities import Review

    monkeypatch.setattr(Review, "is_open", lambda *_: True)
    made.write({ENTITIES: "- name: Hezbollah\n  kind: organization\n"})
    out = ask("review", typed="n" + "m" * 9).out
    assert "kept apart" in out


def test_review_reads_single_keys_from_a_terminal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for Return."""
    keys = iter("SQ")
    monkeypatch.setattr("click.getchar", lambda: next(keys))
    monkeypatch.setattr("sitegen.cli.commands.entities._is_terminal", lambda: True)
    assert "1 skipped" in ask("review").out


# Tagging again


def retag(sh: Shell, *arguments: str) -> Result:
    return sh.here("retag", *arguments)


@pytest.fixture
def mistagged(made: Archive) -> None:
    """Three articles are tagged with somebody they do not name."""
    for number in range(3):
        path = f"content/articles/1999/a{number}.md"
        made.write({path: made.text(path).replace("[John Smith]", "[John Smith, Zed Quux]")})


@pytest.mark.usefixtures("mistagged")
def test_retag_shows_asks_and_writes(sh: Shell, made: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference first; no writes nothing, yes writes the page, JSON says the same."""
    before = tree_bytes(made.root / "content")
    result = retag(sh, "--dry-run", "--jobs", "1")
    assert "Report 2  content/articles/1999/a2.md\n" in result.out
    assert "  - Zed Quux (person)\n" in result.out
    assert "5 articles without a language" in result.out
    assert tree_bytes(made.root / "content") == before
    plan = retag(sh, "--dry-run", "--json", "--jobs", "1").json["plan"]
    assert plan["changed"] == len(plan["changes"]) > 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert retag(sh, "a2", "--jobs", "1").code == 130
    assert tree_bytes(made.root / "content") == before
    assert "1 page written" in retag(sh, "a2", "--yes", "--jobs", "1").out
    assert "Nothing to do" in retag(sh, "a2", "--jobs", "1").out
    assert made.text("content/articles/1999/a0.md").encode() == before["articles/1999/a0.md"]
    assert retag(sh, "--yes", "--json", "--jobs", "1").json["plan"]["written"] >= 1


@pytest.mark.usefixtures("mistagged")
def test_retag_is_taken_back_by_undo(sh: Shell, ask: Ask, made: Archive) -> None:
    """Byte for byte, but for pages that somebody has edited since."""
    before = tree_bytes(made.root / "content")
    retag(sh, "--yes", "--jobs", "1")
    changed = [path for path, data in tree_bytes(made.root / "content").items() if data != before[path]]
    assert len(changed) > 1
    assert "Take back: retag" in ask("undo", "--dry-run").out
    edited = made.text(f"content/{changed[0]}") + "More.\n"
    made.write({f"content/{changed[0]}": edited})
    assert ask("undo", "--json").json["left"] == [f"content/{changed[0]}"]
    after = tree_bytes(made.root / "content")
    assert after.pop(changed[0]) == edited.encode()
    assert all(data == before[path] for path, data in after.items())
    assert ask("undo").code == 2


@pytest.mark.usefixtures("mistagged")
def test_retag_cuts_long_lists_short(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless everything is asked for; what changes most often is told."""
    monkeypatch.setattr("sitegen.cli.commands.retag._SHOWN", 1)
    out = retag(sh, "--dry-run", "--jobs", "1").out
    assert "--full shows all" in out
    assert "Most often" in out
    assert "--full shows all" not in retag(sh, "--dry-run", "--full", "--jobs", "1").out


def test_retag_without_a_tagger_is_wrong_usage(sh: Shell, made: Archive) -> None:
    """The message names the setting."""
    made.write({"sitegen.toml": 'title = "T"\n[ingest]\ntagger = "none"\n'})
    result = retag(sh)
    assert result.code == 2
    assert "sitegen.toml" in result.err


def test_outside_an_archive_the_commands_say_so(outside: Shell, tmp_path: Path) -> None:
    """Exit code 1, a hint, and no traces."""
    for line in (("entities", "list"), ("entities", "undo"), ("retag",)):
        result = outside(*line)
        assert result.code == 1
        assert "sitegen new" in result.err
    assert list((tmp_path / "empty").iterdir()) == []
