"""The calls of the contract over HTTP: path, who may, what goes in and out, and the method of the core that answers.

From this one table come the routes and the OpenAPI document. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field

from agent.wire.cloud import (
    BATCH_TYPE,
    MAX_BATCH_BYTES,
    BatchAccepted,
    Enrolled,
    Enrolment,
    Heartbeat,
    HeartbeatAccepted,
    Message,
    Problem,
    ReconcileRequest,
    ReconcileResponse,
    Session,
    SessionRequest,
    Token,
)
from sandbox.cloud.reading import MAX_PAGE, ChangesPage, Held, HeldPage, PracticeStatus
from sandbox.cloud.service import Cloud
from sandbox.cloud.tokens import ASSERTION_TYPE
from sandbox.cloud.totals import Totals

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

_SMALL = 64 * 1024
_LARGE = 8 * 1024 * 1024


class Query(BaseModel):
    """Base of the query parameters of a call."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class NoQuery(Query):
    """No parameters."""


class ChangesQuery(Query):
    """Which piece of the feed."""

    after: Annotated[int, Field(ge=0, lt=2**53)] = 0
    """Entries after this ``feed_seq``."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 500
    """Entries at most."""


class RecordsQuery(Query):
    """Which piece of a resource's state."""

    updated_since: Annotated[str, Field(max_length=40)] | None = None
    """Only records of which the cloud took a change since then; ISO 8601 with zone."""
    cursor: Annotated[str, Field(max_length=40)] | None = None
    """``next_cursor`` of the page before."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 500
    """Records at most."""
    include_deleted: bool = False
    """Deleted records too."""


class TotalsQuery(Query):
    """Which days."""

    first_day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """First local date."""
    last_day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Last local date, included."""


class TokenForm(Message):
    """Client credentials with a signed assertion (RFC 7523)."""

    grant_type: Literal["client_credentials"]
    """What is asked."""
    client_assertion_type: Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    """How the agent shows who it is."""
    client_assertion: Annotated[str, Field(max_length=8000)]
    """A JWT signed with ES384 by the agent's key."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, its form checked."""

    path: dict[str, str]
    """Values of the path's parameters."""
    query: Query
    """The call's query parameters."""
    message: Message | None
    """The call's message, if it has one."""
    body: bytes
    """The body as it came."""
    audiences: frozenset[str]
    """URLs by which the token endpoint may be named."""


