"""`sitegen publish`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from sitegen.cli.output import (
    TerminalProgress,
    clean,
    dry_run_option,
    json_option,
    plural,
    print_json,
    root_option,
    show_problems,
    yes_option,
)
from sitegen.model import Problem
from sitegen.store.source_tree import SourceTree

if TYPE_CHECKING:
    from sitegen.publish.publish_site import PublishReport

_LISTED = 10
_HOSTS = ("netlify", "cloudflare", "nginx", "caddy")


@click.command("publish")
@click.argument("target", default="", metavar="[TARGET]")
@click.option("--max-deletes", type=click.IntRange(min=0), metavar="N", help="Allow so many deletes.")
@click.option("--purge", is_flag=True, help="Delete old search files at once, not one publish later.")
@click.option("--overwrite", is_flag=True, help="Replace files of the same names that sitegen did not write.")
@click.option("--take-over", is_flag=True, help="Go ahead though another publish seems to be at work.")
@click.option("--forget-history", is_flag=True, help="Git: replace the branch's history by one commit.")
@click.option("--no-build", is_flag=True, help="Publish the site as it lies, without building it first.")
@click.option(
    "--host-files", type=click.Choice(_HOSTS), help="Only write the files that tell a host of caches and redirects."
)
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Where to write host files.")
@dry_run_option
@yes_option
@json_option
@root_option
def command(
    tree: SourceTree,
    target: str,
    max_deletes: int | None,
    purge: bool,
    overwrite: bool,
    take_over: bool,
    forget_history: bool,
    no_build: bool,
    host_files: str | None,
    output: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Build the site and bring it to where readers find it; only what has changed is sent.

    TARGET is a name from sitegen.toml ([publish.NAME] target = "…") or an address: folder:DIR, git:REMOTE#BRANCH,
    s3://BUCKET/PREFIX, sftp://USER@HOST/DIR, rsync:USER@HOST:DIR. Without one, the only target that is set.

    Nothing is deleted that sitegen did not write. What was redacted, withdrawn or removed goes first. A publish that
    was cut off goes on where it stopped.
    """
    from sitegen.pipeline.build_site import BuildOptions, build_site
    from sitegen.publish.addresses import parse_address
    from sitegen.publish.open_target import find_settings, open_target
    from sitegen.publish.prepare import prepare
    from sitegen.publish.publish_site import PublishOptions, publish_site
    from sitegen.publish.takedowns import refuse_stale_site, withdrawn_paths
    from sitegen.store.locks import hold
    from sitegen.store.output_tree import OutputTree

    config = tree.load_config()
    if host_files:
        return _write_host_files(tree, host_files, output or tree.root / "host-files" / host_files, dry_run, as_json)
    settings = find_settings(config, target)
    if forget_history:
        settings = msgspec.structs.replace(settings, history=False)

    def confirm(deletes: int, files: int) -> bool:
        if yes:
            return True
        if as_json or not sys.stdin.isatty():
            return False
        return click.confirm(f"Delete {deletes:,} of {files:,} files there?", default=False)

    with TerminalProgress(not as_json) as progress, hold(tree.state, "publish", timeout=0.2):
        far = open_target(tree, settings)
        try:
            if not (no_build or dry_run):
                build_site(tree, BuildOptions(), progress)
            else:
                refuse_stale_site(tree, OutputTree(tree.root / config.output))
            prepared = prepare(tree, config, settings, parse_address(settings.target))
            options = PublishOptions(
                dry_run=dry_run,
                max_deletes=max_deletes,
                confirm=None if dry_run else confirm,
                purge=purge,
                overwrite=overwrite,
                take_over=take_over,
                force=forget_history,
                jobs=settings.jobs,
            )
            report = publish_site(prepared.files, withdrawn_paths(tree), far, options, progress)
        finally:
            far.close()
    report.problems = [*prepared.problems, *report.problems]
    if report.taken_down and settings.history and far.atomic:
        report.problems.append(_history_problem(report.target))
    if as_json:
        print_json(report)
    else:
        show_problems(report.problems)
        _show(report)
    return 0


def _history_problem(target: str) -> Problem:
    return Problem(
        path=target,
        code="history",
        message="what was taken down is gone from the branch, but still in its history",
        hint="publish once more with --forget-history, then ask the host to drop what nothing refers to any more",
    )


def _show(report: PublishReport) -> None:
    if report.dry_run:
        for step in report.steps:
            click.echo(f"{step.verb:6}  {step.name}: {plural(len(step.paths), 'file')}")
            for path in step.paths[:_LISTED]:
                click.echo(f"          {clean(path)}")
            if len(step.paths) > _LISTED:
                click.echo(f"          … and {len(step.paths) - _LISTED:,} more; --json lists all")
    for address in report.taken_down:
        click.echo(f"{'Would take' if report.dry_run else 'Took'} down {clean(address)}")
    done = [f"{report.sent:,} sent ({report.sent_bytes / 1e6:,.1f} MB)", f"{report.kept:,} kept"]
    done += [f"{report.deleted:,} deleted"] if report.deleted else []
    done += [f"{report.retired:,} old search files kept until the next publish"] if report.retired else []
    head = f"Would publish to {clean(report.target)}" if report.dry_run else f"Published to {clean(report.target)}"
    size = f"{plural(report.files, 'file')}, {report.bytes / 1e6:,.1f} MB"
    click.echo(f"{head}: {size}: {', '.join(done)} ({report.seconds:.1f} s)")
    if report.dry_run:
        click.echo("Nothing was changed (--dry-run).")


def _write_host_files(tree: SourceTree, kind: str, folder: Path, dry_run: bool, as_json: bool) -> int:
    from sitegen.publish.host_files import host_files
    from sitegen.publish.prepare import whole_site
    from sitegen.publish.redirects import read_redirects
    from sitegen.render.urls import base_path
    from sitegen.store.source_tree import write_atomically

    config = tree.load_config()
    redirects = read_redirects(whole_site(tree, config))
    compressed = any(settings.compress for settings in config.publish.values())
    files = host_files(kind, redirects, base_path(config.base_url), compressed=compressed)
    if not dry_run:
        for name, data in files.items():
            write_atomically(folder / name, data)
    if as_json:
        print_json({"written": [str(folder / name) for name in files], "dry_run": dry_run})
        return 0
    for name in files:
        click.echo(f"  {folder / name}")
    click.echo(
        "Nothing was changed (--dry-run)." if dry_run else f"Written. docs/publish.md says what {kind} does with it."
    )
    return 0
