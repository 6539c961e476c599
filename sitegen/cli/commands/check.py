"""`sitegen check`."""

from __future__ import annotations

import click

from sitegen.cli.output import json_option, plural, print_json, root_option, show_problems, strict_option
from sitegen.store.source_tree import SourceTree


@click.command("check")
@click.option("--fixity", is_flag=True, help="Compare raw files and pages with the digests that were kept.")
@strict_option
@json_option
@root_option
def command(tree: SourceTree, fixity: bool, strict: bool, as_json: bool) -> int:
    """Look for broken links in the site, bad front matter and, with --fixity, files that have changed.

    Changes nothing. Exits with 1 if there are errors.
    """
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
