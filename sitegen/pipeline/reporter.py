"""How the pipeline tells what it is doing: it never prints."""

from __future__ import annotations

from typing import Protocol

from sitegen.model import Problem


class Reporter(Protocol):
    """Hears about progress and problems. Called from the parent process only."""

    def phase(self, name: str, total: int) -> None:
        """A step of the work begins: `total` units are ahead, 0 if that is not known."""

    def advance(self, units: int) -> None:
        """So many units of the current step are done."""

    def problem(self, problem: Problem) -> None:
        """Something was wrong with an input; the rest goes on."""


class Silent:
    """A reporter that only keeps the problems: for tests and for callers that read the report."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.phases: list[str] = []

    def phase(self, name: str, total: int) -> None:
        """Note the name."""
        del total
        self.phases.append(name)

    def advance(self, units: int) -> None:
        """Ignore progress."""

    def problem(self, problem: Problem) -> None:
        """Keep the problem."""
        self.problems.append(problem)
