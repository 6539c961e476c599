"""Markdown to safe HTML.

Three roads: bodies of nothing but plain paragraphs are set directly; bodies that Python-Markdown would take too long
for become plain paragraphs; all others go through Python-Markdown and then, as article text is untrusted, through nh3.
Whatever the road, the result holds only the elements and attributes listed here, and links to `http`, `https`, `mailto`
and places within the site.
"""

from __future__ import annotations

import html as html_codec
import re
from typing import Any
from urllib.parse import unquote

import msgspec

from sitegen.markup.budget import over_budget
from sitegen.markup.controls import strip_controls, unify_newlines
from sitegen.markup.marks import ROOT
from sitegen.model.problem import Problem

ID_PREFIX = "body-"
"""Before every id that comes from a body, so that none collides with the page's own."""

ESCAPABLE = "\\`*_{}[]()>#+-.!|"
"""Characters that a backslash makes literal (Python-Markdown's, and the table extension's bar)."""

# --- the fast road ---

# Backslash escapes stand aside as control characters, which the text does not hold, while the rest is looked at.
_HIDDEN = {sign: chr(0x01 + number) for number, sign in enumerate(ESCAPABLE[:8])} | {
    sign: chr(0x12 + number) for number, sign in enumerate(ESCAPABLE[8:])
}
_ESCAPE = re.compile("\\\\([" + re.escape(ESCAPABLE) + "])")
_SHOWN = tuple((hidden, "&gt;" if sign == ">" else sign) for sign, hidden in _HIDDEN.items())
_REFERENCE = re.compile("&(?!(?:lt|gt|amp);)")
_ANY_REFERENCE = re.compile("&(?!(?:lt|gt|amp);)(?:#|[0-9A-Za-z]+;)")
_OPENING_UNDERSCORE = re.compile(r"(?<!\w)_")
_NUMBERED = re.compile(r"\d+\.(?: |\Z)")
_PLAIN_STARTS = frozenset("\"'!$%&(),./:;=?@]^{|}" + "".join(_HIDDEN.values()))
_PARAGRAPH_BREAK = "</p>\n<p>"


def _render_plain(body: str) -> str | None:
    """Set a body of nothing but plain one-line paragraphs; None where it may be anything else.

    `body` has no control characters and neither starts nor ends with a line feed. The result is what Python-Markdown
    and nh3 would return, which the tests hold it to.
    """
    escaped = "\\" in body
    if escaped:
        body = _ESCAPE.sub(lambda found: _HIDDEN[found[1]], body)
    if "*" in body or "`" in body or "<" in body or "\\" in body or "\t" in body:
        return None
    if "](" in body or "][" in body or "[^" in body:
        return None
    if "_" in body and _OPENING_UNDERSCORE.search(body):
        return None
    for paragraph in body.split("\n\n"):
        if not paragraph:
            return None
        first = paragraph[0]
        if first.isalpha():
            pass
        elif first.isdigit():
            if _NUMBERED.match(paragraph):
                return None
        elif first == "[":
            if "]:" in paragraph:
                return None
        elif first not in _PLAIN_STARTS and (first <= "\x7f" or first.isspace()):
            return None
        if "\n" in paragraph or paragraph[-1].isspace():
            return None
    if "&" in body:
        if _ANY_REFERENCE.search(body):
            return None
        body = _REFERENCE.sub("&amp;", body)
    if ">" in body:
        body = body.replace(">", "&gt;")
    body = body.replace("\n\n", _PARAGRAPH_BREAK)
    if escaped:
        for hidden, shown in _SHOWN:
            body = body.replace(hidden, shown)
    return f"<p>{body}</p>"


# --- the general road ---

_TAGS = """
    a abbr b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4
    h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td
    tfoot th thead time tr u ul var wbr
"""
_CONTENT_TAGS = """
    script style iframe noscript noembed noframes object embed applet template svg math select option textarea title
    xmp plaintext audio video canvas head
"""
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "li": {"id", "value"},
    "ol": {"start", "reversed"},
    "sup": {"id"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
}
_CLASSES = {"div": {"footnote"}, "a": {"footnote-ref", "footnote-backref"}}
_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_MEDIA = re.compile(r"(?:/|(?:\.{1,2}/)+)?media/(.+)", re.DOTALL)
# nh3 writes every tag in this one way; `<` and `>` are escaped inside of attributes.
_LINK_OR_IMAGE = re.compile(r"<(a|img)((?: [a-z]+=\"[^\"]*\")*)>|</a>")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"]*)\"")
_HEADING = re.compile(r"<(/?)h([1-5])(?=[ >])")


class Rendered(msgspec.Struct, frozen=True):
    """Safe HTML of a body, with `marks.ROOT` where links start from the site's root."""

    html: str
    problems: tuple[Problem, ...] = ()


def render_markdown(body: str, path: str = "") -> Rendered:
    """Render an article's body.

    Raw HTML is sanitised; headings give the page's own `h1` the first place; images of the archive's media load late,
    images from elsewhere become links, so that reading an article asks no other host for anything. Links to the site's
    root (`/2018/06/x/`) and to media (`../media/a.png`) start with `marks.ROOT`.

    A body that would take Python-Markdown more than some seconds becomes plain paragraphs, with the problem
    `markdown-budget`. `path` is the file named in problems.
    """
    body = strip_controls(unify_newlines(body)).strip("\n")
    if not body:
        return Rendered("")
    plain = _render_plain(body)
    if plain is not None:
        return Rendered(plain)
    return _render_any(body, path)


