"""What is done to a model's spans before they become mentions, in the order in which it was measured to help.

Trim punctuation, articles, possessives and titles; drop what is no name; believe the lists of countries and great
organisations about the kind (adding what the model left out did harm: the `European Parliament` election); then use
that an article is about few things: a lone surname is the person whose full name the article has, one form has one
kind, and what was surely named once is tagged wherever it stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sitegen.entities.tagging import lists
from sitegen.entities.tagging.tokenizer import Tokens


class Span(NamedTuple):
    """A stretch of text that names something: code-point offsets, kind, estimated probability."""

    start: int
    end: int
    kind: str
    confidence: float


_OUTER = " \t\u00a0\u2009\u200b\ufeff.,;:!?…-–—_*#|/\\\"'“”‘’«»‹›<>=+~^`•·"
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_PARTY = re.compile(r"[DRI][-–](?=[A-Z])")
"""What American papers put before a member's state: `(D-Ohio)`."""

_THE = re.compile(r"(?:the|The|THE)[ \u00a0]+")
_POSSESSIVE = ("'s", "’s", "'S", "’S")
_SURE = 0.9
_REPEAT_DISCOUNT = 0.9

_KNOWN_KIND = dict.fromkeys(sorted(lists.PLACES), "place") | dict.fromkeys(sorted(lists.ORGANIZATIONS), "organization")
_NO_NAMES = lists.NEVER_NAMES | lists.PEOPLES | lists.CALENDAR


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Shrink a span by outer punctuation, unbalanced or enclosing brackets, a leading article, a trailing 's."""
    while start < end:
        before = start, end
        if text[start] in _OUTER or text[start].isspace():
            start += 1
        elif text[end - 1].isspace() or (text[end - 1] in _OUTER and not _keeps_stop(text, start, end)):
            end -= 1
        elif text[end - 2 : end] in _POSSESSIVE and end - start > 2:
            end -= 2
        elif text[start] in _BRACKETS and _BRACKETS[text[start]] not in text[start + 1 : end - 1]:
            start += 1
        elif (opening := text.rfind("(", start, end)) > start and text.find(")", opening, end) < 0:
            end = opening
        elif text[end - 1] in ")]}" and not any(opening in text[start:end] for opening in "([{"):
            end -= 1
        elif text[end - 1] in "([{" or text[start] in ")]}":
            start, end = (start + 1, end) if text[start] in ")]}" else (start, end - 1)
        elif (article := _THE.match(text, start, end)) is not None and article.end() < end:
            start = article.end()
        if (start, end) == before:
            break
    return start, end


def _keeps_stop(text: str, start: int, end: int) -> bool:
    """Is the final full stop part of an abbreviation (`U.S.`, `Jr.`, `Inc.`)?"""
    if text[end - 1] != ".":
        return False
    last = text[start:end].replace("\u00a0", " ").rsplit(" ", 1)[-1]
    return "." in last[:-1] or last[:-1] in _ABBREVIATED


_ABBREVIATED = frozenset(
    {
        "Jr",
        "Sr",
        "Inc",
        "Corp",
        "Co",
        "Ltd",
        "Bros",
        "St",
        "Mt",
        "No",
        "D",
        "Mass",
        "Calif",
    }
)


def _strip_titles(text: str, start: int, end: int) -> int:
    """Offset after any honorifics with which a person's span begins."""
    while True:
        blank = text.find(" ", start, end)
        if blank < 0:
            return start
        word = text[start:blank].rstrip(".,")
        bare = word.strip("-")
        if bare not in lists.HONORIFICS and bare.capitalize() not in lists.HONORIFICS:
            return start
        following = text[blank:end].lstrip()
        if bare in lists.ROLE_WORDS and following.split(" ", 1)[0].rstrip(".,") not in lists.HONORIFICS:
            return start
        start = end - len(following)


def _strip_letters(text: str, start: int, end: int) -> int:
    """Offset before any letters of rank with which a person's span ends (`Kama Melly QC`)."""
    while (blank := text.rfind(" ", start, end)) > 0 and text[blank + 1 : end] in lists.TITLES_AFTER:
        end = blank
    return end


