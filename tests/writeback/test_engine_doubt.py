"""What the engine does when nobody knows whether a write has landed: it looks, waits, asks, and never writes twice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.model.errors import Retry
from agent.wire.commands import CommandReport
from tests.writeback.bench import BOOKING, Bench

PHONE: dict[str, Any] = {"email": "new@example.com"}
ASK = '[kinds."appointment.create"]\nmode = "ask"\n'


def end(report: CommandReport) -> tuple[str, str | None]:
    return report.state, report.reason_code


@pytest.mark.parametrize("fault", ["lose_after", "lose_late", "die_after", "die_late", "bug_after"])
def test_a_write_whose_answer_is_lost_is_found_and_not_written_again(bench: Bench, fault: str):
    bench.channel.faults = [fault]
    assert bench.do("appointment.create", "p1", BOOKING).state == "verified"
    assert len(bench.effects("c1")) == 1


@pytest.mark.parametrize("fault", ["lose_before", "die_before", "bug_before"])
def test_a_write_that_is_certainly_not_there_is_written_once_more(bench: Bench, fault: str):
    bench.channel.faults = [fault]
    assert bench.do("appointment.create", "p1", BOOKING).state == "verified"
    assert bench.states("c1").count("applied") == 1 and len(bench.effects("c1")) == 1


@pytest.mark.parametrize("fault", ["lose_before", "die_before"])
def test_after_a_lost_answer_nothing_is_looked_for_before_the_settling_time(bench: Bench, fault: str):
    bench.channel.faults = [fault]
    bench.give("appointment.create", "p1", BOOKING)
    bench.wait(29, 1)
    assert bench.channel.looked == 0 and bench.practice.effects == []


@pytest.mark.parametrize("wrong", [86_400.0, -86_400.0])
def test_a_clock_that_is_changed_does_not_shorten_the_settling_time(bench: Bench, wrong: float):
    bench.clock.wrong = wrong
    bench.channel.faults = ["lose_late"]
    bench.give("appointment.create", "p1", BOOKING)
    bench.run()
    bench.clock.wrong = 0.0
    bench.wait(120)
    assert bench.states("c1")[-1] == "verified" and len(bench.effects("c1")) == 1


def test_a_lost_write_that_is_absent_when_it_expires_is_never_written(bench: Bench):
    bench.channel.faults = ["lose_before"]
    assert end(bench.do("appointment.create", "p1", BOOKING, expires_in=20)) == ("expired", "expired")
    assert bench.effects("c1") == []


def test_a_lost_write_that_is_there_is_verified_however_late_it_is(bench: Bench):
    bench.channel.faults = ["lose_after"]
    assert bench.do("appointment.create", "p1", BOOKING, expires_in=20).state == "verified"


def test_a_lost_write_that_is_absent_is_checked_again_before_it_is_written(bench: Bench):
    bench.channel.faults = ["lose_before"]
    bench.give("appointment.create", "p1", BOOKING)
    bench.run()
    bench.practice.edit("appointment", "a1", operatory_id="o2")
    bench.wait(60)
    assert end(bench.told("c1")[-1]) == ("conflict", "double_booked") and bench.effects("c1") == []


def test_a_lost_write_keeps_its_place_before_the_next_of_its_target(bench: Bench):
    bench.channel.faults = ["lose_before"]
    for email in ("first", "second"):
        bench.give("patient.update_contact", "p1", {"email": f"{email}@example.com"})
    bench.wait(60)
    assert [one.changes["email"] for one in bench.practice.effects] == ["first@example.com", "second@example.com"]


def test_what_a_lost_write_was_about_is_gone_so_a_person_must_tell(bench: Bench):
    bench.channel.faults = ["lose_after"]
    bench.give("appointment.confirm", "a1")
    bench.run()
    del bench.practice.tables["appointment"]["a1"]
    bench.wait(60)
    assert end(bench.told("c1")[-1]) == ("needs_person", "outcome_unknown")


def test_what_was_taken_for_certain_and_is_gone_since_was_overwritten(bench: Bench):
    def away(*_: Any) -> Any:
        raise Retry("connection_lost", "away", "Wait.")

    bench.practice.settle = away
    bench.give("appointment.confirm", "a1")
    bench.run()
    del bench.practice.settle, bench.practice.tables["appointment"]["a1"]
    bench.wait(60)
    assert end(bench.told("c1")[-1]) == ("verified", "overwritten_since")


# A person -------------------------------------------------------------------------------------------------------------


def doubtful(bench: Bench, fault: str) -> None:
    bench.channel.faults, bench.channel.blind = [fault], True
    assert end(bench.do("appointment.create", "p1", BOOKING)) == ("needs_person", "outcome_unknown")
    assert "write_unclear" in bench.events
    bench.channel.blind = False


def test_a_person_who_has_seen_it_ends_it_as_written(bench: Bench):
    doubtful(bench, "lose_after")
    assert bench.inbox.decide("c1", "approve", "kim") == "verified"
    bench.wait(60)
    assert bench.told("c1")[-1].decided_by == "person" and len(bench.effects("c1")) == 1


def test_a_person_who_has_not_seen_it_has_it_written(bench: Bench):
    doubtful(bench, "lose_before")
    assert bench.inbox.decide("c1", "retry", "kim") == "received"
    bench.wait(60)
    assert bench.states("c1")[-1] == "verified" and len(bench.effects("c1")) == 1


def test_a_person_can_end_it_without_its_being_written_again(bench: Bench):
    doubtful(bench, "lose_before")
    assert bench.inbox.decide("c1", "reject", "kim") == "rejected"
    bench.wait(60)
    assert end(bench.told("c1")[-1]) == ("rejected", "person_refused") and bench.effects("c1") == []


def test_what_a_person_has_not_decided_holds_up_its_target_only_and_never_expires(bench: Bench):
    doubtful(bench, "lose_before")
    behind, other = (bench.give("patient.update_contact", target, PHONE) for target in ("p1", "p2"))
    bench.wait(60)
    assert (bench.ended(behind), bench.ended(other)) == (False, True)
    bench.clock.advance(40 * 86_400)
    bench.run()
    assert bench.states("c1")[-1] == "needs_person"


# An earlier life ------------------------------------------------------------------------------------------------------


def kept_copy(bench: Bench) -> Path:
    """A copy of the data folder, made while no process has it open."""
    bench.db.close()
    copy = bench.path.with_name("copy.db")
    shutil.copy(bench.path, copy)
    bench.restart()
    return copy


def restore(bench: Bench, copy: Path) -> None:
    """The data folder is restored from that copy, and another process begins."""
    bench.close()
    for end_of_name in ("", "-wal", "-shm"):
        Path(f"{bench.path}{end_of_name}").unlink(missing_ok=True)
    shutil.copy(copy, bench.path)
    bench.restart()


def test_a_restored_store_finds_what_an_earlier_life_has_written(bench: Bench):
    bench.online = False
    bench.practice.halted = "not_now"
    bench.give("appointment.create", "p1", BOOKING)
    bench.run()
    copy = kept_copy(bench)
    bench.practice.halted = None
    bench.wait(60)
    assert len(bench.effects("c1")) == 1
    bench.reports += bench.inbox.reports(500)
    newest = bench.reports[-1].number
    assert bench.reports[-1].state == "verified"

    bench.practice.halted = "database_changed"  # what waits must not forget its doubt meanwhile
    restore(bench, copy)
    bench.wait(60)
    bench.practice.halted = None
    bench.wait(60)
    last = bench.inbox.reports(500)[-1]
    assert last.state == "verified" and last.number > newest and len(bench.effects("c1")) == 1


@pytest.mark.parametrize("state", ["rejected", "expired", "verified"])
def test_a_restored_store_hears_from_the_cloud_what_is_over_and_leaves_it_alone(bench: Bench, state: str):
    bench.policy = ASK
    bench.give("appointment.create", "p1", BOOKING, expires_in=100)
    bench.run()
    copy = kept_copy(bench)
    if state != "expired":
        bench.inbox.decide("c1", "reject" if state == "rejected" else "approve", "kim")
    bench.wait(101)
    assert bench.states("c1")[-1] == state

    bench.policy = ""  # by now it would be carried out
    bench.clock.cloud -= 101
    restore(bench, copy)
    told = len(bench.told("c1"))
    bench.wait(60)
    kept = bench.inbox.get("c1")
    assert kept is not None and (kept.state, len(bench.effects("c1"))) == (state, int(state == "verified"))
    assert len(bench.told("c1")) == told, "the cloud needs not be told what it has said"
    last = bench.audit.entries("c1")[-1]
    assert (last.event, last.who) == (state, "cloud") and bench.audit.verify().broken_at is None


def test_after_a_start_the_cloud_has_half_a_minute_to_say_what_is_over_and_no_longer(bench: Bench):
    bench.practice.halted = "not_now"
    bench.give("appointment.create", "p1", BOOKING)
    bench.run()
    bench.practice.halted = None
    bench.online = False
    bench.restart()
    bench.wait(25)
    assert bench.effects("c1") == []
    bench.wait(15)
    assert len(bench.effects("c1")) == 1


def test_a_cloud_that_answers_after_a_start_is_not_waited_for(bench: Bench):
    bench.practice.halted = "not_now"
    bench.give("appointment.create", "p1", BOOKING)
    bench.run()
    bench.practice.halted = None
    bench.online = False
    bench.restart()
    bench.wait(20)
    bench.deliver()
    bench.run()
    assert len(bench.effects("c1")) == 1


def lost_inbox(bench: Bench, **more: Any) -> None:
    """c1 was written by an earlier life, whose inbox is gone; the cloud delivers it again."""
    bench.do("appointment.create", "p1", BOOKING)
    with bench.db.transaction() as run:
        run.execute("DELETE FROM command")
    bench.reports.clear()
    bench.last = 0
    bench.give("appointment.create", "p1", BOOKING, look_first=True, **more)


def test_a_command_delivered_again_after_the_inbox_was_lost_is_not_written_twice(bench: Bench):
    lost_inbox(bench)
    bench.wait(60)
    assert bench.states("c1")[-1] == "verified" and len(bench.effects("c1")) == 1


def test_it_is_looked_for_even_when_it_has_expired_since(bench: Bench):
    lost_inbox(bench, expires_in=60)
    bench.clock.advance(100)
    bench.run()
    assert bench.states("c1")[-1] == "verified"


def test_it_is_looked_for_even_when_it_would_be_refused_by_now(bench: Bench):
    lost_inbox(bench)
    bench.policy = '[kinds."appointment.create"]\nmode = "off"\n'
    bench.wait(60)
    assert bench.states("c1")[-1] == "verified"


def test_it_needs_a_person_when_what_it_would_be_found_by_is_gone(bench: Bench):
    lost_inbox(bench)
    del bench.practice.tables["provider"]["d1"]
    bench.wait(60)
    assert end(bench.told("c1")[-1]) == ("needs_person", "outcome_unknown")


def test_one_that_no_earlier_life_has_written_expires_all_the_same(bench: Bench):
    bench.give("appointment.create", "p1", BOOKING, look_first=True, expires_in=30)
    bench.clock.advance(31)
    bench.run()
    assert bench.states("c1")[-1] == "expired" and bench.effects("c1") == []


def test_one_that_waited_for_approval_when_the_agent_was_restarted_waits_on_and_expires(bench: Bench):
    bench.policy = ASK
    bench.give("appointment.create", "p1", BOOKING, expires_in=100)
    bench.run()
    bench.restart()
    bench.wait(60)
    assert bench.states("c1") == ["received", "awaiting_approval"]
    bench.wait(60)
    assert bench.states("c1")[-1] == "expired"


@pytest.mark.parametrize("seam", range(15))
def test_a_death_at_any_write_of_the_store_leaves_one_effect_and_one_outcome(bench: Bench, seam: int):
    bench.channel.faults = ["lose_before"]
    bench.give("appointment.create", "p1", BOOKING)
    bench.die_at = seam
    bench.wait(180)
    assert bench.die_at is None and len(bench.effects("c1")) == 1
    assert bench.states("c1")[-1] == "verified" and bench.states("c1").count("verified") == 1
    assert bench.audit.verify().broken_at is None
