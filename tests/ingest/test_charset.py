"""Bytes of unknown charset."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.charset import NotTextError, decode

SENTENCE = "The café’s owner said “no” to the deal — twice."


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark_decides_and_goes(mark: bytes, encoding: str) -> None:
    """A byte order mark names the charset and is no part of the text."""
    assert decode(mark + SENTENCE.encode(encoding)) == (SENTENCE, encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_charsets_are_known_by_their_nul_bytes(encoding: str) -> None:
    """UTF-16 and UTF-32 without a mark are read by the pattern of NUL bytes."""
    assert decode(SENTENCE.encode(encoding)) == (SENTENCE, encoding)


def test_cp1252_is_read_with_its_curly_quotes() -> None:
    """What is no UTF-8 and looks Western is cp1252."""
    assert decode(SENTENCE.encode("cp1252")) == (SENTENCE, "cp1252")


def test_bytes_undefined_in_cp1252_are_kept() -> None:
    """Bytes in no charset do not stop the text around them from being read."""
    text, encoding = decode(b"abc \x81\x8d def, plain words around them")
    assert encoding == "cp1252"
    assert text == "abc \x81\x8d def, plain words around them"


def test_longer_texts_in_other_charsets_are_guessed() -> None:
    """A Russian text in a legacy charset is not taken for Western."""
    text = "Совет города решил закрыть старый мост через реку, потому что он больше не безопасен для жителей. " * 5
    found, encoding = decode(text.encode("cp1251"))
    assert found == text, encoding


def test_stray_bytes_in_good_utf8_are_read_alone() -> None:
    """A few cp1252 bytes pasted into UTF-8 do not spoil the rest."""
    assert decode("naïve façade élan für ".encode() + b"\x93quote\x94")[0] == "naïve façade élan für “quote”"


@pytest.mark.parametrize("data", [b"%PDF-1.7 abc", b"PK\x03\x04zip", b"\x89PNG\r\n", bytes(range(256)) * 8, bytes(400)])
def test_binary_files_are_refused(data: bytes) -> None:
    """Clearly binary data is told apart from text in any charset."""
    with pytest.raises(NotTextError):
        decode(data)


@pytest.mark.parametrize("data", [b"", b"a", b"\x00a", b"a\x00b c"])
def test_tiny_inputs_are_read(data: bytes) -> None:
    """The shortest inputs, and stray NUL bytes in text, are no reason to refuse."""
    assert isinstance(decode(data)[0], str)


@given(st.text())
def test_utf8_is_read_as_it_is(text: str) -> None:
    """Whatever is valid UTF-8 without NUL bytes or controls comes back unchanged."""
    plain = "".join(filter(str.isprintable, text)).lstrip("\ufeff")
    if not plain.startswith(("%PDF-", "BZh", "GIF8", "{\\rtf")):
        assert decode(plain.encode()) == (plain, "utf-8")


@given(st.binary())
def test_no_bytes_break_it(data: bytes) -> None:
    """Any bytes are decoded or refused."""
    try:
        text, encoding = decode(data)
    except NotTextError:
        return
    assert isinstance(text, str)
    assert encoding
