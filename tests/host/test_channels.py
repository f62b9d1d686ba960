"""From settings to the channel: which PMS, which way, and what is missing for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.host import channels
from agent.host.clock import SystemClock
from agent.host.secret_names import API_CUSTOMER_KEY, API_DEVELOPER_KEY
from agent.host.settings import Cloud, Practice, Settings, Source, Writes
from agent.platform.secrets import Secrets
from agent.sources import dialect
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.reader import Reader
from tests.servers import free_port


def settings(pms: str, **writes: Any) -> Settings:
    return Settings(
        practice=Practice.model_validate({"pms": pms, "time_zone": "America/New_York"}),
        source=Source(connection="DSN=Elm", dialect="sqlite"),
        cloud=Cloud(url="https://feed.example.com"),
        writes=Writes.model_validate(writes),
    )


@pytest.fixture
def reader() -> Reader:
    def refuse() -> Any:
        raise AssertionError("nothing is to be read")

    return Reader(InProcessBridge(refuse), dialect.sqlite())


def state(tmp_path: Path, reader: Reader, made: Settings) -> tuple[str, str]:
    channel, close = channels.open_channel(made, Secrets(tmp_path), reader, SystemClock())
    try:
        return channel.name, channel.look().state
    finally:
        close()


def test_where_nothing_is_set_up_every_channel_says_so(tmp_path: Path, reader: Reader):
    assert state(tmp_path, reader, settings("opendental")) == ("Open Dental API Service", "not_configured")
    assert state(tmp_path, reader, settings("eaglesoft")) == ("Eaglesoft database", "not_configured")


def test_an_address_without_its_keys_is_not_enough(tmp_path: Path, reader: Reader):
    made = settings("opendental", api_url="http://127.0.0.1:1/api/v1")
    assert state(tmp_path, reader, made)[1] == "not_configured"
    Secrets(tmp_path).set(API_DEVELOPER_KEY, "a")
    assert state(tmp_path, reader, made)[1] == "not_configured"


def test_with_both_keys_the_api_is_asked(tmp_path: Path, reader: Reader):
    for name in (API_DEVELOPER_KEY, API_CUSTOMER_KEY):
        Secrets(tmp_path).set(name, "a")
    made = settings("opendental", api_url=f"http://127.0.0.1:{free_port()}/api/v1")
    assert state(tmp_path, reader, made)[1] == "unreachable"


def test_a_database_that_writes_is_asked_over_a_bridge_of_its_own(tmp_path: Path, reader: Reader):
    where = f"Driver=SQLite3;Database={tmp_path / 'none' / 'practice.db'}"
    made = settings("eaglesoft", connection=where, user="DR1")
    assert state(tmp_path, reader, made) == ("Eaglesoft database", "unreachable")