def _render_any(body: str, path: str) -> Rendered:
    reason = over_budget(body)
    if not reason:
        converter = _converters.pop() if _converters else _new_converter()
        try:
            html = converter.reset().convert(body)
        except RecursionError:
            reason = "it is nested too deeply"
        else:
            _converters.append(converter)
            clean = _clean(html, raw="<" in body)
            if clean is not None:
                return Rendered(_finish(clean))
            reason = "its HTML is too tangled"
    problem = Problem(
        path=path,
        code="markdown-budget",
        message=f"the Markdown would take too long to read ({reason}): set as plain text",
        hint="simplify its markup, or break it into paragraphs with blank lines",
    )
    return Rendered(_as_plain_paragraphs(body), (problem,))


def _as_plain_paragraphs(body: str) -> str:
    paragraphs = (" ".join(part.split()) for part in body.split("\n\n"))
    return "\n".join(f"<p>{html_codec.escape(part, quote=False)}</p>" for part in paragraphs if part)


# Converters are not safe to share between threads while in use; taking one out of a list is.
_converters: list[Any] = []
_cleaners: list[Any] = []


def _new_converter() -> Any:
    import markdown  # noqa: PLC0415  (36 ms, and most bodies take the fast road)
    from markdown.extensions.tables import TableExtension  # noqa: PLC0415

    return markdown.Markdown(
        extensions=[TableExtension(use_align_attribute=True), "footnotes", "sane_lists", "fenced_code"],
        output_format="html",
    )


def _cleaner() -> Any:
    if not _cleaners:
        import nh3  # noqa: PLC0415

        _cleaners.append(
            nh3.Cleaner(
                tags=set(_TAGS.split()),
                clean_content_tags=set(_CONTENT_TAGS.split()),
                attributes=_ATTRIBUTES,
                allowed_classes=_CLASSES,
                url_schemes=set(_SCHEMES),
                id_prefix=ID_PREFIX,
                link_rel=None,
            )
        )
    return _cleaners[0]


def _clean(html: str, *, raw: bool) -> str | None:
    """Sanitise HTML; None where no end comes of it.

    Taking a forbidden element away can leave a tree that its own HTML does not describe: a `li` in a `div` in a `li`
    comes out with a `</div>` that would close an element of the theme. So raw HTML is cleaned until nothing changes.
    """
    clean: str = _cleaner().clean(html)
    for _ in range(5):
        again: str = _cleaner().clean(clean) if raw else clean
        if again == clean:
            return clean
        clean = again
    return None


def _finish(html: str) -> str:
    """Rewrite links and images of sanitised HTML, and make room for the page's `h1`."""
    # Character references may have smuggled in control characters, our marks among them. Links are judged after that.
    html = strip_controls(html.strip()).replace("&nbsp;", "\xa0")
    if "<a" in html or "<img" in html:
        inside_link = False

        def rewrite(found: re.Match[str]) -> str:
            nonlocal inside_link
            if found[1] is None:
                inside_link = False
                return "</a>"
            attributes = dict(_ATTRIBUTE.findall(found[2]))
            if found[1] == "a":
                inside_link = True
                return _link(attributes)
            return _image(attributes, inside_link)

        html = _LINK_OR_IMAGE.sub(rewrite, html)
    if "<h1" in html:
        html = _HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + 1}", html)
    return html


def _link(attributes: dict[str, str]) -> str:
    href = _target(attributes.pop("href", ""))
    if href:
        attributes = {"href": href, **attributes}
    return _open_tag("a", attributes)


def _image(attributes: dict[str, str], inside_link: bool) -> str:
    alt = attributes.get("alt", "")
    source = _target(attributes.pop("src", ""))
    if source.startswith(ROOT + "media/"):
        return _open_tag("img", {"src": source, "alt": alt, **attributes, "loading": "lazy"})
    label = (alt or attributes.get("title", "") or source).replace("&quot;", '"')
    if inside_link or not source.startswith(("http://", "https://")):
        return label
    return f'<a href="{source}">{label}</a>'


def _open_tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{value}"' for key, value in attributes.items()) + ">"


def _target(url: str) -> str:
    """Return an address (escaped, as it stands in an attribute) as the site may use it; empty where it may not."""
    url = url.strip()
    bare = html_codec.unescape(url)
    if bare != "".join(bare.split()) or "\\" in bare:
        # Browsers drop tabs and line feeds inside addresses and read `\` as `/`: nothing honest needs them.
        url = url.replace("\\", "/")
        url = "%20".join(url.split())
        bare = html_codec.unescape(url)
    scheme = _SCHEME.match(bare)
    if scheme:
        return url if scheme[1].lower() in _SCHEMES else ""
    if bare.startswith("//"):
        return "https:" + url
    if bare.startswith("#"):
        return f"#{ID_PREFIX}{url[1:]}" if len(bare) > 1 else ""
    media = _MEDIA.fullmatch(url)
    if media:
        url = "/media/" + media[1]
    if url.startswith("/"):
        climbs = any(part in (".", "..") for part in unquote(html_codec.unescape(url)).split("/"))
        return "" if climbs else ROOT + url[1:]
    if ":" in bare.partition("/")[0].partition("?")[0].partition("#")[0]:
        return ""  # some other scheme, misspelt
    return url
