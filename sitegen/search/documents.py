"""What both search indexes are built from: documents in date order and their analysed words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray


class SearchDocument(msgspec.Struct, frozen=True, array_like=True):
    """An article as search sees it."""

    id: str
    url: str
    """Relative to the site's root, without a leading slash: `2018/06/slug/`."""
    title: str
    date: str
    """EDTF or empty."""
    source: str
    language: str
    authors: tuple[str, ...]
    entities: tuple[tuple[str, str, str], ...]
    """(kind, slug, name), resolved; each pair of kind and slug once."""
    topics: tuple[str, ...]
    words: int


class Ragged(msgspec.Struct, frozen=True):
    """A list of arrays, stored as one: row i is `values[starts[i]:starts[i + 1]]`."""

    values: NDArray[np.uint32]
    starts: NDArray[np.int64]
    """Shape (rows + 1,)."""

    def row(self, index: int) -> NDArray[np.uint32]:
        """Return the index-th array, a view."""
        return self.values[self.starts[index] : self.starts[index + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1


class SearchCorpus(msgspec.Struct, frozen=True):
    """Everything an index builder needs, in the order of (date, id); undated articles come first."""

    documents: Sequence[SearchDocument]
    words: Sequence[str]
    """Surface form (folded) of each word id, ascending by (word, term), unique as pairs."""
    terms: Sequence[str]
    """Index term (stem) of each word id, parallel to `words`."""
    title: Ragged
    """Word ids of each document's title, in text order."""
    body: Ragged
    """Word ids of each document's body, in text order."""
    text: Callable[[int], str]
    """Plain text of document i, paragraphs separated by a newline; read from disk on demand."""
