"""The lists that are only read: definitions, providers, chairs, kinds of visits, preferences, history, signals."""

from __future__ import annotations

from typing import Any

from sandbox.opendental_api.answer import OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.appointments import shown
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import (
    APT_STATUS,
    CATEGORY,
    HIST_ACTION,
    PROV_STATUS,
    SERVICE,
    SIGNAL,
    colour,
    flag,
    word,
)


def definitions(call: Call) -> ApiAnswer:
    """GET /definitions."""
    where, values = ["1 = 1"], []
    category = call.asked("Category")
    if category is not None:
        where.append("Category = ?")
        values.append(category)
    if call.query.get("includeHidden") != "true":
        where.append("IsHidden = 0")
    rows = call.rows.find("definition", " AND ".join(where), values, order="Category, ItemOrder", page=call.page)
    return told(
        OK,
        [
            {
                "DefNum": row["DefNum"],
                "ItemName": row["ItemName"],
                "ItemValue": row["ItemValue"],
                "Category": row["Category"],
                "category": CATEGORY.get(row["Category"], str(row["Category"])),
                "isHidden": flag(row["IsHidden"]),
            }
            for row in rows
        ],
    )


def providers(call: Call) -> ApiAnswer:
    """GET /providers."""
    since = call.asked_moment("DateTStamp")
    where, values = ("DateTStamp > ?", (since,)) if since is not None else ("", ())
    rows = call.rows.find("provider", where, values, page=call.page)
    return told(OK, [_provider(call, row) for row in rows])


def provider(call: Call) -> ApiAnswer:
    """GET /providers/{ProvNum}."""
    row = call.rows.one("provider", call.key)
    if row is None:
        raise missing("Provider")
    return told(OK, _provider(call, row))


def operatories(call: Call) -> ApiAnswer:
    """GET /operatories."""
    clinic = call.asked("ClinicNum")
    if clinic and call.rows.one("clinic", clinic) is None:
        raise missing("Clinic")
    where, values = ("ClinicNum = ?", (clinic,)) if clinic is not None else ("", ())
    return told(OK, [_operatory(row) for row in call.rows.find("operatory", where, values, page=call.page)])


def operatory(call: Call) -> ApiAnswer:
    """GET /operatories/{OperatoryNum}."""
    row = call.rows.one("operatory", call.key)
    if row is None:
        raise missing("Operatory")
    return told(OK, _operatory(row))


def appointment_types(call: Call) -> ApiAnswer:
    """GET /appointmenttypes."""
    return told(
        OK,
        [
            {
                "AppointmentTypeNum": row["AppointmentTypeNum"],
                "AppointmentTypeName": row["AppointmentTypeName"],
                "appointmentTypeColor": colour(row["AppointmentTypeColor"]),
                "IsHidden": flag(row["IsHidden"]),
                "Pattern": row["Pattern"],
                "CodeStr": row["CodeStr"],
                "CodeStrRequired": row["CodeStrRequired"],
                "RequiredProcCodesNeeded": row["RequiredProcCodesNeeded"],
                "BlockoutTypes": row["BlockoutTypes"],
            }
            for row in call.rows.find("appointmenttype", page=call.page)
        ],
    )


def preferences(call: Call) -> ApiAnswer:
    """GET /preferences."""
    name = call.query.get("PrefName")
    where, values = ("PrefName = ?", (name,)) if name else ("", ())
    rows = call.rows.find("preference", where, values, page=call.page)
    return told(OK, [{column: row[column] for column in ("PrefNum", "PrefName", "ValueString")} for row in rows])


def history(call: Call) -> ApiAnswer:
    """GET /histappointments."""
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    for name in ("AptNum", "PatNum", "ClinicNum"):
        number = call.asked(name)
        if number is not None:
            where.append(f"{name} = ?")
            values.append(number)
    for name, words in (("HistApptAction", HIST_ACTION), ("AptStatus", APT_STATUS)):
        value = call.query.get(name)
        if value:
            if value not in words:
                raise bad(f"{name} is invalid")
            where.append(f"{name} = ?")
            values.append(words.index(value))
    dates = call.dates()
    if dates is not None:
        where.append("AptDateTime BETWEEN ? AND ?")
        values += [f"{dates[0]} 00:00:00", f"{dates[1]} 23:59:59"]
    rows = call.rows.find("histappointment", " AND ".join(where), values, page=call.page)
    return told(
        OK,
        [
            {
                "HistApptNum": row["HistApptNum"],
                "HistUserNum": row["HistUserNum"],
                "HistDateTStamp": row["HistDateTStamp"],
                "HistApptAction": word(HIST_ACTION, row["HistApptAction"]),
                "ApptSource": word(SERVICE, row["ApptSource"]),
                **one,
            }
            for row, one in zip(rows, shown(call, rows), strict=True)
        ],
    )


def signals(call: Call) -> ApiAnswer:
    """GET /signalods since a moment."""
    since = call.asked_moment("SigDateTime")
    if since is None:
        raise bad("SigDateTime is required")
    return told(
        OK,
        [
            {
                **{name: row[name] for name in ("SignalNum", "DateViewing", "SigDateTime", "FKey", "FKeyType")},
                "IType": SIGNAL.get(row["IType"], str(row["IType"])),
                "RemoteRole": "ClientDirect",
                "MsgValue": row["MsgValue"],
                "serverDateTime": call.stamp,
            }
            for row in call.rows.find("signalod", "SigDateTime > ?", (since,), page=call.page)
        ],
    )


def _provider(call: Call, row: Row) -> dict[str, Any]:
    one: dict[str, Any] = {name: row[name] for name in ("ProvNum", "Abbr", "LName", "FName", "MI", "Suffix")}
    one |= {"FeeSched": row["FeeSched"], "Specialty": row["Specialty"], "SSN": "", "StateLicense": row["StateLicense"]}
    one |= {"IsSecondary": flag(row["IsSecondary"]), "provColor": colour(row["ProvColor"])}
    one |= {"IsHidden": flag(row["IsHidden"]), "NationalProvID": row["NationalProvID"]}
    one |= {"DateTStamp": row["DateTStamp"], "IsNotPerson": flag(row["IsNotPerson"])}
    one |= {"ProvStatus": word(PROV_STATUS, row["ProvStatus"]), "PreferredName": row["PreferredName"]}
    return one | {"serverDateTime": call.stamp}


def _operatory(row: Row) -> dict[str, Any]:
    one: dict[str, Any] = {name: row[name] for name in ("OperatoryNum", "OpName", "Abbrev", "ItemOrder")}
    one |= {"IsHidden": flag(row["IsHidden"]), "ProvDentist": row["ProvDentist"], "ProvHygienist": row["ProvHygienist"]}
    one |= {"IsHygiene": flag(row["IsHygiene"]), "ClinicNum": row["ClinicNum"]}
    one |= {"SetProspective": flag(row["SetProspective"]), "IsWebSched": flag(row["IsWebSched"])}
    return one | {"OperatoryType": row["OperatoryType"], "operatoryType": ""}
