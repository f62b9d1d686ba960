"""The status document: what works, since when not, how far everything has got; nothing of a patient."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from agent.host.log import EventLog
from agent.host.runner import Worker
from agent.host.settings import Settings
from agent.host.status import Status
from agent.model.errors import Retry
from agent.model.reading import Accelerator
from agent.model.resources import RESOURCES
from tests.capture.cloud import PlainCloud
from tests.capture.plain import APPOINTMENT, PATIENT, Half, row
from tests.host.test_settings import GOOD


class Place:
    """An agent's half, two workers of which one may be in trouble, and the status made of them."""

    def __init__(self, folder: Path) -> None:
        self.half = Half(
            folder, PATIENT, replace(APPOINTMENT, accelerators=(Accelerator("near", "window", 5.0, 7, 90),))
        )
        self.half.source.tables["patient"] = {(k,): row(f"Ada {k}") for k in "ABC"}
        self.error: Exception | None = None
        log = EventLog(None, lambda: "now")
        self.worker = Worker("upload", self._step, self.half.clock, log, random.Random(1))
        self.status = Status(
            Settings.model_validate(GOOD), self.half.store, self.half.capture, [self.worker], self.half.clock
        )

    def _step(self) -> float:
        if self.error is not None:
            raise self.error
        return 0.0

    def warnings(self) -> dict[str, dict[str, Any]]:
        return {one["code"]: one for one in self.status.document()["warnings"]}

    def resource(self, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.status.document()["resources"] if one["resource"] == name]
        return found

    def later(self, seconds: float) -> None:
        self.half.clock.now += seconds


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.half.store.close()


def test_before_anything_was_seen_it_says_so_of_everything(place: Place):
    document = place.status.document()
    assert [one["resource"] for one in document["resources"]] == list(RESOURCES)
    assert not any(one["loaded"] or one["records"] for one in document["resources"])
    assert (document["pms"], document["last_delivery"], document["warnings"]) == (None, None, [])
    orjson.dumps(document)


def test_after_a_load_it_tells_what_is_held_what_waits_and_for_how_long(place: Place):
    place.half.settle()
    place.later(40)
    document = place.status.document()
    patient = place.resource("patient")
    assert patient.pop("last_look").startswith("1970-01-12T13:46:40")
    assert patient | {"oldest_comparison_seconds": 0} == {
        "resource": "patient",
        "records": 3,
        "about": None,
        "loaded": True,
        "oldest_comparison_seconds": 0,
        "bound_seconds": 1800.0,
        "last_change": None,
        "waiting": 0,
        "lag_seconds": 0.0,
        "stale": 0,
        "quarantined": 0,
        "accelerated": False,
        "strategy": [],
        "stopped": {},
    }
    assert place.resource("appointment")["accelerated"]
    assert 40 <= place.resource("patient")["oldest_comparison_seconds"] < 50
    assert document["waiting"]["changes"] == 5 and 40 <= document["waiting"]["oldest_seconds"] < 50
    PlainCloud(place.half).take()
    document = place.status.document()
    assert document["waiting"] == {"changes": 0, "bytes": 0, "oldest_seconds": None}
    assert document["acked_seq"] == 5 and document["last_delivery"] is not None


def test_a_resource_tells_its_last_change_and_how_long_changes_wait(place: Place):
    place.half.settle()
    place.status.progress.captured("patient", 2, 4)
    place.status.progress.captured("patient", 1, 5)
    place.later(40)
    found = place.resource("patient")
    assert (found["waiting"], found["lag_seconds"], found["last_change"]) == (3, 40.0, "1970-01-12T13:46:40.010Z")
    place.status.progress.rows(4, {})
    assert place.status.progress.rows(4, {})[list(RESOURCES).index("patient")]["waiting"] == 1
    PlainCloud(place.half).take()
    found = place.resource("patient")
    assert (found["waiting"], found["lag_seconds"]) == (0, 0.0) and found["last_change"]


def test_what_waited_in_an_earlier_epoch_is_forgotten(place: Place):
    place.half.settle()
    place.status.progress.captured("patient", 7, 5000)
    place.status.progress.captured("patient", 1, 5)
    assert place.resource("patient")["waiting"] == 1


def test_a_restarted_agent_remembers_what_an_earlier_one_told(place: Place):
    before = {
        "resources": [{"resource": "patient", "last_change": "2026-01-01T00:00:00Z"}],
        "reconcile": {"at": "2026-01-01T00:00:00Z", "matched": 3},
    }
    place.status = Status(
        Settings.model_validate(GOOD), place.half.store, place.half.capture, [place.worker], place.half.clock, before
    )
    assert place.resource("patient")["last_change"] == "2026-01-01T00:00:00Z"
    assert place.status.document()["reconcile"] == before["reconcile"]


def test_records_that_were_not_compared_in_time_are_counted(place: Place):
    place.half.settle()
    assert place.resource("patient")["stale"] == 0
    place.later(31 * 60)
    assert place.resource("patient")["stale"] == 3


def test_a_record_that_cannot_be_sent_is_counted_with_its_resource(place: Place):
    place.half.source.tables["patient"][("A",)] = row("?", note="Ada Lovelace")
    place.half.settle()
    assert place.resource("patient")["quarantined"] == 1


