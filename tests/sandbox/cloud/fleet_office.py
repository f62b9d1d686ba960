"""An office that is watched, for tests of the fleet: a cloud on a database, its clock, and an agent that speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from agent.wire.cloud import Heartbeat, HeartbeatAccepted
from sandbox.cloud.alarms_rules import Limits
from sandbox.cloud.alarms_watch import CertificateLife
from sandbox.cloud.fleet_memory import count
from tests.sandbox.cloud.sender import enrolled, memory_cloud

WEEK = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "17:00"}
OFFICE: dict[str, Any] = {"time_zone": "America/New_York", "hours": [WEEK]}


def document(at: datetime, **changed: Any) -> dict[str, Any]:
    """A status document in which all is well."""
    return {
        "schema": 1,
        "at": at.isoformat(),
        "pms": "eaglesoft",
        "pms_version": "21.2",
        "epoch": 1,
        "waiting": {"changes": 0, "bytes": 0, "oldest_seconds": None},
        "last_delivery": at.isoformat(),
        "last_delivery_lag_seconds": 2.5,
        "resources": [{"resource": "patient", "loaded": True}],
        "warnings": [],
        "writes": {"enabled": True, "needs_person": 0},
        "office": OFFICE,
        **changed,
    }


def warning(code: str, severity: str = "error") -> dict[str, Any]:
    """A warning as an agent shows it; its words are not the catalogue's."""
    return {"code": code, "title": "Zebulon Quux", "severity": severity, "since": "2026-03-02T10:00:00Z"}


class Watched:
    """A cloud with one practice; Monday 2 March 2026, 15:00 UTC is 10:00 in the office."""

    def __init__(self, url: str = "sqlite://", limits: Limits | None = None) -> None:
        self.cloud, self.clock = memory_cloud(url)
        self.clock.now = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
        self.agent = enrolled(self.cloud)
        self.practice_id = self.agent.practice_id
        self.certificate: CertificateLife | None = None
        self.watch = self.cloud.watch(limits, lambda: self.certificate)

    def beat(self, version: str = "1.4.0", **changed: Any) -> None:
        status = document(self.clock.now, **changed)
        told = Heartbeat(sent_at=self.clock.now.isoformat(), agent_version=version, status=status)
        assert isinstance(self.cloud.heartbeat(self.agent.agent_id, told), HeartbeatAccepted)

    def go(self, minutes: float, *, beats: bool = True, step: float = 1.0, **changed: Any) -> list[str]:
        """Let time pass, minute by minute, with a look in each; the messages that come of it."""
        before = {one.message_id for one in self.cloud.alarms.log(limit=1000)}
        ends = self.clock.now + timedelta(minutes=minutes)
        while self.clock.now < ends:
            self.clock.go(minutes=step)
            if beats:
                self.beat(**changed)
            self.watch.look()
        new = [one for one in reversed(self.cloud.alarms.log(limit=1000)) if one.message_id not in before]
        return [f"{one.kind.removeprefix('alarm.')} {one.alarm_id.partition('.')[2]}" for one in new]

    def open_alarms(self) -> list[str]:
        return [one.alarm_id.partition(".")[2] for one in self.cloud.health(self.practice_id).alarms]

    def changed(self, resource: str, hour: datetime, number: int) -> None:
        """So many changes were seen in that hour."""
        with self.cloud._database.write() as db:
            count(db, self.practice_id, {(resource, hour.astimezone(UTC).strftime("%Y-%m-%dT%H")): number})

    def bodies(self) -> list[dict[str, Any]]:
        from sqlalchemy import select

        from sandbox.cloud.fleet_schema import messages

        with self.cloud._database.read() as db:
            found = db.execute(select(messages.c.body).order_by(messages.c.at)).scalars().all()
        return [orjson.loads(one) for one in found]
