"""The threads of a serving cloud: they look, they tell, they outlive a fault and end with the block."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from sandbox.cloud.alarms_serving import life_of, watching
from sandbox.cloud.tls import development_tls
from tests.sandbox.cloud.fleet_office import Watched
from tests.sandbox.cloud.receiver import receiving

TRIES = 400


def until(met, step=lambda: None) -> None:
    tick = threading.Event()
    for _ in range(TRIES):
        if met():
            return
        step()
        tick.wait(0.05)
    raise AssertionError("it did not come")


def test_an_alarm_is_raised_and_told_by_itself_even_after_a_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Watched(f"sqlite:///{tmp_path / 'cloud.db'}")
    place.beat()
    faults = [ValueError("Zebulon Quux")]
    real = place.cloud.alarms.send_due

    def once_broken(*args) -> int:
        if faults:
            raise faults.pop()
        return real(*args)

    monkeypatch.setattr(place.cloud.alarms, "send_due", once_broken)
    monkeypatch.setattr("sandbox.cloud.alarms_serving.SEND_SECONDS", 0.05)
    with receiving() as receiver, caplog.at_level(logging.ERROR):
        place.cloud.alarms.add(receiver.url)
        certificate = development_tls(tmp_path / "tls").certificate
        before = set(threading.enumerate())
        with watching(place.cloud, place.clock, certificate, every=0.05):
            until(lambda: receiver.came, lambda: place.clock.go(seconds=20))
        assert not [one for one in set(threading.enumerate()) - before if one.name.startswith("alarms-")]
    assert receiver.bodies()[0]["data"]["code"] == "agent_silent"
    assert "fault in the send of alarms: ValueError" in caplog.text
    assert "Zebulon" not in caplog.text


def test_the_life_of_a_certificate_is_read_from_its_file(tmp_path: Path) -> None:
    life = life_of(development_tls(tmp_path).certificate)
    assert life is not None and life[0] < life[1]
    assert life_of(tmp_path / "missing.pem") is None
    assert life_of(Path(__file__)) is None
