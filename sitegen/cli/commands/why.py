"""`sitegen why`."""

from __future__ import annotations

import click

from sitegen.cli.output import clean, json_option, plural, print_json, root_option
from sitegen.store.source_tree import SourceTree


@click.command("why")
@click.argument("url")
@json_option
@root_option
def command(tree: SourceTree, url: str, as_json: bool) -> int:
    """Tell what the page at URL is made of, and why and when it was last written.

    URL is an address in the site (`/2018/06/slug/`) or a full one. What is told is as of the last build.
    """
    from sitegen.pipeline.explain_page import explain_page

    found = explain_page(tree, url)
    if as_json:
        print_json(found)
        return 0
    why = f"{found.written} ({found.reason})" if found.written else "not known"
    lines = [
        ("page", found.page),
        ("address", found.url),
        ("file", f"{found.file} ({found.size:,} bytes, {found.digest})"),
        ("template", found.template),
        ("fingerprint", f"{found.environment} {found.view}"),
        ("last written", why),
        ("made of", plural(found.articles, "article") if found.articles else "the whole archive"),
    ]
    if found.content and not found.articles:
        lines[-1] = ("made of", found.content[0])
    for label, text in lines:
        click.echo(f"{label + ':':14}{clean(text)}")
    for path in found.content if found.articles else ():
        click.echo(f"  {clean(path)}")
    if found.articles > len(found.content):
        click.echo(f"  … and {found.articles - len(found.content):,} more")
    if found.entities:
        click.echo(f"{'names:':14}{clean(', '.join(found.entities))}")
    return 0
