"""Small archives for search tests, and the browser's client running in Node."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sitegen.search.analysis import Analyzer, fold_words
from sitegen.search.build import build_search_index
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchCorpus, SearchDocument

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "themes" / "default" / "assets" / "search.js"

WORDS = (
    "the of and to in a on that for with probe orbit launch crew module capsule lander rover moon mars venus "
    "engineer agency budget senate hearing telescope mirror antenna signal station shuttle astronaut cosmonaut "
    "satellite mission flight rocket engine fuel tank test pad tower weather delay landing crater sample soil"
).split()
PEOPLE = ("Ada Vance", "Boris Lindqvist", "Clara Ng", "Dmitri Ashe", "Ada Lindqvist")
PLACES = ("Port Helm", "Lake Orrin", "Helm")
SOURCES = ("Daily Helm", "Orrin Post", "The Star")


class Text(msgspec.Struct, frozen=True):
    """An article of a test archive."""

    id: str
    title: str
    text: str
    date: str = ""
    language: str = "en"
    source: str = ""
    authors: tuple[str, ...] = ()
    entities: tuple[tuple[str, str, str], ...] = ()


def corpus_of(articles: Sequence[Text]) -> SearchCorpus:
    """Analyse articles and put them in order, as the pipeline does."""
    analyzer = Analyzer()
    title = ragged([analyzer.analyse(article.title, article.language) for article in articles])
    body = ragged([analyzer.analyse(article.text, article.language) for article in articles])
    order = sorted(range(len(articles)), key=lambda i: (articles[i].date, articles[i].id))
    merged = merge_vocabularies([VocabularyPart(analyzer.words, analyzer.terms, title, body)], order)
    documents = [
        SearchDocument(
            article.id,
            url_of(article),
            article.title,
            article.date,
            article.source,
            article.language,
            article.authors,
            article.entities,
            (),
            len(article.text.split()),
        )
        for article in (articles[i] for i in order)
    ]
    return SearchCorpus(
        documents, merged.words, merged.terms, merged.title, merged.body, lambda i: articles[order[i]].text
    )


def url_of(article: Text) -> str:
    """Address of an article in tests."""
    folder = f"{article.date[:4]}/{article.date[5:7]}" if len(article.date) >= 7 else "undated"
    return f"{folder}/{'-'.join(fold_words(article.title))[:40].strip('-') or article.id}/"


def slug(name: str) -> str:
    """Slug of a name in tests."""
    return "-".join(fold_words(name))


def random_archive(count: int, seed: int = 1) -> list[Text]:
    """Articles of random words with a few people, places, sources and dates; frequencies follow Zipf's law."""
    rng = random.Random(seed)
    weights = [1 / (rank + 2) for rank in range(len(WORDS))]
    articles = []
    for number in range(count):
        body = " ".join(rng.choices(WORDS, weights, k=rng.randint(5, 60)))
        title = " ".join(rng.choices(WORDS, k=rng.randint(2, 6)))
        year, month = rng.randint(1957, 1962), rng.randint(1, 12)
        date = rng.choice(("", f"{year}", f"{year}-{month:02d}", *[f"{year}-{month:02d}-{rng.randint(1, 28):02d}"] * 9))
        tagged = [("person", slug(name), name) for name in rng.sample(PEOPLE, rng.randint(0, 2))]
        tagged += [("place", slug(name), name) for name in rng.sample(PLACES, rng.randint(0, 1))]
        articles.append(
            Text(f"{number:04d}", title, body, date, source=rng.choice(SOURCES), entities=tuple(sorted(tagged)))
        )
    return articles


def write_index(folder: Path, corpus: SearchCorpus, **settings: Any) -> dict[str, bytes]:
    """Build an index, write it below a folder, and return its files."""
    files = dict(build_search_index(corpus, **settings))
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return files


_RUNNER = """
import {createInterface} from 'node:readline';
import {existsSync, readFileSync} from 'node:fs';
const [client, root] = process.argv.slice(1);
const module = await import(client);
const fetched = [];
const refuse = new Map();
const fetch = async (url) => {
  fetched.push(url);
  if (refuse.get(url) > 0) {
    refuse.set(url, refuse.get(url) - 1);
    throw new TypeError('no network');
  }
  const path = root + url;
  if (!existsSync(path)) return {ok: false, status: 404, text: async () => ''};
  return {ok: true, status: 200, text: async () => readFileSync(path, 'utf8')};
};
let index = null;
for await (const line of createInterface({input: process.stdin})) {
  const {method, args} = JSON.parse(line);
  try {
    let result;
    if (method === 'open') index = await module.openIndex('/search/', {fetch}), result = index.documents();
    else if (method === 'fetched') result = fetched.splice(0);
    else if (method === 'refuse') refuse.set(args[0], args[1]), result = null;
    else if (method in index) result = await index[method](...args);
    else result = module[method](...args);
    console.log(JSON.stringify({result: result ?? null}));
  } catch (error) {
    console.log(JSON.stringify({error: {name: error.name, code: error.code ?? null, message: String(error.message)}}));
  }
}
"""


class ClientError(Exception):
    """The client threw."""

    def __init__(self, error: dict[str, str]) -> None:
        super().__init__(error["message"])
        self.name = error["name"]
        self.code = error["code"]


class Client:
    """The client in a Node process that reads files below a folder instead of fetching them."""

    def __init__(self, root: Path) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("Node is not installed: the browser's client cannot run")
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) < 20:
            pytest.skip(f"the client needs Node 20 or newer, found {version.strip()}")
        module = root / "client.mjs"
        module.write_bytes(CLIENT.read_bytes())
        self._process = subprocess.Popen(
            [node, "--input-type=module", "--eval", _RUNNER, module.as_uri(), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def call(self, method: str, *args: Any) -> Any:
        """Call a method of the index or a function of the module."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"method": method, "args": args}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise ClientError(answer["error"])
        return answer["result"]

    def search(self, query: str, **options: Any) -> dict[str, Any]:
        """Search with the client."""
        result: dict[str, Any] = self.call("search", query, options)
        return result

    def ids(self, query: str, **options: Any) -> list[str]:
        """Ids of the hits, in order."""
        return [hit["id"] for hit in self.search(query, **options)["hits"]]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()
