"""``unenroll``: the way back."""

from __future__ import annotations

from agent.platform.secrets import Secrets
from sandbox.cloud.faults import Fault
from tests.cli.office import Office
from tests.cli.running import running_agent


def test_the_cloud_is_told_and_the_key_forgotten(agent: Office):
    agent.well("sync", "--once")
    told = agent.well("unenroll", "--yes")
    assert "the cloud knows" in told
    assert Secrets(agent.home).get("identity-key") is None
    assert agent.home.joinpath("store.db").exists()
    again = agent.say("unenroll", "--yes")
    assert again.exit_code == 3
    assert "not_enrolled" in again.stderr
    agent.well("enroll", agent.code())
    agent.well("sync", "--once")
    agent.well("reconcile")


def test_a_cloud_that_is_away_leaves_everything_as_it_was(agent: Office):
    agent.cloud.faults.plan(Fault(kind="cut", times=-1))
    result = agent.say("unenroll", "--yes")
    assert result.exit_code == 4
    assert "--local-only" in result.stderr
    assert Secrets(agent.home).get("identity-key") is not None
    assert "the cloud was not told" in agent.well("unenroll", "--yes", "--local-only")


def test_forgetting_the_data_deletes_the_store_and_its_key(agent: Office):
    agent.well("sync", "--once")
    agent.well("unenroll", "--yes", "--forget-data")
    assert not list(agent.home.glob("store.db*"))
    assert Secrets(agent.home).get("store-key") is None


def test_an_agent_that_the_cloud_has_replaced_can_still_leave(agent: Office):
    other = Office(agent.folder / "other", agent.practice, agent.cloud, agent.practice_id)
    other.folder.mkdir()
    other.well("init", *other.settings)
    other.well("enroll", other.code(), "--takeover")
    agent.well("unenroll", "--yes")


def test_a_running_agent_must_be_stopped_first(agent: Office):
    with running_agent(agent):
        result = agent.say("unenroll", "--yes")
    assert result.exit_code == 3
    assert "home_in_use" in result.stderr


def test_it_must_be_confirmed(agent: Office):
    result = agent.say("unenroll")
    assert result.exit_code == 3
    assert "--yes" in result.stderr