def test_the_agents_own_cost_is_told(place: Place):
    facts = place.status.document()["agent"]
    assert facts["memory_mb"] > 5 and facts["cpu_share"] >= 0 and 0 <= facts["database_share"] <= 1
    place.later(60)
    assert place.status.document()["agent"]["uptime_seconds"] >= 60


@pytest.mark.parametrize(("days", "warned"), [(15, False), (13, True), (-1, True), (None, False)])
def test_a_certificate_that_ends_soon_is_warned_of(place: Place, days: int | None, warned: bool):
    place.status.cloud_facts = {"certificate_ends_in_days": days}
    place.status.document()
    place.later(86_400)
    assert ("certificate_expiring" in place.warnings()) == warned


def test_it_tells_when_the_practice_works(place: Place):
    office = place.status.document()["office"]
    assert office["time_zone"] and office["hours"][0] == {
        "days": ["mon", "tue", "wed", "thu", "fri"],
        "from": "07:00",
        "to": "19:00",
    }


def test_it_holds_nothing_of_a_patient(place: Place):
    place.half.source.tables["patient"][("A",)] = row("?", note="Ada Lovelace")
    place.half.settle()
    assert place.status.document()["quarantined"] == {"patient": 1}
    assert b"Ada" not in orjson.dumps(place.status.document())


def test_a_workers_problem_is_told_since_its_beginning_and_gone_with_it(place: Place):
    place.error = Retry("tls_failed", "t", "a")
    place.worker.once()
    place.later(300)
    place.worker.once()
    warning = place.warnings()["tls_failed"]
    assert warning["since"] == "1970-01-12T13:46:40.000Z"
    assert warning["title"] != "t" and warning["advice"]  # the catalogue's words, the same everywhere
    place.error = None
    place.worker.once()
    assert place.warnings() == {}


def test_what_passes_by_itself_is_not_shown_at_once(place: Place):
    place.error = Retry("offline", "t", "a")
    place.worker.once()
    assert place.warnings() == {}
    place.later(3600)
    assert "offline" in place.warnings()


def test_another_database_is_told_with_its_hold(place: Place):
    place.half.settle()
    place.half.source.database = "another"
    place.later(100)
    place.half.settle()
    assert "database_changed" in place.warnings()
    (hold,) = place.status.document()["holds"]
    assert hold["kind"] == "database_changed"


def test_a_shape_that_stopped_is_told_and_its_resource_is_not_loaded(place: Place):
    place.half.settle()
    place.half.source.shapes = (replace(PATIENT, stopped="column_missing:patient.name"), APPOINTMENT)
    place.later(100)
    place.half.settle()
    place.later(3600)
    assert place.resource("patient")["stopped"] == {"patient": "column_missing:patient.name"}
    assert not place.resource("patient")["loaded"] and place.resource("appointment")["loaded"]
    assert "column_missing" in place.warnings()


def test_while_nothing_may_be_read_the_reason_is_told(place: Place):
    place.half.settle()
    place.half.source.halted = "upgrade_in_progress"
    place.later(100)
    place.half.settle()
    place.status.document()
    place.later(3600)
    assert "upgrade_in_progress" in place.warnings()


def test_a_full_outbox_is_told(place: Place):
    place.half.capture.full = True
    place.later(1)
    place.status.document()
    place.later(3600)
    assert "outbox_full" in place.warnings()
    place.half.capture.full = False
    assert "outbox_full" not in place.warnings()


def test_reading_that_falls_behind_its_bound_is_told(place: Place):
    place.half.settle()
    PlainCloud(place.half).take()
    place.later(29 * 60)
    assert "sync_behind" not in place.warnings()
    place.later(120)
    place.status.document()
    place.later(600)
    assert "sync_behind" in place.warnings()


def test_changes_that_wait_for_long_are_told(place: Place):
    place.half.settle()
    place.later(3600)
    place.status.document()
    place.later(3600)
    assert "outbox_growing" in place.warnings()
    PlainCloud(place.half).take()
    assert "outbox_growing" not in place.warnings()


def test_a_working_day_without_a_change_is_told_and_forgotten_with_the_next_change(place: Place):
    place.half.settle()
    place.status.progress.captured("patient", 1, 1)
    place.later(43_200)
    place.status.document()
    place.later(400)
    assert "nothing_seen" not in place.warnings()
    place.later(43_200)
    place.status.document()
    place.later(400)
    assert place.warnings()["nothing_seen"]["severity"] == "warning"
    place.status.progress.captured("patient", 1, 2)
    assert "nothing_seen" not in place.warnings()


def test_a_store_that_was_begun_anew_is_told_until_everything_has_been_read_again(place: Place):
    place.status.rebuilt = "key_lost"
    assert "key_lost" in place.warnings()
    place.half.settle()
    assert place.half.store.outbox.place.epoch and "key_lost" in place.warnings()
    place.later(60)
    assert "key_lost" not in place.warnings()


@pytest.mark.parametrize("state", ["read_only", "refused", "unreachable"])
def test_a_closed_way_into_the_practice_software_is_told_while_it_lasts(place: Place, state: str):
    place.status.write_facts = lambda: {"polled": None, "channel": state}
    place.status.document()
    place.later(30)
    assert f"channel_{state}" in place.warnings()
    place.status.write_facts = lambda: {"polled": None, "channel": "ready"}
    assert place.warnings() == {}
