"""``practice-agent proxy``: the way to the cloud and the login there, whether or not the agent runs."""

from __future__ import annotations

from agent.host import settings_file
from agent.host.secret_names import PROXY_PASSWORD
from agent.platform.secrets import Secrets
from tests.api.conftest import idle
from tests.api.stations import Service
from tests.cli.office import Office

__all__ = ["idle"]

PROXY = "http://proxy.example:3128"


def test_without_an_agent_it_writes_the_settings_and_the_password_goes_into_the_keyring(office: Office):
    assert office.say("proxy", PROXY).exit_code == 3  # not set up
    office.well("init", *office.settings)
    assert office.well("proxy") == "proxy: system\nlogin: none\n"
    result = office.say("proxy", PROXY, "--login", "agent", "--password-stdin", typed="hush: hush\n")
    assert result.exit_code == 0, result.output
    assert office.well("proxy") == f"proxy: {PROXY}\nlogin: agent; password in the keyring\n"
    assert Secrets(office.home).get(PROXY_PASSWORD) == "hush: hush"
    assert "hush" not in (office.home / "agent.toml").read_text() + result.output
    office.well("init", "--force", f"--proxy={PROXY}", *office.settings)
    assert settings_file.read(office.home).cloud.proxy_login == "agent"
    office.well("proxy", "system")
    assert settings_file.read(office.home).cloud.proxy_login == "agent"
    office.well("proxy", "direct")
    assert settings_file.read(office.home).cloud.proxy == "direct"
    assert settings_file.read(office.home).cloud.proxy_login is None
    assert Secrets(office.home).get(PROXY_PASSWORD) is None


def test_a_running_agent_is_told_and_begins_anew(office: Office, idle: Service):
    office.well("init", *office.settings)
    said = office.say("proxy", PROXY, "--login", "agent", "--password-stdin", typed="hush\n")
    assert said.stdout.startswith("Changed; the agent begins anew")
    assert settings_file.read(idle.home).cloud.proxy == PROXY
    assert Secrets(idle.home).get(PROXY_PASSWORD) == "hush"
    office.well("proxy", "--no-login")
    assert Secrets(idle.home).get(PROXY_PASSWORD) is None


def test_what_makes_no_sense_is_refused_and_changes_nothing(office: Office):
    office.well("init", *office.settings)
    before = (office.home / "agent.toml").read_text()
    assert office.say("proxy", "--login", "a", "--no-login").exit_code == 2
    assert office.say("proxy", PROXY, "--password-stdin").exit_code == 2
    assert office.say("proxy", PROXY, "--login", "agent").exit_code == 3  # nobody can be asked
    for wrong in ("ftp://x", "http://user:hush@proxy.example", "nowhere"):
        result = office.say("proxy", wrong)
        assert result.exit_code == 3 and "hush" not in result.stderr
    assert (office.home / "agent.toml").read_text() == before
