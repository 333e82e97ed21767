"""Runs the chaos: prints the seed, the plan and what came of it; ends with 1 where something was not true."""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.run import SHORT, Scale, run

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    options = _options()
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    scale = SHORT if options.short else Scale(options.threads, options.minutes * 60)
    kept = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))
    broken = []
    for kind in DATABASES if options.database == "both" else (options.database,):
        folder = kept / kind
        folder.mkdir()
        broken += [f"{kind}: {each}" for each in asyncio.run(run(kind, seed, scale, folder, _tell))]
    for each in broken:
        print(f"NOT TRUE  {each}")
    print(f"{len(broken)} violations; seed {seed}; logs in {kept}" if broken else f"All of it is true; seed {seed}.")
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same faults again; default: a new one")
    parser.add_argument("--minutes", type=float, default=1.5, help="of bad weather, for each database (%(default)s)")
    parser.add_argument("--threads", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--short", action="store_true", help="20 threads, a few seconds: what CI runs")
    return parser.parse_args()


def _tell(said: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
