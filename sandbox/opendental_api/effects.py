"""What the program writes besides: the history of appointments, signals to the workstations, the security log."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row, tables
from sandbox.opendental_api.words import NEVER, NO_DAY

CREATED, CHANGED, MISSED, CANCELLED = 0, 1, 2, 3
"""``histappointment.HistApptAction``."""

PAYMENT_CREATE, APPOINTMENT_CREATE, APPOINTMENT_MOVE, APPOINTMENT_EDIT = 15, 25, 26, 27
COMMLOG, IMAGE, PATIENT_CREATE, PATIENT_EDIT, CONFIRM, PROCEDURE = 193, 202, 106, 108, 120, 23
PAYMENT_EDIT = 16
"""``securitylog.PermType``."""

_BY_API = 23
_API_SERVICE = 6
_APPOINTMENT = 68
_REFRESH_DAYS = 4


def history(call: Call, key: int, row: Row, action: int) -> None:
    """A copy of an appointment as it is from now on."""
    known = {name for name, _ in tables()["histappointment"].columns}
    copied = {name: value for name, value in row.items() if name in known and name != "DateTStamp"}
    call.rows.insert(
        "histappointment",
        HistUserNum=0,
        HistDateTStamp=call.stamp,
        HistApptAction=action,
        ApptSource=_API_SERVICE,
        DateTStamp=call.stamp,
        **{**copied, "AptNum": key},
    )


def signal(call: Call, new: Row, old: Row | None = None) -> None:
    """Tell the workstations that look at the days, chairs and people of an appointment, before and after."""
    told = _viewers(call, new)
    if old is not None:
        told += [one for one in _viewers(call, old) if one not in told]
    for day, kind, key in told:
        call.rows.insert(
            "signalod",
            DateViewing=day,
            SigDateTime=call.stamp,
            FKey=key,
            FKeyType=kind,
            IType=_APPOINTMENT,
            RemoteRole=0,
            MsgValue="",
        )


def log(call: Call, permission: int, patient: int, key: int, text: str, before: str = NEVER) -> None:
    """A line of the security log, with its hash beside it; ``before``: the stamp of the record until now."""
    number = call.rows.insert(
        "securitylog",
        PermType=permission,
        UserNum=0,
        LogDateTime=call.stamp,
        LogText=text,
        PatNum=patient,
        CompName="API",
        FKey=key,
        LogSource=_BY_API,
        DateTPrevious=before,
    )
    digest = blake2b(f"{number} {permission} {text}".encode(), digest_size=9).hexdigest()
    call.rows.insert("securityloghash", SecurityLogNum=number, LogHash=digest)


def _viewers(call: Call, row: Row) -> list[tuple[str, str, int]]:
    day = str(row["AptDateTime"])[:10]
    if not _near(call, day):
        return []
    chairs = (("Provider", "ProvNum"), ("Provider", "ProvHyg"), ("Operatory", "Op"), ("PatNum", "PatNum"))
    return [(day, kind, row[column]) for kind, column in chairs if row[column]]


def _near(call: Call, day: str) -> bool:
    """Whether workstations show the day: today and so many days more; -1 = all."""
    reach = call.rows.setting_number("ApptAutoRefreshRange", _REFRESH_DAYS)
    if day == NO_DAY:
        return False
    ahead = (date.fromisoformat(day) - call.now.date()).days
    return ahead >= 0 and (reach < 0 or ahead <= reach)
