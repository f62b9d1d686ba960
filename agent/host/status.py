"""The status document: what works, since when not, and how far everything has got. Holds no patient data.

Written by the running agent into its home every few seconds (:mod:`agent.host.status_file`), so that the CLI can show
it without a word with the agent; what the CLI and the heartbeat show is this document and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent import __version__
from agent.capture.engine import Capture
from agent.health.catalogue import shown
from agent.health.doctor import CLOCK_SECONDS
from agent.host.meter import Meter
from agent.host.progress import Progress
from agent.host.runner import Worker
from agent.host.settings import Settings
from agent.host.status_file import read, write
from agent.host.worked import longest_day, worked_seconds
from agent.model.clock import Clock, iso_utc
from agent.store.store import Store

__all__ = ["Status", "read", "write"]


_WRITE_WARNINGS = (("write_needs_person", "needs_person"), ("write_awaits_approval", "awaiting_approval"))
_CLOSED_CHANNEL = frozenset({"read_only", "refused", "unreachable"})
_TOLD_FOR = 45.0
"""Seconds that something which is over soon is told at least: longer than it is from one heartbeat to the next."""
_EXPIRES_SOON = 14
"""Days before its end from which on a certificate is warned of."""
_WAITS_LONG = 300.0
"""Changes that wait for the cloud longer than this, in seconds, are worth a warning."""


class Status:
    """Makes the document from the parts of a running agent."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        capture: Capture,
        workers: Iterable[Worker],
        clock: Clock,
        before: Mapping[str, Any] | None = None,
    ) -> None:
        """``before``: the last document of an earlier run, for what is not known otherwise."""
        self._settings = settings
        self._store = store
        self._capture = capture
        self._workers = tuple(workers)
        self._clock = clock
        self._since: dict[str, float] = {}
        self._begun = clock.monotonic()
        self._meter = Meter(clock)
        self.progress = Progress(capture, clock, settings.pace.rotation_minutes * 60.0, before)
        earlier = None if before is None else before.get("reconcile")
        self.last_reconcile: Callable[[], Mapping[str, Any] | None] = lambda: earlier
        """When both sides were last compared, and what differed."""
        self.write_facts: Callable[[], Mapping[str, Any] | None] = lambda: None
        """What the write-back side says of itself; None = the cloud sends no commands."""
        self.rebuilt: str | None = None
        """Why the store was begun anew at this start; told until everything has been read again, and long enough for
        somebody to see it.
        """
        self.cloud_facts: Mapping[str, Any] = {}
        """What the connection to the cloud says of itself."""

    def document(self) -> dict[str, Any]:
        """The document, now."""
        now = self._clock.time()
        work = self._capture.work
        place = self._store.outbox.place
        acked, lag, oldest = self._store.deliveries()
        quarantined = self._store.quarantined()
        found = work.guard.description
        return {
            "schema": 1,
            "at": iso_utc(now),
            "agent_version": __version__,
            "pid": os.getpid(),
            "pms": None if found is None else found.pms,
            "pms_version": None if found is None else found.pms_version,
            "engine": None if found is None else found.engine,
            "database": None if found is None else found.database,
            "office": self._office(),
            "epoch": place.epoch,
            "acked_seq": place.acked_seq,
            "waiting": {
                "changes": place.next_seq - 1 - place.acked_seq,
                "bytes": self._store.outbox.size,
                "oldest_seconds": None if oldest is None else round(max(0.0, now - oldest), 1),
            },
            "last_delivery": None if acked is None else iso_utc(acked),
            "last_delivery_lag_seconds": None if lag is None else round(lag, 2),
            "resources": self.progress.rows(place.acked_seq, quarantined),
            "reconcile": self.last_reconcile(),
            "agent": self._meter.facts(work.pace.busy_total),
            "pace": {
                "duty_limit": work.settings.duty(),
                "busy_seconds": round(work.pace.busy_total, 2),
                "longest_statement_ms": round(work.pace.longest * 1000, 1),
            },
            "cloud": dict(self.cloud_facts),
            "holds": [
                {"id": h.id, "kind": h.kind, "shape": h.shape, "detail": h.detail, "since": iso_utc(h.created)}
                for h in self._store.holds()
            ],
            "writes": self._writes(),
            "quarantined": quarantined,
            "warnings": self._warnings(now),
        }

    def _office(self) -> dict[str, Any]:
        """When the practice works, so that whoever hears nothing of the agent knows whether that means anything."""
        hours = [{"days": list(h.days), "from": h.opens, "to": h.closes} for h in self._settings.pace.office_hours]
        return {"time_zone": self._settings.practice.time_zone, "hours": hours}

    def _writes(self) -> dict[str, Any]:
        """Write-backs: how many are in which state, and whether the cloud can send any."""
        states = self._store.inbox.counts()
        facts = self.write_facts()
        newest = self._store.inbox.all(1)
        return {
            "last": {"state": newest[0].state, "since": iso_utc(newest[0].changed)} if newest else None,
            "enabled": facts is not None,
            "channel": None if facts is None else facts.get("channel"),
            "last_poll": None if facts is None or facts["polled"] is None else iso_utc(facts["polled"]),
            "waiting": sum(states.get(state, 0) for state in ("received", "intended", "applied")),
            "awaiting_approval": states.get("awaiting_approval", 0),
            "needs_person": states.get("needs_person", 0),
            **{state: states.get(state, 0) for state in ("verified", "rejected", "conflict", "expired")},
        }

    def _anew(self) -> bool:
        """Whether the cloud does not hold everything that a store begun anew has to send."""
        return self._store.outbox.place.epoch == 0 or self.progress.loading()

    def _nothing_seen(self, now: float) -> bool:
        """Whether the practice has worked for a whole day, by its own hours, and no change was seen."""
        day, newest = longest_day(self._settings.pace.office_hours), self.progress.newest_change
        if day is None or newest is None:
            return False
        zone = ZoneInfo(self._settings.practice.time_zone)
        since = datetime.fromisoformat(newest).timestamp()
        return worked_seconds(since, now, self._settings.pace.office_hours, zone) >= day

    def _warnings(self, now: float) -> list[dict[str, Any]]:
        present: dict[str, float] = {}
        for worker in self._workers:
            if worker.problem is not None:
                present[worker.problem.error.code] = worker.problem.since
        guard = self._capture.work.guard
        codes: list[str] = [hold.kind for hold in self._store.holds()]
        codes += [why.split(":")[0] for why in list(guard.stopped.values())]
        if guard.halted is not None and guard.halted != "not_seen":
            codes.append(guard.halted.split(":")[0])
        if guard.description is not None:
            codes += [code for code, _ in guard.description.warnings]
        if self._capture.full:
            codes.append("outbox_full")
        states = self._store.inbox.counts()
        codes += [code for code, state in _WRITE_WARNINGS if states.get(state)]
        channel = (self.write_facts() or {}).get("channel")
        if channel in _CLOSED_CHANNEL:
            codes.append(f"channel_{channel}")
        if self.progress.overdue():
            codes.append("sync_behind")
        if self._nothing_seen(now):
            codes.append("nothing_seen")
        if self.rebuilt is not None and (self._anew() or self._clock.monotonic() < self._begun + _TOLD_FOR):
            codes.append(self.rebuilt)
        offset = self.cloud_facts.get("clock_offset_seconds")
        if offset is not None and abs(offset) > CLOCK_SECONDS:
            codes.append("clock_wrong")
        ends = self.cloud_facts.get("certificate_ends_in_days")
        if ends is not None and ends < _EXPIRES_SOON:
            codes.append("certificate_expiring")
        _, _, oldest = self._store.deliveries()
        if oldest is not None and now - oldest > _WAITS_LONG:
            codes.append("outbox_growing")
        self._since = {code: self._since.get(code, now) for code in codes}
        for code, since in self._since.items():
            present.setdefault(code, since)
        lasting = {code: now - since for code, since in present.items()}
        return [
            {
                "code": one.code,
                "title": one.title,
                "advice": one.advice,
                "severity": one.severity,
                "since": iso_utc(present[one.code]),
            }
            for one in shown(lasting)
        ]
