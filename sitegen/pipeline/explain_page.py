"""What a page of the site is made of, and why it was last written: as of the last build."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from sitegen.errors import ContentError, UsageError
from sitegen.pipeline.site_state import decode_facts, load_state
from sitegen.plan.library import Library
from sitegen.plan.site_pages import PageKey, SitePages
from sitegen.plan.urls import output_path
from sitegen.render.theme import template_name
from sitegen.store.cache import CacheReader, PageRecords
from sitegen.store.output_tree import OutputTree
from sitegen.store.packs import PackReader
from sitegen.store.snapshot import read_snapshot
from sitegen.store.source_tree import SourceTree
from sitegen.store.tool import tool_digest

_SHOWN = 100


class PageFacts(msgspec.Struct, frozen=True):
    """One page."""

    page: str
    """`article:7f3a9c21d4e80b55`."""
    url: str
    file: str
    """In the output folder."""
    template: str
    articles: int
    """How many articles it is made of."""
    content: tuple[str, ...]
    """Their pages, at most a hundred."""
    entities: tuple[str, ...]
    """Addresses of the groups that it names, at most a hundred."""
    view: str
    """Digest of what the template was given."""
    environment: str
    """Digest of program, template, what it includes, settings and site."""
    digest: str
    """Digest of the file."""
    size: int
    reason: str
    """Why it was last written; empty where that is not known."""
    written: str
    """When, in UTC; empty likewise."""


def explain_page(tree: SourceTree, url: str) -> PageFacts:
    """Look up the page at a root-relative URL, or at the path of a file in the output folder.

    Raises:
        UsageError: the site has no such page.
        ContentError: nothing is known of the site: it has to be built first.
    """
    config = tree.load_config()
    output = OutputTree(tree.root / config.output)
    records = PageRecords(tree.state)
    cache = CacheReader(tree.state)
    try:
        snapshot = read_snapshot(tree.state, tool_digest())
        facts = decode_facts(snapshot) if snapshot is not None else None
        state = None
        if snapshot is not None and facts is not None:
            state = load_state(snapshot, facts, records, output, config.entities.min_articles)
        if state is None:
            raise ContentError("the site is not as its last build left it", hint="run `sitegen build`", code="no-site")
        library = state.gathered.library
        with PackReader(cache.packs) as packs:
            pages = SitePages(
                library,
                state.gathered.standalone,
                config,
                lambda card: packs.html(records.page(int(library.columns.numbers[library.position_of(card.id)])).place),
            )
            address = "/" + url.removeprefix(config.base_url.rstrip("/")).lstrip("/").removesuffix("index.html")
            key = pages.key_of(address) or pages.key_of(address + "/")
            if key is None:
                raise UsageError(f"the site has no page at {address}", hint="write it as `/2018/06/slug/`")
            path = output_path(pages.url(key))
            view = pages.view(key)
            entry = output.open_manifest().get(path)
            written = cache.written(path)
            positions = list(_positions(library, key))
            aside = pages.body_card(key) if key.kind == "page" else None
            content = [f"content/{library.cards[position].path}" for position in positions[:_SHOWN]]
            return PageFacts(
                page=str(key),
                url=pages.url(key),
                file=f"{config.output}/{path}",
                template=template_name(type(view)),
                articles=len(positions),
                content=(f"content/{aside.path}",) if aside is not None else tuple(content),
                entities=tuple(_groups(library, key, positions))[:_SHOWN],
                view=entry.view if entry else "",
                environment=entry.environment if entry else "",
                digest=entry.digest if entry else "",
                size=entry.size if entry else 0,
                reason=written[0] if written else "",
                written=datetime.fromtimestamp(written[1], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if written else "",
            )
    finally:
        cache.close()
        records.close()


def _positions(library: Library, key: PageKey) -> Iterator[int]:
    """Articles that a page is about, lists of everything aside."""
    match key.kind:
        case "article":
            yield library.position_of(key.name)
        case "month":
            yield from library.months[key.name]
        case "year":
            yield from library.years[key.name]
        case "entity" | "group" | "entity-feed" | "entity-data" | "entity-table":
            family, _, slug = key.name.rpartition("/")
            members = library.member_array(library.families[family][slug].number)
            yield from (dict(library.by_year(members))[key.part] if key.part is not None else members).tolist()
        case "letter":
            for slug in library.letter_slugs(key.name, key.part or ""):
                yield from library.families[key.name][slug].members
        case _:
            return


def _groups(library: Library, key: PageKey, positions: list[int]) -> Iterator[str]:
    if key.kind == "article":
        for number in dict.fromkeys(library.groups_of(positions[0]).tolist()):
            if library.is_live(number):
                group = library.group(number)
                yield f"/{group.family}/{group.slug}/"
    elif key.kind == "letter":
        yield from (f"/{key.name}/{slug}/" for slug in library.letter_slugs(key.name, key.part or ""))
    elif key.kind in ("entity", "group", "entity-feed", "entity-data", "entity-table"):
        yield f"/{key.name}/"
