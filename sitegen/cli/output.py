"""What people and scripts see: problems, progress, summaries, JSON."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from sitegen.model import Problem

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SHOWN = 20
"""Problems of one kind that are listed in full; the summary counts the rest."""


def root_option(function: Callable[..., int]) -> Callable[..., int]:
    """`--root`, accepted after the command as well as before it; the command receives `tree`."""

    @wraps(function)
    def with_tree(*args: Any, root: Path | None, **kwargs: Any) -> int:
        from sitegen.store.source_tree import SourceTree

        before = click.get_current_context().obj
        return function(*args, tree=SourceTree(root or before or Path()), **kwargs)

    option = click.option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False),
        help="The archive's folder (default: the current one).",
    )
    return option(with_tree)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 if there were warnings.")
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=0), default=0, metavar="N", help="Worker processes (default: one a core)."
)
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")


def print_json(value: Any) -> None:
    """One compact line of JSON on standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


def fail(problem: Problem) -> None:
    """Tell why the command failed."""
    place = f"{problem.path}:{problem.line}: " if problem.line else f"{problem.path}: " if problem.path else ""
    click.echo(click.style("error: ", fg="red", bold=True) + clean(f"{place}{problem.message}"), err=True)
    if problem.hint:
        click.echo(click.style("  hint: ", fg="cyan") + clean(problem.hint), err=True)


def show_problems(problems: Sequence[Problem]) -> None:
    """List problems on standard error, many of one kind cut short."""
    shown: Counter[str] = Counter()
    for problem in problems:
        shown[problem.code] += 1
        if shown[problem.code] > _SHOWN:
            continue
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        colour = "red" if problem.severity == "error" else "yellow"
        label = click.style(f"{problem.severity}: ", fg=colour, bold=True)
        click.echo(f"{label}{clean(place)}: {clean(problem.message)} [{problem.code}]", err=True)
        if problem.hint:
            click.echo(click.style("  hint: ", fg="cyan") + clean(problem.hint), err=True)
    for code, count in shown.items():
        if count > _SHOWN:
            click.echo(f"  … and {count - _SHOWN:,} more [{code}]; --json lists all", err=True)


def clean(text: str) -> str:
    """Text from files must not steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 article`, `2,000 articles`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


class TerminalProgress:
    """Progress on a terminal, shown once the work takes longer than a second; silent elsewhere."""

    def __init__(self, enabled: bool = True) -> None:
        self._enabled = enabled and sys.stderr.isatty()
        self._started = time.monotonic()
        self._began = self._started
        self._name = ""
        self._total = 0
        self._done = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> TerminalProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def phase(self, name: str, total: int) -> None:
        """Begin a step."""
        self._stop()
        self._name, self._total, self._done, self._began = name, total, 0, time.monotonic()
        self._show()

    def advance(self, units: int) -> None:
        """Count units of the step as done."""
        self._done += units
        self._show()
        if self._progress is not None and self._task is not None:
            rate = f"{self._done / max(time.monotonic() - self._began, 0.001):,.0f}/s"
            self._progress.update(self._task, completed=self._done, rate=rate)

    def problem(self, problem: Problem) -> None:
        """Problems are listed at the end, where they are not scrolled away."""

    def _show(self) -> None:
        if not self._enabled or self._progress is not None or time.monotonic() - self._started < 1:
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(self._name, total=self._total or None, completed=self._done, rate="")
        self._progress.start()

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
