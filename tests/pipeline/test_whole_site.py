"""A whole site over HTTP and by the number: links, size, what each page needs."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import urlopen

import pytest
from archive_support import SETTINGS, Archive, article

PEOPLE = ["Neil Armstrong", "Valentina Tereshkova", "Yuri Gagarin", "Sally Ride", "Alexei Leonov", "Guion Bluford"]
PLACES = ["Houston", "Moscow", "Baikonur", "Cape Canaveral", "Kourou"]


def many(count: int) -> dict[str, str]:
    """Articles over forty years, with people, places, sources, authors and tags as a newspaper has them."""
    files = {"content/pages/about.md": "# About\n\n[Home](/), [people](/people/), [search](/search/?q=moon).\n"}
    for number in range(count):
        year, month = 1957 + number * 7 % 40, number * 5 % 12 + 1
        first, second = PEOPLE[number % 6], PEOPLE[number * 5 % 6]
        rare = f"Person {number} Rare"
        files[f"content/articles/{year}/{month:02d}/p{number}.md"] = article(
            f"Flight {number} of the year",
            f"{first} met {second} in {PLACES[number % 5]}. {rare} was there too.\n\nFlight {number} went well.",
            date=f"{year}-{month:02d}-{number % 28 + 1:02d}",
            people=f"[{first}, {second}, {rare}]",
            places=f"[{PLACES[number % 5]}]",
            authors=f"[Author {number % 9}]",
            source=f"{{name: Gazette {number % 3}}}",
            tags=f"[topic {number % 4}]",
        )
    return files


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive of 300 articles with redirects, notices and a name that looks like a path, built once."""
    files = many(297)
    files["content/articles/odd/one.md"] = article(
        "Old", status="withdrawn", date="1970-01-01", permalink="/1970/01/gone/"
    )
    files["content/articles/odd/two.md"] = article("New", date="1970-01-02", aliases="[/old/address/]")
    files["content/articles/odd/three.md"] = article(
        "حديث", "نص قصير [إلى البيت](/).", language="ar", people="[日本 太郎]"
    )
    files["content/entities.yaml"] = "- name: Sally Ride\n  kind: person\n  was: [sally]\n"
    files["sitegen.toml"] = SETTINGS.replace("/archive/", "/repo/") + "[search]\nfile_urls = false\n"
    made = Archive(tmp_path_factory.mktemp("whole") / "archive", files)
    report = made.build(jobs=2)
    assert report.problems == []
    assert report.articles == 299
    return made


