"""Drawings that are more than drawings are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.markup.svg import svg_risk

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.mark.parametrize(
    "inner",
    [
        "<circle r='9'/>",
        "<style>circle { fill: red } .a { fill: url(#b) }</style><circle class='a' r='9' fill='url(#b)'/>",
        "<a href='https://example.org/'><text>x</text></a>",
        "<image href='data:image/png;base64,AAAA'/><use href='#a'/><use xlink:href='#a'/>",
        "<circle r='9'><animate attributeName='r' to='3' dur='1s'/></circle>",
        "<title>on the script</title><desc>javascript: is a word</desc>",
    ],
)
def test_a_plain_drawing_is_fine(inner: str) -> None:
    """Shapes, styles, links, embedded pictures and animations."""
    assert svg_risk(f"{HEAD}{inner}</svg>".encode()) == ""
    assert svg_risk(f"<?xml version='1.0'?>\n<!DOCTYPE svg>{HEAD}{inner}</svg>".encode()) == ""


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<x:script xmlns:x='http://www.w3.org/2000/svg'>alert(1)</x:script>",
        "<x:p xmlns:x='http://www.w3.org/1999/xhtml'>x</x:p>",
        "<g onload='alert(1)'/>",
        "<g ONCLICK='alert(1)'/>",
        "<foreignObject/>",
        "<a href='javascript:alert(1)'/>",
        "<a xlink:href='java&#10;script:alert(1)'/>",
        "<a href='data:text/html,x'/>",
        "<a><animate attributeName='href' values='javascript:alert(1)'/></a>",
        "<set attributeName='xlink:href' to='javascript:alert(1)'/>",
        "<set attributeName='onclick' to='alert(1)'/>",
        "<use href='data:image/svg+xml,x#y'/>",
        "<use href='other.svg#y'/>",
        "<image href='//evil.example/x.png'/>",
        "<image href='https://evil.example/x.png'/>",
        "<style>@import '//evil.example/x.css';</style>",
        "<style>@im/**/port '//evil.example/x.css';</style>",
        "<style>a { fill: u\\72 l(//evil.example/x) }</style>",
        "<style><![CDATA[a { fill: url( 'http://evil.example/x' ) }]]></style>",
        "<g style='fill: url(//evil.example/x)'/>",
        "<g fill='url(http://evil.example/x#y)'/>",
        "<?xml-stylesheet href='x.xsl'?>",
        "<unclosed>",
        "&undefined;",
    ],
)
def test_a_drawing_that_does_more_is_told(inner: str) -> None:
    """Scripts, handlers, other languages, addresses that run or fetch, and XML that is not sound."""
    assert svg_risk(f"{HEAD}{inner}</svg>".encode())
    assert svg_risk(f"{HEAD}{inner}</svg>".encode("utf-16"))


def test_entities_are_refused_before_they_grow() -> None:
    """A few lines that would expand to gigabytes are refused at their definition."""
    bomb = "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(9))
    assert "entities" in svg_risk(f"<!DOCTYPE svg [<!ENTITY a0 'x'>{bomb}]>{HEAD}&a9;</svg>".encode())
    assert svg_risk(b"")
    assert svg_risk(b"<?xml version='1.0' encoding='nonsense'?><svg/>")


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    """Whatever a file holds, an answer comes."""
    svg_risk(data)
    svg_risk(b"<svg>" + data + b"</svg>")
