"""Reading and making entries of the communication log, and popups."""

from __future__ import annotations

from typing import Any

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import CREATED, OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import COMM_SOURCE, MODE, NEVER, POPUP_LEVEL, SENT, flag, moment_of, word

_KINDS = 27
_LONGEST = 65_535
_POPUP_ENDS_SINCE = (25, 1, 12)
_ANY_PATIENT_SINCE = (25, 1, 13)


def get_many(call: Call) -> ApiAnswer:
    """GET /commlogs: a patient's, in newer versions everybody's."""
    patient, where = call.asked("PatNum"), ["1 = 1"]
    found: list[Any] = []
    if patient is None and call.version < _ANY_PATIENT_SINCE:
        raise bad("PatNum is required")
    if patient is not None:
        if call.rows.one("patient", patient) is None:
            raise missing("Patient")
        where.append("PatNum = ?")
        found.append(patient)
    since = call.asked_moment("DateTStamp")
    if since is not None:
        where.append("DateTStamp > ?")
        found.append(since)
    rows = call.rows.find("commlog", " AND ".join(where), found, page=call.page)
    return told(OK, [_shown(call, row) for row in rows])


def post(call: Call) -> ApiAnswer:
    """POST /commlogs."""
    call.required("PatNum", "Note")
    patient = call.patient(call.number("PatNum"))
    row: Row = {
        "PatNum": patient["PatNum"],
        "CommDateTime": call.moment("CommDateTime") if call.has("CommDateTime") else call.stamp,
        "CommType": _kind(call),
        "Note": call.text("Note", _LONGEST),
        "Mode_": call.choice("Mode_", MODE, "Phone", MODE[:8]),
        "SentOrReceived": call.choice("SentOrReceived", SENT, "Sent"),
        "UserNum": 0,
        "Signature": "",
        "CommSource": 0,
        "DateTEntry": call.stamp,
    }
    key = call.rows.insert("commlog", **row)
    effects.log(call, effects.COMMLOG, row["PatNum"], key, "Commlog created by the API.")
    call.rows.commit(call.now)
    made = call.rows.one("commlog", key)
    assert made is not None
    return told(CREATED, _shown(call, made), f"/api/v1/commlogs/{key}")


def get_popups(call: Call) -> ApiAnswer:
    """GET /popups of a patient and the family."""
    number = call.asked("PatNum")
    if number is None:
        raise bad("PatNum is required")
    patient = call.rows.one("patient", number)
    if patient is None:
        raise missing("Patient")
    family = [row["PatNum"] for row in call.rows.find("patient", "Guarantor = ?", (patient["Guarantor"],))]
    rows = call.rows.find("popup", "IsArchived = 0", page=call.page)
    mine = [row for row in rows if row["PatNum"] == number or (row["PatNum"] in family and row["PopupLevel"])]
    return told(OK, [_popup(row) for row in reversed(mine)])


def post_popup(call: Call) -> ApiAnswer:
    """POST /popups: what everybody sees who opens the patient. The program writes no log line for it."""
    call.required("PatNum", "Description")
    patient = call.patient(call.number("PatNum"))
    level = call.choice("PopupLevel", POPUP_LEVEL, "Patient", POPUP_LEVEL[:3])
    if POPUP_LEVEL[level] == "SuperFamily" and not patient["SuperFamily"]:
        raise bad("PopupLevel is invalid: the patient is not part of a SuperFamily")
    ends = call.moment("DateTimeDisabled") if call.has("DateTimeDisabled", _POPUP_ENDS_SINCE) else NEVER
    assert moment_of(ends) is not None
    key = call.rows.insert(
        "popup",
        PatNum=patient["PatNum"],
        Description=call.text("Description", _LONGEST),
        IsDisabled=0,
        PopupLevel=level,
        UserNum=0,
        DateTimeEntry=call.stamp,
        IsArchived=0,
        PopupNumArchive=0,
        DateTimeDisabled=ends,
    )
    call.rows.commit(call.now)
    made = call.rows.one("popup", key)
    assert made is not None
    return told(CREATED, _popup(made), f"/api/v1/popups/{key}")


def _kind(call: Call) -> int:
    """The kind: by its name, else its number, else miscellaneous (else the first)."""
    kinds = call.rows.find("definition", "Category = ? AND IsHidden = 0", (_KINDS,), order="ItemOrder, DefNum")
    names = {str(row["ItemName"]).casefold(): int(row["DefNum"]) for row in reversed(kinds)}
    if call.has("commType"):
        found = names.get(str(call.body["commType"]).casefold())
        if found is None:
            raise bad("commType is invalid")
        return found
    if call.has("CommType"):
        return call.definition("CommType", _KINDS)
    return names.get("misc", int(kinds[0]["DefNum"]) if kinds else 0)


def _shown(call: Call, row: Row) -> dict[str, Any]:
    kind = call.rows.one("definition", row["CommType"])
    return {
        "CommlogNum": row["CommlogNum"],
        "PatNum": row["PatNum"],
        "CommDateTime": row["CommDateTime"],
        "CommType": str(row["CommType"]),
        "commType": kind["ItemName"] if kind else "",
        "Note": row["Note"],
        "Mode_": word(MODE, row["Mode_"]),
        "SentOrReceived": word(SENT, row["SentOrReceived"]),
        "UserNum": row["UserNum"],
        "DateTStamp": row["DateTStamp"],
        "CommSource": word(COMM_SOURCE, row["CommSource"]),
        "ProgramNum": row["ProgramNum"],
        "DateTEntry": row["DateTEntry"],
        "ReferralNum": row["ReferralNum"],
    }


def _popup(row: Row) -> dict[str, Any]:
    return {
        "PopupNum": row["PopupNum"],
        "PatNum": row["PatNum"],
        "Description": row["Description"],
        "IsDisabled": flag(row["IsDisabled"]),
        "PopupLevel": word(POPUP_LEVEL, row["PopupLevel"]),
        "DateTimeEntry": row["DateTimeEntry"],
        "IsArchived": flag(row["IsArchived"]),
        "PopupNumArchive": row["PopupNumArchive"],
        "DateTimeDisabled": row["DateTimeDisabled"],
    }
