"""The client against a real service over loopback: not set up, at work, paused, restarted, stopped."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from agent.api.client import LocalAgent, NotRunning, Slow, best_right, read_address
from agent.host.home import Home
from agent.host.local_station import Station
from agent.model.errors import AgentError, NeedsPerson, Terminal
from agent.wire.local import SettingsChange
from tests.api.stations import Service, over, serving, until, until_state
from tests.cli.office import Office


def test_where_no_agent_runs_the_client_says_so(tmp_path: Path):
    with LocalAgent(tmp_path) as client, pytest.raises(NotRunning):
        client.status()
    assert best_right(tmp_path) is None


def test_an_agent_that_is_not_set_up_serves_the_api_and_says_what_it_waits_for(idle: Service):
    with LocalAgent(idle.home, "change") as client:
        seen = until_state(client, "not_set_up")
        assert seen.status is None
        assert client.settings().settings == {}
        assert client.writes().writes == []
        assert client.history().bars == []
        assert client.version().right == "change"
        assert "SQLite3" in client.discover().drivers
        with pytest.raises(NeedsPerson) as caught:
            client.begin("sync")
        assert caught.value.code == "not_set_up"
        with pytest.raises(Terminal) as gone:
            client.task("nothing")
        assert gone.value.code == "task_unknown"
    assert best_right(idle.home) == "change"


def test_the_assistant_s_way_from_nothing_to_an_agent_at_work(office: Office):
    connection = f"Driver=SQLite3;Database={office.practice}"
    with serving(office.home) as service, LocalAgent(office.home, "change") as client:
        until_state(client, "not_set_up")
        tried = over(client, client.begin("test_database", pms="eaglesoft", connection=connection))
        assert (tried.state, tried.answer["pms"]) == ("done", "eaglesoft"), tried
        assert tried.answer["readable"] == tried.answer["shapes"]
        tried = over(client, client.begin("test_cloud", url=office.cloud.url, ca_file=str(office.cloud.ca)))
        assert tried.state == "done", tried
        change = SettingsChange(
            settings={
                "practice": {"pms": "eaglesoft", "time_zone": "America/New_York"},
                "source": {"connection": connection},
                "cloud": {"url": office.cloud.url, "ca_file": str(office.cloud.ca)},
            }
        )
        plan = client.plan(change)
        assert plan.problems == [] and plan.restarts
        assert not (office.home / "agent.toml").exists()
        assert client.change(change).changes == plan.changes
        until_state(client, "not_set_up")
        enrolled = over(client, client.begin("enrol", code=office.code()))
        assert enrolled.state == "done", enrolled
        assert enrolled.answer["practice_name"] == "Elm Street Dental"
        until_state(client, "working")
        done = over(client, client.begin("sync"))
        assert done.state == "done" and done.answer["records"] > 0, done
        assert len(office.held("patient")) >= 60
        until(lambda: client.history().today_changes > 0, "the chart")
        assert service.station.news.phase == "at_work"
        again = over(client, client.begin("enrol", code="X"))
        assert (again.state, again.answer["code"]) == ("failed", "enrolled_already")
        until_state(client, "working")


def test_a_long_poll_is_answered_when_there_is_news(idle: Service):
    with LocalAgent(idle.home) as client:
        before = until_state(client, "not_set_up")
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(client.status(before.revision, wait=25.0)))
        waiting.start()
        with LocalAgent(idle.home) as other:
            other.pause(1)
        waiting.join(10)
        assert answers and answers[0].revision > before.revision
        assert answers[0].paused_until is not None
        lines = client.events().lines
        assert [line.code for line in lines][-1] == "pause_begun"
        assert client.events(after=lines[-1].number).lines == []


def test_it_stops_at_once_while_long_polls_wait(idle: Service):
    with LocalAgent(idle.home) as client:
        before = until_state(client, "not_set_up")
        last = client.events().last
        outcomes: list[object] = []

        def ask(call):
            try:
                outcomes.append(call())
            except AgentError as error:
                outcomes.append(error)

        calls = (lambda: client.status(before.revision, wait=25.0), lambda: client.events(last, wait=25.0))
        waiting = [threading.Thread(target=ask, args=(call,)) for call in calls]
        for thread in waiting:
            thread.start()
        until(lambda: len(idle.station.bell._waiting) == 2, "both polls")
        idle.end(seconds=8.0)
        for thread in waiting:
            thread.join(8)
        assert len(outcomes) == 2
    assert not list(idle.home.glob("api*"))


def test_clients_survive_a_restart_of_the_service(tmp_path: Path):
    with LocalAgent(tmp_path / "home") as client:
        with serving(tmp_path / "home"):
            until_state(client, "not_set_up")
        with pytest.raises(NotRunning):
            client.status()
        with serving(tmp_path / "home"):
            until_state(client, "not_set_up")


def test_a_second_service_in_the_same_home_is_refused(idle: Service):
    with pytest.raises(NeedsPerson) as caught:
        Station(Home.open(idle.home)).run(threading.Event())
    assert caught.value.code == "home_in_use"


def test_something_else_at_the_old_address_is_not_taken_for_the_agent(tmp_path: Path):
    with serving(tmp_path / "home") as service:
        address = read_address(service.home)
        kept = {file.name: file.read_text() for file in service.home.glob("api*")}
    for name, content in kept.items():  # as after a power cut
        (tmp_path / "home" / name).write_text(content)
    with LocalAgent(tmp_path / "home") as client, socket.create_server(("127.0.0.1", address.port)) as other:

        def answer():
            link, _ = other.accept()
            with link:
                link.recv(65536)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(Terminal) as caught:
            client.status()
        answering.join(10)
    assert caught.value.code == "agent_strange"
    with LocalAgent(tmp_path / "home") as client, pytest.raises(NotRunning):
        client.status()


def test_an_agent_that_does_not_answer_is_slow_not_gone(idle: Service):
    with LocalAgent(idle.home, seconds=0.2) as client, idle.station.news._lock, pytest.raises(Slow):
        client.status()
