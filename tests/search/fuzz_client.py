"""Fuzz the browser's search client with damaged indexes and hostile queries, in Node.

    python tests/search/fuzz_client.py [--minutes 5] [--seed 1]

`fuzz_client.mjs` says what is demanded; a seed that failed is run again with `--seed N --cases 1`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from search_support import CLIENT, corpus_of, random_archive, write_index

ENDLESS = 10**9


def fuzz_client(folder: Path, *, cases: int, seconds: float = 3600, seed: int = 1, scripts: bool = False) -> Any:
    """What `fuzz_client.mjs` tells of an archive of random words, its index written below `folder`."""
    write_index(folder / "site", corpus_of(random_archive(400)), scripts=scripts)
    module = folder / "client.mjs"
    module.write_bytes(CLIENT.read_bytes())
    runner = Path(__file__).with_suffix(".mjs")
    numbers = map(str, (cases, seconds, seed))
    command = [shutil.which("node") or "node", str(runner), module.as_uri(), str(folder / "site"), *numbers]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def main() -> int:
    """Fuzz both kinds of index for the same time; 1 where a case failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, help="the first case; a random one if not given")
    parser.add_argument("--cases", type=int, default=ENDLESS)
    options = parser.parse_args()
    failed = 0
    for scripts in (False, True):
        seed = random.randrange(2**31) if options.seed is None else options.seed
        with tempfile.TemporaryDirectory() as folder:
            seconds = 30 * options.minutes
            told = fuzz_client(Path(folder), cases=options.cases, seconds=seconds, seed=seed, scripts=scripts)
        failures = told.pop("failures")
        print(f"{'scripts' if scripts else 'JSON'} from seed {seed}: {told}", flush=True)
        for failure in failures:
            print(f"seed {failure['seed']}: {failure['what']}", flush=True)
        failed += len(failures)
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
