"""``snapshot``: everything is sent again."""

from __future__ import annotations

import json

from tests.cli.office import Office


def test_a_new_epoch_begins_and_everything_is_there_again(agent: Office):
    agent.well("sync", "--once")
    before = set(agent.held("patient"))
    found = json.loads(agent.well("snapshot", "--yes", "--json"))
    assert found["epoch"] == 2
    assert set(agent.held("patient")) == before


def test_it_must_be_confirmed(agent: Office):
    assert agent.say("snapshot").exit_code == 3
