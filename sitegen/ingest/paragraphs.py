"""Paragraphs: the breaks a text has, those it lost, and line breaks that are none.

Where the line breaks of a web page were deleted, sentences run together: `in 2006.“We are`, `he stated.Defense`.
A sentence end with no space after it is such a joint, unless it is one of the many other things that look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_LIST_ITEM = re.compile(r"(?:[-*•●▪◦‣·–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+\S")
_ENDS_SENTENCE = re.compile(r"[.!?…:;؟۔।。！？][\"”’»')\]]{0,3}$")

_WRAP_MIN, _WRAP_MAX = 45, 100
"""Lines of hard-wrapped text are about as long as each other, and that long, in characters."""


def split_paragraphs(text: str) -> list[str]:
    """Split plain text into paragraphs of one line each.

    Blank lines always break. Single line ends break too, unless the text is hard-wrapped (then lines are joined again)
    or they fall inside a sentence. Glued sentences are cut apart at their joints (`split_joints`). But for hyphens at
    the end of wrapped lines, only white space is dropped. Expects repaired text (`repair_text`); linear time.
    """
    text = text.strip("\n")
    quotes = _Quotes.of(text)
    blocks = _BLANK_LINE.split(text)
    width = _wrap_width(blocks)
    words = frozenset(_LETTERS.findall(text)) if width and "-\n" in text else frozenset()
    paragraphs: list[str] = []
    for block in blocks:
        for line in _unwrap(block, words, width) if "\n" in block else (block,):
            stripped = line.strip()
            if stripped:
                paragraphs += _split_line(stripped, quotes)
    return paragraphs


def split_joints(line: str) -> list[str]:
    """Cut one line apart where a sentence end is directly followed by the start of another.

    The boundary lies after the quotes and brackets that close (`said.”He`), before those that open (`2006.“We`);
    straight quotes are told apart by the quotes around them. Initials, abbreviations, numbers, file and domain names
    and names with a mark inside (`Yahoo!Inc`) are left whole. Scripts without capitals need a letter on both sides;
    Chinese and Japanese set no space between sentences, so that nothing can be told there.
    """
    return _split_line(line, _Quotes.of(line))


# --- lines ---------------------------------------------------------------------------------------------------------


def _wrap_width(blocks: list[str]) -> int:
    """Width at which the text was wrapped by hand or machine; 0 where it was not."""
    lengths: list[int] = []
    open_ends = 0
    for block in blocks:
        if "\n" in block:
            for line in block.split("\n")[:-1]:
                bare = line.rstrip()
                lengths.append(len(bare))
                open_ends += _ENDS_SENTENCE.search(bare) is None
    if len(lengths) < 3:
        return 0
    width = sorted(lengths)[len(lengths) * 9 // 10]
    if not _WRAP_MIN <= width <= _WRAP_MAX:
        return 0
    full = sum(1 for length in lengths if width * 0.75 <= length <= _WRAP_MAX)
    return width if full >= len(lengths) * 0.6 and open_ends >= len(lengths) * 0.5 else 0


def _unwrap(block: str, words: frozenset[str], width: int) -> Iterator[str]:
    """Join the lines of a block where the break between them is none."""
    held: list[str] = []
    indent = 0
    short = False
    for line in block.split("\n"):
        bare = line.strip()
        if not bare:
            continue
        deeper = len(line) - len(line.lstrip())
        if held:
            ended = _ENDS_SENTENCE.search(held[-1][-5:]) is not None
            if width:
                breaks = (short and ended) or deeper > indent or _LIST_ITEM.match(bare) is not None
            else:
                breaks = ended or not bare[0].islower() or _LIST_ITEM.match(held[-1]) is not None
            if breaks:
                yield "".join(held)
                held = []
            else:
                _join(held, bare, words)
                bare = ""
        if bare:
            held.append(bare)
        indent, short = deeper, len(line.rstrip()) < width * 0.7
    if held:
        yield "".join(held)


def _join(held: list[str], tail: str, words: frozenset[str]) -> None:
    """Append a line; a hyphen before it goes where the text writes the word without one elsewhere."""
    head = held[-1]
    if head.endswith("-") and tail[0].islower() and head[-2:-1].isalpha():
        begun, rest = _WORD_BEGUN.search(head[-40:]), _LETTERS.match(tail)
        if begun and rest and begun[1] + rest[0] in words:
            held[-1] = head[:-1]
    elif not (_unspaced(head[-1]) and _unspaced(tail[0])):
        held.append(" ")
    held.append(tail)


_LETTERS = re.compile(r"\w+")
_WORD_BEGUN = re.compile(r"(\w+)-$")


def _unspaced(character: str) -> bool:
    """Whether a character belongs to Chinese or Japanese, which set no spaces."""
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


# --- joints --------------------------------------------------------------------------------------------------------


_REVERSED = re.compile(r"(?:\s|^)»\w")


@dataclass(frozen=True, slots=True)
class _Quotes:
    """Which marks open, close, or do either in one text: “…”, „…“, «…», »…«, ”…” and "…" are all in use."""

    opening: str = "“‘«‹„‚"
    closing: str = "”’»›"
    either: str = '"'

    @classmethod
    def of(cls, text: str) -> _Quotes:
        if "„" in text and "“" in text:
            return cls(opening="„‚«‹", closing="“‘”’»›")
        if "»" in text and _REVERSED.search(text):
            return cls(opening="“‘»›„‚", closing="”’«‹")
        if "”" in text and "“" not in text:
            return cls(closing="’»›", either='"”')
        return cls()


_CANDIDATE = re.compile(r"[.!?…؟۔।)\]”»][)\]”’»›“‘«‹\"']*+(?=[^\s.!?…,;:\-–—/\\•●▪])")
"""A sentence end or something that closes, quotes and brackets, no space. With one class first it is searched fast."""

_BULLET = re.compile(r"(?<=\S)[ ]*(?=[•●▪][ ]?\S)")

_LABELS = ("Correction: ", "Corrections: ", "Clarification: ", "Editor’s note: ", "Editor's note: ", "Photo: ")
_GLUED_NOTE = re.compile(f"(?<=[a-zß-öø-ÿ])(?={'|'.join(_LABELS)})")
"""What begins a note of its own, even glued to a word: `By Ana RoeCorrection: …`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_BEFORE = _words(
    """
    mr mrs ms messrs mme mlle dr st ste sts mt ft gen lt col cpt capt sgt cpl pvt maj adm cmdr brig sen rep reps
    sens gov prof rev fr hon pres supt dept atty amb del insp asst assoc ph no nos vol vols pp pg ed eds fig figs
    art sec ch par pub stat fed reg supp cf vs v eg ie viz approx est ca al bros univ op cit hr
    """
)
"""Abbreviations that a name, number or title follows: never the end of a sentence where no space follows."""

