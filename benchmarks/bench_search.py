"""Measures the JSON search index: ranking, bytes over the wire, slips, build time, memory and files.

    python benchmarks/bench_search.py quality            nDCG@10 beside a reference BM25 on three test collections
    python benchmarks/bench_search.py wire [ARTICLES]    bytes and time a query on press releases (26639 or 100000)
    python benchmarks/bench_search.py slips              one slip in a title: is the article among the first five?

Data lie in the development data folder (`SITEGEN_DEV_DATA`, else `../shared`). Needs Node 20 or newer.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import random
import re
import resource
import statistics
import subprocess
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sitegen.search.analysis import Analyzer, fold_words
from sitegen.search.build import FileStamp, finish, plan_search, run_job
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchCorpus, SearchDocument
from sitegen.search.function_words import function_words

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SITEGEN_DEV_DATA", ROOT.parent / "shared"))
CLIENT = ROOT / "themes" / "default" / "assets" / "search.js"
STOP_WORDS = frozenset(function_words(["en"]))
_NAME = re.compile(
    r"\b(?:Senator|Sen\.|Rep\.|Congressman|Congresswoman|Secretary|Chairman) ([A-Z][a-z]+ [A-Z][a-z]+)\b"
)
_PLACE = re.compile(r"\bin ([A-Z][a-z]+(?: [A-Z][a-z]+)?)\b")
_BODY = re.compile(r"\b((?:[A-Z][a-z]+ )+(?:Committee|Act|Department|Agency|University|Association|Administration))\b")


def read_lines(path: Path) -> list[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def corpus_of(documents: Sequence[SearchDocument], titles: Sequence[str], texts: Sequence[str]) -> SearchCorpus:
    analyzer = Analyzer()
    title = ragged([analyzer.analyse(text) for text in titles])
    body = ragged([analyzer.analyse(text) for text in texts])
    order = list(range(len(documents)))
    merged = merge_vocabularies([VocabularyPart(analyzer.words, analyzer.terms, title, body)], order)
    return SearchCorpus(documents, merged.words, merged.terms, merged.title, merged.body, texts.__getitem__)


def write(corpus: SearchCorpus, folder: Path) -> dict[str, Any]:
    """Build an index on disk; CPU seconds, files and bytes by area."""
    start = time.process_time()
    plan = plan_search(corpus)
    planned = time.process_time() - start
    stamps: list[FileStamp] = []
    files: dict[str, list[int]] = defaultdict(list)
    spent: Counter[str] = Counter({"plan": planned})
    writing = 0.0

    def put(made: Iterable[Any]) -> None:
        nonlocal writing
        before = time.process_time()
        for file in made:
            stamps.append(file.stamp)
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
            files[file.stamp.area].append(len(zlib.compress(file.data, 6)))
            files[file.stamp.area + " raw"].append(len(file.data))
        writing += time.process_time() - before

    for job in plan.jobs:
        before = time.process_time()
        made = run_job(plan, job)
        spent[job.area] += time.process_time() - before
        put(made)
    put(finish(plan, list(stamps)))
    return {"spent": spent, "files": files, "seconds": time.process_time() - start - writing}


def run_client(folder: Path, queries: Sequence[dict[str, Any]], *, fresh: bool = False) -> tuple[int, list[Any]]:
    """Manifest bytes and the answers of the client."""
    with tempfile.TemporaryDirectory() as scratch:
        module = Path(scratch) / "search.mjs"
        module.write_bytes(CLIENT.read_bytes())
        done = subprocess.run(
            ["node", str(ROOT / "benchmarks" / "search_queries.mjs"), module.as_uri(), str(folder)],
            input=json.dumps({"queries": queries, "fresh": fresh}),
            capture_output=True,
            text=True,
            check=True,
        )
    first, *lines = done.stdout.splitlines()
    return json.loads(first)["manifest"], [json.loads(line) for line in lines]


class ReferenceBm25:
    """BM25 (k1 1.2, b .75) over stems without stop words, in floating point, over title and text as one."""

    def __init__(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        self.ids = ids
        self.analyzer = Analyzer()
        rows = [[t for t in self.terms(text) if t] for text in texts]
        self.lengths = np.array([len(row) for row in rows], dtype=float)
        self.postings: dict[str, dict[int, int]] = defaultdict(dict)
        for index, row in enumerate(rows):
            for term, count in Counter(row).items():
                self.postings[term][index] = count

    def terms(self, text: str) -> list[str]:
        ids = self.analyzer.analyse(text)
        return [self.analyzer.terms[i] for i in ids if self.analyzer.words[i] not in STOP_WORDS]

    def idf(self, term: str) -> float:
        count = len(self.postings.get(term, ()))
        return math.log(1 + (len(self.ids) - count + 0.5) / (count + 0.5))

    def search(self, query: str, limit: int = 10) -> list[str]:
        scores = np.zeros(len(self.ids))
        average = self.lengths.mean()
        for term in set(self.terms(query)):
            for index, count in self.postings.get(term, {}).items():
                norm = 1.2 * (0.25 + 0.75 * self.lengths[index] / average)
                scores[index] += self.idf(term) * count * 2.2 / (count + norm)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [self.ids[i] for i in best if scores[i] > 0]


def ndcg(found: Sequence[str], gains: dict[str, float], depth: int = 10) -> float:
    ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(gains.values(), reverse=True)[:depth]))
    got = sum(gains.get(key, 0.0) / math.log2(i + 2) for i, key in enumerate(found[:depth]))
    return got / ideal if ideal else 0.0


def quality() -> None:
    print(f"{'collection':12}{'queries':>9}{'ours':>9}{'reference':>11}{'difference':>12}{'no result':>11}")
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
            SearchDocument(i, f"{i}/", t, "", "", "en", (), (), (), 0) for i, t in zip(ids, titles, strict=True)
        ]
        reference = ReferenceBm25(ids, [f"{a} {b}" for a, b in zip(titles, texts, strict=True)])
        with tempfile.TemporaryDirectory() as folder:
            write(corpus_of(documents, titles, texts), Path(folder))
            for kind in ("full", "3 rarest"):
                asked = [plain(q["text"], reference, kind) for q in queries]
                _, answers = run_client(Path(folder), [{"q": q} for q in asked])
                ours = statistics.mean(ndcg(a["ids"], gains[q["id"]]) for a, q in zip(answers, queries, strict=True))
                theirs = statistics.mean(
                    ndcg(reference.search(a), gains[q["id"]]) for a, q in zip(asked, queries, strict=True)
                )
                empty = sum(not a["ids"] for a in answers) / len(answers)
                print(f"{name:5}{kind:>9}{len(asked):7}{ours:9.4f}{theirs:11.4f}{ours - theirs:+12.4f}{empty:11.3f}")


def plain(query: str, reference: ReferenceBm25, kind: str) -> str:
    """The words of a query without operators, all of them or the three rarest that the collection has."""
    words = fold_words(query)
    if kind == "full":
        return " ".join(words)
    known = [w for w in dict.fromkeys(words) if w not in STOP_WORDS and reference.terms(w)[:1]]
    known = [w for w in known if reference.postings.get(reference.terms(w)[0])]
    return " ".join(sorted(known, key=lambda w: len(reference.postings[reference.terms(w)[0]]))[:3])


class Articles(NamedTuple):
    documents: list[SearchDocument]
    titles: list[str]
    texts: list[str]


def press(count: int) -> Articles:
    """The press releases, or as many articles made of them: first halves joined with other articles' second halves."""
    rows = sorted(read_lines(DATA / "corpora" / "congress-press.jsonl.gz"), key=lambda r: (r["date"], r["id"]))
    documents: list[SearchDocument] = []
    titles: list[str] = []
    texts: list[str] = []
    for turn in range(-(-count // len(rows))):
        for index, row in enumerate(rows[: count - turn * len(rows)]):
            text = row["text"]
            if turn:
                other = rows[(index + 7919 * turn) % len(rows)]["text"]
                text = text[: len(text) // 2] + " " + other[len(other) // 2 :]
            found = {("person", "-".join(fold_words(n)), n) for n in (*row["authors"], *_NAME.findall(text))}
            found |= {("place", "-".join(fold_words(n)), n) for n in _PLACE.findall(text)}
            found |= {("organization", "-".join(fold_words(n)), n) for n in _BODY.findall(text)}
            slug = "-".join(fold_words(row["title"]))[:60].strip("-") + (f"-{turn}" if turn else "")
            documents.append(
                SearchDocument(
                    f"{row['id']}{turn:04x}",
                    f"{row['date'][:4]}/{row['date'][5:7]}/{slug}/",
                    row["title"],
                    row["date"],
                    row["source"],
                    "en",
                    tuple(row["authors"]),
                    tuple(sorted(found)),
                    (),
                    0,
                )
            )
            titles.append(row["title"])
            texts.append(text)
    return Articles(documents, titles, texts)


def query_sets(articles: Articles) -> dict[str, list[dict[str, Any]]]:
    """200 queries from titles, 50 phrases from texts, 50 with a range of years and some with a person."""
    rng = random.Random(1)
    chosen = rng.sample(range(len(articles.documents)), 300)
    titles = [" ".join(fold_words(articles.titles[i])) for i in chosen]
    phrases = []
    for i in chosen[200:250]:
        words = fold_words(articles.texts[i])
        at = rng.randrange(max(1, len(words) - 4))
        phrases.append({"q": '"' + " ".join(words[at : at + rng.randint(2, 4)]) + '"'})
    filtered = [
        {"q": " ".join(title.split()[:4]), "options": {"filters": filters(articles.documents[i], rng)}}
        for i, title in zip(chosen[250:], titles[250:], strict=True)
    ]
    return {"200 titles": [{"q": title} for title in titles[:200]], "50 phrases": phrases, "50 filters": filtered}


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def wire(count: int) -> None:
    articles = press(count)
    corpus = corpus_of(*articles)
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        built = write(corpus, folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        areas = {a: sizes for a, sizes in built["files"].items() if not a.endswith(" raw")}
        print(
            f"{len(corpus.documents)} articles: {built['seconds']:.1f} s CPU, peak {peak:.0f} MB, {start:.0f} MB before"
        )
        print("  seconds: " + ", ".join(f"{area} {spent:.2f}" for area, spent in built["spent"].items()))
        for area, sizes in areas.items():
            raw = sum(built["files"][area + " raw"])
            print(
                f"  {area:6}{len(sizes):6} files{raw / 1e6:8.1f} MB{sum(sizes) / 1e6:8.1f} MB gzip"
                f"{statistics.mean(sizes) / 1e3:8.1f} kB mean{max(sizes) / 1e3:8.1f} kB max"
            )
        print(f"  files in all {sum(map(len, areas.values()))}")
        sets = query_sets(articles)
        sets["all 300"] = [query for queries in list(sets.values()) for query in queries]
        for fresh in (True, False):
            for name, queries in sets.items():
                manifest, answers = run_client(folder, queries, fresh=fresh)
                sizes = [answer["bytes"] / 1e3 for answer in answers]
                by_area = {
                    a: statistics.mean(x["areas"].get(a, 0) for x in answers) / 1e3
                    for a in sorted({a for x in answers for a in x["areas"]})
                }
                empty = sum(not answer["ids"] for answer in answers)
                print(
                    f"  {'first' if fresh else 'later'} {name:11} kB p50 {percentile(sizes, 0.5):6.1f} p95 "
                    f"{percentile(sizes, 0.95):6.1f} max {max(sizes):6.1f}  cpu ms p50 "
                    f"{percentile([a['cpu'] for a in answers], 0.5):5.1f} p95 "
                    f"{percentile([a['cpu'] for a in answers], 0.95):5.1f}  empty {empty}  mean by area: "
                    + " ".join(f"{a} {v:.1f}" for a, v in by_area.items())
                )
        print(f"  manifest {manifest / 1e3:.1f} kB")


def filters(document: SearchDocument, rng: random.Random) -> dict[str, str]:
    chosen = {"after": document.date[:4], "before": str(int(document.date[:4]) + 2)}
    people = [slug for kind, slug, _ in document.entities if kind == "person"]
    if people and rng.random() < 0.5:
        chosen["person"] = people[0]
    return chosen


def slips() -> None:
    articles = press(26639)
    corpus = corpus_of(*articles)
    rng = random.Random(2)
    queries = []
    wanted = []
    while len(queries) < 300:
        document = articles.documents[rng.randrange(len(articles.documents))]
        words = fold_words(document.title)
        long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
        if not long or len(words) < 3:
            continue
        place = rng.choice(long)
        word = words[place]
        at = rng.randrange(len(word))
        letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
        kind = rng.randrange(4)
        if kind == 0:
            slip = word[:at] + word[at + 1 :]
        elif kind == 1:
            slip = word[:at] + letter + word[at:]
        elif kind == 2:
            slip = word[:at] + letter + word[at + 1 :]
        else:
            at = min(at, len(word) - 2)
            slip = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if slip == word:
            continue
        queries.append({"q": " ".join([*words[:place], slip, *words[place + 1 :]]), "options": {"limit": 5}})
        wanted.append(document.title)
    with tempfile.TemporaryDirectory() as scratch:
        write(corpus, Path(scratch))
        title = {document.id: document.title for document in articles.documents}
        _, answers = run_client(Path(scratch), queries, fresh=True)
    good = sum(w in {title[i] for i in a["ids"]} for w, a in zip(wanted, answers, strict=True))
    print(f"slips: the article is among the first five in {good} of {len(queries)} cases")
    sizes = [a["bytes"] / 1e3 for a in answers]
    print(f"kB p50 {percentile(sizes, 0.5):.1f} p95 {percentile(sizes, 0.95):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("quality", "wire", "slips", "all"), nargs="?", default="all")
    parser.add_argument("articles", nargs="?", type=int, default=26639)
    chosen = parser.parse_args()
    if not DATA.is_dir():
        raise SystemExit(f"no development data at {DATA}: set SITEGEN_DEV_DATA")
    if chosen.what in ("quality", "all"):
        quality()
    if chosen.what in ("wire", "all"):
        wire(chosen.articles)
    if chosen.what in ("slips", "all"):
        slips()


if __name__ == "__main__":
    main()
