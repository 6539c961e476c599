"""Make the built-in tagger's weights. See README.md beside this file.

python -m training.train teachers --seeds 11 13
python -m training.train label
python -m training.train students --seeds 1 2 3
python -m training.train finish --seed 1
"""

from __future__ import annotations

import argparse
import os
import pickle
from pathlib import Path

import numpy as np
import torch

from sitegen.entities.tagging.builtin import BuiltinTagger
from sitegen.entities.tagging.network import TAGS, Network, read_weights
from sitegen.entities.tagging.rules import refine
from sitegen.entities.tagging.tokenizer import tokenize
from training.augment import Augmenter, Names
from training.calibrate import isotonic_knots, judged
from training.corpora import wikinews, world_releases
from training.data import Document, Example, encode, held_back_news, read_documents
from training.evaluate import held_back_sets, summary
from training.learn import Schedule, predict, train
from training.model import Sizes, Vectors, export, rewrite

HERE = Path(__file__).parent
NAMES = HERE / "names.toml"
PACKAGED = HERE.parent / "sitegen" / "entities" / "tagging" / "english.npz"
WIDE = Sizes(word=64, mixed=128, state=192, final=128)
SMALL_SEEDS = {"plain": 1, "renamed": 1}
SILVER_PER_STUDENT = 1400


def gold(folder: Path) -> list[Example]:
    """Labelled text, its documents twice; microblogs once and at half weight."""
    documents = held_back_news(read_documents(folder / "gum_open.jsonl.gz"))[0]
    for name in ("uner_ewt_dev", "crossner_politics_train", "crossner_politics_dev"):
        documents += read_documents(folder / f"{name}.jsonl.gz")
    examples = [encode(document, 1.0) for document in documents]
    return examples * 2 + [encode(document, 0.5) for document in read_documents(folder / "btc.jsonl.gz")]


def silver(folder: Path, weight: float) -> list[Example]:
    """Press releases as another model labelled them, made consistent by the tagger's own rules."""
    examples = []
    for document in read_documents(folder / "silver_congress.jsonl.gz"):
        spans = [span._replace(confidence=0.8) for span in document.spans or ()]
        consistent = refine(document.text, tokenize(document.text), spans)
        examples.append(encode(Document(document.name, document.text, tuple(consistent)), weight))
    return examples


def make_teachers(data: Path, work: Path, seeds: list[int]) -> None:
    """Train wide networks on gold and silver, and two of the shipped width."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    sets = held_back_sets(data / "ner")
    examples = gold(data / "ner") + silver(data / "ner", 0.3)
    for seed in seeds:
        model = train(examples, vectors, seed, Schedule(epochs=5), WIDE, Augmenter(names, 0.5, 0.5, 0.1))
        torch.save(model, work / f"wide{seed}.pt")
        print(f"wide {seed}:", summary(export(model, vectors), sets), flush=True)
    for kind, seed in SMALL_SEEDS.items():
        augment = Augmenter(names, 0.5, 0.5, 0.1) if kind == "renamed" else None
        weights = export(train(examples, vectors, seed, Schedule(epochs=4), Sizes(), augment), vectors)
        (work / f"{kind}.npz").write_bytes(weights)
        print(f"{kind}:", summary(weights, sets), flush=True)


def label(data: Path, work: Path) -> None:
    """Label Wikinews, the releases about the world, and the silver once more, with what the teachers think."""
    vectors = Vectors.read(data / "ner" / "vectors64.npz")
    wide = [torch.load(path, weights_only=False) for path in sorted(work.glob("wide*.pt"))]
    small = [Network(read_weights((work / f"{kind}.npz").read_bytes())) for kind in SMALL_SEEDS]

    def small_mean(words: list[str]) -> np.ndarray:
        total = np.zeros((len(words), len(TAGS)), dtype=np.float32)
        for network in small:
            probabilities = np.zeros_like(total)
            probabilities[:, 0] = 1
            indices, scores = network.probabilities(words)
            probabilities[indices] = scores
            total += probabilities / len(small)
        return total

    news = [tokenize(text).words for text in wikinews(data / "corpora")]
    examples = [
        Example(words, (0.6 * mine.astype(np.float32) + 0.4 * small_mean(words)).astype(np.float16), 0.7)
        for words, mine in zip(news, predict(wide, news, vectors), strict=True)
    ]
    releases = [tokenize(text).words for text in world_releases(data / "corpora", NAMES, 1000)]
    world = [Example(words, mine, 0.4) for words, mine in zip(releases, predict(wide, releases, vectors), strict=True)]
    one_hot = np.eye(len(TAGS), dtype=np.float32)
    again = silver(data / "ner", 0.4)
    for example, mine in zip(again, predict(wide, [example.words for example in again], vectors), strict=True):
        given = one_hot[np.maximum(example.targets, 0)]
        example.targets = (0.5 * given + 0.5 * mine.astype(np.float32)).astype(np.float16)
    (work / "silver.pkl").write_bytes(pickle.dumps((examples, world, again)))


def make_students(data: Path, work: Path, seeds: list[int]) -> None:
    """Train networks of the shipped width on gold and on the teachers' distributions."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    news, world, again = pickle.loads((work / "silver.pkl").read_bytes())
    for seed in seeds:
        some = np.random.default_rng(seed).permutation(len(again))[:SILVER_PER_STUDENT]
        examples = gold(data / "ner") + news * 2 + world + [again[index] for index in some]
        schedule = Schedule(epochs=4, dropout=0.2)
        weights = export(train(examples, vectors, seed, schedule, Sizes(), Augmenter(names, 0.4, 0.5, 0.1)), vectors)
        (work / f"student{seed}.npz").write_bytes(weights)
        print(f"student {seed}:", summary(weights, held_back_sets(data / "ner")), flush=True)


def finish(data: Path, work: Path, seed: int) -> None:
    """Calibrate one student on the even held-back documents and put it into the package."""
    weights = (work / f"student{seed}.npz").read_bytes()
    tagger = BuiltinTagger(lambda _: weights, floor=0.0)
    documents = [document for group in held_back_sets(data / "ner").values() for document in group[::2]]
    PACKAGED.write_bytes(rewrite(weights, calibration=isotonic_knots(*judged(tagger, documents))))
    print(f"{PACKAGED}: {PACKAGED.stat().st_size:,} bytes")


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["teachers", "label", "students", "finish"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SITEGEN_DEV_DATA", "../shared")))
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.stage == "teachers":
        make_teachers(arguments.data, arguments.work, arguments.seeds)
    elif arguments.stage == "label":
        label(arguments.data, arguments.work)
    elif arguments.stage == "students":
        make_students(arguments.data, arguments.work, arguments.seeds)
    else:
        finish(arguments.data, arguments.work, arguments.seed)


if __name__ == "__main__":
    main()
