"""Taking names out of texts, HTML and addresses: where they stand, however they are set, and a mark in their place.

Names are compared without case, diacritics and invisible characters, transliterated where that is well defined
(`slug.fold`), and word by word: between two words of a name up to four signs may stand (`Jane-Doe`, `jane_doe`, a line
break), or none where the name is long enough. In HTML, tags inside a name and character references do not hide it.
"""

from __future__ import annotations

import html as html_codec
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import unquote

import msgspec

from sitegen.markup.plain_text import BLOCK_EDGE
from sitegen.slug import fold, plain_words

_EDGE = "\n" * 5
"""More signs than may stand between two words of a name."""

_GAP = r"[\W_]"
_ZERO_GAP_FROM = 7
"""A name of fewer letters is not looked for without gaps: `Al Li` is not in `Ali`."""

_ENDING_FROM = 5
"""A name of so many letters may end in an `s` more: `Merkels`."""

_INVISIBLE = re.compile("[\u00ad\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u2060-\u2064\ufeff]")
_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff]")
_PREFIXES = (("\u0590", "\u05ff", "[והבלכמש]{0,2}"), ("\u0600", "\u06ff", "[وفبكل]{0,2}"))
"""First and last letter of a script, and the particles that it writes together with a name."""

_TAG = re.compile(r'<[^>"]*(?:"[^"]*"[^>"]*)*>')
_ATTRIBUTE = re.compile(r'\s([^\s=">/]+)="([^"]*)"')
_PIECE = re.compile(r"<[^>\"]*(?:\"[^\"]*\"[^>\"]*)*>|&(?:#?\w+);|.", re.DOTALL)
_TEXTS = frozenset({"alt", "title", "aria-label", "label", "summary", "abbr"})
"""Attributes that people read; of any other the name takes the whole attribute along."""


