"""`sitegen remove`."""

from __future__ import annotations

import click

from sitegen.cli.output import clean, dry_run_option, json_option, plural, print_json, root_option, yes_option
from sitegen.store.source_tree import SourceTree


@click.command("remove")
@click.argument("articles", nargs=-1, required=True, metavar="ARTICLE…")
@click.option("--reason", default="", help="Kept in content/removed.yaml, for those who come after you.")
@dry_run_option
@yes_option
@json_option
@root_option
def command(tree: SourceTree, articles: tuple[str, ...], reason: str, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Take articles out: delete their pages and note in content/removed.yaml that ingest must not bring them back.

    ARTICLE is an id, an address such as /2018/06/title/, or a page's path. Raw files stay as they are. To undo,
    delete the entry from content/removed.yaml and run `sitegen ingest --restore`.
    """
    from sitegen.pipeline.remove_articles import find_articles, remove_articles

    removals = find_articles(tree, articles)
    if not as_json:
        for removal in removals:
            click.echo(f"  {clean(removal.title or removal.id)}  {removal.permalink or '(its page is already gone)'}")
    if not dry_run:
        if not yes and not as_json:
            click.confirm(f"Remove {plural(len(removals), 'article')}?", abort=True)
        remove_articles(tree, removals, reason)
    if as_json:
        print_json({"removed": removals, "dry_run": dry_run})
    else:
        click.echo("Nothing was changed (--dry-run)." if dry_run else "Removed. Next: sitegen build")
    return 0
