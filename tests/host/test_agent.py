"""The agent as a whole, in this process: a clock that is wrong, keys that are lost, parts that are closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.host.agent import Agent
from agent.host.clock import SystemClock
from agent.host.home import Home
from agent.host.log import EventLog
from agent.host.secret_names import IDENTITY_KEY, STORE_KEY
from agent.host.working import AgentAtWork, at_work
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson
from agent.platform.secrets import Secrets
from sandbox.cloud.tls import development_tls
from sandbox.practice.build import build
from sandbox.practice.oddities import OVER_ODBC
from tests.cli.office import Office, opened
from tests.crash.workplace import until


class Wrong:
    """A clock that goes right and shows a wrong time."""

    def __init__(self, by: float) -> None:
        self.by = by
        self._right = SystemClock()

    def time(self) -> float:
        return self._right.time() + self.by

    def monotonic(self) -> float:
        return self._right.monotonic()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose agent is enrolled and has not run."""
    file = tmp_path / "practice.db"
    with closing(sqlite3.connect(file)) as connection:
        build("eaglesoft", connection, 7, odd=OVER_ODBC)
    with opened(tmp_path, file, development_tls(tmp_path / "tls")) as made:
        made.set_up()
        yield made


def delivered(office: Office, work: AgentAtWork) -> None:
    """Wait until a sync is done."""
    number = work.agent.store.requests.ask("sync")
    until(lambda: work.agent.store.requests.get(number).state == "done", "the sync")
    assert len(office.held("patient")) >= 60


@pytest.mark.parametrize("by", [-3600.0, 3600.0, 86400.0 * 400])
def test_a_clock_that_is_wrong_is_told_and_stops_nothing(office: Office, by: float):
    """But for certificates: those are the TLS library's business, which asks the machine itself."""
    clock: Clock = Wrong(by)
    with at_work(Home.open(office.home), clock=clock) as work:
        delivered(office, work)
        until(lambda: work.agent.status.cloud_facts.get("clock_offset_seconds") is not None, "the offset")
        offset = work.agent.status.cloud_facts["clock_offset_seconds"]
        assert abs(offset + by) < 30.0


def test_a_home_that_is_not_enrolled_says_what_to_do(office: Office, tmp_path: Path):
    home = Home.open(tmp_path / "fresh")
    assert office.say("--home", str(home.path), "init", *office.settings).exit_code == 0
    with pytest.raises(NeedsPerson) as refused, at_work(home):
        pass
    assert refused.value.code == "not_enrolled"
    with home.lock():  # and lets go of the home
        pass


def test_without_its_key_the_agent_cannot_speak_to_the_cloud(office: Office):
    Secrets(office.home).delete(IDENTITY_KEY)
    with pytest.raises(NeedsPerson):
        Agent(Home(office.home), EventLog(None, str))


def test_a_lost_sealing_key_is_told_and_a_new_store_begun(office: Office):
    heard: list[str] = []
    with at_work(Home.open(office.home)) as work:
        delivered(office, work)
    Secrets(office.home).delete(STORE_KEY)
    with at_work(Home.open(office.home), lambda _, event: heard.append(event.code)) as work:
        delivered(office, work)
        assert work.agent.store.outbox.place.epoch == 2
    assert {"key_lost", "store_set_aside"} <= set(heard)


def test_when_a_part_cannot_be_opened_those_before_it_are_closed(office: Office, monkeypatch: pytest.MonkeyPatch):
    closed = []

    def refuse(*_: object) -> None:
        raise NeedsPerson("driver_missing", "t", "a")

    monkeypatch.setattr("agent.host.sources.open_reader", refuse)
    monkeypatch.setattr("agent.store.store.Store.close", lambda self: closed.append("store"))
    monkeypatch.setattr("agent.cloud.client.CloudClient.close", lambda self: closed.append("client"))
    with pytest.raises(NeedsPerson):
        Agent(Home.open(office.home), EventLog(None, str))
    assert closed == ["store", "client"]
