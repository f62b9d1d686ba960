"""P4 and P5 on real processes: agent, bridges, connections, API and cloud are killed at any instant, and nothing is
written twice, forgotten, or told otherwise than it is.

``CRASH_WRITES`` and ``CRASH_SEED`` in the environment make it longer and another one.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from random import Random
from threading import Event

import pytest

from agent.wire.commands import FINAL, CommandRequest, CommandStatus
from sandbox.practice.schema import Pms
from tests.crash.orders import KINDS, Order
from tests.crash.real_office import RealOffice, opened
from tests.crash.truth import effects
from tests.crash.workplace import SEED

pytestmark = [pytest.mark.heavy, pytest.mark.servers, pytest.mark.timeout(6 * 3600)]

KILLS = int(os.environ.get("CRASH_WRITES", "60")) // 2
"""Of each of the two programs."""
MOST_COMMANDS = 560
"""So many have a slot of their own."""
_VICTIMS = {
    "eaglesoft": ("agent", "agent", "writer", "writer", "reader", "connections", "cloud"),
    "opendental": ("agent", "agent", "agent", "api", "api", "reader", "connections", "cloud"),
}
_UNDER_WAY = 8
_PATIENCE = 900.0
_PROGRESS = 12.0


class Course:
    """A stream of commands, deaths, and the judgement."""

    def __init__(self, office: RealOffice, rng: Random) -> None:
        self.office = office
        self.rng = rng
        self.kinds = [kind for pms, kind in KINDS if pms == office.pms]
        self.queued: dict[str, Order] = {}
        self.open: set[str] = set()
        self.kills: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    def queue(self) -> None:
        """Some kind."""
        office = self.office
        order = office.orders.of(self.kinds[len(self.queued) % len(self.kinds)])
        office.link.commit()
        request = CommandRequest.model_validate(order.request())
        answer = office.cloud.queue_command(office.practice_id, f"key-{len(self.queued)}", request)
        assert isinstance(answer, CommandStatus), answer
        self.queued[answer.command_id] = order
        self.open.add(answer.command_id)

    def kill(self) -> None:
        """Somebody, in the midst of work: commands have come further since the last one was killed."""
        office, victim = self.office, self.rng.choice(_VICTIMS[self.office.pms])
        self.wait_for_progress()
        self.pause(0.4)
        done = 1
        match victim:
            case "agent" | "cloud":
                office.kill(victim)
                self.pause(0.3)
                office.start_agent() if victim == "agent" else office.start_cloud()
            case "api":
                done = office.break_api(lambda: self.pause(0.3))
            case "connections":
                done = office.kill_connections()
            case _:
                done = office.kill_bridges(writer=victim == "writer")
        self.kills[victim] += bool(done)

    def wait_for_progress(self) -> None:
        """Until some command is at another step than at first, for a while."""
        first = {name: len(self.status(name).steps) for name in self.open}
        for _ in range(int(_PROGRESS / 0.1)):
            if any(len(self.status(name).steps) > steps for name, steps in first.items()):
                return
            Event().wait(0.1)

    def pause(self, longest: float) -> None:
        """A moment."""
        Event().wait(self.rng.uniform(0.0, longest))

    def status(self, command_id: str) -> CommandStatus:
        """What the cloud says."""
        answer = self.office.cloud.command_status(self.office.practice_id, command_id)
        assert isinstance(answer, CommandStatus)
        return answer

    def look(self) -> None:
        """Which have ended; a person decides by the truth where one is needed."""
        for command_id in sorted(self.open):
            status = self.status(command_id)
            if status.state == "needs_person":
                count = self.count(command_id)
                self.asked[status.kind] += 1
                self.office.say("writes", "approve" if count is None or count else "retry", command_id)
            if status.final:
                self.open.discard(command_id)

    def count(self, command_id: str) -> int | None:
        """How often the effect is there."""
        office = self.office

        def ask(query: str, *values: object) -> int:
            (found,) = office.link.execute(query, values).fetchone()
            office.link.commit()
            return int(found)

        return effects(office.pms, self.queued[command_id], command_id, ask)

    def judge(self) -> None:
        """Each effect once, each outcome final, single and true."""
        for command_id, order in self.queued.items():
            status, count = self.status(command_id), self.count(command_id)
            finals = [step.state for step in status.steps if step.state in FINAL]
            reason = status.outcome.reason_code if status.outcome is not None else None
            self.outcomes[" ".join(filter(None, (order.kind, status.state, reason)))] += 1
            assert len(finals) == 1, (order.kind, finals)
            assert count is None or count == (finals[0] == "verified"), (order.kind, finals, reason, count)


@pytest.mark.parametrize("pms", ["eaglesoft", "opendental"])
def test_whoever_is_killed_at_any_instant_every_effect_is_there_once(pms: Pms, tmp_path: Path) -> None:
    rng = Random(f"{SEED} {pms}")
    with opened(pms, tmp_path) as office:
        course = Course(office, rng)
        try:
            while course.kills.total() < KILLS:
                for _ in range(rng.randrange(4)):
                    if len(course.open) < _UNDER_WAY and len(course.queued) < MOST_COMMANDS:
                        course.queue()
                course.kill()
                course.look()
            for _ in range(int(_PATIENCE * 2)):
                course.look()
                if not course.open:
                    break
                Event().wait(0.5)
            assert not course.open, Counter((course.status(one).kind, course.status(one).state) for one in course.open)
            course.judge()
        finally:
            told = {"commands": len(course.queued), "kills": dict(course.kills), "a person decided": dict(course.asked)}
            print(pms, f"seed {SEED}", told, dict(course.outcomes))
