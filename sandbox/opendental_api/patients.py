"""Reading, making and changing patients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import CREATED, OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import CONTACT, GENDER, NO_DAY, PAT_STATUS, POSITION, YES_NO, flag, word
from sandbox.practice.opendental_hash import patient_hash

_TEXTS = {
    "MiddleI": 100, "Preferred": 100, "SSN": 100, "Address": 100, "Address2": 100, "City": 100, "State": 100,
    "Zip": 100, "HmPhone": 30, "WkPhone": 30, "WirelessPhone": 30, "Email": 100, "ChartNumber": 15,
    "MedicaidID": 20, "Language": 100, "FamFinUrgNote": 65_535, "Ward": 255,
}  # fmt: skip
_STATUSES = tuple(one for one in PAT_STATUS if one != "Deleted")
_SEXES = GENDER[:3]
_METHODS = ("PreferConfirmMethod", "PreferContactMethod", "PreferRecallMethod")
_ZIP = re.compile(r"\d{5}|\d{5}-\d{4}|\d{9}|[A-Z]\d[A-Z] \d[A-Z]\d|")
_STATE = re.compile(r"[A-Z]{2}|")
_BILLING = 4
_PHONES = ("HmPhone", "WkPhone", "WirelessPhone")
_DELETED = 4


def get_one(call: Call) -> ApiAnswer:
    """GET /patients/{PatNum}."""
    return told(OK, shown(call, [_existing(call)])[0])


def get_simple(call: Call) -> ApiAnswer:
    """GET /patients/Simple: every field, by many filters."""
    where, values = _alike(call, ("LName", "FName"))
    for name in ("ClinicNum", "PriProv", "Guarantor", "SuperFamily", "EmployerNum"):
        number = call.asked(name)
        if number is not None:
            where.append(f"{name} = ?")
            values.append(number)
    for name, words in (("PatStatus", _STATUSES), ("Gender", GENDER), ("Position", POSITION)):
        value = call.query.get(name)
        if value:
            if value not in words:
                raise bad(f"{name} is invalid")
            where.append(f"{name} = ?")
            values.append({"PatStatus": PAT_STATUS, "Gender": GENDER, "Position": POSITION}[name].index(value))
    since = call.asked_moment("DateTStamp")
    if since is not None:
        where.append("DateTStamp > ?")
        values.append(since)
    rows = call.rows.find("patient", " AND ".join(where), values, page=call.page)
    return told(OK, [{"serverDateTime": call.stamp, **one} for one in shown(call, rows)])


def get_many(call: Call) -> ApiAnswer:
    """GET /patients: the columns that the window for choosing a patient has."""
    where, values = _alike(call, ("LName", "FName", "Address", "City", "State", "ChartNumber", "Email"))
    phone = call.query.get("Phone")
    if phone:
        where.append(f"({' OR '.join(f'{name} LIKE ?' for name in _PHONES)})")
        values += [f"%{phone}%"] * len(_PHONES)
    if call.query.get("hideInactive") == "true":
        where.append("PatStatus <> 2")
    if call.query.get("showArchived") != "true":
        where.append("PatStatus <> 3")
    if call.query.get("guarOnly") == "true":
        where.append("Guarantor = PatNum")
    rows = call.rows.find("patient", " AND ".join(where), values, page=call.page)
    kept = (
        *("PatNum", "LName", "FName", "MiddleI", "Preferred", "PatStatus", "Birthdate", "SSN", "Address", "Address2"),
        *("City", "State", "Zip", *_PHONES, "Email", "priProvAbbr", "secProvAbbr", "BillingType", "ChartNumber"),
        *("ClinicNum", "clinicAbbr", "siteDesc", "TxtMsgOk"),
    )
    return told(OK, [{name: one[name] for name in kept} for one in shown(call, rows)])


def post(call: Call) -> ApiAnswer:
    """POST /patients, after a look for somebody of the same names, birth date and mail address or number."""
    call.required("LName", "FName")
    row: Row = {
        "LName": call.text("LName", 100),
        "FName": call.text("FName", 100),
        **dict.fromkeys(_TEXTS, ""),
        "PatStatus": 0,
        "Gender": GENDER.index("Unknown"),
        "Position": 0,
        "Birthdate": NO_DAY,
        "PriProv": call.rows.setting_number("PracticeDefaultProv"),
        "SecProv": 0,
        "BillingType": call.rows.setting_number("PracticeDefaultBillType"),
        "DateFirstVisit": NO_DAY,
        "ClinicNum": 0,
        "TxtMsgOk": 0,
        "SecUserNumEntry": 0,
        "SecDateEntry": call.stamp[:10],
    } | _given(call)
    _refuse_twin(call, row)
    guarantor = call.number("Guarantor")
    if guarantor and call.patient(guarantor)["Guarantor"] != guarantor:
        raise bad("Guarantor is invalid")
    key = call.rows.insert("patient", **row)
    folder = "".join(letter for letter in f"{row['LName']}{row['FName']}" if letter.isalnum())
    call.rows.update(
        "patient", key, Guarantor=guarantor or key, ImageFolder=f"{folder}{key}"[:100], SecurityHash=patient_hash(key)
    )
    effects.log(call, effects.PATIENT_CREATE, key, 0, "Patient created by the API.")
    call.rows.commit(call.now)
    made = call.rows.one("patient", key)
    assert made is not None
    return told(CREATED, shown(call, [made])[0], f"/api/v1/patients/{key}")


def put(call: Call) -> ApiAnswer:
    """PUT /patients/{PatNum}: any of the fields; an empty text clears."""
    row = call.patient(_existing(call)["PatNum"])
    new = _given(call)
    for name in ("LName", "FName"):
        if call.has(name):
            new[name] = call.text(name, 100)
            if not new[name]:
                raise bad(f"{name} cannot be blank")
    if "FamFinUrgNote" in new and row["Guarantor"] != row["PatNum"]:
        raise bad("FamFinUrgNote can only be set for a guarantor")
    if call.has("Guarantor") and call.number("Guarantor") != row["Guarantor"]:
        new["Guarantor"] = call.patient(call.number("Guarantor"))["PatNum"]
    changed = {name: value for name, value in new.items() if value != row[name]}
    if changed:
        call.rows.update("patient", row["PatNum"], **changed)
        text = "Patient edited by the API."
        effects.log(call, effects.PATIENT_EDIT, row["PatNum"], 0, text, str(row["DateTStamp"]))
        call.rows.commit(call.now)
    return told(OK, shown(call, [_existing(call)])[0])


def shown(call: Call, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Patients as the API gives them."""
    names = {row["ProvNum"]: row["Abbr"] for row in call.rows.find("provider")}
    billing = {row["DefNum"]: row["ItemName"] for row in call.rows.find("definition", "Category = ?", (_BILLING,))}
    clinics = {row["ClinicNum"]: row["Abbr"] for row in call.rows.find("clinic")}
    listed = []
    for row in rows:
        one: dict[str, Any] = {name: row[name] for name in ("PatNum", "LName", "FName", "MiddleI", "Preferred")}
        one |= {"PatStatus": word(PAT_STATUS, row["PatStatus"]), "Gender": word(GENDER, row["Gender"])}
        one |= {"Position": word(POSITION, row["Position"]), "Birthdate": row["Birthdate"], "SSN": ""}
        one |= {name: row[name] for name in ("Address", "Address2", "City", "State", "Zip", *_PHONES)}
        one |= {name: row[name] for name in ("Guarantor", "Email", "EstBalance", "PriProv")}
        one |= {"priProvAbbr": names.get(row["PriProv"], ""), "SecProv": row["SecProv"]}
        one |= {"secProvAbbr": names.get(row["SecProv"], ""), "FeeSched": row["FeeSched"]}
        one |= {"BillingType": billing.get(row["BillingType"], "")}
        one |= {name: row[name] for name in ("ImageFolder", "FamFinUrgNote", "ChartNumber", "MedicaidID", "BalTotal")}
        one |= {name: row[name] for name in ("EmployerNum", "DateFirstVisit", "ClinicNum")}
        one |= {"clinicAbbr": clinics.get(row["ClinicNum"], ""), "Premed": flag(row["Premed"]), "Ward": row["Ward"]}
        one |= {name: word(CONTACT, row[name]) for name in _METHODS}
        one |= {"Language": row["Language"], "AdmitDate": row["AdmitDate"], "siteDesc": ""}
        one |= {"DateTStamp": row["DateTStamp"], "SuperFamily": row["SuperFamily"]}
        one |= {"TxtMsgOk": word(YES_NO, row["TxtMsgOk"]), "SecDateEntry": row["SecDateEntry"]}
        listed.append(one)
    return listed


