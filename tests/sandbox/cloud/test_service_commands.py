"""Commands at the cloud's core: queued once, delivered until kept, ended once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from agent.cloud.signatures import CommandKeys
from agent.wire.cloud import Problem
from agent.wire.commands import (
    Command,
    CommandReport,
    CommandRequest,
    CommandsPage,
    CommandStatus,
    CreatedRecord,
    Reports,
    Target,
)
from agent.wire.payloads import MAX_COMMAND_BYTES
from sandbox.cloud.database import Database
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SignerLimits, SigningKeys
from tests import servers
from tests.sandbox.cloud.office import ALERT, Office, code
from tests.sandbox.cloud.sender import Moment, Sender, enrolled


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    url = "sqlite://"
    if request.param == "postgresql":
        server: servers.Server = request.getfixturevalue("postgresql_server")
        database: servers.Database = request.getfixturevalue("postgresql")
        url = f"postgresql://practice@127.0.0.1:{server.port}/{database.name}"
    place = Office(url)
    yield place
    place.cloud.close()


def test_a_command_travels_from_the_queue_to_its_end(office: Office) -> None:
    queued = office.queue()
    assert (queued.state, queued.final, queued.queue_seq, queued.delivery_count) == ("queued", False, 1, 0)
    assert office.fetch() == [(queued.command_id, 1)]
    for number, state in enumerate(("received", "intended", "applied", "verified"), 1):
        office.clock.go(seconds=1)
        record = CreatedRecord(resource="alert", id="AL1", version="0" * 32)
        assert office.report(queued.command_id, number, state, record=record) == 1
        assert office.fetch() == []
    ended = office.status(queued.command_id)
    assert (ended.state, ended.final, ended.delivery_count) == ("verified", True, 1)
    assert [step.state for step in ended.steps] == ["queued", "received", "intended", "applied", "verified"]
    assert [step.at[17:19] for step in ended.steps] == ["00", "01", "02", "03", "04"]
    assert ended.outcome is not None
    assert ended.outcome.record is not None and ended.outcome.record.id == "AL1"


def test_what_is_signed_is_what_was_asked(office: Office) -> None:
    version = "a" * 32
    office.queue(expected_version=version, expires_in=60)
    page = office.cloud.commands_for(office.agent.agent_id, office.session)
    assert isinstance(page, CommandsPage)
    command = office.keys.open_command(page.deliveries[0].jws)
    assert command == Command(
        command_id=command.command_id,
        practice_id=office.practice_id,
        queue_seq=1,
        kind="alert.create",
        target=Target(resource="patient", id="P1"),
        payload={"text": "Zebulon"},
        expected_version=version,
        issued_at="2026-03-02T12:00:00.000000Z",
        expires_at="2026-03-02T12:01:00.000000Z",
    )


def test_the_same_key_queues_once_and_another_request_with_it_is_refused(office: Office) -> None:
    first = office.queue("k1")
    office.fetch()
    office.report(first.command_id, 1, "received")
    again = office.queue("k1")
    assert (again.command_id, again.state) == (first.command_id, "received")
    assert code(office.ask("k1", expires_in=60)) == "idempotency_mismatch"
    assert office.queue("k2").queue_seq == 2
    for key in ("", "x" * 201, "a b", "é"):
        assert code(office.ask(key)) == "idempotency_key_missing"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "alert.shout"}, "kind"),
        ({"target": {"resource": "appointment", "id": "A1"}}, "target.resource"),
        ({"target": {"resource": "patient"}}, "target.id"),
        ({"target": {"resource": "patient", "id": "P\x001"}}, "target.id"),
        ({"kind": "agent.sync_now", "target": {"resource": "agent", "id": "x"}, "payload": {}}, "target.id"),
        ({"payload": {}}, "payload.text"),
        ({"payload": {"text": 7}}, "payload.text"),
        ({"payload": {"text": "x" * 256}}, "payload.text"),
        ({"payload": {"text": "x", "txet": "Zebulon"}}, "payload.txet"),
        ({"payload": {"text": "x", "Zebulon Quirke": 1}}, "payload"),
        ({"payload": {"text": "x" * 9, "deep": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}, "payload"),
        ({"retry_of": "nobody"}, "retry_of"),
        ({"retry_of": "a\0b"}, "retry_of"),
        (
            {
                "kind": "payment.post",
                "payload": {
                    "amount": "10.00",
                    "type_id": "T1",
                    "splits": [{"amount": "5.00", "provider_id": "D1"}, {"amount": 5, "provider_id": "D1"}],
                },
            },
            "payload.splits.1.amount",
        ),
    ],
)
def test_a_refusal_names_the_field_and_never_the_value(said: dict[str, Any], field: str) -> None:
    office = Office()
    answer = office.ask(**said)
    assert isinstance(answer, Problem)
    assert (answer.code, answer.field, answer.status) == ("bad_command", field, 422)
    assert "Zebulon" not in answer.model_dump_json()
    assert office.queue("k1").queue_seq == 1, "what is refused uses up neither key nor place"


def test_commands_for_the_agent_itself_need_no_target(office: Office) -> None:
    said = {"kind": "agent.reconcile", "target": {"resource": "agent"}, "payload": {"repair": True}}
    assert office.fetch() == [] and office.queue(**said).state == "queued"


def test_commands_are_delivered_in_order_until_each_is_kept(office: Office) -> None:
    ids = [office.queue(f"k{n}").command_id for n in range(4)]
    assert office.fetch() == [(one, 1) for one in ids]
    office.report(ids[1], 1, "received")
    assert office.fetch() == [(ids[0], 2), (ids[2], 2), (ids[3], 2)]
    office.report(ids[0], 1, "received")
    office.report(ids[2], 1, "rejected", reason_code="malformed")
    assert office.fetch() == [(ids[3], 3)]


def test_a_page_holds_many_small_commands_or_one_large(office: Office) -> None:
    large: dict[str, Any] = {
        "kind": "document.attach",
        "payload": {
            "category_id": "C1",
            "description": "x",
            "extension": "pdf",
            "content": "A" * (MAX_COMMAND_BYTES - 2000),
        },
    }
    first, second = office.queue("k1", **large), office.queue("k2", **large)
    assert office.fetch() == [(first.command_id, 1)]
    office.report(first.command_id, 1, "received")
    assert office.fetch() == [(second.command_id, 1)]
    too_large = large | {"payload": large["payload"] | {"content": "A" * MAX_COMMAND_BYTES}}
    assert code(office.ask("k3", **too_large)) == "too_large"


def test_only_the_newest_session_fetches_and_reports(office: Office) -> None:
    queued = office.queue()
    office.begin("run-2")
    agent_id = office.agent.agent_id
    assert code(office.cloud.commands_for(agent_id, "run-1")) == "superseded"
    assert code(office.cloud.report_commands(agent_id, Reports(session="run-1", reports=[]))) == "superseded"
    assert office.fetch() == [(queued.command_id, 1)]


def test_a_new_epoch_brings_everything_that_has_not_ended_again(office: Office) -> None:
    kept, ended, fresh = (office.queue(f"k{n}").command_id for n in range(3))
    office.cloud.commands_for(office.agent.agent_id, office.session)
    office.report(kept, 1, "received")
    office.report(kept, 2, "intended")
    office.report(ended, 1, "verified")
    office.report(fresh, 1, "received")
    assert office.fetch() == []
    office.begin("run-2")
    assert office.fetch() == [(kept, 2), (fresh, 2)]
    assert office.status(kept).state == "intended", "what an earlier life has said stays"
    assert office.report(kept, 1, "received") == 1, "a new store counts its reports afresh"
    assert office.report(kept, 2, "verified", reason_code="already_so") == 1
    assert office.states(kept) == ["queued", "received", "intended", "received", "verified"]


def test_a_session_that_resumes_gets_nothing_again(office: Office) -> None:
    sender = Sender(session="run-2")
    office.begin("run-2", sender)
    queued = office.queue()
    office.fetch()
    office.report(queued.command_id, 1, "received")
    again = Sender(session="run-3", epoch=sender.epoch)
    office.begin("run-3", again, resume=sender.position(0))
    assert office.fetch() == []


def test_a_command_that_was_never_delivered_expires_at_the_cloud(office: Office) -> None:
    never, once = office.queue("k1", expires_in=60).command_id, office.queue("k2", expires_in=7200).command_id
    assert office.states(never) == ["queued"]
    office.clock.go(seconds=60)
    assert office.fetch() == [(once, 1)]
    ended = office.status(never)
    assert (ended.state, ended.final, ended.outcome) == ("expired", True, None)
    assert (ended.steps[-1].at, ended.steps[-1].reason_code) == (ended.expires_at, "expired")
    office.clock.go(hours=3)
    assert office.status(once).state == "queued", "only the agent knows what became of it"
    assert office.fetch() == [(once, 2)]
    assert office.report(once, 1, "expired", reason_code="expired") == 1
    seen = office.queue("k3", expires_in=60).command_id
    office.clock.go(minutes=5)
    assert office.status(seen).state == "expired", "also when no agent comes to fetch it"


def test_reports_may_come_again_and_late_and_the_newest_counts(office: Office) -> None:
    queued = office.queue().command_id
    office.fetch()
    assert office.report(queued, 2, "intended") == 1
    assert office.report(queued, 2, "intended") == 0
    assert office.report(queued, 1, "received") == 0
    assert office.report(queued, 3, "needs_person", reason_code="outcome_unknown") == 1
    open_still = office.status(queued)
    assert (open_still.state, open_still.final) == ("needs_person", False)
    assert office.report(queued, 4, "verified", decided_by="person") == 1
    assert office.states(queued) == ["queued", "intended", "needs_person", "verified"]
    assert office.cloud.ignored_reports(office.practice_id) == {}


def test_what_has_ended_stays_as_it_ended(office: Office) -> None:
    queued = office.queue().command_id
    office.fetch()
    office.report(queued, 3, "verified", record=CreatedRecord(resource="alert", id="AL1"))
    assert office.report(queued, 3, "verified", record=CreatedRecord(resource="alert", id="AL1")) == 0
    assert office.report(queued, 2, "intended") == 0
    assert office.cloud.ignored_reports(office.practice_id) == {}
    assert office.report(queued, 4, "rejected", reason_code="malformed") == 0
    assert office.report(queued, 5, "verified", record=CreatedRecord(resource="alert", id="AL2")) == 0
    assert office.report("nobody", 1, "received") == 0
    assert office.status(queued).state == "verified"
    assert office.cloud.ignored_reports(office.practice_id) == {"after_final": 2, "command_unknown": 1}


@pytest.mark.parametrize(
    "said",
    [
        {"state": "queued"},
        {"at": "yesterday"},
        {"at": "2026-03-02T12:00:00"},
        {"number": 0},
        {"number": 2**60},
        {"reason_code": "Oh no"},
        {"rule": "x" * 9000},
        {"command_id": "a\0b"},
    ],
)
def test_reports_that_are_none_are_refused_and_change_nothing(said: dict[str, Any]) -> None:
    office = Office()
    queued = office.queue().command_id
    good = {"command_id": queued, "number": 1, "state": "received", "at": "2026-03-02T12:00:00Z"}
    reports = [CommandReport.model_validate(good), CommandReport.model_validate(good | {"number": 2} | said)]
    told = Reports(session=office.session, reports=reports)
    assert code(office.cloud.report_commands(office.agent.agent_id, told)) == "bad_request"
    assert office.states(queued) == ["queued"]


def test_a_retry_takes_the_place_of_what_ended_without_effect(office: Office) -> None:
    first = office.queue("k1").command_id
    office.fetch()
    assert code(office.ask("k2", retry_of=first)) == "retry_refused", "it is under way"
    office.report(first, 1, "needs_person", reason_code="outcome_unknown")
    assert code(office.ask("k2", retry_of=first)) == "retry_refused", "nobody knows"
    office.report(first, 2, "conflict", reason_code="double_booked")
    second = office.queue("k2", retry_of=first)
    assert second.retry_of == first
    assert code(office.ask("k3", retry_of=first)) == "retry_refused", "it has a retry already"
    office.fetch()
    office.report(second.command_id, 1, "expired", reason_code="expired")
    third = office.queue("k3", retry_of=first).command_id
    office.fetch()
    office.report(third, 1, "verified")
    assert code(office.ask("k4", retry_of=third)) == "retry_refused", "it was done"
    foreign = enrolled(office.cloud, "Oak").practice_id
    request = CommandRequest.model_validate(ALERT | {"retry_of": first})
    assert code(office.cloud.queue_command(foreign, "k1", request)) == "bad_command"


def test_commands_are_paged_and_chosen_by_state(office: Office) -> None:
    ids = [office.queue(f"k{n}").command_id for n in range(5)]
    office.fetch()
    office.report(ids[2], 1, "rejected", reason_code="malformed")
    first = office.cloud.commands(office.practice_id, limit=3)
    assert not isinstance(first, Problem)
    assert ([one.command_id for one in first.commands], first.more) == (ids[:3], True)
    rest = office.cloud.commands(office.practice_id, after=first.next_after, limit=3)
    assert not isinstance(rest, Problem)
    assert ([one.command_id for one in rest.commands], rest.more) == (ids[3:], False)
    refused = office.cloud.commands(office.practice_id, state="rejected")
    assert not isinstance(refused, Problem)
    assert [one.command_id for one in refused.commands] == [ids[2]]
    assert code(office.cloud.command_status(office.practice_id, "nobody")) == "command_unknown"


def test_practices_do_not_see_each_others_commands(office: Office) -> None:
    other = enrolled(office.cloud, "Oak")
    mine = office.queue("k1").command_id
    theirs = office.cloud.queue_command(other.practice_id, "k1", CommandRequest.model_validate(ALERT))
    assert isinstance(theirs, CommandStatus)
    assert (theirs.queue_seq, theirs.command_id == mine) == (1, False)
    assert code(office.cloud.command_status(other.practice_id, mine)) == "command_unknown"
    assert office.fetch() == [(mine, 1)]
    assert office.report(theirs.command_id, 1, "verified") == 0
    assert office.cloud.practices_waiting([other.practice_id, "p0"]) == {other.practice_id}


def test_a_new_agent_of_the_practice_gets_what_the_old_one_had(office: Office) -> None:
    queued = office.queue().command_id
    office.fetch()
    office.report(queued, 1, "received")
    office.cloud.unenrol(office.agent.agent_id)
    office.agent = enrolled(office.cloud)
    office.begin("run-9")
    assert office.fetch() == [(queued, 2)]


def test_without_a_signer_commands_are_refused() -> None:
    clock = Moment()
    cloud = Cloud(Database(), clock, entropy=random.Random(1).randbytes)
    agent = enrolled(cloud)
    assert agent.command_keys is None
    answer = cloud.queue_command(agent.practice_id, "k", CommandRequest.model_validate(ALERT))
    assert code(answer) == "signer_missing"
    Sender().begin(cloud, agent.agent_id)
    page = cloud.commands_for(agent.agent_id, "run-1")
    assert isinstance(page, CommandsPage) and page.deliveries == []


def test_what_the_signer_refuses_leaves_no_trace() -> None:
    office = Office(limits=SignerLimits(per_minute=2, per_hour=3, kinds=frozenset({"alert.create"})))
    assert code(
        office.ask("k0", kind="appointment.check_in", target={"resource": "appointment", "id": "A"}, payload={})
    )
    office.queue("k1")
    office.queue("k2")
    assert code(office.ask("k3")) == "too_many_commands"
    assert office.queue("k2").queue_seq == 2, "asked again is not asked for more"
    office.clock.go(minutes=1)
    assert office.queue("k3").queue_seq == 3
    office.clock.go(minutes=1)
    assert code(office.ask("k4")) == "too_many_commands"
    office.clock.go(hours=1)
    assert office.queue("k4").queue_seq == 4


def test_an_agent_learns_new_keys_before_it_gets_what_they_signed() -> None:
    clock, dice = Moment(), random.Random(3)
    signer = Signer(SigningKeys.make(dice.randbytes), clock)
    cloud = Cloud(Database(), clock, entropy=dice.randbytes, signer=signer)
    agent = enrolled(cloud)
    Sender().begin(cloud, agent.agent_id)
    assert agent.command_keys is not None
    keys = CommandKeys.from_key_set(agent.command_keys, agent.practice_id)
    request = CommandRequest.model_validate(ALERT)
    assert isinstance(cloud.queue_command(agent.practice_id, "before", request), CommandStatus)
    for _ in range(2):
        signer.keys = signer.keys.rotate(clock(), dice.randbytes)
    assert isinstance(cloud.queue_command(agent.practice_id, "after", request), CommandStatus)
    seen = []
    for _ in range(3):
        page = cloud.commands_for(agent.agent_id, "run-1", keys.version)
        assert isinstance(page, CommandsPage)
        learnt = page.key_set is not None and keys.learn(page.key_set)
        seen.append((learnt, keys.version, [keys.open_command(one.jws).queue_seq for one in page.deliveries]))
    assert seen == [(True, 2, []), (True, 3, [1, 2]), (False, 3, [1, 2])]
    assert signer.handover(0) == signer.keys.handovers[-1].jws
