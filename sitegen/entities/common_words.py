"""Common words that only look like names because a sentence begins with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sitegen.model import Mention

_SENTENCE_START = re.compile(r"(?:^|[\n.!?:][\"'”’)\]]*\s*|\n\s*)[\"'“‘(\[]*$")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = 8
"""Characters looked at before a mention."""


def without_common_words(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Leave out organisations and places of one word that the text also writes small.

    Only where that word never stands inside a sentence as a name: `Engineers waited … the engineers`. People keep
    theirs, since a surname may be any word.
    """
    common: dict[str, bool] = {}
    for mention in mentions:
        word = mention.surface
        if mention.kind == "person" or not _WORD.fullmatch(word) or not word.istitle():
            continue
        starts = bool(_SENTENCE_START.search(text[max(0, mention.start - _BEFORE) : mention.start]))
        common[word] = common.get(word, True) and starts
    found = {word for word, starts in common.items() if starts and _is_written(word.lower(), text)}
    return [mention for mention in mentions if mention.surface not in found or mention.kind == "person"]


def _is_written(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
