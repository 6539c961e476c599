"""Names: how one is cleaned for display, and the normal form under which full names share a page.

The normal form is ASCII where transliteration is well defined, so that `Bashar al-Assad`, `BASHAR AL-ASSAD` and
`Bashar Al Assad` are one. A slug is the normal form with hyphens, nothing else: it depends on no other name in the
archive and so never changes. The word lists below are part of the addresses of entity pages: add to them with care.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sitegen.slug import plain_words, slugify, unique_slug


def word_set(block: str) -> frozenset[str]:
    """Words of a block of text."""
    return frozenset(block.split())


TITLES = word_set("""
    mr mrs ms miss mx dr prof professor doctor sir dame lord lady rev reverend fr father sister brother hon honorable
    honourable madam madame monsieur mme mlle m herr frau señor señora senor senora imam ayatollah mullah rabbi swami
    capt captain col colonel cmdr commander corporal cpl gen general lt lieutenant maj major pvt sgt sergeant adm
    admiral brig brigadier gov governor rep reps representative representatives sen sens senator senators congressman
    congresswoman congressmember president premier chancellor minister secretary undersecretary ambassador judge
    justice mayor councilman councilwoman councillor councilmember sheriff officer detective inspector superintendent
    constable chairman chairwoman chairperson chair ceo director coach archbishop bishop pastor cardinal speaker
    leader spokesman spokeswoman spokesperson mp mep lawmaker comrade commissioner administrator treasurer cosmonaut
    astronaut vice-president ex-president secretary-general attorney-general vice-chairman co-chair
""")
"""Words before a person's name that are no part of it."""

ROLES = word_set("""
    foreign defense defence finance interior health education trade energy prime vice deputy crown supreme opposition
    senior acting former ranking staff attorney chief assistant executive general managing ex then late us u.s lead
    member majority minority house senate state whip first second lieutenant major
""")
"""Words that belong to a title only when a title follows: `Foreign Minister`, `Majority Leader`."""

SOVEREIGNS = word_set("king queen pope prince princess emperor empress tsar sultan saint st sheikh sheik shaikh emir")
"""Titles that are part of the name when only one more word tells who it is: `Pope Francis`, `King Charles III`."""

SUFFIXES = word_set("jr sr ii iii iv v")
DEGREES = word_set("phd md esq mph jd mba dds rn cpa obe cbe mbe kc qc ret usn usaf usmc usa")
PARTICLES = word_set("bin ibn bint van von de da di du del della der den dos das do la le ter ten zu zur af av")
"""Words that belong to the surname behind them; alone with one they make no full name (`van Gogh`, `bin Laden`)."""

_WELL_KNOWN = {
    "place": {
        "us": "united states",
        "usa": "united states",
        "united states of america": "united states",
        "america": "united states",
        "uk": "united kingdom",
        "britain": "united kingdom",
        "great britain": "united kingdom",
        "ussr": "soviet union",
        "union of soviet socialist republics": "soviet union",
        "uae": "united arab emirates",
        "prc": "china",
        "peoples republic of china": "china",
        "dprk": "north korea",
        "republic of korea": "south korea",
        "drc": "democratic republic of the congo",
        "democratic republic of congo": "democratic republic of the congo",
        "czechia": "czech republic",
        "cote divoire": "ivory coast",
        "turkiye": "turkey",
        "state of israel": "israel",
        "district of columbia": "washington dc",
        "dc": "washington dc",
        "d c": "washington dc",
        "washington d c": "washington dc",
        "nyc": "new york city",
    },
    "organization": {
        "un": "united nations",
        "united states house": "united states house of representatives",
        "eu": "european union",
        "north atlantic treaty organization": "nato",
        "north atlantic treaty organisation": "nato",
        "national aeronautics and space administration": "nasa",
        "federal bureau of investigation": "fbi",
        "central intelligence agency": "cia",
        "international monetary fund": "imf",
        "world health organisation": "world health organization",
        "world trade organisation": "world trade organization",
        "wto": "world trade organization",
        "international atomic energy agency": "iaea",
        "british broadcasting corporation": "bbc",
        "palestine liberation organization": "plo",
        "palestine liberation organisation": "plo",
        "european space agency": "esa",
    },
}
"""Names so common under two forms that no reader takes them for two things."""