class _Folds(dict[int, str]):
    """Code point → what it is compared by, made when it is first asked for."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "" if _INVISIBLE.match(char) else fold(char)
        return self[code]


_FOLDS = _Folds()


class Names(msgspec.Struct, frozen=True):
    """Names to be taken out."""

    full: tuple[str, ...]
    """Taken out wherever they stand."""
    parts: tuple[str, ...] = ()
    """Words of a name, taken out unless they stand in one of `keep`."""
    keep: tuple[str, ...] = ()
    """Names of others."""

    def are_in(self, text: str) -> bool:
        """Whether a text, an identifier or an address holds one of the names, in any case."""
        folded = _folded(unquote(text) if "%" in text else text)
        return bool(_spans(self, folded, None))

    def without(self, text: str, mark: str) -> str:
        """The text with `mark` in the place of each name; the very same text where there is none."""
        return _replaced(self, text, [(start, start + 1, char) for start, char in enumerate(text)], mark)

    def out_of_html(self, html: str, mark: str) -> str:
        """Sanitised HTML with `mark` (HTML) in the place of each name.

        Attributes that hold a name are taken out, those that people read aside (`alt`, `title`); an image without
        address goes as a whole.
        """
        cleaned = _TAG.sub(lambda found: self._tag(found[0], mark), html)
        pieces: list[tuple[int, int, str]] = []
        for found in _PIECE.finditer(cleaned):
            piece, start, end = found[0], found.start(), found.end()
            if piece[0] == "<" and len(piece) > 1:
                if BLOCK_EDGE.match(piece):
                    pieces += [(start, end, char) for char in _EDGE]
            else:
                pieces.append((start, end, html_codec.unescape(piece) if len(piece) > 1 else piece))
        return _replaced(self, cleaned, pieces, mark)

    def _tag(self, tag: str, mark: str) -> str:
        if '="' not in tag:
            return tag
        plain = html_codec.unescape(_TAG.sub("", mark))

        def attribute(found: re.Match[str]) -> str:
            name, value = found[1], html_codec.unescape(found[2])
            if not self.are_in(value):
                return found[0]
            return f' {name}="{html_codec.escape(self.without(value, plain))}"' if name in _TEXTS else ""

        cleaned = _ATTRIBUTE.sub(attribute, tag)
        return "" if cleaned.startswith("<img") and " src=" not in cleaned else cleaned


def may_hold(signs: Iterable[str], text: str, html: str) -> bool:
    """Tell at memory speed whether a text or HTML may hold a name; `signs` are those that `signs_of` gave."""
    if "%" in text:
        text += unquote(text)
    if html:
        text += html_codec.unescape(f"{_TAG.sub('', html)} {unquote(html) if '%' in html else html}")
    if text.isascii():
        lowered = text.lower()
        return any(sign in lowered for sign in signs if sign.isascii())
    bare = unicodedata.normalize("NFKD", text)
    latin = bare.encode("ascii", "ignore").decode().lower()
    if any(sign in latin for sign in signs if sign.isascii()):
        return True
    others = [sign for sign in signs if not sign.isascii()]
    return bool(others) and any(map(_INVISIBLE.sub("", bare).lower().__contains__, others))


def signs_of(name: str) -> frozenset[str]:
    """The longest words of a name in each form in which it can be written: one of them is in any text with the name."""
    bare = unicodedata.normalize("NFKD", name)
    latin = bare.encode("ascii", "ignore").decode().lower()
    forms = (_folded(name), plain_words(name), latin, _INVISIBLE.sub("", bare).lower())
    return frozenset(max(words, key=len) for form in forms if (words := _WORD.findall(form)))


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDS)


def _replaced(names: Names, text: str, pieces: Sequence[tuple[int, int, str]], mark: str) -> str:
    """`text` with the mark in the place of the names; `pieces` are its characters, each with where it stands."""
    folded: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end, char in pieces:
        for letter in _folded(char):
            folded.append(letter)
            origins.append((start, end))
    spans = _spans(names, "".join(folded), lambda at: text[origins[at][0]].islower())
    if not spans:
        return text
    parts: list[str] = []
    last = 0
    for first, end in spans:
        ranges: list[list[int]] = []
        for start, stop in origins[first:end]:
            if ranges and "<" not in text[ranges[-1][1] : start]:
                ranges[-1][1] = max(stop, ranges[-1][1])
            else:
                ranges.append([start, stop])
        for number, (start, stop) in enumerate(ranges):
            parts += (text[last:start], "" if number else mark)
            last = stop
    parts.append(text[last:])
    return "".join(parts)


def _spans(names: Names, folded: str, is_lower: Callable[[int], bool] | None) -> list[tuple[int, int]]:
    """Where names stand in folded text, ascending and apart; with `is_lower`, single words only with their capital."""

    def found(wanted: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        capitals = _capitals(wanted) if is_lower else frozenset()
        for match in _pattern(wanted).finditer(folded):
            word = match[0]
            if is_lower and is_lower(match.start()) and not capitals.isdisjoint((word, word.removesuffix("s"))):
                continue
            yield match.span()

    spans = list(found(names.full))
    if names.parts:
        taken = [*spans, *found(names.keep)]
        for start, end in found(names.parts):
            if all(end <= first or last <= start for first, last in taken):
                spans.append((start, end))
    return sorted(spans)


@lru_cache(maxsize=1024)
def _capitals(names: tuple[str, ...]) -> frozenset[str]:
    """Single words that are names only with their capital: `Rose` is not in `they rose`."""
    return frozenset(_folded(name) for name in names if _WORD.fullmatch(name) and not name[0].islower())


@lru_cache(maxsize=1024)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """What finds names in folded text, longest first; never matches where there are none."""
    forms = {tuple(_WORD.findall(_folded(name))) for name in names}
    forms |= {tuple(plain_words(name).split(" ")) for name in names}
    forms -= {(), ("",)}
    ranked = sorted(forms, key=lambda words: (-sum(map(len, words)), words))
    return re.compile("|".join(map(_expression, ranked)) or r"(?!)")


def _expression(words: tuple[str, ...]) -> str:
    letters = sum(map(len, words))
    gap = _GAP + ("{0,4}" if letters >= _ZERO_GAP_FROM else "{1,4}")
    inner = gap.join(map(re.escape, words))
    first, last = words[0][0], words[-1][-1]
    before = "" if _UNSPACED.match(first) else r"(?<![^\W_])"
    ending = "s?" if letters >= _ENDING_FROM else ""
    after = "" if _UNSPACED.match(last) else ending + r"(?![^\W_])"
    prefix = next((particles for low, high, particles in _PREFIXES if low <= first <= high), "")
    return f"{before}{prefix}{inner}{after}"
