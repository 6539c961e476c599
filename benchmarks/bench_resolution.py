"""How well names are resolved to entities, within an article and across articles.

    python benchmarks/bench_resolution.py [ARCHIVE] [--half A|B] [--errors]

`labels_press.tsv` says which names in press releases of the US Congress mean one person, organisation or place. The
names were drawn by a fixed seed from what the tagger finds in 26,639 press releases: 337 names, half by mention and
half by distinct name, each with its other articles and with the names that are most like it (last word, initials,
spelling, containment), and all names of 48 articles. They were then grouped by reading the text around each name,
without looking at what the program makes of them. Spans that are no name (`Rand Paul Leads`) were left out, and those
of which the text does not tell whom they mean. The labels fall into two halves, by name drawn: rules may be improved on
half A only.

ARCHIVE is a folder with the ingested press releases; without it, the labelled ones are ingested into a temporary
folder, from `corpora/congress-press.jsonl.gz` in the development data folder (SITEGEN_DEV_DATA, else `../shared`).

What is counted is what the site shows: the tags of the pages, and the entity to which the catalogue assigns each. A
surname alone has no page and joins nothing across articles. Pairwise precision is the share of joined pairs that are
labelled as one, recall the share of pairs labelled as one that are joined; B-cubed (Bagga and Baldwin 1998) averages
over names instead, so that the few that stand everywhere do not decide alone. Pairs across articles are pairs of an
entity in one article with an entity in another, however often either is named. For an archive of all press releases
the pairs of entities are counted that are one in truth, and those of them that `sitegen entities review` would suggest.
`--errors` lists what is joined wrongly and what falls apart.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from sitegen.entities.article_tags import effective_tags
from sitegen.entities.catalogue import Catalogue, EntityKey
from sitegen.entities.names import clean
from sitegen.entities.suggestions import suggest
from sitegen.markup.front_matter import parse_page
from sitegen.model import CardTag, EntityTag
from sitegen.slug import plain_words

HERE = Path(__file__).parent
PRESS = Path(os.environ.get("SITEGEN_DEV_DATA", HERE.parent.parent / "shared")) / "corpora" / "congress-press.jsonl.gz"
KINDS = ("person", "organization", "place")
WHOLE_ARCHIVE = 10_000
"""Articles from which on suggestions are worth measuring."""
REVIEWED = (200, 3000)
"""Suggestions that a sitting of `review` shows, and that are ranked at all."""


class Item(NamedTuple):
    """A labelled name in an article, and what the site makes of it."""

    half: str
    kind: str
    cluster: str
    article: str
    name: str
    tag: int
    entity: EntityKey


def main() -> None:
    """Measure the labelled names and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", type=Path, nargs="?")
    parser.add_argument("--half", choices=("A", "B"))
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    labels = [row for row in read_labels() if options.half in (None, row[0])]
    if options.archive:
        tags = read_tags(options.archive)
    else:
        with tempfile.TemporaryDirectory() as folder:
            ingest(Path(folder), {article for _, _, _, article, _ in labels})
            tags = read_tags(Path(folder))
    catalogue = Catalogue()
    keys: dict[str, list[EntityKey]] = {}
    started = time.perf_counter()
    for article in sorted(tags):
        keys[article] = catalogue.add(article, [CardTag(tag.kind, tag.name) for tag in tags[article]])
    seconds = time.perf_counter() - started
    items = list(find_items(labels, tags, keys))
    print(
        f"{len({row[2] for row in labels})} entities, {len(labels)} labelled names in "
        f"{len({row[3] for row in labels})} of {len(tags)} articles; {len(items)} of the names are tagged; "
        f"catalogue {1e6 * seconds / len(tags):.0f} µs an article\n"
    )
    print_table(items, catalogue)
    if len(tags) >= WHOLE_ARCHIVE:
        print_suggested(items, catalogue, keys, show_missing=options.errors)
    if options.errors:
        print_errors(items, catalogue)


def read_labels() -> list[tuple[str, str, str, str, str]]:
    """Half, kind, cluster, article and name of each labelled name."""
    rows = (line.split("\t") for line in (HERE / "labels_press.tsv").read_text("utf-8").splitlines()[1:])
    return [(half, kind, cluster, article, name) for half, kind, cluster, article, name in rows]


