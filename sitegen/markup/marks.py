"""Private marks in rendered bodies: where an entity is named, and where a link starts from the site's root.

A rendered body is kept once, while the pages that entities have, and the page that the body stands on, may change. So
the body carries marks made of control characters, which `strip_controls` takes out of all input: no article can forge
them. They are

- U+000E INDEX U+000F SURFACE U+0010 around a mention of the article's tag number INDEX, and
- U+0011 in `href` and `src`, for the way to the site's root (`../../../`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

ROOT = "\x11"
"""Stands for the way to the site's root."""

_PROTECTED = re.compile(
    r"<(a|code|pre|kbd|samp|script|style)(?=[ >]).*?</\1>"  # whole elements
    r'|<[^>"]*(?:"[^"]*"[^>"]*)*>',  # any other tag
    re.DOTALL,
)
_BEFORE = frozenset(' >("')
_AFTER = frozenset(" <)\".,;:'-")
_IN_PARAGRAPH_TAGS = frozenset({"p", "/p", "/"})


def mark_mentions(html: str, forms: Sequence[tuple[str, ...]]) -> str:
    """Mark each occurrence of `forms[i]` (an entity's name and other forms) in the text of `html` with index `i`.

    Longer forms win over shorter ones that overlap them; of two equal forms, the lower index. Matching is
    case-sensitive and keeps to whole words (scripts without blanks between words excepted); a line break or no-break
    space counts as a blank, and `’` as `'`. Tags, links, `code` and `pre` are left alone, and a possessive `'s` stays
    outside.

    Args:
        html: sanitised HTML as `render_markdown` returns it: `&`, `<` and `>` are escaped outside of tags.
        forms: for each tag its surface forms, as plain text (not escaped).
    """
    wanted: dict[str, int] = {}
    for index, group in enumerate(forms):
        for form in group:
            wanted.setdefault(_needle(form), index)
    wanted.pop("", None)
    text = _shadow(html)
    find = text.find
    plain = html.count("<") == html.count("<p>") + html.count("</p>") and _IN_PARAGRAPH_TAGS.isdisjoint(wanted)
    # Most forms of a long list do not occur at all; only the rest is put in order: longest first, then by the alphabet.
    found = [(-len(needle), needle, start) for needle in wanted if (start := find(needle)) >= 0]
    if not found:
        return html
    found.sort()
    taken = bytearray(len(text)) if plain else _protected(html)
    is_taken = taken.find
    hits: list[tuple[int, int, int]] = []
    for negative_length, needle, first in found:
        start, index, used = first, wanted[needle], b"\x01" * -negative_length
        while start >= 0:
            end = start - negative_length
            if is_taken(1, start, end) < 0 and _is_word_here(text, start, end):
                taken[start:end] = used
                hits.append((start, end, index))
                start = find(needle, end)
            else:
                start = find(needle, start + 1)
    if not hits:
        return html
    hits.sort()
    parts: list[str] = []
    last = 0
    for start, end, index in hits:
        parts += (html[last:start], f"\x0e{index}\x0f", html[start:end], "\x10")
        last = end
    parts.append(html[last:])
    return "".join(parts)


@lru_cache(maxsize=1 << 14)
def _needle(form: str) -> str:
    """Return a form as it stands in the shadow of the HTML; empty where it cannot be looked for."""
    if not form.isascii():
        form = form.replace("’", "'")
    form = " ".join(form.split())
    if "&" in form or "<" in form or ">" in form:
        form = form.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A leading `;` could be the end of a character reference; a mark there would cut the reference in two.
    return "" if form.startswith(";") or not any(map(str.isalnum, form)) else form


def _shadow(html: str) -> str:
    """`html`, of the same length, with every kind of blank a blank and every apostrophe straight."""
    html = html.replace("\n", " ")
    return html if html.isascii() else html.replace("\xa0", " ").replace("’", "'")


def _protected(html: str) -> bytearray:
    """One byte for each character of `html`: 1 where no mark may go."""
    taken = bytearray(len(html))
    for found in _PROTECTED.finditer(html):
        start, end = found.span()
        taken[start:end] = b"\x01" * (end - start)
    return taken


def _is_word_here(text: str, start: int, end: int) -> bool:
    """Tell whether `text[start:end]` begins and ends at a word's edge and cuts no character reference."""
    if start:
        before = text[start - 1]
        if before in _BEFORE:
            pass
        elif (
            before == "&"
            or (before == "#" and text[start - 2] == "&")
            or _joined(before, text[start])
            or (before == "'" and start > 1 and text[start - 2].isupper())
        ):
            return False
    if end == len(text):
        return True
    after = text[end]
    return after in _AFTER or not _joined(text[end - 1], after)


def _joined(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters belong to one word."""
    if left < "\x80" and right < "\x80":
        return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")
    if unicodedata.category(right)[0] == "M":
        return True
    inside = (left.isalnum() or left == "_" or unicodedata.category(left)[0] == "M") and (
        right.isalnum() or right == "_"
    )
    return inside and not _unspaced(left) and not _unspaced(right)


def _unspaced(character: str) -> bool:
    """Tell whether a character belongs to a script that sets no blanks between words."""
    return (
        "\u0e00" <= character <= "\u0eff"  # Thai, Lao
        or "\u1000" <= character <= "\u109f"  # Myanmar
        or "\u1780" <= character <= "\u17ff"  # Khmer
        or "\u2e80" <= character <= "\ua4cf"  # Han, kana, Yi
        or "\uf900" <= character <= "\ufaff"
        or "\uff66" <= character <= "\uff9f"
        or "\U0001b000" <= character <= "\U0001b16f"
        or "\U00020000" <= character <= "\U0003ffff"
    )


def fill_marks(html: str, links: Sequence[tuple[str, str] | None], prefix: str) -> str:
    """Replace mention marks by links and root marks by `prefix`.

    Args:
        html: a body with marks.
        links: for each index an opening tag and a closing tag (HTML); None, or an index out of range, leaves the bare
            surface.
        prefix: the way from the page to the site's root, already escaped for an attribute: `../../../` or empty.
    """
    if "\x11" in html:
        html = html.replace("\x11", prefix)
    first, *marked = html.split("\x0e")
    if not marked:
        return html
    parts = [first]
    count = len(links)
    for piece in marked:
        number, _, rest = piece.partition("\x0f")
        index = int(number)
        link = links[index] if index < count else None
        surface, _, after = rest.partition("\x10")
        if link is None:
            parts += (surface, after)
        else:
            parts += (link[0], surface, link[1], after)
    return "".join(parts)


def strip_marks(html: str) -> str:
    """Remove all marks, leaving the surfaces."""
    first, *marked = html.replace("\x11", "").split("\x0e")
    if not marked:
        return first
    return (first + "".join([piece.partition("\x0f")[2] for piece in marked])).replace("\x10", "")
