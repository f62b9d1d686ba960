"""``holds``: decisions that wait for a person."""

from __future__ import annotations

import json

from agent.cli.holds import words
from tests.cli.office import Office


def test_nothing_waits_where_nobody_has_worked(office: Office):
    assert office.well("holds") == "Nothing waits for a person.\n"


def test_many_deletes_wait_and_go_through_when_accepted(agent: Office):
    agent.settings_of("limits", delete_share=0.01, delete_floor=0)
    agent.well("sync", "--once")
    before = len(agent.held("ledger_entry"))
    agent.change("DELETE FROM transactions_header WHERE tran_num BETWEEN 60 AND 120")
    result = agent.say("sync", "--once")
    assert result.exit_code == 1
    assert "1 decision(s) wait" in result.stderr
    assert len(agent.held("ledger_entry")) == before

    (hold,) = json.loads(agent.well("holds", "list", "--json"))
    assert hold["kind"] == "mass_delete"
    assert "ledger_entry" in hold["what"]
    refused = agent.say("holds", "accept", str(hold["id"]))
    assert refused.exit_code == 3
    assert "not_confirmed" in refused.stderr
    agent.well("holds", "accept", str(hold["id"]), "--yes")
    assert agent.well("holds") == "Nothing waits for a person.\n"
    agent.well("sync", "--once")
    assert len(agent.held("ledger_entry")) < before


def test_a_hold_that_is_not_there_cannot_be_accepted(agent: Office):
    agent.well("sync", "--once")
    result = agent.say("holds", "accept", "99", "--yes")
    assert result.exit_code == 3
    assert "hold_unknown" in result.stderr


def test_each_kind_is_told_in_plain_words():
    assert "training" in words("database_changed", None, {"known": "a", "found": "b"})[0]
    told, _ = words("database_restored", None, {"mark": "appt_log.appt_log_id", "known": 9, "found": 4})
    assert "fell from 9 to 4" in told
    assert words("unheard_of", "patient", {})[0] == "unheard_of patient"
