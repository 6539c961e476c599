"""Train one network on examples with hard or soft targets."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from sitegen.entities.tagging.features import TypeTable
from sitegen.entities.tagging.network import TAGS
from training.data import IGNORED, Example, batches
from training.model import Batch, Sizes, Vectors, WindowNetwork, make_batch

Augment = Callable[[Example, np.random.Generator], Example]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn."""

    epochs: int = 8
    batch_words: int = 8000
    rate: float = 3e-3
    decay: float = 0.02
    dropout: float = 0.3
    average: float = 0.998
    """Decay per step of the exponential moving average of the weights, which is what is kept."""


def _targets(group: Sequence[Example], batch: Batch) -> tuple[Tensor, Tensor]:
    """Distributions (chosen, tags) and weights (chosen,) of a batch."""
    rows, weights = [], []
    for example in group:
        count = len(example.words)
        if example.targets.ndim == 2:
            rows.append(example.targets)
            weights.append(np.full(count, example.weight, np.float32))
        else:
            rows.append(_ONE_HOT[example.targets])
            weights.append(np.where(example.targets == IGNORED, 0, example.weight).astype(np.float32))
    at = batch.words
    return (
        torch.from_numpy(np.concatenate(rows)[at].astype(np.float32)),
        torch.from_numpy(np.concatenate(weights)[at]),
    )


_ONE_HOT = np.eye(len(TAGS), dtype=np.float32)


def train(
    examples: Sequence[Example],
    vectors: Vectors,
    seed: int,
    schedule: Schedule,
    sizes: Sizes,
    augment: Augment | None,
    start: WindowNetwork | None = None,
) -> WindowNetwork:
    """Train from scratch or from the weights of `start`; gives averaged weights, ready to be run."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    table = TypeTable(vectors.lookup())
    model = WindowNetwork(vectors.vectors, sizes, schedule.dropout)
    if start is not None:
        model.load_state_dict(start.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), lr=schedule.rate, weight_decay=schedule.decay, fused=True)
    total = sum(len(example.words) for example in examples)
    steps = max(1, schedule.epochs * total // schedule.batch_words)
    averaged = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    done, started = 0, time.monotonic()
    for epoch in range(schedule.epochs):
        model.train()
        losses = 0.0
        for group in batches(examples, schedule.batch_words, generator.permutation(len(examples))):
            if augment is not None:
                group = [augment(example, generator) for example in group]  # noqa: PLW2901
            batch = make_batch([example.words for example in group], table)
            target, weight = _targets(group, batch)
            warm = min(1.0, (done + 1) / 50)
            for parameters in optimizer.param_groups:
                parameters["lr"] = schedule.rate * warm * max(0.0, 1 - done / (steps * 1.02))
            optimizer.zero_grad(set_to_none=True)
            scores = functional.log_softmax(model(batch), dim=1)
            loss = -((scores * target).sum(dim=1) * weight).sum() / weight.sum().clamp(min=1)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            done += 1
            keep = min(schedule.average, done / (done + 10))
            with torch.no_grad():
                for name, tensor in model.state_dict().items():
                    averaged[name].lerp_(tensor, 1 - keep)
            losses += float(loss.detach())
        print(f"  seed {seed} epoch {epoch + 1}: loss {losses:.2f}, "
              f"{time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
    model.load_state_dict(averaged)
    model.eval()
    return model


@torch.no_grad()
def predict(models: Sequence[WindowNetwork], texts: Sequence[list[str]], vectors: Vectors) -> list[np.ndarray]:
    """Mean tag distributions (words, tags) of several networks for tokenized documents; float16."""
    table = TypeTable(vectors.lookup())
    results: list[np.ndarray] = []
    for first in range(0, len(texts), 24):
        group = texts[first : first + 24]
        batch = make_batch(group, table)
        mean = torch.stack([torch.softmax(model(batch), dim=1) for model in models]).mean(dim=0).numpy()
        spread = np.zeros((sum(len(words) for words in group), len(TAGS)), dtype=np.float16)
        spread[:, 0] = 1
        spread[batch.words] = mean
        results += np.split(spread, np.cumsum([len(words) for words in group])[:-1])
    return results
