"""Writes on people: how a patient can be reached, and new patients.

Eaglesoft keeps no log of changes of patients and has no room for a tag on their rows. A change of contact is found
again by what it set; a new patient by the key, which is made from the command's tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.eaglesoft.writing import drafts, texts
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.looking import Looking, whole
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.eaglesoft.writing.transaction import Prepared, Transaction
from agent.sources.eaglesoft.writing.visits import read_as, same
from agent.sources.times import day
from agent.sources.values import one_email, text, yes_no
from agent.wire.bridge import Moment
from agent.wire.writer import Day, OneOf, Value

PHONES = {"home": "home_phone", "work": "work_phone", "mobile": "cell_phone"}
ADDRESS = {
    "line_1": "address_1",
    "line_2": "address_2",
    "city": "city",
    "state": "state",
    "postal_code": "zipcode",
}
CONTACT = (*PHONES.values(), "ext", "email_address", *ADDRESS.values(), "receives_sms")

KEYS = 5
"""So many keys are tried for a new patient."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_SIGNS = _LETTERS + "23456789"


class People:
    """Patients of one practice."""

    def __init__(self, looking: Looking, engine: Engine) -> None:
        self._looking = looking
        self._engine = engine

    # --- contact ------------------------------------------------------------------------------------------------------

    def update_contact(self, task: Task) -> Prepared:
        """Set telephone numbers, e-mail, address, consent."""
        row = self._row(task)
        if row is None:
            raise refused("target_unknown")
        wanted = self._contact(task.payload)
        if not wanted:
            raise refused("nothing_to_do")
        self._looking.need("patient", *wanted)
        whole(row, *wanted)
        nulls = self._looking.columns("patient") or {}
        values = {column: "" if value is None and not nulls[column] else value for column, value in wanted.items()}
        transaction = Transaction(self._looking, self._engine)
        before = {column: row[column] for column in values}
        transaction.add(drafts.update("patient", "patient", values, {"patient_id": row["patient_id"], **before}))
        return transaction.prepared("patient", (row["patient_id"],), self._stale(task, row, wanted))

    def find_contact(self, task: Task) -> Finding:
        """By what the row shows: all that was asked; else what it was before."""
        row = self._row(task)
        if row is None:
            return Finding("unclear")
        key = (row["patient_id"],)
        wanted = {column: _canonical(column, value) for column, value in self._contact(task.payload).items()}
        shown = {column: _canonical(column, row[column]) for column in wanted}
        if shown == wanted:
            return Finding("applied", "patient", key)
        before = None if task.before is None else _before(task.before)
        if before is None:
            return Finding("unclear")
        to_change = {column for column, value in wanted.items() if before.get(column) != value}
        if not to_change or any(shown[column] == before.get(column) for column in to_change):
            # The columns are set together: where one is still as it was, none has been set.
            return Finding("absent")
        if any(shown[column] == wanted[column] for column in to_change):
            return Finding("overwritten", "patient", key)
        return Finding("unclear")

    def _contact(self, payload: Any) -> dict[str, str | None]:
        """Columns and what they are to be."""
        given: dict[str, str | None] = {}
        for phone in payload.phones:
            number, extension = texts.number(phone.number, "phones")
            if extension is not None and phone.type != "work":
                raise refused("phone_invalid", rule="phones")
            given[PHONES[phone.type]] = number
            if extension is not None:
                given["ext"] = extension
        if "email" in payload.given:
            given["email_address"] = texts.text(payload.email, "email", "email_address")
        if "address" in payload.given:
            for name, column in ADDRESS.items():
                part = None if payload.address is None else getattr(payload.address, name)
                given[column] = texts.text(part, f"address.{name}", column)
        if payload.sms_consent is not None:
            given["receives_sms"] = "Y" if payload.sms_consent else "N"
        return given

    def _stale(self, task: Task, row: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
        if task.before is None:
            return None
        before = _before(task.before)
        changed = (one for one in wanted if one in before and _canonical(one, row[one]) != before[one])
        return next(changed, None)

    def _row(self, task: Task) -> dict[str, Any] | None:
        assert task.target is not None
        return self._looking.one("patient", ("patient_id", *CONTACT), "patient_id = ?", (task.target[0],))

    # --- new patients -------------------------------------------------------------------------------------------------

    def create(self, task: Task) -> Prepared:
        """Enter a patient under the first free one of a few keys."""
        payload = task.payload
        first = texts.text(payload.first_name, "first_name", "first_name")
        last = texts.text(payload.last_name, "last_name", "last_name")
        key, provider = OneOf(keys_of(task.tag)), payload.provider_id and task.key("provider", payload.provider_id)[0]
        site = payload.location_id and task.key("location", payload.location_id)[0]
        today = Day(task.now.date().isoformat())
        values: dict[str, Value] = {
            "patient_id": key,
            "first_name": first,
            "last_name": last,
            "middle_initial": texts.text(payload.middle_name, "middle_name", "middle_initial"),
            "preferred_name": texts.text(payload.preferred_name, "preferred_name", "preferred_name"),
            "birth_date": Day(payload.birth_date),
            "sex": {"male": "M", "female": "F"}.get(payload.sex),
            "status": "A",
            "patient_status": "Y",
            "responsible_party": key,
            "responsible_party_status": "Y",
            "policy_holder_status": "N",
            "preferred_dentist": provider,
            "practice_id": site,
            "date_entered": today,
            "current_bal": 0,
            **self._reached(payload),
        }
        transaction = Transaction(self._looking, self._engine)
        transaction.retried(KEYS)
        alike = "patient_id", ("first_name", "last_name", "birth_date"), (first, last, Day(payload.birth_date))
        transaction.add(drafts.none_there("new_person", "patient", alike[0], drafts.equal_to(alike[1]), alike[2]))
        transaction.insert("patient", "patient", values, ("patient_id", "first_name", "last_name", "birth_date"))
        if self._looking.has("used_patients", "patient_id"):
            used: dict[str, Value] = {"patient_id": key, "time_used": Moment(task.now.isoformat(timespec="seconds"))}
            transaction.insert("recent", "used_patients", used)
        if provider and site and self._looking.has("patient_site_providers", "patient_id", "practice_id"):
            sites: dict[str, Value] = {"patient_id": key, "practice_id": site, "preferred_dentist": provider}
            transaction.insert("site", "patient_site_providers", sites)
        return transaction.prepared("patient", (key,))

    def find_created(self, task: Task) -> Finding:
        """By the keys made from the tag; whoever else holds one of them is somebody else."""
        payload, keys = task.payload, keys_of(task.tag)
        columns = ("patient_id", "first_name", "last_name", "birth_date")
        marks = ", ".join("?" * len(keys))
        found = []
        for row in self._looking.rows("patient", columns, f"patient_id IN ({marks})", keys):
            alike = (
                same(text, row["first_name"], payload.first_name.strip()),
                same(text, row["last_name"], payload.last_name.strip()),
                same(day, row["birth_date"], payload.birth_date),
            )
            if sum(alike) > 1:
                result = Finding("applied" if all(alike) else "overwritten", "patient", (row["patient_id"],))
                found.append(result)
        if len(found) > 1:
            return Finding("unclear")
        return found[0] if found else Finding("absent")

    def _reached(self, payload: Any) -> dict[str, Value]:
        reached: dict[str, Value] = {"email_address": texts.text(payload.email, "email", "email_address")}
        for phone in payload.phones:
            number, extension = texts.number(phone.number, "phones")
            reached[PHONES[phone.type]] = number
            if extension is not None and phone.type == "work":
                reached["ext"] = extension
        if payload.address is not None:
            for name, column in ADDRESS.items():
                reached[column] = texts.text(getattr(payload.address, name), f"address.{name}", column)
        return reached


def keys_of(tag: str) -> tuple[str, ...]:
    """Keys for a new patient, always the same for a tag; letters first, so that they are not taken for numbers."""
    keys = []
    for number in range(KEYS):
        digest = hashlib.blake2b(f"{tag} {number}".encode(), digest_size=5).digest()
        keys.append(_LETTERS[digest[0] % len(_LETTERS)] + "".join(_SIGNS[one % len(_SIGNS)] for one in digest[1:]))
    return tuple(dict.fromkeys(keys))


def _canonical(column: str, raw: Any) -> Any:
    """A stored value as the feed has it."""
    if column == "email_address":
        return read_as(one_email, raw)
    return read_as(yes_no, raw) if column == "receives_sms" else read_as(text, raw)


def _before(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the columns of contact held, as the feed has it."""
    phones = {one["type"]: one["raw"] for one in data.get("phones") or ()}
    found: dict[str, Any] = {column: phones.get(kind) for kind, column in PHONES.items()}
    found["email_address"] = data.get("emails") or []
    found["receives_sms"] = (data.get("consents") or {}).get("sms")
    address = data.get("address") or {}
    return found | {column: address.get(name) for name, column in ADDRESS.items()}
