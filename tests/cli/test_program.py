"""The command line: help, exit codes, messages, JSON."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import Shell

from sitegen import __version__
from sitegen.cli.program import COMMANDS

PROBLEM = {"path", "line", "code", "message", "hint", "severity"}
REPORT = {"articles", "written", "kept", "deleted", "set_aside", "seconds", "problems"}


# Help and wrong usage


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_in_the_order_of_work(outside: Shell, option: str) -> None:
    """The program's help names all commands with one line each."""
    result = outside(option)
    assert result.code == 0
    places = [result.out.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert all(line in " ".join(result.out.split()) for line in COMMANDS.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits_the_screen(outside: Shell, command: str) -> None:
    """`sitegen COMMAND --help` explains itself without starting anything."""
    result = outside(command, "--help")
    assert result.code == 0
    assert f"Usage: sitegen {command}" in result.out
    assert len(result.out.split("\n\n")) >= 3
    assert max(map(len, result.out.splitlines())) <= 100
    assert "--json" in result.out


def test_no_command_shows_the_help(outside: Shell) -> None:
    """`sitegen` alone shows what there is, and is wrong usage."""
    result = outside()
    assert result.code == 2
    assert "Commands" in result.err + result.out


def test_version(outside: Shell) -> None:
    """`--version` prints one line."""
    assert outside("--version").out == f"sitegen {__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("biuld", "build"), ("serch", "search"), ("xyzzy", "Commands: new")])
def test_an_unknown_command_gives_a_suggestion(outside: Shell, typed: str, meant: str) -> None:
    """A slip is answered with the command it may mean, and exit code 2."""
    result = outside(typed)
    assert result.code == 2
    assert meant in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--nonsense"),
        ("build", "surplus"),
        ("build", "--jobs", "-1"),
        ("ingest", "no-such-file.txt"),
        ("search",),
        ("search", "--limit", "0", "x"),
        ("remove",),
        ("new",),
        ("tag", "no-such-file.txt"),
        ("tag", "--min-confidence", "2"),
        ("serve", "--port", "99999"),
    ],
)
def test_wrong_arguments_are_exit_code_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Bad usage says what is wrong on standard error, and nothing on standard output."""
    result = shell(*arguments)
    assert result.code == 2
    assert result.err
    assert result.out == ""


@pytest.mark.parametrize("command", ["ingest", "build", "serve", "search", "check", "remove"])
def test_outside_an_archive_the_message_says_what_to_do(outside: Shell, command: str) -> None:
    """Without sitegen.toml a command fails with a hint; nothing is created."""
    result = outside(command, *(["x"] if command in ("search", "remove") else []))
    assert result.code in (1, 2)
    assert "sitegen new" in result.err
    assert list(outside.root.iterdir()) == []


def test_root_is_accepted_before_and_after_the_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both places mean the same; the one after wins; without it the current folder counts."""
    root = str(shell.root)
    assert shell("--root", root, "ingest", "--json").json["articles"] == 2
    assert shell("ingest", "--root", root, "--json").json["kept"] == 2
    assert shell("--root", "/nonexistent", "ingest", "--root", root, "--json").code == 0
    monkeypatch.chdir(shell.root)
    assert shell("ingest", "--json").json["kept"] == 2


# JSON


def test_ingest_and_build_report_in_json(shell: Shell) -> None:
    """One object with the figures of the contract; problems with all their fields."""
    (shell.root / "content/raw/empty.txt").write_text("", encoding="utf-8")
    result = shell.here("ingest", "--json")
    assert result.code == 0
    assert set(result.json) >= REPORT
    assert (result.json["articles"], result.json["written"], result.json["set_aside"]) == (3, 2, 1)
    (problem,) = result.json["problems"]
    assert set(problem) == PROBLEM
    assert (problem["path"], problem["severity"]) == ("content/raw/empty.txt", "warning")
    assert result.out.count("\n") == 1
    built = shell.here("build", "--json", "--jobs", "1").json
    assert set(built) >= REPORT
    assert (built["articles"], built["kept"], built["problems"], built["pages"]) == (2, 0, [], [])
    again = shell.here("build", "--json", "--jobs", "1").json
    assert (again["written"], again["kept"]) == (0, built["written"])
    pages = shell.here("build", "--json", "--explain", "--clean", "--jobs", "1").json["pages"]
    assert {"page", "path", "reason", "changed"} == set(pages[0])


