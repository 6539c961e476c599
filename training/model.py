"""The network of `sitegen.entities.tagging.network` in PyTorch, for training, and its export."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from sitegen.entities.tagging.features import (
    AFFIX_BUCKETS,
    FLAGS,
    PADDING,
    SHAPE_BUCKETS,
    WORD_BUCKETS,
    TypeTable,
    VectorRows,
    hash_word,
)
from sitegen.entities.tagging.network import TAGS, WINDOW, near, read_weights


@dataclass(frozen=True)
class Sizes:
    """Widths of the layers."""

    word: int = 48
    affix: int = 24
    shape: int = 16
    mixed: int = 96
    state: int = 128
    final: int = 64
    deep: bool = True
    """Is there a third window layer? The packaged network has one."""


@dataclass(frozen=True)
class Vectors:
    """The word vectors and where each word's hash points."""

    vectors: np.ndarray
    hashes: np.ndarray
    rows: np.ndarray

    @classmethod
    def read(cls, path: Path) -> Vectors:
        """Read `vectors64.npz`; row 0 becomes the unknown word."""
        with np.load(path) as arrays:
            vectors, rows = (
                arrays["vectors"].astype(np.float32),
                arrays["rows"].astype(np.int64),
            )
            words = bytes(arrays["words"]).decode("utf-8").split("\n")
        vectors = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors])
        kept: dict[int, int] = {}
        for word, row in zip(words, rows.tolist(), strict=True):
            # No token of ours has inner blanks or digits next to signs; such keys only cost bytes.
            if word and any(char.isalpha() for char in word) and len(word) <= 24 and _is_token(word):
                kept.setdefault(hash_word(word), row + 1)
        hashes = np.array(sorted(kept), dtype=np.uint32)
        found = np.array([kept[key] for key in hashes.tolist()], dtype=np.uint16)
        scale = np.sqrt((vectors[1:] ** 2).mean())
        return cls(vectors / scale, hashes, found)

    def lookup(self) -> VectorRows:
        """What the package looks words up with."""
        return VectorRows(self.hashes, self.rows)


def _is_token(word: str) -> bool:
    return all(char.isalnum() or char in ".'’" for char in word) and not any(
        before.isdigit() != after.isdigit() for before, after in itertools.pairwise(word)
    )


@dataclass
class Batch:
    """Documents laid end to end with padding between them, as index tensors."""

    columns: list[Tensor]
    vectors: Tensor
    flags: Tensor
    place: Tensor
    around: Tensor
    chosen: Tensor
    total: int
    keys: Tensor
    keys_count: int
    words: np.ndarray
    """Index of each chosen word in the words of all documents end to end."""


def make_batch(documents: Sequence[Sequence[str]], table: TypeTable, windows: int = WINDOW) -> Batch:
    """Lay out `documents`; words of different documents share no window and no key."""
    layout: list[str] = []
    document_of: list[np.ndarray] = []
    word_at: list[np.ndarray] = []
    seen = 0
    for number, words in enumerate(documents):
        layout += [PADDING] * WINDOW
        layout += words
        document_of += [np.full(WINDOW, -1), np.full(len(words), number)]
        word_at += [np.full(WINDOW, -1), np.arange(seen, seen + len(words))]
        seen += len(words)
    layout += [PADDING] * WINDOW
    document_of.append(np.full(WINDOW, -1))
    word_at.append(np.full(WINDOW, -1))
    owner, at = np.concatenate(document_of), np.concatenate(word_at)
    numbers = table.number(layout)
    keys = table.key[numbers]
    real = owner >= 0
    mask = near(keys >= 0, 1) & real
    around = near(mask, 1) & real
    types, place = np.unique(numbers, return_inverse=True)
    columns = table.columns(types)
    chosen = np.flatnonzero(mask)
    chosen_keys = keys[chosen]
    joint = np.where(chosen_keys >= 0, owner[chosen] * (1 << 20) + chosen_keys, -1)
    unique, inverse = np.unique(joint, return_inverse=True)
    if len(unique) and unique[0] == -1:
        inverse = inverse - 1
    tensor = torch.from_numpy
    return Batch(
        [tensor(column.copy()) for column in columns[:4]],
        tensor(columns.vector.copy()),
        tensor(columns.flags),
        tensor(place),
        tensor(np.flatnonzero(around)),
        tensor(chosen),
        len(numbers),
        tensor(inverse),
        int(inverse.max(initial=-1)) + 1,
        at[chosen],
    )


def _maxout(values: Tensor) -> Tensor:
    half = values.shape[1] // 2
    return torch.maximum(values[:, :half], values[:, half:])


