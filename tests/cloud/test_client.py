"""The client against a real cloud over TLS: what works, and what each refusal becomes."""

from __future__ import annotations

import pytest

from agent.cloud.client import CloudClient
from agent.cloud.identity import Identity
from agent.cloud.transport import Limits
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.cloud import Enrolment, Heartbeat, ReconcileRequest, SessionRequest
from sandbox.cloud.faults import Fault
from sandbox.cloud.server import Running
from tests.cloud.conftest import Connect, Ticking
from tests.sandbox.cloud.sender import Sender, upsert


def begun(client: CloudClient, sender: Sender) -> None:
    request = SessionRequest(session=sender.session, host=sender.host, resume=None)
    sender.epoch = client.begin_session(request).epoch


def loaded(client: CloudClient) -> Sender:
    """A sender in its session, with three chunks to send."""
    sender = Sender()
    begun(client, sender)
    for n in range(3):
        sender.add(upsert(f"L{n}", "a"))
    return sender


def test_an_agent_enrols_sends_and_reconciles(client: CloudClient, server: Running) -> None:
    sender = loaded(client)
    accepted = client.send_batch(sender.header(0, 2), sender.frames)
    assert (accepted.acked_seq, accepted.chain) == (3, sender.links[3].hex())
    practice_id = server.cloud.practices()[0].practice_id
    assert set(server.cloud.held(practice_id, "location")) == {"L0", "L1", "L2"}
    request = ReconcileRequest(resource="location", epoch=sender.epoch, seq=3, segments=[(0, "0" * 32)])
    assert client.reconcile(request).differing == [0]
    assert client.heartbeat(Heartbeat(sent_at="now", agent_version="1", status={})).received_at
    assert abs(client.clock_offset or 99) < 5


def test_after_unenrolling_the_cloud_knows_the_agent_no_more(client: CloudClient) -> None:
    client.unenrol()
    with pytest.raises(NeedsPerson) as caught:
        begun(client, Sender())
    assert caught.value.code == "agent_unknown"


def test_an_agent_without_enrolment_is_told_to_enrol(connect: Connect) -> None:
    with pytest.raises(NeedsPerson) as caught:
        begun(connect(), Sender())
    assert caught.value.code == "not_enrolled"


@pytest.mark.parametrize("expected", ["code_unknown", "code_used", "already_enrolled"])
def test_each_refusal_of_an_enrolment_has_its_remedy(
    connect: Connect, server: Running, enrolment: Enrolment, expected: str
) -> None:
    request = enrolment
    if expected == "code_unknown":
        request = enrolment.model_copy(update={"code": "P000000000-AAAA"})
    else:
        connect().enrol(enrolment)
        request = enrolment.model_copy(update={"host": "host-2"})
    if expected == "already_enrolled":
        again = server.cloud.invite(server.cloud.practices()[0].practice_id)
        request = request.model_copy(update={"code": getattr(again, "code", "")})
    with pytest.raises(NeedsPerson) as caught:
        connect().enrol(request)
    assert caught.value.code == expected
    assert caught.value.advice


def test_another_key_gets_no_token(connect: Connect, enrolment: Enrolment) -> None:
    agent_id = connect().enrol(enrolment).agent_id
    with pytest.raises(NeedsPerson) as caught:
        connect(agent_id, identity=Identity.make()).check()
    assert caught.value.code == "token_refused"


def test_a_token_that_ended_is_replaced_without_a_word(client: CloudClient, clock: Ticking) -> None:
    loaded(client)
    clock.passed += 3600
    begun(client, Sender())


def test_a_token_that_the_cloud_forgot_is_replaced_once(client: CloudClient, server: Running) -> None:
    loaded(client)
    server.faults.plan(Fault(kind="error", path="/epochs", status=401))
    begun(client, Sender())
    server.faults.plan(Fault(kind="error", path="/epochs", status=401, times=2))
    with pytest.raises(NeedsPerson) as caught:
        begun(client, Sender())
    assert caught.value.code == "token_refused"
    begun(client, Sender())


