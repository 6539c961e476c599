"""Make the confidence a probability: isotonic regression on one half of the held-back documents.

Pool adjacent violators (Ayer et al. 1955; for classifiers Zadrozny and Elkan 2002), then a few knots of the step
function, between which the package interpolates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sitegen.entities.tagging.builtin import BuiltinTagger
from training.data import Document
from training.evaluate import gold_of


def judged(tagger: BuiltinTagger, documents: Sequence[Document]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of every mention found, and 1.0 where span and kind are right."""
    sure: list[float] = []
    right: list[float] = []
    for document, mentions in zip(documents, tagger.tag([d.text for d in documents]), strict=True):
        gold = set(gold_of(document))
        sure += [m.confidence for m in mentions]
        right += [float((m.start, m.end, m.kind) in gold) for m in mentions]
    return np.array(sure), np.array(right)


def isotonic_knots(sure: np.ndarray, right: np.ndarray, bins: int = 12) -> np.ndarray:
    """Fit (2, k) float32: confidences and the probabilities to put in their place, ascending, from (0, 0) to (1, p)."""
    order = np.argsort(sure, kind="stable")
    blocks = [
        (float(x.mean()), float(y.mean()), len(x))
        for x, y in zip(
            np.array_split(sure[order], bins),
            np.array_split(right[order], bins),
            strict=True,
        )
    ]
    pooled: list[tuple[float, float, int]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (x, y, n), (u, v, m) = pooled[-2], pooled[-1]
            pooled[-2:] = [((x * n + u * m) / (n + m), (y * n + v * m) / (n + m), n + m)]
    knots = [(0.0, 0.0), *((x, y) for x, y, _ in pooled), (1.0, pooled[-1][1])]
    return np.array(knots, dtype=np.float32).T
