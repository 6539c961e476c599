"""The entities of one article: what the machine found, corrected by its editor.

The machine's lists (`people`, `organizations`, `places`) and the editor's (`tag`, `untag`) are kept apart in the front
matter, so that tagging again can replace the former and never undoes the latter.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from sitegen.entities.names import normal_form
from sitegen.model import Article, EntityTag
from sitegen.slug import plain_words


def effective_tags(article: Article) -> tuple[EntityTag, ...]:
    """Return the machine's tags without those under `untag`, then the editor's additions.

    `untag` takes out whatever the machine tagged under that name or the like (normal form), of any kind. Tags of one
    kind and normal form are one: the editor's spelling wins, the forms of both are kept. An addition without a kind is
    of the kind that the machine found for that name; where it found none, the addition is left out (`kindless_tags`).
    """
    tags: dict[tuple[str, str], EntityTag] = {}
    removed = {name.strip() for name in article.untag}
    for tag in article.machine_tags:
        if removed and is_removed(tag, removed):
            continue
        key = (tag.kind, normal_form(tag.name, tag.kind))
        known = tags.get(key)
        tags[key] = tag if known is None else _united(known, tag)
    for tag in article.tag:
        if not tag.kind:
            kind = _kind_in(article, tag.name)
            if not kind:
                continue
            tag = EntityTag(tag.name, kind, tag.forms)  # noqa: PLW2901
        key = (tag.kind, normal_form(tag.name, tag.kind))
        known = tags.get(key)
        tags[key] = tag if known is None else _united(tag, known)
    return tuple(tags.values())


def untag(article: Article, name: str) -> Article:
    """Take a name out of an article's entities for good. Inverse: `restore`."""
    if name in article.untag:
        return article
    kept = tuple(tag for tag in article.tag if tag.name != name)
    return msgspec.structs.replace(article, tag=kept, untag=(*article.untag, name))


def restore(article: Article, name: str) -> Article:
    """Let the machine's tag of that name count again. Inverse of `untag`."""
    return msgspec.structs.replace(article, untag=tuple(other for other in article.untag if other != name))


def add_tag(article: Article, tag: EntityTag) -> Article:
    """Add an entity that the machine missed; a removal of the same name is taken back."""
    others = tuple(known for known in article.tag if (known.kind, known.name) != (tag.kind, tag.name))
    return restore(msgspec.structs.replace(article, tag=(*others, tag)), tag.name)


def kindless_tags(article: Article) -> tuple[str, ...]:
    """Names under `tag` of which nobody said what kind of entity they name."""
    return tuple(tag.name for tag in article.tag if not tag.kind and not _kind_in(article, tag.name))


def _kind_in(article: Article, name: str) -> str:
    """The kind under which the machine tagged a name; empty where it did not."""
    found = (tag.kind for tag in article.machine_tags if normal_form(tag.name, tag.kind) == normal_form(name, tag.kind))
    return next(found, "")


def is_removed(tag: EntityTag, removed: Collection[str]) -> bool:
    """Whether one of the names under `untag` takes the tag out."""
    if tag.name in removed:
        return True
    form, words = normal_form(tag.name, tag.kind), plain_words(tag.name)
    return any(normal_form(name, tag.kind) == form or plain_words(name) == words for name in removed)


def _united(first: EntityTag, second: EntityTag) -> EntityTag:
    forms = dict.fromkeys((*first.forms, second.name, *second.forms))
    forms.pop(first.name, None)
    return EntityTag(first.name, first.kind, tuple(forms))
