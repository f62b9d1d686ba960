"""Enrolling from the command line."""

from __future__ import annotations

from agent.platform.secrets import Secrets
from sandbox.cloud.faults import Fault
from tests.cli.office import Office


def test_a_code_makes_an_enrolment_whose_key_is_in_the_keyring(office: Office):
    office.well("init", *office.settings)
    told = office.well("enroll", office.code())
    assert "Elm Street Dental" in told
    assert Secrets(office.home).get("identity-key") is not None
    assert Secrets(office.home).get("identity-key-next") is None


def test_without_settings_there_is_nothing_to_enrol(office: Office):
    result = office.say("enroll", "X")
    assert result.exit_code == 3
    assert "not_initialised" in result.stderr


def test_a_code_that_is_unknown_or_used_is_told_and_harms_nothing(agent: Office):
    key = Secrets(agent.home).get("identity-key")
    used = agent.code()
    agent.well("enroll", used, "--takeover")
    assert Secrets(agent.home).get("identity-key") != key
    for code, told in (("NOPE", "code_unknown"), (used, "code_used")):
        result = agent.say("enroll", code, "--takeover")
        assert result.exit_code == 3
        assert told in result.stderr
    agent.well("sync", "--once")


def test_a_second_enrolment_needs_takeover(agent: Office):
    result = agent.say("enroll", agent.code())
    assert result.exit_code == 3
    assert "enrolled_already" in result.stderr


def test_another_machine_needs_takeover_too(agent: Office):
    other = Office(agent.folder / "other", agent.practice, agent.cloud, agent.practice_id)
    other.folder.mkdir()
    other.well("init", *other.settings)
    result = other.say("enroll", other.code())
    assert result.exit_code == 3
    assert "already_enrolled" in result.stderr
    other.well("enroll", other.code(), "--takeover")
    fenced = agent.say("sync", "--once")
    assert fenced.exit_code == 3
    assert "agent_replaced" in fenced.stderr


def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(office: Office):
    office.well("init", *office.settings)
    code = office.code()
    office.cloud.faults.plan(Fault(kind="lost", path="enrolments"))
    assert office.say("enroll", code).exit_code == 4
    kept = Secrets(office.home).get("identity-key-next")
    assert kept is not None
    office.well("enroll", code)
    assert Secrets(office.home).get("identity-key") == kept
