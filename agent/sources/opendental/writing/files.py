"""Whether something has been filed with a patient: a note of a contact, a payment, a document, a pop-up.

Each carries the command's tag in a text of its own. Where the tag is nowhere, a record of the same content that was
filed since and bears no other tag may be ours with the tag taken out by the office: a person must look. Reads only,
never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.requests import target
from agent.sources.opendental.writing.rows import Rows, folded, moment, number, plain
from agent.sources.opendental.writing.visits import ABSENT, UNCLEAR

Same = Callable[[Any, Any], bool]
"""Whether a column's value is what a request's field asks for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a kind of write ends up."""

    table: str
    resource: str
    text: str
    """Column, and field of the request, that carries the tag."""
    entered: str
    """Column that says when it was filed; a day or a time."""
    content: Mapping[str, Same]
    """Columns, and fields of the request, that must be as asked."""


def _number(kept: Any, asked: Any) -> bool:
    return number(kept) == int(asked)


def _day(kept: Any, asked: Any) -> bool:
    return (moment(kept) or "")[:10] == str(asked)[:10]


def _time(kept: Any, asked: Any) -> bool:
    return moment(kept) == moment(asked)


def _text(kept: Any, asked: Any) -> bool:
    return plain(kept).strip() == str(asked)


def _money(kept: Any, asked: Any) -> bool:
    return _decimal(kept) == _decimal(asked)


def _decimal(raw: Any) -> Decimal:
    """An amount to the cent; the PMS keeps binary fractions."""
    try:
        return round(Decimal(str(raw)), 2)
    except InvalidOperation:
        return Decimal("NaN")


def _one_of(*names: str) -> Same:
    """An enumeration: its number is the place of its name."""
    return lambda kept, asked: names[number(kept)] == asked if 0 <= number(kept) < len(names) else False


KEPT: Mapping[str, Kept] = {
    "communication.create": Kept(
        "commlog",
        "communication",
        "Note",
        "DateTEntry",
        {
            "CommType": _number,
            "Mode_": _one_of("None", "Email", "Mail", "Phone", "In Person", "Text"),
            "SentOrReceived": _one_of("Neither", "Sent", "Received"),
            "CommDateTime": _time,
        },
    ),
    "payment.post": Kept(
        "payment",
        "ledger_entry",
        "PayNote",
        "DateEntry",
        {"PayAmt": _money, "PayType": _number, "PayDate": _day, "CheckNum": _text},
    ),
    "document.attach": Kept("document", "document", "Description", "DateTStamp", {"DocCategory": _number}),
    "alert.create": Kept("popup", "alert", "Description", "DateTimeEntry", {}),
}


def find_filed(rows: Rows, task: Task, body: Mapping[str, Any], since: str | None) -> Finding:
    """What the task files."""
    found = find_filed_by_tag(rows, task, body)
    if found is not None:
        return found
    place = KEPT[task.kind]
    patients = rows.also(target(task))
    for row in rows.filed(place.table, f"PatNum IN ({', '.join('?' * len(patients))})", patients):
        entered = moment(row[place.entered])
        if since is not None and entered is not None and entered < since[: len(entered)]:
            continue
        text = plain(row[place.text])
        if texts.has_mark(text) or folded(texts.without_mark(text)) != folded(texts.without_mark(body[place.text])):
            continue
        if _as_asked(place, row, body):
            return UNCLEAR
    return ABSENT


def find_filed_by_tag(rows: Rows, task: Task, body: Mapping[str, Any]) -> Finding | None:
    """The same, by its tag alone; None = no such record."""
    place = KEPT[task.kind]
    patients = rows.also(target(task))
    where = f"PatNum IN ({', '.join('?' * len(patients))}) AND {place.text} LIKE ?"
    tagged = rows.filed(place.table, where, (*patients, f"%{task.tag}%"))
    live = [row for row in tagged if not number(row.get("IsArchived"))]
    if len(live) > 1:
        return UNCLEAR
    if live:
        row = live[0]
        if place.table == "payment" and not _whole(rows, row):
            return UNCLEAR
        same = _as_asked(place, row, body) and texts.without_mark(plain(row[place.text])) == texts.without_mark(
            body[place.text]
        )
        return Finding("applied" if same else "overwritten", place.resource, (number(next(iter(row.values()))),))
    if tagged:  # a pop-up keeps its former texts as rows of their own
        return Finding("overwritten", place.resource, (number(tagged[-1]["PopupNumArchive"]),))
    return None


def _whole(rows: Rows, payment: Mapping[str, Any]) -> bool:
    """Whether a payment's shares are there: they are written one by one, behind the payment itself."""
    return _money(sum(_decimal(share) for share in rows.splits(number(payment["PayNum"]))), payment["PayAmt"])


def _as_asked(place: Kept, row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return all(same(row[column], body[column]) for column, same in place.content.items() if column in body)
