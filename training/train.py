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
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from sitegen.entities.tagging.builtin import BuiltinTagger
from sitegen.entities.tagging.network import TAGS
from sitegen.entities.tagging.rules import refine
from sitegen.entities.tagging.tokenizer import tokenize
from training.augment import Augmenter, Names
from training.calibrate import isotonic_knots, judged
from training.corpora import wikinews, world_releases
from training.data import (
    IGNORED,
    Document,
    Example,
    encode,
    held_back_news,
    labelled_news,
    openly_licensed,
    read_documents,
    without_headlines,
)
from training.evaluate import NEWS_LABELS, held_back_sets, summary
from training.learn import Schedule, predict, train
from training.model import Sizes, Vectors, WindowNetwork, export, rewrite
from training.stories import Stories

HERE = Path(__file__).parent
NAMES = HERE / "names.toml"
STORIES = HERE / "stories.toml"
PACKAGED = HERE.parent / "sitegen" / "entities" / "tagging" / "english.npz"
WIDE = Sizes(word=64, mixed=128, state=192, final=128)
CASE = 0.25
_LONG = 20_000
"""Characters of a Wikinews text from which on it is the record of an interview."""

STUDENT = Schedule(epochs=4, dropout=0.2)


def gold(data: Path) -> list[Example]:
    """Labelled text, its documents twice, news three times; microblogs and made-up stories once and at half weight."""
    folder, names = data / "ner", Names(NAMES)
    documents = openly_licensed(held_back_news(read_documents(folder / "gum_open.jsonl.gz"))[0])
    for name in ("uner_ewt_dev", "crossner_politics_train", "crossner_politics_dev"):
        documents += read_documents(folder / f"{name}.jsonl.gz")
    news = labelled_news(NEWS_LABELS, wikinews(data / "corpora"), "train")
    light = read_documents(folder / "btc.jsonl.gz") + Stories(STORIES, names).write(1000, np.random.default_rng(7))
    examples = [encode(document, 1.0) for document in documents * 2 + news * 3]
    return examples + [encode(document, 0.5) for document in light]


def unlabelled_news(data: Path) -> list[list[str]]:
    """Words of the Wikinews articles that nobody has labelled."""
    known = {json.loads(line)["id"] for line in NEWS_LABELS.read_text(encoding="utf-8").splitlines()}
    return [
        tokenize(text).words
        for name, text in wikinews(data / "corpora").items()
        if name not in known and len(text) < _LONG
    ]


def silver(folder: Path, weight: float) -> list[Example]:
    """Press releases as another model labelled them, made consistent by the tagger's own rules."""
    examples = []
    for document in read_documents(folder / "silver_congress.jsonl.gz"):
        spans = [span._replace(confidence=0.8) for span in document.spans or ()]
        consistent = refine(document.text, tokenize(document.text), spans)
        example = encode(Document(document.name, document.text, tuple(consistent)), weight)
        examples.append(without_headlines(example))
    return examples


