"""`sitegen build`."""

from __future__ import annotations

import click

from sitegen.cli.output import (
    TerminalProgress,
    jobs_option,
    json_option,
    plural,
    print_json,
    root_option,
    show_problems,
    strict_option,
)
from sitegen.store.source_tree import SourceTree


@click.command("build")
@click.option("--clean", is_flag=True, help="Forget the cache and the site, and make everything anew.")
@click.option("--explain", is_flag=True, help="List every page that was rendered, and why.")
@jobs_option
@strict_option
@json_option
@root_option
def command(tree: SourceTree, clean: bool, explain: bool, jobs: int, strict: bool, as_json: bool) -> int:
    """Make the site and both search indexes from content/ and the theme.

    Only what has changed is rendered and written. The site is the same, byte for byte, as a clean build would make it.
    """
    from sitegen.pipeline.glance import Glance

    seen = Glance(tree)
    report = None if clean else seen.last_report()
    if report is None:
        from sitegen.pipeline.build_site import BuildOptions, build_site

        with TerminalProgress(not as_json) as progress:
            report = build_site(tree, BuildOptions(clean=clean, jobs=jobs, explain=explain), progress, seen)
    if as_json:
        print_json(report)
        return 1 if strict and report.problems else 0
    show_problems(report.problems)
    if explain:
        click.echo(f"looked at: {report.looked_at}")
        for page in report.pages:
            click.echo(f"{'wrote' if page.changed else 'same '}  {page.page}  ({page.reason})")
    done = [f"{report.written:,} written", f"{report.kept:,} kept"]
    done += [f"{report.deleted:,} deleted"] if report.deleted else []
    done += [f"{plural(report.set_aside, 'page')} set aside"] if report.set_aside else []
    click.echo(
        f"{plural(report.articles, 'article')}, {plural(report.files, 'file')} in {report.output}/: "
        f"{', '.join(done)} ({report.seconds:.1f} s)"
    )
    return 1 if strict and report.problems else 0