_STATES = {
    short: state.lower()
    for line in """
        Alabama: AL Ala; Alaska: AK; Arizona: AZ Ariz; Arkansas: AR Ark; California: CA Calif; Colorado: CO Colo
        Connecticut: CT Conn; Florida: FL Fla; Georgia: GA Ga; Hawaii: HI; Idaho: ID; Illinois: IL Ill; Indiana: IN Ind
        Iowa: IA; Kansas: KS Kan; Kentucky: KY Ky; Maine: ME; Maryland: MD Md; Massachusetts: MA Mass
        Michigan: MI Mich; Minnesota: MN Minn; Mississippi: MS Miss; Missouri: MO Mo; Montana: MT Mont
        Nebraska: NE Neb; Nevada: NV Nev; New Hampshire: NH; New Jersey: NJ; New Mexico: NM; New York: NY
        North Carolina: NC; North Dakota: ND; Ohio: OH; Oklahoma: OK Okla; Oregon: OR Ore; Pennsylvania: PA Pa
        Rhode Island: RI; South Carolina: SC; South Dakota: SD; Tennessee: TN Tenn; Texas: TX Tex; Utah: UT
        Vermont: VT Vt; Virginia: VA Va; West Virginia: WV WVa; Wisconsin: WI Wis; Wyoming: WY Wyo
    """.strip().splitlines()
    for state, _, shorts in (part.partition(": ") for part in line.strip().split("; "))
    for short in shorts.split(" ")
}
"""Abbreviation of a US state, as written but for dots and blanks → normal form. Those that mean as much elsewhere
(`LA`, `WA`, `DE`) are names of their own."""

_OUTER = " \t\r\n\u00a0\u200b\ufeff.,;:!?…-–—_*#|/\\\"'“”‘’«»‹›<>=+~^`´•·[]{}"
_SPACE = re.compile(r"\s+")
_POSSESSIVE = re.compile(r"(?:['’ʼ]s|(?<=s)['’ʼ])$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:[Tt]he|THE|an?)\s+")
_ABBREVIATION_END = re.compile(r"(?:\b(?:jr|sr|inc|corp|co|ltd|bros|st|mt|no)|\.\w)\.$", re.IGNORECASE)
_PARTY_END = re.compile(r"\s*\([A-Z]{1,4}[-–—][^()]{1,40}\)$")
_SINGLE_LETTERS = re.compile(r"(?<![^ ])([a-z]) (?=[a-z](?![^ ]))")
_ARABIC_ARTICLE = re.compile(r"(?:(?:^|(?<=\s))(?:al|el)[-‐‑–]|(?<=\s)al\s)(?=\w)", re.IGNORECASE)


_DEPARTMENT = re.compile(r"^(united states )?(?!fire |police |sheriffs )(\w+) department$")

_SIMPLE = re.compile(r"(?:[A-Za-z][A-Za-z0-9]+ )*[A-Za-z][A-Za-z0-9]+")
_SPECIAL_WORDS = TITLES | ROLES | SOVEREIGNS | DEGREES | {"the", "al", "el", "un"}
_NONE_KNOWN: dict[str, str] = {}


def clean(surface: str, kind: str) -> str:
    """Cut a surface form down to the name in it: a piece of the form, with runs of white space made one blank.

    Outer punctuation, a leading `the`, a possessive ending, and a person's titles, degrees and `(R-ND)` go.
    May be empty.
    """
    name = _SPACE.sub(" ", surface).strip()
    for _ in range(4):  # each cut can bare another; four rounds settle all but hostile input
        before = name
        name = _trim(name)
        name = _POSSESSIVE.sub("", name)
        if (article := _ARTICLE.match(name)) is not None and article.end() < len(name):
            name = name[article.end() :]
        if kind == "person":
            name = _without_titles(_PARTY_END.sub("", name))
        if name == before:
            break
    return name


def _trim(name: str) -> str:
    name = name.lstrip(_OUTER)
    stripped = name.rstrip(_OUTER)
    if name[len(stripped) :].startswith(".") and _ABBREVIATION_END.search(stripped + "."):
        stripped += "."
    if stripped.endswith(")") and "(" not in stripped:
        stripped = stripped[:-1].rstrip(_OUTER)
    if stripped.startswith("(") and ")" not in stripped:
        stripped = stripped[1:].lstrip(_OUTER)
    if stripped.startswith("(") and stripped.endswith(")"):
        stripped = stripped[1:-1].strip(_OUTER)
    return stripped


def _bare(word: str) -> str:
    return word.strip(".,:;").lower()


