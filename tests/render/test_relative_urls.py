"""Root-relative URLs made relative or absolute."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.render.urls import absolute_url, base_path, list_path, relative_url, root_prefix

_SEGMENT = st.text("abcxyzé-:0", min_size=1, max_size=6)
_PATH = st.lists(_SEGMENT, max_size=4).map(lambda parts: "/" + "".join(f"{part}/" for part in parts))


@given(_PATH, _PATH)
def test_a_relative_url_leads_to_its_target_under_any_base(page: str, target: str) -> None:
    """Resolved against the page, the relative URL is the target, below whatever path the site lies."""
    base = "https://example.org/repo"
    assert base + target == urljoin(base + page, relative_url(target, root_prefix(page)))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", "../../index.html"),
        ("/people/", "../../people/index.html"),
        ("/people/a/#x", "../../people/a/index.html#x"),
        ("/search/?q=a/b", "../../search/index.html?q=a/b"),
        ("/feed.xml", "../../feed.xml"),
        ("/a/b#c/", "../../a/b#c/"),
        ("/?q=1#x", "../../index.html?q=1#x"),
    ],
)
def test_folders_name_their_index_file_for_file_urls(url: str, expected: str) -> None:
    """From a folder, links to folders name `index.html` before query and fragment."""
    assert expected == relative_url(url, "../../", file_urls=True)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "vbscript:x", "people/", ""]
)
def test_what_is_no_link_becomes_harmless(url: str) -> None:
    """Scripts, data and relative scraps lead nowhere."""
    assert relative_url(url, "../") == "#"


@pytest.mark.parametrize(
    "url", ["https://example.org/", "HTTP://example.org", "mailto:a@example.org", "geo:1,2", "#y1969"]
)
def test_links_to_elsewhere_are_kept(url: str) -> None:
    """Web, mail and map addresses and fragments are not touched."""
    assert url == relative_url(url, "../")


@pytest.mark.parametrize("url", ["//evil.example/", "/\\evil.example/", "///evil.example/"])
def test_a_url_with_two_slashes_stays_on_the_site(url: str) -> None:
    """A root-relative URL cannot name another host, even where the prefix is the root itself."""
    assert relative_url(url, "/") == "/evil.example/"
    assert absolute_url(url, "https://a.example/") == "https://a.example/evil.example/"


def test_the_prefix_counts_folders_and_is_never_empty() -> None:
    """Pages in the root start their links with `./`."""
    assert [root_prefix(url) for url in ("/", "/404.html", "/a/", "/a/b/c.html")] == ["./", "./", "../", "../../"]


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://e.org", "/"),
        ("https://e.org/", "/"),
        ("https://e.org/repo", "/repo/"),
        ("https://e.org/a/b/", "/a/b/"),
    ],
)
def test_the_base_path_ends_with_a_slash(base_url: str, expected: str) -> None:
    """The path of the base URL stands between slashes."""
    assert expected == base_path(base_url)


def test_absolute_urls_are_percent_encoded() -> None:
    """Absolute URLs are URIs: other characters than RFC 3986 allows are encoded."""
    assert absolute_url("/מסע/a b/", "https://e.org/") == "https://e.org/%D7%9E%D7%A1%D7%A2/a%20b/"
    assert absolute_url("/a/", "") == "/a/"
    assert absolute_url("https://e.org/?a=1&b=%20", "") == "https://e.org/?a=1&b=%20"
    assert absolute_url("javascript:1", "https://e.org/") == ""


def test_a_page_belongs_to_a_list() -> None:
    """The list of an entity page is its first folder, or the first two for an editor's own kind."""
    assert list_path("/people/ida-falk/1961/") == "people"
    assert list_path("/kinds/ship/beagle/") == "kinds/ship"
    assert list_path("/") == ""
