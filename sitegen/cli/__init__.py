"""Edge: arguments in, messages and exit codes out. The only package that prints."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage."""
    from sitegen.cli.program import run

    sys.exit(run(sys.argv[1:]))
