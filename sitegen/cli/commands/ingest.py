"""`sitegen ingest`."""

from __future__ import annotations

from pathlib import Path

import click

from sitegen.cli.output import (
    TerminalProgress,
    dry_run_option,
    jobs_option,
    json_option,
    plural,
    print_json,
    root_option,
    show_problems,
    strict_option,
    yes_option,
)
from sitegen.store.source_tree import SourceTree


@click.command("ingest")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--tagger",
    default="",
    metavar="NAME",
    help="Who finds the entities: builtin (default), spacy:MODEL, or none (those given by the source are kept).",
)
@click.option("--restore", is_flag=True, help="Make pages again that were deleted by hand.")
@jobs_option
@dry_run_option
@yes_option
@strict_option
@json_option
@root_option
def command(
    tree: SourceTree,
    paths: tuple[Path, ...],
    tagger: str,
    restore: bool,
    jobs: int,
    dry_run: bool,
    yes: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Turn raw texts into Markdown pages under content/articles.

    PATHS are files or folders (default: content/raw) of .txt, .md, .html, .jsonl (also .jsonl.gz) and .csv.
    The text is repaired, cut into paragraphs, dated, given a headline where it has none, and tagged with the
    people, organisations and places it names. Raw files are never changed. Run it as often as you like: what has
    not changed is left alone, and so is every page that a person has edited, removed or deleted.
    """
    from sitegen.pipeline.ingest_articles import IngestOptions, ingest_articles

    del yes  # Nothing is overwritten that a person wrote, so there is nothing to ask.
    options = IngestOptions(paths=paths, tagger=tagger, jobs=jobs, dry_run=dry_run, restore=restore)
    with TerminalProgress(not as_json) as progress:
        report = ingest_articles(tree, options, progress)
    if as_json:
        print_json(report)
    else:
        show_problems(report.problems)
        parts = [plural(report.written, "page") + (" would be written" if dry_run else " written")]
        parts += [f"{report.kept:,} kept as they were"] if report.kept else []
        parts += [plural(report.duplicates, "duplicate")] if report.duplicates else []
        parts += [f"{report.copies:,} linked to copies"] if report.copies else []
        parts += [plural(report.conflicts, "conflict")] if report.conflicts else []
        parts += [f"{report.removed:,} removed earlier, left out"] if report.removed else []
        parts += [f"{report.set_aside:,} set aside"] if report.set_aside else []
        rate = report.articles / report.seconds if report.seconds else 0
        click.echo(f"{plural(report.articles, 'article')}: {', '.join(parts)} ({report.seconds:.1f} s, {rate:,.0f}/s)")
        for language, count in sorted(report.untagged.items()):
            click.echo(
                f"  {plural(count, 'article')} in `{language}` not tagged: the tagger does not know the language"
            )
        if report.written and not dry_run:
            click.echo("Next: sitegen build")
    return 1 if strict and report.problems else 0
