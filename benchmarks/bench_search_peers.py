"""Measures search in the browser beside other engines, in one run on the same documents, in real Chromium.

    python benchmarks/bench_search_peers.py quality              nDCG@10 on three test collections
    python benchmarks/bench_search_peers.py time [ARTICLES]      bytes, time and CPU a query on press releases
    python benchmarks/bench_search_peers.py time 26639 --engines ours pagefind --indexes FOLDER
    python benchmarks/bench_search_peers.py page SITE            the search page itself, of a built archive

`time` asks each engine as its pages do: ours in the search page's worker, the others in the page. `cold` is the first
question of a reader with an empty cache, opening the engine included; `warm` are later ones, each new to this reader;
`again` asks the same ones once more. Round trips of 150 ms are added by the server, to connections and to requests, so
that workers feel them too. CPU is that of all threads of the page's process.

Peers (Pagefind, MiniSearch, lunr) come from npm into a folder of their own (`--modules`, default: a temporary one);
stock Whoosh and a reference BM25 run in Python. `--indexes` keeps indexes for later runs. Data lie in the development
data folder (`SITEGEN_DEV_DATA`, else `../shared`). Needs Linux, Node 20 or newer, npm, and Chromium with Playwright.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import http.server
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench_search import (
    CLIENT,
    DATA,
    ROOT,
    Articles,
    ReferenceBm25,
    corpus_of,
    ndcg,
    percentile,
    plain,
    press,
    query_sets,
    read_lines,
    write,
)

from sitegen.search.documents import SearchDocument

PEERS = Path(__file__).parent / "peers"
BROWSER_PEERS = ("pagefind", "minisearch", "lunr")
CHROMIUM = Path("/usr/bin/chromium")
ROUND_TRIP = 0.15
_TYPES = {".js": "text/javascript", ".json": "application/json", ".html": "text/html", ".wasm": "application/wasm"}
_PAGE = (
    b"<!doctype html><title>bench</title><script type=module>import('/engines.js').then(m=>window.engines=m)</script>"
)


class Shelf:
    """Serves several folders, everything compressed as a host would, and notes the bytes of each answer."""

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self.roots = dict(roots)
        self.round_trip = 0.0
        """Seconds that a connection, and then each answer, takes longer."""
        self.log: list[tuple[str, int]] = []
        self._packed: dict[str, bytes] = {}
        shelf = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 1 << 16

            def setup(self) -> None:
                super().setup()
                time.sleep(shelf.round_trip)

            def do_GET(self) -> None:
                path = urllib.parse.unquote(self.path.partition("?")[0])
                body = shelf.body(path)
                time.sleep(shelf.round_trip)
                if body is None:
                    self.send_error(404)
                    return
                shelf.log.append((path, len(body)))
                self.send_response(200)
                self.send_header("Content-Type", _TYPES.get(Path(path).suffix or ".html", "application/octet-stream"))
                if not shelf.is_packed(path):
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Cache-Control", "max-age=3600")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):  # A reader left.
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def is_packed(path: str) -> bool:
        """Pagefind's own files are compressed already; a second time would only make them larger."""
        return path.startswith("/pagefind/") and Path(path).suffix not in (".js", ".json", ".css")

    def body(self, path: str) -> bytes | None:
        if path == "/":
            return gzip.compress(_PAGE)
        known = self._packed.get(path)
        if known is None:
            root, _, rest = path.lstrip("/").partition("/")
            file = self.roots[root] / rest if root in self.roots else None
            if file is not None and path.endswith("/"):
                file /= "index.html"
            if file is None or not file.is_file():
                return None
            data = file.read_bytes()
            known = self._packed[path] = data if self.is_packed(path) else gzip.compress(data, 6)
        return known

    def taken(self) -> int:
        """Bytes sent since the last call."""
        total = sum(size for _, size in self.log)
        self.log.clear()
        return total


class Answer(NamedTuple):
    ids: list[str]
    bytes: int
    ms: float
    cpu: float
    """Milliseconds of CPU in the page's process: its own thread, workers, garbage collection, compilation."""


class Browser:
    """A running Chromium, and the CPU time of its pages."""

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium
        self.session = chromium.new_browser_cdp_session()

    def busy(self) -> float:
        """Milliseconds of CPU of all pages' processes until now; only one page is open at a time."""
        processes = self.session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(_cpu_of(process["id"]) for process in processes if process["type"] == "renderer")


