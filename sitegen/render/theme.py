"""Views to the bytes of pages and files, through the templates of a theme (`theme_source`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import TracebackType

import jinja2
import jinja2.meta
from markupsafe import Markup

from sitegen.digest import value_digest
from sitegen.errors import ThemeError
from sitegen.markup.marks import ROOT, fill_marks
from sitegen.render import article_files, entity_files, feeds, metadata, network
from sitegen.render.catalogues import interface_strings, with_messages
from sitegen.render.environment import ENVIRONMENT_VERSION, page_prefix, theme_environment
from sitegen.render.escaping import escaped
from sitegen.render.strings import FAMILY_OF_KIND, Strings
from sitegen.render.theme_source import ThemeSource, theme_file
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


class Renderer:
    """Turns views into the bytes of pages. Templates are compiled once; safe to share between threads and forks."""

    def __init__(self, theme: ThemeSource, site: SiteView, strings: Strings | None = None) -> None:
        self._theme = theme
        self._site = site
        self._strings = strings or with_messages(interface_strings(site.language), theme.messages)
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
        url = escaped(relative_url(entity.url, prefix, file_urls=self._site.file_urls))
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
                    path=theme_file(self._theme.name, f"templates/{name}"),
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
