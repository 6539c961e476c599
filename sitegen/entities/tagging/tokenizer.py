"""Cut English text into the tokens that the tagger reads.

The rules are those of the common treebank tokenizers, with two differences. A full stop between two words always stands
alone, so that sentences glued by a lost line break (`stated.Defense`) come apart; and a hyphen between letters is a
token too (`US`, `-`, `led`), for the name is often only one side of it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

BREAK = "\n"
"""The token that stands for one or more line breaks."""

_LETTERS = r"[^\W\d_](?:[^\W_]|[\u0300-\u036f])*"

_TOKEN = re.compile(
    rf"""
      {_LETTERS}(?=[ ,\n-])                                       # the common case first: most words end in a blank
    | (?:https?://|www\.)[^\s<>"“”]{{1,200}}                      # addresses
    | [a-z0-9-]{{1,63}}\.(?:com|org|net|gov|edu|info)\b           # bare hosts
    | [\w.+-]{{1,64}}@[\w-]{{1,64}}(?:\.[\w-]{{1,64}}){{1,4}}     # e-mail
    | (?:[^\W\d_]\.){{2,8}}                                       # U.S., U.N., J.K.
    | (?:Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Capt|Col|Cmdr|Cpl|Gen|Lt|Maj|Sgt|Adm|Brig|Gov|Rep|Reps|Sen|Sens|St|Ste|Jr|Sr
        |Inc|Corp|Co|Ltd|Bros|Mt|Ft|No|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.(?!\w)
    | [A-Z]\.(?=[ \u00a0][A-Z])                                   # an initial
    | ['’][sS](?!\w)                                              # the possessive
    | {_LETTERS}(?:['’](?![sS](?!\w)){_LETTERS}){{0,3}}           # words; O'Brien, Qur'an, don't
    | \d+(?:[.,:]\d+){{0,9}}(?:[^\W\d_]{{1,2}}(?!\w))?            # numbers, 5th, 30m
    | \n\s*                                                       # a break
    | \.{{2,}} | -{{2,}}
    | \S
    """,
    re.VERBOSE,
)


class Tokens(NamedTuple):
    """Tokens of one text in order; `text[starts[i]:ends[i]]` is the token, or white space where it is a break."""

    words: list[str]
    starts: list[int]
    ends: list[int]


def tokenize(text: str) -> Tokens:
    """Cut `text`; offsets are code points into it. Runs of line breaks become one `BREAK`."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        starts.append(start)
        ends.append(end)
        word = found.group()
        words.append(BREAK if word[0] == BREAK else word)
    return Tokens(words, starts, ends)