def _cpu_of(process: int) -> float:
    total = 0
    for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(thread.read_text().split()[0])
    return total / 1e6


@contextmanager
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        options.append("--disable-features=SpareRendererForSitePerProcess")  # It would start while a page is measured.
        started = playwright.chromium.launch(executable_path=path, args=options)
        yield Browser(started)
        started.close()


class Visit:
    """One reader: a browser context of its own, with an empty cache, and the page that asks `engine`."""

    def __init__(self, chromium: Browser, shelf: Shelf, engine: str) -> None:
        self.chromium = chromium
        self.shelf = shelf
        self.engine = engine
        self.context = chromium.chromium.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(300_000)
        self.page.goto(shelf.url)
        self.page.wait_for_function("window.engines")
        shelf.taken()

    def ask(self, query: Mapping[str, Any]) -> Answer:
        """Ask; the engine is opened by the first question."""
        before = self.chromium.busy()
        ids, ms = self.page.evaluate(
            """async ([engine, query, options]) => {
                const start = performance.now();
                window.ask ??= await window.engines.open(engine);
                const ids = await window.ask(query, options ?? {});
                return [ids, performance.now() - start];
            }""",
            [self.engine, query["q"], query.get("options")],
        )
        return Answer(ids, self.shelf.taken(), ms, self.chromium.busy() - before)

    def close(self) -> None:
        self.context.close()


def documents_of(articles: Articles) -> Iterator[dict[str, Any]]:
    for document, text in zip(articles.documents, articles.texts, strict=True):
        people = [slug for kind, slug, _ in document.entities if kind == "person"]
        row = {"id": document.id, "url": document.url, "title": document.title, "text": text}
        yield row | {"date": document.date, "people": people}


