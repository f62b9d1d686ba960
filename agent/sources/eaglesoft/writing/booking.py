"""Books visits, and finds again those that it has booked.

A visit is a row of ``appointment`` with a row of ``appointment_provider`` for each provider. The tag stands behind the
patient's name in its description, and in its row of the log, which outlives it.
"""

from __future__ import annotations

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.writing import texts
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.sources.eaglesoft.writing.visits import BOOKED, Row, Visits, end_of, folded, provider_keys, same
from agent.sources.times import local_time
from agent.sources.values import reference, text
from agent.wire.bridge import Moment
from agent.wire.writer import Day, Value


class Booking(Visits):
    """New appointments of one practice."""

    def create(self, task: Task) -> Prepared:
        """Book a visit."""
        payload = task.payload
        assert task.target is not None
        patient = str(task.target[0])
        chair = task.key("operatory", payload.operatory_id)[0]
        start, end = payload.start, end_of(payload.start, payload.duration_minutes)
        kind = payload.appointment_type_id and task.key("appointment_type", payload.appointment_type_id)[0]
        providers = provider_keys(task, payload.provider_ids)
        transaction = Transaction(self._looking, self._engine)
        self._want_free(transaction, chair, start, end, None)
        made = transaction.numbered(
            "appointment",
            "appointment",
            "appointment_id",
            {
                "description": texts.marked(self.log.name_of(patient), task.tag),
                "start_time": Moment(start),
                "end_time": Moment(end),
                "allday_event": 0,
                "patient_id": patient,
                "location_id": chair,
                "classification": BOOKED,
                "appointment_type_id": kind,
                "date_appointed": Day(task.now.date().isoformat()),
                "appointment_notes": texts.text(payload.note, "note", "appointment_notes"),
                "sooner_if_possible": "N",
                "scheduled_by": self._user,
                "modified_by": self._user,
                "arrival_status": 0,
                "confirmation_status": 0,
            },
            need=("start_time", "end_time", "patient_id", "location_id", "classification", "description"),
        )
        for provider in providers:
            self._add_provider(transaction, made, provider, start, end)
        new: dict[str, Value] = {"new_date": Moment(start), "new_chair_num": chair, "new_provider": providers[0]}
        self.log.add(transaction, task, made, patient, {"appt_type": BOOKED, **new})
        return transaction.prepared("appointment", (made,))

    def find(self, task: Task) -> Finding:
        """By the tag in the description, by the log, by natural key and content."""
        assert task.target is not None
        patient = str(task.target[0])
        rows = self._rows("patient_id = ? AND description LIKE ?", (patient, f"%{task.tag}%"))
        if len(rows) > 1:
            return Finding("unclear")
        if rows:
            return self._judged(rows[0], self._is_as_created(task, rows[0]))
        logged = self.log.appointment_of(task, None)
        if logged is not None:
            row = self._row(logged)
            if row is None:
                return Finding("overwritten", "appointment", (logged,))
            return self._judged(row, self._is_as_created(task, row))
        return self._alike(task, patient)

    def _alike(self, task: Task, patient: str) -> Finding:
        """Visits without any tag that are as asked, made by our own user since the intent."""
        day = task.intended_at.date().isoformat() if task.intended_at else None
        start = self._looking.moment(task.payload.start)
        rows = [
            row
            for row in self._rows("patient_id = ? AND start_time = ?", (patient, start))
            if "PA-" not in (row["description"] or "")
            and (row["scheduled_by"] is None or row["scheduled_by"].strip() == self._user)
            and (day is None or row["date_appointed"] is None or row["date_appointed"][:10] >= day)
            and self._is_as_created(task, row)
        ]
        if not rows:
            return Finding("absent")
        # A log that could tell does not know it: somebody else has booked the same, or the log was emptied.
        if len(rows) > 1 or self.log.tells or rows[0]["scheduled_by"] is None:
            return Finding("unclear")
        return Finding("applied", "appointment", (int(rows[0]["appointment_id"]),))

    def _is_as_created(self, task: Task, row: Row) -> bool:
        payload = task.payload
        return (
            row["classification"] == BOOKED
            and same(reference, row["patient_id"], str(task.target[0]).strip().upper() if task.target else None)
            and same(reference, row["location_id"], str(task.key("operatory", payload.operatory_id)[0]))
            and same(local_time, row["start_time"], payload.start)
            and same(local_time, row["end_time"], end_of(payload.start, payload.duration_minutes))
            and same(text, row["appointment_notes"], texts.text(payload.note, "note", "appointment_notes"))
            and self._providers_of(row) == folded(provider_keys(task, payload.provider_ids))
        )
