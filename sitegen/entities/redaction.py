"""Single names that editors withhold throughout the archive: `redact` in `content/entities.yaml`.

A name is taken out where a page is read, before anything else is made of it: cards, bodies, words, both indexes and all
exports know the article as it is published. In an article that names the entity in full, what the article alone calls
it (`as`, an acronym) goes too, and of a person each word of the name, unless it stands in the name of someone else.
"""

from __future__ import annotations

import html as html_codec
from collections.abc import Callable, Iterable
from functools import cached_property

import msgspec

from sitegen.digest import generated_id, value_digest
from sitegen.entities.authority import Authority, Entry, NameOf, parse_authority, remake
from sitegen.entities.names import PARTICLES, ROLES, SOVEREIGNS, SUFFIXES, TITLES, is_lone, normal_form
from sitegen.markup.withholding import Names, may_hold, signs_of
from sitegen.model import Article, Card, EntityTag
from sitegen.slug import plain_words, unique_slug

_ARTICLES = frozenset({"al", "el"})
_NO_PART = TITLES | ROLES | SOVEREIGNS | SUFFIXES | PARTICLES | _ARTICLES


class _Name(msgspec.Struct, frozen=True):
    """One entity whose names are withheld."""

    kind: str
    names: tuple[str, ...]
    claims: frozenset[tuple[str, str]]
    """(kind, normal form) of the tags that mean it."""
    articles: frozenset[str]
    """Ids of the articles that mean it; empty for all."""

    def claimed(self, tags: Iterable[EntityTag]) -> list[EntityTag]:
        """Those of the tags that mean it."""
        return [tag for tag in tags if (tag.kind, normal_form(tag.name, tag.kind)) in self.claims]


class Redaction:
    """All names that are withheld, and what stands in their place."""

    def __init__(self, names: tuple[_Name, ...], mark: str) -> None:
        self._names = names
        self.mark = mark
        """What readers see: `[name withheld]`."""

    @cached_property
    def digest(self) -> str:
        """Of all that decides what becomes of a page."""
        return value_digest([(name.kind, name.names, sorted(name.articles)) for name in self._names], self.mark)

    @cached_property
    def everywhere(self) -> Names:
        """The names in full that are withheld in all articles."""
        return Names(tuple(name for entity in self._names if not entity.articles for name in entity.names))

    @cached_property
    def _full(self) -> Names:
        full = (name for entity in self._names for name in entity.names if not _is_part(name, entity.kind))
        return Names(tuple(full))

    @cached_property
    def _signs(self) -> frozenset[str]:
        return frozenset(sign for entity in self._names for name in entity.names for sign in signs_of(name))

    def in_article(self, article: Article, address: str, html: str) -> Withheld | None:
        """What has to be taken out of an article; None where nothing has.

        Args:
            article: as its page has it.
            address: its permalink, stated or not.
            html: its rendered body.
        """
        shown = "\n\n\n\n\n".join(_texts(article, address))
        tags = (*article.machine_tags, *article.tag)
        if not any(entity.claimed(tags) for entity in self._names) and not may_hold(self._signs, shown, html):
            return None
        called = (form for tag in tags for form in (tag.name, *tag.forms))
        keep = tuple(dict.fromkeys(form for form in called if " " in form and not self._full.are_in(form)))
        full: dict[str, None] = {}
        parts: dict[str, None] = {}
        for entity in self._names:
            if entity.articles and article.id not in entity.articles:
                continue
            claimed = entity.claimed(tags)
            lone = [name for name in entity.names if _is_part(name, entity.kind)]
            names = Names(tuple(name for name in entity.names if name not in lone), tuple(lone), keep)
            if not claimed and not names.are_in(shown) and names.out_of_html(html, "") == html:
                continue
            mine = dict.fromkeys((*entity.names, *(form for tag in claimed for form in (tag.name, *tag.forms))))
            parts |= dict.fromkeys(name for name in mine if _is_part(name, entity.kind))
            full |= dict.fromkeys(name for name in mine if name not in parts)
            if entity.kind == "person":
                parts |= dict.fromkeys(part for name in mine for part in _parts(name))
        return Withheld(Names(tuple(full), tuple(parts), keep), self.mark) if full or parts else None

    def without_tags(self, card: Card) -> Card:
        """The card without tags that mean a withheld entity, for a look at what would become of the entities."""
        kept = []
        for tag in card.tags:
            here = [one for one in self._names if not one.articles or card.id in one.articles]
            if not any(one.claimed([EntityTag(tag.name, tag.kind)]) for one in here):
                kept.append(tag)
        return card if len(kept) == len(card.tags) else msgspec.structs.replace(card, tags=tuple(kept))


