"""Every kind of write, against the stand-in of the API: done once, found, and found out when the answer is lost."""

from __future__ import annotations

import pytest

from agent.model.writing import NotNow, OutcomeUnknown, Task, WriteConflict, WriteRefused
from agent.wire.payloads import WRITE_KINDS
from tests.sources.opendental.offices import Office
from tests.sources.opendental.works import WORKS

KINDS = sorted(WORKS)
CREATES = [kind for kind in KINDS if kind.endswith((".create", ".attach", ".post"))]


def effects(practice: Office, task: Task) -> int:
    """How often a task's effect is there."""
    return int(practice.one(WORKS[task.kind].effect.format(tag=task.tag)) or 0)


def test_there_is_a_case_for_every_kind(practice: Office):
    assert set(WORKS) == set(WRITE_KINDS) == {one.kind for one in practice.channel.capabilities()}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_done_once_and_found(practice: Office, kind: str):
    work = WORKS[kind]
    task = work.make(practice)
    rows = practice.count(work.table)
    assert practice.channel.find(task).result == "absent"
    applied = practice.channel.apply(task, practice.channel.prepare(task))
    assert effects(practice, task) == 1
    assert practice.count(work.table) - rows == (kind in CREATES)
    found = practice.channel.find(task)
    assert (found.result, found.resource, found.key) == ("applied", applied.resource, applied.key)


@pytest.mark.parametrize("kind", KINDS)
def test_the_database_alone_tells_that_it_was_done(practice: Office, kind: str):
    task = WORKS[kind].make(practice)
    practice.wire.breaks = "lost"
    with pytest.raises(OutcomeUnknown):
        practice.channel.apply(task, practice.channel.prepare(task))
    practice.wire.breaks = ""
    if kind == "appointment.cancel":  # its note is a request of its own, and went first
        assert practice.channel.find(task).result == "absent"
        practice.channel.apply(task, practice.channel.prepare(task))
    practice.later(seconds=70)
    assert practice.channel.find(task).result == "applied"
    assert effects(practice, task) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_never_arrived_is_absent_and_can_be_done_again(practice: Office, kind: str):
    task = WORKS[kind].make(practice)
    practice.wire.breaks = "dropped"
    with pytest.raises(OutcomeUnknown):
        practice.channel.apply(task, practice.channel.prepare(task))
    practice.wire.breaks = ""
    practice.later(seconds=70)
    assert practice.channel.find(task).result == "absent"
    practice.channel.apply(task, practice.channel.prepare(task))
    assert practice.channel.find(task).result == "applied"
    assert effects(practice, task) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_sent_is_tried_later(practice: Office, kind: str):
    task = WORKS[kind].make(practice)
    practice.wire.breaks = "down"
    with pytest.raises(NotNow) as caught:
        practice.channel.apply(task, practice.channel.prepare(task))
    assert caught.value.code == "channel_unreachable"
    assert effects(practice, task) == 0


@pytest.mark.parametrize("kind", [*CREATES, "appointment.note"])
def test_asked_twice_by_mistake_it_is_done_once(practice: Office, kind: str):
    task = WORKS[kind].make(practice)
    plan = practice.channel.prepare(task)
    first = practice.channel.apply(task, plan)
    if kind == "patient.create":
        with pytest.raises(WriteConflict) as caught:
            practice.channel.apply(task, plan)
        assert caught.value.code == "patient_exists"
        assert caught.value.fields["conflicting_id"] == str(first.key[0])
    else:
        assert practice.channel.apply(task, plan) == first
    assert effects(practice, task) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_of_the_api_is_told_without_its_words(practice: Office, kind: str):
    task = WORKS[kind].make(practice)
    plan = practice.channel.prepare(task)
    number = practice.patient
    practice.run("UPDATE patient SET PatStatus = 4 WHERE PatNum = ?", number)
    if kind == "patient.create":
        practice.run("UPDATE preference SET ValueString = '20.1.0.0' WHERE PrefName = 'ProgramVersion'")
    with pytest.raises(WriteRefused) as caught:
        practice.channel.apply(task, plan)
    assert (caught.value.code, caught.value.fields) == ("pms_refused", {"sqlstate": "400"})
    assert "deleted" not in str(caught.value)
