"""The calls of the contract over HTTP: path, who may, what goes in and out, and the method of the core that answers.

From this one table come the routes and the OpenAPI document. Nothing is decided here.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from agent.wire.cloud import (
    BATCH_TYPE,
    BUNDLE_TYPE,
    MAX_BATCH_BYTES,
    MAX_BUNDLE_BYTES,
    BatchAccepted,
    BundleAccepted,
    Enrolled,
    Enrolment,
    Heartbeat,
    HeartbeatAccepted,
    Problem,
    ReconcileRequest,
    ReconcileResponse,
    Session,
    SessionRequest,
    Token,
)
from agent.wire.commands import CommandRequest, CommandsPage, CommandStatus, Reports, ReportsAccepted
from agent.wire.payloads import MAX_COMMAND_BYTES
from sandbox.cloud.calling import FORM_TYPE, SMALL, Answer, Call, Incoming
from sandbox.cloud.commanding import CommandStatusPage
from sandbox.cloud.fleet import Fleet, PracticeHealth
from sandbox.cloud.forms import ChangesQuery, CommandsQuery, RecordsQuery, TakeQuery, TotalsQuery
from sandbox.cloud.reading import ChangesPage, Held, HeldPage, PracticeStatus
from sandbox.cloud.service import Cloud
from sandbox.cloud.tokens import ASSERTION_TYPE
from sandbox.cloud.totals import Totals
from sandbox.cloud.waiting import Asked

_LARGE = 8 * 1024 * 1024


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


def _take(cloud: Cloud, asked: Incoming) -> Answer:
    q = _asked(asked)
    return cloud.commands_for(q.agent_id, q.session, q.keys)


def _asked(asked: Incoming) -> Asked:
    q = asked.query
    assert isinstance(q, TakeQuery)
    return Asked(asked.path["agent_id"], q.session, q.wait, q.keys)


def _report(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, Reports)
    return cloud.report_commands(asked.path["agent_id"], asked.message)


def _queue(cloud: Cloud, asked: Incoming) -> Answer:
    assert isinstance(asked.message, CommandRequest)
    return cloud.queue_command(asked.path["practice_id"], asked.idempotency_key, asked.message)


def _commands(cloud: Cloud, asked: Incoming) -> Answer:
    q = asked.query
    assert isinstance(q, CommandsQuery)
    return cloud.commands(asked.path["practice_id"], q.after, q.state, q.limit)


def _bundle(cloud: Cloud, asked: Incoming) -> Answer:
    return cloud.take_bundle(asked.path["agent_id"], asked.path["bundle"], asked.body)


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
        limit=SMALL * 8,
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
    Call(
        "GET",
        f"{_AGENT}/commands",
        "take_commands",
        "Commands that the agent does not keep yet; waits for some (long poll)",
        "agent",
        _take,
        gives=CommandsPage,
        query=TakeQuery,
        refusals=("superseded", "bad_request"),
        waits=_asked,
    ),
    Call(
        "POST",
        f"{_AGENT}/commands/reports",
        "report_commands",
        "What has become of commands; may be sent again",
        "agent",
        _report,
        takes=Reports,
        gives=ReportsAccepted,
        limit=_LARGE,
        refusals=("superseded", "bad_request"),
    ),
    Call(
        "PUT",
        f"{_AGENT}/diagnostics/{{bundle}}",
        "put_bundle",
        "A diagnostics bundle that support asked for, a ZIP file; may be sent again as it was",
        "agent",
        _bundle,
        gives=BundleAccepted,
        body_type=BUNDLE_TYPE,
        limit=MAX_BUNDLE_BYTES,
        refusals=("bad_bundle", "bundle_exists", "too_large"),
    ),
    Call(
        "POST",
        f"{_PRACTICE}/commands",
        "queue_command",
        "Queue a write-back; with the same Idempotency-Key again, how it stands",
        "writer",
        _queue,
        takes=CommandRequest,
        gives=CommandStatus,
        limit=MAX_COMMAND_BYTES + SMALL,
        refusals=(
            "idempotency_key_missing",
            "idempotency_mismatch",
            "bad_command",
            "retry_refused",
            "bad_request",
            "too_many_commands",
            "kind_not_signed",
            "expires_too_late",
            "too_large",
            "signer_missing",
            "signer_unavailable",
        ),
        keyed=True,
    ),
    Call(
        "GET",
        f"{_PRACTICE}/commands",
        "commands",
        "The practice's commands in the order of queueing, each with its states",
        "reader",
        _commands,
        gives=CommandStatusPage,
        query=CommandsQuery,
        refusals=("bad_request",),
    ),
    Call(
        "GET",
        f"{_PRACTICE}/commands/{{command_id}}",
        "command_status",
        "A command's states with times and reasons, and its outcome",
        "reader",
        lambda cloud, asked: cloud.command_status(asked.path["practice_id"], asked.path["command_id"]),
        gives=CommandStatus,
        refusals=("command_unknown",),
    ),
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
        "/v1/fleet",
        "fleet",
        "How all practices fare, the worst first",
        "fleet",
        lambda cloud, _: cloud.fleet(),
        gives=Fleet,
    ),
    Call(
        "GET",
        f"{_PRACTICE}/health",
        "health",
        "How the practice's agent fares: alarms, warnings, reconcile, history",
        "watcher",
        lambda cloud, asked: cloud.health(asked.path["practice_id"]),
        gives=PracticeHealth,
        refusals=("practice_unknown",),
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
