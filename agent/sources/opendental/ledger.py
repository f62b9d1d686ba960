"""Open Dental's ledger: completed procedures, adjustments, payments with splits, insurance payments and write-offs.

Each table is a shape of its own; ids carry the table's name before the number. The PMS stores payments as positive
amounts; here every amount is its effect on the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from agent.sources.fields import (
    date,
    date_of,
    derived,
    integer,
    key,
    looked_up,
    many,
    money,
    only,
    only_known,
    ref,
    share,
    stamp,
    text,
)
from agent.sources.money import CURRENCY, amount_of, decimal_of
from agent.sources.opendental.codes import ADJUSTMENT_TYPES, PAYMENT_TYPES, definitions
from agent.sources.shape import Audit, HighWater, Lookup, Part, Shape, Stamp, Table
from agent.sources.words import Const, Word

PROCEDURE = "procedure-"
ADJUSTMENT = "adjustment-"


def fee(amount: Any, base_units: int | None, unit_quantity: int | None) -> str | None:
    """The fee for one unit times the units, of which there is at least one."""
    one = decimal_of(amount)
    units = max(1, (base_units or 0) + (unit_quantity or 0))
    return None if one is None else amount_of(one * Decimal(units))


def paid_for(procedure: str | None, adjustment: str | None) -> str | None:
    """What a split pays: a procedure, else an adjustment, else nothing in particular."""
    return procedure or adjustment


def _entry(kind: str, **fields: Word) -> Mapping[str, Word]:
    """What every kind of entry has, and its own fields."""
    return {
        "kind": Const(kind),
        "status": Const("active"),
        "currency": Const(CURRENCY),
        "patient_id": ref("PatNum"),
        "location_id": ref("ClinicNum", zero_exists=True, few=True),
        **fields,
    }


procedure = Shape(
    "ledger_entry.procedure",
    "ledger_entry",
    Table("procedurelog", ("ProcNum",), where="ProcStatus = 2"),
    _entry(
        "charge",
        amount=derived(fee, "ProcFee", integer("BaseUnits"), integer("UnitQty"), few=True),
        date=date("ProcDate"),
        entered_date=date_of("SecDateEntry"),
        procedure_code=looked_up("CodeNum", "procedurecode", "ProcCode"),
        tooth=text("ToothNum", few=True),
        surface=text("Surf", few=True),
        provider_id=ref("ProvNum", few=True),
    ),
    lookups={"procedurecode": Lookup("procedurecode", ("CodeNum",), ("ProcCode",))},
    hurry={"stamp": Stamp("DateTStamp")},
    id_prefix=PROCEDURE,
    updated_at=stamp("DateTStamp"),
)

adjustment = Shape(
    "ledger_entry.adjustment",
    "ledger_entry",
    Table("adjustment", ("AdjNum",)),
    _entry(
        "adjustment",
        amount=money("AdjAmt"),
        date=date("AdjDate"),
        entered_date=date("DateEntry"),
        type_raw=looked_up("AdjType", "definition", "ItemName"),
        description=text("AdjNote"),
        provider_id=ref("ProvNum", few=True),
        applies_to=ref("ProcNum", prefix=PROCEDURE),
    ),
    lookups={"definition": Lookup("definition", ("DefNum",), ("ItemName",), where=definitions(ADJUSTMENT_TYPES))},
    hurry={"stamp": Stamp("SecDateTEdit")},
    id_prefix=ADJUSTMENT,
    updated_at=stamp("SecDateTEdit"),
)

_SPLIT_PAYS = derived(paid_for, ref("ProcNum", prefix=PROCEDURE), ref("AdjNum", prefix=ADJUSTMENT))

payment = Shape(
    "ledger_entry.payment",
    "ledger_entry",
    Table("payment", ("PayNum",)),
    _entry(
        "payment",
        payer=Const("patient"),
        amount=money("PayAmt", sign=-1),
        date=date("PayDate"),
        entered_date=date("DateEntry"),
        type_raw=looked_up("PayType", "definition", "ItemName"),
        description=text("PayNote"),
        provider_id=only_known("splits", ref("ProvNum", few=True)),
        applies_to=only("splits", _SPLIT_PAYS),
        splits=many(
            "splits",
            {
                "id": key("SplitNum"),
                "patient_id": ref("PatNum"),
                "provider_id": ref("ProvNum", few=True),
                "location_id": ref("ClinicNum", zero_exists=True, few=True),
                "amount": share("SplitAmt", sign=-1),
                "applies_to": _SPLIT_PAYS,
            },
        ),
    ),
    parts={"splits": Part("paysplit", on=("PayNum",), order=("SplitNum",))},
    lookups={"definition": Lookup("definition", ("DefNum",), ("ItemName",), where=definitions(PAYMENT_TYPES))},
    hurry={
        "new": HighWater(),
        "splits": Audit("paysplit", grows_by="SplitNum", names=("PayNum",)),
    },
    id_prefix="payment-",
    updated_at=stamp("SecDateTEdit"),
)


def _claim_share(shape: str, kind: str, column: str, condition: str, prefix: str, **fields: Word) -> Shape:
    """What an insurance claim did to one procedure: a payment or a write-off."""
    return Shape(
        shape,
        "ledger_entry",
        Table("claimproc", ("ClaimProcNum",), where=condition),
        _entry(
            kind,
            kind_raw=text("Status", few=True),
            amount=money(column, sign=-1),
            date=date("DateCP"),
            entered_date=date("SecDateEntry"),
            provider_id=ref("ProvNum", few=True),
            applies_to=ref("ProcNum", prefix=PROCEDURE),
            **fields,
        ),
        hurry={"stamp": Stamp("SecDateTEdit")},
        id_prefix=prefix,
        updated_at=stamp("SecDateTEdit"),
    )


insurance_payment = _claim_share(
    "ledger_entry.insurance_payment",
    "payment",
    "InsPayAmt",
    "Status IN (1, 4, 5, 7) AND InsPayAmt <> 0",
    "insurance-payment-",
    payer=Const("insurance"),
)

write_off = _claim_share(
    "ledger_entry.write_off",
    "adjustment",
    "WriteOff",
    "Status IN (1, 4, 5, 7) AND WriteOff <> 0",
    "write-off-",
)

SHAPES = (procedure, adjustment, payment, insurance_payment, write_off)
