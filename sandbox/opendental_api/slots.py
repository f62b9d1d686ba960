"""Open times: when a provider works and neither the provider nor the chair is taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sandbox.opendental_api.answer import OK, ApiAnswer, bad, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row

Span = tuple[datetime, datetime]

_DAYS = 14
_BY_PROVIDER = 1
_TAKEN = "AptStatus IN (1, 2, 4)"


def slots(call: Call) -> ApiAnswer:
    """GET /appointments/Slots: whole open spans, not suggestions, in a chair or in each that may be used."""
    dates = call.dates()
    first = date.fromisoformat(dates[0]) if dates else call.now.date()
    last = date.fromisoformat(dates[1]) if dates else first + timedelta(days=_DAYS)
    if first < call.now.date() or last < first:
        raise bad("The dates must be today or later")
    last = min(last, first + timedelta(days=366))
    provider = call.asked("ProvNum") or call.rows.setting_number("PracticeDefaultProv")
    length = timedelta(minutes=call.asked("lengthMinutes") or 5)
    chairs = _chairs(call, provider)
    found = []
    days = (str(first), str(last))
    asked = "SchedType = ? AND ProvNum = ? AND SchedDate BETWEEN ? AND ?"
    order = "SchedDate, StartTime"
    busy = _busy(call, provider, chairs, days)
    for row in call.rows.find("schedule", asked, (_BY_PROVIDER, provider, *days), order=order):
        span = (_at(row["SchedDate"], row["StartTime"]), _at(row["SchedDate"], row["StopTime"]))
        for chair in chairs:
            for start, end in _open(span, busy[0] + busy[chair]):
                begins = max(start, call.now)
                if end - begins >= length:
                    found.append(
                        {"DateTimeStart": str(begins), "DateTimeEnd": str(end), "ProvNum": provider, "OpNum": chair}
                    )
    offset, limit = call.page
    return told(OK, found[offset : offset + limit])


def _chairs(call: Call, provider: int) -> list[int]:
    number = call.asked("OpNum")
    if number is not None:
        if call.rows.one("operatory", number) is None:
            raise bad("OpNum is invalid")
        return [number]
    visible = call.rows.find("operatory", "IsHidden = 0")
    own = [row for row in visible if provider in (row["ProvDentist"], row["ProvHygienist"])]
    return [row["OperatoryNum"] for row in own or visible]


def _busy(call: Call, provider: int, chairs: list[int], days: tuple[str, str]) -> dict[int, list[Span]]:
    """Taken spans: under 0 those of the provider, under a chair's number those of the chair."""
    taken: dict[int, list[Span]] = {0: [], **{chair: [] for chair in chairs}}
    asked = f"{_TAKEN} AND AptDateTime BETWEEN ? AND ?"
    for row in call.rows.find("appointment", asked, (f"{days[0]} 00:00:00", f"{days[1]} 23:59:59")):
        if provider in (row["ProvNum"], row["ProvHyg"]):
            taken[0].append(_span(row))
        if row["Op"] in taken and row["Op"]:
            taken[row["Op"]].append(_span(row))
    return taken


def _span(row: Row) -> Span:
    start = datetime.fromisoformat(row["AptDateTime"])
    return start, start + timedelta(minutes=5 * len(row["Pattern"]))


def _open(span: Span, taken: list[Span]) -> Iterator[Span]:
    at, end = span
    for start, stop in sorted(taken):
        if stop <= at or start >= end:
            continue
        if start > at:
            yield at, start
        at = max(at, stop)
    if at < end:
        yield at, end


def _at(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day} {time}")
