"""Editors' judgements about entities: what one would change, shown before it is written, and taken back if asked.

    propose → the person looks at the effect → write

A judgement is a function from the text of `content/entities.yaml` to its new text. It is applied twice: to what was
read for showing, and, under the content lock, to what is there when it is written, so that an edit that a person or
another command made in between is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from sitegen.entities import judgements
from sitegen.entities.authority import AUTHORITY_PATH, NameOf
from sitegen.entities.catalogue import EntityKey
from sitegen.entities.names import is_lone
from sitegen.entities.redaction import redaction_of
from sitegen.errors import ContentError, UsageError
from sitegen.markup.front_matter import parse_page
from sitegen.markup.page_edits import add_untag
from sitegen.markup.withholding import Names
from sitegen.model import Article, Card
from sitegen.pipeline.current_cards import TextReader
from sitegen.pipeline.entity_desk import ArticleLine, EntityDesk, EntityLine, article_line, articles_told
from sitegen.plan.library import Group
from sitegen.plan.urls import family_of_kind
from sitegen.store.source_tree import SourceTree
from sitegen.store.undo import change_file


class Judgement(msgspec.Struct, frozen=True):
    """One judgement, not yet written."""

    label: str
    """What it says, in words."""
    edit: Callable[[str], str]
    """From the text of `content/entities.yaml` to its new text."""
    notes: tuple[str, ...] = ()
    """What the person should know before saying yes."""


class EntityChange(msgspec.Struct, frozen=True):
    """An entity that would be another one."""

    before: EntityLine | None
    """None: it comes into being."""
    after: EntityLine | None
    """None: it goes into another one."""


class Share(msgspec.Struct, frozen=True):
    """What one of two namesakes has of the articles."""

    name: str
    articles: tuple[ArticleLine, ...]
    """Newest first."""


class Effect(msgspec.Struct, frozen=True):
    """What a judgement would change."""

    label: str
    changed: bool
    """False: the file says so already."""
    articles: int
    """Articles whose pages would change."""
    entities: tuple[EntityChange, ...]
    """Entities whose name, address, page or number of articles would change, the most named first."""
    appear: tuple[str, ...]
    """Addresses of entity pages that would come into being."""
    disappear: tuple[str, ...]
    """Addresses of entity pages that would go."""
    redirects: tuple[tuple[str, str], ...]
    """Old addresses that would lead to new ones from now on."""
    notes: tuple[str, ...] = ()
    file: str = AUTHORITY_PATH
    shares: tuple[Share, ...] = ()
    """Of a split: the articles of each."""


def propose(desk: EntityDesk, judgement: Judgement) -> Effect:
    """Find out what a judgement would change; nothing is written.

    Raises:
        UsageError: it contradicts another judgement, or has nothing to act on.
    """
    text = judgement.edit(desk.judgements)
    if text == desk.judgements:
        return Effect(judgement.label, False, 0, (), (), (), (), judgement.notes)
    return effect_of(desk, desk.judged(text), judgement.label, judgement.notes)


def effect_of(before: EntityDesk, after: EntityDesk, label: str, notes: Sequence[str] = ()) -> Effect:
    """Compare two states of the archive's entities."""
    articles = sum(
        [_shown(group) for group in old] != [_shown(group) for group in new]
        for old, new in zip(before.library.tagged, after.library.tagged, strict=True)
    )
    changes = [
        EntityChange(before.lines.get(key), after.lines.get(key))
        for key in before.lines.keys() | after.lines.keys()
        if before.lines.get(key) != after.lines.get(key)
    ]
    changes.sort(key=_rank)
    old_pages = {line.url for line in before.lines.values() if line.has_page}
    new_pages = {line.url for line in after.lines.values() if line.has_page}
    old_redirects = before.library.old_addresses
    redirects = [
        (old, new)
        for old, new in sorted(after.library.old_addresses.items())
        if new in new_pages and old not in new_pages and old_redirects.get(old) != new
    ]
    return Effect(
        label,
        True,
        articles,
        tuple(changes),
        tuple(sorted(new_pages - old_pages)),
        tuple(sorted(old_pages - new_pages)),
        tuple(redirects),
        tuple(notes),
    )


