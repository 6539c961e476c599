"""A small archive from texts to pages, served as a host would serve it, and a browser that reports every complaint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from serving import serving
from showcase import make_showcase
from waiting import PATIENCE

from sitegen.pipeline.build_site import BuildOptions, build_site
from sitegen.pipeline.ingest_articles import IngestOptions, ingest_articles
from sitegen.pipeline.new_archive import new_archive
from sitegen.pipeline.reporter import Silent
from sitegen.store.source_tree import SourceTree

AXE = "axe-core@4.14.1"
VNU = "vnu-jar@26.9.27"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PAPERS = """\
1961-04-12 | The Harbour Courier | Ferry service opens between Oslo and Copenhagen
A new ferry left Oslo for Copenhagen on Wednesday with Nora Lindqvist, the minister of transport, on board.
Copenhagen had waited for the ferry since the war. Nora Lindqvist cut a ribbon and was seasick by evening.

1961-05-02 | The Harbour Courier | Lighthouse keeper sees the ferry first
The keeper of the northern lighthouse has counted every ferry for nine years. He told a reporter that the
lantern needs a new lens, and that Oslo has promised one twice.

1962-01-20 | Northern Gazette | Ice closes the harbour of Oslo
Ice closed the harbour on Saturday. Two trawlers wait outside, and Peter Haugen of the Red Cross has sent them
bread by sledge. The lighthouse burns through the day.

1963-09-09 | Northern Gazette | Red Cross trains divers in Bergen
The Red Cross has trained forty divers in Bergen. Peter Haugen said that they would reach any trawler on the
coast within an hour.

1965-11-30 | The Harbour Courier | Storm takes the roof of the fish market
A storm took the roof off the fish market in Bergen before dawn. Nobody was hurt. Nora Lindqvist came by train
and promised money.

1967-06-03 | The Harbour Courier | Chess by telegraph: Bergen beats London
Six players in Bergen won a match against six in London, move by move over the telegraph. The last game took
nineteen hours.

1968-02-14 | Northern Gazette | Parliament argues about the bridge
Parliament sat until three in the morning over the bridge that would end the ferry. Nora Lindqvist spoke against
it, then for it.

1970-08-21 | Northern Gazette | Divers raise a bronze bell
Divers raised a bronze bell from a wreck near Stavanger. A museum in London claims it; Stavanger does not agree.

1972-03-05 | The Harbour Courier | The bridge opens, the ferry sails on
The bridge opened on Sunday. The ferry sailed empty beside it, with a band on deck, because nobody had told the
captain to stop.

1974-12-24 | The Harbour Courier | United Nations thanks the sailors of Bergen
The United Nations thanked the crew of a trawler from Bergen that had carried grain through the storm. Nora
Lindqvist read the letter aloud in Bergen.

1977-07-07 | Northern Gazette | Lantern of the lighthouse goes to a museum
The lantern of the northern lighthouse was lowered by crane and taken to Oslo. An electric lamp does its work
now, and the keeper keeps bees.

