"""Whether bytes are still those that were written: raw files, the built site, and bags."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from sitegen.digest import sha256_hex, short_digest
from sitegen.errors import UsageError
from sitegen.ingest.readers import Reader, reader_for
from sitegen.model import Problem, RawArticle
from sitegen.store.output_tree import OutputTree

_BLOCK = 1 << 20


class BagReport(msgspec.Struct, kw_only=True):
    """What was found in a bag."""

    files: int = 0
    bytes: int = 0
    problems: list[Problem] = []


def check_raw_file(path: Path, name: str, digests: set[str], columns: Mapping[str, str]) -> Iterator[Problem]:
    """Compare a raw file, or each of its records, with the digests that pages carry.

    Args:
        path: the file.
        name: how people know it.
        digests: SHA-256 of what pages came from it.
        columns: names of the columns of its records.
    """
    reader = reader_for(name)
    try:
        found = (
            {sha256_hex(path.read_bytes())}
            if reader is None or reader.split is None
            else _records(path, reader, columns)
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        yield Problem(path=name, code="unreadable", message=f"cannot be read: {reason}", severity="error")
        return
    missing = len(digests - found)
    if missing:
        what = "the raw file is" if reader is None or reader.split is None else f"{missing} of its records are"
        yield Problem(
            path=name,
            code="raw-changed",
            message=f"{what} not as ingested",
            hint="its bytes have changed; take it from a backup, or ingest it again",
            severity="error",
        )


def _records(path: Path, reader: Reader, columns: Mapping[str, str]) -> set[str]:
    assert reader.split is not None
    assert reader.read_chunk is not None
    found: set[str] = set()
    with path.open("rb") as file:
        for chunk in reader.split(iter(lambda: file.read(_BLOCK), b"")):
            articles = reader.read_chunk(chunk, path.name, columns)
            found.update(article.sha256 for article in articles if isinstance(article, RawArticle))
    return found


def check_site_files(output: OutputTree, name: str) -> Iterator[Problem]:
    """Compare every file of the built site with the digest that the build noted."""
    for path, entry in sorted(output.manifest().items()):
        try:
            data = (output.folder / path).read_bytes()
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            yield Problem(path=f"{name}/{path}", code="unreadable", message=message, severity="error")
            continue
        if short_digest(data) != entry.digest:
            yield Problem(
                path=f"{name}/{path}",
                code="output-changed",
                message="the file is not as the build wrote it",
                hint="delete it and run `sitegen build`: only a file that is missing or of another size is made again",
                severity="error",
            )


def check_bag(folder: Path) -> BagReport:
    """Validate a bag: that it is complete, holds nothing else, and every checksum is right.

    Raises:
        UsageError: the library is missing, or the folder is no bag.
    """
    try:
        import bagit  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "bags need a library that is not installed", hint="pip install 'sitegen[bagit]'", code="extra-missing"
        ) from None
    logging.getLogger("bagit").setLevel(logging.CRITICAL)  # It would tell on standard error what is told below.
    report = BagReport()
    try:
        bag = bagit.Bag(str(folder))
    except bagit.BagError as error:
        raise UsageError(f"{folder} is no bag: {error}", code="no-bag") from error
    try:
        bag.validate()
    except bagit.BagValidationError as error:
        for detail in error.details or [error]:
            path = str(getattr(detail, "path", "") or folder)
            report.problems.append(Problem(path=path, code="bag-damaged", message=str(detail), severity="error"))
    for path in bag.payload_files():
        report.files += 1
        place = folder / path
        report.bytes += place.stat().st_size if place.is_file() else 0
    return report