class Links(HTMLParser):
    """Collects addresses a page asks for, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.anchors.update(filter(None, [values.get("id")]))
        absolute = tag == "link" and values.get("rel") in ("canonical", "alternate")
        for name in ("href", "src", "action"):
            value = values.get(name)
            if value and not absolute:
                self.found.append(value)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Archive) -> Iterator[str]:
    """The site under `/repo/` of a plain web server."""
    top = site.root.parent
    (top / "repo").symlink_to(site.site, target_is_directory=True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(top))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/repo/"
        server.shutdown()
        thread.join()


def test_every_link_leads_somewhere_under_any_base_path(served: str, site: Archive) -> None:
    """A crawl from the home page under `/repo/` meets no broken link or anchor and reaches every page."""
    waiting, pages, asked, broken = [served], {}, {served}, []
    while waiting:
        url = waiting.pop()
        with urlopen(url) as answer:
            body = answer.read()
            assert answer.url == url, f"{url} was redirected"
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        reader = Links()
        reader.feed(body.decode())
        pages[url] = reader.anchors
        for link in reader.found:
            if re.match(r"[a-z]+:|//", link):
                continue
            target = quote(urldefrag(urljoin(url, link))[0].partition("?")[0], safe="/:%")
            assert target.startswith(served), f"{link} on {url} leaves the site"
            path = site.site / unquote(urlsplit(target).path.removeprefix("/repo/"))
            if not (path / "index.html").is_file() and not path.is_file():
                broken.append((url, link))
            elif target not in asked:
                asked.add(target)
                waiting.append(target)
    assert broken == []
    html = {path for path in site.site.rglob("*.html") if path.name == "index.html"}
    reached = {site.site / unquote(url.removeprefix(served)) for url in pages}
    unreached = {p.relative_to(site.site).as_posix() for p in html if p not in reached and p.parent not in reached}
    assert unreached <= {"1970/01/gone/index.html", "old/address/index.html", "people/sally/index.html"}
    assert_anchors_exist(pages, served, site)


def assert_anchors_exist(pages: dict[str, set[str]], served: str, site: Archive) -> None:
    """Links to a place inside a page find it there."""
    missing = []
    for url in pages:
        path = site.site / unquote(url.removeprefix(served))
        reader = Links()
        reader.feed((path / "index.html" if path.is_dir() else path).read_text(encoding="utf-8"))
        for link in reader.found:
            target, anchor = urldefrag(urljoin(url, link))
            target = quote(target, safe="/:%")
            if anchor and target in pages and unquote(anchor) not in pages[target]:
                missing.append((url, link))
    assert missing == []


def test_no_link_is_absolute_but_on_the_404_page(site: Archive) -> None:
    """Only the page for missing addresses, which cannot know its depth, starts from the site's own path."""
    guilty = {}
    for path in site.site.rglob("*.html"):
        reader = Links()
        reader.feed(path.read_text(encoding="utf-8"))
        absolute = {link for link in reader.found if link.startswith(("/", "http://127", "https://example.org"))}
        if absolute:
            guilty[path.relative_to(site.site).as_posix()] = absolute
    assert set(guilty) == {"404.html"}
    assert all(link.startswith("/repo/") for link in guilty["404.html"])


def test_output_files_are_at_most_eleven_for_ten_articles(site: Archive) -> None:
    """The number of files grows by 1.1 an article at most, over a constant for lists, theme and search."""
    small = Archive(site.root.parent / "small", {**many(100), "sitegen.toml": SETTINGS})
    files = [sum(path.is_file() for path in made.site.rglob("*") if ".sitegen" not in path.parts) for made in (site,)]
    small.build()
    files.append(sum(path.is_file() for path in small.site.rglob("*") if ".sitegen" not in path.parts))
    dated = len(list((site.site / "archive").rglob("index.html"))) - len(
        list((small.site / "archive").rglob("index.html"))
    )
    print(f"{files[0]} files for 300 articles, {files[1]} for 100; {dated} of the difference are calendar pages")
    assert files[0] - files[1] - dated <= 1.1 * 200


def test_pages_are_whole_html_and_name_their_language(site: Archive) -> None:
    """Every page has a title, a language and one main heading; articles in Arabic run from right to left."""
    for path in site.site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert text[:15].lower() == "<!doctype html>", path
        assert "<title>" in text
        assert 'lang="en"' in text
    arabic = next(p for p in site.site.rglob("index.html") if "إلى البيت" in p.read_text(encoding="utf-8"))
    assert re.search(r'lang="ar"[^>]*dir="rtl"|dir="rtl"[^>]*lang="ar"', arabic.read_text(encoding="utf-8"))


def test_old_addresses_lead_to_the_new_ones(served: str) -> None:
    """Aliases of articles and old slugs of entities are pages that send the reader on."""
    for old, new in (("old/address/", "odd/two/"), ("people/sally/", "people/sally-ride/")):
        with urlopen(served + old) as answer:
            text = answer.read().decode()
        assert 'http-equiv="refresh"' in text
        assert new.removesuffix("/") in text


def test_names_in_the_text_link_to_their_pages(site: Archive) -> None:
    """A person named by several articles has a page, and the text links there."""
    path = next(path for path in sorted(site.site.glob("19*/*/p*/index.html")))
    assert re.search(r'<a class="m m-person" href="(\.\./)+people/[a-z-]+/">', Path(path).read_text(encoding="utf-8"))
