"""``capabilities``: what can be written here, what the office makes of it, and whether the way in is open."""

from __future__ import annotations

import json

from agent.wire.payloads import WRITE_KINDS
from tests.cli.office import Office
from tests.cli.writes import Writing


def test_every_kind_is_told_with_the_offices_policy_and_how_far_it_was_tried(writing: Writing):
    told = writing.office.well("capabilities")
    assert told.startswith("Eaglesoft database: ready.")
    assert "unverified on a real Eaglesoft" in " ".join(told.split())
    found = json.loads(writing.office.well("capabilities", "--json"))
    assert found["channel"] == {"name": "Eaglesoft database", "state": "ready", "detail": ""}
    kinds = {one["kind"]: one for one in found["kinds"]}
    assert set(kinds) == set(WRITE_KINDS)
    modes = {kind: kinds[kind]["mode"] for kind in ("appointment.create", "payment.post", "appointment.cancel")}
    assert modes == {"appointment.create": "on", "payment.post": "ask", "appointment.cancel": "off"}
    document = kinds["document.attach"]
    assert (document["offered"], document["reason"]) == (False, "needs_vendor_interface")


def test_where_no_way_in_is_set_up_it_says_so(agent: Office):
    found = json.loads(agent.well("capabilities", "--json"))
    assert found["channel"]["state"] == "not_configured"
    assert {one["mode"] for one in found["kinds"]} == {"off"}


def test_the_pms_is_not_asked_when_told_not_to(writing: Writing):
    found = json.loads(writing.office.well("capabilities", "--json", "--offline"))
    assert found["channel"] == {"name": "Eaglesoft database"}
    assert not writing.office.well("capabilities", "--offline").startswith("Eaglesoft database")


def test_a_policy_that_cannot_be_read_is_told(writing: Writing):
    writing.policy("[bookings]\n")
    result = writing.office.say("capabilities")
    assert result.exit_code != 0
    assert "policy_invalid" in result.stderr
