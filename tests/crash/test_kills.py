"""P9 on the real thing: the agent is killed at any instant, and after a restart it goes on as if nothing had been."""

from __future__ import annotations

import subprocess
from random import Random
from threading import Event

import psutil

from tests.crash.workplace import KILLS, SEED, Workplace, until


def test_killed_at_any_instant_it_goes_on_by_itself(unhurried: Workplace):
    """``CRASH_KILLS`` and ``CRASH_SEED`` in the environment make it longer and another one."""
    workplace, rng = unhurried, Random(SEED)
    process = workplace.start()
    until(lambda: workplace.events("epoch_begun"), "the first epoch")
    for number in range(KILLS):
        for _ in range(rng.randrange(30)):
            workplace.practice.work(rng.choice((1, 1, 1, 5)))
            Event().wait(rng.uniform(0.0, 0.06))
        if number % 4 == 3:
            for reader in psutil.Process(process.pid).children(recursive=True):
                reader.kill()
            continue
        workplace.kill(process)
        workplace.practice.work(rng.randrange(3))
        process = workplace.start() if rng.random() < 0.8 else _killed_while_it_starts(workplace, rng)
    workplace.settled()
    assert workplace.check_feed() == {1}
    process.terminate()
    process.communicate(timeout=150)


def _killed_while_it_starts(workplace: Workplace, rng: Random) -> subprocess.Popen[str]:
    """Killed before it has even said that it runs, and started once more."""
    process = workplace.office.start("run", "--quiet")
    Event().wait(rng.uniform(0.0, 1.0))
    workplace.kill(process)
    return workplace.start()
