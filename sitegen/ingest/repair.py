"""Repair of text damaged on its way here: broken encodings, stray controls, loose white space. Never its wording."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_HIGH = re.compile("[^\x00-\x7f]+")
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\x0b]")
_PAGE_ENDS = re.compile("[\f\u2029]")

_ENTITY = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,24});")

_PLAIN = frozenset("“”‘’„‚«»–—…•·§°©®™£€¥½¼¾¿¡\u00a0" + "".join(map(chr, range(0xC0, 0x100)))) - frozenset("×÷")
"""High characters that are at home in Western text, and damage only in the pairs below."""

_PAIR = re.compile("[À-ô][\u0080-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
"""The first two bytes of a UTF-8 character, read as cp1252 or Latin-1."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
"""The ASCII controls but tab, line feed and those that end a line or page."""

_DROP = re.compile(
    "[\x7f-\x9f"  # C1 controls
    "\u00ad\u034f\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffc"  # soft hyphens, invisible joiners, others' marks
    "\u202a-\u202e"  # embeddings and overrides, which can make text look other than it reads
    "\ufdd0-\ufdef\ud800-\udfff"  # noncharacters, lone surrogates
    + "".join(chr((plane << 16) + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)

_FORMAT = re.compile("[\u200b-\u200f\u061c\u2066-\u2069\U000e0001-\U000e007f]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_JOINING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0e00-\u0eff\u0f00-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]")
"""Scripts in which joiners shape letters (Arabic, Indic, South-East Asian, Mongolian)."""

_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_KEPT_SPACE = re.compile("(?<=[0-9«‹])[\u00a0\u202f](?=[0-9A-Za-z%€£$°])|[\u00a0\u202f](?=[;:!?»›])")
"""No-break spaces that typography asks for: in numbers, before a unit, inside French quotes and before French marks."""

_BLANKS = re.compile("[ \t]{2,}|\t")
_TRAILING = re.compile("[ \t]+\n")
_BLANK_LINES = re.compile("\n[ \t]+(?=\n)")
_GAPS = re.compile("\n{3,}")


def repair_text(text: str, *, keep_layout: bool = False) -> str:
    """Repair text: encoding damage, Unicode NFC, line ends, controls and format characters, blanks.

    Curly quotes stay as they are; joiners and direction marks stay where their script needs them. No C0 control but
    the line feed is left, nor any noncharacter. Leading blanks of a line stay (they may mark a paragraph or code); with
    `keep_layout` (Markdown) so do tabs and runs of blanks. At most one blank line stays between two lines. Linear time;
    idempotent but for damage that was itself doubly damaged.
    """
    high = frozenset() if text.isascii() else frozenset("".join(_HIGH.findall(text)))
    if "\r" in text or "\x0b" in text or not high.isdisjoint("\u0085\u2028"):
        text = _LINE_ENDS.sub("\n", text)
    plain = high <= _PLAIN
    if (
        not (plain and (not high or _PAIR.search(text) is None))
        or "\x1b" in text
        or ("&" in text and _ENTITY.search(text))
    ):
        text = _ftfy()(text)
        plain = text.isascii() or frozenset("".join(_HIGH.findall(text))) <= _PLAIN
    if "\f" in text or not plain:
        text = _PAGE_ENDS.sub("\n\n", text)
    text = _CONTROLS.sub("", text)
    if not plain:
        text = _DROP.sub("", text)
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        text = _repair_format(text)
    if not text.isascii():
        text = _repair_spaces(text)
    if not keep_layout:
        if "\t" in text or "  " in text:
            text = _collapse(text)
        if " \n" in text:
            text = _TRAILING.sub("\n", text)
    elif "\n" in text:
        text = _BLANK_LINES.sub("\n", text)
    if "\n\n\n" in text:
        text = _GAPS.sub("\n\n", text)
    return text.strip("\n").rstrip()


@cache
def _ftfy() -> Callable[[str], str]:
    """Return ftfy's repair of encodings, set to leave everything else as the author wrote it."""
    from ftfy import TextFixerConfig, fix_text  # noqa: PLC0415 - slow to import and rarely needed

    config = TextFixerConfig(
        uncurl_quotes=False,
        fix_character_width=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )
    return lambda text: fix_text(text, config)


def _repair_format(text: str) -> str:
    if _FORMAT.search(text) is None:
        return text
    right_to_left = _RIGHT_TO_LEFT.search(text) is not None
    return _FORMAT.sub(lambda found: found[0] if _belongs(found, right_to_left=right_to_left) else "", text)


def _repair_spaces(text: str) -> str:
    """Make all spaces plain but the no-break spaces that typography asks for."""
    if _SPACES.search(text) is None:
        return text
    kept = [found.start() for found in _KEPT_SPACE.finditer(text)]
    spaced = _SPACES.sub(" ", text)
    if kept:
        characters = list(spaced)
        for place in kept:
            characters[place] = text[place]
        spaced = "".join(characters)
    return spaced


def _belongs(found: re.Match[str], *, right_to_left: bool) -> bool:
    """Tell whether a format character does its job here."""
    mark, place, text = found[0], found.start(), found.string
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if mark in "\u200e\u200f\u061c\u2066\u2067\u2068\u2069":
        return right_to_left
    if mark >= "\U000e0001":
        return before == "\U0001f3f4" or before >= "\U000e0001"  # flags of regions
    if mark == "\u200d" and before >= "\u2190" and after >= "\u2190":
        return True  # emoji made of several
    return bool(_JOINING.match(before)) and bool(_JOINING.match(after) or mark != "\u200b")


def _collapse(text: str) -> str:
    """Make runs of blanks inside a line one; the indent of a line stays, tabs in it as four spaces."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "\t" in line or "  " in line:
            body = line.lstrip(" \t")
            indent = line[: len(line) - len(body)].expandtabs(4)
            lines[number] = indent + _BLANKS.sub(" ", body)
    return "\n".join(lines)
