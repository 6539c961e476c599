"""The archive for other programs and other keepers: tables, citations, a network, a bag to hand over.

Only what readers may see goes out: neither drafts nor articles that were redacted, withdrawn or removed, in no format.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import IO

import msgspec

from sitegen.config import CONFIG_NAME, Config
from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import Catalogue
from sitegen.entities.judgements import without_redacted
from sitegen.entities.redaction import Redaction, shown_authority
from sitegen.errors import ContentError, UsageError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Card, Problem
from sitegen.pipeline.current_cards import TextReader, archive_redaction, current_cards
from sitegen.pipeline.read_pages import compose_card
from sitegen.pipeline.reporter import Reporter
from sitegen.plan.columns import sort_key
from sitegen.plan.urls import family_of_kind
from sitegen.render.exports import Node, bibtex_record, csv_header, csv_record, graphml, jsonl_record
from sitegen.store.ledger import LedgerEntry, ledger_bytes, read_ledger, read_removed
from sitegen.store.output_tree import OutputTree
from sitegen.store.source_tree import SourceTree, read_judgements, scan_folder, storage_error

FORMATS = ("jsonl", "csv", "bibtex", "graphml", "bagit")
LISTED = ("published", "noindex")
ENDINGS = {"jsonl": ".jsonl", "csv": ".csv", "bibtex": ".bib", "graphml": ".graphml", "bagit": "-bag"}


class ExportReport(msgspec.Struct, kw_only=True):
    """What an export wrote."""

    format: str
    output: str = ""
    articles: int = 0
    left_out: int = 0
    """Articles that are redacted or withdrawn; drafts are not counted."""
    entities: int = 0
    pairs: int = 0
    files: int = 0
    bytes: int = 0
    dry_run: bool = False
    problems: list[Problem] = []


def export_articles(
    tree: SourceTree, kind: str, output: Path | IO[bytes] | None, reporter: Reporter, *, min_shared: int = 1
) -> ExportReport:
    """Write articles, or the network of their entities, into one file.

    Args:
        tree: the archive.
        kind: `jsonl`, `csv`, `bibtex` or `graphml`.
        output: a file that is replaced in one step, an open stream, or None for a trial.
        reporter: hears of progress.
        min_shared: articles that must name two entities for their pair to stand in the network.

    Raises:
        ConfigError, ContentError: the archive cannot be used.
        StorageError: the disk refused; a file that was there is as it was.
    """
    config = tree.load_config()
    current = current_cards(tree)
    cards = sorted((card for card in current.cards if card.status in LISTED), key=sort_key)
    report = ExportReport(format=kind, dry_run=output is None, problems=list(current.problems))
    report.articles, report.left_out = len(cards), len(current.cards) - len(cards)
    if isinstance(output, Path):
        report.output = str(output)
    reporter.phase("Exporting", len(cards))

    def told(found: Iterable[Card]) -> Iterator[Card]:
        for card in found:
            yield card
            reporter.advance(1)

    with TextReader(tree, current.places) as texts:
        if kind == "jsonl":
            pieces: Iterable[bytes] = (jsonl_record(card, texts.text(card)) for card in told(cards))
        elif kind == "csv":
            pieces = _after(csv_header(), (csv_record(card, config.base_url) for card in told(cards)))
        elif kind == "bibtex":
            pieces = (bibtex_record(card, config.base_url) for card in told(cards))
        else:
            pieces = _network(tree, config, told(cards), report, min_shared)
        _write(pieces, output, report)
    return report


def _after(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _network(
    tree: SourceTree, config: Config, cards: Iterable[Card], report: ExportReport, min_shared: int
) -> Iterator[bytes]:
    """Entities as the site groups them, and how many articles name each two of them."""
    authority = shown_authority(parse_authority(read_judgements(tree.content)))
    catalogue = Catalogue(authority, config.entities.min_articles)
    named = [tuple(dict.fromkeys(catalogue.add(card.id, card.tags))) for card in cards]
    counts = Counter(key for keys in named for key in keys)
    nodes: dict[object, Node] = {}
    for key in sorted(counts):
        entity = catalogue.entity(key)
        if not entity.hidden:
            links = " ".join(value for _, value in entity.links)
            id_ = f"{family_of_kind(entity.kind)}/{entity.slug}"
            nodes[key] = Node(id_, entity.kind, entity.name, counts[key], links)
    pairs: Counter[tuple[str, str]] = Counter()
    for keys in named:
        pairs.update(combinations(sorted(nodes[key].id for key in keys if key in nodes), 2))
    kept = {pair: count for pair, count in pairs.items() if count >= min_shared}
    report.entities, report.pairs = len(nodes), len(kept)
    yield from graphml(nodes.values(), kept)


def _write(pieces: Iterable[bytes], output: Path | IO[bytes] | None, report: ExportReport) -> None:
    if isinstance(output, Path):
        temporary = output.with_name(f".{output.name[:100]}.{os.getpid()}.tmp")
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                _pour(pieces, file, report)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(output)
        except OSError as error:
            raise storage_error(error, output) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        report.files = 1
    else:
        _pour(pieces, output, report)


def _pour(pieces: Iterable[bytes], file: IO[bytes] | None, report: ExportReport) -> None:
    for piece in pieces:
        report.bytes += len(piece)
        if file is not None:
            file.write(piece)


# Bags


def export_bag(
    tree: SourceTree, output: Path, reporter: Reporter, *, with_site: bool = True, dry_run: bool = False
) -> ExportReport:
    """Pack the archive into a bag (BagIt 1.0, RFC 8493): content, settings, themes, and the built site.

    Left out are pages of drafts and of articles that are redacted, withdrawn or removed, or give a name that is
    withheld; raw files that hold text of such an article; and the lists that name them.

    Raises:
        UsageError: the library is missing, or the folder is there already.
        StorageError: the disk refused; no half bag is left.
    """
    try:
        import bagit  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "bags need a library that is not installed", hint="pip install 'sitegen[bagit]'", code="extra-missing"
        ) from None
    if output.exists():
        raise UsageError(f"{output} is there already", hint="name a new folder with --output", code="output-exists")
    config = tree.load_config()
    report = ExportReport(format="bagit", output=str(output), dry_run=dry_run)
    sources = dict(_payload(tree, config, report, with_site=with_site))
    report.files = len(sources)
    report.bytes = sum(
        len(source) if isinstance(source, bytes) else source.stat().st_size for source in sources.values()
    )
    if dry_run:
        return report
    reporter.phase("Packing", len(sources))
    folder = output.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".sitegen-bag-") as made:
            for path, source in sources.items():
                place = Path(made, "bag", path)
                place.parent.mkdir(parents=True, exist_ok=True)
                if isinstance(source, bytes):
                    place.write_bytes(source)
                else:
                    shutil.copyfile(source, place)
                reporter.advance(1)
            about = {"External-Description": config.title, "Bag-Software-Agent": "sitegen, bagit-python"}
            bagit.make_bag(str(Path(made, "bag")), about, checksums=["sha256"])
            Path(made, "bag").rename(output)
    except OSError as error:
        raise storage_error(error, output) from error
    return report


class _Pages(msgspec.Struct):
    """Pages of `content/` as far as they may go out."""

    open: set[str]
    """Paths of published pages, relative to `content/`."""
    articles: int
    left_out: int
    sources: set[str]
    """Raw files of published articles, relative to the archive's root."""
    secret: set[str]
    """Raw files of all others."""


