"""Plain text in HTML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from sitegen.render.escaping import escaped


@given(st.text(st.sampled_from("a<>&\"' é\x00\U0001f680"), max_size=20) | st.text())
def test_text_is_escaped_as_markupsafe_does(text):
    """The quick way gives what the usual one gives, as a plain text."""
    assert escaped(text) == str(escape(text))
    assert type(escaped(text)) is str
