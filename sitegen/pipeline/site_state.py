"""What a build knows when it is done: held by a process that goes on building, and kept for the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path

import msgspec

from sitegen.entities.authority import parse_authority
from sitegen.entities.catalogue import NamingRules
from sitegen.entities.redaction import shown_authority
from sitegen.model import Problem
from sitegen.pipeline.gather_library import Gathered
from sitegen.pipeline.site_inputs import SiteInputs
from sitegen.plan.columns import load_columns
from sitegen.plan.labels import Labels
from sitegen.plan.library import Library
from sitegen.plan.site_pages import PageKey
from sitegen.store.cache import PageRecords
from sitegen.store.output_tree import OutputTree
from sitegen.store.packs import DamagedCacheError
from sitegen.store.snapshot import Snapshot, snapshot_stamp, write_snapshot
from sitegen.store.source_tree import FileStat


class Digests(msgspec.Struct, frozen=True, array_like=True):
    """Of what was built from, content's pages and media aside."""

    settings: str
    templates: str
    assets: dict[str, str]
    judgements: str
    surroundings: str = ""
    """Of program, templates and site view: of all that every page shows; empty where pages differ in it."""


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What stands in a snapshot besides the library's columns. Its head is read by builds that find nothing to do."""

    digests: Digests
    pages: list[FileStat]
    media: list[FileStat]
    shards: list[tuple[str, int, int]]
    """The manifest's, as `OutputTree.shard_stats` tells them."""
    articles: int
    set_aside: int
    site_files: int
    told: list[Problem]
    """Problems of the last build."""
    page_problems: dict[str, tuple[Problem, ...]]
    unusable: list[str]
    doubles: tuple[Problem, ...]
    apart: dict[str, int]
    copies: dict[str, tuple[str, ...]]
    aliases: dict[str, tuple[str, ...]]
    other_names: list[tuple[str, str, tuple[str, ...]]]
    """Kinds and slugs of entities with their other names, as the library has them."""


class Rest(msgspec.Struct, frozen=True):
    """Of an update that gave way before it had looked at all pages: how far it has come."""

    surroundings: str
    """With what the pages were looked at, as in `Digests`, where it is empty meanwhile."""
    done: frozenset[PageKey]


class SiteState(msgspec.Struct, frozen=True, eq=False):
    """The archive as the site on disk shows it."""

    digests: Digests
    pages: Mapping[str, FileStat]
    media: Mapping[str, FileStat]
    gathered: Gathered
    site_files: int
    told: Sequence[Problem]
    shards: Sequence[tuple[str, int, int]]
    inputs: SiteInputs | None = None
    """None in a state that was read from a snapshot."""
    rest: Rest | None = None
    """None where all pages have been looked at with what surrounds them now; kept by the process that goes on only."""
    late: frozenset[PageKey] = frozenset()
    """Pages that changes may have touched, and that have not been looked at since; likewise."""


def digests_of(inputs: SiteInputs) -> Digests:
    """Digests of what was found, `surroundings` aside."""
    return Digests(inputs.settings_digest, inputs.templates_digest, inputs.asset_digests, inputs.judgements)


def save_state(folder: Path, program: str, state: SiteState) -> tuple[int, int]:
    """Write the snapshot; gives what tells whether it is still the same one (`snapshot_stamp`)."""
    gathered = state.gathered
    library = gathered.library
    facts = Facts(
        digests=state.digests,
        pages=sorted(state.pages.values(), key=attrgetter("path")),
        media=sorted(state.media.values(), key=attrgetter("path")),
        shards=list(state.shards),
        articles=len(library.cards),
        set_aside=gathered.set_aside,
        site_files=state.site_files,
        told=list(state.told),
        page_problems=dict(gathered.page_problems),
        unusable=sorted(gathered.unusable),
        doubles=gathered.doubles,
        apart=dict(gathered.apart),
        copies=dict(library.copies),
        aliases=dict(library.aliases),
        other_names=[(kind, slug, names) for (kind, slug), names in library.other_names.items()],
    )
    arrays = {**library.columns.save(), **library.labels.save()}
    write_snapshot(folder, program, msgspec.msgpack.encode(facts), arrays)
    return snapshot_stamp(folder)


def decode_facts(snapshot: Snapshot) -> Facts | None:
    """The facts of a snapshot; None where they cannot be read."""
    try:
        return msgspec.msgpack.decode(snapshot.facts, type=Facts)
    except msgspec.MsgspecError:
        return None


def load_state(
    snapshot: Snapshot, facts: Facts, records: PageRecords, output: OutputTree, min_articles: int
) -> SiteState | None:
    """The state that a snapshot keeps; None where it is damaged, or speaks of another site than the one on disk.

    Raises:
        ContentError: the judgements that it was made under cannot be used.
    """
    arrays = snapshot.arrays()
    if arrays is None or output.shard_stats() != [tuple(shard) for shard in facts.shards]:
        return None
    labels = Labels(NamingRules(shown_authority(parse_authority(facts.digests.judgements))), arrays)
    try:
        apart = {path: records.card(number) for path, number in facts.apart.items()}
        library = Library(
            load_columns(arrays),
            labels,
            records.card,
            unlisted=sorted(
                (card for path, card in apart.items() if path.startswith("articles/")),
                key=lambda card: (card.date.rstrip("?~%"), card.id),
            ),
            copies=facts.copies,
            aliases=facts.aliases,
            min_articles=min_articles,
        )
    except (DamagedCacheError, KeyError, IndexError, ValueError):
        return None
    library.other_names = {(kind, slug): names for kind, slug, names in facts.other_names}
    gathered = Gathered(
        library,
        facts.apart,
        [card for path, card in sorted(apart.items()) if path.startswith("pages/")],
        facts.page_problems,
        frozenset(facts.unusable),
        facts.doubles,
    )
    return SiteState(
        facts.digests,
        {file.path: file for file in facts.pages},
        {file.path: file for file in facts.media},
        gathered,
        facts.site_files,
        facts.told,
        facts.shards,
    )