def _shown(group: Group | None) -> tuple[str, str, str] | None:
    return None if group is None else (group.kind, group.slug, group.name)


def _rank(change: EntityChange) -> tuple[int, str, str]:
    line = change.before or change.after
    assert line is not None
    most = max(side.articles for side in (change.before, change.after) if side is not None)
    return (-most, line.kind, line.slug)


def write(tree: SourceTree, judgement: Judgement) -> bool:
    """Write a judgement into `content/entities.yaml`, whatever has happened to the file in between.

    Returns:
        Whether the file changed.

    Raises:
        UsageError: it contradicts what the file says now.
        ContentError: the file cannot be used as it is now.
        LockedError, StorageError: it could not be written; the file is as it was.
    """

    def edit(data: bytes | None) -> bytes:
        text = _decode(data or b"", AUTHORITY_PATH)
        bom = text[:1] if text.startswith("\ufeff") else ""
        return (bom + judgement.edit(text.removeprefix(bom))).encode()

    return change_file(tree, AUTHORITY_PATH, judgement.label, edit)


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContentError("not UTF-8", path=path, line=line, hint="save it as UTF-8", code="encoding") from error


# Judgements --------------------------------------------------------------------------------------------------------


def merge(desk: EntityDesk, into: EntityKey, other: EntityKey) -> Judgement:
    """`other` is the same as `into`, whose name stays."""
    mine, theirs = desk.name_of(into), desk.name_of(other)
    line = desk.line(other)
    notes: list[str] = []
    if line.surname:
        notes.append(
            f"`{line.name}` is a surname alone: all that give no more of the name"
            f" ({articles_told(line.articles)}) will count as `{mine.name}`"
        )
    return merge_names(mine, theirs, notes)


def merge_names(into: NameOf, other: NameOf, notes: Sequence[str] = ()) -> Judgement:
    """As `merge`, for names as `content/entities.yaml` speaks of them."""
    return Judgement(
        f"merge {_told(other)} into {_told(into)}", lambda text: judgements.merge(text, into, other), tuple(notes)
    )


def keep_apart(one: NameOf, other: NameOf) -> Judgement:
    """The two are not the same; `review` does not ask again."""
    return Judgement(
        f"keep {_told(one)} and {_told(other)} apart", lambda text: judgements.keep_apart(text, one, other)
    )


def split(desk: EntityDesk, key: EntityKey, new_name: str, articles: Sequence[Card]) -> Judgement:
    """In these articles the entity is someone else, to be called `new_name`.

    Raises:
        UsageError: an article does not name the entity.
    """
    name = desk.name_of(key)
    also: dict[tuple[str, str], NameOf] = {}
    for card in articles:
        keys = desk.catalogue.resolve_tags(card.tags, card.id)
        tags = [tag for tag, found in zip(card.tags, keys, strict=True) if found == key]
        if not tags:
            raise UsageError(
                f"content/{card.path} does not name `{name.name}`",
                hint=f"`sitegen entities show {family_of_kind(key.kind)}/{key.slug}` lists the articles that do",
                code="not-named",
            )
        for tag in tags:
            also.setdefault(NameOf(tag.kind, tag.name).form, NameOf(tag.kind, tag.name))
    ids = [card.id for card in articles]
    also.pop(name.form, None)
    others = tuple(also.values())
    label = f"split {_told(NameOf(name.kind, new_name))} off {_told(name)} in {articles_told(len(ids))}"
    return Judgement(label, lambda text: judgements.split(text, name, new_name, ids, others))


def with_shares(effect: Effect, desk: EntityDesk, key: EntityKey, new_name: str, articles: Sequence[Card]) -> Effect:
    """The effect of a split with the articles of the namesake that is split off, and those that stay."""
    moved = {card.id for card in articles}
    every = list(reversed(desk.articles(key)))
    shares = (
        Share(new_name, tuple(article_line(card) for card in every if card.id in moved)),
        Share(desk.line(key).name, tuple(article_line(card) for card in every if card.id not in moved)),
    )
    return msgspec.structs.replace(effect, shares=shares)