def test_search_answers_in_json(shell: Shell) -> None:
    """Query, total, hits with id, address, title, date, score and excerpt, and a suggestion."""
    shell.here("ingest", "--json")
    shell.here("build", "--json", "--jobs", "1")
    found = shell.here("search", "--json", "rocket", "florida").json
    assert set(found) >= {"query", "total", "hits", "suggestion"}
    assert (found["query"], found["total"], found["suggestion"]) == ("rocket florida", 1, None)
    (hit,) = found["hits"]
    assert set(hit) >= {"id", "url", "title", "date", "score", "snippet"}
    assert (hit["date"], (shell.root / "site" / hit["url"] / "index.html").is_file()) == ("1969-07-16", True)
    assert "rocket" in hit["snippet"].lower()
    assert shell.here("search", "--json", "rokcet").json["suggestion"] == "rocket"
    assert shell.here("search", "--json", "--limit", "1", "neil armstrong").json["total"] == 2
    assert len(shell.here("search", "--json", "--limit", "1", "neil armstrong").json["hits"]) == 1


def test_tag_answers_in_json_with_offsets_into_the_text_as_given(
    outside: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One text gives one object; several give one a line; it works outside an archive and changes nothing."""
    text = "é𝄞 Neil Armstrong flew from Houston.“I will,” said Armstrong."
    (tmp_path / "one.txt").write_text(text, encoding="utf-8")
    (tmp_path / "two.txt").write_text("Nothing here.", encoding="utf-8")
    one = outside("tag", "--json", str(tmp_path / "one.txt")).json
    assert set(one) == {"id", "mentions", "entities"}
    assert all(text[m["start"] : m["end"]] == m["text"] for m in one["mentions"])
    assert set(one["mentions"][0]) == {"start", "end", "text", "kind", "confidence"}
    assert set(one["entities"][0]) == {"name", "kind", "mentions"}
    assert {"Neil Armstrong", "Houston"} <= {entity["name"] for entity in one["entities"]}
    lines = outside("tag", "--json", str(tmp_path / "one.txt"), str(tmp_path / "two.txt")).out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(tmp_path / "one.txt"), str(tmp_path / "two.txt")]
    assert list(outside.root.iterdir()) == []
    plain = outside("tag", str(tmp_path / "one.txt"), str(tmp_path / "two.txt"))
    assert "Neil Armstrong" in plain.out


def test_tag_reads_standard_input() -> None:
    """Without FILE, or with `-`, the text comes from standard input: text, or JSONL."""
    for arguments, given, ids in (
        ([], b"Neil Armstrong flew.", [""]),
        (["-"], b'{"id": "a", "text": "Houston."}\n{"id": "b", "text": "Houston."}\n', ["a", "b"]),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "sitegen", "tag", "--json", *arguments],
            input=given,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids


def test_check_remove_and_new_report_in_json(shell: Shell, tmp_path: Path) -> None:
    """The smaller commands print one object too."""
    shell.here("ingest", "--json")
    shell.here("build", "--json", "--jobs", "1")
    checked = shell.here("check", "--json", "--fixity")
    assert (checked.code, checked.json["problems"], checked.json["raw_files"]) == (0, [], 2)
    (first, _) = sorted(path.stem for path in (shell.root / "content/articles").rglob("*.md"))
    removed = shell.here("remove", "--json", "--dry-run", f"/1969/07/{first}/").json
    assert removed["dry_run"] is True
    assert len(list((shell.root / "content/articles").rglob("*.md"))) == 2
    assert shell.here("remove", "--json", f"/1969/07/{first}/").json["removed"][0]["title"]
    assert len(list((shell.root / "content/articles").rglob("*.md"))) == 1
    made = shell("new", "--json", str(tmp_path / "fresh")).json
    assert "sitegen.toml" in made["written"]


# Exit codes


def test_warnings_are_exit_code_0_and_with_strict_1(shell: Shell) -> None:
    """A set-aside article does not fail the command, unless every warning shall."""
    (shell.root / "content/raw/empty.txt").write_text("", encoding="utf-8")
    (shell.root / "content/articles").mkdir(parents=True)
    (shell.root / "content/articles/bad.md").write_text("---\ntitle: [x\n---\n", encoding="utf-8")
    for command in ("ingest", "build"):
        for options, code in (((), 0), (("--strict",), 1), (("--json",), 0), (("--json", "--strict"), 1)):
            result = shell.here(command, "--jobs", "1", *options)
            assert result.code == code, (command, options, result.err)
            assert options != () or "warning" in result.err or "error" in result.err


def test_check_fails_on_errors(shell: Shell) -> None:
    """A broken link is exit code 1; before the first build `check` says that there is no site."""
    result = shell.here("check")
    assert result.code == 0
    assert "sitegen build" in result.out
    page = shell.root / "content/articles/1969/07/x.md"
    page.parent.mkdir(parents=True)
    page.write_text("[Gone](/gone/)\n", encoding="utf-8")
    shell.here("build", "--json", "--jobs", "1")
    assert shell.here("check").code == 1
    assert "broken-link" in shell.here("check").err


def test_a_failing_build_is_exit_code_1_with_place_and_hint(shell: Shell) -> None:
    """A broken setting is told in one line with its place; no traceback."""
    (shell.root / "sitegen.toml").write_text('title = "x"\ntheem = "dark"\n', encoding="utf-8")
    result = shell.here("build")
    assert result.code == 1
    assert "sitegen.toml:2" in result.err
    assert "did you mean `theme`" in result.err
    assert "Traceback" not in result.err


def test_interrupting_is_exit_code_130(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with a word of comfort instead of a traceback."""
    from sitegen.pipeline import build_site as module

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "build_site", interrupt)
    result = shell.here("build")
    assert result.code == 130
    assert "Traceback" not in result.err


