"""The local API, version 1: what tray, window and CLI say to the agent of their machine, over HTTP on loopback.

Three rights, each with a token of its own: *look* (see everything that holds no patient data; also pause for a while,
sync now, make a bundle), *operate* (decide about writes, see one unmasked, reconcile, snapshot), *change* (settings,
enrolment). The agent writes the tokens into three files after it listens; who may read a file has its right. Calls that
take long answer at once with a :class:`Task`, which is asked for until it is over.

What is shown of a patient is masked; only :class:`WriteDetail` can be had unmasked, by *operate*, and that is logged.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agent.wire.cloud import Message

Right = Literal["look", "operate", "change"]
RIGHTS: tuple[Right, ...] = ("look", "operate", "change")
"""Each includes those before it."""

MAX_WAIT = 25.0
"""A call that waits for news does so for at most this many seconds."""


class Address(Message):
    """The file ``api.json`` in the agent's folder: where the running agent listens. Everybody may read it."""

    port: int
    """On 127.0.0.1."""
    pid: int
    """Of the agent."""
    started_at: str
    """UTC, ISO 8601; with the process id it tells one run from another."""
    version: str
    """Of the agent."""
    tokens: dict[Right, str]
    """Right -> name of the file with its token, beside this one."""


class Overall(Message):
    """The one line."""

    state: Literal["working", "partly_working", "not_working", "not_running", "paused", "not_set_up"]
    """``paused``: by somebody, for a while. ``not_set_up``: it waits for its first settings."""
    since: str | None = None
    """Since when it is not so, UTC; null = it works, or nobody knows."""
    reason: str = ""
    """Why, in words."""


class StatusAnswer(Message):
    """``GET /v1/status?after=&wait=``: everything at one glance. With ``after`` it waits for a newer revision."""

    revision: int
    """Rises with every document; begins anew with the agent."""
    overall: Overall
    """The one line."""
    paused_until: str | None = None
    """UTC; null = not paused."""
    status: dict[str, Any] | None = None
    """The status document, as ``practice-agent status --json`` has it; null before there is one."""


class LogLine(Message):
    """An event of the log."""

    number: int
    """Rises; begins anew with the agent."""
    at: str
    """UTC."""
    level: Literal["debug", "info", "warning", "error"]
    """How serious."""
    code: str
    """What."""
    fields: dict[str, Any]
    """More of it; never of a patient."""


class EventsAnswer(Message):
    """``GET /v1/events?after=&wait=&limit=``: the newest events, oldest first."""

    lines: list[LogLine]
    """Those after ``after``."""
    last: int
    """Number to ask after next."""


class Hour(Message):
    """A quarter of an hour of the last day (a bar of the chart)."""

    begins: str
    """UTC."""
    changes: int
    """Changes that the cloud acknowledged."""
    slowest_seconds: float | None = None
    """The longest way of a change, from reading to acknowledgement; null = there was none."""
    broken_seconds: float = 0.0
    """How long something was wrong that kept changes back."""


class HistoryAnswer(Message):
    """``GET /v1/history``: the last 24 hours, and today's sums."""

    bars: list[Hour]
    """96 at most, oldest first."""
    today_changes: int
    """Since local midnight."""
    today_writes: int
    """Write-backs that were verified since local midnight."""


class WriteLine(Message):
    """A write-back in a list."""

    id: str
    """The command's."""
    kind: str
    """What it does."""
    state: str
    """Its state."""
    reason: str | None = None
    """Reason code."""
    title: str | None = None
    """The reason in words."""
    asks: str | None = None
    """What to do about it."""
    received: str
    """UTC."""
    since: str
    """In this state since then, UTC."""
    expires: str
    """UTC."""
    may: list[Literal["approve", "reject", "retry"]] = Field(default_factory=list)
    """What a person may decide now."""


class WritesAnswer(Message):
    """``GET /v1/writes?limit=``: newest first."""

    writes: list[WriteLine]
    """Them."""


class TrailLine(Message):
    """A step of a write-back."""

    at: str
    """UTC."""
    event: str
    """What happened."""
    who: str
    """Who decided."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """Reason, rule, attempt."""


class WriteDetail(WriteLine):
    """``GET /v1/writes/{id}?unmask=``: everything about one; ``unmask`` needs *operate*."""

    payload: dict[str, Any]
    """What it asks for; masked unless asked for otherwise."""
    masked: bool
    """Whether it is."""
    attempts: int
    """How often it was tried."""
    trail: list[TrailLine]
    """Its course."""


class Decision(Message):
    """``POST /v1/writes/{id}/decision``: a person's word. Needs *operate*."""

    verdict: Literal["approve", "reject", "retry"]
    """As :class:`WriteLine` offers."""
    name: str = Field(max_length=80)
    """Account of the person, for the audit trail."""


