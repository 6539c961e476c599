"""Personal names: which full names can be one person's.

Works on words of normal forms. Pet forms are English only; those of other languages are for editors to judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from sitegen.entities.names import PARTICLES, SUFFIXES

PET_FORMS = frozenset(
    (pet, given)
    for given, pets in {
        "abigail": "abby",
        "albert": "al",
        "alexander": "alex sasha",
        "andrew": "andy drew",
        "anthony": "tony",
        "barbara": "barb",
        "benjamin": "ben",
        "bernard": "bernie",
        "charles": "charlie chuck",
        "christopher": "chris",
        "cynthia": "cindy",
        "daniel": "dan danny",
        "david": "dave",
        "deborah": "deb debbie",
        "donald": "don",
        "douglas": "doug",
        "edward": "ed eddie ted",
        "elizabeth": "liz beth",
        "frederick": "fred",
        "gerald": "jerry",
        "gregory": "greg",
        "jacob": "jake",
        "james": "jim jimmy",
        "jeffrey": "jeff",
        "jennifer": "jen jenny",
        "john": "jack johnny",
        "joseph": "joe",
        "joshua": "josh",
        "katherine": "kathy kate katie",
        "kenneth": "ken",
        "lawrence": "larry",
        "leonard": "len",
        "margaret": "maggie peggy",
        "matthew": "matt",
        "michael": "mike",
        "mitchell": "mitch",
        "nicholas": "nick",
        "pamela": "pam",
        "patricia": "patty",
        "patrick": "pat",
        "peter": "pete",
        "philip": "phil",
        "raymond": "ray",
        "richard": "dick rick rich",
        "robert": "bob bobby rob",
        "ronald": "ron",
        "samuel": "sam",
        "stephen": "steve",
        "steven": "steve",
        "susan": "sue suzie",
        "theodore": "ted",
        "thomas": "tom tommy",
        "timothy": "tim",
        "vincent": "vince",
        "walter": "walt",
        "william": "bill will billy",
        "zachary": "zach",
    }.items()
    for pet in pets.split()
)
"""(pet form, given name) pairs."""


def core(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a name without `Jr.` and the like."""
    return tuple(word for word in words if word not in SUFFIXES)


def can_be_one(a: Sequence[str], b: Sequence[str]) -> bool:
    """Tell whether two full names, as words of their normal forms, can be one person's; `Jr.` parts father and son."""
    long, short = (core(a), core(b)) if len(core(a)) >= len(core(b)) else (core(b), core(a))
    if len(a) - len(core(a)) != len(b) - len(core(b)) or set(a) & SUFFIXES != set(b) & SUFFIXES or len(short) < 2:
        return False
    if long[-len(short) :] == short or long[: len(short)] == short:
        return True
    if long[-1] != short[-1] or not same_given(long[0], short[0]):
        return False
    # Middle names of the shorter one must be found, in order, in the longer one.
    rest = iter(long[1:-1])
    return all(any(same_given(word, other) for other in rest) for word in short[1:-1])


def same_given(a: str, b: str) -> bool:
    """Tell whether two given names can be one: equal, an initial, or a pet form."""
    if a == b or (a, b) in PET_FORMS or (b, a) in PET_FORMS:
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return len(short) == 1 and long.startswith(short)


def surnames(words: Sequence[str]) -> tuple[str, ...]:
    """Return what a full name's bearer can be called by: the last word, or the last two where a hyphen joined them."""
    bare = core(words)
    return (*bare[-1:], "".join(bare[-2:])) if len(bare) > 2 else bare[-1:]


def lone_name(words: Sequence[str]) -> str:
    """Return the word of a lone name that tells whose it is: `gogh` of `van Gogh`."""
    return ([word for word in core(words) if word not in PARTICLES] or list(words))[-1]