_RARELY_BEFORE = _words(
    """
    inc ltd co corp llc jr sr etc jan feb mar apr jun jul aug sept sep oct nov dec ave blvd rd bldg ala ariz ark
    calif colo conn fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn tex va vt
    wash wis wyo
    """
)
"""Abbreviations that may end a sentence: then a word must follow that sentences often begin with."""

_STARTERS = _words(
    """
    a after all also although among an and another any are as at before both but by can despite did do during each
    even every first for from further had has have he her here his how however i if in is it its last later let
    many meanwhile more most mr mrs ms my nearly no not now of on once one only our over people several she since
    so some such that the their then there these they this those though through thus to today together two under
    until upon we were what when where whether which while who why will with without would yes yesterday yet you
    your according additionally
    """
)

_ENDINGS = _words(
    """
    com org net gov edu mil int io co uk us eu de fr info biz htm html aspx php jsp txt pdf doc docx xls xlsx csv
    exe zip jpg jpeg png gif mp3 mp4 js py md xml json
    """
)
"""What follows the dot in domain and file names."""

_BRANDS = frozenset(("yahoo", "jeopardy", "yum", "joomla", "kahoot", "e", "oliver", "wham"))
_COMPANY = frozenset(("inc", "ltd", "corp", "co", "plc", "llc", "mail", "news", "messenger", "finance", "japan"))

_WORD = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*")
_LOOK_BACK = 80
"""Characters looked at before a candidate: no word or address that matters is longer."""


