"""`sitegen search`."""

from __future__ import annotations

import click

from sitegen.cli.output import clean, json_option, plural, print_json, root_option
from sitegen.store.source_tree import SourceTree


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N", help="Hits to show.")
@json_option
@root_option
def command(tree: SourceTree, query: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Search the archive on this machine.

    \b
    Any word counts, and more of them count more. Also:
      "exact phrase"   +must   -without   title:word
      person:name   org:name   place:name
      year:1969   before:1969-07   after:1970   date:[1969 to 1972]
      launch*   AND OR NOT ( )
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    from sitegen.pipeline.search_archive import search_archive

    results = search_archive(tree, " ".join(query), limit)
    if as_json:
        print_json(results)
        return 0
    for number, hit in enumerate(results.hits, 1):
        date = click.style(hit.date or "undated", fg="cyan")
        click.echo(f"{number:>3}. {click.style(clean(hit.title), bold=True)}  {date}")
        click.echo(f"     {_marked(hit.snippet, hit.marks)}")
        click.echo(click.style(f"     /{hit.url}", dim=True))
    more = f" ({results.total - len(results.hits):,} more)" if results.total > len(results.hits) else ""
    click.echo(f"{plural(results.total, 'article')} for {clean(results.query)}{more}")
    if results.suggestion:
        click.echo(f"Did you mean: {clean(results.suggestion)}")
    return 0


def _marked(snippet: str, marks: tuple[tuple[int, int], ...]) -> str:
    """The snippet with its hits in bold."""
    out, at = [], 0
    for start, end in marks:
        out += [clean(snippet[at:start]), click.style(clean(snippet[start:end]), bold=True, fg="yellow")]
        at = end
    return "".join([*out, clean(snippet[at:])])