class PauseRequest(Message):
    """``POST /v1/pause``: read and write nothing for a while; ``DELETE /v1/pause`` goes on."""

    hours: float = Field(gt=0, le=24)
    """From now."""


TaskKind = Literal["sync", "snapshot", "reconcile", "diagnostics", "doctor", "test_database", "test_cloud", "enrol"]


class Task(Message):
    """Something that takes a while: ``POST /v1/tasks`` begins it, ``GET /v1/tasks/{id}?wait=`` tells how it fares."""

    id: str
    """Its name."""
    kind: TaskKind
    """What it is."""
    state: Literal["waiting", "running", "done", "failed"]
    """How it stands."""
    answer: dict[str, Any] = Field(default_factory=dict)
    """Progress or result; of a failure ``code``, ``title``, ``advice``."""


class TaskRequest(Message):
    """``POST /v1/tasks``. Right: sync, diagnostics and doctor *look*; snapshot and reconcile *operate*; the rest
    *change*.
    """

    kind: TaskKind
    """What."""
    arguments: dict[str, Any] = Field(default_factory=dict)
    """reconcile: ``resources``, ``repair``. test_database: ``connection``, ``pms``, ``login``, ``password``, and
    where need be ``dialect``, ``schema``, ``time_zone``. test_cloud: ``url``, ``ca_file``, ``proxy``,
    ``proxy_login``, ``proxy_password``. enrol: ``code``, ``takeover``. diagnostics: ``send`` (to the cloud); its
    answer has the text of each part in ``contents`` and the file in ``zip`` (base64); with ``incident`` and
    ``send`` that one is sent, as it was made, and none is made."""


class SettingsAnswer(Message):
    """``GET /v1/settings``: as they are. Secrets are never among them. Needs *look*; changing needs *change*."""

    settings: dict[str, Any]
    """By section and name."""
    fields: dict[str, Any]
    """Their JSON schema: types, bounds, meaning."""
    policy: str
    """Text of ``policy.toml``; empty where there is none."""


SecretName = Literal[
    "proxy_password", "write_password", "write_authentication", "api_developer_key", "api_customer_key"
]
"""Secrets that a change may bring beside the database's password."""


class SettingsChange(Message):
    """``POST /v1/settings/plan`` says what a change would do; ``PUT /v1/settings`` does it."""

    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Section -> name -> new value; null = the default."""
    policy: str | None = None
    """New text of ``policy.toml``; null = as it is."""
    database_password: str | None = None
    """New password, into the keyring; null = as it is. Never logged."""
    secrets: dict[SecretName, str] = Field(default_factory=dict)
    """Other secrets, into the keyring, by name; empty = forget it. Never logged."""


class SettingsPlan(Message):
    """What a change does."""

    changes: list[tuple[str, Any, Any]]
    """(section.name, before, after)."""
    problems: list[str]
    """Why it cannot be done; nothing is changed while there is one."""
    restarts: bool
    """Whether the agent begins anew with it, by itself."""


class FoundPms(Message):
    """A practice management system that was found on this machine."""

    pms: str
    """As settings name it."""
    title: str
    """As people call it."""
    connection: str
    """ODBC connection string without login."""
    how: str
    """How it was found, in words."""


class DiscoverAnswer(Message):
    """``GET /v1/discover``: what the first-run assistant offers. Needs *change*."""

    found: list[FoundPms]
    """Them, likeliest first."""
    drivers: list[str]
    """ODBC drivers of this machine."""


class VersionAnswer(Message):
    """``GET /v1/version``."""

    agent_version: str
    """Of the agent."""
    api: Literal[1] = 1
    """Of this API."""
    right: Right
    """What the token that asked may do."""


class Refusal(Message):
    """Body of every refusal (RFC 9457): ``application/problem+json``."""

    status: int
    """HTTP status."""
    code: str
    """Stable, snake_case."""
    title: str
    """What is wrong."""
    advice: str = ""
    """What to do about it."""
