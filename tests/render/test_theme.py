"""Loading and merging themes, their settings, and how their mistakes are told."""

from __future__ import annotations

import threading

import msgspec
import pytest
from sample_views import ARTICLE, BODY, PAGES, SITE

from sitegen.errors import ConfigError, ThemeError
from sitegen.render.strings import Strings
from sitegen.render.theme import Renderer, template_name
from sitegen.render.theme_source import ThemeSource, extended_theme, load_theme, resolve_settings
from sitegen.render.views import (
    ArticleView,
    FeedView,
    HomeView,
    NoticeView,
    OpenSearchView,
    PageView,
    RobotsView,
    SearchView,
    SitemapView,
)

_TOML = b"""
[settings.width]
default = 30
help = "in ems"
[settings.ratio]
default = 1.5
[settings.colour]
default = "red"
choices = ["red", "blue"]
[settings.dense]
default = false
"""


def _theme(files: dict[str, str], name: str = "t") -> ThemeSource:
    return load_theme([(name, {path: text.encode() for path, text in files.items()})])


def _extend(files: dict[str, str], parent: dict[str, bytes], name: str = "mine") -> ThemeSource:
    own = {"theme.toml": b'extends = "default"', **{path: text.encode() for path, text in files.items()}}
    return load_theme([(name, own), ("default", parent)])


def test_a_theme_overrides_one_block(default_files: dict[str, bytes]) -> None:
    """A template may build on its parent's and change one block; all other pages inherit the change."""
    changed = '{% extends "default/base.html" %}{% block footer %}<footer>My foot</footer>{% endblock %}'
    renderer = Renderer(_extend({"templates/base.html": changed}, default_files), SITE)
    for view, body in PAGES[:3]:
        page = renderer.render(view, body).decode()
        assert "My foot" in page
        assert 'class="foot"' not in page
        assert 'class="top"' in page


def test_a_theme_replaces_one_template_and_one_asset(default_files: dict[str, bytes]) -> None:
    """A file of the same name wins over the parent's; everything else is inherited."""
    theme = _extend({"templates/page.html": "mine: {{ view.title }}", "assets/style.css": "p{}"}, default_files)
    renderer = Renderer(theme, SITE)
    assert renderer.render(PageView(url="/a/", title="A&B")) == b"mine: A&amp;B"
    assert theme.assets["style.css"] == b"p{}"
    assert theme.assets["site.js"] == default_files["assets/site.js"]
    assert theme.origins["page.html"] == "themes/mine/templates/page.html"
    assert renderer.render(ARTICLE, BODY) == Renderer(load_theme([("default", default_files)]), SITE).render(
        ARTICLE, BODY
    )


def test_an_archives_own_default_may_extend_the_one_that_comes_along(default_files: dict[str, bytes]) -> None:
    """With two themes of one name, `default/…` is the one that is extended, not the template itself."""
    own = '{% extends "default/page.html" %}{% block title %}Ha{% endblock %}'
    page = Renderer(_extend({"templates/page.html": own}, default_files, "default"), SITE).render(PageView(url="/a/"))
    assert b"<title>Ha</title>" in page


def test_settings_come_from_the_nearest_theme(default_files: dict[str, bytes]) -> None:
    """A theme may give an inherited setting another default and add its own."""
    toml = 'extends = "default"\n[settings.accent]\ndefault = "forest"\n[settings.extra]\ndefault = 1\n'
    theme = load_theme([("mine", {"theme.toml": toml.encode()}), ("default", default_files)])
    assert theme.settings["accent"].default == "forest"
    assert resolve_settings(theme, {})["typeface"] == "serif"
    assert b'data-accent="forest"' in Renderer(theme, SITE).render(SearchView(url="/search/"))
    site = msgspec.structs.replace(SITE, settings=resolve_settings(theme, {"accent": "plum"}))
    assert b'data-accent="plum"' in Renderer(theme, site).render(SearchView(url="/search/"))


