"""The full-text index against stock Whoosh, in one run on the same articles.

    python benchmarks/bench_whoosh.py [--articles 4000] [--words 140] [--jobs 2] [--whole]

Articles are press releases of the development data folder (`SITEGEN_DEV_DATA`, else `../shared`), cut to a number of
words, with the pairs of capitalised words that several of them share as their people, organisations and places.
`--whole` also builds all 26,639 in full and measures one article's update and some queries.
"""

from __future__ import annotations

import argparse
import collections
import gc
import gzip
import json
import os
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sitegen.digest import value_digest
from sitegen.search.analysis import Analyzer
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchCorpus, SearchDocument
from sitegen.store.whoosh_index import WhooshIndex

KINDS = ("person", "organization", "place")
QUERIES = (
    "climate change",
    '"climate change" -energy',
    "person:pelosi after:2020",
    "healthcare*",
    "the of and",
    "senat",
)


def read(count: int, words: int) -> list[tuple[SearchDocument, str]]:
    """Articles with their names, in the order of (date, id)."""
    data = Path(os.environ.get("SITEGEN_DEV_DATA") or Path(__file__).resolve().parents[2] / "shared")
    with gzip.open(data / "corpora" / "congress-press.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line, _ in zip(file, range(count), strict=False)]
    pairs = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
    texts = [" ".join((record["text"] or "").split()[: words or None]) for record in records]
    shared = collections.Counter(name for text in texts for name in set(pairs.findall(text)))
    rows = []
    for record, text in zip(records, texts, strict=True):
        names = [name for name in dict.fromkeys(pairs.findall(text)) if shared[name] >= 3]
        entities = tuple((KINDS[len(name) % 3], name.lower(), name) for name in names[: 8 if words else 16])
        authors, source = tuple(record["authors"] or ()), record["source"] or ""
        document = SearchDocument(
            record["id"], record["url"], record["title"], record["date"], source, "en", authors, entities, (), 0
        )
        rows.append((document, text))
    return sorted(rows, key=lambda row: (row[0].date, row[0].id))


def analyse(rows: Sequence[tuple[SearchDocument, str]]) -> SearchCorpus:
    """The corpus of some articles."""
    analyzer = Analyzer()
    titles = [analyzer.analyse(document.title) for document, _ in rows]
    bodies = [analyzer.analyse(text) for _, text in rows]
    part = VocabularyPart(analyzer.words, analyzer.terms, ragged(titles), ragged(bodies))
    merged = merge_vocabularies([part], np.arange(len(rows)))
    documents = [document for document, _ in rows]
    return SearchCorpus(documents, merged.words, merged.terms, merged.title, merged.body, lambda n: rows[n][1])


def stock(folder: Path, rows: Sequence[tuple[SearchDocument, str]]) -> None:
    """Whoosh as its documentation shows it, with the same fields."""
    from whoosh import fields, index
    from whoosh.analysis import StemmingAnalyzer

    names = {name: fields.KEYWORD(commas=True, lowercase=True) for name in (*KINDS, "author", "source")}
    schema = fields.Schema(
        id=fields.ID(stored=True, unique=True),
        url=fields.STORED,
        title=fields.TEXT(StemmingAnalyzer(), stored=True),
        date=fields.ID(stored=True),
        body=fields.TEXT(StemmingAnalyzer()),
        **names,
    )
    writer = index.create_in(str(folder), schema).writer(limitmb=256)
    for document, text in rows:
        kinds = {kind: ",".join(n for k, _, n in document.entities if k == kind) for kind in KINDS}
        writer.add_document(
            id=document.id,
            url=document.url,
            title=document.title,
            date=document.date.replace("-", ""),
            body=text,
            author=",".join(document.authors),
            source=document.source,
            **kinds,
        )
    writer.commit()


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of a call, its child processes included."""
    gc.collect()

    def spent() -> float:
        return sum(
            u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    start = spent()
    work()
    return spent() - start


def size(folder: Path) -> float:
    """Megabytes in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def compare(rows: Sequence[tuple[SearchDocument, str]], repeats: int) -> None:
    """Ours and stock, CPU an article, the least of some runs each."""
    digests = {document.id: value_digest(document, text) for document, text in rows}
    times: dict[str, list[float]] = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = Path(name, "ours"), Path(name, "stock")
        for _ in range(repeats):
            for folder in (ours, theirs):
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
            kept: list[SearchCorpus] = []
            times["analysis"].append(cpu(lambda kept=kept: kept.append(analyse(rows))))
            with WhooshIndex(ours) as index:
                times["index"].append(cpu(lambda index=index, kept=kept: index.rebuild(kept[0], digests)))
            times["stock"].append(cpu(lambda theirs=theirs: stock(theirs, rows)))
        least = {step: 1e3 * min(values) / len(rows) for step, values in times.items()}
        words = sum(len(text.split()) for _, text in rows) / len(rows)
        entities = sum(len(document.entities) for document, _ in rows) / len(rows)
        total = least["analysis"] + least["index"]
        print(f"{len(rows):,} articles of {words:.0f} words, {entities:.1f} names; CPU ms an article:")
        print(f"  analysis {least['analysis']:.3f} (once for both indexes) + index {least['index']:.3f} = {total:.3f}")
        print(f"  stock    {least['stock']:.3f}    ours / stock = {total / least['stock']:.2f}")
        print(f"  on disk  {size(ours):.1f} MB, stock {size(theirs):.1f} MB")


def whole(jobs: int) -> None:
    """All press releases: build, one update, queries."""
    rows = read(10**9, 0)
    corpus = analyse(rows)
    texts = {document.id: text for document, text in rows}
    digests = {document.id: value_digest(document, texts[document.id]) for document in corpus.documents}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as name, WhooshIndex(Path(name)) as index:
        start = time.perf_counter()
        used = cpu(lambda: index.rebuild(corpus, digests, jobs))
        wall = time.perf_counter() - start
        worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{len(rows):,} articles with {jobs} jobs: {wall:.1f} s, {used / len(rows) * 1e3:.3f} ms CPU an article")
        print(f"  {size(Path(name)):.0f} MB on disk; memory before {before / 1e3:.0f} MB, at most")
        print(f"  {here / 1e3:.0f} MB here and {worker / 1e3:.0f} MB in a worker, both with what they share")
        updates = []
        for number in range(20):
            document, text = rows[number * 997]
            part = analyse([(document, text + f" edit{number}")])
            start = time.perf_counter()
            index.update(part, digests, [])
            updates.append(time.perf_counter() - start)
            texts[document.id] = text + f" edit{number}"
        start = time.perf_counter()
        index.needs(digests)
        needs = time.perf_counter() - start
        ms = sorted(1e3 * u for u in updates)
        print(f"  one article updated: median {statistics.median(ms):.0f} ms, most {ms[-1]:.0f} ms")
        print(f"  digests compared: {needs * 1e3:.0f} ms")
        for query in QUERIES:
            runs = []
            for _ in range(3):
                start = time.perf_counter()
                found = index.search(query, 10, texts.__getitem__)
                runs.append(1e3 * (time.perf_counter() - start))
            print(f"  {query!r}: {found.total:,} articles, first {runs[0]:.0f} ms, then {min(runs):.0f} ms")
        index.close()
        start = time.perf_counter()
        with WhooshIndex(Path(name)) as cold:
            cold.search("climate change", 10, texts.__getitem__)
        print(f"  opened and searched: {1e3 * (time.perf_counter() - start):.0f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=4000)
    parser.add_argument("--words", type=int, default=140, help="words of each article; 0: all")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--whole", action="store_true", help="also build and search all press releases")
    arguments = parser.parse_args()
    compare(read(arguments.articles, arguments.words), arguments.repeats)
    if arguments.whole:
        whole(arguments.jobs)


if __name__ == "__main__":
    main()
