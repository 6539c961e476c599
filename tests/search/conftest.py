"""Fixtures for search tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from search_support import Client, Text, corpus_of, random_archive, write_index

OpenClient = Callable[..., Client]


@pytest.fixture
def open_client(tmp_path: Path) -> Iterator[OpenClient]:
    """Builds an index of some articles and opens it in Node: `open_client(articles, scripts=True)`."""
    opened: list[Client] = []

    def start(articles: list[Text], **settings: Any) -> Client:
        write_index(tmp_path, corpus_of(articles), **settings)
        client = Client(tmp_path)
        opened.append(client)
        client.call("open")
        return client

    yield start
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def archive_articles() -> list[Text]:
    """An archive of 700 articles: large enough for frequent words, pairs and several files of each kind."""
    return random_archive(700)


@pytest.fixture(scope="session")
def archive_folder(tmp_path_factory: pytest.TempPathFactory, archive_articles: list[Text]) -> Path:
    """The index of `archive_articles` on disk."""
    folder = tmp_path_factory.mktemp("site")
    write_index(folder, corpus_of(archive_articles))
    return folder


@pytest.fixture(scope="session")
def client(archive_folder: Path) -> Iterator[Client]:
    """The index of `archive_articles`, opened in Node."""
    running = Client(archive_folder)
    running.call("open")
    yield running
    running.close()
