"""The status document: what works, since when not, and how far everything has got. Holds no patient data.

Written by the running agent into its home every few seconds (:mod:`agent.host.status_file`), so that the CLI can show
it without a word with the agent; what the CLI and the heartbeat show is this document and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agent import __version__
from agent.capture.engine import Capture
from agent.health.catalogue import shown
from agent.host.runner import Worker
from agent.host.settings import Settings
from agent.host.status_file import read, write
from agent.model.clock import Clock, iso_utc
from agent.model.resources import RESOURCES
from agent.store.store import Store

__all__ = ["Status", "read", "write"]


_WRITE_WARNINGS = (("write_needs_person", "needs_person"), ("write_awaits_approval", "awaiting_approval"))
_WAITS_LONG = 300.0
"""Changes that wait for the cloud longer than this, in seconds, are worth a warning."""


class Status:
    """Makes the document from the parts of a running agent."""

    def __init__(
        self, settings: Settings, store: Store, capture: Capture, workers: Iterable[Worker], clock: Clock
    ) -> None:
        self._settings = settings
        self._store = store
        self._capture = capture
        self._workers = tuple(workers)
        self._clock = clock
        self._since: dict[str, float] = {}
        self.write_facts: Callable[[], Mapping[str, Any] | None] = lambda: None
        """What the write-back side says of itself; None = the cloud sends no commands."""
        self.cloud_facts: Mapping[str, Any] = {}
        """What the connection to the cloud says of itself."""

    def document(self) -> dict[str, Any]:
        """The document, now."""
        now = self._clock.time()
        work = self._capture.work
        place = self._store.outbox.place
        acked, lag, oldest = self._store.deliveries()
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
            "resources": self._resources(now),
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
            "quarantined": self._store.quarantined(),
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
        return {
            "enabled": facts is not None,
            "last_poll": None if facts is None or facts["polled"] is None else iso_utc(facts["polled"]),
            "waiting": sum(states.get(state, 0) for state in ("received", "intended", "applied")),
            "awaiting_approval": states.get("awaiting_approval", 0),
            "needs_person": states.get("needs_person", 0),
            **{state: states.get(state, 0) for state in ("verified", "rejected", "conflict", "expired")},
        }

    def _resources(self, now: float) -> list[dict[str, Any]]:
        """Per resource: how many records, whether loaded, how long ago the range that waited longest was compared."""
        work = self._capture.work
        found = []
        for resource in RESOURCES:
            states = [state for state in list(work.states.values()) if state.resource == resource]
            stopped = {name: why for name, why in dict(work.guard.stopped).items() if name.split(".")[0] == resource}
            ages = [now - at for at in (work.rotation.oldest(state.shape) for state in states) if at]
            sizes = [self._size(state.shape) for state in states]
            shapes = [work.guard.shapes[s.shape] for s in states if s.shape in work.guard.shapes]
            found.append(
                {
                    "resource": resource,
                    "records": sum(state.count for state in states),
                    "about": None if None in sizes or not sizes else sum(size for size in sizes if size is not None),
                    "loaded": bool(states) and all(state.loaded for state in states) and not stopped,
                    "oldest_comparison_seconds": round(max(ages), 1) if ages else None,
                    "accelerated": any(shape.accelerators for shape in shapes),
                    "stopped": stopped,
                }
            )
        return found

    def _behind(self, now: float) -> bool:
        """Whether some range of a loaded shape was last compared longer ago than the operator allows."""
        work = self._capture.work
        loaded = [state.shape for state in list(work.states.values()) if state.loaded]
        oldest = [at for at in (work.rotation.oldest(shape) for shape in loaded if shape in work.guard.shapes) if at]
        return bool(oldest) and now - min(oldest) > self._settings.pace.rotation_minutes * 60.0

    def _size(self, shape: str) -> int | None:
        """About how many rows the practice's database has for a shape, as it says itself."""
        found = self._capture.work.guard.description
        return None if found is None else found.sizes.get(shape)

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
        if self._behind(now):
            codes.append("sync_behind")
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