def test_a_closed_pipe_is_no_error(shell: Shell) -> None:
    """`sitegen search … | head` ends quietly."""
    shell.here("ingest", "--json")
    shell.here("build", "--json", "--jobs", "1")
    command = f"{sys.executable} -m sitegen search --root {shell.root} --json neil | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), SystemExit(1)])
def test_a_reader_that_has_gone_is_no_failure(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Whether the pipe breaks in the command or in click's own printing, the exit code is 0."""
    from sitegen.pipeline import check_archive as module

    def breaks(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, "check_archive", breaks)
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    assert shell.here("check").code == 0
    sys.stdout.close()


# What people read


def test_the_road_from_nothing_to_a_search(outside: Shell) -> None:
    """`new --demo`, `ingest`, `build`, `search`: each says what comes next, and the demo's articles are found."""
    made = outside("new", "demo", "--demo", "--title", "Space age")
    assert made.code == 0
    assert "sitegen ingest" in made.out
    root = ("--root", "demo")
    ingested = outside("ingest", *root)
    assert ingested.code == 0
    assert "Next: sitegen build" in ingested.out
    built = outside("build", *root)
    assert built.code == 0, built.err
    found = outside("search", *root, "sputnik")
    assert found.code == 0
    assert "Sputnik" in found.out
    assert outside("check", *root).code == 0
    assert "Space age" in (outside.root / "demo/site/index.html").read_text(encoding="utf-8")


def test_reports_name_what_was_done(shell: Shell) -> None:
    """Summaries of ingest and build in words, problems on standard error, long lists cut."""
    for number in range(25):
        (shell.root / f"content/raw/e{number}.txt").write_text("", encoding="utf-8")
    result = shell.here("ingest")
    assert "27 articles: 2 pages written" in result.out
    assert "25 set aside" in result.out
    assert "and 5 more" in result.err
    dry = shell.here("ingest", "--dry-run")
    assert "would be written" in dry.out
    built = shell.here("build", "--explain", "--jobs", "1")
    assert "2 articles" in built.out
    assert "(new)" in built.out
    assert "looked at: there is no site yet" in built.out


def test_search_shows_hits_and_suggestions(shell: Shell) -> None:
    """Titles, dates, excerpts and addresses; a slip gets a suggestion; a fresh archive a hint."""
    assert "sitegen build" in shell.here("search", "x").err
    shell.here("ingest", "--json")
    shell.here("build", "--json", "--jobs", "1")
    found = shell.here("search", "armstrong", "--limit", "1")
    assert "1969-07-" in found.out
    assert "1 more" in found.out
    assert "Did you mean: rocket" in shell.here("search", "rokcet").out


def test_remove_asks_first(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed without a yes; `--yes` does not ask; `--dry-run` only shows."""
    shell.here("ingest", "--json")
    (page, _) = sorted((shell.root / "content/articles").rglob("*.md"))
    address = f"/1969/07/{page.stem}/"
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert shell.here("remove", address).code == 130
    assert "Nothing was changed" in shell.here("remove", "--dry-run", address).out
    assert page.exists()
    assert shell.here("remove", "--yes", "--reason", "asked to", address).code == 0
    assert not page.exists()
    assert "1 removed earlier" in shell.here("ingest").out
    assert shell.here("remove", "--yes", "nonsense").code == 2


def test_text_from_files_cannot_steer_the_terminal(shell: Shell) -> None:
    """Escape sequences in names and titles are printed as blanks."""
    (shell.root / "content/raw/\x1b[31mred.png").write_bytes(b"x")
    (shell.root / "content/raw/a.jsonl").write_text(
        json.dumps({"id": "x", "title": "Bell \x1b]0;owned\x07 rings", "text": "Words."}), encoding="utf-8"
    )
    results = [shell.here("ingest"), shell.here("build", "--jobs", "1"), shell.here("search", "bell")]
    assert not any("\x1b]" in result.out + result.err or "\x07" in result.out + result.err for result in results)
    assert not any("\x1b[31mred" in result.err for result in results)


# Serving


def test_serve_says_when_it_is_ready_and_serves(shell: Shell) -> None:
    """`serve --json` prints one line with the address, answers there, and stops on interrupt with exit code 0."""
    import signal
    from urllib.error import HTTPError
    from urllib.request import urlopen

    shell.here("ingest", "--json")
    shell.here("build", "--json", "--jobs", "1")
    process = subprocess.Popen(
        [sys.executable, "-m", "sitegen", "serve", "--root", str(shell.root), "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert process.stdout is not None
        event = json.loads(process.stdout.readline())
        assert event["event"] == "ready"
        with urlopen(event["url"]) as answer:
            assert b"Test archive" in answer.read()
        with pytest.raises(HTTPError) as caught:
            urlopen(event["url"] + "nowhere")
        assert caught.value.code == 404
        caught.value.close()
        taken = event["url"].rstrip("/").rpartition(":")[2]
        refused = shell.here("serve", "--port", taken)
        assert refused.code == 2
        assert taken in refused.err
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        process.stdout.close()


@pytest.mark.parametrize("options", [(), ("--json",), ("--open",)])
def test_serve_tells_its_address_before_it_serves(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """The address is printed, and on request opened, as soon as the port listens."""
    import click

    from sitegen.serve import server

    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    monkeypatch.setattr(server.LiveServer, "run", lambda self: self._listener.close())
    result = shell.here("serve", "--port", "0", *options)
    assert result.code == 0
    address = result.json["url"] if "--json" in options else result.out.split()[1]
    assert address.startswith("http://127.0.0.1:")
    assert opened == ([address] if "--open" in options else [])


def test_serve_outside_an_archive_says_what_to_do(shell: Shell, tmp_path: Path) -> None:
    """Without settings there is nothing to serve."""
    result = shell("serve", "--root", str(tmp_path / "nowhere"))
    assert result.code == 1
    assert "sitegen new" in result.err


def test_serve_tells_what_it_built(capsys: pytest.CaptureFixture[str]) -> None:
    """A person reads how many pages are new, how long it took, what was saved and what is wrong with it."""
    from sitegen.cli.commands.serve import tell
    from sitegen.model import Problem
    from sitegen.serve.rebuilding import Built, Notice

    problem = Problem(
        path="content/articles/x.md", line=3, code="front-matter", message="no \x1b colon", hint="add one"
    )
    one = Built(
        paths=("content/articles/x.md",),
        ingested=0,
        pages=2,
        shown_seconds=0.034,
        seconds=0.1,
        index_seconds=None,
        problems=(problem,),
    )
    tell(one)
    tell(Built(paths=("a", "b"), ingested=3, pages=1, shown_seconds=0.1, seconds=0.2, index_seconds=0.2, problems=()))
    tell(Built(paths=(), ingested=0, pages=0, shown_seconds=0, seconds=0.1, index_seconds=None, problems=()))
    tell(Notice(event="polling", message="looking again and again"))
    out, err = capsys.readouterr()
    lines = [line[9:] for line in out.splitlines()]
    assert lines == ["2 pages in 0.03 s  (content/articles/x.md)", "1 page in 0.10 s  (2 files, 3 ingested)"]
    assert "x.md:3: no   colon" in err
    assert "hint: add one" in err
    assert "looking again and again" in err


# Progress


def test_progress_shows_after_a_second_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick work and output to a file stay silent; longer work shows a bar with a rate, and takes it away."""
    from sitegen.cli.output import TerminalProgress
    from sitegen.model import Problem

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with TerminalProgress() as progress:
        progress.phase("Quick", 10)
        progress.advance(5)
        assert screen.getvalue() == ""
        progress._started -= 2
        progress.phase("Slow work", 10)
        progress.advance(5)
        progress.problem(Problem(path="x", code="y", message="z"))
        progress._progress.refresh()
    assert "Slow work" in screen.getvalue()
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with TerminalProgress() as silent:
        silent._started -= 2
        silent.phase("Slow work", 10)
        silent.advance(5)
        assert silent._progress is None
