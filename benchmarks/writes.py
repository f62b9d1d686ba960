"""A write-back's way: from the call that queues a command until the cloud says that it was read back in the practice.

The real agent, the real cloud with its signer beside it, over TLS on loopback; Eaglesoft's shape on SQLite, written
through the writer bridge, and Open Dental on MariaDB, written through its API (a stand-in, a process of its own). One
command after the other, nothing else to do.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from agent.host.settings import OfficeHours, Pace
from benchmarks.field import Field, field_of, loaded, served
from benchmarks.practices import Practice
from benchmarks.report import Figure
from benchmarks.sizes import Plan
from benchmarks.subject import ZONE
from sandbox.servers import mariadb

MEDIAN_GOAL, P99_GOAL = 0.7, 2.0
KIND = "appointment.note"
_LOOK_SECONDS = 0.02
_LONGEST = 60.0
_ALWAYS = OfficeHours(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), opens="00:00", closes="24:00")


@dataclass(frozen=True, slots=True)
class Caller:
    """An integrator: whoever queues commands over HTTPS."""

    client: httpx.Client
    practice: str

    def took(self, number: int, visit: str) -> float:
        """Seconds from queueing a command until it is seen to be verified.

        Raises:
            RuntimeError: it ended otherwise, or not in time.
        """
        body = {
            "kind": KIND,
            "target": {"resource": "appointment", "id": visit},
            "payload": {"text": f"Benchmark {number}"},
        }
        begun = time.monotonic()
        queued = self._ask("POST", "", json=body, headers={"Idempotency-Key": f"bench-{number}"})
        while time.monotonic() < begun + _LONGEST:
            status = self._ask("GET", f"/{queued['command_id']}")
            seen = time.monotonic()
            if status["final"]:
                if status["state"] != "verified":
                    raise RuntimeError(f"a command ended {status['state']}: {status['outcome']}")
                return seen - begun
            time.sleep(_LOOK_SECONDS)
        raise RuntimeError("a command was not over in time")

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self.client.request(method, f"/v1/practices/{self.practice}/commands{path}", **more)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def measure(practice: Practice, plan: Plan) -> list[Figure]:
    """The figure, median and p99."""
    pace = Pace(office_hours=(_ALWAYS,), compare_seconds=plan.compare)
    login = mariadb.OWNER if practice.target.engine == "mariadb" else None  # a server of its own: nobody else is there
    with field_of(practice.target, login, pace) as field, _way_in(field, practice):
        field.start()
        if not field.until(loaded, plan.patience):
            raise RuntimeError("the first load was not delivered in time")
        visits = _visits(field)
        with _caller(field) as caller:
            caller.took(0, visits[0])  # opens the connections
            took = sorted(caller.took(number, visits[number % len(visits)]) for number in range(1, plan.writes + 1))
        field.stop()
    return _figures(practice, took)


def _figures(practice: Practice, took: list[float]) -> list[Figure]:
    how = f"{len(took)} `{KIND}`, one after the other, long poll, cloud with signer over TLS on loopback"
    ninety_ninth = took[min(len(took) - 1, int(len(took) * 0.99))]
    return [
        Figure("command to verified: median", took[len(took) // 2], "s", MEDIAN_GOAL, practice.engine, how),
        Figure("command to verified: p99", ninety_ninth, "s", P99_GOAL, practice.engine, f"longest {took[-1]:.2f} s"),
    ]


@contextmanager
def _way_in(field: Field, practice: Practice) -> Iterator[None]:
    """The office sets up the way in and switches the kind on; open until this ends."""
    (field.home / "policy.toml").write_text(f'[kinds."{KIND}"]\nmode = "on"\n', encoding="utf-8")
    if practice.target.pms == "eaglesoft":
        dentist = practice.first("SELECT provider_id FROM provider WHERE status = 'A' ORDER BY provider_id")
        _set_up(field, "\n", "--connection", practice.target.connection, "--user", dentist.strip())
        yield
        return
    ready = field.home.with_name("api.json")
    command = (sys.executable, "-m", "sandbox.opendental_api", "serve", "--port", "0", "--zone", ZONE)
    with served(*command, "--connection", practice.target.connection, "--ready-file", str(ready)):
        told = json.loads(ready.read_text())
        _set_up(field, f"{told['developer_key']}\n{told['customer_key']}\n", "--api-url", told["url"])
        yield


def _set_up(field: Field, typed: str, *given: str) -> None:
    words = (sys.executable, "-m", "agent.cli.main", "--home", str(field.home), "writes", "setup", "--secrets-stdin")
    subprocess.run((*words, *given), input=typed.encode(), check=True, stdout=subprocess.DEVNULL)


def _visits(field: Field) -> list[str]:
    held = field.cloud.held(field.practice_id, "appointment")
    found = [name for name, one in held.items() if not one.deleted and one.data.get("status") == "booked"]
    if not found:
        raise RuntimeError("the practice has no visit that is booked")
    return sorted(found)


@contextmanager
def _caller(field: Field) -> Iterator[Caller]:
    key = field.cloud.add_reader_key(field.practice_id, "benchmark", may_write=True)
    if not isinstance(key, str):
        raise RuntimeError("the cloud gave no key")
    trust = ssl.create_default_context(cafile=str(field.ca))
    with httpx.Client(
        base_url=field.url, verify=trust, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30.0
    ) as client:
        yield Caller(client, field.practice_id)
