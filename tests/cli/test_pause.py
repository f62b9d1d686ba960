"""``pause`` and ``resume``: thin clients of the running agent."""

from __future__ import annotations

import json

from tests.api.conftest import idle
from tests.api.stations import Service
from tests.cli.office import Office

__all__ = ["idle"]


def test_where_no_agent_runs_nothing_is_paused(office: Office):
    result = office.say("pause", "1")
    assert result.exit_code == 4
    assert "agent_not_running" in result.stderr


def test_a_pause_is_begun_and_ended(office: Office, idle: Service):
    assert office.home == idle.home
    assert office.well("pause", "0.5").startswith("Paused until ")
    assert json.loads(office.well("pause", "2", "--json"))["paused_until"] is not None
    assert office.well("resume") == "Not paused.\n"
    assert json.loads(office.well("resume", "--json")) == {"paused_until": None}


def test_only_a_sensible_time_is_taken(office: Office):
    for hours in ("0", "25", "x"):
        assert office.say("pause", hours).exit_code == 2
