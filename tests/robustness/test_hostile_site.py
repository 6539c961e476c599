"""Hostile articles, names, settings and files, as whole sites in a real browser: nothing runs, nothing is fetched."""

from __future__ import annotations

import contextlib
import csv
import functools
import http.server
import io
import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archive_support import Archive
from hostile import HOST, SCRIPTS, files

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

HOOK = """
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
  window[name] = (...words) => window.strike(name + ' ' + words.join(' '));
addEventListener('securitypolicyviolation', (event) =>
  window.strike(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

# What a parser made of the page, whatever may run later: handlers, addresses, and elements that no theme has.
INSPECT = """() => {
  const found = [];
  const fine = new Set(['http:', 'https:', 'mailto:']);
  const OWN_STYLE = /^(--shape: [\\d.]+ \\/ [\\d.]+;|display: none;)?$/;  // What our script for maps sets.
  for (const element of document.querySelectorAll('*')) {
    for (const {name, value} of element.attributes) {
      const own = element.closest('.hover-card') || (element.closest('.stage') && OWN_STYLE.test(value));
      if (name === 'style' && !own) found.push(element.tagName + ' style');
      if (/^on/i.test(name)) found.push(element.tagName + ' ' + name);
      if (/^(srcdoc|ping|formaction|background|http-equiv)$/i.test(name)) found.push(element.tagName + ' ' + name);
      if (/^(href|src|action|data|poster|xlink:href|cite|srcset)$/i.test(name)) {
        let address = null;
        try { address = new URL(value, document.baseURI); } catch { /* no address leads nowhere */ }
        if (address && !fine.has(address.protocol)) found.push(element.tagName + ' ' + name + '=' + value);
        const loads = element.matches('script, img, link[rel~=stylesheet], link[rel~=icon], video, audio, source');
        if (address && loads && address.origin !== location.origin) found.push(element.tagName + ' loads ' + value);
      }
    }
    if (element.matches('iframe, frame, object, embed, base, applet, template, math, foreignObject, video, audio'))
      found.push(element.tagName);
    if (element.tagName === 'SCRIPT' && !element.src && element.type !== 'application/ld+json')
      found.push('inline script ' + element.textContent.slice(0, 80));
    if (element.tagName === 'SCRIPT' && element.type === 'application/ld+json') JSON.parse(element.textContent);
  }
  if (/\b49\b/.test(document.title)) found.push('a template ran');
  return found;
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """A host with or without the policy."""

    policy = ""
    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Strict(Handler):
    policy = POLICY


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A browser that leaves a page hangs up."""


@contextlib.contextmanager
def serving(folder: Path, handler: type[Handler]) -> Iterator[str]:
    """Serve a folder meanwhile; its address."""
    server = _Server(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The hostile archive, ingested and built."""
    made = Archive(tmp_path_factory.mktemp("hostile") / "archive", files())
    report = made.ingest(tagger="builtin", jobs=2)
    assert report.written > 100
    built = made.build(jobs=2)
    assert built.articles > 200
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            running = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield running
        running.close()


class Watch:
    """A browser tab that notes whatever should not happen."""

    def __init__(self, browser: Any, address: str) -> None:
        self.address = address
        self.struck: list[str] = []
        self.at = ""
        context = browser.new_context(accept_downloads=True)
        context.set_default_timeout(30_000)
        context.route(lambda url: not url.startswith((address, "blob:")), self._stranger)
        context.expose_function("strike", lambda words: self.struck.append(f"{self.at}: {words}"))
        context.add_init_script(HOOK)
        context.on(
            "page", lambda page: self.struck.append(f"{self.at}: a new window") if page is not self.page else None
        )
        self.page: Any = None
        self.page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.struck.append(f"{self.at}: {error}"))
        self.struck.clear()
        self.context = context

    def _stranger(self, route: Any) -> None:
        self.struck.append(f"{self.at}: asked for {route.request.url}")
        route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.struck.append(f"{self.at}: a dialog says {dialog.message}")
        dialog.dismiss()

    def load(self, path: str) -> None:
        """Open a page of the site and look at what became of it."""
        self.at = path
        self.page.goto(self.address + path)
        for finding in self.page.evaluate(INSPECT):
            self.struck.append(f"{path}: {finding}")


def leads_on(file: Path) -> bool:
    """Whether a page only sends its readers on to another."""
    return b'<meta http-equiv="refresh"' in file.read_bytes()


