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
    notes = Counter(_NOTE.findall(body))
    if notes.total() > 4000 or max(notes.values(), default=0) > 500:
        return "too many footnotes"
    if _open_fences(body) * size > 60_000_000:
        return "too many fences"
    brackets = emphasis = headings = 0
    for block in body.split("\n\n"):
        length = len(block)
        brackets += block.count("[") * length
        emphasis += (block.count("*") + block.count("_") + block.count("`") + block.count("\\")) * length
        headings += _count(_HEADING, block) * length
    if brackets > 10_000_000:
        return "too many brackets in a paragraph"
    if emphasis > 200_000_000:
        return "too many emphasis or code signs in a paragraph"
    if headings > 40_000_000:
        return "too many headings in a paragraph"
    return ""


def _open_fences(body: str) -> int:
    """Count the fences of code that nothing closes: each is looked for until the end of the body."""
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
    return unclosed


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))
