"""Take articles out of the archive, and keep them out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sitegen.errors import ContentError, UsageError
from sitegen.markup.front_matter import parse_page
from sitegen.model import Article
from sitegen.plan.permalinks import permalink_of_path
from sitegen.store.ledger import Tombstone, add_removed, read_ledger, read_removed
from sitegen.store.locks import hold
from sitegen.store.source_tree import SourceTree, storage_error


class Removal(msgspec.Struct, frozen=True):
    """One article to be removed."""

    id: str
    page: str
    """Relative to the archive's root; empty where the page is already gone."""
    title: str
    permalink: str
    source: str


def find_articles(tree: SourceTree, names: Sequence[str]) -> list[Removal]:
    """The articles meant by ids, addresses (`/2018/06/title/`) or page paths.

    Raises:
        ConfigError: this is no archive.
        UsageError: a name fits no article.
    """
    tree.load_config()
    ledger = read_ledger(tree.content)
    id_of_page = {entry.page: id_ for id_, entry in ledger.items()}
    wanted = dict.fromkeys(names)
    found: dict[str, Removal] = {}
    files, _ = tree.scan("articles", (".md",))
    for file in files:
        path = f"articles/{file.path}"
        try:
            article, _ = parse_page((tree.content / path).read_text(encoding="utf-8-sig"), path)
        except (OSError, UnicodeDecodeError, ContentError):
            article = Article(id=id_of_page.get(path, ""))
        permalink = article.permalink or permalink_of_path(path)
        spellings = {article.id, permalink, permalink.strip("/"), f"content/{path}", path, str(tree.content / path)}
        for name in wanted:
            if name in spellings and name:
                origin = article.source.url or article.source.file
                found[name] = Removal(article.id, f"content/{path}", article.title, permalink, origin)
    for name in wanted:
        if name not in found and name in ledger:
            found[name] = Removal(name, "", "", "", "")
        if name not in found:
            raise UsageError(
                f"no article is called `{name}`",
                hint="give its id, its address such as /2018/06/title/, or its page's path",
                code="no-such-article",
            )
    return [found[name] for name in wanted]


def remove_articles(tree: SourceTree, removals: Sequence[Removal], reason: str) -> None:
    """Write tombstones, then delete the pages: after a kill in between, the rerun finds both.

    Raises:
        StorageError: the disk refused.
    """
    with hold(tree.state, "content", timeout=30):
        known = read_removed(tree.content)
        stones = [
            Tombstone(
                id=removal.id,
                source=removal.source,
                title=removal.title,
                reason=reason,
                permalink=removal.permalink,
            )
            for removal in removals
            if removal.id and removal.id not in known
        ]
        if stones:
            add_removed(tree.content, stones)
        for removal in removals:
            if removal.page:
                path = tree.root / removal.page
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise storage_error(error, path) from error
