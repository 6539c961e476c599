"""Live reload in Chromium: what is saved shows, and what the reader did stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE, until

from sitegen.pipeline.new_archive import new_archive

pytestmark = pytest.mark.browser

LONG = "\n\n".join(f"Paragraph {number} of a long report on the ferry to Copenhagen." for number in range(80))
SETTINGS = 'title = "Harbour archive"\ntheme = "mine"\n'


class Served:
    """`sitegen serve` as a process of its own, which can be killed and started again on the same port."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = "0"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start, and wait for the first build."""
        command = [sys.executable, "-m", "sitegen", "serve", "--root", str(self.root), "--port", self.port, "--json"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert self.process.stdout is not None
        self.address = json.loads(self.process.stdout.readline())["url"]
        self.port = self.address.rstrip("/").rpartition(":")[2]

    def kill(self) -> None:
        """As by `kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def article(self, name: str, title: str, body: str) -> None:
        """Save a page."""
        path = self.root / f"content/articles/{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: {title}\ndate: 1961-04-12\n---\n\n{body}\n", encoding="utf-8")

    def style(self, colour: str) -> None:
        """Save the theme's stylesheet."""
        (self.root / "themes/mine/assets/style.css").write_text(f"body {{ color: {colour} }}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("live") / "archive"
    new_archive(root, "Harbour archive", demo=False)
    (root / "themes/mine/assets").mkdir(parents=True)
    (root / "themes/mine/theme.toml").write_text('name = "mine"\nextends = "default"\n', encoding="utf-8")
    (root / "sitegen.toml").write_text(SETTINGS, encoding="utf-8")
    server = Served.__new__(Served)
    server.root, server.port = root, "0"
    server.article("1961/ferry", "Ferry opens", LONG)
    server.article("1961/ice", "Ice closes the harbour", "Two trawlers wait outside.")
    server.style("rgb(1, 2, 3)")
    server.start()
    yield server
    server.kill()


Open = Callable[[str], Any]


@pytest.fixture
def tab(browser: Any, served: Served) -> Iterator[Open]:
    """Opens a page of the server in a tab, and waits until it listens."""
    context = browser.new_context(viewport={"width": 900, "height": 700})
    context.set_default_timeout(PATIENCE * 1000)
    complaints: list[str] = []

    def start(path: str) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        end = time.monotonic() + PATIENCE
        while True:  # Until the first build has ended.
            answer = page.goto(served.address + path)
            if (answer is not None and answer.status == 200) or time.monotonic() > end:
                break
            time.sleep(0.1)
        assert answer is not None
        assert answer.status == 200
        until(page, "window.sitegenLive && sitegenLive.connected")
        page.evaluate("window.before = true")
        return page

    yield start
    context.close()
    assert complaints == []


def stayed(page: Any) -> bool:
    """Whether the page has not been loaded again."""
    result: bool = page.evaluate("window.before === true")
    return result


def test_an_edit_leaves_scroll_focus_and_open_details_alone(tab: Open, served: Served) -> None:
    """The text changes in place: the reader's place, what is open, typed or in focus stays, and no load happens."""
    page = tab("1961/ferry/")
    page.evaluate(
        """() => {
          const details = document.createElement("details");
          details.id = "by-script";
          details.open = true;
          document.querySelector("main").prepend(details);
          for (const one of document.querySelectorAll("details")) one.open = true;
          const input = document.querySelector('input[type="search"], input[name="q"]');
          input.value = "half a que";
          input.focus({ preventScroll: true });
          window.scrollTo(0, 1200);
        }"""
    )
    before = page.evaluate("scrollY")
    opened = page.evaluate("document.querySelectorAll('details[open]').length")
    assert before > 1000
    served.article("1961/ferry", "Ferry opens", LONG.replace("Paragraph 79 of a long", "Paragraph 79 of an edited"))
    until(page, "document.body.textContent.includes('79 of an edited report')")
    assert stayed(page)
    assert abs(page.evaluate("scrollY") - before) <= 2
    assert page.evaluate("document.activeElement.value") == "half a que"
    assert page.evaluate("document.querySelectorAll('details[open]').length") == opened
    assert page.evaluate("document.querySelector('#by-script') !== null")
    served.article("1961/ferry", "Ferry closes", LONG)
    until(page, "document.title.includes('Ferry closes')")
    assert page.evaluate("document.querySelector('h1').textContent").strip() == "Ferry closes"
    assert stayed(page)


def test_only_the_tab_whose_page_changed_is_touched(tab: Open, served: Served) -> None:
    """Of two tabs one is edited; the other hears of a build and does nothing."""
    first, second = tab("1961/ferry/"), tab("1961/ice/")
    served.article("1961/ferry", "Ferry waits", LONG)
    for page in (first, second):  # the one names the other: whatever was built before has come by then
        until(page, "document.querySelector('main').textContent.includes('Ferry waits')")
    changes = [page.evaluate("sitegenLive.changes") for page in (first, second)]
    asked: list[str] = []
    second.on("request", lambda request: asked.append(request.url))
    second.evaluate("document.addEventListener('sitegen:index', () => { window.heard = true; })")
    served.article("1961/ferry", "Ferry waits", "Short now.")
    until(first, "document.body.textContent.includes('Short now.')")
    until(second, "window.heard")
    assert first.evaluate("sitegenLive.changes") == changes[0] + 1
    assert second.evaluate("sitegenLive.changes") == changes[1]
    assert asked == []
    assert stayed(first)
    assert stayed(second)
    served.article("1961/ferry", "Ferry opens", LONG)
    until(first, "document.body.textContent.includes('Paragraph 79')")


def test_a_stylesheet_is_swapped_without_a_load(tab: Open, served: Served) -> None:
    """New colours show at once, and the page stays where it is."""
    page = tab("1961/ferry/")
    page.evaluate("window.scrollTo(0, 900)")
    before = page.evaluate("scrollY")
    for colour in ("rgb(9, 8, 7)", "rgb(70, 80, 90)"):
        served.style(colour)
        until(page, f"getComputedStyle(document.body).color === '{colour}'")
    assert stayed(page)
    assert abs(page.evaluate("scrollY") - before) <= 2


def test_problems_show_in_the_page_and_clear_themselves(tab: Open, served: Served) -> None:
    """File, line, message and hint stand over the page until the slip is mended; it can be closed."""
    page = tab("1961/ferry/")
    panel = "document.querySelector('sitegen-live').shadowRoot.querySelector('section')"
    assert page.evaluate(f"{panel}.hidden")
    settings = served.root / "sitegen.toml"
    settings.write_text(SETTINGS + 'titel = "<b>x</b>"\n', encoding="utf-8")
    until(page, f"!{panel}.hidden")
    text = page.evaluate(f"{panel}.innerText")
    assert "sitegen.toml:3" in text
    assert "titel" in text
    assert "did you mean" in text
    page.keyboard.press("Escape")
    assert page.evaluate(f"{panel}.hidden")
    settings.write_text(SETTINGS, encoding="utf-8")
    until(page, "sitegenLive.problems.length === 0")
    bad = served.root / "themes/mine/templates/article.html"
    bad.parent.mkdir()
    bad.write_text("{% extends 'base.html' %}\n\n{% block main %}{{ oops(", encoding="utf-8")
    until(page, f"!{panel}.hidden")
    assert "article.html:3" in page.evaluate(f"{panel}.innerText")
    bad.unlink()
    until(page, f"{panel}.hidden && sitegenLive.problems.length === 0")
    assert stayed(page)


def test_a_killed_server_is_found_again(tab: Open, served: Served) -> None:
    """After a restart the tab connects by itself, and shows what was saved while there was no server."""
    page = tab("1961/ice/")
    served.kill()
    until(page, "!sitegenLive.connected")
    served.article("1961/ice", "Ice closes the harbour", "Saved without a server.")
    served.start()
    until(page, "sitegenLive.connected && document.body.textContent.includes('Saved without a server.')")
    assert stayed(page)
    served.article("1961/ice", "Ice closes the harbour", "Saved with one.")
    until(page, "document.body.textContent.includes('Saved with one.')")


def test_a_raw_text_shows_in_the_lists_and_is_found(tab: Open, served: Served) -> None:
    """A text dropped in appears on the open home page, and among the results of a search that had none."""
    page, found = tab(""), tab("search/?q=armstrong")
    until(found, "document.querySelector('#search-app').dataset.state === 'none'")
    raw = "date 1969-07-20\n\nHOUSTON, Texas — Neil Armstrong walked on the Moon on Sunday evening.\n"
    (served.root / "content/raw/moon.txt").write_text(raw, encoding="utf-8")
    until(page, "document.body.textContent.includes('Armstrong')")
    assert stayed(page)
    until(found, "document.querySelector('.hit')?.textContent.includes('Armstrong')")
    assert stayed(found)


def test_a_tab_can_follow_the_page_that_is_edited(tab: Open, served: Served) -> None:
    """With the switch on, saving another article leads there; off, nothing moves."""
    page = tab("1961/ferry/")
    served.article("1961/ice", "Ice closes the harbour", "Edited once.")
    box = "document.querySelector('sitegen-live').shadowRoot.querySelector('input')"
    time.sleep(1)
    assert page.url.endswith("/1961/ferry/")
    page.evaluate(f"{box}.click()")
    served.article("1961/ice", "Ice closes the harbour", "Edited twice.")
    page.wait_for_url("**/1961/ice/")
    until(page, "document.body.textContent.includes('Edited twice.')")
    assert page.evaluate(f"{box}.checked")


def test_a_page_that_goes_and_comes_is_loaded_again(tab: Open, served: Served) -> None:
    """A deleted article becomes the page for missing ones, and the article again when it is back."""
    served.article("1964/short", "Short life", "It lives.")
    served_page = tab("1961/ferry/")
    until(served_page, "fetch('/1964/short/').then((answer) => answer.ok)")
    page = tab("1964/short/")
    path = served.root / "content/articles/1964/short.md"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    until(page, "!document.body.textContent.includes('It lives.')")
    until(page, "window.sitegenLive && sitegenLive.connected")
    path.write_text(text, encoding="utf-8")
    until(page, "document.body.textContent.includes('It lives.')")


def test_a_hidden_tab_gives_its_connection_back(tab: Open, served: Served) -> None:
    """Browsers allow six connections to a host: a tab that nobody sees has none, and catches up when it is shown."""
    page = tab("1961/ice/")
    hide = """(state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, "hidden")
    assert not page.evaluate("sitegenLive.connected")
    served.article("1961/ice", "Ice closes the harbour", "Saved unseen.")
    watcher = tab("1961/ferry/")
    until(watcher, "fetch('/1961/ice/').then((a) => a.text()).then((t) => t.includes('Saved unseen.'))")
    assert not page.evaluate("document.body.textContent.includes('Saved unseen.')")
    page.evaluate(hide, "visible")
    until(page, "document.body.textContent.includes('Saved unseen.')")
    assert stayed(page)
