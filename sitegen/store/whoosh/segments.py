# mypy: allow-untyped-calls
"""Posting lists to Whoosh segments.

Whoosh's stock writer handles one posting at a time, which is where its time goes. This module hands whole posting
lists to the codec (`new_segment`, `per_document_writer`, `field_writer`: public, unchanged since Whoosh 2.7) and
writes their blocks and the rows of the table of terms itself, in the layout that `whoosh.codec.whoosh3.W3LeafMatcher`
and `W3TermInfo` read. Everything that depends on that layout is here. `blocks_are_readable` writes a small index and
reads it with Whoosh's own classes; where that fails, or a method is missing, `add_documents` goes through Whoosh's
stock `IndexWriter.add_document`.
"""

from __future__ import annotations

import functools
import io
import itertools
import pickle
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import md5
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.index import IndexError as WhooshIndexError
from whoosh.reading import CorruptIndexError, TermNotFound

from sitegen.search.documents import SearchDocument
from sitegen.store.whoosh.fields import TEXT_FIELDS, make_schema, unpack_varints
from sitegen.store.whoosh.postings import FieldPostings, Ints, date_number
from sitegen.store.whoosh.roster import EXTENSION, Roster, encode_roster

INDEX_NAME = "MAIN"
_BLOCK = 128
"""Postings a block, Whoosh's own number: what is read at once to find one document."""
_AT_ONCE = 200_000
_NOT_COMPRESSED = 0
"""zlib would take a third more time to write a segment, and spare 29 % of its bytes."""
_MAGIC = b"W3Bl"
_LENGTH = struct.Struct("!i")
_FIELD = struct.Struct("!H")
_ROW = struct.Struct("!ii")
"""Before each row of the table of terms: length of its key and of its value."""
_TERM_INFO = np.dtype(
    [
        ("inlined", ">u1"),
        ("weight", ">f4"),
        ("documents", ">u4"),
        ("shortest", ">u1"),
        ("longest", ">u1"),
        ("heaviest", ">f4"),
        ("first", ">u4"),
        ("last", ">u4"),
        ("offset", ">i8"),
        ("length", ">i4"),
    ]
)
"""A row's value, as `W3TermInfo.to_bytes` gives it."""

DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    TypeError,
    ValueError,
    WhooshIndexError,
    CorruptIndexError,
    msgspec.MsgspecError,
    pickle.PickleError,
    struct.error,
    zlib.error,
)
"""What reading a damaged file may end in: Whoosh's files carry no checksums."""


class StoredFields(msgspec.Struct, frozen=True):
    """What a hit shows, kept in the index."""

    id: str
    url: str
    title: str
    date: str = ""

    @classmethod
    def of(cls, document: SearchDocument) -> StoredFields:
        """The stored fields of a document."""
        return cls(document.id, document.url, document.title, document.date)


def new_segment(storage: Any) -> Any:
    """An empty segment with a name of its own, whatever the state of the random number generator."""
    segment = W3Codec().new_segment(storage, INDEX_NAME)
    segment.segid = secrets.token_hex(8)
    return segment


def write_segment(
    storage: Any,
    segment: Any,
    schema: Schema,
    stored: Iterable[StoredFields],
    postings: Callable[[], Mapping[str, FieldPostings]],
    roster: Callable[[], Roster],
) -> None:
    """Write all files of a new segment.

    Args:
        storage: where.
        segment: from `new_segment`; its number of documents is set.
        schema: the index's fields.
        stored: stored fields of each document, in order.
        postings: gives posting lists by field; called, as `roster`, when it is needed, so that its memory can be freed.
        roster: gives the segment's roster.
    """
    lists = postings()
    _write_documents(storage, segment, schema, stored, lists)
    _write_postings(storage, segment, schema, lists)
    del lists
    _write_roster(storage, segment, roster())


def _write_postings(storage: Any, segment: Any, schema: Schema, lists: Mapping[str, FieldPostings]) -> None:
    fields = W3Codec().field_writer(storage, segment)
    try:
        for name in sorted(lists):
            fields.start_field(name, schema[name])
            _write_field(fields, lists[name])
            fields.finish_field()
    finally:
        fields.close()


