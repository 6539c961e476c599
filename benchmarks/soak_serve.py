"""Random file operations against a running `sitegen serve` while clients read: does anything break, leak or go stale?

    python benchmarks/soak_serve.py [--operations 2000] [--articles 150] [--seed 1]

Articles are written, edited, retitled, renamed, deleted and moved with their folders; raw texts come, change and go;
judgements, settings, templates, stylesheets and media change; files are saved in halves, beside themselves and in
bursts; slips are made and mended. Meanwhile three clients ask for pages all the time. At the end the site must equal,
byte for byte, what a clean build makes of the same content, and so must the answers of search. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 180.0
NAMES = "Neil Armstrong|Nora Lindqvist|Peter Haugen|Red Cross|Oslo|Bergen|Copenhagen|United Nations|Stavanger".split(
    "|"
)
THINGS = "ferry harbour lighthouse trawler bridge storm herring parliament museum diver letter winter".split()
SETTINGS = 'title = "Soak {number}"\ntheme = "mine"\n\n[entities]\nmin_articles = {least}\n'
QUERIES = ("ferry", "harbour storm", "person:lindqvist", "year:1975", '"ferry harbour"')


class Operations:
    """Changes to the files of one archive, drawn at random."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.articles = root / "content/articles"
        self.raw = root / "content/raw"
        self.chance = random.Random(seed)
        self.number = 0
        self.counts: Counter[str] = Counter()
        self.theme = root / "themes/mine"

    def prepare(self, articles: int) -> None:
        """The archive as it is before the server starts."""
        for folder in ("articles", "raw", "media", "pages"):
            (self.root / "content" / folder).mkdir(parents=True, exist_ok=True)
        (self.theme / "assets").mkdir(parents=True)
        (self.theme / "templates").mkdir()
        (self.theme / "theme.toml").write_text('name = "mine"\nextends = "default"\n', encoding="utf-8")
        self.settings()
        for _ in range(articles):
            self.new_article()

    def step(self) -> None:
        """One operation."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (20, self.edit_body),
            (8, self.edit_title),
            (8, self.new_article),
            (6, self.delete_article),
            (6, self.rename_article),
            (8, self.save_beside),
            (4, self.save_in_halves),
            (6, self.new_raw),
            (2, self.edit_raw),
            (2, self.delete_raw),
            (3, self.media),
            (3, self.style),
            (1, self.template),
            (2, self.judgements),
            (1, self.settings),
            (2, self.slip),
            (2, self.move_folder),
            (2, self.move_away_and_back),
            (1, self.burst),
            (3, self.editors_files),
        ]
        (kind,) = self.chance.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])
        self.counts[kind.__name__] += 1
        with contextlib.suppress(FileNotFoundError):  # Another operation has moved it.
            kind()

    # Articles

    def body(self) -> str:
        """A few sentences."""
        self.number += 1
        pick = self.chance.choice
        lines = [
            f"{pick(NAMES)} and {pick(NAMES)} spoke of the {pick(THINGS)} and the {pick(THINGS)} on Monday."
            for _ in range(self.chance.randrange(1, 6))
        ]
        return "\n\n".join([*lines, f"This is text number {self.number}."])

    def page(self, title: str) -> str:
        """A page's text."""
        date = f"19{self.chance.randrange(70, 80)}-0{self.chance.randrange(1, 10)}-1{self.chance.randrange(10)}"
        names = self.chance.sample(NAMES[:3], 2)
        return f"---\ntitle: {title}\ndate: {date}\npeople:\n- {names[0]}\n- {names[1]}\n---\n\n{self.body()}\n"

    def new_article(self) -> None:
        self.number += 1
        path = self.articles / str(self.chance.randrange(1970, 1980)) / f"article-{self.number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.page(f"The {self.chance.choice(THINGS)} of number {self.number}"), encoding="utf-8")

    def some_article(self) -> Path:
        found = sorted(self.articles.rglob("*.md"))
        if not found:
            raise FileNotFoundError
        return self.chance.choice(found)

    def edit_body(self) -> None:
        path = self.some_article()
        text = path.read_text(encoding="utf-8")
        head, mark, _ = text.rpartition("---\n")
        path.write_text(f"{head}{mark}\n{self.body()}\n", encoding="utf-8")

    def edit_title(self) -> None:
        path = self.some_article()
        self.number += 1
        text = re.sub(
            r"(?m)^title: .*", f"title: A {self.chance.choice(THINGS)} {self.number}", path.read_text("utf-8")
        )
        path.write_text(text, encoding="utf-8")

    def delete_article(self) -> None:
        self.some_article().unlink()

    def rename_article(self) -> None:
        path = self.some_article()
        self.number += 1
        path.rename(path.with_name(f"renamed-{self.number}.md"))

    def save_beside(self) -> None:
        path = self.some_article()
        beside = path.with_name(f".{path.name}.swx")
        beside.write_text(self.page(f"Saved beside {self.number}"), encoding="utf-8")
        beside.replace(path)

    def save_in_halves(self) -> None:
        path = self.some_article()
        text = self.page(f"Saved in halves {self.number}")
        with path.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            time.sleep(self.chance.random() * 0.08)
            file.write(text[len(text) // 2 :])

    def move_folder(self) -> None:
        folder = self.chance.choice([path for path in self.articles.iterdir() if path.is_dir()])
        target = self.articles / str(self.chance.randrange(1960, 1990))
        if not target.exists():
            folder.rename(target)

    def move_away_and_back(self) -> None:
        folder = self.chance.choice([path for path in self.articles.iterdir() if path.is_dir()])
        away = self.root / "away"
        folder.rename(away)
        time.sleep(self.chance.random() * 0.1)
        away.rename(folder)

    def burst(self) -> None:
        for _ in range(40):
            self.chance.choice((self.new_article, self.delete_article, self.edit_body))()

    def editors_files(self) -> None:
        path = self.some_article()
        for name in (f"{path.name}~", "4913", f".#{path.name}", f"#{path.name}#", f".{path.name}.swp"):
            path.with_name(name).write_text("---\ntitle: no\n", encoding="utf-8")
        for name in (f"{path.name}~", "4913", f".#{path.name}", f"#{path.name}#", f".{path.name}.swp"):
            path.with_name(name).unlink()

    # Everything else

    def new_raw(self) -> None:
        self.number += 1
        name, thing = self.chance.choice(NAMES), self.chance.choice(THINGS)
        date = f"date 19{self.chance.randrange(70, 80)}-03-04"
        text = f"{date}\n\nOSLO — {name} saw the {thing} of {self.number}.\n\n{self.body()}\n"
        (self.raw / f"raw-{self.number}.txt").write_text(text, encoding="utf-8")

    def some_raw(self) -> Path:
        found = sorted(self.raw.glob("*.txt"))
        if not found:
            raise FileNotFoundError
        return self.chance.choice(found)

    def edit_raw(self) -> None:
        path = self.some_raw()
        path.write_text(path.read_text(encoding="utf-8") + f"\n{self.body()}\n", encoding="utf-8")

    def delete_raw(self) -> None:
        self.some_raw().unlink()

    def media(self) -> None:
        path = self.root / f"content/media/file-{self.chance.randrange(6)}.txt"
        if path.exists() and self.chance.random() < 0.5:
            path.unlink()
        else:
            path.write_text(self.body(), encoding="utf-8")

    def style(self) -> None:
        (self.theme / "assets/mine.css").write_text(
            f"p {{ margin: {self.chance.randrange(99)}px }}\n", encoding="utf-8"
        )

    def template(self) -> None:
        path = self.theme / "templates/article.html"
        if path.exists() and self.chance.random() < 0.3:
            path.unlink()
            return
        shipped = (REPOSITORY / "themes/default/templates/article.html").read_text(encoding="utf-8")
        path.write_text(shipped.replace("<article", f"<!-- {self.chance.randrange(9)} -->\n<article"), encoding="utf-8")

    def judgements(self) -> None:
        path = self.root / "content/entities.yaml"
        if path.exists() and self.chance.random() < 0.3:
            path.unlink()
            return
        kind = self.chance.choice(("hide: true", "aliases: [N. N.]", "links: {wikidata: Q42}"))
        path.write_text(f"- name: {self.chance.choice(NAMES[:3])}\n  kind: person\n  {kind}\n", encoding="utf-8")

    def settings(self) -> None:
        text = SETTINGS.format(number=self.chance.randrange(5), least=self.chance.randrange(3))
        (self.root / "sitegen.toml").write_text(text, encoding="utf-8")

    def slip(self) -> None:
        """Something that cannot be used, mended after a moment."""
        path, bad = self.chance.choice(
            (
                (self.root / "sitegen.toml", "titel = ["),
                (self.root / "content/entities.yaml", "- name: ["),
                (self.theme / "templates/article.html", "{% if %}"),
                (self.some_article(), "---\ntitle: a: b: c\n---\nx\n"),
            )
        )
        before = path.read_bytes() if path.exists() else None
        path.write_text(bad, encoding="utf-8")
        time.sleep(self.chance.random() * 0.3)
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


class Reader:
    """A client that asks for one page after the other, and looks at each answer."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.faults: list[str] = []
        self.answers: Counter[int] = Counter()
        self._known = ["/"]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        fixed = ["/", "/feed.xml", "/feed.json", "/search/", "/search/index.json", "/assets/style.css", "/people/"]
        while not self._stop.is_set():
            path = self.chance.choice([*fixed, *self._known[-300:], f"/api/search?q={self.chance.choice(THINGS)}"])
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                if not self._stop.is_set():
                    self.faults.append(f"{path}: {type(error).__name__}: {error}")
                connection.close()
                continue
            self.answers[answer.status] += 1
            self._look(path, answer.status, answer.headers.get_content_type(), body)
            time.sleep(0.005)
        connection.close()

    def _look(self, path: str, status: int, kind: str, body: bytes) -> None:
        if status not in (200, 301, 404):
            self.faults.append(f"{path}: {status}: {body[:200]!r}")
        elif kind == "text/html":
            if not body.rstrip().endswith(b"</html>"):
                self.faults.append(f"{path}: half a page of {len(body)} bytes")
            links = re.findall(rb'href="([^"#?:]+/)"', body)
            base = path.rpartition("/")[0]
            for link in self.chance.sample(links, min(3, len(links))):
                url = os.path.normpath(f"{base}/{link.decode()}" if not link.startswith(b"/") else link.decode())
                self._known.append(quote(url.lstrip("."), safe="/%") + "/")
            del self._known[:-1000]
        elif kind == "application/json" and status == 200:
            try:
                json.loads(body)
            except ValueError:
                self.faults.append(f"{path}: half of some JSON, {len(body)} bytes")


def soak(
    operations: Operations, port: int, count: int, pause: float, notice: Callable[[int], None] = lambda _: None
) -> tuple[list[str], Counter[int]]:
    """Change files so many times while three clients read; what was wrong, and the answers by status.

    At the end the server has caught up with all changes.
    """
    readers = [Reader(port, seed) for seed in range(3)]
    try:
        for number in range(count):
            operations.step()
            notice(number)
            time.sleep(operations.chance.random() * pause)
        last = operations.articles / "1999/last.md"
        last.parent.mkdir(parents=True, exist_ok=True)
        last.write_text("---\ntitle: The last one\ndate: 1999-12-31\n---\nAll is told.\n", encoding="utf-8")
        caught_up(port)
    finally:
        for reader in readers:
            reader.stop()
    faults = [fault for reader in readers for fault in reader.faults]
    answers: Counter[int] = sum((reader.answers for reader in readers), Counter())
    return faults, answers


def caught_up(port: int) -> None:
    """Wait until the last change shows, in pages and in search."""
    end = time.monotonic() + PATIENCE
    calm = 0
    while calm < 20:
        if time.monotonic() > end:
            raise SystemExit("the server never caught up")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/1999/last/")
            page = connection.getresponse()
            page.read()
            connection.request("GET", "/api/search?q=title:last")
            found = b"1999/last/" in connection.getresponse().read()
            calm = calm + 1 if page.status == 200 and found else 0
        time.sleep(0.05)


def differences(root: Path, clean: Path) -> list[str]:
    """How the site of one archive differs from that of another, and their answers to some queries."""
    sites = []
    for archive in (root, clean):
        top = archive / "site"
        files = (path for path in top.rglob("*") if path.is_file() and ".sitegen" not in path.relative_to(top).parts)
        sites.append({path.relative_to(top).as_posix(): path.read_bytes() for path in files})
    served, built = sites
    wrong = [f"{path}: served, and not in a clean build" for path in sorted(served.keys() - built.keys())]
    wrong += [f"{path}: missing" for path in sorted(built.keys() - served.keys())]
    wrong += [f"{path}: differs" for path in sorted(served.keys() & built.keys()) if served[path] != built[path]]
    for query in QUERIES:
        answers = [sitegen(archive, "search", query, "--limit", "50") for archive in (root, clean)]
        if answers[0] != answers[1]:
            wrong.append(f"search for {query}: other answers")
    return wrong


def clean_twin(root: Path, clean: Path) -> None:
    """The same content, built from nothing."""
    clean.mkdir()
    shutil.copytree(root / "content", clean / "content")
    shutil.copytree(root / "themes", clean / "themes")
    shutil.copyfile(root / "sitegen.toml", clean / "sitegen.toml")
    sitegen(clean, "build")


def sitegen(root: Path, *arguments: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "sitegen", "--root", str(root), *arguments, "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])}
    done = subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True, text=True, env=environment)
    return done.stdout


def resident_megabytes(process: int) -> float:
    """Memory that a process holds; 0 where the system does not tell."""
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--articles", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="sitegen-soak-"))
    root = scratch / "archive"
    operations = Operations(root, options.seed)
    operations.prepare(options.articles)
    command = [sys.executable, "-m", "sitegen", "serve", "--root", str(root), "--port", "0", "--json"]
    memory: list[float] = []
    started = time.monotonic()
    with (scratch / "errors").open("wb") as errors:
        sitegen(root, "build")
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        port = int(re.search(r":(\d+)/", json.loads(process.stdout.readline())["url"])[1])  # type: ignore[index]
        news: list[str] = []
        reading = threading.Thread(target=lambda: news.extend(process.stdout or ()), daemon=True)
        reading.start()

        def notice(number: int) -> None:
            if number % max(1, options.operations // 20) == 0:
                memory.append(resident_megabytes(process.pid))
                print(f"{number:>6} operations, {memory[-1]:,.0f} MB, {len(news)} builds", flush=True)

        faults, answers = soak(operations, port, options.operations, 0.25, notice)
        memory.append(resident_megabytes(process.pid))
        process.terminate()
        code = process.wait(30)
        reading.join()
    seconds = time.monotonic() - started
    if code:
        faults.append(f"the server ended with {code}")
    told = (scratch / "errors").read_text(encoding="utf-8")
    if told:
        faults.append(f"the server complained: {told[-2000:]}")
    faults += [line[:2000] for line in news if '"fault"' in line]
    clean_twin(root, scratch / "clean")
    faults += differences(root, scratch / "clean")
    early, late = memory[len(memory) // 4], memory[-1]
    if late > early * 1.25 + 20:
        faults.append(f"memory grew from {early:,.0f} to {late:,.0f} MB")
    kinds = ", ".join(f"{name} {count}" for name, count in operations.counts.most_common())
    print(f"{options.operations:,} operations in {seconds:,.0f} s: {kinds}")
    print(f"answers: {dict(sorted(answers.items()))}; builds told: {len(news)}")
    print(f"memory: {early:,.0f} MB after a quarter, {late:,.0f} MB at the end")
    for fault in faults[:40]:
        print(f"WRONG: {fault}")
    if faults:
        print(f"{len(faults)} faults; kept for a look: {scratch}")
        raise SystemExit(1)
    print("the site equals that of a clean build, and search answers alike")
    shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
