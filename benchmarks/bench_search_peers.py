"""Measures search in the browser beside other engines, in one run on the same documents, in real Chromium.

    python benchmarks/bench_search_peers.py quality              nDCG@10 on three test collections
    python benchmarks/bench_search_peers.py wire [ARTICLES]      bytes and time a query on press releases
    python benchmarks/bench_search_peers.py wire 26639 --engines ours pagefind

Peers (Pagefind, MiniSearch, lunr) come from npm into a folder of their own (`--modules`, default: a temporary one);
stock Whoosh and a reference BM25 run in Python. Data lie in the development data folder (`SITEGEN_DEV_DATA`, else
`../shared`). Needs Node 20 or newer, npm, and Chromium with Playwright.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.server
import json
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench_search import (
    CLIENT,
    DATA,
    ReferenceBm25,
    corpus_of,
    filters,
    fold_words,
    ndcg,
    percentile,
    plain,
    press,
    read_lines,
    write,
)

from sitegen.search.documents import SearchCorpus, SearchDocument

PEERS = Path(__file__).parent / "peers"
BROWSER_PEERS = ("pagefind", "minisearch", "lunr")
CHROMIUM = Path("/usr/bin/chromium")
_TYPES = {".js": "text/javascript", ".json": "application/json", ".html": "text/html", ".wasm": "application/wasm"}
_PAGE = (
    b"<!doctype html><title>bench</title><script type=module>import('/engines.js').then(m=>window.engines=m)</script>"
)


class Shelf:
    """Serves several folders, everything compressed as a host would, and notes the bytes of each answer."""

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self.roots = dict(roots)
        self.log: list[tuple[str, int]] = []
        self._packed: dict[str, bytes] = {}
        shelf = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                body = shelf.body(path)
                if body is None:
                    self.send_error(404)
                    return
                shelf.log.append((path, len(body)))
                self.send_response(200)
                kind = _TYPES.get(Path(path).suffix, "application/octet-stream")
                self.send_header("Content-Type", kind if path != "/" else "text/html")
                if not shelf.is_packed(path):
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Cache-Control", "max-age=3600")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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
    """Milliseconds of work on the page's main thread."""


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        started = playwright.chromium.launch(executable_path=path, args=options)
        yield started
        started.close()