def make_teachers(data: Path, work: Path, seeds: list[int]) -> None:
    """Train wide networks on gold and silver, and two of the shipped width."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    sets = held_back_sets(data)
    examples = gold(data) + silver(data / "ner", 0.3)
    for seed in seeds:
        model = train(
            examples,
            vectors,
            seed,
            Schedule(epochs=4),
            WIDE,
            Augmenter(names, 0.5, 0.5, CASE),
        )
        torch.save(model, work / f"wide{seed}.pt")
        print(f"wide {seed}:", summary(export(model, vectors), sets), flush=True)


def _silver_again(
    data: Path,
    teachers: list[WindowNetwork],
    vectors: Vectors,
    count: int,
    trust: float,
) -> list[Example]:
    """The first `count` silver documents, with `trust` in the teachers and the rest in the labels they came with."""
    one_hot = np.eye(len(TAGS), dtype=np.float32)
    examples = silver(data / "ner", 0.4)[:count]
    said = predict(teachers, [example.words for example in examples], vectors)
    for example, mine in zip(examples, said, strict=True):
        given = one_hot[np.maximum(example.targets, 0)]
        mixed = ((1 - trust) * given + trust * mine.astype(np.float32)).astype(np.float16)
        mixed[example.targets == IGNORED] = 0
        example.targets = mixed
    return examples


def label(data: Path, work: Path) -> None:
    """Label Wikinews, the releases about the world, and the silver once more, with what the teachers think."""
    vectors = Vectors.read(data / "ner" / "vectors64.npz")
    teachers = [torch.load(path, weights_only=False) for path in sorted(work.glob("wide*.pt"))]
    _write_silver(data, work / "silver1.pkl", teachers, vectors, (1000, 1000, 0.5))


def relabel(data: Path, work: Path) -> None:
    """Label again, and more releases, with the wide networks and the first two students."""
    vectors = Vectors.read(data / "ner" / "vectors64.npz")
    paths = [*sorted(work.glob("wide*.pt")), work / "student1.pt", work / "student2.pt"]
    teachers = [torch.load(path, weights_only=False) for path in paths]
    _write_silver(data, work / "silver2.pkl", teachers, vectors, (1400, 1000, 0.7))


def _write_silver(
    data: Path,
    path: Path,
    teachers: list[WindowNetwork],
    vectors: Vectors,
    sizes: tuple[int, int, float],
) -> None:
    """Label news, `sizes[0]` releases about the world, and `sizes[1]` silver documents with trust `sizes[2]`."""
    releases_count, silver_count, trust = sizes
    news = unlabelled_news(data)
    releases = [tokenize(text).words for text in world_releases(data / "corpora", NAMES, releases_count)]
    world = [Example(*pair, 0.4) for pair in zip(releases, predict(teachers, releases, vectors), strict=True)]
    examples = (
        [Example(*pair, 0.7) for pair in zip(news, predict(teachers, news, vectors), strict=True)],
        [without_headlines(example) for example in world],
        _silver_again(data, teachers, vectors, silver_count, trust),
    )
    path.write_bytes(pickle.dumps(examples))


def make_students(data: Path, work: Path, seeds: list[int]) -> None:
    """Train networks of the shipped width on gold and on the teachers' distributions."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    news, world, again = pickle.loads((work / "silver1.pkl").read_bytes())
    examples = gold(data) + news * 2 + world[:1000] + again[:1000]
    for seed in seeds:
        model = train(examples, vectors, seed, STUDENT, Sizes(), Augmenter(names, 0.4, 0.5, CASE))
        torch.save(model, work / f"student{seed}.pt")
        (work / f"student{seed}.npz").write_bytes(export(model, vectors))
        print(
            f"student {seed}:",
            summary(export(model, vectors), held_back_sets(data)),
            flush=True,
        )


def continue_students(data: Path, work: Path, seeds: list[int]) -> None:
    """Train the students on, on the second round's labels."""
    vectors, names = Vectors.read(data / "ner" / "vectors64.npz"), Names(NAMES)
    news, world, again = pickle.loads((work / "silver2.pkl").read_bytes())
    examples = gold(data) + news * 2 + world + again
    schedule = replace(STUDENT, epochs=2, rate=1.5e-3)
    for seed in seeds:
        start = torch.load(work / f"student{seed}.pt", weights_only=False)
        augment = Augmenter(names, 0.4, 0.5, CASE)
        weights = export(
            train(examples, vectors, 100 + seed, schedule, Sizes(), augment, start),
            vectors,
        )
        (work / f"final{seed}.npz").write_bytes(weights)
        print(f"final {seed}:", summary(weights, held_back_sets(data)), flush=True)


def finish(data: Path, work: Path, seed: int) -> None:
    """Calibrate one student on the even held-back documents and put it into the package."""
    weights = (work / f"final{seed}.npz").read_bytes()
    tagger = BuiltinTagger(lambda _: weights, floor=0.0)
    documents = [document for group in held_back_sets(data).values() for document in group[::2]]
    PACKAGED.write_bytes(rewrite(weights, calibration=isotonic_knots(*judged(tagger, documents))))
    print(f"{PACKAGED}: {PACKAGED.stat().st_size:,} bytes")


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "stage",
        choices=["teachers", "label", "students", "relabel", "continue", "finish"],
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("SITEGEN_DEV_DATA", "../shared")),
    )
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
