"""What may no longer be told, from `content/`: the addresses at which nothing of it may be left."""

from __future__ import annotations

from collections.abc import Iterable

from sitegen.entities.authority import parse_authority
from sitegen.entities.names import entity_slug
from sitegen.entities.redaction import withheld_names
from sitegen.errors import ContentError, UsageError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Card
from sitegen.pipeline.current_cards import archive_redaction, current_cards
from sitegen.pipeline.glance import Glance
from sitegen.plan.permalinks import permalink_of_path
from sitegen.plan.urls import GROUP_FAMILIES, family_of_kind, output_path
from sitegen.slug import slugify
from sitegen.store.ledger import read_ledger, read_removed
from sitegen.store.output_tree import STATE_FOLDER, OutputTree
from sitegen.store.source_tree import SourceTree, read_judgements

TAKEN_DOWN = ("redacted", "withdrawn")


def withdrawn_paths(tree: SourceTree) -> list[str]:
    """Output paths of all articles that are redacted, withdrawn or removed, or from which names are taken, ascending.

    The address of an article that was removed comes from its tombstone, or where that has none from its page's path.
    Of a name that is withheld the entity's folder is told, which ends in `/` and means all below it.

    Raises:
        ContentError: `content/removed.yaml` cannot be read: what is taken down is not known, and nothing may go out.
    """
    addresses: set[str] = set()
    folders: set[str] = set()
    for card in current_cards(tree).cards:
        if card.status in TAKEN_DOWN or card.withheld:
            addresses.update((card.permalink, *card.aliases))
        if card.withheld:
            addresses.update(_former_addresses(tree, card))
    for kind, name in withheld_names(parse_authority(read_judgements(tree.content))):
        folders.update(f"{family_of_kind(kind)}/{slug}/" for slug in (entity_slug(kind, name), slugify(name)))
        folders.update(f"{family}/{slugify(name)}/" for family in GROUP_FAMILIES)
    ledger = read_ledger(tree.content)
    for id_, stone in read_removed(tree.content).items():
        if stone.permalink:
            addresses.add(stone.permalink)
        elif id_ in ledger:
            addresses.add(permalink_of_path(ledger[id_].page))
    return sorted({*map(output_path, addresses), *folders})


def _former_addresses(tree: SourceTree, card: Card) -> Iterable[str]:
    """Where an article lay before its names were taken out: as its page says."""
    try:
        article, _ = parse_page((tree.content / card.path).read_text(encoding="utf-8-sig"), card.path)
    except (OSError, UnicodeDecodeError, ContentError):
        return ()
    return (article.permalink or permalink_of_path(card.path), *article.aliases)


def refuse_stale_site(tree: SourceTree, output: OutputTree) -> None:
    """Make sure that the site was built after the last takedown: else the old text would go out once more.

    Raises:
        UsageError: a page was redacted or withdrawn, an article removed, or a name withheld, since the site was built.
    """
    files = [tree.content / card.path for card in current_cards(tree).cards if card.status in TAKEN_DOWN]
    files.append(tree.content / "removed.yaml")
    if archive_redaction(tree) is not None:
        files.append(tree.content / "entities.yaml")
    changed = max((path.stat().st_mtime for path in files if path.exists()), default=0)
    lists = (output.folder / STATE_FOLDER).rglob("*.tsv")
    built = max((file.stat().st_mtime for file in lists), default=0)
    # Files may be newer than a site that is as they want it: a build that finds nothing to do leaves no trace.
    if changed > built and Glance(tree).last_report() is None:
        raise UsageError(
            "something was taken down after the site was built",
            hint="run `sitegen build`, or leave out --no-build",
            code="site-stale",
        )
