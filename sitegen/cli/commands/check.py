"""`sitegen check`."""

from __future__ import annotations

from pathlib import Path

import click

from sitegen.cli.output import json_option, plural, print_json, root_option, show_problems, strict_option
from sitegen.store.source_tree import SourceTree


@click.command("check")
@click.argument("bag", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[BAG]")
@click.option("--fixity", is_flag=True, help="Compare raw files and pages with the digests that were kept.")
@strict_option
@json_option
@root_option
def command(tree: SourceTree, bag: Path | None, fixity: bool, strict: bool, as_json: bool) -> int:
    """Look for broken links in the site, bad front matter and, with --fixity, files that have changed.

    Changes nothing. Exits with 1 if there are errors. With --fixity BAG, a bag made by `sitegen export bagit` (or any
    other) is checked instead.
    """
    if bag is not None:
        if not fixity:
            raise click.UsageError("a bag is checked with --fixity")
        return _check_bag(bag, as_json)
    from sitegen.pipeline.check_archive import check_archive

    report = check_archive(tree, fixity=fixity)
    errors = sum(problem.severity == "error" for problem in report.problems)
    if as_json:
        print_json(report)
    else:
        show_problems(report.problems)
        looked = [plural(report.pages, "page"), plural(report.files, "file"), plural(report.links, "link")]
        looked += [plural(report.raw_files, "raw file")] if fixity else []
        click.echo(
            f"Looked at {', '.join(looked)}: {plural(errors, 'error')}, "
            f"{plural(len(report.problems) - errors, 'warning')}. The site has {report.bytes / 1e6:,.1f} MB."
        )
        if not report.files:
            click.echo("There is no site yet: run `sitegen build`.")
    return 1 if errors or (strict and report.problems) else 0


def _check_bag(bag: Path, as_json: bool) -> int:
    from sitegen.pipeline.fixity import check_bag

    report = check_bag(bag)
    if as_json:
        print_json(report)
    else:
        show_problems(report.problems)
        found = plural(len(report.problems), "error")
        click.echo(f"Looked at {plural(report.files, 'file')}, {report.bytes / 1e6:,.1f} MB: {found}.")
    return 1 if report.problems else 0
