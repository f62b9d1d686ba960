"""What each answer of the API means for a write, and what the channel says of itself."""

from __future__ import annotations

import pytest

from agent.model.errors import AgentError
from agent.model.writing import Applied, NotNow, OutcomeUnknown, WriteConflict, WriteRefused
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.exchange import Answer
from tests.sources.opendental.offices import Office
from tests.sources.opendental.works import WORKS


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, WriteRefused, "pms_refused"),
        (401, NotNow, "channel_refused"),
        (403, NotNow, "channel_refused"),
        (404, WriteRefused, "target_unknown"),
        (409, WriteConflict, "changed_meanwhile"),
        (410, WriteRefused, "pms_refused"),
        (413, WriteRefused, "document_too_large"),
        (429, NotNow, "channel_unreachable"),
        (302, NotNow, "channel_unreachable"),
        (500, OutcomeUnknown, "outcome_unknown"),
        (503, OutcomeUnknown, "outcome_unknown"),
        (504, OutcomeUnknown, "outcome_unknown"),
    ],
)
def test_a_status(practice: Office, status: int, kind: type[AgentError], code: str):
    task = WORKS["communication.create"].make(practice)
    practice.wire.answers = [Answer(status, {"retry-after": "7"}, "Somebody's name")]
    with pytest.raises(kind) as caught:
        practice.channel.apply(task, practice.channel.prepare(task))
    assert (caught.value.code, caught.value.fields) == (code, {"sqlstate": str(status)})
    assert caught.value.retry_after == (7.0 if status == 429 else None)
    assert "name" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201, {}, {"CommlogNum": 12}),
        Answer(201, {"location": "https://api.opendental.com/api/v1/commlogs/12"}, None),
        Answer(200, {}, {"CommlogNum": "12"}),
    ],
)
def test_the_key_is_in_the_object_or_in_its_address(practice: Office, answer: Answer):
    task = WORKS["communication.create"].make(practice)
    practice.wire.answers = [answer]
    assert practice.channel.apply(task, practice.channel.prepare(task)) == Applied("communication", (12,))


def test_an_older_version_that_names_no_key_is_looked_after_in_the_database(practice: Office):
    task = WORKS["communication.create"].make(practice)
    plan = practice.channel.prepare(task)
    practice.wire.answers = [Answer(201)]
    with pytest.raises(OutcomeUnknown):
        practice.channel.apply(task, plan)  # nothing is there
    practice.run(
        "INSERT INTO commlog (CommlogNum, PatNum, Note, Mode_, SentOrReceived) VALUES (77, ?, ?, 4, 1)",
        *(practice.patient, plan.content[0].body["Note"]),
    )
    practice.wire.answers = [Answer(201)]
    assert practice.channel.apply(task, plan) == Applied("communication", (77,))


def test_a_cancellation_that_is_refused_behind_its_note_is_looked_at_first(practice: Office):
    task = WORKS["appointment.cancel"].make(practice)
    plan = practice.channel.prepare(task)
    practice.wire.answers = [Answer(200), Answer(400)]
    with pytest.raises(OutcomeUnknown):
        practice.channel.apply(task, plan)
    practice.wire.answers = [Answer(400)]
    with pytest.raises(WriteRefused):
        practice.channel.apply(task, plan)


def test_how_it_stands(practice: Office):
    assert practice.channel.look().state == "ready"
    practice.wire.service.keys.enabled = False
    assert practice.channel.look().state == "refused"
    practice.wire.answers = [Answer(404)]
    assert practice.channel.look().state == "unreachable"
    for breaks in ("down", "lost"):
        practice.wire.breaks = breaks
        assert practice.channel.look().state == "unreachable"
    none = OpenDentalChannel(None, practice.reader)
    assert none.look().state == "not_configured"
    task = WORKS["alert.create"].make(practice)
    with pytest.raises(WriteRefused) as caught:
        none.apply(task, none.prepare(task))
    assert caught.value.code == "channel_not_configured"


def test_what_it_offers(practice: Office):
    modes = {one.kind: one.default for one in practice.channel.capabilities()}
    asking = {kind for kind, mode in modes.items() if mode == "ask"}
    assert asking == {"patient.create", "payment.post", "document.attach", "alert.create"}
    assert set(modes.values()) == {"ask", "on"}
    assert {one.verified for one in practice.channel.capabilities()} == {"stand-in"}
    assert practice.channel.name == "Open Dental API Service"
    assert practice.channel.settle_seconds > 60
