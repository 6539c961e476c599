"""Bytes of unknown charset to text."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from sitegen.ingest.language import language_share

_BOMS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_BINARY = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a SQLite database"),
)

_SAMPLE = 1 << 16
"""Bytes looked at to guess a charset; more does not change the answer."""

_FEW_HIGH_BYTES = 12
"""Below so many high bytes statistics tell nothing, and cp1252 is by far the likeliest."""

_LEGACY = (
    ("cp1252", frozenset(("en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "ca", "id"))),
    ("cp1250", frozenset(("pl", "cs", "sk", "hu", "hr", "ro"))),
    ("iso8859-2", frozenset(("pl", "cs", "sk", "hu", "hr", "ro"))),
    ("cp1251", frozenset(("ru", "uk", "bg", "sr"))),
    ("koi8-r", frozenset(("ru",))),
    ("iso8859-5", frozenset(("ru", "bg", "sr"))),
    ("cp1253", frozenset(("el",))),
    ("cp1254", frozenset(("tr",))),
    ("cp1255", frozenset(("he",))),
    ("cp1256", frozenset(("ar", "fa", "ur"))),
)
"""8-bit charsets and the languages written in them, likeliest first."""

_SIGN_INSIDE = re.compile(r"[^\W\d_][^\w\s'’.&/-][^\W\d_]")
"""A sign between two letters: a letter of another charset."""

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_CP1252 = {byte: ord(bytes([byte]).decode("cp1252")) for byte in range(0x80, 0xA0) if byte not in _UNDEFINED}
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1a\x00"))


class NotTextError(ValueError):
    """The bytes are no text in any charset; the message says what they look like."""


def decode(data: bytes) -> tuple[str, str]:
    """Decode bytes; returns the text (byte order mark taken off) and the name of the encoding used.

    Order: byte order mark, UTF-8, UTF-16/32 without a mark (pattern of NUL bytes), UTF-8 with stray bytes, the 8-bit
    charset in which its language shows, what charset-normalizer finds, cp1252. NUL bytes of 8-bit texts are kept (text
    repair drops them). Valid UTF-8 costs one decoding and one search.

    Raises:
        NotTextError: the bytes are clearly binary.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    for magic, what in _BINARY:
        if data.startswith(magic):
            raise NotTextError(f"this is {what}, not text")
    if b"\x00" in data:
        wide = _wide_encoding(data[:_SAMPLE])
        if wide:
            return data.decode(wide, "replace"), wide
    _refuse_binary(data[:_SAMPLE])
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_legacy(data)


def _wide_encoding(sample: bytes) -> str:
    """Tell UTF-16 and UTF-32 without a mark by the fixed place of NUL bytes in Latin text; empty if it is neither."""
    if len(sample) < 4:
        return ""
    units = len(sample) // 4
    nul = [sample[place::4].count(0) / units for place in range(4)]
    if min(nul[1:]) > 0.9 and nul[0] < 0.1:
        return "utf-32-le"
    if min(nul[:3]) > 0.9 and nul[3] < 0.1:
        return "utf-32-be"
    even, odd = (nul[0] + nul[2]) / 2, (nul[1] + nul[3]) / 2
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    if even > 0.3 and odd < 0.05:
        return "utf-16-be"
    return ""


def _refuse_binary(sample: bytes) -> None:
    if len(sample) < 16:
        return
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > len(sample) * 0.05 or sample.count(0) > len(sample) * 0.3:
        raise NotTextError("these bytes are not text in any charset")


def _decode_legacy(data: bytes) -> tuple[str, str]:
    mixed = data.decode("utf-8", "surrogateescape")
    stray = len(mixed) - len(mixed.encode("utf-8", "ignore").decode("utf-8"))
    wide = sum(1 for character in mixed[:_SAMPLE] if "\x80" <= character < "\ud800" or character > "\udfff")
    if wide > stray:
        # Mostly good UTF-8 with pasted or cut-off bytes: read only the stray ones as cp1252.
        repaired = re.sub(r"[\udc80-\udcff]", lambda found: _cp1252(bytes([ord(found[0]) - 0xDC00])), mixed)
        return repaired, "utf-8"
    high = b"".join(_HIGH.findall(data[:_SAMPLE]))
    if len(high) >= _FEW_HIGH_BYTES:
        encoding = _by_language(data[:_SAMPLE]) or _by_statistics(data[:_SAMPLE])
        if encoding and encoding != "cp1252":
            return data.decode(encoding, "replace"), encoding.replace("_", "-")
    return _cp1252(data), "cp1252"


def _by_language(sample: bytes) -> str:
    """Return the charset in which the text has the most small words of a language that is written in it."""
    best, best_share = "", 0.0
    for encoding, languages in _LEGACY:
        text = _cp1252(sample) if encoding == "cp1252" else sample.decode(encoding, "replace")
        language, share = language_share(text)
        share -= 5 * len(_SIGN_INSIDE.findall(text)) / len(text)
        if language in languages and share > best_share:
            best, best_share = encoding, share
    return best


def _by_statistics(sample: bytes) -> str:
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best is not None else ""


def _cp1252(data: bytes) -> str:
    """cp1252 as browsers read it: the five bytes it leaves undefined stand for themselves."""
    return data.decode("latin-1").translate(_CP1252)
