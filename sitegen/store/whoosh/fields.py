"""Fields of the index, and the format of their postings."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from whoosh import fields, formats

TEXT_FIELDS = ("body", "title")
NAME_FIELDS = ("author", "entity", "organization", "person", "place", "source", "tag")
KINDS = ("person", "organization", "place")
"""Kinds of entity that have a field of their own; others share `entity`."""

WHOLE = "="
"""Begins the term of a whole name: `=neil armstrong`."""
NAME_GAP = 100
"""Positions between two names of one article, so that no phrase runs from one into the next."""

Terms = Sequence[tuple[str, Sequence[int]]]
"""Terms of one field of one article, each with its ascending positions."""


def pack_varints(values: NDArray[np.int64] | NDArray[np.int32]) -> tuple[bytes, NDArray[np.int64]]:
    """LEB128 code of non-negative numbers below 2**35, and the offset of each (one more than there are numbers)."""
    sizes = np.ones(len(values), np.int8)
    for bits in (7, 14, 21, 28):
        sizes += values >= 1 << bits
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    out = np.empty(int(offsets[-1]), np.uint8)
    starts = offsets[:-1]
    out[starts] = (values & 127).astype(np.uint8) | ((sizes > 1).astype(np.uint8) << 7)
    for part in range(1, int(sizes.max(initial=1))):
        longer = np.flatnonzero(sizes > part)
        more = (sizes[longer] > part + 1).astype(np.uint8) << 7
        out[starts[longer] + part] = ((values[longer] >> (7 * part)) & 127).astype(np.uint8) | more
    return out.tobytes(), offsets


def unpack_varints(data: bytes) -> NDArray[np.int64]:
    """The numbers of a LEB128 string."""
    raw = np.frombuffer(data, np.uint8).astype(np.int64)
    ends = np.flatnonzero(raw < 128)
    if not len(ends):
        return np.zeros(0, np.int64)
    starts = np.concatenate(([0], ends[:-1] + 1))
    values = raw[starts] & 127
    sizes = ends - starts
    for part in range(1, int(sizes.max()) + 1):
        longer = np.flatnonzero(sizes >= part)
        values[longer] |= (raw[starts[longer] + part] & 127) << (7 * part)
    return values


class PackedPositions(formats.Positions):
    """Positions as LEB128 gaps: a quarter of the bytes of Whoosh's pickled lists, cut out of one buffer."""

    def word_values(self, value: Terms, analyzer: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Postings of analysed terms, as Whoosh's stock writer asks for them."""
        for term, positions in value:
            data = self.encode(positions)
            yield term.encode("utf-8", "surrogatepass"), len(positions), len(positions) * self.field_boost, data

    def encode(self, poslist: Iterable[int]) -> bytes:
        """The posting value of ascending positions."""
        positions = np.array([0, *poslist], np.int64)
        return pack_varints(positions[1:] - positions[:-1])[0]

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """The positions of a posting value."""
        return list(np.cumsum(unpack_varints(valuestring)).tolist())

    def decode_frequency(self, valuestring: bytes) -> int:
        """How many positions a posting value holds."""
        return len(unpack_varints(valuestring))


class TermsField(fields.FieldType):
    """A field whose terms and positions come analysed."""

    format: PackedPositions

    def __init__(self, *, scorable: bool = False, stored: bool = False) -> None:
        super().__init__(PackedPositions(), cast("Any", None), scorable=scorable, stored=stored)

    def index(self, value: Terms, **kwargs: Any) -> Generator[tuple[bytes, int, float, bytes], Any, None]:
        """Postings of analysed terms."""
        yield from self.format.word_values(value, None)


def make_schema() -> fields.Schema:
    """The fields of the index. `date` is indexed as eight digits, `00` where month or day are not known."""
    return fields.Schema(
        id=fields.ID(stored=True, unique=True),
        url=fields.STORED(),
        title=TermsField(scorable=True, stored=True),
        date=fields.ID(stored=True),
        body=TermsField(scorable=True),
        **{name: TermsField() for name in NAME_FIELDS},
    )
