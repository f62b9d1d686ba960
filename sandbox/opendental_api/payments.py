"""Reading and making payments, and how they are shared out.

``POST /payments`` shares out by itself (see :mod:`splitting`); a caller chooses only between the family and the
patient, some procedures, or a prepayment. From 25.1.11 on, ``PUT /payments/{PayNum}/Partial`` shares a posted payment
out anew over procedures and amounts; a provider can be set on a share from 25.2.9 on. No call takes shares at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.opendental_api import effects
from sandbox.opendental_api.answer import CREATED, OK, ApiAnswer, bad, missing, told
from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row
from sandbox.opendental_api.splitting import Share, distributed, outstanding, prepaid
from sandbox.opendental_api.words import DEBIT, NO_DAY, PAYMENT_BY_API, PROCESS, amount, flag, word
from sandbox.practice.opendental_hash import split_hash

_TYPES = 10
_TEXTS = {"CheckNum": 25, "BankBranch": 25, "PayNote": 65_535}
_PREPAID_SINCE, _CHOSEN_SINCE, _TYPE_SINCE = (22, 4, 8), (22, 4, 16), (23, 1, 27)
_ANYBODY_SINCE = (23, 3, 11)


def get_many(call: Call) -> ApiAnswer:
    """GET /payments."""
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    patient = call.asked("PatNum")
    if patient is None and call.version < _ANYBODY_SINCE:
        raise bad("PatNum is required")
    if patient is not None and call.rows.one("patient", patient) is None:
        raise missing("Patient")
    for name in ("PatNum", "PayType"):
        if (number := call.asked(name)) is not None:
            where.append(f"{name} = ?")
            values.append(number)
    if (day := call.asked_day("DateEntry")) is not None:
        where.append("DateEntry >= ?")
        values.append(str(day))
    rows = call.rows.find("payment", " AND ".join(where), values, page=call.page)
    return told(OK, [_shown(call, row) for row in rows])


def post(call: Call) -> ApiAnswer:
    """POST /payments."""
    call.required("PayAmt", "PatNum")
    patient = call.patient(call.number("PatNum"))
    cents = _cents("PayAmt", call.body["PayAmt"])
    day = call.day("PayDate") if call.has("PayDate") else call.stamp[:10]
    if day > call.stamp[:10] and not call.rows.setting_number("FutureTransDatesAllowed"):
        raise bad("PayDate cannot be in the future")
    if call.number("payPlanNum"):
        raise bad("payPlanNum is invalid")
    kind = call.definition("PayType", _TYPES) if call.has("PayType", _TYPE_SINCE) else 0
    row: Row = {
        "PayType": kind or call.rows.setting_number("ApiPaymentType"),
        "PayDate": day,
        "PayAmt": cents / 100,
        **{name: call.text(name, longest) for name, longest in _TEXTS.items()},
        "PatNum": patient["PatNum"],
        "ClinicNum": call.clinic() if call.has("ClinicNum") else patient["ClinicNum"],
        "DateEntry": call.stamp[:10],
        "Receipt": "",
        "PaymentSource": PAYMENT_BY_API,
        "RecurringChargeDate": NO_DAY,
    }
    shares = _shares(call, patient, cents)
    row["IsSplit"] = int(len(shares) > 1)
    key = call.rows.insert("payment", **row)
    _share_out(call, key, day, shares)
    _settle(call, patient, cents)
    effects.log(call, effects.PAYMENT_CREATE, patient["PatNum"], key, "Payment created by the API.")
    call.rows.commit(call.now)
    made = call.rows.one("payment", key)
    assert made is not None
    return told(CREATED, _shown(call, made), f"/api/v1/payments/{key}")


def put_partial(call: Call) -> ApiAnswer:
    """PUT /payments/{PayNum}/Partial: other shares in place of all that there are."""
    row = _existing(call)
    patient = call.patient(row["PatNum"])
    pairs = call.body.get("procNumsAndAmounts")
    if not isinstance(pairs, list) or not pairs:
        raise bad("procNumsAndAmounts is required")
    old = call.rows.find("paysplit", "PayNum = ?", (row["PayNum"],))
    owed = {one.share.procedure: one for one in outstanding(call, patient) if one.share.procedure}
    held = {one["ProcNum"]: one for one in old if one["ProcNum"]}
    shares: list[Share] = []
    for pair in pairs:
        if not isinstance(pair, dict) or "Amount" not in pair or not isinstance(pair.get("ProcNum"), int):
            raise bad("procNumsAndAmounts is invalid")
        number, cents = int(pair["ProcNum"]), _cents("Amount", pair["Amount"])
        free = owed[number].cents if number in owed else 0
        free += round(held[number]["SplitAmt"] * 100) if number in held else 0
        if cents > free:
            raise bad("Amount exceeds what is outstanding on the procedure")
        work = call.rows.one("procedurelog", number)
        assert work is not None
        shares.append(Share(cents, work["PatNum"], work["ProvNum"], work["ClinicNum"], procedure=number))
    if sum(share.cents for share in shares) != round(row["PayAmt"] * 100):
        raise bad("The sum of all Amounts must equal the PayAmt of the payment")
    for one in old:
        call.rows.delete("paysplit", one["SplitNum"])
    _share_out(call, row["PayNum"], row["PayDate"], shares)
    effects.log(call, effects.PAYMENT_EDIT, row["PatNum"], row["PayNum"], "Payment shared out anew by the API.")
    call.rows.touch("payment", row["PayNum"])
    call.rows.commit(call.now)
    return told(OK, _shown(call, _existing(call)))


def get_splits(call: Call) -> ApiAnswer:
    """GET /paysplits."""
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    for name in ("PatNum", "PayNum", "ProcNum"):
        if (number := call.asked(name)) is not None:
            where.append(f"{name} = ?")
            values.append(number)
    rows = call.rows.find("paysplit", " AND ".join(where), values, page=call.page)
    return told(OK, [_split(call, row) for row in rows])


def put_split(call: Call) -> ApiAnswer:
    """PUT /paysplits/{SplitNum}: its provider and its site."""
    row = call.rows.one("paysplit", call.key)
    if row is None:
        raise missing("PaySplit")
    call.patient(row["PatNum"])
    new: Row = {"ProvNum": call.provider("ProvNum")} if call.has("ProvNum") else {}
    new |= {"ClinicNum": call.clinic()} if call.has("ClinicNum") else {}
    call.rows.update("paysplit", call.key, **new)
    call.rows.touch("payment", row["PayNum"])
    call.rows.commit(call.now)
    return told(OK, _split(call, {**row, **new}))


def _shares(call: Call, patient: Row, cents: int) -> list[Share]:
    if call.has("isPrepayment", _PREPAID_SINCE) and call.flag("isPrepayment"):
        return [prepaid(call, patient, cents)]
    chosen = call.body["procNums"] if call.has("procNums", _CHOSEN_SINCE) else []
    if not isinstance(chosen, list) or not all(isinstance(one, int) for one in chosen):
        raise bad("procNums is invalid")
    return distributed(call, patient, cents, alone=call.flag("isPatientPreferred"), only=chosen or None)


def _share_out(call: Call, payment: int, day: str, shares: Sequence[Share]) -> None:
    for share in shares:
        call.rows.insert(
            "paysplit",
            SplitAmt=share.cents / 100,
            PatNum=share.patient,
            ProcDate=day,
            PayNum=payment,
            ProvNum=share.provider,
            DatePay=day,
            ProcNum=share.procedure,
            DateEntry=call.stamp[:10],
            UnearnedType=share.unearned,
            ClinicNum=share.clinic,
            AdjNum=share.adjustment,
            SecurityHash=split_hash(share.patient, share.cents / 100, day),
        )


def _settle(call: Call, patient: Row, cents: int) -> None:
    """The balance on the guarantor's row, as ageing leaves it."""
    head = call.rows.one("patient", patient["Guarantor"])
    if head is not None:
        call.rows.update("patient", head["PatNum"], BalTotal=round(head["BalTotal"] - cents / 100, 2))


