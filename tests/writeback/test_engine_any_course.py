"""Any course of events, drawn by Hypothesis: commands, faults, deaths, restored stores, people, a front desk, time.

Whatever happens, the practice holds each command's effect at most once, and the cloud is told one end of it that is
true. ``WRITEBACK_COURSES`` sets how many courses are tried.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.wire.commands import FINAL
from tests.writeback.bench import BOOKING, Bench, over_already
from tests.writeback.plain import Crash

FAULTS = (
    "refuse conflict not_now die_before die_after lose_before lose_after lose_late die_late bug_before bug_after"
    " desk_before desk_after"
).split()
POLICIES = [
    "",
    '[kinds."patient.update_contact"]\nmode = "ask"\n[kinds."appointment.create"]\nmode = "ask"\n',
    '[kinds."patient.update_contact"]\nmode = "off"\n',
    '[kinds."appointment.create"]\nper_hour = 1\n',
    "nonsense",
]
SLOTS = ("2026-03-05T09:00:00", "2026-03-05T09:30:00", "2026-03-05T13:00:00")
TROUBLES: list[dict[str, Any]] = [
    {"away": True},
    {"halted": "database_changed"},
    {"blind": True, "faults": ["lose_after"]},
    {"blind": True, "faults": ["lose_before"]},
    {"state": "unreachable"},
    {"state": "refused"},
    {"state": "read_only"},
    {"state": "not_configured"},
]
WAITS = st.sampled_from([0, 3, 29, 31, 65, 700])
SOME_FAULTS = st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3)
pytestmark = pytest.mark.timeout(1200)  # seconds on a quiet machine

COURSES = int(os.environ.get("WRITEBACK_COURSES", "10"))


class Courses(RuleBasedStateMachine):
    """An office whose cloud, agent, PMS, people and clocks do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.bench = Bench(self.folder)
        self.bench.online = False
        self.copy: Path | None = None
        self.cloud: dict[str, list[tuple[int, str]]] = {}
        """Command -> what the cloud was told: number and state, each once."""
        self.relived: set[str] = set()
        """Commands that were verified in a life of the agent that a restored store knows nothing of: they are found,
        and verified again."""
        self.twice: set[str] = set()
        """Commands that ended without effect in such a life: they may end again, in another way."""

    def teardown(self) -> None:
        try:
            self._come_to_an_end()
        finally:
            self.bench.close()
            shutil.rmtree(self.folder)

    # What the cloud does ----------------------------------------------------------------------------------------------

    @rule()
    def an_update_is_queued(self) -> None:
        self._give("patient.update_contact", "p1", {"email": f"n{self.bench.last}@example.com"}, 86_400)

    @rule(patient=st.sampled_from(["p1", "p2"]), slot=st.sampled_from(SLOTS), seconds=st.sampled_from([20, 60, 86_400]))
    def a_visit_is_queued(self, patient: str, slot: str, seconds: int) -> None:
        self._give("appointment.create", patient, BOOKING | {"start": slot}, seconds)

    @rule(visit=st.sampled_from(["a1", "a2"]), kind=st.sampled_from(["confirm", "note", "cancel", "reschedule"]))
    def a_change_of_a_visit_is_queued(self, visit: str, kind: str) -> None:
        payload = {"note": {"text": f"n{self.bench.last}"}, "reschedule": {"start": SLOTS[0]}}.get(kind, {})
        self._give(f"appointment.{kind}", visit, payload, 3600)

    @precondition(lambda self: self.bench.given)
    @rule(data=st.data())
    def a_command_is_delivered_again(self, data: st.DataObject) -> None:
        command_id = data.draw(st.sampled_from(sorted(self.bench.given)))
        assume(not self._told_end(command_id))
        self._alive(partial(self.bench.hand_over, command_id, True))

    @rule(acknowledged=st.booleans())
    def reports_travel(self, acknowledged: bool) -> None:
        def travel() -> None:
            found = self.bench.inbox.reports(500)
            ends = {name: state for name, steps in self.cloud.items() for _, state in steps if state in FINAL}
            over = over_already(found, ends)
            for report in found:
                steps = self.cloud.setdefault(report.command_id, [])
                if (report.number, report.state) not in steps:
                    steps.append((report.number, report.state))
            if acknowledged:
                self.bench.inbox.reported(found, over)

        self._alive(travel)

    # What goes wrong --------------------------------------------------------------------------------------------------

    @rule(faults=SOME_FAULTS, patient=st.sampled_from(["p1", "p2"]), seconds=WAITS)
    def a_write_goes_wrong(self, faults: list[str], patient: str, seconds: int) -> None:
        self.bench.channel.faults += faults
        self._give("patient.update_contact", patient, {"email": f"n{self.bench.last}@example.com"}, 86_400)
        self.time_passes(seconds)

    @rule(writes=st.integers(0, 14))
    def the_agent_will_die(self, writes: int) -> None:
        self.bench.die_at = writes

    @rule()
    def the_agent_is_restarted(self) -> None:
        self.bench.restart()

    @rule()
    def a_copy_of_the_store_is_kept(self) -> None:
        self.bench.close()
        self.copy = self.folder / "copy.db"
        shutil.copy(self.bench.path, self.copy)
        self.bench.restart()

    @precondition(lambda self: self.copy is not None)
    @rule(late=st.sampled_from([0, 0, 3600, 90_000]), halted=st.booleans())
    def the_copy_is_restored(self, late: int, halted: bool) -> None:
        """It takes longer than a write is under way; the cloud delivers again whatever it knows no end of."""
        before = {kept.command.command_id: kept.state for kept in self.bench.inbox.all(10_000)}
        self.bench.clock.advance(self.bench.channel.settle_seconds + late)
        self.bench.close()
        for suffix in ("-wal", "-shm"):
            self.bench.path.with_name(self.bench.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.copy, self.bench.path)
        self.bench.restart()
        for command_id, state in before.items():
            kept = self.bench.inbox.get(command_id)
            if state in FINAL and (kept is None or kept.state not in FINAL):
                (self.relived if state == "verified" else self.twice).add(command_id)
        for command_id in self.bench.given:
            if not self._told_end(command_id):
                self._alive(partial(self.bench.hand_over, command_id, True))
        if halted:
            self._during({"halted": "database_changed"}, 10)

    @rule(patient=st.sampled_from(["p1", "p2"]), late=st.sampled_from([0, 90_000]), halted=st.booleans())
    def a_whole_life_is_forgotten(self, patient: str, late: int, halted: bool) -> None:
        self.a_visit_is_queued(patient, SLOTS[0], 86_400)
        self.a_copy_of_the_store_is_kept()
        self.time_passes(65)
        self.the_copy_is_restored(late, halted)

    @rule(trouble=st.sampled_from(TROUBLES), seconds=WAITS)
    def something_is_amiss_for_a_while(self, trouble: dict[str, Any], seconds: int) -> None:
        self._during(trouble, seconds)

    @rule(seconds=st.sampled_from([0.0, 7200.0, -7200.0, 40 * 86_400.0]))
    def the_machines_clock_is_set(self, seconds: float) -> None:
        assume(self.bench.practice.quiet)  # or nobody could tell how long a dead process has been dead
        self.bench.clock.wrong = seconds
        self._alive(self.bench.see_the_clouds_clock)

    # What people do ---------------------------------------------------------------------------------------------------

    @rule(policy=st.sampled_from(POLICIES), seconds=WAITS)
    def the_office_has_another_policy_for_a_while(self, policy: str, seconds: int) -> None:
        self._during({"policy": policy}, seconds)

    @precondition(lambda self: self.bench.given)
    @rule(data=st.data(), verdict=st.sampled_from(["approve", "reject", "retry"]))
    def somebody_decides(self, data: st.DataObject, verdict: str) -> None:
        self._decide(data.draw(st.sampled_from(sorted(self.bench.given))), verdict)

    @rule(visit=st.sampled_from(["a1", "a2"]), status=st.sampled_from(["booked", "cancelled"]))
    def the_front_desk_changes_a_visit(self, visit: str, status: str) -> None:
        self.bench.practice.edit("appointment", visit, status=status, confirmation="attempted", note="the office's")

    @rule()
    def the_front_desk_removes_a_visit(self) -> None:
        self.bench.practice.tables["appointment"].pop("a2", None)

    @rule()
    def the_front_desk_changes_a_patient(self) -> None:
        self.bench.practice.edit("patient", "p1", email="office@example.com")

    @rule(seconds=WAITS)
    def time_passes(self, seconds: int) -> None:
        self.bench.wait(seconds, 31 if seconds > 100 else 5)

    # ------------------------------------------------------------------------------------------------------------------

    @invariant()
    def each_effect_is_there_at_most_once_and_in_time(self) -> None:
        self.bench.practice.land()
        for command_id in self.bench.given:
            found = self.bench.effects(command_id)
            assert len(found) <= 1, f"{command_id} was written {len(found)} times"
            assert all(effect.sent < self.bench.expires(command_id) for effect in found), f"{command_id} had expired"

    @invariant()
    def each_target_keeps_its_order(self) -> None:
        last: dict[str | None, int] = {}
        names = {effects[0].tag: name for name in self.bench.given if (effects := self.bench.effects(name))}
        for effect in sorted(self.bench.practice.effects, key=lambda one: one.sent):
            made = self.bench.given[names[effect.tag]]
            if made.command_id not in self.twice:
                assert last.get(made.target.id, 0) < made.queue_seq, f"{made.command_id} was overtaken"
                last[made.target.id] = made.queue_seq

    @invariant()
    def what_the_cloud_is_told_is_true_and_final(self) -> None:
        for command_id, steps in self.cloud.items():
            numbers = [number for number, _ in steps]
            assert numbers == sorted(set(numbers)), f"the numbers of {command_id} do not rise"
            if command_id in self.twice:
                continue
            ends = [state for _, state in steps if state in FINAL]
            assert len(set(ends)) <= 1, f"{command_id} ended as {ends}"
            after = {state for _, state in steps[[s for _, s in steps].index(ends[0]) :]} if ends else set()
            assert command_id in self.relived or after <= set(ends), f"{command_id} went on after its end: {after}"
            assert not ends or (ends[0] == "verified") == bool(self.bench.effects(command_id)), f"{command_id} {ends}"

    @invariant()
    def the_trail_is_whole(self) -> None:
        assert self.bench.audit.verify().broken_at is None

    @invariant()
    def nothing_fails_but_what_was_made_to_fail(self) -> None:
        assert set(self.bench.problems) <= {"connection_lost", "KeyError"}

    # ------------------------------------------------------------------------------------------------------------------

    def _give(self, kind: str, target: str, payload: dict[str, Any], seconds: int) -> None:
        if not self._alive(lambda: self.bench.give(kind, target, payload, expires_in=seconds)):
            self.bench.hand_over(f"c{self.bench.last}", True)

    def _alive(self, act: Callable[[], object]) -> bool:
        """Do it; False when the agent died of it, and came back."""
        try:
            act()
        except Crash:
            self.bench.restart()
            return False
        return True

    def _during(self, trouble: dict[str, Any], seconds: int) -> None:
        """While something is as it should not be, a command comes in and time passes."""
        bench, practice, channel = self.bench, self.bench.practice, self.bench.channel
        for name, value in trouble.items():
            setattr(next(one for one in (channel, practice, bench) if hasattr(one, name)), name, copy(value))
        self.a_visit_is_queued("p2", SLOTS[2], 86_400)
        self.time_passes(seconds)
        practice.away, practice.halted, channel.state, channel.blind, bench.policy = False, None, "ready", False, ""

    def _told_end(self, command_id: str) -> bool:
        return any(state in FINAL for _, state in self.cloud.get(command_id, ()))

    def _decide(self, command_id: str, verdict: str) -> None:
        """Somebody who has looked, and says nothing untrue."""
        kept = self.bench.inbox.get(command_id)
        if kept is None or not self.bench.practice.quiet:
            return
        there = bool(self.bench.effects(command_id))
        waiting = kept.state in ("received", "awaiting_approval")
        if (verdict == "approve" and (there or waiting)) or (verdict != "approve" and not there):
            self._alive(lambda: self.bench.inbox.decide(command_id, verdict, "kim"))

    def _come_to_an_end(self) -> None:
        """Everything works again, people decide what is left, and time passes until all is over and told."""
        bench = self.bench
        bench.die_at, bench.channel.faults, bench.clock.wrong = None, [], 0.0
        bench.see_the_clouds_clock()
        for _ in range(4):
            bench.wait(200, 50)
            for kept in bench.inbox.open():
                if kept.state == "needs_person":
                    there = bench.effects(kept.command.command_id)
                    self._decide(kept.command.command_id, "approve" if there else "retry")
        bench.wait(3 * 86_400, 43_200)
        self.reports_travel(acknowledged=True)
        assert bench.inbox.open() == [] and bench.inbox.reports(1) == []
        assert all(self._told_end(command_id) for command_id in bench.given), "somebody waits for word"
        self.each_effect_is_there_at_most_once_and_in_time()
        self.each_target_keeps_its_order()
        self.what_the_cloud_is_told_is_true_and_final()
        self.the_trail_is_whole()


TestAnyCourse = Courses.TestCase
TestAnyCourse.settings = settings(
    max_examples=COURSES,
    derandomize=True,  # the same courses every time; more of them with WRITEBACK_COURSES
    database=None,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
