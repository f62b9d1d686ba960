"""What is known of a visit's rows: reading them, comparing them, and the pieces that every write of one has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.doubt import Doubt
from agent.sources.eaglesoft.writing import drafts
from agent.sources.eaglesoft.writing.audit import AppointmentLog
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.transaction import Transaction
from agent.wire.bridge import Moment
from agent.wire.writer import Value

BOOKED, CANCELLED = 1, 16
"""Classifications."""

COLUMNS = (
    "appointment_id description start_time end_time patient_id location_id classification appointment_notes "
    "arrival_status arrival_time walkout_time confirmation_status date_appointed scheduled_by"
).split()

Row = dict[str, Any]


class Visits:
    """Appointments of one practice."""

    def __init__(self, looking: Looking, engine: Engine, user_id: str, double_booking: Callable[[], bool]) -> None:
        self._looking = looking
        self._engine = engine
        self._user = user_id
        self._double_booking = double_booking
        self.log = AppointmentLog(looking, user_id)

    def _row(self, number: int) -> Row | None:
        return self._looking.one("appointment", COLUMNS, "appointment_id = ?", (number,))

    def _rows(self, where: str, params: Sequence[Any]) -> list[Row]:
        return self._looking.rows("appointment", COLUMNS, where, params)

    def _judged(self, row: Row, as_asked: bool) -> Finding:
        return Finding("applied" if as_asked else "overwritten", "appointment", (int(row["appointment_id"]),))

    def _want_free(self, transaction: Transaction, place: Any, start: str, end: str, besides: Any) -> None:
        if not self._double_booking() and place not in (None, -1):
            transaction.add(drafts.overlap(place, start, end, besides))

    def _add_provider(self, transaction: Transaction, appointment: Value, provider: str, start: str, end: str) -> None:
        values: dict[str, Value] = {"appointment_id": appointment, "provider_id": provider}
        values |= {"start_time": Moment(start), "end_time": Moment(end)}
        transaction.insert("provider", "appointment_provider", values, need=("appointment_id", "provider_id"))

    def _provider_rows(self, row: Row) -> list[str]:
        found = self._looking.rows(
            "appointment_provider",
            ("provider_id",),
            "appointment_id = ?",
            (row["appointment_id"],),
            order="provider_id",
        )
        return [str(one["provider_id"]) for one in found]

    def _providers_of(self, row: Row) -> frozenset[str]:
        return folded(self._provider_rows(row))


def end_of(start: str, minutes: int) -> str:
    """When it ends."""
    return (dt.datetime.fromisoformat(start) + dt.timedelta(minutes=minutes)).isoformat()


def moment_of(raw: Any) -> Value:
    """A timestamp as it was read, to be compared with."""
    return None if raw is None else Moment(str(raw).replace(" ", "T"))


def provider_keys(task: Task, ids: Sequence[str]) -> list[str]:
    """Keys of the providers that a payload names, each once."""
    return list(dict.fromkeys(str(task.key("provider", one)[0]) for one in ids))


def folded(keys: Sequence[str]) -> frozenset[str]:
    """Text keys as ids show them."""
    return frozenset(key.strip().upper() for key in keys)


def read_as(read: Callable[[Any], Any], raw: Any) -> Any:
    """A stored value in its canonical form; what is odd in it does not matter here."""
    try:
        return read(raw)
    except Doubt as doubt:
        return doubt.value


def same(read: Callable[[Any], Any], raw: Any, wanted: Any) -> bool:
    """Whether a stored value means this canonical one."""
    return bool(read_as(read, raw) == wanted)
