"""Reading, making and changing appointments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import CREATED, OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import APT_STATUS, NEVER, PRIORITY, colour, flag, word
from sandbox.practice.opendental_hash import appointment_hash

CONFIRMATIONS, UNSCHEDULED = 2, 13
"""Categories of definitions."""

LONGEST_NOTE = 65_535
_LONGEST_PATTERN = 108
_SHORT = "/XX/"
_TIMES = ("DateTimeArrived", "DateTimeSeated", "DateTimeDismissed")
_TIMES_SINCE = (25, 2, 10)
_FOR_POST = ("Scheduled", "Complete", "UnschedList", "PtNote", "PtNoteCompleted")
_FOR_PUT = ("Scheduled", "Complete", "UnschedList", "Broken", "Planned", "PtNote", "PtNoteCompleted")


def get_one(call: Call) -> ApiAnswer:
    """GET /appointments/{AptNum}."""
    return told(OK, shown(call, [existing(call)], timed=True)[0])


def get_many(call: Call) -> ApiAnswer:
    """GET /appointments."""
    where, values = ["1 = 1"], []
    for name in ("PatNum", "Op", "ClinicNum", "AppointmentTypeNum"):
        number = call.asked(name)
        if number is not None:
            where.append(f"{name} = ?")
            values.append(number)
    status = call.query.get("AptStatus")
    if status:
        if status not in APT_STATUS[1:]:
            raise bad("AptStatus is invalid")
        where.append("AptStatus = ?")
        values.append(APT_STATUS.index(status))
    dates = call.dates()
    found: list[Any] = [*values]
    if dates is not None:
        where.append("AptDateTime BETWEEN ? AND ?")
        found += [f"{dates[0]} 00:00:00", f"{dates[1]} 23:59:59"]
    since = call.asked_moment("DateTStamp")
    if since is not None:
        where.append("DateTStamp > ?")
        found.append(since)
    rows = call.rows.find("appointment", " AND ".join(where), found, page=call.page)
    return told(OK, shown(call, rows, timed=True))


def post(call: Call) -> ApiAnswer:
    """POST /appointments. Whether the slot is free is not asked, as the real one does not say that it asks."""
    call.required("PatNum", "Op", "AptDateTime")
    patient = call.patient(call.number("PatNum"))
    chair = _chair(call)
    kind = _kind(call)
    pattern = _pattern(call) if call.has("Pattern") else str(kind["Pattern"]) if kind and kind["Pattern"] else _SHORT
    row: Row = {
        "PatNum": patient["PatNum"],
        "AptStatus": call.choice("AptStatus", APT_STATUS, "Scheduled", _FOR_POST),
        "Pattern": pattern,
        "PatternSecondary": _secondary(call, pattern) or "/" * len(pattern),
        "Confirmed": call.definition("Confirmed", CONFIRMATIONS) if call.has("Confirmed") else first_state(call),
        "TimeLocked": 0,
        "Op": chair["OperatoryNum"],
        "Note": call.text("Note", LONGEST_NOTE),
        "ProvNum": call.provider("ProvNum") or patient["PriProv"] or call.rows.setting_number("PracticeDefaultProv"),
        "ProvHyg": call.provider("ProvHyg"),
        "AptDateTime": call.moment("AptDateTime"),
        "NextAptNum": 0,
        "UnschedStatus": 0,
        "IsNewPatient": int(call.flag("IsNewPatient")),
        "ProcDescript": "",
        "ProcsColored": "",
        "Assistant": 0,
        "ClinicNum": call.clinic() if call.has("ClinicNum") else chair["ClinicNum"] or patient["ClinicNum"],
        "IsHygiene": int(call.flag("IsHygiene")),
        **dict.fromkeys(_TIMES, NEVER),
        "DateTimeAskedToArrive": NEVER,
        "ColorOverride": _colour(call) if call.has("colorOverride") else kind["AppointmentTypeColor"] if kind else 0,
        "AppointmentTypeNum": kind["AppointmentTypeNum"] if kind else 0,
        "SecUserNumEntry": 0,
        "SecDateTEntry": call.stamp,
        "Priority": call.choice("Priority", PRIORITY, "Normal"),
        "ProvBarText": "",
    }
    row |= _times(call, row["AptDateTime"])
    if APT_STATUS[row["AptStatus"]] == "UnschedList":
        row["Op"] = 0
    row["SecurityHash"] = appointment_hash(row["AptStatus"], row["Confirmed"], row["AptDateTime"])
    key = call.rows.insert("appointment", **row)
    if row["IsNewPatient"]:
        _first_visit(call, patient, row["AptDateTime"])
    effects.history(call, key, row, effects.CREATED)
    effects.signal(call, row)
    effects.log(call, effects.APPOINTMENT_CREATE, row["PatNum"], key, "New appointment created by the API.")
    call.rows.commit(call.now)
    made = call.rows.one("appointment", key)
    assert made is not None
    return told(CREATED, shown(call, [made])[0], f"/api/v1/appointments/{key}")


def put(call: Call) -> ApiAnswer:
    """PUT /appointments/{AptNum}: any of the fields; a note replaces the old one."""
    row = existing(call)
    call.patient(row["PatNum"])
    new = {**_kind_asked(call), **_asked(call)}
    if call.has("Pattern"):
        new["Pattern"] = _pattern(call)
    pattern = str(new.get("Pattern", row["Pattern"]))
    if call.has("PatternSecondary"):
        new["PatternSecondary"] = _secondary(call, pattern)
    elif len(pattern) != len(row["Pattern"]):
        new["PatternSecondary"] = "/" * len(pattern)
    new |= _times(call, str(new.get("AptDateTime", row["AptDateTime"])))
    moved = any(name in new and new[name] != row[name] for name in ("AptDateTime", "Op"))
    change(call, row, new, permission=effects.APPOINTMENT_MOVE if moved else effects.APPOINTMENT_EDIT)
    call.rows.commit(call.now)
    return told(OK, shown(call, [existing(call)])[0])


def change(call: Call, row: Row, new: Row, *, permission: int, actions: Sequence[int] = (effects.CHANGED,)) -> None:
    """Write what differs, the hash that fits and all that goes with it."""
    after = {**row, **new}
    after["SecurityHash"] = appointment_hash(after["AptStatus"], after["Confirmed"], after["AptDateTime"])
    changed = {name: after[name] for name in (*new, "SecurityHash") if after[name] != row[name]}
    if not changed:
        return
    call.rows.update("appointment", row["AptNum"], **changed)
    for action in actions:
        effects.history(call, row["AptNum"], after, action)
    effects.signal(call, after, row)
    text = "Appointment changed by the API."
    effects.log(call, permission, row["PatNum"], row["AptNum"], text, str(row["DateTStamp"]))


def existing(call: Call) -> Row:
    """The appointment in the address.

    Raises:
        Refused: there is none.
    """
    row = call.rows.one("appointment", call.key)
    if row is None:
        raise missing("Appointment")
    return row


def first_state(call: Call) -> int:
    """The confirmation state of a new appointment: the first one that is not hidden."""
    rows = call.rows.find("definition", "Category = ? AND IsHidden = 0", (CONFIRMATIONS,), order="ItemOrder, DefNum")
    return int(rows[0]["DefNum"]) if rows else 0


def shown(call: Call, rows: Sequence[Row], timed: bool = False) -> list[dict[str, Any]]:
    """Appointments (or copies of them) as the API gives them."""
    words = {row["DefNum"]: row["ItemName"] for row in call.rows.find("definition", "Category IN (2, 13)")}
    names = {row["ProvNum"]: row["Abbr"] for row in call.rows.find("provider")}
    listed = []
    for row in rows:
        one: dict[str, Any] = {"serverDateTime": call.stamp} if timed else {}
        one |= {name: row[name] for name in ("AptNum", "PatNum")}
        one |= {"AptStatus": word(APT_STATUS, row["AptStatus"]), "Pattern": row["Pattern"]}
        one |= {"Confirmed": row["Confirmed"], "confirmed": words.get(row["Confirmed"], "")}
        one |= {"TimeLocked": flag(row["TimeLocked"]), "Op": row["Op"], "Note": row["Note"], "ProvNum": row["ProvNum"]}
        one |= {"provAbbr": names.get(row["ProvNum"], ""), "ProvHyg": row["ProvHyg"]}
        one |= {name: row[name] for name in ("AptDateTime", "NextAptNum", "UnschedStatus")}
        one |= {"unschedStatus": words.get(row["UnschedStatus"], ""), "IsNewPatient": flag(row["IsNewPatient"])}
        one |= {name: row[name] for name in ("ProcDescript", "ClinicNum")} | {"IsHygiene": flag(row["IsHygiene"])}
        one |= {name: row[name] for name in ("DateTStamp", *_TIMES, "InsPlan1", "InsPlan2", "DateTimeAskedToArrive")}
        one |= {"colorOverride": colour(row["ColorOverride"])}
        one |= {name: row[name] for name in ("AppointmentTypeNum", "SecUserNumEntry", "SecDateTEntry")}
        one |= {"Priority": word(PRIORITY, row["Priority"])}
        one |= {name: row[name] for name in ("PatternSecondary", "ItemOrderPlanned")}
        listed.append(one)
    return listed


def _chair(call: Call) -> Row:
    row = call.rows.one("operatory", call.number("Op"))
    if row is None:
        raise bad("Op is invalid")
    if row["IsHidden"]:
        raise bad("Op is hidden")
    return row


def _kind(call: Call) -> Row | None:
    number = call.number("AppointmentTypeNum")
    row = call.rows.one("appointmenttype", number) if number else None
    if number and (row is None or row["IsHidden"]):
        raise bad("AppointmentTypeNum is invalid")
    return row


def _kind_asked(call: Call) -> Row:
    """What another kind of visit brings with it."""
    kind = _kind(call)
    if kind is None:
        return {"AppointmentTypeNum": 0, "ColorOverride": 0} if call.has("AppointmentTypeNum") else {}
    new = {"AppointmentTypeNum": kind["AppointmentTypeNum"], "ColorOverride": kind["AppointmentTypeColor"]}
    return {**new, "Pattern": kind["Pattern"]} if kind["Pattern"] else new


def _asked(call: Call) -> Row:
    """The fields that stand for themselves, as they are to be stored."""
    reading: dict[str, Callable[[], Any]] = {
        "AptStatus": lambda: call.choice("AptStatus", APT_STATUS, "None", _FOR_PUT),
        "Confirmed": lambda: call.definition("Confirmed", CONFIRMATIONS),
        "Op": lambda: _chair(call)["OperatoryNum"],
        "Note": lambda: call.text("Note", LONGEST_NOTE),
        "ProvNum": lambda: _dentist(call),
        "ProvHyg": lambda: call.provider("ProvHyg"),
        "AptDateTime": lambda: call.moment("AptDateTime"),
        "ClinicNum": call.clinic,
        "IsHygiene": lambda: int(call.flag("IsHygiene")),
        "IsNewPatient": lambda: int(call.flag("IsNewPatient")),
        "Priority": lambda: call.choice("Priority", PRIORITY, "Normal"),
        "UnschedStatus": lambda: call.definition("UnschedStatus", UNSCHEDULED) if call.number("UnschedStatus") else 0,
    }
    new = {name: read() for name, read in reading.items() if call.has(name)}
    return new | ({"ColorOverride": _colour(call)} if call.has("colorOverride") else {})


def _dentist(call: Call) -> int:
    number = call.provider("ProvNum")
    if not number:
        raise bad("ProvNum is invalid")
    return number


def _pattern(call: Call) -> str:
    pattern = call.body["Pattern"]
    if not isinstance(pattern, str) or not pattern or set(pattern) - {"X", "/"}:
        raise bad("Pattern must only consist of X and / characters")
    return pattern[:_LONGEST_PATTERN]


def _secondary(call: Call, pattern: str) -> str:
    if not call.has("PatternSecondary"):
        return ""
    second = call.body["PatternSecondary"]
    if not isinstance(second, str) or set(second) - {"X", "/"} or len(second) != len(pattern):
        raise bad("PatternSecondary must consist of X and / characters and match the length of Pattern")
    return second


def _colour(call: Call) -> int:
    parts = str(call.body["colorOverride"]).split(",")
    if len(parts) != 3 or not all(part.isdigit() and int(part) < 256 for part in parts):
        raise bad("colorOverride must be in R,G,B format")
    red, green, blue = map(int, parts)
    return red << 16 | green << 8 | blue


def _times(call: Call, start: str) -> Row:
    """Times of the visit, which newer versions take, on the day of the appointment."""
    found: Row = {}
    for name in _TIMES:
        if call.has(name, _TIMES_SINCE):
            parts = str(call.body[name]).split(":")
            fits = len(parts) == 3 and all(part.isdigit() and len(part) == 2 for part in parts)
            if not fits or int(parts[0]) > 23 or int(parts[1]) > 59 or int(parts[2]) > 59:
                raise bad(f"{name} format must be HH:mm:ss")
            found[name] = f"{start[:10]} {call.body[name]}"
    return found


def _first_visit(call: Call, patient: Row, start: str) -> None:
    if not call.rows.find("procedurelog", "PatNum = ? AND ProcStatus = 2", (patient["PatNum"],), page=(0, 1)):
        call.rows.update("patient", patient["PatNum"], DateFirstVisit=start[:10])
