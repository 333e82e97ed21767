"""Jobs in processes of their own, forked from this one, which has everything that they need."""

import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

#: processes at once
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)


def forked(jobs: Sequence[Callable[[], Any]], *, quiet: bool = True) -> Iterator[tuple[int, Any]]:
    """The number of each job and what it gave, None where it was ended by a signal; as it comes."""
    running: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as kept:
        for number in range(len(jobs) + 1):
            while running and (number == len(jobs) or len(running) >= JOBS):
                over = running.pop(os.wait()[0])
                yield over, _told(Path(kept, str(over)))
            if number < len(jobs):
                running[_fork(jobs[number], Path(kept, str(number)), quiet=quiet)] = number
                print(f"\r{number + 1} of {len(jobs)} ", end="", file=sys.stderr, flush=True)


def _fork(job: Callable[[], Any], told: Path, *, quiet: bool) -> int:
    if pid := os.fork():
        return pid
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2) if quiet else (1,):
        os.dup2(silence, stream)
    try:
        told.write_bytes(pickle.dumps(job()))
    except Exception as error:  # noqa: BLE001 -- it is told where somebody can read it
        told.write_bytes(pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}")))
    finally:
        os._exit(0)


def _told(path: Path) -> Any:
    if not path.exists():
        return None
    given = pickle.loads(path.read_bytes())  # noqa: S301 -- written by _fork
    if isinstance(given, RuntimeError):
        raise given
    return given
