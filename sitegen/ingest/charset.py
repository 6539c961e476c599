"""Bytes of unknown charset to text."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

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

_WESTERN = frozenset("éèêëàâäáãåçñíìîïóòôöõúùûüýÿßæøœÉÈÊÀÂÄÁÅÇÑÍÎÓÔÖÕÚÜÆØŒ‘’“”‚„–—…•·«»‹›£€¥§°©®™¡¿ºª½¼¾´¨\xa0\xad")
"""What high bytes stand for in nearly every cp1252 text."""

_FEW_HIGH_BYTES = 12
"""Below so many high bytes statistics tell nothing, and cp1252 is by far the likeliest."""

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_CP1252 = {byte: ord(bytes([byte]).decode("cp1252")) for byte in range(0x80, 0xA0) if byte not in _UNDEFINED}
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1b\x1a\x00"))


class NotTextError(ValueError):
    """The bytes are no text in any charset; the message says what they look like."""


def decode(data: bytes) -> tuple[str, str]:
    """Decode bytes; returns the text (byte order mark taken off) and the name of the encoding used.

    Order: byte order mark, UTF-8, UTF-16/32 without a mark (pattern of NUL bytes), UTF-8 with stray bytes, then
    cp1252 where its letters are plausible, else what charset-normalizer finds. NUL bytes of 8-bit texts are kept
    (text repair drops them). Valid UTF-8 costs one decoding and one search.

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
    if not sample:
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
    western = sum(1 for character in _cp1252(high) if character in _WESTERN)
    if len(high) >= _FEW_HIGH_BYTES and western < len(high) * 0.9:
        best = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
        if best is not None:
            return data.decode(best.encoding, "replace"), best.encoding.replace("_", "-")
    return _cp1252(data), "cp1252"


def _cp1252(data: bytes) -> str:
    """cp1252 as browsers read it: the five bytes it leaves undefined stand for themselves."""
    return data.decode("latin-1").translate(_CP1252)