def _without_titles(name: str) -> str:
    words = name.split(" ")
    while len(words) > 1 and _bare(words[-1]).replace(".", "") in DEGREES:
        if not (words[-2].endswith(",") or words[-1].isupper()):
            break
        words.pop()
    words[-1] = words[-1].rstrip(",")
    start = 0
    while start < len(words) - 1:
        word = _bare(words[start])
        is_title = word in TITLES or word.removeprefix("ex-") in TITLES
        if not is_title and word in ROLES:
            following = start + 1
            while following < len(words) - 1 and _bare(words[following]) in ROLES:
                following += 1
            is_title = following < len(words) - 1 and _bare(words[following]) in TITLES
        if not is_title and word in SOVEREIGNS:
            rest = [w for w in words[start + 1 :] if _bare(w) not in SUFFIXES]
            is_title = len(rest) > 1 and word not in ("saint", "st", "sheikh", "sheik", "shaikh")
        if not is_title:
            break
        start += 1
    return " ".join(words[start:])


@lru_cache(maxsize=1 << 16)
def normal_form(name: str, kind: str) -> str:
    """Return what full names of one entity share: lower-case words separated by single blanks, never empty.

    Case, diacritics, dots, hyphens, apostrophes, titles, a leading `the` and the Arabic article do not count; a
    person's middle names, initials and `Jr.` do, and so does an organisation's legal form. `Last, First` is turned, and
    `Treasury Department` into `Department of Treasury`.
    """
    known = _WELL_KNOWN.get(kind, _NONE_KNOWN)
    if _SIMPLE.fullmatch(name):
        # Most names are plain words without anything to cut; a title, an article or initials send them the long way.
        form = name.lower()
        words = form.split(" ")
        if _SPECIAL_WORDS.isdisjoint(words) and words[-1] != "department" and form not in known and name not in _STATES:
            return form
    text = clean(name, kind) or name
    if kind == "person":
        # `Bashar al-Assad`, `Bashar Al Assad`; but `Al Gore` stays.
        text = _ARABIC_ARTICLE.sub("", _turned(text))
        if " " not in text:
            # One word is one name: `Hyde-Smith` alone must not pass for a full name.
            text = text.replace("-", "")
    elif kind == "organization":
        text = text.replace("&", " and ")
    form = _SINGLE_LETTERS.sub(r"\1", plain_words(text))
    if not form:
        return "u" + "-".join(f"{ord(char):x}" for char in name[:8])
    if kind == "organization":
        first, _, rest = form.partition(" ")
        if rest and first in ("un", "us"):
            form = f"united {'nations' if first == 'un' else 'states'} {rest}"
        form = _DEPARTMENT.sub(r"\1department of \2", form).replace("department of the ", "department of ")
    elif kind == "place" and (state := _STATES.get(text.replace(".", "").replace(" ", ""))):
        return state
    return known.get(form, form)


def _turned(name: str) -> str:
    """`Armstrong, Neil` → `Neil Armstrong`; `King, Jr.` and names with several commas stay."""
    last, comma, first = name.partition(", ")
    if not comma or "," in first or not first:
        return name
    if plain_words(first) in SUFFIXES or plain_words(first).replace(" ", "") in DEGREES:
        return name
    return f"{first} {last}"


def is_lone(form: str, kind: str) -> bool:
    """Is this normal form a person's surname (or given name) alone, which says nothing across articles?

    Only scripts that part words by blanks can tell; a Chinese or Korean name of two letters or more is a full one.
    """
    if kind != "person":
        return False
    words = [word for word in form.split(" ") if word not in PARTICLES and word not in SUFFIXES]
    if len(words) > 1:
        return False
    only = words[0] if words else form
    return only.isascii() or len(only) < 2 or not _is_unspaced(only)


def _is_unspaced(word: str) -> bool:
    char = word[0]
    return (
        "\u0e00" <= char <= "\u0eff" or "\u1000" <= char <= "\u109f" or "\u3040" <= char <= "\ud7ff" or char > "\uf900"
    )


def entity_slug(kind: str, name: str) -> str:
    """Return the slug of an entity of this name: its normal form with hyphens.

    Different normal forms have different slugs: one that had to be changed (too long, a device name of Windows) gets
    a tail drawn from the normal form.
    """
    return slug_of(normal_form(name, kind))


def slug_of(form: str) -> str:
    """Return the slug that belongs to a normal form."""
    slug = form.replace(" ", "-")
    if len(slug) <= 80 and " " in form and form.isascii():
        return slug
    return slug if slugify(slug) == slug else unique_slug(slug, form)