def _read_pages(tree: SourceTree, redaction: Redaction | None) -> _Pages:
    pages = _Pages(set(), 0, 0, set(), {stone.source for stone in read_removed(tree.content).values()})
    for folder in ("articles", "pages"):
        for file in tree.scan(folder, (".md",))[0]:
            path = f"{folder}/{file.path}"
            try:
                article, _ = parse_page((tree.content / path).read_text(encoding="utf-8-sig"), path)
            except (OSError, UnicodeDecodeError, ContentError):
                continue  # What cannot be read is not on the site either.
            withheld = redaction is not None and compose_card(article, path, redaction, with_body=False)[0].withheld
            is_open = article.status in LISTED and not withheld
            (pages.sources if is_open else pages.secret).add(article.source.file)
            if is_open:
                pages.open.add(path)
            pages.articles += is_open and folder == "articles"
            pages.left_out += not is_open
    return pages


def _payload(
    tree: SourceTree, config: Config, report: ExportReport, *, with_site: bool
) -> Iterator[tuple[str, Path | bytes]]:
    """(path in the bag, file or bytes) of all that may go out."""
    redaction = archive_redaction(tree)
    pages = _read_pages(tree, redaction)
    report.articles, report.left_out = pages.articles, pages.left_out
    for file in tree.scan("")[0]:
        path = f"content/{file.path}"
        if file.path == "removed.yaml":
            continue
        if redaction is not None and redaction.everywhere.are_in(file.path):
            report.problems.append(_left_out(path, is_secret=True))
        elif file.path == "entities.yaml":
            yield path, without_redacted(read_judgements(tree.content)).encode()
        elif file.path == "ingested.tsv":
            yield path, ledger_bytes({id_: entry for id_, entry in _entries(tree) if entry.page in pages.open})
        elif file.path.startswith(("articles/", "pages/")) and file.path.endswith(".md"):
            if file.path in pages.open:
                yield path, tree.content / file.path
        elif file.path.startswith("raw/") and (path not in pages.sources or path in pages.secret):
            report.problems.append(_left_out(path, is_secret=path in pages.secret))
        else:
            yield path, tree.content / file.path
    yield CONFIG_NAME, tree.root / CONFIG_NAME
    for theme in scan_folder(tree.root / "themes")[0]:
        yield f"themes/{theme.path}", tree.root / "themes" / theme.path
    if with_site:
        site = OutputTree(tree.root / config.output)
        for path in site.manifest():
            yield f"site/{path}", site.folder / path


def _entries(tree: SourceTree) -> Iterable[tuple[str, LedgerEntry]]:
    return read_ledger(tree.content).items()


def _left_out(path: str, *, is_secret: bool) -> Problem:
    if is_secret:
        message = "left out: it holds text of an article that is not published, or a name that is withheld"
        return Problem(path=path, code="left-out", message=message, hint="take that text out of the raw file")
    return Problem(path=path, code="left-out", message="left out: no published article comes from it")