def _cents(name: str, given: Any) -> int:
    try:
        value = Decimal(str(given)) if not isinstance(given, bool) else Decimal("NaN")
    except InvalidOperation:
        raise bad(f"{name} is invalid") from None
    if not value.is_finite() or value != value.quantize(Decimal("0.01")):
        raise bad(f"{name} is invalid")
    if value <= 0:
        raise bad(f"{name} must be greater than zero")
    return int(value * 100)


def _existing(call: Call) -> Row:
    row = call.rows.one("payment", call.key)
    if row is None:
        raise missing("Payment")
    return row


def _shown(call: Call, row: Row) -> dict[str, Any]:
    kind = call.rows.one("definition", row["PayType"])
    one: dict[str, Any] = {"PayNum": row["PayNum"], "PayType": row["PayType"]}
    one |= {"payType": kind["ItemName"] if kind else "", "PayDate": row["PayDate"], "PayAmt": amount(row["PayAmt"])}
    one |= {name: row[name] for name in ("CheckNum", "BankBranch", "PayNote", "PatNum")}
    one |= {"ClinicNum": str(row["ClinicNum"])}
    one |= {name: row[name] for name in ("DateEntry", "DepositNum", "Receipt")}
    one |= {"IsRecurringCC": flag(row["IsRecurringCC"])}
    one |= {name: row[name] for name in ("SecUserNumEntry", "SecDateTEdit")}
    one |= {"PaymentSource": "API" if row["PaymentSource"] == PAYMENT_BY_API else "None"}
    one |= {"ProcessStatus": word(PROCESS, row["ProcessStatus"]), "RecurringChargeDate": row["RecurringChargeDate"]}
    return one | {"IsCcCompleted": flag(row["IsCcCompleted"]), "serverDateTime": call.stamp}


def _split(call: Call, row: Row) -> dict[str, Any]:
    kind = call.rows.one("definition", row["UnearnedType"]) if row["UnearnedType"] else None
    one: dict[str, Any] = {name: row[name] for name in ("SplitNum", "SplitAmt", "PatNum", "PayNum", "ProvNum")}
    one |= {name: row[name] for name in ("PayPlanNum", "DatePay", "ProcNum", "DateEntry", "UnearnedType")}
    one |= {"unearnedType": kind["ItemName"] if kind else ""}
    one |= {name: row[name] for name in ("ClinicNum", "SecDateTEdit", "AdjNum", "PayPlanChargeNum")}
    return one | {"PayPlanDebitType": word(DEBIT, row["PayPlanDebitType"])}
