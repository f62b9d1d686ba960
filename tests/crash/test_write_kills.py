"""P4 and P5 where anything may die: at every named point of a command's way, for every kind and both channels.

At each point the agent dies, and once more whoever else works there: the writer bridge, the connection, the API's
answer, the cloud's acknowledgement, the disk. Afterwards the practice holds the effect exactly once (or, where it was
refused, not at all), and the cloud exactly one final outcome, which is true.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from sandbox.practice.schema import Pms
from tests.crash.dying import AGENT, OTHER, Kill, Office
from tests.crash.orders import KINDS
from tests.crash.workplace import SEED
from tests.sim.__main__ import shared_memory

PMS: tuple[Pms, ...] = ("eaglesoft", "opendental")
FEW = 4
"""Kills per kind where there is little time."""
TWICE = int(os.environ.get("CRASH_WRITES", "60")) // 4
"""Commands per kind on whose way two die, where there is time."""


@contextmanager
def office(pms: Pms, seed: int) -> Iterator[Office]:
    """An office; at its end all is well, and it says what has happened."""
    with tempfile.TemporaryDirectory(dir=shared_memory()) as folder:
        made = Office(pms, seed, Path(folder))
        try:
            yield made
            made.end()
        except BaseException as error:
            error.add_note(f"CRASH_SEED={seed}")
            raise
        finally:
            made.store.close()
            made.connection.close()
            told = {"kills": made.kills.total(), "outcomes": dict(made.outcomes), "a person decided": dict(made.asked)}
            print(pms, told, dict(made.kills))


def kill(made: Office, kind: str, *kills: Kill) -> list[str]:
    """Let them die on the way of one command."""
    try:
        return made.carry_out(kind, kills)
    except BaseException as error:
        error.add_note(f"{made.plan.pms} {kind}: {kills}")
        raise


@pytest.mark.timeout(600)
@pytest.mark.parametrize("pms", PMS)
def test_some_die_on_the_way_of_every_kind(pms: Pms) -> None:
    rng = Random(SEED)
    with office(pms, 3) as made:
        for its_pms, kind in KINDS:
            if its_pms == pms:
                points = made.points_of(kind)
                for number in range(FEW):
                    kill(made, kind, Kill((AGENT, OTHER)[number % 2], rng.randrange(1, len(points) + 1)))
        assert made.kills.total() >= FEW * 9


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("pms", "kind"), KINDS)
def test_whoever_dies_at_any_point_every_effect_is_there_once(pms: Pms, kind: str) -> None:
    with office(pms, 3) as made:
        points = made.points_of(kind)
        died: Counter[str] = Counter()
        for at in range(1, len(points) + 1):
            for who in (AGENT, OTHER):
                died.update(kill(made, kind, Kill(who, at)))
        assert {name.partition(" ")[2] for name in died} == set(points), "every point has had its death"


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("pms", "kind"), KINDS)
def test_two_deaths_on_one_way_are_no_worse(pms: Pms, kind: str) -> None:
    rng = Random(f"{SEED} {pms} {kind}")
    with office(pms, SEED + 10) as made:
        points = len(made.points_of(kind))
        for _ in range(TWICE):
            first = Kill(rng.choice((AGENT, OTHER)), rng.randrange(1, points + 1))
            kill(made, kind, first, Kill(rng.choice((AGENT, OTHER)), rng.randrange(1, points + 1)))
