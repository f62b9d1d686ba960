"""Posts payments: a header and a detail row for each split, all negative, as Eaglesoft stores credits.

Assumed, and off until the office turns it on: type A, not applied to charges; balances and ageing stay as they are,
for Eaglesoft to recompute. The tag stands in the header's description, and in a note of the account that tells of the
payment, which outlives it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.writing import texts
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.notes import PAYMENT, Notes
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.sources.eaglesoft.writing.visits import same
from agent.sources.money import money
from agent.sources.times import day
from agent.wire.bridge import Moment
from agent.wire.writer import Amount, Day, Value

ON_ACCOUNT = "A"
"""Type of a payment on account."""

RECENT = 20_000
"""So many of the newest transactions are searched for a tag."""

_HEADER = "transactions_header"
_COLUMNS = ("tran_num", "type", "amount", "paytype_id", "tran_date", "status", "description")


class Payments:
    """Payments of one practice."""

    def __init__(self, looking: Looking, engine: Engine, notes: Notes, user_id: str) -> None:
        self._looking = looking
        self._engine = engine
        self._notes = notes
        self._user = user_id

    def post(self, task: Task) -> Prepared:
        """Post a payment with its splits."""
        payload = task.payload
        assert task.target is not None
        patient = self._patient(str(task.target[0]))
        if not payload.splits:
            raise refused("splits_wanted")
        if sum(Decimal(split.amount) for split in payload.splits) != Decimal(payload.amount):
            raise refused("splits_do_not_sum")
        if Decimal(payload.amount) <= 0 or payload.currency != "USD":
            raise refused("amount_invalid")
        date = payload.day or task.now.date().isoformat()
        now = Moment(task.now.isoformat(timespec="seconds"))
        transaction = Transaction(self._looking, self._engine)
        number = transaction.numbered(
            "payment",
            _HEADER,
            "tran_num",
            {
                "user_id": self._user,
                "type": ON_ACCOUNT,
                "tran_date": Day(date),
                "resp_party_id": patient["responsible_party"] or patient["patient_id"],
                "amount": Amount(f"-{payload.amount}"),
                "paytype_id": task.key("code", payload.type_id)[-1],
                "description": self._description(task),
                "status": "A",
                "aging_date": Day(date),
                "practice_id": patient["practice_id"],
            },
            need=("type", "tran_date", "resp_party_id", "amount", "status", "description"),
        )
        for split in payload.splits:
            whose = (
                patient if split.patient_id is None else self._patient(str(task.key("patient", split.patient_id)[0]))
            )
            provider = self._provider(str(task.key("provider", split.provider_id)[0]))
            transaction.numbered(
                "split",
                "transactions_detail",
                "detail_id",
                {
                    "tran_num": number,
                    "user_id": self._user,
                    "date_entered": now,
                    "provider_id": provider["provider_id"],
                    "collections_go_to": provider["collections_go_to"] or provider["provider_id"],
                    "patient_id": whose["patient_id"],
                    "amount": Amount(f"-{split.amount}"),
                    "provider_practice_id": provider["practice_id"],
                    "patient_practice_id": whose["practice_id"],
                    "status": 1,
                    "posneg": "N",
                },
                need=("tran_num", "provider_id", "patient_id", "amount", "status"),
            )
        self._tell(transaction, task, patient["patient_id"], number)
        return transaction.prepared("ledger_entry", (number,))

    def find(self, task: Task) -> Finding:
        """By the tag: in a header among the family's or among the newest, else in the note that tells of it."""
        assert task.target is not None
        patient = self._looking.one(
            "patient", ("patient_id", "responsible_party"), "patient_id = ?", (task.target[0],)
        ) or {"patient_id": task.target[0], "responsible_party": None}
        guarantor = patient["responsible_party"] or patient["patient_id"]
        oldest = max(0, self._looking.greatest(_HEADER, "tran_num") - RECENT)
        tag = f"%{task.tag}%"
        rows = self._looking.rows(_HEADER, _COLUMNS, "resp_party_id = ? AND description LIKE ?", (guarantor, tag))
        rows = rows or self._looking.rows(_HEADER, _COLUMNS, "tran_num > ? AND description LIKE ?", (oldest, tag))
        if len(rows) > 1:
            return Finding("unclear")
        if rows:
            result = "applied" if self._is_as_asked(task, rows[0]) else "overwritten"
            return Finding("applied" if result == "applied" else "overwritten", "ledger_entry", (rows[0]["tran_num"],))
        return self._told(task, patient["patient_id"])

    def _told(self, task: Task, patient: str) -> Finding:
        """Whether a note tells of a payment that is not found any more."""
        where = "patient_id = ? AND description LIKE ?"
        row = self._looking.one("operatory_notes", ("note_id", "tran_num"), where, (patient, f"%{task.tag}%"))
        if row is None:
            return Finding("absent")
        return Finding("overwritten", "ledger_entry", None if row["tran_num"] is None else (row["tran_num"],))

    def _is_as_asked(self, task: Task, row: dict[str, Any]) -> bool:
        payload = task.payload
        details = self._looking.rows(
            "transactions_detail",
            ("patient_id", "provider_id", "amount"),
            "tran_num = ? AND status = 1",
            (row["tran_num"],),
        )
        assert task.target is not None
        wanted = sorted(
            (
                str(task.target[0] if split.patient_id is None else task.key("patient", split.patient_id)[0]).strip(),
                str(task.key("provider", split.provider_id)[0]).strip(),
                f"-{split.amount}",
            )
            for split in payload.splits
        )
        found = sorted(
            (str(d["patient_id"]).strip(), str(d["provider_id"]).strip(), money(d["amount"])) for d in details
        )
        return (
            row["status"] == "A"
            and row["type"] == ON_ACCOUNT
            and same(money, row["amount"], f"-{payload.amount}")
            and str(row["paytype_id"]) == str(task.key("code", payload.type_id)[-1])
            and (payload.day is None or same(day, row["tran_date"], payload.day))
            and found == wanted
        )

    def _description(self, task: Task) -> str:
        """Tag, number of the cheque, note."""
        pieces = [task.tag, texts.text(task.payload.reference, "reference", "header_description")]
        pieces.append(texts.text(task.payload.note, "note", "header_description"))
        whole = " ".join(piece for piece in pieces if piece)
        if len(whole) > texts.LIMITS["header_description"]:
            raise refused("text_too_long", rule="note")
        return whole

    def _tell(self, transaction: Transaction, task: Task, patient: str, number: Value) -> None:
        kind = self._notes.kind(PAYMENT)
        if kind is not None and self._looking.has("operatory_notes", "note_id", "tran_num"):
            words = f"Payment of {task.payload.amount} {task.payload.currency} posted"
            at = task.now.isoformat(timespec="seconds")
            title = texts.marked("Payment", task.tag)
            self._notes.add(transaction, task, patient, kind, title, words, at, tran_num=number)

    def _patient(self, patient: str) -> dict[str, Any]:
        row = self._looking.one(
            "patient", ("patient_id", "responsible_party", "practice_id"), "patient_id = ?", (patient,)
        )
        if row is None:
            raise refused("reference_unknown", rule="patient_id")
        return row

    def _provider(self, provider: str) -> dict[str, Any]:
        columns = ("provider_id", "collections_go_to", "practice_id")
        row = self._looking.one("provider", columns, "provider_id = ?", (provider,))
        if row is None:
            raise refused("reference_unknown", rule="provider_id")
        return row
