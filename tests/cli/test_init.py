"""Setting a home up from the command line."""

from __future__ import annotations

import json

from agent.host import settings_file
from agent.platform.secrets import Secrets
from tests.cli.office import Office


def test_settings_are_written_with_the_engine_guessed_from_the_driver(office: Office):
    told = office.well("init", *office.settings, "--location", "1=Main=America/Chicago", "--location", "2=North")
    settings = settings_file.read(office.home)
    assert settings.source.dialect == "sqlite"
    assert [(one.id, one.name, one.time_zone) for one in settings.practice.location] == [
        ("1", "Main", "America/Chicago"),
        ("2", "North", None),
    ]
    assert "guessed" in told


def test_the_password_goes_into_the_keyring_and_nowhere_else(office: Office):
    result = office.say("init", *office.settings, "--login=reader", "--password-stdin", typed="s3cret-pw\n")
    assert result.exit_code == 0
    assert Secrets(office.home).get("database-password") == "s3cret-pw"
    assert "s3cret-pw" not in result.output + (office.home / "agent.toml").read_text()


def test_settings_that_are_there_are_replaced_only_with_force(office: Office):
    office.well("init", *office.settings)
    with (office.home / "agent.toml").open("a") as file:
        file.write('\n[codes.confirmation]\n"7" = "confirmed"\n')
    key = Secrets(office.home).get("store-key")
    refused = office.say("init", *office.settings)
    assert refused.exit_code == 3
    assert "already_initialised" in refused.stderr
    office.well("init", *office.settings, "--force", "--schema=PPM")
    settings = settings_file.read(office.home)
    assert settings.source.schema_name == "PPM"
    assert settings.codes == {"confirmation": {"7": "confirmed"}}
    assert Secrets(office.home).get("store-key") == key


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(office: Office):
    wrong = ("--pms=dentaid", "--connection=DSN=X;PWD=pw-of-db", "--time-zone=Mars", "--cloud=http://x")
    result = office.say("init", *wrong, "--dialect=sqlite")
    assert result.exit_code == 2
    for word in ("practice.pms", "time_zone", "source.connection", "https"):
        assert word in result.stderr
    assert "pw-of-db" not in result.output
    assert not (office.home / "agent.toml").exists()


def test_a_driver_that_tells_nothing_asks_for_the_dialect(office: Office):
    result = office.say("init", *office.settings[:1], "--connection=Driver=Acme;Server=x", *office.settings[2:])
    assert result.exit_code == 2
    assert "--dialect" in result.stderr


def test_without_a_terminal_the_password_must_come_on_stdin(office: Office):
    result = office.say("init", *office.settings, "--login=reader")
    assert result.exit_code == 3
    assert "--password-stdin" in result.stderr


def test_the_secrets_of_a_home_are_a_password_and_a_key(office: Office):
    office.say("init", *office.settings, "--login=reader", "--password-stdin", typed="x\n")
    kept = json.loads((office.home / "secrets.json").read_text())["secrets"]
    assert sorted(name for each in kept.values() for name in each) == ["database-password", "store-key"]
