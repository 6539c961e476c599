"""Fuzz every target with atheris (libFuzzer), each in a process of its own, guided by the coverage it reaches.

    python tests/fuzz/fuzz_all.py [--minutes 5] [TARGET …]

Inputs that fail are written to `.fuzz/`, beside the corpus that later runs go on from.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

KEPT = Path(".fuzz")


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["sitegen"]):
        import fuzz_targets
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(fuzz_targets.SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-max_len=20000",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={KEPT}/{name}-", *options], fuzz_targets.TARGETS[name])
    atheris.Fuzz()


def main() -> int:
    """Run the targets one after the other; 1 where an input failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--minutes", type=float, default=5, help="for each target")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        fuzz(options.targets[0], int(options.minutes * 60))
        return 0
    import fuzz_targets

    failed = 0
    for name in options.targets or fuzz_targets.TARGETS:
        started = time.monotonic()
        command = [sys.executable, __file__, "--one", "--minutes", str(options.minutes), name]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        executions = [line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        told = f"{name}: {(time.monotonic() - started) / 60:.1f} minutes, {''.join(executions) or '?'} inputs"
        if done.returncode:
            failed += 1
            print(f"{told}: FAILED\n{done.stderr[-3000:]}", flush=True)
        else:
            print(told, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
