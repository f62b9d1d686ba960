"""A scripted agent: answers the screen with real messages, in every state that there is. No Qt, no network."""

from __future__ import annotations

import threading
from typing import Any

from agent import __version__
from agent.health.catalogue import explain
from agent.model.clock import iso_utc
from agent.wire.local import (
    DiscoverAnswer,
    EventsAnswer,
    FoundPms,
    HistoryAnswer,
    Hour,
    LogLine,
    Overall,
    SettingsAnswer,
    SettingsChange,
    SettingsPlan,
    StatusAnswer,
    Task,
    WriteDetail,
    WritesAnswer,
)
from gui.port import Refused, Unreachable
from tests.gui.office_writes import WRITES, detail_of

NOW = 1_772_550_000.0
"""The scripted present: a Tuesday in March 2026, 10 in the morning in New York."""

_KINDS = {
    "location": 1,
    "provider": 7,
    "operatory": 9,
    "appointment_type": 23,
    "code": 742,
    "patient": 18_412,
    "appointment": 96_230,
    "ledger_entry": 611_940,
}
_BROKEN = {
    "broken": "database_unreachable",
    "offline": "offline",
    "proxy": "proxy_login_wanted",
    "inspected": "tls_untrusted",
    "disk_full": "disk_full",
}
"""State -> the one cause that stops everything."""


def document(**changed: Any) -> dict[str, Any]:
    """A status document where all is well, but for what is changed."""
    resources = [
        {
            "resource": name,
            "records": count,
            "about": count,
            "loaded": True,
            "oldest_comparison_seconds": 90.0 + 61 * place,
            "bound_seconds": 1800.0,
            "quarantined": 0,
            "accelerated": name in ("appointment", "patient", "ledger_entry"),
            "stopped": {},
        }
        for place, (name, count) in enumerate(_KINDS.items())
    ]
    return {
        "schema": 1,
        "at": iso_utc(NOW),
        "agent_version": __version__,
        "pid": 4242,
        "pms": "eaglesoft",
        "pms_version": "21.20",
        "engine": "SQL Anywhere 17.0",
        "database": "DENTAL",
        "epoch": 3,
        "acked_seq": 1_346_001,
        "waiting": {"changes": 0, "bytes": 0, "oldest_seconds": None},
        "last_delivery": iso_utc(NOW - 42),
        "last_delivery_lag_seconds": 1.7,
        "resources": resources,
        "pace": {"duty_limit": 0.05, "busy_seconds": 804.2, "longest_statement_ms": 24.0, "rotation_minutes": 30},
        "cloud": {
            "connected": True,
            "proxied": False,
            "clock_offset_seconds": 0.4,
            "round_trip_ms": 63.0,
            "certificate_ends_in_days": 61,
        },
        "holds": [],
        "writes": {"enabled": True, "waiting": 0, "awaiting_approval": 0, "needs_person": 0, "verified": 11},
        "reconcile": {"resources": {name: {"different": 0, "missing": 0, "extra": 0} for name in _KINDS}},
        "quarantined": {},
        "warnings": [],
        **changed,
    }


def warning(code: str, minutes: float) -> dict[str, Any]:
    """A warning that has lasted so long."""
    told = explain(code)
    return {
        "code": code,
        "title": told.title,
        "advice": told.advice,
        "severity": told.severity,
        "since": iso_utc(NOW - 60 * minutes),
    }


def loading() -> dict[str, Any]:
    """The document during the first load."""
    made = document(waiting={"changes": 8_412, "bytes": 2_000_000, "oldest_seconds": 12.0}, reconcile=None)
    for place, one in enumerate(made["resources"]):
        if place > 5:
            one["loaded"], one["records"] = False, int(one["about"] * 0.62) if place == 6 else 0
            one["oldest_comparison_seconds"] = None
    return made


def status(state: str) -> StatusAnswer:
    """What an agent in a state says."""
    made, paused, overall = document(), None, Overall(state="working")
    if state == "syncing":
        made = loading()
    elif state == "paused":
        paused, overall = iso_utc(NOW + 2700), Overall(state="paused", since=iso_utc(NOW - 900))
    elif state == "attention":
        found = [warning("sync_behind", 25), warning("certificate_expiring", 300)]
        made = document(warnings=found)
        made["resources"][7]["quarantined"] = 2
        made["cloud"]["certificate_ends_in_days"] = 9
    elif state == "decide":
        writes = {"enabled": True, "waiting": 1, "awaiting_approval": 1, "needs_person": 1, "verified": 11}
        made = document(writes=writes, warnings=[warning("write_needs_person", 26)])
        reason = explain("write_needs_person").title
        overall = Overall(state="partly_working", since=iso_utc(NOW - 26 * 60), reason=reason)
    elif state == "read_only":
        made = document(warnings=[warning("channel_read_only", 8)])
    elif state == "partly":
        made = document(warnings=[warning("column_missing", 44)])
        made["resources"][6] |= {"loaded": False, "stopped": {"appointment.main": "column_missing:appointment.status"}}
        overall = Overall(state="partly_working", since=iso_utc(NOW - 2640), reason=explain("column_missing").title)
    elif state in _BROKEN:
        cause = _BROKEN[state]
        held = {"changes": 37, "bytes": 12_000, "oldest_seconds": 1080.0}
        none = {"changes": 0, "bytes": 0, "oldest_seconds": None}
        reads = state not in ("broken", "disk_full")
        made = document(
            warnings=[warning(cause, 18)], waiting=held if reads else none, last_delivery=iso_utc(NOW - 1080)
        )
        made["cloud"] |= {"connected": not reads, "proxied": state == "proxy"}
        reason = explain(cause).title
        overall = Overall(state="not_working", since=iso_utc(NOW - 1080), reason=reason)
    elif state == "not_set_up":
        return StatusAnswer(revision=1, overall=Overall(state="not_set_up"))
    return StatusAnswer(revision=7, overall=overall, paused_until=paused, status=made)


