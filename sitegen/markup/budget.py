"""What Python-Markdown would take too long for.

Python-Markdown and `html.parser` are quadratic, or worse, on inputs that no person writes: thousands of open brackets
in a paragraph, of unclosed tags, of fences. Each rule here multiplies the number of such signs by the length of what is
scanned again for each of them. The limits keep every rule's worst case under about a second on a slow machine, and lie
far above what real articles reach; `tests/markup/test_budget.py` holds the inputs that led to them.
"""

from __future__ import annotations

import re
from collections import Counter

MAX_LENGTH = 1_000_000
"""Characters of a body with markup. Plain paragraphs have no limit: they take a road of their own."""

_SMALL = 300
"""No sign that occurs less often in the whole body can cost much."""

_NESTED = re.compile(r"^(?:[ \t]*(?:[>*+-]|\d+\.)){24}", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t]{96}[ \t]*[^ \t\n]", re.MULTILINE)
_UNCLOSED_TAG = re.compile(r"<(?=[A-Za-z/!?][^<>]*(?:<|\Z))")
_NOTE = re.compile(r"\[\^([^\]\n]{0,100})")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)
_NOT_NESTING = frozenset(
    (
        "br",
        "col",
        "dd",
        "dt",
        "hr",
        "img",
        "input",
        "li",
        "option",
        "p",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "wbr",
    )
)
_ITEM = re.compile(r"^ *(?:[-*+]|\d{1,9}\.) ", re.MULTILINE)
_FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$", re.MULTILINE)
_HEADING = re.compile(r"^(?:#|=|-)", re.MULTILINE)


def over_budget(body: str) -> str:
    """Return why Python-Markdown should not see a body, in a few words; empty where it may.

    Linear in the length of the body.
    """
    size = len(body)
    if size > MAX_LENGTH:
        return f"more than {MAX_LENGTH:,} characters"
    if _NESTED.search(body) or _INDENTED.search(body):
        return "lists or quotations are nested too deeply"
    if size < 2000:
        return ""
    if body.count("<!") + body.count("<?") > 200 or _count(_UNCLOSED_TAG, body) * size > 60_000_000:
        return "too many unfinished tags"
    if "<" in body and (tangle := _html_tangle(body)):
        return tangle
    notes = Counter(_NOTE.findall(body))
    if notes.total() > 4000 or max(notes.values(), default=0) > 500:
        return "too many footnotes"
    if body.count("|") > 60_000 or _count(_ITEM, body) > 30_000:
        return "too many table cells or list items"
    if (body.count("\n\n    ") + body.count("\n\n\t")) * size > 20_000_000_000:
        return "too many pieces of code"
    open_fences, fences = _fences(body)
    if open_fences * size > 60_000_000 or fences * size > 3_000_000_000:
        return "too many fences"
    brackets = emphasis = headings = others = 0
    for block in body.split("\n\n"):
        length = len(block)
        brackets += block.count("[") * length
        emphasis += (block.count("*") + block.count("_") + block.count("`") + block.count("\\")) * length
        headings += _count(_HEADING, block) * length
        others += (block.count("<") + block.count("&") + block.count("  \n")) * length
    if brackets > 10_000_000:
        return "too many brackets in a paragraph"
    if emphasis > 200_000_000:
        return "too many emphasis or code signs in a paragraph"
    if headings > 40_000_000:
        return "too many headings in a paragraph"
    if others > 1_000_000_000:
        return "too many tags, references or line breaks in a paragraph"
    return ""


def _html_tangle(body: str) -> str:
    """Return what is wrong with how raw HTML nests, if anything.

    Deep trees take quadratic time. And a browser's rules, which nh3 follows, open every unclosed `<b>`, `<i>` or `<a>`
    again in each following paragraph: a hundred of them before ten thousand paragraphs are a million elements.
    """
    depth: Counter[str] = Counter()
    total = formatting = reopened = 0
    for found in _TAG.finditer(body):
        name = found[2].lower()
        if name in _NOT_NESTING:
            reopened += formatting
        elif not found[1]:
            depth[name] += 1
            total += 1
            formatting += name in _FORMATTING
            reopened += formatting
            if total > 500:
                return "HTML is nested too deeply"
        elif depth[name]:
            depth[name] -= 1
            total -= 1
            formatting -= name in _FORMATTING
    return "too much unclosed HTML" if reopened > 200_000 else ""


def _fences(body: str) -> tuple[int, int]:
    """Count the fences of code that nothing closes, each of them looked for until the end of the body, and all."""
    fences = [(found[1], not found[2].strip()) for found in _FENCE.finditer(body)]
    last = {fence: index for index, (fence, bare) in enumerate(fences) if bare}
    unclosed = 0
    inside = ""
    for index, (fence, bare) in enumerate(fences):
        if inside:
            if bare and fence == inside:
                inside = ""
        elif last.get(fence, -1) > index:
            inside = fence
        else:
            unclosed += 1
    return unclosed, len(fences)


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))
