"""What the practice's database says of a command: how often its effect is there. Asks neither agent nor cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.writeback.engine import tag_of
from sandbox.practice.schema import POSTGRESQL_SCHEMA
from tests.crash.orders import Order

_LOG = 'SELECT COUNT(*) FROM "{s}".appt_log WHERE patient_name LIKE ?'
_EAGLESOFT = {
    "appointment.create": 'SELECT COUNT(*) FROM "{s}".appointment WHERE description LIKE ?',
    "communication.create": 'SELECT COUNT(*) FROM "{s}".operatory_notes WHERE description LIKE ?',
    "payment.post": 'SELECT COUNT(*) FROM "{s}".transactions_header WHERE description LIKE ?',
}
_OPEN_DENTAL = {
    "appointment.create": "SELECT COUNT(*) FROM appointment WHERE Note LIKE ?",
    "appointment.note": "SELECT COUNT(*) FROM appointment WHERE Note LIKE ?",
    "communication.create": "SELECT COUNT(*) FROM commlog WHERE Note LIKE ?",
    "document.attach": "SELECT COUNT(*) FROM document WHERE Description LIKE ?",
    "payment.post": "SELECT COUNT(*) FROM payment WHERE PayNote LIKE ?",
    "alert.create": "SELECT COUNT(*) FROM popup WHERE Description LIKE ?",
}
_OF_VISIT = {
    "appointment.reschedule": "SELECT COUNT(*) FROM appointment WHERE AptNum = ? AND AptDateTime = ?",
    "appointment.cancel": "SELECT COUNT(*) FROM appointment WHERE AptNum = ? AND AptStatus <> 1",
    "appointment.check_in": "SELECT COUNT(*) FROM appointment WHERE AptNum = ? AND DateTimeArrived > '2001-01-01'",
    "appointment.confirm": "SELECT COUNT(*) FROM appointment WHERE AptNum = ? AND Confirmed = (SELECT ValueString FROM"
    " preference WHERE PrefName = 'ApptEConfirmStatusAccepted')",
}


def effects(pms: str, order: Order, command_id: str, ask: Callable[..., int]) -> int | None:
    """How often; None = one cannot see it any more, since a later command may have set the same.

    ``ask``: answers a query of one number.
    """
    tag = f"%{tag_of(command_id)}%"
    return _eaglesoft(order, tag, ask) if pms == "eaglesoft" else _open_dental(order, tag, ask)


def _eaglesoft(order: Order, tag: str, ask: Callable[..., int]) -> int | None:
    kind, s = order.kind, POSTGRESQL_SCHEMA
    if kind == "patient.update_contact":
        return None
    if kind == "patient.create":
        return ask(f'SELECT COUNT(*) FROM "{s}".patient WHERE last_name = ?', order.payload["last_name"])
    if kind == "alert.create":
        return ask(f'SELECT COUNT(*) FROM "{s}".alert WHERE description = ?', order.payload["text"])
    return ask(_EAGLESOFT.get(kind, _LOG).format(s=s), tag)


def _open_dental(order: Order, tag: str, ask: Callable[..., int]) -> int | None:
    kind = order.kind
    if kind == "patient.update_contact":
        return None
    if kind == "patient.create":
        return ask("SELECT COUNT(*) FROM patient WHERE LName = ?", order.payload["last_name"])
    if kind in _OF_VISIT:
        more: list[Any] = [order.payload["start"].replace("T", " ")] if kind == "appointment.reschedule" else []
        return ask(_OF_VISIT[kind], int(order.target["id"]), *more)
    return ask(_OPEN_DENTAL[kind], tag)