def _split_line(line: str, quotes: _Quotes) -> list[str]:
    if line.count("•") + line.count("●") + line.count("▪") > 1:
        items = [item for item in _BULLET.split(line) if item]
        if len(items) > 1:
            return [piece for item in items for piece in _split_line(item, quotes)]
    if any(label in line for label in _LABELS):  # The search below is slow, and such words are rare.
        notes = _GLUED_NOTE.split(line)
        if len(notes) > 1:
            return [piece for note in notes for piece in _split_line(note, quotes)]
    pieces: list[str] = []
    start = 0
    opening: frozenset[int] | None = None
    for found in _CANDIDATE.finditer(line):
        if opening is None:
            opening = _opening_marks(line, quotes.either)
        cut = _boundary(line, start, found, quotes, opening)
        if cut > start:
            piece = line[start:cut].strip()
            if piece:
                pieces.append(piece)
            start = cut
    pieces.append(line[start:].strip() if pieces else line)
    return pieces


def _opening_marks(line: str, marks: str) -> frozenset[int]:
    """Find the places of the straight quotes that open.

    A mark with white space on one side is clear. One glued on both sides is read so that, over the line, the fewest
    marks open inside an open quotation (as one of several paragraphs does) or close none: the cheapest path through two
    states, inside and outside.
    """
    places = [found.start() for found in re.finditer(f"[{marks}]", line)]
    if not places:
        return frozenset()
    cost = (0.0, 0.4)  # outside, inside: a line may begin inside a quotation
    steps: list[tuple[tuple[int, bool], tuple[int, bool]]] = []
    for place in places:
        before, after = line[place - 1] if place else " ", line[place + 1 : place + 2] or " "
        opens = closes = 0.0
        if after.isspace() or after in ".,;:!?)]—–”’…":
            opens = 9.0
        elif before.isspace() or before in "([—–“‘-" or before in marks:
            closes = 9.0
        elif after in marks:
            opens = 9.0
        elif before == ":" or _SPEAKER.match(line, place + 1):
            closes = 0.8
        # (cost, state before) of ending outside (the mark closes) and inside (it opens)
        outside = min((cost[1] + closes, 1), (cost[0] + closes + 1.2, 0))
        inside = min((cost[0] + opens, 0), (cost[1] + opens + 1.0, 1))
        steps.append(((outside[1], False), (inside[1], True)))
        cost = (outside[0], inside[0])
    state = 0 if cost[0] <= cost[1] + 0.7 else 1
    found_opening: list[int] = []
    for place, step in zip(reversed(places), reversed(steps), strict=True):
        previous, opened = step[state]
        if opened:
            found_opening.append(place)
        state = previous
    return frozenset(found_opening)


_SPEAKER = re.compile("(?:I|We|My|Our)[ ’']|(?:It|That|This)[’' ](?:i?s)|You |Let |May |If ")
"""A sentence that begins so is rather spoken than reported."""


def _boundary(line: str, start: int, found: re.Match[str], quotes: _Quotes, opening: frozenset[int]) -> int:
    """Tell where to cut at a candidate (a mark, then quotes and brackets); 0 for nowhere."""
    mark, end = found.span()
    character = line[mark]
    if mark == start:
        return 0
    if character in ")]”»":
        return _after_bare_close(line, start, mark, end) if line[mark - 1] not in ",;:" else 0
    cut = mark + 1
    while cut < end and line[cut] not in quotes.opening and cut not in opening:
        cut += 1
    closed = line[cut - 1] if cut > mark + 1 else ""
    following = line[end]
    if cut < end:  # a quotation opens
        if following.islower() or not (following.isalnum() or following in "$£€[(…"):
            return 0
        return cut if closed or _last_word(line, start, mark) not in _NEVER_BEFORE else 0
    if closed:
        if following.islower() or not (following.isalnum() or following in "$£€[(…"):
            return 0
        return 0 if closed == ")" and _is_aside(line, start, cut) else cut
    return cut if _starts_sentence(line, start, mark, end) else 0


def _is_aside(line: str, start: int, cut: int) -> bool:
    """Whether the bracket that closes before `cut` holds a short aside in a running sentence: `(D-Calif.)`."""
    opening = line.rfind("(", max(start, cut - 400), cut)
    if opening <= start:
        return False
    return line[opening:cut].count(" ") < 3 and line[:opening].rstrip()[-1:] not in ".!?”"