def test_settings_are_checked_against_their_defaults() -> None:
    """Values have the default's type; whole numbers do for numbers."""
    theme = load_theme([("t", {"theme.toml": _TOML})])
    assert resolve_settings(theme, {}) == {"width": 30, "ratio": 1.5, "colour": "red", "dense": False}
    assert resolve_settings(theme, {"ratio": 2, "colour": "blue", "dense": True})["ratio"] == 2.0


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"widht": 3}, "has no setting `widht`", "did you mean `width`?"),
        ({"zzz": 3}, "has no setting `zzz`", "it has: colour, dense, ratio, width"),
        ({"width": "30"}, "must be a whole number", "in ems"),
        ({"width": True}, "must be a whole number", "in ems"),
        ({"ratio": "x"}, "must be a number", ""),
        ({"dense": 1}, "must be true or false", ""),
        ({"colour": 1}, "must be a string", ""),
        ({"colour": "green"}, "cannot be `green`", "one of: red, blue"),
    ],
)
def test_a_wrong_setting_says_what_would_be_right(given: dict[str, object], message: str, hint: str) -> None:
    """The error names the setting and gives a way out."""
    theme = load_theme([("t", {"theme.toml": _TOML})])
    with pytest.raises(ConfigError) as caught:
        resolve_settings(theme, given)
    assert message in caught.value.problem.message
    assert hint == caught.value.problem.hint


@pytest.mark.parametrize(
    ("themes", "message"),
    [
        ([("a", {"theme.toml": b"x = "})], "not valid TOML"),
        ([("a", {"theme.toml": b"\xff"})], "not UTF-8"),
        ([("a", {"theme.toml": b"extends = 3"})], "must name one theme"),
        ([("a", {"theme.toml": b"without = '*.js'"})], "`without`: Expected `array`"),
        ([("a", {"theme.toml": b'extends = "b"'})], "extends `b`, which is not there"),
        ([("a", {"theme.toml": b'extends = "b"'}), ("c", {})], "not the one that is extended, `b`"),
        ([("a", {}), ("b", {})], "not the one that is extended"),
        ([("a", {"theme.toml": b"[settings]\nx = 3"})], "settings: "),
        ([("a", {"theme.toml": b"[settings.x]\nhelp = 'no default'"})], "settings: "),
        ([("a", {"templates/a.html": b"\xff\xfe"})], "not UTF-8"),
    ],
)
def test_a_broken_theme_is_told_with_its_file(themes: list[tuple[str, dict[str, bytes]]], message: str) -> None:
    """What is wrong with a theme's files is a `ThemeError` that names the file."""
    with pytest.raises(ThemeError, match=r"themes/[abc]/") as caught:
        load_theme(themes)
    assert message in caught.value.problem.message


@pytest.mark.parametrize(
    ("toml", "line", "hint"),
    [
        ("name = 'a'\n\nextends = = 3", 3, "see https://toml.io"),
        ("name = 'a'\nwithout = [", 2, "see https://toml.io"),
        ("name = 'a'\nextend = 'default'", 2, "did you mean `extends`?"),
        ("name = 'a'\n[colours]\nx = 1", 2, "it may hold: name, description, extends, without, settings"),
        ("name = 'a'\nextends = ['b']", 2, 'extends = "default"'),
        ("[settings.a]\ndefault = 1\n[settings.b]\nhelp = 'x'", 3, "[settings.NAME] needs a default"),
        ("\nsettings = 3", 2, "[settings.NAME] needs a default"),
    ],
)
def test_a_mistake_in_theme_toml_is_told_with_its_line(toml: str, line: int, hint: str) -> None:
    """The line to mend, and what would be right."""
    with pytest.raises(ThemeError) as caught:
        load_theme([("a", {"theme.toml": toml.encode()})])
    problem = caught.value.problem
    assert (problem.path, problem.line) == ("themes/a/theme.toml", line)
    assert problem.hint.startswith(hint)


def test_a_theme_leaves_inherited_assets_out() -> None:
    """`without` takes away what the themes below bring, and nothing of its own."""
    own = {"theme.toml": b"extends = 'b'\nwithout = ['*.js']", "assets/mine.js": b"1"}
    parent = {"theme.toml": b"extends = 'c'", "assets/a.js": b"2", "assets/deep/b.js": b"3", "assets/a.css": b"4"}
    theme = load_theme([("a", own), ("b", parent), ("c", {"assets/c.js": b"5"})])
    assert theme.assets == {"mine.js": b"1", "a.css": b"4"}


