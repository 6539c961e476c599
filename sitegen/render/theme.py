"""Themes: merged from the files of a theme and those it extends, and rendered.

A theme is a folder with `theme.toml`, `templates/` and `assets/`. With `extends = "default"` it holds only what it
changes: a template of the same name replaces its parent's, and may itself build on it
(`{% extends "default/base.html" %}`) to change one block. An asset replaces its parent's, or is left out (`without`).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any

import jinja2
import jinja2.meta
import msgspec
from markupsafe import Markup, escape

from sitegen.config import toml_line, toml_mistake
from sitegen.digest import value_digest
from sitegen.errors import ConfigError, ThemeError
from sitegen.markup.marks import ROOT, fill_marks
from sitegen.render import article_files, entity_files, feeds, metadata, network
from sitegen.render.catalogues import interface_strings
from sitegen.render.environment import ENVIRONMENT_VERSION, page_prefix, theme_environment
from sitegen.render.strings import FAMILY_OF_KIND, Strings
from sitegen.render.urls import base_path, list_path, relative_url, root_prefix
from sitegen.render.views import (
    ArticleFilesView,
    ArticleListView,
    ArticleTableView,
    ArticleView,
    EntityDataView,
    EntityLink,
    EntityView,
    FeedView,
    NetworkDataView,
    NotFoundView,
    OpenSearchView,
    RedirectListView,
    RobotsView,
    SitemapView,
    SiteView,
    View,
)

Value = str | int | float | bool
"""What a theme's setting can hold."""

_ROOT_LINK = re.compile(ROOT + '([^"]*)')
"""A link of a body that starts at the site's root, up to the end of its attribute."""

_MACHINE_FILES = (
    ArticleFilesView,
    ArticleListView,
    ArticleTableView,
    EntityDataView,
    FeedView,
    NetworkDataView,
    OpenSearchView,
    RedirectListView,
    RobotsView,
    SitemapView,
)


class Setting(msgspec.Struct, frozen=True):
    """One setting of a theme, from `[settings.NAME]` of its `theme.toml`."""

    default: Value
    """Decides the type, too."""
    help: str = ""
    choices: tuple[Value, ...] = ()


class ThemeSource(msgspec.Struct, frozen=True):
    """A theme, with all that it inherits."""

    name: str
    templates: Mapping[str, str]
    """Template name → source: `article.html`, and each theme's own as `default/article.html`."""
    origins: Mapping[str, str]
    """Template name → file, `themes/default/templates/article.html`."""
    assets: Mapping[str, bytes]
    """Path below `/assets/` → content."""
    settings: Mapping[str, Setting] = {}


def extended_theme(name: str, theme_toml: bytes) -> str:
    """Name of the theme that `theme_toml` extends, or empty: whose files the caller has to read next.

    Raises:
        ThemeError: not TOML.
    """
    return _read_manifest(name, theme_toml).extends


def load_theme(files_by_theme: Sequence[tuple[str, Mapping[str, bytes]]]) -> ThemeSource:
    """Merge a theme with those it extends.

    Args:
        files_by_theme: (name, path relative to the theme's folder → bytes); the theme first, then what it extends,
            then what that extends.

    Raises:
        ThemeError: `theme.toml` or a template cannot be read, or the order is not that of `extends`.
    """
    templates: dict[str, str] = {}
    origins: dict[str, str] = {}
    assets: dict[str, bytes] = {}
    settings: dict[str, Setting] = {}
    left_out: list[str] = []
    expected = files_by_theme[0][0]
    for name, files in files_by_theme:
        toml = files.get("theme.toml", b"")
        if name != expected:
            raise ThemeError(
                f"theme `{name}` is not the one that is extended, `{expected}`",
                path=_file(name, "theme.toml"),
                code="theme-extends",
            )
        manifest = _read_manifest(name, toml)
        expected = manifest.extends
        for key, setting in manifest.settings.items():
            settings.setdefault(key, setting)
        for path, data in sorted(files.items()):
            folder, _, rest = path.partition("/")
            if folder == "templates" and rest.endswith((".html", ".xml")):
                text = _decode(name, path, data)
                templates.setdefault(rest, text)
                origins.setdefault(rest, _file(name, path))
                # An archive's `default` may extend the one that comes along: `default/…` is the one it extends.
                templates[f"{name}/{rest}"] = text
                origins[f"{name}/{rest}"] = _file(name, path)
            elif folder == "assets" and rest and not any(fnmatchcase(rest, pattern) for pattern in left_out):
                assets.setdefault(rest, data)
        left_out += manifest.without
    if expected:
        raise ThemeError(
            f"theme `{files_by_theme[-1][0]}` extends `{expected}`, which is not there",
            path=_file(files_by_theme[-1][0], "theme.toml"),
            hint="themes lie in themes/NAME/",
            code="theme-extends",
        )
    return ThemeSource(files_by_theme[0][0], templates, origins, assets, settings)


