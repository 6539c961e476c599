"""Which way a language is written."""

from __future__ import annotations

import pytest

from sitegen.markup.direction import text_direction


@pytest.mark.parametrize(
    "tag", "ar he fa ur ps sd ug yi dv ckb arc nqo AR fa-AF ar_EG uz-Arab pa-Arab-PK az-Arab-x-a".split()
)
def test_right_to_left(tag: str) -> None:
    """Arabic, Hebrew, Thaana, N'Ko and others, by language or by script."""
    assert text_direction(tag) == "rtl"


@pytest.mark.parametrize(
    "tag", ["", "en", "de-AT", "zh-Hant", "he-Latn", "ar-Latn-x-arab", "en-x-arab", "-", "e", "art"]
)
def test_left_to_right(tag: str) -> None:
    """Everything else, and what is no language tag."""
    assert text_direction(tag) == "ltr"
