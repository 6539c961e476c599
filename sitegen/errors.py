"""Errors a person can act on. Anything else that escapes is a bug and shows its traceback.

SitegenError
├── UsageError          wrong arguments or settings: exit code 2
├── ConfigError         `sitegen.toml` cannot be used
├── ContentError        a file under `content/` cannot be used
├── ThemeError          a template or theme file is broken
├── LockedError         another sitegen holds the lock
├── StorageError        the disk refused: full, read-only, no permission
└── TargetError         where the site is published to refused, or could not be reached
"""

from __future__ import annotations

from sitegen.model.problem import Problem


class SitegenError(Exception):
    """Base of all errors that are told without a traceback."""

    def __init__(self, message: str, *, path: str = "", line: int = 0, hint: str = "", code: str = "failed") -> None:
        super().__init__(message)
        self.problem = Problem(path=path, line=line, code=code, message=message, hint=hint, severity="error")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.problem)

    def __str__(self) -> str:
        return str(self.problem) if self.problem.path else self.problem.message


def _rebuild(kind: type[SitegenError], problem: Problem) -> SitegenError:
    """Unpickle an error that comes from a worker process."""
    return kind(problem.message, path=problem.path, line=problem.line, hint=problem.hint, code=problem.code)


class UsageError(SitegenError):
    """The arguments do not fit together."""


class ConfigError(SitegenError):
    """`sitegen.toml` cannot be used."""


class ContentError(SitegenError):
    """A file under `content/` cannot be used."""


class ThemeError(SitegenError):
    """A template or a theme's settings are broken."""


class LockedError(SitegenError):
    """Another sitegen is at work on this archive."""


class StorageError(SitegenError):
    """The disk refused to read or write."""


class TargetError(SitegenError):
    """The place that the site is published to refused, or could not be reached."""

    transient = False
    """Trying again may help: the connection was lost, the host was busy."""


class BusyTargetError(TargetError):
    """A failure that may pass by itself."""

    transient = True


class OvertakenError(TargetError):
    """Somebody else has published to the same place in the meantime."""


class ForeignFileError(TargetError):
    """A file that sitegen did not write is in the way at the target."""
