"""What was redacted, withdrawn or removed, told from `content/`: the addresses at which nothing of it may be left."""

from __future__ import annotations

from sitegen.errors import UsageError
from sitegen.pipeline.current_cards import current_cards
from sitegen.plan.permalinks import permalink_of_path
from sitegen.plan.urls import output_path
from sitegen.store.ledger import read_ledger, read_removed
from sitegen.store.output_tree import STATE_FOLDER, OutputTree
from sitegen.store.source_tree import SourceTree

TAKEN_DOWN = ("redacted", "withdrawn")


def withdrawn_paths(tree: SourceTree) -> list[str]:
    """Output paths of all articles that are redacted, withdrawn or removed, ascending.

    The address of an article that was removed comes from its tombstone, or where that has none from its page's path.

    Raises:
        ContentError: `content/removed.yaml` cannot be read: what is taken down is not known, and nothing may go out.
    """
    addresses: set[str] = set()
    for card in current_cards(tree).cards:
        if card.status in TAKEN_DOWN:
            addresses.update((card.permalink, *card.aliases))
    ledger = read_ledger(tree.content)
    for id_, stone in read_removed(tree.content).items():
        if stone.permalink:
            addresses.add(stone.permalink)
        elif id_ in ledger:
            addresses.add(permalink_of_path(ledger[id_].page))
    return sorted(output_path(address) for address in addresses)


def refuse_stale_site(tree: SourceTree, output: OutputTree) -> None:
    """Make sure that the site was built after the last takedown: else the old text would go out once more.

    Raises:
        UsageError: a page was redacted or withdrawn, or an article removed, since the site was built.
    """
    pages = [tree.content / card.path for card in current_cards(tree).cards if card.status in TAKEN_DOWN]
    changed = max(
        (path.stat().st_mtime for path in (*pages, tree.content / "removed.yaml") if path.exists()), default=0
    )
    lists = (output.folder / STATE_FOLDER).rglob("*.tsv")
    if changed > max((file.stat().st_mtime for file in lists), default=0):
        raise UsageError(
            "something was taken down after the site was built",
            hint="run `sitegen build`, or leave out --no-build",
            code="site-stale",
        )
