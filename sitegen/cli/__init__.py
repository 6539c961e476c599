"""Edge: arguments in, messages and exit codes out. The only package that prints."""

from __future__ import annotations

import os
import sys

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage."""
    for name in _ONE_THREAD:
        # Work is spread over processes; threads of the linear algebra library would only fight over the same cores.
        os.environ.setdefault(name, "1")
    from sitegen.cli.program import run

    sys.exit(run(sys.argv[1:]))