def _after_bare_close(line: str, start: int, mark: int, end: int) -> int:
    """Judge a bracket or quote that closes without a sentence end, a capital glued to it: a caption, say."""
    following = line[end : end + 2]
    if following[0] not in '“"' and not (
        following[0].isupper() and (following[1:].islower() or following[1:].isspace())
    ):
        return 0
    opener = {")": "(", "]": "[", "»": "«"}.get(line[mark], "“")
    opening = line.rfind(opener, max(start, mark - 400), mark)
    if opening < start:
        return end if opener == "“" and following[0].isupper() else 0
    if opening > start and not line[opening - 1].isspace():
        return 0
    inside = line[opening + 1 : mark]
    if opener == "[" or (opener == "(" and _PARTY.match(inside)):
        return 0
    return end if inside.count(" ") >= (1 if opener == "(" else 3) else 0


_PARTY = re.compile(r"[A-Z]{1,3}-")
"""`R-South Carolina`: an aside after a name, whose sentence goes on."""


def _last_word(line: str, start: int, end: int) -> str:
    """Return the run of letters and digits that ends at `end`, lower case."""
    begin = end
    while begin > start and end - begin < _LOOK_BACK and line[begin - 1].isalnum():
        begin -= 1
    return line[begin:end].lower()


def _starts_sentence(line: str, start: int, mark: int, place: int) -> bool:
    """Tell whether a sentence ends with the mark and another begins with the letter or figure at `place`."""
    following = line[place]
    before = line[mark - 1]
    if before.isspace():
        return False
    token_start = max(start, line.rfind(" ", max(start, mark - _LOOK_BACK), mark) + 1, mark - _LOOK_BACK)
    token = line[token_start:mark]
    word = _last_word(line, start, mark)
    if before in ".…":
        return False
    if not following.isupper():
        return _starts_otherwise(line, word, before, place)
    found = _WORD.match(line, place)
    if found is None:
        return False
    follower = found[0]
    lowered = follower.lower()
    starter = re.split("[’']", lowered)[0] in _STARTERS
    if len(follower) == 1 and not (follower in "AI" and line[found.end() : found.end() + 1] in (" ", "’", "'")):
        return line[found.end() : found.end() + 1] == "." and len(word) >= 2 and line[mark - len(word)].islower()
    if "://" in token or "www." in token.lower() or "@" in token:
        return starter and not follower.isupper()
    if lowered in _ENDINGS and (
        follower.isupper() or (token.isalnum() and token[:1].isupper() and lowered not in _NEVER_BEFORE)
    ):
        return False
    if line[mark] in "!?":
        if "/" in token:
            return False
        return not (word in _BRANDS or lowered in _COMPANY)
    if word in _NEVER_BEFORE:
        return False
    if word in _RARELY_BEFORE:
        return starter
    if len(word) == 1 and word.isalpha():
        # An initial, or an abbreviation of initials such as U.S.
        return starter and line[found.end() : found.end() + 1] != "."
    if re.fullmatch(r"[vV]\.?\d+(?:\.\d+)*", token):
        return False
    if follower.isupper() and len(follower) > 1:
        # ASP.NET, System.IO, but `the bill.NASA said`
        return line[mark - len(word)].islower() or not token.isalpha() or line[found.end() : found.end() + 1].isspace()
    return True


def _starts_otherwise(line: str, word: str, before: str, place: int) -> bool:
    """As `_starts_sentence` for what is no capital: a figure, a sum, an opening bracket, a letter without case."""
    following = line[place]
    if following in "$£€":
        return before.isalnum() or before in ")]%"
    if following in "([":
        return len(word) >= 3 and word not in _NEVER_BEFORE
    if following.isdigit():
        if (
            not (before in ")]%" or (len(word) >= 2 and word.isalpha()))
            or word in _NEVER_BEFORE
            or word in _RARELY_BEFORE
        ):
            return False
        return _NUMBER_START.match(line, place) is not None
    if following.isalpha() and not following.islower():
        # Arabic, Hebrew, Devanagari …: letters without case on both sides.
        return len(word) >= 3 and not (before.islower() or before.isupper() or before.isdigit())
    return False


_NUMBER_START = re.compile(r"(?:\d{1,2}[.)][ ]|\d{1,2}:\d\d|(?:19|20)\d\d\b|\d[\d,.]*(?:th|st|nd|rd)?[ %-]+[a-z])")
