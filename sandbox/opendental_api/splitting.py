"""Where a payment goes: the oldest open charges of the family first, what is left is kept as a prepayment."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sandbox.opendental_api.call import Call
from sandbox.opendental_api.rows import Row

_PAID_BY_INSURANCE = "Status IN (1, 4, 5, 7)"
_COMPLETE = 2


class Share(NamedTuple):
    """A part of a payment."""

    cents: int
    patient: int
    provider: int
    clinic: int
    procedure: int = 0
    adjustment: int = 0
    unearned: int = 0


class Open(NamedTuple):
    """Something that is still owed; in this order it is paid."""

    day: str
    number: int
    cents: int
    share: Share


def distributed(
    call: Call, patient: Row, cents: int, *, alone: bool = False, only: Collection[int] | None = None
) -> list[Share]:
    """Shares that sum to the payment; ``alone``: for the patient's own charges, ``only``: for these procedures."""
    left = cents
    shares: list[Share] = []
    for owed in sorted(outstanding(call, patient, alone=alone)):
        if only is not None and owed.share.procedure not in only:
            continue
        part = min(left, owed.cents)
        if part > 0:
            shares.append(owed.share._replace(cents=part))
            left -= part
    return [*shares, prepaid(call, patient, left)] if left else shares


def prepaid(call: Call, patient: Row, cents: int) -> Share:
    """A share that is for nothing yet."""
    kind = call.rows.setting_number("PrepaymentUnearnedType")
    return Share(cents, patient["PatNum"], 0, patient["ClinicNum"], unearned=kind)


def outstanding(call: Call, patient: Row, *, alone: bool = False) -> list[Open]:
    """Completed work and positive adjustments of the patient (and the family) that are not paid for."""
    people = [patient] if alone else call.rows.find("patient", "Guarantor = ?", (patient["Guarantor"],))
    found: list[Open] = []
    for person in people:
        found += _work(call, person["PatNum"]) + _adjusted(call, person["PatNum"])
    return found


def _work(call: Call, patient: int) -> list[Open]:
    found: list[Open] = []
    for row in call.rows.find("procedurelog", "PatNum = ? AND ProcStatus = ?", (patient, _COMPLETE)):
        number = row["ProcNum"]
        cents = round(row["ProcFee"] * 100) * max(1, row["BaseUnits"] + row["UnitQty"])
        insured = call.rows.find("claimproc", f"ProcNum = ? AND {_PAID_BY_INSURANCE}", (number,))
        cents -= sum(round((one["InsPayAmt"] + one["WriteOff"]) * 100) for one in insured)
        cents += sum(round(one["AdjAmt"] * 100) for one in call.rows.find("adjustment", "ProcNum = ?", (number,)))
        cents -= sum(round(one["SplitAmt"] * 100) for one in call.rows.find("paysplit", "ProcNum = ?", (number,)))
        if cents > 0:
            share = Share(0, patient, row["ProvNum"], row["ClinicNum"], procedure=number)
            found.append(Open(row["ProcDate"], number, cents, share))
    return found


def _adjusted(call: Call, patient: int) -> list[Open]:
    found: list[Open] = []
    for row in call.rows.find("adjustment", "PatNum = ? AND ProcNum = 0 AND AdjAmt > 0", (patient,)):
        number = row["AdjNum"]
        cents = round(row["AdjAmt"] * 100)
        cents -= sum(round(one["SplitAmt"] * 100) for one in call.rows.find("paysplit", "AdjNum = ?", (number,)))
        if cents > 0:
            share = Share(0, patient, row["ProvNum"], row["ClinicNum"], adjustment=number)
            found.append(Open(row["AdjDate"], number, cents, share))
    return found