def paths(site: Path) -> list[str]:
    """Addresses of all pages: all articles by hand, of all other kinds some."""
    from urllib.parse import quote

    found: dict[str, list[str]] = {}
    for file in sorted(site.rglob("*.html")):
        if leads_on(file):
            continue
        path = file.relative_to(site).as_posix()
        kind = path.partition("/")[0] if not path[:2].isdigit() else "article"
        found.setdefault(kind, []).append(quote(path))
    chosen: list[str] = []
    for kind, some in found.items():
        if kind == "article":
            by_hand = [path for path in some if path.startswith(("1971", "1972"))]
            chosen += by_hand + [path for path in some if path not in by_hand][::3]
        else:
            chosen += some[:: max(1, len(some) // 8)]
    return chosen


@pytest.mark.parametrize("handler", [Strict, Handler], ids=["strict policy", "no policy"])
def test_nothing_runs_on_any_page(hostile: Archive, browser: Any, handler: type[Handler]) -> None:
    """Articles and every other kind of page: no script of theirs, no address, no request elsewhere."""
    with serving(hostile.site, handler) as address:
        watch = Watch(browser, address)
        chosen = paths(hostile.site)
        assert len(chosen) > 150
        if handler is Strict:  # What a policy would stop is found without one; with one, samples are enough.
            chosen = chosen[::4]
        for path in chosen:
            watch.load(path)
        watch.context.close()
    assert watch.struck == []


@pytest.mark.parametrize("handler", [Strict, Handler], ids=["strict policy", "no policy"])
def test_nothing_runs_in_search_and_cards(hostile: Archive, browser: Any, handler: type[Handler]) -> None:
    """Attacks as queries, in results, facets, suggestions, hover cards, citations and saved results."""
    from urllib.parse import quote

    with serving(hostile.site, handler) as address:
        watch = Watch(browser, address)
        page = watch.page
        for query in ("harbour", *SCRIPTS[:: 6 if handler is Handler else 24]):
            watch.load(f"search/?q={quote(query)}")
            page.wait_for_selector("#search-app[data-state]")
            page.wait_for_timeout(150)
            for finding in page.evaluate(INSPECT):
                watch.struck.append(f"{watch.at}: {finding}")
        watch.load("search/?q=harbour")
        page.wait_for_selector(".hit")
        saved = {}
        for button, name in (("CSV", "csv"), ("BibTeX", "bib")):
            found = page.locator("button", has_text=button)
            if found.count() and found.first.is_visible():
                with page.expect_download() as download:
                    found.first.click()
                saved[name] = Path(download.value.path()).read_text(encoding="utf-8")
        watch.load(next(path for path in paths(hostile.site) if path.startswith("1971/")))
        links = page.locator("main a[class*=m-]")
        for number in range(min(4, links.count())):
            links.nth(number).hover()
            page.wait_for_timeout(400)
            for finding in page.evaluate(INSPECT):
                watch.struck.append(f"{watch.at} with a card: {finding}")
        watch.context.close()
    assert watch.struck == []
    for text in filter(None, [saved.get("csv")]):
        rows = list(csv.reader(io.StringIO(text)))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@]", cell)]
    if "bib" in saved:
        assert saved["bib"].count("\n@article{") + 1 == saved["bib"].count("@article{")
        assert saved["bib"].count("{") == saved["bib"].count("}")


def test_media_run_no_script_when_opened(hostile: Archive, browser: Any) -> None:
    """Opened by itself on a host without a policy, no drawing of the archive runs anything."""
    with serving(hostile.site, Handler) as address:
        watch = Watch(browser, address)
        for file in sorted(hostile.site.rglob("*.svg")):
            watch.load(file.relative_to(hostile.site).as_posix())
        watch.context.close()
    assert watch.struck == []
    assert (hostile.site / "media/plain.svg").exists()


def test_redirects_feeds_and_lists_hold_one_record_each(hostile: Archive) -> None:
    """`_redirects` names no other host, feeds and sitemap are sound XML and JSON, tables hold no formula."""
    from xml.etree import ElementTree

    redirects = [file for file in hostile.site.rglob("*.html") if leads_on(file)]
    assert redirects
    for file in redirects:
        targets = re.findall(r'<meta http-equiv="refresh" content="0; ?url=([^"]*)">', file.read_text(encoding="utf-8"))
        assert len(targets) == 1, file
        assert re.fullmatch(r"[^:/\\][^:\\]*", targets[0]), targets
    for file in hostile.site.rglob("*"):
        if file.suffix == ".xml":
            ElementTree.fromstring(file.read_bytes())
        elif file.suffix == ".json" and ".sitegen" not in file.parts:
            json.loads(file.read_bytes())
        elif file.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
            assert {len(row) for row in rows} == {len(rows[0])}
            assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@]", cell)], file
        elif file.name == "_redirects":
            lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
            assert lines
            assert not [line for line in lines if HOST in line or len(line.split()) != 3]


def test_nothing_is_written_outside(hostile: Archive) -> None:
    """Names that climb made no file beside the site or the content."""
    beside = {path.name for path in hostile.root.iterdir()}
    assert beside <= {"content", "site", "sitegen.toml", ".sitegen"}
    assert {path.name for path in hostile.root.parent.iterdir()} == {"archive"}