@pytest.mark.parametrize("wrong", [-7200.0, 7200.0, 86_400.0 * 400])
def test_a_wrong_clock_is_measured_and_does_not_stop_the_agent(
    connect: Connect, enrolment: Enrolment, clock: Ticking, wrong: float
) -> None:
    agent_id = connect().enrol(enrolment).agent_id
    clock.wrong = wrong
    client = connect(agent_id)
    client.check()
    assert client.clock_offset == pytest.approx(-wrong, abs=5)


@pytest.mark.parametrize(
    ("fault", "kind", "expected"),
    [
        (Fault(kind="cut"), Retry, "bad_answer"),
        (Fault(kind="error", status=500), Retry, "server_error"),
        (Fault(kind="error", status=503), Retry, "server_error"),
        (Fault(kind="error", status=404), Terminal, "refused"),
        (Fault(kind="throttle", seconds=17), Retry, "throttled"),
        (Fault(kind="garbage"), Retry, "bad_answer"),
        (Fault(kind="half"), Retry, "bad_answer"),
        (Fault(kind="lost"), Retry, "bad_answer"),
    ],
)
def test_whatever_goes_wrong_nothing_is_lost_and_sending_again_ends_well(
    client: CloudClient, server: Running, fault: Fault, kind: type[AgentError], expected: str
) -> None:
    sender = loaded(client)
    server.faults.plan(fault.model_copy(update={"path": "/batches"}))
    with pytest.raises(kind) as caught:
        client.send_batch(sender.header(0, 2), sender.frames)
    assert caught.value.code == expected
    assert caught.value.retry_after == (17 if expected == "throttled" else None)
    assert client.send_batch(sender.header(0, 2), sender.frames).acked_seq == 3
    assert server.cloud.practices()[0].feed_seq == 3


def test_a_request_that_arrives_twice_is_applied_once(client: CloudClient, server: Running) -> None:
    sender = loaded(client)
    server.faults.plan(Fault(kind="twice", path="/batches"))
    assert client.send_batch(sender.header(0, 2), sender.frames).acked_seq == 3
    assert server.cloud.practices()[0].feed_seq == 3


def test_a_cloud_that_is_silent_too_long_is_a_timeout(connect: Connect, enrolment: Enrolment, server: Running) -> None:
    patient = connect(connect().enrol(enrolment).agent_id)
    sender = loaded(patient)
    hasty = connect(patient._agent_id, limits=Limits(connect=5.0, silence=0.3))
    hasty.check()
    server.faults.plan(Fault(kind="delay", path="/batches", seconds=1))
    with pytest.raises(Retry) as caught:
        hasty.send_batch(sender.header(0, 2), sender.frames)
    assert caught.value.code == "timeout"
    assert caught.value.fields["sent"] == 1


def test_the_rules_of_sessions_come_through(client: CloudClient, connect: Connect) -> None:
    sender = loaded(client)
    with pytest.raises(Retry) as caught:
        client.send_batch(sender.header(1, 2), sender.frames[1:])
    assert (caught.value.code, caught.value.fields["expected_seq"]) == ("gap", 1)
    wrong = sender.header(0, 0).model_copy(update={"previous": "ab" * 32})
    with pytest.raises(Retry) as caught:
        client.send_batch(wrong, sender.frames[:1])
    assert caught.value.code == "epoch_required"
    with pytest.raises(Terminal) as bad:
        client.send_batch(sender.header(0, 0), [sender.frames[0][:-1]])
    assert bad.value.code == "bad_batch"
    with pytest.raises(NeedsPerson) as elsewhere:
        begun(client, Sender(host="host-2"))
    assert elsewhere.value.code == "other_host"
    begun(client, Sender(session="run-2"))
    with pytest.raises(NeedsPerson) as late:
        client.send_batch(sender.header(0, 0), sender.frames[:1])
    assert late.value.code == "superseded"


def test_a_batch_too_large_is_not_even_sent(client: CloudClient) -> None:
    sender = loaded(client)
    with pytest.raises(Terminal) as caught:
        client.send_batch(sender.header(0, 0), [bytes(9 * 1024 * 1024)])
    assert caught.value.code == "too_large"
