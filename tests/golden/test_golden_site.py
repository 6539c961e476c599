"""One small site, end to end from raw texts, against what it is known to be; and archives that cannot be built."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from archive_support import SETTINGS, Archive, tree_bytes

from sitegen.errors import ConfigError, ContentError, SitegenError, ThemeError
from sitegen.pipeline.search_archive import search_archive

RAW = {
    "content/raw/1957.txt": (
        "date 1957-10-05\n\nListeners around the world tuned in to a steady beep on Saturday. The Soviet Union had put "
        "a ball of polished metal into orbit.“It passes over us every ninety minutes,” said Harlan Whitcombe, a radio "
        "amateur in Ohio.\n\nHe wrote the times into a notebook.\n"
    ),
    "content/raw/1961.jsonl": json.dumps(
        {
            "id": "vostok-1",
            "title": 'First man in orbit: "I see the Earth"',
            "date": "1961-04-12",
            "text": "Yuri Gagarin flew once around the Earth today.\n\nHe landed near the Volga after 108 minutes.",
            "url": "https://example.com/vostok",
            "source": "Evening Orbit",
            "authors": ["Mabel Thornbury"],
            "tags": ["crewed flight"],
            "language": "en",
            "entities": [{"name": "Yuri Gagarin", "kind": "person"}, {"name": "Volga", "kind": "place"}],
            "shelf": "K 7",
        }
    ),
    "content/raw/1963.md": (
        "---\ntitle: Three days alone\ndate: 1963-06-19\nauthors: [Mabel Thornbury]\ntags: [crewed flight]\n---\n"
        "Valentina Tereshkova is back. *All* instruments worked, and so did [the radio](https://example.com/radio).\n\n"
        "| orbit | day |\n|---|---|\n| 1 | 16 |\n\n<script>alert(1)</script>\n"
    ),
    "content/raw/1969.csv": (
        "id,title,date,text,source\neagle,The Eagle has landed,1969-07-20,"
        '"Neil Armstrong stepped onto the Moon.\n\nYuri Gagarin\'s medal went with him.",Evening Orbit\n'
    ),
    "content/raw/arabic.txt": (
        "date 1985-06-17\n\nانطلق المكوك اليوم وعلى متنه رائد فضاء من المملكة. وقال إن الأرض تبدو من هناك بلا حدود، "
        "وإنه صلى وصام في المدار كما يفعل في بيته.\n\nوعاد بعد سبعة أيام.\n"
    ),
    "content/raw/undated.txt": "Nobody knows when this note was written. It lay in a drawer of the observatory.\n",
    "content/entities.yaml": "- name: Yuri Gagarin\n  kind: person\n  links: {wikidata: Q7327}\n  was: [gagarin]\n",
    "content/pages/about.md": "# About this archive\n\nSix texts about space.\n",
    "content/media/orbit.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The site, ingested without a tagger, so that it does not change when the tagger learns."""
    made = Archive(tmp_path_factory.mktemp("golden") / "archive", RAW)
    report = made.ingest()
    assert (report.written, report.problems) == (6, [])
    assert made.build().problems == []
    return made