def build_peer(engine: str, folder: Path, modules: Path, articles: Articles) -> dict[str, float]:
    """Build a peer's index in `folder`; seconds, CPU seconds and peak memory (MB), programs that it starts included."""
    start = time.monotonic()
    command = ["node", "--max-old-space-size=12000", str(PEERS / "build_index.mjs"), engine, str(folder), str(modules)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    watched = Watched(process)
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        for document in documents_of(articles):
            process.stdin.write(json.dumps(document).encode() + b"\n")
        process.stdin.close()
    if process.wait():
        raise SystemExit(f"{engine}: its index could not be built")
    return {"wall": time.monotonic() - start, "cpu": sum(watched.cpu.values()), "mb": watched.peak / 1e6}


class Watched:
    """Peak memory (bytes) and CPU (seconds by process) of a process and those it starts."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.peak = 0
        self.cpu: dict[str, float] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        page, tick = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
        while self.process.poll() is None:
            total = 0
            for stat in Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    fields = stat.read_text().rpartition(")")[2].split()
                    if str(self.process.pid) in (stat.parent.name, fields[1]):
                        total += int(fields[21]) * page
                        self.cpu[stat.parent.name] = (int(fields[11]) + int(fields[12])) / tick
            self.peak = max(self.peak, total)
            time.sleep(0.2)


def install_peers(modules: Path) -> Path:
    """Packages of the peers, from npm, under `modules`; returns its `node_modules`."""
    if not (modules / "node_modules" / "pagefind").is_dir():
        modules.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEERS / "package.json", modules)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=modules, check=True)
    return modules / "node_modules"


def shelve(folder: Path, modules: Path, articles: Articles, engines: Sequence[str]) -> tuple[Shelf, dict[str, Any]]:
    """Build every engine's index below `folder`, where it is not there yet, and put all on one server."""
    built: dict[str, Any] = {}
    roots = {"modules": modules}
    for engine in engines:
        root = folder / (f"ours-{_program()}" if engine == "ours" else engine)
        told = root.with_suffix(".json")
        if not told.exists():
            shutil.rmtree(root, ignore_errors=True)
            figures = _build_ours(root, articles) if engine == "ours" else build_peer(engine, root, modules, articles)
            told.write_text(json.dumps(figures))
        files = [path.stat().st_size for path in root.rglob("*") if path.is_file()]
        built[engine] = json.loads(told.read_text()) | {"files": len(files), "disk": sum(files) / 1e6}
        roots[engine] = root
    if "ours" in roots:
        roots["assets"] = CLIENT.parent
    shelf = Shelf(roots)
    shelf._packed["/engines.js"] = gzip.compress((PEERS / "engines.js").read_bytes())
    return shelf, built


def _program() -> str:
    """Names the program that builds our index: other code, another index."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "sitegen" / "search").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _build_ours(folder: Path, articles: Articles) -> dict[str, float]:
    start = time.monotonic()
    corpus = corpus_of(*articles)
    cpu = write(corpus, folder)["seconds"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"wall": time.monotonic() - start, "cpu": cpu, "mb": peak}


# --- ranking -------------------------------------------------------------------------------------------------------


def whoosh_search(
    ids: Sequence[str], titles: Sequence[str], texts: Sequence[str], queries: Sequence[str]
) -> list[list[str]]:
    """Stock Whoosh: stemming analyser, any word, its own BM25F."""
    from whoosh.analysis import StemmingAnalyzer
    from whoosh.fields import ID, TEXT, Schema
    from whoosh.filedb.filestore import RamStorage
    from whoosh.qparser import MultifieldParser, OrGroup

    analyzer = StemmingAnalyzer()
    schema = Schema(id=ID(stored=True), title=TEXT(analyzer), text=TEXT(analyzer))
    index = RamStorage().create_index(schema)
    writer = index.writer()
    for id_, title, text in zip(ids, titles, texts, strict=True):
        writer.add_document(id=id_, title=title, text=text)
    writer.commit()
    parser = MultifieldParser(["title", "text"], schema, group=OrGroup)
    with index.searcher() as searcher:
        return [[hit["id"] for hit in searcher.search(parser.parse(query), limit=10)] for query in queries]


def quality(modules: Path, engines: Sequence[str]) -> None:
    print(f"{'nDCG@10 (share without result)':32}" + "".join(f"{e:>18}" for e in (*engines, "whoosh", "reference")))
    with browser() as chromium:
        for name in ("cran", "med", "cacm"):
            rows = read_lines(DATA / "ir" / name / "docs.jsonl.gz")
            gains: dict[str, dict[str, float]] = defaultdict(dict)
            for line in (DATA / "ir" / name / "qrels.tsv").read_text(encoding="utf-8").splitlines():
                query, document, gain = line.split("\t")
                gains[query][document] = float(gain)
            queries = [q for q in read_lines(DATA / "ir" / name / "queries.jsonl") if gains.get(q["id"])]
            ids = [row["id"] for row in rows]
            titles = [row.get("title") or "" for row in rows]
            texts = [row.get("text") or "" for row in rows]
            documents = [
                SearchDocument(i, f"{i}/", t, "2000", "", "en", (), (), (), 0) for i, t in zip(ids, titles, strict=True)
            ]
            reference = ReferenceBm25(ids, [f"{a} {b}" for a, b in zip(titles, texts, strict=True)])
            with tempfile.TemporaryDirectory() as scratch:
                shelf, _ = shelve(Path(scratch), modules, Articles(documents, titles, texts), engines)
                for kind in ("full", "3 rarest"):
                    asked = [plain(q["text"], reference, kind) for q in queries]
                    found: dict[str, list[list[str]]] = {}
                    for engine in engines:
                        visit = Visit(chromium, shelf, engine)
                        found[engine] = [visit.ask({"q": text}).ids for text in asked]
                        visit.close()
                    found["whoosh"] = whoosh_search(ids, titles, texts, asked)
                    found["reference"] = [reference.search(text) for text in asked]
                    cells = ""
                    for answers in found.values():
                        mean = statistics.mean(ndcg(a, gains[q["id"]]) for a, q in zip(answers, queries, strict=True))
                        empty = sum(not a for a in answers) / len(answers)
                        cells += f"{mean:10.3f} ({empty:5.3f})"
                    print(f"{name:6}{kind:10}{len(asked):6} queries   {cells}")
                shelf.server.shutdown()


# --- bytes and time ------------------------------------------------------------------------------------------------

COLUMNS = ("kB p50", "p95", "max", "ms p50", "p95", "CPU ms p50", "p95")


def time_queries(count: int, modules: Path, engines: Sequence[str], indexes: Path) -> None:
    articles = press(count)
    sets = query_sets(articles)
    folder = indexes / str(len(articles.documents))
    folder.mkdir(parents=True, exist_ok=True)
    shelf, built = shelve(folder, modules, articles, engines)
    articles.texts.clear()
    print(f"{len(articles.documents)} articles")
    with browser() as chromium:
        print(f"{'':12}{'build s':>9}{'CPU s':>8}{'peak MB':>9}{'files':>8}{'MB':>8}{'kB before':>11}")
        for engine, of in built.items():
            before = _before(chromium, shelf, engine)
            print(
                f"{engine:12}{of['wall']:9.1f}{of['cpu']:8.1f}{of['mb']:9.0f}{of['files']:8}{of['disk']:8.1f}"
                f"{before / 1e3:11.1f}"
            )
        print(f"\n{'':40}" + "".join(f"{column:>11}" for column in COLUMNS) + f"{'asked':>7}{'empty':>7}", flush=True)
        everything: dict[str, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
        for name, queries in sets.items():
            found: dict[str, dict[str, list[Answer]]] = defaultdict(dict)
            for engine in engines if name == "200 titles" else [e for e in engines if e not in HEAVY]:
                for kind, answers in _readings(chromium, shelf, engine, queries).items():
                    found[kind][engine] = answers
                    everything[kind][engine] += answers
            _tell(name, found)
        _tell("all", everything)
    shelf.server.shutdown()


def _tell(name: str, found: Mapping[str, Mapping[str, Sequence[Answer]]]) -> None:
    for kind, of in found.items():
        for engine, answers in of.items():
            cells = "".join(f"{value:11.1f}" for value in _row(answers))
            print(f"{kind:14}{name:14}{engine:12}{cells}{len(answers):7}{sum(not a.ids for a in answers):7}")
        if {"ours", "pagefind"} <= set(of):
            ours, theirs = _row(of["ours"]), _row(of["pagefind"])
            shares = (f"{what} {ours[at] / theirs[at]:.2f}" for what, at in _P95.items() if theirs[at])
            print(f"{kind:14}{name:14}p95, ours / Pagefind: {'  '.join(shares)}", flush=True)


_P95 = {"kB": 1, "ms": 4, "CPU": 6}
HEAVY = ("minisearch", "lunr")
"""They load everything at first: a few readers tell."""


def _before(chromium: Browser, shelf: Shelf, engine: str) -> int:
    """Bytes that opening the index takes, the engine's own code included."""
    visit = Visit(chromium, shelf, engine)
    visit.page.evaluate("async (engine) => { await window.engines.open(engine); }", engine)
    taken = shelf.taken()
    visit.close()
    return taken


def _readings(
    chromium: Browser, shelf: Shelf, engine: str, queries: Sequence[dict[str, Any]]
) -> dict[str, list[Answer]]:
    """By kind of question; a warm reader asks twenty."""
    heavy = engine in HEAVY
    found: dict[str, list[Answer]] = defaultdict(list)
    for slow in (False, True):
        shelf.round_trip = ROUND_TRIP if slow else 0.0
        suffix = ", 150 ms" if slow else ""
        for query in queries[: 1 if heavy else 4 if slow else 10]:
            visit = Visit(chromium, shelf, engine)
            found["cold" + suffix].append(visit.ask(query))
            visit.close()
        some = queries[: 8 if slow else 20 if heavy else len(queries)]
        for at in range(0, len(some), 20):
            visit = Visit(chromium, shelf, engine)
            visit.ask({"q": "zebra crossing"})
            found["warm" + suffix] += [visit.ask(query) for query in some[at : at + 20]]
            if not slow and at == 0:
                found["again"] += [visit.ask(query) for query in some[:20]]
            visit.close()
    shelf.round_trip = 0.0
    return found


def _row(answers: Sequence[Answer]) -> list[float]:
    sizes = [a.bytes / 1e3 for a in answers]
    times = [a.ms for a in answers]
    busy = [a.cpu for a in answers]
    return [
        percentile(sizes, 0.5),
        percentile(sizes, 0.95),
        max(sizes),
        percentile(times, 0.5),
        percentile(times, 0.95),
        percentile(busy, 0.5),
        percentile(busy, 0.95),
    ]


# --- the search page -----------------------------------------------------------------------------------------------


def time_page(site: Path, count: int) -> None:
    """From the address, or from Enter, to hits in the document; then to the last thing that the page fetches."""
    shelf = Shelf({"site": site})
    address = f"{shelf.url}site/search/"
    sets = query_sets(press(count))
    queries = [query["q"] for name in ("200 titles", "50 phrases") for query in sets[name]]
    rows: dict[str, list[tuple[Answer, Answer]]] = defaultdict(list)
    with browser() as chromium:
        for slow in (False, True):
            shelf.round_trip = ROUND_TRIP if slow else 0.0
            suffix = ", 150 ms" if slow else ""
            for query in queries[:: 25 if slow else 5]:
                context = chromium.chromium.new_context()
                page = context.new_page()
                shelf.taken()
                start = chromium.busy()
                page.goto(f"{address}?q={urllib.parse.quote(query)}", wait_until="commit")
                ms = page.evaluate(_UNTIL_HITS, None)
                rows["cold" + suffix].append(_settled(chromium, shelf, page, ms, start))
                context.close()
            for at in range(0, len(queries), 100 if slow else 10):
                context = chromium.chromium.new_context()
                page = context.new_page()
                page.goto(f"{address}?q=zebra+crossing")
                page.wait_for_load_state("networkidle")
                for query in queries[at : at + 10]:
                    shelf.taken()
                    start = chromium.busy()
                    ms = page.evaluate(_UNTIL_HITS, query)
                    rows["warm" + suffix].append(_settled(chromium, shelf, page, ms, start))
                context.close()
    shelf.server.shutdown()
    print(f"{'the search page':40}" + "".join(f"{column:>11}" for column in COLUMNS) + f"{'asked':>7}")
    for kind, pairs in rows.items():
        for name, answers in zip(("to hits", "to the end"), zip(*pairs, strict=True), strict=True):
            print(f"{kind:14}{name:26}" + "".join(f"{value:11.1f}" for value in _row(answers)) + f"{len(answers):7}")


_UNTIL_HITS = """async (query) => {
    const results = document.querySelector('#search-results');
    const before = results?.firstElementChild;
    let start = 0;
    if (query !== null) {
        document.querySelector('#search-form [name=q]').value = query;
        start = performance.now();
        document.querySelector('#search-form').requestSubmit();
    }
    const shown = () => {
        const now = document.querySelector('#search-results')?.firstElementChild;
        return now && now !== before && document.querySelector('#search-app')?.dataset.state;
    };
    while (!shown()) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - start;
}"""


def _settled(chromium: Browser, shelf: Shelf, page: Any, ms: float, start: float) -> tuple[Answer, Answer]:
    """What it took until hits stood there, and until facets, the chart and contexts did, too."""
    first = Answer([], sum(size for _, size in shelf.log), ms, chromium.busy() - start)
    began = time.monotonic()
    requests = -1
    while requests != len(shelf.log):
        requests = len(shelf.log)
        page.wait_for_timeout(150 + 2000 * shelf.round_trip)
    spent = ms + 1000 * (time.monotonic() - began) - (150 + 2000 * shelf.round_trip)
    return first, Answer([], shelf.taken(), spent, chromium.busy() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("quality", "time", "page", "all"), nargs="?", default="all")
    parser.add_argument("where", nargs="?", default="26639", help="number of articles, or for `page` a built site")
    parser.add_argument("--engines", nargs="+", choices=("ours", *BROWSER_PEERS), default=["ours", *BROWSER_PEERS])
    parser.add_argument("--modules", type=Path, help="folder where npm puts the peers")
    parser.add_argument("--indexes", type=Path, help="folder where indexes are kept for later runs")
    chosen = parser.parse_args()
    if not DATA.is_dir():
        raise SystemExit(f"no development data at {DATA}: set SITEGEN_DEV_DATA")
    if chosen.what == "page":
        time_page(Path(chosen.where), 26639)
        return
    with tempfile.TemporaryDirectory() as scratch:
        modules = install_peers((chosen.modules or Path(scratch) / "peers").resolve())
        if chosen.what != "time":
            quality(modules, chosen.engines)
        if chosen.what != "quality":
            indexes = chosen.indexes or Path(scratch) / "indexes"
            time_queries(int(chosen.where), modules, chosen.engines, indexes)


if __name__ == "__main__":
    main()
