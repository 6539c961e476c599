"""Words of a text: segmentation, folding and stemming, the same for both indexes and for the browser.

Segmentation follows the word boundaries of UAX #29 where archives need them (letters with their marks, apostrophes
inside words, numbers such as `1,000` and `3.5`, Hebrew gershayim), with two differences: a full stop joins single
letters only (`U.S.`), since sentences in archives are often glued (`2006.The`), and scripts written without spaces
(Chinese, Japanese, Korean, Thai, Lao, Burmese, Khmer) become overlapping pairs of characters.

`themes/default/assets/search.js` holds the same rules; `tests/search/vectors.json` keeps both in step.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable

import Stemmer

MAX_WORD = 40
"""Characters of a folded word that count; longer runs are data rather than words."""

_MARK_BLOCKS = (
    (0x0300, 0x1E00),
    (0x20D0, 0x2100),
    (0x2CEF, 0x2CF2),
    (0x2D7F, 0x2D80),
    (0x2DE0, 0x2E00),
    (0x302A, 0x3030),
    (0x3099, 0x309B),
    (0xA66F, 0xAC00),
    (0xFB1E, 0xFB1F),
    (0xFE20, 0xFE30),
)
_DELETED_BLOCKS = (
    (0x0300, 0x0370),  # Latin, Greek and Cyrillic diacritics
    (0x0483, 0x0488),
    (0x0591, 0x05BE),  # Hebrew points
    (0x05BF, 0x05C8),
    (0x0610, 0x061B),  # Arabic vowels, hamza above and below, tatweel
    (0x0640, 0x0641),
    (0x064B, 0x0660),
    (0x0670, 0x0671),
    (0x06D6, 0x06EE),
    (0x1AB0, 0x1B00),
    (0x1DC0, 0x1E00),
    (0x20D0, 0x2100),
    (0xFE20, 0xFE30),
)
_REPLACED = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ς": "σ",
    "ך": "כ",
    "ם": "מ",
    "ן": "נ",
    "ף": "פ",
    "ץ": "צ",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
}
_DROPPED = "'’ʼ_,\"״׳ \u2044"
FOLDING: dict[int, str | None] = {
    **{code: None for low, high in _DELETED_BLOCKS for code in range(low, high)},
    **{ord(letter): other for letter, other in _REPLACED.items()},
    **{ord(letter): None for letter in _DROPPED},
    **{0x0660 + digit: str(digit) for digit in range(10)},
    **{0x06F0 + digit: str(digit) for digit in range(10)},
}
"""What becomes of a character after NFKD and lower case: None is left out."""

_UNJOINED = {ord(letter): None for letter in _DROPPED}

ELIDING = frozenset({"ca", "fr", "it", "oc"})
"""Languages whose articles and pronouns lean on the next word: `l'homme` is indexed as `homme`."""
_ELISION = re.compile(
    r"^(?:l|d|j|m|n|s|t|c|qu|jusqu|lorsqu|puisqu|quoiqu|un|dell|nell|sull|all|dall|quest|quell)['’](?=\w)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’][sS]$")
_DOTTED = re.compile(r"\.(?=[^\W\d])")


def _mark_ranges() -> str:
    """All combining marks of the basic plane's scripts as the inside of a character class."""
    ranges: list[list[int]] = []
    for low, high in _MARK_BLOCKS:
        for code in range(low, high):
            if unicodedata.category(chr(code))[0] == "M":
                if ranges and ranges[-1][1] == code - 1:
                    ranges[-1][1] = code
                else:
                    ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


_W = rf"[\w{_mark_ranges()}]"
_JOINS = (
    rf"(?<=['’])(?=[^\W\d_]){_W}+"  # don't
    rf"|(?<=\d[.,])(?=\d){_W}+"  # 1,000 and 3.5
    r"|(?<=\b[^\W\d_]\.)(?=[^\W\d_]\b)\w"  # U.S.
    rf"|(?<=[\u05d0-\u05ea][\"\u05f4\u05f3])(?=[\u05d0-\u05ea]){_W}+"  # gershayim
)
_PAIRED_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3131-\u318e\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"\w{_W}*(?:['’.,\"\u05f4\u05f3](?:{_JOINS}))*")
_PAIRED = re.compile(f"[{_PAIRED_SCRIPTS}]")
_PAIRED_RUN = re.compile(f"[{_PAIRED_SCRIPTS}]+")

_SNOWBALL = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


