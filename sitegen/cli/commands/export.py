"""`sitegen export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sitegen.cli.output import (
    TerminalProgress,
    clean,
    dry_run_option,
    json_option,
    plural,
    print_json,
    root_option,
    show_problems,
)
from sitegen.store.source_tree import SourceTree

_FORMATS = ("jsonl", "csv", "bibtex", "graphml", "bagit")


@click.command("export")
@click.argument("kind", type=click.Choice(_FORMATS), metavar="FORMAT")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="The file or, for a bag, the folder (-: standard output)."
)
@click.option("--content-only", is_flag=True, help="bagit: without the built site.")
@click.option(
    "--min-shared", type=click.IntRange(min=1), default=1, metavar="N", help="graphml: leave out rarer pairs."
)
@dry_run_option
@json_option
@root_option
def command(
    tree: SourceTree, kind: str, output: Path | None, content_only: bool, min_shared: int, dry_run: bool, as_json: bool
) -> int:
    """Write the archive for other programs and other keepers.

    \b
    jsonl    articles with their texts; `sitegen ingest` reads it back
    csv      a table of articles for spreadsheets
    bibtex   citations
    graphml  which people, organisations and places are named together
    bagit    a bag to hand over: content, settings and the built site, with checksums

    Without --output, the file is named after the archive's folder. Drafts and articles that were redacted, withdrawn
    or removed are in none of them.
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    from sitegen.pipeline.build_site import BuildOptions, build_site
    from sitegen.pipeline.export_archive import ENDINGS, export_articles, export_bag

    tree.load_config()
    place = output or Path((tree.root.name or "archive") + ENDINGS[kind])
    to_stdout = str(place) == "-"
    if to_stdout and (kind == "bagit" or as_json):
        raise click.UsageError("a bag is a folder" if kind == "bagit" else "--json and -o - both want standard output")
    with TerminalProgress(not as_json and not to_stdout) as progress:
        if kind == "bagit":
            if not (content_only or dry_run):
                build_site(tree, BuildOptions(), progress)
            report = export_bag(tree, place, progress, with_site=not content_only, dry_run=dry_run)
        else:
            target = None if dry_run else sys.stdout.buffer if to_stdout else place
            report = export_articles(tree, kind, target, progress, min_shared=min_shared)
            report.output = str(place)
    if as_json:
        print_json(report)
        return 0
    show_problems(report.problems)
    done = [plural(report.articles, "article"), f"{report.bytes / 1e6:,.1f} MB"]
    done += [f"{plural(report.entities, 'entity', 'entities')}, {plural(report.pairs, 'pair')}"] if report.pairs else []
    done += [f"{report.left_out:,} left out (not published)"] if report.left_out else []
    verb = "Would write" if dry_run else "Wrote"
    click.echo(f"{verb} {clean(str(place))}: {', '.join(done)}", err=to_stdout)
    return 0