1979-10-01 | Northern Gazette | Herring return to the fjord
Herring have come back to the fjord after eleven years. Boats from Bergen and Stavanger met over the shoal, and
the Red Cross patched up both crews.
"""
LOOSE = "date 1969-07-20\n\nBERGEN, Norway — People watched the Moon in the window of a shop with one television set.\n"


class Showcase(NamedTuple):
    """A built and served archive with every kind of page."""

    theme: str
    pages: Path
    address: str


class Site(NamedTuple):
    """A built archive."""

    root: Path
    pages: Path

    def page_of(self, words: str) -> str:
        """Address of the article whose text has `words`, relative to the site."""
        (found,) = {
            path.parent.relative_to(self.pages).as_posix() + "/"
            for path in self.pages.glob("[12]*/*/*/index.html")
            if words in path.read_text(encoding="utf-8")
        }
        return found


def make_site(root: Path, *, file_urls: bool) -> Site:
    """An archive of the texts above, made by the steps that its owner would take."""
    new_archive(root, "Harbour archive", demo=False)
    settings = root / "sitegen.toml"
    lines = settings.read_text(encoding="utf-8").replace("# file_urls = true", f"file_urls = {str(file_urls).lower()}")
    settings.write_text(lines, encoding="utf-8")
    records = []
    for paper in PAPERS.strip().split("\n\n"):
        head, text = paper.split("\n", 1)
        date, source, title = head.split(" | ")
        records.append(json.dumps({"date": date, "source": source, "title": title, "text": text}))
    raw = root / "content" / "raw"
    (raw / "papers.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")
    (raw / "moon.txt").write_text(LOOSE, encoding="utf-8")
    tree = SourceTree(root)
    ingest_articles(tree, IngestOptions(jobs=1), Silent())
    build_site(tree, BuildOptions(jobs=1), Silent())
    return Site(root, root / "site")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The archive as a web server gets it."""
    return make_site(tmp_path_factory.mktemp("served") / "archive", file_urls=False)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The archive as it is read from a folder."""
    return make_site(tmp_path_factory.mktemp("folder") / "archive", file_urls=True)


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    """Where the site is served: `http://127.0.0.1:PORT/repo/`."""
    with serving(site.pages) as address:
        yield address


@pytest.fixture(scope="session", params=["default", "ledger"])
def showcase(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showcase]:
    """An archive with every kind of page, in each theme that comes with sitegen."""
    pages = make_showcase(tmp_path_factory.mktemp("showcase") / "archive", theme=request.param)
    with serving(pages) as address:
        yield Showcase(request.param, pages, address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium: the system's where there is one, else Playwright's. One for a module: other tests start theirs."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        try:
            running = driver.chromium.launch(executable_path=executable, args=list(CHROMIUM_ARGS))
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield running
        running.close()


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[OpenPage]:
    """Opens pages of the site: `open_page("search/?q=ice", color_scheme="dark")`, waiting until scripts have run.

    Afterwards no page may have asked another host for anything, and none may have complained; `expected` is what a
    test provokes on purpose.
    """
    contexts: list[Any] = []
    complaints: list[str] = []
    strangers: list[str] = []

    def guard(route: Any) -> None:
        strangers.append(route.request.url)
        route.abort()

    def start(path: str = "", *, at: str = address, expected: str = "", axe: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        context.route(lambda url: not url.startswith((at, "blob:", "file:", "data:")), guard)
        if axe:
            context.add_init_script(axe)
        page = context.new_page()

        def complain(text: str) -> None:
            if not expected or expected not in text:
                complaints.append(f"{path}: {text}")

        page.on("pageerror", lambda error: complain(str(error)))
        page.on("console", lambda m: complain(m.text) if m.type in ("error", "warning") else None)
        response = page.goto(path if path.startswith("file:") else at + path)
        assert response.ok, path
        return page

    yield start
    for context in contexts:
        context.close()
    assert strangers == []
    assert complaints == []


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The accessibility checker's script."""
    return npm_file(request.config, AXE, "package/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def vnu(request: pytest.FixtureRequest) -> list[str]:
    """The command that checks HTML: the W3C's Nu checker, which is a Java program."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("HTML is not checked: the Nu checker needs Java")
    return [java, "-Xss2m", "-jar", str(npm_file(request.config, VNU, "package/build/dist/vnu.jar"))]


def npm_file(config: pytest.Config, package: str, member: str) -> Path:
    """A file of an npm package, fetched once and kept in pytest's cache; the test is skipped where it cannot be had."""
    name = package.rpartition("@")[0]
    kept = Path(config.cache.mkdir("npm")) / f"{package}-{member.rpartition('/')[2]}"
    if kept.exists():
        return kept
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{name} is not there: npm, which would fetch it, is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", package, "--silent", "--pack-destination", scratch]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=scratch)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"{name} is not there: npm could not fetch it ({type(error).__name__})")
        (archived,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archived) as archive:
            file = archive.extractfile(member)
            assert file is not None
            part = kept.with_name(f"{kept.name}.{os.getpid()}")
            part.write_bytes(file.read())
    part.replace(kept)
    return kept
