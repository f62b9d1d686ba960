"""Many runs from a shell: ``python -m tests.sim --seeds 20000 --first 1``; prints the seed of every run that breaks."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.sim.world import run_seed


def shared_memory() -> Path:
    """A folder for stores: in memory where the system has such a place, since every run commits hundreds of times."""
    place = Path("/dev/shm")
    return place if place.is_dir() and os.access(place, os.W_OK) else Path(tempfile.gettempdir())


def attempt(seed: int) -> tuple[int, str | None, Counter[str]]:
    """One run: its seed, what broke, what happened in it."""
    with tempfile.TemporaryDirectory(dir=shared_memory()) as folder:
        try:
            return seed, None, run_seed(seed, Path(folder) / "run").done
        except BaseException:  # noqa: BLE001 - reported with its seed
            return seed, traceback.format_exc(), Counter()


def main() -> int:
    """Run the seeds on all cores; 1 when any broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=None, help="begin no more runs after so long")
    wanted = parser.parse_args()
    began = time.monotonic()
    broken = []
    number = 0
    happened: Counter[str] = Counter()
    with multiprocessing.Pool(wanted.workers) as pool:
        seeds = range(wanted.first, wanted.first + wanted.seeds)
        for number, (seed, trouble, done) in enumerate(pool.imap_unordered(attempt, seeds, chunksize=4), 1):
            happened += done
            if trouble is not None:
                broken.append(seed)
                sys.stdout.write(f"seed {seed} broke:\n{trouble}\n")
            if number % max(1, wanted.seeds // 20) == 0:
                sys.stdout.write(
                    f"{number} of {wanted.seeds} runs, {len(broken)} broken, {time.monotonic() - began:.0f} s\n"
                )
                sys.stdout.flush()
            if wanted.minutes is not None and time.monotonic() - began > wanted.minutes * 60 and number < len(seeds):
                sys.stdout.write(f"the time is up after {number} of {wanted.seeds} runs\n")
                pool.terminate()
                break
    for name, count in sorted(happened.items()):
        sys.stdout.write(f"  {count:8}  {name}\n")
    sys.stdout.write(f"{number - len(broken)} passed, {len(broken)} failed\n")
    if broken:
        sys.stdout.write(f"replay: make sim SEEDS=1 FIRST={broken[0]}   (broken: {broken[:20]})\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