class Withheld(msgspec.Struct, frozen=True):
    """The names that one article loses, with all they are called there."""

    names: Names
    mark: str

    def html(self, html: str) -> str:
        """The body without the names."""
        return self.names.out_of_html(html, f'<span class="withheld">{html_codec.escape(self.mark)}</span>')

    def text(self, text: str) -> str:
        """A text without the names."""
        return self.names.without(text, self.mark)

    def id(self, id_: str) -> str:
        """An id that tells nothing."""
        return generated_id("withheld", id_) if self.names.are_in(id_) else id_

    def address(self, permalink: str, id_: str) -> str:
        """A permalink without the names; one that had to be changed ends in a tail drawn from the id."""
        if not self.names.are_in(permalink):
            return permalink
        *folders, slug = permalink.strip("/").split("/")
        rest = self.names.without(slug.title(), "-")  # Single words count with a capital only.
        if self.names.are_in(rest):
            rest = ""
        kept = [folder for folder in folders if not self.names.are_in(folder)]
        return "/" + "/".join([*kept, unique_slug(rest if plain_words(rest) else "article", id_)]) + "/"

    def article(self, article: Article) -> Article:
        """The article without the names: told in texts, left out of lists."""
        source = article.source
        hides = self.names.are_in
        cleaned = msgspec.structs.replace(
            source,
            name="" if hides(source.name) else source.name,
            url="" if hides(source.url) else source.url,
            file="" if hides(source.file) else source.file,
        )
        return msgspec.structs.replace(
            article,
            title=self.text(article.title),
            authors=self._others(article.authors),
            source=cleaned,
            machine_tags=self._tags(article.machine_tags),
            tag=self._tags(article.tag),
            tags=self._others(article.tags),
            aliases=self._others(article.aliases),
            copies=tuple(map(self.id, article.copies)),
            extra=article.extra | {"note": self.text(str(article.extra.get("note", "")))},
        )

    def _others(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if not self.names.are_in(name))

    def _tags(self, tags: tuple[EntityTag, ...]) -> tuple[EntityTag, ...]:
        kept = (tag for tag in tags if not self.names.are_in(tag.name))
        return tuple(msgspec.structs.replace(tag, forms=self._others(tag.forms)) for tag in kept)


def redaction_of(judgements: str, mark: Callable[[], str]) -> Redaction | None:
    """The names that `content/entities.yaml` withholds; None where it withholds none.

    Raises:
        ContentError: the file cannot be used.
    """
    if "redact" not in judgements:  # Costs nothing in an archive without.
        return None
    authority = parse_authority(judgements)
    names = tuple(_name(authority, root) for root in sorted(_withheld_roots(authority)))
    return Redaction(names, mark()) if names else None


def shown_authority(authority: Authority) -> Authority:
    """What pages may show of the editors' judgements: nothing of entities that are withheld.

    An entry that bears a withheld name inside its own (`Jane Doe Foundation`) is left out, too, and its tags count by
    what articles call them; such an alias is left out alone.
    """
    roots = _withheld_roots(authority)
    if not roots:
        return authority
    names = Names(tuple(name for root in roots for name in _name(authority, root).names))
    out = roots | {
        root
        for entry, root in zip(authority.entries, authority.roots, strict=True)
        if names.are_in(entry.name) or any(names.are_in(target) for _, target in entry.links)
    }
    return remake(
        msgspec.structs.replace(
            entry,
            aliases=tuple(alias for alias in entry.aliases if not names.are_in(alias.name)),
            was=tuple(slug for slug in entry.was if not names.are_in(slug)),
        )
        for entry, root in zip(authority.entries, authority.roots, strict=True)
        if root not in out
    )


def withheld_names(authority: Authority) -> Iterable[tuple[str, str]]:
    """(kind, name) of each name that is withheld, with the slugs of old: their pages are to go."""
    roots = _withheld_roots(authority)
    for entry, root in zip(authority.entries, authority.roots, strict=True):
        if root in roots:
            yield from entry.claimed_names()
            yield from ((entry.kind, slug) for slug in entry.was)


def _withheld_roots(authority: Authority) -> set[int]:
    return {root for entry, root in zip(authority.entries, authority.roots, strict=True) if entry.redact}


def _name(authority: Authority, root: int) -> _Name:
    entries = [entry for entry, of in zip(authority.entries, authority.roots, strict=True) if of == root]
    claimed = [name for entry in entries for name in entry.claimed_names()]
    articles = () if any(not entry.articles for entry in entries) else _articles(entries)
    names = tuple(dict.fromkeys(form for name in claimed for form in _orders(name)))
    return _Name(authority.entries[root].kind, names, frozenset(name.form for name in claimed), frozenset(articles))


def _orders(name: NameOf) -> Iterable[str]:
    """A name, and a person's as lists write it: `Doe, Jane`."""
    yield name.name
    *given, last = name.name.split()
    if name.kind == "person" and given and "," not in name.name:
        yield f"{last} {' '.join(given)}"


def _articles(entries: list[Entry]) -> set[str]:
    return {id_ for entry in entries for id_ in entry.articles}


def _is_part(name: str, kind: str) -> bool:
    """Whether a name is a surname alone, or the like: somebody else may have it in theirs."""
    return is_lone(normal_form(name, kind), kind)


def _parts(name: str) -> Iterable[str]:
    """Words of a person's name by which a text may go on to call them, the surname with its particles first."""
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return
    for start, word in enumerate(words):
        plain = plain_words(word)
        if len(plain) > 1 and plain not in _NO_PART and not word.endswith("."):
            before = start
            while before and plain_words(words[before - 1]) in PARTICLES | _ARTICLES:
                before -= 1
            if before < start:
                yield " ".join(words[before : start + 1])
            yield word


def _texts(article: Article, address: str) -> Iterable[str]:
    source = article.source
    yield from (article.title, *article.authors, *article.tags, *article.aliases, *article.copies)
    yield from (article.id, address, source.name, source.url, source.file, str(article.extra.get("note", "")))
    for tag in (*article.machine_tags, *article.tag):
        yield from (tag.name, *tag.forms)
