"""Changes of visits on the schedule: move, confirm, check in, annotate, call off.

Every change expects the values that were read before, so that what the front desk does in the same moment is never
overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.appointment import chair
from agent.sources.eaglesoft.codes import CONFIRMATION
from agent.sources.eaglesoft.writing import drafts, texts
from agent.sources.eaglesoft.writing.looking import whole
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.sources.eaglesoft.writing.visits import (
    BOOKED,
    CANCELLED,
    Row,
    Visits,
    end_of,
    folded,
    moment_of,
    provider_keys,
    read_as,
    same,
)
from agent.sources.times import local_time, minutes_between
from agent.sources.values import text
from agent.wire.bridge import Moment
from agent.wire.writer import Day, Value

ARRIVED = 1
"""Arrival status of a patient who has come; that 0 to 3 mean not arrived, arrived and in the chair is inferred."""

CONFIRMATIONS = {"unconfirmed": 0, "confirmed": 1, "attempted": 3}
"""What is set when no status of the office is named; attempted = a message was left."""


class Schedule(Visits):
    """Changes of the appointments of one practice."""

    def reschedule(self, task: Task) -> Prepared:
        """Move a visit: time, length, chair, providers."""
        payload, row = task.payload, self._visit(task)
        whole(row, "start_time", "end_time", "location_id")
        start, end, place = self._moved_to(task, row)
        before = self._provider_rows(row)
        providers = None if payload.provider_ids is None else provider_keys(task, payload.provider_ids)
        stale = self._stale(
            task,
            row,
            {
                "start": ("start_time", local_time),
                "end": ("end_time", local_time),
                "operatory_id": ("location_id", chair),
            },
        )
        if task.before is not None and folded(before) != folded(task.before.get("provider_ids") or ()):
            stale = "provider_ids"
        transaction = Transaction(self._looking, self._engine)
        self._want_free(transaction, place, start, end, row["appointment_id"])
        self._change(
            transaction,
            row,
            {"start_time": Moment(start), "end_time": Moment(end), "location_id": place},
            {
                "start_time": moment_of(row["start_time"]),
                "end_time": moment_of(row["end_time"]),
                "location_id": row["location_id"],
            },
        )
        self._move_providers(transaction, row, before, providers, (start, end))
        self._log_change(
            transaction,
            task,
            row,
            {
                "old_date": moment_of(row["start_time"]),
                "new_date": Moment(start),
                "old_chair_num": row["location_id"],
                "new_chair_num": place,
                "old_provider": before[0] if before else None,
                "new_provider": (providers or before or (None,))[0],
            },
        )
        return transaction.prepared("appointment", (row["appointment_id"],), stale)

    def confirm(self, task: Task) -> Prepared:
        """Set how sure it is that the patient comes."""
        row = self._visit(task)
        whole(row, "confirmation_status")
        wanted = self._confirmation(task)
        values: dict[str, Value] = {"confirmation_status": wanted}
        if CONFIRMATION.values.get(wanted) == "confirmed" and self._looking.has("appointment", "date_confirmed"):
            values["date_confirmed"] = Day(task.now.date().isoformat())
        stale = self._stale(task, row, {"confirmation_raw": ("confirmation_status", text)})
        return self._simple(task, row, values, {"confirmation_status": row["confirmation_status"]}, stale)

    def check_in(self, task: Task) -> Prepared:
        """The patient has arrived."""
        row = self._visit(task)
        whole(row, "arrival_status", "arrival_time")
        at = task.payload.arrived_at or task.now.isoformat(timespec="seconds")
        stale = self._stale(task, row, {"arrived_at": ("arrival_time", local_time)})
        before: dict[str, Value] = {
            "arrival_status": row["arrival_status"],
            "arrival_time": moment_of(row["arrival_time"]),
        }
        return self._simple(task, row, {"arrival_status": ARRIVED, "arrival_time": Moment(at)}, before, stale)

    def note(self, task: Task) -> Prepared:
        """Add to the note, on a line of its own."""
        row = self._visit(task)
        whole(row, "appointment_notes")
        added = texts.text(task.payload.text, "text", "appointment_notes")
        if added is None:
            raise refused("nothing_to_do")
        before = row["appointment_notes"]
        notes = f"{before.rstrip()}\r\n{added}" if before and before.strip() else added
        if len(notes) > texts.LIMITS["appointment_notes"]:
            raise refused("text_too_long", rule="text")
        stale = self._stale(task, row, {"note": ("appointment_notes", text)})
        return self._simple(task, row, {"appointment_notes": notes}, {"appointment_notes": before}, stale)

    def cancel(self, task: Task) -> Prepared:
        """Take a visit off the schedule. Assumed: classification 16, chair and time stay, also for missed visits."""
        row = self._visit(task)
        why = "Missed" if task.payload.reason == "missed" else "Cancelled"
        words = texts.text(f"{why}: {task.payload.note}" if task.payload.note else why, "note", "deletion_note")
        values: dict[str, Value] = {"classification": CANCELLED}
        if self._looking.has("appointment", "deletion_note"):
            values["deletion_note"] = words
        stale = self._stale(task, row, {"start": ("start_time", local_time)})
        return self._simple(task, row, values, {"start_time": moment_of(row["start_time"])}, stale)

    def find(self, task: Task, shows: Callable[[Task, Row], bool], *, adds: bool = False) -> Finding:
        """By the tag in the log, then by what the row shows; ``adds``: done twice it would show twice."""
        assert task.target is not None
        number = int(task.target[0])
        row = self._row(number)
        if self.log.appointment_of(task, number) is not None:
            return self._judged(row or {"appointment_id": number}, row is not None and shows(task, row))
        if row is None:
            return Finding("absent" if self.log.tells else "unclear")
        if shows(task, row) and not adds:
            return self._judged(row, True)
        as_before = self._is_as_before(task, row)
        if shows(task, row) and not self.log.tells and task.before is not None and not as_before:
            return self._judged(row, True)
        # Without a log, the row may have been changed again since.
        return Finding("absent" if self.log.tells or as_before else "unclear")

    # --- what a row shows of a change ---------------------------------------------------------------------------------

    def shows_moved(self, task: Task, row: Row) -> bool:
        """Whether a visit is where it was to be moved to."""
        start, end, place = self._moved_to(task, row)
        providers = task.payload.provider_ids
        return (
            row["classification"] == BOOKED
            and same(local_time, row["start_time"], start)
            and same(local_time, row["end_time"], end)
            and same(chair, row["location_id"], chair(place))
            and (providers is None or self._providers_of(row) == folded(provider_keys(task, providers)))
        )

    def shows_confirmed(self, task: Task, row: Row) -> bool:
        """Whether a visit has the confirmation status."""
        return bool(row["confirmation_status"] == self._confirmation(task))

    def shows_arrived(self, task: Task, row: Row) -> bool:
        """Whether the patient has arrived, at the time if one was given."""
        at = task.payload.arrived_at
        return row["arrival_time"] is not None if at is None else same(local_time, row["arrival_time"], at)

    def shows_note(self, task: Task, row: Row) -> bool:
        """Whether the note has the lines."""
        added = texts.text(task.payload.text, "text", "appointment_notes") or ""
        notes = row["appointment_notes"]
        return isinstance(notes, str) and f"\n{added}\r\n" in f"\n{notes}\r\n"

    def shows_cancelled(self, task: Task, row: Row) -> bool:
        """Whether a visit is off the schedule."""
        del task
        return bool(row["classification"] == CANCELLED)

    # ------------------------------------------------------------------------------------------------------------------

    def _visit(self, task: Task) -> Row:
        """The target, on the schedule and not over."""
        assert task.target is not None
        self._looking.need("appointment", "appointment_id", "start_time", "end_time", "location_id", "classification")
        row = self._row(int(task.target[0]))
        if row is None:
            raise refused("target_unknown")
        if row["classification"] != BOOKED or row["walkout_time"] is not None or row["arrival_status"] == 4:
            raise refused("not_booked")
        return row

    def _simple(
        self, task: Task, row: Row, values: Mapping[str, Value], before: Mapping[str, Value], stale: str | None
    ) -> Prepared:
        """A change of the appointment's row alone, and its row in the log."""
        self._looking.need("appointment", *values)
        transaction = Transaction(self._looking, self._engine)
        self._change(transaction, row, values, before)
        self._log_change(transaction, task, row, {})
        return transaction.prepared("appointment", (row["appointment_id"],), stale)

    def _change(
        self, transaction: Transaction, row: Row, values: Mapping[str, Value], before: Mapping[str, Value]
    ) -> None:
        values = {**values, **self._looking.known("appointment", {"modified_by": self._user})}
        still: dict[str, Value] = {"appointment_id": row["appointment_id"], "classification": BOOKED}
        still |= self._looking.known("appointment", {"walkout_time": None}) | dict(before)
        transaction.add(drafts.update("appointment", "appointment", values, still))

    def _log_change(self, transaction: Transaction, task: Task, row: Row, moved: Mapping[str, Value]) -> None:
        unmoved: dict[str, Value] = {"new_date": moment_of(row["start_time"]), "new_chair_num": row["location_id"]}
        patient = row["patient_id"]
        self.log.add(transaction, task, row["appointment_id"], patient, {"appt_type": BOOKED, **unmoved, **moved})

    def _move_providers(
        self,
        transaction: Transaction,
        row: Row,
        before: Sequence[str],
        providers: Sequence[str] | None,
        times: tuple[str, str],
    ) -> None:
        where: dict[str, Value] = {"appointment_id": row["appointment_id"]}
        if providers is not None and folded(providers) != folded(before):
            transaction.add(drafts.delete("providers", "appointment_provider", where, len(before)))
            for provider in providers:
                self._add_provider(transaction, row["appointment_id"], provider, *times)
        elif self._looking.has("appointment_provider", "start_time", "end_time"):
            values: dict[str, Value] = {"start_time": Moment(times[0]), "end_time": Moment(times[1])}
            transaction.add(drafts.update("providers", "appointment_provider", values, where, len(before)))

    def _moved_to(self, task: Task, row: Row) -> tuple[str, str, Any]:
        """Start, end and chair after a move; length and chair stay as they were where nothing else is asked."""
        payload, before = task.payload, task.before or {}
        minutes = payload.duration_minutes or before.get("duration_minutes")
        if minutes is None:
            minutes = minutes_between(read_as(local_time, row["start_time"]), read_as(local_time, row["end_time"]))
        if minutes is None or minutes <= 0:
            raise refused("pms_refused", rule="duration_minutes")
        if payload.operatory_id is not None:
            place = task.key("operatory", payload.operatory_id)[0]
        else:
            place = row["location_id"]
        return payload.start, end_of(payload.start, minutes), place

    def _confirmation(self, task: Task) -> int:
        if task.payload.code_id is not None:
            return int(str(task.key("code", task.payload.code_id)[-1]))
        return CONFIRMATIONS[task.payload.confirmation]

    def _stale(self, task: Task, row: Row, fields: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> str | None:
        """The field that is not as it was when the decision was made."""
        for field, (column, read) in fields.items():
            if task.before is not None and field in task.before and not same(read, row[column], task.before[field]):
                return field
        return None

    def _is_as_before(self, task: Task, row: Row) -> bool:
        fields = {
            "start": ("start_time", local_time),
            "end": ("end_time", local_time),
            "operatory_id": ("location_id", chair),
            "confirmation_raw": ("confirmation_status", text),
            "arrived_at": ("arrival_time", local_time),
            "note": ("appointment_notes", text),
        }
        return task.before is not None and self._stale(task, row, fields) is None
