"""`sitegen new`."""

from __future__ import annotations

from pathlib import Path

import click

from sitegen.cli.output import dry_run_option, json_option, print_json, yes_option


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--demo", is_flag=True, help="With the sample articles, so that there is something to see.")
@click.option("--with-workflow", is_flag=True, help="With a GitHub workflow that builds, checks and publishes.")
@click.option("--title", default="", help="The archive's name (default: from the folder's).")
@dry_run_option
@yes_option
@json_option
def command(folder: Path, demo: bool, with_workflow: bool, title: str, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Start an empty archive in DIR, ready to build.

    Writes sitegen.toml with a comment for each setting, and the folders that content goes into. Files that are
    already there are left alone.
    """
    from sitegen.pipeline.new_archive import new_archive

    del yes  # Nothing is overwritten.
    written = new_archive(folder, title, demo=demo, with_workflow=with_workflow, dry_run=dry_run)
    if as_json:
        print_json({"root": str(folder), "written": written})
        return 0
    for path in written[:12]:
        click.echo(f"  {path}")
    if len(written) > 12:
        click.echo(f"  … and {len(written) - 12} more")
    click.echo(f"{'Would make' if dry_run else 'Made'} an archive in {folder}/. Next:")
    click.echo(f"  cd {folder}")
    if not demo:
        click.echo("  put your texts into content/raw/")
    click.echo("  sitegen ingest\n  sitegen build\n  sitegen serve --open")
    return 0