def _file(theme: str, path: str) -> str:
    return f"themes/{theme}/{path}"


def _decode(theme: str, path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThemeError(
            "the template is not UTF-8", path=_file(theme, path), hint="save it as UTF-8", code="theme-encoding"
        ) from error


class _Manifest(msgspec.Struct, frozen=True):
    """What `theme.toml` may hold."""

    name: str = ""
    description: str = ""
    extends: str = ""
    without: tuple[str, ...] = ()
    """Patterns of inherited assets that this theme leaves out (`search*.js`)."""
    settings: dict[str, Setting] = {}


def _read_manifest(theme: str, data: bytes) -> _Manifest:
    text = _decode(theme, "theme.toml", data)

    def broken(message: str, line: int, hint: str = "", code: str = "theme-toml") -> ThemeError:
        return ThemeError(message, path=_file(theme, "theme.toml"), line=line, hint=hint, code=code)

    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = toml_mistake(error, text)
        raise broken(f"not valid TOML: {message}", line, "see https://toml.io") from error
    known = _Manifest.__struct_fields__
    for key in raw:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"it may hold: {', '.join(known)}"
            raise broken(f"unknown key `{key}`", toml_line(text, key), hint)
    try:
        return msgspec.convert(raw, _Manifest)
    except msgspec.ValidationError as error:
        place = re.search(r" - at `\$\.?(.*)`$", str(error))
        message, path = (str(error)[: place.start()], place[1]) if place else (str(error), "")
        if path.startswith("settings"):
            hint = '[settings.NAME] needs a default, and may have help = "…" and choices = […]'
            raise broken(f"settings: {message}", _settings_line(text, raw), hint, "theme-settings") from error
        key = path.partition("[")[0]
        message = "`extends` must name one theme" if key == "extends" else f"`{key}`: {message}"
        raise broken(message, toml_line(text, key), 'extends = "default"' if key == "extends" else "") from error


def _settings_line(text: str, raw: dict[str, Any]) -> int:
    """Line of the first setting that cannot be read, which msgspec's message does not name."""
    settings = raw["settings"]
    for name, value in settings.items() if isinstance(settings, dict) else ():
        try:
            msgspec.convert(value, Setting)
        except msgspec.ValidationError:
            return toml_line(text, name)
    return toml_line(text, "settings")


def resolve_settings(theme: ThemeSource, given: Mapping[str, object]) -> dict[str, Value]:
    """Take the theme's settings as the site sets them, defaults filled in.

    Raises:
        ConfigError: an unknown setting, a value of another type than the default's, or not one of the choices.
    """
    values: dict[str, Value] = {name: setting.default for name, setting in theme.settings.items()}
    for name, value in given.items():
        setting = theme.settings.get(name)
        if setting is None:
            close = difflib.get_close_matches(name, theme.settings, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"it has: {', '.join(sorted(theme.settings)) or 'none'}"
            raise _setting_error(f"theme `{theme.name}` has no setting `{name}`", hint)
        wanted = type(setting.default)
        if not isinstance(value, (int, float) if wanted is float else wanted) or isinstance(value, bool) != (
            wanted is bool
        ):
            raise _setting_error(f"theme setting `{name}` must be {_TYPE_NAMES[wanted]}", setting.help)
        if setting.choices and value not in setting.choices:
            choices = ", ".join(str(choice) for choice in setting.choices)
            raise _setting_error(f"theme setting `{name}` cannot be `{value}`", f"one of: {choices}")
        values[name] = wanted(value)
    return values


_TYPE_NAMES: Mapping[type, str] = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _setting_error(message: str, hint: str) -> ConfigError:
    return ConfigError(message, path="sitegen.toml", hint=hint, code="theme-setting")


class Renderer:
    """Turns views into the bytes of pages. Templates are compiled once; safe to share between threads and forks."""

    def __init__(self, theme: ThemeSource, site: SiteView, strings: Strings | None = None) -> None:
        self._theme = theme
        self._site = site
        self._strings = strings or interface_strings(site.language)
        settings = {name: setting.default for name, setting in theme.settings.items()} | site.settings
        self._environment = theme_environment(theme.templates, theme.origins, site, settings, self._strings)
        self._compiled: dict[type[View], jinja2.Template] = {}
        self._references: dict[str, frozenset[str]] = {}
        self._digests: dict[type[View], str] = {}

    def render(self, view: View, body: str = "") -> bytes:
        """Write the bytes of the view's file.

        Args:
            view: What the page shows; its type chooses the template, or the feed or sitemap writer.
            body: HTML of an article or standalone page, trusted (already sanitised), with mention marks.

        Raises:
            ThemeError: the template is missing or fails, with its file and line and the page's URL.
        """
        match view:
            case FeedView():
                write = feeds.json_feed if view.url.endswith(".json") else feeds.atom
                return write(view, self._site)
            case SitemapView():
                return feeds.sitemap(view, self._site)
            case RobotsView():
                return feeds.robots(view, self._site)
            case RedirectListView():
                return feeds.redirect_list(view)
            case EntityDataView():
                return entity_files.entity_json(view)
            case ArticleTableView():
                return entity_files.article_table(view, self._site)
            case ArticleListView():
                return article_files.article_list(view)
            case ArticleFilesView():
                return article_files.article_files(view)
            case NetworkDataView():
                return network.network_file(view)
            case OpenSearchView():
                return feeds.open_search(view, self._site)
            case _:
                return self._render_page(view, body)

    def template_digest(self, view_type: type[View]) -> str:
        """Digest of all that decides how views of this type look, the view and the site aside.

        Covers the template and, transitively, what it includes, extends or imports; a name worked out at run time
        counts as all templates. Also the interface's strings, the filters' version and Jinja's.

        Raises:
            ThemeError: the template is missing or does not parse.
        """
        found = self._digests.get(view_type)
        if found is None:
            names = () if issubclass(view_type, _MACHINE_FILES) else sorted(self._closure(template_name(view_type)))
            sources = [(name, self._theme.templates.get(name, "")) for name in names]
            found = value_digest(sources, self._strings, ENVIRONMENT_VERSION, jinja2.__version__)
            self._digests[view_type] = found
        return found

    def prepare(self, view_types: Sequence[type[View]]) -> None:
        """Compile the templates of these views now: before forking, and to hear of errors early.

        Raises:
            ThemeError: a template is missing or does not parse.
        """
        for view_type in view_types:
            if not issubclass(view_type, _MACHINE_FILES):
                self._template(view_type)

    def _render_page(self, view: View, body: str) -> bytes:
        template = self._template(type(view))
        site = self._site
        prefix = self._prefix(view)
        values: dict[str, object] = {"view": view, "root": prefix, "section": list_path(view.url)}
        if isinstance(view, ArticleView):
            values["json_ld"] = Markup(metadata.article_json_ld(view, site))  # noqa: S704 - safe inside a script
            values["meta"] = metadata.meta_tags(metadata.article_meta(view, site), metadata.article_properties(view))
            links = [self._mention_link(entity, prefix) for entity in view.marks]
            values["body"] = self._body(body, links, prefix)
        else:
            if isinstance(view, EntityView):
                values["json_ld"] = Markup(metadata.entity_json_ld(view, site))  # noqa: S704 - safe inside a script
            values["body"] = self._body(body, (), prefix)
        token = page_prefix.set(prefix)
        try:
            return template.render(values).encode("utf-8", "replace")
        except Exception as error:
            problem = self._explain(error, view.url)
            if problem is None:
                raise
            raise problem from error
        finally:
            page_prefix.reset(token)

    def _body(self, body: str, links: Sequence[tuple[str, str] | None], prefix: str) -> Markup:
        if self._site.file_urls and ROOT in body:
            body = _ROOT_LINK.sub(lambda found: relative_url(f"/{found[1]}", prefix, file_urls=True), body)
        return Markup(fill_marks(body, links, prefix))  # noqa: S704 - sanitised when it was made

    def _prefix(self, view: View) -> str:
        """Way to the root; a page served for any missing URL cannot know its depth and starts at the site's path."""
        if isinstance(view, NotFoundView):
            return base_path(self._site.base_url)
        return root_prefix(view.url)

    def _mention_link(self, entity: EntityLink | None, prefix: str) -> tuple[str, str] | None:
        if entity is None:
            return None
        kind = entity.kind if entity.kind in FAMILY_OF_KIND else "other"
        url = escape(relative_url(entity.url, prefix, file_urls=self._site.file_urls))
        return f'<a class="m m-{kind}" href="{url}">', "</a>"

    def _template(self, view_type: type[View]) -> jinja2.Template:
        found = self._compiled.get(view_type)
        if found is None:
            name = template_name(view_type)
            for part in sorted(self._closure(name)):
                self._compile(part)
            found = self._compiled[view_type] = self._compile(name)
        return found

    def _compile(self, name: str) -> jinja2.Template:
        try:
            return self._environment.get_template(name)
        except jinja2.TemplateError as error:
            raise self._syntax_problem(error, name) from error

    def _closure(self, name: str) -> frozenset[str]:
        """Find the template and all templates it can reach."""
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(self._referenced(current))
        return frozenset(reached)

    def _referenced(self, name: str) -> frozenset[str]:
        found = self._references.get(name)
        if found is None:
            source = self._theme.templates.get(name)
            if source is None:
                raise ThemeError(
                    f"theme `{self._theme.name}` has no template `{name}`",
                    path=_file(self._theme.name, f"templates/{name}"),
                    hint='extends = "default" in theme.toml inherits it',
                    code="theme-template-missing",
                )
            try:
                tree = self._environment.parse(source)
            except jinja2.TemplateError as error:
                raise self._syntax_problem(error, name) from error
            names = set(jinja2.meta.find_referenced_templates(tree))
            found = frozenset(self._theme.templates if None in names else {part for part in names if part})
            self._references[name] = found
        return found

    def _syntax_problem(self, error: jinja2.TemplateError, name: str) -> ThemeError:
        line = error.lineno if isinstance(error, jinja2.TemplateSyntaxError) else 0
        return ThemeError(
            f"{error.message or error}", path=self._theme.origins.get(name, name), line=line, code="theme-template"
        )

    def _explain(self, error: Exception, url: str) -> ThemeError | None:
        """Give the error its place in the template; None where no template is to blame."""
        files = set(self._theme.origins.values())
        place = next((spot for spot in reversed(list(_places(error.__traceback__))) if spot[0] in files), None)
        if place is None:
            return None
        message = f"no template `{error}`" if isinstance(error, jinja2.TemplateNotFound) else str(error)
        return ThemeError(f"{message} (in page {url})", path=place[0], line=place[1], code="theme-template")


def template_name(view_type: type[View]) -> str:
    """`article.html` for `ArticleView`: named by the tag of the view's type."""
    return f"{view_type.__struct_config__.tag}.html"


def _places(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