def rename(desk: EntityDesk, key: EntityKey, new_name: str) -> Judgement:
    """The entity is to be called `new_name`."""
    name, new = desk.name_of(key), NameOf(key.kind, new_name)
    notes: list[str] = []
    for other, line in desk.lines.items():
        if other != key and other.kind == key.kind and NameOf(other.kind, line.name).form == new.form:
            notes.append(f"`{line.name}` is an entity already ({articles_told(line.articles)}): the two become one")
    if is_lone(new.form[1], new.kind):
        notes.append(f"`{new_name}` is a single word: it takes in all articles that give no more of the name")
    return Judgement(
        f"rename {_told(name)} to `{new_name}`", lambda text: judgements.rename(text, name, new_name), tuple(notes)
    )


def retype(desk: EntityDesk, key: EntityKey, kind: str) -> Judgement:
    """The entity is of another kind."""
    name = desk.name_of(key)
    notes: list[str] = []
    for other, line in desk.lines.items():
        if other.kind == kind and NameOf(kind, line.name).form == NameOf(kind, name.name).form:
            notes.append(
                f"`{line.name}` ({kind}) is an entity already ({articles_told(line.articles)}): the two become one"
            )
    return Judgement(f"retype {_told(name)} as {kind}", lambda text: judgements.retype(text, name, kind), tuple(notes))


def hide(desk: EntityDesk, key: EntityKey) -> Judgement:
    """The entity is kept out of all pages."""
    name = desk.name_of(key)
    return Judgement(f"hide {_told(name)}", lambda text: judgements.hide(text, name))


def redact(
    tree: SourceTree, desk: EntityDesk, text: str, kind: str = "", also: Sequence[str] = (), reason: str = ""
) -> Judgement:
    """A name, be it of an entity or of nobody known, is withheld in all that is published."""
    try:
        name = desk.name_of(desk.find(text, kind))
    except UsageError:  # The tagger need not have found it, but it may well stand in the texts.
        name = NameOf(kind or "person", text)
    return Judgement(
        f"withhold {_told(name)}",
        lambda judged: judgements.redact(judged, name, also, reason),
        tuple(_notes_on_redaction(tree, desk, judgements.redact(desk.judgements, name, also, reason), name)),
    )


def _notes_on_redaction(tree: SourceTree, desk: EntityDesk, judged: str, name: NameOf) -> Iterator[str]:
    found = redaction_of(judged, str)
    assert found is not None
    surname = NameOf(name.kind, name.name.split()[-1]) if name.kind == "person" and " " in name.name else None
    lone = Names((surname.name,) if surname else ())
    named = moved = alone = 0
    with TextReader(tree, desk.current.places) as texts:
        for card in desk.current.cards:
            text = "\n\n\n\n\n".join((card.title, texts.text(card), *(tag.name for tag in card.tags)))
            called = Article(id=card.id, title=text, authors=card.authors, aliases=card.aliases)
            withheld = found.in_article(called, card.permalink, "")
            if withheld is not None:
                named += 1
                moved += withheld.address(card.permalink, card.id) != card.permalink
            elif surname and surname.name in text and lone.are_in(text):
                alone += 1
    yield f"the name stands in {articles_told(named)}"
    if moved:
        yield f"the address changes of {articles_told(moved)}; old addresses lead nowhere"
    if alone and surname:
        yield f"`{surname.name}` stands alone in {articles_told(alone)} more, and stays there: --also withholds it, too"
    same = [line for line in desk.lines.values() if line.kind == name.kind and _may_be(line.name, name)]
    if same:
        named_so = ", ".join(f"`{line.name}` ({articles_told(line.articles)})" for line in same[:5])
        yield f"other names that may mean the same: {named_so}"
    yield "content/ keeps the name, and is not published; what pictures show is for you to look at"