class WindowNetwork(nn.Module):
    """Same weights, same names, same arithmetic as the package's network, with dropout."""

    def __init__(self, vectors: np.ndarray, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        self.sizes, self.dropout = sizes, dropout
        self.register_buffer("fixed", torch.from_numpy(vectors), persistent=False)
        buckets = (WORD_BUCKETS, AFFIX_BUCKETS, AFFIX_BUCKETS, SHAPE_BUCKETS)
        widths = (sizes.word, sizes.affix, sizes.affix, sizes.shape)
        self.tables = nn.ModuleList(nn.Embedding(n, w) for n, w in zip(buckets, widths, strict=True))
        for table in self.tables:
            nn.init.normal_(table.weight, std=0.3)
        state = sizes.state
        inputs = sum(widths) + vectors.shape[1] + FLAGS
        self.mix = nn.Linear(inputs, 2 * sizes.mixed)
        self.first = nn.Linear(sizes.mixed, (2 * WINDOW + 1) * 2 * state, bias=False)
        self.first_bias = nn.Parameter(torch.zeros(2 * state))
        self.second = nn.Linear(3 * state, 2 * state)
        self.third = nn.Linear(3 * state, 2 * state) if sizes.deep else None
        self.last = nn.Linear(2 * state + 1, 2 * sizes.final)
        self.out = nn.Linear(sizes.final, len(TAGS))

    def forward(self, batch: Batch) -> Tensor:
        """Scores (chosen words, tags)."""
        parts = []
        for number, (table, column) in enumerate(zip(self.tables, batch.columns, strict=True)):
            part = table(column)
            if self.training:
                rate = 0.25 if number == 0 else 0.1
                part = part * (torch.rand(len(part), 1) >= rate)
            parts.append(part)
        fixed = self.fixed[batch.vectors]
        if self.training:
            fixed = fixed * (torch.rand(len(fixed), 1) >= 0.1)
        mixed = _maxout(self.mix(torch.cat([*parts, fixed, batch.flags], dim=1)))
        mixed = functional.dropout(mixed, self.dropout, self.training)
        width = self.first_bias.shape[0]
        steps = self.first(mixed).view(len(mixed), 2 * WINDOW + 1, width)
        total = self.first_bias
        for step in range(2 * WINDOW + 1):
            total = total + functional.embedding(batch.place[batch.around + step - WINDOW], steps[:, step])
        hidden = functional.dropout(_maxout(total), self.dropout, self.training)
        state = hidden.new_zeros(batch.total, width // 2).index_copy(0, batch.around, hidden)
        chosen = batch.chosen
        context = functional.dropout(self._deepen(state, chosen, self.second), self.dropout, self.training)
        if self.third is not None:
            state = context.new_zeros(state.shape).index_copy(0, chosen, context)
            context = functional.dropout(self._deepen(state, chosen, self.third), self.dropout, self.training)
        means, repeated = self._elsewhere(context, batch)
        final = _maxout(self.last(torch.cat([context, means, repeated], dim=1)))
        return self.out(functional.dropout(final, self.dropout, self.training))

    @staticmethod
    def _deepen(state: Tensor, at: Tensor, layer: nn.Linear) -> Tensor:
        own = state[at]
        return _maxout(layer(torch.cat([state[at - 1], own, state[at + 1]], dim=1))) + own

    @staticmethod
    def _elsewhere(context: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        has_key = (batch.keys >= 0).unsqueeze(1).to(context.dtype)
        keys = batch.keys.clamp(min=0)
        rows = context * has_key
        sums = context.new_zeros(max(batch.keys_count, 1), context.shape[1]).index_add(0, keys, rows)
        counts = context.new_zeros(max(batch.keys_count, 1), 1).index_add(0, keys, has_key)
        others = (counts[keys] - 1) * has_key
        means = (sums[keys] - rows) / others.clamp(min=1) * (others > 0)
        return means, (others > 0).to(context.dtype)


def export(model: WindowNetwork, vectors: Vectors) -> bytes:
    """Write the weight file: float16 matrices, vectors in 8 bits, hashes as gaps. Equal input, equal bytes."""
    half = {name: tensor.detach().numpy().astype(np.float16) for name, tensor in model.state_dict().items()}
    fixed = vectors.vectors
    scale = float(np.abs(fixed).max()) / 127
    return pack(
        {
            "word": half["tables.0.weight"],
            "prefix": half["tables.1.weight"],
            "suffix": half["tables.2.weight"],
            "shape": half["tables.3.weight"],
            "mix": half["mix.weight"].T,
            "mix_bias": half["mix.bias"],
            "first": half["first.weight"].T,
            "first_bias": half["first_bias"],
            "second": half["second.weight"].T,
            "second_bias": half["second.bias"],
            "third": half["third.weight"].T,
            "third_bias": half["third.bias"],
            "last": half["last.weight"].T,
            "last_bias": half["last.bias"],
            "out": half["out.weight"].T,
            "out_bias": half["out.bias"],
            "vectors": np.round(fixed / scale).astype(np.int8),
            "vector_scale": np.array(scale, dtype=np.float64),
            "vector_hash_gaps": np.diff(vectors.hashes.astype(np.int64), prepend=0).astype(np.uint32),
            "vector_rows": vectors.rows,
            "calibration": np.array([[0, 1], [0, 1]], dtype=np.float32),
        }
    )


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write an `.npz` without times of day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in sorted(arrays.items()):
            buffer = io.BytesIO()
            np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def rewrite(weights: bytes, **changed: np.ndarray) -> bytes:
    """Give a weight file with some arrays replaced."""
    return pack({**read_weights(weights), **changed})
