"""The manifest, `search/index.json`: the names of all other files and what every query needs.

Files are named by their number, or what they begin with, and 25 bits of a digest of their content. Files of cards, and
of lists, share one digest a group, so that many small ones cost few bytes here. Names of many phrase files stand in
files of their own.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from sitegen.search.analysis import ELIDING
from sitegen.search.calendar import DAY_SEGMENTS
from sitegen.search.facets import FACET_KINDS
from sitegen.search.function_words import function_words
from sitegen.search.layout import Layout, layout_of
from sitegen.search.lexicon import Name, read_entry, write_entry
from sitegen.search.lists import BLOCK_BITS
from sitegen.search.packing import pack_text, unpack
from sitegen.search.phrases import REST_BITS
from sitegen.search.postings import FIRST_TITLE_CODE, LEVELS

FORMAT = 3
FOLDER = "search/"
MANIFEST = FOLDER + "index.json"
NAME_LETTERS = 5
"""Characters of the digest in a file name: a change keeps its name once in 33 million."""
NO_DIGEST = "-" * NAME_LETTERS
"""Stands for a group of cards without documents."""
INLINE_NAMES = 400
"""With more phrase files their names stand in files of their own."""
PHRASE_NAMES = 256
"""Names of phrase files in one such file."""


class FileStamp(msgspec.Struct, frozen=True, array_like=True):
    """What the manifest says of a file, or of a group of files."""

    area: str
    number: int
    digest: str


class SearchFile(msgspec.Struct, frozen=True):
    """A file of the index."""

    path: str
    """Relative to the site's root."""
    data: bytes
    stamp: FileStamp


def extension_of(*, scripts: bool) -> str:
    """Of all files but the manifest."""
    return ".js" if scripts else ".json"


def digest_of(datas: Iterable[bytes]) -> str:
    """Digest of the content of one file or several."""
    value = 0
    for data in datas:
        value = zlib.crc32(data, value)
    return base64.b32encode(value.to_bytes(4, "big")).decode("ascii").lower()[:NAME_LETTERS]


def path_of(area: str, stem: str, digest: str, *, scripts: bool) -> str:
    """Path of a file relative to the site's root."""
    return f"{FOLDER}{area}/{stem}-{digest}{extension_of(scripts=scripts)}"


def wrap(name: str, data: bytes, *, scripts: bool) -> bytes:
    """Make a script of the data where scripts are wanted: a call that hands it to the client."""
    return b'sitegenSearch("' + name.encode("ascii") + b'",' + data + b")\n" if scripts else data + b"\n"


def unwrap(data: bytes) -> bytes:
    """Undo `wrap`."""
    if data.startswith(b"sitegenSearch("):
        return data[data.index(b",") + 1 : data.rindex(b")")]
    return data.removesuffix(b"\n")


def named_file(area: str, number: int, stem: str, data: bytes, *, scripts: bool) -> SearchFile:
    """Name a file by its content."""
    digest = digest_of([data])
    wrapped = wrap(f"{area}/{stem}-{digest}", data, scripts=scripts)
    return SearchFile(path_of(area, stem, digest, scripts=scripts), wrapped, FileStamp(area, number, digest))


def group_files(area: str, group: int, bodies: Mapping[int, bytes], *, scripts: bool) -> list[SearchFile]:
    """Name the files of a group, by number, by the content of all of them."""
    digest = digest_of(bodies[number] for number in sorted(bodies))
    stamp = FileStamp(area, group, digest)
    return [
        SearchFile(
            path_of(area, str(number), digest, scripts=scripts),
            wrap(f"{area}/{number}-{digest}", bodies[number], scripts=scripts),
            stamp,
        )
        for number in sorted(bodies)
    ]


def head_size(count: int) -> int:
    """A number of documents in steps of an eighth to a sixteenth, as the manifest counts frequent words."""
    bits = count.bit_length()
    return bits << 3 | (count >> (bits - 4) & 7)


class Manifest(msgspec.Struct):
    """What the manifest says."""

    documents: int
    scripts: bool
    languages: list[str]
    """Base languages of the articles, ascending."""
    aliases: list[str]
    """Words that editors know an entity by, ascending."""
    labels: list[str]
    counts: list[int]
    """Label and number of documents of each segment of the calendar."""
    starts: list[str]
    """What each shard of the dictionary begins with."""
    head: dict[str, tuple[int, tuple[str, ...]]]
    """Frequent terms with their `head_size` and usual surface forms."""
    entities: list[Name]
    frequent: str
    """Packed fingerprints of frequent pairs of words."""
    files: dict[str, list[str]]
    """Digests of the files of each area, by number."""

    @property
    def layout(self) -> Layout:
        """Sizes of the files."""
        return layout_of(self.documents)


