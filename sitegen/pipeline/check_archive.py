"""Look for what is wrong with an archive, and change nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from sitegen.entities.authority import check_authority
from sitegen.errors import ContentError
from sitegen.markup.front_matter import is_untouched, parse_page
from sitegen.model import Problem
from sitegen.pipeline.fixity import check_raw_file, check_site_files
from sitegen.pipeline.read_pages import compose_card
from sitegen.plan.urls import output_path
from sitegen.render.urls import base_path
from sitegen.store.output_tree import OutputTree
from sitegen.store.source_tree import SourceTree, read_judgements

_LINK = re.compile(rb"""<(?:a|link|script|img|iframe|source)\b[^>]*?\s(?:href|src)=["']?([^"'\s>]+)""", re.IGNORECASE)
NOT_FOUND = "404.html"
_BASE = "http://site.invalid/"


class CheckReport(msgspec.Struct, kw_only=True):
    """What was looked at, and what is wrong."""

    pages: int = 0
    """Markdown pages read."""
    files: int = 0
    """Output files looked at."""
    links: int = 0
    """Different links followed."""
    raw_files: int = 0
    """Raw files compared with their digests (`--fixity`)."""
    bytes: int = 0
    """Size of the site."""
    problems: list[Problem] = []


def check_archive(tree: SourceTree, *, fixity: bool) -> CheckReport:
    """Check pages' front matter, the site's links, and with `fixity` every digest that was kept.

    Raises:
        ConfigError: `sitegen.toml` cannot be used.
    """
    config = tree.load_config()
    report = CheckReport()
    report.problems += _check_pages(tree, report, fixity, config.ingest.columns)
    report.problems += _check_judgements(tree)
    output = OutputTree(tree.root / config.output)
    report.problems += _check_links(tree.root / config.output, output, base_path(config.base_url), report)
    if fixity:
        report.problems += check_site_files(output, config.output)
    if config.base_url in ("", "https://example.org/"):
        report.problems.append(
            Problem(
                path="sitegen.toml",
                code="no-base-url",
                message="`base_url` is not set, so feeds and sitemaps name no real address",
                hint='base_url = "https://the-address-it-will-have/"',
            )
        )
    return report


def _check_pages(tree: SourceTree, report: CheckReport, fixity: bool, columns: Mapping[str, str]) -> Iterator[Problem]:
    sources: dict[str, set[str]] = {}
    for folder in ("articles", "pages"):
        files, problems = tree.scan(folder, (".md",))
        for problem in problems:
            yield msgspec.structs.replace(problem, path=f"content/{folder}/{problem.path}")
        for file in files:
            path = f"{folder}/{file.path}"
            report.pages += 1
            try:
                text = (tree.content / path).read_text(encoding="utf-8-sig")
                article, found = parse_page(text, f"content/{path}")
                yield from found
                yield from compose_card(article, path)[3]
            except ContentError as error:
                yield error.problem
                continue
            except (OSError, UnicodeDecodeError) as error:
                yield Problem(path=f"content/{path}", code="unreadable", message=str(error), severity="error")
                continue
            if fixity and article.ingested and not is_untouched(text):
                yield Problem(
                    path=f"content/{path}",
                    code="page-changed",
                    message="the page is not as ingest wrote it",
                    hint="right if a person edited it; else take it from version control",
                )
            if fixity and article.source.sha256 and (tree.root / article.source.file).is_file():
                sources.setdefault(article.source.file, set()).add(article.source.sha256)
    report.raw_files = len(sources)
    for name, digests in sorted(sources.items()):
        yield from check_raw_file(tree.root / name, name, digests, columns)


def _check_judgements(tree: SourceTree) -> Iterator[Problem]:
    """All that is wrong with `content/entities.yaml`; a build tells the first only."""
    try:
        yield from check_authority(read_judgements(tree.content))[1]
    except ContentError as error:
        yield error.problem


def _check_links(folder: Path, output: OutputTree, base: str, report: CheckReport) -> Iterator[Problem]:
    sizes = output.sizes()
    report.files = len(sizes)
    report.bytes = sum(sizes.values())
    paths = set(sizes)
    judged: dict[str, bool] = {}
    for path in sorted(paths):
        if not path.endswith(".html"):
            continue
        page = _BASE + path
        for raw in set(_LINK.findall((folder / path).read_bytes())):
            link = unescape(raw.decode("utf-8", "replace"))
            # Served for any address, it alone names the site's own path.
            own = path == NOT_FOUND and link.startswith(base)
            target = urljoin(page, "/" + link.removeprefix(base) if own else link)
            if not target.startswith(_BASE):
                continue
            name = unquote(urlsplit(target).path).lstrip("/")
            good = judged.get(name)
            if good is None:
                report.links += 1
                good = judged[name] = name in paths or output_path("/" + name) in paths
            if not good:
                yield Problem(
                    path=path,
                    code="broken-link",
                    message=f"the link {link[:120]} leads nowhere",
                    hint="mend it in the page's Markdown, or build again",
                    severity="error",
                )
