"""From tag probabilities to spans: the likeliest well-formed tag sequence (Viterbi 1967), and how sure it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sitegen.entities.tagging.features import IntArray
from sitegen.entities.tagging.network import KINDS, TAGS, Array
from sitegen.entities.tagging.rules import Span
from sitegen.entities.tagging.tokenizer import Tokens

_FLOOR = 1e-8
_SURE = 0.999


def _allowed() -> npt.NDArray[np.bool_]:
    matrix = np.zeros((len(TAGS), len(TAGS)), dtype=bool)
    for before, left in enumerate(TAGS):
        for after, right in enumerate(TAGS):
            if left[0] in "BI":
                matrix[before, after] = right[0] in "IL" and left[1:] == right[1:]
            else:
                matrix[before, after] = right[0] in "OBU"
    return matrix


_ALLOWED = _allowed()
_PENALTY = np.where(_ALLOWED, 0.0, -np.inf).astype(np.float32)


def best_tags(indices: IntArray, probabilities: Array) -> IntArray:
    """Likeliest well-formed tags (m,) of the words at `indices` (m,), given `probabilities` (m, len(TAGS)).

    Words that are not among the indices are outside. The likeliest tag of each word alone is the answer wherever that
    is well formed; only stretches where it is not are searched.
    """
    tags: IntArray = probabilities.argmax(axis=1)
    count = len(tags)
    if count == 0:
        return tags
    joined = np.diff(indices) == 1
    left = np.append(np.where(joined, tags[1:], 0), 0)
    right = np.concatenate(([0], np.where(joined, tags[:-1], 0)))
    wrong = ~(_ALLOWED[tags, left] & _ALLOWED[right, tags])
    if not wrong.any():
        return tags
    # A word that is surely outside cuts the search: it stays outside, so what lies beside it is independent.
    sure = probabilities[:, 0] > _SURE
    scores = np.log(np.maximum(probabilities, _FLOOR))
    scores[sure, 1:] = -np.inf
    cut_after = np.append(~joined, True) | sure
    stretch = np.concatenate(([0], np.cumsum(cut_after)[:-1]))
    for number in np.unique(stretch[wrong]).tolist():
        first, last = np.searchsorted(stretch, [number, number + 1]).tolist()
        tags[first:last] = _viterbi(scores[first:last])
    return tags


def _viterbi(scores: Array) -> IntArray:
    length = len(scores)
    came = np.zeros((length, len(TAGS)), dtype=np.int64)
    best = scores[0] + _PENALTY[0]
    for at in range(1, length):
        reach = best[:, None] + _PENALTY
        came[at] = reach.argmax(axis=0)
        best = reach.max(axis=0) + scores[at]
    tag = int((best + _PENALTY[:, 0]).argmax())
    path = [tag]
    for at in range(length - 1, 0, -1):
        tag = int(came[at, tag])
        path.append(tag)
    return np.array(path[::-1], dtype=np.int64)


def spans_of(tokens: Tokens, indices: IntArray, probabilities: Array) -> list[Span]:
    """Spans of the best tags; the confidence is the geometric mean of the words' tag probabilities, not calibrated."""
    tags = best_tags(indices, probabilities)
    found = np.flatnonzero(tags)
    sure = probabilities[found, tags[found]].tolist()
    spans: list[Span] = []
    start, size, product = 0, 0, 1.0
    for index, tag, probability in zip(indices[found].tolist(), tags[found].tolist(), sure, strict=True):
        part = TAGS[tag][0]
        if part in "BU":
            start, size, product = index, 0, 1.0
        size, product = size + 1, product * probability
        if part in "LU":
            confidence = product ** (1 / size)
            spans.append(Span(tokens.starts[start], tokens.ends[index], KINDS[(tag - 1) // 4], confidence))
    return spans
