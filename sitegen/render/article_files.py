"""Lists of articles for programs, as JSON; `docs/data.md` describes them for those who read them."""

from __future__ import annotations

import json

import msgspec

from sitegen.render.views import ArticleFilesView, ArticleListView


def article_list(view: ArticleListView) -> bytes:
    """The articles of a year or month, one a line; addresses are relative to the site's root."""
    encode = msgspec.json.Encoder().encode
    head = {"period": view.period, "previous": _from_root(view.previous), "next": _from_root(view.next)}
    articles = b",\n".join(encode(article) for article in view.articles)
    return b"".join((encode(head)[:-1], b',"articles":[\n', articles, b"\n]}\n"))


def article_files(view: ArticleFilesView) -> bytes:
    """Where the articles are listed."""
    files = [
        {"period": period, "articles": count, "url": _from_root(url), "feed": _from_root(feed)}
        for period, count, url, feed in view.files
    ]
    data = {"articles": sum(count for _, count, _, _ in view.files), "files": files}
    return f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode()


def _from_root(url: str) -> str:
    return url.lstrip("/")