def _is_noise(surface: str, kind: str) -> bool:
    if surface in _KNOWN_KIND:
        return False
    if len(surface) > 120 or sum(map(str.isalpha, surface)) < 2:
        return True
    if surface in _NO_NAMES or surface.capitalize() in _NO_NAMES:
        return True
    if surface in lists.ROLE_WORDS or (kind != "person" and surface.rsplit(" ", 1)[-1] in lists.WORK_WORDS):
        return True
    if kind == "person" and (surface in lists.HONORIFICS or surface[0].isdigit()):
        return True
    return surface.islower() or surface.startswith(("http", "www.", "@", "#"))


def clean(text: str, spans: Iterable[Span]) -> list[Span]:
    """Trim each span to the bare name, drop what is no name, correct what the lists know; ascending, no overlaps."""
    cleaned: list[Span] = []
    for span in spans:
        for line_start, line_end in _lines_of(text, span.start, span.end):
            start, end = _trim(text, line_start, line_end)
            if span.kind == "person":
                start, end = _trim(
                    text,
                    _strip_titles(text, start, end),
                    _strip_letters(text, start, end),
                )
            kind = span.kind
            if kind != "person" and _is_party_and_state(text, start, end):
                start, kind = start + 2, "place"
            surface = text[start:end]
            if start >= end or _is_noise(surface, kind):
                continue
            if surface not in lists.SHARED_NAMES:
                kind = _KNOWN_KIND.get(surface, kind)
            cleaned.append(Span(start, end, kind, span.confidence))
    return _without_overlaps(cleaned)


def _is_party_and_state(text: str, start: int, end: int) -> bool:
    if not _PARTY.match(text, start, end):
        return False
    state = text[start + 2 : end]
    return text[start - 1 : start] == "(" or state.isupper() or state in lists.STATES


def _lines_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    if text.find("\n", start, end) < 0:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    while (cut := text.find("\n", start, end)) >= 0:
        pieces.append((start, cut))
        start = cut + 1
    pieces.append((start, end))
    return pieces


def _without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """In text order; of two spans that overlap the longer stays, then the surer, then the first."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, -span.confidence)):
        if kept and span.start < kept[-1].end:
            last = kept[-1]
            if (span.end - span.start, span.confidence) > (
                last.end - last.start,
                last.confidence,
            ):
                kept[-1] = span
        else:
            kept.append(span)
    return kept


def _in_context(text: str, tokens: Tokens, spans: Iterable[Span]) -> list[Span]:
    """Use the words beside a span: `the newspaper X` is an organisation, `X Resolution` is all one document."""
    words, starts, ends = tokens
    changed: list[Span] = []
    for span in spans:
        surface = text[span.start : span.end]
        before, after = (
            bisect_left(starts, span.start) - 1,
            bisect_left(ends, span.end) + 1,
        )
        if before >= 0 and words[before] in lists.ORGANIZATION_CUES and surface not in lists.PLACES:
            span = span._replace(kind="organization")  # noqa: PLW2901
        heads_on = after < len(words) and words[after] in lists.WORK_WORDS
        if not heads_on or span.kind == "person" or surface in _KNOWN_KIND:
            changed.append(span)
    return changed


def _with_country(text: str, spans: Sequence[Span]) -> list[Span]:
    """Make one name of a country and a body of its state that follows it: `U.S.` `Senate`."""
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if (
            before is not None
            and (before.kind, span.kind) == ("place", "organization")
            and text[before.end : span.start] == " "
            and text[before.start : before.end] in lists.STATES_OF_BODIES
            and text[span.start : span.end].split(" ", 1)[0] in lists.STATE_BODIES
        ):
            joined[-1] = Span(before.start, span.end, span.kind, span.confidence)
        else:
            joined.append(span)
    return joined


def _hyphenated(text: str, tokens: Tokens, spans: Sequence[Span]) -> list[Span]:
    """Complete a person's name by what hyphens tie to it (`Jing-Shan Zhao`), unless that is a name of its own."""
    taken = {span.start for span in spans} | {span.end for span in spans}
    words, starts, ends = tokens
    changed: list[Span] = []
    for span in spans:
        start, end = span.start, span.end
        if span.kind == "person" and "-" in (
            text[start - 1 : start],
            text[end : end + 1],
        ):
            first, last = bisect_left(starts, start), bisect_left(ends, end)
            while first >= 2 and _tied(text, words, starts, ends, first - 2) and ends[first - 2] not in taken:
                first -= 2
            while last + 2 < len(words) and _tied(text, words, starts, ends, last) and starts[last + 2] not in taken:
                last += 2
            start, end = starts[first], ends[last]
        changed.append(span._replace(start=start, end=end))
    return changed


