"""Who is told what: only tabs whose page has changed, and those that were away once they are back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sitegen.model import Problem
from sitegen.serve import hub as hub_module
from sitegen.serve.hub import Hub, page_url


def heard(hub: Hub, pages: list[tuple[str, str]], act: Callable[[], None]) -> list[list[dict[str, Any]]]:
    """What tabs at some pages, last connected at some state, hear while something is done in another thread."""

    async def one(page: str, since: str) -> list[dict[str, Any]]:
        return [decode(data) async for data in hub.listen(page, since)]

    def decode(data: bytes) -> dict[str, Any]:
        line = next(line for line in data.decode().split("\n") if line.startswith("data: "))
        message: dict[str, Any] = json.loads(line.removeprefix("data: "))
        return message

    async def run() -> list[list[dict[str, Any]]]:
        tabs = [asyncio.create_task(one(page, since)) for page, since in pages]
        while hub.tabs < len(pages):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
        thread = threading.Thread(target=act)
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)
        hub.close()
        return await asyncio.gather(*tabs)

    return asyncio.run(run())


def types(messages: list[dict[str, Any]]) -> list[str]:
    """Their types, after the greeting."""
    assert messages[0]["type"] == "hello"
    return [message["type"] for message in messages[1:]]


def test_only_tabs_whose_page_changed_are_told() -> None:
    """Of two tabs the one that shows a changed page hears of it; both hear of stylesheets."""
    hub = Hub()
    tabs = [("/a/", hub.mark), ("/b/index.html?q=1", hub.mark)]
    first, second = heard(hub, tabs, lambda: hub.changed(["/a/", "/assets/style.css", "/x.json"]))
    assert types(first) == ["page", "files"]
    assert types(second) == ["files"]
    assert second[1]["urls"] == ["/assets/style.css"]
    assert first[1]["generation"] == hub.generation == 2


def test_a_change_of_no_url_is_none() -> None:
    """An update that changed nothing is not told; one that may have changed anything is, to all."""
    hub = Hub()
    assert types(heard(hub, [("/", hub.mark)], lambda: hub.changed([]))[0]) == []
    hub = Hub()
    assert types(heard(hub, [("/", hub.mark)], lambda: hub.changed(None))[0]) == ["page"]


@pytest.mark.parametrize(
    ("page", "since", "missed"),
    [
        ("/a/", 3, False),
        ("/a/", 2, False),
        ("/a/", 1, True),
        ("/b/", 2, True),
        ("/b/", 1, True),
        ("/c/", 1, False),
        ("/c/", 0, True),
    ],
)
def test_a_tab_that_was_away_hears_of_its_page(page: str, since: int, missed: bool) -> None:
    """Whether its page changed since is known for this run of the server, as far back as it is remembered."""
    hub = Hub()
    hub.changed(["/a/"])
    hub.changed(["/b/"])
    assert hub.missed(page, f"{hub.boot}-{since}") is missed
    got = heard(hub, [(page, f"{hub.boot}-{since}")], lambda: None)[0]
    assert types(got) == (["page"] if missed else [])


@pytest.mark.parametrize("since", ["", "x", "other-1", "{boot}-x", "{boot}-99999999999999999999", "{boot}--1"])
def test_a_tab_of_another_run_looks_for_itself(since: str) -> None:
    """After a restart, and for marks that make no sense, the tab is told to look."""
    hub = Hub()
    assert hub.missed("/a/", since.replace("{boot}", hub.boot))


def test_what_is_forgotten_counts_as_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many generations are kept, and of a change of very many pages only that it was."""
    hub = Hub()
    mark = hub.mark
    for _ in range(hub_module._REMEMBERED):
        hub.changed(["/other/"])
    assert not hub.missed("/a/", mark)
    hub.changed(["/other/"])
    assert hub.missed("/a/", mark)
    monkeypatch.setattr(hub_module, "_MANY", 2)
    mark = hub.mark
    hub.changed(["/b/", "/c/", "/d/"])
    assert hub.missed("/a/", mark)


def test_problems_are_told_when_they_change_and_to_newcomers() -> None:
    """A tab hears problems once, hears that they are gone, and hears what stands when it comes."""
    hub = Hub()
    problem = Problem(path="content/articles/x.md", line=3, code="front-matter", message="no colon", hint="add one")

    def act() -> None:
        hub.tell_problems([problem])
        hub.tell_problems([problem])
        hub.tell_problems([])

    got = heard(hub, [("/", hub.mark)], act)[0]
    assert [message["problems"] for message in got[1:]] == [[{**json.loads(json.dumps(fields(problem)))}], []]
    hub = Hub()
    hub.tell_problems([problem])
    hub.tell_progress("Writing pages", 1, 2)
    hello = heard(hub, [("/", hub.mark)], lambda: None)[0][0]
    assert (hello["busy"], hello["problems"]) == (True, [fields(problem)])


def fields(problem: Problem) -> dict[str, Any]:
    """As JSON."""
    return {name: getattr(problem, name) for name in problem.__struct_fields__}


def test_progress_is_not_told_too_often() -> None:
    """Each phase is told when it begins, and then ten times a second at most."""
    hub = Hub()

    def act() -> None:
        for done in range(1000):
            hub.tell_progress("Reading pages", done, 1000)
        hub.tell_progress("Gathering", 0, 0)
        hub.tell_built(0.5)
        hub.tell_index()
        hub.tell_follow("/a/")

    got = heard(hub, [("/", hub.mark)], act)[0]
    assert types(got)[-4:] == ["progress", "built", "index", "follow"]
    assert len(got) < 20
    assert hub.busy is None


def test_the_pages_that_are_open_are_known() -> None:
    """Builds render them first."""
    hub = Hub()
    seen: list[list[str]] = []
    heard(hub, [("/b/", ""), ("/a/index.html", ""), ("/a/", "")], lambda: seen.append(hub.pages_shown()))
    assert seen == [["/a/", "/b/"]]
    assert hub.pages_shown() == []


def test_a_tab_that_cannot_keep_up_is_cut_off() -> None:
    """It comes back by itself, and is then told what it missed."""
    hub = Hub()

    async def run() -> int:
        stream = hub.listen("/", hub.mark)
        await anext(stream)
        for _ in range(1000):
            hub.tell_index()
        await asyncio.sleep(0.01)
        return len([data async for data in stream])

    assert asyncio.run(run()) < 1000
    assert hub.tabs == 0


def test_quiet_connections_are_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment now and then shows a connection that is dead."""
    monkeypatch.setattr(hub_module, "_HEARTBEAT", 0.001)
    hub = Hub()

    async def run() -> bytes:
        stream = hub.listen("/", hub.mark)
        await anext(stream)
        data = await anext(stream)
        await stream.aclose()
        return data

    assert asyncio.run(run()) == b":\n\n"
    hub.tell_index()  # The loop is gone: nobody hears, nothing fails.


def test_no_more_tabs_than_the_server_can_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit, and once the server stops, a connection ends at once."""
    monkeypatch.setattr(hub_module, "MOST_TABS", 0)
    hub = Hub()

    async def run() -> list[bytes]:
        return [data async for data in hub.listen("/", hub.mark)]

    assert asyncio.run(run()) == []


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/people/%C3%BCn%C3%AF/", "/people/ünï/"),
        ("/a/index.html", "/a/"),
        ("/index.html?x=1#y", "/"),
        ("/xindex.html", "/xindex.html"),
        ("/100%25/", "/100%/"),
    ],
)
def test_addresses_of_pages_are_compared_decoded(path: str, url: str) -> None:
    """As the browser writes them and as the build does: one and the same."""
    assert page_url(path) == url