Answer = Message | bytes | Problem | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the contract."""

    method: str
    path: str
    name: str
    """Operation id."""
    summary: str
    who: Literal["anyone", "agent", "reader"]
    answer: Callable[[Cloud, Incoming], Answer]
    takes: type[Message] | None = None
    """Message in the body."""
    gives: type[Message] | None = None
    """Message of the answer."""
    query: type[Query] = NoQuery
    body_type: str = JSON_TYPE
    limit: int = _SMALL
    """Bytes of the body at most."""
    status: int = 200
    """Status of success."""
    refusals: tuple[str, ...] = ()
    """Codes with which it refuses, beside those of all calls."""


def _enrol(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, Enrolment)
    return cloud.enrol(asked.message)


def _token(cloud: Cloud, asked: Incoming) -> Answer:
    form = {name: values[0] for name, values in parse_qs(asked.body.decode("ascii", "replace")).items()}
    if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION_TYPE:
        return Problem(code="bad_request", title="Not a request for client credentials by assertion", status=400)
    assertion = form.get("client_assertion", "")
    return cloud.issue_token(assertion[:8000], asked.audiences)


def _begin(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, SessionRequest)
    return cloud.begin_session(asked.path["agent_id"], asked.message)


def _beat(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, Heartbeat)
    return cloud.heartbeat(asked.path["agent_id"], asked.message)


def _reconcile(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, ReconcileRequest)
    return cloud.reconcile(asked.path["agent_id"], asked.message)


def _changes(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.query, ChangesQuery)
    entries, after, more = cloud.changes(asked.path["practice_id"], asked.query.after, asked.query.limit)
    end = b'],"next_after":%d,"more":%s}' % (after, b"true" if more else b"false")
    return b'{"changes":[' + b",".join(entries) + end


def _records(cloud: Cloud, asked: Incoming) -> Answer:
    q = asked.query
    assert isinstance(q, RecordsQuery)
    found = cloud.records(
        asked.path["practice_id"],
        asked.path["resource"],
        updated_since=q.updated_since,
        cursor=q.cursor,
        limit=q.limit,
        include_deleted=q.include_deleted,
    )
    if isinstance(found, Problem):
        return found
    cursor = b'"%s"' % found[1].encode() if found[1] is not None else b"null"
    return b'{"records":[' + b",".join(found[0]) + b'],"next_cursor":' + cursor + b"}"


def _totals(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.query, TotalsQuery)
    return cloud.totals(asked.path["practice_id"], asked.query.first_day, asked.query.last_day)


def _later(_cloud: Cloud, _asked: Incoming) -> Answer:
    return Problem(code="not_in_this_version", title="This cloud does not do that yet", status=501)


_AGENT = "/v1/agents/{agent_id}"
_PRACTICE = "/v1/practices/{practice_id}"

CALLS: tuple[Call, ...] = (
    Call(
        "POST",
        "/v1/enrolments",
        "enrol",
        "Exchange a one-time code and the agent's public key for an agent id",
        "anyone",
        _enrol,
        takes=Enrolment,
        gives=Enrolled,
        refusals=("code_unknown", "code_used", "code_expired", "already_enrolled", "bad_key", "bad_request"),
    ),
    Call(
        "DELETE",
        "/v1/enrolments/{agent_id}",
        "unenrol",
        "The agent feeds the practice no more; what was fed stays",
        "agent",
        lambda cloud, asked: cloud.unenrol(asked.path["agent_id"]),
        status=204,
    ),
    Call(
        "POST",
        "/oauth2/token",
        "token",
        "A bearer token for an assertion signed with the agent's key (RFC 7523)",
        "anyone",
        _token,
        gives=Token,
        body_type=FORM_TYPE,
        refusals=(
            "assertion_refused",
            "assertion_expired",
            "assertion_early",
            "assertion_replayed",
            "agent_unknown",
            "agent_replaced",
            "bad_request",
        ),
    ),
    Call(
        "POST",
        f"{_AGENT}/epochs",
        "begin_session",
        "Be the session that sends; resume the epoch or begin a new one",
        "agent",
        _begin,
        takes=SessionRequest,
        gives=Session,
        refusals=("other_host", "superseded", "bad_request"),
    ),
    Call(
        "POST",
        f"{_AGENT}/batches",
        "send_batch",
        "Deliver changes; answered when they are held durably",
        "agent",
        lambda cloud, asked: cloud.accept_batch(asked.path["agent_id"], asked.body),
        gives=BatchAccepted,
        body_type=BATCH_TYPE,
        limit=MAX_BATCH_BYTES,
        refusals=("superseded", "epoch_required", "gap", "bad_batch", "too_large"),
    ),
    Call(
        "PUT",
        f"{_AGENT}/heartbeat",
        "heartbeat",
        "The agent is alive, and how it fares",
        "agent",
        _beat,
        takes=Heartbeat,
        gives=HeartbeatAccepted,
        limit=_SMALL * 8,
        refusals=("bad_request",),
    ),
    Call(
        "POST",
        f"{_AGENT}/reconciliations",
        "reconcile",
        "Where the practice and the cloud differ, by segments",
        "agent",
        _reconcile,
        takes=ReconcileRequest,
        gives=ReconcileResponse,
        limit=_LARGE,
        refusals=("epoch_required", "gap", "bad_request"),
    ),
    Call("GET", f"{_AGENT}/commands", "take_commands", "Later: commands for the agent", "agent", _later),
    Call("PUT", f"{_AGENT}/diagnostics/{{bundle}}", "put_bundle", "Later: a diagnostics bundle", "agent", _later),
    Call("POST", f"{_PRACTICE}/commands", "queue_command", "Later: queue a write-back", "reader", _later),
    Call("GET", f"{_PRACTICE}/commands/{{command_id}}", "see_command", "Later: a command's outcome", "reader", _later),
    Call(
        "GET",
        f"{_PRACTICE}/changes",
        "changes",
        "The ordered, replayable feed",
        "reader",
        _changes,
        gives=ChangesPage,
        query=ChangesQuery,
    ),
    Call(
        "GET",
        f"{_PRACTICE}/status",
        "status",
        "How the practice's feed stands: epoch, loads, holds, last heartbeat",
        "reader",
        lambda cloud, asked: cloud.status(asked.path["practice_id"]),
        gives=PracticeStatus,
    ),
    Call(
        "GET",
        f"{_PRACTICE}/totals",
        "totals",
        "Charges, payments, adjustments and appointments per day and location",
        "reader",
        _totals,
        gives=Totals,
        query=TotalsQuery,
    ),
    Call(
        "GET",
        f"{_PRACTICE}/{{resource}}",
        "records",
        "A resource's current state, in the order of the last change",
        "reader",
        _records,
        gives=HeldPage,
        query=RecordsQuery,
        refusals=("bad_request",),
    ),
    Call(
        "GET",
        f"{_PRACTICE}/{{resource}}/{{record_id}}",
        "record",
        "One record, deleted or not",
        "reader",
        lambda cloud, asked: cloud.record(asked.path["practice_id"], asked.path["resource"], asked.path["record_id"]),
        gives=Held,
        refusals=("record_unknown",),
    ),
)
"""Every call, in the order in which paths are matched."""
