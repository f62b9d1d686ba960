"""The inbox: commands and their states on disk, handed out in order; each change is told under a rising number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.wire.inbox import Intent
from tests.store.box import DAY, Box, made_of

INTENT = Intent({"status": "booked"}, "2026-03-02T09:00:00")


@pytest.fixture
def box(path: Path) -> Iterator[Box]:
    made = Box(path)
    yield made
    made.store.close()


# What comes in --------------------------------------------------------------------------------------------------------


def test_a_command_is_there_after_a_restart_as_it_came(box: Box):
    box.give()
    box.again()
    kept = box.inbox.get("c1")
    assert kept is not None
    assert (kept.command, kept.state, kept.received, kept.expires) == (made_of(1), "received", box.now, box.now + DAY)
    assert box.inbox.counts() == {"received": 1}


def test_nothing_of_a_command_can_be_read_in_the_file(box: Box):
    box.give()
    box.inbox.intend("c1", INTENT)
    box.inbox.applied("c1", "patient", ("secret-key",))
    box.store.close()
    raw = b"".join(file.read_bytes() for file in box.path.parent.iterdir())
    assert b"secret" not in raw and b"booked" not in raw
    box.open()


def test_one_that_is_there_already_is_reported_again_and_not_kept_twice(box: Box):
    box.give()
    (first,) = box.take()
    assert box.inbox.receive(made_of(1), 0.0, look_first=True) is False
    (again,) = box.take()
    assert again.number > first.number and (again.state, again.at) == (first.state, first.at)
    assert box.inbox.counts() == {"received": 1}


def test_one_whose_report_still_waits_is_not_reported_twice(box: Box):
    box.give()
    box.give()
    assert len(box.take()) == 1


def test_another_command_of_the_same_id_is_noted_and_changes_nothing(box: Box):
    box.give()
    assert box.inbox.receive(made_of(1, "p2"), 0.0, look_first=False) is False
    kept = box.inbox.get("c1")
    assert kept is not None and kept.command == made_of(1)
    assert [(e.event, e.detail.get("reason")) for e in box.store.audit.entries("c1")][1] == ("refused", "replayed")


def test_what_is_refused_is_told_and_noted_but_not_kept(box: Box):
    box.inbox.refuse("c9", "?", "signature_invalid")
    (told,) = box.take()
    assert (told.command_id, told.state, told.reason_code) == ("c9", "rejected", "signature_invalid")
    assert box.inbox.get("c9") is None and box.store.audit.entries("c9")[0].event == "refused"


def test_what_is_over_is_forgotten_only_long_after_it_expired(box: Box):
    box.give(1)
    box.give(2, "p2")
    box.end("c1")
    box.now += DAY + 29 * DAY
    box.give(3, "p3")
    assert box.inbox.get("c1") is not None
    box.now += DAY + 1
    box.give(4, "p4")
    assert box.inbox.get("c1") is None
    assert box.inbox.get("c2") is not None, "it is not over"


def test_a_clock_that_is_far_ahead_makes_nothing_be_forgotten(box: Box):
    box.give()
    box.end("c1")
    box.now += 400 * DAY
    box.inbox.keep_cloud_offset(-400 * DAY)
    box.give(2, "p2")
    assert box.inbox.receive(made_of(1), 0.0, look_first=False) is False


# What is handed out ---------------------------------------------------------------------------------------------------


def test_commands_are_handed_out_in_the_clouds_order_one_of_a_target_at_a_time(box: Box):
    for number, target in ((3, "p1"), (1, "p1"), (2, "p2")):
        box.give(number, target)
    assert box.next() == "c1"
    box.inbox.defer("c1", "channel_unreachable", box.now + 60)
    assert box.next() == "c2"
    box.end("c2")
    assert box.next() is None, "c3 waits for c1"
    box.now += 60
    assert box.next() == "c1"
    box.end("c1")
    assert box.next() == "c3"


def test_commands_without_a_target_do_not_wait_for_each_other(box: Box):
    box.give(1, None)
    box.give(2, None)
    box.inbox.ask_person("c1", "outcome_unknown")
    assert box.next() == "c2"


def test_what_a_person_must_decide_is_not_handed_out_and_keeps_its_place(box: Box):
    box.give(1)
    box.give(2)
    box.inbox.ask_person("c1", "outcome_unknown")
    assert box.next() is None
    assert [kept.command.command_id for kept in box.inbox.open()] == ["c1", "c2"]


def test_what_waits_for_approval_is_handed_out_when_it_is_approved_or_has_expired(box: Box):
    box.give()
    box.inbox.await_approval("c1")
    assert box.next() is None
    assert box.inbox.next(box.now, box.now + DAY) is not None
    assert box.inbox.next(box.now + 3000.0, box.now) is None, "it expires by the cloud's clock"
    box.inbox.decide("c1", "approve", "kim")
    assert box.next() == "c1"


def test_a_new_process_and_a_new_epoch_doubt_everything_that_is_open(box: Box):
    box.give(1, "p1")
    box.give(2, "p2")
    box.end("c2")
    box.again()
    box.inbox.started()
    assert [kept.look_first for kept in box.inbox.all()] == [True, False]
    box.give(3, "p3")
    box.store.begin_epoch(2, {})
    assert [kept.look_first for kept in box.inbox.all()] == [True, False, True]


def test_resting_does_not_take_the_doubt_away_and_intending_does(box: Box):
    box.give()
    box.inbox.started()
    box.inbox.rest("c1", "reading_halted", box.now + 5)
    assert box.inbox.open()[0].look_first
    box.inbox.intend("c1", INTENT)
    assert not box.inbox.open()[0].look_first


def test_what_was_begun_rests_as_it_stands_and_in_silence(box: Box):
    box.give()
    box.inbox.intend("c1", INTENT)
    box.take()
    box.inbox.rest("c1", "policy_invalid", box.now + 5)
    assert box.inbox.open()[0].state == "intended" and box.take() == [] and box.next() is None


def test_nothing_rests_for_hours(box: Box):
    box.give()
    box.inbox.rest("c1", None, box.now + 60)
    box.now -= 30 * DAY  # the clock is set right
    assert box.next() == "c1"


# What happens ---------------------------------------------------------------------------------------------------------


def test_an_intent_is_kept_with_the_attempts(box: Box):
    box.give()
    assert box.inbox.intend("c1", INTENT) and box.inbox.intend("c1", INTENT)
    box.inbox.lose("c1", Intent(None, INTENT.at, box.now), box.now + 30)
    kept = box.inbox.open()[0]
    assert (kept.intent, kept.attempts, kept.reason) == (Intent(None, INTENT.at, box.now), 2, "outcome_unknown")


def test_the_first_attempt_alone_counts_for_the_offices_limits(box: Box):
    box.give()
    box.inbox.intend("c1", INTENT)
    box.now += 10
    box.inbox.intend("c1", INTENT)
    kind = made_of(1).kind
    assert box.inbox.begun_since(kind, box.now - 11) == 1 and box.inbox.begun_since(kind, box.now - 10) == 0


def test_what_is_over_is_not_begun_any_more_and_stays_as_it_ended(box: Box):
    box.give()
    box.end("c1", "rejected", reason="person_refused")
    box.take()
    assert box.inbox.intend("c1", INTENT) is False
    box.inbox.applied("c1", "patient", (1,))
    box.end("c1", "verified")
    box.inbox.defer("c1", "internal_error", 0.0)
    kept = box.inbox.get("c1")
    assert kept is not None and kept.state == "rejected" and box.take() == []


def test_the_end_tells_the_record_and_its_version(box: Box):
    box.give()
    box.inbox.applied("c1", "patient", (7, "x"))
    kept = box.inbox.open()[0]
    assert kept.made == ("patient", (7, "x"))
    box.end("c1", reason="overwritten_since", resource="patient", record_id="7-x", version="ab" * 16)
    told = box.take()[-1]
    assert told.record is not None and (told.record.id, told.record.version) == ("7-x", "ab" * 16)
    assert (told.state, told.reason_code, told.decided_by) == ("verified", "overwritten_since", "agent")


def test_an_end_that_cannot_be_written_is_not_half_written(box: Box):
    box.give()
    with pytest.raises(KeyError):
        box.end("nobody")
    assert box.inbox.open()[0].state == "received"


# What a person decides ------------------------------------------------------------------------------------------------


def state_of(box: Box, state: str) -> None:
    box.give()
    match state:
        case "awaiting_approval":
            box.inbox.await_approval("c1")
        case "intended":
            box.inbox.intend("c1", INTENT)
        case "applied":
            box.inbox.applied("c1", "patient", (1,))
        case "needs_person":
            box.inbox.intend("c1", INTENT)
            box.inbox.ask_person("c1", "outcome_unknown")
        case "verified":
            box.end("c1")


DECISIONS = [
    ("received", "approve", "received"),
    ("received", "reject", "rejected"),
    ("received", "retry", None),
    ("awaiting_approval", "approve", "awaiting_approval"),
    ("awaiting_approval", "reject", "rejected"),
    ("intended", "approve", None),
    ("intended", "reject", None),
    ("intended", "retry", None),
    ("applied", "reject", None),
    ("needs_person", "approve", "verified"),
    ("needs_person", "reject", "rejected"),
    ("needs_person", "retry", "received"),
    ("needs_person", "shrug", None),
    ("verified", "reject", None),
    ("verified", "retry", None),
]


@pytest.mark.parametrize(("state", "verdict", "leads_to"), DECISIONS)
def test_a_person_decides_only_what_is_to_be_decided(box: Box, state: str, verdict: str, leads_to: str | None):
    state_of(box, state)
    lines = len(box.store.audit.entries())
    assert box.inbox.decide("c1", verdict, "kim") == leads_to
    decided = box.store.audit.entries()[lines:]
    assert [(line.who, line.name) for line in decided] == ([] if leads_to is None else [("person", "kim")])
    assert box.inbox.decide("nobody", verdict, "kim") is None


def test_what_a_person_has_not_found_begins_afresh(box: Box):
    state_of(box, "needs_person")
    box.inbox.started()
    box.inbox.decide("c1", "retry", "kim")
    kept = box.inbox.open()[0]
    assert (kept.intent, kept.made, kept.approved, kept.look_first) == (None, None, True, False)


# What the cloud is told -----------------------------------------------------------------------------------------------


def test_reports_come_in_order_until_they_are_taken(box: Box):
    box.give(1, "p1")
    box.give(2, "p2")
    box.inbox.intend("c1", INTENT)
    box.end("c1")
    said = [(told.command_id, told.state) for told in box.inbox.reports(500)]
    assert said == [("c1", "received"), ("c2", "received"), ("c1", "intended"), ("c1", "verified")]
    box.inbox.reported(box.inbox.reports(2))
    box.again()
    assert [(told.command_id, told.state) for told in box.inbox.reports(500)] == said[2:]


def test_numbers_rise_even_when_the_clock_is_set_back(box: Box):
    box.give()
    numbers = [told.number for told in box.take()]
    for step in range(4):
        box.now -= 1000.0
        box.inbox.defer("c1", f"channel_{step}", 0.0)
        box.again()
        numbers += [told.number for told in (box.take() if step % 2 else box.inbox.reports(500))]
    assert sorted(set(numbers)) == sorted(dict.fromkeys(numbers)) and numbers[-1] == max(numbers)
    assert len(set(numbers)) == 5


def test_a_store_restored_from_a_copy_counts_on_above_what_it_had_told(box: Box, tmp_path: Path):
    box.give()
    box.take()
    box.store.close()
    copy = box.path.read_bytes()
    box.open()
    for _ in range(5):
        box.inbox.intend("c1", INTENT)
    newest = box.take()[-1].number
    box.store.close()
    box.path.write_bytes(copy)
    box.open()
    box.now += 1.0
    box.inbox.intend("c1", INTENT)
    assert box.take()[-1].number > newest


def test_nor_does_a_clock_that_was_ahead_before_hold_that_up(box: Box):
    box.now += 40 * DAY
    box.inbox.keep_cloud_offset(-40 * DAY)
    box.give()
    ahead = box.take()[-1].number
    with box.store._db.transaction() as run:
        run.execute("UPDATE command SET told = 0")  # as in a copy made before
    box.now -= 39.9 * DAY
    box.inbox.keep_cloud_offset(0.0)
    box.inbox.intend("c1", INTENT)
    assert box.take()[-1].number > ahead


def test_the_clouds_clock_is_kept(box: Box):
    assert box.inbox.cloud_offset() == 0.0
    box.inbox.keep_cloud_offset(-12.5)
    box.again()
    assert box.inbox.cloud_offset() == -12.5


def test_a_store_with_sealed_commands_can_be_checked_whole(box: Box):
    state_of(box, "needs_person")
    box.store.check()
