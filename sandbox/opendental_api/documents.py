"""Filing documents and listing them.

An upload only makes a row, with the file's text in its note: the file itself appears when somebody opens the patient's
images in the program.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import CREATED, OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.words import IMAGE, flag, word

_FOLDERS = 18
_EXTENSION = re.compile(r"\.?[A-Za-z0-9]{1,8}")
_RAW = "_rawBase64_:"
_DETAILS_SINCE = (24, 2, 32)


def upload(call: Call) -> ApiAnswer:
    """POST /documents/Upload."""
    call.required("PatNum", "rawBase64", "extension")
    patient = call.patient(call.number("PatNum"))
    raw, extension = call.body["rawBase64"], call.body["extension"]
    if not isinstance(extension, str) or not _EXTENSION.fullmatch(extension):
        raise bad("extension is invalid")
    try:
        base64.b64decode(raw, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise bad("rawBase64 is invalid") from None
    details = call.version >= _DETAILS_SINCE
    key = call.rows.insert(
        "document",
        Description=call.text("Description", 255),
        DateCreated=call.moment("DateCreated") if call.has("DateCreated", (22, 1, 0)) else call.stamp,
        DocCategory=call.definition("DocCategory", _FOLDERS) if call.has("DocCategory") else _first(call),
        PatNum=patient["PatNum"],
        FileName="x",
        ImgType=call.choice("ImgType", IMAGE, "Document"),
        ToothNumbers=call.text("ToothNumbers", 255),
        Note=f"{_RAW}.{extension.removeprefix('.')}_{raw}",
        RawBase64="",
        Thumbnail="",
        ProvNum=call.provider("ProvNum") if details else 0,
        PrintHeading=int(call.flag("PrintHeading")) if details else 0,
    )
    effects.log(call, effects.IMAGE, patient["PatNum"], key, "Document created by the API.")
    call.rows.commit(call.now)
    made = call.rows.one("document", key)
    assert made is not None
    return told(CREATED, _shown(call, made), f"/api/v1/documents/{key}")


def get_one(call: Call) -> ApiAnswer:
    """GET /documents/{DocNum}."""
    row = call.rows.one("document", call.key)
    if row is None:
        raise missing("Document")
    return told(OK, _shown(call, row))


def get_many(call: Call) -> ApiAnswer:
    """GET /documents of a patient, by their dates."""
    number = call.asked("PatNum")
    if number is None:
        raise bad("PatNum is required")
    patient = call.rows.one("patient", number)
    if patient is None:
        raise missing("Patient")
    rows = call.rows.find("document", "PatNum = ?", (number,), order="DateCreated, DocNum", page=call.page)
    folder = str(patient["ImageFolder"]) or f"{patient['LName']}{patient['FName']}{number}"
    place = f"{call.rows.setting('DocPath')}{folder[:1].upper()}\\{folder}\\"
    return told(
        OK,
        [
            {
                "DocNum": row["DocNum"],
                "MountNum": 0,
                "filePath": place + row["FileName"],
                "Description": row["Description"],
                "PatNum": str(number),
                "Note": "" if row["Note"].startswith(_RAW) else row["Note"],
                "DateCreated": row["DateCreated"],
                "docCategory": _folder(call, row),
                "DocCategory": row["DocCategory"],
                "ToothNumbers": row["ToothNumbers"],
                "ProvNum": str(row["ProvNum"]),
                "PrintHeading": flag(row["PrintHeading"]),
                "DateTStamp": row["DateTStamp"],
                "serverDateTime": call.stamp,
            }
            for row in rows
        ],
    )


def _first(call: Call) -> int:
    rows = call.rows.find("definition", "Category = ? AND IsHidden = 0", (_FOLDERS,), order="ItemOrder, DefNum")
    return int(rows[0]["DefNum"]) if rows else 0


def _folder(call: Call, row: Row) -> str:
    found = call.rows.one("definition", row["DocCategory"])
    return str(found["ItemName"]) if found else ""


def _shown(call: Call, row: Row) -> dict[str, Any]:
    return {
        "DocNum": row["DocNum"],
        "Description": row["Description"],
        "DateCreated": row["DateCreated"],
        "DocCategory": row["DocCategory"],
        "docCategory": _folder(call, row),
        "PatNum": row["PatNum"],
        "FileName": row["FileName"],
        "ImgType": word(IMAGE, row["ImgType"]),
        "ToothNumbers": row["ToothNumbers"],
        "DateTStamp": row["DateTStamp"],
        "ProvNum": row["ProvNum"],
        "PrintHeading": flag(row["PrintHeading"]),
    }
