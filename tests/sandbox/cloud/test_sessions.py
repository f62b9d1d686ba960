"""Who may send, from where, and in what order."""

from __future__ import annotations

import pytest

from agent.wire.cloud import CHAIN_START, BatchAccepted, Enrolled, Enrolment, Position, Problem, Session, SessionRequest
from sandbox.cloud.service import Cloud
from tests.sandbox.cloud.sender import PUBLIC_KEY, Sender, enrolled, memory_cloud, upsert


@pytest.fixture
def cloud() -> Cloud:
    return memory_cloud()[0]


@pytest.fixture
def agent(cloud: Cloud) -> Enrolled:
    return enrolled(cloud)


def refused(answer: object, code: str) -> Problem:
    assert isinstance(answer, Problem), answer
    assert answer.code == code
    return answer


def accepted(answer: object) -> BatchAccepted:
    assert isinstance(answer, BatchAccepted), answer
    return answer


def test_a_first_start_gets_epoch_one(cloud: Cloud, agent: Enrolled) -> None:
    session = Sender().begin(cloud, agent.agent_id)
    assert (session.epoch, session.resumed, session.acked_seq) == (1, False, 0)
    assert session.chain == CHAIN_START.hex()


def test_a_lost_answer_to_a_first_start_costs_no_second_epoch(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    assert sender.begin(cloud, agent.agent_id) == sender.begin(cloud, agent.agent_id)


def test_a_restart_resumes_where_the_cloud_stands_even_ahead_of_the_agent(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    for n in range(3):
        sender.add(upsert(f"L{n}", "a"), upsert(f"M{n}", "b"))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 2)))
    sender.session = "run-2"
    for known in range(4):
        session = sender.begin(cloud, agent.agent_id, sender.position(known))
        assert (session.resumed, session.epoch, session.acked_seq) == (True, 1, 6)
        assert session.chain == sender.links[3].hex()


@pytest.mark.parametrize(
    "claim",
    [
        Position(epoch=1, acked_seq=2, chain="ab" * 32),
        Position(epoch=1, acked_seq=1, chain=CHAIN_START.hex()),
        Position(epoch=1, acked_seq=4, chain=CHAIN_START.hex()),
        Position(epoch=1, acked_seq=-1, chain=CHAIN_START.hex()),
        Position(epoch=7, acked_seq=0, chain=CHAIN_START.hex()),
    ],
)
def test_a_claim_that_the_cloud_does_not_know_begins_a_new_epoch(
    cloud: Cloud, agent: Enrolled, claim: Position
) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    sender.add(upsert("L1", "a"), upsert("L2", "a"))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 0)))
    session = cloud.begin_session(agent.agent_id, SessionRequest(session="run-2", host="host-1", resume=claim))
    assert isinstance(session, Session)
    assert (session.epoch, session.resumed, session.acked_seq) == (2, False, 0)
    refused(cloud.accept_batch(agent.agent_id, sender.batch(0, 0, session="run-2")), "epoch_required")


def test_an_identity_on_another_machine_is_refused_and_disturbs_nobody(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    copy = SessionRequest(session="copy", host="host-2", resume=None)
    assert refused(cloud.begin_session(agent.agent_id, copy), "other_host").status == 409
    sender.add(upsert("L1", "a"))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 0)))


def test_a_newer_session_ends_the_older_one_for_good(cloud: Cloud, agent: Enrolled) -> None:
    older, newer = Sender(session="run-1"), Sender(session="run-2")
    older.begin(cloud, agent.agent_id)
    older.add(upsert("L1", "a"))
    newer.begin(cloud, agent.agent_id)
    refused(cloud.accept_batch(agent.agent_id, older.batch(0, 0)), "superseded")
    again = SessionRequest(session="run-1", host="host-1", resume=None)
    refused(cloud.begin_session(agent.agent_id, again), "superseded")


def test_a_batch_sent_again_is_acknowledged_and_not_applied_twice(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    for n in range(4):
        sender.add(upsert("L1", f"name {n}"))
    first = accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 1)))
    assert accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 1))) == first
    assert accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 0))) == first
    assert accepted(cloud.accept_batch(agent.agent_id, sender.batch(1, 3))).acked_seq == 4
    assert len(cloud.changes(agent.practice_id)[0]) == 4


def test_a_gap_names_the_number_expected(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    sender.add(upsert("L1", "a"), upsert("L2", "a"))
    sender.add(upsert("L3", "a"))
    assert refused(cloud.accept_batch(agent.agent_id, sender.batch(1, 1)), "gap").expected_seq == 1


def test_a_store_that_took_another_course_must_begin_anew(cloud: Cloud, agent: Enrolled) -> None:
    sender, other = Sender(), Sender()
    sender.begin(cloud, agent.agent_id)
    other.begin(cloud, agent.agent_id)
    sender.add(upsert("L1", "a"))
    other.add(upsert("L1", "b"))
    other.add(upsert("L2", "b"), upsert("L3", "b"))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 0)))
    for first, last in [(0, 0), (1, 1), (0, 1)]:
        refused(cloud.accept_batch(agent.agent_id, other.batch(first, last)), "epoch_required")
    sender.add(upsert("L1", "c"))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(1, 1)))
    refused(cloud.accept_batch(agent.agent_id, other.batch(1, 1)), "epoch_required")
    assert set(cloud.held(agent.practice_id, "location")) == {"L1"}


def test_a_takeover_fences_the_old_agent(cloud: Cloud, agent: Enrolled) -> None:
    old = Sender()
    old.begin(cloud, agent.agent_id)
    old.add(upsert("L1", "a"))
    invitation = cloud.invite(agent.practice_id)
    assert not isinstance(invitation, Problem)
    request = Enrolment(code=invitation.code, public_key=PUBLIC_KEY, host="host-2", agent_version="1")
    refused(cloud.enrol(request), "already_enrolled")
    fresh = cloud.enrol(request.model_copy(update={"takeover": True}))
    assert isinstance(fresh, Enrolled)
    refused(cloud.accept_batch(agent.agent_id, old.batch(0, 0)), "agent_replaced")
    refused(
        cloud.begin_session(agent.agent_id, SessionRequest(session="x", host="host-1", resume=None)), "agent_replaced"
    )
    assert Sender(host="host-2").begin(cloud, fresh.agent_id, old.position(0)).epoch == 2


def test_a_new_epoch_tells_the_last_incarnations_that_are_held(cloud: Cloud, agent: Enrolled) -> None:
    sender = Sender()
    sender.begin(cloud, agent.agent_id)
    ids = ["P7", "P7~2", "P7~10", "P8~3", "P9~x", "odd~"]
    sender.add(*(upsert(one, "a", "patient") for one in ids))
    accepted(cloud.accept_batch(agent.agent_id, sender.batch(0, 0)))
    sender.session = "run-2"
    assert sender.begin(cloud, agent.agent_id).incarnations == {"patient": ["P7~10", "P8~3"]}
