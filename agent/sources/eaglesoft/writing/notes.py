"""Writes notes on the account: contacts with a patient, and what else is told there.

A note's tag stands in its description. Which type a note has is the office's own: it is looked up, never assumed.
"""

from __future__ import annotations

from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.writing import texts
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.sources.eaglesoft.writing.visits import same
from agent.sources.values import text
from agent.wire.bridge import Moment, Param
from agent.wire.writer import Made, Value

CONTACT, PAYMENT = "G", "A"
"""Note types of lines that tell of a message or call, and of a payment."""

_TABLE = "operatory_notes"
_MEANS = {
    "phone": "Phone call",
    "email": "E-mail",
    "text": "Text message",
    "mail": "Letter",
    "in_person": "In person",
    "other": "Contact",
}
_WAYS = {"sent": "", "received": " received", "neither": ""}


class Notes:
    """Notes of one practice."""

    def __init__(self, looking: Looking, engine: Engine, user_id: str) -> None:
        self._looking = looking
        self._engine = engine
        self._user = user_id

    def create(self, task: Task) -> Prepared:
        """Note a contact with a patient."""
        payload = task.payload
        assert task.target is not None
        kind = self._type(task)
        if kind is None:
            raise refused("reference_unknown", rule="type_id")
        words = texts.text(payload.text, "text", "note")
        title = texts.marked(_MEANS[payload.mode] + _WAYS[payload.direction], task.tag)
        transaction = Transaction(self._looking, self._engine)
        at = payload.at or task.now.isoformat(timespec="seconds")
        note = self.add(transaction, task, str(task.target[0]), kind, title, words, at)
        return transaction.prepared("communication", (note,))

    def find(self, task: Task) -> Finding:
        """By the tag in the description, else by content."""
        assert task.target is not None
        columns = ("note_id", "description", "note", "status", "user_id")
        words = texts.text(task.payload.text, "text", "note")
        rows = self._looking.rows(
            _TABLE, columns, "patient_id = ? AND description LIKE ?", (task.target[0], f"%{task.tag}%")
        )
        if len(rows) > 1:
            return Finding("unclear")
        if rows:
            as_asked = same(text, rows[0]["note"], words) and rows[0]["status"] in (None, "A")
            return Finding("applied" if as_asked else "overwritten", "communication", (rows[0]["note_id"],))
        since = None if task.intended_at is None else task.intended_at.isoformat(timespec="seconds")
        where = "patient_id = ?"
        params: tuple[Param, ...] = (task.target[0],)
        if since is not None:
            where, params = "patient_id = ? AND date_modified >= ?", (task.target[0], self._looking.moment(since))
        alike = [
            row
            for row in self._looking.rows(_TABLE, columns, where, params)
            if "PA-" not in (row["description"] or "")
            and same(text, row["note"], words)
            and str(row["user_id"] or "").strip() in ("", self._user)
        ]
        # Somebody may have written the same by hand, or may have taken the tag away.
        return Finding("unclear" if alike else "absent")

    def add(
        self,
        transaction: Transaction,
        task: Task,
        patient: str,
        kind: tuple[str, Any],
        title: str,
        words: str | None,
        at: str,
        **more: Value,
    ) -> Made:
        """A note; what stands for its number."""
        now = Moment(task.now.isoformat(timespec="seconds"))
        values: dict[str, Value] = {
            "patient_id": patient,
            "date_entered": Moment(at),
            "user_id": self._user,
            "note_class": "T",
            "note_type": kind[0],
            "note_type_id": kind[1],
            "description": title,
            "note": words,
            "post_proc_status": "V",
            "date_modified": now,
            "modified_by": self._user,
            "status": "A",
            "claim_id": -1,
            "statement_yn": "N",
            "resp_party_id": self._guarantor(patient),
            "freshness": now,
            **more,
        }
        return transaction.numbered("note", _TABLE, "note_id", values, ("patient_id", "note", "description"))

    def kind(self, letter: str) -> tuple[str, Any] | None:
        """The office's first type of this letter."""
        if not self._looking.has("operatory_notes_type", "id", "note_type"):
            return None
        rows = self._looking.rows("operatory_notes_type", ("id", "note_type"), "note_type = ?", (letter,), order="id")
        return (letter, rows[0]["id"]) if rows else None

    def _type(self, task: Task) -> tuple[str, Any] | None:
        if task.payload.type_id is None:
            return self.kind(CONTACT)
        number = task.key("code", task.payload.type_id)[-1]
        row = self._looking.one("operatory_notes_type", ("id", "note_type"), "id = ?", (number,))
        return None if row is None else (str(row["note_type"]), row["id"])

    def _guarantor(self, patient: str) -> str | None:
        row = self._looking.one("patient", ("responsible_party",), "patient_id = ?", (patient,))
        return None if row is None else row["responsible_party"]
