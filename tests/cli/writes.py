"""An office whose cloud sends commands, and whose agent may write into its Eaglesoft-shaped practice."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from agent.cli.opened import opened_store
from agent.store.store import Store
from agent.wire.cloud import Problem
from agent.wire.commands import FINAL, Command, CommandRequest, CommandStatus
from agent.wire.payloads import TARGETS
from sandbox.cloud.signing import Signer, SigningKeys
from sandbox.cloud.tls import ServerTls
from sandbox.practice.build import Size, build
from scripts.writes_page import POLICY
from tests.cli.office import Office, opened, utc_now

_OFTEN = 0.05


def writable(file: Path) -> Path:
    """A practice of today."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        build("eaglesoft", connection, 7, Size(30, 120, 40, 2), now=_today())
        connection.commit()
    return file


def _today() -> datetime:
    return utc_now().astimezone().replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)


@dataclass
class Writing:
    """The office, with what tests of writes ask of it."""

    office: Office
    numbers: Iterator[int]

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, practice: Path, tls: ServerTls, policy: str = POLICY) -> Iterator[Writing]:
        """From nothing to an agent that may write; by default with the policy that the documentation shows."""
        shutil.copy(practice, folder / "practice.db")
        signer = Signer(SigningKeys.make(secrets.token_bytes), utc_now)
        with opened(folder, folder / "practice.db", tls, signer) as office:
            office.set_up()
            made = cls(office, count(1))
            made.policy(policy)
            where = f"Driver=SQLite3;Database={office.practice}"
            given = ("--connection", where, "--user", made.dentist, "--secrets-stdin")
            result = office.say("writes", "setup", *given, typed="\n")
            assert result.exit_code == 0, result.output
            office.well("sync", "--once")
            yield made

    def policy(self, text: str) -> None:
        """What the office allows from now on."""
        (self.office.home / "policy.toml").write_text(text)

    @property
    def dentist(self) -> str:
        """The provider whom writes are booked under."""
        return str(self.office.ask("SELECT provider_id FROM provider WHERE status = 'A' ORDER BY 1")[0][0]).strip()

    # What the practice has -------------------------------------------------------------------------------------------

    def visits(self) -> dict[str, Mapping[str, Any]]:
        """Visits to come, on days and at times at which the example's policy lets visits be booked."""
        now = _today().isoformat()
        return {
            name: record.data
            for name, record in self.office.held("appointment").items()
            if not record.deleted
            and record.data["status"] == "booked"
            and record.data["patient_id"]
            and record.data["operatory_id"]
            and record.data["start"] > now
            and _open(datetime.fromisoformat(record.data["start"]))
        }

    def visit(self) -> str:
        """One of them."""
        return sorted(self.visits())[0]

    def patient(self) -> str:
        """A patient with a visit to come."""
        return str(self.visits()[self.visit()]["patient_id"])

    def free(self, operatory: str) -> str:
        """A time at which an operatory is free."""
        taken = [
            (datetime.fromisoformat(one.data["start"]), datetime.fromisoformat(one.data["end"]))
            for one in self.office.held("appointment").values()
            if one.data.get("operatory_id") == operatory and one.data.get("start") and one.data.get("end")
        ]
        moment = _today() + timedelta(days=1)
        while not _open(moment) or any(a < moment + timedelta(minutes=30) and moment < b for a, b in taken):
            moment += timedelta(minutes=30)
        return moment.isoformat(timespec="seconds")

    # Commands --------------------------------------------------------------------------------------------------------

    def queue(self, kind: str, target: str | None, payload: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Queue a command at the cloud; its id."""
        said = {"kind": kind, "target": {"resource": TARGETS[kind], "id": target}, "payload": payload or {}, **more}
        asked = CommandRequest.model_validate(said)
        queued = self.office.cloud.cloud.queue_command(self.office.practice_id, f"key-{next(self.numbers)}", asked)
        assert isinstance(queued, CommandStatus), queued
        return queued.command_id

    def status(self, command_id: str) -> CommandStatus:
        """How it stands at the cloud."""
        found = self.office.cloud.cloud.command_status(self.office.practice_id, command_id)
        assert not isinstance(found, Problem)
        return found

    def until(self, command_id: str, *states: str) -> CommandStatus:
        """Wait until the cloud knows it to be in one of some states; without any: until it is over."""
        self.wait(lambda: self.status(command_id).state in (states or FINAL), "the command's state")
        return self.status(command_id)

    @staticmethod
    def wait(done: Callable[[], bool], what: str) -> None:
        """Look often until something is so."""
        for _ in range(1200):
            if done():
                return
            threading.Event().wait(_OFTEN)
        raise AssertionError(f"never came: {what}")

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The agent's store, while the agent does not run."""
        with opened_store(self.office.home) as store:
            yield store

    def put(self, kind: str, target: str | None, payload: Mapping[str, Any], command_id: str = "c-1") -> str:
        """Put a command into the agent's store as if it had been fetched."""
        number = next(self.numbers)
        issued = utc_now()
        command = Command.model_validate(
            {
                "command_id": command_id,
                "practice_id": self.office.practice_id,
                "queue_seq": number,
                "kind": kind,
                "target": {"resource": TARGETS[kind], "id": target},
                "payload": payload,
                "issued_at": issued.isoformat(),
                "expires_at": (issued + timedelta(hours=1)).isoformat(),
            }
        )
        with self.store() as store:
            store.inbox.receive(command, (issued + timedelta(hours=1)).timestamp(), look_first=False)
        return command_id


def _open(start: datetime) -> bool:
    morning, evening = start.replace(hour=8, minute=0), start.replace(hour=16, minute=30)
    return start.weekday() < 5 and morning <= start <= evening and start < _today() + timedelta(days=80)
