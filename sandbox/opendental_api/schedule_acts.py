"""What is done to an appointment by calls of their own: break, confirm, add to the note."""

from __future__ import annotations

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import OK, ApiAnswer, bad, told
from sandbox.opendental_api.appointments import CONFIRMATIONS, LONGEST_NOTE, change, existing, first_state
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import APT_STATUS

_SCHEDULED, _UNSCHEDULED, _BROKEN = (APT_STATUS.index(one) for one in ("Scheduled", "UnschedList", "Broken"))
_BREAKS = {"Missed": ("D9986", effects.MISSED, 1), "Cancelled": ("D9987", effects.CANCELLED, 2)}
"""breakType -> code that is charted, action of the history, bit of the preference ``BrokenApptProcedure``."""
_STATES = {
    "Sent": "ApptEConfirmStatusSent",
    "Confirmed": "ApptEConfirmStatusAccepted",
    "Not Accepted": "ApptEConfirmStatusDeclined",
    "Failed": "ApptEConfirmStatusSendFailed",
}
_ARRIVALS = {
    "AppointmentTimeArrivedTrigger": "DateTimeArrived",
    "AppointmentTimeSeatedTrigger": "DateTimeSeated",
    "AppointmentTimeDismissedTrigger": "DateTimeDismissed",
}
_COMPLETE = 2


def break_(call: Call) -> ApiAnswer:
    """PUT /appointments/{AptNum}/Break.

    Without ``breakType`` the history says *changed* only: that somebody missed or called off is then nowhere.
    """
    row = existing(call)
    call.patient(row["PatNum"])
    call.required("sendToUnscheduledList")
    listed = call.flag("sendToUnscheduledList")
    action = effects.CHANGED
    if row["AptStatus"] != _SCHEDULED:
        raise bad("Only appointments with an AptStatus of Scheduled can be broken")
    if call.has("breakType"):
        if call.body["breakType"] not in _BREAKS:
            raise bad("breakType is invalid")
        code, action, bit = _BREAKS[call.body["breakType"]]
        if not call.rows.setting_number("BrokenApptProcedure") & bit:
            raise bad("breakType is not allowed by the office's broken appointment procedure type")
        _chart(call, row, code)
    permission = effects.APPOINTMENT_EDIT
    change(call, row, {"AptStatus": _BROKEN}, permission=permission, actions=(action,))
    if listed:
        broken = {**row, "AptStatus": _BROKEN}
        change(call, broken, {"AptStatus": _UNSCHEDULED, "Op": 0}, permission=permission)
    if call.rows.setting_number("BrokenApptCommLog"):
        _note_break(call, row)
    call.rows.commit(call.now)
    return told(OK)


def confirm(call: Call) -> ApiAnswer:
    """PUT /appointments/{AptNum}/Confirm: the state, and the time when it means that the patient is there."""
    row = existing(call)
    call.patient(row["PatNum"])
    if call.has("confirmVal") == call.has("defNum") or len(call.body) != 1:
        raise bad("Either confirmVal or defNum is required, and only one of them is allowed")
    if call.has("defNum"):
        state = call.definition("defNum", CONFIRMATIONS)
    elif call.body["confirmVal"] == "None":
        state = first_state(call)
    else:
        setting = _STATES.get(call.body["confirmVal"])
        if setting is None:
            raise bad("confirmVal is invalid")
        state = call.rows.setting_number(setting)
    new: Row = {"Confirmed": state}
    for setting, column in _ARRIVALS.items():
        if state and call.rows.setting_number(setting) == state and str(row[column]).endswith("00:00:00"):
            new[column] = call.stamp
    change(call, row, new, permission=effects.CONFIRM)
    call.rows.commit(call.now)
    return told(OK)


def note(call: Call) -> ApiAnswer:
    """PUT /appointments/{AptNum}/Note: a further line."""
    row = existing(call)
    call.patient(row["PatNum"])
    call.required("Note")
    added = call.text("Note", LONGEST_NOTE)
    whole = f"{row['Note']}\r\n{added}" if row["Note"] else added
    if len(whole) > LONGEST_NOTE:
        raise bad(f"Note has a maximum length of {LONGEST_NOTE}")
    change(call, row, {"Note": whole}, permission=effects.APPOINTMENT_EDIT)
    call.rows.commit(call.now)
    return told(OK)


def _chart(call: Call, row: Row, code: str) -> None:
    """The work that stands for a broken appointment. The stand-in has no fee schedules: its fee is nothing."""
    found = call.rows.find("procedurecode", "ProcCode = ?", (code,))
    if not found:
        raise bad(f"Procedure code {code} does not exist")
    day = call.stamp[:10]
    key = call.rows.insert(
        "procedurelog",
        PatNum=row["PatNum"],
        AptNum=row["AptNum"],
        ProcDate=day,
        ProcFee=0.0,
        Surf="",
        ToothNum="",
        ProcStatus=_COMPLETE,
        ProvNum=row["ProvNum"],
        PlannedAptNum=0,
        ClinicNum=row["ClinicNum"],
        DateTP=day,
        DateEntryC=day,
        BaseUnits=0,
        UnitQty=1,
        CodeNum=found[0]["CodeNum"],
        SecUserNumEntry=0,
        SecDateEntry=call.stamp,
        DateComplete=day,
    )
    effects.log(call, effects.PROCEDURE, row["PatNum"], key, "Procedure for a broken appointment added by the API.")


def _note_break(call: Call, row: Row) -> None:
    kinds = call.rows.find("definition", "Category = 27 AND IsHidden = 0", order="ItemOrder, DefNum")
    key = call.rows.insert(
        "commlog",
        PatNum=row["PatNum"],
        CommDateTime=call.stamp,
        CommType=kinds[0]["DefNum"] if kinds else 0,
        Note="Broken appointment.",
        Mode_=0,
        SentOrReceived=0,
        DateTEntry=call.stamp,
        Signature="",
    )
    effects.log(call, effects.COMMLOG, row["PatNum"], key, "Commlog for a broken appointment.")