def test_the_caller_learns_which_theme_to_read_next() -> None:
    """`extends` names the parent; without it there is none."""
    assert extended_theme("t", b'extends = "default"') == "default"
    assert extended_theme("t", b"") == ""


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("a\n{% if %}", 2, "Expected an expression"),
        ("a\n\n{{ view.nothing }}", 3, "has no attribute 'nothing'"),
        ("{{ nothing }}", 1, "'nothing' is undefined"),
        ("\n{{ 1 / 0 }}", 2, "division by zero"),
        ("\n{{ view|nosuch }}", 2, "No filter named 'nosuch'"),
        ("\n{% include 'none.html' %}", 0, "no template `none.html`"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
    ],
)
def test_a_template_error_names_file_and_line(template: str, line: int, message: str) -> None:
    """Mistakes in a template, before or while rendering, lead to the place to mend."""
    renderer = Renderer(_theme({"templates/page.html": template}), SITE)
    with pytest.raises(ThemeError) as caught:
        renderer.render(PageView(url="/about/"))
    problem = caught.value.problem
    assert message in problem.message
    assert problem.line == line
    assert problem.path.startswith("themes/t/templates/")


def test_an_error_while_rendering_names_the_page() -> None:
    """An article that trips a template is named by its URL."""
    renderer = Renderer(
        _theme({"templates/page.html": "{% include 'part.html' %}", "templates/part.html": "{{ 1 // 0 }}"}), SITE
    )
    with pytest.raises(ThemeError, match=r"themes/t/templates/part\.html:1: .*\(in page /about/\)"):
        renderer.render(PageView(url="/about/"))


def test_an_error_of_the_program_is_not_blamed_on_the_theme() -> None:
    """A failure outside of templates keeps its type and traceback."""
    renderer = Renderer(_theme({"templates/article.html": "x"}), SITE)
    with pytest.raises(ValueError, match="invalid literal"):
        renderer.render(ARTICLE, "\x0enot-a-number\x0fx\x10")


def test_a_missing_template_says_how_to_inherit_it() -> None:
    """A theme without a page's template gets a hint."""
    renderer = Renderer(_theme({}), SITE)
    with pytest.raises(ThemeError, match=r"has no template `page\.html`.*extends"):
        renderer.prepare([PageView])
    with pytest.raises(ThemeError):
        renderer.template_digest(PageView)


def test_templates_cannot_reach_the_interpreter() -> None:
    """A theme from a stranger gets data, not Python."""
    for expression in (
        "site.__class__",
        "view._x",
        "[].append.__globals__",
        "''.format.__self__.__class__",
        "rel.__globals__",
    ):
        renderer = Renderer(_theme({"templates/page.html": "{{ " + expression + " }}"}), SITE)
        with pytest.raises(ThemeError):
            renderer.render(PageView(url="/about/"))


def test_a_digest_covers_all_that_a_template_reaches() -> None:
    """Changing a template changes the digests of the pages that include, extend or import it, and of no others."""
    files = {
        "templates/page.html": "{% extends 'base.html' %}",
        "templates/base.html": "{% from 'macros.html' import m %}{{ m() }}",
        "templates/macros.html": "{% macro m() %}{% include 'leaf.html' %}{% endmacro %}",
        "templates/leaf.html": "leaf",
        "templates/home.html": "home",
    }
    before = Renderer(_theme(files), SITE)
    after = Renderer(_theme(files | {"templates/leaf.html": "other"}), SITE)
    assert before.template_digest(PageView) != after.template_digest(PageView)
    assert before.template_digest(HomeView) == after.template_digest(HomeView)
    assert before.template_digest(PageView) == Renderer(_theme(files), SITE).template_digest(PageView)


def test_a_name_known_only_at_run_time_counts_as_all_templates() -> None:
    """`include` of a variable may reach anything, so any change counts."""
    files = {"templates/page.html": "{% include view.title %}", "templates/other.html": "1"}
    digests = {
        Renderer(_theme(files | {"templates/other.html": text}), SITE).template_digest(PageView) for text in ("1", "2")
    }
    assert len(digests) == 2
    renderer = Renderer(_theme(files), SITE)
    assert renderer.render(PageView(url="/a/", title="other.html")) == b"1"
    with pytest.raises(ThemeError, match=r"page\.html:1: no template `none\.html` \(in page /a/\)"):
        renderer.render(PageView(url="/a/", title="none.html"))


