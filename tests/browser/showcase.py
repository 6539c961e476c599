"""An archive with every kind of page, some of them as odd as they come, and where each kind is to be found."""

from __future__ import annotations

from pathlib import Path

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

BASE_URL = "https://example.org/repo/"
_SETTINGS = """\
title = "Harbour archive"
description = "Reports from a harbour, 1961 to 1979"
base_url = "{base_url}"
theme = "{theme}"
language = "{language}"
[search]
file_urls = false
[entities]
min_articles = 2
"""

_FULL = """\
---
title: Divers raise a bronze bell from the wreck of a ferry
date: 1970-08-21
updated: 1970-08-22
authors: [Ida Falk, Tom Ray]
source: {name: Northern Gazette, url: "https://example.org/gazette?a=1&b=2"}
people: [Nora Lindqvist]
organizations: [Red Cross]
places: [Stavanger, London]
tags: [Harbours, Museums]
aliases: [/old/bell/]
---

Divers of the **Red Cross** raised a bronze bell near Stavanger. Nora Lindqvist watched from the quay.

## What the bell says

> Made in London, for those in peril.

1. The year is hard to read.
2. The name of the ship is not.

| part | weight |
|---|---|
| bell | 40 kg |
| clapper | 3 kg |

A museum in London claims it; Stavanger does not agree. Read `the letter` of [the museum](https://example.org/museum).
"""

_LONG = """\
---
title: >-
  The keeper of the northern lighthouse has counted every ferry for nine years and says that the
  Küstenmotorschiffahrtsgesellschaftsverwaltungsgebäudeeinfahrtsbeleuchtungsanlage was never switched off on a Sunday
date: 1961-05-02
source: {name: The Harbour Courier}
people: [Nora Lindqvist]
places: [Stavanger]
---

A line without a place to break: https://example.org/a/very/long/address/that/goes/on/and/on/and/on/and/on/and/on/index.html
and Nora Lindqvist in Stavanger.
"""

_RIGHT_TO_LEFT = """\
---
title: الغواصون ينتشلون جرسًا من البرونز
date: 1970-09
language: ar
organizations: [Red Cross]
---

انتشل الغواصون جرسًا من البرونز قرب الميناء، ونُقل إلى المتحف. وقال Red Cross إن الجرس سليم.
"""

_ARTICLES = {
    "1970/08/bell": _FULL,
    "1961/05/keeper": _LONG,
    "1970/09/jaras": _RIGHT_TO_LEFT,
    "undated/bare": "Nobody knows when this was written, nor by whom.\n",
    "1965/roof": "---\ntitle: Storm takes the roof\ndate: 1965\norganizations: [Red Cross]\n"
    "source: {name: Northern Gazette}\nauthors: [Ida Falk]\ntags: [Harbours]\n---\n\nThe Red Cross came.\n",
    "1972/03/gone": "---\ntitle: Gone\ndate: 1972-03-05\nstatus: withdrawn\n---\n\nAt the author’s wish.\n",
}
_ABOUT = (
    "---\ntitle: About this archive\n---\n\nTexts of two newspapers. Write to the [editors](mailto:a@example.org).\n"
)

KINDS = {
    "home": "",
    "article": "1970/08/bell/",
    "long title": "1961/05/keeper/",
    "right to left": "1970/09/jaras/",
    "bare": "articles/undated/bare/",
    "withdrawn": "1972/03/gone/",
    "timeline": "archive/",
    "year": "archive/1970/",
    "year alone": "archive/1965/",
    "month": "archive/1970/08/",
    "undated": "undated/",
    "person": "people/nora-lindqvist/",
    "organization": "organizations/red-cross/",
    "place": "places/stavanger/",
    "people": "people/",
    "places": "places/",
    "letter": "places/a-z/l/",
    "sources": "sources/",
    "source": "sources/northern-gazette/",
    "author": "authors/ida-falk/",
    "tag": "tags/harbours/",
    "map": "map/",
    "network": "network/",
    "page": "about/",
    "search": "search/",
    "missing": "404.html",
}
"""Kind of page → its address. A redirect, which nobody stays on, lies at `old/bell/`."""


def make_showcase(root: Path, *, theme: str = "default", language: str = "en", base_url: str = BASE_URL) -> Path:
    """Write the archive into `root` and build it; the folder of its site."""
    files = {f"content/articles/{name}.md": text for name, text in _ARTICLES.items()}
    files |= {
        "content/pages/about.md": _ABOUT,
        "sitegen.toml": _SETTINGS.format(theme=theme, language=language, base_url=base_url),
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    build_site(SourceTree(root), BuildOptions(jobs=1), Silent())
    return root / "site"
