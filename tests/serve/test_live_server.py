"""The development server as a whole: what is saved is served."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_support import PATIENCE, Running, running, small_archive, write_article

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.ingest_articles import IngestOptions, ingest_articles
from sitegen.pipeline.remove_articles import find_articles, remove_articles
from sitegen.pipeline.reporter import Silent
from sitegen.store.locks import hold
from sitegen.store.source_tree import SourceTree


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for the tests of this module that leave it as they found it."""
    root = small_archive(tmp_path_factory.mktemp("live") / "archive")
    with running(root) as server:
        yield server


def test_an_edit_is_served(served: Running) -> None:
    """The body, the title and the address of an article follow what is saved."""
    write_article(served.root, "1970/edit", "Before", "First words.")
    served.until_page("/1970/edit/", "First words.")
    write_article(served.root, "1970/edit", "After", "Second words.")
    served.until_page("/1970/edit/", "Second words.")
    served.until_page("/archive/1970/05/", "After")
    write_article(served.root, "1970/edit", "After", "Second words.", "permalink: /1970/05/moved/\n")
    served.until_page("/1970/05/moved/", "Second words.")
    (served.root / "content/articles/1970/edit.md").unlink()
    served.until_gone("/1970/05/moved/")


def test_atomic_saves_and_renames_are_followed(served: Running) -> None:
    """Editors write beside the file and rename; people rename and move files and folders."""
    path = write_article(served.root, "1971/old", "A title", "Words of the file.")
    served.until_page("/1971/old/", "Words of the file.")
    beside = path.with_name(".old.md.swp")
    beside.write_text(path.read_text().replace("Words", "New words"), encoding="utf-8")
    beside.rename(path)
    served.until_page("/1971/old/", "New words of the file.")
    path.rename(path.with_name("new.md"))
    served.until_page("/1971/new/", "New words")
    served.until_gone("/1971/old/")
    path.parent.rename(path.parent.with_name("1972"))
    served.until_page("/1972/new/", "New words")
    served.until_gone("/1971/new/")
    shutil.move(served.root / "content/articles/1972", served.root / "elsewhere")
    served.until_gone("/1972/new/")
    shutil.move(served.root / "elsewhere", served.root / "content/articles/1973")
    served.until_page("/1973/new/", "New words")
    shutil.rmtree(served.root / "content/articles/1973")
    served.until_gone("/1973/new/")


def test_a_raw_text_becomes_an_article(served: Running) -> None:
    """A text put into content/raw is ingested, tagged, shown and found."""
    text = "date 1969-07-20\n\nHOUSTON, Texas — Neil Armstrong walked on the Moon on Sunday evening.\n"
    raw = served.root / "content/raw/moon.txt"
    raw.write_text(text, encoding="utf-8")
    served.until_page("/archive/1969/07/", "Armstrong")
    found = served.until(lambda: json.loads(served.ask("/api/search?q=armstrong")[1])["hits"])
    page = served.until_page(f"/{found[0]['url']}", "walked on the Moon")
    assert "Neil Armstrong" in page
    ledger = served.root / "content/ingested.tsv"
    served.until(lambda: ledger.exists() and "1969/07" in ledger.read_text(encoding="utf-8"))
    raw.write_text(text.replace("Sunday evening", "a Sunday"), encoding="utf-8")
    served.until_page(f"/{found[0]['url']}", "on a Sunday")
    (served.root / "content/raw/more").mkdir()
    (served.root / "content/raw/more/later.txt").write_text(text.replace("1969", "1970") + "Again.", encoding="utf-8")
    served.until_page("/archive/1970/07/", "Armstrong")


def test_styles_templates_settings_and_media_are_watched(served: Running) -> None:
    """A theme of one's own may come while the server runs; stylesheets and pictures are copied as they are saved."""
    theme = served.root / "themes/mine"
    (theme / "assets").mkdir(parents=True)
    (theme / "templates").mkdir()
    (theme / "theme.toml").write_text('name = "mine"\nextends = "default"\n', encoding="utf-8")
    (theme / "assets/mine.css").write_text("p { color: red }", encoding="utf-8")
    settings = served.root / "sitegen.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text('title = "Harbour archive"\ntheme = "mine"\n', encoding="utf-8")
    served.until_page("/assets/mine.css", "red")
    (theme / "assets/mine.css").write_text("p { color: blue }", encoding="utf-8")
    served.until_page("/assets/mine.css", "blue")
    shipped = Path(__file__).parents[2] / "themes/default/templates/page.html"
    changed = shipped.read_text(encoding="utf-8").replace("{% block main %}", "{% block main %}<!-- mine -->")
    (theme / "templates/page.html").write_text(changed, encoding="utf-8")
    served.until_page("/about/", "<!-- mine -->")
    media = served.root / "content/media"
    media.mkdir(exist_ok=True)
    (media / "note.txt").write_text("a note", encoding="utf-8")
    served.until_page("/media/note.txt", "a note")
    settings.write_text(before.replace("Harbour archive", "Ferry archive"), encoding="utf-8")
    assert "<!-- mine -->" not in served.until_page("/about/", "Ferry archive")
    shutil.rmtree(served.root / "themes")
    settings.write_text(before, encoding="utf-8")
    served.until_page("/about/", "Harbour archive")