def history(state: str) -> HistoryAnswer:
    """A day of an office that opened at eight; one that is being set up has none, or has just begun."""
    if state in ("not_set_up", "syncing"):
        quarters = [NOW - NOW % 900 - 900, NOW - NOW % 900]
        bars = [
            Hour(begins=iso_utc(at), changes=n, slowest_seconds=3.1)
            for at, n in zip(quarters, (41_200, 37_656), strict=True)
        ]
        return (
            HistoryAnswer(bars=bars, today_changes=78_856, today_writes=0)
            if state == "syncing"
            else HistoryAnswer(bars=[], today_changes=0, today_writes=0)
        )
    broken = state in _BROKEN
    bars = []
    for place in range(96):
        begins = NOW - NOW % 900 - 900 * (95 - place)
        hour = ((begins - 5 * 3600) % 86_400) / 3600
        busy = 8 <= hour < 17.5 and not (12 <= hour < 13)
        changes = 14 + (place * 37) % 61 if busy else (place * 7) % 3
        slow = None if not changes else 1.2 + (place * 13) % 9 / 4
        bad = 900.0 if broken and place >= 94 else 0.0
        bars.append(
            Hour(
                begins=iso_utc(begins),
                changes=0 if bad else changes,
                slowest_seconds=None if bad else slow,
                broken_seconds=bad,
            )
        )
    return HistoryAnswer(bars=bars, today_changes=412, today_writes=11)


def log_lines() -> list[LogLine]:
    """Some of a log."""
    told = [
        ("agent_started", "info", {"version": __version__}),
        ("connected", "info", {"pms": "eaglesoft", "engine": "sqlanywhere"}),
        ("range_compared", "debug", {"shape": "patient", "rows": 1024, "seconds": 0.02}),
        ("changes_found", "info", {"resource": "appointment", "changes": 12, "seconds": 0.03}),
        ("delivered", "info", {"sent": 12, "acked_seq": 1_346_001, "seconds": 0.4}),
        ("database_busy", "warning", {"native": -85, "attempt": 1}),
        ("connected", "info", {"pms": "eaglesoft", "engine": "sqlanywhere"}),
        ("write_verified", "info", {"kind": "appointment.confirm", "seconds": 1.1}),
        ("changes_found", "info", {"resource": "ledger_entry", "changes": 3, "seconds": 0.02}),
        ("delivered", "info", {"sent": 3, "acked_seq": 1_346_004, "seconds": 0.3}),
        ("proxy_login_wanted", "error", {"status": 407}),
        ("delivered", "info", {"sent": 1, "acked_seq": 1_346_005, "seconds": 0.3}),
    ]
    return [
        LogLine(number=place + 1, at=iso_utc(NOW - 30 * (len(told) - place)), level=level, code=code, fields=fields)
        for place, (code, level, fields) in enumerate(told)
    ]


FINDINGS = [
    ("database", "connection", "ok", "Connected through SQL Anywhere 17 17.0.10", ""),
    ("database", "version", "ok", "Eaglesoft 21.20", ""),
    ("database", "rights", "warning", "The login can also write", "Give the agent a login that may only read."),
    ("resources", "patient", "ok", "18,412 patients can be read", ""),
    ("writes", "channel", "warning", "Write-backs are not set up", "Only needed if the cloud is to write here."),
    ("cloud", "connection", "ok", "The cloud answers; its certificate is trusted", ""),
    ("machine", "disk", "ok", "41 GB are free", ""),
]


BUNDLE: dict[str, Any] = {
    "incident": "PA-7F3K-Q2MD",
    "bytes": 71_680,
    "contents": {
        "status.json": '{"pms": "eaglesoft", "pms_version": "21.20", "waiting": {"changes": 0}}',
        "settings.json": '{"pace": {"poll_seconds": 5.0}, "cloud": {"host": "cloud.example", "proxy": "system"}}',
        "timings.json": '{"longest_statement_ms": 24.0}',
    },
    "zip": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==",
}
"""A bundle that was made; the file is an empty archive."""


