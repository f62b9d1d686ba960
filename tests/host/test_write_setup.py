"""Setting up the way into the PMS: what is asked for, what is refused, where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.host import settings_file, write_setup
from agent.host.home import Home
from agent.host.secret_names import API_CUSTOMER_KEY, API_DEVELOPER_KEY, WRITE_AUTHENTICATION, WRITE_PASSWORD
from agent.host.settings import Cloud, Practice, Settings, Source, Writes
from agent.host.write_setup import Given
from agent.model.errors import NeedsPerson
from agent.platform.secrets import Secrets

API = "http://localhost:30223/api/v1"


def home(folder: Path, pms: str) -> Home:
    settings = Settings(
        practice=Practice.model_validate({"pms": pms, "time_zone": "America/New_York"}),
        source=Source(connection="DSN=Elm", dialect="sqlite"),
        cloud=Cloud(url="https://feed.example.com"),
    )
    folder.mkdir(exist_ok=True)
    settings_file.write(folder, settings)
    return Home.open(folder)


def test_open_dental_asks_for_both_keys(tmp_path: Path):
    wanted = write_setup.secrets_wanted(home(tmp_path, "opendental"), Given(api_url=API))
    assert list(wanted) == [API_DEVELOPER_KEY, API_CUSTOMER_KEY]


def test_eaglesoft_asks_for_the_password_of_a_login_and_for_the_vendors_statement(tmp_path: Path):
    opened = home(tmp_path, "eaglesoft")
    given = Given(connection="DSN=Elm", login="writer", user="DR1")
    assert list(write_setup.secrets_wanted(opened, given)) == [WRITE_PASSWORD, WRITE_AUTHENTICATION]
    without = Given(connection="DSN=Elm", user="DR1")
    assert list(write_setup.secrets_wanted(opened, without)) == [WRITE_AUTHENTICATION]


@pytest.mark.parametrize(
    ("pms", "given"),
    [
        ("opendental", Given()),
        ("opendental", Given(api_url=API, connection="DSN=Elm")),
        ("opendental", Given(api_url=API, user="DR1")),
        ("opendental", Given(api_url="ftp://localhost")),
        ("eaglesoft", Given(connection="DSN=Elm")),
        ("eaglesoft", Given(user="DR1")),
        ("eaglesoft", Given(connection="DSN=Elm", user="DR1", api_url=API)),
        ("eaglesoft", Given(connection="DSN=Elm;UID=writer;PWD=canary", user="DR1")),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path: Path, pms: str, given: Given):
    opened = home(tmp_path, pms)
    before = opened.settings.read_text()
    for refuse in (lambda: write_setup.secrets_wanted(opened, given), lambda: write_setup.write(opened, given, {})):
        with pytest.raises(NeedsPerson) as caught:
            refuse()
        assert caught.value.code == "write_options_invalid"
        assert "canary" not in str(caught.value)
    assert opened.settings.read_text() == before


def test_addresses_go_into_the_settings_and_secrets_into_the_keyring(tmp_path: Path):
    opened = home(tmp_path, "opendental")
    write_setup.write(opened, Given(api_url=API), {API_DEVELOPER_KEY: "canary-1", API_CUSTOMER_KEY: "canary-2"})
    assert settings_file.read(tmp_path).writes == Writes(api_url=API)
    assert Secrets(tmp_path).get(API_CUSTOMER_KEY) == "canary-2"
    assert "canary" not in opened.settings.read_text()


def test_what_is_not_given_again_stays_and_an_empty_secret_is_forgotten(tmp_path: Path):
    opened = home(tmp_path, "eaglesoft")
    first = Given(connection="DSN=Elm", login="writer", user="DR1")
    write_setup.write(opened, first, {WRITE_PASSWORD: "a", WRITE_AUTHENTICATION: "b"})
    write_setup.write(opened, Given(connection="DSN=Oak", user="DR2"), {WRITE_AUTHENTICATION: ""})
    assert settings_file.read(tmp_path).writes == Writes(connection="DSN=Oak", login="writer", user="DR2")
    assert Secrets(tmp_path).get(WRITE_AUTHENTICATION) is None
    assert Secrets(tmp_path).get(WRITE_PASSWORD) == "a"
