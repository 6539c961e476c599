"""Text inside XML is escaped as Python's own library escapes it."""

from __future__ import annotations

from xml.sax import saxutils

from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.xml_text import escape, quoteattr

TEXTS = st.text(st.sampled_from("<>&\"'\n\r\t;aé\U0001f680"), max_size=12)


@given(TEXTS)
def test_text_and_attributes_are_escaped_as_the_library_does(text: str) -> None:
    """Byte for byte the same, whatever the text holds."""
    assert escape(text) == saxutils.escape(text)
    assert quoteattr(text) == saxutils.quoteattr(text)
