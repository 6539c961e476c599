"""Slugs: the readable part of an address, safe as a file name on every common system.

Transliteration happens only where it is well defined. Latin letters lose their diacritics; Cyrillic follows BGN/PCGN
(1947 for Russian, 1965 for Ukrainian, without positional rules and soft signs), Greek follows ELOT 743 (the
1987 United Nations system). All other scripts stay as they are: a romanisation of Chinese, Arabic or Hebrew depends on
language and reading, and a wrong one is worse than a percent-encoded address.

General-purpose libraries were considered: anyascii and Unidecode romanise every script, python-slugify builds on them,
and none guards Windows' device names or changes of Unicode normalisation.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_BYTES = 200
"""UTF-8 bytes of a slug at most: file systems allow 255 a name, and suffixes need room."""

# Each pair is a letter and what it becomes (nothing for a sign without sound).
_CYRILLIC = (
    "аa бb вv гg дd еe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya ёyo "
    "іi їyi єye ґg ўw ђdj ѓgj ѕdz јj љlj њnj ћc ќkj џdz ѣe ѳf ѵi әa ғg қq ңn өo ұu үu һh ҳh ҷj ӯu ӣi"
)
_GREEK = "αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo"
_LATIN = "ßss æae œoe øo đd ðd þth łl ħh ıi ĸk ŋng ŧt əa ɛe ɔo ɓb ɗd ƙk ƴy ƒf ɨi ʉu ɖd ɣg ʋv ǝe ⱥa ƀb ꞌ ʔ"
_TABLE = str.maketrans({pair[0]: pair[1:] for pair in f"{_CYRILLIC} {_GREEK} {_LATIN}".split()})
_GREEK_DIGRAPHS = {
    "ου": "ou",
    "αι": "ai",
    "ει": "ei",
    "οι": "oi",
    "υι": "yi",
    "γγ": "ng",
    "γξ": "nx",
    "γχ": "nch",
    "αυ": "av",
    "ευ": "ev",
    "ηυ": "iv",
}

_APOSTROPHES = re.compile(r"['’‘ʼʻʹ`´′״׳]")
_DIGRAPH = re.compile("|".join(_GREEK_DIGRAPHS))
_UNVOICED_AFTER_V = re.compile(r"(?<=[αεη])υ(?=[θκξπσςτφχψ]|\b)")
_ABBREVIATION = re.compile(r"(?<=[^\W\d_])(?<![^\W\d_]{2})\.(?=[^\W\d_](?![^\W\d_]))")
_PLAIN = re.compile(r"(?:[A-Za-z0-9]+ )*[A-Za-z0-9]+")
_NOT_IN_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_RESERVED = frozenset({"con", "prn", "aux", "nul", "conin", "conout"}) | {
    f"{d}{n}" for d in ("com", "lpt") for n in range(10)
}


def fold(text: str) -> str:
    """Text for comparing names: lower case, transliterated where that is well defined, NFC; spaces and signs stay.

    Invisible format characters (bidi controls, joiners, soft hyphens) go. Idempotent.
    """
    if text.isascii():
        return text.lower()
    folded = _fold_once(text)
    # Compatibility characters may decompose into letters that the tables know, so go on until nothing changes.
    for _ in range(3):
        again = _fold_once(folded)
        if again == folded:
            break
        folded = again
    return folded


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFC", text)
    # Tables come before decomposition: й is a letter of its own, not и with a breve.
    if any("\u0370" <= char <= "\u03ff" or "\u1f00" <= char <= "\u1fff" for char in text):
        text = _fold_greek(text)
    text = text.translate(_TABLE)
    out: list[str] = []
    latin = False
    for char in unicodedata.normalize("NFD", text):
        category = unicodedata.category(char)
        if category in ("Cf", "Cs"):
            continue
        if category[0] == "M":
            if latin:
                continue
        else:
            latin = char.isascii() or unicodedata.name(char, "").startswith(("LATIN ", "CYRILLIC ", "GREEK "))
        out.append(char)
    return unicodedata.normalize("NFC", "".join(out).translate(_TABLE))


def _fold_greek(text: str) -> str:
    # A diaeresis keeps two vowels apart (Μαΐου); all other marks of Greek go.
    decomposed = unicodedata.normalize("NFD", text)
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u0345" or c == "\u0308")
    plain = _UNVOICED_AFTER_V.sub("f", plain)
    plain = _DIGRAPH.sub(lambda found: _GREEK_DIGRAPHS[found[0]], plain)
    return unicodedata.normalize("NFC", plain)


def slugify(text: str, max_length: int = 80) -> str:
    """Turn text into a slug: lower-case words joined by hyphens.

    The result is never empty (`untitled`), holds only letters, digits, combining marks inside words and single inner
    hyphens, has at most `max_length` characters (at least 1) and 200 bytes of UTF-8, is cut between words where that
    leaves more than half, is never a device name of Windows, and stays the same under NFC and case folding, so that two
    slugs that differ also differ on file systems that fold case or normalise.
    """
    slug = _cut(plain_words(text).replace(" ", "-"), max(1, max_length))
    if slug in _RESERVED:
        return f"{slug}-x"
    return slug or "untitled"


def plain_words(text: str) -> str:
    """Fold a text to its bare words, separated by single blanks; what a slug is made of. May be empty.

    Apostrophes and the full stops of abbreviations go without a trace, all other signs part words.
    """
    if _PLAIN.fullmatch(text):
        return text.lower()
    words = _ABBREVIATION.sub("", _APOSTROPHES.sub("", fold(text)))
    return _NOT_IN_ASCII_WORD.sub(" ", words).strip(" ") if words.isascii() else _unicode_words(words)


def _unicode_words(text: str) -> str:
    out: list[str] = []
    gap = True
    for char in text:
        category = unicodedata.category(char)
        # Letters, digits, and marks that follow one of them. Ll/Lo/Lm/Lt and Nd/Nl/No; emoji and signs are left out.
        if category[0] in "LN" or (category[0] == "M" and not gap):
            out.append(char)
            gap = False
        elif not gap:
            out.append(" ")
            gap = True
    return unicodedata.normalize("NFC", "".join(out)).strip(" ")


def _cut(slug: str, length: int) -> str:
    if len(slug) <= length and (slug.isascii() or len(slug.encode()) <= MAX_BYTES):
        return slug
    kept = slug[:length]
    if not slug.isascii():
        kept = kept.encode()[:MAX_BYTES].decode(errors="ignore")
    if slug[len(kept) : len(kept) + 1] != "-":
        word_end = kept.rfind("-")
        if word_end > len(kept) // 2:
            kept = kept[:word_end]
    return kept.strip("-")


def unique_slug(text: str, identity: str, max_length: int = 80) -> str:
    """Return a slug with a tail of eight hex digits drawn from `identity`: for ties."""
    tail = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slugify(text, max(1, max_length - 9))}-{tail}"