def test_a_digest_covers_the_strings() -> None:
    """Another translation is another page."""
    theme = _theme({"templates/page.html": "{{ 'Search'|t }}"})
    digests = {
        Renderer(theme, SITE, strings).template_digest(PageView)
        for strings in (None, Strings("de", {"Search": "Suche"}))
    }
    assert len(digests) == 2
    assert Renderer(theme, SITE, Strings("de", {"Search": "Suche"})).render(PageView(url="/a/")) == b"Suche"


def test_files_for_machines_need_no_template() -> None:
    """Feeds, sitemaps and robots.txt come from code, whatever the theme."""
    renderer = Renderer(_theme({}), SITE)
    renderer.prepare([FeedView, SitemapView, RobotsView, OpenSearchView])
    assert renderer.render(FeedView(url="/feed.xml", page_url="/", items=())).startswith(b"<?xml")
    assert renderer.render(FeedView(url="/feed.json", page_url="/", items=())).startswith(b"{")
    assert b"<urlset" in renderer.render(SitemapView(url="/sitemap.xml"))
    assert renderer.render(RobotsView(url="/robots.txt")).startswith(b"User-agent")
    assert b"OpenSearchDescription" in renderer.render(OpenSearchView(url="/opensearch.xml"))
    assert renderer.template_digest(FeedView) == renderer.template_digest(RobotsView)


def test_templates_are_named_by_the_tag_of_their_view() -> None:
    """`ArticleView` is shown by `article.html`."""
    assert (template_name(ArticleView), template_name(NoticeView)) == ("article.html", "notice.html")


def test_threads_do_not_mix_up_their_pages(renderer: Renderer) -> None:
    """Pages rendered at the same time in several threads are what they are one at a time."""
    expected = [renderer.render(view, body) for view, body in PAGES]
    failures: list[str] = []

    def work() -> None:
        for _ in range(10):
            for (view, body), page in zip(PAGES, expected, strict=True):
                if renderer.render(view, body) != page:
                    failures.append(view.url)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def _speaking(note: str = "", **locales: str) -> ThemeSource:
    files = {f"locale/{name.replace('_', '-')}.toml": text.encode() for name, text in locales.items()}
    # Tests share compiled templates, into which messages are compiled: the note tells them apart.
    page = (
        b"{# %s #}" % note.encode()
        + b"{{ 'Latest articles'|t }} / {{ 'Own words'|t }} / {{ 2|plural('{n} article', '{n} articles') }}"
    )
    return load_theme([("mine", {"templates/search.html": page, "theme.toml": b'extends = "old"', **files}),
                       ("old", {"locale/de.toml": b'"Own words" = "Alte Worte"\n"Archive" = "A"\n'})])  # fmt: skip


def test_a_theme_brings_its_own_words() -> None:
    """Before those of the program and of the theme it extends; a region's before the language's; else English."""
    words = {
        "de": '"Latest articles" = "Neu"\n"{n} article" = ["{n} Bericht", "{n} Berichte"]',
        "de_AT": '"Latest articles" = "Heuer"',
    }
    said = {
        language: Renderer(_speaking(language, **words), msgspec.structs.replace(SITE, language=language)).render(
            SearchView(url="/search/")
        )
        for language in ("de", "de-AT", "en", "ar")
    }
    assert said["de"].decode() == "Neu / Alte Worte / 2 Berichte"
    assert said["de-AT"].decode() == "Heuer / Alte Worte / 2 Berichte"
    assert said["en"].decode() == "Latest articles / Own words / 2 articles"
    assert said["ar"].decode().split(" / ")[1] == "Own words"


@pytest.mark.parametrize("text", ["= 3", '"Archive" = 3', "[table]\na = {b = 1}"])
def test_words_that_cannot_be_read_are_told_with_their_file(text: str) -> None:
    """Not TOML, not texts."""
    with pytest.raises(ThemeError) as caught:
        _speaking(de=text)
    assert caught.value.problem.path == "themes/mine/locale/de.toml"


def test_a_message_that_counts_has_all_forms_of_its_language() -> None:
    """Arabic has six."""
    theme = _speaking(ar='"{n} article" = ["a", "b"]')
    with pytest.raises(ThemeError, match="needs 6 forms"):
        Renderer(theme, msgspec.structs.replace(SITE, language="ar"))
