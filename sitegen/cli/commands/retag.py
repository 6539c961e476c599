"""`sitegen retag`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sitegen.cli.output import (
    TerminalProgress,
    clean,
    dry_run_option,
    jobs_option,
    json_option,
    plural,
    print_json,
    root_option,
    show_problems,
    yes_option,
)
from sitegen.store.source_tree import SourceTree

if TYPE_CHECKING:
    from sitegen.pipeline.retag_articles import RetagPlan, TagChange

_SHOWN = 20
"""Articles whose difference is shown, unless --full is given; --json has all."""


@click.command("retag")
@click.argument("articles", nargs=-1, metavar="[ARTICLE…]")
@click.option("--tagger", default="", metavar="NAME", help="builtin, spacy:MODEL … (default: as sitegen.toml says).")
@click.option("--full", is_flag=True, help="Show the difference of every article.")
@jobs_option
@yes_option
@dry_run_option
@json_option
@root_option
def command(
    tree: SourceTree,
    articles: tuple[str, ...],
    tagger: str,
    full: bool,
    jobs: int,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run the tagger again over articles (default: all), show what would change, and ask before writing.

    ARTICLE is an id, an address such as /2018/06/title/, or a page's path. Only the lists that the machine made are
    replaced: what you added under `tag` or took out under `untag` stays, and nothing you took out comes back.
    `sitegen entities undo` takes the last run back.
    """
    from sitegen.pipeline.retag_articles import RetagOptions, plan_retag, write_retag

    with TerminalProgress(not as_json) as progress:
        retagging = plan_retag(tree, RetagOptions(articles=articles, tagger=tagger, jobs=jobs), progress)
    plan = retagging.plan
    if not as_json:
        _show(plan, len(plan.changes) if full or articles else _SHOWN)
    if plan.changed and not dry_run:
        if not yes and not as_json:
            click.confirm(f"Write {plural(plan.changed, 'page')}?", abort=True)
        told = len(plan.problems)
        with TerminalProgress(not as_json) as progress:
            write_retag(tree, retagging, progress)
        if not as_json:
            show_problems(plan.problems[told:])
    if as_json:
        print_json({"dry_run": dry_run, "plan": plan})
    elif not plan.changed:
        click.echo("Nothing to do: the tagger says what the pages say.")
    elif dry_run:
        click.echo("Nothing was changed (--dry-run).")
    else:
        done = f"{plural(plan.written, 'page')} written ({plan.seconds:.1f} s)"
        click.echo(f"{done}. Next: sitegen build; to take it back: sitegen entities undo")
    return 0


def _show(plan: RetagPlan, limit: int) -> None:
    from sitegen.pipeline.retag_articles import commonest

    show_problems(plan.problems)
    for change in plan.changes[:limit]:
        _show_change(change)
    if len(plan.changes) > limit:
        click.echo(f"… and {plural(len(plan.changes) - limit, 'more article')}; --full shows all")
    if len(plan.changes) > 1:
        for title, tags in zip(("added", "removed"), commonest(plan.changes, 8), strict=True):
            if tags:
                told = ", ".join(f"{clean(tag.name)} ({tag.kind}, {count:,})" for tag, count in tags)
                click.echo(f"Most often {title}: {told}")
    parts = [f"{plan.changed:,} would change", f"{plan.added:,} tags added", f"{plan.removed:,} removed"]
    parts += [f"{plan.left_out:,} redacted or withdrawn left out"] if plan.left_out else []
    click.echo(
        f"{plural(plan.articles, 'article')} tagged by {clean(plan.tagger)}: {', '.join(parts)} ({plan.seconds:.1f} s)"
    )
    for language, count in sorted(plan.untagged.items()):
        named = f"in `{language}`" if language else "without a language"
        click.echo(f"  {plural(count, 'article')} {named} left as they are: the tagger does not know the language")


def _show_change(change: TagChange) -> None:
    edited = click.style("  (edited by hand)", fg="yellow") if change.edited else ""
    click.echo(f"{click.style(clean(change.title), bold=True)}  {clean(change.path)}{edited}")
    for tag in change.added:
        forms = f", as {', '.join(tag.forms)}" if tag.forms else ""
        click.echo(click.style(f"  + {clean(tag.name)} ({tag.kind}{clean(forms)})", fg="green"))
    for tag in change.removed:
        click.echo(click.style(f"  - {clean(tag.name)} ({tag.kind})", fg="red"))
    for forms_change in change.forms:
        before, after = ", ".join(forms_change.before) or "none", ", ".join(forms_change.after) or "none"
        click.echo(f"  ~ {clean(forms_change.name)} ({forms_change.kind}): forms {clean(before)} → {clean(after)}")