def ingest(folder: Path, wanted: set[str]) -> None:
    """Ingest the press releases of these ids into a new archive."""
    if not PRESS.exists():
        sys.exit(f"{PRESS} is not there: name an archive, or set SITEGEN_DEV_DATA to the development data folder")
    (folder / "content" / "raw").mkdir(parents=True)
    (folder / "sitegen.toml").write_text('title = "Benchmark"\nbase_url = "https://example.org/"\n', "utf-8")
    with (
        gzip.open(PRESS, "rt", encoding="utf-8") as lines,
        (folder / "content" / "raw" / "press.jsonl").open("w", encoding="utf-8") as out,
    ):
        out.writelines(line for line in lines if json.loads(line)["id"] in wanted)
    subprocess.run([sys.executable, "-m", "sitegen", "ingest", "--root", folder], check=True, capture_output=True)


def read_tags(archive: Path) -> dict[str, tuple[EntityTag, ...]]:
    """Article id → the tags of its page."""
    tags: dict[str, tuple[EntityTag, ...]] = {}
    for path in sorted((archive / "content" / "articles").rglob("*.md")):
        article, _ = parse_page(path.read_text("utf-8"), path.name)
        tags[article.id] = effective_tags(article)
    return tags


def find_items(
    labels: Iterable[tuple[str, str, str, str, str]],
    tags: dict[str, tuple[EntityTag, ...]],
    keys: dict[str, list[EntityKey]],
) -> Iterator[Item]:
    """Yield the labelled names that are tagged, each with its tag and entity."""
    for half, kind, cluster, article, name in labels:
        number = _tag_of(name, tags.get(article, ()))
        if number >= 0:
            yield Item(half, kind, cluster, article, name, number, keys[article][number])


def _tag_of(name: str, tags: tuple[EntityTag, ...]) -> int:
    """The tag that has this name among its forms, as it stands or cleaned; -1 where none has."""
    for number, tag in enumerate(tags):
        if name in (tag.name, *tag.forms):
            return number
    for number, tag in enumerate(tags):
        if plain_words(clean(name, tag.kind)) in {plain_words(form) for form in (tag.name, *tag.forms)}:
            return number
    return -1


# Measures ----------------------------------------------------------------------------------------------------------

Pairs = list[tuple[str, object]]
"""(cluster, entity) of each thing that is counted."""


def across(items: Iterable[Item], catalogue: Catalogue) -> list[tuple[str, object, str]]:
    """(cluster, entity, article), each once; a surname alone is an entity of its article."""
    found = {
        (one.cluster, (one.entity, one.article) if catalogue.is_lone(one.entity) else one.entity, one.article)
        for one in items
    }
    return sorted(found, key=repr)


