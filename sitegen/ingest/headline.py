"""Headlines: the one a text has at its top, or a short honest one taken from its first sentence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from sitegen.ingest.datelines import read_dateline
from sitegen.ingest.language import small_words

MAX_LENGTH = 90
"""Characters of a derived headline at most: what search results and feed readers show of one."""

_SENTENCE_END = re.compile(r"[.!?…][”\"’»)\]]{0,2}(?= +[\"“‘«(\[]?[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω0-9])|[。！？।؟](?=.)|[?!](?= )")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|sen|sens|rep|reps|gov|gen|lt|col|sgt|capt|maj|adm|prof|rev|hon|jr|sr|vs|no|nos|fla|calif|"
    r"mass|pa|va|vt|wash|ore|conn|mich|minn|tenn|tex|ill|ind|ga|la|md|del|ala|ariz|ark|colo|kan|ky|mo|mont|neb|nev|okla|"
    r"wis|wyo|inc|ltd|co|corp|jan|feb|mar|apr|jun|jul|aug|sept|oct|nov|dec|mt|ft|approx|u\.s|u\.n|d\.c)|\b[A-Z])$",
    re.IGNORECASE,
)


# --- a headline that is there --------------------------------------------------------------------------------------

_NOT_A_HEADLINE = re.compile(
    r"(?:for immediate release|immediate release|press release|news release|media advisory|contact|dear|to whom|by |"
    r"page |embargoed|http|www\.|home|menu|share|print|posted|updated|tel|phone|\[|\*|click ?here|watch |in the news|"
    r"photo|video|download|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|washington, d)",
    re.IGNORECASE,
)
_LAST_OF_SENTENCE = re.compile(r"[.,;:…][”\"’»)\]]{0,2}$")


def take_headline(paragraphs: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take a headline off the top of a text: a short line without a full stop, set apart from the running text below.

    Returns the headline (empty where the text has none) and the other paragraphs. A line counts when most of its longer
    words are in capitals, when the text below begins with a dateline, or when it is short before a long paragraph.
    """
    if len(paragraphs) < 2:
        return "", paragraphs
    line = paragraphs[0]
    words = line.split()
    if not 3 <= len(words) <= 32 or len(line) > 220 or _NOT_A_HEADLINE.match(line) or _LAST_OF_SENTENCE.search(line):
        return "", paragraphs
    if not line[0].isalnum() and line[0] not in "“‘\"'¿¡«$£€":
        return "", paragraphs
    below = paragraphs[1:4]
    if not any(len(paragraph) > 100 and len(paragraph) > len(line) for paragraph in below):
        return "", paragraphs
    longer = [word for word in words if len(word.strip("“”‘’\"'(),:")) > 3 and any(map(str.isalpha, word))]
    loud = sum(1 for word in longer if word.lstrip("“‘\"'($")[:1].isupper() or word[0].isdigit())
    dateline = any(read_dateline(paragraph).end for paragraph in below)
    if read_dateline(line).end:
        return "", paragraphs
    if dateline or (longer and loud >= len(longer) * 0.7) or (len(line) <= 100 and len(below[0]) > 2 * len(line)):
        return line, paragraphs[1:]
    return "", paragraphs


# --- a headline made -----------------------------------------------------------------------------------------------