def _existing(call: Call) -> Row:
    row = call.rows.one("patient", call.key)
    if row is None:
        raise missing("Patient")
    return row


def _alike(call: Call, names: Sequence[str]) -> tuple[list[str], list[Any]]:
    """Conditions that hold for texts that contain what was asked for, and for a birth date."""
    where, values = [f"PatStatus <> {_DELETED}"], []
    for name in names:
        value = call.query.get(name)
        if value:
            where.append(f"{name} LIKE ?")
            values.append(f"%{value}%")
    day = call.asked_day("Birthdate")
    if day is not None:
        where.append("Birthdate = ?")
        values.append(str(day))
    return where, list(values)


def _given(call: Call) -> Row:
    """The fields that were given, as they are stored; not the names and the guarantor."""
    found: Row = {name: call.text(name, longest) for name, longest in _TEXTS.items() if call.has(name)}
    if not _ZIP.fullmatch(found.get("Zip", "")):
        raise bad("Zip is invalid")
    if not _STATE.fullmatch(found.get("State", "")):
        raise bad("State must be two capital letters")
    for name, words, allowed in (
        ("PatStatus", PAT_STATUS, _STATUSES),
        ("Gender", GENDER, _SEXES),
        ("Position", POSITION, POSITION),
        ("TxtMsgOk", YES_NO, YES_NO),
        *((method, CONTACT, CONTACT) for method in _METHODS),
    ):
        if call.has(name):
            found[name] = call.choice(name, words, words[0], allowed)
    found |= {name: call.day(name) for name in ("Birthdate", "DateFirstVisit") if call.has(name)}
    found |= {name: call.provider(name) for name in ("PriProv", "SecProv") if call.has(name)}
    if call.has("ClinicNum"):
        found["ClinicNum"] = call.clinic()
    if call.has("Premed", (25, 2, 30)):
        found["Premed"] = int(call.flag("Premed"))
    if call.has("BillingType"):
        rows = call.rows.find("definition", "Category = ? AND IsHidden = 0", (_BILLING,))
        found["BillingType"] = {row["ItemName"]: row["DefNum"] for row in rows}.get(call.body["BillingType"], -1)
        if found["BillingType"] < 0:
            raise bad("BillingType is invalid")
    return found


def _refuse_twin(call: Call, row: Row) -> None:
    """The names and the birth date of somebody who is there, and a number or address of theirs, or none at all."""
    contacts = _contacts(row)
    for other in call.rows.find("patient", "Birthdate = ? AND PatStatus <> ?", (row["Birthdate"], _DELETED)):
        same = all(str(other[name]).casefold() == str(row[name]).casefold() for name in ("LName", "FName"))
        if same and (not contacts or contacts & _contacts(other)):
            raise bad("Patient already exists")


def _contacts(row: Row) -> set[str]:
    numbers = {"".join(letter for letter in str(row[name]) if letter.isdigit()) for name in _PHONES}
    return {one for one in (*numbers, str(row["Email"]).strip().casefold()) if one}
