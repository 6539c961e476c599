"""Whether a drawing (SVG) would do more than show itself when it is opened by its own address.

Inside `<img>` a browser runs no script of a drawing. Opened by itself it is a page of the site, and on hosts that send
no Content-Security-Policy its scripts would run there. So only drawings that are nothing but drawings are published.
"""

from __future__ import annotations

import re
from xml.parsers import expat

_ELEMENTS = frozenset(
    "script foreignobject iframe frame object embed audio video source canvas handler listener link meta base".split()
)
_MOVING = frozenset("animate set animatemotion animatetransform discard".split())
_SPACES = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/math/mathml", "http://www.w3.org/1999/xsl/transform")
_ADDRESSES = frozenset(("href", "src", "action", "data", "poster"))
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif)[;,]", re.IGNORECASE)
_FETCHED = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\(|-moz-binding", re.IGNORECASE)


class _RefusedError(Exception):
    """The drawing is more than a drawing; the message says how."""


def svg_risk(data: bytes) -> str:
    """Return what a drawing does beyond drawing, in a few words; empty where it does nothing.

    Scripts, event handlers, elements of other languages, and anything that is fetched from elsewhere. A file that is no
    sound XML is refused, too: browsers run what stands before the mistake.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    styles: list[str] = []
    inside: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        space, _, bare = tag.rpartition(" ")
        name = bare.lower()
        inside.append(name)
        if name in _ELEMENTS or space.lower() in _SPACES:
            raise _RefusedError(f"it holds a <{bare[:40]}>")
        for key, value in attributes.items():
            attribute = key.rpartition(" ")[2].lower()
            if attribute.startswith("on"):
                raise _RefusedError(f"it holds an event handler, {attribute[:40]}")
            if attribute in _ADDRESSES and not _is_harmless(value, is_link=name == "a"):
                raise _RefusedError(f"it leads to or fetches {value.strip()[:60]}")
            if name in _MOVING and attribute == "attributename" and _moves_script(value):
                raise _RefusedError(f"it changes {value[:40]} while it is shown")
            if _FETCHED.search(_plain_css(value)):
                raise _RefusedError("its style fetches something")

    def end(_: str) -> None:
        if inside.pop() == "style" and _FETCHED.search(_plain_css("".join(styles))):
            raise _RefusedError("its style fetches something")
        styles.clear()

    def text(words: str) -> None:
        if inside and inside[-1] == "style":
            styles.append(words)

    def instruction(target: str, _: str) -> None:
        raise _RefusedError(f"it holds an instruction, <?{target[:40]}")

    def entity(*_: object) -> None:
        raise _RefusedError("it defines entities of its own")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.ProcessingInstructionHandler = instruction
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except _RefusedError as refused:
        return str(refused)
    except (expat.ExpatError, LookupError, ValueError) as error:
        return f"it is not sound XML ({error})"
    return ""


def _is_harmless(address: str, *, is_link: bool) -> bool:
    bare = "".join(address.split())
    if bare.startswith("#") or not bare:
        return True
    return bare.lower().startswith(("https://", "http://")) if is_link else bool(_IMAGE.match(bare))


def _moves_script(attribute: str) -> bool:
    name = attribute.strip().rpartition(":")[2].lower()
    return name.startswith("on") or name in _ADDRESSES


def _plain_css(text: str) -> str:
    """Style without escapes and comments, behind which words can hide."""
    shown = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\\([0-9a-fA-F]{1,6})[ \n\t]?", lambda found: chr(min(int(found[1], 16), 0x10FFFF)), shown).replace(
        "\\", ""
    )