class Visit:
    """One reader: a browser context of its own, with an empty cache."""

    def __init__(self, chromium: Any, shelf: Shelf, engine: str, latency: int = 0) -> None:
        self.context = chromium.new_context()
        self.shelf = shelf
        self.engine = engine
        self.latency = latency
        self.load()

    def load(self) -> None:
        """Open the page anew; what the browser keeps stays."""
        self.page = self.context.new_page()
        self.session = self.context.new_cdp_session(self.page)
        self.session.send("Performance.enable")
        self.page.goto(self.shelf.url)
        self.page.wait_for_function("window.engines")
        if self.latency:
            self.session.send("Network.enable")
            limits = {"offline": False, "latency": self.latency, "downloadThroughput": -1, "uploadThroughput": -1}
            self.session.send("Network.emulateNetworkConditions", limits)
        self.shelf.taken()

    def _busy(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    def ask(self, query: Mapping[str, Any]) -> Answer:
        """Ask; the engine is opened by the first question."""
        before = self._busy()
        ids, ms = self.page.evaluate(
            """async ([engine, query, options]) => {
                const start = performance.now();
                window.ask ??= await window.engines.open(engine);
                const ids = await window.ask(query, options ?? {});
                return [ids, performance.now() - start];
            }""",
            [self.engine, query["q"], query.get("options")],
        )
        return Answer(ids, self.shelf.taken(), ms, self._busy() - before)

    def close(self) -> None:
        self.context.close()


def documents_of(corpus: SearchCorpus) -> Iterator[dict[str, Any]]:
    for index, document in enumerate(corpus.documents):
        people = [slug for kind, slug, _ in document.entities if kind == "person"]
        text = corpus.text(index)
        row = {"id": document.id, "url": document.url, "title": document.title, "text": text}
        yield row | {"date": document.date, "people": people}


def build_peer(engine: str, folder: Path, modules: Path, documents: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Build a peer's index in `folder`; wall and CPU seconds and peak memory (MB) of it and the programs it starts."""
    start = time.monotonic()
    command = ["node", "--max-old-space-size=12000", str(PEERS / "build_index.mjs"), engine, str(folder), str(modules)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    peak = [0]
    watching = threading.Thread(target=_watch_memory, args=(process, peak), daemon=True)
    watching.start()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        for document in documents:
            process.stdin.write(json.dumps(document).encode() + b"\n")
        process.stdin.close()
    if process.wait():
        raise SystemExit(f"{engine}: its index could not be built")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": time.monotonic() - start, "cpu": cpu, "mb": peak[0] / 1000}


def _watch_memory(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.poll() is None:
        total = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            except (OSError, ValueError):
                continue
            if str(process.pid) in (fields["Pid"].strip(), fields["PPid"].strip()):
                total += int(fields.get("VmRSS", "0 kB").split()[0])
        peak[0] = max(peak[0], total)
        time.sleep(0.2)


def install_peers(modules: Path) -> Path:
    """Packages of the peers, from npm, under `modules`; returns its `node_modules`."""
    if not (modules / "node_modules" / "pagefind").is_dir():
        modules.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEERS / "package.json", modules)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=modules, check=True)
    return modules / "node_modules"


def shelve(scratch: Path, modules: Path, corpus: SearchCorpus, engines: Sequence[str]) -> tuple[Shelf, dict[str, Any]]:
    """Build every engine's index and put all on one server."""
    built: dict[str, Any] = {}
    roots = {"modules": modules}
    for engine in engines:
        folder = scratch / engine
        if engine == "ours":
            before = resource.getrusage(resource.RUSAGE_SELF)
            start = time.monotonic()
            write(corpus, folder)
            after = resource.getrusage(resource.RUSAGE_SELF)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            built[engine] = {"wall": time.monotonic() - start, "cpu": cpu, "mb": after.ru_maxrss / 1000}
            shutil.copy(CLIENT, folder / "search.js")
        else:
            built[engine] = build_peer(engine, folder, modules, documents_of(corpus))
        roots[engine] = folder
        files = [path for path in folder.rglob("*") if path.is_file()]
        built[engine] |= {"files": len(files), "disk": sum(path.stat().st_size for path in files) / 1e6}
    shelf = Shelf(roots)
    shelf._packed["/engines.js"] = gzip.compress((PEERS / "engines.js").read_bytes())
    return shelf, built


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
                shelf, _ = shelve(Path(scratch), modules, corpus_of(documents, titles, texts), engines)
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


def query_sets(corpus: SearchCorpus) -> dict[str, list[dict[str, Any]]]:
    """200 queries from titles, 50 phrases from texts, 50 with a range of years and some with a person."""
    rng = random.Random(1)
    chosen = rng.sample(range(len(corpus.documents)), min(300, len(corpus.documents)))
    titles = [" ".join(fold_words(corpus.documents[i].title)) for i in chosen]
    phrases = []
    for i in chosen[200:250]:
        words = [corpus.words[w] for w in corpus.body.row(i)]
        at = rng.randrange(max(1, len(words) - 4))
        phrases.append({"q": '"' + " ".join(words[at : at + rng.randint(2, 4)]) + '"'})
    filtered = [
        {"q": " ".join(title.split()[:4]), "options": {"filters": filters(corpus.documents[i], rng)}}
        for i, title in zip(chosen[250:], titles[250:], strict=True)
    ]
    return {"200 titles": [{"q": title} for title in titles[:200]], "50 phrases": phrases, "50 filters": filtered}


def wire(count: int, modules: Path, engines: Sequence[str]) -> None:
    corpus = press(count)
    sets = query_sets(corpus)
    with tempfile.TemporaryDirectory() as scratch, browser() as chromium:
        shelf, built = shelve(Path(scratch), modules, corpus, engines)
        print(f"{len(corpus.documents)} articles")
        print(f"{'':12}{'build s':>9}{'CPU s':>8}{'peak MB':>9}{'files':>8}{'MB':>8}{'kB before':>11}")
        for engine, of in built.items():
            before = _before(chromium, shelf, engine)
            print(
                f"{engine:12}{of['wall']:9.1f}{of['cpu']:8.1f}{of['mb']:9.0f}{of['files']:8}{of['disk']:8.1f}"
                f"{before / 1e3:11.1f}"
            )
        p95: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        print(
            f"\n{'':36}{'kB p50':>9}{'p95':>9}{'max':>9}{'ms p50':>9}{'p95':>9}{'CPU ms p50':>12}{'p95':>9}{'empty':>7}"
        )
        for name, queries in sets.items():
            for engine in engines:
                light = engine in ("ours", "pagefind")  # The others load everything at first: a few readers tell.
                some, readers = (queries, 50) if light else (queries[:20], 5)
                for kind, answers in _readings(chromium, shelf, engine, some, readers).items():
                    row = _row(answers)
                    p95[name, kind][engine] = row[1]
                    cells = "".join(f"{v:9.1f}" for v in row[:5]) + f"{row[5]:12.1f}{row[6]:9.1f}"
                    print(f"{name:12}{kind:14}{engine:10}{cells}{sum(not a.ids for a in answers):7}")
        if {"ours", "pagefind"} <= set(engines):
            for (name, kind), of in p95.items():
                if of["pagefind"]:
                    print(f"kB p95, ours / Pagefind: {name}, {kind}: {of['ours'] / of['pagefind']:.2f}")
        shelf.server.shutdown()


def _before(chromium: Any, shelf: Shelf, engine: str) -> int:
    """Bytes that opening the index takes, the engine's own code included."""
    visit = Visit(chromium, shelf, engine)
    visit.page.evaluate("async (engine) => { await window.engines.open(engine); }", engine)
    taken = shelf.taken()
    visit.close()
    return taken


def _readings(
    chromium: Any, shelf: Shelf, engine: str, queries: Sequence[dict[str, Any]], readers: int
) -> dict[str, list[Answer]]:
    """First questions of new readers (opening included), later ones, the same again, and first ones over slow lines."""
    found: dict[str, list[Answer]] = {"first": [], "later": [], "again": [], "first, 150 ms": []}
    for query in queries[:readers]:
        visit = Visit(chromium, shelf, engine)
        found["first"].append(visit.ask(query))
        visit.close()
    visit = Visit(chromium, shelf, engine)
    visit.ask({"q": "zebra crossing"})
    found["later"] = [visit.ask(query) for query in queries]
    found["again"] = [visit.ask(query) for query in queries]
    visit.close()
    for query in queries[: min(15, readers)]:
        visit = Visit(chromium, shelf, engine, latency=150)
        found["first, 150 ms"].append(visit.ask(query))
        visit.close()
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("quality", "wire", "all"), nargs="?", default="all")
    parser.add_argument("articles", nargs="?", type=int, default=26639)
    parser.add_argument("--engines", nargs="+", choices=("ours", *BROWSER_PEERS), default=["ours", *BROWSER_PEERS])
    parser.add_argument("--modules", type=Path, help="folder where npm puts the peers")
    chosen = parser.parse_args()
    if not DATA.is_dir():
        raise SystemExit(f"no development data at {DATA}: set SITEGEN_DEV_DATA")
    with tempfile.TemporaryDirectory() as scratch:
        modules = install_peers((chosen.modules or Path(scratch)).resolve())
        if chosen.what != "wire":
            quality(modules, chosen.engines)
        if chosen.what != "quality":
            wire(chosen.articles, modules, chosen.engines)


if __name__ == "__main__":
    main()