def finish_manifest(manifest: Manifest) -> list[SearchFile]:
    """Write the manifest, after the lists of names that are too long for it."""
    layout, scripts = manifest.layout, manifest.scripts
    names = {area: "".join(digests) for area, digests in manifest.files.items()}
    phrases: dict[str, object] = {"bits": layout.phrase_bits, "cells": layout.cell_bits, "rest": REST_BITS}
    phrases["frequent"] = manifest.frequent
    extra: list[SearchFile] = []
    digests = manifest.files["p"]
    if len(digests) <= INLINE_NAMES:
        phrases["files"] = names["p"]
    else:
        for number, at in enumerate(range(0, len(digests), PHRASE_NAMES)):
            data = msgspec.json.encode({"files": "".join(digests[at : at + PHRASE_NAMES])})
            extra.append(named_file("names-p", number, str(number), data, scripts=scripts))
        phrases |= {"each": PHRASE_NAMES, "names": "".join(file.stamp.digest for file in extra)}
    head = sorted(manifest.head.items())
    least = layout.frequent_bits + 1 << 3
    body: dict[str, object] = {
        "format": FORMAT,
        "extension": extension_of(scripts=scripts),
        "documents": manifest.documents,
        "languages": manifest.languages,
        "elision": not ELIDING.isdisjoint(manifest.languages),
        "aliases": " ".join(manifest.aliases),
        "functionWords": " ".join(function_words(manifest.languages)),
        "levels": LEVELS,
        "titleCode": FIRST_TITLE_CODE,
        "calendar": {"labels": " ".join(manifest.labels), "counts": manifest.counts, "room": layout.least_room},
        "days": {"each": DAY_SEGMENTS, "files": names["d"]},
        "words": {"starts": " ".join(manifest.starts), "files": names["w"]},
        "lists": {
            "lists": layout.list_files,
            "blocks": layout.block_files,
            "group": layout.list_group_bits,
            "budget": layout.list_budget,
            "cost": layout.file_cost,
            "whole": layout.block_bits,
            "block": BLOCK_BITS,
            "files": names["l"],
        },
        "head": {
            "least": layout.frequent_bits,
            "words": " ".join(write_entry(term, forms) for term, (_, forms) in head),
            "sizes": pack_text([size - least for _, (size, _) in head]),
        },
        "entities": manifest.entities,
        "cards": {"bits": layout.card_bits, "group": layout.group_bits, "files": names["c"]},
        "phrases": phrases,
        "near": {"bits": layout.near_bits, "files": names["n"]},
        "facets": {"kinds": FACET_KINDS, "files": names["f"]},
    }
    data = msgspec.json.encode(body)
    stamp = FileStamp("index", 0, "")
    made = [*extra, SearchFile(MANIFEST, data + b"\n", stamp)]
    if scripts:
        made.append(SearchFile(FOLDER + "index.js", wrap("index", data, scripts=True), stamp))
    return made


def read_manifest(data: bytes, read: Callable[[str], bytes]) -> Manifest:
    """Undo `finish_manifest`.

    Args:
        data: content of `search/index.json`.
        read: gives the content of another file by its path relative to the site's root.

    Raises:
        KeyError, ValueError: it is none, or of another format.
    """
    body: dict[str, Any] = msgspec.json.decode(data)
    if body["format"] != FORMAT:
        raise ValueError("another format")
    scripts = body["extension"] == ".js"
    files = {
        "w": body["words"]["files"],
        "l": body["lists"]["files"],
        "c": body["cards"]["files"],
        "n": body["near"]["files"],
        "f": body["facets"]["files"],
        "d": body["days"]["files"],
    }
    phrases = body["phrases"]
    if "files" in phrases:
        files["p"] = phrases["files"]
    else:
        parts = [
            path_of("names-p", str(number), digest, scripts=scripts)
            for number, digest in enumerate(split_names(phrases["names"]))
        ]
        files["p"] = "".join(msgspec.json.decode(unwrap(read(path)))["files"] for path in parts)
    head = body["head"]
    least = head["least"] + 1 << 3
    sizes = [size + least for size in unpack(head["sizes"])]
    entries = map(read_entry, head["words"].split(" ") if sizes else [])
    return Manifest(
        documents=body["documents"],
        scripts=scripts,
        languages=body["languages"],
        aliases=body["aliases"].split(" ") if body["aliases"] else [],
        labels=body["calendar"]["labels"].split(" ") if body["calendar"]["counts"] else [],
        counts=body["calendar"]["counts"],
        starts=body["words"]["starts"].split(" "),
        head={term: (size, forms) for (term, forms), size in zip(entries, sizes, strict=True)},
        entities=[Name(*row) for row in body["entities"]],
        frequent=phrases["frequent"],
        files={area: split_names(names) for area, names in files.items()},
    )


def split_names(names: str) -> list[str]:
    """Digests that stand end to end."""
    return [names[at : at + NAME_LETTERS] for at in range(0, len(names), NAME_LETTERS)]