def _may_be(other: str, name: NameOf) -> bool:
    words, mine = (NameOf(name.kind, one).form[1].split(" ") for one in (other, name.name))
    return words != mine and len(mine) > 1 and len(words) > 1 and (words[0], words[-1]) == (mine[0], mine[-1])


def unredact(desk: EntityDesk, text: str, kind: str = "") -> Judgement:
    """A name is published again.

    Raises:
        UsageError: no such name is withheld, or several are.
    """
    withheld = [entry for entry in desk.authority.entries if entry.redact and kind in ("", entry.kind)]
    meant = [
        entry for entry in withheld if NameOf(entry.kind, text).form in {name.form for name in entry.claimed_names()}
    ]
    if len(meant) != 1:
        names = ", ".join(f"`{entry.name}` ({entry.kind})" for entry in meant or withheld) or "none"
        raise UsageError(f"`{text}` is not one name that is withheld", hint=f"these are: {names}", code="not-withheld")
    name = meant[0].own_name
    return Judgement(f"publish {_told(name)} again", lambda judged: judgements.unredact(judged, name))


def _told(name: NameOf) -> str:
    return f"`{name.name}` ({name.kind})"


# One article -------------------------------------------------------------------------------------------------------


class Untagging(msgspec.Struct, frozen=True):
    """An entity to be taken out of one article."""

    card: Card
    names: tuple[str, ...]
    """Names that go under `untag`."""

    @property
    def label(self) -> str:
        """What it says, in words."""
        return f"untag {', '.join(f'`{name}`' for name in self.names)} in content/{self.card.path}"


def untag(desk: EntityDesk, card: Card, text: str, kind: str = "") -> Untagging:
    """What has to be written to take out of an article what it names by `text`, be it tag, entity or address.

    Raises:
        UsageError: the article has no such tag, or several.
    """
    tags = [tag for tag in card.tags if kind in ("", tag.kind)]
    exact = [tag for tag in tags if tag.name == text] or [
        tag for tag in tags if NameOf(tag.kind, tag.name).form == NameOf(tag.kind, text).form
    ]
    if not exact:
        keys = desk.catalogue.resolve_tags(tags, card.id)
        try:
            meant = desk.find(text, kind)
        except UsageError:
            meant = None
        exact = [tag for tag, key in zip(tags, keys, strict=True) if key == meant]
    if not exact:
        named = ", ".join(f"`{tag.name}`" for tag in tags) or "nothing"
        raise UsageError(f"content/{card.path} has no tag `{text}`", hint=f"it has {named}", code="no-such-tag")
    return Untagging(card, tuple(dict.fromkeys(tag.name for tag in exact)))


def propose_untag(desk: EntityDesk, untagging: Untagging) -> Effect:
    """Find out what an untagging would change; nothing is written."""
    card = untagging.card
    kept = tuple(tag for tag in card.tags if tag.name not in untagging.names)
    return effect_of(desk, desk.with_card(msgspec.structs.replace(card, tags=kept)), untagging.label)


def write_untag(tree: SourceTree, untagging: Untagging) -> bool:
    """Add the names to the page's `untag` list, changing nothing else in it.

    Raises:
        UsageError: the page is gone, or an editor put the name there (it stands under `tag`).
        ContentError: the page's front matter cannot be edited safely.
        LockedError, StorageError: it could not be written; the page is as it was.
    """
    path = f"content/{untagging.card.path}"

    def edit(data: bytes | None) -> bytes:
        if data is None:
            raise UsageError("the page is gone", path=path, code="page-gone")
        text = _decode(data, path)
        article, _ = parse_page(text, path)
        for name in untagging.names:
            if any(tag.name == name for tag in article.tag):
                raise UsageError(
                    f"`{name}` was added by an editor", path=path, hint="take it out of `tag:` by hand", code="own-tag"
                )
            text = add_untag(text, name, path)
        return text.encode()

    return change_file(tree, path, untagging.label, edit)