class Outline(HTMLParser):
    """The skeleton of a page: headings, metadata, language, direction, paragraphs of its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self._in_heading = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "h1":
            self._in_heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "h1":
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.headings[-1] += data

    def values(self, tag: str, name: str) -> list[str]:
        """An attribute of every such element that has it."""
        return [value for found, values in self.tags if found == tag and (value := values.get(name))]


def html(golden: Archive, url: str) -> str:
    return golden.text(f"site/{url}index.html")


def test_the_pages_of_the_site(golden: Archive) -> None:
    """Articles, calendar, entities, sources and files stand where they are expected."""
    files = {path for path in tree_bytes(golden.site) if not path.startswith((".sitegen/", "assets/", "search/"))}
    articles = {path for path in files if re.match(r"(\d{4}/\d\d|undated)/[^/]+/", path)}
    assert len(articles) == 6
    assert {
        "1961/04/first-man-in-orbit-i-see-the-earth/index.html",
        "1963/06/three-days-alone/index.html",
        "1969/07/the-eagle-has-landed/index.html",
    } < articles
    assert {
        *("index.html", "404.html", "about/index.html", "archive/index.html", "archive/1961/index.html"),
        *("people/yuri-gagarin/index.html", "people/gagarin/index.html", "sources/evening-orbit/index.html"),
        *(
            "feed.xml",
            "feed.json",
            "sitemap.xml",
            "robots.txt",
            "opensearch.xml",
            "media/orbit.svg",
            "undated/index.html",
        ),
    } <= files


def test_the_json_feed(golden: Archive) -> None:
    """JSON Feed 1.1: newest first, absolute addresses, authors and tags."""
    feed = json.loads(golden.text("site/feed.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "Test archive"
    assert feed["home_page_url"] == "https://example.org/archive/"
    assert feed["feed_url"] == "https://example.org/archive/feed.json"
    assert [item["url"].removeprefix("https://example.org/archive") for item in feed["items"]][1:5] == [
        "/1969/07/the-eagle-has-landed/",
        "/1963/06/three-days-alone/",
        "/1961/04/first-man-in-orbit-i-see-the-earth/",
        feed["items"][4]["url"].removeprefix("https://example.org/archive"),
    ]
    vostok = feed["items"][3]
    assert vostok["title"] == 'First man in orbit: "I see the Earth"'
    assert vostok["date_published"].startswith("1961-04-12")
    assert vostok["authors"] == [{"name": "Mabel Thornbury"}]


def test_the_sitemap_and_robots(golden: Archive) -> None:
    """The sitemap names every article with its date; robots.txt names the sitemap."""
    sitemap = golden.text("site/sitemap.xml")
    assert sitemap.startswith("<?xml")
    assert (
        "<url><loc>https://example.org/archive/1963/06/three-days-alone/</loc><lastmod>1963-06-19</lastmod></url>"
        in re.sub(r">\s+<", "><", sitemap)
    )
    assert sitemap.count("<loc>") == len(set(re.findall(r"<loc>(.*?)</loc>", sitemap)))
    assert "404" not in sitemap
    assert "Sitemap: https://example.org/archive/sitemap.xml" in golden.text("site/robots.txt")


def test_an_article(golden: Archive) -> None:
    """Heading, metadata, structured data, text, links to author, source and entity, and nothing that runs."""
    page = html(golden, "1961/04/first-man-in-orbit-i-see-the-earth/")
    outline = Outline(page)
    assert [" ".join(heading.split()) for heading in outline.headings] == ['First man in orbit: "I see the Earth"']
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    described = json.loads(data)
    assert "1961-04-12" in json.dumps(described)
    assert "Mabel Thornbury" in json.dumps(described)
    assert outline.values("link", "rel").count("canonical") == 1
    assert "https://example.org/archive/1961/04/first-man-in-orbit-i-see-the-earth/" in outline.values("link", "href")
    links = outline.values("a", "href")
    assert any("people/yuri-gagarin/" in link for link in links)
    assert any("sources/evening-orbit/" in link for link in links)
    assert "https://example.com/vostok" in links
    assert "108 minutes" in page
    assert 'datetime="1961-04-12"' in page


def test_markdown_and_hostile_html(golden: Archive) -> None:
    """Emphasis, links and tables come through; scripts do not."""
    page = html(golden, "1963/06/three-days-alone/")
    assert "<em>All</em>" in page
    assert 'href="https://example.com/radio"' in page
    assert "<table>" in page
    assert "alert(1)" not in page


def test_glued_sentences_are_parted(golden: Archive) -> None:
    """A quotation glued to the sentence before it begins a paragraph of its own."""
    path = next(path for path in tree_bytes(golden.site) if path.startswith("1957/10/"))
    assert re.search(r"into orbit\.</p>\s*<p>“It passes", golden.text(f"site/{path}"))


def test_right_to_left_text(golden: Archive) -> None:
    """The Arabic article is marked with its language and direction, on its page and in lists."""
    path = next(path for path in tree_bytes(golden.site) if path.startswith("1985/06/"))
    for place in (path, "archive/1985/06/index.html"):
        assert any(
            values.get("dir") == "rtl" and values.get("lang") == "ar"
            for _, values in Outline(golden.text(f"site/{place}")).tags
        ), place


def test_an_entity_page(golden: Archive) -> None:
    """Gagarin's page has both articles, the confirmed link, and its old address leads there."""
    page = html(golden, "people/yuri-gagarin/")
    assert "first-man-in-orbit" in page
    assert "wikidata.org" in page
    assert "Q7327" in page
    assert "yuri-gagarin" in html(golden, "people/gagarin/")


def test_both_searches_know_the_articles(golden: Archive) -> None:
    """The full-text index and the manifest of the browser's index hold all six."""
    assert search_archive(golden.tree, "volga minutes", 5).hits[0].id == "vostok-1"
    manifest = json.loads(golden.text("site/search/index.json"))
    assert 6 in manifest.values()


# Archives that cannot be built


@pytest.mark.parametrize(
    ("files", "kind", "path", "line", "says"),
    [
        ({"sitegen.toml": 'title = "x"\ntheme = dark\n'}, ConfigError, "sitegen.toml", 2, "not valid TOML"),
        ({"sitegen.toml": 'title = "x"\n\n[entites]\n'}, ConfigError, "sitegen.toml", 3, "did you mean `entities`"),
        ({"sitegen.toml": 'theme = "nihgt"\n'}, ThemeError, "sitegen.toml", 0, "default"),
        ({"content/entities.yaml": "- name: A\n  kind: [x\n"}, ContentError, "content/entities.yaml", 3, "YAML"),
        (
            {"content/entities.yaml": "- name: A\n  kind: person\n  hied: true\n"},
            ContentError,
            "content/entities.yaml",
            3,
            "hide",
        ),
        ({"content/entities.yaml": b"\xff\xfe"}, ContentError, "content/entities.yaml", 0, "cannot be read"),
        (
            {
                "sitegen.toml": SETTINGS + 'theme = "own"\n',
                "themes/own/theme.toml": 'extends = "default"\n',
                "themes/own/templates/article.html": "<p>\n{{ view.title | nonsense }}\n",
            },
            ThemeError,
            "themes/own/templates/article.html",
            2,
            "nonsense",
        ),
        (
            {
                "sitegen.toml": SETTINGS + 'theme = "own"\n',
                "themes/own/theme.toml": 'extends = "default"\n',
                "themes/own/templates/article.html": "<p>\n\n{{ view.no_such_thing.at_all }}\n",
            },
            ThemeError,
            "themes/own/templates/article.html",
            3,
            "no_such_thing",
        ),
    ],
)
def test_an_invalid_archive_is_told_with_its_place(
    archive: Callable[..., Archive],
    files: dict[str, str | bytes],
    kind: type[SitegenError],
    path: str,
    line: int,
    says: str,
) -> None:
    """The error names file and line and what is wrong, and leaves a site that was there as it was."""
    made = archive({"content/articles/1969/07/x.md": "# Title\n\nText.\n"})
    made.build()
    good = tree_bytes(made.site)
    made.write(files)
    with pytest.raises(kind) as caught:
        made.build()
    problem = caught.value.problem
    assert (problem.path, problem.line) == (path, line)
    assert says in f"{problem.message} {problem.hint}"
    assert tree_bytes(made.site) == good
