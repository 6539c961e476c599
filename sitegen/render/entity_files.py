"""An entity's files for machines: its data as JSON, its articles as CSV.

`docs/entities.md` describes both for those who read them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from sitegen.render.authorities import authority_link
from sitegen.render.urls import absolute_url
from sitegen.render.views import ArticleTableView, CardView, EntityDataView, Link, SiteView

_COLUMNS = ("date", "title", "source", "authors", "language", "url")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets run a cell that starts so as a formula, quoted or not (OWASP, "CSV Injection")."""
_QUOTED = re.compile("[\",\r\n\t']")


def entity_json(view: EntityDataView) -> bytes:
    """Write an entity's data; addresses are relative to the site's root, without a leading slash."""
    data: dict[str, object] = {
        "id": view.id,
        "url": _from_root(view.page_url),
        "kind": view.kind,
        "name": view.name,
        "aliases": list(view.aliases),
        "checked": view.checked,
        "links": [{"name": link.label, "url": link.url} for link in _web_links(view.links)],
    }
    if view.latitude is not None and view.longitude is not None:
        data |= {"latitude": view.latitude, "longitude": view.longitude, "country": view.country}
    data |= {
        "articles": view.articles,
        "first": view.first,
        "last": view.last,
        "months": {bar.label: bar.count for bar in view.by_month},
        "neighbours": [
            {
                "id": _from_root(near.entity.url).rstrip("/"),
                "kind": near.entity.kind,
                "name": near.entity.name,
                "shared": near.shared,
                "cosine": near.cosine,
            }
            for near in view.neighbours
        ],
        "latest": [_article(card) for card in view.latest],
    }
    return f"{json.dumps(data, ensure_ascii=False, indent=1)}\n".encode("utf-8", "replace")


def _from_root(url: str) -> str:
    return url.lstrip("/")


def _web_links(links: Iterable[Link]) -> list[Link]:
    found = (authority_link(link) for link in links)
    return [Link(link.label, url) for link in found if (url := absolute_url(link.url, ""))[:4] == "http"]


def _article(card: CardView) -> dict[str, str]:
    return {"url": _from_root(card.url), "title": card.title, "date": card.date, "source": card.source}


def article_table(view: ArticleTableView, site: SiteView) -> bytes:
    """Write articles as CSV (RFC 4180, UTF-8), one a line under a line of column names.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises. A byte-order
    mark tells spreadsheets that it is UTF-8.
    """
    rows: list[Sequence[str]] = [_COLUMNS]
    rows += [
        (
            card.date,
            card.title,
            card.source,
            "; ".join(card.authors),
            card.language,
            absolute_url(card.url, site.base_url),
        )
        for card in view.cards
    ]
    text = "".join(f"{','.join(map(csv_cell, row))}\r\n" for row in rows)
    return f"\ufeff{text}".encode("utf-8", "replace")


def csv_cell(text: str) -> str:
    """One value as CSV has it (RFC 4180), never one that a spreadsheet runs."""
    if text.startswith(_FORMULA):
        text = f"'{text}"
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
