"""A pause: nothing is read and nothing written until it is over; it lasts over a restart and ends by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.api.client import LocalAgent
from agent.host.pausing import Pausing
from agent.model.errors import NeedsPerson, Retry
from tests.api.stations import over, serving, until, until_state
from tests.cli.conftest import agent, office, practice_file, tls, writable_file, writing
from tests.cli.office import Office
from tests.cli.writes import Writing

__all__ = ["agent", "office", "practice_file", "tls", "writable_file", "writing"]


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


def test_it_lasts_over_a_restart_and_ends_by_itself(tmp_path: Path):
    clock = Clock()
    pausing = Pausing(tmp_path, clock)
    assert pausing.until is None
    pausing.begin(2)
    again = Pausing(tmp_path, clock)
    assert again.until == pausing.until == clock.now + 7200
    clock.now += 7200
    assert again.until is None and again.until_iso is None


def test_a_clock_that_was_set_back_does_not_make_it_last_for_ever(tmp_path: Path):
    clock = Clock()
    Pausing(tmp_path, clock).begin(24)
    clock.now -= 86_400 * 400
    assert Pausing(tmp_path, clock).until is None


def test_ended_it_is_over_for_the_next_start_too(tmp_path: Path):
    pausing = Pausing(tmp_path, Clock())
    pausing.begin(2)
    pausing.end()
    assert pausing.until is None
    assert Pausing(tmp_path, Clock()).until is None


@pytest.mark.parametrize(
    "content", ["", "{", '{"until": 5}', '{"until": "soon"}', "[]", '{"until": "2023-11-14T23:00"}']
)
def test_a_damaged_file_is_no_pause_that_nobody_can_end(tmp_path: Path, content: str):
    (tmp_path / "pause.json").write_text(content)
    until = Pausing(tmp_path, Clock()).until
    assert until is None or until < Clock().now + 86_500


def test_a_pause_that_cannot_be_kept_is_none(tmp_path: Path):
    pausing = Pausing(tmp_path / "nowhere", Clock())
    with pytest.raises(Retry):
        pausing.begin(1)
    assert pausing.until is None


def test_a_held_step_is_not_taken(tmp_path: Path):
    clock, steps = Clock(), []
    pausing = Pausing(tmp_path, clock)

    def step() -> float:
        steps.append(1)
        return 5.0

    held = pausing.held(step)
    assert held() == 5.0
    pausing.begin(1)
    assert 0 < held() <= 1.0
    assert steps == [1]
    clock.now += 3600
    assert held() == 5.0


def test_the_agent_reads_nothing_while_it_is_paused_also_after_a_restart_and_then_goes_on(agent: Office):
    agent.settings_of("pace", poll_seconds=0.5, compare_seconds=1)
    with serving(agent.home) as service, LocalAgent(agent.home) as client:
        until_state(client, "working")
        assert over(client, client.begin("sync")).state == "done"
        seen = client.pause(1)
        assert seen.overall.state == "paused" and seen.paused_until is not None
        station = service.station
        with station._agent._turn:  # a step under way is over
            begun = station._agent.capture.work.pace.busy_total
        agent.change(
            "UPDATE patient SET first_name = 'Zebrina' WHERE patient_id = (SELECT min(patient_id) FROM patient)"
        )
        before = client.status()
        client.status(before.revision, wait=5.0)
        until(lambda: client.status().revision > before.revision + 1, "two more documents")
        assert station._agent.capture.work.pace.busy_total == begun
        with pytest.raises(NeedsPerson) as caught:
            client.begin("sync")
        assert caught.value.code == "paused"
    with serving(agent.home) as service, LocalAgent(agent.home) as client:
        until(lambda: client.status().status is not None, "a document")
        seen = client.status()
        assert seen.overall.state == "paused" and seen.status["paused_until"] == seen.paused_until
        assert service.station._agent.capture.work.pace.busy_total == 0.0
        assert "Zebrina" not in {one.data["first_name"] for one in agent.held("patient").values()}
        client.resume()
        until_state(client, "working")
        assert over(client, client.begin("sync")).state == "done"
        assert "Zebrina" in {one.data["first_name"] for one in agent.held("patient").values()}
        assert [one.code for one in client.events().lines].count("pause_ended") == 1


def test_nothing_is_written_while_it_is_paused_and_then_it_is(writing: Writing):
    writing.policy('[kinds."appointment.note"]\nmode = "on"\n')
    with serving(writing.office.home), LocalAgent(writing.office.home) as client:
        until_state(client, "working")
        client.pause(1)
        command_id = writing.queue("appointment.note", writing.visit(), {"text": "Xylophandra"})
        until(lambda: [one.state for one in client.writes().writes] == ["received"], "the command")
        before = client.status().revision
        until(lambda: client.status().revision > before + 2, "some more documents")
        assert [one.state for one in client.writes().writes] == ["received"]
        client.resume()
        assert writing.until(command_id).state == "verified"
        until(lambda: client.history().today_writes == 1, "the sum of the day")
