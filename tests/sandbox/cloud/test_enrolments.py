"""Enrolment codes, agents and readers' keys."""

from __future__ import annotations

import pytest

from agent.wire.cloud import Enrolled, Enrolment, Problem
from sandbox.cloud.enrolments import Invitation, ReaderKey
from sandbox.cloud.service import Cloud
from tests.sandbox.cloud.sender import PUBLIC_KEY, Moment, Sender, enrolled, memory_cloud


@pytest.fixture
def place() -> tuple[Cloud, Moment]:
    return memory_cloud()


def invited(cloud: Cloud) -> Invitation:
    answer = cloud.invite(cloud.find_practice("Elm") or cloud.add_practice("Elm"))
    assert isinstance(answer, Invitation)
    return answer


def request(code: str, host: str = "host-1") -> Enrolment:
    return Enrolment(code=code, public_key=PUBLIC_KEY, host=host, agent_version="1")


def code_of(answer: object) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code


def test_a_code_works_once_and_as_people_type_it(place: tuple[Cloud, Moment]) -> None:
    cloud, _ = place
    code = invited(cloud).code
    answer = cloud.enrol(request(f" {code.lower()} "))
    assert isinstance(answer, Enrolled)
    assert answer.practice_name == "Elm"
    assert code_of(cloud.enrol(request(code, host="host-2"))) == "code_used"


def test_a_lost_answer_to_an_enrolment_can_be_asked_for_again(place: tuple[Cloud, Moment]) -> None:
    cloud, _ = place
    code = invited(cloud).code
    assert cloud.enrol(request(code)) == cloud.enrol(request(code))


@pytest.mark.parametrize("code", ["", "x", "-", "é\0", "P000000000-0000-0000-0000-0000", "A" * 10_000])
def test_codes_that_nobody_gave_are_unknown(place: tuple[Cloud, Moment], code: str) -> None:
    assert code_of(place[0].enrol(request(code))) == "code_unknown"


def test_a_code_expires(place: tuple[Cloud, Moment]) -> None:
    cloud, clock = place
    code = invited(cloud).code
    clock.go(days=7)
    assert code_of(cloud.enrol(request(code))) == "code_expired"


def test_a_refused_second_agent_does_not_use_up_its_code(place: tuple[Cloud, Moment]) -> None:
    cloud, _ = place
    enrolled(cloud)
    code = invited(cloud).code
    assert code_of(cloud.enrol(request(code, host="host-2"))) == "already_enrolled"
    taken = cloud.enrol(request(code, host="host-2").model_copy(update={"takeover": True}))
    assert isinstance(taken, Enrolled)


@pytest.mark.parametrize(
    "key",
    [
        {},
        {**PUBLIC_KEY, "crv": "P-256"},
        {**PUBLIC_KEY, "d": "AAAA"},
        {**PUBLIC_KEY, "x": "AAAA"},
        {**PUBLIC_KEY, "x": None},
        {**PUBLIC_KEY, "y": ["x"]},
        {"kty": "oct", "k": "AAAA"},
    ],
)
def test_only_the_public_half_of_a_p384_key_is_taken(place: tuple[Cloud, Moment], key: dict[str, object]) -> None:
    code = invited(place[0]).code
    assert code_of(place[0].enrol(request(code).model_copy(update={"public_key": key}))) == "bad_key"


def test_after_unenrolling_another_agent_may_enrol_without_takeover(place: tuple[Cloud, Moment]) -> None:
    cloud, _ = place
    agent = enrolled(cloud)
    assert cloud.unenrol(agent.agent_id) is None
    again = enrolled(cloud, host="host-2")
    assert again.agent_id != agent.agent_id
    assert Sender(host="host-2").begin(cloud, again.agent_id).epoch == 1


def test_a_readers_key_opens_its_own_practice_only(place: tuple[Cloud, Moment]) -> None:
    cloud, _ = place
    agent = enrolled(cloud)
    key = cloud.add_reader_key(agent.practice_id, "warehouse")
    assert isinstance(key, str)
    assert cloud.check_reader(key) == ReaderKey(agent.practice_id, may_write=False)
    assert code_of(cloud.check_reader(key[:-1])) == "key_unknown"
    assert code_of(cloud.add_reader_key("nobody", "x")) == "practice_unknown"
