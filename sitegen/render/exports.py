"""Pure: articles and entities in the formats of other programs.

Everything in a record is untrusted. Nothing in one becomes a second record, a command, a formula or markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from sitegen.markup.controls import strip_controls
from sitegen.model import Card
from sitegen.render.entity_files import csv_cell
from sitegen.render.urls import absolute_url
from sitegen.render.xml_text import escape, quoteattr

_COLUMNS = (
    "id", "title", "date", "authors", "source", "source_url", "language", "tags", "people", "organizations", "places",
    "url",
)  # fmt: skip
_FAMILIES = (("person", "people"), ("organization", "organizations"), ("place", "places"))


def jsonl_record(card: Card, text: str) -> bytes:
    """One line that `sitegen ingest` reads back: the columns of JSONL input, empty ones left out.

    `text` is the plain text, a line for each paragraph.
    """
    record = {
        "id": card.id,
        "title": card.title,
        "date": card.date,
        "text": text.replace("\n", "\n\n"),
        "url": card.source_url,
        "source": card.source_name,
        "authors": list(card.authors),
        "language": card.language,
        "tags": list(card.topics),
        "entities": [{"name": tag.name, "kind": tag.kind} for tag in card.tags],
    }
    return msgspec.json.encode({key: value for key, value in record.items() if value}) + b"\n"


def csv_header() -> bytes:
    """The names of the columns, after a mark that tells spreadsheets of UTF-8."""
    return ("\ufeff" + ",".join(_COLUMNS) + "\r\n").encode()


def csv_record(card: Card, base_url: str) -> bytes:
    """One article as a line of a table."""
    names = {family: "; ".join(tag.name for tag in card.tags if tag.kind == kind) for kind, family in _FAMILIES}
    cells = (
        card.id, card.title, card.date, "; ".join(card.authors), card.source_name, card.source_url, card.language,
        "; ".join(card.topics), names["people"], names["organizations"], names["places"],
        absolute_url(card.permalink, base_url),
    )  # fmt: skip
    # A quoted line break would be right, and yet many programs cut records at line ends.
    return (",".join(csv_cell(" ".join(cell.split())) for cell in cells) + "\r\n").encode("utf-8", "replace")


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
}  # fmt: skip


def bibtex_record(card: Card, base_url: str) -> bytes:
    """One article as BibTeX has it. Braces are left out of values, so that none can end its field."""
    date = card.date.rstrip("?~%")
    fields = {
        "title": f"{{{_tex(card.title)}}}",
        "author": " and ".join(f"{{{_tex(author)}}}" for author in card.authors),
        "journal": _tex(card.source_name),
        "year": date[:4],
        "date": date,
        "langid": _tex(card.language),
        "keywords": ", ".join(_tex(topic.replace(",", " ")) for topic in card.topics),
        "url": _tex_url(absolute_url(card.permalink, base_url)),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    if date[5:7]:
        lines.append(f"  month = {_MONTHS[int(date[5:7]) - 1]},\n")
    key = re.sub(r"[^A-Za-z0-9-]", lambda found: f"-{ord(found[0]):x}-", card.id)
    return f"@article{{{key},\n{''.join(lines)}}}\n\n".encode("utf-8", "replace")


def _tex(text: str) -> str:
    plain = re.sub(r"[{}]", "", " ".join(strip_controls(text).split()))
    return re.sub(r"[\\~^&%$#_]", lambda found: _TEX[found[0]], plain)


def _tex_url(url: str) -> str:
    return re.sub(r"[{}\\\s\"]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


class Node(msgspec.Struct, frozen=True):
    """An entity of the network."""

    id: str
    kind: str
    name: str
    articles: int
    links: str
    """Addresses of it elsewhere that an editor confirmed, with spaces between."""


def graphml(nodes: Iterable[Node], edges: Mapping[tuple[str, str], int]) -> Iterable[bytes]:
    """The network of entities that articles name together, as GraphML, piece by piece.

    Args:
        nodes: all entities, each id once.
        edges: (id, id) of two entities, the smaller first → number of articles that name both.
    """
    keys = (
        ("name", "node", "string"), ("kind", "node", "string"), ("articles", "node", "int"),
        ("links", "node", "string"), ("weight", "edge", "int"),
    )  # fmt: skip
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name, domain, kind in keys:
        yield f'<key id="{name}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'.encode()
    yield b'<graph edgedefault="undirected">\n'
    for node in nodes:
        values = (("name", node.name), ("kind", node.kind), ("articles", str(node.articles)), ("links", node.links))
        data = "".join(f'<data key="{key}">{escape(_xml(value))}</data>' for key, value in values if value)
        yield f"<node id={quoteattr(_xml(node.id))}>{data}</node>\n".encode("utf-8", "replace")
    for (one, other), weight in sorted(edges.items()):
        ends = f"source={quoteattr(_xml(one))} target={quoteattr(_xml(other))}"
        yield f'<edge {ends}><data key="weight">{weight}</data></edge>\n'.encode("utf-8", "replace")
    yield b"</graph>\n</graphml>\n"


def _xml(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return strip_controls(text)
