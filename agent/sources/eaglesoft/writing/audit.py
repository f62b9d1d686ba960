"""Eaglesoft's log of appointments: a row for each change, as the program writes one, with the command's tag in it.

Assumed: action ``R`` stands for made and changed (seen in one integrator's code), and the column ``patient_name`` has
room for the tag behind the name. The row is written in the transaction of the change itself: where it is, the change
was made, whatever has become of the appointment since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.model.writing import Task
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.texts import marked
from agent.sources.eaglesoft.writing.transaction import Transaction
from agent.wire.writer import Value

RECENT = 50_000
"""So many of the newest rows are searched for a tag whose appointment is not known."""

_TABLE = "appt_log"


class AppointmentLog:
    """Writes and finds rows of the log."""

    def __init__(self, looking: Looking, user_id: str) -> None:
        self._looking = looking
        self._user = user_id

    @property
    def tells(self) -> bool:
        """Whether the log can tell what was written: there is one, with room for the tag."""
        return self._looking.has(_TABLE, "appt_log_id", "appt_id", "patient_name")

    def add(
        self, transaction: Transaction, task: Task, appointment: Value, patient: str | None, now: Mapping[str, Value]
    ) -> None:
        """A row for a change; ``now``: old and new values of date, chair and provider as far as they are known."""
        if not self._looking.has(_TABLE, "appt_log_id", "appt_id"):
            return
        values: dict[str, Value] = {
            "user_id": self._user,
            "appt_id": appointment,
            "appt_log_action": "R",
            "patient_id": patient,
            "patient_name": marked(self.name_of(patient), task.tag),
            "modified_by": self._user,
            **now,
        }
        transaction.numbered("log", _TABLE, "appt_log_id", values)

    def appointment_of(self, task: Task, appointment: int | None) -> int | None:
        """The appointment that a task's row names, if there is one; looks among that appointment's where known."""
        if not self.tells:
            return None
        if appointment is not None:
            where, first = "appt_id = ? AND patient_name LIKE ?", appointment
        else:
            where, first = "appt_log_id > ? AND patient_name LIKE ?", self._oldest()
        row = self._looking.one(_TABLE, ("appt_id",), where, (first, f"%{task.tag}%"))
        return None if row is None else int(row["appt_id"])

    def name_of(self, patient: str | None) -> str:
        """A patient's name as schedules show it."""
        if patient is None:
            return ""
        row: dict[str, Any] = (
            self._looking.one("patient", ("last_name", "first_name"), "patient_id = ?", (patient,)) or {}
        )
        return ", ".join(
            str(row[part]).strip() for part in ("last_name", "first_name") if isinstance(row.get(part), str)
        )

    def _oldest(self) -> int:
        return max(0, self._looking.greatest(_TABLE, "appt_log_id") - RECENT)
