"""What a person gives, and the settings that come of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.host.home import Home
from agent.host.setup import Given, Unusable, guess_dialect, init, settings_of
from agent.platform.secrets import Secrets

GIVEN = Given("eaglesoft", "DSN=Eaglesoft", "America/New_York", "https://cloud.example")


@pytest.mark.parametrize(
    ("connection", "dialect"),
    [
        ("Driver={SQL Anywhere 17};Server=es", "sqlanywhere"),
        ("Driver=Adaptive Server Anywhere 9.0;ENG=x", "sqlanywhere"),
        ("driver={MariaDB ODBC 3.1 Driver};Server=db", "mariadb"),
        ("Server=db;Driver=MySQL ODBC 8.0 Unicode Driver", "mariadb"),
        ("Driver=PostgreSQL Unicode;Server=sqlite", "postgresql"),
        ("Driver=SQLite3;Database=x.db", "sqlite"),
        ("Driver=Acme;Server=mariadb", None),
        ("DSN=Eaglesoft", "sqlanywhere"),
        ("DSN=practice-mariadb", "mariadb"),
    ],
)
def test_the_driver_s_name_tells_the_engine(connection: str, dialect: str | None):
    assert guess_dialect("eaglesoft", connection) == dialect


def test_a_dsn_that_tells_nothing_is_what_the_pms_comes_with():
    assert guess_dialect("opendental", "DSN=OD") == "mariadb"


@pytest.mark.parametrize("location", ["1", "1=", "=Main", "1=Main=America/Chicago=x", "1=Main=Mars"])
def test_a_location_is_written_in_one_way(location: str):
    given = Given(GIVEN.pms, GIVEN.connection, GIVEN.time_zone, GIVEN.cloud, locations=(location,))
    with pytest.raises(Unusable):
        settings_of(given)


def test_setting_up_without_a_login_forgets_a_password_that_was_kept(tmp_path: Path):
    home = Home.open(tmp_path / "home")
    init(home, GIVEN, "first")
    assert Secrets(home.path).get("database-password") == "first"
    init(home, GIVEN, None, force=True)
    assert Secrets(home.path).get("database-password") is None