def print_table(items: list[Item], catalogue: Catalogue) -> None:
    """Print precision and recall by kind, within and across articles, and of the two halves."""
    print("| names | pairs across articles | precision | recall | B-cubed | pairs within | precision | recall |")
    print("|---|---|---|---|---|---|---|---|")
    rows = [("all", items)]
    rows += [(kind, [one for one in items if one.kind == kind]) for kind in KINDS]
    rows += [(f"half {half}", [one for one in items if one.half == half]) for half in "AB"]
    for title, chosen in rows:
        if not chosen:
            continue
        triples = across(chosen, catalogue)
        right, joined, labelled = counts_of_pairs([(cluster, entity) for cluster, entity, _ in triples])
        for part in _by_article(triples):  # pairs within an article are counted on their own
            right, joined, labelled = (
                total - less for total, less in zip((right, joined, labelled), counts_of_pairs(part), strict=True)
            )
        cubed = b_cubed([(cluster, entity) for cluster, entity, _ in triples])
        inside = [0, 0, 0]
        for part in _by_article([(one.cluster, one.tag, one.article) for one in chosen]):
            inside = [total + more for total, more in zip(inside, counts_of_pairs(part), strict=True)]
        print(
            f"| {title} | {labelled} | {_share(right, joined)} | {_share(right, labelled)} | "
            f"{cubed[0]:.3f} / {cubed[1]:.3f} | {inside[2]} | {_share(inside[0], inside[1])} | "
            f"{_share(inside[0], inside[2])} |"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "–"


def _by_article(triples: Iterable[tuple[str, object, str]]) -> list[Pairs]:
    parts: defaultdict[str, Pairs] = defaultdict(list)
    for cluster, entity, article in triples:
        parts[article].append((cluster, entity))
    return list(parts.values())


def counts_of_pairs(things: Pairs) -> tuple[int, int, int]:
    """Pairs that are joined rightly, joined, and labelled as one."""

    def pairs(counted: Iterable[object]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(counted).values())

    return pairs(things), pairs(entity for _, entity in things), pairs(cluster for cluster, _ in things)


def b_cubed(things: Pairs) -> tuple[float, float]:
    """B-cubed precision and recall."""
    both = Counter(things)
    entities, clusters = Counter(entity for _, entity in things), Counter(cluster for cluster, _ in things)
    precision = sum(n * n / entities[entity] for (_, entity), n in both.items())
    recall = sum(n * n / clusters[cluster] for (cluster, _), n in both.items())
    return precision / len(things), recall / len(things)


def print_suggested(
    items: list[Item], catalogue: Catalogue, keys: dict[str, list[EntityKey]], *, show_missing: bool
) -> None:
    """Print which share of the pairs of entities that are one in truth would be suggested to editors."""
    by_cluster: defaultdict[str, set[EntityKey]] = defaultdict(set)
    for cluster, entity, _ in across(items, catalogue):
        if isinstance(entity, EntityKey):
            by_cluster[cluster].add(entity)
    apart = {pair for entities in by_cluster.values() for pair in combinations(sorted(entities), 2)}
    common = {pair for pair in apart if min(map(catalogue.count, pair)) > 1}
    found = [tuple(sorted((one.first, one.second))) for one in suggest(catalogue, keys.__getitem__, max(REVIEWED))]
    labelled = {entity for entities in by_cluster.values() for entity in entities}
    for limit in REVIEWED:
        judged = [pair for pair in found[:limit] if labelled.issuperset(pair)]
        right = len(apart.intersection(judged))
        print(f"\nof the first {limit} suggestions {len(judged)} are of labelled entities, {right} of these right")
    for title, pairs in (("that are one in truth", apart), ("of these, both in two articles or more", common)):
        shares = ", ".join(f"{len(pairs.intersection(found[:limit]))} by the first {limit}" for limit in REVIEWED)
        print(f"\npairs of entities {title}: {len(pairs)}; suggested {shares}")
    if show_missing:
        for pair in sorted(common.difference(found), key=lambda pair: -min(map(catalogue.count, pair))):
            print("  not suggested:", *(f"{key.kind}/{key.slug} {catalogue.count(key)}" for key in pair))


def print_errors(items: list[Item], catalogue: Catalogue) -> None:
    """List the entities and tags that mix clusters, and the clusters that fall apart."""
    mixed: defaultdict[object, Counter[str]] = defaultdict(Counter)
    parted: defaultdict[str, Counter[object]] = defaultdict(Counter)
    for cluster, entity, _ in across(items, catalogue):
        mixed[entity][cluster] += 1
        if isinstance(entity, EntityKey):
            parted[cluster][entity] += 1
    print("\nentities that mix, across articles")
    for entity, clusters in sorted(mixed.items(), key=lambda item: (-_wrong(item[1]), repr(item[0]))):
        if len(clusters) > 1:
            print(f"  {_wrong(clusters):4d}", entity, dict(clusters))
    print("\nclusters that fall apart, across articles")
    for cluster, entities in sorted(parted.items(), key=lambda item: (-_wrong(item[1]), item[0])):
        if len(entities) > 1:
            print(f"  {_wrong(entities):4d}", cluster, {f"{e.kind}/{e.slug}": n for e, n in entities.items()})  # type: ignore[attr-defined]
    print("\nwithin articles")
    by_article: defaultdict[str, list[Item]] = defaultdict(list)
    for one in items:
        by_article[one.article].append(one)
    for article, found in sorted(by_article.items()):
        for a, b in combinations(found, 2):
            if (a.cluster == b.cluster) != (a.tag == b.tag):
                wrong = "joined" if a.tag == b.tag else "apart"
                print(f"  {article} {wrong}: {a.name} ({a.cluster}), {b.name} ({b.cluster})")


def _wrong(counted: Counter[str] | Counter[object]) -> int:
    """Pairs of different things."""
    total = sum(counted.values())
    return (total * total - sum(n * n for n in counted.values())) // 2


if __name__ == "__main__":
    main()