def test_what_is_wrong_is_told_and_clears_itself(served: Running) -> None:
    """A slip in settings, judgements or front matter has a file, a line and a hint; the old site stays meanwhile."""
    settings = served.root / "sitegen.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text('titel = "x"\n' + before, encoding="utf-8")
    problem = served.until_problem("config-unknown-key")
    assert (problem["path"], problem["line"]) == ("sitegen.toml", 1)
    assert "title" in problem["hint"]
    assert served.ask("/about/")[0] == 200
    settings.write_text(before, encoding="utf-8")
    served.until(lambda: served.problems() == [])
    judgements = served.root / "content/entities.yaml"
    judgements.write_text("- name: [", encoding="utf-8")
    assert served.until(served.problems)[0]["path"] == "content/entities.yaml"
    judgements.unlink()
    served.until(lambda: served.problems() == [])
    path = served.root / "content/articles/1974/bad.md"
    path.parent.mkdir()
    path.write_text("---\ntitle: x: y: z\n---\nText.\n", encoding="utf-8")
    problem = served.until(served.problems)[0]
    assert problem["path"] == "content/articles/1974/bad.md"
    assert problem["message"]
    path.unlink()
    served.until(lambda: served.problems() == [])


def test_an_edit_that_waits_behind_a_failure_is_not_lost(served: Running) -> None:
    """What was saved while the settings were broken is on the site once they are mended."""
    settings = served.root / "sitegen.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text("[[", encoding="utf-8")
    served.until(served.problems)
    path = write_article(served.root, "1975/patient", "Patient", "It waits.")
    served.until_quiet()
    settings.write_text(before, encoding="utf-8")
    served.until_page("/1975/patient/", "It waits.")
    path.unlink()
    served.until_gone("/1975/patient/")


def test_other_commands_work_meanwhile(served: Running) -> None:
    """Ingest, remove and build in another process; what they change is served."""
    tree = SourceTree(served.root)
    raw = served.root / "content/raw/other.jsonl"
    raw.write_text(
        '{"id": "other-1", "title": "Elsewhere", "date": "1981-02-03", "text": "From there."}\n', encoding="utf-8"
    )
    ingest_articles(tree, IngestOptions(jobs=1), Silent())
    served.until_page("/1981/02/elsewhere/", "From there.")
    served.until_quiet()
    build_site(tree, BuildOptions(jobs=1), Silent())
    remove_articles(tree, find_articles(tree, ["other-1"]), "")
    served.until_gone("/1981/02/elsewhere/")
    raw.write_text(raw.read_text(encoding="utf-8").replace("From there", "Once more"), encoding="utf-8")
    served.until_quiet()
    assert served.ask("/1981/02/elsewhere/")[0] == 404
    raw.unlink()


def test_builds_and_ingests_elsewhere_are_waited_for(served: Running) -> None:
    """While another process holds a lock, changes wait, and are worked off when it is free."""
    state = SourceTree(served.root).state
    with hold(state, "build", timeout=PATIENCE):
        path = write_article(served.root, "1982/wait", "Waiting", "For a build.")
        served.until(lambda: any(item.event == "waiting" for item in served.news))
        write_article(served.root, "1982/wait", "Waiting", "For a long build.")
        assert served.ask("/1982/wait/")[0] == 404
    served.until_page("/1982/wait/", "For a long build.")
    path.unlink()
    with hold(state, "ingest", timeout=PATIENCE):
        raw = served.root / "content/raw/wait.txt"
        raw.write_text("date 1983-03-03\n\nPatience is told of in this text of two lines.\n", encoding="utf-8")
        served.until_gone("/1982/wait/")
        assert "Patience" not in served.ask("/archive/1983/03/")[1]
    served.until_page("/archive/1983/03/", "Patience")


def test_search_answers_as_the_command_does(served: Running) -> None:
    """The same JSON; bad questions are told apart."""
    status, body = served.ask("/api/search?q=trawlers&limit=3")
    answer = json.loads(body)
    assert status == 200
    assert set(answer) >= {"query", "total", "hits", "suggestion"}
    assert [hit["title"] for hit in answer["hits"]] == ["Ice closes the harbour"]
    assert set(answer["hits"][0]) >= {"id", "url", "title", "date", "score", "snippet"}
    for query in ("", "?q=", "?q=x&limit=0", "?q=x&limit=9999", "?q=x&limit=²", "?q=x&limit=-1", "?q=" + "x" * 2000):
        assert served.ask("/api/search" + query)[0] == 400, query


def test_hostile_requests_get_an_answer_and_the_server_lives(served: Running) -> None:
    """Malformed, huge and odd requests are refused; none gives an error of the server or its files away."""
    lines = [
        b"GET",
        b"GET /\r\n",
        b"GET / HTTP/9.9",
        b"\x00\x01\x02\x03",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0",
        b"GET /.sitegen/events?page=%00%ff&since=%ff HTTP/1.1\r\nHost: localhost:x",
        b"GET /api/search?q=%ff%00&limit=1 HTTP/1.1\r\nHost: localhost",
        b"GET /api/search?q=" + b"(" * 900 + b" HTTP/1.1\r\nHost: localhost",
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=" + b"0-1," * 500,
        b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + b'"' * 3000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost",
        b"GET /.sitegen/live.js/../../../etc/passwd HTTP/1.1\r\nHost: localhost",
    ]
    for line in lines:
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
            connection.sendall(line + b"\r\nConnection: close\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
                if b"text/event-stream" in answer:
                    break
        assert not answer.startswith(b"HTTP/1.1 5"), line[:80]
        assert b"root:" not in answer, line[:80]
    assert served.ask("/about/")[0] == 200


def test_random_bytes_do_no_harm(served: Running) -> None:
    """Requests with bytes changed at random never bring an answer of 500 or above."""
    import random

    chance = random.Random(5)
    good = b"GET /about/?a=1 HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-5\r\nConnection: close\r\n\r\n"
    for _ in range(150):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
            connection.sendall(bytes(data))
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        assert not answer.startswith(b"HTTP/1.1 5"), bytes(data)
    assert served.ask("/about/")[0] == 200


def test_tabs_hear_of_their_page_alone(served: Running) -> None:
    """Of two tabs the one whose page is edited is told to fetch it."""
    served.until_quiet()
    first, second = (Listener(served, page) for page in ("/1961/ferry/", "/about/"))
    write_article(served.root, "1961/ferry", "Ferry opens", "A newer ferry left Oslo.")
    served.until(lambda: "page" in first.types)
    served.until(lambda: "follow" in second.types)
    assert "page" not in second.types
    assert second.last("follow")["url"] == "/1961/ferry/"
    first.close()
    second.close()


class Listener:
    """A tab: it listens in a thread."""

    def __init__(self, served: Running, page: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
        status = served.ask(page)[1]
        since = status.partition('data-since="')[2].partition('"')[0]
        self.connection.request("GET", f"/.sitegen/events?page={page}&since={since}")
        self.answer = self.connection.getresponse()
        self.messages: list[dict[str, object]] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        served.until(lambda: self.messages)

    def _listen(self) -> None:
        while line := self.answer.readline():
            if line.startswith(b"data: "):
                self.messages.append(json.loads(line[6:]))

    @property
    def types(self) -> list[object]:
        """What was heard."""
        return [message["type"] for message in self.messages]

    def last(self, kind: str) -> dict[str, object]:
        """The last message of a kind."""
        return next(message for message in reversed(self.messages) if message["type"] == kind)

    def close(self) -> None:
        """Go away."""
        assert self.connection.sock is None or self.connection.sock.shutdown(socket.SHUT_RDWR) is None
        self.thread.join(PATIENCE)
        self.answer.close()
        self.connection.close()


def test_the_old_site_is_served_at_once(tmp_path: Path) -> None:
    """Before the first build has ended the last site answers; then what was edited meanwhile."""
    root = small_archive(tmp_path / "archive")
    build_site(SourceTree(root), BuildOptions(jobs=1), Silent())
    write_article(root, "1961/ferry", "Ferry opens", "Edited while nobody watched.")
    (root / "content/raw/late.txt").write_text("date 1984-01-01\n\nDropped while nobody watched.\n", encoding="utf-8")
    with running(root, wait=False) as served:
        assert served.ask("/1961/ferry/")[0] == 200
        served.until_page("/1961/ferry/", "Edited while nobody watched.")
        served.until_page("/archive/1984/01/", "Dropped while nobody watched")


def test_without_a_site_its_place_is_taken_by_a_page_that_waits(tmp_path: Path) -> None:
    """Until the first build has ended, pages show that it is at work; then they are there."""
    root = small_archive(tmp_path / "archive")
    with hold(SourceTree(root).state, "build", timeout=1), running(root, wait=False) as served:
        status, page = served.ask("/1961/ferry/")
        assert status == 503
        assert "Building the site" in page
        assert "/.sitegen/live.js" in page
        assert served.ask("/.sitegen/live.css")[0] == 200
        assert served.ask("/.sitegen/other")[0] == 404
        assert served.ask("/favicon.ico")[0] == 404
        assert served.ask("/api/search?q=x")[0] == 503
    with running(root) as served:
        assert served.ask("/1961/ferry/")[0] == 200


@pytest.mark.parametrize("name", ["content", "themes"])
def test_a_folder_may_come_and_go(tmp_path: Path, name: str) -> None:
    """content/ and themes/ may be renamed away and put back, as a change of branches does."""
    root = small_archive(tmp_path / "archive")
    (root / "themes/mine/assets").mkdir(parents=True)
    with running(root) as served:
        (root / name).rename(root / "away")
        served.until_quiet()
        (root / "away").rename(root / name)
        served.until_quiet()
        write_article(root, "1985/back", "Back", "Back again.")
        served.until_page("/1985/back/", "Back again.")


def test_thousands_of_changes_at_once_are_one_batch(tmp_path: Path) -> None:
    """A burst, as of a change of branches, is built in a few rounds, and nothing of it is missed."""
    root = small_archive(tmp_path / "archive")
    with running(root) as served:
        told = len(served.news)
        for number in range(1500):
            path = root / f"content/articles/1990/n{number % 40}.md"
            path.parent.mkdir(exist_ok=True)
            if number % 3 == 2 and path.exists():
                path.unlink()
            else:
                path.write_text(
                    f"---\ntitle: Number {number}\ndate: 1990-05-01\n---\nText {number}.\n", encoding="utf-8"
                )
        left = {path.stem for path in (root / "content/articles/1990").iterdir()}
        for name in left:
            text = (root / f"content/articles/1990/{name}.md").read_text(encoding="utf-8").split("Text ")[1].strip()
            served.until_page(f"/1990/{name}/", f"Text {text}")
        served.until_quiet()
        assert {path.name for path in (root / "site/1990").iterdir()} == left
        assert len(served.news) - told < 40


def test_polling_finds_changes_too(tmp_path: Path) -> None:
    """With --poll, or where the system tells nothing, changes are found by looking; the reason is told."""
    root = small_archive(tmp_path / "archive")
    with running(root, poll=True) as served:
        assert [item.message for item in served.news if item.event == "polling"] == [  # type: ignore[union-attr]
            "looking for changes again and again: as asked for"
        ]
        path = write_article(root, "1986/poll", "Polled", "Found by looking.")
        served.until_page("/1986/poll/", "Found by looking.")
        path.unlink()
        served.until_gone("/1986/poll/")


def test_the_served_site_is_that_of_a_clean_build(tmp_path: Path) -> None:
    """Nothing of the server gets into the files, and what it built equals what `build --clean` makes."""
    root = small_archive(tmp_path / "archive")
    with running(root) as served:
        write_article(root, "1961/ferry", "Ferry opens again", "A newer ferry left Oslo.")
        (root / "content/articles/1962/ice.md").unlink()
        served.until_page("/1961/ferry/", "A newer ferry")
        served.until_gone("/1962/ice/")
        served.until_quiet()
        kept = contents(root / "site")
    build_site(SourceTree(root), BuildOptions(jobs=1, clean=True), Silent())
    assert kept == contents(root / "site")
    assert not any(b"live.js" in data for data in kept.values())


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of all files by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".sitegen" not in path.parts
    }


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_end_the_server_quietly(tmp_path: Path, name: str) -> None:
    """With tabs connected and builds going on, the command ends with 0, without a traceback."""
    import signal
    import subprocess
    import sys
    import urllib.request

    root = small_archive(tmp_path / "archive")
    command = [sys.executable, "-m", "sitegen", "serve", "--root", str(root), "--port", "0", "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]
        with urllib.request.urlopen(f"{url}.sitegen/events?page=/") as events:
            assert events.readline() == b"retry: 300\n"
            write_article(root, "1987/last", "Last", "The last words.")
            process.send_signal(getattr(signal, name))
            assert process.wait(PATIENCE) == 0
            events.read()
        assert process.stderr.read() == b""