def fold(word: str) -> str:
    """Give the form under which a word is looked up: lower case, no diacritics, apostrophes or possessive `'s`.

    A word of nothing but droppable characters stays as it is, so that no word is empty.
    """
    lower = word.lower()[: 2 * MAX_WORD]
    if not lower.isalpha() or not lower.isascii():
        lower = _POSSESSIVE.sub("", lower)
        lower = unicodedata.normalize("NFKD", lower).lower()
        lower = unicodedata.normalize("NFC", _DOTTED.sub("", lower.translate(FOLDING)))
    return lower[:MAX_WORD] or word[:MAX_WORD]


def base_language(tag: str) -> str:
    """`en` of `en-GB`; empty stays empty."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def segment(text: str) -> list[str]:
    """Words of a text in order as they stand there; runs of scripts without spaces stay whole.

    Linear in the length of the text.
    """
    if _PAIRED.search(text) is None:
        return _WORD.findall(text)
    found: list[str] = []
    position = 0
    for run in _PAIRED_RUN.finditer(text):
        found += _WORD.findall(text[position : run.start()])
        found.append(run[0])
        position = run.end()
    found += _WORD.findall(text[position:])
    return found


def split_pairs(word: str) -> list[str]:
    """Folded index words of one segment: the pairs of a run without spaces, else the folded word itself."""
    if _PAIRED.match(word) is None:
        return [fold(word)]
    run = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", word).lower())
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def fold_words(text: str) -> list[str]:
    """Folded index words of a text, in order: what a query is cut into."""
    return [word for segment_ in segment(text) for word in split_pairs(segment_)]


class _Lookup(dict[str, int]):
    """From a word as it stands in a text of one language to its id; unknown words are analysed once."""

    def __init__(self, identify: Callable[[str], int]) -> None:
        self._identify = identify

    def __missing__(self, raw: str) -> int:
        identity = self[raw] = self._identify(raw)
        return identity


class Analyzer:
    """Turns texts into arrays of word ids. One per process; `words` and `terms` grow in order of first appearance."""

    def __init__(self) -> None:
        self.words: list[str] = []
        """Folded surface form of each word id."""
        self.terms: list[str] = []
        """Index term (folded stem) of each word id."""
        self._ids: dict[tuple[str, str], int] = {}
        self._lookups: dict[str, _Lookup] = {}

    def analyse(self, text: str, language: str = "en") -> array[int]:
        """Word ids of a text in text order, as array('I').

        Args:
            text: plain text; any length, linear time.
            language: BCP 47 tag; without a Snowball stemmer for it terms are the folded words.
        """
        lookup = self._lookup(base_language(language))
        if _PAIRED.search(text) is None:
            return array("I", map(lookup.__getitem__, _WORD.findall(text)))
        return array("I", self._paired(segment(text), lookup))

    def _paired(self, segments: Iterable[str], lookup: _Lookup) -> Iterable[int]:
        for raw in segments:
            if _PAIRED.match(raw) is None:
                yield lookup[raw]
            else:
                for pair in split_pairs(raw):
                    yield self._identity(pair, pair)

    def _lookup(self, language: str) -> _Lookup:
        lookup = self._lookups.get(language)
        if lookup is None:
            lookup = self._lookups[language] = _Lookup(self._identifier(language))
        return lookup

    def _identifier(self, language: str) -> Callable[[str], int]:
        elides = language in ELIDING
        name = _SNOWBALL.get(language)
        if name is None:

            def keep(raw: str) -> int:
                word = fold(raw)
                return self._identity(word, word)

            return keep
        stem = Stemmer.Stemmer(name, 0).stemWord

        def identify(raw: str) -> int:
            if elides:
                raw = _ELISION.sub("", raw, count=1)
            if raw.isascii() and raw.isalpha():  # Most words: nothing below would change them.
                stemmed = stem(raw[:MAX_WORD].lower())
            else:
                bare = _DOTTED.sub("", _POSSESSIVE.sub("", raw[:MAX_WORD])).translate(_UNJOINED).lower()
                stemmed = stem(unicodedata.normalize("NFC", bare))
            return self._identity(fold(raw), fold(stemmed))

        return identify

    def _identity(self, word: str, term: str) -> int:
        key = (word, term)
        identity = self._ids.get(key)
        if identity is None:
            identity = self._ids[key] = len(self.words)
            self.words.append(word)
            self.terms.append(term)
        return identity