def _write_documents(
    storage: Any, segment: Any, schema: Schema, stored: Iterable[StoredFields], lists: Mapping[str, FieldPostings]
) -> None:
    documents = W3Codec().per_document_writer(storage, segment)
    fields = [(name, schema[name]) for name in ("id", "url", "title", "date", "body")]
    lengths = {name: lists[name].lengths for name in TEXT_FIELDS}
    counted = {name: array.tolist() for name, array in lengths.items() if array is not None}
    number = 0
    for number, values in enumerate(stored, 1):
        documents.start_doc(number - 1)
        for name, field in fields:
            length = counted[name][number - 1] if name in counted else 0
            documents.add_field(name, field, getattr(values, name, None), length)
        documents.finish_doc()
    segment.set_doc_count(number)
    documents.close()


def _write_field(fields: Any, lists: FieldPostings) -> None:
    """Write all terms of a field, a few at a time: as Python objects postings take ten times their memory."""
    cuts = np.searchsorted(lists.starts, np.arange(0, len(lists.documents), _AT_ONCE)).tolist()
    for first, last in itertools.pairwise(sorted({*cuts, len(lists.terms)})):
        _write_terms(fields, lists.some(first, last))


def _write_terms(fields: Any, lists: FieldPostings) -> None:
    """Write terms; numbers are taken with numpy, only pickling is left to the loop."""
    count = len(lists.documents)
    starts, documents, frequencies = lists.starts[:-1], lists.documents, lists.frequencies
    sizes = np.diff(lists.starts)
    blocks_of = -(-sizes // _BLOCK)
    first_block = np.cumsum(blocks_of) - blocks_of
    begins = np.repeat(starts - first_block * _BLOCK, blocks_of) + np.arange(int(blocks_of.sum())) * _BLOCK
    ends = np.append(begins[1:], count)
    gaps = np.diff(documents, prepend=0)
    gaps[begins] = documents[begins]
    most, least = np.maximum.reduceat(frequencies, begins), np.minimum.reduceat(frequencies, begins)
    shortest, longest, term_shortest, term_longest = _length_limits(lists, begins, starts)

    block_rows = zip(
        begins.tolist(),
        ends.tolist(),
        documents[ends - 1].tolist(),
        most.astype(float).tolist(),
        (most == least).tolist(),
        shortest,
        longest,
        strict=True,
    )
    ids, weights, values = gaps.tolist(), frequencies.astype(float).tolist(), lists.values()
    dumps, pack = pickle.dumps, _LENGTH.pack
    out: list[bytes] = []
    ends_of_terms: list[int] = []
    written = 0
    for blocks in blocks_of.tolist():
        out.append(_MAGIC)
        written += len(_MAGIC)
        size = 0
        for _ in range(blocks):
            a, b, last_id, heavy, even, short, long = next(block_rows)
            data = dumps(
                (
                    tuple(ids[a:b]),
                    (None if heavy == 1 else heavy) if even else tuple(weights[a:b]),
                    None if values is None else tuple(values[a:b]),
                ),
                4,
            )
            info = dumps((b - a, last_id, heavy, _NOT_COMPRESSED, short, long), 4)
            size = len(info) + len(data)
            out += (pack(size), info, data)
            written += _LENGTH.size + size
        out[-3] = pack(-size)
        ends_of_terms.append(written)

    infos = np.zeros(len(lists.terms), _TERM_INFO)
    infos["weight"] = np.add.reduceat(frequencies, starts)
    infos["documents"] = sizes
    infos["shortest"], infos["longest"] = term_shortest, term_longest
    infos["heaviest"] = np.maximum.reduceat(frequencies, starts)
    infos["first"], infos["last"] = documents[starts], documents[lists.starts[1:] - 1]
    infos["length"] = np.diff(ends_of_terms, prepend=0)
    infos["offset"] = fields._postfile.tell() + np.array(ends_of_terms) - infos["length"]
    fields._postfile.write(b"".join(out))
    prefix = _FIELD.pack(fields._fieldid)
    _add_terms(fields._tindex, [prefix + term for term in lists.terms], infos)


def _add_terms(table: Any, keys: Sequence[bytes], infos: NDArray[np.void]) -> None:
    """Add rows to a segment's table of terms (`OrderedHashWriter.add`), all at once; `keys` ascend."""
    data, width = infos.tobytes(), infos.itemsize
    position = table.dbfile.tell()
    buckets, pack = table.buckets, _ROW.pack
    rows: list[bytes] = []
    positions: list[int] = []
    for at, key in enumerate(keys):
        mark = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        buckets[mark & 255].append((mark, position))
        positions.append(position)
        rows += (pack(len(key), width), key, data[at * width : at * width + width])
        position += _ROW.size + len(key) + width
    table.index.extend(positions)
    table.lastkey = keys[-1]
    table.dbfile.write(b"".join(rows))


def _length_limits(lists: FieldPostings, begins: Ints, starts: Ints) -> tuple[Any, ...]:
    """Shortest and longest field length of each block and of each term, as Whoosh's length byte."""
    if lists.lengths is None:
        return [0] * len(begins), [0] * len(begins), 0, 0
    lengths = lists.lengths[lists.documents]
    codes = _length_codes()[np.minimum(lengths, len(_length_codes()) - 1)]
    return (
        np.minimum.reduceat(codes, begins).tolist(),
        np.maximum.reduceat(codes, begins).tolist(),
        np.minimum.reduceat(codes, starts),
        np.maximum.reduceat(codes, starts),
    )


@functools.cache
def _length_codes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Whoosh's byte for each field length up to the longest it tells apart."""
    from whoosh.util.numeric import byte_to_length, length_to_byte  # noqa: PLC0415 - only where segments are written

    edges = np.array([byte_to_length(code) for code in range(256)], np.int64)
    codes = np.searchsorted(edges, np.arange(edges[-1] + 1)).astype(np.uint8)
    assert all(length_to_byte(n) == codes[n] for n in range(0, len(codes), 997))
    return codes


def _write_roster(storage: Any, segment: Any, roster: Roster) -> None:
    files = {name.removeprefix(segment.segment_id()): file_mark(storage, name) for name in segment.list_files(storage)}
    with segment.create_file(storage, EXTENSION) as file:
        file.write(encode_roster(roster, files))


def file_mark(storage: Any, name: str) -> tuple[int, int]:
    """Length and CRC-32 of a file."""
    length = checksum = 0
    with storage.open_file(name) as file:
        while chunk := file.read(1 << 20):
            length += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
    return length, checksum


def add_documents(
    writer: Any, stored: Iterable[StoredFields], lists: Mapping[str, FieldPostings], roster: Roster
) -> None:
    """Write the same through Whoosh's stock writer, into the segment that its commit will register."""
    fields: dict[int, dict[str, list[tuple[str, list[int]]]]] = {}
    for name in lists:
        if name not in ("id", "date"):
            for term, number, data in _postings_one_by_one(lists[name]):
                positions = np.cumsum(unpack_varints(data)).tolist()
                fields.setdefault(number, {}).setdefault(name, []).append((term, positions))
    for number, values in enumerate(stored):
        date = date_number(values.date)
        writer.add_document(
            id=values.id,
            url=values.url,
            date=f"{date:08d}" if date else None,
            _stored_date=values.date,
            _stored_title=values.title,
            **({"title": []} | fields.get(number, {})),
        )
    with writer.newsegment.create_file(writer.storage, EXTENSION) as file:
        file.write(encode_roster(roster, {}))


def _postings_one_by_one(lists: FieldPostings) -> Iterator[tuple[str, int, bytes]]:
    documents, values = lists.documents.tolist(), lists.values() or ()
    for term, start, stop in zip(lists.terms, lists.starts[:-1].tolist(), lists.starts[1:].tolist(), strict=True):
        for place in range(start, stop):
            yield term.decode("utf-8", "surrogatepass"), documents[place], values[place]


class TermPostings(msgspec.Struct, frozen=True):
    """One term's postings in one segment."""

    documents: Ints
    """Ascending."""
    frequencies: Ints
    values: Sequence[bytes]
    """Packed positions, empty for fields without."""


def read_postings(terms: Any, postfile: Any, format_: Any, field: str, term: bytes) -> TermPostings | None:
    """All postings of a term in one segment, those of deleted documents included; None where there are none.

    Args:
        terms: the segment's terms reader.
        postfile: its postings file.
        format_: the field's format.
        field: name of the field.
        term: the term.
    """
    if (field, term) not in terms:
        return None
    if blocks_are_readable():
        postfile.seek(terms.term_info(field, term).extent()[0] + len(_MAGIC))
        return _read_blocks(postfile)
    matcher = terms.matcher(field, term, format_)
    rows = []
    while matcher.is_active():
        rows.append((matcher.id(), matcher.weight(), matcher.value()))
        matcher.next()
    ids, weights, values = zip(*rows, strict=True)
    return TermPostings(np.array(ids, np.int64), np.array(weights).astype(np.int64), [v for v in values if v])


def _read_blocks(file: Any) -> TermPostings:
    """Read a posting list of `_write_field`; Whoosh's matcher reads it too, one posting at a time."""
    gaps: list[int] = []
    begins: list[int] = []
    weights: list[NDArray[np.float64]] = []
    values: list[bytes] = []
    size = 1
    while size > 0:
        (size,) = _LENGTH.unpack(file.read(_LENGTH.size))
        stream = io.BytesIO(file.read(abs(size)))
        count, _, _, compressed, _, _ = pickle.load(stream)  # noqa: S301 - a file of our own, see `Snapshot`
        block = stream.read()
        ids, weight, value = pickle.loads(zlib.decompress(block) if compressed else block)  # noqa: S301
        begins.append(len(gaps))
        gaps += ids
        if isinstance(weight, tuple):
            weights.append(np.array(weight))
        else:
            weights.append(np.full(count, 1.0 if weight is None else weight))
        if value is not None:
            values += value
    steps = np.array(gaps, np.int64)
    documents = np.cumsum(steps)
    resets = np.array(begins)
    documents -= np.repeat(documents[resets] - steps[resets], np.diff([*begins, len(gaps)]))
    return TermPostings(documents, np.concatenate(weights).astype(np.int64), values)


@functools.cache
def blocks_are_readable() -> bool:
    """Whether the installed Whoosh reads the blocks that this module writes, and finds in them what was put there."""
    count = 2 * _BLOCK + 1
    frequencies = np.arange(count) % 3 + 1
    values = [bytes([number % 100] * (number % 3 + 1)) for number in range(count)]
    numbers = np.arange(count)
    lists = {
        "body": FieldPostings(
            [b"all", b"one"],
            np.array([0, count, count + 1]),
            np.append(numbers, 7),
            np.append(frequencies, 1),
            b"".join([*values, b"\x05"]),
            np.cumsum([0, *map(len, values), 1]),
            np.full(count, 9),
        ),
        "title": FieldPostings([], numbers[:1], numbers[:0], numbers[:0], b"", numbers[:1], np.zeros(count, np.int64)),
    }
    storage = RamStorage()
    try:
        schema = make_schema()
        segment = new_segment(storage)
        _write_documents(storage, segment, schema, [StoredFields(str(n), "", "", "") for n in range(count)], lists)
        _write_postings(storage, segment, schema, lists)
        terms = segment.codec().terms_reader(storage, segment)
        matcher = terms.matcher("body", b"all", schema["body"].format)
        for number in range(count):
            found = (matcher.id(), matcher.weight(), matcher.value())
            if found != (number, frequencies[number], values[number]):
                return False
            matcher.next()
        of_all, of_one = (terms.term_info("body", term) for term in lists["body"].terms)
        seen = (of_all.doc_frequency(), of_all.weight(), of_all.max_weight(), of_one.min_id(), of_one.max_id())
        return not matcher.is_active() and seen == (count, frequencies.sum(), 3, 7, 7)
    except (*DAMAGE, TermNotFound):
        return False
