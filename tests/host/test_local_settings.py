"""Settings over the local API: a plan first, nothing changed while it has a problem, secrets in the keyring alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.api.client import LocalAgent
from agent.host import local_settings, settings_file
from agent.host.home import Home
from agent.host.secret_names import (
    API_CUSTOMER_KEY,
    DATABASE_PASSWORD,
    PROXY_PASSWORD,
    STORE_KEY,
    WRITE_AUTHENTICATION,
    WRITE_PASSWORD,
)
from agent.model.errors import NeedsPerson
from agent.platform.secrets import Secrets
from agent.wire.local import SettingsChange
from tests.api.stations import serving, until, until_state
from tests.cli.conftest import agent, office, practice_file, tls
from tests.cli.office import Office

__all__ = ["agent", "office", "practice_file", "tls"]

NEW: dict[str, dict[str, Any]] = {
    "practice": {"pms": "opendental", "time_zone": "America/Chicago"},
    "source": {"connection": "Driver=MariaDB;Server=db;Database=opendental", "login": "reader"},
    "cloud": {"url": "https://feed.example"},
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open(tmp_path / "home")


def files(home: Home) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in home.path.iterdir() if not file.name.endswith(".lock")}


def test_from_nothing_the_engine_is_guessed_and_keys_are_made(home: Home):
    plan = local_settings.plan(home, SettingsChange(settings=NEW, database_password="hush"))
    assert plan.problems == [] and plan.restarts
    assert ("source.dialect", None, "mariadb") in plan.changes
    assert files(home) == {}
    local_settings.apply(home, SettingsChange(settings=NEW, database_password="hush"))
    assert settings_file.read(home.path).source.dialect == "mariadb"
    assert Secrets(home.path).get(DATABASE_PASSWORD) == "hush"
    assert Secrets(home.path).get(STORE_KEY) is not None
    assert "hush" not in local_settings.answer(home).model_dump_json()
    assert b"hush" not in (home.path / "agent.toml").read_bytes()


def test_only_what_is_named_changes_and_null_is_the_default(home: Home):
    local_settings.apply(home, SettingsChange(settings=NEW))
    plan = local_settings.apply(home, SettingsChange(settings={"pace": {"poll_seconds": 9, "duty_off": 0.2}}))
    assert plan.changes == [("pace.poll_seconds", 5.0, 9.0), ("pace.duty_off", 0.5, 0.2)]
    plan = local_settings.apply(home, SettingsChange(settings={"pace": {"poll_seconds": None}}))
    assert plan.changes == [("pace.poll_seconds", 9.0, 5.0)]
    kept = settings_file.read(home.path)
    assert (kept.pace.duty_off, kept.source.login) == (0.2, "reader")
    assert local_settings.plan(home, SettingsChange(settings={"pace": {"duty_off": 0.2}})).changes == []


def test_hours_and_codes_come_back_as_they_were_given(home: Home):
    local_settings.apply(home, SettingsChange(settings=NEW))
    hours = [{"days": ["mon", "fri"], "from": "08:00", "to": "17:30"}]
    change = {"pace": {"office_hours": hours}, "codes": {"confirmation": {"7": "confirmed"}}}
    local_settings.apply(home, SettingsChange(settings=change))
    shown = local_settings.answer(home).settings
    assert shown["pace"]["office_hours"] == hours
    assert shown["codes"] == {"confirmation": {"7": "confirmed"}}
    assert settings_file.read(home.path).pace.office_hours[0].closes == "17:30"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"settings": {"pace": {"poll_seconds": 0}}}, "pace.poll_seconds"),
        ({"settings": {"pace": {"pol_seconds": 1}}}, "did you mean poll_seconds"),
        ({"settings": {"zebra": {"x": 1}}}, "unknown key zebra"),
        ({"settings": {"cloud": {"url": None}}}, "cloud.url is missing"),
        ({"settings": {"cloud": {"url": "http://feed.example"}}}, "https://"),
        ({"settings": {"source": {"connection": "DSN=x;PWD=Zebra"}}}, "no password"),
        ({"settings": {"source": {"login": None}}, "database_password": "Zebra"}, "source.login"),
        ({"settings": {"cloud": {"ca_file": "Zebra.pem"}}}, "cloud.ca_file"),
        ({"settings": {"pace": {"office_hours": "Zebra"}}}, "pace.office_hours"),
        ({"policy": "mode = Zebra"}, "policy.toml"),
        ({"policy": "[kinds.zebra]\nmode='on'"}, "policy.toml"),
        ({"policy": "#" * 200_000}, "too long"),
    ],
)
def test_while_there_is_a_problem_nothing_changes(home: Home, change: dict[str, Any], told: str):
    local_settings.apply(home, SettingsChange(settings=NEW, database_password="hush"))
    before = files(home)
    plan = local_settings.plan(home, SettingsChange.model_validate(change))
    assert told in "; ".join(plan.problems), plan.problems
    assert "Zebra" not in "; ".join(plan.problems) or "policy" in change
    assert not plan.restarts
    with pytest.raises(NeedsPerson) as caught:
        local_settings.apply(home, SettingsChange.model_validate(change))
    assert caught.value.code == "settings_invalid"
    assert files(home) == before


def test_a_policy_is_taken_without_a_restart(home: Home):
    local_settings.apply(home, SettingsChange(settings=NEW))
    text = '[kinds."appointment.note"]\nmode = "ask"\n'
    assert not local_settings.apply(home, SettingsChange(policy=text)).restarts
    assert local_settings.answer(home).policy == text


def test_a_password_alone_is_changed_and_removed(home: Home):
    assert local_settings.plan(home, SettingsChange(database_password="hush")).problems
    local_settings.apply(home, SettingsChange(settings=NEW))
    assert local_settings.apply(home, SettingsChange(database_password="hush")).restarts
    assert Secrets(home.path).get(DATABASE_PASSWORD) == "hush"
    local_settings.apply(home, SettingsChange(database_password=""))
    assert Secrets(home.path).get(DATABASE_PASSWORD) is None


def test_other_secrets_go_into_the_keyring_where_the_settings_name_what_they_are_for(home: Home):
    for name in ("proxy_password", "write_password", "write_authentication", "api_developer_key", "api_customer_key"):
        alone = SettingsChange.model_validate({"secrets": {name: "hush"}})
        assert local_settings.plan(home, alone).problems
        local_settings.apply(home, SettingsChange(settings=NEW))
        assert "is missing" in local_settings.plan(home, alone).problems[0]
        assert "hush" not in repr(local_settings.plan(home, alone))
        (home.path / "agent.toml").unlink()
    proxied = {**NEW, "cloud": {**NEW["cloud"], "proxy": "http://proxy.example:3128", "proxy_login": "agent"}}
    ways = {"api_url": "http://localhost:30223/api/v1", "connection": "DSN=x", "login": "writer"}
    change = SettingsChange(
        settings={**proxied, "writes": ways},
        secrets={"proxy_password": "hush", "write_authentication": "hush", "api_customer_key": "hush"},
    )
    plan = local_settings.apply(home, change)
    assert ("proxy password", "(kept in the keyring)", "(new)") in plan.changes and plan.restarts
    kept = Secrets(home.path)
    assert [kept.get(name) for name in (PROXY_PASSWORD, WRITE_AUTHENTICATION, API_CUSTOMER_KEY)] == ["hush"] * 3
    assert kept.get(WRITE_PASSWORD) is None
    assert "hush" not in repr(plan) + local_settings.answer(home).model_dump_json()
    assert b"hush" not in (home.path / "agent.toml").read_bytes()
    gone = SettingsChange(settings={"cloud": {"proxy_login": None}}, secrets={"proxy_password": ""})
    assert local_settings.apply(home, gone).restarts
    assert kept.get(PROXY_PASSWORD) is None


def test_a_running_agent_begins_anew_with_new_settings_and_says_when_it_cannot(agent: Office):
    with serving(agent.home) as service, LocalAgent(agent.home, "change") as client:
        until_state(client, "working")
        first = service.station._agent
        client.change(SettingsChange(settings={"pace": {"poll_seconds": 0.5}}))
        until(lambda: service.station._agent not in (None, first), "the new agent")
        assert service.station._agent.settings.pace.poll_seconds == 0.5
        until_state(client, "working")
        agent.home.joinpath("enrolment.json").write_text("{")
        client.change(SettingsChange(settings={"pace": {"poll_seconds": 1}}))
        seen = until_state(client, "not_working")
        until(lambda: service.station.news.phase == "failing", "the fault")
        assert "enrolment.json" in client.status().overall.reason, seen
        with pytest.raises(Exception, match="agent_restarted"):
            client.write("x")
        assert {"settings_changed", "enrolment_damaged"} <= {one.code for one in client.events().lines}
