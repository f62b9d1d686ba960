"""``preview``: some records as they would be sent, masked."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

from tests.cli.office import Office


def test_records_are_shown_masked_and_nothing_is_sent(agent: Office):
    told = agent.well("preview", "patient", "--rows", "5")
    assert "first_name" in told
    with closing(sqlite3.connect(agent.practice)) as link:
        names = {name for (name,) in link.execute("SELECT last_name FROM patient") if name and len(name) > 3}
    assert names
    assert not [name for name in names if name in told]
    assert not re.search(r"\b(19|20)\d\d-\d\d", told)
    assert agent.held("patient") == {}


def test_codes_are_shown_because_they_tell_nothing_of_a_person(agent: Office):
    found = json.loads(agent.well("preview", "patient", "--rows", "50", "--json"))
    assert {"male", "female"} & {one["data"]["sex"] for one in found}
    assert all(re.fullmatch(r"[9x?-]*", one["id"]) for one in found)


def test_patient_data_is_never_written_into_a_pipe(agent: Office):
    result = agent.say("preview", "patient", "--unmask", "--yes")
    assert result.exit_code == 3
    assert result.stdout == ""


def test_a_resource_that_does_not_exist_is_a_wrong_command_line(agent: Office):
    result = agent.say("preview", "patients")
    assert result.exit_code == 2
    assert "appointment_type" in result.stderr
