"""Taking the agent's reports: the newest one of a command counts, and what has ended stays as it ended."""

from __future__ import annotations

import logging
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from agent.wire.commands import FINAL, CommandOver, CommandReport, Reports, ReportsAccepted
from sandbox.cloud.delivering import newest_session
from sandbox.cloud.enrolments import lock_practice
from sandbox.cloud.names import instant, practice_of
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import command_steps, commands, ignored_reports

MAX_REPORT_BYTES = 8 * 1024
"""A report is at most this long."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MAX_NUMBER = 2**53
_C = commands.c
_log = logging.getLogger("practice_cloud")


def take(db: Connection, agent_id: str, told: Reports, now: datetime) -> ReportsAccepted:
    """Keep what is new in the reports; say how many were, and which commands had ended already."""
    reports = [_checked(one) for one in told.reports]
    practice_id = practice_of(agent_id)
    lock_practice(db, practice_id)
    newest_session(db, agent_id, told.session)
    accepted, ignored, over = 0, Counter[str](), dict[str, CommandOver]()
    for report in reports:
        row = _command(db, practice_id, report.command_id)
        if row is None:
            ignored["command_unknown"] += 1
        elif row.ended:
            ignored["after_final"] += int(_differs(row, report))
            if report.state not in FINAL:
                over[report.command_id] = CommandOver(command_id=report.command_id, state=row.state)
        elif report.number > row.report_number:
            _take(db, practice_id, report, instant(now))
            accepted += 1
        elif not row.kept:
            db.execute(update(commands).where(*_one(practice_id, report.command_id)).values(kept=True))
    for reason, count in ignored.items():
        if count:
            _note(db, practice_id, reason, count, instant(now))
    return ReportsAccepted(accepted=accepted, over=list(over.values()))


def _take(db: Connection, practice_id: str, report: CommandReport, now: str) -> None:
    final = report.state in FINAL
    body = report.model_dump_json()
    values = {"state": report.state, "ended": final, "kept": True, "report_number": report.number, "report": body}
    db.execute(update(commands).where(*_one(practice_id, report.command_id)).values(values))
    s = command_steps.c
    mine = (s.practice_id == practice_id, s.command_id == report.command_id)
    number = db.execute(select(func.max(s.number)).where(*mine)).scalar() or 0
    newest = db.execute(select(s.state, s.reason_code).where(*mine, s.number == number)).first()
    if newest is not None and (newest.state, newest.reason_code) == (report.state, report.reason_code):
        return  # told again, by a store that counts afresh
    db.execute(
        insert(command_steps).values(
            practice_id=practice_id,
            command_id=report.command_id,
            number=number + 1,
            state=report.state,
            at=report.at,
            told_at=now,
            reason_code=report.reason_code,
        )
    )


def _differs(row: Any, report: CommandReport) -> bool:
    """Whether a report about an ended command says something else than how it ended; earlier steps may come late."""
    if report.state not in FINAL:
        return bool(report.number > row.report_number)
    if row.report is None or report.state != row.state:
        return bool(report.state != row.state)
    held = CommandReport.model_validate_json(row.report)
    return (held.record, held.reason_code) != (report.record, report.reason_code)


def _checked(report: CommandReport) -> CommandReport:
    """The report in the form in which it is kept."""
    at = _moment(report.at)
    sound = 0 < report.number < _MAX_NUMBER and report.state != "queued"
    if at is None or not sound or (report.reason_code is not None and not _CODE.fullmatch(report.reason_code)):
        refuse(422, "bad_request", "A report is not as the contract says")
    if len(report.model_dump_json()) > MAX_REPORT_BYTES or "\0" in report.command_id:
        refuse(422, "bad_request", "A report is longer than the contract allows")
    return report.model_copy(update={"at": instant(at)})


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _command(db: Connection, practice_id: str, command_id: str) -> Any:
    asked = select(_C.state, _C.ended, _C.kept, _C.report_number, _C.report)
    return db.execute(asked.where(*_one(practice_id, command_id))).first()


def _one(practice_id: str, command_id: str) -> tuple[Any, Any]:
    return (_C.practice_id == practice_id, _C.command_id == command_id)


def _note(db: Connection, practice_id: str, reason: str, count: int, now: str) -> None:
    """Count reports that were ignored."""
    _log.warning("%d reports ignored: %s", count, reason)
    i = ignored_reports.c
    mine = (i.practice_id == practice_id, i.reason == reason)
    if (
        db.execute(update(ignored_reports).where(*mine).values({"count": i["count"] + count, "last_at": now})).rowcount
        == 0
    ):
        values = {"practice_id": practice_id, "reason": reason, "count": count, "last_at": now}
        db.execute(insert(ignored_reports).values(values))
