"""What a target is to hold: the built site, and what goes with it (compressed copies, files that a host reads)."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from sitegen.digest import short_digest
from sitegen.errors import StorageError, UsageError
from sitegen.publish.headers import is_compressible
from sitegen.store.output_tree import OutputTree

SMALLEST = 1_000
"""Files of fewer bytes get no compressed copy: it would fit into the same packet."""
ENDINGS = {"gzip": ".gz", "brotli": ".br"}


class SiteFile(msgspec.Struct, frozen=True):
    """One file that a target is to hold."""

    path: str
    digest: str
    size: int
    read: Callable[[], bytes]
    encoding: str = ""
    """`gzip` or `br` for a compressed copy."""


def read_site(output: OutputTree) -> dict[str, SiteFile]:
    """The files of the built site by path; what else lies in its folder is not the site's.

    Raises:
        UsageError: there is no site.
    """
    entries = output.manifest()
    if not entries:
        raise UsageError(f"there is no site in {output.folder}", hint="run `sitegen build`", code="no-site")
    return {
        path: SiteFile(path, entry.digest, entry.size, _reader(output.folder / path, path, entry.digest))
        for path, entry in entries.items()
    }


def _reader(file: Path, path: str, digest: str) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise StorageError(
                f"cannot be read: {error.strerror or error}", path=path, hint="run `sitegen build`", code="unreadable"
            ) from error
        if short_digest(data) != digest:
            raise StorageError(
                "it is not as the build wrote it",
                path=path,
                hint="another build may be at work; run `sitegen build`, then publish again",
                code="site-changed",
            )
        return data

    return read


def with_extras(files: Mapping[str, SiteFile], extras: Mapping[str, bytes]) -> dict[str, SiteFile]:
    """The site's files and some that a host reads, which win."""

    def reader(data: bytes) -> Callable[[], bytes]:
        return lambda: data

    made = {path: SiteFile(path, short_digest(data), len(data), reader(data)) for path, data in extras.items()}
    return {**files, **made}


def with_copies(files: Mapping[str, SiteFile], formats: Sequence[str]) -> dict[str, SiteFile]:
    """The files, and beside each that is worth it its compressed copies: `index.html.gz`, `index.html.br`.

    Raises:
        UsageError: Brotli is asked for and not installed.
    """
    found = dict(files)
    for name in sorted(formats):
        compress = _compressor(name)
        for file in files.values():
            path = file.path + ENDINGS[name]
            if file.size >= SMALLEST and is_compressible(file.path) and path not in files:
                # The copy follows from the file, so that nothing need be compressed to know what has changed.
                digest = short_digest(f"{name}\0{file.digest}".encode())
                found[path] = SiteFile(path, digest, file.size, _chain(file.read, compress), _ENCODINGS[name])
    return found


_ENCODINGS = {"gzip": "gzip", "brotli": "br"}


def _chain(read: Callable[[], bytes], compress: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: compress(read())


def _compressor(name: str) -> Callable[[bytes], bytes]:
    if name == "gzip":
        return lambda data: gzip.compress(data, 9, mtime=0)
    try:
        import brotli  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "Brotli copies need a library that is not installed",
            hint="pip install 'sitegen[brotli]'",
            code="extra-missing",
        ) from None
    compressed: Callable[[bytes], bytes] = brotli.compress
    return compressed
