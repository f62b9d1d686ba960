"""The service over HTTP on loopback, with its faults."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from sandbox.opendental_api.faults import Fault, Plan
from sandbox.opendental_api.server import Served, serving, write_ready_file
from sandbox.practice.build import build
from sandbox.practice.engine import open_file
from tests.sandbox.opendental_api.office import Office


class Reached:
    """A service that is reached over HTTP."""

    def __init__(self, served: Served, office: Office, plan: Plan) -> None:
        self.served, self.office, self.plan = served, office, plan
        headers = {"Authorization": served.keys.header, "Content-Type": "application/json"}
        self.client = httpx.Client(base_url=served.url, headers=headers, timeout=20, trust_env=False)

    def book(self) -> httpx.Response:
        body = {"PatNum": self.office.patient.key, "Op": self.office.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
        return self.client.post("/appointments", json=body)


@pytest.fixture
def reached() -> Iterator[Reached]:
    office, plan = Office(), Plan()
    office.faulty.plan = plan
    with serving(office.faulty) as served:
        one = Reached(served, office, plan)
        with one.client:
            yield one


def test_the_api_is_reached_on_loopback(reached):
    made = reached.book()
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/appointments/{made.json()['AptNum']}"
    found = reached.client.get("/appointments", params={"PatNum": reached.office.patient.key, "date": "2025-03-04"})
    assert made.json()["AptNum"] in [one["AptNum"] for one in found.json()]
    assert reached.client.put(f"/appointments/{made.json()['AptNum']}/Note", json={"Note": "über"}).content == b""
    assert reached.client.get("/appointments/987654").json() == "Appointment not found"


def test_wrong_keys_are_not_let_in(reached):
    assert reached.client.get("/patients", headers={"Authorization": "ODFHIR a/b"}).status_code == 401


@pytest.mark.parametrize("kind", ["lost", "dropped", "refused", "died"])
def test_a_broken_connection_is_what_the_client_sees(reached, kind):
    reached.plan.plan(Fault(kind, rows=99))
    before = reached.office.count("appointment")
    with pytest.raises(httpx.TransportError):
        reached.book()
    assert reached.office.count("appointment") - before == int(kind in ("lost", "died"))
    assert reached.book().status_code == 201


def test_a_slow_answer_is_a_time_out_for_the_impatient(reached):
    reached.plan.plan(Fault("slow", seconds=30))
    before = reached.office.count("appointment")
    with pytest.raises(httpx.ReadTimeout):
        reached.client.post(
            "/appointments",
            json={"PatNum": reached.office.patient.key, "Op": 1, "AptDateTime": "2025-03-04 10:00:00"},
            timeout=0.2,
        )
    assert reached.office.count("appointment") - before == 1


def test_a_504_and_a_429_are_answers(reached):
    reached.plan.plan(Fault("late", seconds=0.0, lands_after=0.0), Fault("throttled", seconds=3))
    assert reached.book().status_code == 504
    throttled = reached.book()
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "3")


def test_a_stopped_service_refuses_and_comes_back_on_its_port(reached):
    port = reached.served.port
    reached.served.stop()
    with pytest.raises(httpx.ConnectError):
        reached.book()
    reached.served.start()
    assert reached.served.port == port
    assert reached.book().status_code == 201


def test_it_says_where_it_is_and_who_is_let_in(reached, tmp_path):
    write_ready_file(tmp_path / "ready.json", reached.served)
    told = orjson.loads((tmp_path / "ready.json").read_bytes())
    assert told["url"] == reached.served.url
    assert f"ODFHIR {told['developer_key']}/{told['customer_key']}" == reached.served.keys.header


def test_it_is_started_from_the_command_line(tmp_path: Path):
    file, ready = tmp_path / "practice.db", tmp_path / "ready.json"
    connection = open_file("opendental", str(file))
    build("opendental", connection, 1)
    connection.close()
    command = [sys.executable, "-m", "sandbox.opendental_api", "serve", "--connection", str(file), "--port", "0"]
    process = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "ODFHIR" in line
        url = line.split()[0]
        headers = {"Authorization": line.partition("Authorization: ")[2].strip(), "Content-Type": "application/json"}
        with httpx.Client(trust_env=False) as client:
            assert client.get(f"{url}/providers", headers=headers).status_code == 200
    finally:
        process.terminate()
        assert process.wait(20) == 0
        if process.stdout is not None:
            process.stdout.close()
