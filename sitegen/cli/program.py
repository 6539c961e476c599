"""The `sitegen` program: finds the command, runs it, turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sitegen import __version__
from sitegen.cli.output import fail
from sitegen.errors import SitegenError, UsageError

COMMANDS = {
    "new": "Start an empty archive, ready to build.",
    "ingest": "Turn raw texts into pages under content/articles.",
    "build": "Make the site and both search indexes.",
    "serve": "Look at the site on this machine.",
    "search": "Search the archive on this machine.",
    "tag": "Find people, organisations and places in texts.",
    "retag": "Run the tagger again and show the difference.",
    "entities": "Look at people, organisations and places, and put them right.",
    "remove": "Take articles out, for good.",
    "publish": "Bring the site to where readers find it.",
    "export": "Write the archive for other programs and keepers.",
    "why": "Tell what a page is made of and why it was last written.",
    "check": "Look for broken links, bad pages and changed files.",
}
"""Every command with its one-line help, in the order of a person's work. Modules load only when their command runs."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sitegen.cli.commands.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean `sitegen {close[0]}`?" if close else f"Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"{error.message} {hint}", ctx) from None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The archive's folder (default: the current one).",
)
@click.version_option(__version__, message="sitegen %(version)s")
@click.pass_context
def program(context: click.Context, root: Path | None) -> None:
    """Turn a heap of article text into a readable, searchable, citable site that any web host can serve.

    \b
    To begin:
      sitegen new my-archive --demo     an archive with sample articles
      cd my-archive
      sitegen ingest                    content/raw → content/articles
      sitegen build                     content → site
      sitegen serve --open              look at it
    """  # noqa: D301 - \b is click's mark for text that is not to be wrapped
    context.obj = root


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code."""
    try:
        result = program.main(list(arguments), prog_name="sitegen", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nstopped; nothing half-written is left behind", err=True)
        return 130
    except UsageError as error:
        fail(error.problem)
        return 2
    except SitegenError as error:
        fail(error.problem)
        return 1
    except (BrokenPipeError, SystemExit):
        # The reader of our output (`| head`) has gone, for which click would exit with 1; that is no error.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives to the end
        return 0
    return result if isinstance(result, int) else 0
