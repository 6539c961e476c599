"""Make the built-in tagger's weights. See README.md beside this file.

python -m training.train teachers --seeds 11 13
python -m training.train label
python -m training.train students --seeds 1 2 3
python -m training.train relabel
python -m training.train continue --seeds 1 2 3
python -m training.train finish --seed 2
"""

from __future__ import annotations

import argparse
import os
import pickle
from dataclasses import replace
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
from training.model import Sizes, Vectors, WindowNetwork, export, rewrite

HERE = Path(__file__).parent
NAMES = HERE / "names.toml"
PACKAGED = HERE.parent / "sitegen" / "entities" / "tagging" / "english.npz"
WIDE = Sizes(word=64, mixed=128, state=192, final=128)
SMALL_SEEDS = {"plain": 1, "renamed": 1}
SILVER_PER_STUDENT = 1400
STUDENT = Schedule(epochs=4, dropout=0.2)


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


def _labelled(texts: list[list[str]], said: list[np.ndarray], weight: float) -> list[Example]:
    return [Example(words, targets, weight) for words, targets in zip(texts, said, strict=True)]


def _silver_again(
    data: Path, teachers: list[WindowNetwork], vectors: Vectors, count: int, trust: float
) -> list[Example]:
    """The first `count` silver documents, with `trust` in the teachers and the rest in the labels they came with."""
    one_hot = np.eye(len(TAGS), dtype=np.float32)
    examples = silver(data / "ner", 0.4)[:count]
    said = predict(teachers, [example.words for example in examples], vectors)
    for example, mine in zip(examples, said, strict=True):
        given = one_hot[np.maximum(example.targets, 0)]
        example.targets = ((1 - trust) * given + trust * mine.astype(np.float32)).astype(np.float16)
    return examples


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
    said = [
        (0.6 * mine.astype(np.float32) + 0.4 * small_mean(words)).astype(np.float16)
        for words, mine in zip(news, predict(wide, news, vectors), strict=True)
    ]
    releases = [tokenize(text).words for text in world_releases(data / "corpora", NAMES, 1000)]
    world = _labelled(releases, predict(wide, releases, vectors), 0.4)
    again = _silver_again(data, wide, vectors, 2500, 0.5)
    (work / "silver1.pkl").write_bytes(pickle.dumps((_labelled(news, said, 0.7), world, again)))


def relabel(data: Path, work: Path) -> None:
    """Label again, and more releases, with the wide networks and the first two students."""
    vectors = Vectors.read(data / "ner" / "vectors64.npz")
    paths = [*sorted(work.glob("wide*.pt")), work / "student1.pt", work / "student2.pt"]
    teachers = [torch.load(path, weights_only=False) for path in paths]
    news = [tokenize(text).words for text in wikinews(data / "corpora")]
    releases = [tokenize(text).words for text in world_releases(data / "corpora", NAMES, 1800)]
    examples = (
        _labelled(news, predict(teachers, news, vectors), 0.7),
        _labelled(releases, predict(teachers, releases, vectors), 0.4),
        _silver_again(data, teachers, vectors, 1000, 0.7),
    )
    (work / "silver2.pkl").write_bytes(pickle.dumps(examples))


def make_students(data: Path, work: Path, seeds: list[int]) -> None:
    """Train networks of the shipped width on gold and on the teachers' distributions."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    news, world, again = pickle.loads((work / "silver1.pkl").read_bytes())
    for seed in seeds:
        some = np.random.default_rng(seed).permutation(len(again))[:SILVER_PER_STUDENT]
        examples = gold(data / "ner") + news * 2 + world + [again[index] for index in some]
        model = train(examples, vectors, seed, STUDENT, Sizes(), Augmenter(names, 0.4, 0.5, 0.1))
        torch.save(model, work / f"student{seed}.pt")
        print(f"student {seed}:", summary(export(model, vectors), held_back_sets(data / "ner")), flush=True)


def continue_students(data: Path, work: Path, seeds: list[int]) -> None:
    """Train the students on, on the second round's labels."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    news, world, again = pickle.loads((work / "silver2.pkl").read_bytes())
    examples = gold(data / "ner") + news * 2 + world + again
    schedule = replace(STUDENT, epochs=2, rate=1.5e-3)
    for seed in seeds:
        start = torch.load(work / f"student{seed}.pt", weights_only=False)
        augment = Augmenter(names, 0.4, 0.5, 0.1)
        weights = export(train(examples, vectors, 100 + seed, schedule, Sizes(), augment, start), vectors)
        (work / f"final{seed}.npz").write_bytes(weights)
        print(f"final {seed}:", summary(weights, held_back_sets(data / "ner")), flush=True)


def finish(data: Path, work: Path, seed: int) -> None:
    """Calibrate one student on the even held-back documents and put it into the package."""
    weights = (work / f"final{seed}.npz").read_bytes()
    tagger = BuiltinTagger(lambda _: weights, floor=0.0)
    documents = [document for group in held_back_sets(data / "ner").values() for document in group[::2]]
    PACKAGED.write_bytes(rewrite(weights, calibration=isotonic_knots(*judged(tagger, documents))))
    print(f"{PACKAGED}: {PACKAGED.stat().st_size:,} bytes")


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["teachers", "label", "students", "relabel", "continue", "finish"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("SITEGEN_DEV_DATA", "../shared")))
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.work.mkdir(parents=True, exist_ok=True)
    data, work = arguments.data, arguments.work
    match arguments.stage:
        case "teachers":
            make_teachers(data, work, arguments.seeds)
        case "label":
            label(data, work)
        case "students":
            make_students(data, work, arguments.seeds)
        case "relabel":
            relabel(data, work)
        case "continue":
            continue_students(data, work, arguments.seeds)
        case _:
            finish(data, work, arguments.seed)


if __name__ == "__main__":
    main()
