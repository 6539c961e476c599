"""Tag texts that are not part of an archive: offsets count in the texts as given, whatever repair they would need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sitegen.entities.resolve import resolve_mentions
from sitegen.entities.tagging import Tagger, load_tagger
from sitegen.errors import ContentError
from sitegen.ingest.charset import NotTextError, decode
from sitegen.ingest.paragraphs import split_joints
from sitegen.model import Mention

_BATCH = 64


class MentionOut(msgspec.Struct, frozen=True):
    """A mention as `sitegen tag --json` prints it."""

    start: int
    end: int
    text: str
    kind: str
    confidence: float


class EntityOut(msgspec.Struct, frozen=True):
    """An entity as `sitegen tag --json` prints it."""

    name: str
    kind: str
    mentions: tuple[int, ...]
    """Positions in `mentions`."""


class TaggedText(msgspec.Struct, frozen=True):
    """The result for one text."""

    id: str
    """The record's id or line number in JSONL, else the file's name; empty for standard input."""
    mentions: tuple[MentionOut, ...]
    entities: tuple[EntityOut, ...]


class _Line(msgspec.Struct):
    text: str
    id: str | int | None = None


def tag_texts(sources: Iterable[tuple[str, bytes]], tagger_name: str, min_confidence: float) -> Iterator[TaggedText]:
    """Tag files (name, bytes) in order; JSONL files give one result a line.

    Raises:
        UsageError: there is no such tagger.
        ContentError: a file is no text, or a line no JSON object with a `text`.
    """
    tagger = load_tagger(tagger_name)
    batch: list[tuple[str, str]] = []
    for entry in _texts(sources):
        batch.append(entry)
        if len(batch) >= _BATCH:
            yield from _tag_batch(tagger, batch, min_confidence)
            batch.clear()
    yield from _tag_batch(tagger, batch, min_confidence)


def _texts(sources: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    for name, data in sources:
        if name.lower().endswith((".jsonl", ".ndjson")) or (name == "-" and _looks_like_jsonl(data)):
            yield from _lines(name, data)
            continue
        try:
            yield ("" if name == "-" else name), decode(data)[0]
        except NotTextError as error:
            raise ContentError(str(error), path=name, hint="give text files or .jsonl", code="not-text") from error


def _looks_like_jsonl(data: bytes) -> bool:
    first = data.lstrip().split(b"\n", 1)[0]
    if not first.startswith(b"{"):
        return False
    try:
        msgspec.json.decode(first, type=_Line)
    except msgspec.MsgspecError:
        return False
    return True


def _lines(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ContentError(
                f"the line cannot be used: {error}",
                path=name,
                line=number,
                hint='each line must look like {"id": "1", "text": "…"}',
                code="jsonl-line",
            ) from error
        yield str(number if record.id is None else record.id), record.text


def _tag_batch(tagger: Tagger, batch: Sequence[tuple[str, str]], min_confidence: float) -> Iterator[TaggedText]:
    prepared = [_unglue(text) for _, text in batch]
    for (id_, text), (_, joints), mentions in zip(
        batch, prepared, tagger.tag([unglued for unglued, _ in prepared]), strict=True
    ):
        yield _result(id_, text, joints, mentions, min_confidence)


def _unglue(text: str) -> tuple[str, list[int]]:
    """The text with a line break at every joint of glued sentences, and where in the new text those breaks are."""
    pieces: list[str] = []
    joints: list[int] = []
    length = 0
    for line in text.splitlines(keepends=True):
        at = 0
        for number, piece in enumerate(split_joints(line)):
            found = line.find(piece, at)
            if number and found == at and found > 0:
                pieces.append("\n")
                joints.append(length)
                length += 1
            if found < 0:
                break
            pieces.append(line[at : found + len(piece)])
            length += found + len(piece) - at
            at = found + len(piece)
        pieces.append(line[at:])
        length += len(line) - at
    return "".join(pieces), joints


def _result(
    id_: str, text: str, joints: Sequence[int], mentions: Sequence[Mention], min_confidence: float
) -> TaggedText:
    kept: list[Mention] = []
    passed = 0
    for mention in mentions:
        while passed < len(joints) and joints[passed] < mention.start:
            passed += 1
        start, end = mention.start - passed, mention.end - passed
        if mention.confidence >= min_confidence and text[start:end] == mention.surface:
            kept.append(msgspec.structs.replace(mention, start=start, end=end))
    entities = []
    for tag in resolve_mentions(kept):
        forms = {tag.name, *tag.forms}
        where = tuple(number for number, mention in enumerate(kept) if mention.surface in forms)
        entities.append(EntityOut(tag.name, tag.kind, where))
    return TaggedText(
        id_,
        tuple(MentionOut(m.start, m.end, m.surface, m.kind, round(m.confidence, 4)) for m in kept),
        tuple(entities),
    )
