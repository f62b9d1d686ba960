"""Settings: what is refused, and with which words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.host.settings import Settings

GOOD: dict[str, Any] = {
    "practice": {"pms": "eaglesoft", "time_zone": "America/New_York"},
    "source": {"dialect": "sqlanywhere", "connection": "DSN=Eaglesoft", "login": "reader"},
    "cloud": {"url": "https://feed.example/"},
}


def with_(section: str, **values: object) -> dict[str, Any]:
    return {**GOOD, section: {**GOOD.get(section, {}), **values}}


def test_the_least_that_can_be_said_is_enough():
    settings = Settings.model_validate(GOOD)
    assert settings.pace.duty_office == 0.05
    assert settings.pace.statement_ms == 30
    assert settings.cloud.url == "https://feed.example"


def test_settings_do_not_change():
    settings = Settings.model_validate(GOOD)
    with pytest.raises(ValidationError):
        settings.pace.duty_office = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "connection",
    [
        "DSN=x;PWD=abc",
        "Driver={x};Server=y; Password = abc",
        "pwd=abc",
        "DSN=x;UID=dba",
        "Driver=x;ENP=0badc0de;Server=y",
    ],
)
def test_a_connection_string_with_a_name_or_password_is_refused(connection: str):
    with pytest.raises(ValidationError, match="no password"):
        Settings.model_validate(with_("source", connection=connection))


@pytest.mark.parametrize("url", ["http://feed.example", "https://", "https://me:word@feed.example", "feed.example"])
def test_only_https_without_a_name_is_an_address(url: str):
    with pytest.raises(ValidationError, match="https"):
        Settings.model_validate(with_("cloud", url=url))


@pytest.mark.parametrize("zone", ["Eastern Standard Time", "", "../etc/passwd", "America/Nowhere"])
def test_a_zone_must_be_known(zone: str):
    with pytest.raises(ValidationError, match="IANA"):
        Settings.model_validate(with_("practice", time_zone=zone))


@pytest.mark.parametrize(
    ("key", "value"),
    [("duty_office", 0), ("duty_office", 1.5), ("statement_ms", 0), ("poll_seconds", 0), ("rotation_minutes", -1)],
)
def test_a_pace_that_means_nothing_is_refused(key: str, value: float):
    with pytest.raises(ValidationError):
        Settings.model_validate(with_("pace", **{key: value}))


def test_office_hours_end_after_they_begin():
    hours = {"days": ["mon"], "from": "18:00", "to": "07:00"}
    with pytest.raises(ValidationError, match="later than"):
        Settings.model_validate(with_("pace", office_hours=[hours]))
