"""The archive as `content/` has it now, for those who do not build: cards from the cache, the rest read anew.

Nothing is written, and no lock is needed: pages that the cache does not know, or knows as they were, are read without
their bodies, which takes a tenth of a millisecond a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from sitegen.config import Config
from sitegen.entities.redaction import Redaction, redaction_of
from sitegen.errors import ContentError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Card, Problem
from sitegen.pipeline.read_pages import compose_card, read_text
from sitegen.pipeline.workers import available_cores, fork_map
from sitegen.render.catalogues import interface_strings
from sitegen.store.cache import CacheReader, is_current
from sitegen.store.packs import DamagedCacheError, PackReader, Place
from sitegen.store.source_tree import FileStat, SourceTree, iter_chunks, read_judgements
from sitegen.store.tool import tool_digest

_CHUNK = 256


class CurrentCards(msgspec.Struct, frozen=True):
    """Articles that are not drafts, by path, and where the cache has their texts."""

    cards: tuple[Card, ...]
    places: dict[str, Place]
    """Path of a page → its place in the packs, for pages that the cache knows as they are."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with pages that had to be read."""


def archive_redaction(tree: SourceTree) -> Redaction | None:
    """The names that editors withhold, with the mark in the archive's language; None where they withhold none.

    Raises:
        ConfigError, ContentError: settings or judgements cannot be used.
    """
    return redaction_in(read_judgements(tree.content), tree.load_config)


def redaction_in(judgements: str, config: Callable[[], Config]) -> Redaction | None:
    """As `archive_redaction`, of judgements that have been read; `config` is asked only where there are such names."""
    return redaction_of(judgements, lambda: interface_strings(config().language).withheld)


def distinct_cards(cards: Iterable[Card]) -> tuple[list[Card], list[Problem]]:
    """Cards whose id no other card has, by path; of several the first is kept, the others are problems."""
    kept: dict[str, Card] = {}
    problems: list[Problem] = []
    for card in sorted(cards, key=lambda card: card.path):
        first = kept.setdefault(card.id, card)
        if first is not card:
            problems.append(
                Problem(
                    path=f"content/{card.path}",
                    code="duplicate-id",
                    message=f"its id `{card.id}` is already that of content/{first.path}; left out",
                    hint="give one of them another id",
                )
            )
    return list(kept.values()), problems


def current_cards(tree: SourceTree, jobs: int = 0) -> CurrentCards:
    """Cards of all articles as their pages are now; those of pages that had to be read lack what takes the body."""
    files = [msgspec.structs.replace(file, path=f"articles/{file.path}") for file in tree.scan("articles", (".md",))[0]]
    redaction = archive_redaction(tree)
    cache = CacheReader(tree.state)
    try:
        rows = cache.rows(tool_digest(), redaction.digest if redaction else "")
    finally:
        cache.close()
    cards: list[Card] = []
    places: dict[str, Place] = {}
    unknown: list[FileStat] = []
    for file in files:
        row = rows.get(file.path)
        if row is None or not is_current(row, file):
            unknown.append(file)
        elif row.page is not None:
            cards.append(row.page.card)
            places[file.path] = row.page.place
    problems: list[Problem] = []
    for found, complaints in _read(tree.content, unknown, redaction, jobs or available_cores()):
        cards += found
        problems += complaints
    kept, doubles = distinct_cards(card for card in cards if card.status != "draft")
    problems.sort(key=lambda problem: (problem.path, problem.line))
    return CurrentCards(tuple(kept), places, (*problems, *doubles))


def _read(
    content: Path, files: Sequence[FileStat], redaction: Redaction | None, jobs: int
) -> Iterator[tuple[list[Card], list[Problem]]]:
    def work(_: int, chunks: Iterator[list[FileStat]]) -> Iterator[tuple[list[Card], list[Problem]]]:
        for chunk in chunks:
            cards: list[Card] = []
            problems: list[Problem] = []
            for file in chunk:
                try:
                    article, found = parse_page(read_text(content, file)[0], f"content/{file.path}")
                except ContentError as error:
                    problems.append(error.problem)
                    continue
                card, _html, _text, more = compose_card(article, file.path, redaction, with_body=False)
                cards.append(card)
                problems += (*found, *more)
            yield cards, problems

    yield from fork_map(work, list(iter_chunks(list(files), _CHUNK)), jobs)


class TextReader:
    """Plain texts of articles: from the packs where the cache has them, else from their pages."""

    def __init__(self, tree: SourceTree, places: dict[str, Place]) -> None:
        self._tree = tree
        self._places = places
        self._packs = PackReader(tree.state / "packs")

    def __enter__(self) -> TextReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._packs.close()

    def text(self, card: Card) -> str:
        """The article's plain text, a line for each paragraph; empty where its page can no longer be read."""
        place = self._places.get(card.path)
        if place is not None:
            try:
                return self._packs.text(place)
            except DamagedCacheError:
                pass  # A build may have replaced the pack in between.
        redaction = archive_redaction(self._tree)
        try:
            article, _ = parse_page((self._tree.content / card.path).read_text(encoding="utf-8-sig"), card.path)
        except (OSError, UnicodeDecodeError, ContentError):
            return ""
        return compose_card(article, card.path, redaction)[2]