class Scripted:
    """An agent that says what a test wants. Safe to use from several threads."""

    version = __version__

    def __init__(self, state: str = "working") -> None:
        self.answer = status(state)
        self.day = history(state)
        self.up = state not in ("stopped",)
        self.right_missing = False
        self.differing = 0
        self.calls: list[tuple[Any, ...]] = []
        self._news = threading.Condition()
        self.list = WRITES if state != "fresh" else []

    def connect(self) -> Scripted:
        """As the screen finds it."""
        self._there()
        return self

    def close(self) -> None:
        """Nothing was opened."""

    def become(self, state: str) -> None:
        """Be in another state."""
        with self._news:
            self.up = state != "stopped"
            if self.up:
                new = status(state)
                self.answer = new.model_copy(update={"revision": self.answer.revision + 1})
            self._news.notify_all()

    def _there(self) -> None:
        if not self.up:
            raise Unreachable

    def _allowed(self) -> None:
        self._there()
        if self.right_missing:
            raise Refused("right_missing", "This user may not do that with the agent", "Run it as an administrator.")

    def status(self, after: int | None, wait: float) -> StatusAnswer:
        self._there()
        with self._news:
            if after is not None:
                self._news.wait_for(lambda: self.answer.revision != after or not self.up, wait)
        self._there()
        return self.answer

    def events(self, after: int, wait: float) -> EventsAnswer:
        self._there()
        lines = [one for one in log_lines() if one.number > after]
        if not lines:
            with self._news:
                self._news.wait_for(lambda: not self.up, wait)
        self._there()
        return EventsAnswer(lines=lines, last=max(after, len(log_lines())))

    def history(self) -> HistoryAnswer:
        self._there()
        return self.day

    def writes(self) -> WritesAnswer:
        self._there()
        return WritesAnswer(writes=self.list)

    def write(self, command_id: str, *, unmask: bool) -> WriteDetail:
        self._there()
        if unmask:
            self._allowed()
        self.calls.append(("write", command_id, unmask))
        return detail_of(command_id, masked=not unmask)

    def decide(self, command_id: str, verdict: str, name: str) -> WriteDetail:
        self._allowed()
        self.calls.append(("decide", command_id, verdict))
        return detail_of(command_id, masked=True)

    def pause(self, hours: float) -> StatusAnswer:
        self._there()
        self.calls.append(("pause", hours))
        self.become("paused")
        return self.answer

    def resume(self) -> StatusAnswer:
        self._there()
        self.calls.append(("resume",))
        self.become("working")
        return self.answer

    def start_task(self, kind: str, arguments: dict[str, Any]) -> Task:
        self._there()
        if kind not in ("sync", "doctor", "diagnostics"):
            self._allowed()
        self.calls.append(("task", kind, arguments))
        return Task(id=kind, kind=kind, state="running")

    def task(self, task_id: str, wait: float) -> Task:
        self._there()
        answer: dict[str, Any] = {}
        if task_id in ("doctor", "test_database", "test_cloud"):
            shown = [one for one in FINDINGS if task_id == "doctor" or one[0] == task_id.removeprefix("test_")]
            names = ("area", "name", "level", "title", "advice")
            answer = {"findings": [dict(zip(names, one, strict=True)) for one in shown]}
        elif task_id == "reconcile":
            none = {"different": 0, "missing": 0, "extra": 0}
            answer = {"outcomes": [{"resource": name, **none} for name in _KINDS]}
            answer["outcomes"][-1]["missing"] = self.differing
        elif task_id == "diagnostics":
            answer = dict(BUNDLE)
        return Task(id=task_id, kind=task_id, state="done", answer=answer)

    def settings(self) -> SettingsAnswer:
        self._there()
        hours = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:00", "to": "19:00"}]
        pace = {
            "poll_seconds": 5.0,
            "rotation_minutes": 30.0,
            "duty_office": 0.05,
            "duty_off": 0.5,
            "statement_ms": 30.0,
            "office_hours": hours,
        }
        policy = '[kinds."payment.post"]\nmode = "ask"\n\n[booking]\nallow_double_booking = false\n'
        cloud = {"url": "https://cloud.example", "proxy": None}
        return SettingsAnswer(settings={"pace": pace, "cloud": cloud}, fields={}, policy=policy)

    def plan(self, change: SettingsChange) -> SettingsPlan:
        self._allowed()
        changes = [
            (f"{section}.{name}", None, value)
            for section, values in change.settings.items()
            for name, value in values.items()
        ]
        return SettingsPlan(changes=changes, problems=[], restarts=True)

    def change(self, change: SettingsChange) -> SettingsPlan:
        plan = self.plan(change)
        self.calls.append(("change", change))
        return plan

    def discover(self) -> DiscoverAnswer:
        self._allowed()
        how = "The ODBC data source DENTAL (64 bit, driver SQL Anywhere 17) is named as this program's are."
        return DiscoverAnswer(
            found=[FoundPms(pms="eaglesoft", title="Eaglesoft", connection="DSN=DENTAL", how=how)],
            drivers=["SQL Anywhere 17"],
        )
