"""How well mentions are resolved to entities, within and across articles.

    python benchmarks/bench_resolution.py

Mentions come from the silver spans over press releases of the US Congress (`ner/silver_congress.jsonl.gz` in the
development data folder: SITEGEN_DEV_DATA, else `../shared`). `labels_resolution.tsv` holds
some 300 clusters: names that mean one entity in every article, and surnames with the article in which they mean it (for
the first 450 articles).

How far to trust them: people's names were drafted by the rule for names that one person can bear, and a surname by the
one full name in its article that ends so; all drafts with several names and all surnames without exactly one such full
name (about 150) were then decided by eye, organisations and places were listed by eye. The other surnames were not read
one by one, and the resolver was improved on these articles: expect somewhat less on texts of another sort.

An item is a labelled name in an article. Two items are joined where they end up in one entity; pairwise precision is
the share of joined pairs of items that are labelled with one cluster, recall the share of pairs of one cluster that are
joined. B-cubed (Bagga and Baldwin 1998) averages over items instead, so that the few names that stand everywhere do not
decide alone. A surname left alone joins nothing across articles. `--errors` lists the entities that mix clusters and
the clusters that fall apart most.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from sitegen.entities.catalogue import Catalogue
from sitegen.entities.names import clean
from sitegen.entities.resolve import resolve_mentions
from sitegen.model import CardTag, EntityTag, Mention
from sitegen.slug import plain_words

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SITEGEN_DEV_DATA", HERE.parent.parent / "shared")) / "ner" / "silver_congress.jsonl.gz"
KINDS = {"PER": "person", "ORG": "organization", "LOC": "place"}


def main() -> None:
    """Resolve all articles, compare with the labels, print one table."""
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: set SITEGEN_DEV_DATA to the development data folder")
    everywhere, in_article, clusters = read_labels()
    articles = read_mentions()
    started = time.perf_counter()
    resolved = {article: resolve_mentions(mentions) for article, mentions in articles.items()}
    seconds = time.perf_counter() - started
    catalogue = Catalogue()
    started = time.perf_counter()
    for article, tags in resolved.items():
        catalogue.add(article, card_tags(tags))
    cataloguing = time.perf_counter() - started
    items: list[tuple[str, str, str]] = []
    for article, tags in resolved.items():
        keys = catalogue.resolve_tags(card_tags(tags), article)
        for tag, key in zip(tags, keys, strict=True):
            entity = f"{key.kind}/{key.slug}" + (f"@{article}" if catalogue.is_lone(key) else "")
            for words in {plain_words(clean(form, tag.kind)) for form in (tag.name, *tag.forms)}:
                cluster = in_article.get((article, words)) or everywhere.get(words)
                if cluster:
                    items.append((article, cluster, entity))
    across = pairwise([(cluster, entity) for _, cluster, entity in items])
    by_article: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for article, cluster, entity in items:
        by_article[article].append((cluster, entity))
    inside = [sum(counts) for counts in zip(*(counts_of(group) for group in by_article.values()), strict=True)]
    number = len(resolved)
    print(f"{len(clusters)} clusters, {len(items)} items in {number} articles, {sum(map(len, resolved.values()))} tags")
    print("| pairs | precision | recall |\n|---|---|---|")
    print(f"| across articles | {across[0]:.4f} | {across[1]:.4f} |")
    cubed = b_cubed([(cluster, entity) for _, cluster, entity in items])
    print(f"| across articles, B-cubed | {cubed[0]:.4f} | {cubed[1]:.4f} |")
    print(f"| within an article | {inside[0] / inside[1]:.4f} | {inside[0] / inside[2]:.4f} |")
    print(f"resolution {1e3 * seconds / number:.2f} ms an article, catalogue {1e3 * cataloguing / number:.3f} ms")
    if "--errors" in sys.argv:
        wrong: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for _, cluster, entity in items:
            wrong[entity][cluster] += 1
        for entity, found in sorted(wrong.items()):
            if len(found) > 1:
                print(entity, dict(found))
        parted: Counter[tuple[str, ...]] = Counter()
        for group in by_article.values():
            for cluster in {cluster for cluster, _ in group}:
                entities = {entity.partition("@")[0] for other, entity in group if other == cluster}
                if len(entities) > 1:
                    parted[tuple(sorted(entities))] += 1
        for together, times in parted.most_common(60):
            print(times, *together)


def card_tags(tags: tuple[EntityTag, ...]) -> list[CardTag]:
    """Tags as an article's card has them."""
    return [CardTag(tag.kind, tag.name) for tag in tags]


def read_labels() -> tuple[dict[str, str], dict[tuple[str, str], str], set[str]]:
    """Words → cluster for names that are clear everywhere; (article, words) → cluster for the others; all clusters."""
    everywhere: dict[str, str] = {}
    in_article: dict[tuple[str, str], str] = {}
    clusters: set[str] = set()
    for line in (HERE / "labels_resolution.tsv").read_text("utf-8").splitlines()[1:]:
        cluster, kind, name, article = line.split("\t")
        label = f"{kind}: {cluster}"
        clusters.add(label)
        if article:
            in_article[article, plain_words(name)] = label
        else:
            everywhere[plain_words(name)] = label
    return everywhere, in_article, clusters


def read_mentions() -> dict[str, list[Mention]]:
    """Article id → its silver mentions."""
    articles: dict[str, list[Mention]] = {}
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            text = record["text"]
            articles[record["id"]] = [Mention(a, b, text[a:b], KINDS[kind], 0.9) for a, b, kind in record["ents"]]
    return articles


def counts_of(items: list[tuple[str, str]]) -> tuple[int, int, int]:
    """Pairs that are joined rightly, joined, and labelled as one, for (cluster, entity) items."""

    def pairs(counted: Counter[object]) -> int:
        return sum(n * (n - 1) // 2 for n in counted.values())

    both: Counter[object] = Counter(items)
    entities: Counter[object] = Counter(entity for _, entity in items)
    clusters: Counter[object] = Counter(cluster for cluster, _ in items)
    return pairs(both), pairs(entities), pairs(clusters)


def pairwise(items: list[tuple[str, str]]) -> tuple[float, float]:
    """Pairwise precision and recall of (cluster, entity) items."""
    right, joined, labelled = counts_of(items)
    return right / max(joined, 1), right / max(labelled, 1)


def b_cubed(items: list[tuple[str, str]]) -> tuple[float, float]:
    """B-cubed precision and recall of (cluster, entity) items."""
    both = Counter(items)
    entities, clusters = Counter(entity for _, entity in items), Counter(cluster for cluster, _ in items)
    precision = sum(n * n / entities[entity] for (_, entity), n in both.items())
    recall = sum(n * n / clusters[cluster] for (cluster, _), n in both.items())
    return precision / len(items), recall / len(items)


if __name__ == "__main__":
    main()
