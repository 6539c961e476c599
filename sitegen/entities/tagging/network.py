"""The small window network, run with numpy.

Hashed embeddings of word, prefix, suffix and shape with fixed word vectors and list flags are mixed by a maxout layer
into one vector per distinct word; a maxout layer reads a window of five words, two more read three states each; the
state of a word is then joined with the mean state of the same word elsewhere in the article, which makes the tagger
consistent within it. The design follows the embed-encode scheme of spaCy's convolutional models (hashed embeddings:
Serra and Karatzoglou 2017; maxout: Goodfellow et al. 2013); the first window layer is applied to distinct words before
they are put in place (Devlin et al. 2014), and only words near a capital or a digit are looked at further.

One article at a time: results never depend on what else is in a batch.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sitegen.entities.tagging.features import PADDING, IntArray, TypeTable, VectorRows
from sitegen.entities.tagging.tokenizer import BREAK

Array = npt.NDArray[np.float32]

KINDS = ("person", "organization", "place")
TAGS = ("O", *(f"{part}-{kind}" for kind in KINDS for part in "BILU"))
"""Tag 0 is outside; then beginning, inside, last and unit of each kind (BILOU; Ratinov and Roth 2009)."""

WINDOW = 2
"""Words to each side that the first layer reads; the second and the third read one state to each side."""

STRETCH = 4000
"""Words that are read at once."""

_ENDS = frozenset({BREAK, "."})


def near(mask: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """Widen `mask`: true where it is true within `reach` places."""
    wide = mask.copy()
    for step in range(1, reach + 1):
        wide[step:] |= mask[:-step]
        wide[:-step] |= mask[step:]
    return wide


def _maxout(values: Array) -> Array:
    half = values.shape[1] // 2
    return np.maximum(values[:, :half], values[:, half:])


def _deepen(state: Array, at: IntArray, weights: Array, bias: Array) -> Array:
    """Add to the states at `at` what a maxout layer makes of them and their neighbours."""
    own = state[at]
    joined = np.concatenate([state[at - 1], own, state[at + 1]], axis=1)
    return _maxout(joined @ weights + bias) + own


def _by_appearance(numbers: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct values in order of first appearance, and where each element stands among them.

    The order decides how sums are rounded; the values themselves depend on which texts came before.
    """
    values, first, place = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return values[order], rank[place]


def mean_elsewhere(states: Array, keys: IntArray) -> tuple[Array, Array]:
    """Mean of the rows of `states` (n, h) that share a key with each row, itself left out.

    Returns (n, h) means, zero where there is no other, and (n, 1) flags that there is one. Keys below 0 share nothing.
    """
    means = np.zeros_like(states)
    flags = np.zeros((len(states), 1), dtype=np.float32)
    order = np.argsort(keys, kind="stable")
    order = order[np.searchsorted(keys[order], 0) :]
    if len(order) == 0:
        return means, flags
    sorted_keys = keys[order]
    first = np.flatnonzero(np.concatenate(([True], sorted_keys[1:] != sorted_keys[:-1])))
    counts = np.diff(np.append(first, len(order)))
    group = np.repeat(np.arange(len(first)), counts)
    others = (counts[group] - 1).astype(np.float32)[:, None]
    rows = states[order]
    sums = np.add.reduceat(rows, first, axis=0)[group]
    means[order] = np.where(others > 0, (sums - rows) / np.maximum(others, 1), 0)
    flags[order] = others > 0
    return means, flags


class Network:
    """Weights and the way through them."""

    def __init__(self, weights: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take arrays by name as `training/` exports them (float16 matrices, integer vector index)."""
        vectors = weights["vectors"].astype(np.float32) * np.float32(weights["vector_scale"])
        gaps = weights["vector_hash_gaps"].astype(np.uint64)
        self.types = TypeTable(
            VectorRows(
                np.cumsum(gaps).astype(np.uint32),
                weights["vector_rows"].astype(np.uint16),
            )
        )
        matrices = {name: array.astype(np.float32) for name, array in weights.items() if array.dtype == np.float16}
        self._embeddings = [matrices[name] for name in ("word", "prefix", "suffix", "shape")]
        self._vectors = vectors
        self._mix, self._mix_bias = matrices["mix"], matrices["mix_bias"]
        self._first = np.split(matrices["first"], 2 * WINDOW + 1, axis=1)
        self._first_bias = matrices["first_bias"]
        self._second, self._second_bias = matrices["second"], matrices["second_bias"]
        self._third, self._third_bias = matrices["third"], matrices["third_bias"]
        self._last, self._last_bias = matrices["last"], matrices["last_bias"]
        self._out, self._out_bias = matrices["out"], matrices["out_bias"]

    def probabilities(self, words: Sequence[str]) -> tuple[IntArray, Array]:
        """Tag probabilities of the words of one article.

        Returns the indices (m,) of the words that could be part of a name, ascending, and (m, len(TAGS)) probabilities;
        all other words are outside. Memory is bounded: a text of more than `STRETCH` words is read in stretches, and
        only the consistency of words between them is lost.
        """
        if len(words) <= STRETCH:
            return self._stretch(words)
        indices: list[IntArray] = []
        probabilities: list[Array] = []
        start = 0
        while start < len(words):
            end = min(start + STRETCH, len(words))
            if end < len(words):
                end = next(
                    (at for at in range(end, start + STRETCH // 2, -1) if words[at - 1] in _ENDS),
                    end,
                )
            found, scores = self._stretch(words[start:end])
            indices.append(found + start)
            probabilities.append(scores)
            start = end
        return np.concatenate(indices), np.concatenate(probabilities)

    def _stretch(self, words: Sequence[str]) -> tuple[IntArray, Array]:
        pad = [PADDING] * WINDOW
        numbers = self.types.number([*pad, *words, *pad])
        keys = self.types.key[numbers]
        naming = keys >= 0
        chosen = np.flatnonzero(near(naming, 1))
        chosen = chosen[(chosen >= WINDOW) & (chosen < len(words) + WINDOW)]
        if len(chosen) == 0:
            return chosen, np.zeros((0, len(TAGS)), dtype=np.float32)
        wanted = np.zeros(len(numbers), dtype=bool)
        wanted[chosen] = True
        around = np.flatnonzero(near(wanted, 1))
        around = around[(around >= WINDOW) & (around < len(words) + WINDOW)]

        types, place = _by_appearance(numbers)
        columns = self.types.columns(types)
        parts = [table[ids] for table, ids in zip(self._embeddings, columns[:4], strict=True)]
        embedded = np.concatenate([*parts, self._vectors[columns.vector], columns.flags], axis=1)
        mixed = _maxout(embedded @ self._mix + self._mix_bias)

        width = self._first_bias.shape[0]
        total = np.empty((len(around), width), dtype=np.float32)
        total[:] = self._first_bias
        for step, matrix in enumerate(self._first, -WINDOW):
            total += (mixed @ matrix).take(place[around + step], axis=0)
        state = np.zeros((len(numbers), width // 2), dtype=np.float32)
        state[around] = _maxout(total)

        context = _deepen(state, chosen, self._second, self._second_bias)
        state[:] = 0
        state[chosen] = context
        context = _deepen(state, chosen, self._third, self._third_bias)
        means, repeated = mean_elsewhere(context, keys[chosen])
        final = _maxout(np.concatenate([context, means, repeated], axis=1) @ self._last + self._last_bias)
        scores = final @ self._out + self._out_bias
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return chosen - WINDOW, scores


def read_weights(data: bytes) -> dict[str, npt.NDArray[np.generic]]:
    """Arrays of an `.npz` file. Refuses pickles."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in names}