_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|afternoon|evening|night))?"
_LEAD_IN = re.compile(
    r"^(?:(?:Early |Late |Earlier |Later )?(?:Today|Yesterday|Tonight|This (?:morning|afternoon|evening|week|month)|"
    rf"Last (?:night|week|month|year)|(?:On |Last )?{_WEEKDAY}|On [A-Z]\w+ \d{{1,2}}(?:, \d{{4}})?)"
    r"(?:, |[ ](?=[A-Z(]|the |a )))"
)
_EMPTY_START = re.compile(r"^(?:However|Meanwhile|Moreover|Also|In addition|Additionally|And|But),?[ ]+(?=[a-zA-Z])")
_ASIDE = re.compile(
    r"[ ]?[(\[][^()\[\]]{0,80}[)\]]|, [RDI]-[A-Z][\w.-]{1,12}(?:,|(?= and))|(?<=\w) – [^–]{5,160} –(?= [a-z])"
)
_WHEN = re.compile(
    r" (?:(?:earlier )?(?:today|yesterday|tonight|this (?:morning|afternoon|evening|week))|"
    rf"(?:on |last ){_WEEKDAY}(?:, [A-Z][a-z]+ \d{{1,2}}(?:, \d{{4}})?)?)(?=[ ,.;]|$),?"
)
_SAYING = re.compile(
    r"(?:according to .+|(?:.+ )?(?:said|says|reported|reports|announced|added|stated|claimed|told .+)"
    rf"(?: (?:on )?{_WEEKDAY}| today| yesterday| in .+)?)"
)
_STATEMENT = re.compile(
    r",? (?:today )?(?:has )?(?:issued|released|made|delivered|gave) (?:the following|this|a|these) (?:joint )?"
    r"(statement|comments?|remarks)(?: today)?(?=[ :,.]|$)"
)
_APPOSITIVE = re.compile(
    r", (?:(?:who|which|whose|led by|along with|joined by|together with|alongside|both) |members? |co-?\w+ |"
    r"[Cc]hair|[Rr]anking |vice |(?:the|a|an|author|lead|founder|former|current|sponsor) )[^,]{0,160},"
    r"(?= (?:\w+e[ds]|led|sent|said|met|made|held|won|took|gave|will|has|have|is|are|was|were|spoke|wrote|told|began) )"
)
_SUBORDINATE = re.compile(
    r"(?:As|After|Following|Ahead of|In response to|Amid|With|While|When|Despite|During|In|At|On|Coinciding with|"
    r"Before|In light of|In advance of|For) [^,“”\"]{8,140}, (?=[A-Z]|the |a )"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLAUSE = _words(
    "after as because before but following if so that though until when where whereas which while who whose"
)
_PREPOSITION = _words(
    "about across against along amid among around at behind between by during for from in into near on onto over "
    "since through throughout to toward towards under upon via with within without"
)
_SPANS = _words("minute hour day night week month year decade late later early shortly soon just")
_VERB = _words(
    "is are was were be has have had will would can could may might must shall should led sent said met made held "
    "won took gave spoke wrote told began became joins calls says does did do"
)
_LEFT_OPEN = _words(
    "a an the and or but of to in on at by for from with as that which who whose is are was were be been being "
    "has have had will would can could may might must shall should not no its his her their our my your this "
    "these those into than then between about over under after before during through against among per via any "
    "each some such both either new several including regarding concerning urging calling requiring said says "
    "also more very so if when while because local u.s. mr. mrs. ms. dr. sen. rep. sens. reps. gov. st. it he she "
    "they we i you national federal bipartisan joint"
)


def derive_title(paragraphs: Sequence[str], language: str = "en", max_length: int = MAX_LENGTH) -> str:
    """Derive a headline: the first sentence without dateline, asides, time and attribution, cut to a whole clause.

    At most `max_length` characters, whole words, none that leaves the phrase open at the end, no word that the text
    does not have. Empty where the text has no words.
    """
    sentence = _lead_sentence(paragraphs)
    english = language in ("", "en")
    if english:
        sentence = next(filter(_has_words, (_tighten(sentence), sentence)), "")
    sentence = _balanced(sentence.strip(" ,;:–—-"))
    if len(sentence) > max_length and english:
        sentence = _APPOSITIVE.sub("", sentence)
    if len(sentence) > max_length:
        sentence = _cut(sentence, max_length, small_words(language))
    sentence = _balanced(sentence.rstrip(" ,;:–—-."))
    return sentence[:1].upper() + sentence[1:]


def _lead_sentence(paragraphs: Sequence[str]) -> str:
    """Return the first sentence that tells something, without its dateline; the first with a word where none does."""
    fallback = ""
    for paragraph in paragraphs[:6]:
        text = paragraph[:1000]
        place = read_dateline(text).end
        sentence = _first_sentence(text[place:].lstrip()) if place else ""
        if sentence.count(" ") < 3:
            sentence = _first_sentence(text)
        fallback = fallback or (sentence if _has_words(sentence) else "")
        spaced = sentence.count(" ") >= 3 or (not sentence.isascii() and len(sentence) >= 8)
        if spaced and _NOT_A_HEADLINE.match(sentence) is None:
            return sentence
    return fallback


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _first_sentence(text: str) -> str:
    for end in _SENTENCE_END.finditer(text):
        before = text[: end.start()]
        if text[end.start()] == "." and _ABBREVIATION.search(before[-12:]):
            continue
        if len(before) >= 12 or " " in before:
            return text[: end.end()]
    return text


def _tighten(sentence: str) -> str:
    """Take from an English sentence what a headline does without."""
    sentence = _LEAD_IN.sub("", _EMPTY_START.sub("", sentence.strip()))
    sentence = _ASIDE.sub(lambda aside: " " if sentence[aside.end() : aside.end() + 1].isalnum() else "", sentence)
    if "“" not in sentence and '"' not in sentence:
        head, comma, tail = sentence.rstrip(" .").rpartition(", ")
        if comma and len(head) >= 30 and len(tail) <= 120 and _SAYING.fullmatch(tail):
            sentence = head
    sentence = _WHEN.sub("", sentence)
    sentence = _STATEMENT.sub(r": \1", sentence, count=1)
    subordinate = _SUBORDINATE.match(sentence) if len(sentence) > 60 else None
    if subordinate:
        main = _LEAD_IN.sub("", sentence[subordinate.end() :])
        if main.rstrip(" .:").endswith((": statement", ": remarks", ": comments")):
            clause = subordinate[0].rstrip(", ")
            return f"{main.rstrip(' .:')} {clause[0].lower()}{clause[1:]}"
        if len(main) >= 40:
            return main
    return sentence


def _cut(sentence: str, limit: int, small: frozenset[str]) -> str:
    """Cut at the best place that leaves at most `limit` characters: after a whole clause, before a preposition."""
    best, best_score = "", -9.0
    words = sentence[: limit + 30].split(" ")
    length = -1
    verb = False
    before = bare = ""
    for word, following in itertools.pairwise(words):
        length += len(word) + 1
        if length > limit:
            break
        before = bare
        bare = word.strip("“‘\"'”’,;:").lower()
        after = following.strip("“‘\"'”’,;:").lower()
        verb = verb or ((bare in _VERB or (bare.endswith("ed") and len(bare) > 4)) and after != "by")
        if not bare or bare in _LEFT_OPEN or bare in small or word[-1] in "–—-&":
            continue
        score = length / limit + (0.4 if verb else 0.0)
        if word[-1] in ";:" or following in ("–", "—", "-", "--"):
            score += 0.2
        elif word[-1] == ",":
            listed = after in ("and", "or") or (word[:1].isupper() and following[:1].isupper())
            new_clause = after in _CLAUSE or (after.endswith("ing") and following.islower())
            score += 0.5 if new_clause else -0.3 if listed else 0.1
        elif after == "than" or (after in ("after", "before", "ago", "and") and bare.rstrip("s") in _SPANS):
            score -= 0.5
        elif after in _CLAUSE:
            score += 0.2
        elif after in _PREPOSITION:
            score += 0.15
        elif after == "of":
            score -= 0.1
        elif after in _VERB or (following[:1].isupper() and word[:1].isupper()):
            score -= 0.5  # a subject without its verb; inside a name
        elif after != "and":
            score -= 0.6 if before in ("a", "an", "the") else 0.2
        if bare in _VERB or (bare.endswith("ed") and len(bare) > 4):
            score -= 0.4  # a verb without its object
        if score > best_score:
            best, best_score = sentence[:length], score
    if best:
        return best
    head, _, _ = sentence[: limit + 1].rpartition(" ")
    return head or sentence[:limit]


def _balanced(text: str) -> str:
    """Take off quotes and brackets whose partner is not there."""
    for opening, closing in ("“”", "()", "[]", "«»", "„“"):
        if closing == "“" and opening not in text:
            continue
        if text.count(opening) != text.count(closing):
            text = text.replace(opening, "").replace(closing, "")
    if text.count('"') % 2:
        text = text.replace('"', "")
    if text.startswith("“") and text.endswith("”") and text.count("“") == 1:
        text = text[1:-1]
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1]
    return text.strip()
