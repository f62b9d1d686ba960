"""``doctor``: the check before go-live, on a real database and a real cloud."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.office import Office


def findings(office: Office, *, code: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    result = office.say("doctor", "--json")
    assert result.exit_code == code, result.output
    return {(one["area"], one["name"]): one for one in json.loads(result.stdout)["findings"]}


def test_before_enrolment_everything_but_that_is_fine(office: Office):
    office.well("init", *office.settings)
    found = findings(office)
    assert not [one for one in found.values() if one["level"] == "failed"]
    assert found["cloud", "enrolment"]["code"] == "not_enrolled"
    assert found["records", "patient"]["facts"]["exact"] == 1
    assert found["database", "connection"]["facts"]["bits"] in (32, 64)
    assert not office.home.joinpath("store.db").exists()


def test_after_enrolment_the_cloud_takes_the_key(agent: Office):
    assert findings(agent)["cloud", "enrolment"]["level"] == "ok"


def test_a_missing_column_fails_one_resource_and_names_it(office: Office):
    office.well("init", *office.settings)
    office.change("ALTER TABLE patient RENAME COLUMN birth_date TO born")
    found = findings(office, code=1)
    patient = found["resources", "patient"]
    assert (patient["level"], patient["code"]) == ("failed", "column_missing")
    assert "patient.birth_date" in patient["title"]
    assert found["resources", "appointment"]["level"] == "ok"
    assert ("records", "patient") not in found


def test_a_database_and_a_cloud_that_are_not_there_are_told_apart(office: Office):
    office.well(
        "init",
        *office.settings[:1],
        "--connection=DSN=NoSuchSource",
        "--dialect=sqlite",
        *office.settings[2:3],
        "--cloud=https://127.0.0.1:1",
    )
    found = findings(office, code=1)
    assert found["database", "connection"]["code"] == "dsn_unknown"
    assert found["cloud", "connection"]["code"] == "offline"


def test_a_certificate_that_is_not_trusted_is_told(office: Office):
    office.well("init", *office.settings[:4])
    assert findings(office, code=1)["cloud", "connection"]["code"] == "tls_untrusted"


def test_it_prints_no_data_of_a_patient(agent: Office):
    told = agent.say("doctor").output
    names = agent.ask("SELECT last_name FROM patient UNION SELECT first_name FROM patient")
    assert not [name for (name,) in names if name and len(name) > 4 and name in told]


def test_without_settings_it_says_what_to_do(office: Office):
    assert office.say("doctor").exit_code == 3
