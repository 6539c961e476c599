"""The Jinja environment that templates run in: sandboxed, strict, escaped, with a dozen filters of its own.

Filters, not globals or macros: a call in a sandboxed template costs several times as much as a filter, and a filter
on a constant (`{{ 'Sources'|t }}`) is worked out when the template is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from typing import Any

import jinja2
import jinja2.sandbox
import msgspec
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import LoopContext
from markupsafe import Markup, escape

from sitegen.render import atlas, calendars, charts, lists, network, views, worldmap
from sitegen.render.authorities import authority_link
from sitegen.render.dates import iso_date, month_name, readable_date
from sitegen.render.escaping import escaped
from sitegen.render.strings import FAMILY_OF_KIND, Strings
from sitegen.render.urls import absolute_url, list_path, relative_url
from sitegen.render.views import Bar, EntityEntry, EntityLink, EntityView, MapPlace, NetworkView, SiteView

ENVIRONMENT_VERSION = 4
"""Part of every template's digest: raise it when a filter's output changes."""

page_prefix: ContextVar[str] = ContextVar("page_prefix")
"""Way to the root from the page being rendered; a context variable, so that threads do not mix pages up."""


_VIEWS = [kind for kind in vars(views).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]

VIEWS_WITH = {
    name: frozenset(kind for kind in _VIEWS if name in kind.__struct_fields__)
    for name in sorted({name for kind in _VIEWS for name in kind.__struct_fields__})
}
"""Field → the types of views that have it."""


def _escape_output(value: object) -> str:
    """Escape what a template prints, as `markupsafe.escape` does, but at once where there is nothing to escape."""
    if type(value) is str:
        return escaped(value)
    return value if type(value) is Markup else escape(value)


class _Generator(CodeGenerator):
    """Jinja's compiler, but for what takes most of a page's time: escaping what `{{ … }}` prints, and attributes."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escape_output(")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """Read an attribute that views have without a call, if it is a view's; else ask the environment."""
        if node.attr not in VIEWS_WITH:
            super().visit_Getattr(node, frame)
            return
        self.write(f"(_read.{node.attr} if type(_read := ")
        self.visit(node.node, frame)
        self.write(f") in environment.views_with[{node.attr!r}] else environment.getattr(_read, {node.attr!r}))")


class ThemeEnvironment(jinja2.sandbox.SandboxedEnvironment):
    """A sandbox that knows that views are harmless: their fields are data, read without further checks."""

    code_generator_class = _Generator
    views_with = VIEWS_WITH
    escape_output = staticmethod(_escape_output)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Global names in a plain dict, which is copied for each page in a tenth of the time of Jinja's chain of maps.

        So those of the environment must be complete before a template is loaded.
        """
        return {**self.globals, **(d or {})}


def theme_environment(
    templates: Mapping[str, str],
    origins: Mapping[str, str],
    site: SiteView,
    settings: Mapping[str, str | int | float | bool],
    strings: Strings,
) -> ThemeEnvironment:
    """Make the environment for one theme and site.

    Args:
        templates: Template name → source.
        origins: Template name → the file it came from, for messages.
        site: The site view; templates read it as `site`.
        settings: The theme's settings, complete; templates read them as `settings`.
        strings: Interface language.
    """

    def load(name: str) -> tuple[str, str, None] | None:
        return (templates[name], origins[name], None) if name in templates else None

    environment = ThemeEnvironment(
        loader=jinja2.FunctionLoader(load),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals["site"] = site
    environment.globals["settings"] = settings
    environment.globals["nav"] = tuple(_navigation(site, strings))
    environment.filters.update(_filters(site, strings))
    return environment


def _navigation(site: SiteView, strings: Strings) -> Iterator[tuple[str, Markup, Markup, str]]:
    """URL, path from the root, label and name of each list of the site: the same on all pages, so escaped once."""
    for name in site.families:
        path = relative_url(f"/{name}/", "", file_urls=site.file_urls)
        yield f"/{name}/", escape(path), escape(strings.family(name)), name


def _filters(site: SiteView, strings: Strings) -> dict[str, Any]:
    times: dict[str, Markup] = {}

    # Takes the context only to keep Jinja from working it out at compile time, when there is no page.
    @jinja2.pass_context
    def rel(_context: object, url: str) -> str:
        return relative_url(url, page_prefix.get(), file_urls=site.file_urls)

    def here(url: str) -> str:
        return relative_url(url, page_prefix.get(), file_urls=site.file_urls)

    def when(edtf: str) -> Markup:
        found = times.get(edtf)
        if found is None:
            machine, text = iso_date(edtf), escape(readable_date(edtf, strings) or strings.text("Undated"))
            found = Markup(f'<time datetime="{machine}">{text}</time>' if machine else f"<span>{text}</span>")  # noqa: S704
            if len(times) < 65536:
                times[edtf] = found
        return found

    @jinja2.pass_context
    def histogram(_context: object, bars: Sequence[Bar], caption: str, current: str = "") -> Markup:
        return charts.histogram(bars, caption=caption, strings=strings, rel=here, current=current)

    @jinja2.pass_context
    def over_time(_context: object, years: Sequence[Bar], months: Sequence[Bar], caption: str) -> Markup:
        return charts.month_histogram(years, months, caption=caption, strings=strings, rel=here)

    def on_map(view: EntityView) -> Markup:
        if view.latitude is None or view.longitude is None:
            return Markup()
        return worldmap.world_map(view.name, view.latitude, view.longitude, view.country, strings)

    @jinja2.pass_context
    def atlas_drawing(_context: object, places: Sequence[MapPlace]) -> Markup:
        return atlas.atlas(places, strings, here)

    @jinja2.pass_context
    def network_drawing(_context: object, view: NetworkView) -> Markup:
        return network.network_drawing(view, strings, here)

    def place(url: str) -> str:
        return absolute_url(url, site.base_url)

    def between(loop: LoopContext) -> str:
        return strings.between(loop.index0, loop.length)

    return {
        "absolute": place,
        "all_of": strings.all_of,
        "atlas": atlas_drawing,
        "authority": authority_link,
        "between": between,
        "by_day": lists.by_day,
        "by_year": lists.by_year,
        "country": lambda code: worldmap.country_name(code, strings),
        "date": lambda edtf: readable_date(edtf, strings),
        "family_of": lambda kind: FAMILY_OF_KIND.get(kind, ""),
        "family_name": strings.family,
        "forms": strings.forms,
        "heat": lists.heat,
        "histogram": histogram,
        "kind": strings.kind,
        "kind_class": lambda kind: kind if kind in FAMILY_OF_KIND else "other",
        "kinds": strings.kinds,
        "link_years": lists.link_years,
        "list_path": list_path,
        "listed": strings.listed,
        "month_grid": lists.month_grid,
        "month_name": lambda month: month_name(month, strings),
        "month_short": lambda month: month_name(month, strings, short=True),
        "network": network_drawing,
        "num": strings.number,
        "on_map": on_map,
        "over_time": over_time,
        "peak": _peak,
        "periods": network.periods,
        "point": lambda latitude, longitude: worldmap.readable_point(latitude, longitude, strings),
        "plural": strings.plural,
        "rel": rel,
        "share": lambda count, peak: max(count * 100 // peak, 1) if peak else 0,
        "t": strings.text,
        "when": when,
        "year_months": calendars.year_months,
        "years_here": lists.years_here,
    }


def _peak(items: Sequence[Bar | EntityLink | EntityEntry]) -> int:
    """Largest `count` of a list, 0 of none."""
    return max((item.count for item in items), default=0)