def _tied(text: str, words: Sequence[str], starts: Sequence[int], ends: Sequence[int], at: int) -> bool:
    """Are the words at `at` and `at + 2` capitalised and joined by a hyphen without blanks?"""
    return (
        words[at + 1] == "-"
        and ends[at] == starts[at + 1]
        and ends[at + 1] == starts[at + 2]
        and words[at][:1].isupper()
        and words[at + 2][:1].isupper()
        and words[at + 2] not in lists.PEOPLES
        and words[at] not in lists.PEOPLES
    )


def _surnames(text: str, spans: Sequence[Span]) -> list[Span]:
    """Make a lone word a person where it ends a full name elsewhere in the article, unless a list knows it."""
    last_names: dict[str, float] = {}
    for span in spans:
        if span.kind == "person":
            words = text[span.start : span.end].split()
            if len(words) > 1 and len(words[-1]) > 2:
                last_names[words[-1]] = max(last_names.get(words[-1], 0.0), span.confidence)
    if not last_names:
        return list(spans)
    changed: list[Span] = []
    for span in spans:
        surface = text[span.start : span.end]
        if span.kind != "person" and surface in last_names and surface not in _KNOWN_KIND:
            changed.append(
                Span(
                    span.start,
                    span.end,
                    "person",
                    min(span.confidence, last_names[surface]),
                )
            )
        else:
            changed.append(span)
    return changed


def _one_kind_per_form(text: str, spans: Sequence[Span]) -> list[Span]:
    """Give every mention of one form the kind that has most confidence behind it in this article."""
    votes: dict[str, dict[str, float]] = {}
    for span in spans:
        kinds = votes.setdefault(text[span.start : span.end], {})
        kinds[span.kind] = kinds.get(span.kind, 0.0) + span.confidence
    if all(len(kinds) == 1 for kinds in votes.values()):
        return list(spans)
    winner = {form: min(kinds, key=lambda kind: (-kinds[kind], kind)) for form, kinds in votes.items()}
    return [span._replace(kind=winner[text[span.start : span.end]]) for span in spans]


def _repeats(text: str, tokens: Tokens, spans: Sequence[Span]) -> list[Span]:
    """Tag what repeats a sure span word for word where no span lies; a little less sure than the first."""
    words, starts, ends = tokens
    forms: dict[str, dict[tuple[str, ...], Span]] = {}
    for span in spans:
        first, last = bisect_left(starts, span.start), bisect_left(ends, span.end)
        whole = first <= last < len(ends) and (starts[first], ends[last]) == (
            span.start,
            span.end,
        )
        if whole and span.confidence >= _SURE:
            sequence = tuple(words[first : last + 1])
            forms.setdefault(sequence[0], {}).setdefault(sequence, span)
    added: list[Span] = []
    following = iter(spans)
    current = next(following, None)
    free = 0
    for index in [at for at, word in enumerate(words) if word in forms]:
        start = starts[index]
        while current is not None and current.end <= start:
            current = next(following, None)
        if start < free or (current is not None and current.start < ends[index]):
            continue
        for sequence, span in sorted(forms[words[index]].items(), key=lambda form: (-len(form[0]), form[0])):
            if tuple(words[index : index + len(sequence)]) == sequence:
                end = ends[index + len(sequence) - 1]
                if current is None or end <= current.start:
                    added.append(Span(start, end, span.kind, span.confidence * _REPEAT_DISCOUNT))
                    free = end
                    break
    return sorted((*spans, *added)) if added else list(spans)


def refine(text: str, tokens: Tokens, spans: Iterable[Span]) -> list[Span]:
    """Clean a model's spans of one article and complete them; the result ascends and does not overlap.

    Args:
        text: The article.
        tokens: `tokenize(text)`.
        spans: What the model found, in any order; `kind` is `person`, `organization` or `place`.
    """
    cleaned = _hyphenated(text, tokens, _with_country(text, clean(text, spans)))
    cleaned = _one_kind_per_form(text, _surnames(text, _in_context(text, tokens, cleaned)))
    return _repeats(text, tokens, cleaned)
