"""Puts alerts up on patients. Assumed, and off until the office turns it on.

An alert is one of the office's list; a text that is not in the list is added to it, hidden from those who choose.
There is no room for a tag: an alert is found again by its text.
"""

from __future__ import annotations

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.writing import drafts, texts
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.wire.writer import Value

GENERAL = 0
"""Type of an alert that is no medical one."""


class Alerts:
    """Alerts of one practice."""

    def __init__(self, looking: Looking, engine: Engine) -> None:
        self._looking = looking
        self._engine = engine

    def create(self, task: Task) -> Prepared:
        """Put up an alert."""
        assert task.target is not None
        words = texts.text(task.payload.text, "text", "alert")
        if words is None:
            raise refused("nothing_to_do")
        self._looking.need("patient_alerts", "patient_id", "alert_id")
        transaction = Transaction(self._looking, self._engine)
        listed = self._looking.one("alert", ("alert_id",), "description = ?", (words,))
        patient = str(task.target[0])
        alert: Value
        if listed is not None:
            alert = int(listed["alert_id"])
            there = drafts.equal_to(("patient_id", "alert_id"))
            transaction.add(drafts.none_there("no_alert", "patient_alerts", "alert_id", there, (patient, alert)))
        else:
            there = drafts.equal_to(("description",))
            transaction.add(drafts.none_there("no_alert", "alert", "alert_id", there, (words,)))
            values: dict[str, Value] = {"description": words, "alert_type": GENERAL, "show_in_list_yn": "N"}
            alert = transaction.numbered("alert", "alert", "alert_id", values, ("description",))
        transaction.insert("patient_alert", "patient_alerts", {"patient_id": patient, "alert_id": alert})
        return transaction.prepared("alert", (patient, alert))

    def find(self, task: Task) -> Finding:
        """By the text. A text of our own that is listed but not up may have been up and taken down."""
        assert task.target is not None
        words = texts.text(task.payload.text, "text", "alert")
        listed = self._looking.rows("alert", ("alert_id", "show_in_list_yn"), "description = ?", (words,))
        for row in listed:
            up = "patient_id = ? AND alert_id = ?"
            if self._looking.one("patient_alerts", ("alert_id",), up, (task.target[0], row["alert_id"])) is not None:
                return Finding("applied", "alert", (task.target[0], row["alert_id"]))
        return Finding("unclear" if any(row["show_in_list_yn"] == "N" for row in listed) else "absent")
